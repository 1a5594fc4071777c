//! Takes in the events of exchanges.

use std::{collections::VecDeque, ops::Range, sync::Arc};

use crate::{
    base::{
        shared_text::SharedText,
        stream::{ConnId, ExchangeId, Leg, Nanos},
    },
    http::{Method, Status},
    store::model::{Chunk, Exchange, Outcome},
    trace::{Again, EventKind, MiddlewareSteps, Note, NoteKind, RouteAttempt, Stage},
};

use super::super::{
    Entry, Leaving, Store,
    account::{Account, Change},
    changes::Changes,
    connection_entry::ConnectionEntry,
    cost::{ENTRY_COST, lists_bytes, note_heap, push},
    stream,
};

/// Bytes of the method that an exchange keeps at most.
const METHOD_BYTES: usize = 32;
/// Bytes of the target that an exchange keeps at most.
const TARGET_BYTES: usize = 1024;

impl Store {
    /// Takes in an event of an exchange.
    pub(super) fn take_exchange_event(
        &mut self,
        conn: ConnId,
        exchange: ExchangeId,
        at: Nanos,
        kind: EventKind,
    ) {
        match kind {
            EventKind::MessageStarted { leg: Leg::Client, offset, .. } => {
                self.begin(conn, exchange, at, offset);
            }
            EventKind::MessageStarted { leg: Leg::Upstream, offset, .. } => {
                self.begin_leg(conn, exchange, at, offset);
            }
            EventKind::SentAgain(again) => self.sent_again(conn, exchange, at, again),
            EventKind::Stage(stage) => self.stage(conn, exchange, at, stage),
            EventKind::Middleware(steps) => self.middleware(conn, exchange, at, steps),
            EventKind::RoutesTried(attempts) => self.routes_tried(conn, exchange, at, attempts),
            EventKind::BackendChosen(choosing) => self.backend_chosen(conn, exchange, at, choosing),
            EventKind::AttemptEnded(record) => self.attempt_ended(conn, exchange, at, record),
            EventKind::NoteAdded(note) => self.note(conn, exchange, at, note),
            EventKind::Lineage(lineage) => self.lineage(conn, exchange, &lineage),
            _ => {}
        }
    }

    /// Whether an exchange is kept, which is begun if its beginning was left out. If not, the exchange has left.
    #[inline]
    pub(super) fn knows(&mut self, conn: ConnId, id: ExchangeId, at: Nanos) -> bool {
        self.exchanges.value(id).is_some() || self.begins_late(conn, id, at)
    }

    /// Begins an exchange whose beginning was left out. Returns whether it is kept.
    #[cold]
    fn begins_late(&mut self, conn: ConnId, id: ExchangeId, at: Nanos) -> bool {
        let conn_entry = self.connection_or_new(conn, at);
        // An exchange belongs to its client's connection: the connection of a leg does not begin one.
        if conn_entry.is_upstream() || Some(id) <= conn_entry.newest {
            return false;
        }
        let offset = conn_entry.in_done;
        self.begin(conn, id, at, offset);
        self.exchanges.value(id).is_some()
    }

    /// Changes an exchange in memory. `change` returns the bytes by which the exchange grew, which are booked.
    pub(super) fn update(&mut self, id: ExchangeId, change: impl FnOnce(&mut Exchange) -> u64) {
        let place = self.place;
        self.alter(id, |entry| {
            entry.place = place;
            change(&mut entry.exchange)
        });
    }

    /// Changes an exchange because of an event on an upstream connection. On disk an exchange is found from its own
    /// connection, so its position stays.
    pub(super) fn update_from_upstream(&mut self, id: ExchangeId, change: impl FnOnce(&mut Exchange) -> u64) {
        self.alter(id, |entry| change(&mut entry.exchange));
    }

