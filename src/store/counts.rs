//! The sums of the capture.

/// The sums of the status bar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Exchanges since the start (or since the last clear).
    pub exchanges: u64,
    /// Exchanges still kept, in memory or only on disk.
    pub kept: u64,
    /// Exchanges that are only on disk, with their summaries in memory; part of [`Self::kept`].
    pub on_disk: u64,
    /// Connections since the start (or since the last clear).
    pub connections: u64,
    /// Connections open now.
    pub open: u64,
    /// Bytes that the capture holds now, its own records included.
    pub captured_bytes: u64,
    /// Bytes that the capture may hold.
    pub budget_bytes: u64,
    /// Exchanges that left memory and disk to make room, and of which nothing is known any more.
    pub evicted: u64,
    /// Bytes of memory for the rows of exchanges that are only on disk; not part of `captured_bytes`.
    pub index_bytes: u64,
    /// Bytes that never came, because the view fell behind.
    pub omitted_bytes: u64,
    /// Bytes that are not in memory, because a message was longer than its share or the budget had no room for them. A
    /// session on disk has them.
    pub not_in_memory_bytes: u64,
    /// Events left out whole because the view fell behind.
    pub omitted_events: u64,
}
