//! A connection with the store's own bookkeeping.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    base::{
        shared_text::SharedText,
        stream::{ConnId, ExchangeId, Layer, Nanos, Role},
    },
    store::{Position, model::Connection},
    trace::{Handshake, ProtocolKind},
};

use super::stream::Stream;

/// Bytes that a connection counts for without its chunks: its record, its slot, its address as text, and the
/// allocator's overhead.
pub(super) const CONNECTION_COST: u64 = size_of::<ConnectionEntry>() as u64 + 128;

/// A connection and the store's own bookkeeping for it.
#[derive(Clone, Debug)]
pub(super) struct ConnectionEntry {
    pub connection: Connection,
    /// The newest exchange that the connection ever had. `None`: it had none.
    pub newest: Option<ExchangeId>,
    /// The exchange whose request is arriving. `None`: no request is incomplete.
    pub receiving: Option<ExchangeId>,
    /// The exchanges whose response has begun and is not complete, in order.
    pub answering: VecDeque<ExchangeId>,
    /// The kept exchanges with an upstream leg on this connection, in the order of the legs.
    pub legs: VecDeque<ExchangeId>,
    /// The exchange whose upstream leg began last on this connection, kept or not. `None`: the connection
    /// carries no upstream legs.
    pub leg: Option<ExchangeId>,
    /// Number of upstream legs that the connection ever had.
    pub leg_count: u64,
    /// The address at its other end, which all its legs share. Empty: not known, or it carries no legs.
    pub backend: SharedText,
    /// The TLS handshake of the connection. `None`: the connection is not encrypted.
    pub tls: Option<Arc<Handshake>>,
    pub reads: Stream,
    pub writes: Stream,
    /// Stream offset (in) up to which every byte belongs to some exchange.
    pub in_done: u64,
    /// Stream offset (out) up to which every byte belongs to some exchange.
    pub out_done: u64,
    /// Number of the read in which the newest exchange began, and how many began in it.
    pub begun: (u64, u32),
    /// Version of the store at the connection's last entry in the list of changes.
    pub changed_at: u64,
    /// Position on disk of the connection's latest event. `None`: that event is not recorded.
    pub place: Option<Position>,
    /// Number of the connection's exchanges that are only on disk, and the newest of them (`None`: there is none).
    pub evicted: (u32, Option<ExchangeId>),
}

impl ConnectionEntry {
    /// A connection of which only the number is known.
    pub(super) fn new(id: ConnId, at: Nanos) -> Self {
        Self {
            connection: Connection {
                id,
                role: Role::Accepted,
                protocol: ProtocolKind::default(),
                peer: None,
                local: None,
                opened: at,
                closed: None,
                half_closed: None,
                ending: false,
                guard: None,
                exchanges: VecDeque::new(),
                exchange_count: 0,
                layer: Layer::Wire,
                encrypted_bytes: None,
                bytes_in: 0,
                bytes_out: 0,
                pipelined: 0,
                reads: VecDeque::new(),
                writes: VecDeque::new(),
            },
            newest: None,
            receiving: None,
            answering: VecDeque::new(),
            legs: VecDeque::new(),
            leg: None,
            leg_count: 0,
            backend: SharedText::default(),
            tls: None,
            reads: Stream::default(),
            writes: Stream::default(),
            in_done: 0,
            out_done: 0,
            begun: (0, 0),
            changed_at: 0,
            place: None,
            evicted: (0, None),
        }
    }

    /// Whether exchanges are passed on over the connection rather than received on it.
    pub(super) fn is_upstream(&self) -> bool {
        self.leg.is_some() || self.connection.role == Role::Dialed
    }

    /// Records that the request of an exchange is complete at stream offset `end`.
    pub(super) fn request_ends(&mut self, id: ExchangeId, end: u64) {
        self.in_done = self.in_done.max(end);
        self.reads.boundary();
        if self.receiving == Some(id) {
            self.receiving = None;
        }
    }

    /// Records that the response of an exchange is about to be written.
    pub(super) fn response_begins(&mut self, id: ExchangeId) {
        self.writes.boundary();
        if !self.answering.contains(&id) {
            self.answering.push_back(id);
        }
    }

    /// Records that nothing more is written for an exchange. Without `keep_alive` no other request is read.
    pub(super) fn response_ends(&mut self, id: ExchangeId, keep_alive: bool) {
        self.answering.retain(|answering| *answering != id);
        self.connection.ending |= !keep_alive;
    }

    /// The newest exchange that is kept, in memory or on disk. `None`: there is none.
    pub(super) fn last(&self) -> Option<ExchangeId> {
        self.connection.exchanges.back().copied().max(self.evicted.1)
    }

    /// Forgets every exchange and byte, but neither the stream offsets nor the counters.
    pub(super) fn forget(&mut self) {
        self.connection.exchanges = VecDeque::new();
        self.legs = VecDeque::new();
        self.connection.reads = VecDeque::new();
        self.connection.writes = VecDeque::new();
        self.connection.pipelined = 0;
        self.evicted = (0, None);
        self.reads.boundary();
        self.writes.boundary();
    }
}
