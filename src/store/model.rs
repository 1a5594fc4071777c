//! Connections and exchanges as they are kept.

use std::{collections::VecDeque, net::SocketAddr, ops::Range, sync::Arc};

use crate::{
    base::{
        shared_text::SharedText,
        stream::{ConnId, ExchangeId, Layer, Nanos, Role},
    },
    http::{Framing, Status},
    trace::{
        Again, AttemptRecord, BackendRecord, Cause, Choosing, CloseReason, Guard, Handshake, Lineage, Mark,
        MiddlewareStep, MiddlewareSteps, Note, ProtocolKind, RouteAttempt, Severity, Stage,
    },
};

pub use super::chunk::Chunk;
use super::{Backing, FrameSums, ItemCounts, Places, Position};

/// One connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Number of the connection, from 1.
    pub id: ConnId,
    /// The end that opened the connection; accepted, if the event that said so was left out.
    pub role: Role,
    /// Protocol spoken on the connection.
    pub protocol: ProtocolKind,
    /// The other end's address. `None`: the event that said so was left out.
    pub peer: Option<SocketAddr>,
    /// This program's address. `None`: the event that said so was left out.
    pub local: Option<SocketAddr>,
    /// Time at which the connection was opened.
    pub opened: Nanos,
    /// Time and reason of the connection's end. `None`: it is open.
    pub closed: Option<(Nanos, CloseReason)>,
    /// Time at which the other end finished sending. `None`: it has not.
    pub half_closed: Option<Nanos>,
    /// Whether no other request is read: the last response is written, or broke off.
    pub ending: bool,
    /// The guard that acted on the connection outside of any exchange: the time, the guard, and its limit (bytes,
    /// milliseconds or a count, by kind). `None`: no guard acted.
    pub guard: Option<(Nanos, Guard, u64)>,
    /// The exchanges that are still kept, in order.
    pub exchanges: VecDeque<ExchangeId>,
    /// Number of all exchanges that the connection ever had.
    pub exchange_count: u64,
    /// The layer at which the connection's bytes are kept: the plaintext, if it is encrypted.
    pub layer: Layer,
    /// Encrypted bytes received and sent in all. `None`: the connection is not encrypted, or goes on.
    pub encrypted_bytes: Option<[u64; 2]>,
    /// Bytes received in all.
    pub bytes_in: u64,
    /// Bytes sent in all.
    pub bytes_out: u64,
    /// The most requests that were begun in one read: above 1 the client pipelines.
    pub pipelined: u32,
    /// Reads that are still kept, in order.
    pub reads: VecDeque<Chunk>,
    /// Writes that are still kept, in order.
    pub writes: VecDeque<Chunk>,
}

/// Progress of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The request is still arriving: its head is incomplete.
    HeadIncomplete,
    /// The request's body is still arriving.
    BodyIncomplete,
    /// The request is complete, the response is not written whole.
    Answering,
    /// The response was written whole.
    Done,
    /// The exchange ended before its response was completely written.
    Aborted,
}

impl Outcome {
    /// Whether the exchange is over.
    #[must_use]
    pub const fn ended(self) -> bool {
        matches!(self, Self::Done | Self::Aborted)
    }
}

/// A request and its response.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Number of the exchange over all connections, from 1.
    pub id: ExchangeId,
    /// The client's connection, on which the request arrived.
    pub conn: ConnId,
    /// Protocol spoken on that connection.
    pub protocol: ProtocolKind,
    /// Number of the exchange on that connection, from 1.
    pub number: u64,
    /// Time at which the first byte of the request arrived.
    pub began: Nanos,
    /// Time of the latest event.
    pub latest: Nanos,
    /// Progress of the exchange.
    pub outcome: Outcome,
    /// Stream range (in) of the request as far as it arrived, empty lines before it included.
    pub request: Range<u64>,
    /// Stream range (out) of the response as far as it was written, 100 Continue included. `None`: none was begun.
    pub response: Option<Range<u64>>,
    /// What the exchange is a copy of. `None`: the request came from a client.
    pub again: Option<Again>,
    /// The method token; empty while unknown. At most 32 bytes are kept.
    pub method: SharedText,
    /// The target with control bytes escaped; empty while unknown. At most 1,024 bytes are kept.
    pub target: Box<str>,
    /// The name of the route, for people. Empty: none was found yet.
    pub route: SharedText,
    /// The status of the response. `None`: no final response has begun.
    pub status: Option<Status>,
    /// The media type of the response, in lower case and without parameters; empty: none. `None`: there is no head.
    pub media_type: Option<SharedText>,
    /// Reason why the request was refused. `None`: it was not refused.
    pub refusal: Option<Cause>,
    /// Framing of the request's body. `None`: not decided yet.
    pub framing: Option<Framing>,
    /// Bytes of content in the request.
    pub request_content: u64,
    /// Stages that the exchange has reached, in order.
    pub stages: Vec<(Nanos, Stage)>,
    /// Steps of the middleware: first those of the request, then those of the response.
    pub middleware: Vec<(Nanos, MiddlewareSteps)>,
    /// Time of routing, and every route that was tried. `None`: the request was not routed.
    pub routed: Option<(Nanos, Arc<[RouteAttempt]>)>,
    /// Guards that acted, with their limits (bytes, milliseconds or a count, by kind).
    pub guards: Vec<(Nanos, Guard, u64)>,
    /// Notes made by the server. [`crate::explain::notes`] adds more when the exchange is looked at.
    pub notes: Vec<(Nanos, Note)>,
    /// The choices of a backend, with what came of each, in order. Empty: the server answered itself.
    pub attempts: Vec<Attempt>,
    /// Legs to backends, in order: one for each attempt that got as far as a connection.
    pub upstream: Vec<UpstreamLeg>,
    /// Origins of the bytes of the response, most of them in the received stream of the last leg to a backend.
    /// `None`: the response comes from no backend, or nothing has been sent on.
    pub lineage: Option<Lineage>,
    /// What is kept of its frames. `None`: it has not become a WebSocket.
    pub websocket: Option<Box<FrameSums>>,
    /// The items of its response. `None`: the response is no stream without an announced length.
    pub items: Option<ItemCounts>,
    /// The user's mark, if any.
    pub mark: Option<Arc<Mark>>,
}

