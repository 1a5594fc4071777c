//! Encodes events as records.

use std::sync::Arc;

use crate::{
    base::stream::{Leg, Nanos, StreamId},
    trace::{
        Again, Choosing, Encryption, Event, EventKind, GroupRecord, Lineage, MarkColour, MiddlewareStep,
        MiddlewareSteps, Payload, RouteAttempt,
    },
};

use super::{
    attempt::{put_attempt, put_failure, put_group, put_verdicts},
    codes::{stream_number, tag},
    flow::Flow,
    lineage::{put_authors, put_places},
    parts::{note, role_number, route_attempt, socket, stage, step, wall_clock},
    tls::put_handshake,
    varint::{put, put_bytes, put_near},
};

/// Number of lists written before that a new one is compared with.
const RECENT: usize = 16;

/// Writes records. Remembers the latest lists of middleware steps and route attempts: requests for one path
/// try the same routes with the same result, so most records only refer to a list written before.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    recent: Vec<WrittenList>,
    scratch: Vec<u8>,
}

/// A list that was written and can be referred to.
#[derive(Debug)]
struct WrittenList {
    /// Offset in the segment of the block with the list. `None`: the block is still being made.
    block: Option<u64>,
    /// Index of the list in the body of the block.
    index: usize,
    bytes: Vec<u8>,
    /// The list, if the server shares it among events.
    shared: Option<Shared>,
}

/// A list that the server shares among events, and that is recognised without comparing its elements.
#[derive(Debug)]
enum Shared {
    /// Route attempts.
    Routes(Arc<[RouteAttempt]>),
    /// Middleware steps.
    Steps(Arc<[MiddlewareStep]>),
    /// The backends of a group.
    Group(Arc<GroupRecord>),
}

impl Encoder {
    /// Begins a segment, whose records do not refer to lists of the segment before.
    pub(crate) fn begin(&mut self) {
        self.recent.clear();
    }

    /// Sets the offset in the segment of the block that was just completed.
    pub(crate) fn placed(&mut self, block: u64) {
        for shared in &mut self.recent {
            shared.block.get_or_insert(block);
        }
    }

    /// Appends the record of an event to the body of the block that is being made. `packets` is the distance in
    /// bytes from the batch's first packet to the event's; ignored for events without packets.
    pub(crate) fn put(&mut self, out: &mut Vec<u8>, flow: &mut Flow, event: &Event, packets: u64) {
        put_near(out, event.at.get(), flow.at.get());
        flow.at = event.at;
        let kind = out.len();
        match &event.kind {
            EventKind::Epoch(time) => {
                out.push(tag::EPOCH);
                wall_clock(out, *time);
            }
            EventKind::Listening(protocol, address) => {
                keyed(out, tag::LISTENING, protocol.key());
                socket(out, *address);
            }
            EventKind::Stopped => out.push(tag::STOPPED),
            EventKind::ServerMessage(severity, text) => {
                keyed(out, tag::SERVER_MESSAGE, severity.key());
                put_bytes(out, text.as_bytes());
            }
            EventKind::Opened(opening) => {
                out.extend([tag::OPENED, role_number(opening.role)]);
                put_bytes(out, opening.protocol.key().as_bytes());
                socket(out, opening.peer);
                socket(out, opening.local);
            }
            EventKind::Bytes { stream, offset, payload } => {
                bytes(out, flow, *stream, *offset, payload, packets);
            }
            EventKind::Encrypted(encryption) => self.encrypted(out, encryption),
            EventKind::EncryptedBytes(counts) => encrypted_bytes(out, *counts),
            EventKind::HalfClosed => out.push(tag::HALF_CLOSED),
            EventKind::Closed(reason) => keyed(out, tag::CLOSED, reason.key()),
            EventKind::MessageStarted { leg, stream, offset } => {
                let upstream = if *leg == Leg::Upstream { tag::UPSTREAM } else { 0 };
                out.push(tag::MESSAGE_STARTED + stream_number(*stream) + upstream);
                put_near(out, *offset, *flow.reached(stream.direction));
            }
            EventKind::SentAgain(again) => sent_again(out, *again),
            EventKind::Stage(reached) => stage(out, flow, reached),
            EventKind::Guard { kind, limit } => {
                keyed(out, tag::GUARD, kind.key());
                put(out, *limit);
            }
            EventKind::Middleware(steps) => self.middleware(out, steps),
            EventKind::RoutesTried(attempts) => self.routed(out, attempts),
            EventKind::BackendChosen(choosing) => self.chosen(out, event.at, choosing),
            EventKind::AttemptEnded(record) => {
                out.push(tag::ATTEMPT_ENDED);
                put_attempt(out, event.at, record);
            }
            EventKind::NoteAdded(added) => {
                out.push(tag::NOTE_ADDED);
                note(out, flow, added);
            }
            EventKind::Marked(_) | EventKind::Deleted => by_user(out, &event.kind),
            EventKind::Lineage(origins) => self.lineage(out, flow, origins),
            EventKind::Omitted { bytes, events } => omitted(out, *bytes, *events),
        }
        match event.exchange {
            None => {}
            Some(exchange) if exchange == flow.exchange => out[kind] |= tag::SAME_EXCHANGE,
            Some(exchange) => {
                out[kind] |= tag::EXCHANGE;
                put_near(out, exchange.get(), flow.exchange);
                flow.exchange = exchange.get();
            }
        }
    }

