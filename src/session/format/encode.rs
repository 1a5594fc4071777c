//! Events to records.

use std::{net::SocketAddr, sync::Arc, time::SystemTime};

use crate::{
    base::{
        shared_text::SharedText,
        stream::{Direction, Layer, Leg, Role, StreamId},
    },
    http::{Framing, Method},
    trace::{
        Event, EventKind, MiddlewareStep, Mismatch, Nanos, Note, NoteKind, Phase, RouteAttempt, Stage,
        StepSummary,
    },
};

use super::{
    codes::{code, stream_number, tag},
    varint::{put, put_bytes, put_near},
};

/// How many lists of middleware steps and route attempts are compared with a new one.
const RECENT: usize = 16;

/// What the next record of a connection is told apart from: times, numbers and offsets are written as
/// differences, which are short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// The time of the record before.
    pub at: Nanos,
    /// The number of the newest exchange that was named. 0: none was.
    pub exchange: u64,
    /// Offset on the wire after what was received.
    pub incoming: u64,
    /// Offset on the wire after what was sent.
    pub outgoing: u64,
    /// Offsets in the plaintext of this run after what was received, and after what was sent.
    pub plaintext: [u64; 2],
}

impl Flow {
    /// The offset after the bytes of a stream.
    pub fn reached(&mut self, stream: StreamId) -> &mut u64 {
        match (stream.layer, stream.direction) {
            (Layer::Wire, Direction::Received) => &mut self.incoming,
            (Layer::Wire, Direction::Sent) => &mut self.outgoing,
            (Layer::Plaintext, direction) => &mut self.plaintext[direction.index()],
        }
    }
}

/// Writes records. Remembers the latest lists of middleware steps and route attempts: the same path tries
/// the same routes with the same result, so most records only say where the list stands.
#[derive(Debug, Default)]
pub struct Encoder {
    recent: Vec<Shared>,
    scratch: Vec<u8>,
}

/// A list that was written.
#[derive(Debug)]
struct Shared {
    /// Offset in the segment of the block that it stands in. `None`: the block that is being made.
    block: Option<u64>,
    /// Index in the body of that block.
    index: usize,
    bytes: Vec<u8>,
    /// The list itself, if it is one of route attempts.
    attempts: Option<Arc<[RouteAttempt]>>,
}

impl Encoder {
    /// A segment begins: nothing in it refers to the one before.
    pub fn begin(&mut self) {
        self.recent.clear();
    }

    /// The block that was being made stands at this offset of the segment.
    pub fn placed(&mut self, block: u64) {
        for shared in &mut self.recent {
            shared.block.get_or_insert(block);
        }
    }

