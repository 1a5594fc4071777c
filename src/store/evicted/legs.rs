//! Places on disk of the upstream legs of exchanges that left memory.

use crate::{
    base::{
        numbered::NumberedMap,
        stream::{ConnId, ExchangeId},
    },
    store::{Position, model::UpstreamLeg},
};

/// Bytes that the legs of an exchange take at least: the entry of the map, and the allocator's overhead.
const ENTRY_BYTES: usize = size_of::<(ExchangeId, Vec<LegPlace>)>() + 24;

/// The place on disk of an upstream leg.
#[derive(Debug)]
pub(in crate::store) struct LegPlace {
    pub(in crate::store) conn: ConnId,
    /// Number of the leg on that connection.
    pub(in crate::store) number: u32,
    /// Position of the latest event of the leg.
    pub(in crate::store) place: Position,
}

/// For each exchange that was passed on, the connections of its legs with the position of the latest event there.
#[derive(Debug, Default)]
pub(in crate::store) struct LegPlaces {
    legs: NumberedMap<ExchangeId, Vec<LegPlace>>,
    count: usize,
}

impl LegPlaces {
    /// Inserts the legs of an exchange.
    pub(in crate::store) fn insert(&mut self, id: ExchangeId, legs: &[UpstreamLeg]) {
        for leg in legs {
            self.begin(id, (leg.conn, leg.number), leg.place);
        }
    }

    /// Begins the leg of this number on a connection.
    pub(in crate::store) fn begin(
        &mut self,
        id: ExchangeId,
        (conn, number): (ConnId, u64),
        place: Option<Position>,
    ) {
        let Some(place) = place else { return };
        let legs = self.legs.entry(id).or_default();
        if let Some(known) = legs.iter_mut().find(|known| known.conn == conn) {
            known.place = known.place.max(place);
        } else {
            legs.reserve_exact(1);
            legs.push(LegPlace { conn, number: u32::try_from(number).unwrap_or(u32::MAX), place });
            self.count += 1;
        }
    }

    /// Something happened on a leg of an exchange.
    pub(in crate::store) fn follow(&mut self, id: ExchangeId, conn: ConnId, place: Option<Position>) {
        let leg = self.legs.get_mut(&id).and_then(|legs| legs.iter_mut().find(|leg| leg.conn == conn));
        if let (Some(leg), Some(place)) = (leg, place) {
            leg.place = leg.place.max(place);
        }
    }

    /// The legs of an exchange.
    pub(in crate::store) fn of(&self, id: ExchangeId) -> &[LegPlace] {
        self.legs.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Removes an exchange.
    pub(in crate::store) fn remove(&mut self, id: ExchangeId) {
        self.count -= self.legs.remove(&id).map_or(0, |legs| legs.len());
    }

    /// Bytes of memory, approximately.
    pub(in crate::store) fn bytes(&self) -> u64 {
        (self.legs.len() * ENTRY_BYTES + self.count * size_of::<LegPlace>()) as u64
    }
}
