//! Walks close reasons, guards and notes through the list, the stages and the notes of the page.

use super::*;
use crate::{
    explain::{notes::in_words, timeline},
    trace::{Cause, CloseReason, EventKind, Guard, Note, NoteKind, Severity, Stage},
};

/// The page on which an exchange is shown to which this happened.
fn page_after(happens: impl FnOnce(&mut Script, ExchangeId)) -> TestPage {
    let mut script = Script::default();
    script.open(1);
    let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let offset = script.read(1, get);
    let id = script.request(1, offset, get, Framing::None);
    happens(&mut script, id);
    let mut store = Store::new(64 << 20);
    store.apply(script.batch());
    page_of(store, [WIDE[0], 2_000.0])
}

#[test]
fn each_reason_is_in_the_heading_the_stages_and_the_notes() {
    for reason in CloseReason::ALL {
        let mut page = page_after(|script, id| {
            script.stage(1, id, Stage::Aborted);
            script.close(1, *reason);
        });
        assert_says(&page, &format!("conn 1 127.0.0.1:50001 {}", reason.short_words()));
        assert_says(&page, &format!("Connection {}", reason.words()));
        click(&mut page, "Notes");
        assert_says(&page, &format!("note: The exchange was cut off: connection {}.", reason.words()));
    }
}

#[test]
fn each_guard_is_among_the_stages() {
    for kind in Guard::ALL {
        let limit = kind.facts().default;
        let page = page_after(|script, id| script.push(1, Some(id), EventKind::Guard { kind, limit }));
        assert_says(&page, &timeline::guard(kind, limit));
    }
}

#[test]
fn each_note_is_among_the_stages_and_the_notes_as_serious_as_it_is() {
    let causes = Cause::all().map(|cause| NoteKind::Violation(cause, None));
    let kinds = NoteKind::samples().into_iter().chain(causes);
    for (kind, severity) in kinds.zip(Severity::ALL.iter().copied().cycle()) {
        let words = in_words(&kind);
        let note = Note { severity, span: None, kind };
        let mut page = page_after(|script, id| script.push(1, Some(id), EventKind::NoteAdded(note)));
        assert_says(&page, &words);
        click(&mut page, "Notes");
        let name = format!("note: {words}");
        let note = page.get_by_label(&name);
        let labels = note.children_recursive().filter_map(|node| node.accesskit_node().value());
        let labels: Vec<_> = labels.filter(|label| !label.is_empty()).collect();
        assert_eq!(labels[..2], [severity.key(), &words]);
    }
}
