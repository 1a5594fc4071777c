//! Tests of the explanation of synthetic connections.

#![allow(clippy::unwrap_used, reason = "tests")]

mod bodies;
mod lines;
mod messages;
mod passage;
mod story;
mod upstream;

use std::ops::Range;

use super::{
    facts::{Band, Boundary, Leaf},
    kinds::Kind,
    tree::{TreeNode, node_at},
    *,
};
use crate::{
    base::stream::{
        Direction::{self, Received, Sent},
        ExchangeId,
    },
    http::{Framing, RequestMachine, SpanKind},
    store::{Chunk, Detail, Store},
    testing::{
        LIMITS, Lcg,
        script::{MS, Script, response, step},
    },
    trace::{Cause, CloseReason, EventKind, Note, NoteKind, Phase, Severity, Stage, StepSummary},
    wire::{Event, Machine, Silent},
};

/// A minimal server: reads with the real machine and reports the events that the real server reports.
struct Server {
    script: Script,
    machine: RequestMachine,
    unread: Vec<u8>,
    active: Option<ExchangeId>,
    content: u64,
}

impl Server {
    fn new() -> Self {
        let mut script = Script::default();
        script.open(1);
        Self {
            script,
            machine: RequestMachine::starting_at(LIMITS, 0),
            unread: Vec::new(),
            active: None,
            content: 0,
        }
    }

    /// Receives bytes, and answers complete requests with `answer`.
    fn receive(&mut self, bytes: &[u8], answer: &[u8]) {
        self.script.wait(MS).read(1, bytes);
        self.unread.extend_from_slice(bytes);
        loop {
            let offset = self.machine.offset();
            let step = match self.machine.advance(&self.unread, &mut Silent) {
                Ok(step) => step,
                Err(violation) => {
                    let id = self.begin();
                    let kind = NoteKind::Violation(violation.rule.into(), violation.found);
                    let note = Note { severity: Severity::Error, span: Some(Box::new(violation.span)), kind };
                    self.script.push(1, Some(id), EventKind::NoteAdded(note));
                    let body = format!("HTTP/1.1 {} X\r\n\r\n", Cause::Rule(violation.rule).status().0);
                    self.script.respond(1, id, body.as_bytes(), Some(violation.rule.into()));
                    self.script.close(1, CloseReason::ServerRefused);
                    return;
                }
            };
            self.unread.drain(..step.consumed);
            if step.event != Event::NeedData || !self.unread.is_empty() {
                self.begin();
            }
            match step.event {
                Event::NeedData => return,
                Event::Head => {
                    let id = self.begin();
                    let head = self.machine.head().clone();
                    let (method, target) = (head.placed(&head.method_range), head.placed(&head.target));
                    self.script.stage(1, id, Stage::RequestLine { method, target });
                    let fields = u32::try_from(head.fields.len()).unwrap();
                    let (start, end, framing) = (head.start, head.end, head.framing);
                    self.script.stage(1, id, Stage::Head { start, end, fields, framing });
                    self.script.stage(1, id, Stage::GuardsPassed);
                }
                Event::Body(range) => self.content += range.len() as u64,
                Event::End => {
                    let id = self.begin();
                    let (end, content) = (self.machine.offset(), std::mem::take(&mut self.content));
                    assert!(end >= offset);
                    self.script.stage(1, id, Stage::RequestEnd { end, content });
                    self.script.respond(1, id, answer, None);
                    self.active = None;
                }
            }
        }
    }

    fn begin(&mut self) -> ExchangeId {
        let began = self.machine.message_start();
        *self.active.get_or_insert_with(|| self.script.begin(1, began))
    }

    fn store(&mut self) -> Store {
        let mut store = Store::new(64 << 20);
        store.apply(self.script.batch());
        store
    }
}

/// A store of bytes received in these pieces, with each complete request answered with `hello`.
fn store_of(pieces: &[&[u8]]) -> Store {
    let mut server = Server::new();
    for piece in pieces {
        server.receive(piece, &response(b"hello"));
    }
    server.store()
}

/// Verifies that the leaves cover every visible byte, and nothing else.
fn assert_covered(leaves: &[Leaf], chunks: &[Chunk]) {
    let mut at = chunks.first().map_or(0, |chunk| chunk.offset);
    for leaf in leaves {
        assert_eq!(leaf.span.range.start, at, "{leaves:?}");
        assert!(!leaf.span.range.is_empty());
        at = leaf.span.range.end;
    }
    assert_eq!(at, chunks.last().map_or(0, |chunk| chunk.range().end), "{leaves:?}");
}

/// Explains every exchange of the store, and verifies the invariants of facts.
fn explained(store: &Store) -> Vec<(Detail, Facts)> {
    let explain = |id| {
        let detail = store.detail(id).unwrap();
        let facts = Facts::new(detail.clone());
        assert_covered(&facts.request.leaves, &detail.reads);
        assert_covered(&facts.response.leaves, &detail.writes);
        for leaf in &facts.request.leaves {
            assert_eq!(leaf.own, detail.exchange.request.contains(&leaf.span.range.start), "{leaf:?}");
        }
        for direction in Direction::ALL {
            let own = facts.stream(direction).own.clone();
            let nodes = facts.tree(direction);
            let mut nodes: Vec<(&TreeNode, Range<u64>)> =
                nodes.iter().map(|node| (node, own.clone())).collect();
            while let Some((node, outer)) = nodes.pop() {
                if let Some(range) = &node.range {
                    assert!(outer.start <= range.start && range.end <= outer.end, "{node:?} in {outer:?}");
                }
                let ends = |sentence: &String| sentence.ends_with(['.', ')']);
                assert!(node.sentence.as_ref().is_none_or(ends), "{node:?}");
                let outer = node.range.clone().unwrap_or(outer);
                nodes.extend(node.children.iter().map(|child| (child, outer.clone())));
            }
        }
        assert!(facts.timeline.is_sorted_by_key(|entry| entry.since));
        assert!(facts.notes.iter().all(|note| !note.sentence().is_empty()));
        (detail, facts)
    };
    store.exchanges().map(|exchange| exchange.id).map(explain).collect()
}

/// The timeline in words, each entry with its time in milliseconds.
fn story(facts: &Facts) -> Vec<String> {
    let line = |entry: &facts::TimelineEntry| {
        format!("{} {}", entry.since / MS, timeline::words(entry, &facts.detail.exchange))
    };
    facts.timeline.iter().map(line).collect()
}

fn sentences_of(facts: &Facts) -> Vec<String> {
    facts.notes.iter().map(notes::Note::sentence).collect()
}

/// The label of the deepest node at `offset`.
fn label_at(facts: &Facts, direction: Direction, offset: u64) -> String {
    node_at(&facts.tree(direction), offset).unwrap().label.clone()
}

/// A tree as lines: two spaces per level, label and value.
fn outline(facts: &Facts, direction: Direction) -> Vec<String> {
    fn add(nodes: &[TreeNode], indent: usize, lines: &mut Vec<String>) {
        for node in nodes {
            lines.push(format!("{:indent$}{}: {}", "", node.label, node.value));
            add(&node.children, indent + 2, lines);
        }
    }
    let mut lines = Vec::new();
    add(&facts.tree(direction), 0, &mut lines);
    lines
}

const POST: &[u8] = b"POST /api/echo?a=b%20c&d HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: application/json\r\nContent-Length: 31\r\nX-Trace: a1b2c3\r\n\r\n{\"title\":\"my beautiful article\"";
const GET: &[u8] = b"GET /style.css HTTP/1.1\r\nHost: localhost\r\n\r\n";
const CHUNKED: &[u8] = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n";
