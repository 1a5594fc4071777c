//! The requests that wait because every backend of their group has as many open requests as it may have.

use std::collections::VecDeque;

use crate::base::stream::{ExchangeId, Nanos};

/// Requests that wait, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// The exchanges, and since when they wait. Times never decrease.
    waiting: VecDeque<(ExchangeId, Nanos)>,
}

impl Queue {
    /// The number of requests that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether no request waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Adds a request at the end if fewer than `max` wait. Returns whether it waits.
    pub fn push(&mut self, exchange: ExchangeId, now: Nanos, max: u32) -> bool {
        let has_room = self.waiting.len() < max as usize;
        if has_room {
            self.waiting.push_back((exchange, now));
        }
        has_room
    }

    /// The request at a place; 0 is the one that waits longest. `None`: fewer wait.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<ExchangeId> {
        self.waiting.get(place).map(|(exchange, _)| *exchange)
    }

    /// Takes a request out, wherever it stands.
    pub fn remove(&mut self, exchange: ExchangeId) {
        // Most often it is the first.
        if let Some(place) = self.waiting.iter().position(|(waiting, _)| *waiting == exchange) {
            self.waiting.remove(place);
        }
    }

    /// Takes out the request that waits longest if it has waited for `limit_ns` or longer. `None`: none has.
    pub fn take_overdue(&mut self, now: Nanos, limit_ns: u64) -> Option<ExchangeId> {
        self.deadline(limit_ns).filter(|at| *at <= now)?;
        self.waiting.pop_front().map(|(exchange, _)| exchange)
    }

    /// The time at which a request will have waited for `limit_ns`. `None`: none waits.
    #[must_use]
    pub fn deadline(&self, limit_ns: u64) -> Option<Nanos> {
        self.waiting.front().map(|(_, since)| *since + limit_ns)
    }

    /// Takes all requests out.
    pub fn take_all(&mut self) -> impl Iterator<Item = ExchangeId> {
        std::mem::take(&mut self.waiting).into_iter().map(|(exchange, _)| exchange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn nth(number: u64) -> ExchangeId {
        ExchangeId::nth(number)
    }

    #[test]
    fn the_first_to_come_is_the_first_to_go_and_a_place_left_is_free() {
        let mut queue = Queue::default();
        assert!(queue.push(nth(1), Nanos::ZERO, 2) && queue.push(nth(2), Nanos::ZERO, 2));
        assert!(!queue.push(nth(3), Nanos::ZERO, 2), "it is full");
        queue.remove(nth(1));
        assert!(queue.push(nth(3), Nanos::ZERO, 2));
        assert_eq!((queue.at(0), queue.at(1), queue.at(2)), (Some(nth(2)), Some(nth(3)), None));
        assert!(queue.take_all().eq([nth(2), nth(3)]) && queue.is_empty());
    }

    #[test]
    fn a_wait_ends_at_its_limit_and_not_before() {
        let mut queue = Queue::default();
        assert_eq!(queue.deadline(10), None);
        queue.push(nth(1), Nanos::new(5), 9);
        queue.push(nth(2), Nanos::new(7), 9);
        assert_eq!(queue.deadline(10), Some(Nanos::new(15)));
        assert_eq!(queue.take_overdue(Nanos::new(14), 10), None);
        assert_eq!(queue.take_overdue(Nanos::new(15), 10), Some(nth(1)));
        assert_eq!((queue.take_overdue(Nanos::new(15), 10), queue.len()), (None, 1));
    }
}
