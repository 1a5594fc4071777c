//! Index in memory of exchanges that are only on disk: their rows, and their positions in the session.

mod legs;
mod page;
mod remove;

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::Arc,
};

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos, Role},
    http::Method,
    stats::RouteNames,
    store::{
        FrameCounts, ItemCounts, Position,
        model::{Connection, Exchange, Outcome},
        summary::{Heading, Summary},
    },
    trace::{Again, CloseReason, Mark, Stage},
};

use super::{id_map::IdMap, media_types::MediaTypes};
use legs::LegPlaces;
use page::{PAGE, Page, Stub, page_of, slot};

/// The rows of exchanges and the headings of connections that left memory and are recorded on disk.
#[derive(Debug, Default)]
pub(super) struct EvictedIndex {
    /// The page of the exchanges whose number divided by [`PAGE`] is that of the slot.
    pages: IdMap<u64, Box<Page>>,
    connections: IdMap<ConnId, EvictedConnection>,
    /// The addresses of this program to which connections were made, each once; the first 255.
    locals: Vec<SocketAddr>,
    legs: LegPlaces,
    /// The frames of those that have become a WebSocket.
    frames: HashMap<ExchangeId, FrameCounts>,
    /// The items of those whose response is a stream.
    items: HashMap<ExchangeId, ItemCounts>,
    /// The exchanges whose requests were sent again.
    again: BTreeMap<ExchangeId, Again>,
    /// The marks of those that have one.
    pub(super) marks: BTreeMap<ExchangeId, Arc<Mark>>,
    /// The media types of all exchanges, in memory and on disk.
    pub(super) types: MediaTypes,
    /// The routes of all exchanges, in memory and on disk.
    pub(super) routes: RouteNames,
    live: usize,
    bytes: u64,
    /// The segments up to this one can no longer be read.
    gone_through: u32,
    /// The position from which on nothing was written. `None`: everything was written.
    end: Option<Position>,
}

/// Exchanges and connections that left the index.
#[derive(Debug, Default)]
pub(super) struct Gone {
    /// The exchanges, each with its connection.
    pub exchanges: Vec<(ExchangeId, ConnId)>,
    /// The connections that have no exchange left.
    pub connections: Vec<ConnId>,
}

/// A closed connection none of whose exchanges is in memory.
#[derive(Clone, Debug)]
struct EvictedConnection {
    role: Role,
    peer: Option<SocketAddr>,
    opened: Nanos,
    closed: Option<(Nanos, CloseReason)>,
    pipelined: u32,
    /// Number of the connection's exchanges that are in the index.
    kept: u32,
    exchange_count: u64,
    last: Option<ExchangeId>,
    /// Position of the connection's latest event.
    place: Position,
    /// This program's address: a position in [`EvictedIndex::locals`], from 1. 0: it is not known.
    local: u8,
    /// What only a dialed connection has. `None`: the connection was accepted.
    dialed: Option<Box<EvictedDialed>>,
}

/// What is remembered of a dialed connection besides.
#[derive(Clone, Copy, Debug, Default)]
struct EvictedDialed {
    /// The time at which the other end finished sending. `None`: it has not.
    half_closed: Option<Nanos>,
    /// The encrypted bytes that were received and sent. `None`: the connection was not encrypted.
    encrypted_bytes: Option<[u64; 2]>,
}

impl EvictedIndex {
    /// Number of exchanges in the index.
    pub(super) const fn len(&self) -> usize {
        self.live
    }

