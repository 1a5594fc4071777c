//! The store: connections and exchanges within a budget, oldest exchanges leave first.
//!
//! Exchanges leave in the order in which they ended. One that is still going on leaves only when no ended
//! one is left, so that a slow client stays in sight while thousands of quick ones pass.

mod cost;
mod detail;
mod entry_pool;
mod evicted;
pub(crate) mod id_map;
mod intake;
pub mod model;
pub mod position;
mod routes;
mod shelf;
pub(crate) mod stream;
pub mod summary;
mod track;

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::base::stream::{ConnId, ExchangeId};
use crate::trace::{Batch, Nanos, Severity};

use entry_pool::EntryPool;
use evicted::Index;
use id_map::IdMap;
pub use model::{Chunk, Connection, Counts, Detail, Exchange, Look, Message, Outcome};
pub use position::{Position, SEGMENT_MAX};
use routes::Routes;
use shelf::Shelf;
pub use summary::{Heading, Summary};
use track::{TRACK_COST, Track};

/// At most this many bytes are kept of one message (and at most an eighth of the budget): the head and the
/// first bytes of the body. The rest is counted and left out, so that a download of any size leaves room for
/// the others.
pub const MESSAGE_SHARE_BYTES: u64 = 8 * 1024 * 1024;

/// At most this many announcements are kept.
const ANNOUNCEMENTS: usize = 50;
/// At most this many changes are remembered for lists that catch up; a list further behind starts anew.
const CHANGES: usize = 65_536;

/// What is kept.
#[derive(Debug)]
pub struct Store {
    budget: u64,
    /// What is kept of one message at most.
    share: u64,
    /// The sum of every record's cost.
    held: u64,
    /// Of it, chunks: their bytes and records.
    chunk_bytes: u64,
    counts: Counts,
    version: u64,
    epoch: Option<SystemTime>,
    exchanges: IdMap<ExchangeId, Box<Entry>>,
    connections: IdMap<ConnId, Box<Track>>,
    /// What may leave, in the order in which it ended. May name some that left already.
    ended: VecDeque<Leaving>,
    routes: Routes,
    announcements: VecDeque<(Nanos, Severity, Arc<str>)>,
    changes: VecDeque<Change>,
    /// Number of the first entry of `changes`.
    changes_start: u64,
    /// Grows with every clear.
    generation: u64,
    /// Where the events that are being taken in stand on disk. `None`: they do not.
    place: Option<Position>,
    /// What is only on disk.
    index: Index,
    shelf: Shelf,
    spare: EntryPool,
}

/// Something about a row changed: it came, left, or says something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The connection.
    pub conn: ConnId,
    /// The exchange. `None`: the connection itself changed.
    pub exchange: Option<ExchangeId>,
}

/// An exchange and what only the store needs to know of it.
#[derive(Debug)]
struct Entry {
    exchange: Exchange,
    /// What it counts for, the shared route attempts apart.
    cost: u64,
    /// The version of its last change.
    touched: u64,
    /// Where its latest event stands on disk. `None`: it does not.
    place: Option<Position>,
}

/// What may leave.
#[derive(Clone, Copy, Debug)]
enum Leaving {
    Exchange(ExchangeId),
    /// A closed connection that never had an exchange.
    Connection(ConnId),
}

impl Store {
    /// An empty store that holds at most `budget_bytes`, records included.
    #[must_use]
    pub fn new(budget_bytes: u64) -> Self {
        Self::with_share(budget_bytes, MESSAGE_SHARE_BYTES)
    }

    /// The same, of which one message may have `share_bytes` (and at most an eighth of the budget).
    #[must_use]
    pub fn with_share(budget_bytes: u64, share_bytes: u64) -> Self {
        Self {
            budget: budget_bytes,
            share: share_bytes,
            held: 0,
            chunk_bytes: 0,
            counts: Counts::default(),
            version: 0,
            epoch: None,
            exchanges: IdMap::default(),
            connections: IdMap::default(),
            ended: VecDeque::new(),
            routes: Routes::default(),
            announcements: VecDeque::new(),
            changes: VecDeque::new(),
            changes_start: 0,
            generation: 0,
            place: None,
            index: Index::default(),
            shelf: Shelf::default(),
            spare: EntryPool::default(),
        }
    }