    fn alter(&mut self, id: ExchangeId, change: impl FnOnce(&mut Entry) -> u64) {
        let Some(entry) = self.exchanges.value_mut(id) else { return };
        let grown = change(entry);
        entry.grow(grown, self.version, &mut self.account, &mut self.changes);
    }

    /// Begins an exchange whose request starts at stream offset (in) `offset`.
    fn begin(&mut self, conn: ConnId, id: ExchangeId, at: Nanos, offset: u64) {
        let known = self.exchanges.value(id).is_some();
        let conn_entry = self.connection_or_new(conn, at);
        if known || Some(id) <= conn_entry.newest {
            return;
        }
        let chunk =
            stream::holding(&conn_entry.connection.reads, offset).map(|chunk| (chunk.number, chunk.at));
        let received =
            conn_entry.connection.reads.back().map_or(offset, |chunk| chunk.range().end.max(offset));
        conn_entry.reads.boundary();
        conn_entry.begun = match chunk {
            Some((number, _)) if number == conn_entry.begun.0 => (number, conn_entry.begun.1 + 1),
            Some((number, _)) => (number, 1),
            None => (0, 1),
        };
        conn_entry.connection.pipelined = conn_entry.connection.pipelined.max(conn_entry.begun.1);
        conn_entry.connection.exchange_count += 1;
        conn_entry.connection.exchanges.push_back(id);
        conn_entry.newest = Some(id);
        conn_entry.in_done = conn_entry.in_done.max(offset);
        let number = conn_entry.connection.exchange_count;
        let before = conn_entry.receiving.replace(id);
        let began = chunk.map_or(at, |(_, at)| at);
        let exchange = Exchange {
            id,
            conn,
            protocol: conn_entry.connection.protocol,
            number,
            began,
            latest: at.max(began),
            outcome: Outcome::HeadIncomplete,
            request: offset..received,
            response: None,
            again: None,
            method: "".into(),
            target: "".into(),
            route: "".into(),
            status: None,
            media_type: None,
            refusal: None,
            framing: None,
            request_content: 0,
            stages: Vec::new(),
            middleware: Vec::new(),
            routed: None,
            guards: Vec::new(),
            notes: Vec::new(),
            attempts: Vec::new(),
            upstream: Vec::new(),
            lineage: None,
            websocket: None,
            items: None,
            mark: None,
        };
        let entry = Entry { exchange, cost: 0, changed_at: self.version, place: self.place };
        let mut entry = self.spare.take(entry);
        entry.cost = ENTRY_COST + lists_bytes(&entry.exchange);
        self.account.book(Change::records_added(entry.cost));
        self.counts.exchanges += 1;
        self.exchanges.insert(id, entry);
        self.bursts.begin(id, began);
        self.note_change(conn, Some(id));
        self.note_connection_change(conn);
        if let Some(before) = before {
            self.cut_request(before, offset);
        }
    }

    /// Ends a request where the next one begins: the event that ended it was left out.
    fn cut_request(&mut self, id: ExchangeId, offset: u64) {
        self.update(id, |exchange| {
            exchange.request.end = exchange.request.end.min(offset);
            0
        });
    }

