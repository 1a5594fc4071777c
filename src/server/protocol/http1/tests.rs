//! Tests of HTTP/1 without a socket.

use crate::{
    base::stream::Nanos,
    server::{
        Guards,
        output::HIGH_BYTES,
        protocol::{Wants, playbook::Playbook},
    },
    trace::{CloseReason, EventKind, Guard, Stage},
};

use super::Http1;

const HEALTH: &str = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
const IDLE: Wants = Wants::Read { guard: Guard::IdleTimeout, since: None };

fn http() -> Playbook<Http1> {
    Playbook::new(Guards::default(), |turn| Http1::new(turn.limits()))
}

fn ends(playbook: &mut Playbook<Http1>) -> Vec<&'static str> {
    let name = |event| match event {
        EventKind::MessageStarted { .. } => Some("started"),
        EventKind::Stage(Stage::ResponseHead { .. }) => Some("head"),
        EventKind::Stage(Stage::Aborted) => Some("aborted"),
        _ => None,
    };
    playbook.events().into_iter().filter_map(name).collect()
}

#[test]
fn requests_are_answered_in_order_and_the_next_one_is_waited_for() {
    let mut http = http();
    http.expect_wants(IDLE).feed([HEALTH, HEALTH].concat()).expect_wants(IDLE);
    let answer = "HTTP/1.1 200 OK\r\n";
    http.expect_start(answer);
    assert_eq!(ends(&mut http), ["started", "head", "started", "head"]);
    assert!(!http.gone(), "nothing is under way");
}

#[test]
fn each_part_of_a_request_has_its_time() {
    let mut http = http();
    http.wait_until(Nanos::new(5)).expect_close(CloseReason::Timeout(Guard::IdleTimeout)).expect("");

    let mut http = self::http();
    http.feed("GET / HT").expect_wants(Wants::Read { guard: Guard::HeadTimeout, since: Some(Nanos::ZERO) });
    http.wait_until(Nanos::new(5)).expect_close(CloseReason::Timeout(Guard::HeadTimeout));
    http.expect_start("HTTP/1.1 408 Request Timeout\r\n");

    let mut http = self::http();
    http.feed("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na");
    http.expect_wants(Wants::Read { guard: Guard::BodyTimeout, since: None });
    http.wait_until(Nanos::new(5)).expect_close(CloseReason::Timeout(Guard::BodyTimeout));
    http.expect_start("HTTP/1.1 408 Request Timeout\r\n");
}

#[test]
fn the_end_of_the_client_is_one_thing_between_requests_and_another_within() {
    http().end().expect_close(CloseReason::Client).expect("");
    http().feed(HEALTH).end().expect_close(CloseReason::Client).expect_start("HTTP/1.1 200 OK\r\n");
    let mut http = http();
    http.feed("GET / HT").end().expect_close(CloseReason::ClientEarly).expect_start("HTTP/1.1 400 ");
}

#[test]
fn what_breaks_a_rule_is_answered_and_ends_the_connection() {
    let mut http = http();
    http.feed("GET / HTTP/1.1\r\nHost : x\r\n\r\n").expect_close(CloseReason::ServerRefused);
    http.expect_start("HTTP/1.1 400 Bad Request\r\n");
    let mut http = self::http();
    http.crowd().expect_close(CloseReason::ServerRefused).expect_start("HTTP/1.1 503 ");
}

#[test]
fn a_client_that_asks_for_the_end_gets_it() {
    let mut http = http();
    let request = HEALTH.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    http.feed(request + HEALTH).expect_close(CloseReason::ServerDone);
    assert_eq!(ends(&mut http), ["started", "head"]);
}

#[test]
fn an_answer_that_is_to_wait_waits_for_its_time() {
    let mut http = http();
    http.feed(HEALTH.replace("/health", "/delay/2"))
        .expect_wants(Wants::At(Nanos::new(2_000_000)))
        .expect("");
    http.wait_until(Nanos::new(2_000_000)).expect_wants(IDLE).expect_start("HTTP/1.1 200 OK\r\n");
    http.feed(HEALTH.replace("/health", "/delay/2")).expect_wants(Wants::At(Nanos::new(4_000_000)));
    assert!(http.gone(), "an answer was under way");
    assert_eq!(ends(&mut http), ["started", "head", "started", "aborted"]);
}

#[test]
fn requests_wait_while_the_client_does_not_take_the_answers() {
    let mut http = http();
    let many = HEALTH.repeat(2000);
    http.feed(&many);
    assert!(http.queued() >= HIGH_BYTES && http.queued() < HIGH_BYTES + 4096, "{}", http.queued());
    let begun = ends(&mut http).len();
    assert!(begun < 2 * 2000);
    while http.queued() > 0 {
        http.expect_start("HTTP/1.1 200 OK\r\n");
    }
    assert_eq!(begun + ends(&mut http).len(), 2 * 2000);
}
