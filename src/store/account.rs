//! Bytes that the store holds, counted against its budget.

use std::ops::AddAssign;

/// One part in so many of the budget, above so many bytes of it, is left to the allocator: what it needs to hold many
/// small things for a while that come from one thread and leave on another one. `benches/memory.rs` shows whether it
/// is enough.
const ALLOCATOR_PART: u64 = 3;
const ALLOCATOR_FROM: u64 = 16 * 1024 * 1024;

/// A change, in bytes, of the sums in an [`Account`]. Every change of a record or a chunk gives one, for
/// [`Account::book`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub(crate) struct Change {
    /// Chunks: their bytes and their records.
    pub bytes: i64,
    /// Connections and exchanges, with their lists and texts.
    pub records: i64,
    /// Bytes of streams that are left out from now on.
    pub omitted: u64,
}

impl Change {
    /// A change that adds chunks of this cost.
    pub(crate) const fn chunks_added(cost: u64) -> Self {
        Self { bytes: cost.cast_signed(), records: 0, omitted: 0 }
    }

    /// A change that frees chunks of this cost.
    pub(crate) const fn chunks_freed(cost: u64) -> Self {
        Self { bytes: -cost.cast_signed(), records: 0, omitted: 0 }
    }

    /// A change that adds records of this cost.
    pub(crate) const fn records_added(cost: u64) -> Self {
        Self { bytes: 0, records: cost.cast_signed(), omitted: 0 }
    }

    /// A change that frees records of this cost.
    pub(crate) const fn records_freed(cost: u64) -> Self {
        Self { bytes: 0, records: -cost.cast_signed(), omitted: 0 }
    }
}

impl AddAssign for Change {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.records += other.records;
        self.omitted += other.omitted;
    }
}

/// The budget, and the sums of the bytes held.
#[derive(Debug)]
pub(super) struct Account {
    /// Bytes that may be held.
    budget: u64,
    /// Bytes of one message that are kept at most.
    share: u64,
    chunk_bytes: u64,
    record_bytes: u64,
    omitted_bytes: u64,
    /// Bytes on their way to the store or to disk.
    on_the_way: u64,
    /// Bytes that the store may hold: the budget without what is on its way and what the allocator needs.
    room: u64,
}

impl Account {
    /// An account that holds nothing yet.
    pub(super) const fn new(budget: u64, share: u64) -> Self {
        let room = room(budget, 0);
        Self { budget, share, chunk_bytes: 0, record_bytes: 0, omitted_bytes: 0, on_the_way: 0, room }
    }

    /// Changes the number of bytes that are on their way to the store or to disk, which need room, too: at most a
    /// quarter of the budget, or what is held would make way for what comes and goes.
    pub(super) fn set_on_the_way(&mut self, bytes: u64) {
        self.on_the_way = bytes.min(self.budget / 4);
        self.room = room(self.budget, self.on_the_way);
    }

    /// Changes the budget.
    pub(super) const fn set_budget(&mut self, bytes: u64) {
        self.budget = bytes;
        self.room = room(bytes, self.on_the_way);
    }

    /// Adds a change to the sums.
    pub(super) const fn book(&mut self, change: Change) {
        // Never saturates: only bytes that were added are freed.
        self.chunk_bytes = self.chunk_bytes.saturating_add_signed(change.bytes);
        self.record_bytes = self.record_bytes.saturating_add_signed(change.records);
        self.omitted_bytes += change.omitted;
    }

    /// Forgets the sums, but not the budget.
    pub(super) const fn clear(&mut self) {
        *self = Self { on_the_way: self.on_the_way, room: self.room, ..Self::new(self.budget, self.share) };
    }

    /// Bytes that are held.
    pub(super) const fn held(&self) -> u64 {
        self.chunk_bytes + self.record_bytes
    }

    /// Bytes that may be held, and bytes of one message that are kept at most.
    pub(super) const fn limits(&self) -> (u64, u64) {
        (self.budget, self.share)
    }

    /// Bytes that may be held.
    pub(super) const fn budget(&self) -> u64 {
        self.budget
    }

    /// Bytes of streams that were left out because a message exceeded its share or the budget had no room for them.
    pub(super) const fn omitted(&self) -> u64 {
        self.omitted_bytes
    }

    /// Whether the store is over its part of the budget.
    pub(super) const fn is_over(&self) -> bool {
        self.held() > self.room
    }

    /// Whether chunks take more than a sixteenth of the budget, so that freeing them is worth the work.
    pub(super) const fn has_many_chunks(&self) -> bool {
        self.chunk_bytes > self.budget / 16
    }

    /// Bytes of one message that are kept at most.
    pub(super) fn share(&self) -> u64 {
        self.share.min(self.budget / 8)
    }
}

/// Bytes that the store may hold of a budget while so many are on their way.
const fn room(budget: u64, on_the_way: u64) -> u64 {
    let allocator = budget.saturating_sub(ALLOCATOR_FROM) / ALLOCATOR_PART;
    budget.saturating_sub(allocator + on_the_way)
}
