//! What can be done to a message on purpose, as rules write it.

use std::{fmt, iter::Peekable};

use crate::{base::closed_list::closed_list, words};

use super::super::rule::RuleError;

/// Upper bound on a latency, and on its jitter, in milliseconds.
pub(super) const MILLIS_MAX: u32 = 60_000;
/// Upper bound on a rate in bytes a second, on the byte after which a message ends, and on what is added to a length.
const BYTES_MAX: u64 = 1 << 40;

/// A row of the table of endings.
#[derive(Clone, Copy, Debug)]
pub struct EndingFacts {
    /// The word in a rule: `cut`.
    pub word: &'static str,
    /// The word in the past tense: `half-closed`.
    pub past: &'static str,
}

closed_list! {
    /// How a connection ends in the middle of a message.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Ending: pub EndingFacts {
        /// The connection is closed in the usual way.
        Cut { word: "cut", past: "cut" },
        /// The connection is reset.
        Reset { word: "reset", past: "reset" },
        /// This side is closed, and what the other one sends is still read for a minute.
        HalfClose { word: "half-close", past: "half-closed" },
    }
}

/// What is done to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mischief {
    /// The first byte waits.
    Latency {
        /// The time in milliseconds.
        ms: u32,
        /// By how many milliseconds the time is shorter or longer at most.
        jitter_ms: u32,
    },
    /// The bytes leave at this rate, in bytes a second.
    Rate(u64),
    /// The connection ends after this many bytes of the message, its head included.
    End(Ending, u64),
    /// Content-Length is larger by this, or smaller.
    Length(i64),
    /// The answer is a 502.
    BadGateway,
}

impl Mischief {
    /// Reads what stands in a rule behind its phase.
    pub(super) fn read<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>) -> Result<Self, RuleError> {
        let word = words.next().unwrap_or_default();
        if let Some(ending) = Ending::ALL.into_iter().find(|ending| ending.facts().word == word) {
            let after = words.next_if(|word| *word != "share");
            return Ok(Self::End(ending, after.map_or(Ok(0), bytes)?));
        }
        match word {
            "latency" => {
                let ms = millis(words.next())?;
                let jitters = words.next_if_eq(&"jitter").is_some();
                let jitter_ms = if jitters { millis(words.next())? } else { 0 };
                Ok(Self::Latency { ms, jitter_ms })
            }
            "rate" => match bytes(words.next().unwrap_or_default())? {
                0 => Err(RuleError::NotBytes("0".to_owned())),
                rate => Ok(Self::Rate(rate)),
            },
            "length" => length(words.next().unwrap_or_default()).map(Self::Length),
            "502" => Ok(Self::BadGateway),
            _ => {
                let [cut, reset, half_close] = Ending::ALL.map(|ending| ending.facts().word);
                let words = format!("latency, rate, {cut}, {reset}, {half_close}, length, 502");
                Err(RuleError::Expected { words, found: word.to_owned() })
            }
        }
    }
}

impl fmt::Display for Mischief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency { ms, jitter_ms: 0 } => write!(f, "latency {ms}ms"),
            Self::Latency { ms, jitter_ms } => write!(f, "latency {ms}ms jitter {jitter_ms}ms"),
            Self::Rate(rate) if rate.is_multiple_of(1_000_000) => write!(f, "rate {}m", rate / 1_000_000),
            Self::Rate(rate) if rate.is_multiple_of(1_000) => write!(f, "rate {}k", rate / 1_000),
            Self::Rate(rate) => write!(f, "rate {rate}"),
            Self::End(ending, 0) => f.write_str(ending.facts().word),
            Self::End(ending, after) => write!(f, "{} {after}", ending.facts().word),
            Self::Length(by) => write!(f, "length {by:+}"),
            Self::BadGateway => f.write_str("502"),
        }
    }
}

fn millis(word: Option<&str>) -> Result<u32, RuleError> {
    let word = word.unwrap_or_default();
    let millis = words::parse_millis(word).filter(|millis| (0.0..=f64::from(MILLIS_MAX)).contains(millis));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the bounds")]
    millis.map(|millis| millis as u32).ok_or_else(|| RuleError::NotATime(word.to_owned()))
}

fn bytes(word: &str) -> Result<u64, RuleError> {
    let bytes = words::parse_bytes(word);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked behind")]
    let bytes = bytes.map(|bytes| bytes as u64).filter(|bytes| *bytes <= BYTES_MAX);
    bytes.ok_or_else(|| RuleError::NotBytes(word.to_owned()))
}

fn length(word: &str) -> Result<i64, RuleError> {
    let wrong = || RuleError::NotALength(word.to_owned());
    let by: i64 = word.parse().map_err(|_| wrong())?;
    let is_signed = word.starts_with(['+', '-']);
    if is_signed && by != 0 && by.unsigned_abs() <= BYTES_MAX { Ok(by) } else { Err(wrong()) }
}