    /// Bytes of memory that the index takes, approximately.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
            + self.legs.bytes()
            + (self.frames.len() * (size_of::<(ExchangeId, FrameCounts)>() + 16)) as u64
            + (self.items.len() * (size_of::<(ExchangeId, ItemCounts)>() + 16)) as u64
            + (self.again.len() * 2 * size_of::<(ExchangeId, Again)>()) as u64
            + (self.marks.len() * 2 * size_of::<(ExchangeId, Arc<Mark>)>()) as u64
            + (self.connections.len() * (size_of::<EvictedConnection>() + 16)) as u64
    }

    /// Inserts an exchange that is recorded at `place`. `opening`: its first line, if it has no target.
    pub(super) fn insert(&mut self, exchange: &Exchange, opening: &str, place: Position) {
        let number = page_of(exchange.id);
        if self.pages.value(number).is_none() {
            self.pages.insert(number, Box::new(Page::new()));
            self.bytes += Page::BYTES;
        }
        let Some(page) = self.pages.value_mut(number) else { return };
        let before = page.texts.capacity();
        let target = if exchange.target.is_empty() { opening } else { &exchange.target };
        let summary = Summary::from(exchange);
        let media_type = self.types.index(summary.media_type);
        let route = self.routes.index(summary.route);
        let usual = Method::from_token(exchange.method.as_bytes());
        let stub = Stub {
            conn: exchange.conn,
            protocol: exchange.protocol,
            began: exchange.began,
            latest: exchange.latest,
            response_bytes: summary.response_bytes,
            request_bytes: u32::try_from(summary.request_bytes).unwrap_or(u32::MAX),
            waited: Stub::waited_of(summary.waited),
            media_type,
            route,
            notes: u8::try_from(summary.notes).unwrap_or(u8::MAX),
            place,
            number: u32::try_from(exchange.number).unwrap_or(u32::MAX),
            target: page.text(target),
            method: if usual == Method::Other { page.text(&exchange.method) } else { (0, 0) },
            usual,
            backend: page.backend(&summary.backend),
            attempts: u8::try_from(summary.attempts).unwrap_or(u8::MAX),
            status: exchange.status,
            refusal: exchange.refusal,
            outcome: exchange.outcome,
            severity: summary.severity,
        };
        page.oldest = page.oldest.min(place.segment());
        let slot = &mut page.stubs[slot(exchange.id)];
        if slot.replace(stub).is_none() {
            page.live += 1;
            self.live += 1;
        }
        self.bytes += (page.texts.capacity() - before) as u64;
        self.legs.insert(exchange.id, &exchange.upstream);
        if let Some(sums) = &exchange.websocket {
            self.frames.insert(exchange.id, sums.counts);
        }
        self.items.extend(exchange.items.map(|counts| (exchange.id, counts)));
        self.again.extend(exchange.again.map(|again| (exchange.id, again)));
        self.marks.extend(exchange.mark.clone().map(|mark| (exchange.id, mark)));
    }

    /// Inserts a closed connection, `kept` of whose exchanges are in the index.
    pub(super) fn insert_connection(
        &mut self,
        connection: &Connection,
        kept: u32,
        last: Option<ExchangeId>,
        place: Position,
    ) {
        let local = connection.local.map_or(0, |local| self.local(local));
        let evicted = EvictedConnection {
            local,
            role: connection.role,
            peer: connection.peer,
            opened: connection.opened,
            closed: connection.closed,
            pipelined: connection.pipelined,
            kept,
            exchange_count: connection.exchange_count,
            last,
            place,
            dialed: (connection.role == Role::Dialed).then(|| {
                let Connection { half_closed, encrypted_bytes, .. } = *connection;
                Box::new(EvictedDialed { half_closed, encrypted_bytes })
            }),
        };
        self.connections.insert(connection.id, evicted);
    }

    /// The position of an address of this program in the list, from 1. 0: the list is full.
    fn local(&mut self, local: SocketAddr) -> u8 {
        let known = self.locals.iter().position(|known| *known == local);
        if known.is_none() && self.locals.len() < usize::from(u8::MAX) {
            self.locals.push(local);
        }
        let index = known.unwrap_or(self.locals.len().saturating_sub(1));
        let found = self.locals.get(index) == Some(&local);
        if found { u8::try_from(index + 1).unwrap_or(0) } else { 0 }
    }

    /// Updates an exchange that left memory before its end.
    pub(super) fn follow(&mut self, id: ExchangeId, at: Nanos, stage: &Stage, place: Option<Position>) {
        let Some(page) = self.pages.value_mut(page_of(id)) else { return };
        let Some(stub) = &mut page.stubs[slot(id)] else { return };
        stub.latest = stub.latest.max(at);
        stub.place = place.unwrap_or(stub.place);
        match stage {
            Stage::RequestEnd { .. } if !stub.outcome.ended() => stub.outcome = Outcome::Answering,
            Stage::ResponseHead { status, refusal, .. } => {
                (stub.status, stub.refusal) = (Some(*status), refusal.or(stub.refusal));
                stub.waited = Stub::waited_of(Some(at.saturating_sub(stub.began)));
            }
            Stage::Answered { refusal, .. } => stub.refusal = refusal.or(stub.refusal),
            Stage::ResponseSent { .. } => stub.outcome = Outcome::Done,
            Stage::Aborted => stub.outcome = Outcome::Aborted,
            _ => {}
        }
    }

    /// Begins an upstream leg of an exchange that left memory: the one of this number on a connection.
    pub(super) fn begin_leg(&mut self, id: ExchangeId, leg: (ConnId, u64), place: Option<Position>) {
        if self.place(id).is_some() {
            self.legs.begin(id, leg, place);
        }
    }

    /// Updates an exchange that left memory, because something happened on an upstream leg of it.
    pub(super) fn follow_leg(&mut self, id: ExchangeId, conn: ConnId, place: Option<Position>) {
        if self.place(id).is_some() {
            self.legs.follow(id, conn, place);
        }
    }

    /// The connections of an exchange's upstream legs, with the positions of the latest events there.
    pub(super) fn legs(&self, id: ExchangeId) -> impl Iterator<Item = (ConnId, Position)> {
        self.legs.of(id).iter().map(|leg| (leg.conn, leg.place))
    }

    /// The number of an exchange's upstream leg on its connection. `None`: the index has no such leg.
    pub(super) fn leg_number(&self, id: ExchangeId, conn: ConnId) -> Option<u64> {
        self.legs.of(id).iter().find(|leg| leg.conn == conn).map(|leg| leg.number.into())
    }

    /// The row of an exchange. `None`: the exchange is not in the index.
    pub(super) fn summary(&self, id: ExchangeId) -> Option<Summary<'_>> {
        let page = self.pages.value(page_of(id))?;
        page.stubs[slot(id)].as_ref().map(|stub| self.row(page, id, stub))
    }

    /// The rows of the exchanges from number `from` on, in order.
    pub(super) fn summaries(&self, from: ExchangeId) -> impl Iterator<Item = Summary<'_>> {
        self.pages.iter_from(page_of(from)).flat_map(move |(number, page)| {
            let skip = if number == page_of(from) { slot(from) } else { 0 };
            let stubs = page.stubs.iter().zip(number * PAGE..).skip(skip);
            stubs.filter_map(|(stub, id)| Some(self.row(page, ExchangeId::new(id)?, stub.as_ref()?)))
        })
    }

    /// The newest exchange. `None`: there is none.
    pub(super) fn newest(&self) -> Option<ExchangeId> {
        let (number, page) = self.pages.last()?;
        let slot = page.stubs.iter().rposition(Option::is_some)?;
        ExchangeId::new(number * PAGE + slot as u64)
    }

    fn row<'a>(&'a self, page: &'a Page, id: ExchangeId, stub: &'a Stub) -> Summary<'a> {
        // Few exchanges have become WebSockets, few are streams, and few were sent again.
        let frames = if self.frames.is_empty() { None } else { self.frames.get(&id).copied() };
        let media_type = self.types.text(stub.media_type);
        let route = self.routes.name(stub.route);
        let items = if self.items.is_empty() { None } else { self.items.get(&id).copied() };
        let again = self.again.get(&id).copied();
        let mark = self.marks.get(&id).map(|mark| &**mark);
        Summary { again, route, media_type, frames, items, mark, ..page.summary(id, stub) }
    }

    /// The first line of an exchange without a target, else the target. `None`: the exchange is not in the index.
    pub(super) fn opening(&self, id: ExchangeId) -> Option<&str> {
        let page = self.pages.value(page_of(id))?;
        let stub = page.stubs[slot(id)].as_ref()?;
        Some(page.part(stub.target))
    }

    /// Position of an exchange's latest event. `None`: the exchange is not in the index.
    pub(super) fn place(&self, id: ExchangeId) -> Option<Position> {
        self.pages.value(page_of(id))?.stubs[slot(id)].as_ref().map(|stub| stub.place)
    }

    /// The heading of a closed connection none of whose exchanges is in memory. `None`: it is not in the index.
    pub(super) fn heading(&self, id: ConnId) -> Option<Heading> {
        self.connections.value(id).map(|connection| connection.heading(id, &self.locals))
    }

    /// The encrypted bytes that a connection received and sent. `None`: it is not in the index, or was not encrypted.
    pub(super) fn encrypted_bytes(&self, id: ConnId) -> Option<[u64; 2]> {
        self.connections.value(id)?.dialed.as_ref()?.encrypted_bytes
    }

    /// The headings of the connections in the index from number `from` on, in order.
    pub(super) fn headings(&self, from: ConnId) -> impl Iterator<Item = Heading> {
        self.connections.iter_from(from).map(|(id, connection)| connection.heading(id, &self.locals))
    }

    /// Whether events at `place` can be read.
    pub(super) fn can_read(&self, place: Position) -> bool {
        place.segment() > self.gone_through && self.end.is_none_or(|end| place < end)
    }

    /// Empties the index, but remembers which positions can be read.
    pub(super) fn clear(&mut self) {
        let Self { gone_through, end, .. } = *self;
        *self = Self { gone_through, end, ..Self::default() };
    }

    /// Removes exchanges and connections in the segments up to number `through`.
    pub(super) fn forget_segments(&mut self, through: u32) -> Gone {
        self.gone_through = self.gone_through.max(through);
        self.forget_unreadable(through)
    }

    /// Removes exchanges and connections from position `end` on.
    pub(super) fn forget_from(&mut self, end: Position) -> Gone {
        self.end = Some(end);
        self.forget_unreadable(u32::MAX)
    }

    /// Removes exchanges and connections that can no longer be read. Looks only at pages with an exchange in the
    /// segments up to number `through`. The caller updates connections that are in memory.
    fn forget_unreadable(&mut self, through: u32) -> Gone {
        let (gone_through, end) = (self.gone_through, self.end);
        let leaves = |place: Position| place.segment() <= gone_through || end.is_some_and(|end| place >= end);
        let mut gone = Gone::default();
        let mut empty = Vec::new();
        for (number, page) in self.pages.iter_mut().filter(|(_, page)| page.oldest <= through) {
            page.oldest = u32::MAX;
            for (slot, id) in page.stubs.iter_mut().zip(number * PAGE..) {
                let (Some(stub), Some(id)) = (&slot, ExchangeId::new(id)) else { continue };
                if leaves(stub.place) {
                    gone.exchanges.push((id, stub.conn));
                    *slot = None;
                    page.live -= 1;
                } else {
                    page.oldest = page.oldest.min(stub.place.segment());
                }
            }
            if page.live == 0 {
                empty.push(number);
            }
        }
        self.live -= gone.exchanges.len();
        for number in empty {
            if let Some(page) = self.pages.remove(number) {
                self.bytes -= Page::BYTES + page.texts.capacity() as u64;
            }
        }
        self.forget_parts(&gone);
        let over = |connection: &EvictedConnection| connection.kept == 0 && leaves(connection.place);
        gone.connections =
            self.connections.iter().filter(|(_, connection)| over(connection)).map(|(id, _)| id).collect();
        for id in &gone.connections {
            self.connections.remove(*id);
        }
        gone
    }
}

impl EvictedConnection {
    /// `locals`: the addresses of this program.
    fn heading(&self, id: ConnId, locals: &[SocketAddr]) -> Heading {
        let EvictedDialed { half_closed, .. } = self.dialed.as_deref().copied().unwrap_or_default();
        let local = usize::from(self.local).checked_sub(1).and_then(|index| locals.get(index)).copied();
        Heading {
            id,
            role: self.role,
            peer: self.peer,
            local,
            half_closed,
            opened: self.opened,
            closed: self.closed,
            ending: true,
            pipelined: self.pipelined,
            exchange_count: self.exchange_count,
            last: if self.kept == 0 { None } else { self.last },
        }
    }
}
