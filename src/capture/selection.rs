//! Exchanges as events again, to be written to a file of their own.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use crate::{
    base::stream::{Direction, ExchangeId, Role},
    store::{Chunk, Detail, Exchange, Store},
    trace::{Event, EventKind, Nanos, Payload, Phase, Stage},
};

/// The event that says when the clock started: a new file must begin with it.
#[must_use]
pub fn clock(store: &Store) -> Vec<Event> {
    let epoch = store.wall_clock(0).map(EventKind::Epoch);
    epoch.into_iter().map(|kind| Event { at: 0, conn: None, exchange: None, kind }).collect()
}

/// What happened on one connection, as far as these exchanges of it tell.
#[must_use]
pub fn events(details: &[Detail]) -> Vec<Event> {
    let (Some(first), Some(last)) = (details.first(), details.last()) else { return Vec::new() };
    let conn = first.exchange.conn;
    let mut all: Vec<(Key, Event)> = Vec::new();
    let mut add = |key: Key, kind: EventKind| {
        all.push((key, Event { at: key.0, conn: Some(conn), exchange: key.2, kind }));
    };
    let unknown: SocketAddr = (Ipv4Addr::UNSPECIFIED, 0).into();
    let opened = EventKind::Opened {
        role: Role::Accepted,
        protocol: first.protocol,
        peer: first.peer.unwrap_or(unknown),
        local: first.local.unwrap_or(unknown),
    };
    add((first.opened, 0, None, 0), opened);
    let reads = details.iter().flat_map(|detail| &detail.reads);
    for chunk in once(reads) {
        add((chunk.at, 1, None, 0), EventKind::bytes(Direction::Received, chunk.offset, payload(chunk)));
    }
    let writes = details.iter().flat_map(|detail| &detail.writes);
    for chunk in once(writes) {
        add((chunk.at, 3, None, 0), EventKind::bytes(Direction::Sent, chunk.offset, payload(chunk)));
    }
    for detail in details {
        exchange(&detail.exchange, &mut add);
    }
    if let Some(at) = last.half_closed {
        add((at, 5, None, 0), EventKind::HalfClosed);
    }
    if let Some((at, reason)) = last.closed {
        add((at, 6, None, 0), EventKind::Closed(reason));
    }
    all.sort_by_key(|(key, _)| *key);
    all.into_iter().map(|(_, event)| event).collect()
}

/// The order of events: time, part of a turn, exchange, step.
type Key = (Nanos, u8, Option<ExchangeId>, u8);

fn payload(chunk: &Chunk) -> Payload {
    if chunk.omitted() { Payload::Dropped(chunk.len) } else { Payload::Kept(chunk.bytes.clone()) }
}

/// Each chunk once: exchanges may share one.
fn once<'a>(chunks: impl Iterator<Item = &'a Chunk>) -> impl Iterator<Item = &'a Chunk> {
    let mut end = 0;
    chunks.filter(move |chunk| {
        let new = chunk.offset >= end;
        end = end.max(chunk.range().end);
        new
    })
}

fn exchange(exchange: &Exchange, add: &mut impl FnMut(Key, EventKind)) {
    let id = Some(exchange.id);
    add((exchange.began, 2, id, 0), EventKind::request_started(exchange.request.start));
    for (at, stage) in &exchange.stages {
        let (part, step) = match stage {
            Stage::RequestLine { .. } | Stage::Text { .. } => (2, 1),
            Stage::Head { .. } => (2, 2),
            Stage::GuardsPassed => (2, 3),
            Stage::Continue => (2, 6),
            Stage::RequestEnd { .. } => (2, 7),
            Stage::ResponseHead { .. } | Stage::Reply { .. } => (2, 10),
            Stage::ResponseSent { .. } | Stage::Aborted => (4, 0),
        };
        add((*at, part, id, step), EventKind::Stage(stage.clone()));
    }
    for same in exchange.middleware.chunk_by(|one, next| one.0 == next.0 && one.1.phase == next.1.phase) {
        let Some((at, first)) = same.first() else { continue };
        let step = if first.phase == Phase::Request { 4 } else { 9 };
        let steps = same.iter().map(|(_, step)| step.clone()).collect();
        add((*at, 2, id, step), EventKind::Middleware(steps));
    }
    if let Some((at, attempts)) = &exchange.routed {
        add((*at, 2, id, 5), EventKind::RoutesTried(Arc::clone(attempts)));
    }
    for (at, kind, limit) in &exchange.guards {
        add((*at, 2, id, 8), EventKind::Guard { kind: *kind, limit: *limit });
    }
    for (at, note) in &exchange.notes {
        add((*at, 2, id, 8), EventKind::NoteAdded(note.clone()));
    }
}
