//! What a row shows.

use std::net::SocketAddr;

use crate::{
    base::stream::{ConnId, ExchangeId},
    http::Status,
    store::{Store, model::Outcome},
    trace::{Cause, CloseReason, Nanos},
};

/// One row.
#[derive(Clone, Debug)]
pub enum Row {
    /// The heading of a connection.
    Connection {
        /// Its number.
        id: ConnId,
        /// The client's address.
        peer: Option<SocketAddr>,
        /// When it was accepted.
        opened: Nanos,
        /// When and why it ended. `None`: it is open.
        closed: Option<(Nanos, CloseReason)>,
        /// Whether no other request is read on it.
        ending: bool,
        /// The most requests begun in one read.
        pipelined: u32,
        /// How many exchanges it had in all. 0: it is waiting for its first byte, or closed without
        /// having sent one.
        exchanges: u64,
        /// Whether its rows are folded away.
        folded: bool,
        /// How its last exchange stands, and since when. `None`: it has none.
        last: Option<(Outcome, Nanos)>,
    },
    /// An exchange.
    Exchange {
        /// Its number.
        id: ExchangeId,
        /// Its connection.
        conn: ConnId,
        /// Its number on its connection, from 1.
        number: u64,
        /// The method token; empty while unknown.
        method: Box<str>,
        /// The target; empty while unknown.
        target: Box<str>,
        /// Where method or target is unknown: the first line as far as it arrived, escaped and shortened.
        /// Else empty.
        opening: Box<str>,
        /// The status.
        status: Option<Status>,
        /// Why it was refused.
        refusal: Option<Cause>,
        /// How it stands.
        outcome: Outcome,
        /// Bytes of the response so far, head included.
        bytes: u64,
        /// When its first byte arrived.
        began: Nanos,
        /// From its first byte to its latest event.
        took: Nanos,
    },
    /// It was there when the list was arranged, and has left the capture since.
    Left {
        /// The exchange. `None`: it was the heading of a connection.
        exchange: Option<ExchangeId>,
    },
}

impl Row {
    /// The heading of a connection.
    pub(crate) fn heading(store: &Store, conn: ConnId, folded: bool) -> Self {
        let Some(connection) = store.heading(conn) else { return Self::Left { exchange: None } };
        let last = connection.last.and_then(|id| store.summary(id));
        Self::Connection {
            id: connection.id,
            peer: connection.peer,
            opened: connection.opened,
            closed: connection.closed,
            ending: connection.ending,
            pipelined: connection.pipelined,
            exchanges: connection.exchange_count,
            folded,
            last: last.map(|exchange| (exchange.outcome, exchange.latest)),
        }
    }

    /// The row of an exchange.
    pub(crate) fn exchange(store: &Store, id: ExchangeId) -> Self {
        let Some(exchange) = store.summary(id) else { return Self::Left { exchange: Some(id) } };
        let unknown = exchange.method.is_empty() || exchange.target.is_empty();
        Self::Exchange {
            id,
            conn: exchange.conn,
            number: exchange.number,
            method: exchange.method.into(),
            target: exchange.target.into(),
            opening: if unknown { store.opening(id) } else { Box::default() },
            status: exchange.status,
            refusal: exchange.refusal,
            outcome: exchange.outcome,
            bytes: exchange.response_bytes,
            began: exchange.began,
            took: exchange.took(),
        }
    }
}
