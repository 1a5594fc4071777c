//! The only clock. Code outside `server` gets the time as an argument.

use std::time::{Instant, SystemTime};

use crate::base::stream::Nanos;
use crate::service;

/// The monotonic clock of the trace, and the wall clock beside it.
#[derive(Debug)]
pub(super) struct Clock {
    epoch: Instant,
    epoch_wall: SystemTime,
    /// The reading of the wall clock at the start of the turn.
    wall: SystemTime,
    date: String,
    date_second: u64,
}

impl Clock {
    pub(super) fn start() -> Self {
        let wall = SystemTime::now();
        Self { epoch: Instant::now(), epoch_wall: wall, wall, date: String::new(), date_second: u64::MAX }
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
        self.now()
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
