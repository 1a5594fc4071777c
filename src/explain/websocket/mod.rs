//! Explains what is spoken after an exchange has become a WebSocket: the frames of both directions.

mod inflate;
mod messages;
mod parts;
mod switch;
#[cfg(test)]
mod tests;

use std::ops::Range;

use bytes::Bytes;

use crate::{
    base::stream::{Direction, Nanos},
    store::model::{Chunk, Detail},
    trace::Severity,
    websocket::{self, CloseCode, Frame, FrameMachine, Limits, Opcode, Sender, SpanKind, Violation},
    wire::{self, replay},
};

use super::{
    facts::{reading::Leaf, stream::StreamFacts},
    kinds::{Kind, MachineNote},
};
pub use inflate::Inflated;
use inflate::{Bounds, Inflater};
pub use messages::{Searched, any_message};
pub use parts::{Part, about, parts, payload_words};
pub(super) use switch::{Switch, before};

/// The frames of an exchange that has become a WebSocket.
#[derive(Debug)]
pub struct WebSocketFacts {
    /// The frames of both directions, by the time at which their first byte arrived or was sent.
    pub frames: Vec<FrameFacts>,
    /// The rule that the frames of a direction break, in the order of [`Direction::ALL`]. `None`: they break none.
    pub violations: [Option<Violation>; 2],
    /// Whether permessage-deflate was agreed on.
    pub deflate: bool,
}

/// A frame, as far as it arrived.
#[derive(Clone, Debug)]
pub struct FrameFacts {
    /// Received from the client, or sent to it.
    pub direction: Direction,
    /// The stream range, as far as it arrived.
    pub range: Range<u64>,
    /// The head. `None`: it is incomplete or breaks a rule.
    pub head: Option<Frame>,
    /// Whether all of the frame arrived and is in order.
    pub is_complete: bool,
    /// Time of the read or write that has the first byte.
    pub at: Nanos,
    /// Numbers of the reads or writes that have its first and its last byte.
    pub chunks: [u64; 2],
    /// The message that the frame is a part of. `None`: it is a control frame, or has no head.
    pub message: Option<MessagePart>,
    /// The whole message, inflated; only at its last frame. `None`: it was not compressed, or cannot be inflated.
    pub inflated: Option<Inflated>,
}

/// The place of a frame in its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagePart {
    /// Number of the message in its direction, from 1.
    pub number: u64,
    /// Number of frames of the message, up to this one.
    pub frames: u64,
    /// Bytes of payload of the message, up to this frame.
    pub bytes: u64,
    /// Whether the message is one of text.
    pub is_text: bool,
    /// Whether the message is compressed.
    pub is_compressed: bool,
    /// Whether this is the last frame of the message.
    pub is_last: bool,
}

impl WebSocketFacts {
    /// Reads the frames after `switch`, and puts their spans into the facts of both directions. `None`: the protocol
    /// that was switched to is another one.
    pub(super) fn read(
        detail: &Detail,
        switch: Switch,
        request: &mut StreamFacts,
        response: &mut StreamFacts,
    ) -> Option<Self> {
        let upgrade = response.field("upgrade").map(|field| response.bytes(&field.value));
        if !upgrade.is_some_and(|protocol| protocol.eq_ignore_ascii_case(b"websocket")) {
            append_unread(request, &detail.reads, switch.received);
            append_unread(response, &detail.writes, switch.sent);
            return None;
        }
        let fields = response.fields("sec-websocket-extensions");
        let agreed = agreed(fields.map(|field| response.bytes(&field.value)));
        let limits = Limits { message_bytes: u64::MAX, deflate: agreed.is_some() };
        let mut facts = Self { frames: Vec::new(), violations: [None, None], deflate: agreed.is_some() };
        for (direction, stream, chunks, start, keeps_context) in [
            (
                Direction::Received,
                request,
                &detail.reads,
                switch.received,
                agreed.is_none_or(|keeps| keeps[0]),
            ),
            (Direction::Sent, response, &detail.writes, switch.sent, agreed.is_none_or(|keeps| keeps[1])),
        ] {
            let sender = if direction == Direction::Received { Sender::Client } else { Sender::Server };
            let (bytes, end) = kept_from(chunks, start);
            let mut machine = FrameMachine::new(sender, start, limits);
            let mut found = replay::run(&mut machine, &bytes, false, |_, _| {});
            let read_to = start + bytes.len() as u64;
            if read_to < end {
                found.leaves.push(wire::Leaf {
                    kind: SpanKind::Unparsed,
                    range: read_to..end,
                    partial: false,
                });
            }
            stream.append(found.leaves.into_iter().map(leaf).collect(), (start, bytes));
            let mut frames = frames(direction, &found.messages, chunks);
            if agreed.is_some() {
                inflate(&mut frames, stream, &mut Inflater::new(keeps_context, Bounds::SHOWN));
            }
            facts.frames.extend(frames);
            facts.violations[direction.index()] = found.violation;
        }
        facts.frames.sort_by_key(|frame| (frame.at, frame.direction.index()));
        Some(facts)
    }
}

impl WebSocketFacts {
    /// The code of the first close frame; 1005 if it has none (RFC 6455 §7.1.5). `None`: no close frame is complete.
    #[must_use]
    pub fn closed_with(&self, request: &StreamFacts, response: &StreamFacts) -> Option<u16> {
        let is_close = |frame: &&FrameFacts| {
            frame.is_complete && frame.head.is_some_and(|head| head.opcode == Opcode::Close)
        };
        let frame = self.frames.iter().find(is_close)?;
        let stream = if frame.direction == Direction::Received { request } else { response };
        let payload = frame.payload(stream, 2);
        Some(payload.try_into().map_or(CloseCode::NoStatus.number(), u16::from_be_bytes))
    }
}

