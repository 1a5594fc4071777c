//! What memory keeps of exchanges that are only on disk: what their rows show, and where the rest is.

use std::{collections::VecDeque, net::SocketAddr};

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos, Role},
    http::{Method, Status},
    store::{
        Position,
        model::{Connection, Exchange, Outcome},
        summary::{Heading, Summary},
    },
    trace::{Cause, CloseReason, ProtocolKind, Severity, Stage},
};

use super::id_map::IdMap;

/// Exchanges to a page. Their numbers are dense, so that a page is nearly always full.
const PAGE: u64 = 1024;
/// At most this many bytes of the target.
const TARGET_BYTES: usize = 255;
/// How many texts are compared with a new one: the same page asks for the same things again and again.
const COMPARED: usize = 8;

/// The rows of exchanges, and the headings of connections, that left memory and stand on disk.
#[derive(Debug, Default)]
pub(super) struct EvictedIndex {
    /// The page of the exchanges whose number divided by [`PAGE`] is that of the slot.
    pages: IdMap<u64, Box<Page>>,
    connections: IdMap<ConnId, EvictedConnection>,
    live: usize,
    bytes: u64,
    /// The segments up to this one can no longer be read.
    gone_through: u32,
    /// Nothing was written from here on. `None`: everything was.
    end: Option<Position>,
}

/// What left the index.
#[derive(Debug, Default)]
pub(super) struct Gone {
    /// Exchanges, with their connections.
    pub exchanges: Vec<(ExchangeId, ConnId)>,
    /// Connections that have nothing left.
    pub connections: Vec<ConnId>,
}

/// The exchanges of a page, and their texts one after the other.
#[derive(Debug)]
struct Page {
    stubs: Vec<Option<Stub>>,
    texts: String,
    /// Where the latest texts stand, newest first.
    recent: VecDeque<(u32, u8)>,
    live: usize,
    /// The oldest segment that something in it stands in.
    oldest: u32,
}

/// What is kept of an exchange.
#[derive(Clone, Debug)]
struct Stub {
    conn: ConnId,
    protocol: ProtocolKind,
    began: Nanos,
    latest: Nanos,
    response_bytes: u64,
    place: Position,
    number: u32,
    /// Where its target stands in the page's texts; where there is none, its first line.
    target: (u32, u8),
    /// Where its method stands in the page's texts, and its length, if it is none of the usual ones.
    method: (u32, u8),
    usual: Method,
    status: Option<Status>,
    refusal: Option<Cause>,
    outcome: Outcome,
    severity: Option<Severity>,
}

/// What is kept of a closed connection none of whose exchanges is in memory.
#[derive(Clone, Debug)]
struct EvictedConnection {
    role: Role,
    peer: Option<SocketAddr>,
    opened: Nanos,
    closed: Option<(Nanos, CloseReason)>,
    pipelined: u32,
    /// How many of its exchanges are in the index.
    kept: u32,
    exchange_count: u64,
    last: Option<ExchangeId>,
    /// Where its latest event stands.
    place: Position,
}

impl EvictedIndex {
    /// How many exchanges are in it.
    pub(super) const fn len(&self) -> usize {
        self.live
    }

