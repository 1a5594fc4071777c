//! An exchange that becomes a WebSocket: what is HTTP, and what is frames.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::Range;

use bytes::BytesMut;

use crate::{
    base::stream::Direction,
    explain::Facts,
    http::Framing,
    store::Store,
    testing::script::{MS, Script},
    websocket::{Rule, encode::Outgoing},
};

use super::*;

const REQUEST: &[u8] =
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";

/// The facts about an exchange on which these pieces are received (`>`) and sent (`<`) after the handshake, each a
/// millisecond after the one before it.
fn facts(upgrade: &str, pieces: &[(char, &[u8])]) -> Facts {
    let mut script = Script::default();
    script.open(1);
    let offset = script.read(1, REQUEST);
    let id = script.request(1, offset, REQUEST, Framing::None);
    let response = format!("HTTP/1.1 101 Switching Protocols\r\n{upgrade}Connection: upgrade\r\n\r\n");
    script.respond_head(1, id, response.as_bytes(), None);
    script.write(1, response.as_bytes());
    for (direction, bytes) in pieces {
        script.wait(MS);
        if *direction == '>' {
            script.read(1, bytes)
        } else {
            script.write(1, bytes)
        };
    }
    let mut store = Store::new(1 << 24);
    script.batch().events.into_iter().for_each(|event| store.take(event));
    let facts = Facts::new(store.detail(id).unwrap());
    for (direction, chunks) in
        [(Direction::Received, &facts.detail.reads), (Direction::Sent, &facts.detail.writes)]
    {
        let leaves = facts.stream(direction).leaves.iter().map(|leaf| leaf.span.range.clone());
        let end = chunks.last().unwrap().range().end;
        covers(leaves, end);
    }
    facts
}

/// Every byte has one leaf.
fn covers(leaves: impl Iterator<Item = Range<u64>>, end: u64) {
    let mut at = 0;
    for leaf in leaves {
        assert_eq!(leaf.start, at);
        assert!(leaf.end > at);
        at = leaf.end;
    }
    assert_eq!(at, end);
}

fn frame(fin: bool, rsv: u8, opcode: Opcode, is_masked: bool, payload: &[u8]) -> Vec<u8> {
    let mut out = BytesMut::new();
    let mask = is_masked.then_some([9, 8, 7, 6]);
    Outgoing { fin, rsv, opcode: opcode.bits(), mask, payload }.write(&mut out);
    out.to_vec()
}

/// The lines of the list of frames.
fn lines(facts: &Facts) -> Vec<String> {
    let websocket = facts.websocket.as_ref().unwrap();
    let line = |frame: &FrameFacts| {
        let kind = frame.head.map_or("?", |head| head.opcode.key());
        let message = frame.message.map_or(0, |message| message.number);
        let [first, last] = frame.chunks;
        let words = payload_words(frame, facts.stream(frame.direction));
        format!("{:?} {kind} {message} {first}-{last} {words}", frame.direction)
    };
    websocket.frames.iter().map(line).collect()
}

const UPGRADE: &str = "Upgrade: websocket\r\n";

