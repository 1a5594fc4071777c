//! Takes events in.

mod attempt;
mod counting;
mod exchange;
mod frames;
mod items;
mod leg;
mod media_type;

use std::net::SocketAddr;

use crate::{
    base::stream::{ConnId, Direction, ExchangeId, Nanos, StreamId},
    store::model::{Exchange, Outcome, ServerMessage},
    trace::{CloseReason, ConnectionStart, Event, EventKind, Guard, Payload, Stage},
};

use super::{
    Entry, Leaving, MESSAGES_MAX, Store,
    account::Change,
    connection_entry::{CONNECTION_COST, ConnectionEntry},
    cost::push,
};

impl Store {
    /// Takes one event in.
    pub(crate) fn take(&mut self, event: Event) {
        let Event { at, conn, exchange, kind } = event;
        match kind {
            EventKind::Epoch(time) => self.clock.set(at, time),
            EventKind::ServerMessage(severity, text) => {
                let number = self.messages.back().map_or(1, |last| last.number + 1);
                self.messages.push_back(ServerMessage { number, at, severity, text });
                if self.messages.len() > MESSAGES_MAX {
                    self.messages.pop_front();
                }
            }
            EventKind::Omitted { bytes, events } => {
                self.counts.omitted_bytes += bytes;
                self.counts.omitted_events += events;
            }
            EventKind::Marked(mark) => {
                if let Some(id) = exchange {
                    self.marked(id, mark);
                }
            }
            EventKind::Deleted => {
                if let Some(id) = exchange {
                    self.remove_deleted(id);
                }
            }
            EventKind::Listening(..) | EventKind::Stopped => {}
            kind => {
                if let Some(conn) = conn {
                    self.take_connection_event(conn, exchange, at, kind);
                }
            }
        }
    }

    /// Takes in an event of a connection.
    fn take_connection_event(
        &mut self,
        conn: ConnId,
        exchange: Option<ExchangeId>,
        at: Nanos,
        kind: EventKind,
    ) {
        match kind {
            EventKind::Opened(opening) => {
                let ConnectionStart { role, protocol, peer, local } = *opening;
                let conn_entry = self.connection_or_new(conn, at);
                conn_entry.connection.opened = at;
                (conn_entry.connection.role, conn_entry.connection.protocol) = (role, protocol);
                // A file that does not know an address has this one in its place.
                let known = |address: &SocketAddr| address.port() != 0 || !address.ip().is_unspecified();
                conn_entry.connection.peer = Some(peer).filter(known);
                conn_entry.connection.local = Some(local).filter(known);
                self.note_connection_change(conn);
            }
            EventKind::Bytes { stream, offset, payload } => self.bytes(conn, at, stream, offset, &payload),
            EventKind::Encrypted(encryption) => self.encrypted(conn, exchange, at, encryption.handshake),
            EventKind::EncryptedBytes(counts) => {
                self.connection_or_new(conn, at).connection.encrypted_bytes = Some(counts);
                self.note_connection_change(conn);
            }
            EventKind::HalfClosed => {
                self.connection_or_new(conn, at).connection.half_closed = Some(at);
                self.note_connection_change(conn);
            }
            EventKind::Closed(reason) => self.closed(conn, at, reason),
            EventKind::Guard { kind, limit } => self.guard(conn, exchange, at, kind, limit),
            kind => {
                if let Some(exchange) = exchange {
                    self.take_exchange_event(conn, exchange, at, kind);
                }
            }
        }
    }

    /// The entry of a connection, inserted if the connection is unknown.
    pub(super) fn connection_or_new(&mut self, conn: ConnId, at: Nanos) -> &mut ConnectionEntry {
        let make = || Box::new(ConnectionEntry::new(conn, at));
        let (conn_entry, is_new) = self.connections.or_insert_with(conn, make);
        if is_new {
            self.counts.connections += 1;
            self.counts.open += 1;
            self.account.book(Change::records_added(CONNECTION_COST));
            conn_entry.place = self.place;
            conn_entry.changed_at = self.version;
            self.changes.note(conn, None);
        }
        conn_entry
    }

    /// Notes a change of a connection.
    fn note_connection_change(&mut self, id: ConnId) {
        let Some(conn_entry) = self.connections.value_mut(id) else { return };
        conn_entry.place = self.place;
        if conn_entry.changed_at != self.version {
            conn_entry.changed_at = self.version;
            self.note_change(id, None);
        }
    }

    /// Takes in bytes of a stream. A connection has its bytes at one layer.
    fn bytes(&mut self, conn: ConnId, at: Nanos, stream: StreamId, offset: u64, payload: &Payload) {
        let bytes = payload.kept();
        self.connection_or_new(conn, at).connection.layer = stream.layer;
        match stream.direction {
            Direction::Received => self.read(conn, at, offset, payload),
            Direction::Sent => self.wrote(conn, at, offset, payload),
        }
        self.take_frames(conn, stream.direction, offset, bytes);
        if stream.direction == Direction::Sent {
            self.take_items(conn, offset, bytes);
        }
    }

