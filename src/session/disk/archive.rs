//! Reads a session on disk at any place: an exchange, as it was in memory.

mod play;

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
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
        stream::{ConnId, ExchangeId},
    },
    session::{
        SessionError,
        format::{
            batch::BatchContent,
            block::{self, Kind},
            decode::PayloadSource,
            packet::PAYLOAD_MAX,
            varint::{Input, Malformed},
        },
    },
    store::{ConnectionCounters, Detail, MESSAGE_SHARE_BYTES, Places, Position, Store},
    trace::{Batch, EventKind},
};

/// Upper bound on batches read for one exchange. At the usual 80 KB a batch that is 80 GB, so only a damaged file
/// reaches it.
const BATCHES_MAX: usize = 1_000_000;
/// Upper bound on batches read from before the exchange began, for the bytes in front of it in the same read.
const LEAD_BATCHES_MAX: usize = 256;
/// A record refers to bytes or to a list that is not there.
const OUT_OF_PLACE: Malformed = Malformed("what belongs to a record is not where it should be");
/// There is no batch where one should stand.
const NO_BATCH: Malformed = Malformed("its records are not where they should be");
/// Number of files that are kept open.
const OPEN_FILES: usize = 8;

/// The places of the segments, by their numbers.
#[derive(Debug, Default)]
pub struct Archive {
    segments: RwLock<HashMap<u32, SegmentPlace>>,
}

/// The place of a segment.
#[derive(Clone, Debug)]
pub struct SegmentPlace {
    /// The file.
    pub path: Arc<PathBuf>,
    /// Offset of the segment's first byte in the file.
    pub start: u64,
}

impl Archive {
    /// Adds the place of segment `number`.
    ///
    /// # Errors
    /// A segment of that number has a place already.
    pub fn add(&self, number: u32, place: SegmentPlace) -> Result<(), SessionError> {
        match self.segments.write().entry(number) {
            Entry::Occupied(_) => Err(SessionError::SegmentTwice(number)),
            Entry::Vacant(entry) => {
                entry.insert(place);
                Ok(())
            }
        }
    }

    /// Removes the segments up to number `through`.
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

    /// The largest number of a segment. 0: there is none.
    pub fn last(&self) -> u32 {
        self.segments.read().keys().copied().max().unwrap_or(0)
    }

    /// Whether there is a segment.
    pub fn has_any(&self) -> bool {
        !self.segments.read().is_empty()
    }

    fn place(&self, number: u32) -> Option<SegmentPlace> {
        self.segments.read().get(&number).cloned()
    }
}

/// Reads an archive. Keeps the files open that it read last.
#[derive(Debug)]
pub struct ArchiveReader {
    archive: Arc<Archive>,
    /// The file that was read last stands last.
    files: Vec<(Arc<PathBuf>, File)>,
}

/// A batch in which something happened on a connection.
#[derive(Debug)]
struct LoadedBatch {
    place: Position,
    content: Vec<u8>,
    counters: ConnectionCounters,
    /// Position of the connection's batch before this one. `None`: this is its first.
    before: Option<Position>,
    /// Whether the exchange begins on the connection in this batch.
    begins: bool,
}

/// A batch that is played, and the connections of which it is, with their counters before it.
#[derive(Debug, Default)]
struct Played {
    content: Vec<u8>,
    of: Vec<(ConnId, ConnectionCounters)>,
}

impl ArchiveReader {
    /// Reads from `archive`.
    pub const fn new(archive: Arc<Archive>) -> Self {
        Self { archive, files: Vec::new() }
    }

    /// Everything about an exchange, as the store has it of one in memory.
    ///
    /// # Errors
    /// The exchange cannot be read, or has left the disk.
    pub fn detail(&mut self, id: ExchangeId, places: &Places) -> Result<Detail, SessionError> {
        self.detail_within(id, places, MESSAGE_SHARE_BYTES)
    }

