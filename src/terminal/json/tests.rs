#![allow(clippy::unwrap_used, reason = "tests")]
use serde_json::Value;

use std::borrow::Cow;

use super::*;
use crate::{
    gateway::Failure,
    http::{
        Rule,
        forward::{Author, Origin},
    },
    testing::{
        attempts::verdicts,
        script::{Script, response},
    },
    trace::{CloseReason, Handshake, Note, Payload, Severity},
};

const DOCUMENT: &str = include_str!("../../../docs/json-events.md");

fn lines(script: &mut Script) -> Vec<Value> {
    let (mut json, mut out) = (Json::default(), Vec::new());
    for event in script.batch().events {
        json.print(&event, &mut out).unwrap();
    }
    let text = String::from_utf8(out).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The inverse of [`escaped_bytes`]. `None`: `text` does not have that form.
fn unescaped_bytes(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '\\' if rest.starts_with("\\\\") => {
                bytes.push(b'\\');
                2
            }
            '\\' => {
                bytes.push(u8::from_str_radix(rest.strip_prefix("\\x")?.get(..2)?, 16).ok()?);
                4
            }
            c => {
                bytes.push(u8::try_from(c).ok()?);
                1
            }
        };
        rest = &rest[taken..];
    }
    Some(bytes)
}

/// One of every event.
fn everything() -> Script {
    let mut script = Script::default();
    script.push(0, None, EventKind::Epoch(SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(5)));
    script.push(0, None, EventKind::Listening(ProtocolKind::Http, ([127, 0, 0, 1], 8080).into()));
    script.push(0, None, EventKind::ServerMessage(Severity::Warning, "the folder is gone".into()));
    script.open(1);
    let id = script.exchange(1, b"GET /\\ HTTP/1.1\r\nHost: \xff\r\n\r\n", &response(b"x"));
    script.push(1, None, EventKind::bytes(Direction::Received, 99, Payload::Dropped(4)));
    script.push(1, None, EventKind::bytes(Direction::Sent, 99, Payload::Dropped(4)));
    script.push(1, Some(id), EventKind::Guard { kind: Guard::HeadBytes, limit: 65_536 });
    script.stage(1, id, Stage::Continue);
    script.stage(1, id, Stage::Aborted);
    script.push(0, None, EventKind::Listening(ProtocolKind::Lines, ([127, 0, 0, 1], 7).into()));
    script.open_for(2, ProtocolKind::Lines).message(2, "hello");
    script.open(3).websocket(3);
    script.write(3, b"\xC1\x00");
    script.open(4).event_stream(4);
    for again in Again::samples() {
        script.push(2, Some(id), EventKind::SentAgain(again));
    }
    for kind in NoteKind::samples() {
        script.push(1, Some(id), EventKind::NoteAdded(Note { severity: Severity::Info, span: None, kind }));
    }
    let mark = crate::trace::Mark::new(Some(crate::trace::MarkColour::Green), "as it should be");
    script.push(1, Some(id), EventKind::Marked(mark.map(std::sync::Arc::new)));
    script.push(1, Some(id), EventKind::Deleted);
    script.chosen(1, id, (1, Some(Failure::Refused)), &verdicts());
    script.attempted(1, id, 1, 2, Ok(()));
    for failure in Failure::ALL {
        script.attempted(1, id, 1, 0, Err(*failure));
    }
    let written = Author::ALL.iter().map(|author| (1, Origin::Written(*author)));
    script.lineage(id, 1, 7, &[(4, Origin::Copied(20))].into_iter().chain(written).collect::<Vec<_>>());
    script.refused(1, b"BAD\n", Rule::BareLineFeed, 3..4);
    for (handshake, conn) in Handshake::samples().iter().zip(10..) {
        script.dial(conn);
        script.encrypt(id, conn, handshake);
    }
    script.push(10, None, EventKind::EncryptedBytes([1, 2]));
    script.push(1, None, EventKind::HalfClosed);
    for reason in CloseReason::ALL {
        script.close(1, *reason);
    }
    script.push(0, None, EventKind::Stopped);
    script.push(0, None, EventKind::Omitted { bytes: 7, events: 3 });
    script
}

