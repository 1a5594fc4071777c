//! What was captured, counted in the background for the completion of filters.

use std::{sync::Arc, thread};

use parking_lot::Mutex;

use crate::{base::stream::Nanos, capture::Capture, search::Known};

/// What was captured is counted at most once in this time.
const PAUSE_NANOS: u64 = 5_000_000_000;

/// Counts what was captured while a filter is written.
#[derive(Debug, Default)]
pub(super) struct Counting {
    known: Arc<Mutex<Arc<Known>>>,
    /// The time at which it was counted last. `None`: never.
    counted: Option<Nanos>,
    /// Whether a filter is being written, so that it should be counted.
    pub is_wanted: bool,
}

impl Counting {
    /// What was captured, as it was counted last.
    #[must_use]
    pub(super) fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.lock())
    }

    /// Begins to count if that is wanted and due.
    pub(super) fn refresh(&mut self, capture: &Capture, now: Nanos) {
        let is_due = self.counted.is_none_or(|at| now.saturating_sub(at) > PAUSE_NANOS);
        if !std::mem::take(&mut self.is_wanted) || !is_due {
            return;
        }
        self.counted = Some(now);
        let (store, known) = (capture.lock().shared().clone(), Arc::clone(&self.known));
        // Without a thread nothing is offered but keys.
        let _ = thread::Builder::new().name("known".to_owned()).spawn(move || {
            let counted = Known::count(&store);
            *known.lock() = Arc::new(counted);
        });
    }
}
