//! Rows and headings of the list, whether an exchange is in memory or only on disk.

use std::net::SocketAddr;

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos, Role},
    filter::{Asked, ContentKey, FlagKey, NumberKey, Subject, TextKey},
    http::Status,
    trace::{Again, Cause, CloseReason, Mark, MarkColour, ProtocolKind, Severity},
    websocket::Opcode,
};

use super::{
    FrameCounts, ItemCounts, Messages,
    model::{Connection, Exchange, Outcome},
};

/// The row of an exchange, whether the rest of it is in memory or only in the session file. Cheap to make:
/// texts are borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary<'a> {
    /// Number of the exchange over all connections, from 1.
    pub id: ExchangeId,
    /// The client's connection, on which the request arrived.
    pub conn: ConnId,
    /// Protocol spoken on that connection.
    pub protocol: ProtocolKind,
    /// Number of the exchange on that connection, from 1.
    pub number: u64,
    /// What the exchange is a copy of. `None`: the request came from a client.
    pub again: Option<Again>,
    /// The method token; empty while unknown.
    pub method: &'a str,
    /// The target with control bytes escaped; empty while unknown. For an exchange that is only on disk, at most
    /// the first 255 bytes.
    pub target: &'a str,
    /// The name of the route. Empty: none was found yet.
    pub route: &'a str,
    /// The backend that was asked last.
    pub backend: BackendNames<'a>,
    /// Number of attempts to have the request answered by a backend.
    pub attempts: u64,
    /// The status of the response. `None`: no final response has begun.
    pub status: Option<Status>,
    /// Reason why the request was refused. `None`: it was not refused.
    pub refusal: Option<Cause>,
    /// Progress of the exchange.
    pub outcome: Outcome,
    /// Bytes of the request as far as they arrived, head included. For an exchange that is only on disk, at most 4 GB.
    pub request_bytes: u64,
    /// Bytes of the response as far as they were written, head included.
    pub response_bytes: u64,
    /// The media type of the response, without parameters and in lower case. Empty: none is stated, or there is no head.
    pub media_type: &'a str,
    /// Time at which the first byte of the request arrived.
    pub began: Nanos,
    /// Time of the latest event.
    pub latest: Nanos,
    /// Nanoseconds from the first byte of the request to the head of the response; for an exchange that is only on disk
    /// in steps of 100, and at most seven minutes. `None`: there is no response yet.
    pub waited: Option<u64>,
    /// The highest severity of the server's notes. `None`: the server made none.
    pub severity: Option<Severity>,
    /// Number of notes that the server made.
    pub notes: u64,
    /// Its frames. `None`: it has not become a WebSocket.
    pub frames: Option<FrameCounts>,
    /// The items of its response. `None`: the response is no stream without an announced length.
    pub items: Option<ItemCounts>,
    /// The latest text messages of a WebSocket. Of an exchange that is only on disk none are known.
    pub messages: Messages<'a>,
    /// Whether the details of the exchange are only on disk.
    pub on_disk: bool,
    /// The user's mark. `None`: it has none.
    pub mark: Option<&'a Mark>,
}

/// The names of the backend that was asked last. All empty: the request was not for a backend, or that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackendNames<'a> {
    /// The name of the group. Empty: not known.
    pub group: &'a str,
    /// The name of the backend: `app-1`. Empty: no backend took the request, or its name is not known.
    pub name: &'a str,
    /// Host and port of the backend. Empty as well where no backend took the request.
    pub address: &'a str,
}

impl<'a> BackendNames<'a> {
    /// The word for no backend.
    pub const NONE: &'static str = "none";

    /// Whether the request was for a group of which no backend took it.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        !self.group.is_empty() && self.name.is_empty()
    }

    /// The name of the backend, its address if the name is not known, or [`Self::NONE`]. Empty: the request was not
    /// for a backend.
    #[must_use]
    pub const fn shown(&self) -> &'a str {
        match (self.is_none(), self.name.is_empty()) {
            (true, _) => Self::NONE,
            (false, true) => self.address,
            (false, false) => self.name,
        }
    }

    fn of(exchange: &'a Exchange) -> Self {
        let Some(attempt) = exchange.attempts.last() else {
            let address = exchange.upstream.last().map_or("", |leg| &leg.backend);
            return Self { address, ..Self::default() };
        };
        let (name, address) =
            attempt.backend().map_or(("", ""), |backend| (&*backend.name, &*backend.address));
        Self { group: &attempt.choosing.group.name, name, address }
    }
}

impl Summary<'_> {
    /// The words for who sent a request: a client, or this program again.
    const FROM: [&'static str; 2] = ["client", "again"];
    /// The word for any mark.
    const ANY_MARK: &'static str = "any";

    /// Nanoseconds from the first byte to the latest event.
    #[must_use]
    pub const fn took(&self) -> u64 {
        self.latest.saturating_sub(self.began)
    }
}

impl Summary<'_> {
    /// Whether the request was refused because its bytes break the protocol.
    #[must_use]
    pub fn breaks_protocol(&self) -> bool {
        self.refusal.is_some_and(Cause::breaks_protocol)
    }
}

