//! The trace for programs: one event per line, as a JSON object. `docs/json-events.md` lists the fields; the
//! names are stable. The first line of a capture contains the version of this format.
//!
//! Bytes are a string in which printable ASCII stands for itself, a backslash is doubled and every other byte
//! is `\xNN`. This is as lossless as base64, but readable and searchable.

mod attempt;
mod frame;
mod item;
mod tls;

use std::{
    borrow::Cow,
    collections::HashMap,
    io::{self, Write},
    net::SocketAddr,
    ops::Range,
    time::SystemTime,
};

use serde::Serialize;

use crate::{
    base::stream::{ConnId, Direction, ExchangeId, Layer, Leg, Nanos, Role, StreamId},
    explain::notes,
    http::{
        Framing,
        forward::{Origin, Piece},
    },
    store::SeenOfWebSocket,
    trace::{
        Again, AgainSource, Cause, ConnectionStart, Event, EventKind, Guard, MarkColour, MiddlewareStep,
        Note, NoteKind, Phase, ProtocolKind, RouteAttempt, Stage,
    },
    words::write_json,
};

use super::{frames::Frames, items::Items, starts::Starts};
use attempt::{ChoosingJson, RecordJson};
use frame::{BreachJson, FrameJson};
use item::ItemJson;
use tls::EncryptedJson;

/// The version of the format, part of the first event.
const FORMAT: u32 = 2;

/// The JSON view.
#[derive(Debug, Default)]
pub(super) struct Json {
    /// The open connections that were dialed, and to which addresses.
    dialed: HashMap<ConnId, SocketAddr>,
    frames: Frames,
    items: Items,
    starts: Starts,
}

impl Json {
    /// Prints one event, and the frames and items that it completes.
    pub(super) fn print(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        let dialed = match (&event.kind, event.conn) {
            (EventKind::Opened(opening), Some(conn)) => {
                self.dialed.extend(opening.dialed().map(|peer| (conn, peer)));
                None
            }
            (EventKind::Closed(_), Some(conn)) => self.dialed.remove(&conn),
            _ => None,
        };
        print(event, event.exchange, KindJson::new(event, dialed, self.starts.take(event)), out)?;
        let mut printed = Ok(());
        let mut also = |exchange: ExchangeId, kind: KindJson<'_>| {
            if printed.is_ok() {
                printed = print(event, Some(exchange), kind, out);
            }
        };
        self.frames.take(event, &mut |seen| match seen {
            SeenOfWebSocket::Frame(frame) => also(frame.exchange, KindJson::Frame(frame.into())),
            SeenOfWebSocket::Breach(breach) => also(breach.exchange, KindJson::FrameBreach(breach.into())),
        });
        self.items.take(event, &mut |item| also(item.exchange, KindJson::Item(item.into())));
        printed
    }
}