#[test]
fn a_line_is_an_object_with_the_same_three_fields_first() {
    let lines = lines(&mut everything());
    assert_eq!(lines[0], serde_json::json!({"at_ns": 0, "event": "epoch", "format": 2, "unix_ms": 5}));
    let read = lines.iter().find(|line| line["event"] == "bytes" && line["direction"] == "received").unwrap();
    assert_eq!((read["conn"].as_u64(), read["len"].as_u64()), (Some(1), Some(28)));
    assert!(read.get("exchange").is_none());
    let head = lines.iter().find(|line| line["stage"] == "response_head").unwrap();
    assert_eq!(head["event"], "stage");
    assert_eq!((head["exchange"].as_u64(), head["status"].as_u64()), (Some(1), Some(200)));
    assert_eq!(head["framing"], serde_json::json!({"length": 1}));
    let routed = lines.iter().find(|line| line["event"] == "routes_tried").unwrap();
    assert_eq!(routed["attempts"][0]["reason"], "segment 1 is \"api\", not \"health\"");
    let lineage = lines.iter().find(|line| line["event"] == "lineage").unwrap();
    assert_eq!(lineage["start"], 7);
    assert_eq!(lineage["pieces"][0], serde_json::json!({"len": 4, "copied": 20}));
    assert_eq!(lineage["pieces"][1], serde_json::json!({"len": 1, "written": "start_line"}));
    let frame = lines.iter().find(|line| line["event"] == "frame").unwrap();
    let expected = serde_json::json!({
        "at_ns": frame["at_ns"], "conn": 3, "exchange": 3, "event": "frame", "direction": "received",
        "start": 70, "end": 78, "fin": true, "rsv": 0, "opcode": "text", "mask": "09080706", "length": 2,
        "payload": "hi",
    });
    assert_eq!(frame, &expected);
    let breach = lines.iter().find(|line| line["event"] == "frame_breach").unwrap();
    assert_eq!((breach["direction"].as_str(), breach["close_code"].as_u64()), (Some("sent"), Some(1002)));
    let items: Vec<_> = lines.iter().filter(|line| line["event"] == "item").collect();
    let expected = serde_json::json!({
        "at_ns": items[1]["at_ns"], "conn": 4, "exchange": 4, "event": "item", "format": "event-stream", "number": 2,
        "range": [93, 131], "dispatched": true, "type": "tick", "id": "7", "data_len": 7, "data": "{\"n\":1}",
    });
    assert_eq!((items.len(), items[1]), (2, &expected));
    let again = lines.iter().find(|line| line["event"] == "sent_again").unwrap();
    assert_eq!((again["of"].as_u64(), again["source"].as_str()), (Some(300), Some("capture")));
    let marked = lines.iter().find(|line| line["event"] == "marked").unwrap();
    assert_eq!((marked["mark"].as_u64(), marked["comment"].as_str()), (Some(4), Some("as it should be")));
    let note = lines.iter().find(|line| line["kind"] == "violation" && line["span"].is_array()).unwrap();
    assert_eq!((note["rule"].as_str(), note["span"][0].as_u64()), (Some("bare_line_feed"), Some(31)));
    assert_eq!(note["in_message"], serde_json::json!([3, 4]), "counted from the first byte of the request");
}

#[test]
fn bytes_come_back_as_they_were() {
    let every: Vec<u8> = (0..=255).chain(*b"\\x41\\").collect();
    assert_eq!(unescaped_bytes(&escaped_bytes(&every)), Some(every));
    let read = lines(&mut everything())
        .into_iter()
        .find(|line| line["event"] == "bytes" && line["direction"] == "received")
        .unwrap();
    let text: Cow<'_, str> = read["bytes"].as_str().unwrap().into();
    assert_eq!(text, "GET /\\\\ HTTP/1.1\\x0d\\x0aHost: \\xff\\x0d\\x0a\\x0d\\x0a");
}

#[test]
fn every_event_and_field_is_documented() {
    fn check(value: &Value, names: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    names.push(name.clone());
                    if [
                        "event", "stage", "reason", "kind", "protocol", "verdict", "policy", "outcome",
                        "failure", "written", "source",
                    ]
                    .contains(&name.as_str())
                    {
                        names.extend(value.as_str().map(str::to_owned));
                    }
                    check(value, names);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| check(value, names)),
            _ => {}
        }
    }
    for line in lines(&mut everything()) {
        let mut names = Vec::new();
        check(&line, &mut names);
        for name in names.iter().filter(|name| !name.contains(' ')) {
            assert!(DOCUMENT.contains(&format!("`{name}`")), "{name} of {line}");
        }
    }
}
