//! The state that the connections of an event loop share.

use bytes::BytesMut;

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    http::{Leniencies, Limits, forward::Origins},
    lines::BufferKind,
    service::Service,
    trace::{BLOCK_BYTES, EventKind, Guard},
};

use super::{
    Guards,
    blocks::Blocks,
    clock::Clock,
    disk::Disk,
    host,
    tracer::Tracer,
    upstream::{Gateway, Report},
};

/// Limit of the request bodies held in memory, and of the answers made from them that wait to be written, for all
/// connections together. Without it a thousand clients could fill the memory, each within the limit for one body.
pub(super) const BODY_POOL_BYTES: u64 = 32 * 1024 * 1024;
/// Bounds of the number of bytes that a connection may read or write per turn; the lower one is a block of a
/// file.
const SHARE_BYTES: std::ops::Range<usize> = 64 * 1024..512 * 1024;
/// Number of bytes that all connections together may read or write per turn, so that no connection waits for
/// more than a few milliseconds.
const TURN_BYTES: usize = 2 * 1024 * 1024;
/// Minimum size of the buffer for a read.
const ROOM_BYTES: usize = 16 * 1024;

/// The state that the connections share.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) clock: Clock,
    /// The clock reading of this turn.
    pub(super) now: Nanos,
    /// Number of bytes that a connection may read or write in this turn before the others are served.
    pub(super) share_bytes: usize,
    pub(super) service: Service,
    /// The threads that wait for disks.
    pub(super) disk: Disk,
    pub(super) gateway: Gateway,
    pub(super) tracer: Tracer,
    pub(super) guards: Guards,
    /// Whether what browsers send though HTTP forbids it is refused.
    pub(super) is_strict: bool,
    /// Host names that are served besides the loopback names: those of the machine and those of the settings.
    pub(super) hosts: Vec<String>,
    /// The last authority to which this server answered: it is the same for most requests.
    known_authority: Vec<u8>,
    /// The kind of buffer for new connections of lines.
    pub(super) buffer: BufferKind,
    pub(super) stats: Stats,
    /// Bytes of request bodies, and of answers made from them, that are currently held in memory.
    pub(super) body_pool: u64,
    /// The block in which the connection that is being served builds its output.
    pub(super) tail: BytesMut,
    /// Room for the encrypted bytes of one read, which all connections use in turn. Empty until it is needed.
    pub(super) encrypted: Vec<u8>,
    /// The record of origins that the connection being served uses.
    pub(super) origins: Origins,
    /// The block in which lineages are reported.
    pub(super) lineages: BytesMut,
    next_exchange: ExchangeId,
    /// The block into which sockets are read. Reads share it, so that the trace gets them without a copy.
    block: BytesMut,
    /// The blocks before these.
    pub(super) blocks: Blocks,
}

/// The largest sizes seen, and the counts, that the Server page shows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stats {
    pub(super) requests: u64,
    pub(super) largest_head: u64,
    pub(super) largest_target: u64,
    pub(super) largest_body: u64,
    pub(super) largest_websocket: u64,
    /// Number of messages of lines answered.
    pub(super) messages: u64,
    pub(super) longest_message: u64,
    /// Number of bytes that each kind of buffer has moved, in the order of [`BufferKind::ALL`].
    pub(super) moved: [u64; BufferKind::ALL.len()],
}

impl Turn {
    pub(super) fn new(clock: Clock, mut service: Service, tracer: Tracer, guards: Guards) -> Self {
        service.tell_steps(tracer.on());
        let mut gateway = Gateway::default();
        gateway.set_traced(tracer.on());
        Self {
            clock,
            now: Nanos::ZERO,
            share_bytes: SHARE_BYTES.end,
            service,
            disk: Disk::default(),
            gateway,
            tracer,
            guards,
            is_strict: false,
            hosts: Vec::new(),
            known_authority: Vec::new(),
            buffer: BufferKind::default(),
            stats: Stats::default(),
            body_pool: 0,
            tail: BytesMut::new(),
            encrypted: Vec::new(),
            origins: Origins::default(),
            lineages: BytesMut::new(),
            next_exchange: ExchangeId::FIRST,
            block: BytesMut::new(),
            blocks: Blocks::default(),
        }
    }

    /// Serves requests whose Host is one of these names, one of the machine's own, or names loopback.
    pub(super) fn answer_to(&mut self, mut names: Vec<String>) {
        names.extend(host::names_of_machine());
        self.hosts = names;
        self.known_authority.clear();
    }

    /// Whether this server answers to an authority.
    pub(super) fn is_ours(&mut self, authority: &[u8]) -> bool {
        if !authority.is_empty() && self.known_authority == authority {
            return true;
        }
        let is_ours = host::is_ours(authority, &self.hosts);
        if is_ours {
            authority.clone_into(&mut self.known_authority);
        }
        is_ours
    }

    /// Divides this turn among `busy` connections.
    pub(super) fn share_out(&mut self, busy: usize) {
        self.share_bytes = (TURN_BYTES / busy.max(1)).clamp(SHARE_BYTES.start, SHARE_BYTES.end);
    }

    pub(super) const fn next_exchange(&mut self) -> ExchangeId {
        let exchange = self.next_exchange;
        self.next_exchange = exchange.next();
        exchange
    }

    /// The buffer for the next read. The caller splits the bytes that were read off its front.
    pub(super) fn room(&mut self) -> &mut BytesMut {
        if self.block.len() < ROOM_BYTES {
            self.blocks.renew(&mut self.block);
            self.block.resize(BLOCK_BYTES, 0);
        }
        &mut self.block
    }

    /// Reports an event with the current time, which is later than the start of the turn.
    pub(super) fn event_now(&mut self, conn: ConnId, exchange: Option<ExchangeId>, kind: EventKind) {
        if self.tracer.on() {
            let now = self.clock.now();
            self.tracer.event(now, Some(conn), exchange, kind);
        }
    }

    /// Reports what became of attempts to have requests answered by backends. Called after each change, so that
    /// events come in the order in which things happened.
    pub(super) fn report_attempts(&mut self) {
        if !self.gateway.has_reports() {
            return;
        }
        for Report { at, conn, exchange, kind } in self.gateway.take_reports() {
            self.tracer.event(at, Some(conn), Some(exchange), kind);
        }
    }

    pub(super) fn limits(&self) -> Limits {
        let bytes = |guard| usize::try_from(self.guards[guard]).unwrap_or(usize::MAX);
        Limits {
            target_bytes: bytes(Guard::TargetBytes),
            head_bytes: bytes(Guard::HeadBytes),
            body_bytes: self.guards[Guard::BodyBytes],
            leniencies: if self.is_strict { Leniencies::NONE } else { Leniencies::BROWSERS },
        }
    }
}
