//! What is kept of connections and exchanges.

use std::{collections::VecDeque, net::SocketAddr, ops::Range, sync::Arc};

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos, Role},
    http::{Framing, Status},
    trace::{Cause, CloseReason, Guard, MiddlewareStep, Note, ProtocolKind, RouteAttempt, Severity, Stage},
};

use super::Position;

/// One read or one write that was kept.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// The time of the read or write.
    pub at: Nanos,
    /// Number of the read (or write) on its connection, from 1.
    pub number: u64,
    /// Stream offset of its first byte.
    pub offset: u64,
    /// How many bytes it had. `bytes` is either all of them or, where they were left out, empty.
    pub len: u64,
    /// How many reads (or writes) begin in it: 1; more where neighbours whose bytes were left out were
    /// merged (`at` and `number` are then the first one's); 0 where it goes on with the one before, of
    /// which only a part was left out.
    pub count: u64,
    /// The bytes; empty where they were left out.
    pub bytes: Bytes,
}

impl Chunk {
    /// The stream range.
    #[must_use]
    pub const fn range(&self) -> Range<u64> {
        self.offset..self.offset + self.len
    }

    /// Whether the bytes were left out.
    #[must_use]
    pub fn omitted(&self) -> bool {
        self.bytes.is_empty() && self.len > 0
    }
}

/// One connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its number, from 1.
    pub id: ConnId,
    /// Who opened it; accepted, if the event that said so was left out.
    pub role: Role,
    /// What is spoken on it.
    pub protocol: ProtocolKind,
    /// The other end's address. `None`: the event that said so was left out.
    pub peer: Option<SocketAddr>,
    /// This program's address. `None`: the event that said so was left out.
    pub local: Option<SocketAddr>,
    /// When it was opened.
    pub opened: Nanos,
    /// When it ended, and why. `None`: it is open.
    pub closed: Option<(Nanos, CloseReason)>,
    /// When the client finished sending. `None`: it has not.
    pub half_closed: Option<Nanos>,
    /// Whether no other request is read: the last response is written, or broke off.
    pub ending: bool,
    /// The guard that acted on it outside of any exchange: when, which, its limit.
    pub guard: Option<(Nanos, Guard, u64)>,
    /// The exchanges that are still kept, in order.
    pub exchanges: VecDeque<ExchangeId>,
    /// How many exchanges there were in all.
    pub exchange_count: u64,
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

/// How an exchange stands.
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
    /// Whether nothing more is to come.
    #[must_use]
    pub const fn ended(self) -> bool {
        matches!(self, Self::Done | Self::Aborted)
    }
}

/// A request and its response.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its number over all connections, from 1.
    pub id: ExchangeId,
    /// Its connection.
    pub conn: ConnId,
    /// What is spoken on its connection.
    pub protocol: ProtocolKind,
    /// Its number on its connection, from 1.
    pub number: u64,
    /// When its first byte arrived.
    pub began: Nanos,
    /// When its last event happened.
    pub latest: Nanos,
    /// How it stands.
    pub outcome: Outcome,
    /// Stream range (in) of the request, as far as it arrived. Empty lines before it included.
    pub request: Range<u64>,
    /// Stream range (out) of the response, as far as it was written, interim responses (100 Continue)
    /// included. `None`: none was begun.
    pub response: Option<Range<u64>>,
    /// The method token; empty while unknown. At most 32 bytes are kept.
    pub method: Box<str>,
    /// The target with control bytes escaped; empty while unknown. At most 1,024 bytes are kept.
    pub target: Box<str>,
    /// The status of the response. `None`: none yet.
    pub status: Option<Status>,
    /// Why the request was refused. `None`: it was not.
    pub refusal: Option<Cause>,
    /// How the request's body ends. `None`: not decided.
    pub framing: Option<Framing>,
    /// Bytes of content in the request.
    pub request_content: u64,
    /// Everything that was reached, in order.
    pub stages: Vec<(Nanos, Stage)>,
    /// What each middleware did, down and then up.
    pub middleware: Vec<(Nanos, MiddlewareStep)>,
    /// When routing was done, and every route that was tried.
    pub routed: Option<(Nanos, Arc<[RouteAttempt]>)>,
    /// Guards that acted, with their limits (bytes, milliseconds or a count, by kind).
    pub guards: Vec<(Nanos, Guard, u64)>,
    /// Remarks made by the server. More are made by [`crate::explain::notes`] when someone looks.
    pub notes: Vec<(Nanos, Note)>,
    /// Where it was passed on to: one leg for each try, in order. Empty: the server answered itself.
    pub upstream: Box<[UpstreamLeg]>,
}

/// Where a request that was passed on lies in the streams of a dialed connection, and its response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamLeg {
    /// The dialed connection.
    pub conn: ConnId,
    /// When the request began there.
    pub began: Nanos,
    /// Stream range (out) of the request, as far as it was sent.
    pub sent: Range<u64>,
    /// Stream range (in) of the response: what was received from the beginning of this leg to that of the
    /// connection's next one.
    pub received: Range<u64>,
    /// Where the leg's latest event stands on disk. `None`: it does not, or this is part of a [`Detail`].
    pub(crate) place: Option<Position>,
}

