//! Runs a machine over stored bytes, several messages long, and accounts for every byte: for the
//! explainer, the exports and the tests.

use std::{mem, ops::Range};

use super::{
    machine::{Event, Machine, State, Violation},
    span::{Leaf, Recorded, Span, Vocabulary},
};

/// Answers that a replay needs from a machine beside events and spans. A protocol whose messages have no head
/// says `type Head = ()` and keeps the defaults.
pub trait Replayable: Machine {
    /// The type that is kept of a message's head.
    type Head: Clone + std::fmt::Debug;

    /// The head of the current message, after [`Event::Head`]. `None`: the message has none of its own
    /// yet, since the head that was just read precedes it, as an interim response does.
    fn message_head(&self) -> Option<Self::Head> {
        None
    }

    /// The known part of a head that is incomplete or malformed. `None`: not even its first token is known.
    fn partial_message_head(&self) -> Option<Self::Head> {
        None
    }

    /// Whether nothing may be read after the message that has just ended.
    fn is_last(&self) -> bool {
        false
    }
}

/// The messages and leaf spans of a stretch of a stream, in span kinds `K` and rules `R`. `H` is what is
/// kept of each head.
#[derive(Clone, Debug)]
pub struct Replay<K: Vocabulary, R, H> {
    /// Leaf spans in order, without gaps, from the first byte to the last. Where a rule is broken, the
    /// bytes at fault are [`Vocabulary::MALFORMED`], and the bytes after them that were not parsed are
    /// [`Vocabulary::UNPARSED`].
    pub leaves: Vec<Leaf<K>>,
    /// Notes with their stream ranges, in the order in which they were made.
    pub notes: Vec<(K::Note, Range<u64>)>,
    /// The messages in order. The last one may be incomplete.
    pub messages: Vec<Message<H>>,
    /// The rule that the last message breaks. `None`: none is broken.
    pub violation: Option<Violation<R>>,
    /// The state of the machine after the last byte.
    pub state: State,
}

/// One message of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<H> {
    /// The message's stream range as far as it arrived. Empty lines before a message are part of it.
    /// Bytes that were not parsed after a malformed part are not.
    pub range: Range<u64>,
    /// The head. `None`: the head is incomplete or malformed, see [`Self::partial`], or the protocol
    /// has none.
    pub head: Option<H>,
    /// The known part of a head that is incomplete or malformed: ranges not reached are empty. `None`:
    /// the head is complete, or not even its first token is known.
    pub partial: Option<H>,
    /// Bytes of content that arrived, without framing.
    pub content: u64,
    /// Whether the message is complete: the next one may begin at `range.end`.
    pub complete: bool,
}

impl<H> Message<H> {
    const fn starting(offset: u64) -> Self {
        Self { range: offset..offset, head: None, partial: None, content: 0, complete: false }
    }
}

impl<K: Vocabulary, R, H> Replay<K, R, H> {
    /// Stream offsets at which a message ends and the next may begin, ascending.
    pub fn boundaries(&self) -> impl Iterator<Item = u64> {
        self.messages.iter().filter(|message| message.complete).map(|message| message.range.end)
    }
}

/// Runs `machine` over `bytes`, which begin at the machine's offset. `closed` says that the stream ends
/// after them, which may complete a message. `before` is called before each message, with how many were
/// complete before it.
pub fn run<M: Replayable>(
    machine: &mut M,
    bytes: &[u8],
    mut closed: bool,
    mut before: impl FnMut(&mut M, usize),
) -> Replay<M::Kind, M::Rule, M::Head> {
    let start = machine.offset();
    let stream = start..start + bytes.len() as u64;
    let mut sink = Recorded::default();
    let mut messages = Vec::new();
    let mut consumed = 0;
    let mut message = Message::starting(start);
    before(machine, 0);
    let violation = loop {
        let step = match machine.advance(&bytes[consumed..], &mut sink) {
            Ok(step) => step,
            Err(violation) => break Some(violation),
        };
        consumed += step.consumed;
        match step.event {
            // A message that is cut off stays incomplete: `complete` says so, not a violation.
            Event::NeedData if mem::take(&mut closed) && machine.end_of_input(&mut sink).is_ok() => {}
            Event::NeedData => break None,
            Event::Head => message.head = machine.message_head(),
            Event::Body(content) => message.content += content.len() as u64,
            Event::End => {
                let end = start + consumed as u64;
                let done = mem::replace(&mut message, Message::starting(end));
                messages.push(Message { range: done.range.start..end, complete: true, ..done });
                if consumed == bytes.len() || machine.is_last() {
                    break None;
                }
                before(machine, messages.len());
            }
        }
    };
    let leaves = cover(sink.spans, machine.pending(), violation.as_ref(), &stream);
    // The last message reaches as far as anything in it was read.
    let reached = leaves.iter().rev().find(|leaf| leaf.kind != M::Kind::UNPARSED);
    message.range.end = reached.map_or(start, |leaf| leaf.range.end).max(message.range.start);
    if message.head.is_none() {
        message.partial = machine.partial_message_head();
    }
    if !message.range.is_empty() {
        messages.push(message);
    }
    Replay { leaves, notes: sink.notes, messages, violation, state: machine.state() }
}

/// Leaf spans for every byte of `stream`: the complete spans, then the `pending` one, then the bytes
/// that were not parsed. The bytes at fault replace the spans for which they were taken.
fn cover<K: Vocabulary, R>(
    spans: Vec<Span<K>>,
    pending: Option<Span<K>>,
    violation: Option<&Violation<R>>,
    stream: &Range<u64>,
) -> Vec<Leaf<K>> {
    let mut leaves: Vec<Leaf<K>> =
        spans.into_iter().map(|(kind, range)| Leaf { kind, range, partial: false }).collect();
    let mut end = leaves.last().map_or(stream.start, |leaf| leaf.range.end);
    let fault = violation.map(|violation| violation.span.clone());
    if let Some((kind, range)) = pending {
        let until = fault.as_ref().map_or(range.end, |fault| fault.start.min(range.end));
        if end < until {
            leaves.push(Leaf { kind, range: end..until, partial: true });
            end = until;
        }
    }
    if let Some(fault) = fault.filter(|fault| !fault.is_empty()) {
        // Where only the whole head shows the fault, spans of it were complete before.
        let mut cut = Vec::with_capacity(leaves.len() + 2);
        for leaf in leaves {
            let before = leaf.range.start..leaf.range.end.min(fault.start);
            let after = leaf.range.start.max(fault.end)..leaf.range.end;
            cut.extend(
                [before, after]
                    .into_iter()
                    .filter(|range| range.start < range.end)
                    .map(|range| Leaf { range, ..leaf.clone() }),
            );
        }
        let place = cut.partition_point(|leaf| leaf.range.start < fault.start);
        end = end.max(fault.end);
        cut.insert(place, Leaf { kind: K::MALFORMED, range: fault, partial: false });
        leaves = cut;
    }
    if end < stream.end {
        leaves.push(Leaf { kind: K::UNPARSED, range: end..stream.end, partial: false });
    }
    leaves
}
