//! From events to the bytes of a session file. Pure: whoever calls it writes them.

use std::{
    net::SocketAddr,
    time::{Duration, SystemTime},
};

use crate::{
    base::stream::{ConnId, Direction, ExchangeId, Layer, Leg, Role, StreamId},
    store::{ConnectionCounters, IdMap, Position},
    trace::{CloseReason, Event, EventKind, Nanos, ProtocolKind, Stage},
};

use super::{
    block::{self, Kind},
    encode::Encoder,
    flow::Flow,
    packet::{Ends, PAYLOAD_MAX, flags},
    parts::{role_number, socket, wall_clock},
    run::put_counters,
    varint::{put, put_bytes},
};

/// A turn ends when its records have this many bytes, so that it is read back quickly …
const RECORD_BYTES: usize = 32 * 1024;
/// … or its packets this many.
const PACKET_BYTES: usize = 1024 * 1024;

/// Turns events into blocks, which stand in [`Self::made`] until [`Self::taken`] is called.
///
/// For each batch of events [`Self::turn`] is called, again with the rest where it took only some of them.
/// [`Self::begin_segment`] may be called in between, once everything made is taken.
#[derive(Debug)]
pub struct Writer {
    made: Vec<u8>,
    segment: u32,
    /// Offset in the segment of the first byte of `made`.
    offset: u64,
    encoder: Encoder,
    /// The records of the turn that is being made, reused.
    content: Vec<u8>,
    connections: IdMap<ConnId, Box<Connection>>,
    epoch: Option<SystemTime>,
    epoch_nanos: u64,
    /// The number of the newest exchange named so far; 0 before the first one.
    exchange: u64,
    /// Connections with a record in the turn that is being made.
    touched: Vec<ConnId>,
}

/// A connection that is open, as far as the writer needs it.
#[derive(Debug)]
struct Connection {
    role: Role,
    protocol: ProtocolKind,
    peer: Option<SocketAddr>,
    local: Option<SocketAddr>,
    opened: Nanos,
    ends: Ends,
    /// Place of its latest run. `None`: it has none yet.
    last: Option<Position>,
    /// Whether the turn that is being made has a run of it.
    touched: bool,
    closed: bool,
    /// Whether the other end's FIN is written.
    half_closed: bool,
    seed: ConnectionCounters,
    /// Number of exchanges that have begun and not ended.
    going_on: u64,
    /// Stream offsets after the last request and the last response that are complete.
    done: (u64, u64),
}

/// A run that is being written.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// `None`: the records concern the server as a whole.
    conn: Option<ConnId>,
    /// Index in the content of the four bytes for the length of its records.
    len_at: usize,
    flow: Flow,
}

/// How many events went into a turn, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// Number of events in the turn, from the first on. At least one, if there was one.
    pub events: usize,
    /// Place of the turn's records.
    pub place: Position,
}

impl Writer {
    /// A writer whose first segment has this number.
    #[must_use]
    pub fn new(segment: u32) -> Self {
        let mut writer = Self {
            made: Vec::new(),
            segment,
            offset: 0,
            encoder: Encoder::default(),
            content: Vec::new(),
            connections: IdMap::default(),
            epoch: None,
            epoch_nanos: 0,
            exchange: 0,
            touched: Vec::new(),
        };
        writer.begin_segment(segment);
        writer
    }

    /// Bytes that were made and not taken yet.
    #[must_use]
    pub fn made(&self) -> &[u8] {
        &self.made
    }

    /// Says that all bytes made so far are written.
    pub fn taken(&mut self) {
        self.offset += self.made.len() as u64;
        self.made.clear();
    }

    /// Bytes of the segment so far, those in [`Self::made`] included.
    #[must_use]
    pub fn segment_bytes(&self) -> u64 {
        self.offset + self.made.len() as u64
    }

    /// The number of the segment.
    #[must_use]
    pub const fn segment(&self) -> u32 {
        self.segment
    }

    /// Begins the next segment, which can be read without those before it.
    pub fn begin_segment(&mut self, number: u32) {
        self.segment = number;
        self.offset = 0;
        self.made.clear();
        self.encoder.begin();
        block::section(&mut self.made);
        let content = &mut self.content;
        content.clear();
        put(content, u64::from(number));
        content.push(u8::from(self.epoch.is_some()));
        if let Some(epoch) = self.epoch {
            wall_clock(content, epoch);
        }
        put(content, self.connections.len() as u64);
        for (conn, connection) in self.connections.iter() {
            put(content, conn.get());
            put(content, connection.opened);
            content.push(role_number(connection.role));
            put_bytes(content, connection.protocol.key().as_bytes());
            for address in [connection.peer, connection.local] {
                content.push(u8::from(address.is_some()));
                if let Some(address) = address {
                    socket(content, address);
                }
            }
        }
        block::own(&mut self.made, Kind::Segment, content);
    }

