//! Turns exchanges back into events, to be written to a file of their own.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use crate::{
    base::stream::{ConnId, Direction, ExchangeId, Layer, Leg, Nanos, Role, StreamId},
    store::{Chunk, Detail, Exchange, LegDetail, Store},
    trace::{
        CloseReason, ConnectionStart, Encryption, Event, EventKind, Lineage, Mark, Order, Payload,
        ProtocolKind,
    },
};

/// The events that tie times to the wall clock, with which a new file must begin. None if the time is not known.
#[must_use]
pub(crate) fn clock(store: &Store) -> Vec<Event> {
    let event = |(at, epoch)| Event { at, conn: None, exchange: None, kind: EventKind::Epoch(epoch) };
    store.clock().steps().map(event).collect()
}

/// The events of these exchanges, on their connections and on those of their upstream legs. Exchanges that share a
/// connection belong together: a connection is opened once in a file.
#[must_use]
pub(crate) fn events(details: &[Detail]) -> Vec<Event> {
    keyed(details, &[]).into_iter().map(|(_, event)| event).collect()
}

/// The events of [`events`] with their places in the order, without the reads and writes of the exchanges that are
/// `long`.
#[must_use]
pub(super) fn keyed(details: &[Detail], long: &[ExchangeId]) -> Vec<(Key, Event)> {
    let mut all: Vec<(Key, Event)> = Vec::new();
    let mut add = |conn: ConnId, at: Nanos, order: Order, exchange: Option<ExchangeId>, kind: EventKind| {
        all.push((key(at, order, exchange), Event { at, conn: Some(conn), exchange, kind }));
    };
    let is_short = |detail: &&&Detail| !long.contains(&detail.exchange.id);
    let mut clients: BTreeMap<ConnId, Vec<&Detail>> = BTreeMap::new();
    let mut upstream: BTreeMap<ConnId, Vec<(ExchangeId, &LegDetail)>> = BTreeMap::new();
    for detail in details {
        clients.entry(detail.exchange.conn).or_default().push(detail);
        for leg in &detail.upstream {
            upstream.entry(leg.leg.conn).or_default().push((detail.exchange.id, leg));
        }
    }
    for (conn, details) in clients {
        let (Some(first), Some(last)) = (details.first(), details.last()) else { continue };
        let mut add = |at, order, exchange, kind| add(conn, at, order, exchange, kind);
        let opened = start(first.role, first.exchange.protocol, first.peer, first.local);
        add(first.opened, Order::Opened, None, opened);
        let short = || details.iter().filter(is_short);
        for chunk in once(short().flat_map(|detail| &detail.reads)) {
            add(chunk.at, Order::Received, None, bytes(Layer::Wire, Direction::Received, chunk));
        }
        for chunk in once(short().flat_map(|detail| &detail.writes)) {
            add(chunk.at, Order::Sent, None, bytes(Layer::Wire, Direction::Sent, chunk));
        }
        for detail in &details {
            exchange(&detail.exchange, &mut add);
        }
        end(last.half_closed, last.closed, &mut add);
    }
    for (conn, mut legs) in upstream {
        legs.sort_by_key(|(_, leg)| leg.leg.sent.start);
        legs_on(&legs, long, |at, order, exchange, kind| add(conn, at, order, exchange, kind));
    }
    for detail in details {
        let Exchange { id, latest, mark, .. } = &detail.exchange;
        let event = |mark: &Arc<Mark>| {
            let kind = EventKind::Marked(Some(Arc::clone(mark)));
            (
                key(*latest, Order::Over, Some(*id)),
                Event { at: *latest, conn: None, exchange: Some(*id), kind },
            )
        };
        all.extend(mark.as_ref().map(event));
    }
    all.sort_by_key(|(key, _)| *key);
    all
}

