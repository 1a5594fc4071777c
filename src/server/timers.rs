//! The wake-up times of connections.
//!
//! Each connection has at most one live entry, the one that it is armed with. An entry that turns out to be
//! early, because the deadline was postponed, is put back with the later time, so postponing costs nothing.
//! Entries that were replaced by an earlier one, or whose connection is closed, are dead; they are removed
//! when they outnumber the live ones.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::base::stream::{ConnId, Nanos};

/// Minimum number of dead entries before they are removed.
const SWEEP_ENTRIES: usize = 4096;

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

    /// The time of the next entry. `None`: no entries.
    pub(super) fn next(&self) -> Option<Nanos> {
        self.heap.peek().map(|Reverse((at, ..))| *at)
    }

    /// Takes an entry that is due: its time, slot and connection. `None`: no entry is due.
    pub(super) fn due(&mut self, now: Nanos) -> Option<(Nanos, usize, ConnId)> {
        let Reverse((at, ..)) = *self.heap.peek()?;
        if at > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry)
    }

    /// Removes the dead entries if they certainly outnumber the live ones, of which there are at most
    /// `most_live`.
    pub(super) fn sweep(&mut self, most_live: usize, is_live: impl Fn(Nanos, usize, ConnId) -> bool) {
        if self.heap.len() >= 2 * most_live + SWEEP_ENTRIES {
            self.heap.retain(|Reverse((at, slot, conn))| is_live(*at, *slot, *conn));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_out_in_order_of_time_and_not_before() {
        let mut timers = Timers::default();
        timers.set(Nanos::new(30), 3, ConnId::nth(3));
        timers.set(Nanos::new(10), 1, ConnId::nth(1));
        timers.set(Nanos::new(20), 2, ConnId::nth(2));
        assert_eq!(timers.next(), Some(Nanos::new(10)));
        assert_eq!(timers.due(Nanos::new(9)), None);
        assert_eq!(timers.due(Nanos::new(20)), Some((Nanos::new(10), 1, ConnId::nth(1))));
        assert_eq!(timers.due(Nanos::new(20)), Some((Nanos::new(20), 2, ConnId::nth(2))));
        assert_eq!(timers.due(Nanos::new(20)), None);
        assert_eq!(timers.next(), Some(Nanos::new(30)));
    }

    #[test]
    fn dead_entries_do_not_pile_up() {
        let mut timers = Timers::default();
        for conn in 1..=100_000 {
            timers.set(Nanos::new(1000 - conn % 7), 0, ConnId::nth(conn));
            timers.sweep(1, |_, _, of| of == conn);
            assert!(timers.heap.len() <= 2 + SWEEP_ENTRIES, "{}", timers.heap.len());
        }
        assert!(timers.heap.iter().any(|Reverse((_, _, conn))| *conn == 100_000));
    }
}
