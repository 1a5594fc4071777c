//! The facts of messages of lines.

use std::ops::Range;

use crate::{
    base::stream::Direction,
    lines::Scanner,
    store::model::{Chunk, Detail},
    trace::Guard,
    wire::replay,
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
        replay::run(&mut scanner(stretch.start), stretch.bytes, false, |_, _| {})
    });
    let ends = std::mem::take(&mut reading.ends);
    (StreamFacts::new(direction, own, messages, reading, None, None), ends)
}
