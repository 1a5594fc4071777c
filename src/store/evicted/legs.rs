//! Places on disk of the upstream legs of exchanges that left memory.

use std::collections::HashMap;

use crate::{
    base::stream::{ConnId, ExchangeId},
    store::{Position, model::UpstreamLeg},
};

/// Bytes that the legs of an exchange take at least: the entry of the map, and the allocator's overhead.
const ENTRY_BYTES: usize = size_of::<(ExchangeId, Vec<(ConnId, Position)>)>() + 24;

/// For each exchange that was passed on, the connections of its legs with the position of the latest event there.
#[derive(Debug, Default)]
pub(in crate::store) struct LegPlaces {
    legs: HashMap<ExchangeId, Vec<(ConnId, Position)>>,
    count: usize,
}

impl LegPlaces {
    /// Inserts the legs of an exchange.
    pub(in crate::store) fn insert(&mut self, id: ExchangeId, legs: &[UpstreamLeg]) {
        for leg in legs {
            self.follow(id, leg.conn, leg.place);
        }
    }

    /// Something happened on a leg of an exchange, which may be a new one.
    pub(in crate::store) fn follow(&mut self, id: ExchangeId, conn: ConnId, place: Option<Position>) {
        let Some(place) = place else { return };
        let legs = self.legs.entry(id).or_default();
        if let Some(known) = legs.iter_mut().find(|(known, _)| *known == conn) {
            known.1 = known.1.max(place);
        } else {
            legs.reserve_exact(1);
            legs.push((conn, place));
            self.count += 1;
        }
    }

    /// The legs of an exchange.
    pub(in crate::store) fn of(&self, id: ExchangeId) -> &[(ConnId, Position)] {
        self.legs.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Removes an exchange.
    pub(in crate::store) fn remove(&mut self, id: ExchangeId) {
        self.count -= self.legs.remove(&id).map_or(0, |legs| legs.len());
    }

    /// Bytes of memory, approximately.
    pub(in crate::store) fn bytes(&self) -> u64 {
        (self.legs.len() * ENTRY_BYTES + self.count * size_of::<(ConnId, Position)>()) as u64
    }
}
