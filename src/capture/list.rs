//! The rows of the exchange list: exchanges grouped by connection.

use std::{net::SocketAddr, ops::Range};

use crate::{
    http::{Rule, Status},
    trace::{CloseReason, ConnId, ExchangeId, Nanos},
};

use super::{filter::Filter, model::Outcome, store::Store};

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
        /// Where the method is unknown: the first line as far as it arrived, escaped and shortened. Else
        /// empty.
        opening: Box<str>,
        /// The status.
        status: Option<Status>,
        /// Why it was refused.
        rule: Option<Rule>,
        /// How it stands.
        outcome: Outcome,
        /// Bytes of the response so far, head included.
        bytes: u64,
        /// When its first byte arrived.
        began: Nanos,
        /// From its first byte to its latest event.
        took: Nanos,
    },
}

/// Which rows there are. Remembers the arrangement and brings it up to date when asked.
#[derive(Debug, Default)]
pub struct List {}

impl List {
    /// Brings the arrangement up to date. Does nothing if neither store nor filter changed.
    pub fn update(&mut self, _store: &Store, _filter: &Filter) {}
    /// Folds a connection away, or shows it again.
    pub fn set_folded(&mut self, _conn: ConnId, _folded: bool) {}
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        unimplemented!()
    }
    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Number of exchanges that the filter lets pass.
    #[must_use]
    pub fn matching(&self) -> usize {
        unimplemented!()
    }
    /// These rows. Rows whose exchange has left meanwhile are missing.
    #[must_use]
    pub fn rows(&self, _store: &Store, _range: Range<usize>) -> Vec<Row> {
        unimplemented!()
    }
    /// Index of the row of an exchange. `None`: it is not in the list.
    #[must_use]
    pub fn index_of(&self, _id: ExchangeId) -> Option<usize> {
        unimplemented!()
    }
    /// The exchange `step` exchanges below (above, if negative) `from`, for the arrow keys. `None`
    /// for `from`: the last one.
    #[must_use]
    pub fn neighbour(&self, _from: Option<ExchangeId>, _step: i64) -> Option<ExchangeId> {
        unimplemented!()
    }
}
