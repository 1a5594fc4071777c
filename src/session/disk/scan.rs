//! Reads a session file from its beginning: what happened, in order, and at which positions.

use std::{
    collections::{HashSet, VecDeque},
    error::Error,
    fmt,
    io::{self, Read},
    net::SocketAddr,
    sync::Arc,
    time::SystemTime,
};

use bytes::Bytes;

use crate::{
    base::{
        files::append,
        pcapng::SECTION_HEADER,
        stream::{ConnId, Nanos, Role},
    },
    session::{
        SessionError,
        format::{
            batch::BatchContent,
            block::{self, Kind},
            decode::PayloadSource,
            read::{keyed, read_role, read_socket, read_wall_clock},
            varint::{Input, Malformed},
        },
    },
    store::{ConnectionCounters, Position},
    trace::{Batch, ConnectionStart, Event, EventKind, ProtocolKind},
};

/// Bytes that are read from the file at once.
const READ_BYTES: usize = 1024 * 1024;
/// Upper bound on the bytes of a batch with its packets, which usually has far fewer.
const BATCH_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Number of lists that are remembered for records that refer to them. The writer refers back to fewer.
const LISTS: usize = 64;

/// Where reading ended before the end of the file, and why.
#[derive(Debug)]
pub struct Stop {
    /// Offset in the file of the first byte that could not be read.
    pub offset: u64,
    /// Why reading ended there.
    pub error: SessionError,
}

impl Error for Stop {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            // Nothing of the file can be read, so no place is named.
            error @ SessionError::OtherVersion(_) => error.fmt(f),
            error => write!(f, "the file can be read up to byte {}: {error}", self.offset),
        }
    }
}

/// An item of a session file.
#[derive(Debug)]
pub enum Item {
    /// A segment begins.
    Segment {
        /// The segment's number.
        number: u32,
        /// The segment's offset in the file.
        start: u64,
    },
    /// A batch of events.
    Batch(StoredBatch),
}

/// A batch of events, as a session file has it.
#[derive(Debug)]
pub struct StoredBatch {
    /// The events.
    pub batch: Batch,
    /// Position of the block with their records.
    pub place: Position,
    /// The counters of each connection in the batch, as they stood before it.
    pub counters: Vec<(ConnId, ConnectionCounters)>,
}

/// Reads a file block by block.
#[derive(Debug)]
pub struct Scan<R> {
    file: R,
    /// Bytes of the file from the first packet of the next batch on.
    buffer: Vec<u8>,
    /// Offset in the file of the buffer's first byte.
    start: u64,
    /// Index in the buffer of the next block.
    next: usize,
    /// The segment's number and where it begins in the file. `None`: none has begun.
    segment: Option<(u32, u64)>,
    /// Whether a section has begun and none of its blocks is ours so far.
    foreign: bool,
    lists: VecDeque<(u64, u64, Arc<[u8]>)>,
    /// Connections that are known to be open.
    open: HashSet<ConnId>,
    epoch: Option<SystemTime>,
    /// Events that the beginning of a segment implies, since the segments with the events themselves are not in the
    /// file.
    pending: Vec<Event>,
    ended: bool,
}

impl<R: Read> Scan<R> {
    /// Reads `file` from its beginning.
    pub fn new(file: R) -> Self {
        Self {
            file,
            buffer: Vec::new(),
            start: 0,
            next: 0,
            segment: None,
            foreign: false,
            lists: VecDeque::new(),
            open: HashSet::new(),
            epoch: None,
            pending: Vec::new(),
            ended: false,
        }
    }