    /// Bytes of memory that it takes, about.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes + (self.connections.len() * (size_of::<EvictedConnection>() + 16)) as u64
    }

    /// Puts an exchange in, which stands at `place`. `opening`: its first line, if it has no target.
    pub(super) fn insert(&mut self, exchange: &Exchange, opening: &str, place: Position) {
        let number = page_of(exchange.id);
        if self.pages.value(number).is_none() {
            self.pages.insert(number, Box::new(Page::new()));
            self.bytes += Page::BYTES;
        }
        let Some(page) = self.pages.value_mut(number) else { return };
        let before = page.texts.capacity();
        let target = if exchange.target.is_empty() { opening } else { &exchange.target };
        let usual = Method::from_token(exchange.method.as_bytes());
        let stub = Stub {
            conn: exchange.conn,
            protocol: exchange.protocol,
            began: exchange.began,
            latest: exchange.latest,
            response_bytes: exchange.response_bytes(),
            place,
            number: u32::try_from(exchange.number).unwrap_or(u32::MAX),
            target: page.text(target),
            method: if usual == Method::Other { page.text(&exchange.method) } else { (0, 0) },
            usual,
            status: exchange.status,
            refusal: exchange.refusal,
            outcome: exchange.outcome,
            severity: exchange.notes.iter().map(|(_, note)| note.severity).max(),
        };
        page.oldest = page.oldest.min(place.segment());
        let slot = &mut page.stubs[slot(exchange.id)];
        if slot.replace(stub).is_none() {
            page.live += 1;
            self.live += 1;
        }
        self.bytes += (page.texts.capacity() - before) as u64;
    }

    /// Puts a closed connection in, `kept` of whose exchanges are in the index.
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

    /// An exchange that left before its end goes on.
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

    /// What the row of an exchange shows.
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

    /// The first line of an exchange without a target.
    pub(super) fn opening(&self, id: ExchangeId) -> Option<&str> {
        let page = self.pages.value(page_of(id))?;
        let stub = page.stubs[slot(id)].as_ref()?;
        Some(page.part(stub.target))
    }

    /// Where an exchange stands.
    pub(super) fn place(&self, id: ExchangeId) -> Option<Position> {
        self.pages.value(page_of(id))?.stubs[slot(id)].as_ref().map(|stub| stub.place)
    }

    /// What the heading of a connection shows, if none of its exchanges is in memory.
    pub(super) fn heading(&self, id: ConnId) -> Option<Heading> {
        self.connections.value(id).map(|connection| connection.heading(id))
    }

    /// The headings of such connections from number `from` on, in order.
    pub(super) fn headings(&self, from: ConnId) -> impl Iterator<Item = Heading> {
        self.connections.iter_from(from).map(|(id, connection)| connection.heading(id))
    }

    /// Whether what stands there can be read.
    pub(super) fn can_read(&self, place: Position) -> bool {
        place.segment() > self.gone_through && self.end.is_none_or(|end| place < end)
    }

    /// Forgets everything but which positions can be read.
    pub(super) fn clear(&mut self) {
        let Self { gone_through, end, .. } = *self;
        *self = Self { gone_through, end, ..Self::default() };
    }

    /// Forgets what stands in the segments up to number `through`.
    pub(super) fn forget_segments(&mut self, through: u32) -> Gone {
        self.gone_through = self.gone_through.max(through);
        self.forget_unreadable(through)
    }

    /// Forgets what stands from `end` on.
    pub(super) fn forget_from(&mut self, end: Position) -> Gone {
        self.end = Some(end);
        self.forget_unreadable(u32::MAX)
    }

    /// Forgets what can no longer be read; only pages with something in the segments up to number `through` are
    /// looked at. Connections that are in memory are the caller's.
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

/// The number of the page that an exchange is on.
const fn page_of(id: ExchangeId) -> u64 {
    id.get() / PAGE
}

/// The index of an exchange on its page.
fn slot(id: ExchangeId) -> usize {
    usize::try_from(id.get() % PAGE).unwrap_or(0)
}

impl Page {
    const BYTES: u64 = size_of::<Self>() as u64 + PAGE * size_of::<Option<Stub>>() as u64;

    fn new() -> Self {
        let stubs = vec![None; usize::try_from(PAGE).unwrap_or(0)];
        Self { stubs, texts: String::new(), recent: VecDeque::new(), live: 0, oldest: u32::MAX }
    }

    /// Where `text` stands from now on, shortened.
    fn text(&mut self, text: &str) -> (u32, u8) {
        let text = &text[..text.floor_char_boundary(TARGET_BYTES)];
        if text.is_empty() {
            return (0, 0);
        }
        if let Some(found) = self.recent.iter().find(|place| self.part(**place) == text) {
            return *found;
        }
        // At most 510 bytes each of 1,024.
        let place = (u32::try_from(self.texts.len()).unwrap_or(0), u8::try_from(text.len()).unwrap_or(0));
        self.texts.push_str(text);
        self.recent.truncate(COMPARED - 1);
        self.recent.push_front(place);
        place
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
            // Without a method there is no target either, but a first line.
            target: if method.is_empty() { "" } else { self.part(stub.target) },
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
