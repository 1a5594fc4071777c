//! Index in memory of exchanges that are only on disk: their rows, and their positions in the session.

use std::{collections::VecDeque, net::SocketAddr};

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos, Role},
    http::{Method, Status},
    store::{
        Position,
        model::{Connection, Exchange, Outcome},
        summary::{BackendNames, Heading, Summary},
    },
    trace::{Cause, CloseReason, ProtocolKind, Severity, Stage},
};

use super::id_map::IdMap;

/// Exchanges to a page. Their numbers are dense, so that a page is nearly always full.
const PAGE: u64 = 1024;
/// Bytes of a target that are kept at most.
const TARGET_BYTES: usize = 255;
/// Number of recent texts that a new one is compared with: a page asks for the same targets again and again.
const COMPARED: usize = 8;

/// The character between the group, the name and the address of a backend.
const SEPARATOR: char = '\n';

/// The rows of exchanges and the headings of connections that left memory and are recorded on disk.
#[derive(Debug, Default)]
pub(super) struct EvictedIndex {
    /// The page of the exchanges whose number divided by [`PAGE`] is that of the slot.
    pages: IdMap<u64, Box<Page>>,
    connections: IdMap<ConnId, EvictedConnection>,
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

/// The exchanges of a page, and their texts one after the other.
#[derive(Debug)]
struct Page {
    stubs: Vec<Option<Stub>>,
    texts: String,
    /// Places of the latest texts, newest first.
    recent: VecDeque<(u32, u8)>,
    live: usize,
    /// The oldest segment that an exchange of the page is recorded in.
    oldest: u32,
}

/// The facts of an exchange that its row shows.
#[derive(Clone, Debug)]
struct Stub {
    conn: ConnId,
    protocol: ProtocolKind,
    began: Nanos,
    latest: Nanos,
    response_bytes: u64,
    place: Position,
    number: u32,
    /// Start and length, in the page's texts, of the target or, without one, of the request's first line.
    target: (u32, u8),
    /// Start and length of the method in the page's texts, if it is none of the usual ones.
    method: (u32, u8),
    usual: Method,
    /// Start and length, in the page's texts, of the names of the backend that was asked last, with [`SEPARATOR`]
    /// between them.
    backend: (u32, u8),
    /// Number of attempts at backends, at most 255.
    attempts: u8,
    status: Option<Status>,
    refusal: Option<Cause>,
    outcome: Outcome,
    severity: Option<Severity>,
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
}

impl EvictedIndex {
    /// Number of exchanges in the index.
    pub(super) const fn len(&self) -> usize {
        self.live
    }

    /// Bytes of memory that the index takes, approximately.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes + (self.connections.len() * (size_of::<EvictedConnection>() + 16)) as u64
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
        let usual = Method::from_token(exchange.method.as_bytes());
        let stub = Stub {
            conn: exchange.conn,
            protocol: exchange.protocol,
            began: exchange.began,
            latest: exchange.latest,
            response_bytes: summary.response_bytes,
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
    }

    /// Inserts a closed connection, `kept` of whose exchanges are in the index.
    pub(super) fn insert_connection(
        &mut self,
        connection: &Connection,
        kept: u32,
        last: Option<ExchangeId>,
        place: Position,
    ) {
        let evicted = EvictedConnection {
            role: connection.role,
            peer: connection.peer,
            opened: connection.opened,
            closed: connection.closed,
            pipelined: connection.pipelined,
            kept,
            exchange_count: connection.exchange_count,
            last,
            place,
        };
        self.connections.insert(connection.id, evicted);
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
            }
            Stage::Answered { refusal, .. } => stub.refusal = refusal.or(stub.refusal),
            Stage::ResponseSent { .. } => stub.outcome = Outcome::Done,
            Stage::Aborted => stub.outcome = Outcome::Aborted,
            _ => {}
        }
    }

    /// The row of an exchange. `None`: the exchange is not in the index.
    pub(super) fn summary(&self, id: ExchangeId) -> Option<Summary<'_>> {
        let page = self.pages.value(page_of(id))?;
        page.stubs[slot(id)].as_ref().map(|stub| page.summary(id, stub))
    }

    /// The rows of the exchanges from number `from` on, in order.
    pub(super) fn summaries(&self, from: ExchangeId) -> impl Iterator<Item = Summary<'_>> {
        self.pages.iter_from(page_of(from)).flat_map(move |(number, page)| {
            let skip = if number == page_of(from) { slot(from) } else { 0 };
            let stubs = page.stubs.iter().zip(number * PAGE..).skip(skip);
            stubs.filter_map(|(stub, id)| Some(page.summary(ExchangeId::new(id)?, stub.as_ref()?)))
        })
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
        self.connections.value(id).map(|connection| connection.heading(id))
    }

    /// The headings of the connections in the index from number `from` on, in order.
    pub(super) fn headings(&self, from: ConnId) -> impl Iterator<Item = Heading> {
        self.connections.iter_from(from).map(|(id, connection)| connection.heading(id))
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
        for (_, conn) in &gone.exchanges {
            if let Some(connection) = self.connections.value_mut(*conn) {
                connection.kept = connection.kept.saturating_sub(1);
            }
        }
        let over = |connection: &EvictedConnection| connection.kept == 0 && leaves(connection.place);
        gone.connections =
            self.connections.iter().filter(|(_, connection)| over(connection)).map(|(id, _)| id).collect();
        for id in &gone.connections {
            self.connections.remove(*id);
        }
        gone
    }
}

