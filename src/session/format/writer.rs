//! Turns events into the bytes of a session file. No IO: the caller writes the bytes.

use std::{net::SocketAddr, time::SystemTime};

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, Direction, ExchangeId, Leg, Nanos, Role},
    store::{ConnectionCounters, IdMap, Position},
    trace::{CloseReason, ConnectionStart, Event, EventKind, ProtocolKind, Stage, WallClock},
};

use super::{
    batch::put_counters,
    block::{self, Kind},
    encode::Encoder,
    flow::Flow,
    packet::{Ends, PAYLOAD_MAX, flags},
    parts::{role_number, socket, wall_clock},
    pending::{Pending, SHARED_MIN},
    varint::{put, put_bytes},
};

/// A batch ends when its records have this many bytes, so that it can be read back quickly.
const RECORD_BYTES: usize = 32 * 1024;
/// A batch ends when its packets have this many bytes.
const PACKET_BYTES: usize = 1024 * 1024;

/// Turns events into blocks, which stand in [`Self::pending`] until [`Self::mark_written`] is called.
///
/// [`Self::append`] is called for each batch of events, again with the rest where it took only some of them.
/// [`Self::begin_segment`] may be called in between, once everything pending is written.
#[derive(Debug)]
pub struct Writer {
    pending: Pending,
    segment: u32,
    /// Offset in the segment of the first byte of `pending`.
    offset: u64,
    encoder: Encoder,
    /// The records of the batch that is being made; the buffer is reused.
    content: Vec<u8>,
    connections: IdMap<ConnId, Box<Connection>>,
    clock: WallClock,
    /// The largest number of an exchange so far; 0 before the first one.
    exchange: u64,
    /// Connections with a record in the batch that is being made.
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
    /// Position of the connection's latest batch. `None`: it has none yet.
    last: Option<Position>,
    /// Whether the connection has records in the batch that is being made.
    touched: bool,
    closed: bool,
    /// Whether the FIN of the other end was written.
    half_closed: bool,
    counters: ConnectionCounters,
    /// Number of exchanges that began and did not end yet.
    going_on: u64,
    /// Stream offsets after the last complete request and the last complete response.
    done: (u64, u64),
}

/// Records of one connection that are being written.
#[derive(Clone, Copy, Debug)]
struct OpenRecords {
    /// The connection. `None`: the records concern the server as a whole.
    conn: Option<ConnId>,
    /// Index in the content of the four bytes for the length of the records.
    len_at: usize,
    flow: Flow,
}

/// The result of appending events: how many went into the batch, and the position of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchPlace {
    /// Number of events in the batch, from the first on. At least one, if there was one.
    pub events: usize,
    /// Position of the block with the batch's records.
    pub place: Position,
}

impl Writer {
    /// A writer whose first segment has this number.
    #[must_use]
    pub fn new(segment: u32) -> Self {
        let mut writer = Self {
            pending: Pending::default(),
            segment,
            offset: 0,
            encoder: Encoder::default(),
            content: Vec::new(),
            connections: IdMap::default(),
            clock: WallClock::default(),
            exchange: 0,
            touched: Vec::new(),
        };
        writer.begin_segment(segment);
        writer
    }

    /// The bytes that were made and are not written yet.
    #[must_use]
    pub const fn pending(&self) -> &Pending {
        &self.pending
    }

    /// Says that all bytes of [`Self::pending`] are written.
    pub fn mark_written(&mut self) {
        self.offset += self.pending.len() as u64;
        self.pending.clear();
    }

    /// Takes what is pending, as if it were written, and goes on in `fresh`.
    pub(crate) fn take_pending(&mut self, fresh: Pending) -> Pending {
        self.offset += self.pending.len() as u64;
        std::mem::replace(&mut self.pending, fresh)
    }

    /// Bytes of the segment so far, those in [`Self::pending`] included.
    #[must_use]
    pub fn segment_bytes(&self) -> u64 {
        self.offset + self.pending.len() as u64
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
        self.pending.clear();
        self.encoder.begin();
        block::section(self.pending.made());
        let content = &mut self.content;
        content.clear();
        put(content, u64::from(number));
        content.push(u8::from(self.clock.latest().is_some()));
        if let Some(epoch) = self.clock.latest() {
            wall_clock(content, epoch);
        }
        put(content, self.connections.len() as u64);
        for (conn, connection) in self.connections.iter() {
            put(content, conn.get());
            put(content, connection.opened.get());
            content.push(role_number(connection.role));
            put_bytes(content, connection.protocol.key().as_bytes());
            for address in [connection.peer, connection.local] {
                content.push(u8::from(address.is_some()));
                if let Some(address) = address {
                    socket(content, address);
                }
            }
        }
        block::own(self.pending.made(), Kind::Segment, content);
    }

