//! Each family finds something.

use super::*;
use crate::{
    base::stream::Direction,
    explain::Facts,
    store::Store,
    testing::script::{Script, response},
    trace::{CloseReason, EventKind, NoteKind, Payload, Stage},
};

#[test]
fn each_family_has_a_note_on_an_exchange_of_the_script() {
    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const POST: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n";
    let mut script = Script::default();
    // The server noted something, and the exchange was cut off.
    script.open(1);
    let cut_off = script.exchange(1, GET, &response(b"hi"));
    let (severity, kind) = (Severity::Error, NoteKind::FileShrank(1));
    script.push(1, Some(cut_off), EventKind::NoteAdded(crate::trace::Note { severity, span: None, kind }));
    script.stage(1, cut_off, Stage::Aborted);
    script.close(1, CloseReason::Reset);
    // An empty line is tolerated; the head is not complete.
    script.open(2).read(2, b"\r\nGET / HTTP/1.1\r\nHost");
    let incomplete = script.begin(2, 0);
    // A rule is broken, and the server has not said so.
    script.open(3).read(3, b"GET / HTTP/2.0\r\n");
    let broken = script.begin(3, 0);
    // The body is not kept.
    script.open(4).read(4, POST);
    let dropped = script.begin(4, 0);
    script.push(4, None, EventKind::bytes(Direction::Received, POST.len() as u64, Payload::Dropped(9)));
    // A retry in an event stream is no number.
    let stream =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9\r\n\r\nretry:x\n\n";
    let retry = script.open(5).exchange(5, GET, stream);
    // An upgrade was ignored.
    let upgrade = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n";
    let ignored = script.open(6).exchange(6, upgrade, &response(b"hi"));
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    let all = [cut_off, incomplete, broken, dropped, retry, ignored];
    let facts = all.map(|id| Facts::new(store.detail(id).expect("an exchange")));
    for family in FAMILIES {
        let mut notes = Vec::new();
        for Facts { detail, request, request_head, events, .. } in &facts {
            let context =
                Context { detail, request, head: request_head.as_ref(), events, waiting: ("Waits.", "") };
            (family.find)(&context, &mut notes);
        }
        assert!(!notes.is_empty(), "no exchange has a note of the family {}", family.name);
        assert!(notes.iter().all(|note| note.sentence().ends_with('.')), "{notes:?}");
    }
}
