//! Gathers the details of one exchange.

use std::{collections::VecDeque, ops::Range};

use crate::{
    base::stream::{ConnId, ExchangeId},
    http::Framing,
    store::model::{Chunk, Detail, DetailVersion, Exchange, LegDetail, Message, UpstreamLeg},
    trace::Stage,
};

use super::{Backing, ConnectionEntry, Entry, Store, id_map::IdMap, stream};

/// Bytes before the shown chunks that are searched at most for the beginning of an earlier message.
const LEAD_BYTES: u64 = 256 * 1024;

/// The details of `entry`, whose connection is `conn_entry`.
pub(super) fn detail(
    entry: &Entry,
    conn_entry: &ConnectionEntry,
    exchanges: &IdMap<ExchangeId, Box<Entry>>,
    connections: &IdMap<ConnId, Box<ConnectionEntry>>,
) -> Detail {
    let (exchange, connection) = (&entry.exchange, &conn_entry.connection);
    let reads = chunks(&connection.reads, &exchange.request);
    let writes = exchange.response.as_ref().map_or_else(Vec::new, |range| chunks(&connection.writes, range));
    let messages = messages(exchange, &connection.exchanges, exchanges, &span(&reads), &span(&writes));

    let first = messages.first();
    let lead_reads = first.map_or_else(Vec::new, |message| {
        lead(&connection.reads, message.request.start, message.body, &reads)
    });
    let lead_writes = messages.iter().find_map(|message| Some((message, message.response.clone()?)));
    let lead_writes = lead_writes.map_or_else(Vec::new, |(message, response)| {
        lead(&connection.writes, response.start, message.response_body, &writes)
    });

    let upstream =
        exchange.upstream.iter().filter_map(|leg| Some(leg_detail(leg, connections.value(leg.conn)?)));
    let mut detail = Detail {
        exchange: exchange.clone(),
        role: connection.role,
        peer: connection.peer,
        local: connection.local,
        opened: connection.opened,
        closed: connection.closed,
        half_closed: connection.half_closed,
        reads,
        writes,
        lead_reads,
        lead_writes,
        messages,
        upstream: upstream.collect(),
        neighbours: (exchange.number > 1, Some(exchange.id) < conn_entry.newest),
        backing: Backing::default(),
        version: DetailVersion { changed: entry.changed_at, ..DetailVersion::default() },
    };
    // Positions are left out, so that details from memory and from disk are equal.
    let legs = detail.upstream.iter_mut().map(|leg| &mut leg.leg);
    legs.chain(&mut detail.exchange.upstream).for_each(|leg| leg.place = None);
    detail.note_connection();
    detail
}

impl Detail {
    /// Notes where the bytes are that memory had no room for.
    pub fn set_backing(&mut self, backing: Backing) {
        (self.backing, self.version.backing) = (backing, backing);
    }

    /// Puts the state of the connections into the version.
    fn note_connection(&mut self) {
        self.version.connection = [self.closed.is_some(), self.half_closed.is_some(), self.neighbours.1];
        let ends =
            |leg: &LegDetail| usize::from(leg.closed.is_some()) + usize::from(leg.half_closed.is_some());
        self.version.upstream_ends = self.upstream.iter().map(ends).sum();
    }
}

impl Store {
    /// Updates a detail that was read back from disk: its connections may have gone on since.
    pub fn update_connection(&self, detail: &mut Detail) {
        let conn = detail.exchange.conn;
        detail.exchange.mark = self.mark(detail.exchange.id).cloned();
        if let Some(heading) = self.heading(conn) {
            (detail.role, detail.peer) = (heading.role, heading.peer);
            (detail.opened, detail.closed) = (heading.opened, heading.closed);
            detail.local = heading.local.or(detail.local);
            detail.neighbours.1 = detail.exchange.number < heading.exchange_count;
        }
        if let Some(connection) = self.connection(conn) {
            detail.half_closed = connection.half_closed;
        }
        for leg in &mut detail.upstream {
            if let Some(heading) = self.heading(leg.leg.conn) {
                (leg.role, leg.peer) = (heading.role, heading.peer);
                (leg.opened, leg.closed) = (heading.opened, heading.closed);
                (leg.local, leg.half_closed) = (heading.local.or(leg.local), heading.half_closed);
                if let Some(peer) = heading.peer.filter(|_| leg.leg.backend.is_empty()) {
                    leg.leg.backend = peer.to_string().into();
                }
            }
            let encrypted_bytes = self.evicted.encrypted_bytes(leg.leg.conn);
            leg.encrypted_bytes = encrypted_bytes.or(leg.encrypted_bytes);
            if let Some(conn_entry) = self.connections.value(leg.leg.conn) {
                leg.layer = conn_entry.connection.layer;
                leg.encrypted_bytes = conn_entry.connection.encrypted_bytes;
                // The handshake may have been for an earlier exchange, whose events are not read back.
                leg.leg.tls = leg.leg.tls.take().or_else(|| conn_entry.tls.clone());
            }
        }
        let id = detail.exchange.id;
        let kept = self.exchange(id).map_or(&[][..], |exchange| &exchange.upstream);
        for leg in &mut detail.upstream {
            // The legs before it on its connection are not read back.
            let kept = kept.iter().find(|kept| kept.conn == leg.leg.conn).map(|kept| kept.number);
            let number = kept.or_else(|| self.evicted.leg_number(id, leg.leg.conn));
            leg.leg.number = number.unwrap_or(leg.leg.number);
        }
        for leg in &mut detail.exchange.upstream {
            let known = detail.upstream.iter().find(|known| known.leg.conn == leg.conn);
            if let Some(known) = known {
                (leg.backend, leg.tls) = (known.leg.backend.clone(), known.leg.tls.clone());
                leg.number = known.leg.number;
            }
        }
        detail.note_connection();
    }
}

