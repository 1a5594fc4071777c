//! Waiting for another thread without guessing how long it takes.

use std::sync::{Arc, Condvar, Mutex};

use super::PATIENCE;

/// Says to any number of threads that there may be something new. Its clones are the same bell.
#[derive(Clone, Debug, Default)]
pub struct Bell {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Number of rings.
    rung: Mutex<u64>,
    heard: Condvar,
}

impl Bell {
    /// Rings: whoever waits looks again.
    pub fn ring(&self) {
        *self.shared.rung.lock().unwrap() += 1;
        self.shared.heard.notify_all();
    }

    /// The bell's button, in the form that captures and tasks take.
    pub fn waker(&self) -> Arc<dyn Fn() + Send + Sync> {
        let bell = self.clone();
        Arc::new(move || bell.ring())
    }

    /// Looks now and after each ring, until there is what is wanted.
    ///
    /// # Panics
    /// If the bell does not ring for as long as [`PATIENCE`].
    pub fn wait_until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        loop {
            // Read before the look, so that a ring during the look is not missed.
            let before = *self.shared.rung.lock().unwrap();
            if let Some(found) = look() {
                return found;
            }
            let rung = self.shared.rung.lock().unwrap();
            let waited = self.shared.heard.wait_timeout_while(rung, PATIENCE, |rung| *rung == before);
            let (rung, waited) = waited.unwrap();
            drop(rung);
            assert!(!waited.timed_out(), "what is waited for did not happen");
        }
    }
}