    /// Everything about an exchange, as [`Self::detail`] has it, with up to `share_bytes` of each message.
    ///
    /// # Errors
    /// As for [`Self::detail`].
    pub fn detail_within(
        &mut self,
        id: ExchangeId,
        places: &Places,
        share_bytes: u64,
    ) -> Result<Detail, SessionError> {
        let all = self.gather(&[(id, places.clone())])?;
        // A message may have an eighth of the budget, so that the store keeps `share_bytes` of it.
        let mut store = Store::with_share(8 * share_bytes, share_bytes);
        let latest = all.keys().next_back().copied();
        let mut used = HashMap::new();
        for (place, played) in &all {
            // Further bytes of a direction count as left out, as in memory; the latest are always read.
            let most_bytes = if Some(*place) == latest { u64::MAX } else { 2 * share_bytes };
            self.replay(*place, played, most_bytes, &mut used, &mut store)
                .map_err(|error| error.in_block(place.offset()))?;
        }
        store.detail(id).ok_or(SessionError::Gone)
    }

    /// The batches of these exchanges, oldest first, with the connections that matter in each.
    fn gather(
        &mut self,
        exchanges: &[(ExchangeId, Places)],
    ) -> Result<BTreeMap<Position, Played>, SessionError> {
        let mut all: BTreeMap<Position, Played> = BTreeMap::new();
        let mut add = |conn: ConnId, batches: Vec<LoadedBatch>| {
            for LoadedBatch { place, content, counters, .. } in batches {
                let played = all.entry(place).or_default();
                played.content = content;
                if played.of.iter().all(|(known, _)| *known != conn) {
                    played.of.push((conn, counters));
                }
            }
        };
        for (id, places) in exchanges {
            add(places.conn, self.batches(*id, places.conn, places.position, LEAD_BATCHES_MAX)?);
            for (conn, last) in &places.legs {
                match self.batches(*id, *conn, *last, 0) {
                    Ok(batches) => add(*conn, batches),
                    // The leg has left the disk.
                    Err(SessionError::Gone) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(all)
    }

    /// The batches of a connection that an exchange needs, oldest first; the latest stands at `last`. `lead_max`: how
    /// many from before the exchange began may be read for what is in front of it.
    fn batches(
        &mut self,
        id: ExchangeId,
        conn: ConnId,
        last: Position,
        lead_max: usize,
    ) -> Result<Vec<LoadedBatch>, SessionError> {
        let mut batches: Vec<LoadedBatch> = Vec::new();
        let (mut next, mut lead, mut begun) = (Some(last), 0, false);
        while let Some(place) = next {
            if batches.len() == BATCHES_MAX {
                return Err(Malformed("it has too many batches").into());
            }
            let batch = match self.load(place, id, conn) {
                Ok(batch) => batch,
                // What is older may have left the disk; what is newer must be there.
                Err(SessionError::Gone) if !batches.is_empty() => break,
                Err(SessionError::Gone) => return Err(SessionError::Gone),
                Err(error) => return Err(error.in_block(place.offset())),
            };
            // A batch before this one must be older, or a damaged file would lead in circles.
            next = batch.before.filter(|before| *before < place);
            begun |= batch.begins;
            let clean = batch.counters.clean;
            batches.push(batch);
            if begun {
                lead += 1;
                if clean || lead > lead_max {
                    break;
                }
            }
        }
        batches.reverse();
        Ok(batches)
    }

    /// Reads the batch at `place`, in which something happened on `conn`.
    fn load(&mut self, place: Position, id: ExchangeId, conn: ConnId) -> Result<LoadedBatch, SessionError> {
        let content = self.content(place)?;
        let mut parts = BatchContent::new(&content)?;
        let (mut first, mut begins) = (None, false);
        while let Some(mut part) = parts.next_of(conn)? {
            first.get_or_insert((part.counters, part.before));
            let mut source = OnDisk { reader: self, place, packets: 0, wanted: false };
            while let Some(event) = part.records.next(&mut source)? {
                begins |=
                    event.exchange == Some(id) && matches!(event.kind, EventKind::MessageStarted { .. });
            }
        }
        let (counters, before) = first.ok_or(NO_BATCH)?;
        Ok(LoadedBatch { place, content, counters, before, begins })
    }

    /// Plays the events of a batch at `place` into `store`, with bytes as long as fewer than `most_bytes` of each
    /// direction of a connection are `used`.
    fn replay(
        &mut self,
        place: Position,
        played: &Played,
        most_bytes: u64,
        used: &mut HashMap<ConnId, [u64; 2]>,
        store: &mut Store,
    ) -> Result<(), SessionError> {
        let mut parts = BatchContent::new(&played.content)?;
        let packets = place.offset().checked_sub(parts.packet_bytes).ok_or(OUT_OF_PLACE)?;
        while let Some(mut part) = parts.next()? {
            let of = played.of.iter().find(|(conn, _)| Some(*conn) == part.records.conn);
            let Some((conn, counters)) = of else { continue };
            let used = used.entry(*conn).or_default();
            loop {
                let flow = part.records.flow;
                let wanted = used.iter().all(|used| *used < most_bytes);
                let mut source = OnDisk { reader: self, place, packets, wanted };
                let Some(event) = part.records.next(&mut source)? else { break };
                used[0] += part.records.flow.incoming.saturating_sub(flow.incoming);
                used[1] += part.records.flow.outgoing.saturating_sub(flow.outgoing);
                store.insert_known_connection(*conn, event.at, counters);
                store.apply(Batch { events: vec![event] });
            }
        }
        Ok(())
    }

    /// The content of the batch at `place`.
    fn content(&mut self, place: Position) -> Result<Vec<u8>, SessionError> {
        let head = self.read(place.segment(), place.offset(), 8)?;
        let within = |error: Malformed| SessionError::from(error).in_block(place.offset());
        let (kind, len) = block::head(&head).map_err(within)?;
        let whole = self.read(place.segment(), place.offset(), len)?;
        let body = block::body(&whole).map_err(within)?;
        match block::own_content(body) {
            Some((Kind::Batch, content)) if kind == block::OWN => Ok(content.to_vec()),
            _ => Err(within(NO_BATCH)),
        }
    }

    /// `len` bytes at `offset` of a segment.
    fn read(&mut self, segment: u32, offset: u64, len: usize) -> Result<Vec<u8>, SessionError> {
        let place = self.archive.place(segment).ok_or(SessionError::Gone)?;
        self.read_file(&place, offset, len).map_err(|error| match self.archive.place(segment) {
            // The segment may have been removed meanwhile, and its file with it.
            None => SessionError::Gone,
            Some(_) => error.into(),
        })
    }

    fn read_file(&mut self, place: &SegmentPlace, offset: u64, len: usize) -> io::Result<Vec<u8>> {
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
        let latest = self.files.len();
        self.files.push(entry);
        Ok(&mut self.files[latest].1)
    }
}

/// Finds bytes and lists for the records of a batch in the file of its segment.
struct OnDisk<'a> {
    reader: &'a mut ArchiveReader,
    /// The batch.
    place: Position,
    /// Offset in the segment of the batch's first packet.
    packets: u64,
    /// Whether bytes of reads and writes are wanted.
    wanted: bool,
}

impl PayloadSource for OnDisk<'_> {
    fn bytes(&mut self, packets: u64, len: u64) -> Result<Option<Bytes>, SessionError> {
        if !self.wanted {
            return Ok(None);
        }
        let at = self.packets.checked_add(packets).ok_or(OUT_OF_PLACE)?;
        let length = usize::try_from(len).map_err(|_| OUT_OF_PLACE)?;
        // Block and headers take 112 bytes at most; the batch's own block comes after the last packet.
        let most = (length / PAYLOAD_MAX + 2).saturating_mul(112).saturating_add(length);
        let there = self.place.offset().checked_sub(at).ok_or(OUT_OF_PLACE)?;
        let most = most.min(usize::try_from(there).unwrap_or(usize::MAX));
        let blocks = self.reader.read(self.place.segment(), at, most)?;
        let mut data = Vec::with_capacity(length.min(blocks.len()));
        block::payload(&blocks, 0, length, &mut data)?;
        Ok(Some(data.into()))
    }

    fn list(&mut self, block: Option<u64>, index: u64) -> Result<Arc<[u8]>, SessionError> {
        let place = match block {
            None => self.place,
            Some(block) => Position::new(self.place.segment(), block).ok_or(OUT_OF_PLACE)?,
        };
        let content = self.reader.content(place)?;
        let at = usize::try_from(index).map_err(|_| OUT_OF_PLACE)?;
        let list = Input::new(content.get(at..).ok_or(OUT_OF_PLACE)?).bytes()?;
        Ok(list.into())
    }

    fn seen(&mut self, _: u64, _: &[u8]) {}
}