fn print(
    event: &Event,
    exchange: Option<ExchangeId>,
    kind: KindJson<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    write_json(&Line { at_ns: event.at, conn: event.conn, exchange, kind }, out)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Line<'a> {
    at_ns: Nanos,
    #[serde(skip_serializing_if = "Option::is_none")]
    conn: Option<ConnId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange: Option<ExchangeId>,
    #[serde(flatten)]
    kind: KindJson<'a>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum KindJson<'a> {
    Epoch { format: u32, unix_ms: u64 },
    Listening { protocol: ProtocolKind, address: SocketAddr },
    Stopped,
    ServerMessage { severity: &'static str, text: &'a str },
    Opened { role: Role, protocol: ProtocolKind, peer: SocketAddr, local: SocketAddr },
    Bytes(BytesJson),
    Frame(FrameJson),
    FrameBreach(BreachJson),
    Item(ItemJson),
    Encrypted(Box<EncryptedJson<'a>>),
    EncryptedBytes { received: u64, sent: u64 },
    HalfClosed,
    Closed { reason: &'static str, text: Cow<'static, str> },
    MessageStarted { leg: Leg, layer: Layer, direction: Direction, offset: u64 },
    SentAgain { of: ExchangeId, source: AgainSource, without_credentials: bool },
    Stage(StageJson),
    Guard { guard: Guard, limit: u64 },
    Middleware { steps: Vec<StepJson<'a>> },
    RoutesTried { attempts: Vec<AttemptJson<'a>> },
    BackendChosen(ChoosingJson<'a>),
    AttemptEnded(RecordJson<'a>),
    NoteAdded(NoteJson),
    Marked { mark: Option<u8>, comment: &'a str },
    Deleted,
    Lineage { start: u64, pieces: Vec<PieceJson> },
    Omitted { bytes_omitted: u64, events_omitted: u64 },
}

#[derive(Serialize)]
struct BytesJson {
    layer: Layer,
    direction: Direction,
    offset: u64,
    len: u64,
    bytes: Option<String>,
}

#[derive(Serialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
enum StageJson {
    RequestLine { method: [u64; 2], target: [u64; 2] },
    Received { word: &'static str, content: [u64; 2] },
    Head { start: u64, end: u64, fields: u32, framing: Framing },
    GuardsPassed,
    Continue,
    RequestEnd { end: u64, content: u64 },
    ResponseHead { status: u16, refusal: Option<Cause>, start: u64, end: u64, framing: Framing },
    Answered { refusal: Option<Cause>, start: u64 },
    ResponseSent { end: u64, keep_alive: bool },
    Aborted,
}

#[derive(Serialize)]
struct PieceJson {
    len: u64,
    #[serde(flatten)]
    origin: OriginJson,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum OriginJson {
    Copied(u64),
    Written(&'static str),
    Rule(u32),
}

#[derive(Serialize)]
struct StepJson<'a> {
    name: &'a str,
    phase: Phase,
    took_ns: u32,
    answered: Option<u16>,
    summary: Cow<'a, str>,
    changes: Vec<ChangeJson<'a>>,
}

#[derive(Serialize)]
struct ChangeJson<'a> {
    field: &'a str,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

#[derive(Serialize)]
struct AttemptJson<'a> {
    method: &'static str,
    pattern: &'a str,
    matched: bool,
    reason: Option<String>,
    found: Cow<'a, str>,
}

#[derive(Serialize)]
struct NoteJson {
    severity: &'static str,
    kind: &'static str,
    rule: Option<Cause>,
    section: Option<&'static str>,
    span: Option<[u64; 2]>,
    in_message: Option<[u64; 2]>,
    text: String,
}

impl<'a> KindJson<'a> {
    /// `dialed`: the address to which the event's connection was dialed. `start`: where the request of its exchange begins.
    fn new(event: &'a Event, dialed: Option<SocketAddr>, start: Option<u64>) -> Self {
        match &event.kind {
            EventKind::Epoch(time) => {
                let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                let unix_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
                Self::Epoch { format: FORMAT, unix_ms }
            }
            EventKind::Listening(protocol, address) => {
                Self::Listening { protocol: *protocol, address: *address }
            }
            EventKind::Stopped => Self::Stopped,
            EventKind::ServerMessage(severity, text) => {
                Self::ServerMessage { severity: severity.key(), text }
            }
            EventKind::Opened(opening) => {
                let ConnectionStart { role, protocol, peer, local } = **opening;
                Self::Opened { role, protocol, peer, local }
            }
            EventKind::Bytes { stream: StreamId { layer, direction }, offset, payload } => {
                Self::Bytes(BytesJson {
                    layer: *layer,
                    direction: *direction,
                    offset: *offset,
                    len: payload.count(),
                    bytes: payload.kept().map(|bytes| escaped_bytes(bytes)),
                })
            }
            EventKind::Encrypted(encryption) => Self::Encrypted(Box::new(EncryptedJson::new(encryption))),
            EventKind::EncryptedBytes([received, sent]) => {
                Self::EncryptedBytes { received: *received, sent: *sent }
            }
            EventKind::HalfClosed => Self::HalfClosed,
            EventKind::Closed(reason) => Self::Closed { reason: reason.key(), text: reason.told(dialed) },
            EventKind::MessageStarted { leg, stream: StreamId { layer, direction }, offset } => {
                Self::MessageStarted { leg: *leg, layer: *layer, direction: *direction, offset: *offset }
            }
            EventKind::SentAgain(Again { of, source, without_credentials }) => {
                Self::SentAgain { of: *of, source: *source, without_credentials: *without_credentials }
            }
            EventKind::Stage(stage) => Self::Stage(StageJson::new(stage)),
            EventKind::Guard { kind, limit } => Self::Guard { guard: *kind, limit: *limit },
            EventKind::Middleware(steps) => {
                Self::Middleware { steps: steps.timed().map(StepJson::new).collect() }
            }
            EventKind::RoutesTried(attempts) => {
                Self::RoutesTried { attempts: attempts.iter().map(AttemptJson::new).collect() }
            }
            EventKind::Lineage(lineage) => {
                let pieces = lineage.pieces().map(PieceJson::new).collect();
                Self::Lineage { start: lineage.start, pieces }
            }
            EventKind::BackendChosen(choosing) => Self::BackendChosen(ChoosingJson::new(choosing, event.at)),
            EventKind::AttemptEnded(record) => Self::AttemptEnded(RecordJson::new(record)),
            EventKind::NoteAdded(note) => Self::NoteAdded(NoteJson::new(note, start)),
            EventKind::Deleted => Self::Deleted,
            EventKind::Marked(mark) => {
                let mark = mark.as_deref();
                let number = mark.and_then(|mark| mark.colour).map(MarkColour::number);
                Self::Marked { mark: number, comment: mark.map_or("", |mark| &mark.comment) }
            }
            EventKind::Omitted { bytes, events } => {
                Self::Omitted { bytes_omitted: *bytes, events_omitted: *events }
            }
        }
    }
}

impl NoteJson {
    fn new(note: &Note, start: Option<u64>) -> Self {
        let rule = match note.kind {
            NoteKind::Violation(rule, _) => Some(rule),
            _ => None,
        };
        Self {
            severity: note.severity.key(),
            kind: note.kind.key(),
            rule,
            section: Some(note.kind.section()).filter(|section| !section.is_empty()),
            span: note.span.as_deref().map(pair),
            in_message: note.span.as_ref().zip(start).and_then(|(span, start)| {
                Some([span.start.checked_sub(start)?, span.end.checked_sub(start)?])
            }),
            text: notes::in_words(&note.kind),
        }
    }
}

impl StageJson {
    fn new(stage: &Stage) -> Self {
        match stage {
            Stage::RequestLine { method, target } => {
                Self::RequestLine { method: pair(method), target: pair(target) }
            }
            Stage::Received { word, content } => Self::Received { word, content: pair(content) },
            Stage::Answered { refusal, start } => Self::Answered { refusal: *refusal, start: *start },
            Stage::Head { start, end, fields, framing } => {
                Self::Head { start: *start, end: *end, fields: *fields, framing: *framing }
            }
            Stage::GuardsPassed => Self::GuardsPassed,
            Stage::Continue => Self::Continue,
            Stage::RequestEnd { end, content } => Self::RequestEnd { end: *end, content: *content },
            Stage::ResponseHead { status, refusal, start, end, framing } => Self::ResponseHead {
                status: status.0,
                refusal: *refusal,
                start: *start,
                end: *end,
                framing: *framing,
            },
            Stage::ResponseSent { end, keep_alive } => {
                Self::ResponseSent { end: *end, keep_alive: *keep_alive }
            }
            Stage::Aborted => Self::Aborted,
        }
    }
}

impl PieceJson {
    const fn new(piece: Piece) -> Self {
        let origin = match piece.origin {
            Origin::Copied(start) => OriginJson::Copied(start),
            Origin::Written(author) => OriginJson::Written(author.facts().key),
            Origin::Rule(rule) => OriginJson::Rule(rule),
        };
        Self { len: piece.len, origin }
    }
}

impl<'a> StepJson<'a> {
    fn new((step, took_ns): (&'a MiddlewareStep, u32)) -> Self {
        let change = |change: &'a crate::trace::FieldChange| ChangeJson {
            field: &change.name,
            before: change.before.as_deref(),
            after: change.after.as_deref(),
        };
        Self {
            name: &step.name,
            phase: step.phase,
            took_ns,
            answered: step.answered.map(|status| status.0),
            summary: step.summary.words(),
            changes: step.changes.iter().map(change).collect(),
        }
    }
}

impl<'a> AttemptJson<'a> {
    fn new(attempt: &'a RouteAttempt) -> Self {
        Self {
            method: attempt.method_name(),
            pattern: &attempt.pattern,
            matched: attempt.mismatch.is_none(),
            reason: attempt.mismatch.as_ref().map(crate::trace::Mismatch::sentence),
            found: attempt.summary.words(),
        }
    }
}

fn pair(range: &Range<u64>) -> [u64; 2] {
    [range.start, range.end]
}

fn escaped_bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => {
                let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
                text.extend(['\\', 'x', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests;
