//! Connections that are kept for another request.

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    gateway::{Address, Scheme},
};

use super::{Dial, Errand, Gateway, Idle, Place};

/// Idle connections that are kept for one address at most.
const IDLE_MAX: usize = 64;

impl Gateway {
    /// Takes a kept connection to the backend of an exchange, or has one made.
    pub(super) fn connect(&mut self, exchange: ExchangeId, reuses: bool, now: Nanos) {
        let Some(transfer) = self.transfers.get_mut(&exchange) else { return };
        let Some(address) = transfer.backend.as_ref().map(|backend| &backend.address) else { return };
        let kept = if reuses { self.idle.get_mut(address).and_then(Vec::pop) } else { None };
        transfer.is_reused = kept.is_some();
        transfer.upstream = kept.map(|kept| kept.place);
        if let Some(Idle { place, since }) = kept {
            transfer.has_kept(place.conn, now.saturating_sub(since), now);
            self.assigned.insert(place.conn, exchange);
            self.wake(place);
        } else {
            let address = address.clone();
            self.dials.push(Dial { errand: Errand::Exchange(exchange), address, left: Vec::new() });
            transfer.has_none();
        }
    }

    /// Keeps an idle connection. Returns whether it is of use: requests still go to its address, and not too many
    /// others are kept.
    pub(in crate::server) fn keep(&mut self, address: &Address, place: Place, now: Nanos) -> bool {
        let kept = self.idle.get_mut(address).filter(|kept| kept.len() < IDLE_MAX);
        kept.map(|kept| kept.push(Idle { place, since: now })).is_some()
    }

    /// Whether an idle connection is kept.
    pub(in crate::server) fn is_kept(&self, address: &Address, conn: ConnId) -> bool {
        self.idle.get(address).is_some_and(|kept| kept.iter().rev().any(|kept| kept.place.conn == conn))
    }

    /// Keeps idle connections to these addresses only, and has the others end.
    pub(super) fn keep_only<'a>(&mut self, addresses: impl Iterator<Item = &'a Address>) {
        self.keeping += 1;
        let mut before = std::mem::take(&mut self.idle);
        for address in addresses {
            let kept = before.remove(address).unwrap_or_default();
            self.idle.entry(address.clone()).or_default().extend(kept);
        }
        self.wakes.extend(before.into_values().flatten().map(|kept| kept.place));
    }

    /// Takes the exchange that is assigned to a kept connection. `None`: there is none.
    pub(in crate::server) fn take_assigned(&mut self, conn: ConnId) -> Option<ExchangeId> {
        self.assigned.remove(&conn)
    }

    /// Forgets a kept connection that is gone, or will be. The exchange assigned to it has sent nothing yet, and
    /// goes on with a new connection.
    pub(in crate::server) fn lost(&mut self, address: &Address, conn: ConnId, now: Nanos) {
        if let Some(kept) = self.idle.get_mut(address) {
            kept.retain(|kept| kept.place.conn != conn);
        }
        if let Some(exchange) = self.assigned.remove(&conn) {
            self.connect(exchange, false, now);
        }
    }

    /// Records that certificates are checked against something else. Connections whose certificates were checked
    /// before carry no further request.
    pub(in crate::server) fn change_trust(&mut self) {
        self.trust += 1;
        self.keeping += 1;
        for (address, kept) in &mut self.idle {
            if address.scheme == Scheme::Https {
                self.wakes.extend(kept.drain(..).map(|kept| kept.place));
            }
        }
    }
}
