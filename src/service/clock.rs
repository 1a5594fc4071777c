//! Time as an argument: the server passes its clock, tests one that stands still.

use std::time::SystemTime;

/// The readings of time that the service needs.
pub trait Clock {
    /// Nanoseconds since the server's epoch. Never goes back.
    fn nanos(&self) -> u64;
    /// The time of day, for dates in fields and in the log.
    fn wall(&self) -> SystemTime;
}
