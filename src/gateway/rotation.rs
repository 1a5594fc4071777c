//! How backends that are out of rotation return: by the trial of a request, or by an active check.

use super::{
    CheckId, CheckSettings, Duty, Failure, Health,
    group::{Backend, Group},
};
use crate::base::stream::Nanos;

impl Group {
    /// The active check of the backends. `None`: there is none, or no target to ask for.
    #[must_use]
    pub fn check(&self) -> Option<&CheckSettings> {
        self.settings.check.as_ref().filter(|check| check.has_target())
    }

    /// The time at which a backend that is out may return: that of its next check or, without checks, of its next
    /// trial. `None`: it is not out.
    pub(super) fn trial_at(&self, backend: &Backend) -> Option<Nanos> {
        let (until, _) = backend.health.out()?;
        Some(if self.check().is_some() { backend.checks.due() } else { until })
    }

    /// The earliest time at which a backend that is out is tried again. `None`: no backend is out.
    #[must_use]
    pub fn next_trial(&self) -> Option<Nanos> {
        self.backends.iter().filter_map(|backend| self.trial_at(backend)).min()
    }

    /// The time at which the queue has to be looked at: a wait is over, or a backend is due for a trial. `None`: no
    /// request waits.
    #[must_use]
    pub fn next_queue_time(&self, now: Nanos) -> Option<Nanos> {
        let deadline = self.queue.deadline(self.wait_ns())?;
        let trials = self.backends.iter().filter_map(|backend| self.trial_at(backend));
        Some(trials.filter(|at| *at > now).fold(deadline, Nanos::min))
    }

    /// Whether a request may try a backend that is out.
    #[must_use]
    pub fn has_trial(&self, now: Nanos) -> bool {
        let is_due = |health: &Health| health.out().is_some() && health.is_in(now);
        self.check().is_none() && self.backends.iter().any(|backend| is_due(&backend.health))
    }

    /// The index of a backend that is to be checked now. `None`: none is.
    #[must_use]
    pub fn to_check(&self, now: Nanos) -> Option<usize> {
        self.check_times().find(|(_, due)| *due <= now).map(|(index, _)| index)
    }

    /// The time of the next check. `None`: none is planned.
    #[must_use]
    pub fn next_check(&self) -> Option<Nanos> {
        self.check_times().map(|(_, due)| due).min()
    }

    fn check_times(&self) -> impl Iterator<Item = (usize, Nanos)> {
        let is_checked = self.check().is_some();
        let backends = self.backends.iter().zip(&self.settings.backends).enumerate();
        backends
            .filter(move |(_, (backend, settings))| {
                is_checked && settings.duty == Duty::On && !backend.checks.is_running()
            })
            .map(|(index, (backend, _))| (index, backend.checks.due()))
    }

    /// Records that a backend is being checked.
    pub fn begin_check(&mut self, index: usize, id: CheckId, now: Nanos) {
        if let (Some(check), Some(backend)) = (&self.settings.check, self.backends.get_mut(index)) {
            backend.checks.begin(id, check, now);
        }
    }

    /// Records that a check has ended.
    pub fn end_check(&mut self, index: usize, id: CheckId, outcome: Result<u16, Failure>, now: Nanos) {
        if let (Some(check), Some(backend)) = (&self.settings.check, self.backends.get_mut(index))
            && let Some(result) = backend.checks.end(id, outcome, check, now)
        {
            let fault = outcome.err().unwrap_or(Failure::Check);
            backend.health.check(if result.is_passed { Ok(()) } else { Err(fault) }, now);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;
    use crate::gateway::{GroupSettings, Verdict};

    const fn ms(count: u64) -> Nanos {
        Nanos::new(count * 1_000_000)
    }

    fn group(check: Option<CheckSettings>) -> Group {
        let addresses = [1, 2].map(|port| format!("http://127.0.0.1:{port}").parse().unwrap());
        let mut settings = GroupSettings::new("app", "/", addresses);
        settings.check = check;
        Group::new(settings)
    }

    #[test]
    fn each_backend_that_is_on_is_checked_at_its_time() {
        let mut group = group(Some(CheckSettings { interval_ms: 1_000, ..CheckSettings::default() }));
        for (index, id) in [(0, CheckId(1)), (1, CheckId(2))] {
            assert_eq!(group.to_check(Nanos::ZERO), Some(index));
            group.begin_check(index, id, Nanos::ZERO);
        }
        assert_eq!((group.to_check(ms(5_000)), group.next_check()), (None, None), "both are under way");
        group.end_check(1, CheckId(2), Ok(200), ms(10));
        assert_eq!((group.to_check(ms(999)), group.next_check()), (None, Some(ms(1_000))));
        assert_eq!(group.to_check(ms(1_000)), Some(1));
        let mut settings = group.settings().clone();
        settings.backends[1].duty = Duty::Off;
        group.set(settings.clone());
        assert_eq!(group.next_check(), None);
        settings.check.as_mut().unwrap().path = "no target".to_owned();
        group.set(settings);
        assert!(group.check().is_none() && group.next_check().is_none());
    }

    #[test]
    fn where_there_is_a_check_no_request_is_a_trial() {
        for check in [None, Some(CheckSettings::default())] {
            let is_checked = check.is_some();
            let mut group = group(check);
            group.begin_check(0, CheckId(1), Nanos::ZERO);
            for index in [0, 0, 0, 1, 1, 1] {
                group.end(index, Some(Err(Failure::Refused)), Nanos::ZERO);
            }
            assert_eq!(group.next_trial(), Some(if is_checked { Nanos::ZERO } else { ms(1_000) }));
            let choice = group.choose([127, 0, 0, 1].into(), &[], ms(1_000));
            let out = Verdict::Out { failure: Failure::Refused, since: ms(0), until: ms(5_000) };
            assert_eq!(choice.verdicts[0], if is_checked { out } else { Verdict::Trial });
            assert_eq!(
                (choice.chosen, group.has_trial(ms(1_000))),
                ((!is_checked).then_some(0), !is_checked)
            );
            group.end_check(0, CheckId(1), Ok(204), ms(1_000));
            let choice = group.choose([127, 0, 0, 1].into(), &[], ms(1_000));
            assert_eq!(choice.chosen, Some(0), "a check has brought it back");
        }
    }
}
