//! When to look at which connection again.
//!
//! Each connection has at most one live entry. An entry that turns out to be early (the connection's
//! deadline moved on) is put back with the later time: moving a deadline on costs nothing.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::trace::{ConnId, Nanos};

/// A min-heap of wake-up times.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Nanos, usize, ConnId)>>,
}

impl Timers {
    /// Wakes the connection `conn` in slot `slot` at `at`.
    pub(super) fn set(&mut self, at: Nanos, slot: usize, conn: ConnId) {
        self.heap.push(Reverse((at, slot, conn)));
    }

    /// When the next entry is due.
    pub(super) fn next(&self) -> Option<Nanos> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    /// Takes an entry that is due.
    pub(super) fn due(&mut self, now: Nanos) -> Option<(usize, ConnId)> {
        let Reverse((at, slot, conn)) = *self.heap.peek()?;
        if at > now {
            return None;
        }
        self.heap.pop();
        Some((slot, conn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_out_in_order_of_time_and_not_before() {
        let mut timers = Timers::default();
        timers.set(30, 3, 3);
        timers.set(10, 1, 1);
        timers.set(20, 2, 2);
        assert_eq!(timers.next(), Some(10));
        assert_eq!(timers.due(9), None);
        assert_eq!(timers.due(20), Some((1, 1)));
        assert_eq!(timers.due(20), Some((2, 2)));
        assert_eq!(timers.due(20), None);
        assert_eq!(timers.next(), Some(30));
    }
}
