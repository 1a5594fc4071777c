//! What the list shows of an exchange or a connection, wherever it is kept.

use std::net::SocketAddr;

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos, Role},
    filter::{FlagKey, NumberKey, Subject, TextKey},
    http::Status,
    trace::{Cause, CloseReason, ProtocolKind, Severity},
};

use super::model::{Connection, Exchange, Outcome};

/// What a row shows of an exchange, whether the rest of it is in memory or only in the session file.
/// Cheap to make: texts are borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary<'a> {
    /// Its number over all connections, from 1.
    pub id: ExchangeId,
    /// Its connection.
    pub conn: ConnId,
    /// What is spoken on its connection.
    pub protocol: ProtocolKind,
    /// Its number on its connection, from 1.
    pub number: u64,
    /// The method token; empty while unknown.
    pub method: &'a str,
    /// The target with control bytes escaped; empty while unknown. Of an exchange that is only on disk, its
    /// first 255 bytes at most.
    pub target: &'a str,
    /// The status of the response. `None`: none yet.
    pub status: Option<Status>,
    /// Why the request was refused. `None`: it was not.
    pub refusal: Option<Cause>,
    /// How it stands.
    pub outcome: Outcome,
    /// Bytes of the response as far as they were written, head included.
    pub response_bytes: u64,
    /// When its first byte arrived.
    pub began: Nanos,
    /// When its last event happened.
    pub latest: Nanos,
    /// The worst of the server's notes. `None`: it made none.
    pub severity: Option<Severity>,
    /// Whether its details are read from disk when it is looked at.
    pub on_disk: bool,
}

impl Summary<'_> {
    /// From the first byte to the latest event, in nanoseconds.
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
            NumberKey::Size => self.response_bytes,
        })
    }

    fn text(&self, key: TextKey) -> &str {
        match key {
            TextKey::Method => self.method,
            TextKey::Target => self.target,
            TextKey::Protocol => self.protocol.key(),
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
            method: &exchange.method,
            target: &exchange.target,
            status: exchange.status,
            refusal: exchange.refusal,
            outcome: exchange.outcome,
            response_bytes: exchange.response_bytes(),
            began: exchange.began,
            latest: exchange.latest,
            severity: exchange.notes.iter().map(|(_, note)| note.severity).max(),
            on_disk: false,
        }
    }
}

/// What a heading shows of a connection, whether it has exchanges in memory or only on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Its number, from 1.
    pub id: ConnId,
    /// Who opened it.
    pub role: Role,
    /// The other end's address. `None`: not known.
    pub peer: Option<SocketAddr>,
    /// When it was opened.
    pub opened: Nanos,
    /// When it ended, and why. `None`: it is open.
    pub closed: Option<(Nanos, CloseReason)>,
    /// Whether no other request is read on it: it is closed, or about to be.
    pub ending: bool,
    /// The most requests that were begun in one read.
    pub pipelined: u32,
    /// How many exchanges there were in all.
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
            opened: connection.opened,
            closed: connection.closed,
            ending: connection.ending || connection.closed.is_some(),
            pipelined: connection.pipelined,
            exchange_count: connection.exchange_count,
            last,
        }
    }
}
