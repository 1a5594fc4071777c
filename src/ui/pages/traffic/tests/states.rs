//! What the headings say of connections.

use super::*;
use crate::trace::{Refusal, Stage};

#[test]
fn a_heading_says_how_its_connection_stands() {
    let mut script = Script::default();
    let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for conn in 1..=5 {
        script.open(conn);
    }
    script.exchange(2, get, &response(b"hello"));
    let offset = script.read(3, get);
    script.request(3, offset, get, Framing::None);
    // Refused, and the client is still to take note of it.
    let offset = script.read(4, get);
    let id = script.request(4, offset, get, Framing::None);
    script.respond(4, id, &response(b"no"), Some(Refusal::HostForeign.into()));
    let offset = script.read(5, get);
    let id = script.request(5, offset, get, Framing::None);
    script.stage(5, id, Stage::Aborted);
    let mut store = Store::new(64 << 20);
    store.apply(script.batch());
    let page = page(store);
    for (conn, said) in (1..).zip(["no request yet", "keep-alive", "answering", "closing", "closing"]) {
        assert_says(&page, &format!("conn {conn} 127.0.0.1:{} {said}", 50_000 + conn));
    }
}

#[test]
fn what_was_cleared_away_is_not_made_up() {
    let mut store = store();
    store.clear();
    let page = page(store);
    assert_says(&page, "conn 1 127.0.0.1:50001 open");
    assert_says(&page, "conn 3 127.0.0.1:50003 open");
    assert_silent_about(&page, "no request yet");
}