    /// Writes route attempts.
    fn routed(&mut self, out: &mut Vec<u8>, attempts: &Arc<[RouteAttempt]>) {
        out.push(tag::ROUTES_TRIED);
        let same = |list: &WrittenList| matches!(&list.shared, Some(Shared::Routes(known)) if Arc::ptr_eq(known, attempts));
        if let Some(found) = self.recent.iter().position(same) {
            self.refer(out, found);
            return;
        }
        self.scratch.clear();
        put(&mut self.scratch, attempts.len() as u64);
        for attempt in &**attempts {
            route_attempt(&mut self.scratch, attempt);
        }
        self.share(out);
        self.recent[0].shared = Some(Shared::Routes(Arc::clone(attempts)));
    }

    /// Writes a choice of a backend.
    fn chosen(&mut self, out: &mut Vec<u8>, at: Nanos, choosing: &Choosing) {
        let Choosing { number, retry, group, verdicts } = choosing;
        out.push(tag::BACKEND_CHOSEN);
        put(out, u64::from(*number));
        put_failure(out, *retry);
        put_verdicts(out, at, verdicts);
        let same = |list: &WrittenList| matches!(&list.shared, Some(Shared::Group(known)) if Arc::ptr_eq(known, group));
        if let Some(found) = self.recent.iter().position(same) {
            self.refer(out, found);
            return;
        }
        self.scratch.clear();
        put_group(&mut self.scratch, group);
        self.share(out);
        self.recent[0].shared = Some(Shared::Group(Arc::clone(group)));
    }

    /// Writes middleware steps. Their durations differ each time and follow the list, so that lists can be shared.
    fn middleware(&mut self, out: &mut Vec<u8>, steps: &MiddlewareSteps) {
        out.push(tag::MIDDLEWARE);
        let same = |list: &WrittenList| matches!(&list.shared, Some(Shared::Steps(known)) if Arc::ptr_eq(known, &steps.list));
        if let Some(found) = self.recent.iter().position(same) {
            self.refer(out, found);
        } else {
            self.scratch.clear();
            put(&mut self.scratch, steps.list.len() as u64);
            for one in &*steps.list {
                step(&mut self.scratch, one);
            }
            self.share(out);
            self.recent[0].shared = Some(Shared::Steps(Arc::clone(&steps.list)));
        }
        for nanos in steps.took.nanos() {
            put(out, u64::from(*nanos));
        }
    }