    /// Bytes of the file that were read so far, in complete items.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.start
    }

    /// The next item. `None`: the file is at its end.
    ///
    /// # Errors
    /// The file cannot be read any further. Every later call returns `None`.
    pub fn step(&mut self) -> Result<Option<Item>, Stop> {
        if self.ended {
            return Ok(None);
        }
        let next = self.item();
        self.ended = !matches!(next, Ok(Some(_)));
        next.map_err(|error| Stop { offset: self.start, error })
    }

    fn item(&mut self) -> Result<Option<Item>, SessionError> {
        loop {
            let Some(len) = self.block()? else {
                return match self.next {
                    0 => Ok(None),
                    _ if self.foreign && self.segment.is_some() => Err(SessionError::AnotherProgram),
                    _ => Err(SessionError::Truncated),
                };
            };
            let at = self.next;
            self.next += len;
            if self.next > BATCH_BYTES_MAX {
                return Err(Malformed("there is no record of what happened for too long").into());
            }
            let (kind, _) = block::head(&self.buffer[at..])?;
            if kind == SECTION_HEADER {
                if std::mem::replace(&mut self.foreign, true) {
                    return Err(SessionError::AnotherProgram);
                }
                if at > 0 {
                    // The blocks before it are packets of a batch that was never completed.
                    self.take_in(at);
                    self.next = len;
                }
            }
            if kind != block::OWN {
                continue;
            }
            let at = self.next - len;
            let body = block::body(&self.buffer[at..self.next])?;
            let Some((kind, content)) = block::own_content(body) else {
                match block::own_version(body) {
                    Some(version) if version != block::VERSION => {
                        return Err(SessionError::OtherVersion(version));
                    }
                    _ => continue,
                }
            };
            let content = content.to_vec();
            self.foreign = false;
            let item = match kind {
                Kind::Segment => self.begin_segment(&content)?,
                Kind::Batch => Item::Batch(self.batch(&content, at)?),
            };
            self.take_in(self.next);
            self.next = 0;
            return Ok(Some(item));
        }
    }

    /// Removes the first `bytes` of the buffer, which were read.
    fn take_in(&mut self, bytes: usize) {
        self.buffer.drain(..bytes);
        self.start += bytes as u64;
        self.next = 0;
    }

    /// Reads the next block into the buffer and returns its length. `None`: the file is at its end.
    fn block(&mut self) -> Result<Option<usize>, SessionError> {
        if !self.have(8)? {
            return if self.buffer.len() == self.next { Ok(None) } else { Err(SessionError::Truncated) };
        }
        let (kind, len) = block::head(&self.buffer[self.next..])?;
        if self.start == 0 && self.next == 0 && kind != SECTION_HEADER {
            return Err(SessionError::NotPcapng);
        }
        if !self.have(len)? {
            return Err(SessionError::Truncated);
        }
        block::body(&self.buffer[self.next..self.next + len])?;
        Ok(Some(len))
    }

    /// Reads until the buffer has `len` bytes from the next block on. `false`: the file ends before that.
    fn have(&mut self, len: usize) -> io::Result<bool> {
        while self.buffer.len() - self.next < len {
            if append(&mut self.file, &mut self.buffer, READ_BYTES)? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn begin_segment(&mut self, content: &[u8]) -> Result<Item, SessionError> {
        let beginning = Beginning::read(content)?;
        // The segments of a session are numbered in their order.
        if self.segment.is_some_and(|(number, _)| beginning.number <= number) {
            return Err(SessionError::AnotherSession);
        }
        self.segment = Some((beginning.number, self.start));
        self.lists.clear();
        let event = |at, conn, kind| Event { at, conn, exchange: None, kind };
        if let Some(epoch) = beginning.epoch.filter(|epoch| self.epoch != Some(*epoch)) {
            self.epoch = Some(epoch);
            self.pending.push(event(Nanos::ZERO, None, EventKind::Epoch(epoch)));
        }
        for OpenConnection { conn, opened, role, protocol, peer, local } in beginning.open {
            if let (true, Some(peer), Some(local)) = (self.open.insert(conn), peer, local) {
                self.pending.push(event(
                    opened,
                    Some(conn),
                    ConnectionStart { role, protocol, peer, local }.into(),
                ));
            }
        }
        Ok(Item::Segment { number: beginning.number, start: self.start })
    }

    fn batch(&mut self, content: &[u8], at: usize) -> Result<StoredBatch, SessionError> {
        let (number, segment_start) = self.segment.ok_or(Malformed("no segment has begun"))?;
        let block = self.start + at as u64 - segment_start;
        let place = Position::new(number, block).ok_or(Malformed("a segment is too large"))?;
        let mut content = BatchContent::new(content)?;
        let back = usize::try_from(content.packet_bytes).unwrap_or(usize::MAX);
        let packets = at.checked_sub(back).ok_or(Malformed("the packets of a batch are not there"))?;
        let mut events = std::mem::take(&mut self.pending);
        let mut counters: Vec<(ConnId, ConnectionCounters)> = Vec::new();
        let blocks = &self.buffer[packets..at];
        let mut source = InMemory { blocks, block, lists: &mut self.lists };
        while let Some(mut part) = content.next()? {
            counters.extend(part.records.conn.map(|conn| (conn, part.counters)));
            while let Some(event) = part.records.next(&mut source)? {
                match (&event.kind, event.conn) {
                    (EventKind::Epoch(epoch), _) => self.epoch = Some(*epoch),
                    (EventKind::Opened(_), Some(conn)) => _ = self.open.insert(conn),
                    (EventKind::Closed(_), Some(conn)) => _ = self.open.remove(&conn),
                    _ => {}
                }
                events.push(event);
            }
        }
        Ok(StoredBatch { batch: Batch { events }, place, counters })
    }
}

/// The content of a segment's first own block.
#[derive(Debug)]
pub(crate) struct Beginning {
    /// The segment's number.
    pub number: u32,
    /// The wall-clock time at which the server's clock started. `None`: not known.
    pub epoch: Option<SystemTime>,
    /// The connections that are open at the beginning of the segment.
    pub open: Vec<OpenConnection>,
}

/// A connection that is open at the beginning of a segment.
#[derive(Debug)]
pub(crate) struct OpenConnection {
    /// The connection's number.
    conn: ConnId,
    /// When it was opened.
    opened: Nanos,
    /// The end that opened the connection.
    role: Role,
    /// The protocol of the connection.
    protocol: ProtocolKind,
    /// The other end's address. `None`: not known.
    peer: Option<SocketAddr>,
    /// This program's address. `None`: not known.
    local: Option<SocketAddr>,
}

impl Beginning {
    /// Reads the content of the block.
    pub(crate) fn read(content: &[u8]) -> Result<Self, Malformed> {
        let mut input = Input::new(content);
        let number = input.small()?;
        let epoch = if input.byte()? == 0 { None } else { Some(read_wall_clock(&mut input)?) };
        let count: usize = input.small()?;
        let mut open = Vec::new();
        for _ in 0..count {
            let conn = ConnId::new(input.number()?).ok_or(Malformed("a connection has number 0"))?;
            let (opened, role, protocol) = (
                Nanos::new(input.number()?),
                read_role(&mut input)?,
                keyed(&mut input, ProtocolKind::from_key)?,
            );
            let mut address = || Ok(if input.byte()? == 0 { None } else { Some(read_socket(&mut input)?) });
            let (peer, local) = (address()?, address()?);
            open.push(OpenConnection { conn, opened, role, protocol, peer, local });
        }
        Ok(Self { number, epoch, open })
    }
}

/// Finds bytes and lists for the records of a batch that is in memory as a whole.
struct InMemory<'a> {
    /// The packets of the batch.
    blocks: &'a [u8],
    block: u64,
    lists: &'a mut VecDeque<(u64, u64, Arc<[u8]>)>,
}

impl PayloadSource for InMemory<'_> {
    fn bytes(&mut self, packets: u64, len: u64) -> Result<Option<Bytes>, SessionError> {
        let (at, len) = (usize::try_from(packets), usize::try_from(len));
        let (Ok(at), Ok(len)) = (at, len) else { return Err(Malformed("an offset is too large").into()) };
        let mut data = Vec::with_capacity(len.min(self.blocks.len()));
        block::payload(self.blocks, at, len, &mut data)?;
        Ok(Some(data.into()))
    }

    fn list(&mut self, block: Option<u64>, index: u64) -> Result<Arc<[u8]>, SessionError> {
        let wanted = (block.unwrap_or(self.block), index);
        let found = self.lists.iter().position(|(block, index, _)| (*block, *index) == wanted);
        let entry = found.and_then(|found| self.lists.remove(found)).ok_or(Malformed("a list is missing"))?;
        let list = Arc::clone(&entry.2);
        self.lists.push_front(entry);
        Ok(list)
    }

    fn seen(&mut self, index: u64, list: &[u8]) {
        self.lists.truncate(LISTS - 1);
        self.lists.push_front((self.block, index, list.into()));
    }
}
