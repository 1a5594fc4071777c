//! Explains messages of lines.

use std::ops::Range;

use crate::{
    base::stream::Direction,
    lines::{Note, Scanner, SpanKind},
    store::model::{Chunk, Detail},
    trace::{Guard, Severity},
    wire::replay,
    words,
};

use super::{
    explainer::{Explainer, Readings},
    facts::{
        places,
        reading::{Chunks, Leaf, MessageRange, Stretch, read},
        stream::StreamFacts,
    },
    kinds::{Kind, MachineNote},
    tree::{TreeNode, VALUE_CHARS, node},
};

/// The explainer of lines.
pub(super) const EXPLAINER: Explainer = Explainer {
    read: |detail| Readings {
        request: request(detail),
        request_head: None,
        response: response(detail),
        response_head: None,
        upstream: Vec::new(),
    },
    leg_tree: |_, _, _| Vec::new(),
    tree: |facts, direction| {
        let stream = facts.stream(direction);
        stream.own_leaves().map(|leaf| part(stream, leaf)).collect()
    },
    kinds: || SpanKind::ALL.map(Kind::Lines).to_vec(),
    arriving: "message incomplete",
    waiting: ("The message is not complete: the server waits for the line feed that ends it.", ""),
};

/// A limit that no message reaches.
const UNLIMITED: usize = usize::MAX - 1;

/// Reads the messages of the client.
fn request(detail: &Detail) -> StreamFacts {
    let messages = detail.messages.iter().map(MessageRange::request).collect();
    let own = detail.exchange.request.clone();
    let passed = detail.exchange.guards.iter().find(|(_, guard, _)| *guard == Guard::MessageBytes);
    let limit = passed.map_or(UNLIMITED, |(_, _, limit)| usize::try_from(*limit).unwrap_or(UNLIMITED));
    let scanner = |start| Scanner::messages(if start == own.start { limit } else { UNLIMITED }, start);
    stream(Direction::Received, (&detail.lead_reads, &detail.reads), messages, own.clone(), scanner).0
}

/// Reads the replies of the server.
fn response(detail: &Detail) -> StreamFacts {
    let messages = detail.messages.iter().filter_map(MessageRange::response).collect();
    let own = detail.exchange.response.clone().unwrap_or(0..0);
    let chunks = (&*detail.lead_writes, &*detail.writes);
    let (mut facts, ends) = stream(Direction::Sent, chunks, messages, own, Scanner::replies);
    facts.boundaries = places::response_boundaries(detail, &ends);
    facts
}

/// The facts about one direction, and the offsets at which messages end.
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

fn part(stream: &StreamFacts, leaf: &Leaf) -> TreeNode {
    let facts = leaf.span.kind.facts();
    let value = words::shortened(&words::escaped(stream.bytes(&leaf.span.range)), VALUE_CHARS);
    node(
        &words::capitalized(facts.name),
        &value,
        leaf.span.kind,
        &leaf.span.range,
        facts.about,
        facts.section,
    )
}

impl From<Note> for MachineNote {
    fn from(note: Note) -> Self {
        Self { severity: Severity::Info, sentence: note.sentence(), section: "" }
    }
}