    /// Appends the record of an event to the body of the block that is being made. `packets` is the offset
    /// of its first packet from the first one of the block; 0 for what has none.
    pub fn put(&mut self, out: &mut Vec<u8>, flow: &mut Flow, event: &Event, packets: u64) {
        put_near(out, event.at, flow.at);
        flow.at = event.at;
        let kind = out.len();
        match &event.kind {
            EventKind::Epoch(time) => {
                out.push(tag::EPOCH);
                wall_clock(out, *time);
            }
            EventKind::Listening(protocol, address) => {
                out.push(tag::LISTENING);
                name(out, protocol);
                socket(out, *address);
            }
            EventKind::Stopped => out.push(tag::STOPPED),
            EventKind::ServerMessage(severity, text) => {
                out.push(tag::ANNOUNCED);
                put_bytes(out, severity.key().as_bytes());
                put_bytes(out, text.as_bytes());
            }
            EventKind::Opened { role, protocol, peer, local } => {
                out.extend([tag::OPENED, role_number(*role)]);
                name(out, protocol);
                socket(out, *peer);
                socket(out, *local);
            }
            EventKind::Bytes { stream, offset, payload } => {
                let dropped = if payload.kept().is_some() { 0 } else { tag::DROPPED };
                out.push(tag::BYTES + stream_number(*stream) + dropped);
                let reached = flow.reached(*stream);
                *reached = moved(out, *reached, *offset, payload.count());
                match (payload.kept(), stream.layer) {
                    (Some(_), Layer::Wire) => put(out, packets),
                    (Some(bytes), Layer::Plaintext) => out.extend_from_slice(bytes),
                    (None, _) => {}
                }
            }
            EventKind::HalfClosed => out.push(tag::HALF_CLOSED),
            EventKind::Closed(reason) => {
                out.push(tag::CLOSED);
                put_bytes(out, reason.key().as_bytes());
            }
            EventKind::MessageStarted { leg, stream, offset } => {
                let upstream = if *leg == Leg::Upstream { tag::UPSTREAM } else { 0 };
                out.push(tag::MESSAGE_STARTED + stream_number(*stream) + upstream);
                put_near(out, *offset, *flow.reached(*stream));
            }
            EventKind::Stage(reached) => stage(out, flow, reached),
            EventKind::Guard { kind, limit } => {
                out.push(tag::GUARD);
                name(out, kind);
                put(out, *limit);
            }
            EventKind::Middleware(list) => self.middleware(out, list),
            EventKind::RoutesTried(attempts) => self.routed(out, attempts),
            EventKind::NoteAdded(remark) => {
                out.push(tag::NOTED);
                note(out, flow, remark);
            }
            EventKind::Omitted { bytes, events } => {
                out.push(tag::OMITTED);
                put_near(out, *bytes, 0);
                put_near(out, *events, 0);
            }
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

    /// The server hands the same list on again and again; then nothing need be compared.
    fn routed(&mut self, out: &mut Vec<u8>, attempts: &Arc<[RouteAttempt]>) {
        out.push(tag::ROUTED);
        let same =
            |shared: &Shared| shared.attempts.as_ref().is_some_and(|known| Arc::ptr_eq(known, attempts));
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
        self.recent[0].attempts = Some(Arc::clone(attempts));
    }

    /// What they took differs from one time to the next and stands apart from the rest.
    fn middleware(&mut self, out: &mut Vec<u8>, list: &[MiddlewareStep]) {
        out.push(tag::MIDDLEWARE);
        self.scratch.clear();
        put(&mut self.scratch, list.len() as u64);
        for one in list {
            step(&mut self.scratch, one);
        }
        self.share(out);
        for one in list {
            put(out, u64::from(one.took_nanos));
        }
    }

    /// Writes the list in `scratch`, or where an equal one stands.
    fn share(&mut self, out: &mut Vec<u8>) {
        if let Some(found) = self.recent.iter().position(|shared| shared.bytes == self.scratch) {
            self.refer(out, found);
            return;
        }
        out.push(0);
        let index = out.len();
        put_bytes(out, &self.scratch);
        if self.recent.len() < RECENT {
            self.recent.push(Shared { block: None, index, bytes: self.scratch.clone(), attempts: None });
        } else if let Some(oldest) = self.recent.last_mut() {
            (oldest.block, oldest.index, oldest.attempts) = (None, index, None);
            oldest.bytes.clone_from(&self.scratch);
        }
        self.recent.rotate_right(1);
    }

    /// Writes where a list stands that is known.
    fn refer(&mut self, out: &mut Vec<u8>, found: usize) {
        let Shared { block, index, .. } = self.recent[found];
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

/// Writes a read or a write. Answers with the stream offset after it.
fn moved(out: &mut Vec<u8>, before: u64, offset: u64, len: u64) -> u64 {
    put_near(out, offset, before);
    put(out, len);
    offset.wrapping_add(len)
}

fn stage(out: &mut Vec<u8>, flow: &Flow, stage: &Stage) {
    match stage {
        Stage::RequestLine { method, target } => {
            out.push(tag::REQUEST_LINE);
            put_near(out, method.start, flow.incoming);
            put_near(out, method.end, method.start);
            put_near(out, target.start, method.end);
            put_near(out, target.end, target.start);
        }
        Stage::Text { range } => {
            out.push(tag::TEXT);
            put_near(out, range.start, flow.incoming);
            put_near(out, range.end, range.start);
        }
        Stage::Reply { start } => {
            out.push(tag::REPLY);
            put_near(out, *start, flow.outgoing);
        }
        Stage::Head { start, end, fields, framing } => {
            out.push(tag::HEAD);
            put_near(out, *start, flow.incoming);
            put_near(out, *end, *start);
            put(out, u64::from(*fields));
            body(out, *framing);
        }
        Stage::GuardsPassed => out.push(tag::GUARDS_PASSED),
        Stage::Continue => out.push(tag::CONTINUE),
        Stage::RequestEnd { end, content } => {
            out.push(tag::REQUEST_END);
            put_near(out, *end, flow.incoming);
            put_near(out, *content, 0);
        }
        Stage::ResponseHead { status, refusal, start, end, framing } => {
            out.push(tag::RESPONSE_HEAD);
            put(out, u64::from(status.0));
            out.push(u8::from(refusal.is_some()));
            if let Some(cause) = refusal {
                name(out, cause);
            }
            put_near(out, *start, flow.outgoing);
            put_near(out, *end, *start);
            body(out, *framing);
        }
        Stage::ResponseSent { end, keep_alive } => {
            out.push(tag::DONE);
            put_near(out, *end, flow.outgoing);
            out.push(u8::from(*keep_alive));
        }
        Stage::Aborted => out.push(tag::ABORTED),
    }
}

fn body(out: &mut Vec<u8>, framing: Framing) {
    match framing {
        Framing::None => out.push(0),
        Framing::Length(length) => {
            out.push(1);
            put(out, length);
        }
        Framing::Chunked => out.push(2),
        Framing::UntilClose => out.push(3),
    }
}

fn note(out: &mut Vec<u8>, flow: &Flow, note: &Note) {
    put_bytes(out, note.severity.key().as_bytes());
    out.push(u8::from(note.span.is_some()));
    if let Some(span) = &note.span {
        put_near(out, span.start, flow.incoming);
        put_near(out, span.end, span.start);
    }
    match &note.kind {
        NoteKind::Violation(cause, found) => {
            out.push(code::VIOLATION);
            name(out, cause);
            out.extend([u8::from(found.is_some()), found.unwrap_or_default()]);
        }
        NoteKind::FileShrank(missing) => {
            out.push(code::FILE_SHRANK);
            put(out, *missing);
        }
        NoteKind::FileFailed(reason) => {
            out.push(code::FILE_FAILED);
            put_bytes(out, reason.as_bytes());
        }
        NoteKind::BytesAfterLast(bytes) => {
            out.push(code::BYTES_AFTER_LAST);
            put(out, *bytes);
        }
        NoteKind::Text(text) => {
            out.push(code::TEXT);
            put_bytes(out, text.as_bytes());
        }
    }
}

fn step(out: &mut Vec<u8>, step: &MiddlewareStep) {
    put_bytes(out, step.name.as_bytes());
    out.push(u8::from(step.phase == Phase::Response));
    put(out, step.answered.map_or(0, |status| u64::from(status.0) + 1));
    match &step.summary {
        StepSummary::Words(words) => {
            out.push(code::WORDS);
            put_bytes(out, words.as_bytes());
        }
        StepSummary::TokenTaken { left } => {
            out.push(code::TOKEN_TAKEN);
            put(out, u64::from(*left));
        }
        StepSummary::NoToken { wait_secs } => {
            out.push(code::NO_TOKEN);
            put(out, wait_secs.map_or(0, |secs| u64::from(secs) + 1));
        }
    }
    put(out, step.changes.len() as u64);
    for change in &step.changes {
        put_bytes(out, change.name.as_bytes());
        optional(out, change.before.as_ref());
        optional(out, change.after.as_ref());
    }
}

fn optional(out: &mut Vec<u8>, text: Option<&SharedText>) {
    out.push(u8::from(text.is_some()));
    if let Some(text) = text {
        put_bytes(out, text.as_bytes());
    }
}

fn route_attempt(out: &mut Vec<u8>, attempt: &RouteAttempt) {
    put_bytes(out, attempt.method.map_or("", Method::name).as_bytes());
    put_bytes(out, attempt.pattern.as_bytes());
    put_bytes(out, attempt.found.as_bytes());
    match &attempt.mismatch {
        None => out.push(code::MATCHES),
        Some(Mismatch::Method { found }) => {
            out.push(code::METHOD);
            put_bytes(out, found.as_bytes());
        }
        Some(Mismatch::Segment { index, expected, found }) => {
            out.extend([code::SEGMENT, *index]);
            put_bytes(out, expected.as_bytes());
            put_bytes(out, found.as_bytes());
        }
        Some(Mismatch::TooShort { expected }) => {
            out.push(code::TOO_SHORT);
            put_bytes(out, expected.as_bytes());
        }
        Some(Mismatch::TooLong { found }) => {
            out.push(code::TOO_LONG);
            put_bytes(out, found.as_bytes());
        }
    }
}

/// Writes a time of the wall clock: whole seconds since 1970, rounded down, and nanoseconds.
pub fn wall_clock(out: &mut Vec<u8>, time: SystemTime) {
    let (seconds, nanos) = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => (since.as_secs(), since.subsec_nanos()),
        Err(before) => {
            let before = before.duration();
            let whole = before.as_secs() + u64::from(before.subsec_nanos() > 0);
            (whole.wrapping_neg(), (1_000_000_000 - before.subsec_nanos()) % 1_000_000_000)
        }
    };
    put_near(out, seconds, 0);
    put(out, u64::from(nanos));
}

/// The number of a role.
pub const fn role_number(role: Role) -> u8 {
    match role {
        Role::Accepted => code::ACCEPTED,
        Role::Dialed => code::DIALED,
    }
}

/// Writes an address: 4 or 6, its bytes, the port; for version 6 flow label and scope, too.
pub fn socket(out: &mut Vec<u8>, address: SocketAddr) {
    match address {
        SocketAddr::V4(address) => {
            out.push(4);
            out.extend(address.ip().octets());
            put(out, u64::from(address.port()));
        }
        SocketAddr::V6(address) => {
            out.push(6);
            out.extend(address.ip().octets());
            put(out, u64::from(address.port()));
            put(out, u64::from(address.flowinfo()));
            put(out, u64::from(address.scope_id()));
        }
    }
}

/// Writes one of a closed list by its name: rare, so that clearness goes before size.
pub fn name(out: &mut Vec<u8>, value: &impl serde::Serialize) {
    let start = out.len();
    out.push(0);
    // Writing to memory cannot fail, and these types always have a form.
    let _ = serde_json::to_writer(&mut *out, value);
    // Names are far shorter than what one byte of length can say.
    let len = out.len() - start - 1;
    out[start] = u8::try_from(len.min(127)).unwrap_or(127);
    out.truncate(start + 1 + len.min(127));
}
