//! Sending a captured request once more: a client of this server, on a thread of its own.
//!
//! Each copy has a connection of its own, one after the other, so that every copy meets the same conditions: no
//! copy depends on whether the server kept the connection open after the one before. The bytes are those that were
//! captured. They go to the listener of this server and nowhere else: not one is written before the event loop has
//! taken the connection up.

mod copy;
mod error;
#[cfg(test)]
mod tests;

use std::{
    net::SocketAddr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::{
    base::task::{Task, Unit},
    http::Method,
    trace::{Again, ProtocolKind},
};

use super::{
    control::{Answer, Pending, Shared},
    host::local_address,
};
use copy::Caller;
pub use error::AgainError;

/// Copies of a request that are sent at most at once.
pub const COPIES_MAX: u32 = 1000;
/// Time after which a copy is given up by default: its response may never end.
pub const RESPONSE_PATIENCE: Duration = Duration::from_secs(30);

/// A request that is to be sent again.
#[derive(Clone, Debug)]
pub struct Copies {
    /// What the copies are copies of.
    pub again: Again,
    /// The protocol of the request, whose listener gets it.
    pub protocol: ProtocolKind,
    /// The method of the request, which decides whether the response has a body.
    pub method: Method,
    /// The bytes of the request, in order.
    pub bytes: Vec<Bytes>,
    /// Whether the bytes are a whole request. If not, the sending side ends after them.
    pub is_complete: bool,
    /// Number of copies, at most [`COPIES_MAX`].
    pub times: u32,
    /// Time after which a copy is given up.
    pub patience: Duration,
}

/// How a copy ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The response is complete.
    Complete,
    /// The response switched to another protocol. The connection was closed.
    Switched,
    /// The server ended the connection before a response was complete.
    Closed,
    /// The response was not complete in time. The connection was closed.
    Unended(Duration),
}

/// The result of sending copies.
#[derive(Debug)]
pub struct Sent {
    /// Number of copies that were sent whole, or as far as the server took them.
    pub count: u32,
    /// The address that got them. `None`: no copy was sent.
    pub address: Option<SocketAddr>,
    /// How the last copy ended.
    ///
    /// # Errors
    /// Why it could not be sent. No further copy was.
    pub last: Result<Ending, AgainError>,
}

/// Copies that are being sent. Dropping it stops that.
#[derive(Debug)]
pub struct Sending {
    task: StopsWhenDropped,
    sent: Pending<Sent>,
}

#[derive(Debug)]
struct StopsWhenDropped(Task);

impl Sending {
    /// The progress, in copies. Cancelling it closes the connection of the copy at hand.
    #[must_use]
    pub const fn task(&self) -> &Task {
        &self.task.0
    }

    /// The result, once. Does not wait.
    #[must_use]
    pub fn poll(&self) -> Answer<Sent> {
        self.sent.poll()
    }

    /// Waits for the result, for callers that may block. `None`: it takes longer than 20 seconds. The rest is not sent.
    #[must_use]
    pub fn wait(self) -> Option<Sent> {
        let Self { task, sent } = self;
        let result = sent.wait();
        drop(task);
        result
    }
}

impl Drop for StopsWhenDropped {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Sends copies on a thread of its own.
pub(super) fn send(shared: Arc<Shared>, copies: Copies) -> Sending {
    let task = Task::default();
    task.set_total(u64::from(copies.times.min(COPIES_MAX)), Unit::Exchanges);
    let (answer, sent) = Pending::new();
    let (worker, refused) = (task.clone(), answer.clone());
    let started = thread::Builder::new().name("send again".to_owned()).spawn(move || {
        // Whoever asked may be gone.
        let _ = answer.send(send_all(&shared, &copies, &worker));
    });
    if let Err(error) = started {
        let _ = refused.send(Sent { count: 0, address: None, last: Err(AgainError::Thread(error)) });
    }
    Sending { task: StopsWhenDropped(task), sent }
}

/// Sends copies one after the other. Stops at one that could not be sent or did not end.
fn send_all(shared: &Shared, copies: &Copies, task: &Task) -> Sent {
    let mut sent = Sent { count: 0, address: None, last: Err(AgainError::Cancelled) };
    let mut caller = match Caller::new() {
        Ok(caller) => caller,
        Err(error) => return Sent { last: Err(AgainError::Failed(error)), ..sent },
    };
    for count in 1..=copies.times.min(COPIES_MAX) {
        let first = shared.state().addresses[copies.protocol as usize].first().copied();
        let Some(address) = first.map(local_address) else {
            return Sent { last: Err(AgainError::NotListening), ..sent };
        };
        let deadline = Instant::now() + copies.patience;
        sent.last = caller.send(copies, address, shared.announced(), task, deadline);
        if sent.last.is_err() {
            return sent;
        }
        (sent.count, sent.address) = (count, Some(address));
        task.set_done(u64::from(count));
        if let Ok(Ending::Unended(_)) = sent.last {
            return sent;
        }
    }
    sent
}
