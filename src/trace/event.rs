//! Events: the closed list of what can happen.
//!
//! An event says when something happened, on which connection and in which exchange; its kind says what. The
//! server makes the events, the channel carries them, and store, session file and terminal view take them in.

use std::{net::SocketAddr, sync::Arc, time::SystemTime};

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, Direction, ExchangeId, Leg, Nanos, Role, StreamId},
    trace::{CloseReason, Guard, MiddlewareStep, Note, ProtocolKind, RouteAttempt, Severity, Stage},
};

/// What is received and sent shares blocks of this many bytes: see [`Payload::Kept`].
pub const BLOCK_BYTES: usize = 64 * 1024;

/// The events of one turn of the event loop.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The events in the order in which they happened.
    pub events: Vec<Event>,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// The clock reading of the loop's turn, or a later one where time passed since. Never earlier than that of
    /// the event before.
    pub at: Nanos,
    /// The connection that the event is about. `None`: it concerns the server as a whole.
    pub conn: Option<ConnId>,
    /// The exchange that the event belongs to. `None`: it belongs to none (yet, or any more).
    pub exchange: Option<ExchangeId>,
    /// What happened.
    pub kind: EventKind,
}

/// What happened. Offsets count the bytes of a stream of the connection, from 0.
#[derive(Clone, Debug)]
pub enum EventKind {
    /// The server's clock starts: `at` 0 is this wall-clock time.
    Epoch(SystemTime),
    /// The server listens here for connections on which this is spoken. Follows every change of address.
    Listening(ProtocolKind, SocketAddr),
    /// The server no longer listens.
    Stopped,
    /// A message for the user that belongs to no connection: "the folder is gone".
    ServerMessage(Severity, Arc<str>),

    /// A connection is open. In a box: two addresses are larger than what other events carry, and events are
    /// moved by the million.
    Opened(Box<ConnectionStart>),
    /// Bytes went over the connection in one successful receive or send. Where only the first bytes are kept,
    /// there are two events at one time, the second with the number of bytes dropped.
    Bytes {
        /// The stream of the bytes.
        stream: StreamId,
        /// Stream offset of the first byte.
        offset: u64,
        /// The bytes, or their number.
        payload: Payload,
    },
    /// The other end will send no more (FIN); it may still receive.
    HalfClosed,
    /// The connection is gone.
    Closed(CloseReason),

    /// A request begins: its first byte arrived or, where it was pipelined, the request before is complete.
    MessageStarted {
        /// The side of the exchange that the request is on.
        leg: Leg,
        /// The stream of the request.
        stream: StreamId,
        /// Stream offset of the request's first byte (empty lines before it included).
        offset: u64,
    },
    /// A stage is reached.
    Stage(Stage),
    /// A guard acted.
    Guard {
        /// The guard that acted.
        kind: Guard,
        /// The limit in force: bytes, milliseconds or a count, by kind.
        limit: u64,
    },
    /// Middleware acted on the request, or on the response: one step each, in order.
    Middleware(Box<[MiddlewareStep]>),
    /// Routing is done: every route that was tried, in order. The last one matched, if any did. Events of
    /// requests that tried the same routes share the list.
    RoutesTried(Arc<[RouteAttempt]>),
    /// The server noted something about a message.
    NoteAdded(Note),

    /// Bytes or events were left out because the view fell behind. Counts since the last such event.
    Omitted {
        /// Body bytes that were left out of reads and writes.
        bytes: u64,
        /// Events that were left out whole.
        events: u64,
    },
}

impl EventKind {
    /// Bytes that went over the wire.
    #[must_use]
    pub fn bytes(direction: Direction, offset: u64, payload: impl Into<Payload>) -> Self {
        Self::Bytes { stream: StreamId::wire(direction), offset, payload: payload.into() }
    }

    /// A client's request that begins at this offset of what is received on the wire.
    #[must_use]
    pub const fn request_started(offset: u64) -> Self {
        Self::MessageStarted { leg: Leg::Client, stream: StreamId::wire(Direction::Received), offset }
    }

    /// The direction of the bytes. `None`: the event is about no bytes.
    #[must_use]
    pub const fn direction(&self) -> Option<Direction> {
        match self {
            Self::Bytes { stream, .. } => Some(stream.direction),
            _ => None,
        }
    }
}

/// What is known of a connection from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionStart {
    /// Who opened it.
    pub role: Role,
    /// What is spoken on it.
    pub protocol: ProtocolKind,
    /// The other end's address.
    pub peer: SocketAddr,
    /// This program's address.
    pub local: SocketAddr,
}

impl From<ConnectionStart> for EventKind {
    fn from(opening: ConnectionStart) -> Self {
        Self::Opened(Box::new(opening))
    }
}

/// Bytes of one receive or send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// The bytes; never empty. A part of a block of [`BLOCK_BYTES`], or if it is longer than that, all of its
    /// memory: whoever keeps it knows how much that takes.
    Kept(Bytes),
    /// The number of bytes, which are not kept.
    Dropped(u64),
}

impl Payload {
    /// The number of bytes, kept or not.
    #[must_use]
    pub const fn count(&self) -> u64 {
        match self {
            Self::Kept(bytes) => bytes.len() as u64,
            Self::Dropped(count) => *count,
        }
    }

    /// The bytes. `None`: they were dropped.
    #[must_use]
    pub const fn kept(&self) -> Option<&Bytes> {
        match self {
            Self::Kept(bytes) => Some(bytes),
            Self::Dropped(_) => None,
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
