//! Turns exchanges back into events, to be written to a file of their own.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use crate::{
    base::stream::{Direction, ExchangeId, Nanos},
    store::{Chunk, Detail, Exchange, Store},
    trace::{ConnectionStart, Event, EventKind, Order, Payload},
};

/// The event that ties times to the wall clock, with which a new file must begin. None if the time is not known.
#[must_use]
pub(crate) fn clock(store: &Store) -> Vec<Event> {
    let epoch = store.wall_clock(Nanos::ZERO).map(EventKind::Epoch);
    epoch.into_iter().map(|kind| Event { at: Nanos::ZERO, conn: None, exchange: None, kind }).collect()
}

/// The events of one connection, as far as these exchanges of it have them.
#[must_use]
pub(crate) fn events(details: &[Detail]) -> Vec<Event> {
    let (Some(first), Some(last)) = (details.first(), details.last()) else { return Vec::new() };
    let conn = first.exchange.conn;
    let mut all: Vec<(Key, Event)> = Vec::new();
    let mut add = |at: Nanos, order: Order, exchange: Option<ExchangeId>, kind: EventKind| {
        let key = (at, part(order), exchange, order);
        all.push((key, Event { at, conn: Some(conn), exchange, kind }));
    };
    let unknown: SocketAddr = (Ipv4Addr::UNSPECIFIED, 0).into();
    let opened = ConnectionStart {
        role: first.role,
        protocol: first.exchange.protocol,
        peer: first.peer.unwrap_or(unknown),
        local: first.local.unwrap_or(unknown),
    };
    add(first.opened, Order::Opened, None, opened.into());
    let reads = details.iter().flat_map(|detail| &detail.reads);
    for chunk in once(reads) {
        let bytes = EventKind::bytes(Direction::Received, chunk.offset, payload(chunk));
        add(chunk.at, Order::Received, None, bytes);
    }
    let writes = details.iter().flat_map(|detail| &detail.writes);
    for chunk in once(writes) {
        let bytes = EventKind::bytes(Direction::Sent, chunk.offset, payload(chunk));
        add(chunk.at, Order::Sent, None, bytes);
    }
    for detail in details {
        exchange(&detail.exchange, &mut add);
    }
    if let Some(at) = last.half_closed {
        add(at, Order::HalfClosed, None, EventKind::HalfClosed);
    }
    if let Some((at, reason)) = last.closed {
        add(at, Order::Closed, None, EventKind::Closed(reason));
    }
    all.sort_by_key(|(key, _)| *key);
    all.into_iter().map(|(_, event)| event).collect()
}

/// The order of events: time, part of a turn of the server, exchange, step.
type Key = (Nanos, Order, Option<ExchangeId>, Order);

/// The part of a turn: the server reads, then takes up one exchange after the other, then writes.
fn part(order: Order) -> Order {
    if (Order::Started..=Order::ResponseHead).contains(&order) { Order::Started } else { order }
}

fn payload(chunk: &Chunk) -> Payload {
    if chunk.omitted() { Payload::Dropped(chunk.len) } else { Payload::Kept(chunk.bytes.clone()) }
}

/// Each chunk once, since exchanges may share one.
fn once<'a>(chunks: impl Iterator<Item = &'a Chunk>) -> impl Iterator<Item = &'a Chunk> {
    let mut end = 0;
    chunks.filter(move |chunk| {
        let new = chunk.offset >= end;
        end = end.max(chunk.range().end);
        new
    })
}

fn exchange(exchange: &Exchange, add: &mut impl FnMut(Nanos, Order, Option<ExchangeId>, EventKind)) {
    let id = Some(exchange.id);
    add(exchange.began, Order::Started, id, EventKind::request_started(exchange.request.start));
    for (at, stage) in &exchange.stages {
        add(*at, stage.order(), id, EventKind::Stage(stage.clone()));
    }
    for same in exchange.middleware.chunk_by(|one, next| one.0 == next.0 && one.1.phase == next.1.phase) {
        let Some((at, first)) = same.first() else { continue };
        let steps = same.iter().map(|(_, step)| step.clone()).collect();
        add(*at, first.phase.order(), id, EventKind::Middleware(steps));
    }
    if let Some((at, attempts)) = &exchange.routed {
        add(*at, Order::Routed, id, EventKind::RoutesTried(Arc::clone(attempts)));
    }
    for (at, kind, limit) in &exchange.guards {
        add(*at, Order::Guard, id, EventKind::Guard { kind: *kind, limit: *limit });
    }
    for (at, note) in &exchange.notes {
        add(*at, Order::Note, id, EventKind::NoteAdded(note.clone()));
    }
}
