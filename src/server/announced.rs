//! Connections of this program to itself, announced before they are accepted.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

use crate::trace::Again;

/// The connections that carry copies and are not accepted yet. The event loop holds the lock for a look at each
/// connection that it accepts; the other side while it asks the system for a connection, which does not wait.
#[derive(Debug, Default)]
pub(super) struct Announced {
    /// The address of the sending side of each, and what it carries.
    waiting: Mutex<Vec<(SocketAddr, Again)>>,
    /// Signals that a connection was accepted.
    taken: Condvar,
}

impl Announced {
    /// Makes a connection with `connect`, which returns it with its own address, and announces it.
    ///
    /// # Errors
    /// Those of `connect`.
    pub(super) fn connect<T>(
        &self,
        again: Again,
        connect: impl FnOnce() -> io::Result<(T, SocketAddr)>,
    ) -> io::Result<(T, SocketAddr)> {
        // With the lock held, the connection is not accepted before it is announced.
        let mut waiting = self.waiting.lock();
        let (connection, own) = connect()?;
        waiting.push((own, again));
        Ok((connection, own))
    }

    /// What the connection from `peer` carries, once. `None`: it is one of a client.
    pub(super) fn take(&self, peer: SocketAddr) -> Option<Again> {
        let mut waiting = self.waiting.lock();
        let is_it = |(own, _): &(SocketAddr, Again)| {
            own.port() == peer.port() && own.ip().to_canonical() == peer.ip().to_canonical()
        };
        let found = waiting.iter().position(is_it)?;
        let (_, again) = waiting.swap_remove(found);
        self.taken.notify_all();
        Some(again)
    }

    /// Waits for at most `time` until the connection from `own` is accepted. Returns whether it is.
    pub(super) fn wait_taken(&self, own: SocketAddr, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        let mut waiting = self.waiting.lock();
        while waiting.iter().any(|(known, _)| *known == own) {
            if self.taken.wait_until(&mut waiting, deadline).timed_out() {
                return waiting.iter().all(|(known, _)| *known != own);
            }
        }
        true
    }

    /// Withdraws the announcement of the connection from `own`.
    pub(super) fn forget(&self, own: SocketAddr) {
        self.waiting.lock().retain(|(known, _)| *known != own);
    }

    /// Number of connections that are announced.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.waiting.lock().len()
    }
}
