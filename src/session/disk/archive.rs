//! A session on disk, read at any place: one exchange again as it was in memory.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::PathBuf,
    sync::Arc,
};

use bytes::Bytes;
use parking_lot::RwLock;

use crate::{
    base::{
        faults::{self, Call},
        stream::{ConnId, ExchangeId, Leg},
    },
    session::{
        SessionError,
        format::{
            block::{self, Kind},
            decode::PayloadSource,
            packet::PAYLOAD_MAX,
            run::Runs,
            varint::{Input, Malformed},
        },
    },
    store::{ConnectionCounters, Detail, MESSAGE_SHARE_BYTES, Position, Store},
    trace::{Batch, Event, EventKind},
};

/// Upper bound on batches read for one exchange. At the usual 80 KB a batch that is 80 GB, so only a damaged file
/// reaches it.
const TURNS: usize = 1_000_000;
/// At most this many turns before the exchange began are read, for what stands before it in the same read.
const LEAD_TURNS: usize = 256;
/// What a record refers to is not there.
const OUT_OF_PLACE: Malformed = Malformed("what belongs to a record is not where it should be");
/// A batch is not there.
const NO_BATCH: Malformed = Malformed("its records are not where they should be");
/// Files that are kept open.
const OPEN_FILES: usize = 8;

/// Where each segment stands.
#[derive(Debug, Default)]
pub struct Archive {
    segments: RwLock<HashMap<u32, Place>>,
}

/// Where a segment stands.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file.
    pub path: Arc<PathBuf>,
    /// Offset of the segment's first byte in the file.
    pub start: u64,
}

impl Archive {
    /// Segment `number` stands there. `false`: one of that number stands elsewhere already.
    pub fn add(&self, number: u32, place: Place) -> bool {
        let mut segments = self.segments.write();
        let new = !segments.contains_key(&number);
        if new {
            segments.insert(number, place);
        }
        new
    }

    /// The segments up to number `through` are gone.
    pub fn remove(&self, through: u32) {
        self.segments.write().retain(|number, _| *number > through);
    }

    /// The files, in the order of the segments in them.
    pub fn files(&self) -> Vec<PathBuf> {
        let segments = self.segments.read();
        let mut places: Vec<_> = segments.iter().map(|(number, place)| (*number, &place.path)).collect();
        places.sort();
        let mut files: Vec<PathBuf> = places.into_iter().map(|(_, path)| path.to_path_buf()).collect();
        files.dedup();
        files
    }

    fn place(&self, number: u32) -> Option<Place> {
        self.segments.read().get(&number).cloned()
    }
}

/// Reads an archive. Keeps the files open that it read last.
#[derive(Debug)]
pub struct Reading {
    archive: Arc<Archive>,
    /// The latest last.
    files: Vec<(Arc<PathBuf>, File)>,
}

/// A turn in which something happened on the connection.
#[derive(Debug)]
struct Turn {
    place: Position,
    content: Vec<u8>,
    counters: ConnectionCounters,
}

impl Reading {
    /// Reads from `archive`.
    pub const fn new(archive: Arc<Archive>) -> Self {
        Self { archive, files: Vec::new() }
    }

    /// Everything about an exchange, as the store has it of one in memory.
    ///
    /// # Errors
    /// The exchange cannot be read, or has left the disk.
    pub fn detail(&mut self, id: ExchangeId, conn: ConnId, last: Position) -> Result<Detail, SessionError> {
        self.detail_within(id, conn, last, MESSAGE_SHARE_BYTES)
    }

    /// Everything about an exchange, as [`Self::detail`] has it, with up to `share_bytes` of each message.
    ///
    /// # Errors
    /// As for [`Self::detail`].
    pub fn detail_within(
        &mut self,
        id: ExchangeId,
        conn: ConnId,
        last: Position,
        share_bytes: u64,
    ) -> Result<Detail, SessionError> {
        let turns = self.turns(id, conn, last)?;
        // A message may have an eighth of the budget: then as much is kept as may be.
        let mut store = Store::with_share(8 * share_bytes, share_bytes);
        // What is more of a direction counts as left out, as in memory.
        self.replay(&turns, conn, 2 * share_bytes, &mut |event, counters| {
            store.insert_known_connection(conn, event.at, counters);
            store.apply(Batch { events: vec![event] });
        })?;
        store.detail(id).ok_or(SessionError::Gone)
    }

    /// The turns of a connection that an exchange needs, whose latest is at `last`; oldest first.
    fn turns(&mut self, id: ExchangeId, conn: ConnId, last: Position) -> Result<Vec<Turn>, SessionError> {
        let mut turns: Vec<Turn> = Vec::new();
        let (mut next, mut lead, mut begun) = (Some(last), 0, false);
        while let Some(place) = next {
            if turns.len() == TURNS {
                return Err(Malformed("it has too many turns").into());
            }
            let content = match self.content(place) {
                Ok(content) => content,
                // What is older may have left the disk; what is newer must be there.
                Err(SessionError::Gone) if !turns.is_empty() => break,
                Err(error) => return Err(error),
            };
            let mut first = None;
            let within = |error: SessionError| error.in_block(place.offset());
            let mut runs = Runs::new(&content).map_err(|error| within(error.into()))?;
            while let Some(run) = runs.next() {
                let mut run = run.map_err(|error| within(error.into()))?;
                if run.records.conn != Some(conn) {
                    continue;
                }
                first.get_or_insert((run.counters, run.before));
                let mut source = OnDisk { reading: self, place, packets: 0, wanted: false };
                while let Some(event) = run.records.next(&mut source) {
                    let event = event.map_err(within)?;
                    begun |= event.exchange == Some(id)
                        && matches!(event.kind, EventKind::MessageStarted { leg: Leg::Client, .. });
                }
            }
            let (counters, before) = first.ok_or(NO_BATCH).map_err(|error| within(error.into()))?;
            turns.push(Turn { place, content, counters });
            // What stands before must be older, or a damaged file would lead in circles.
            next = before.filter(|before| *before < place);
            if begun {
                lead += 1;
                if counters.clean || lead > LEAD_TURNS {
                    break;
                }
            }
        }
        turns.reverse();
        Ok(turns)
    }

