//! Reads one direction of a connection: every visible byte becomes part of a leaf span, whichever message it
//! belongs to.

use std::ops::Range;

use bytes::Bytes;

use crate::{
    explain::kinds::{Kind, MachineNote},
    http::{Framing, Method},
    store::model::{Chunk, Message},
    trace::Cause,
    wire::{self, Replay, Violation, Vocabulary},
};

/// A leaf span of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Kind, stream range, and whether the span is incomplete.
    pub span: wire::Leaf<Kind>,
    /// Whether the span belongs to this exchange's message rather than to a neighbour's.
    pub own: bool,
}

/// The position of a message in one direction of its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRange {
    /// Number of the message's exchange on the connection.
    pub number: u64,
    /// Stream range of the message, as far as it was received or written.
    pub range: Range<u64>,
    /// Stream offset after the head, and the framing of the body. `None`: the head is incomplete.
    pub body: Option<(u64, Framing)>,
    /// The method of the request if it affects the framing of the response, else GET.
    pub method: Method,
}

impl MessageRange {
    /// The request of an exchange.
    #[must_use]
    pub fn request(message: &Message) -> Self {
        let (number, range) = (message.number, message.request.clone());
        Self { number, range, body: message.body, method: Method::Get }
    }

    /// The response of an exchange. `None`: no response was begun.
    #[must_use]
    pub fn response(message: &Message) -> Option<Self> {
        let (number, range) = (message.number, message.response.clone()?);
        let method = if message.to_head { Method::Head } else { Method::Get };
        Some(Self { number, range, body: message.response_body, method })
    }

    /// The kind of the byte at `offset`, derived without a machine.
    fn kind_at<K: Vocabulary>(&self, offset: u64) -> K {
        match self.body {
            Some((start, Framing::Length(_) | Framing::UntilClose)) if offset >= start => K::CONTENT,
            _ => K::UNPARSED,
        }
    }

    /// Whether the body continues at `offset`.
    fn goes_on_at(&self, offset: u64) -> bool {
        match self.body {
            Some((start, Framing::Length(length))) => offset < start + length,
            Some((_, Framing::UntilClose)) => offset < self.range.end,
            _ => false,
        }
    }
}

/// The chunks of one direction that belong to an exchange.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunks<'a> {
    /// Chunks before the visible ones, needed to interpret the first visible bytes.
    pub lead: &'a [Chunk],
    /// The chunks that contain a byte of the exchange's message.
    pub shown: &'a [Chunk],
}

/// Bytes for a machine to read, beginning at the beginning of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Stream offset of the first byte.
    pub start: u64,
    /// The messages that begin in these bytes.
    pub messages: &'a [MessageRange],
    /// Whether these are the last known bytes of the stream.
    pub last: bool,
}

/// Result of reading one direction.
#[derive(Debug)]
pub(crate) struct Reading<H> {
    /// Leaf spans of all visible bytes, in order and without gaps. They also cover bytes that were not kept.
    pub leaves: Vec<Leaf>,
    /// Notes of the machine on the own message, with their stream ranges.
    pub notes: Vec<(MachineNote, Range<u64>)>,
    /// The exchange's message. `None`: its first bytes were not kept.
    pub own: Option<wire::Message<H>>,
    /// The rule that the exchange's message breaks. `None`: it breaks no rule.
    pub violation: Option<Violation<Cause>>,
    /// Stream offsets, found in the bytes, at which a message ends and another may begin.
    pub ends: Vec<u64>,
    /// The kept bytes as contiguous pieces, each with the stream offset of its first byte.
    pub kept: Vec<(u64, Bytes)>,
}

