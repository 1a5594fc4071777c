//! Health of a backend: its failures, and the time of its next trial.

use std::io::ErrorKind;

use crate::base::stream::Nanos;

/// Number of failures in a row that takes a backend out of rotation.
pub const FAILURES_MAX: u32 = 3;
/// The first pause before a backend that is out is tried again. Each further failure doubles the pause.
const FIRST_PAUSE_NS: u64 = 1_000_000_000;
/// The longest pause.
const PAUSE_NS_MAX: u64 = 60_000_000_000;
/// Nanoseconds after which a backend that returned to rotation takes its full share.
pub const SLOW_START_NS: u64 = 10_000_000_000;

/// The way in which a backend failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The backend refused the connection.
    Refused,
    /// The connection could not be made for another reason.
    Unreachable,
    /// The name has no address.
    Unresolved,
    /// The backend did not accept the connection in time.
    ConnectTimeout,
    /// The TLS handshake failed, or the backend is not who it should be.
    Tls,
    /// The backend accepted the request and did not answer in time.
    FirstByteTimeout,
    /// The backend began to answer and fell silent.
    SilenceTimeout,
    /// The backend closed or reset the connection before its response was complete.
    Reset,
    /// The backend sent bytes that are no valid response.
    Malformed,
    /// The active check got another status.
    Check,
    /// A rule of Trouble ended the connection in the middle of the request.
    OnPurpose,
}

impl Failure {
    /// All failures.
    pub const ALL: &[Self] = &[
        Self::Refused,
        Self::Unreachable,
        Self::Unresolved,
        Self::ConnectTimeout,
        Self::Tls,
        Self::FirstByteTimeout,
        Self::SilenceTimeout,
        Self::Reset,
        Self::Malformed,
        Self::Check,
        Self::OnPurpose,
    ];

    /// The failure of a connection that could not be made because of this error.
    #[must_use]
    pub fn to_connect(error: ErrorKind) -> Self {
        if error == ErrorKind::ConnectionRefused { Self::Refused } else { Self::Unreachable }
    }

    /// The stable name, in files and in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.facts().0
    }

    /// The failure with this key. `None`: unknown key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|failure| failure.key() == key)
    }

    /// The failure in a few words that follow the backend's name.
    #[must_use]
    pub const fn words(self) -> &'static str {
        self.facts().1
    }

    const fn facts(self) -> (&'static str, &'static str) {
        match self {
            Self::Refused => ("refused", "refused the connection"),
            Self::Unreachable => ("unreachable", "could not be reached"),
            Self::Unresolved => ("unresolved", "has a name without an address"),
            Self::ConnectTimeout => ("connect_timeout", "did not accept the connection in time"),
            Self::Tls => ("tls", "did not pass the TLS handshake"),
            Self::FirstByteTimeout => {
                ("first_byte_timeout", "accepted the request and did not answer in time")
            }
            Self::SilenceTimeout => ("silence_timeout", "began to answer and fell silent"),
            Self::Reset => ("reset", "broke the connection off before its response was complete"),
            Self::Malformed => ("malformed", "sent what is no valid response"),
            Self::OnPurpose => ("on_purpose", "was not sent the whole request, on purpose"),
            Self::Check => ("check", "did not pass the health check"),
        }
    }
}

/// The standing of a backend at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The backend is in rotation.
    Healthy,
    /// The backend came back into rotation.
    Starting {
        /// The backend's share, in hundredths.
        share: u32,
        /// The time at which the backend takes its full share.
        until: Nanos,
    },
    /// The backend is out of rotation.
    Out {
        /// The last failure.
        failure: Failure,
        /// The time from which on a request tries the backend again.
        until: Nanos,
    },
    /// The backend is out of rotation, and a request is on its way to see whether it is back.
    Tried {
        /// The last failure.
        failure: Failure,
    },
}

/// The health of a backend.
#[derive(Clone, Copy, Debug, Default)]
pub struct Health {
    failures: u32,
    last: Option<Failure>,
    /// Whether a check found the last failure.
    is_by_check: bool,
    out: Option<Out>,
    /// Time at which the backend last came back into rotation. `None`: it never came back.
    returned: Option<Nanos>,
}

/// State of a backend that is out of rotation.
#[derive(Clone, Copy, Debug)]
struct Out {
    since: Nanos,
    until: Nanos,
    pause: u64,
    /// Whether a trial request is on its way.
    is_tried: bool,
}

impl Health {
    /// Whether the backend may be sent a request at `now`.
    #[must_use]
    pub fn is_in(&self, now: Nanos) -> bool {
        self.out.is_none_or(|out| !out.is_tried && now >= out.until)
    }

    /// The time of the backend's next trial, and its last failure. `None`: the backend is in rotation.
    #[must_use]
    pub fn out(&self) -> Option<(Nanos, Failure)> {
        self.out.zip(self.last).map(|(out, last)| (out.until, last))
    }

    /// The time at which the backend left the rotation, and its last failure. `None`: the backend is in rotation.
    #[must_use]
    pub fn out_since(&self) -> Option<(Nanos, Failure)> {
        self.out.zip(self.last).map(|(out, last)| (out.since, last))
    }

    /// The standing of the backend at `now`.
    #[must_use]
    pub fn standing(&self, now: Nanos) -> Standing {
        match (self.out, self.last, self.share(now)) {
            (Some(Out { is_tried: true, .. }), Some(failure), _) => Standing::Tried { failure },
            (Some(Out { until, .. }), Some(failure), _) => Standing::Out { failure, until },
            (.., 100) => Standing::Healthy,
            (.., share) => {
                let until = self.returned.map_or(now, |returned| returned + SLOW_START_NS);
                Standing::Starting { share, until }
            }
        }
    }

