//! The bounded channel between the server and the recorder.

use super::event::Batch;

/// The server's end.
#[derive(Debug)]
pub struct Sender {}

/// The recorder's end.
#[derive(Debug)]
pub struct Receiver {}

/// A channel that holds at most about `budget_bytes` of captured bytes on the way.
#[must_use]
pub fn channel(_budget_bytes: u64) -> (Sender, Receiver) {
    unimplemented!()
}

impl Sender {
    /// Sends a batch. Never waits.
    pub fn send(&mut self, _batch: Batch) {}
}

impl Receiver {
    /// Waits for the next batch. `None`: the server is gone and everything was received.
    #[must_use]
    pub fn recv(&self) -> Option<Batch> {
        None
    }
    /// The next batch if one is there. `None`: none is.
    #[must_use]
    pub fn try_recv(&self) -> Option<Batch> {
        None
    }
}