/// Number of the page that holds an exchange.
const fn page_of(id: ExchangeId) -> u64 {
    id.get() / PAGE
}

/// Index of an exchange on its page.
fn slot(id: ExchangeId) -> usize {
    usize::try_from(id.get() % PAGE).unwrap_or(0)
}

impl Page {
    const BYTES: u64 = size_of::<Self>() as u64 + PAGE * size_of::<Option<Stub>>() as u64;

    fn new() -> Self {
        let stubs = vec![None; usize::try_from(PAGE).unwrap_or(0)];
        Self { stubs, texts: String::new(), recent: VecDeque::new(), live: 0, oldest: u32::MAX }
    }

    /// Adds `text`, shortened, unless it is one of the recent texts. Returns its start and length.
    fn text(&mut self, text: &str) -> (u32, u8) {
        let text = &text[..text.floor_char_boundary(TARGET_BYTES)];
        if text.is_empty() {
            return (0, 0);
        }
        if let Some(found) = self.recent.iter().find(|place| self.part(**place) == text) {
            return *found;
        }
        // The start fits: a page has 1,024 exchanges with at most 510 bytes of text each.
        let place = (u32::try_from(self.texts.len()).unwrap_or(0), u8::try_from(text.len()).unwrap_or(0));
        self.texts.push_str(text);
        self.recent.truncate(COMPARED - 1);
        self.recent.push_front(place);
        place
    }

    /// Adds the names of a backend. Returns the start and the length of their text.
    fn backend(&mut self, backend: &BackendNames<'_>) -> (u32, u8) {
        let BackendNames { group, name, address } = backend;
        if *backend == BackendNames::default() {
            return (0, 0);
        }
        self.text(&format!("{group}{SEPARATOR}{name}{SEPARATOR}{address}"))
    }

    fn part(&self, (start, len): (u32, u8)) -> &str {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        self.texts.get(start..start.saturating_add(len.into())).unwrap_or_default()
    }

    fn summary(&self, id: ExchangeId, stub: &Stub) -> Summary<'_> {
        let method = match stub.usual {
            Method::Other => self.part(stub.method),
            usual => usual.name(),
        };
        Summary {
            id,
            conn: stub.conn,
            protocol: stub.protocol,
            number: stub.number.into(),
            method,
            // Without a method there is no target either: the text is the first line.
            target: if method.is_empty() { "" } else { self.part(stub.target) },
            backend: names(self.part(stub.backend)),
            attempts: stub.attempts.into(),
            status: stub.status,
            refusal: stub.refusal,
            outcome: stub.outcome,
            response_bytes: stub.response_bytes,
            began: stub.began,
            latest: stub.latest,
            severity: stub.severity,
            on_disk: true,
        }
    }
}

/// The names of a backend in their text.
fn names(text: &str) -> BackendNames<'_> {
    let mut names = text.splitn(3, SEPARATOR);
    let mut next = || names.next().unwrap_or_default();
    BackendNames { group: next(), name: next(), address: next() }
}

impl EvictedConnection {
    const fn heading(&self, id: ConnId) -> Heading {
        Heading {
            id,
            role: self.role,
            peer: self.peer,
            opened: self.opened,
            closed: self.closed,
            ending: true,
            pipelined: self.pipelined,
            exchange_count: self.exchange_count,
            last: if self.kept == 0 { None } else { self.last },
        }
    }
}
