//! What leaves memory and stays on disk: rows from the index, details read when they are looked at.

use std::sync::Arc;

use crate::{
    base::stream::{ConnId, ExchangeId},
    session::{Disk, Reader, Seed},
    store::{
        Position,
        model::{Exchange, Look},
        summary::{Heading, Summary},
    },
    trace::{Batch, Nanos},
    words::text,
};

use super::{Store, Track};

/// At most this many bytes of an unreadable request are shown in its row.
const OPENING_BYTES: usize = 120;

/// How the store and the disk stand to each other.
#[derive(Debug, Default)]
pub struct Shelf {
    disk: Disk,
    /// Reads what is only on disk.
    reader: Option<Arc<Reader>>,
    /// Bytes on disk, and how many there may be.
    pub bytes: (u64, u64),
    /// Segments up to this one have left.
    gone_through: u32,
    /// From here on nothing was written: writing failed. `None`: it did not.
    end: Option<Position>,
}

impl Shelf {
    /// How often something arrived from disk.
    pub fn arrived(&self) -> u64 {
        self.reader.as_ref().map_or(0, |reader| reader.arrived())
    }

    /// Whether what stands there can be read.
    fn has(&self, place: Position) -> bool {
        place.segment() > self.gone_through && self.end.is_none_or(|end| place < end)
    }
}

impl Store {
    /// From now on what leaves memory can be read from disk.
    pub fn attach(&mut self, reader: Arc<Reader>, disk: Disk) {
        self.version += 1;
        self.shelf = Shelf { disk, reader: Some(reader), ..Shelf::default() };
    }

    /// It is filled from a file, to which nothing is added.
    pub fn close(&mut self) {
        self.version += 1;
        self.shelf.disk = Disk::File;
    }

    /// Takes in what happened, as [`Self::apply`]; it stands on disk at `place`. `None`: it does not.
    pub fn apply_at(&mut self, batch: Batch, place: Option<Position>) {
        self.place = place;
        self.apply(batch);
        self.place = None;
    }

    /// A connection of which events follow that are not its first: so it stood before them. Does nothing if
    /// the connection is known.
    pub fn introduce(&mut self, conn: ConnId, at: Nanos, seed: &Seed) {
        if self.connections.value(conn).is_some() || *seed == Seed::default() {
            return;
        }
        let track = self.connect(conn, at);
        track.reads.resume(seed.reads);
        track.writes.resume(seed.writes);
        track.connection.exchange_count = seed.exchanges;
        (track.connection.bytes_in, track.connection.bytes_out) = (seed.incoming, seed.outgoing);
        if seed.clean {
            (track.in_done, track.out_done) = (seed.incoming, seed.outgoing);
        }
    }

    /// So many bytes are on disk now, of so many that may be there; the segments up to number `gone` are no
    /// longer there.
    pub fn set_disk(&mut self, bytes: (u64, u64), gone: u32) {
        self.shelf.bytes = bytes;
        if gone > self.shelf.gone_through {
            self.forget_segments(gone);
        }
    }

    /// Writing to disk failed. What stands from `end` on was not written.
    pub fn stop_disk(&mut self, reason: Arc<str>, end: Position) {
        self.version += 1;
        self.shelf.disk = Disk::Stopped(reason);
        self.shelf.end = Some(end);
        self.forget(u32::MAX);
    }

    /// The segments up to number `through` are no longer on disk.
    pub fn forget_segments(&mut self, through: u32) {
        self.version += 1;
        self.shelf.gone_through = through;
        self.forget(through);
    }