    /// Takes in what happened. Unknown connections and exchanges (the events that began them were left out)
    /// get a placeholder; what is said about exchanges that have left is ignored.
    pub fn apply(&mut self, batch: Batch) {
        self.version += 1;
        for event in batch.events {
            self.take(event);
            self.make_room();
        }
    }

    /// Forgets every exchange; counts start again. Connections that are open stay, without their bytes.
    pub fn clear(&mut self) {
        self.version += 1;
        self.generation += 1;
        self.changes_start += self.changes.len() as u64;
        self.changes.clear();
        self.exchanges = IdMap::default();
        self.ended.clear();
        self.routes = Routes::default();
        self.index = Index::default();
        self.announcements.clear();
        (self.held, self.chunk_bytes) = (0, 0);
        let gone: Vec<ConnId> = self
            .connections
            .iter()
            .filter(|(_, track)| track.connection.closed.is_some())
            .map(|(id, _)| id)
            .collect();
        for id in gone {
            self.connections.remove(id);
        }
        for (_, track) in self.connections.iter_mut() {
            track.forget();
            self.held += TRACK_COST;
        }
        let open = self.counts.open;
        self.counts = Counts { open, connections: open, ..Counts::default() };
        self.make_room();
    }

    /// Changes the budget; the oldest exchanges leave if it shrank.
    pub fn set_budget(&mut self, bytes: u64) {
        self.version += 1;
        self.budget = bytes;
        self.make_room();
    }