    /// Appends a batch with the first of `events`: all of them, unless they are many or large.
    ///
    /// # Panics
    /// Never: a segment ends long before an offset is too large for a [`Position`].
    pub fn append(&mut self, events: &[Event]) -> BatchPlace {
        let first_packet = self.pending.len();
        let at = events.first().map_or(Nanos::ZERO, |event| event.at);
        self.content.clear();
        self.content.extend_from_slice(&[0; 4]);
        self.content.extend_from_slice(&at.get().to_le_bytes());
        put(&mut self.content, self.exchange);
        let start = Flow { at, exchange: self.exchange, ..Flow::default() };
        let mut open: Option<OpenRecords> = None;
        let mut count = 0;
        for event in events {
            let full =
                self.content.len() >= RECORD_BYTES || self.pending.len() - first_packet >= PACKET_BYTES;
            if full && count > 0 {
                break;
            }
            count += 1;
            let mut current = match open.take() {
                Some(current) if current.conn == event.conn => current,
                before => {
                    self.end_records(before);
                    self.begin_records(event.conn, start, event.at)
                }
            };
            let packets = self.pending.len() - first_packet;
            self.packets(event);
            self.encoder.put(&mut self.content, &mut current.flow, event, packets as u64);
            self.exchange = self.exchange.max(event.exchange.map_or(0, ExchangeId::get));
            open = Some(current);
        }
        self.end_records(open);
        let back = u32::try_from(self.pending.len() - first_packet).unwrap_or(u32::MAX);
        self.content[..4].copy_from_slice(&back.to_le_bytes());
        let offset = self.offset + self.pending.len() as u64;
        block::own(self.pending.made(), Kind::Batch, &self.content);
        self.encoder.placed(offset);
        // Offset 0 is that of the section header, and a segment ends at 64 MB.
        let place = Position::new(self.segment, offset).expect("a segment is far smaller than a terabyte");
        for conn in self.touched.drain(..) {
            let Some(connection) = self.connections.value_mut(conn) else { continue };
            (connection.last, connection.touched) = (Some(place), false);
            if connection.closed {
                self.connections.remove(conn);
            }
        }
        BatchPlace { events: count, place }
    }

    fn begin_records(&mut self, named: Option<ConnId>, start: Flow, at: Nanos) -> OpenRecords {
        put(&mut self.content, named.map_or(0, ConnId::get));
        let len_at = self.content.len();
        self.content.extend_from_slice(&[0; 4]);
        let Some(conn) = named else {
            return OpenRecords { conn: None, len_at, flow: start };
        };
        if self.connections.value(conn).is_none() {
            self.connections.insert(conn, Box::new(Connection::new(conn, at)));
        }
        let connection = self.connections.value_mut(conn).expect("inserted just above");
        if !connection.touched {
            connection.touched = true;
            self.touched.push(conn);
        }
        connection.counters.clean = connection.clean();
        let ConnectionCounters { incoming, outgoing, .. } = connection.counters;
        put_counters(&connection.counters, &mut self.content, connection.last);
        OpenRecords { conn: named, len_at, flow: Flow { incoming, outgoing, ..start } }
    }

    fn end_records(&mut self, open: Option<OpenRecords>) {
        let Some(OpenRecords { len_at, .. }) = open else { return };
        let len = u32::try_from(self.content.len() - len_at - 4).unwrap_or(u32::MAX);
        self.content[len_at..len_at + 4].copy_from_slice(&len.to_le_bytes());
    }