    /// Gives the events of a connection in these turns, with some `most_bytes` of each direction.
    fn replay(
        &mut self,
        turns: &[Turn],
        conn: ConnId,
        most_bytes: u64,
        give: &mut dyn FnMut(Event, &ConnectionCounters),
    ) -> Result<(), SessionError> {
        let mut used = [0_u64; 2];
        for (index, turn) in turns.iter().enumerate() {
            let within = |error: SessionError| error.in_block(turn.place.offset());
            let mut runs = Runs::new(&turn.content).map_err(|error| within(error.into()))?;
            let packets = turn.place.offset().checked_sub(runs.back).ok_or(OUT_OF_PLACE)?;
            let last = index + 1 == turns.len();
            while let Some(run) = runs.next() {
                let mut run = run.map_err(|error| within(error.into()))?;
                if run.records.conn != Some(conn) {
                    continue;
                }
                loop {
                    let flow = run.records.flow;
                    let allowed = used.iter().all(|used| *used < most_bytes) || last;
                    let mut source = OnDisk { reading: self, place: turn.place, packets, wanted: allowed };
                    let Some(event) = run.records.next(&mut source) else { break };
                    let event = event.map_err(within)?;
                    used[0] += run.records.flow.incoming.saturating_sub(flow.incoming);
                    used[1] += run.records.flow.outgoing.saturating_sub(flow.outgoing);
                    give(event, &turn.counters);
                }
            }
        }
        Ok(())
    }

    /// The content of the turn at `place`.
    fn content(&mut self, place: Position) -> Result<Vec<u8>, SessionError> {
        let head = self.read(place.segment(), place.offset(), 8)?;
        let within = |error: Malformed| SessionError::from(error).in_block(place.offset());
        let (kind, len) = block::head(&head).map_err(within)?;
        let whole = self.read(place.segment(), place.offset(), len)?;
        let body = block::body(&whole).map_err(within)?;
        match block::own_content(body) {
            Some((Kind::Turn, content)) if kind == block::OWN => Ok(content.to_vec()),
            _ => Err(within(NO_BATCH)),
        }
    }

    /// `len` bytes at `offset` of a segment.
    fn read(&mut self, segment: u32, offset: u64, len: usize) -> Result<Vec<u8>, SessionError> {
        let place = self.archive.place(segment).ok_or(SessionError::Gone)?;
        self.read_file(&place, offset, len).map_err(|error| match self.archive.place(segment) {
            // It may have left meanwhile, and its file with it.
            None => SessionError::Gone,
            Some(_) => error.into(),
        })
    }

    fn read_file(&mut self, place: &Place, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let file = self.file(&place.path)?;
        faults::pass(Call::FileRead)?;
        file.seek(SeekFrom::Start(place.start + offset))?;
        let mut bytes = vec![0; len];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn file(&mut self, path: &Arc<PathBuf>) -> io::Result<&mut File> {
        let known = self.files.iter().position(|(known, _)| known == path);
        let entry = match known {
            Some(index) => self.files.remove(index),
            None => (Arc::clone(path), File::open(&**path)?),
        };
        if self.files.len() == OPEN_FILES {
            self.files.remove(0);
        }
        self.files.push(entry);
        match self.files.last_mut() {
            Some((_, file)) => Ok(file),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// Finds what belongs to the records of a batch in the file of its segment.
struct OnDisk<'a> {
    reading: &'a mut Reading,
    /// The turn.
    place: Position,
    /// Offset in the segment of its first packet.
    packets: u64,
    /// Whether bytes are wanted.
    wanted: bool,
}

impl PayloadSource for OnDisk<'_> {
    fn bytes(&mut self, packets: u64, len: u64) -> Result<Option<Bytes>, SessionError> {
        if !self.wanted {
            return Ok(None);
        }
        let at = self.packets.checked_add(packets).ok_or(OUT_OF_PLACE)?;
        let length = usize::try_from(len).map_err(|_| OUT_OF_PLACE)?;
        // Block and headers take 112 bytes at most; the turn's own block comes after the last packet.
        let most = (length / PAYLOAD_MAX + 2).saturating_mul(112).saturating_add(length);
        let there = self.place.offset().checked_sub(at).ok_or(OUT_OF_PLACE)?;
        let most = most.min(usize::try_from(there).unwrap_or(usize::MAX));
        let blocks = self.reading.read(self.place.segment(), at, most)?;
        let mut data = Vec::with_capacity(length.min(blocks.len()));
        block::payload(&blocks, 0, length, &mut data)?;
        Ok(Some(data.into()))
    }

    fn list(&mut self, block: Option<u64>, index: u64) -> Result<Arc<[u8]>, SessionError> {
        let place = match block {
            None => self.place,
            Some(block) => Position::new(self.place.segment(), block).ok_or(OUT_OF_PLACE)?,
        };
        let content = self.reading.content(place)?;
        let at = usize::try_from(index).map_err(|_| OUT_OF_PLACE)?;
        let list = Input::new(content.get(at..).ok_or(OUT_OF_PLACE)?).bytes()?;
        Ok(list.into())
    }

    fn seen(&mut self, _: u64, _: &[u8]) {}
}