    /// What the row of an exchange shows. `None`: it has left, memory and disk.
    #[must_use]
    pub fn summary(&self, id: ExchangeId) -> Option<Summary<'_>> {
        self.exchange(id).map(Summary::from).or_else(|| self.index.summary(id))
    }

    /// What the rows of all exchanges show that are kept, in memory or only on disk, in order.
    pub fn summaries(&self) -> impl Iterator<Item = Summary<'_>> {
        self.summaries_from(ExchangeId::FIRST)
    }

    /// The same, from number `from` on.
    pub fn summaries_from(&self, from: ExchangeId) -> impl Iterator<Item = Summary<'_>> {
        let here = self.exchanges.iter_from(from).map(|(_, entry)| Summary::from(&entry.exchange));
        merged(here, self.index.summaries(from), |summary| summary.id)
    }

    /// What the heading of a connection shows. `None`: it has left, or was never there.
    #[must_use]
    pub fn heading(&self, id: ConnId) -> Option<Heading> {
        self.connections.value(id).map(|track| heading(track)).or_else(|| self.index.heading(id))
    }

    /// The headings of all connections that are kept, in memory or only on disk, in the order in which they
    /// were accepted.
    pub fn headings(&self) -> impl Iterator<Item = Heading> {
        self.headings_from(ConnId::FIRST)
    }

    /// The same, from number `from` on.
    pub fn headings_from(&self, from: ConnId) -> impl Iterator<Item = Heading> {
        let here = self.connections.iter_from(from).map(|(_, track)| heading(track));
        merged(here, self.index.headings(from), |heading| heading.id)
    }

    /// What there is to see of an exchange. Never waits: what is only on disk is asked for.
    #[must_use]
    pub fn look(&self, id: ExchangeId) -> Look {
        if let Some(detail) = self.detail(id) {
            return Look::Here(Box::new(detail));
        }
        let (Some(place), Some(summary), Some(reader)) =
            (self.index.place(id), self.index.summary(id), &self.shelf.reader)
        else {
            return Look::Gone;
        };
        let mut look = reader.look(id, summary.conn, place);
        if let Look::Here(detail) = &mut look {
            // The connection may have gone on since.
            if let Some(heading) = self.heading(summary.conn) {
                detail.opened = heading.opened;
                detail.peer = heading.peer;
                detail.closed = heading.closed;
                detail.neighbours.1 = summary.number < heading.exchange_count;
            }
            if let Some(connection) = self.connection(summary.conn) {
                detail.half_closed = connection.half_closed;
            }
            detail.version = u64::from(detail.closed.is_some()) * 2 + u64::from(detail.neighbours.1);
        }
        look
    }

    /// The first line of a request that is not empty, as far as it arrived, escaped and shortened.
    #[must_use]
    pub fn opening(&self, id: ExchangeId) -> Box<str> {
        match self.index.opening(id) {
            Some(opening) => opening.into(),
            None => opening(&self.request_bytes(id, OPENING_BYTES)),
        }
    }

    /// How the recording to disk stands.
    #[must_use]
    pub const fn disk(&self) -> &Disk {
        &self.shelf.disk
    }

    /// Where an exchange stands on disk, in memory or not. `None`: it does not.
    #[must_use]
    pub fn place(&self, id: ExchangeId) -> Option<Position> {
        let here = self.exchanges.value(id).and_then(|entry| entry.place);
        here.or_else(|| self.index.place(id)).filter(|place| self.shelf.has(*place))
    }

    /// Keeps the row of an exchange that leaves memory. `false`: it is not on disk.
    pub(crate) fn shelve(&mut self, exchange: &Exchange, place: Option<Position>) -> bool {
        let Some(place) = place.filter(|place| self.shelf.has(*place)) else { return false };
        let first = if exchange.target.is_empty() {
            let reads = self.connection(exchange.conn).map(|connection| &connection.reads);
            reads.map_or_else(Box::default, |reads| {
                opening(&super::stream::gather(reads, &exchange.request, OPENING_BYTES))
            })
        } else {
            Box::default()
        };
        self.index.insert(exchange, &first, place);
        if let Some(track) = self.connections.value_mut(exchange.conn) {
            track.shelved = (track.shelved.0 + 1, track.shelved.1.max(Some(exchange.id)));
        }
        true
    }

    /// Keeps the heading of a closed connection that leaves memory. `false`: nothing of it is on disk.
    pub(crate) fn shelve_connection(&mut self, track: &Track) -> bool {
        let (kept, last) = track.shelved;
        let Some(place) = track.place.filter(|place| kept > 0 || self.shelf.has(*place)) else {
            return false;
        };
        self.index.shelve(&track.connection, kept, last, place);
        true
    }

    /// Lets rows leave of which nothing is on disk any more.
    fn forget(&mut self, through: u32) {
        let disk = &self.shelf;
        let gone = self.index.forget(through, |place| !disk.has(place));
        self.counts.evicted += gone.exchanges.len() as u64;
        for (id, conn) in gone.exchanges {
            if let Some(track) = self.connections.value_mut(conn) {
                track.shelved.0 = track.shelved.0.saturating_sub(1);
                if track.shelved.0 == 0 {
                    track.shelved.1 = None;
                }
            }
            self.note_change(conn, Some(id));
        }
        for conn in gone.connections {
            self.note_change(conn, None);
        }
    }
}

fn heading(track: &Track) -> Heading {
    Heading::of(&track.connection, track.last())
}

/// Two ascending sequences as one.
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

/// The first line that is not empty, escaped.
fn opening(bytes: &[u8]) -> Box<str> {
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    let line = &bytes[start..];
    let end = line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len());
    let line = &line[..end];
    text::escaped(line.strip_suffix(b"\r").unwrap_or(line)).into()
}