    /// Writes a lineage. Who wrote its pieces is the same for most messages, so that lists can be shared; lengths and
    /// offsets follow.
    fn lineage(&mut self, out: &mut Vec<u8>, flow: &Flow, lineage: &Lineage) {
        out.push(tag::LINEAGE);
        self.scratch.clear();
        put_authors(&mut self.scratch, lineage);
        self.share(out);
        put_places(out, flow, lineage);
    }

    /// Writes an encryption. Its handshake is the same for all messages of a connection, and is shared like a list.
    fn encrypted(&mut self, out: &mut Vec<u8>, encryption: &Encryption) {
        out.push(tag::ENCRYPTED);
        self.scratch.clear();
        put_handshake(&mut self.scratch, &encryption.handshake);
        self.share(out);
        out.push(u8::from(encryption.is_reused));
    }

    /// Writes the list in `scratch`, or a reference to an equal one.
    fn share(&mut self, out: &mut Vec<u8>) {
        if let Some(found) = self.recent.iter().position(|shared| shared.bytes == self.scratch) {
            self.refer(out, found);
            return;
        }
        out.push(0);
        let index = out.len();
        put_bytes(out, &self.scratch);
        if self.recent.len() < RECENT {
            self.recent.push(WrittenList { block: None, index, bytes: self.scratch.clone(), shared: None });
        } else if let Some(oldest) = self.recent.last_mut() {
            (oldest.block, oldest.index, oldest.shared) = (None, index, None);
            oldest.bytes.clone_from(&self.scratch);
        }
        self.recent.rotate_right(1);
    }

    /// Writes a reference to list number `found` of `recent`.
    fn refer(&mut self, out: &mut Vec<u8>, found: usize) {
        let WrittenList { block, index, .. } = self.recent[found];
        match block {
            None => out.push(1),
            Some(block) => {
                out.push(2);
                put(out, block);
            }
        }
        put(out, index as u64);
        self.recent[..=found].rotate_right(1);
    }
}

/// Writes the numbers of bytes and events that were left out.
fn omitted(out: &mut Vec<u8>, bytes: u64, events: u64) {
    out.push(tag::OMITTED);
    put_near(out, bytes, 0);
    put_near(out, events, 0);
}

/// Writes the numbers of encrypted bytes received and sent.
fn encrypted_bytes(out: &mut Vec<u8>, counts: [u64; 2]) {
    out.push(tag::ENCRYPTED_BYTES);
    for count in counts {
        put(out, count);
    }
}

/// Writes what an exchange is a copy of.
fn sent_again(out: &mut Vec<u8>, again: Again) {
    keyed(out, tag::SENT_AGAIN, again.source.key());
    put(out, again.of.get());
    out.push(u8::from(again.without_credentials));
}

/// Writes what the user did: a mark has its colour's key and its comment, both empty where there is none.
fn by_user(out: &mut Vec<u8>, kind: &EventKind) {
    let EventKind::Marked(mark) = kind else {
        out.push(tag::DELETED);
        return;
    };
    let mark = mark.as_deref();
    keyed(out, tag::MARKED, mark.and_then(|mark| mark.colour).map_or("", MarkColour::key));
    put_bytes(out, mark.map_or("", |mark| &mark.comment).as_bytes());
}

/// Writes a tag and the stable key of a closed list's entry.
fn keyed(out: &mut Vec<u8>, tag: u8, key: &str) {
    out.push(tag);
    put_bytes(out, key.as_bytes());
}

/// Writes bytes of a stream, which are in packets, the first of them `packets` bytes after the batch's first packet.
fn bytes(out: &mut Vec<u8>, flow: &mut Flow, stream: StreamId, offset: u64, payload: &Payload, packets: u64) {
    let dropped = if payload.kept().is_some() { 0 } else { tag::DROPPED };
    out.push(tag::BYTES + stream_number(stream) + dropped);
    let reached = flow.reached(stream.direction);
    put_near(out, offset, *reached);
    put(out, payload.count());
    *reached = offset.wrapping_add(payload.count());
    if payload.kept().is_some() {
        put(out, packets);
    }
}
