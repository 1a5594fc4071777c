//! The wall-clock times of a trace.

use std::time::{Duration, SystemTime};

use crate::base::stream::Nanos;

/// Number of steps that are remembered. Each takes a person, or a machine that slept.
const STEPS_MAX: usize = 4096;

/// From the readings of the server's clock to wall-clock time.
///
/// The system's wall clock can be set while the server runs, and its monotonic clock stands still while the machine
/// sleeps. Then a further [`super::EventKind::Epoch`] says what holds from there on.
#[derive(Clone, Debug, Default)]
pub struct WallClock {
    /// From which reading on 0 is which time, in ascending order. The first one also holds before.
    steps: Vec<(Nanos, SystemTime)>,
}

impl WallClock {
    /// From the reading `at` on, 0 is the time `epoch`.
    pub fn set(&mut self, at: Nanos, epoch: SystemTime) {
        let at = self.steps.last().map_or(at, |(last, _)| at.max(*last));
        if self.steps.len() < STEPS_MAX {
            self.steps.push((at, epoch));
        }
    }

    /// Wall-clock time of the reading `at`. `None`: no event has said when the clock started.
    #[must_use]
    pub fn at(&self, at: Nanos) -> Option<SystemTime> {
        let after = self.steps.partition_point(|(from, _)| *from <= at);
        let (_, epoch) = self.steps.get(after.saturating_sub(1))?;
        epoch.checked_add(Duration::from_nanos(at.get()))
    }

    /// What 0 is now. `None`: no event has said it.
    #[must_use]
    pub fn latest(&self) -> Option<SystemTime> {
        self.steps.last().map(|(_, epoch)| *epoch)
    }

    /// From which reading on 0 is which time.
    pub fn steps(&self) -> impl Iterator<Item = (Nanos, SystemTime)> {
        self.steps.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_holds_from_its_own_time_on() {
        let time = |secs| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(secs));
        let mut clock = WallClock::default();
        assert_eq!(clock.at(Nanos::ZERO), None);
        let second = 1_000_000_000;
        for (at, epoch) in [(0, 100), (5, 900), (7, 50)] {
            clock.set(Nanos::new(at * second), time(epoch).unwrap_or(SystemTime::UNIX_EPOCH));
        }
        for (at, expected) in [(0, 100), (4, 104), (5, 905), (6, 906), (7, 57), (8, 58)] {
            assert_eq!(clock.at(Nanos::new(at * second)), time(expected), "{at}");
        }
        assert_eq!((clock.latest(), clock.steps().count()), (time(50), 3));
    }
}