    /// Adds a turn with the first of `events`: all of them, unless they are many or large.
    ///
    /// # Panics
    /// Never: a segment ends long before its offsets are too large.
    pub fn turn(&mut self, events: &[Event]) -> Made {
        let first_packet = self.made.len();
        let at = events.first().map_or(0, |event| event.at);
        self.content.clear();
        self.content.extend_from_slice(&[0; 4]);
        self.content.extend_from_slice(&at.to_le_bytes());
        put(&mut self.content, self.exchange);
        let start = Flow { at, exchange: self.exchange, ..Flow::default() };
        let mut run: Option<Run> = None;
        let mut count = 0;
        for event in events {
            let full = self.content.len() >= RECORD_BYTES || self.made.len() - first_packet >= PACKET_BYTES;
            if full && count > 0 {
                break;
            }
            count += 1;
            let mut current = match run.take() {
                Some(current) if current.conn == event.conn => current,
                before => {
                    self.end_run(before);
                    self.begin_run(event.conn, start, event.at)
                }
            };
            let packets = self.made.len() - first_packet;
            self.packets(event);
            self.encoder.put(&mut self.content, &mut current.flow, event, packets as u64);
            self.exchange = self.exchange.max(event.exchange.map_or(0, ExchangeId::get));
            run = Some(current);
        }
        self.end_run(run);
        let back = u32::try_from(self.made.len() - first_packet).unwrap_or(u32::MAX);
        self.content[..4].copy_from_slice(&back.to_le_bytes());
        let offset = self.offset + self.made.len() as u64;
        block::own(&mut self.made, Kind::Turn, &self.content);
        self.encoder.placed(offset);
        // Offset 0 is the section header's, and a segment ends at 64 MB.
        let place = Position::new(self.segment, offset).expect("a segment is far smaller than a terabyte");
        for conn in self.touched.drain(..) {
            let Some(connection) = self.connections.value_mut(conn) else { continue };
            (connection.last, connection.touched) = (Some(place), false);
            if connection.closed {
                self.connections.remove(conn);
            }
        }
        Made { events: count, place }
    }

    fn begin_run(&mut self, named: Option<ConnId>, start: Flow, at: Nanos) -> Run {
        put(&mut self.content, named.map_or(0, ConnId::get));
        let len_at = self.content.len();
        self.content.extend_from_slice(&[0; 4]);
        let Some(conn) = named else {
            return Run { conn: None, len_at, flow: start };
        };
        if self.connections.value(conn).is_none() {
            self.connections.insert(conn, Box::new(Connection::new(conn, at)));
        }
        let connection = self.connections.value_mut(conn).expect("inserted just above");
        if !connection.touched {
            connection.touched = true;
            self.touched.push(conn);
        }
        connection.seed.clean = connection.clean();
        let seed = connection.seed;
        put_counters(&seed, &mut self.content, connection.last);
        Run { conn: named, len_at, flow: Flow { incoming: seed.incoming, outgoing: seed.outgoing, ..start } }
    }

    fn end_run(&mut self, run: Option<Run>) {
        let Some(run) = run else { return };
        let len = u32::try_from(self.content.len() - run.len_at - 4).unwrap_or(u32::MAX);
        self.content[run.len_at..run.len_at + 4].copy_from_slice(&len.to_le_bytes());
    }

