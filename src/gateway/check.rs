//! Active checks of a backend: when the next one is due, and what the last one found.

use super::{CheckSettings, Failure};
use crate::base::stream::Nanos;

/// The number of a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CheckId(pub u64);

/// The checks of a backend.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// The time from which on the next check may begin.
    due: Nanos,
    /// The check under way, and since when. `None`: none is.
    running: Option<(CheckId, Nanos)>,
    last: Option<CheckResult>,
}

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckResult {
    /// The time at which the check ended.
    pub at: Nanos,
    /// Nanoseconds that it took.
    pub took_ns: u64,
    /// The status of the response. `Err`: there was none.
    pub outcome: Result<u16, Failure>,
    /// Whether the backend is healthy by this result.
    pub is_passed: bool,
}

impl Checks {
    /// The time from which on the next check may begin.
    #[must_use]
    pub const fn due(&self) -> Nanos {
        self.due
    }

    /// Whether a check is under way.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// The last result. `None`: no check has ended.
    #[must_use]
    pub const fn last(&self) -> Option<CheckResult> {
        self.last
    }

    /// Records that a check begins.
    pub fn begin(&mut self, id: CheckId, settings: &CheckSettings, now: Nanos) {
        self.running = Some((id, now));
        self.due = now + settings.interval_ns();
    }

    /// Records that a check has ended. Returns its result. `None`: another one is under way, or none.
    pub fn end(
        &mut self,
        id: CheckId,
        outcome: Result<u16, Failure>,
        settings: &CheckSettings,
        now: Nanos,
    ) -> Option<CheckResult> {
        let (_, since) = self.running.take_if(|(running, _)| *running == id)?;
        let is_passed = outcome.is_ok_and(|status| settings.takes(status));
        let result = CheckResult { at: now, took_ns: now.saturating_sub(since), outcome, is_passed };
        self.last = Some(result);
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_check_at_a_time_at_its_interval() {
        let settings = CheckSettings { interval_ms: 200, ..CheckSettings::default() };
        let mut checks = Checks::default();
        assert_eq!((checks.due(), checks.is_running()), (Nanos::ZERO, false));
        checks.begin(CheckId(1), &settings, Nanos::new(10));
        assert_eq!((checks.due(), checks.is_running()), (Nanos::new(10 + 200_000_000), true));
        assert_eq!(checks.end(CheckId(2), Ok(200), &settings, Nanos::new(20)), None, "another one");
        let passed = CheckResult { at: Nanos::new(30), took_ns: 20, outcome: Ok(302), is_passed: true };
        assert_eq!(checks.end(CheckId(1), Ok(302), &settings, Nanos::new(30)), Some(passed));
        assert_eq!(checks.end(CheckId(1), Ok(200), &settings, Nanos::new(40)), None, "it is over");
        assert!(checks.last() == Some(passed) && !checks.is_running());
    }

    #[test]
    fn a_status_or_any_below_400_is_expected() {
        let any = CheckSettings::default();
        assert!(any.takes(200) && any.takes(399) && !any.takes(400));
        let exact = CheckSettings { status: Some(401), ..any };
        assert!(exact.takes(401) && !exact.takes(200));
        for (path, is_target) in [
            ("/", true),
            ("/a?b=c", true),
            ("a", false),
            ("/a b", false),
            ("/a\r\nX: y", false),
            ("/\u{e9}", false),
        ] {
            assert_eq!(
                CheckSettings { path: path.to_owned(), ..CheckSettings::default() }.has_target(),
                is_target,
                "{path:?}"
            );
        }
    }
}