/// The events of a dialed connection, as far as these legs have them, which are in the order of the connection.
fn legs_on(
    legs: &[(ExchangeId, &LegDetail)],
    long: &[ExchangeId],
    mut add: impl FnMut(Nanos, Order, Option<ExchangeId>, EventKind),
) {
    let (Some((_, first)), Some((_, last))) = (legs.first(), legs.last()) else { return };
    add(first.opened, Order::Opened, None, start(first.role, first.protocol, first.peer, first.local));
    for (id, LegDetail { leg, layer, .. }) in legs {
        if let Some(handshake) = leg.tls.clone() {
            let is_open = handshake.is_open;
            let encryption = Encryption { handshake, is_reused: leg.sent.start > 0 };
            add(leg.began, Order::Started, Some(*id), EventKind::Encrypted(Box::new(encryption)));
            if !is_open {
                continue;
            }
        }
        let stream = StreamId { layer: *layer, direction: Direction::Sent };
        let kind = EventKind::MessageStarted { leg: Leg::Upstream, stream, offset: leg.sent.start };
        add(leg.began, Order::Started, Some(*id), kind);
        for part in leg.lineage.iter().flat_map(Lineage::parts) {
            add(leg.began, Order::ResponseHead, Some(*id), EventKind::Lineage(part));
        }
    }
    let short = || legs.iter().filter(|(id, _)| !long.contains(id));
    for chunk in once(short().flat_map(|(_, leg)| &leg.reads)) {
        // What is received at the time at which a leg begins comes before that, unless it is the response.
        let since = legs.partition_point(|(_, leg)| leg.leg.began < chunk.at);
        let mut begun = legs[since..].iter().map(|(_, leg)| &leg.leg).take_while(|leg| leg.began == chunk.at);
        let response = begun.any(|leg| leg.received.start <= chunk.offset);
        let order = if response { Order::Sent } else { Order::Received };
        add(chunk.at, order, None, bytes(last.layer, Direction::Received, chunk));
    }
    for chunk in once(short().flat_map(|(_, leg)| &leg.writes)) {
        add(chunk.at, Order::Sent, None, bytes(last.layer, Direction::Sent, chunk));
    }
    if let (Some(counts), Some((at, _))) = (last.encrypted_bytes, last.closed) {
        add(at, Order::HalfClosed, None, EventKind::EncryptedBytes(counts));
    }
    end(last.half_closed, last.closed, &mut add);
}

/// The beginning of a connection.
fn start(
    role: Role,
    protocol: ProtocolKind,
    peer: Option<SocketAddr>,
    local: Option<SocketAddr>,
) -> EventKind {
    let unknown: SocketAddr = (Ipv4Addr::UNSPECIFIED, 0).into();
    let (peer, local) = (peer.unwrap_or(unknown), local.unwrap_or(unknown));
    ConnectionStart { role, protocol, peer, local }.into()
}

/// The ends of a connection.
fn end(
    half_closed: Option<Nanos>,
    closed: Option<(Nanos, CloseReason)>,
    add: &mut impl FnMut(Nanos, Order, Option<ExchangeId>, EventKind),
) {
    if let Some(at) = half_closed {
        add(at, Order::HalfClosed, None, EventKind::HalfClosed);
    }
    if let Some((at, reason)) = closed {
        add(at, Order::Closed, None, EventKind::Closed(reason));
    }
}

fn bytes(layer: Layer, direction: Direction, chunk: &Chunk) -> EventKind {
    let payload =
        if chunk.omitted() { Payload::Dropped(chunk.len) } else { Payload::Kept(chunk.bytes.clone()) };
    EventKind::bytes_at(layer, direction, chunk.offset, payload)
}

/// The order of events: time, part of a turn of the server, exchange, step.
pub(super) type Key = (Nanos, Order, Option<ExchangeId>, Order);

/// The place of an event in the order.
pub(super) fn key(at: Nanos, order: Order, exchange: Option<ExchangeId>) -> Key {
    (at, part(order), exchange, order)
}

/// The part of a turn: the server reads, then takes up one exchange after the other, then writes.
fn part(order: Order) -> Order {
    if (Order::Started..=Order::ResponseHead).contains(&order) { Order::Started } else { order }
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
    if let Some(again) = exchange.again {
        add(exchange.began, Order::Started, id, EventKind::SentAgain(again));
    }
    for (at, stage) in &exchange.stages {
        add(*at, stage.order(), id, EventKind::Stage(stage.clone()));
    }
    for (at, steps) in &exchange.middleware {
        let Some(phase) = steps.phase() else { continue };
        add(*at, phase.order(), id, EventKind::Middleware(steps.clone()));
    }
    if let Some((at, attempts)) = &exchange.routed {
        add(*at, Order::Routed, id, EventKind::RoutesTried(Arc::clone(attempts)));
    }
    for attempt in &exchange.attempts {
        let chosen = EventKind::BackendChosen(Arc::clone(&attempt.choosing));
        add(attempt.at, Order::BackendChosen, id, chosen);
        if let Some((at, record)) = &attempt.ended {
            add(*at, Order::AttemptEnded, id, EventKind::AttemptEnded(Box::new(record.clone())));
        }
    }
    for (at, kind, limit) in &exchange.guards {
        add(*at, Order::Guard, id, EventKind::Guard { kind: *kind, limit: *limit });
    }
    if let Some(lineage) = &exchange.lineage {
        let head = exchange.stages.iter().find(|(_, stage)| stage.order() == Order::ResponseHead);
        let at = head.map_or(exchange.latest, |(at, _)| *at);
        for part in lineage.parts() {
            add(at, Order::ResponseHead, id, EventKind::Lineage(part));
        }
    }
    for (at, note) in &exchange.notes {
        add(*at, Order::Note, id, EventKind::NoteAdded(note.clone()));
    }
}