    /// Appends the packets that carry an event, and updates the counters of its connection.
    fn packets(&mut self, event: &Event) {
        if let EventKind::Epoch(time) = event.kind {
            self.clock.set(event.at, time);
        }
        let since = self.clock.at(event.at).and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        let nanos = since.and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(event.at.get());
        let Some(conn) = event.conn else { return };
        let Some(connection) = self.connections.value_mut(conn) else { return };
        let out = self.pending.made();
        match &event.kind {
            EventKind::Opened(opening) => {
                let ConnectionStart { role, protocol, peer, local } = **opening;
                (connection.role, connection.protocol) = (role, protocol);
                (connection.peer, connection.local) = (Some(peer), Some(local));
                (connection.opened, connection.ends) = (event.at, Ends::new(conn, Some(peer), Some(local)));
                let (asks, answers) = match role {
                    Role::Accepted => (Direction::Received, Direction::Sent),
                    Role::Dialed => (Direction::Sent, Direction::Received),
                };
                connection.bare(out, nanos, asks, flags::SYN, (0, 0));
                connection.bare(out, nanos, answers, flags::SYN | flags::ACK, (0, 1));
                connection.bare(out, nanos, asks, flags::ACK, (1, 1));
            }
            EventKind::Bytes { stream, offset, payload } => {
                let dropped = payload.kept().is_none();
                match stream.direction {
                    Direction::Received => {
                        connection.counters.count_read(event.at, *offset, payload.count(), dropped);
                    }
                    Direction::Sent => {
                        connection.counters.count_write(event.at, *offset, payload.count(), dropped);
                    }
                }
                if let Some(bytes) = payload.kept() {
                    connection.data(&mut self.pending, nanos, stream.direction, *offset, bytes);
                }
            }
            EventKind::HalfClosed => connection.peer_ends(out, nanos),
            EventKind::Closed(reason) => {
                connection.end(out, nanos, conn, *reason);
                connection.closed = true;
            }
            EventKind::MessageStarted { leg: Leg::Client, .. } => {
                connection.counters.exchanges += 1;
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
            counters: ConnectionCounters::default(),
            going_on: 0,
            done: (0, 0),
        }
    }

    /// Whether every byte so far belongs to an exchange that has ended.
    fn clean(&self) -> bool {
        self.going_on == 0 && self.done.0 >= self.counters.incoming && self.done.1 >= self.counters.outgoing
    }

    /// Appends a packet without data. `counts` are the bytes that its sender sent and received before.
    fn bare(&self, out: &mut Vec<u8>, nanos: u64, from: Direction, flags: u8, counts: (u64, u64)) {
        block::packet(out, nanos, &[], &[], |out| self.ends.put(out, from, flags, counts.0, counts.1, 0));
    }

    /// Appends the packets of one read or write, as few as possible.
    fn data(&self, out: &mut Pending, nanos: u64, from: Direction, offset: u64, bytes: &Bytes) {
        let received = match from {
            Direction::Received => self.counters.outgoing,
            Direction::Sent => self.counters.incoming,
        };
        let mut at = 0;
        while at < bytes.len() {
            let end = bytes.len().min(at + PAYLOAD_MAX);
            let flags = if end < bytes.len() { flags::ACK } else { flags::ACK | flags::PSH };
            // The SYN counts as one.
            let sent = offset.wrapping_add(1 + at as u64);
            let fill = |out: &mut Vec<u8>| self.ends.put(out, from, flags, sent, received + 1, end - at);
            if end - at < SHARED_MIN {
                block::packet(out.made(), nanos, &bytes[at..end], &[], fill);
            } else {
                block::shared_packet(out, nanos, bytes.slice(at..end), fill);
            }
            at = end;
        }
    }

    /// The numbers of bytes that the other end and this program sent, with each SYN and the other end's FIN as one.
    fn counts(&self) -> (u64, u64) {
        (self.counters.incoming + 1 + u64::from(self.half_closed), self.counters.outgoing + 1)
    }

    fn peer_ends(&mut self, out: &mut Vec<u8>, nanos: u64) {
        if !self.half_closed {
            self.bare(out, nanos, Direction::Received, flags::FIN | flags::ACK, self.counts());
            self.half_closed = true;
        }
    }

    /// Appends the packets that end the connection. The comment of the last one has the reason.
    fn end(&mut self, out: &mut Vec<u8>, nanos: u64, conn: ConnId, reason: CloseReason) {
        if matches!(reason, CloseReason::Client | CloseReason::ClientEarly) {
            self.peer_ends(out, nanos);
        }
        let (received, sent) = self.counts();
        let (from, flags, sent, received) = match reason {
            CloseReason::Reset | CloseReason::Refused => {
                (Direction::Received, flags::RST | flags::ACK, received, sent)
            }
            CloseReason::Malformed | CloseReason::Failed => {
                (Direction::Sent, flags::RST | flags::ACK, sent, received)
            }
            _ => (Direction::Sent, flags::FIN | flags::ACK, sent, received),
        };
        let comment = serde_json::json!({ "connection": conn, "closed": reason.key() }).to_string();
        block::packet(out, nanos, &[], comment.as_bytes(), |out| {
            self.ends.put(out, from, flags, sent, received, 0);
        });
    }
}
