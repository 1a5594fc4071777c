//! Takes events in.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, Direction, ExchangeId, Layer, Leg, StreamId},
    store::model::{Exchange, Outcome, ServerMessage},
    trace::{
        CloseReason, Event, EventKind, Guard, MiddlewareStep, Nanos, NoteKind, Payload, RouteAttempt, Stage,
    },
};

use super::{
    Entry, Leaving, MESSAGES_MAX, Store,
    cost::{ENTRY_COST, step_heap, vec_bytes},
    stream,
    track::{TRACK_COST, Track},
};

/// At most this many bytes of the method are kept in the row.
const METHOD_BYTES: usize = 32;
/// At most this many bytes of the target are kept in the row.
const TARGET_BYTES: usize = 1024;

impl Store {
    /// Takes one event in.
    pub(crate) fn take(&mut self, event: Event) {
        let Event { at, conn, exchange, kind } = event;
        match kind {
            EventKind::Epoch(time) => self.epoch = Some(time),
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
            EventKind::Listening(..) | EventKind::Stopped => {}
            kind => {
                if let Some(conn) = conn {
                    self.take_on(conn, exchange, at, kind);
                }
            }
        }
    }

    /// Takes in what happened on a connection.
    fn take_on(&mut self, conn: ConnId, exchange: Option<ExchangeId>, at: Nanos, kind: EventKind) {
        match kind {
            EventKind::Opened { protocol, peer, local, .. } => {
                let track = self.connect(conn, at);
                track.connection.opened = at;
                track.connection.protocol = protocol;
                track.connection.peer = Some(peer);
                track.connection.local = Some(local);
                self.touch_connection(conn);
            }
            EventKind::Bytes { stream, offset, payload } => self.bytes(conn, at, stream, offset, &payload),
            EventKind::HalfClosed => {
                self.connect(conn, at).connection.half_closed = Some(at);
                self.touch_connection(conn);
            }
            EventKind::Closed(reason) => self.closed(conn, at, reason),
            EventKind::Guard { kind, limit } => self.guard(conn, exchange, at, kind, limit),
            kind => {
                if let Some(exchange) = exchange {
                    self.take_in(conn, exchange, at, kind);
                }
            }
        }
    }

    /// Takes in what happened in an exchange.
    fn take_in(&mut self, conn: ConnId, exchange: ExchangeId, at: Nanos, kind: EventKind) {
        match kind {
            EventKind::MessageStarted { leg: Leg::Client, offset, .. } => {
                self.begin(conn, exchange, at, offset);
            }
            EventKind::Stage(stage) => self.stage(conn, exchange, at, stage),
            EventKind::Middleware(steps) => self.middleware(conn, exchange, at, steps),
            EventKind::RoutesTried(attempts) => self.routes_tried(conn, exchange, at, attempts),
            EventKind::NoteAdded(note) => {
                if self.reach(conn, exchange, at).is_none() {
                    return;
                }
                let heap = match &note.kind {
                    NoteKind::FileFailed(text) | NoteKind::Text(text) => text.len() as u64 + 32,
                    _ => 0,
                };
                self.held += heap;
                self.update(exchange, |entry| {
                    if let NoteKind::Violation(cause, _) = note.kind {
                        entry.refusal.get_or_insert(cause);
                    }
                    entry.notes.push((at, note));
                });
                if let Some(entry) = self.exchanges.value_mut(exchange) {
                    entry.cost += heap;
                }
            }
            // Among these is the request of the other leg: an exchange is known by what its client asks.
            _ => {}
        }
    }

    fn routes_tried(&mut self, conn: ConnId, id: ExchangeId, at: Nanos, attempts: Arc<[RouteAttempt]>) {
        if self.reach(conn, id, at).is_some_and(|entry| entry.exchange.routed.is_none()) {
            let (list, cost) = self.routes.share(attempts);
            self.held += cost;
            self.update(id, |exchange| exchange.routed = Some((at, list)));
        }
    }

    /// The connection, made if it is unknown.
    pub(crate) fn connect(&mut self, conn: ConnId, at: Nanos) -> &mut Track {
        if self.connections.value(conn).is_none() {
            self.counts.connections += 1;
            self.counts.open += 1;
            self.held += TRACK_COST;
            self.connections.insert(conn, Box::new(Track::new(conn, at)));
            self.touch_connection(conn);
        }
        // Inserted just above, if it was not there.
        self.connections.value_mut(conn).unwrap_or_else(|| unreachable!("the connection was inserted"))
    }