impl FrameFacts {
    /// The payload as far as it arrived, without its mask. Empty as well if it was not kept.
    #[must_use]
    pub fn payload(&self, stream: &StreamFacts, most: usize) -> Vec<u8> {
        let Some(head) = &self.head else { return Vec::new() };
        let end = self.range.end.min(head.payload.saturating_add(most as u64)).max(head.payload);
        let mut bytes = stream.bytes(&(head.payload..end)).to_vec();
        head.unmask(&mut bytes, head.payload);
        bytes
    }

    /// The stream range of the payload as far as it arrived. `None`: the frame has no head.
    #[must_use]
    pub fn payload_range(&self) -> Option<Range<u64>> {
        let head = self.head.as_ref()?;
        Some(head.payload..self.range.end.max(head.payload))
    }
}

/// Whether permessage-deflate was agreed on, and whether the client and the server keep their context.
fn agreed<'a>(mut extensions: impl Iterator<Item = &'a [u8]>) -> Option<[bool; 2]> {
    extensions.find_map(|value| {
        let value = String::from_utf8_lossy(value).to_ascii_lowercase();
        let has = |name: &str| value.split([';', ',']).any(|one| one.trim() == name);
        has("permessage-deflate")
            .then(|| [!has("client_no_context_takeover"), !has("server_no_context_takeover")])
    })
}

/// The bytes from `start` up to the first that were not kept, and the end of the stream.
fn kept_from(chunks: &[Chunk], start: u64) -> (Bytes, u64) {
    let end = chunks.last().map_or(start, |chunk| chunk.range().end).max(start);
    let mut bytes: Vec<u8> = Vec::new();
    let mut single = Bytes::new();
    for chunk in chunks.iter().filter_map(|chunk| chunk.cut(start..end)) {
        let reached = start + (bytes.len() + single.len()) as u64;
        if chunk.offset != reached || chunk.omitted() {
            break;
        }
        if bytes.is_empty() && single.is_empty() {
            single = chunk.bytes;
        } else {
            bytes.extend_from_slice(&std::mem::take(&mut single));
            bytes.extend_from_slice(&chunk.bytes);
        }
    }
    (if bytes.is_empty() { single } else { bytes.into() }, end)
}

/// Appends what is spoken in a protocol that is not explained.
fn append_unread(stream: &mut StreamFacts, chunks: &[Chunk], start: u64) {
    let (bytes, end) = kept_from(chunks, start);
    if start < end {
        let whole = wire::Leaf { kind: SpanKind::Unparsed, range: start..end, partial: false };
        stream.append(vec![leaf(whole)], (start, bytes));
    }
}

fn leaf(leaf: wire::Leaf<SpanKind>) -> Leaf {
    let span = wire::Leaf { kind: Kind::WebSocket(leaf.kind), range: leaf.range, partial: leaf.partial };
    Leaf { span, own: false }
}

fn frames(direction: Direction, messages: &[wire::Message<Frame>], chunks: &[Chunk]) -> Vec<FrameFacts> {
    let mut frames = Vec::with_capacity(messages.len());
    let mut message: Option<MessagePart> = None;
    let mut count = 0;
    let chunk_at = |offset: u64| {
        let index = chunks.partition_point(|chunk| chunk.range().end <= offset);
        chunks.get(index).or(chunks.last())
    };
    for found in messages {
        let part = found.head.filter(|head| !head.opcode.is_control()).map(|head| {
            let begun = message.take().filter(|_| head.opcode == Opcode::Continuation);
            let begun = begun.unwrap_or_else(|| {
                count += 1;
                MessagePart {
                    number: count,
                    frames: 0,
                    bytes: 0,
                    is_text: head.opcode == Opcode::Text,
                    is_compressed: head.rsv & 4 != 0,
                    is_last: false,
                }
            });
            let (frames, bytes) = (begun.frames + 1, begun.bytes.saturating_add(head.length));
            MessagePart { frames, bytes, is_last: head.fin, ..begun }
        });
        if let Some(part) = part {
            message = Some(part).filter(|part| !part.is_last);
        }
        let last = found.range.end.saturating_sub(1).max(found.range.start);
        let numbers =
            [found.range.start, last].map(|offset| chunk_at(offset).map_or(0, |chunk| chunk.number));
        frames.push(FrameFacts {
            direction,
            range: found.range.clone(),
            head: found.head,
            is_complete: found.complete,
            at: chunk_at(found.range.start).map_or(Nanos::ZERO, |chunk| chunk.at),
            chunks: numbers,
            message: part,
            inflated: None,
        });
    }
    frames
}

/// Inflates the messages of one direction.
fn inflate(frames: &mut [FrameFacts], stream: &StreamFacts, inflater: &mut Inflater) {
    let mut compressed = Vec::new();
    for frame in frames.iter_mut() {
        let Some(part) = frame.message.filter(|part| part.is_compressed && frame.is_complete) else {
            continue;
        };
        compressed.extend(frame.payload(stream, usize::MAX));
        if part.is_last {
            frame.inflated = inflater.message(&compressed);
            compressed.clear();
        }
    }
}

impl From<websocket::span::Note> for MachineNote {
    fn from(note: websocket::span::Note) -> Self {
        match note {}
    }
}

/// The severity of a frame in the list: an error if it breaks a rule.
#[must_use]
pub fn severity(facts: &WebSocketFacts, frame: &FrameFacts) -> Severity {
    let broken = facts.violations[frame.direction.index()].as_ref();
    let is_here = broken.is_some_and(|broken| {
        frame.range.start <= broken.span.start && broken.span.start <= frame.range.end && !frame.is_complete
    });
    if is_here { Severity::Error } else { Severity::Info }
}
