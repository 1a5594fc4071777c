//! Time as an argument: the server has the clock, the tests have one that stands still.

use std::time::SystemTime;

/// What the service needs to know about time.
pub trait Clock {
    /// Nanoseconds since the server's epoch. Never goes back.
    fn nanos(&self) -> u64;
    /// The time of day, for dates in fields and in the log.
    fn wall(&self) -> SystemTime;
}