    /// The exchange, made if its beginning was left out. `None`: it has left.
    fn reach(&mut self, conn: ConnId, id: ExchangeId, at: Nanos) -> Option<&mut Entry> {
        if self.exchanges.value(id).is_none() {
            let track = self.connect(conn, at);
            if Some(id) <= track.newest {
                return None;
            }
            let offset = track.in_done;
            self.begin(conn, id, at, offset);
        }
        self.exchanges.value_mut(id).map(|entry| &mut **entry)
    }

    /// Changes an exchange, and counts what it grew by.
    fn update(&mut self, id: ExchangeId, change: impl FnOnce(&mut Exchange)) {
        let Some(entry) = self.exchanges.value_mut(id) else { return };
        let before = vec_bytes(&entry.exchange);
        change(&mut entry.exchange);
        let grown = vec_bytes(&entry.exchange) - before;
        entry.cost += grown;
        self.held += grown;
        entry.place = self.place;
        if entry.touched != self.version {
            entry.touched = self.version;
            let conn = entry.exchange.conn;
            self.note_change(conn, Some(id));
        }
    }

    /// A connection changed.
    fn touch_connection(&mut self, id: ConnId) {
        let Some(track) = self.connections.value_mut(id) else { return };
        track.place = self.place;
        if track.touched != self.version {
            track.touched = self.version;
            self.note_change(id, None);
        }
    }

    /// Takes in bytes of a stream. Those of encrypted connections are kept as they are on the wire.
    fn bytes(&mut self, conn: ConnId, at: Nanos, stream: StreamId, offset: u64, payload: &Payload) {
        let (len, bytes) = (payload.count(), payload.kept());
        match (stream.layer, stream.direction) {
            (Layer::Wire, Direction::Received) => self.read(conn, at, offset, len, bytes),
            (Layer::Wire, Direction::Sent) => self.wrote(conn, at, offset, len, bytes),
            (Layer::Plaintext, _) => self.counts.omitted_bytes += bytes.map_or(0, |bytes| bytes.len() as u64),
        }
    }

    fn read(&mut self, conn: ConnId, at: Nanos, offset: u64, len: u64, bytes: Option<&Bytes>) {
        let share = self.share();
        let track = self.connect(conn, at);
        track.connection.bytes_in += len;
        let receiving = track.receiving;
        if receiving.is_some_and(|id| self.exchanges.value(id).is_none()) {
            // The exchange has left to make room: nobody can look at these bytes.
            if let Some(track) = self.connections.value_mut(conn) {
                track.reads.skip();
            }
            return;
        }
        if let Some(track) = self.connections.value_mut(conn) {
            let change = track.reads.push(&mut track.connection.reads, at, offset, len, bytes, share);
            self.count(change);
        }
        if let Some(id) = receiving {
            self.update(id, |exchange| {
                exchange.request.end = exchange.request.end.max(offset + len);
                exchange.latest = exchange.latest.max(at);
            });
        }
    }