    /// The number of failures in a row.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Records that a request is sent to the backend. If it is out of rotation, that request is its trial.
    pub fn send(&mut self) {
        if let Some(out) = &mut self.out {
            out.is_tried = true;
        }
    }

    /// Records that the backend answered.
    pub fn succeed(&mut self, now: Nanos) {
        if self.out.take().is_some() {
            self.returned = Some(now);
        }
        (self.failures, self.last) = (0, None);
    }

    /// Records the result of a check. One that passes takes back what checks found, and brings the backend back, but
    /// does not outweigh the failures of requests.
    pub fn check(&mut self, outcome: Result<(), Failure>, now: Nanos) {
        match outcome {
            Ok(()) if self.out.is_some() || self.is_by_check => self.succeed(now),
            Ok(()) => {}
            Err(failure) => {
                self.fail(failure, now);
                self.is_by_check = true;
            }
        }
    }

    /// Records a failure of the backend.
    pub fn fail(&mut self, failure: Failure, now: Nanos) {
        self.failures = self.failures.saturating_add(1);
        (self.last, self.is_by_check) = (Some(failure), false);
        let pause = match self.out {
            Some(out) if out.is_tried || now >= out.until => (out.pause * 2).min(PAUSE_NS_MAX),
            // The request was under way when the backend was taken out.
            Some(_) => return,
            None if self.failures < FAILURES_MAX => return,
            None => FIRST_PAUSE_NS,
        };
        let since = self.out.map_or(now, |out| out.since);
        self.out = Some(Out { since, until: now + pause, pause, is_tried: false });
    }

    /// Records that a request ended without telling anything about the backend, so that another request may be
    /// the trial.
    pub fn leave_open(&mut self) {
        if let Some(out) = &mut self.out {
            out.is_tried = false;
        }
    }

    /// The backend's share at `now`, in hundredths: less than 100 during its slow start.
    #[must_use]
    pub fn share(&self, now: Nanos) -> u32 {
        let Some(returned) = self.returned else { return 100 };
        let since = now.saturating_sub(returned);
        let part = since.saturating_mul(100) / SLOW_START_NS;
        u32::try_from(part).unwrap_or(100).clamp(10, 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn second(count: u64) -> Nanos {
        Nanos::new(count * 1_000_000_000)
    }

    #[test]
    fn three_failures_in_a_row_take_it_out_and_pauses_grow() {
        let mut health = Health::default();
        health.fail(Failure::Refused, Nanos::ZERO);
        health.fail(Failure::Reset, Nanos::ZERO);
        health.succeed(Nanos::ZERO);
        for _ in 0..2 {
            health.fail(Failure::Refused, Nanos::ZERO);
            assert!(health.is_in(Nanos::ZERO));
        }
        health.fail(Failure::Refused, Nanos::ZERO);
        assert!(!health.is_in(Nanos::new(999_999_999)) && health.is_in(second(1)));
        // One request at a time tries it.
        health.send();
        assert!(!health.is_in(second(1)));
        health.fail(Failure::Refused, second(1));
        assert!(!health.is_in(Nanos::new(2_999_999_999)) && health.is_in(second(3)));
        let mut now = second(3);
        for _ in 0..20 {
            health.send();
            health.fail(Failure::Refused, now);
            now = health.out().map_or(Nanos::ZERO, |(until, _)| until);
        }
        health.send();
        health.fail(Failure::Refused, now);
        assert_eq!(health.out(), Some((now + PAUSE_NS_MAX, Failure::Refused)));
    }

    #[test]
    fn checks_take_it_out_and_bring_it_back_and_do_not_hide_failed_requests() {
        let mut health = Health::default();
        for _ in 0..2 {
            health.check(Err(Failure::Check), Nanos::ZERO);
        }
        health.check(Ok(()), Nanos::ZERO);
        assert_eq!(health.failures(), 0);
        for _ in 0..3 {
            health.check(Ok(()), Nanos::ZERO);
            assert!(health.is_in(Nanos::ZERO));
            health.fail(Failure::Reset, Nanos::ZERO);
        }
        assert_eq!(health.out(), Some((second(1), Failure::Reset)));
        health.check(Err(Failure::Refused), Nanos::ZERO);
        assert_eq!(health.out(), Some((second(1), Failure::Refused)));
        health.check(Ok(()), Nanos::ZERO);
        assert_eq!(health.standing(Nanos::ZERO), Standing::Starting { share: 10, until: second(10) });
    }

    #[test]
    fn it_returns_with_a_small_share_that_grows() {
        let failure = Failure::Refused;
        let mut health = Health::default();
        assert_eq!(health.standing(Nanos::ZERO), Standing::Healthy);
        for _ in 0..3 {
            health.fail(failure, Nanos::ZERO);
        }
        assert_eq!(health.standing(Nanos::ZERO), Standing::Out { failure, until: second(1) });
        health.send();
        assert_eq!(health.standing(second(1)), Standing::Tried { failure });
        health.succeed(second(1));
        assert_eq!([1, 6, 11, 99].map(|count| health.share(second(count))), [10, 50, 100, 100]);
        assert_eq!(health.standing(second(6)), Standing::Starting { share: 50, until: second(11) });
        assert_eq!(health.standing(second(11)), Standing::Healthy);
    }
}