    fn read(&mut self, conn: ConnId, at: Nanos, offset: u64, payload: &Payload) {
        let (len, share) = (payload.count(), self.account.share());
        let Some(conn_entry) = self.connections.value_mut(conn) else { return };
        conn_entry.connection.bytes_in += len;
        let (receiving, leg) = (conn_entry.receiving, conn_entry.leg);
        if receiving.or(leg).is_some_and(|id| self.exchanges.value(id).is_none()) {
            // The exchange has left to make room, so its bytes cannot be shown.
            if let Some(id) = leg.filter(|_| receiving.is_none()) {
                self.evicted.follow_leg(id, conn, self.place);
            }
            conn_entry.reads.skip();
            return;
        }
        let change = conn_entry.reads.push(&mut conn_entry.connection.reads, at, offset, payload, share);
        self.account.book(change);
        if let Some(id) = receiving {
            self.update(id, |exchange| {
                exchange.request.end = exchange.request.end.max(offset + len);
                exchange.latest = exchange.latest.max(at);
                0
            });
        } else if let Some(id) = leg {
            self.update_leg(conn, id, at, |leg| {
                // The events of earlier bytes of the response were left out.
                let start = if leg.received.is_empty() { offset } else { leg.received.start };
                leg.received = start.max(leg.received.start)..leg.received.end.max(offset + len);
                0
            });
        }
    }

    fn wrote(&mut self, conn: ConnId, at: Nanos, offset: u64, payload: &Payload) {
        let (len, share) = (payload.count(), self.account.share());
        let Some(conn_entry) = self.connections.value_mut(conn) else { return };
        conn_entry.connection.bytes_out += len;
        // Before the response head there can be an interim response.
        if let (true, Some(id)) = (conn_entry.answering.is_empty(), conn_entry.receiving) {
            let continued =
                |entry: &Entry| entry.exchange.stages.iter().any(|(_, stage)| *stage == Stage::Continue);
            if self.exchanges.value(id).is_some_and(|entry| continued(entry)) {
                self.update(id, |exchange| {
                    exchange.response = Some(offset..offset);
                    0
                });
                if let Some(conn_entry) = self.connections.value_mut(conn) {
                    conn_entry.answering.push_back(id);
                }
            }
        }
        let Some(conn_entry) = self.connections.value_mut(conn) else { return };
        let leg = conn_entry.leg.filter(|_| conn_entry.answering.is_empty());
        let needed = conn_entry.answering.is_empty() && leg.is_none()
            || conn_entry.answering.iter().chain(&leg).any(|id| self.exchanges.value(*id).is_some());
        if !needed {
            conn_entry.writes.skip();
            if let Some(id) = leg {
                self.evicted.follow_leg(id, conn, self.place);
            }
            return;
        }
        let change = conn_entry.writes.push(&mut conn_entry.connection.writes, at, offset, payload, share);
        let mut answering = std::mem::take(&mut conn_entry.answering);
        self.account.book(change);
        let end = offset + len;
        for index in 0..answering.len() {
            let next = answering.get(index + 1).and_then(|id| self.exchange(*id));
            let next = next.and_then(|exchange| exchange.response.as_ref()).map_or(end, |range| range.start);
            self.update(answering[index], |exchange| {
                if let Some(response) = &mut exchange.response
                    && response.start < end
                {
                    response.end = response.end.max(end.min(next));
                    exchange.latest = exchange.latest.max(at);
                }
                0
            });
            self.read_media_type(conn, answering[index]);
        }
        if let Some(conn_entry) = self.connections.value_mut(conn) {
            std::mem::swap(&mut conn_entry.answering, &mut answering);
        }
        if let Some(id) = leg {
            self.update_leg(conn, id, at, |leg| {
                leg.sent.end = leg.sent.end.max(end);
                0
            });
        }
    }

    fn closed(&mut self, conn: ConnId, at: Nanos, reason: CloseReason) {
        let conn_entry = self.connection_or_new(conn, at);
        if conn_entry.connection.closed.is_some() {
            return;
        }
        conn_entry.connection.closed = Some((at, reason));
        self.frames.forget(conn);
        self.end_items(conn);
        self.counts.open -= 1;
        self.note_connection_change(conn);
        let Some(conn_entry) = self.connections.value(conn) else { return };
        if conn_entry.connection.exchanges.is_empty() {
            if conn_entry.connection.exchange_count == 0 && conn_entry.leg.is_none() {
                self.ended.push_back(Leaving::Connection(conn));
            } else {
                self.drop_connection(conn);
            }
            return;
        }
        // The events that ended these exchanges were left out. They are the last ones: requests come in order.
        let going_on: Vec<ExchangeId> = conn_entry
            .connection
            .exchanges
            .iter()
            .rev()
            .copied()
            .take_while(|id| self.exchange(*id).is_some_and(|exchange| !exchange.outcome.ended()))
            .collect();
        for id in going_on.into_iter().rev() {
            self.end(id, at, Outcome::Aborted);
        }
    }

    fn guard(&mut self, conn: ConnId, id: Option<ExchangeId>, at: Nanos, kind: Guard, limit: u64) {
        let Some(id) = id else {
            self.connection_or_new(conn, at).connection.guard = Some((at, kind, limit));
            self.note_connection_change(conn);
            return;
        };
        if !self.knows(conn, id, at) {
            return;
        }
        let add = |exchange: &mut Exchange| {
            exchange.latest = exchange.latest.max(at);
            push(&mut exchange.guards, (at, kind, limit))
        };
        let is_client = self.exchange(id).is_some_and(|exchange| exchange.conn == conn);
        if is_client { self.update(id, add) } else { self.update_from_upstream(id, add) }
    }
}
