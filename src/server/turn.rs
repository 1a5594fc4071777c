//! What the connections of one event loop share while one of them is being served.

use bytes::BytesMut;

use crate::{
    base::stream::{ConnId, ExchangeId},
    http::Limits,
    lines::BufferKind,
    service::Service,
    trace::{BLOCK_BYTES, EventKind, Guard, Nanos},
};

use super::{Guards, clock::Clock, tracer::Tracer};

/// Bytes of request bodies that are held in memory at most, over all connections. With it a thousand
/// clients that each send a body within its limit cannot fill the memory.
pub(super) const BODY_POOL_BYTES: u64 = 32 * 1024 * 1024;
/// What one connection may read or write in a turn: one block of a file at the least, …
const SHARE_BYTES: std::ops::Range<usize> = 64 * 1024..512 * 1024;
/// … and so much less than the most as there are others, so that all of them together leave nobody
/// waiting for more than some milliseconds.
const TURN_BYTES: usize = 2 * 1024 * 1024;
/// No read is offered less room than this.
const ROOM_BYTES: usize = 16 * 1024;

/// Everything that is not one connection's own.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) clock: Clock,
    /// The clock reading of this turn.
    pub(super) now: Nanos,
    /// Bytes that one connection may read or write in this turn before the others have theirs.
    pub(super) share_bytes: usize,
    pub(super) service: Service,
    pub(super) tracer: Tracer,
    pub(super) guards: Guards,
    /// Names besides those of loopback that are answered to on loopback.
    pub(super) hosts: Vec<String>,
    /// The buffer of connections in lines that are accepted.
    pub(super) buffer: BufferKind,
    pub(super) stats: Stats,
    /// Bytes of request bodies that are held.
    pub(super) body_pool: u64,
    /// Where the connection at hand builds what it writes.
    pub(super) tail: BytesMut,
    next_exchange: ExchangeId,
    /// What is received: many reads share it, so that the trace gets them without a copy.
    block: BytesMut,
}

/// The extremes that the Server page shows, and the count behind its rate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stats {
    pub(super) requests: u64,
    pub(super) largest_head: u64,
    pub(super) largest_target: u64,
    pub(super) largest_body: u64,
    /// Messages of lines answered.
    pub(super) messages: u64,
    pub(super) longest_message: u64,
    /// Bytes that each buffer of lines has moved, in the order of [`BufferKind::ALL`].
    pub(super) moved: [u64; BufferKind::ALL.len()],
}

impl Turn {
    pub(super) fn new(clock: Clock, service: Service, tracer: Tracer, guards: Guards) -> Self {
        Self {
            clock,
            now: 0,
            share_bytes: SHARE_BYTES.end,
            service,
            tracer,
            guards,
            hosts: Vec::new(),
            buffer: BufferKind::default(),
            stats: Stats::default(),
            body_pool: 0,
            tail: BytesMut::new(),
            next_exchange: ExchangeId::FIRST,
            block: BytesMut::new(),
        }
    }

    /// Shares this turn out among so many connections that have something to do.
    pub(super) fn share_out(&mut self, busy: usize) {
        self.share_bytes = (TURN_BYTES / busy.max(1)).clamp(SHARE_BYTES.start, SHARE_BYTES.end);
    }

    pub(super) const fn next_exchange(&mut self) -> ExchangeId {
        let exchange = self.next_exchange;
        self.next_exchange = exchange.next();
        exchange
    }

    /// Room to read into. What was read is split off its front.
    pub(super) fn room(&mut self) -> &mut BytesMut {
        if self.block.len() < ROOM_BYTES {
            self.block = BytesMut::zeroed(BLOCK_BYTES);
        }
        &mut self.block
    }

    /// Reports something that happens now, later than the turn's start.
    pub(super) fn event_now(&mut self, conn: ConnId, exchange: Option<ExchangeId>, kind: EventKind) {
        if self.tracer.on() {
            let now = self.clock.now();
            self.tracer.event(now, Some(conn), exchange, kind);
        }
    }

    pub(super) fn limits(&self) -> Limits {
        let bytes = |guard| usize::try_from(self.guards[guard]).unwrap_or(usize::MAX);
        Limits {
            target_bytes: bytes(Guard::TargetBytes),
            head_bytes: bytes(Guard::HeadBytes),
            body_bytes: self.guards[Guard::BodyBytes],
        }
    }
}