fn leg_detail(leg: &UpstreamLeg, conn_entry: &ConnectionEntry) -> LegDetail {
    let connection = &conn_entry.connection;
    LegDetail {
        leg: leg.clone(),
        protocol: connection.protocol,
        role: connection.role,
        peer: connection.peer,
        local: connection.local,
        opened: connection.opened,
        closed: connection.closed,
        half_closed: connection.half_closed,
        layer: connection.layer,
        encrypted_bytes: connection.encrypted_bytes,
        reads: chunks(&connection.reads, &leg.received),
        writes: chunks(&connection.writes, &leg.sent),
    }
}

/// The chunks with a byte in `range`.
fn chunks(all: &VecDeque<Chunk>, range: &Range<u64>) -> Vec<Chunk> {
    all.range(stream::overlapping(all, range)).cloned().collect()
}

/// The stream range of consecutive chunks.
fn span(chunks: &[Chunk]) -> Range<u64> {
    match (chunks.first(), chunks.last()) {
        (Some(first), Some(last)) => first.offset..last.range().end,
        _ => 0..0,
    }
}

/// The exchanges of the connection that share a chunk with `exchange`, and `exchange` itself.
fn messages(
    exchange: &Exchange,
    order: &VecDeque<ExchangeId>,
    exchanges: &IdMap<ExchangeId, Box<Entry>>,
    incoming: &Range<u64>,
    outgoing: &Range<u64>,
) -> Vec<Message> {
    let Ok(own) = order.binary_search(&exchange.id) else { return vec![message(exchange)] };
    let kept = |id: &ExchangeId| exchanges.value(*id).map(|entry| &entry.exchange);
    let response_end = |other: &Exchange| other.response.as_ref().map_or(0, |range| range.end);
    let mut before: Vec<Message> = order
        .range(..own)
        .rev()
        .filter_map(kept)
        .take_while(|other| {
            other.request.end > incoming.start
                || (!outgoing.is_empty() && response_end(other) > outgoing.start)
        })
        .map(message)
        .collect();
    before.reverse();
    let from_here = order.range(own..).filter_map(kept).take_while(|other| {
        other.id == exchange.id
            || other.request.start < incoming.end
            || other.response.as_ref().is_some_and(|range| range.start < outgoing.end)
    });
    before.extend(from_here.map(message));
    before
}

fn message(exchange: &Exchange) -> Message {
    let mut message = Message {
        id: exchange.id,
        number: exchange.number,
        request: exchange.request.clone(),
        complete: false,
        body: None,
        response: exchange.response.clone(),
        response_body: None,
        to_head: &*exchange.method == "HEAD",
    };
    for (_, stage) in &exchange.stages {
        match stage {
            Stage::Head { end, framing, .. } => message.body = Some((*end, *framing)),
            Stage::RequestEnd { .. } => message.complete = true,
            Stage::ResponseHead { end, framing, .. } => message.response_body = Some((*end, *framing)),
            _ => {}
        }
    }
    message
}

/// The chunks from `start`, where a message begins, to the first of `shown`. Empty where they are not needed to
/// tell what the first shown bytes are, or where they have a gap.
fn lead(all: &VecDeque<Chunk>, start: u64, body: Option<(u64, Framing)>, shown: &[Chunk]) -> Vec<Chunk> {
    let Some(first) = shown.first() else { return Vec::new() };
    let counted = matches!(body, Some((end, framing)) if end <= first.offset && framing != Framing::Chunked);
    if start >= first.offset || first.offset - start > LEAD_BYTES || counted {
        return Vec::new();
    }
    let lead = chunks(all, &(start..first.offset));
    let whole = lead.first().is_some_and(|chunk| chunk.offset <= start) && !lead.iter().any(Chunk::omitted);
    if whole { lead } else { Vec::new() }
}
