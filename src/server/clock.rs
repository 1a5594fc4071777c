//! The only clock. Code outside `server` gets the time as an argument.

use std::time::{Duration, Instant, SystemTime};

use crate::base::stream::Nanos;
use crate::service;

/// A wall clock that is this far from where it should be was set.
const STEP_MIN: Duration = Duration::from_secs(1);

/// The monotonic clock of the trace, and the wall clock beside it.
#[derive(Debug)]
pub(super) struct Clock {
    epoch: Instant,
    epoch_wall: SystemTime,
    /// The reading of the wall clock at the start of the turn, and that of the other one.
    wall: SystemTime,
    turn: Nanos,
    date: String,
    date_second: u64,
}

impl Clock {
    pub(super) fn start() -> Self {
        let wall = SystemTime::now();
        Self {
            epoch: Instant::now(),
            epoch_wall: wall,
            wall,
            turn: Nanos::ZERO,
            date: String::new(),
            date_second: u64::MAX,
        }
    }

    pub(super) const fn epoch(&self) -> Instant {
        self.epoch
    }

    pub(super) const fn epoch_wall(&self) -> SystemTime {
        self.epoch_wall
    }

    pub(super) fn now(&self) -> Nanos {
        since(self.epoch)
    }

    /// Reads both clocks at the beginning of a turn. The wall clock keeps this reading until the next turn.
    pub(super) fn begin_turn(&mut self) -> Nanos {
        self.wall = SystemTime::now();
        self.turn = self.now();
        self.turn
    }

    /// The wall-clock time that 0 is from this turn on, if that has changed: the system's clock was set, or the
    /// machine slept, which the monotonic clock does not count.
    pub(super) fn step(&mut self) -> Option<SystemTime> {
        let epoch = stepped(self.epoch_wall, self.turn, self.wall)?;
        self.epoch_wall = epoch;
        Some(epoch)
    }

    /// The value of the Date field (RFC 9110 §6.6.1), formatted at most once per second.
    pub(super) fn date(&mut self) -> &str {
        let second = self.wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        if second != self.date_second {
            self.date_second = second;
            self.date = httpdate::fmt_http_date(self.wall);
        }
        &self.date
    }
}

impl service::Clock for Clock {
    fn nanos(&self) -> u64 {
        self.now().get()
    }

    fn wall(&self) -> SystemTime {
        self.wall
    }
}

/// Nanoseconds from `epoch` to now.
pub(super) fn since(epoch: Instant) -> Nanos {
    epoch.elapsed().into()
}

/// Milliseconds as nanoseconds, in which the trace counts.
pub(super) fn millis(ms: impl Into<u64>) -> u64 {
    ms.into().saturating_mul(1_000_000)
}

/// What 0 is if it is `wall` now. `None`: it is `epoch`, or almost.
fn stepped(epoch: SystemTime, now: Nanos, wall: SystemTime) -> Option<SystemTime> {
    let is = wall.checked_sub(Duration::from_nanos(now.get()))?;
    let apart = is.duration_since(epoch).unwrap_or_else(|earlier| earlier.duration());
    (apart >= STEP_MIN).then_some(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_noticed_and_one_that_is_slewed_is_not() {
        let epoch = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let hour = Duration::from_hours(1);
        let now = Nanos::new(2_000_000_000);
        let is = epoch + Duration::from_secs(2);
        assert_eq!(stepped(epoch, now, is), None);
        assert_eq!(stepped(epoch, now, is + Duration::from_millis(900)), None);
        assert_eq!(stepped(epoch, now, is + hour), Some(epoch + hour));
        assert_eq!(stepped(epoch, now, is - Duration::from_secs(1)), Some(epoch - Duration::from_secs(1)));
    }
}
