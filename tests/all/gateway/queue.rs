//! Requests that wait because every backend is busy, and what ends a wait.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use byteglass::{
    gateway::{GatewaySettings, GroupSettings, LoadSettings},
    server::{Guards, Handle, Setting, Settings},
    testing::Client,
    trace::Guard,
};

use super::{
    backend::{Backend, Do},
    client,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn settings(backends: &[SocketAddr], load: LoadSettings) -> GatewaySettings {
    let addresses = backends.iter().map(|backend| format!("http://{backend}").parse().unwrap());
    let mut group = GroupSettings::new("app", "/", addresses);
    group.load = load;
    GatewaySettings { groups: vec![group], ..GatewaySettings::default() }
}

/// A gateway to backends that have one request open at most.
fn narrow(backends: &[SocketAddr], waiting_max: u32, wait_ms: u64) -> Handle {
    let gateway = settings(backends, LoadSettings { open_max: 1, waiting_max, wait_ms });
    Handle::start(Settings { port: 0, gateway, ..Settings::default() }, None).unwrap()
}

/// Waits until so many requests wait in the group.
fn until_waiting(server: &Handle, count: usize) {
    let began = Instant::now();
    while server.live().groups.first().is_none_or(|group| group.waiting != count) {
        assert!(began.elapsed() < Duration::from_secs(20), "{count} should wait: {:?}", server.live().groups);
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn get(server: &Handle, path: &str) -> Client {
    let mut client = client(server);
    client.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    client
}

/// A backend that answers `count` requests on one connection, the first one after `wait_ms`.
fn patient(count: usize, wait_ms: u64) -> Backend {
    let mut script = vec![Do::Accept];
    for number in 0..count {
        let wait_ms = if number == 0 { wait_ms } else { 0 };
        script.extend([Do::Expect("\r\n\r\n"), Do::Wait(wait_ms), Do::Send(OK.into())]);
    }
    Backend::new(script)
}

#[test]
fn a_backend_gets_no_more_than_it_may_have_and_the_first_to_come_is_next() {
    let backend = patient(4, 1_500);
    let server = narrow(&[backend.address], 10, 60_000);
    let mut clients = vec![get(&server, "/0")];
    backend.received();
    for number in 1..4 {
        clients.push(get(&server, &format!("/{number}")));
        until_waiting(&server, number);
    }
    for (number, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.response("GET").text(), "ok");
        // It takes one connection, so there was never more than one request.
        if number < 3 {
            assert!(backend.received().starts_with(&format!("GET /{} ", number + 1)));
        }
    }
    until_waiting(&server, 0);
    backend.done();
}

#[test]
fn a_full_queue_is_a_503_that_says_when_to_come_back() {
    let backend = patient(2, 1_000);
    let server = narrow(&[backend.address], 1, 60_000);
    let mut first = get(&server, "/0");
    backend.received();
    let mut second = get(&server, "/1");
    until_waiting(&server, 1);
    let refused = client(&server).get("/2");
    assert_eq!((refused.status, refused.field("Retry-After")), (503, Some("1")));
    let told = "they may have (1 each), and as many requests wait as may wait (1).";
    assert!(refused.text().contains(told), "{}", refused.text());
    assert_eq!((first.response("GET").status, second.response("GET").status), (200, 200));
    backend.done();
}

#[test]
fn a_wait_that_is_over_is_a_503_with_the_time_and_the_connection_stays() {
    let backend = patient(2, 400);
    let server = narrow(&[backend.address], 10, 50);
    let mut first = get(&server, "/0");
    backend.received();
    let mut second = get(&server, "/1");
    let late = second.response("GET");
    assert_eq!((late.status, late.field("Retry-After")), (503, Some("1")));
    assert!(late.text().contains("waited for 50 ms, and no backend had room"), "{}", late.text());
    assert_eq!(first.response("GET").text(), "ok");
    assert_eq!(second.get("/2").text(), "ok");
    backend.done();
}

#[test]
fn a_client_that_leaves_frees_its_place() {
    let backend = patient(2, 1_500);
    let server = narrow(&[backend.address], 1, 60_000);
    let mut first = get(&server, "/0");
    backend.received();
    let second = get(&server, "/1");
    until_waiting(&server, 1);
    second.reset();
    until_waiting(&server, 0);
    let mut third = get(&server, "/2");
    assert_eq!((first.response("GET").status, third.response("GET").status), (200, 200));
    assert!(backend.received().starts_with("GET /2 "), "the one that left never got there");
    backend.done();
}

#[test]
fn a_client_that_has_ended_its_side_keeps_its_place_and_gets_its_answer() {
    let backend = patient(2, 300);
    let server = narrow(&[backend.address], 1, 60_000);
    let mut first = get(&server, "/0");
    backend.received();
    let mut second = get(&server, "/1");
    second.end();
    until_waiting(&server, 1);
    assert_eq!((first.response("GET").text(), second.response("GET").text()), ("ok", "ok"));
    assert!(second.is_closed());
    backend.done();
}

#[test]
fn whatever_frees_a_backend_serves_the_queue() {
    // A client that leaves in the middle, a backend that resets, a limit that is raised.
    let backend = Backend::new(vec![
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::ExpectEnd,
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Wait(100),
        Do::Reset,
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Send(OK.into()),
    ]);
    let server = narrow(&[backend.address], 10, 60_000);
    let first = get(&server, "/0");
    backend.received();
    let mut second = get(&server, "/1");
    until_waiting(&server, 1);
    first.reset();
    until_waiting(&server, 0);
    backend.received();
    let mut third = get(&server, "/2");
    assert_eq!((second.response("GET").status, third.response("GET").text()), (502, "ok"));
    backend.done();

    let slow = patient(1, 2_000);
    let server = narrow(&[slow.address], 10, 60_000);
    let mut first = get(&server, "/0");
    slow.received();
    let mut second = get(&server, "/1");
    until_waiting(&server, 1);
    let other = Backend::answering(&[OK]);
    let both =
        settings(&[slow.address, other.address], LoadSettings { open_max: 1, ..LoadSettings::default() });
    assert!(server.wait_for(server.set(Setting::Gateway(both))));
    assert_eq!((second.response("GET").text(), first.response("GET").text()), ("ok", "ok"));
    other.done();
    slow.done();
}

#[test]
fn a_group_that_is_removed_keeps_nobody_waiting() {
    let backend = patient(1, 1_000);
    let server = narrow(&[backend.address], 10, 60_000);
    let mut first = get(&server, "/0");
    backend.received();
    let mut second = get(&server, "/1");
    until_waiting(&server, 1);
    assert!(server.wait_for(server.set(Setting::Gateway(GatewaySettings::default()))));
    assert_eq!((second.response("GET").status, first.response("GET").status), (503, 200));
    backend.done();
}

#[test]
fn a_retry_waits_for_the_other_backend_and_holds_up_nobody() {
    let resets = Backend::new(vec![
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Wait(200),
        Do::Reset,
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Send(OK.into()),
    ]);
    let slow = patient(2, 1_000);
    let server = narrow(&[resets.address, slow.address], 10, 60_000);
    let mut first = get(&server, "/0");
    resets.received();
    let mut second = get(&server, "/1");
    slow.received();
    let mut third = get(&server, "/2");
    // The first one fails, and waits for the slow backend; the third one takes its place at once.
    assert_eq!(third.response("GET").text(), "ok");
    assert_eq!((second.response("GET").text(), first.response("GET").text()), ("ok", "ok"));
    resets.done();
    slow.done();
}

#[test]
fn an_exchange_may_take_so_long_in_all() {
    let guards = Guards::default().with(Guard::ExchangeTimeout, 150);
    let start = |backend: &Backend| {
        let gateway = settings(&[backend.address], LoadSettings::default());
        Handle::start(Settings { port: 0, gateway, guards, ..Settings::default() }, None).unwrap()
    };
    let silent = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::ExpectEnd]);
    let server = start(&silent);
    let late = client(&server).get("/a");
    assert_eq!(late.status, 504);
    assert!(late.text().contains(") did not complete its answer within 150 ms."), "{}", late.text());
    silent.done();
    // A drop now and then keeps the other timers from acting.
    let mut script = vec![Do::Accept, Do::Expect("\r\n\r\n")];
    script.push(Do::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".to_vec()));
    script.extend((0..20).flat_map(|_| [Do::Wait(20), Do::Send(b"x".to_vec())]));
    script.push(Do::ExpectEnd);
    let drips = Backend::new(script);
    let server = start(&drips);
    let text = get(&server, "/a").rest().unwrap_or_default();
    assert!(text.windows(4).any(|end| end == b"\r\n\r\n") && text.len() < 500, "{}", text.len());
    drips.done();
}
