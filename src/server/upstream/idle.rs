//! Connections that are kept for another request.

use crate::{
    base::stream::{ConnId, ExchangeId},
    gateway::Address,
};

use super::{Dial, Gateway, Place};

/// Idle connections that are kept for one address at most.
const IDLE_MAX: usize = 64;

impl Gateway {
    /// Takes a kept connection to `address`, or has one made.
    pub(super) fn connect(&mut self, exchange: ExchangeId, address: Address, reuses: bool) {
        let Some(transfer) = self.transfers.get_mut(&exchange) else { return };
        let kept = if reuses { self.idle.get_mut(&address).and_then(Vec::pop) } else { None };
        transfer.is_reused = kept.is_some();
        transfer.upstream = kept;
        match kept {
            Some(place) => {
                self.assigned.insert(place.conn, exchange);
                self.wake(place);
            }
            None => self.dials.push(Dial { exchange, address, left: Vec::new() }),
        }
    }

    /// Keeps an idle connection. Returns whether there was room for it.
    pub(in crate::server) fn keep(&mut self, address: &Address, place: Place) -> bool {
        let kept = match self.idle.get_mut(address) {
            Some(kept) => kept,
            None => self.idle.entry(address.clone()).or_default(),
        };
        let has_room = kept.len() < IDLE_MAX;
        if has_room {
            kept.push(place);
        }
        has_room
    }

    /// Takes the exchange that is assigned to a kept connection. `None`: there is none.
    pub(in crate::server) fn take_assigned(&mut self, conn: ConnId) -> Option<ExchangeId> {
        self.assigned.remove(&conn)
    }

    /// Forgets a kept connection that is gone, or will be. The exchange assigned to it has sent nothing yet, and
    /// goes on with a new connection.
    pub(in crate::server) fn lost(&mut self, address: &Address, conn: ConnId) {
        if let Some(kept) = self.idle.get_mut(address) {
            kept.retain(|place| place.conn != conn);
        }
        if let Some(exchange) = self.assigned.remove(&conn) {
            self.connect(exchange, address.clone(), false);
        }
    }
}
