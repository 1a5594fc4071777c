//! The store: connections and exchanges within a budget, oldest exchanges leave first.
//!
//! Exchanges leave in the order in which they ended. One that is still going on leaves only when no ended
//! one is left, so that a slow client stays in sight while thousands of quick ones pass.

mod account;
mod changes;
pub mod chunk;
mod connection_entry;
mod copies;
mod cost;
mod counters;
pub mod counts;
mod deleted;
mod detail;
mod entry_pool;
mod evict;
mod evicted;
mod frame_sums;
pub mod frames;
mod id_map;
mod intake;
mod interned;
mod item_counts;
pub mod items;
mod marks;
mod media_types;
pub mod model;
pub mod position;
mod rows;
mod set_aside;
mod shared;
pub(crate) mod stream;
pub mod summary;

use std::{collections::VecDeque, time::SystemTime};

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    stats::{Bursts, Sheet},
    trace::{AttemptRecord, Batch, Event, EventKind, GroupRecord, MiddlewareStep, RouteAttempt, WallClock},
};

use account::{Account, Change};
use changes::Changes;
pub(crate) use changes::RowChange;
pub use chunk::{Absence, Backing};
use connection_entry::{CONNECTION_COST, ConnectionEntry};
pub use copies::Copies;
use copies::CopyIndex;
pub use counters::ConnectionCounters;
pub use counts::Counts;
use deleted::Deleted;
use entry_pool::EntryPool;
use evicted::EvictedIndex;
pub use frame_sums::{FrameCounts, FrameSums, Messages};
pub use frames::{FrameFollower, SeenBreach, SeenFrame, SeenOfWebSocket};
pub(crate) use id_map::IdMap;
use interned::Interned;
pub use item_counts::ItemCounts;
pub use items::{ItemFollower, SeenItem, SeenOfStream};
pub use model::{
    Attempt, Chunk, Connection, Detail, DetailVersion, Exchange, Kept, LegDetail, Message, Outcome,
    ServerMessage, UpstreamLeg,
};
pub use position::{Places, Position, SEGMENT_MAX};
pub use shared::{LockedStore, SharedStore, StoreIdentity};
pub use summary::{BackendNames, Heading, Summary};

/// Bytes of one message that are kept at most (and never more than an eighth of the budget): the head and the
/// first bytes of the body. The rest is counted and left out, so that a download of any size leaves room for
/// other messages.
pub const MESSAGE_SHARE_BYTES: u64 = 8 * 1024 * 1024;

/// Messages of the server that are kept at most.
const MESSAGES_MAX: usize = 50;

/// The exchanges and connections that are kept, with their bytes.
#[derive(Debug)]
pub struct Store {
    account: Account,
    counts: Counts,
    version: u64,
    clock: WallClock,
    exchanges: IdMap<ExchangeId, Box<Entry>>,
    connections: IdMap<ConnId, Box<ConnectionEntry>>,
    /// Candidates for eviction, in the order in which they ended. May name some that have left already.
    ended: VecDeque<Leaving>,
    routes: Interned<[RouteAttempt]>,
    steps: Interned<[MiddlewareStep]>,
    groups: Interned<GroupRecord>,
    /// Messages of the server, the latest last; `clear` leaves them, since they may not have been shown yet.
    messages: VecDeque<ServerMessage>,
    changes: Changes,
    /// Grows with every clear.
    generation: u64,
    /// Position on disk of the events that are being taken in. `None`: they are not recorded.
    place: Option<Position>,
    /// Exchanges and connections that are only on disk.
    evicted: EvictedIndex,
    copies: CopyIndex,
    spare: EntryPool,
    /// The boxes of the records of attempts in the batch that is being taken in.
    #[allow(clippy::vec_box, reason = "they go back to the server, which made them")]
    emptied: Vec<Box<AttemptRecord>>,
    /// The connections whose frames are followed.
    frames: FrameFollower,
    /// The connections whose responses are followed.
    items: ItemFollower,
    deleted: Deleted,
    /// The exchanges that have ended, also those that have left.
    sheet: Sheet,
    /// The exchanges that began together.
    bursts: Bursts,
    /// What there was before the store was cleared, which can be put back. `None`: nothing can.
    before: Option<Box<Self>>,
}

/// An exchange and the store's own bookkeeping for it.
#[derive(Debug)]
struct Entry {
    exchange: Exchange,
    /// Bytes that the exchange counts for, without what exchanges share: route attempts, steps, groups.
    cost: u64,
    /// Version of the store at the last change of the exchange.
    changed_at: u64,
    /// Position on disk of the latest event of the exchange. `None`: that event is not recorded.
    place: Option<Position>,
}