    /// Grows with every change.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version + self.shelf.arrived()
    }

    /// The sums.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            kept: (self.exchanges.len() + self.index.len()) as u64,
            on_disk: self.index.len() as u64,
            index_bytes: self.index.bytes(),
            disk_bytes: self.shelf.bytes.0,
            disk_budget_bytes: self.shelf.bytes.1,
            captured_bytes: self.held,
            budget_bytes: self.budget,
            ..self.counts
        }
    }

    /// The wall-clock time of a reading of the server's clock. `None`: the server has not said when its
    /// clock started.
    #[must_use]
    pub fn wall_clock(&self, at: Nanos) -> Option<SystemTime> {
        self.epoch?.checked_add(Duration::from_nanos(at))
    }

    /// An exchange that is still kept.
    #[must_use]
    pub fn exchange(&self, id: ExchangeId) -> Option<&Exchange> {
        self.exchanges.value(id).map(|entry| &entry.exchange)
    }

    /// Every exchange that is kept, in order.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().map(|(_, entry)| &entry.exchange)
    }

    /// A connection that is open, still has an exchange, or closed without ever having had one.
    #[must_use]
    pub fn connection(&self, id: ConnId) -> Option<&Connection> {
        self.connections.value(id).map(|track| &track.connection)
    }

    /// Every connection that is kept, in the order in which they were accepted.
    pub fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.connections.iter().map(|(_, track)| &track.connection)
    }

    /// Everything about one exchange. `None`: it has left.
    #[must_use]
    pub fn detail(&self, id: ExchangeId) -> Option<Detail> {
        let entry = self.exchanges.value(id)?;
        let track = self.connections.value(entry.exchange.conn)?;
        Some(detail::detail(entry, track, &self.exchanges))
    }

    /// The first bytes of the request, at most `most`, as far as they are kept.
    #[must_use]
    pub fn request_bytes(&self, id: ExchangeId, most: usize) -> Vec<u8> {
        let Some(exchange) = self.exchange(id) else { return Vec::new() };
        let Some(connection) = self.connection(exchange.conn) else { return Vec::new() };
        stream::gather(&connection.reads, &exchange.request, most)
    }

    /// What the server announced (no connection involved), newest last, at most 50.
    #[must_use]
    pub fn announcements(&self) -> Vec<(Nanos, Severity, Arc<str>)> {
        self.announcements.iter().cloned().collect()
    }

    /// Grows when everything was forgotten: what was derived before is void.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The number of the next change.
    pub(crate) fn changes_end(&self) -> u64 {
        self.changes_start + self.changes.len() as u64
    }

    /// The changes from number `since` on. `None`: they are no longer known.
    pub(crate) fn changes_since(&self, since: u64) -> Option<impl Iterator<Item = Change>> {
        let skip = usize::try_from(since.checked_sub(self.changes_start)?).ok()?;
        (skip <= self.changes.len()).then(|| self.changes.range(skip..).copied())
    }

    /// At most this many bytes are kept of one message.
    fn share(&self) -> u64 {
        self.share.min(self.budget / 8)
    }

    fn note_change(&mut self, conn: ConnId, exchange: Option<ExchangeId>) {
        if self.changes.len() == CHANGES {
            self.changes.pop_front();
            self.changes_start += 1;
        }
        self.changes.push_back(Change { conn, exchange });
    }

    /// Lets the oldest leave until the budget is kept.
    fn make_room(&mut self) {
        while self.held > self.budget {
            match self.ended.pop_front() {
                Some(Leaving::Exchange(id)) => self.drop_exchange(id),
                Some(Leaving::Connection(id)) => self.drop_connection(id),
                None => match self.exchanges.first().map(|(id, _)| id) {
                    Some(oldest) => self.drop_exchange(oldest),
                    None => break,
                },
            }
        }
        // What is left are open connections. Bytes on them belong to exchanges whose events were left out.
        if self.held > self.budget && self.chunk_bytes > self.budget / 16 {
            self.strip_connections();
        }
    }

    /// Takes an exchange out, with the chunks that no other exchange of its connection needs.
    fn drop_exchange(&mut self, id: ExchangeId) {
        let Some(entry) = self.exchanges.remove(id) else { return };
        let exchange = &entry.exchange;
        self.held -= entry.cost;
        if let Some((_, attempts)) = &exchange.routed {
            self.held -= self.routes.release(attempts);
        }
        if !self.shelve(exchange, entry.place) {
            self.counts.evicted += 1;
            self.note_change(exchange.conn, Some(id));
        }
        let conn = exchange.conn;
        self.spare.give(entry);
        let Some(track) = self.connections.value_mut(conn) else { return };
        let kept = &mut track.connection.exchanges;
        // The oldest leaves first.
        if kept.front() == Some(&id) {
            kept.pop_front();
        } else if let Ok(index) = kept.binary_search(&id) {
            kept.remove(index);
        }
        if kept.is_empty() && track.connection.closed.is_some() {
            self.drop_connection(conn);
            return;
        }
        // Requests and responses come in order, so the first exchange that is left needs the first chunk.
        let (mut low_in, mut low_out) = (track.in_done, track.out_done);
        if let Some(first) = kept.front().and_then(|first| self.exchanges.value(*first)) {
            low_in = first.exchange.request.start;
            if let Some(response) = &first.exchange.response {
                low_out = response.start;
            }
        }
        let freed = stream::drop_before(&mut track.connection.reads, low_in)
            + stream::drop_before(&mut track.connection.writes, low_out);
        self.held -= freed;
        self.chunk_bytes -= freed;
    }

    /// Takes a closed connection without exchanges out.
    fn drop_connection(&mut self, id: ConnId) {
        // One that goes on after it closed is not what the events say, but nothing is lost by it.
        if self.connections.value(id).is_some_and(|track| !track.connection.exchanges.is_empty()) {
            return;
        }
        let Some(track) = self.connections.remove(id) else { return };
        let chunks = track.connection.reads.iter().chain(&track.connection.writes);
        let chunk_bytes: u64 = chunks.map(stream::cost).sum();
        self.chunk_bytes -= chunk_bytes;
        self.held -= chunk_bytes + TRACK_COST;
        if !self.shelve_connection(&track) {
            self.note_change(id, None);
        }
    }

    /// Leaves out the bytes of every connection.
    fn strip_connections(&mut self) {
        for (_, track) in self.connections.iter_mut() {
            for chunks in [&mut track.connection.reads, &mut track.connection.writes] {
                let change = stream::strip(chunks);
                self.held -= change.freed;
                self.chunk_bytes -= change.freed;
                self.counts.omitted_bytes += change.omitted;
            }
        }
    }
}

#[cfg(test)]
mod tests;
