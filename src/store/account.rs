//! What the store holds, counted against its budget.

use std::ops::AddAssign;

/// How what is held changed, in bytes. Every change of a record or a chunk gives one, for [`Account::book`].
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
    /// Chunks of this cost came.
    pub(crate) const fn chunks_added(cost: u64) -> Self {
        Self { bytes: cost.cast_signed(), records: 0, omitted: 0 }
    }

    /// Chunks of this cost left.
    pub(crate) const fn chunks_freed(cost: u64) -> Self {
        Self { bytes: -cost.cast_signed(), records: 0, omitted: 0 }
    }

    /// Records of this cost came.
    pub(crate) const fn records_added(cost: u64) -> Self {
        Self { bytes: 0, records: cost.cast_signed(), omitted: 0 }
    }

    /// Records of this cost left.
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

/// The budget, and the sums of what is held.
#[derive(Debug)]
pub(super) struct Account {
    /// Bytes that may be held.
    budget: u64,
    /// Bytes of one message that are kept at most.
    share: u64,
    chunk_bytes: u64,
    record_bytes: u64,
    omitted_bytes: u64,
}

impl Account {
    /// Nothing is held yet.
    pub(super) const fn new(budget: u64, share: u64) -> Self {
        Self { budget, share, chunk_bytes: 0, record_bytes: 0, omitted_bytes: 0 }
    }

    /// Changes the budget.
    pub(super) const fn set_budget(&mut self, bytes: u64) {
        self.budget = bytes;
    }

    /// Takes a change into the sums.
    pub(super) const fn book(&mut self, change: Change) {
        // Nothing leaves that did not come.
        self.chunk_bytes = self.chunk_bytes.saturating_add_signed(change.bytes);
        self.record_bytes = self.record_bytes.saturating_add_signed(change.records);
        self.omitted_bytes += change.omitted;
    }

    /// Forgets the sums, but not the budget.
    pub(super) const fn clear(&mut self) {
        *self = Self::new(self.budget, self.share);
    }

    /// Bytes that are held.
    pub(super) const fn held(&self) -> u64 {
        self.chunk_bytes + self.record_bytes
    }

    /// Bytes that may be held.
    pub(super) const fn budget(&self) -> u64 {
        self.budget
    }

    /// Bytes that were left out because a message was longer than its share, or its connection had no room.
    pub(super) const fn omitted(&self) -> u64 {
        self.omitted_bytes
    }

    /// Whether something must leave.
    pub(super) const fn is_over(&self) -> bool {
        self.held() > self.budget
    }

    /// Whether chunks are a part of what is held that is worth to be taken back.
    pub(super) const fn has_many_chunks(&self) -> bool {
        self.chunk_bytes > self.budget / 16
    }

    /// Bytes of one message that are kept at most.
    pub(super) fn share(&self) -> u64 {
        self.share.min(self.budget / 8)
    }
}