    /// Takes in a stage. It moves the streams of the connection on whether or not the exchange is still kept.
    fn stage(&mut self, conn: ConnId, id: ExchangeId, at: Nanos, stage: Stage) {
        let known = self.knows(conn, id, at);
        self.follow_items(conn, id, &stage);
        let Some(conn_entry) = self.connections.value_mut(conn) else { return };
        let Some(entry) = self.exchanges.value_mut(id).filter(|_| known) else {
            apply_stage(conn_entry, None, id, &stage);
            let place = self.place;
            let ends = matches!(stage, Stage::ResponseSent { .. } | Stage::Aborted)
                && self.evicted.summary(id).is_none_or(|row| !row.outcome.ended());
            self.evicted.follow(id, at, &stage, place);
            if ends {
                self.count_away(id);
            }
            return;
        };
        let follows = matches!(stage, Stage::ResponseHead { status: Status(101), .. });
        let has_head = matches!(stage, Stage::ResponseHead { .. } | Stage::ResponseSent { .. });
        let exchange = &mut entry.exchange;
        let texts = |exchange: &Exchange| exchange.method.heap_bytes() + exchange.target.len();
        let before = texts(exchange);
        let outcome = apply_stage(conn_entry, Some(exchange), id, &stage);
        let texts = texts(exchange).saturating_sub(before) as u64;
        exchange.latest = exchange.latest.max(at);
        let grown = texts + push(&mut exchange.stages, (at, stage));
        entry.place = self.place;
        entry.grow(grown, self.version, &mut self.account, &mut self.changes);
        if follows {
            self.follow_frames(conn, id);
        }
        if has_head {
            // The bytes come first where they are those of a file.
            self.read_media_type(conn, id);
        }
        if let Some(outcome) = outcome {
            self.end(id, at, outcome);
        }
    }

    fn middleware(&mut self, conn: ConnId, id: ExchangeId, at: Nanos, steps: MiddlewareSteps) {
        if !self.knows(conn, id, at) {
            return;
        }
        let MiddlewareSteps { list, took } = steps;
        let (list, cost) = self.steps.share(list);
        self.account.book(Change::records_added(cost));
        self.update(id, |exchange| {
            exchange.latest = exchange.latest.max(at);
            let heap = took.heap_bytes() as u64;
            heap + push(&mut exchange.middleware, (at, MiddlewareSteps { list, took }))
        });
    }

    fn sent_again(&mut self, conn: ConnId, id: ExchangeId, at: Nanos, again: Again) {
        if self.knows(conn, id, at) && self.exchange(id).is_some_and(|exchange| exchange.again.is_none()) {
            self.update(id, |exchange| {
                exchange.again = Some(again);
                0
            });
            if let Some(original) = again.original() {
                self.copies.insert(original, id);
            }
        }
    }

    fn routes_tried(&mut self, conn: ConnId, id: ExchangeId, at: Nanos, attempts: Arc<[RouteAttempt]>) {
        if self.knows(conn, id, at) && self.exchange(id).is_some_and(|exchange| exchange.routed.is_none()) {
            let (list, cost) = self.routes.share(attempts);
            self.account.book(Change::records_added(cost));
            self.update(id, |exchange| {
                exchange.routed = Some((at, list));
                0
            });
            self.name_route(id);
        }
    }

    fn note(&mut self, conn: ConnId, id: ExchangeId, at: Nanos, note: Note) {
        if !self.knows(conn, id, at) {
            return;
        }
        self.update(id, |exchange| {
            if let NoteKind::Violation(cause, _) = note.kind {
                exchange.refusal.get_or_insert(cause);
            }
            note_heap(&note) + push(&mut exchange.notes, (at, note))
        });
    }

    /// Ends an exchange, which is then a candidate for eviction.
    pub(super) fn end(&mut self, id: ExchangeId, at: Nanos, outcome: Outcome) {
        let Some(entry) = self.exchanges.value(id) else { return };
        if entry.exchange.outcome.ended() {
            return;
        }
        self.update(id, |exchange| {
            exchange.outcome = outcome;
            exchange.latest = exchange.latest.max(at);
            0
        });
        self.ended.push_back(Leaving::Exchange(id));
        self.count(id);
    }
}

impl Entry {
    /// Books `grown` bytes by which the exchange grew in a change, and notes the change, once in each version.
    #[inline]
    fn grow(&mut self, grown: u64, version: u64, account: &mut Account, changes: &mut Changes) {
        self.cost += grown;
        account.book(Change::records_added(grown));
        if self.changed_at != version {
            self.changed_at = version;
            changes.note(self.exchange.conn, Some(self.exchange.id));
        }
    }
}