#[test]
fn frames_of_both_directions_are_listed_in_the_order_of_time() {
    let text = frame(true, 0, Opcode::Text, true, "caf\u{e9}!".as_bytes());
    let facts = facts(
        UPGRADE,
        &[
            ('>', &text[..4]),
            ('>', &text[4..]),
            ('<', &frame(true, 0, Opcode::Text, false, "caf\u{e9}!".as_bytes())),
            ('>', &frame(false, 0, Opcode::Binary, true, b"\x89PNG")),
            ('>', &frame(true, 0, Opcode::Ping, true, b"hi")),
            ('>', &frame(true, 0, Opcode::Continuation, true, b"two")),
            ('>', &frame(true, 0, Opcode::Close, true, b"\x03\xE8bye")),
        ],
    );
    assert_eq!(
        lines(&facts),
        [
            "Received text 1 2-3 caf\u{e9}!",
            "Sent text 1 2-2 caf\u{e9}!",
            "Received binary 2 4-4 89 50 4e 47",
            "Received ping 0 5-5 hi",
            "Received continue 2 6-6 74 77 6f",
            "Received close 0 7-7 1000 normal closure: bye",
        ]
    );
    let websocket = facts.websocket.as_ref().unwrap();
    let last = websocket.frames[4].message.unwrap();
    assert_eq!((last.frames, last.bytes, last.is_last), (2, 7, true));
    // The request is the request still: its head, and no fault.
    assert!(facts.request.complete && facts.request.own == (0..REQUEST.len() as u64));
    assert_eq!(facts.request_head.as_ref().unwrap().fields.len(), 3);
    assert!(facts.fault().is_none());
    let parts = parts(websocket, &websocket.frames[0], &facts.request);
    let said: Vec<_> =
        parts.iter().map(|part| format!("{} {}, {}", part.name, part.value, part.words)).collect();
    assert_eq!(
        said,
        [
            "FIN 1, the last frame of its message",
            "RSV 1\u{2013}3 0 0 0, no extension was agreed on",
            "Opcode 1, text",
            "Length 6, 7-bit form",
            "Mask key 09 08 07 06, every byte a client sends is masked",
            "Payload caf\u{e9}!, 6 bytes, valid UTF-8",
        ]
    );
    let start = REQUEST.len() as u64;
    assert_eq!(parts[3].range, start + 1..start + 2);
    assert_eq!(parts[5].range, start + 6..start + 12);
    assert!(about(websocket, &websocket.frames[0]).0.starts_with("One whole text message"));
}

#[test]
fn a_breach_is_named_with_its_close_code() {
    let facts = facts(UPGRADE, &[('>', &frame(true, 0, Opcode::Text, false, b"hi")), ('>', b"more")]);
    let websocket = facts.websocket.as_ref().unwrap();
    assert_eq!(websocket.violations[0].as_ref().unwrap().rule, Rule::Unmasked);
    let (sentence, section) = about(websocket, &websocket.frames[0]);
    assert!(sentence.ends_with("It calls for close code 1002, protocol error."), "{sentence}");
    assert_eq!(section, "RFC 6455 §5.1");
    assert_eq!(severity(websocket, &websocket.frames[0]), Severity::Error);
}

#[test]
fn half_a_frame_is_a_frame_that_is_not_complete() {
    let text = frame(true, 0, Opcode::Text, true, b"hello");
    for cut in 1..text.len() {
        let facts = facts(UPGRADE, &[('>', &text[..cut])]);
        let websocket = facts.websocket.as_ref().unwrap();
        assert!(!websocket.frames[0].is_complete && websocket.violations == [None, None], "{cut}");
        assert_eq!(websocket.frames[0].head.is_some(), cut >= 6, "{cut}");
        assert!(about(websocket, &websocket.frames[0]).0.contains("not complete"), "{cut}");
    }
}

/// RFC 7692 §7.2.3.
#[test]
fn a_compressed_message_is_shown_inflated() {
    let upgrade =
        format!("{UPGRADE}Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n");
    let facts = facts(
        &upgrade,
        &[
            ('<', &frame(false, 4, Opcode::Text, false, &[0xf2, 0x48, 0xcd])),
            ('<', &frame(true, 0, Opcode::Continuation, false, &[0xc9, 0xc9, 0x07, 0x00])),
            ('<', &frame(true, 4, Opcode::Text, false, &[0xf2, 0x00, 0x11, 0x00, 0x00])),
            ('>', &frame(true, 0, Opcode::Text, true, b"plain")),
        ],
    );
    assert_eq!(
        lines(&facts),
        [
            "Sent text 1 2-2 f2 48 cd",
            "Sent continue 1 3-3 Hello",
            "Sent text 2 4-4 Hello",
            "Received text 1 2-2 plain",
        ]
    );
    let websocket = facts.websocket.as_ref().unwrap();
    let parts = parts(websocket, &websocket.frames[1], &facts.response);
    assert_eq!(parts.last().unwrap().words, "4 bytes, 5 bytes inflated");
}

#[test]
fn another_protocol_has_no_frames() {
    let facts = facts("Upgrade: h2c\r\n", &[('>', b"PRI * HTTP/2.0"), ('<', b"x")]);
    assert!(facts.websocket.is_none());
    assert!(facts.request.complete && facts.request_head.is_some());
}