    fn wrote(&mut self, conn: ConnId, at: Nanos, offset: u64, len: u64, bytes: Option<&Bytes>) {
        let share = self.share();
        let track = self.connect(conn, at);
        track.connection.bytes_out += len;
        // Before the response head there can be an interim response.
        if let (true, Some(id)) = (track.answering.is_empty(), track.receiving) {
            let continued =
                |entry: &Entry| entry.exchange.stages.iter().any(|(_, stage)| *stage == Stage::Continue);
            if self.exchanges.value(id).is_some_and(|entry| continued(entry)) {
                self.update(id, |exchange| exchange.response = Some(offset..offset));
                if let Some(track) = self.connections.value_mut(conn) {
                    track.answering.push_back(id);
                }
            }
        }
        let Some(track) = self.connections.value_mut(conn) else { return };
        let needed = track.answering.is_empty()
            || track.answering.iter().any(|id| self.exchanges.value(*id).is_some());
        if !needed {
            track.writes.skip();
            return;
        }
        let change = track.writes.push(&mut track.connection.writes, at, offset, len, bytes, share);
        let mut answering = std::mem::take(&mut track.answering);
        self.count(change);
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
            });
        }
        if let Some(track) = self.connections.value_mut(conn) {
            std::mem::swap(&mut track.answering, &mut answering);
        }
    }

    /// Books how the chunks of a stream changed.
    fn count(&mut self, change: stream::Change) {
        self.held = self.held + change.added - change.freed;
        self.chunk_bytes = self.chunk_bytes + change.added - change.freed;
        self.counts.omitted_bytes += change.omitted;
    }

    fn closed(&mut self, conn: ConnId, at: Nanos, reason: CloseReason) {
        let track = self.connect(conn, at);
        if track.connection.closed.is_some() {
            return;
        }
        track.connection.closed = Some((at, reason));
        self.counts.open -= 1;
        self.touch_connection(conn);
        let Some(track) = self.connections.value(conn) else { return };
        if track.connection.exchanges.is_empty() {
            if track.connection.exchange_count == 0 {
                self.ended.push_back(Leaving::Connection(conn));
            } else {
                self.drop_connection(conn);
            }
            return;
        }
        // The events that ended these were left out. They are the last ones: requests come in order.
        let going_on: Vec<ExchangeId> = track
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
            self.connect(conn, at).connection.guard = Some((at, kind, limit));
            self.touch_connection(conn);
            return;
        };
        if self.reach(conn, id, at).is_some() {
            self.update(id, |exchange| {
                exchange.guards.push((at, kind, limit));
                exchange.latest = exchange.latest.max(at);
            });
        }
    }

    /// An exchange begins.
    fn begin(&mut self, conn: ConnId, id: ExchangeId, at: Nanos, offset: u64) {
        let known = self.exchanges.value(id).is_some();
        let track = self.connect(conn, at);
        if known || Some(id) <= track.newest {
            return;
        }
        let chunk = stream::holding(&track.connection.reads, offset).map(|chunk| (chunk.number, chunk.at));
        let received = track.connection.reads.back().map_or(offset, |chunk| chunk.range().end.max(offset));
        track.reads.boundary();
        track.begun = match chunk {
            Some((number, _)) if number == track.begun.0 => (number, track.begun.1 + 1),
            Some((number, _)) => (number, 1),
            None => (0, 1),
        };
        track.connection.pipelined = track.connection.pipelined.max(track.begun.1);
        track.connection.exchange_count += 1;
        track.connection.exchanges.push_back(id);
        track.newest = Some(id);
        track.in_done = track.in_done.max(offset);
        let number = track.connection.exchange_count;
        let before = track.receiving.replace(id);
        let began = chunk.map_or(at, |(_, at)| at);
        let exchange = Exchange {
            id,
            conn,
            number,
            began,
            latest: at.max(began),
            outcome: Outcome::HeadIncomplete,
            request: offset..received,
            response: None,
            method: "".into(),
            target: "".into(),
            status: None,
            refusal: None,
            framing: None,
            request_content: 0,
            stages: Vec::new(),
            middleware: Vec::new(),
            routed: None,
            guards: Vec::new(),
            notes: Vec::new(),
        };
        let entry = Entry { exchange, cost: 0, touched: self.version, place: self.place };
        let mut entry = self.spare.take(entry);
        entry.cost = ENTRY_COST + vec_bytes(&entry.exchange);
        self.held += entry.cost;
        self.counts.exchanges += 1;
        self.exchanges.insert(id, entry);
        self.note_change(conn, Some(id));
        self.touch_connection(conn);
        if let Some(before) = before {
            // Its end was left out.
            self.update(before, |exchange| exchange.request.end = exchange.request.end.min(offset));
        }
    }

    fn stage(&mut self, conn: ConnId, id: ExchangeId, at: Nanos, stage: Stage) {
        let known = self.reach(conn, id, at).is_some();
        let Some(track) = self.connections.value_mut(conn) else { return };
        // The streams of the connection go on whether or not the exchange is still kept.
        match &stage {
            Stage::RequestEnd { end, .. } => {
                track.in_done = track.in_done.max(*end);
                track.reads.boundary();
                if track.receiving == Some(id) {
                    track.receiving = None;
                }
            }
            Stage::ResponseHead { .. } | Stage::Reply { .. } => {
                track.writes.boundary();
                if !track.answering.contains(&id) {
                    track.answering.push_back(id);
                }
            }
            Stage::ResponseSent { .. } | Stage::Aborted => {
                track.answering.retain(|answering| *answering != id);
                track.connection.ending |= !matches!(stage, Stage::ResponseSent { keep_alive: true, .. });
            }
            _ => {}
        }
        let interim_start = track.out_done;
        if let Stage::ResponseSent { end, .. } = &stage {
            track.out_done = track.out_done.max(*end);
            track.writes.boundary();
        }
        if !known {
            let place = self.place;
            self.evicted.follow(id, at, &stage, place);
            return;
        }
        let mut row = None;
        if let Stage::RequestLine { method, target } = &stage {
            let reads = &track.connection.reads;
            row = Some((
                stream::gather_text(reads, method, METHOD_BYTES),
                stream::gather_text(reads, target, TARGET_BYTES),
            ));
        }
        if let Stage::Text { range } = &stage {
            let message = track.connection.protocol.facts().message;
            row = Some((message.into(), stream::gather_text(&track.connection.reads, range, TARGET_BYTES)));
        }
        let outcome = match &stage {
            Stage::ResponseSent { .. } => Some(Outcome::Done),
            Stage::Aborted => Some(Outcome::Aborted),
            _ => None,
        };
        self.update(id, |exchange| {
            exchange.latest = exchange.latest.max(at);
            match &stage {
                Stage::RequestLine { .. } | Stage::Text { .. } => {
                    if let Some((method, target)) = row {
                        (exchange.method, exchange.target) = (method, target);
                    }
                }
                Stage::Head { framing, .. } => {
                    exchange.framing = Some(*framing);
                    exchange.advance(Outcome::BodyIncomplete);
                }
                Stage::RequestEnd { end, content } => {
                    exchange.request.end = (*end).max(exchange.request.start);
                    exchange.request_content = *content;
                    exchange.advance(Outcome::Answering);
                }
                Stage::ResponseHead { status, refusal, start, .. } => {
                    exchange.status = Some(*status);
                    exchange.refusal = refusal.or(exchange.refusal);
                    exchange.advance(Outcome::Answering);
                    let continued = exchange.stages.iter().any(|(_, stage)| *stage == Stage::Continue);
                    let start = if continued { interim_start.min(*start) } else { *start };
                    let end = exchange.response.as_ref().map_or(start, |range| range.end);
                    exchange.response = Some(start..end.max(start));
                }
                Stage::Reply { start } => {
                    exchange.advance(Outcome::Answering);
                    exchange.response = Some(*start..*start);
                }
                Stage::ResponseSent { end, .. } => {
                    let start = exchange.response.as_ref().map_or(*end, |range| range.start);
                    exchange.response = Some(start..(*end).max(start));
                }
                Stage::GuardsPassed | Stage::Continue | Stage::Aborted => {}
            }
            exchange.stages.push((at, stage));
        });
        if let Some(outcome) = outcome {
            self.end(id, at, outcome);
        }
    }

    fn middleware(&mut self, conn: ConnId, id: ExchangeId, at: Nanos, steps: Box<[MiddlewareStep]>) {
        if self.reach(conn, id, at).is_none() {
            return;
        }
        let heap: u64 = steps.iter().map(step_heap).sum();
        self.update(id, |exchange| {
            exchange.middleware.reserve_exact(steps.len());
            exchange.middleware.extend(steps.into_iter().map(|step| (at, step)));
            exchange.latest = exchange.latest.max(at);
        });
        if let Some(entry) = self.exchanges.value_mut(id) {
            entry.cost += heap;
            self.held += heap;
        }
    }

    /// An exchange ended: it may leave when its turn comes.
    fn end(&mut self, id: ExchangeId, at: Nanos, outcome: Outcome) {
        let Some(entry) = self.exchanges.value(id) else { return };
        if entry.exchange.outcome.ended() {
            return;
        }
        self.update(id, |exchange| {
            exchange.outcome = outcome;
            exchange.latest = exchange.latest.max(at);
        });
        self.ended.push_back(Leaving::Exchange(id));
    }
}

impl Exchange {
    /// Moves on to `outcome`, never back.
    fn advance(&mut self, outcome: Outcome) {
        if !self.outcome.ended() && !(self.outcome == Outcome::Answering) {
            self.outcome = outcome;
        }
    }
}
