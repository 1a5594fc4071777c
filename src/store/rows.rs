//! Rows and headings of all exchanges and connections that are kept, in memory or only on disk.

use crate::{
    base::stream::{ConnId, ExchangeId},
    words,
};

use super::{ConnectionEntry, Heading, Places, Position, Store, Summary};

/// Bytes of an unreadable request that its row shows at most.
pub(super) const OPENING_BYTES: usize = 120;

impl Store {
    /// The row of an exchange. `None`: the exchange has left memory and disk.
    #[must_use]
    pub fn summary(&self, id: ExchangeId) -> Option<Summary<'_>> {
        if self.deleted.hides(id) {
            return None;
        }
        self.exchange(id).map(Summary::from).or_else(|| self.evicted.summary(id))
    }

    /// The newest exchange that is kept. `None`: none is.
    #[must_use]
    pub fn newest(&self) -> Option<ExchangeId> {
        self.exchanges.last().map(|(id, _)| id).max(self.evicted.newest())
    }

    /// The rows of all exchanges that are kept, in memory or only on disk, in order.
    pub fn summaries(&self) -> impl Iterator<Item = Summary<'_>> {
        self.summaries_from(ExchangeId::FIRST)
    }

    /// The rows of the kept exchanges from number `from` on, in order.
    pub fn summaries_from(&self, from: ExchangeId) -> impl Iterator<Item = Summary<'_>> {
        let here = self.exchanges.iter_from(from).map(|(_, entry)| Summary::from(&entry.exchange));
        let all = merged(here, self.evicted.summaries(from), |summary| summary.id);
        all.filter(|summary| !self.deleted.hides(summary.id))
    }

    /// The heading of a connection. `None`: the connection has left, or never was.
    #[must_use]
    pub fn heading(&self, id: ConnId) -> Option<Heading> {
        self.connections.value(id).map(|conn_entry| heading(conn_entry)).or_else(|| self.evicted.heading(id))
    }

    /// The headings of all connections that are kept, in memory or only on disk, in the order in which they were
    /// opened.
    pub fn headings(&self) -> impl Iterator<Item = Heading> {
        self.headings_from(ConnId::FIRST)
    }

    /// The headings of the kept connections from number `from` on, in order.
    pub fn headings_from(&self, from: ConnId) -> impl Iterator<Item = Heading> {
        let here = self.connections.iter_from(from).map(|(_, conn_entry)| heading(conn_entry));
        merged(here, self.evicted.headings(from), |heading| heading.id)
    }

    /// The first line of a request that is not empty, as far as it arrived, escaped and shortened.
    #[must_use]
    pub fn opening(&self, id: ExchangeId) -> Box<str> {
        match self.evicted.opening(id) {
            Some(opening) => opening.into(),
            None => opening(&self.request_bytes(id, OPENING_BYTES)),
        }
    }

    /// Position on disk of an exchange's latest event. `None`: it cannot be read from disk.
    #[must_use]
    pub fn place(&self, id: ExchangeId) -> Option<Position> {
        let here = self.exchanges.value(id).and_then(|entry| entry.place);
        here.or_else(|| self.evicted.place(id)).filter(|place| self.evicted.can_read(*place))
    }

    /// The connections of an exchange's upstream legs, as far as they are known.
    #[must_use]
    pub fn upstream_connections(&self, id: ExchangeId) -> Vec<ConnId> {
        match self.exchange(id) {
            Some(exchange) => exchange.upstream.iter().map(|leg| leg.conn).collect(),
            None => self.evicted.legs(id).map(|(conn, _)| conn).collect(),
        }
    }

    /// The places on disk of an exchange and its legs. `None`: it cannot be read from disk.
    #[must_use]
    pub fn places(&self, id: ExchangeId) -> Option<Places> {
        let (conn, position) = (self.summary(id)?.conn, self.place(id)?);
        let legs = self.exchange(id).map(|exchange| {
            exchange.upstream.iter().filter_map(|leg| Some((leg.conn, leg.place?))).collect()
        });
        let legs = legs.unwrap_or_else(|| self.evicted.legs(id).collect());
        Some(Places { conn, position, legs })
    }
}

fn heading(conn_entry: &ConnectionEntry) -> Heading {
    Heading::of(&conn_entry.connection, conn_entry.last())
}

/// Merges two ascending sequences.
fn merged<T, K: Ord>(
    left: impl Iterator<Item = T>,
    right: impl Iterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> impl Iterator<Item = T> {
    let (mut left, mut right) = (left.peekable(), right.peekable());
    std::iter::from_fn(move || match (left.peek(), right.peek()) {
        (Some(one), Some(other)) if key(other) < key(one) => right.next(),
        (Some(_), _) => left.next(),
        (None, _) => right.next(),
    })
}

/// The first line of `bytes` that is not empty, escaped.
pub(super) fn opening(bytes: &[u8]) -> Box<str> {
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    let line = &bytes[start..];
    let end = line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len());
    let line = &line[..end];
    words::escaped(line.strip_suffix(b"\r").unwrap_or(line)).into()
}
