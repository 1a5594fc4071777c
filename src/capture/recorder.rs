//! The recorder: a thread that drains the trace into the store, whether or not anyone looks.
//!
//! The window records; the terminal view ([`crate::terminal`]) keeps nothing and takes the batches from
//! the channel itself. Both read the same events, so there is no tee.

use std::{fmt, io, sync::Arc, thread};

use parking_lot::Mutex;

use crate::trace;

use super::store::Store;

/// At most this many batches are taken in while the store is locked, so that whoever looks waits a few
/// milliseconds at most.
const BATCHES_PER_LOCK: usize = 16;

/// The capture: a store that a recorder thread fills. Clones share it.
#[derive(Clone)]
pub struct Capture {
    store: Arc<Mutex<Store>>,
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").finish_non_exhaustive()
    }
}

impl Capture {
    /// Starts the recorder thread, which ends when the server is gone. `wake` is called after batches
    /// were taken in, from that thread; it must be cheap and may be called often.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn record(
        events: trace::Receiver,
        budget_bytes: u64,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> io::Result<Self> {
        let store = Arc::new(Mutex::new(Store::new(budget_bytes)));
        let filled = Arc::clone(&store);
        thread::Builder::new().name("recorder".to_owned()).spawn(move || {
            while let Some(first) = events.recv() {
                let mut store = filled.lock();
                store.apply(first);
                for batch in std::iter::from_fn(|| events.try_recv()).take(BATCHES_PER_LOCK - 1) {
                    store.apply(batch);
                }
                // Whoever waits goes first: under load this thread would take the lock again at once.
                parking_lot::MutexGuard::unlock_fair(store);
                wake();
            }
            wake();
        })?;
        Ok(Self { store })
    }

    /// A capture that nothing fills: for views of what was captured elsewhere, and for tests.
    #[must_use]
    pub fn of(store: Store) -> Self {
        Self { store: Arc::new(Mutex::new(store)) }
    }

    /// Looks at the store. Keep it short: the recorder waits meanwhile.
    pub fn read<R>(&self, look: impl FnOnce(&Store) -> R) -> R {
        look(&self.store.lock())
    }

    /// Changes the budget; the oldest exchanges leave if it shrank.
    pub fn set_budget(&self, bytes: u64) {
        self.store.lock().set_budget(bytes);
    }

    /// Forgets every exchange.
    pub fn clear(&self) {
        self.store.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::sync::mpsc;

    use super::*;
    use crate::capture::fixture::{Script, response};

    #[test]
    fn what_is_sent_is_recorded_and_whoever_looks_is_woken() {
        let (mut sender, receiver) = trace::channel(1 << 20);
        let (woken, wakes) = mpsc::channel();
        let wake = Arc::new(move || woken.send(()).unwrap_or_default());
        let capture = Capture::record(receiver, 1 << 20, wake).unwrap();
        let mut script = Script::default();
        script.open(1);
        let id = script.exchange(1, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"a"));
        sender.send(script.batch());
        wakes.recv().unwrap();
        assert_eq!(
            capture.read(|store| store.exchange(id).map(|exchange| exchange.target.clone())),
            Some("/a".into())
        );
        capture.set_budget(0);
        assert_eq!(capture.read(Store::counts).kept, 0);
        capture.clear();
        assert_eq!(capture.read(Store::counts).exchanges, 0);
        // The server is gone: the thread says so once more and ends, which drops the other end of `wakes`.
        drop(sender);
        while wakes.recv().is_ok() {}
    }
}
