//! Takes in the upstream legs of exchanges.

use std::sync::Arc;

use crate::{
    base::stream::{ConnId, ExchangeId, Layer, Nanos},
    store::model::UpstreamLeg,
    trace::{Handshake, Lineage},
};

use super::super::{
    Store,
    cost::{leg_heap, lineage_heap, push},
};

/// Pieces of the lineage of one message that are kept at most, the first ones. A body that goes on with its length
/// is one piece, one that goes on in chunks has two for each.
const LINEAGE_PIECES: usize = 4096;

impl Store {
    /// Begins a leg: the exchange is passed on over `conn`, from stream offset (out) `offset` on. Bytes that the
    /// connection receives from now on are the response, until the next leg begins on it.
    pub(super) fn begin_leg(&mut self, conn: ConnId, id: ExchangeId, at: Nanos, offset: u64) {
        let (place, kept) = (self.place, self.exchanges.value(id).is_some());
        let conn_entry = self.connection_or_new(conn, at);
        conn_entry.leg_count += 1;
        let number = conn_entry.leg_count;
        if !kept {
            self.evicted.begin_leg(id, (conn, number), place);
        }
        let conn_entry = self.connection_or_new(conn, at);
        conn_entry.reads.boundary();
        conn_entry.writes.boundary();
        if let Some(peer) = conn_entry.connection.peer.filter(|_| conn_entry.backend.is_empty()) {
            conn_entry.backend = peer.to_string().into();
        }
        let (connection, backend) = (&conn_entry.connection, conn_entry.backend.clone());
        let reached = connection.reads.back().map_or(0, |chunk| chunk.range().end).max(connection.bytes_in);
        let sent = connection.writes.back().map_or(offset, |chunk| chunk.range().end.max(offset));
        let tls = conn_entry.tls.clone();
        let (sent, received) = (offset..sent, reached..reached);
        let leg = UpstreamLeg { conn, backend, number, began: at, sent, received, lineage: None, tls, place };
        if kept {
            conn_entry.legs.push_back(id);
        }
        if let Some(before) = conn_entry.leg.replace(id) {
            self.update_leg(conn, before, at, |leg| {
                leg.sent.end = leg.sent.end.min(offset).max(leg.sent.start);
                0
            });
        }
        self.update_from_upstream(id, |exchange| {
            exchange.latest = exchange.latest.max(at);
            leg_heap(&leg) + push(&mut exchange.upstream, leg)
        });
    }

    /// Takes in a handshake. A failed one is a leg on which nothing is sent.
    pub(super) fn encrypted(
        &mut self,
        conn: ConnId,
        exchange: Option<ExchangeId>,
        at: Nanos,
        handshake: Arc<Handshake>,
    ) {
        let conn_entry = self.connection_or_new(conn, at);
        let has_failed = !handshake.is_open;
        conn_entry.connection.layer = Layer::Plaintext;
        conn_entry.tls = Some(handshake);
        if let Some(id) = exchange.filter(|_| has_failed) {
            self.begin_leg(conn, id, at, 0);
        }
    }

    /// Changes the exchange's latest leg on `conn`. `change` returns the heap bytes by which the leg grew.
    pub(super) fn update_leg(
        &mut self,
        conn: ConnId,
        id: ExchangeId,
        at: Nanos,
        change: impl FnOnce(&mut UpstreamLeg) -> u64,
    ) {
        let place = self.place;
        self.update_from_upstream(id, |exchange| {
            // The connection goes on after the end of the exchange, whose latest event stays.
            if !exchange.outcome.ended() {
                exchange.latest = exchange.latest.max(at);
            }
            let Some(leg) = exchange.upstream.iter_mut().rfind(|leg| leg.conn == conn) else { return 0 };
            leg.place = place;
            change(leg)
        });
    }

    /// Takes in where bytes come from that are sent on, on either leg of the exchange.
    pub(super) fn lineage(&mut self, conn: ConnId, id: ExchangeId, lineage: &Lineage) {
        let Some(entry) = self.exchanges.value(id) else { return };
        if entry.exchange.conn == conn {
            self.update(id, |exchange| join(&mut exchange.lineage, lineage));
            return;
        }
        let place = self.place;
        self.update_from_upstream(id, |exchange| {
            let Some(leg) = exchange.upstream.iter_mut().rfind(|leg| leg.conn == conn) else { return 0 };
            leg.place = place;
            join(&mut leg.lineage, lineage)
        });
    }
}

/// Joins `next` to the lineage of a message. Returns the heap bytes by which it grew.
fn join(kept: &mut Option<Lineage>, next: &Lineage) -> u64 {
    let before = lineage_heap(kept.as_ref());
    Lineage::join(kept, next, LINEAGE_PIECES);
    lineage_heap(kept.as_ref()) - before
}
