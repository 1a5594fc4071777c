//! Invariants of the text that people see and type.

use std::sync::Arc;

use crate::{
    base::stream::{ConnId, Direction, ExchangeId, Nanos},
    config::Settings,
    explain::Facts,
    export::{self, Export, FORMATS},
    filter::{Filter, FilterErrorKind},
    http::{Framing, Leniencies, Method, Status, replay},
    store::Store,
    terminal::{self, Format},
    trace::{self, Batch, Event, EventKind, Note, NoteKind, Severity, Stage},
};

use super::{choices, machines::covers};
use crate::testing::{LIMITS, script::Script};

/// A filter line is understood or refused in words; it and its negation share out what there is.
pub fn filter(data: &[u8]) {
    let Ok(line) = str::from_utf8(data) else { return };
    let store = captured(b"POST /a/b?c=d HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", &[], 9);
    let parsed = Filter::parse(line);
    match &parsed {
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert!(
                line.get(error.span.clone()).is_some_and(|wrong| !wrong.is_empty()),
                "{line:?}: {error:?}"
            );
        }
        Ok(filter) => {
            assert!(!filter.is_empty() || store.summaries().all(|exchange| filter.matches(&exchange)));
            assert!(line.trim().is_empty() || !filter.is_empty() || line.contains('"'), "{line:?}");
        }
    }
    let Ok(filter) = parsed else { return };
    // A quote, or a parenthesis that a word opens, would take the last one of the negation with it.
    let opened = line.matches('(').count();
    if filter.is_empty() || line.contains('"') || opened != line.matches(')').count() {
        return;
    }
    match Filter::parse(&format!("-({line})")) {
        Ok(negated) => assert!(
            store.summaries().all(|exchange| filter.matches(&exchange) != negated.matches(&exchange)),
            "{line:?}"
        ),
        Err(error) => assert_eq!(error.kind, FilterErrorKind::TooDeep, "{line:?}"),
    }
}

/// Whatever was captured is explained: every byte that is shown lies in exactly one leaf.
pub fn explain(data: &[u8]) {
    let Some(([cut, size], bytes)) = choices(data) else { return };
    let (request, response) = bytes.split_at(bytes.len() * usize::from(cut) / 255);
    let store = captured(request, response, usize::from(size) + 1);
    for exchange in store.exchanges() {
        let detail = store.detail(exchange.id).expect("it is there");
        let facts = Facts::new(detail);
        for (stream, chunks) in
            [(&facts.request, &facts.detail.reads), (&facts.response, &facts.detail.writes)]
        {
            let start = chunks.first().map_or(0, |chunk| chunk.offset);
            let end = chunks.last().map_or(start, |chunk| chunk.range().end);
            let len = usize::try_from(end - start).expect("it fits in memory");
            covers(stream.leaves.iter().map(|leaf| leaf.span.range.clone()), start, len);
        }
        assert!(facts.timeline.is_sorted_by_key(|entry| entry.since));
    }
}

/// Whatever was captured is exported in every format: the bytes are those of the messages, a body is no longer than
/// its message, a number in an array stands for each byte, text has no control byte but line ends, and HAR is JSON.
pub fn export(data: &[u8]) {
    let Some(([cut, size], bytes)) = choices(data) else { return };
    let (request, response) = bytes.split_at(bytes.len() * usize::from(cut) / 255);
    let store = captured(request, response, usize::from(size) + 1);
    let details = store.exchanges().filter_map(|exchange| store.detail(exchange.id));
    let facts: Vec<Facts> = details.map(Facts::new).collect();
    let raw =
        |direction| facts.iter().flat_map(|facts| export::raw(&facts.detail, direction)).collect::<Vec<u8>>();
    for format in FORMATS.iter().copied() {
        let mut out = Vec::new();
        let mut file = Export::begin(format, &mut out).expect("memory takes it");
        for facts in &facts {
            file.add(facts, None).expect("memory takes it");
        }
        let ended = file.end("").expect("memory takes it");
        let all = ended.written == facts.len() as u64;
        assert_eq!(all, ended.omitted.not_expressible.is_none());
        // A request is what curl and nc send, and what an entry of HAR has; what is coded may be cut.
        let may_lack = ["curl", "nc", "har"].iter().any(|key| format.key().starts_with(key))
            || format.key().contains("body");
        assert!(all || may_lack, "{} expresses every exchange", format.key());
        match format.key() {
            "request" => assert_eq!(out, raw(Direction::Received)),
            "response" => assert_eq!(out, raw(Direction::Sent)),
            "har" | "har-with-secrets" => {
                let har: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
                assert_eq!(
                    har["log"]["entries"].as_array().map(|entries| entries.len() as u64),
                    Some(ended.written)
                );
            }
            "request-body" => assert!(out.len() <= raw(Direction::Received).len()),
            "response-body" => assert!(out.len() <= raw(Direction::Sent).len()),
            _ if !format.is_text() => {}
            key => {
                let text = String::from_utf8(out).expect("UTF-8");
                assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
                let numbers = text.lines().filter(|line| line.starts_with("    0x")).map(|line| {
                    let numbers = line.split_once("//").map_or(line, |(numbers, _)| numbers);
                    numbers.matches(',').count()
                });
                if matches!(key, "c" | "rust") {
                    assert_eq!(
                        numbers.sum::<usize>(),
                        raw(Direction::Received).len() + raw(Direction::Sent).len()
                    );
                }
            }
        }
    }
}

