//! Events: the closed list of everything that can happen.
//!
//! An event has a time, a connection, an exchange and a kind. The server makes the events, the channel
//! carries them, and store, session file and terminal view consume them.

use std::{net::SocketAddr, sync::Arc, time::SystemTime};

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, Direction, ExchangeId, Layer, Leg, Nanos, Role, StreamId},
    trace::{
        Again, AttemptRecord, Choosing, CloseReason, Encryption, Guard, Lineage, Mark, MiddlewareSteps, Note,
        ProtocolKind, RouteAttempt, Severity, Stage,
    },
};

/// Size in bytes of the blocks that share received and sent bytes: see [`Payload::Kept`].
pub const BLOCK_BYTES: usize = 64 * 1024;

/// The events of one turn of the event loop.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The events in the order in which they happened.
    pub events: Vec<Event>,
}

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// The clock reading of the event loop's turn, or a later one if time has passed since. Never earlier
    /// than the previous event.
    pub at: Nanos,
    /// The connection. `None`: the event concerns the server as a whole.
    pub conn: Option<ConnId>,
    /// The exchange. `None`: the event belongs to no exchange (yet, or any more).
    pub exchange: Option<ExchangeId>,
    /// The kind of event.
    pub kind: EventKind,
}

/// The kinds of events. Offsets count the bytes of a stream of the connection, from 0.
#[derive(Clone, Debug)]
pub enum EventKind {
    /// The server's clock starts: `at` 0 is this wall-clock time. A further one says what holds from its own time on,
    /// because the system's clock was set or the machine slept.
    Epoch(SystemTime),
    /// The server listens at this address for connections of this protocol. Sent after every change of
    /// address.
    Listening(ProtocolKind, SocketAddr),
    /// The server no longer listens.
    Stopped,
    /// A message for the user that belongs to no connection: "the folder is gone".
    ServerMessage(Severity, Arc<str>),

    /// A connection was opened. Boxed, because two addresses are larger than the contents of other events,
    /// and events are moved by the million.
    Opened(Box<ConnectionStart>),
    /// Bytes of one successful receive or send. If only the first bytes are kept, two events have the same
    /// time, and the second one has the number of dropped bytes.
    Bytes {
        /// The stream of the bytes.
        stream: StreamId,
        /// Stream offset of the first byte.
        offset: u64,
        /// The bytes, or their number.
        payload: Payload,
    },
    /// The handshake of an encrypted connection is over. Comes again before each further message that begins inside
    /// the encryption. The streams of such a connection are those of the plaintext.
    Encrypted(Box<Encryption>),
    /// The numbers of encrypted bytes received and sent on a connection that ends.
    EncryptedBytes([u64; 2]),
    /// The other end finished sending (FIN); it may still receive.
    HalfClosed,
    /// The connection has ended.
    Closed(CloseReason),

    /// A request begins: its first byte arrived or, if it was pipelined, the previous request is complete.
    MessageStarted {
        /// The leg of the exchange that the request is on.
        leg: Leg,
        /// The stream of the request.
        stream: StreamId,
        /// Stream offset of the request's first byte, including empty lines before it.
        offset: u64,
    },
    /// The request is one that the user sends again. Follows the beginning of the request.
    SentAgain(Again),
    /// A stage was reached.
    Stage(Stage),
    /// A guard acted.
    Guard {
        /// The guard that acted.
        kind: Guard,
        /// The limit in force: bytes, milliseconds or a count, depending on the guard.
        limit: u64,
    },
    /// Middleware handled the request, or the response: one step each, in order.
    Middleware(MiddlewareSteps),
    /// Routing is done: every route that was tried, in order. If a route matched, it is the last one.
    /// Requests that tried the same routes share the list.
    RoutesTried(Arc<[RouteAttempt]>),
    /// Bytes of a forwarded message were put out for the connection, which come from here. Precedes the event of
    /// those bytes.
    Lineage(Lineage),
    /// A backend was chosen for the request, or none can take it. Equal choices share their record.
    BackendChosen(Arc<Choosing>),
    /// An attempt to have the request answered by a backend is over.
    AttemptEnded(Box<AttemptRecord>),
    /// The server added a note to a message.
    NoteAdded(Note),
    /// The user gave the exchange a mark in place of the one that it had, or took that away (`None`). The event names no
    /// connection.
    Marked(Option<Arc<Mark>>),
    /// The user deleted the exchange. The event names no connection.
    Deleted,

    /// Bytes or events were left out because the view fell behind. Counted since the last such event.
    Omitted {
        /// Number of body bytes left out of receives and sends.
        bytes: u64,
        /// Number of events left out completely.
        events: u64,
    },
}

impl EventKind {
    /// Bytes on the wire.
    #[must_use]
    pub fn bytes(direction: Direction, offset: u64, payload: impl Into<Payload>) -> Self {
        Self::bytes_at(Layer::Wire, direction, offset, payload)
    }

    /// Bytes at a layer.
    #[must_use]
    pub fn bytes_at(layer: Layer, direction: Direction, offset: u64, payload: impl Into<Payload>) -> Self {
        Self::Bytes { stream: StreamId { layer, direction }, offset, payload: payload.into() }
    }

    /// The start of a client's request, at this offset of the bytes received on the wire.
    #[must_use]
    pub const fn request_started(offset: u64) -> Self {
        Self::MessageStarted { leg: Leg::Client, stream: StreamId::wire(Direction::Received), offset }
    }

    /// The direction of the bytes. `None`: the event has no bytes.
    #[must_use]
    pub const fn direction(&self) -> Option<Direction> {
        match self {
            Self::Bytes { stream, .. } => Some(stream.direction),
            _ => None,
        }
    }
}

/// The facts about a connection that are known when it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionStart {
    /// The end that opened the connection.
    pub role: Role,
    /// The protocol of the connection.
    pub protocol: ProtocolKind,
    /// The other end's address.
    pub peer: SocketAddr,
    /// This program's address.
    pub local: SocketAddr,
}

impl ConnectionStart {
    /// The address that this program dialed. `None`: the connection was accepted.
    #[must_use]
    pub fn dialed(&self) -> Option<SocketAddr> {
        (self.role == Role::Dialed).then_some(self.peer)
    }
}

impl From<ConnectionStart> for EventKind {
    fn from(opening: ConnectionStart) -> Self {
        Self::Opened(Box::new(opening))
    }
}

/// Bytes of one receive or send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// The bytes; never empty. A part of a block of [`BLOCK_BYTES`] or, if longer, the whole of its
    /// allocation, so that the memory they take is known.
    Kept(Bytes),
    /// The number of bytes, if they were not kept.
    Dropped(u64),
    /// The number of bytes, if they are on disk and were not read from there.
    Unread(u64),
}

impl Payload {
    /// The number of bytes, kept or not.
    #[must_use]
    pub const fn count(&self) -> u64 {
        match self {
            Self::Kept(bytes) => bytes.len() as u64,
            Self::Dropped(count) | Self::Unread(count) => *count,
        }
    }

    /// The bytes. `None`: they were dropped or not read.
    #[must_use]
    pub const fn kept(&self) -> Option<&Bytes> {
        match self {
            Self::Kept(bytes) => Some(bytes),
            Self::Dropped(_) | Self::Unread(_) => None,
        }
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Self {
        Self::Kept(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_small() {
        assert!(size_of::<Event>() <= 24 + 56, "{}", size_of::<Event>());
    }
}
