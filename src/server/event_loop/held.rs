//! What the connections of a loop hold, for tests.

use std::collections::BTreeMap;

use crate::base::stream::ExchangeId;

use super::EventLoop;

/// Resources held by the connections of a loop. All are 0 once the connections are closed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::server) struct Held {
    /// Open connections and occupied slots.
    open: usize,
    taken: usize,
    /// Bytes taken from the pool of request bodies.
    pooled: u64,
    /// Number of bodies being compressed.
    compressors: usize,
    /// Bytes of listings.
    listed_bytes: usize,
    /// Exchanges on their way to a backend, and connections that are to be made or taken for them.
    transfers: usize,
    dials: usize,
}

impl EventLoop {
    /// The resources held by the connections.
    pub(in crate::server) fn held(&self) -> Held {
        let taken = self.slots.iter().flatten().count();
        assert_eq!(self.slots.len() - self.free.len(), taken, "each slot is either free or taken");
        let (compressors, listed_bytes) = self.turn.service.held();
        let (transfers, dials) = self.turn.gateway.held();
        let pooled = self.turn.body_pool;
        Held { open: self.open, taken, pooled, compressors, listed_bytes, transfers, dials }
    }

    /// The bytes that are held for each exchange on its way to a backend: the input and the output of its legs, and
    /// what is between them.
    pub(in crate::server) fn held_bytes(&self) -> BTreeMap<ExchangeId, usize> {
        let mut held = self.turn.gateway.held_bytes();
        for connection in self.slots.iter().flatten() {
            let (exchange, bytes) = connection.held_bytes();
            if let Some((held, remembered)) = exchange.and_then(|exchange| held.get_mut(&exchange)) {
                *held += bytes;
                // What waits to be sent to a backend is the same memory as what is remembered of it.
                *remembered = remembered.saturating_sub(if connection.is_dialed() { bytes } else { 0 });
            }
        }
        held.into_iter().map(|(exchange, (held, remembered))| (exchange, held + remembered)).collect()
    }

    /// Does what a thread would that waits for disks.
    pub(in crate::server) fn work_off(&self) {
        self.turn.disk.work_off();
    }
}
