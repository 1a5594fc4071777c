//! The times between the events of a stream.

use crate::base::stream::Nanos;

/// Times of a stream, in nanoseconds. Only what is dispatched counts: a comment is no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    began: Nanos,
    /// Number of events.
    pub count: u64,
    first: Nanos,
    last: Nanos,
    /// The longest time between two events, and the number of the second one, from 1. `None`: there are not two.
    pub longest: Option<(u64, u64)>,
}

impl Timing {
    /// No event yet. `began`: the time of the request.
    #[must_use]
    pub(super) const fn new(began: Nanos) -> Self {
        Self { began, count: 0, first: Nanos::ZERO, last: Nanos::ZERO, longest: None }
    }

    /// Adds an event.
    pub(super) fn add(&mut self, at: Nanos) {
        self.count += 1;
        if self.count == 1 {
            self.first = at;
        } else {
            let gap = at.saturating_sub(self.last);
            if self.longest.is_none_or(|(longest, _)| gap > longest) {
                self.longest = Some((gap, self.count));
            }
        }
        self.last = at;
    }

    /// The time from the request to the first event. `None`: there is none.
    #[must_use]
    pub fn to_first(&self) -> Option<u64> {
        (self.count > 0).then(|| self.first.saturating_sub(self.began))
    }

    /// Events a second, between the first and the last one. `None`: there are not two, or they came at once.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a rate is shown with two digits")]
    pub fn per_second(&self) -> Option<f64> {
        let span = self.last.saturating_sub(self.first);
        (self.count > 1 && span > 0).then(|| (self.count - 1) as f64 * 1e9 / span as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_between_events() {
        let mut timing = Timing::new(Nanos::new(100));
        assert_eq!((timing.to_first(), timing.per_second(), timing.longest), (None, None, None));
        timing.add(Nanos::new(300));
        assert_eq!((timing.to_first(), timing.per_second(), timing.longest), (Some(200), None, None));
        timing.add(Nanos::new(300));
        assert_eq!((timing.per_second(), timing.longest), (None, Some((0, 2))));
        timing.add(Nanos::new(1_000_000_300));
        timing.add(Nanos::new(1_500_000_300));
        assert_eq!((timing.per_second(), timing.longest), (Some(2.0), Some((1_000_000_000, 3))));
    }
}