impl Subject for Summary<'_> {
    fn number(&self, key: NumberKey) -> Option<u64> {
        Some(match key {
            NumberKey::Status => self.status?.0.into(),
            NumberKey::Connection => self.conn.get(),
            NumberKey::Exchange => self.id.get(),
            NumberKey::Time => self.took(),
            NumberKey::Began => self.began.get(),
            NumberKey::Waited => self.waited?,
            NumberKey::RequestSize => self.request_bytes,
            NumberKey::Notes => self.notes,
            NumberKey::Size => self.response_bytes,
            NumberKey::Attempts => self.attempts,
            NumberKey::Events => self.items?.count,
            NumberKey::Again => self.again?.original()?.get(),
        })
    }

    fn text(&self, key: TextKey) -> &str {
        match key {
            TextKey::Method => self.method,
            TextKey::Target => self.target,
            TextKey::Protocol => self.protocol.key(),
            TextKey::Upstream => self.backend.shown(),
            TextKey::Route => self.route,
            TextKey::Group => self.backend.group,
            TextKey::MediaType => self.media_type,
            TextKey::Mark => self.mark.and_then(|mark| mark.colour).map_or("", MarkColour::key),
            TextKey::Comment => self.mark.map_or("", |mark| &mark.comment),
            // There may be several.
            TextKey::Opcode => "",
            TextKey::From => Self::FROM[usize::from(self.again.is_some())],
        }
    }

    fn has_text(&self, key: TextKey, holds: &dyn Fn(&str) -> bool) -> bool {
        match key {
            TextKey::Upstream => holds(self.backend.shown()) || holds(self.backend.address),
            TextKey::Opcode => {
                let had = |opcode: &Opcode| self.frames.is_some_and(|counts| counts.has(*opcode));
                let is_meant = |opcode: Opcode| holds(opcode.key()) || holds(&opcode.bits().to_string());
                Opcode::ALL.into_iter().filter(had).any(is_meant)
            }
            TextKey::Mark => self.mark.is_some_and(|mark| {
                let named = |colour: MarkColour| holds(colour.key()) || holds(&colour.number().to_string());
                holds(Self::ANY_MARK) || mark.colour.is_some_and(named)
            }),
            _ => holds(self.text(key)),
        }
    }

    fn flag(&self, key: FlagKey) -> bool {
        match key {
            FlagKey::Open => !self.outcome.ended(),
            FlagKey::Error => {
                self.outcome == Outcome::Aborted
                    || self.refusal.is_some()
                    || self.status.is_some_and(|status| status.class() >= 4)
            }
            FlagKey::Malformed => self.breaks_protocol(),
            FlagKey::Aborted => self.outcome == Outcome::Aborted,
            FlagKey::WebSocket => self.frames.is_some(),
            FlagKey::Stream => self.items.is_some(),
        }
    }

    /// The latest messages of a WebSocket are at hand; nothing else of what only bytes tell is.
    fn has_content(&self, asked: &Asked, holds: &dyn Fn(&[u8]) -> bool) -> Option<bool> {
        match asked.key {
            ContentKey::Message if self.frames.is_none() => Some(false),
            ContentKey::Message if self.messages.iter().any(|text| holds(text.as_bytes())) => Some(true),
            ContentKey::Message => self.messages.are_all.then_some(false),
            _ => None,
        }
    }
}

impl<'a> From<&'a Exchange> for Summary<'a> {
    fn from(exchange: &'a Exchange) -> Self {
        Self {
            id: exchange.id,
            conn: exchange.conn,
            protocol: exchange.protocol,
            number: exchange.number,
            again: exchange.again,
            method: &exchange.method,
            target: &exchange.target,
            route: &exchange.route,
            backend: BackendNames::of(exchange),
            attempts: exchange.attempt_count(),
            status: exchange.status,
            refusal: exchange.refusal,
            outcome: exchange.outcome,
            request_bytes: exchange.request.end - exchange.request.start,
            response_bytes: exchange.response_bytes(),
            media_type: exchange.media_type.as_deref().unwrap_or_default(),
            began: exchange.began,
            latest: exchange.latest,
            waited: exchange.waited(),
            notes: exchange.notes.len() as u64,
            severity: exchange.notes.iter().map(|(_, note)| note.severity).max(),
            frames: exchange.websocket.as_ref().map(|sums| sums.counts),
            items: exchange.items,
            messages: exchange.websocket.as_ref().map(|sums| sums.messages()).unwrap_or_default(),
            on_disk: false,
            mark: exchange.mark.as_deref(),
        }
    }
}

/// The heading of a connection, whether its exchanges are in memory or only on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Number of the connection, from 1.
    pub id: ConnId,
    /// The end that opened the connection.
    pub role: Role,
    /// The other end's address. `None`: not known.
    pub peer: Option<SocketAddr>,
    /// This program's address. `None`: not known, or the connection was accepted and has left memory.
    pub local: Option<SocketAddr>,
    /// Time at which the other end finished sending. `None`: it has not, or as for [`Self::local`].
    pub half_closed: Option<Nanos>,
    /// Time at which the connection was opened.
    pub opened: Nanos,
    /// Time and reason of the connection's end. `None`: it is open.
    pub closed: Option<(Nanos, CloseReason)>,
    /// Whether no other request is read on it: it is closed, or about to be.
    pub ending: bool,
    /// The most requests that were begun in one read.
    pub pipelined: u32,
    /// Number of all exchanges that the connection ever had.
    pub exchange_count: u64,
    /// The newest exchange that is still kept, in memory or on disk. `None`: there is none.
    pub last: Option<ExchangeId>,
}

impl Heading {
    pub(crate) fn of(connection: &Connection, last: Option<ExchangeId>) -> Self {
        Self {
            id: connection.id,
            role: connection.role,
            peer: connection.peer,
            local: connection.local,
            half_closed: connection.half_closed,
            opened: connection.opened,
            closed: connection.closed,
            ending: connection.ending || connection.closed.is_some(),
            pipelined: connection.pipelined,
            exchange_count: connection.exchange_count,
            last,
        }
    }
}
