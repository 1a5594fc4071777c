//! The parts of a frame in words.

use std::ops::Range;

use crate::{
    base::stream::Direction,
    websocket::{Opcode, SpanKind, close_code},
    words,
};

use super::{super::facts::stream::StreamFacts, FrameFacts, WebSocketFacts};

/// Bytes of a payload that are looked at for one line.
const LINE_BYTES: usize = 160;

/// A part of a frame: what it is called, what it holds, and what that means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The name, such as `Mask key`.
    pub name: &'static str,
    /// The value, such as `09 08 07 06`.
    pub value: String,
    /// The meaning of the value in a few words.
    pub words: String,
    /// The kind of span that holds it.
    pub kind: SpanKind,
    /// The stream range of the bytes that hold it.
    pub range: Range<u64>,
}

/// The parts of a frame, in the order in which they stand on the wire. Empty: the frame has no head.
#[must_use]
pub fn parts(facts: &WebSocketFacts, frame: &FrameFacts, stream: &StreamFacts) -> Vec<Part> {
    let Some(head) = &frame.head else { return Vec::new() };
    let start = frame.range.start;
    let part = |name, value: String, words: String, kind, range| Part { name, value, words, kind, range };
    let mut parts = vec![
        part(
            "FIN",
            u8::from(head.fin).to_string(),
            fin_words(frame).to_owned(),
            SpanKind::Opcode,
            start..start + 1,
        ),
        part(
            "RSV 1–3",
            bits(head.rsv),
            rsv_words(facts, head.rsv).to_owned(),
            SpanKind::Opcode,
            start..start + 1,
        ),
        part(
            "Opcode",
            head.opcode.bits().to_string(),
            head.opcode.key().to_owned(),
            SpanKind::Opcode,
            start..start + 1,
        ),
    ];
    let mask_bytes = if head.mask.is_some() { 4 } else { 0 };
    let length_end = head.payload - mask_bytes;
    let form = match length_end - start {
        2 => "7-bit form",
        4 => "16-bit form, in two more bytes",
        _ => "64-bit form, in eight more bytes",
    };
    parts.push(part(
        "Length",
        words::count(head.length),
        form.to_owned(),
        SpanKind::Length,
        start + 1..length_end,
    ));
    let mask_words = match frame.direction {
        Direction::Received => "every byte a client sends is masked",
        Direction::Sent => "a server sends without a mask",
    };
    let (key, range) = match head.mask {
        Some(key) => (key.map(|byte| format!("{byte:02x}")).join(" "), length_end..head.payload),
        None => ("none".to_owned(), start + 1..start + 2),
    };
    parts.push(part("Mask key", key, mask_words.to_owned(), SpanKind::MaskKey, range));
    if let Some(range) = frame.payload_range().filter(|range| !range.is_empty()) {
        let arrived = range.end - range.start;
        let mut said = words::plural(arrived, "byte");
        if arrived < head.length {
            said = format!("{} of {} so far", words::count(arrived), words::plural(head.length, "byte"));
        }
        if frame.message.is_some_and(|message| message.is_text && !message.is_compressed) && frame.is_complete
        {
            said.push_str(", valid UTF-8");
        }
        if let Some(inflated) = &frame.inflated {
            said = format!("{said}, {} inflated", words::plural(inflated.len, "byte"));
        }
        parts.push(part("Payload", payload_words(frame, stream), said, SpanKind::Payload, range));
    }
    parts
}

/// A sentence about a frame, and the clause behind it.
#[must_use]
pub fn about(facts: &WebSocketFacts, frame: &FrameFacts) -> (String, &'static str) {
    let broken = facts.violations[frame.direction.index()].as_ref();
    if let Some(broken) = broken.filter(|_| !frame.is_complete) {
        let rule = broken.rule.facts();
        let code = rule.close.facts();
        return (
            format!("{} It calls for close code {}, {}.", rule.sentence, code.number, code.name),
            rule.section,
        );
    }
    let Some(head) = &frame.head else {
        return ("The head of the frame is not complete.".to_owned(), "RFC 6455 §5.2");
    };
    if !frame.is_complete {
        return ("The payload of the frame is not complete.".to_owned(), "RFC 6455 §5.2");
    }
    let whole = head.fin && matches!(head.opcode, Opcode::Text | Opcode::Binary);
    let sentence = match head.opcode {
        _ if whole => {
            format!(
                "One whole {} message in one frame. A second frame of it would have opcode 0.",
                head.opcode.key()
            )
        }
        Opcode::Text | Opcode::Binary => {
            format!(
                "A {} message begins. FIN is 0, so that frames with opcode 0 go on with it.",
                head.opcode.key()
            )
        }
        Opcode::Continuation if head.fin => "The message ends with this frame.".to_owned(),
        opcode => opcode.facts().about.to_owned(),
    };
    (sentence, head.opcode.facts().section)
}

/// The beginning of a payload in one line: as text, for a close frame its code and reason, else in hexadecimal.
#[must_use]
pub fn payload_words(frame: &FrameFacts, stream: &StreamFacts) -> String {
    let Some(head) = &frame.head else { return String::new() };
    let mut payload = frame.payload(stream, LINE_BYTES);
    let mut is_cut = frame.payload_range().is_some_and(|range| range.end - range.start > LINE_BYTES as u64);
    let mut is_text = frame.message.is_some_and(|message| message.is_text);
    if let Some(inflated) = &frame.inflated {
        payload = inflated.bytes[..inflated.bytes.len().min(LINE_BYTES)].to_vec();
        is_cut = inflated.len > LINE_BYTES as u64;
    } else if frame.message.is_some_and(|message| message.is_compressed) {
        is_text = false;
    }
    if head.opcode == Opcode::Close
        && let [first, second, reason @ ..] = &payload[..]
    {
        let code = u16::from_be_bytes([*first, *second]);
        let reason = if reason.is_empty() { String::new() } else { format!(": {}", words::escaped(reason)) };
        return format!("{code} {}{reason}", close_code::name(code));
    }
    let is_control = head.opcode.is_control() && payload.iter().all(|byte| (0x20..0x7F).contains(byte));
    let text = if is_text || is_control {
        words::escaped(&payload)
    } else {
        let shown = payload.len().min(16);
        is_cut |= shown < payload.len();
        payload[..shown].iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
    };
    if is_cut { format!("{text} …") } else { text }
}

const fn fin_words(frame: &FrameFacts) -> &'static str {
    match &frame.head {
        Some(head) if head.opcode.is_control() => "a control frame is always whole",
        Some(head) if head.fin => "the last frame of its message",
        _ => "more frames of the message follow",
    }
}

const fn rsv_words(facts: &WebSocketFacts, rsv: u8) -> &'static str {
    match (facts.deflate, rsv & 4 != 0) {
        (true, true) => "RSV1: the message is compressed by permessage-deflate",
        (true, false) => "permessage-deflate was agreed on; not used here",
        (false, _) => "no extension was agreed on",
    }
}

fn bits(rsv: u8) -> String {
    format!("{} {} {}", rsv >> 2 & 1, rsv >> 1 & 1, rsv & 1)
}
