//! What leaves memory, and what is kept of it then.

use crate::{
    base::stream::{ConnId, ExchangeId},
    store::model::Exchange,
};

use super::{
    Leaving, Position, Store, Track, account::Change, evicted::Gone, rows, stream, track::TRACK_COST,
};

impl Store {
    /// Lets the oldest leave until the budget is kept.
    pub(super) fn make_room(&mut self) {
        while self.account.is_over() {
            match self.ended.pop_front() {
                Some(Leaving::Exchange(id)) => self.drop_exchange(id),
                Some(Leaving::Connection(id)) => self.drop_connection(id),
                None => match self.exchanges.first().map(|(id, _)| id) {
                    Some(oldest) => self.drop_exchange(oldest),
                    None => break,
                },
            }
        }
        // What is left are open connections. Bytes on them belong to exchanges whose events were left out.
        if self.account.is_over() && self.account.has_many_chunks() {
            self.strip_connections();
        }
    }

    /// Takes an exchange out, with the chunks that no other exchange of its connection needs.
    fn drop_exchange(&mut self, id: ExchangeId) {
        let Some(mut entry) = self.exchanges.remove(id) else { return };
        let exchange = &entry.exchange;
        self.account.book(Change::records_freed(entry.cost));
        if let Some((_, attempts)) = &exchange.routed {
            self.account.book(Change::records_freed(self.routes.release(attempts)));
        }
        if !self.keep_summary(exchange, entry.place) {
            self.counts.evicted += 1;
            self.note_change(exchange.conn, Some(id));
        }
        let conn = exchange.conn;
        let upstream = std::mem::take(&mut entry.exchange.upstream);
        self.spare.give(entry);
        for leg in &upstream {
            self.drop_leg(leg.conn, id);
        }
        let Some(track) = self.connections.value_mut(conn) else { return };
        let kept = &mut track.connection.exchanges;
        // The oldest leaves first.
        if kept.front() == Some(&id) {
            kept.pop_front();
        } else if let Ok(index) = kept.binary_search(&id) {
            kept.remove(index);
        }
        self.free_chunks(conn);
    }

    /// An exchange with an upstream leg on `conn` left.
    fn drop_leg(&mut self, conn: ConnId, id: ExchangeId) {
        let Some(track) = self.connections.value_mut(conn) else { return };
        // The oldest leaves first.
        if let Some(index) = track.legs.iter().position(|leg| *leg == id) {
            track.legs.remove(index);
        }
        self.free_chunks(conn);
    }

    /// Takes out the chunks of a connection that no exchange needs, and a closed connection that none needs.
    fn free_chunks(&mut self, conn: ConnId) {
        let Some(track) = self.connections.value_mut(conn) else { return };
        let kept = &track.connection.exchanges;
        if kept.is_empty() && track.legs.is_empty() && track.connection.closed.is_some() {
            self.drop_connection(conn);
            return;
        }
        // Requests and responses come in order, so the first exchange that is left needs the first chunk.
        let client = kept.front().and_then(|first| self.exchanges.value(*first)).map(|first| {
            let response = first.exchange.response.as_ref();
            (first.exchange.request.start, response.map_or(track.out_done, |response| response.start))
        });
        let leg = track.legs.front().and_then(|first| {
            let legs = &self.exchanges.value(*first)?.exchange.upstream;
            let leg = legs.iter().find(|leg| leg.conn == conn)?;
            Some((leg.received.start, leg.sent.start))
        });
        let (low_in, low_out) = match (client, leg) {
            (Some(client), Some(leg)) => (client.0.min(leg.0), client.1.min(leg.1)),
            (Some(low), None) | (None, Some(low)) => low,
            // What is there belongs to legs that have left.
            (None, None) if track.leg.is_some() => (u64::MAX, u64::MAX),
            (None, None) => (track.in_done, track.out_done),
        };
        let freed = stream::drop_before(&mut track.connection.reads, low_in)
            + stream::drop_before(&mut track.connection.writes, low_out);
        self.account.book(Change::chunks_freed(freed));
    }

    /// Takes a closed connection without exchanges out.
    pub(super) fn drop_connection(&mut self, id: ConnId) {
        // One that goes on after it closed is not what the events say, but nothing is lost by it.
        let needed = |track: &Track| !track.connection.exchanges.is_empty() || !track.legs.is_empty();
        if self.connections.value(id).is_some_and(|track| needed(track)) {
            return;
        }
        let Some(track) = self.connections.remove(id) else { return };
        let chunks = track.connection.reads.iter().chain(&track.connection.writes);
        let chunk_bytes: u64 = chunks.map(stream::cost).sum();
        self.account.book(Change::chunks_freed(chunk_bytes));
        self.account.book(Change::records_freed(TRACK_COST));
        if !self.keep_heading(&track) {
            self.note_change(id, None);
        }
    }

    /// Leaves out the bytes of every connection.
    fn strip_connections(&mut self) {
        for (_, track) in self.connections.iter_mut() {
            for chunks in [&mut track.connection.reads, &mut track.connection.writes] {
                self.account.book(stream::strip(chunks));
            }
        }
    }

    /// The segments up to number `through` of the session file are gone: what is only there leaves.
    pub fn forget_segments(&mut self, through: u32) {
        self.version += 1;
        let gone = self.evicted.forget_segments(through);
        self.note_gone(gone);
    }

    /// Writing to the session file failed: what stands from `end` on was not written, and leaves with memory.
    pub fn forget_from(&mut self, end: Position) {
        self.version += 1;
        let gone = self.evicted.forget_from(end);
        self.note_gone(gone);
    }

    /// Keeps what the row of an exchange shows that leaves memory. `false`: it does not stand on disk.
    fn keep_summary(&mut self, exchange: &Exchange, place: Option<Position>) -> bool {
        let Some(place) = place.filter(|place| self.evicted.can_read(*place)) else { return false };
        let opening = if exchange.target.is_empty() {
            rows::opening(&self.request_bytes_of(exchange, rows::OPENING_BYTES))
        } else {
            Box::default()
        };
        self.evicted.insert(exchange, &opening, place);
        if let Some(track) = self.connections.value_mut(exchange.conn) {
            track.evicted = (track.evicted.0 + 1, track.evicted.1.max(Some(exchange.id)));
        }
        true
    }

    /// Keeps what the heading of a closed connection shows that leaves memory. `false`: nothing of it stands on
    /// disk.
    fn keep_heading(&mut self, track: &Track) -> bool {
        let (kept, last) = track.evicted;
        let Some(place) = track.place.filter(|place| kept > 0 || self.evicted.can_read(*place)) else {
            return false;
        };
        self.evicted.insert_connection(&track.connection, kept, last, place);
        true
    }

    /// Counts what left the index, and tells the lists.
    fn note_gone(&mut self, gone: Gone) {
        self.counts.evicted += gone.exchanges.len() as u64;
        for (id, conn) in gone.exchanges {
            if let Some(track) = self.connections.value_mut(conn) {
                track.evicted.0 = track.evicted.0.saturating_sub(1);
                if track.evicted.0 == 0 {
                    track.evicted.1 = None;
                }
            }
            self.note_change(conn, Some(id));
        }
        for conn in gone.connections {
            self.note_change(conn, None);
        }
    }
}
