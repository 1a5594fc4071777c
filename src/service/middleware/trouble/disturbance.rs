//! What is done to one message on purpose, as the rules that act on it decided.

use std::{sync::Arc, time::Duration};

use crate::{
    http::Framing,
    service::pace::Pace,
    trace::Phase,
    words::{count, plural},
};

use super::mischief::{Ending, MILLIS_MAX, Mischief};

/// Writes a second where a rate is kept.
const WRITES: u64 = 50;

/// What is done to one message. Each part has the note that says so once it has happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disturbance {
    /// The times for which the first byte waits, one after the other.
    pub waits: Vec<(Duration, Arc<str>)>,
    /// The pace of writing. `None`: as fast as the other end reads.
    pub pace: Option<(Pace, Arc<str>)>,
    /// The end in the middle of the message. `None`: the message is complete.
    pub end: Option<PlannedEnd>,
    /// By how much Content-Length is larger than the content, or smaller. `None`: it is right.
    pub length: Option<(i64, Arc<str>)>,
    /// The note on an answer that was replaced by a 502. `None`: it was not.
    pub refused: Option<Arc<str>>,
}

/// The end of a connection in the middle of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedEnd {
    /// How the connection ends.
    pub ending: Ending,
    /// Number of bytes of the message before the end.
    pub after: u64,
    /// The note.
    pub note: Arc<str>,
}

impl Disturbance {
    /// Whether nothing is done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How long the first byte waits, at most a minute.
    #[must_use]
    pub fn wait(&self) -> Duration {
        let all: Duration = self.waits.iter().map(|(wait, _)| *wait).sum();
        all.min(Duration::from_millis(MILLIS_MAX.into()))
    }

    /// The framing that the head announces where the true one is `framing`.
    #[must_use]
    pub fn announced(&self, framing: Framing) -> Framing {
        match (framing, &self.length) {
            (Framing::Length(length), Some((by, _))) => Framing::Length(length.saturating_add_signed(*by)),
            _ => framing,
        }
    }

    /// What of this, planned for a request, holds if this server answers the request itself: there is no way to a
    /// backend that could be slow or end halfway, so the connection ends before the answer.
    #[must_use]
    pub fn before_answer(&self) -> Self {
        let end = self.end.clone().map(|end| PlannedEnd { after: 0, ..end });
        Self { waits: self.waits.clone(), end, ..Self::default() }
    }

    /// Adds what comes after this.
    pub fn extend(&mut self, later: Self) {
        self.waits.extend(later.waits);
        self.pace = self.pace.take().or(later.pace);
        self.end = self.end.take().or(later.end);
        self.length = self.length.take().or(later.length);
        self.refused = self.refused.take().or(later.refused);
    }

    /// Adds what the rule of this number does. Of several rules that do the same, the first one counts; latencies add
    /// up. `chance`: decides the jitter. Returns what is done in a few words. `None`: an earlier rule does it already.
    pub(super) fn add(&mut self, rule: u32, phase: Phase, mischief: Mischief, chance: u64) -> Option<String> {
        let words = words(mischief, chance);
        let of = if phase == Phase::Request { " on the request" } else { "" };
        let note: Arc<str> = format!("Trouble{of}: {words}, by rule {rule}.").into();
        match mischief {
            Mischief::Latency { ms, jitter_ms } => {
                self.waits.push((Duration::from_millis(latency_ms(ms, jitter_ms, chance)), note));
            }
            Mischief::Rate(rate) if self.pace.is_none() => self.pace = Some((pace(rate), note)),
            Mischief::End(ending, after) if self.end.is_none() => {
                self.end = Some(PlannedEnd { ending, after, note });
            }
            Mischief::Length(by) if self.length.is_none() => self.length = Some((by, note)),
            Mischief::BadGateway if self.refused.is_none() => self.refused = Some(note),
            _ => return None,
        }
        Some(format!("rule {rule}: {words}"))
    }
}

fn words(mischief: Mischief, chance: u64) -> String {
    match mischief {
        Mischief::Latency { ms, jitter_ms } => {
            format!("a wait of {} ms", count(latency_ms(ms, jitter_ms, chance)))
        }
        Mischief::Rate(rate) => format!("{} a second", plural(rate, "byte")),
        Mischief::End(ending, 0) => format!("{} before the first byte", ending.facts().past),
        Mischief::End(ending, after) => format!("{} after byte {}", ending.facts().past, count(after)),
        Mischief::Length(by) => {
            let more = if by > 0 { "more" } else { "less" };
            format!("Content-Length is {} {more} than the content", count(by.unsigned_abs()))
        }
        Mischief::BadGateway => "answered with 502".to_owned(),
    }
}

/// A latency in milliseconds, shorter or longer by at most the jitter.
fn latency_ms(ms: u32, jitter_ms: u32, chance: u64) -> u64 {
    let (ms, jitter) = (u64::from(ms), u64::from(jitter_ms));
    (ms + chance % (2 * jitter + 1)).saturating_sub(jitter)
}

/// The pace that keeps this rate, in bytes a second.
fn pace(rate: u64) -> Pace {
    // The time is longer by what the bytes are more than a write's share.
    let bytes = rate.div_ceil(WRITES);
    let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(rate.max(1));
    let every = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
    Pace { bytes: usize::try_from(bytes).unwrap_or(usize::MAX), every }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_kept_within_a_byte_a_write() {
        for rate in [1, 7, 49, 50, 51, 999, 10_000, 1_000_001] {
            let Pace { bytes, every } = pace(rate);
            let per_second = bytes as u128 * 1_000_000_000 / every.as_nanos();
            assert!(per_second.abs_diff(rate.into()) <= u128::from(rate) / 1_000, "{rate}: {per_second}");
            assert!(every >= Duration::from_millis(20), "{rate}: {every:?}");
        }
    }

    #[test]
    fn jitter_stays_within_its_bounds_and_reaches_them() {
        let all: Vec<_> = (0..101).map(|chance| latency_ms(200, 50, chance)).collect();
        assert_eq!((all.iter().min(), all.iter().max()), (Some(&150), Some(&250)));
        assert_eq!(latency_ms(10, 60_000, 0), 0);
        assert_eq!(latency_ms(10, 0, u64::MAX), 10);
    }

    #[test]
    fn the_first_rule_of_a_kind_counts_and_latencies_add_up() {
        let mut all = Disturbance::default();
        let wait = Mischief::Latency { ms: 30, jitter_ms: 0 };
        for (rule, mischief) in [
            (1, wait),
            (2, Mischief::End(Ending::Cut, 512)),
            (3, Mischief::End(Ending::Reset, 0)),
            (4, wait),
            (5, Mischief::Length(-2)),
        ] {
            assert_eq!(all.add(rule, Phase::Response, mischief, 0).is_some(), rule != 3);
        }
        assert_eq!(all.wait(), Duration::from_millis(60));
        assert_eq!(all.end.as_ref().map(|end| &*end.note), Some("Trouble: cut after byte 512, by rule 2."));
        assert_eq!(all.announced(Framing::Length(10)), Framing::Length(8));
        assert_eq!(all.announced(Framing::Length(1)), Framing::Length(0));
        assert_eq!(all.announced(Framing::Chunked), Framing::Chunked);
        let own = all.before_answer();
        assert_eq!((own.wait(), own.end.map(|end| end.after), own.length), (all.wait(), Some(0), None));
    }
}