    /// Appends the packets that carry an event, and counts it for its connection.
    fn packets(&mut self, event: &Event) {
        let nanos = self.epoch_nanos.wrapping_add(event.at);
        if let EventKind::Epoch(time) = event.kind {
            self.epoch = Some(time);
            let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
            self.epoch_nanos = u64::try_from(since.as_nanos()).unwrap_or(0);
        }
        let Some(conn) = event.conn else { return };
        let Some(connection) = self.connections.value_mut(conn) else { return };
        let out = &mut self.made;
        match &event.kind {
            EventKind::Opened { role, protocol, peer, local } => {
                (connection.role, connection.protocol) = (*role, *protocol);
                (connection.peer, connection.local) = (Some(*peer), Some(*local));
                (connection.opened, connection.ends) = (event.at, Ends::new(conn, Some(*peer), Some(*local)));
                let (asks, answers) = match role {
                    Role::Accepted => (Direction::Received, Direction::Sent),
                    Role::Dialed => (Direction::Sent, Direction::Received),
                };
                connection.bare(out, nanos, asks, flags::SYN, (0, 0));
                connection.bare(out, nanos, answers, flags::SYN | flags::ACK, (0, 1));
                connection.bare(out, nanos, asks, flags::ACK, (1, 1));
            }
            EventKind::Bytes { stream: StreamId { layer: Layer::Wire, direction }, offset, payload } => {
                let dropped = payload.kept().is_none();
                match direction {
                    Direction::Received => {
                        connection.seed.count_read(event.at, *offset, payload.count(), dropped);
                    }
                    Direction::Sent => {
                        connection.seed.count_write(event.at, *offset, payload.count(), dropped);
                    }
                }
                if let Some(bytes) = payload.kept() {
                    connection.data(out, nanos, *direction, *offset, bytes);
                }
            }
            EventKind::HalfClosed => connection.peer_ends(out, nanos),
            EventKind::Closed(reason) => {
                connection.end(out, nanos, conn, *reason);
                connection.closed = true;
            }
            EventKind::MessageStarted { leg: Leg::Client, .. } => {
                connection.seed.exchanges += 1;
                connection.going_on += 1;
            }
            EventKind::Stage(Stage::RequestEnd { end, .. }) => {
                connection.done.0 = connection.done.0.max(*end);
            }
            EventKind::Stage(Stage::ResponseSent { end, .. }) => {
                connection.done.1 = connection.done.1.max(*end);
                connection.going_on = connection.going_on.saturating_sub(1);
            }
            EventKind::Stage(Stage::Aborted) => connection.going_on = connection.going_on.saturating_sub(1),
            _ => {}
        }
    }
}

impl Connection {
    fn new(conn: ConnId, at: Nanos) -> Self {
        Self {
            role: Role::Accepted,
            protocol: ProtocolKind::default(),
            peer: None,
            local: None,
            opened: at,
            ends: Ends::new(conn, None, None),
            last: None,
            touched: false,
            closed: false,
            half_closed: false,
            seed: ConnectionCounters::default(),
            going_on: 0,
            done: (0, 0),
        }
    }

    /// Whether every byte so far belongs to an exchange that is over.
    fn clean(&self) -> bool {
        self.going_on == 0 && self.done.0 >= self.seed.incoming && self.done.1 >= self.seed.outgoing
    }

    /// Appends a packet without data. `counts`: bytes that its sender sent before, and that it received.
    fn bare(&self, out: &mut Vec<u8>, nanos: u64, from: Direction, flags: u8, counts: (u64, u64)) {
        block::packet(out, nanos, &[], &[], |out| self.ends.put(out, from, flags, counts.0, counts.1, 0));
    }

    /// Appends the packets of one receive or send, as few as possible.
    fn data(&self, out: &mut Vec<u8>, nanos: u64, from: Direction, offset: u64, bytes: &[u8]) {
        let received = match from {
            Direction::Received => self.seed.outgoing,
            Direction::Sent => self.seed.incoming,
        };
        // The SYN counts for one.
        let mut sent = offset.wrapping_add(1);
        let mut parts = bytes.chunks(PAYLOAD_MAX).peekable();
        while let Some(part) = parts.next() {
            let flags = if parts.peek().is_some() { flags::ACK } else { flags::ACK | flags::PSH };
            block::packet(out, nanos, part, &[], |out| {
                self.ends.put(out, from, flags, sent, received + 1, part.len());
            });
            sent += part.len() as u64;
        }
    }

    /// Bytes that the other end and this program sent, with SYN and the other end's FIN as one each.
    fn counts(&self) -> (u64, u64) {
        (self.seed.incoming + 1 + u64::from(self.half_closed), self.seed.outgoing + 1)
    }

    fn peer_ends(&mut self, out: &mut Vec<u8>, nanos: u64) {
        if !self.half_closed {
            self.bare(out, nanos, Direction::Received, flags::FIN | flags::ACK, self.counts());
            self.half_closed = true;
        }
    }

    /// Appends the packets of the end. The comment of the last one says why the connection ended.
    fn end(&mut self, out: &mut Vec<u8>, nanos: u64, conn: ConnId, reason: CloseReason) {
        if matches!(reason, CloseReason::Client | CloseReason::ClientEarly) {
            self.peer_ends(out, nanos);
        }
        let (received, sent) = self.counts();
        let (from, flags, sent, received) = match reason {
            CloseReason::Reset => (Direction::Received, flags::RST | flags::ACK, received, sent),
            CloseReason::Failed => (Direction::Sent, flags::RST | flags::ACK, sent, received),
            _ => (Direction::Sent, flags::FIN | flags::ACK, sent, received),
        };
        let comment = serde_json::json!({ "connection": conn, "closed": reason.key() }).to_string();
        block::packet(out, nanos, &[], comment.as_bytes(), |out| {
            self.ends.put(out, from, flags, sent, received, 0);
        });
    }
}