impl Exchange {
    /// Advances to `outcome`, never back.
    fn advance(&mut self, outcome: Outcome) {
        if !self.outcome.ended() && !(self.outcome == Outcome::Answering) {
            self.outcome = outcome;
        }
    }
}

/// Applies a stage to the connection, and to the exchange if that is still kept. Returns the outcome with which
/// the exchange ended; `None`: it goes on.
fn apply_stage(
    conn_entry: &mut ConnectionEntry,
    exchange: Option<&mut Exchange>,
    id: ExchangeId,
    stage: &Stage,
) -> Option<Outcome> {
    match stage {
        Stage::RequestLine { method, target } => {
            let exchange = exchange?;
            let reads = &conn_entry.connection.reads;
            exchange.method = method_text(reads, method);
            exchange.target = stream::gather_text(reads, target, TARGET_BYTES);
        }
        Stage::Received { word, content } => {
            let exchange = exchange?;
            exchange.method = (*word).into();
            exchange.target = stream::gather_text(&conn_entry.connection.reads, content, TARGET_BYTES);
        }
        Stage::Head { framing, .. } => {
            let exchange = exchange?;
            exchange.framing = Some(*framing);
            exchange.advance(Outcome::BodyIncomplete);
        }
        Stage::GuardsPassed | Stage::Continue => {}
        Stage::RequestEnd { end, content } => {
            conn_entry.request_ends(id, *end);
            let exchange = exchange?;
            exchange.request.end = (*end).max(exchange.request.start);
            exchange.request_content = *content;
            exchange.advance(Outcome::Answering);
        }
        Stage::ResponseHead { status, refusal, start, .. } => {
            conn_entry.response_begins(id);
            let exchange = exchange?;
            exchange.status = Some(*status);
            exchange.refusal = refusal.or(exchange.refusal);
            exchange.advance(Outcome::Answering);
            // Interim responses are part of the response.
            let continued = exchange.stages.iter().any(|(_, stage)| *stage == Stage::Continue);
            let start = if continued { conn_entry.out_done.min(*start) } else { *start };
            let end = exchange.response.as_ref().map_or(start, |range| range.end);
            exchange.response = Some(start..end.max(start));
            if *status == Status(101) {
                goes_on(conn_entry, exchange);
            }
        }
        Stage::Answered { refusal, start } => {
            conn_entry.response_begins(id);
            let exchange = exchange?;
            exchange.refusal = refusal.or(exchange.refusal);
            exchange.advance(Outcome::Answering);
            exchange.response = Some(*start..*start);
        }
        Stage::ResponseSent { end, keep_alive } => {
            conn_entry.response_ends(id, *keep_alive);
            conn_entry.out_done = conn_entry.out_done.max(*end);
            conn_entry.writes.boundary();
            let exchange = exchange?;
            let start = exchange.response.as_ref().map_or(*end, |range| range.start);
            exchange.response = Some(start..(*end).max(start));
            return Some(Outcome::Done);
        }
        Stage::Aborted => {
            conn_entry.response_ends(id, false);
            return Some(Outcome::Aborted);
        }
    }
    None
}

/// The method token: that of the program where it knows the method, so that most exchanges need no memory for it.
fn method_text(reads: &VecDeque<Chunk>, place: &Range<u64>) -> SharedText {
    let known = stream::plain(reads, place, METHOD_BYTES).map(|token| Method::from_token(token.as_bytes()));
    match known {
        Some(method) if method != Method::Other => method.name().into(),
        _ => String::from(stream::gather_text(reads, place, METHOD_BYTES)).into(),
    }
}

/// Another protocol is spoken from here on (RFC 9110 §15.2.2), and what arrives is part of the exchange.
fn goes_on(conn_entry: &mut ConnectionEntry, exchange: &mut Exchange) {
    conn_entry.receiving = Some(exchange.id);
    let reached = conn_entry.connection.reads.back().map_or(0, |chunk| chunk.range().end);
    exchange.request.end = exchange.request.end.max(reached);
}