/// A choice of a backend, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Time of the choice.
    pub at: Nanos,
    /// The choice.
    pub choosing: Arc<Choosing>,
    /// Time of the end, and what was measured. `None`: it is under way, or no backend could take the request.
    pub ended: Option<(Nanos, AttemptRecord)>,
}

/// Stream ranges, on a dialed connection, of a request that was passed on and of its response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamLeg {
    /// The dialed connection.
    pub conn: ConnId,
    /// The address of the backend: `127.0.0.1:3000`. Empty: not known.
    pub backend: SharedText,
    /// Number of the leg on that connection, from 1.
    pub number: u64,
    /// Time at which the request began on that connection.
    pub began: Nanos,
    /// Stream range (out) of the request, as far as it was sent.
    pub sent: Range<u64>,
    /// Stream range (in) of the response: all bytes received from the beginning of this leg to the beginning of
    /// the connection's next leg.
    pub received: Range<u64>,
    /// Origins of the bytes of the request, most of them in the received stream of the client. `None`: nothing has
    /// been sent on.
    pub lineage: Option<Lineage>,
    /// The TLS handshake of the connection. If it failed, nothing was sent. `None`: the connection is not encrypted.
    pub tls: Option<Arc<Handshake>>,
    /// Position on disk of the leg's latest event. `None`: that event is not recorded, or the leg is part of a
    /// [`Detail`].
    pub(crate) place: Option<Position>,
}

impl Attempt {
    /// The backend that has or had the request. `None`: none could take it, or it could not be connected to.
    #[must_use]
    pub fn backend(&self) -> Option<&BackendRecord> {
        let is_connected = |(_, record): &(Nanos, AttemptRecord)| record.connected.is_some();
        self.choosing.backend().filter(|_| self.ended.as_ref().is_none_or(is_connected))
    }
}

impl Exchange {
    /// Number of attempts to have the request answered by a backend. Where none could take it, there was none.
    #[must_use]
    pub fn attempt_count(&self) -> u64 {
        self.attempts.iter().filter(|attempt| attempt.choosing.backend().is_some()).count() as u64
    }

    /// Nanoseconds from the first byte of the request to the head of the response. `None`: there is no response yet.
    #[must_use]
    pub fn waited(&self) -> Option<u64> {
        let begins = |stage: &Stage| matches!(stage, Stage::ResponseHead { .. } | Stage::Answered { .. });
        self.stages.iter().find(|(_, stage)| begins(stage)).map(|(at, _)| at.saturating_sub(self.began))
    }

    /// All steps of the middleware.
    pub fn steps(&self) -> impl Iterator<Item = (Nanos, &MiddlewareStep)> {
        MiddlewareSteps::all(&self.middleware)
    }

    /// Nanoseconds from the first byte to the latest event.
    #[must_use]
    pub const fn took(&self) -> u64 {
        self.latest.saturating_sub(self.began)
    }

    /// Bytes of the response as far as they were written, head included.
    #[must_use]
    pub fn response_bytes(&self) -> u64 {
        self.response.as_ref().map_or(0, |range| range.end - range.start)
    }
}

