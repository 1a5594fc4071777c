//! Which exchanges came together: a page and what it loads, say.

use std::collections::VecDeque;

use crate::base::stream::{ExchangeId, Nanos};

/// Nanoseconds without a new exchange after which the next one begins another burst.
const GAP: u64 = 1_000_000_000;
/// Nanoseconds from the first to the last exchange of a burst at most.
const LENGTH: u64 = 30_000_000_000;
/// Exchanges of a burst at most, so that one can be laid out within a frame.
const EXCHANGES: u32 = 2_000;
/// Bursts that are remembered at most.
const BURSTS: usize = 4_096;

/// Exchanges that began shortly after each other. Their numbers have no others between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// The first exchange.
    pub first: ExchangeId,
    /// The last exchange.
    pub last: ExchangeId,
    /// When the first one began.
    pub began: Nanos,
    /// When the latest one began.
    pub latest: Nanos,
    /// Number of exchanges.
    pub count: u32,
}

/// The latest bursts, in order.
#[derive(Clone, Debug, Default)]
pub struct Bursts {
    latest: VecDeque<Burst>,
}

impl Bursts {
    /// Takes in that an exchange began.
    pub fn begin(&mut self, id: ExchangeId, at: Nanos) {
        if let Some(burst) = self.latest.back_mut() {
            let since = at.saturating_sub(burst.latest);
            let length = at.saturating_sub(burst.began);
            if since <= GAP && length <= LENGTH && burst.count < EXCHANGES {
                burst.last = burst.last.max(id);
                burst.latest = burst.latest.max(at);
                burst.count += 1;
                return;
            }
        }
        if self.latest.len() == BURSTS {
            self.latest.pop_front();
        }
        self.latest.push_back(Burst { first: id, last: id, began: at, latest: at, count: 1 });
    }

    /// Number of bursts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.latest.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.latest.is_empty()
    }

    /// The latest burst. `None`: there is none.
    #[must_use]
    pub fn last(&self) -> Option<Burst> {
        self.latest.back().copied()
    }

    /// The burst that has an exchange, or else the first one after it, and its position from 0. `None`: there is none.
    #[must_use]
    pub fn of(&self, id: ExchangeId) -> Option<(usize, Burst)> {
        let index = self.latest.partition_point(|burst| burst.last < id);
        Some((index, *self.latest.get(index)?))
    }

    /// The burst at a position from 0. `None`: there is none.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<Burst> {
        self.latest.get(index).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_begins_another_burst_and_so_does_a_large_number() {
        let mut bursts = Bursts::default();
        for (number, at) in [(1, 0), (2, 500), (3, 1_400), (4, 2_500), (5, 2_400)] {
            bursts.begin(ExchangeId::nth(number), Nanos::new(at * 1_000_000));
        }
        let counts: Vec<(u64, u64, u32)> = (0..bursts.len())
            .filter_map(|index| bursts.at(index))
            .map(|it| (it.first.get(), it.last.get(), it.count))
            .collect();
        assert_eq!(counts, [(1, 3, 3), (4, 5, 2)]);
        assert_eq!(bursts.of(ExchangeId::nth(2)).map(|(index, _)| index), Some(0));
        assert_eq!(bursts.of(ExchangeId::nth(4)).map(|(index, _)| index), Some(1));
        assert_eq!(bursts.of(ExchangeId::nth(6)), None);
        for number in 6..10_000 {
            bursts.begin(ExchangeId::nth(number), Nanos::new(3_000_000_000));
        }
        assert!(bursts.last().is_some_and(|burst| burst.count <= EXCHANGES));
    }

    #[test]
    fn bursts_are_bounded_in_length_and_number() {
        let mut bursts = Bursts::default();
        for number in 1..40_000_u64 {
            bursts.begin(ExchangeId::nth(number), Nanos::new(number * 900_000_000));
        }
        let first = bursts.at(0);
        assert!(first.is_some_and(|it| it.latest.saturating_sub(it.began) <= LENGTH && it.count > 30));
        for number in 40_000..50_000_u64 {
            bursts.begin(ExchangeId::nth(number), Nanos::new(number * 2_000_000_000));
        }
        assert_eq!((bursts.len(), bursts.is_empty()), (BURSTS, false));
    }
}
