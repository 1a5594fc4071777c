//! The content of a row.

use std::{net::SocketAddr, sync::Arc, time::SystemTime};

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos, Role},
    http::Status,
    store::{FrameCounts, ItemCounts, Store, model::Outcome},
    trace::{Again, Cause, CloseReason, Mark, Severity},
};

/// One row.
#[derive(Clone, Debug)]
pub enum Row {
    /// The heading of a connection.
    Connection {
        /// The connection's number.
        id: ConnId,
        /// The end that opened the connection.
        role: Role,
        /// The other end's address. `None`: not known.
        peer: Option<SocketAddr>,
        /// When the connection was opened.
        opened: Nanos,
        /// When and why the connection ended. `None`: it is open.
        closed: Option<(Nanos, CloseReason)>,
        /// Whether no further request is read on the connection.
        ending: bool,
        /// The largest number of requests that began in one read.
        pipelined: u32,
        /// Number of exchanges in all. 0: the client sent no byte yet, or closed without one.
        exchanges: u64,
        /// Whether the exchanges of the connection are folded.
        folded: bool,
        /// The outcome of the last exchange, and the time of its latest event. `None`: there is none.
        last: Option<(Outcome, Nanos)>,
        /// The frames of the last exchange. `None`: it has not become a WebSocket.
        frames: Option<FrameCounts>,
        /// The items of the last exchange's response. `None`: it is no stream.
        items: Option<ItemCounts>,
    },
    /// An exchange.
    Exchange {
        /// The exchange's number.
        id: ExchangeId,
        /// The connection.
        conn: ConnId,
        /// The exchange's number on its connection, from 1.
        number: u64,
        /// What the exchange is a copy of. `None`: the request came from a client.
        again: Option<Again>,
        /// The method token; empty while unknown.
        method: Box<str>,
        /// The target; empty while unknown.
        target: Box<str>,
        /// If method or target is unknown, the first line as far as it arrived, escaped and shortened; else empty.
        opening: Box<str>,
        /// The name of the backend that was asked last, or its address; `none` if no backend took the request. Empty:
        /// the request was not for a backend.
        upstream: Box<str>,
        /// The address of that backend. `None`: no backend took the request.
        backend: Option<Box<str>>,
        /// The status. `None`: there is no response yet.
        status: Option<Status>,
        /// Why the request was refused. `None`: it was not.
        refusal: Option<Cause>,
        /// The outcome.
        outcome: Outcome,
        /// The media type of the response. Empty: none is stated, or there is no head.
        media_type: Box<str>,
        /// Nanoseconds from the first byte to the head of the response. `None`: there is none yet.
        waited: Option<u64>,
        /// Number of notes of the server, and the highest severity. `None`: there is none.
        notes: (u64, Option<Severity>),
        /// Bytes of the request so far, head included.
        request_bytes: u64,
        /// The wall-clock time of the first byte. `None`: not known.
        started: Option<SystemTime>,
        /// Bytes of the response so far, head included.
        bytes: u64,
        /// When the first byte of the request arrived.
        began: Nanos,
        /// Nanoseconds from that byte to the latest event.
        took: u64,
        /// The user's mark. `None`: it has none.
        mark: Option<Arc<Mark>>,
    },
    /// A row whose connection or exchange has left the capture since the last update.
    Unavailable {
        /// The exchange. `None`: it was the heading of a connection.
        exchange: Option<ExchangeId>,
    },
}

impl Row {
    /// The heading of a connection.
    pub(crate) fn heading(store: &Store, conn: ConnId, folded: bool) -> Self {
        let Some(connection) = store.heading(conn) else { return Self::Unavailable { exchange: None } };
        let last = connection.last.and_then(|id| store.summary(id));
        Self::Connection {
            id: connection.id,
            role: connection.role,
            peer: connection.peer,
            opened: connection.opened,
            closed: connection.closed,
            ending: connection.ending,
            pipelined: connection.pipelined,
            exchanges: connection.exchange_count,
            folded,
            last: last.map(|exchange| (exchange.outcome, exchange.latest)),
            frames: last.and_then(|exchange| exchange.frames),
            items: last.and_then(|exchange| exchange.items),
        }
    }

    /// The row of an exchange.
    pub(crate) fn exchange(store: &Store, id: ExchangeId) -> Self {
        let Some(exchange) = store.summary(id) else { return Self::Unavailable { exchange: Some(id) } };
        let unknown = exchange.method.is_empty() || exchange.target.is_empty();
        Self::Exchange {
            id,
            conn: exchange.conn,
            number: exchange.number,
            again: exchange.again,
            method: exchange.method.into(),
            target: exchange.target.into(),
            opening: if unknown { store.opening(id) } else { Box::default() },
            upstream: exchange.backend.shown().into(),
            backend: (!exchange.backend.is_none()).then(|| exchange.backend.address.into()),
            status: exchange.status,
            refusal: exchange.refusal,
            outcome: exchange.outcome,
            media_type: exchange.media_type.into(),
            waited: exchange.waited,
            notes: (exchange.notes, exchange.severity),
            request_bytes: exchange.request_bytes,
            started: store.wall_clock(exchange.began),
            bytes: exchange.response_bytes,
            began: exchange.began,
            took: exchange.took(),
            mark: store.mark(id).cloned(),
        }
    }
}