/// A settings file that can be read is put right once and for all: read again, it stays as it is.
pub fn settings(data: &[u8]) {
    let Ok(settings) = serde_json::from_slice::<Settings>(data) else { return };
    let sane = settings.sane();
    assert!(Settings::ZOOM.contains(&sane.zoom));
    assert_eq!(sane.clone().sane(), sane);
    let written = serde_json::to_vec(&sane).expect("it can be written");
    let read: Settings = serde_json::from_slice(&written).expect("what was written can be read");
    assert_eq!(read, sane);
}

/// Whatever was sent and said, no control byte but line ends reaches a terminal, and each line of JSON is
/// an object.
pub fn terminal(data: &[u8]) {
    let Some(([cut, size], bytes)) = choices(data) else { return };
    let (request, response) = bytes.split_at(bytes.len() * usize::from(cut) / 255);
    let mut events = events(request, response, usize::from(size) + 1);
    let text: Arc<str> = String::from_utf8_lossy(bytes).into();
    let note =
        Note { severity: Severity::Error, span: Some(Box::new(0..1)), kind: NoteKind::Text(text.clone()) };
    for kind in [
        EventKind::NoteAdded(note),
        EventKind::NoteAdded(Note {
            severity: Severity::Info,
            span: None,
            kind: NoteKind::FileFailed(text.clone()),
        }),
        EventKind::ServerMessage(Severity::Error, text),
    ] {
        events.push(Event {
            at: Nanos::new(2),
            conn: Some(ConnId::FIRST),
            exchange: Some(ExchangeId::FIRST),
            kind,
        });
    }
    for format in [Format::Text, Format::Json] {
        let (mut sender, receiver) = trace::channel(1 << 24);
        sender.send(Batch { events: events.clone() });
        drop(sender);
        let mut out = Vec::new();
        let options = terminal::Options { format, quiet: false, colour: false };
        terminal::print(&receiver, options, &mut out).expect("memory");
        let out = String::from_utf8(out).expect("UTF-8");
        assert!(!out.contains(|c: char| c.is_control() && c != '\n'), "{out:?}");
        if format == Format::Json {
            for line in out.lines() {
                let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
                assert!(value.is_object(), "{line}");
            }
        }
    }
}

/// A capture of [`events`].
fn captured(request: &[u8], response: &[u8], size: usize) -> Store {
    let mut store = Store::new(1 << 24);
    store.apply(Batch { events: events(request, response, size) });
    store
}

/// The events that the server would have made of one connection on which `request` arrived in pieces of
/// `size` bytes and `response` was sent.
fn events(request: &[u8], response: &[u8], size: usize) -> Vec<Event> {
    const CONN: u64 = 1;
    let mut script = Script { at: Nanos::new(1), ..Script::default() };
    script.open(CONN);
    for piece in request.chunks(size) {
        script.read(CONN, piece);
    }
    let mut first = None;
    for message in replay::requests(request, 0, LIMITS).messages {
        let exchange = script.begin(CONN, message.range.start);
        first.get_or_insert(exchange);
        if let Some(head) = &message.head {
            let (method, target) = (head.placed(&head.method_range), head.placed(&head.target));
            script.stage(CONN, exchange, Stage::RequestLine { method, target });
            let fields = u32::try_from(head.fields.len()).unwrap_or(u32::MAX);
            let (start, end, framing) = (head.start, head.end, head.framing);
            script.stage(CONN, exchange, Stage::Head { start, end, fields, framing });
        }
        if message.complete {
            let (end, content) = (message.range.end, message.content);
            script.stage(CONN, exchange, Stage::RequestEnd { end, content });
        }
    }
    let head_end = replay::responses(response, 0, &[Method::Get], true, Leniencies::NONE)
        .messages
        .first()
        .and_then(|message| message.head.as_ref().map(|head| head.end));
    if let Some(exchange) = first.filter(|_| !response.is_empty()) {
        let end = head_end.unwrap_or(response.len() as u64);
        let framing = Framing::Length(response.len() as u64 - end);
        let head = Stage::ResponseHead { status: Status(200), refusal: None, start: 0, end, framing };
        script.stage(CONN, exchange, head);
        script.write(CONN, response);
        let end = response.len() as u64;
        script.stage(CONN, exchange, Stage::ResponseSent { end, keep_alive: true });
    }
    script.events
}
