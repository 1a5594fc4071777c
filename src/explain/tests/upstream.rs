//! Exchanges that are passed on to a backend.

use super::*;
use crate::http::Status;

const ARRIVED: &[u8] = b"POST /api/users?a HTTP/1.1\r\nHost: localhost:8080\r\nConnection: keep-alive, X-Debug\r\nx-debug: 1\r\nAccept: a\r\naccept: b\r\nContent-Length: 2\r\n\r\nhi";
const SENT: &[u8] = b"POST /users?a HTTP/1.1\r\nHost: 127.0.0.1:9000\r\nAccept: a, b\r\nVia: 1.1 byteglass\r\nX-Forwarded-For: 127.0.0.1\r\nContent-Length: 2\r\n\r\nhi";

/// A change as a line of text.
fn line(change: &crate::trace::FieldChange) -> String {
    let crate::trace::FieldChange { name, before, after } = change;
    match (before, after) {
        (None, after) => format!("+ {name}: {}", after.as_deref().unwrap_or_default()),
        (Some(before), Some(after)) => format!("~ {name}: {before} > {after}"),
        (Some(before), None) => format!("- {name}: {before}"),
    }
}

/// An exchange that is passed on over connection `upstream`.
fn forwarded(script: &mut Script, upstream: u64, sent: &[u8]) -> ExchangeId {
    let offset = script.read(1, ARRIVED);
    let id = script.request(1, offset, ARRIVED, Framing::Length(2));
    script.wait(MS).forward(id, upstream, sent);
    script.wait(3 * MS);
    id
}

fn store(script: &mut Script) -> Store {
    let mut store = Store::new(64 << 20);
    store.apply(script.batch());
    store
}

#[test]
fn a_leg_says_what_was_put_in_changed_and_taken_out() {
    let mut script = Script::default();
    script.open(1).dial(2);
    let id = forwarded(&mut script, 2, SENT);
    script.read(2, b"HTTP/1.1 100 Continue\r\n\r\n");
    script.read(2, &response(b"hello"));
    script.respond(1, id, &response(b"hello"), None);
    let store = store(&mut script);
    let (detail, facts) = explained(&store).remove(0);
    let [leg] = &facts.upstream[..] else { panic!("one leg") };
    let changes: Vec<String> = leg.changes.iter().map(line).collect();
    assert_eq!(
        changes,
        [
            "+ Via: 1.1 byteglass",
            "+ X-Forwarded-For: 127.0.0.1",
            "~ Host: localhost:8080 > 127.0.0.1:9000",
            "- Connection: keep-alive, X-Debug",
            "- x-debug: 1",
        ]
    );
    assert_eq!(
        leg.target.as_ref().map(|[before, after]| (&**before, &**after)),
        Some(("/api/users?a", "/users?a"))
    );
    assert_eq!((leg.first_byte, leg.used_again), (Some(3 * MS), false));
    assert_covered(&leg.request.leaves, &detail.upstream[0].writes);
    assert_covered(&leg.response.leaves, &detail.upstream[0].reads);
    assert!(leg.request.complete && leg.response.complete);
    assert_eq!(&*leg.request.content_bytes(9), b"hi");
    assert_eq!(&*leg.response.content_bytes(9), b"hello");
    assert_eq!(leg.request_head.as_ref().map(|head| head.fields.len()), Some(5));
    assert_eq!(leg.response_head.as_ref().map(|head| head.status), Some(Status(200)));
}

#[test]
fn a_leg_on_a_used_connection_is_read_from_its_own_first_byte() {
    let mut script = Script::default();
    script.open(1).dial(2);
    let first = forwarded(&mut script, 2, SENT);
    script.read(2, &response(b"one"));
    script.respond(1, first, &response(b"one"), None);
    let second = forwarded(&mut script, 2, ARRIVED);
    script.read(2, b"HTTP/1.1 200 OK\r\n\r\ntwo");
    script.close(2, CloseReason::Client).respond(1, second, &response(b"two"), None);
    let store = store(&mut script);
    let (_, facts) = explained(&store).remove(1);
    let [leg] = &facts.upstream[..] else { panic!("one leg") };
    assert!(leg.used_again && leg.changes.is_empty() && leg.target.is_none());
    assert_eq!(leg.request.own, SENT.len() as u64..(SENT.len() + ARRIVED.len()) as u64);
    assert_eq!(&*leg.response.content_bytes(9), b"two");
    assert!(leg.response.complete, "it ends with its connection");
}

#[test]
fn an_attempt_without_an_answer_and_its_retry_are_two_legs() {
    let mut script = Script::default();
    script.open(1).dial(2);
    let id = forwarded(&mut script, 2, &SENT[..30]);
    script.close(2, CloseReason::Reset).dial(3);
    script.wait(MS).forward(id, 3, SENT);
    let store = store(&mut script);
    let (_, facts) = explained(&store).remove(0);
    let [first, second] = &facts.upstream[..] else { panic!("two legs") };
    assert!(first.changes.is_empty() && first.target.is_none(), "its head is not complete");
    assert!(first.first_byte.is_none() && first.response_head.is_none() && !first.request.complete);
    assert_eq!(second.changes.len(), 5);
    assert!(second.response.own.is_empty() && second.first_byte.is_none());
}