/// All details of one exchange. Cheap to make: bytes are shared.
#[derive(Clone, Debug)]
pub struct Detail {
    /// The exchange.
    pub exchange: Exchange,
    /// The end that opened the exchange's connection.
    pub role: Role,
    /// The other end's address. `None`: not known.
    pub peer: Option<SocketAddr>,
    /// This program's address. `None`: not known.
    pub local: Option<SocketAddr>,
    /// Time at which the exchange's connection was opened.
    pub opened: Nanos,
    /// Time and reason of the connection's end. `None`: it is open.
    pub closed: Option<(Nanos, CloseReason)>,
    /// Time at which the client finished sending. `None`: it has not.
    pub half_closed: Option<Nanos>,
    /// The reads that hold a byte of the request, whole (they may hold bytes of its neighbours).
    pub reads: Vec<Chunk>,
    /// The writes that hold a byte of the response, whole.
    pub writes: Vec<Chunk>,
    /// Reads before `reads` that are not shown but needed to tell which part of an earlier message the first
    /// bytes of `reads` are. Empty where no earlier message reaches into `reads`.
    pub lead_reads: Vec<Chunk>,
    /// Writes before `writes` that are not shown; the counterpart of [`Self::lead_reads`].
    pub lead_writes: Vec<Chunk>,
    /// All kept exchanges of the connection with a byte in `reads` or `writes`, in order, this one included.
    pub messages: Vec<Message>,
    /// The upstream legs of the exchange, in order.
    pub upstream: Vec<LegDetail>,
    /// Whether the connection has a request before this one, and whether it has one after it.
    pub neighbours: (bool, bool),
    /// Where the bytes are that memory had no room for.
    pub backing: Backing,
    /// Version of the exchange that the detail shows.
    pub version: DetailVersion,
}

/// An upstream leg with its connection and its bytes.
#[derive(Clone, Debug)]
pub struct LegDetail {
    /// The leg.
    pub leg: UpstreamLeg,
    /// Protocol spoken on the leg's connection.
    pub protocol: ProtocolKind,
    /// The end that opened the leg's connection.
    pub role: Role,
    /// The other end's address. `None`: not known.
    pub peer: Option<SocketAddr>,
    /// This program's address. `None`: not known.
    pub local: Option<SocketAddr>,
    /// Time at which the leg's connection was opened.
    pub opened: Nanos,
    /// Time and reason of that connection's end. `None`: it is open.
    pub closed: Option<(Nanos, CloseReason)>,
    /// Time at which the backend finished sending. `None`: it has not.
    pub half_closed: Option<Nanos>,
    /// The layer of the bytes: the plaintext, if the connection is encrypted.
    pub layer: Layer,
    /// Encrypted bytes that the connection received and sent in all. `None`: it is not encrypted, or goes on.
    pub encrypted_bytes: Option<[u64; 2]>,
    /// The reads that hold a byte of the response, whole.
    pub reads: Vec<Chunk>,
    /// The writes that hold a byte of the request, whole.
    pub writes: Vec<Chunk>,
}

/// Stream ranges of an exchange's request and response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The exchange.
    pub id: ExchangeId,
    /// Number of the exchange on its connection, from 1.
    pub number: u64,
    /// Stream range (in) of the request as far as it arrived.
    pub request: Range<u64>,
    /// Whether the request is complete: the next one begins at `request.end`.
    pub complete: bool,
    /// Stream offset (in) after the request's head, and the framing of its body. `None`: the head is incomplete.
    pub body: Option<(u64, Framing)>,
    /// Stream range (out) of the response as far as it was written. `None`: no response was begun.
    pub response: Option<Range<u64>>,
    /// Stream offset (out) after the response's head, and the framing of its body. `None`: no head was written.
    pub response_body: Option<(u64, Framing)>,
    /// Whether the method is HEAD, so that the response has no body, whatever its fields say.
    pub to_head: bool,
}

/// A message of the server that belongs to no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerMessage {
    /// Number of the message, from 1. [`super::Store::messages_since`] takes the number of the last one shown.
    pub number: u64,
    /// Time of the message.
    pub at: Nanos,
    /// Severity of the message.
    pub severity: Severity,
    /// The message, in plain words.
    pub text: Arc<str>,
}

/// The part of an exchange that the store still holds.
#[derive(Clone, Debug)]
pub enum Kept {
    /// The whole exchange is in memory.
    InMemory(Box<Detail>),
    /// Only the row is in memory. The rest is recorded in the session file.
    OnDisk(Places),
    /// Nothing is held: the exchange has left, or never was.
    Gone,
}

/// Version of a [`Detail`]: two details of an exchange with equal versions are equal. The version grows with
/// every change of an exchange that is in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct DetailVersion {
    /// Number, from 1, of the reading from disk that gave the detail: an exchange may be read again with other
    /// neighbours beside it. 0: the detail is from memory.
    pub(crate) arrival: u64,
    /// Version of the store at the last change of the exchange.
    pub(crate) changed: u64,
    /// State of the connection: whether it is closed, whether the client finished sending, and whether another
    /// exchange followed. Each only ever changes from `false` to `true`.
    pub(crate) connection: [bool; 3],
    /// Number of half-closes and closes of the upstream connections. It only grows.
    pub(crate) upstream_ends: usize,
    /// Where the bytes are that memory had no room for.
    pub(crate) backing: Backing,
}
