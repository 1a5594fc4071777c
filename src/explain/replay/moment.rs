//! Everything about a message after one of its bytes.

use crate::{
    explain::kinds::Kind,
    trace::{Cause, Guard},
    wire::{Span, StandFacts, State, Violation},
    words::{count, duration, plural},
};

use super::known::Known;

/// A message as it was when the machine had read its first bytes.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Stream offset after the last byte that was read.
    pub at: u64,
    /// Where the machine stands, and what it waits for.
    pub stand: &'static StandFacts,
    /// The part of the message in which it stands.
    pub state: State,
    /// The token that has begun and is not complete. `None`: the last byte completed one.
    pub token: Option<Span<Kind>>,
    /// The input buffer.
    pub buffer: Buffer,
    /// What is known of the message.
    pub known: Vec<Known>,
    /// Stream offset after the message. `None`: it is not over.
    pub over: Option<u64>,
    /// The rule that the message breaks. `None`: none so far.
    pub broken: Option<Violation<Cause>>,
    /// The read or write that has the last byte, as an index into the chunks of the replay. `None`: no byte
    /// was read.
    pub chunk: Option<usize>,
    /// Nanoseconds from the first byte of the message to that read or write. 0: no byte was read.
    pub since: u64,
    /// The timer that ran then. `None`: none did, or it is not known.
    pub timer: Option<Timer>,
    /// Number of the replay's decisions that have been taken.
    pub decided: usize,
}

/// The bytes of a message in the input buffer of whoever reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Bytes that are done with: consumed, and no longer in the buffer.
    pub done: u64,
    /// Bytes that are kept since what they are a part of is not complete, without those of the token.
    pub kept: u64,
    /// Bytes of the token that is not complete, which are kept as well.
    pub token: u64,
    /// Bytes that arrived in the same read and were not looked at.
    pub unread: u64,
    /// Most bytes that may be kept: the limit on a head. `None`: not known, or nothing has to be kept.
    pub limit: Option<u64>,
}

impl Buffer {
    /// Bytes that may still be added before the limit is reached. `None`: there is no limit, or it is not known.
    #[must_use]
    pub const fn free(&self) -> Option<u64> {
        match self.limit {
            Some(limit) => Some(limit.saturating_sub(self.kept + self.token + self.unread)),
            None => None,
        }
    }

    /// The buffer in a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        let done = match self.done {
            0 => String::new(),
            done => format!("; {} done with", plural_are(done)),
        };
        let kept = match (self.kept, self.token) {
            (0, 0) => "nothing is kept".to_owned(),
            (0, token) => format!("{} of an incomplete token kept", plural_are(token)),
            (kept, 0) => format!("{} kept until the head is complete", plural_are(kept)),
            (kept, token) => {
                let kept = plural_are(kept + token);
                format!(
                    "{kept} kept until the head is complete, {} of them of an incomplete token",
                    count(token)
                )
            }
        };
        let unread = match self.unread {
            0 => String::new(),
            unread => format!("; {} more of the same read still to be looked at", count(unread)),
        };
        format!("{kept}{done}{unread}")
    }
}

/// A number of bytes with its verb.
fn plural_are(bytes: u64) -> String {
    format!("{} {}", plural(bytes, "byte"), if bytes == 1 { "is" } else { "are" })
}

/// A timer as it was when a byte arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// The timer.
    pub guard: Guard,
    /// Nanoseconds that it had run: since the first byte of a head, or since the read before.
    pub ran: u64,
    /// Its limit in nanoseconds. `None`: not known.
    pub limit: Option<u64>,
}

impl Timer {
    /// Nanoseconds that were left. `None`: the limit is not known.
    #[must_use]
    pub const fn left(&self) -> Option<u64> {
        match self.limit {
            Some(limit) => Some(limit.saturating_sub(self.ran)),
            None => None,
        }
    }

    /// The timer in a few words: `9.88 s left of 10 s`.
    #[must_use]
    pub fn words(&self) -> String {
        match self.limit {
            Some(limit) => {
                format!("{} left of {}", duration(limit.saturating_sub(self.ran)), duration(limit))
            }
            None => format!("had run {}", duration(self.ran)),
        }
    }
}