/// Reads `chunks` with `replay`, which is called for ranges that begin at the beginning of one of `messages`.
/// `own` is the range of the exchange's message.
pub(crate) fn read<K, R, H: Clone>(
    chunks: Chunks<'_>,
    messages: &[MessageRange],
    own: &Range<u64>,
    replay: impl Fn(Stretch<'_>) -> Replay<K, R, H>,
) -> Reading<H>
where
    K: Vocabulary<Note: Into<MachineNote>> + Into<Kind>,
    R: Into<Cause>,
{
    let mut reading = Reading {
        leaves: Vec::new(),
        notes: Vec::new(),
        own: None,
        violation: None,
        ends: Vec::new(),
        kept: Vec::new(),
    };
    let (Some(first), Some(last)) = (chunks.shown.first(), chunks.shown.last()) else { return reading };
    let visible = first.offset..last.range().end;
    let mut cover = Cover { leaves: &mut reading.leaves, visible: visible.clone(), own: own.clone() };
    for (range, bytes) in pieces(chunks) {
        // The first message that begins in this piece; the bytes before it belong to an earlier one.
        let first = messages.iter().position(|message| range.contains(&message.range.start));
        let known = first.filter(|_| bytes.is_some()).map_or(range.end, |index| messages[index].range.start);
        cover.blind::<K>(range.start..known, messages);
        let Some(bytes) = bytes else { continue };
        // The exchange's message is read from its own first byte, so that a fault before it cannot hide it.
        let divided = if known < own.start && own.start < range.end { own.start } else { range.end };
        for part in [known..divided, divided..range.end] {
            if part.is_empty() {
                continue;
            }
            let index = |offset: u64| usize::try_from(offset - range.start).unwrap_or(bytes.len());
            let from = messages.iter().position(|message| message.range.start >= part.start);
            let found = replay(Stretch {
                bytes: &bytes[index(part.start)..index(part.end)],
                start: part.start,
                messages: &messages[from.unwrap_or(messages.len())..],
                last: part.end == visible.end,
            });
            let inside = |range: &Range<u64>| own.start <= range.start && range.start < own.end;
            reading.ends.extend(found.boundaries());
            for leaf in found.leaves {
                cover.push(leaf.kind.into(), leaf.range, leaf.partial);
            }
            let notes = found.notes.into_iter().filter(|(_, range)| inside(range));
            reading.notes.extend(notes.map(|(note, range)| (note.into(), range)));
            if let Some(index) = found.messages.iter().position(|message| message.range.start == own.start) {
                let last = index + 1 == found.messages.len();
                reading.own = Some(found.messages[index].clone());
                reading.violation = found
                    .violation
                    .filter(|_| last)
                    .map(|Violation { rule, span, found }| Violation { rule: rule.into(), span, found });
            }
        }
        reading.kept.push((range.start, bytes));
    }
    reading
}

/// The stream as contiguous pieces with their bytes. `None`: the bytes were not kept. A piece of a single
/// chunk shares its memory.
fn pieces(chunks: Chunks<'_>) -> Vec<(Range<u64>, Option<Bytes>)> {
    let mut pieces: Vec<(Range<u64>, Vec<&Chunk>)> = Vec::new();
    for chunk in chunks.lead.iter().chain(chunks.shown) {
        let range = chunk.range();
        match pieces.last_mut() {
            Some((before, kept)) if before.end == range.start && !kept.is_empty() && !chunk.omitted() => {
                before.end = range.end;
                kept.push(chunk);
            }
            before => {
                // If events are missing there is a gap between two chunks.
                let end = before.map_or(range.start, |(before, _)| before.end);
                if end < range.start {
                    pieces.push((end..range.start, Vec::new()));
                }
                pieces.push((range, if chunk.omitted() { Vec::new() } else { vec![chunk] }));
            }
        }
    }
    let joined = |chunks: Vec<&Chunk>| match chunks.as_slice() {
        [] => None,
        [one] => Some(one.bytes.clone()),
        several => {
            let mut all = Vec::with_capacity(several.iter().map(|chunk| chunk.bytes.len()).sum());
            for chunk in several {
                all.extend_from_slice(&chunk.bytes);
            }
            Some(Bytes::from(all))
        }
    };
    pieces.into_iter().map(|(range, chunks)| (range, joined(chunks))).collect()
}

/// Collects spans in order.
struct Cover<'a> {
    leaves: &'a mut Vec<Leaf>,
    visible: Range<u64>,
    own: Range<u64>,
}

impl Cover<'_> {
    /// Covers a range that no machine can read, divided by the known ranges of messages.
    fn blind<K: Vocabulary + Into<Kind>>(&mut self, range: Range<u64>, messages: &[MessageRange]) {
        let mut at = range.start;
        while at < range.end {
            let message = messages.iter().find(|message| message.range.contains(&at));
            let next = messages.iter().map(|message| message.range.start).find(|start| *start > at);
            let head_end = message.and_then(|message| message.body).map(|(start, _)| start);
            let ends = [Some(range.end), next, message.map(|message| message.range.end), head_end];
            let end = ends.into_iter().flatten().filter(|end| *end > at).min().unwrap_or(range.end);
            let kind = message.map_or(K::UNPARSED, |message| message.kind_at(at));
            let partial = message.is_some_and(|message| message.goes_on_at(end));
            self.push(kind.into(), at..end, partial);
            at = end;
        }
    }

    fn push(&mut self, kind: Kind, range: Range<u64>, partial: bool) {
        let range = range.start.max(self.visible.start)..range.end.min(self.visible.end);
        if range.is_empty() {
            return;
        }
        let own = self.own.contains(&range.start);
        match self.leaves.last_mut() {
            // A body continues across bytes that were not kept.
            Some(Leaf { span: before, own: before_own })
                if kind.role().is_content()
                    && before.kind == kind
                    && *before_own == own
                    && before.partial
                    && before.range.end == range.start =>
            {
                (before.range.end, before.partial) = (range.end, partial);
            }
            _ => self.leaves.push(Leaf { span: wire::Leaf { kind, range, partial }, own }),
        }
    }
}
