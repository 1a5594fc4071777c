//! Waiting for something to become so: by looking again, never by guessing how long it takes.

use std::{
    thread,
    time::{Duration, Instant},
};

/// Time from one look to the next.
const PAUSE: Duration = Duration::from_millis(25);

/// Looks until `look` finds something, and at least once. `None`: it was not so within `limit`.
pub fn wait_until<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() >= end {
            return None;
        }
        thread::park_timeout(PAUSE);
    }
}

/// Waits out a measurement, or the time between two pieces of a request.
pub fn let_pass(time: Duration) {
    let end = Instant::now() + time;
    while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        thread::park_timeout(left);
    }
}
