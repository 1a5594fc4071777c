//! The recorder: a thread that drains the trace into the store, whether or not anyone looks.

use std::sync::Arc;

use crate::trace;

use super::store::Store;

/// The capture: a store that a recorder thread fills. Clones share it.
#[derive(Clone)]
pub struct Capture {}

impl Capture {
    /// Starts the recorder thread. `wake` is called after batches were taken in, from that thread;
    /// it must be cheap and may be called often.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn record(
        _events: trace::Receiver,
        _budget_bytes: u64,
        _wake: Arc<dyn Fn() + Send + Sync>,
    ) -> std::io::Result<Self> {
        unimplemented!()
    }
    /// Looks at the store. Keep it short: the recorder waits meanwhile.
    pub fn read<R>(&self, _look: impl FnOnce(&Store) -> R) -> R {
        unimplemented!()
    }
    /// Changes the budget; the oldest exchanges leave if it shrank.
    pub fn set_budget(&self, _bytes: u64) {}
    /// Forgets every exchange.
    pub fn clear(&self) {}
}
