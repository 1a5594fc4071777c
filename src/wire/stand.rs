//! Where a machine stands between two bytes, in the words of its protocol.

use super::machine::Machine;

/// A row of a protocol's table of the places in which its machine can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandFacts {
    /// The stable name in JSON.
    pub key: &'static str,
    /// The place: `in a field name`.
    pub title: &'static str,
    /// What the next byte may be: `more of the name, or a colon`.
    pub waits_for: &'static str,
    /// A sentence about what the machine can and cannot tell in this place.
    pub about: &'static str,
    /// The clause behind it: `RFC 9112 §5`. Empty: there is none.
    pub section: &'static str,
}

/// Polls of a machine for those who look at it byte by byte. They change nothing.
pub trait Standing: Machine + Clone {
    /// The place in which the machine stands.
    fn stand(&self) -> &'static StandFacts;

    /// Number of bytes, from here on, that can only be content. 0 in a head and in framing. `u64::MAX`: all that
    /// follow.
    fn plain(&self) -> u64;

    /// Bytes of memory that a clone takes.
    fn clone_bytes(&self) -> usize {
        size_of::<Self>()
    }
}
