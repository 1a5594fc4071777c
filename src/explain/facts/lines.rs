//! The facts of messages of lines. Their parts are shown as those of HTTP are: the message as a body, its prefix
//! as a delimiter.

use std::ops::Range;

use crate::{
    base::stream::Direction,
    http::{Replay, SpanKind},
    lines::{self, Scanner},
    store::model::{Chunk, Detail},
    trace::Guard,
    wire::{Leaf, replay},
};

use super::{
    places,
    reading::{Chunks, MessageRange, Stretch, read},
    stream::StreamFacts,
};

/// Longer than any message.
const UNLIMITED: usize = usize::MAX - 1;

/// Reads the messages of the client.
pub(super) fn read_request(detail: &Detail) -> StreamFacts {
    let messages = detail.messages.iter().map(MessageRange::request).collect();
    let own = detail.exchange.request.clone();
    let passed = detail.exchange.guards.iter().find(|(_, guard, _)| *guard == Guard::MessageBytes);
    let limit = passed.map_or(UNLIMITED, |(_, _, limit)| usize::try_from(*limit).unwrap_or(UNLIMITED));
    let scanner = |start| Scanner::messages(if start == own.start { limit } else { UNLIMITED }, start);
    stream(Direction::Received, (&detail.lead_reads, &detail.reads), messages, own.clone(), scanner).0
}

/// Reads the replies of the server.
pub(super) fn read_response(detail: &Detail) -> StreamFacts {
    let messages = detail.messages.iter().filter_map(MessageRange::response).collect();
    let own = detail.exchange.response.clone().unwrap_or(0..0);
    let chunks = (&*detail.lead_writes, &*detail.writes);
    let (mut facts, ends) = stream(Direction::Sent, chunks, messages, own, Scanner::replies);
    facts.boundaries = places::response_boundaries(detail, &ends);
    facts
}

/// The facts of one direction, and where messages end in it.
fn stream(
    direction: Direction,
    (lead, visible): (&[Chunk], &[Chunk]),
    messages: Vec<MessageRange>,
    own: Range<u64>,
    scanner: impl Fn(u64) -> Scanner,
) -> (StreamFacts, Vec<u64>) {
    let mut reading = read(Chunks { lead, shown: visible }, &messages, &own, |stretch: Stretch<'_>| {
        let found = replay::run(&mut scanner(stretch.start), stretch.bytes, false, |_, _| {});
        let shown = |part: Leaf<lines::SpanKind>| Leaf {
            kind: shown_as(part.kind),
            range: part.range,
            partial: part.partial,
        };
        Replay {
            leaves: found.leaves.into_iter().map(shown).collect(),
            notes: Vec::new(),
            messages: found.messages,
            violation: None,
            state: found.state,
        }
    });
    let ends = std::mem::take(&mut reading.ends);
    (StreamFacts::new(direction, own, messages, reading, None, None), ends)
}

/// The kind whose colour a part has.
const fn shown_as(kind: lines::SpanKind) -> SpanKind {
    match kind {
        lines::SpanKind::Text => SpanKind::Body,
        lines::SpanKind::LineEnd => SpanKind::LineEnd,
        lines::SpanKind::Prefix => SpanKind::Delimiter,
        lines::SpanKind::Malformed => SpanKind::Malformed,
        lines::SpanKind::Unparsed => SpanKind::Unparsed,
    }
}