/// A candidate for eviction.
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

    /// An empty store that holds at most `budget_bytes`, of which one message may have `share_bytes` (and at most an
    /// eighth of the budget).
    #[must_use]
    pub fn with_share(budget_bytes: u64, share_bytes: u64) -> Self {
        Self {
            account: Account::new(budget_bytes, share_bytes),
            counts: Counts::default(),
            version: 0,
            clock: WallClock::default(),
            exchanges: IdMap::default(),
            connections: IdMap::default(),
            ended: VecDeque::new(),
            routes: Interned::default(),
            steps: Interned::default(),
            groups: Interned::default(),
            messages: VecDeque::new(),
            changes: Changes::default(),
            generation: 0,
            place: None,
            evicted: EvictedIndex::default(),
            copies: CopyIndex::default(),
            spare: EntryPool::default(),
            emptied: Vec::new(),
            frames: FrameFollower::default(),
            items: ItemFollower::default(),
            deleted: Deleted::default(),
            sheet: Sheet::default(),
            bursts: Bursts::default(),
            before: None,
        }
    }

    /// Takes in a batch of events. Connections and exchanges whose first events were left out get a placeholder;
    /// events of exchanges that have left are ignored.
    pub fn apply(&mut self, mut batch: Batch) {
        self.drain(&mut batch, None);
    }

    /// Takes in a batch like [`Self::apply`] that is recorded on disk at `place`. `None`: it is not recorded.
    pub fn apply_at(&mut self, mut batch: Batch, place: Option<Position>) {
        self.drain(&mut batch, place);
    }

    /// Takes in a batch like [`Self::apply_at`], and leaves nothing in it but records in boxes, which are emptied.
    pub fn drain(&mut self, batch: &mut Batch, place: Option<Position>) {
        self.version += 1;
        self.take_aside(batch, place);
        self.place = place;
        for event in batch.events.drain(..) {
            self.take(event);
            if self.account.is_over() {
                self.make_room();
            }
        }
        let emptied = self.emptied.drain(..).map(EventKind::AttemptEnded);
        batch.events.extend(emptied.map(|kind| Event { at: Nanos::ZERO, conn: None, exchange: None, kind }));
        self.place = None;
        self.shrink_aside();
    }

    /// Registers a connection that was open already when the events begin, with its counters at that point. Does
    /// nothing if the connection is known.
    pub fn insert_known_connection(&mut self, conn: ConnId, at: Nanos, counters: &ConnectionCounters) {
        let unknown = *counters == ConnectionCounters::default();
        if unknown || self.connections.value(conn).is_some() {
            return;
        }
        let conn_entry = self.connection_or_new(conn, at);
        conn_entry.reads.resume(counters.reads);
        conn_entry.writes.resume(counters.writes);
        conn_entry.connection.exchange_count = counters.exchanges;
        (conn_entry.connection.bytes_in, conn_entry.connection.bytes_out) =
            (counters.incoming, counters.outgoing);
        if counters.clean {
            (conn_entry.in_done, conn_entry.out_done) = (counters.incoming, counters.outgoing);
        }
    }

    /// Forgets every exchange; counts start again. Connections that are open stay, without their bytes.
    pub fn clear(&mut self) {
        self.version += 1;
        self.generation += 1;
        self.changes.clear();
        self.exchanges = IdMap::default();
        self.ended.clear();
        self.routes = Interned::default();
        self.steps = Interned::default();
        self.groups = Interned::default();
        self.evicted.clear();
        self.frames = FrameFollower::default();
        self.items = ItemFollower::default();
        self.deleted = Deleted::default();
        self.copies = CopyIndex::default();
        (self.sheet, self.bursts) = (Sheet::default(), Bursts::default());
        self.account.clear();
        let gone: Vec<ConnId> = self
            .connections
            .iter()
            .filter(|(_, conn_entry)| conn_entry.connection.closed.is_some())
            .map(|(id, _)| id)
            .collect();
        for id in gone {
            self.connections.remove(id);
        }
        for (_, conn_entry) in self.connections.iter_mut() {
            conn_entry.forget();
            self.account.book(Change::records_added(CONNECTION_COST));
        }
        let open = self.counts.open;
        self.counts = Counts { open, connections: open, ..Counts::default() };
        self.make_room();
    }

    /// Changes the budget; the oldest exchanges leave if it shrank.
    pub fn set_budget(&mut self, bytes: u64) {
        self.version += 1;
        self.account.set_budget(bytes);
        self.make_room();
    }

    /// Takes account of `bytes` that are on their way to the store or to disk and need a part of the budget: the oldest
    /// exchanges leave with the next batch if there is no room for both.
    pub fn expect_bytes(&mut self, bytes: u64) {
        self.account.set_on_the_way(bytes);
    }

    /// Version of the store, which grows with every change.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The sums of the status bar.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            kept: (self.exchanges.len() + self.evicted.len() - self.deleted.len()) as u64,
            on_disk: self.evicted.len() as u64,
            index_bytes: self.evicted.bytes(),
            captured_bytes: self.account.held(),
            budget_bytes: self.account.budget(),
            not_in_memory_bytes: self.account.omitted(),
            ..self.counts
        }
    }

    /// Wall-clock time of `at`, a reading of the server's clock. `None`: no event has said when that clock started.
    #[must_use]
    pub fn wall_clock(&self, at: Nanos) -> Option<SystemTime> {
        self.clock.at(at)
    }

    /// From the server's clock to wall-clock time.
    #[must_use]
    pub const fn clock(&self) -> &WallClock {
        &self.clock
    }

    /// The exchanges that have ended, by route and over time. Those that have left memory and disk stay counted.
    #[must_use]
    pub const fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    /// The exchanges that began together.
    #[must_use]
    pub const fn bursts(&self) -> &Bursts {
        &self.bursts
    }

    /// An exchange that is in memory. `None`: it is only on disk, or has left.
    #[must_use]
    pub fn exchange(&self, id: ExchangeId) -> Option<&Exchange> {
        self.exchanges.value(id).map(|entry| &entry.exchange)
    }

    /// All exchanges in memory, in order.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().map(|(_, entry)| &entry.exchange)
    }

    /// A connection in memory: it is open, still has an exchange, or closed without ever having had one.
    /// `None`: it is only on disk, or has left.
    #[must_use]
    pub fn connection(&self, id: ConnId) -> Option<&Connection> {
        self.connections.value(id).map(|conn_entry| &conn_entry.connection)
    }

    /// All connections in memory, in the order in which they were opened.
    pub fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.connections.iter().map(|(_, conn_entry)| &conn_entry.connection)
    }

    /// All details of an exchange in memory. `None`: it is only on disk, or has left.
    #[must_use]
    pub fn detail(&self, id: ExchangeId) -> Option<Detail> {
        let entry = self.exchanges.value(id).filter(|_| !self.deleted.hides(id))?;
        let conn_entry = self.connections.value(entry.exchange.conn)?;
        Some(detail::detail(entry, conn_entry, &self.exchanges, &self.connections))
    }

    /// The copies of an exchange's request that were sent again. `None`: there are none.
    #[must_use]
    pub fn copies(&self, id: ExchangeId) -> Option<Copies> {
        self.copies.of(id)
    }

    /// The part of an exchange that is still kept.
    #[must_use]
    pub fn kept(&self, id: ExchangeId) -> Kept {
        if let Some(detail) = self.detail(id) {
            return Kept::InMemory(Box::new(detail));
        }
        self.places(id).map_or(Kept::Gone, Kept::OnDisk)
    }

    /// The first bytes of the request as far as they are kept, at most `most`.
    #[must_use]
    pub fn request_bytes(&self, id: ExchangeId, most: usize) -> Vec<u8> {
        self.exchange(id).map_or_else(Vec::new, |exchange| self.request_bytes_of(exchange, most))
    }

    fn request_bytes_of(&self, exchange: &Exchange, most: usize) -> Vec<u8> {
        let reads = self.connection(exchange.conn).map(|connection| &connection.reads);
        reads.map_or_else(Vec::new, |reads| stream::gather(reads, &exchange.request, most))
    }

    /// Messages of the server after message number `number`, oldest first. 0: all that are kept.
    pub fn messages_since(&self, number: u64) -> impl Iterator<Item = &ServerMessage> {
        self.messages.range(self.messages.partition_point(|message| message.number <= number)..)
    }

    /// Number of times the store was cleared. Anything derived under a smaller number is void.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The number of the next change.
    pub(crate) fn changes_end(&self) -> u64 {
        self.changes.end()
    }

    /// The changes from number `since` on. `None`: some of them are no longer remembered.
    pub(crate) fn changes_since(&self, since: u64) -> Option<impl Iterator<Item = RowChange>> {
        self.changes.since(since)
    }

    fn note_change(&mut self, conn: ConnId, exchange: Option<ExchangeId>) {
        self.changes.note(conn, exchange);
    }
}

#[cfg(test)]
mod tests;
