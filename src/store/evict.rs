//! Eviction: exchanges and connections leave memory, and their rows go into the index.

use crate::{
    base::stream::{ConnId, ExchangeId},
    store::model::Exchange,
};

use super::{
    ConnectionEntry, Leaving, Position, Store, account::Change, connection_entry::CONNECTION_COST,
    evicted::Gone, rows, stream,
};

impl Store {
    /// Evicts the oldest exchanges and connections until the store is within its budget.
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
        // Only open connections are left. Bytes on them belong to exchanges whose events were left out.
        if self.account.is_over() && self.account.has_many_chunks() {
            self.strip_connections();
        }
    }

    /// Removes an exchange and the chunks that no other exchange of its connection needs.
    pub(super) fn drop_exchange(&mut self, id: ExchangeId) {
        let Some(entry) = self.exchanges.remove(id) else { return };
        let exchange = &entry.exchange;
        self.account.book(Change::records_freed(entry.cost));
        if let Some((_, attempts)) = &exchange.routed {
            self.account.book(Change::records_freed(self.routes.release(attempts)));
        }
        for (_, steps) in &exchange.middleware {
            self.account.book(Change::records_freed(self.steps.release(&steps.list)));
        }
        for attempt in &exchange.attempts {
            self.account.book(Change::records_freed(self.groups.release(&attempt.choosing.group)));
        }
        if !self.keep_summary(exchange, entry.place) {
            self.deleted.forget(id);
            self.counts.evicted += 1;
            self.note_change(exchange.conn, Some(id));
        }
        let conn = exchange.conn;
        for leg in &entry.exchange.upstream {
            self.drop_leg(leg.conn, id);
        }
        self.spare.give(entry);
        let Some(conn_entry) = self.connections.value_mut(conn) else { return };
        let kept = &mut conn_entry.connection.exchanges;
        // The oldest leaves first.
        if kept.front() == Some(&id) {
            kept.pop_front();
        } else if let Ok(index) = kept.binary_search(&id) {
            kept.remove(index);
        }
        self.free_chunks(conn);
    }

    /// Removes the leg on `conn` of an exchange that has left.
    fn drop_leg(&mut self, conn: ConnId, id: ExchangeId) {
        let Some(conn_entry) = self.connections.value_mut(conn) else { return };
        // The oldest leaves first.
        if let Some(index) = conn_entry.legs.iter().position(|leg| *leg == id) {
            conn_entry.legs.remove(index);
        }
        self.free_chunks(conn);
    }

    /// Removes the chunks of a connection that no exchange needs, and the connection if it is closed and unneeded.
    fn free_chunks(&mut self, conn: ConnId) {
        let Some(conn_entry) = self.connections.value_mut(conn) else { return };
        let kept = &conn_entry.connection.exchanges;
        if kept.is_empty() && conn_entry.legs.is_empty() && conn_entry.connection.closed.is_some() {
            self.drop_connection(conn);
            return;
        }
        // Requests and responses come in order, so the first exchange that is left needs the first chunk.
        let client = kept.front().and_then(|first| self.exchanges.value(*first)).map(|first| {
            let response = first.exchange.response.as_ref();
            (first.exchange.request.start, response.map_or(conn_entry.out_done, |response| response.start))
        });
        let leg = conn_entry.legs.front().and_then(|first| {
            let legs = &self.exchanges.value(*first)?.exchange.upstream;
            let leg = legs.iter().find(|leg| leg.conn == conn)?;
            Some((leg.received.start, leg.sent.start))
        });
        let (low_in, low_out) = match (client, leg) {
            (Some(client), Some(leg)) => (client.0.min(leg.0), client.1.min(leg.1)),
            (Some(low), None) | (None, Some(low)) => low,
            // All bytes belong to legs that have left.
            (None, None) if conn_entry.leg.is_some() => (u64::MAX, u64::MAX),
            (None, None) => (conn_entry.in_done, conn_entry.out_done),
        };
        let freed = stream::drop_before(&mut conn_entry.connection.reads, low_in)
            + stream::drop_before(&mut conn_entry.connection.writes, low_out);
        self.account.book(Change::chunks_freed(freed));
    }

    /// Removes a closed connection without exchanges.
    pub(super) fn drop_connection(&mut self, id: ConnId) {
        // Events after the close can have given the connection an exchange again: then it stays.
        let needed = |conn_entry: &ConnectionEntry| {
            !conn_entry.connection.exchanges.is_empty() || !conn_entry.legs.is_empty()
        };
        if self.connections.value(id).is_some_and(|conn_entry| needed(conn_entry)) {
            return;
        }
        let Some(conn_entry) = self.connections.remove(id) else { return };
        let chunks = conn_entry.connection.reads.iter().chain(&conn_entry.connection.writes);
        let chunk_bytes: u64 = chunks.map(stream::cost).sum();
        self.account.book(Change::chunks_freed(chunk_bytes));
        self.account.book(Change::records_freed(CONNECTION_COST));
        if !self.keep_heading(&conn_entry) {
            self.note_change(id, None);
        }
    }

    /// Leaves out the bytes of every connection.
    fn strip_connections(&mut self) {
        for (_, conn_entry) in self.connections.iter_mut() {
            for chunks in [&mut conn_entry.connection.reads, &mut conn_entry.connection.writes] {
                self.account.book(stream::strip(chunks));
            }
        }
    }

    /// Removes exchanges and connections that are only in the segments up to number `through` of the session,
    /// which are gone.
    pub fn forget_segments(&mut self, through: u32) {
        self.version += 1;
        if let Some(before) = &mut self.before {
            before.forget_segments(through);
        }
        let gone = self.evicted.forget_segments(through);
        self.note_gone(gone);
    }

    /// Records that writing to the session failed at `end`: events from there on are not on disk, so their
    /// exchanges are gone once they leave memory.
    pub fn forget_from(&mut self, end: Position) {
        self.version += 1;
        if let Some(before) = &mut self.before {
            before.forget_from(end);
        }
        let gone = self.evicted.forget_from(end);
        self.note_gone(gone);
    }

    /// Keeps the row of an exchange that leaves memory. `false`: the exchange cannot be read from disk.
    fn keep_summary(&mut self, exchange: &Exchange, place: Option<Position>) -> bool {
        let Some(place) = place.filter(|place| self.evicted.can_read(*place)) else { return false };
        let opening = if exchange.target.is_empty() {
            rows::opening(&self.request_bytes_of(exchange, rows::OPENING_BYTES))
        } else {
            Box::default()
        };
        self.evicted.insert(exchange, &opening, place);
        if let Some(conn_entry) = self.connections.value_mut(exchange.conn) {
            conn_entry.evicted = (conn_entry.evicted.0 + 1, conn_entry.evicted.1.max(Some(exchange.id)));
        }
        true
    }

    /// Keeps the heading of a closed connection that leaves memory. `false`: no event of the connection can be read
    /// from disk.
    fn keep_heading(&mut self, conn_entry: &ConnectionEntry) -> bool {
        let (kept, last) = conn_entry.evicted;
        let Some(place) = conn_entry.place.filter(|place| kept > 0 || self.evicted.can_read(*place)) else {
            return false;
        };
        self.evicted.insert_connection(&conn_entry.connection, kept, last, place);
        true
    }

    /// Counts the exchanges that left the index, and notes the changes for the lists.
    pub(super) fn note_gone(&mut self, gone: Gone) {
        self.counts.evicted += gone.exchanges.len() as u64;
        for (id, conn) in gone.exchanges {
            self.deleted.forget(id);
            if let Some(conn_entry) = self.connections.value_mut(conn) {
                conn_entry.evicted.0 = conn_entry.evicted.0.saturating_sub(1);
                if conn_entry.evicted.0 == 0 {
                    conn_entry.evicted.1 = None;
                }
            }
            self.note_change(conn, Some(id));
        }
        for conn in gone.connections {
            self.note_change(conn, None);
        }
    }
}
