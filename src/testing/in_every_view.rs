//! Walks the list of reasons for which a connection ends through every view that names them.

use super::script::Script;
use crate::{
    explain::{Facts, timeline},
    http::Framing,
    store::Store,
    terminal::{self, Format},
    trace::{self, CloseReason, Stage},
};

/// What the terminal prints of the script.
fn printed(script: &Script, format: Format) -> String {
    let (mut sender, receiver) = trace::channel(1 << 20);
    sender.send(trace::Batch { events: script.events.clone() });
    drop(sender);
    let mut out = Vec::new();
    terminal::run(&receiver, terminal::Options { format, quiet: false, colour: false }, &mut out, None);
    String::from_utf8(out).unwrap()
}

#[test]
fn every_view_says_in_the_same_words_why_a_connection_ended() {
    for reason in CloseReason::ALL {
        let mut script = Script::default();
        script.open(1);
        let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let start = script.read(1, request);
        let id = script.request(1, start, request, Framing::None);
        script.stage(1, id, Stage::Aborted);
        script.close(1, *reason);
        let words = reason.words();
        for format in [Format::Text, Format::Json] {
            let said = printed(&script, format);
            assert!(said.contains(words), "no {words:?} in {said}");
        }
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let detail = store.detail(id).unwrap();
        let facts = Facts::new(detail.clone());
        let last = timeline::words(facts.timeline.last().unwrap(), &detail.exchange);
        assert_eq!(last, format!("Connection {words}"));
        let cut_off = format!("The exchange was cut off: connection {words}.");
        assert!(facts.notes.iter().any(|note| note.sentence() == cut_off), "{reason:?}");
    }
}
