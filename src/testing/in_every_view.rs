//! Walks close reasons, guards and notes through every view without a window that names them: the same words, as
//! serious.

use super::script::Script;
use crate::{
    base::stream::ExchangeId,
    explain::{
        Facts,
        facts::{Happening, TimelineEntry},
        notes::in_words,
        timeline,
    },
    http::Framing,
    store::Store,
    terminal::{self, Format},
    trace::{
        self, Cause, CloseReason, EventKind, Guard, Handshake, Note, NoteKind, Severity, Stage, TlsProblem,
    },
};

/// The beginning of an exchange.
fn exchange() -> (Script, ExchangeId) {
    let mut script = Script::default();
    script.open(1);
    let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let start = script.read(1, request);
    let id = script.request(1, start, request, Framing::None);
    (script, id)
}

/// What the terminal prints of the script, in colour.
fn printed(script: &Script, format: Format) -> String {
    let (mut sender, receiver) = trace::channel(1 << 20);
    sender.send(trace::Batch { events: script.events.clone() });
    drop(sender);
    let mut out = Vec::new();
    terminal::print(&receiver, terminal::Options { format, quiet: false, colour: true }, &mut out)
        .expect("memory");
    String::from_utf8(out).unwrap()
}

/// Checks that the terminal says this, in the colour of the severity.
#[track_caller]
fn assert_printed(script: &Script, severity: Severity, words: &str) {
    let text = printed(script, Format::Text);
    let line = text.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words:?}: {text}"));
    let colour = match severity {
        Severity::Info => " ",
        Severity::Warning => "\x1b[33m",
        Severity::Error => "\x1b[31m",
    };
    assert!(line.contains(&format!("{colour}{words}")), "not {severity}: {line:?}");
}

fn facts(script: &Script, id: ExchangeId) -> Facts {
    let mut store = Store::new(1 << 20);
    store.apply(trace::Batch { events: script.events.clone() });
    Facts::new(store.detail(id).unwrap())
}

/// Checks that the timeline says this, as serious as that.
#[track_caller]
fn assert_in_timeline(facts: &Facts, is: impl Fn(&TimelineEntry) -> bool, severity: Severity, words: &str) {
    let entry = facts.timeline.iter().find(|entry| is(entry)).unwrap();
    assert_eq!(timeline::words(entry, &facts.detail.exchange), words);
    assert_eq!(entry.severity, severity, "{words}");
}

#[test]
fn each_reason_why_a_connection_ends() {
    for reason in CloseReason::ALL {
        let (mut script, id) = exchange();
        script.stage(1, id, Stage::Aborted);
        script.close(1, *reason);
        let (words, severity) = (reason.words(), reason.severity());
        assert_printed(&script, severity, words);
        assert!(printed(&script, Format::Json).contains(words), "{reason:?}");
        let facts = facts(&script, id);
        let is = |entry: &TimelineEntry| entry.what == Happening::Closed(*reason);
        assert_in_timeline(&facts, is, severity, &format!("Connection {words}"));
        let cut_off = format!("The exchange was cut off: connection {words}.");
        assert!(facts.notes.iter().any(|note| note.sentence() == cut_off), "{reason:?}");
    }
}

#[test]
fn each_guard_that_acts() {
    for guard in Guard::ALL {
        let row = guard.facts();
        let (mut script, id) = exchange();
        script.push(1, Some(id), EventKind::Guard { kind: guard, limit: row.default });
        let words = timeline::guard(guard, row.default);
        assert!(words.starts_with(row.acted), "{words}");
        assert_printed(&script, row.severity, &words);
        let json = printed(&script, Format::Json);
        assert!(json.contains(&format!("\"guard\":\"{}\"", guard.key())), "{json}");
        let is = |entry: &TimelineEntry| matches!(entry.what, Happening::Guard { kind, .. } if kind == guard);
        assert_in_timeline(&facts(&script, id), is, row.severity, &words);
        let timed_out = CloseReason::Timeout(guard);
        assert_eq!((timed_out.severity(), timed_out.words()), (row.severity, row.closed));
    }
}

#[test]
fn each_problem_of_a_handshake() {
    for handshake in Handshake::samples() {
        let (mut script, id) = exchange();
        script.dial(2);
        script.encrypt(id, 2, &handshake);
        let (severity, told) = match handshake.problem_in_words() {
            None => (Severity::Info, handshake.agreement()),
            Some(problem) => {
                let words = format!("TLS handshake failed after 1.5 ms: app.test {problem}");
                assert_printed(&script, Severity::Error, &words);
                let json = printed(&script, Format::Json);
                let key = handshake.problem.map_or("", TlsProblem::key);
                assert!(json.contains(&format!("\"problem\":\"{key}\"")), "{json}");
                (Severity::Error, problem)
            }
        };
        assert!(printed(&script, Format::Text).contains("issued by CN=Example CA"));
        let facts = facts(&script, id);
        let entry = facts.timeline.iter().find(|entry| matches!(entry.what, Happening::Encrypted(0)));
        if handshake.is_open {
            assert!(entry.is_none(), "a leg begins with its message");
            continue;
        }
        let entry = entry.unwrap();
        assert_eq!(entry.severity, severity);
        assert!(timeline::words(entry, &facts.detail.exchange).ends_with(&told));
        assert_eq!(facts.detail.upstream.len(), 1);
    }
}

#[test]
fn each_kind_of_note_and_each_cause() {
    let causes = Cause::all().map(|cause| NoteKind::Violation(cause, None));
    for kind in NoteKind::samples().into_iter().chain(causes) {
        let words = in_words(&kind);
        assert!(words.len() > 3, "{kind:?}");
        for severity in Severity::ALL.iter().copied() {
            let (mut script, id) = exchange();
            let note = Note { severity, span: None, kind: kind.clone() };
            script.push(1, Some(id), EventKind::NoteAdded(note));
            assert_printed(&script, severity, &words);
            let json = printed(&script, Format::Json);
            let head = format!("\"severity\":\"{severity}\",\"kind\":\"{}\"", kind.key());
            assert!(json.contains(&head) && json.contains(kind.section()), "{json}");
            let facts = facts(&script, id);
            let is = |entry: &TimelineEntry| matches!(entry.what, Happening::Note(_));
            assert_in_timeline(&facts, is, severity, &words);
            let [found] = &facts.notes[..] else { panic!("{:?}", facts.notes) };
            assert_eq!((found.severity, found.sentence()), (severity, words.clone()));
            assert_eq!(found.section(), kind.section());
        }
    }
}
