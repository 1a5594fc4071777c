//! Reads one direction of a connection: every byte that is shown becomes part of a leaf span, whichever
//! message it belongs to.

use std::ops::Range;

use bytes::Bytes;

use crate::{
    explain::kinds::{Kind, Remark},
    http::{Framing, Method},
    store::model::{Chunk, Message},
    trace::Cause,
    wire::{self, Replay, Violation, Vocabulary},
};

/// A leaf span of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Kind, stream range, and whether more of it is to come.
    pub span: wire::Leaf<Kind>,
    /// Whether it belongs to this exchange's message, and not to a neighbour's.
    pub own: bool,
}

/// Where a message lies in one direction of its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRange {
    /// The number, on the connection, of the exchange that the message is of.
    pub number: u64,
    /// Its stream range, as far as it arrived or was written.
    pub range: Range<u64>,
    /// Stream offset after the head, and how the body ends. `None`: the head is not complete.
    pub body: Option<(u64, Framing)>,
    /// The method of a request, as far as it bears on how the response ends; GET for any other.
    pub method: Method,
}

impl MessageRange {
    /// The request of an exchange.
    #[must_use]
    pub fn request(message: &Message) -> Self {
        let (number, range) = (message.number, message.request.clone());
        Self { number, range, body: message.body, method: Method::Get }
    }

    /// The response of an exchange. `None`: none was begun.
    #[must_use]
    pub fn response(message: &Message) -> Option<Self> {
        let (number, range) = (message.number, message.response.clone()?);
        let method = if message.to_head { Method::Head } else { Method::Get };
        Some(Self { number, range, body: message.response_body, method })
    }

    /// The kind of the byte at `offset`, where no machine can tell.
    fn kind_at<K: Vocabulary>(&self, offset: u64) -> K {
        match self.body {
            Some((start, Framing::Length(_) | Framing::UntilClose)) if offset >= start => K::CONTENT,
            _ => K::UNPARSED,
        }
    }

    /// Whether the body goes on at `offset`.
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
    /// Chunks before the shown ones, which tell what the first shown bytes are.
    pub lead: &'a [Chunk],
    /// The chunks that hold a byte of the exchange's message.
    pub shown: &'a [Chunk],
}

/// Bytes for a machine to read: they begin where a message begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Stream offset of the first byte.
    pub start: u64,
    /// The messages that begin in it.
    pub messages: &'a [MessageRange],
    /// Whether nothing of the stream that is known comes after it.
    pub last: bool,
}

/// What was found in one direction.
#[derive(Debug)]
pub(crate) struct Reading<H> {
    /// Leaf spans of everything that is shown, in order and without gaps. Bytes that were not kept are covered
    /// too.
    pub leaves: Vec<Leaf>,
    /// Remarks of the machine on the own message, with their stream ranges.
    pub notes: Vec<(Remark, Range<u64>)>,
    /// The own message. `None`: its first bytes are not kept.
    pub own: Option<wire::Message<H>>,
    /// The rule that the own message breaks.
    pub violation: Option<Violation<Cause>>,
    /// Stream offsets at which a message ends and another may begin, found in the bytes.
    pub ends: Vec<u64>,
    /// The kept bytes, by the stream offset of the first byte of each piece without gaps.
    pub kept: Vec<(u64, Bytes)>,
}

/// Reads `chunks` with `replay`, which is called for stretches that begin where one of `messages` begins. `own`
/// is the range of the message that the exchange is about.
pub(crate) fn read<K, R, H: Clone>(
    chunks: Chunks<'_>,
    messages: &[MessageRange],
    own: &Range<u64>,
    replay: impl Fn(Stretch<'_>) -> Replay<K, R, H>,
) -> Reading<H>
where
    K: Vocabulary<Note: Into<Remark>> + Into<Kind>,
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
        // The first message that begins in this piece; the bytes before it are the rest of an earlier one.
        let first = messages.iter().position(|message| range.contains(&message.range.start));
        let known = first.filter(|_| bytes.is_some()).map_or(range.end, |index| messages[index].range.start);
        cover.blind::<K>(range.start..known, messages);
        let Some(bytes) = bytes else { continue };
        // The own message is read from its own first byte, so that nothing before it can hide it.
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

/// The stream in pieces without gaps, with their bytes; `None`: they were not kept. A piece that is one chunk
/// shares its memory.
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
                // Events can be missing: then there is a hole between two chunks.
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

/// Takes spans in, in order.
struct Cover<'a> {
    leaves: &'a mut Vec<Leaf>,
    visible: Range<u64>,
    own: Range<u64>,
}

impl Cover<'_> {
    /// Covers a range that no machine can read: divided where the messages are known to lie.
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
            // The body goes on where bytes of it were not kept.
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