impl Exchange {
    /// From the first byte to the latest event, in nanoseconds.
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

/// Everything about one exchange, for whoever looks at it. Cheap to make: bytes are shared.
#[derive(Clone, Debug)]
pub struct Detail {
    /// The exchange.
    pub exchange: Exchange,
    /// Who opened its connection.
    pub role: Role,
    /// The other end's address. `None`: not known.
    pub peer: Option<SocketAddr>,
    /// This program's address. `None`: not known.
    pub local: Option<SocketAddr>,
    /// When its connection was opened.
    pub opened: Nanos,
    /// When and why its connection ended. `None`: it is open.
    pub closed: Option<(Nanos, CloseReason)>,
    /// When the client finished sending. `None`: it has not.
    pub half_closed: Option<Nanos>,
    /// The reads that hold a byte of the request, whole (they may hold bytes of its neighbours).
    pub reads: Vec<Chunk>,
    /// The writes that hold a byte of the response, whole.
    pub writes: Vec<Chunk>,
    /// Reads before `reads` that are not shown: they are needed to tell which part of an earlier
    /// message the first bytes of `reads` are. Empty where no earlier message reaches into `reads`.
    pub lead_reads: Vec<Chunk>,
    /// Writes before `writes` that are not shown, as [`Self::lead_reads`] has reads.
    pub lead_writes: Vec<Chunk>,
    /// Every message of the connection with a byte in `reads` or `writes` that is still kept, in
    /// order; this exchange is one of them.
    pub messages: Vec<Message>,
    /// The upstream legs of the exchange, in order.
    pub upstream: Vec<LegDetail>,
    /// Whether a request of this connection came before this one, and whether one comes after it.
    pub neighbours: (bool, bool),
    /// Which state of the exchange this is.
    pub version: DetailVersion,
}

/// An upstream leg with its connection and its bytes.
#[derive(Clone, Debug)]
pub struct LegDetail {
    /// The leg.
    pub leg: UpstreamLeg,
    /// What is spoken on its connection.
    pub protocol: ProtocolKind,
    /// Who opened the connection.
    pub role: Role,
    /// The other end's address. `None`: not known.
    pub peer: Option<SocketAddr>,
    /// This program's address. `None`: not known.
    pub local: Option<SocketAddr>,
    /// When the connection was opened.
    pub opened: Nanos,
    /// When and why the connection ended. `None`: it is open.
    pub closed: Option<(Nanos, CloseReason)>,
    /// When the other end ended its side. `None`: it did not.
    pub half_closed: Option<Nanos>,
    /// The reads that hold a byte of the response, whole.
    pub reads: Vec<Chunk>,
    /// The writes that hold a byte of the request, whole.
    pub writes: Vec<Chunk>,
}

/// Where one exchange lies in the two streams of its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The exchange.
    pub id: ExchangeId,
    /// Its number on its connection, from 1.
    pub number: u64,
    /// Stream range (in) of its request, as far as it arrived.
    pub request: Range<u64>,
    /// Whether its request is complete: the next one begins at `request.end`.
    pub complete: bool,
    /// Stream offset (in) after the head, and how the request's body ends. `None`: the head is not
    /// complete.
    pub body: Option<(u64, Framing)>,
    /// Stream range (out) of its response, as far as it was written. `None`: none was begun.
    pub response: Option<Range<u64>>,
    /// Stream offset (out) after the response's head, and how its body ends. `None`: not known.
    pub response_body: Option<(u64, Framing)>,
    /// Whether the method is HEAD: then the response has no body, whatever its fields say.
    pub to_head: bool,
}

/// The sums of the status bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Exchanges since the start (or since the last clear).
    pub exchanges: u64,
    /// Exchanges still kept, in memory or only on disk.
    pub kept: u64,
    /// Exchanges that are only on disk, with their summaries in memory; part of [`Self::kept`].
    pub on_disk: u64,
    /// Connections since the start (or since the last clear).
    pub connections: u64,
    /// Connections open now.
    pub open: u64,
    /// Bytes that the capture holds now, its own records included.
    pub captured_bytes: u64,
    /// Bytes that it may hold.
    pub budget_bytes: u64,
    /// Exchanges that left to make room, from memory and from disk: nothing is known of them any more.
    pub evicted: u64,
    /// Bytes of memory, beside `captured_bytes`, for what the rows of exchanges on disk show.
    pub index_bytes: u64,
    /// Body bytes left out: because the view fell behind, or because one message was longer than what
    /// is kept of one.
    pub omitted_bytes: u64,
    /// Events left out whole because the view fell behind.
    pub omitted_events: u64,
}

/// Something that the server said and that belongs to no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerMessage {
    /// Its number, from 1: whoever shows messages asks for those after the last one that was shown.
    pub number: u64,
    /// When it was said.
    pub at: Nanos,
    /// How much it matters.
    pub severity: Severity,
    /// The message, in plain words.
    pub text: Arc<str>,
}

/// What the store still holds of an exchange.
#[derive(Clone, Debug)]
pub enum Kept {
    /// The whole exchange is in memory.
    InMemory(Box<Detail>),
    /// What its row shows. The rest stands at a position of the session file.
    OnDisk {
        /// The connection of the exchange.
        conn: ConnId,
        /// Where its latest event stands.
        position: Position,
    },
    /// Nothing: it has left, or never was.
    Gone,
}

/// Says which state of an exchange a [`Detail`] shows: equal versions of an exchange, equal details. The version
/// grows with every change of an exchange that is in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct DetailVersion {
    /// Which reading from disk gave the detail, counted from 1: the same exchange may be read again with other
    /// neighbours beside it. 0: the detail is from memory.
    pub(crate) arrival: u64,
    /// The version of the store when the exchange changed last.
    pub(crate) changed: u64,
    /// What the connection adds: whether it is closed, whether the client finished sending, and whether another
    /// exchange followed. This can only come and never go.
    pub(crate) connection: [bool; 3],
    /// How many ends of upstream connections were seen: of one side, or of both. This can only grow, too.
    pub(crate) upstream_ends: usize,
}
