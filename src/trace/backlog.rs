//! What was received from the channel and waits for a disk.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// What waits behind the receiver, for a disk: it counts as if it were still in transit, so that the server leaves out
/// what the disk cannot keep up with. The default is a count of its own, which nobody looks at.
#[derive(Clone, Debug, Default)]
pub struct Backlog(Arc<AtomicU64>);

impl Backlog {
    /// Counts in `under_way`.
    pub(super) const fn new(under_way: Arc<AtomicU64>) -> Self {
        Self(under_way)
    }

    /// Counts `bytes` until the result is dropped.
    #[must_use]
    pub fn hold(&self, bytes: u64) -> Held {
        self.0.fetch_add(bytes, Ordering::Relaxed);
        Held { under_way: Arc::clone(&self.0), bytes }
    }
}

/// Bytes that wait behind the receiver.
#[derive(Debug)]
pub struct Held {
    under_way: Arc<AtomicU64>,
    bytes: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.under_way.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
