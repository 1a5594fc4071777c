//! The pace of writing.

use std::time::Duration;

/// The pace of writing, in slow motion or on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Bytes in one write.
    pub bytes: usize,
    /// Time from one write to the next.
    pub every: Duration,
}
