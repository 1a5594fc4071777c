//! Opens captures from files, and finds sessions that were cut off.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime},
};

use crate::{
    base::stream::Nanos,
    base::task::{Task, TaskState, Unit},
    pcap::Import,
    session::{
        Archive, BackgroundReader, Item, Scan, SegmentPlace, SessionError, Stop, StoredBatch, abandoned,
        has_ended, segments,
    },
    store::SharedStore,
    trace::{Batch, Event, EventKind, Severity},
};

use super::Wake;

/// A session with fewer bytes than this has the beginning of a segment and no event.
const EMPTY_BYTES: u64 = 400;
/// The first own block of a segment, with all open connections, ends within this many bytes.
const OWN_BYTES: u64 = 8 * 1024 * 1024;

/// An earlier session that is still on disk: its recording was cut off, since the program was killed or the machine
/// stopped, or it ended in order a while ago. While the value lives, no other program offers the session.
#[derive(Debug)]
pub struct Unfinished {
    folder: PathBuf,
    files: Vec<PathBuf>,
    /// Bytes on disk.
    pub bytes: u64,
    /// When the session was last written. `None`: the file system does not say.
    pub written: Option<SystemTime>,
    /// Whether it ended in order.
    pub ended: bool,
    lock: File,
}

/// Sessions that ended in order are kept up to this number,
const ENDED_MAX: usize = 5;
/// this number of bytes,
const ENDED_BYTES: u64 = 2_000_000_000;
/// and this age.
const ENDED_AGE: Duration = Duration::from_hours(7 * 24);

/// The earlier sessions in `root`, the latest first. Sessions in which nothing happened are removed, and those that ended
/// in order once there are many, they are large, or old.
#[must_use]
pub fn unfinished(root: &Path, now: SystemTime) -> Vec<Unfinished> {
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    let mut found = Vec::new();
    for folder in entries.flatten().map(|entry| entry.path()) {
        let Some(lock) = abandoned(&folder) else { continue };
        let Ok(files) = segments(&folder) else { continue };
        let known: Vec<fs::Metadata> = files.iter().filter_map(|path| fs::metadata(path).ok()).collect();
        let bytes = known.iter().map(fs::Metadata::len).sum();
        let written = known.iter().filter_map(|known| known.modified().ok()).max();
        let ended = has_ended(&folder);
        let session = Unfinished { folder, files, bytes, written, ended, lock };
        if session.bytes < EMPTY_BYTES {
            // If it cannot be removed now, it is tried again at the next start.
            let _ = session.discard();
        } else {
            found.push(session);
        }
    }
    found.sort_by_key(|session| std::cmp::Reverse(session.written));
    let (mut count, mut bytes) = (0, 0);
    let mut kept = Vec::with_capacity(found.len());
    for session in found {
        if session.ended {
            count += 1;
            bytes += session.bytes;
            let age =
                session.written.and_then(|written| now.duration_since(written).ok()).unwrap_or_default();
            // The latest stays whatever its size.
            if count > ENDED_MAX || age > ENDED_AGE || (count > 1 && bytes > ENDED_BYTES) {
                // As above.
                let _ = session.discard();
                continue;
            }
        }
        kept.push(session);
    }
    kept
}

impl Unfinished {
    /// The folder of the session.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Removes the session.
    ///
    /// # Errors
    /// Not all files could be removed.
    pub fn discard(self) -> io::Result<()> {
        fs::remove_dir_all(&self.folder)
    }
}

/// A capture that is to be opened.
#[derive(Debug)]
pub enum Source {
    /// A file of byteglass or of another program.
    File(PathBuf),
    /// A session that was cut off.
    Session(Unfinished),
}

/// The program that wrote a capture.
enum Origin {
    /// This version of byteglass: the file has everything, not only packets.
    Own,
    /// Another version of byteglass, with this version of the format: only its packets can be read.
    OtherVersion(u8),
    /// Another program.
    Foreign,
}

/// Finds out who wrote a capture.
fn origin(file: &mut File) -> io::Result<Origin> {
    // Files of other programs have no such block, and are not searched to their end for it.
    let found = Scan::new((&mut *file).take(OWN_BYTES)).step();
    file.seek(SeekFrom::Start(0))?;
    match found {
        Ok(Some(Item::Segment { .. })) => Ok(Origin::Own),
        Err(Stop { error: SessionError::OtherVersion(version), .. }) => Ok(Origin::OtherVersion(version)),
        Err(Stop { error: SessionError::Io(error), .. }) => Err(error),
        _ => Ok(Origin::Foreign),
    }
}

/// Opens a capture. What can be read only once, such as a pipe, is copied to a file without a name first; `-` is
/// standard input.
///
/// # Errors
/// The file cannot be opened or copied.
pub fn open_file(path: &Path) -> io::Result<File> {
    let mut source = match path.to_str() {
        Some("-") => File::open("/dev/stdin")?,
        _ => File::open(path)?,
    };
    if source.metadata()?.is_file() {
        return Ok(source);
    }
    let mut file = tempfile::tempfile()?;
    io::copy(&mut source, &mut file)?;
    file.rewind()?;
    Ok(file)
}

/// Opens a capture and finds out who wrote it.
fn open(path: &Path) -> io::Result<(File, Origin)> {
    let mut file = open_file(path)?;
    let origin = origin(&mut file)?;
    Ok((file, origin))
}

/// Whether this version of byteglass wrote a capture, so that it has everything, not only packets. The file is at its
/// beginning afterwards.
///
/// # Errors
/// The file cannot be read.
pub fn is_own(file: &mut File) -> io::Result<bool> {
    origin(file).map(|origin| matches!(origin, Origin::Own))
}

/// A capture that is being loaded from a file.
pub(super) struct LoadTarget {
    pub store: SharedStore,
    pub archive: Arc<Archive>,
    /// Filled once the file is known to be a session, which can be read at any place.
    pub reader: Arc<OnceLock<BackgroundReader>>,
    pub task: Task,
    pub wake: Wake,
}

impl LoadTarget {
    /// Loads a capture of any program.
    pub(super) fn load(&self, source: Source) -> TaskState {
        let loaded = match source {
            Source::File(path) => open(&path).and_then(|(file, origin)| match origin {
                Origin::Own => self.load_session(vec![path], None),
                Origin::Foreign => self.load_packets(file),
                Origin::OtherVersion(version) => self.load_packets(file).map(|state| match state {
                    TaskState::Done(less) => {
                        let less = less.map(|less| format!("{less}; ")).unwrap_or_default();
                        let version = SessionError::OtherVersion(version);
                        TaskState::Done(Some(
                            format!("{less}{version}, so only its packets are shown").into(),
                        ))
                    }
                    other => other,
                }),
            }),
            Source::Session(session) => self.load_session(session.files, Some(session.lock)),
        };
        loaded.unwrap_or_else(|error| TaskState::Failed(error.to_string().into()))
    }

    /// Loads a capture of this version of byteglass. The reader holds the lock.
    fn load_session(&self, files: Vec<PathBuf>, lock: Option<File>) -> io::Result<TaskState> {
        let (mut opened, mut total) = (Vec::new(), 0);
        for path in files {
            let file = File::open(&path)?;
            total += file.metadata()?.len();
            opened.push((path, file));
        }
        let prepare = Box::new(move || _ = &lock);
        let reader = BackgroundReader::start(Arc::clone(&self.archive), prepare, Arc::clone(&self.wake))?;
        // Only this thread fills it, once.
        let _ = self.reader.set(reader);
        self.task.set_total(total, Unit::Bytes);
        Ok(Opening { into: self, batches: 0, before: 0 }.files(opened))
    }

    /// Loads a capture of packets by another program. If it does not fit into the store, the latest exchanges stay, and
    /// the store counts those that left.
    fn load_packets(&self, file: File) -> io::Result<TaskState> {
        let total = file.metadata()?.len();
        self.task.set_total(total, Unit::Bytes);
        let mut import = Import::new(file);
        while let Some(batch) = import.step() {
            if !batch.events.is_empty() {
                self.store.lock().apply(batch);
                (self.wake)();
            }
            self.task.set_done(import.offset().min(total));
            if self.task.cancelled() {
                return Ok(TaskState::Cancelled);
            }
        }
        Ok(match (import.stop(), import.summary().exchanges) {
            (Some(stop), 0) => TaskState::Failed(stop.to_string().into()),
            (Some(stop), _) => TaskState::Done(Some(stop.to_string().into())),
            (None, _) => TaskState::Done(import.nothing().or_else(|| import.unread()).map(Into::into)),
        })
    }
}

struct Opening<'a> {
    into: &'a LoadTarget,
    batches: u64,
    /// Total size of the files before the current one, in bytes.
    before: u64,
}

impl Opening<'_> {
    fn files(mut self, files: Vec<(PathBuf, File)>) -> TaskState {
        let mut state = TaskState::Done(None);
        for (path, file) in files {
            match self.file(file, path.clone()) {
                Ok(()) if self.into.task.cancelled() => {
                    state = TaskState::Cancelled;
                    break;
                }
                Ok(()) => {}
                Err(stop) => {
                    state = self.broken(&path, &stop);
                    break;
                }
            }
        }
        if self.batches == 0 && state == TaskState::Done(None) {
            state = TaskState::Failed("byteglass did not write this file".into());
        }
        state
    }

    /// Reads a file to its end, or as far as it can be read.
    fn file(&mut self, file: File, path: PathBuf) -> Result<(), Stop> {
        let path = Arc::new(path);
        let mut scan = Scan::new(file);
        while let Some(item) = scan.step()? {
            match item {
                Item::Segment { number, start } => {
                    let place = SegmentPlace { path: Arc::clone(&path), start };
                    let added = self.into.archive.add(number, place);
                    added.map_err(|error| Stop { offset: start, error })?;
                }
                Item::Batch(stored) => self.take(stored),
            }
            self.into.task.set_done(self.before + scan.offset());
            if self.into.task.cancelled() {
                return Ok(());
            }
        }
        self.before += scan.offset();
        Ok(())
    }

    fn take(&mut self, stored: StoredBatch) {
        self.batches += 1;
        let mut store = self.into.store.lock();
        let at = stored.batch.events.first().map_or(Nanos::ZERO, |event| event.at);
        for (conn, counters) in &stored.counters {
            store.insert_known_connection(*conn, at, counters);
        }
        store.apply_at(stored.batch, Some(stored.place));
        drop(store);
        (self.into.wake)();
    }

    /// The state after reading stopped early: what was read stays, and a message says where reading stopped.
    fn broken(&self, path: &Path, stop: &Stop) -> TaskState {
        if self.batches == 0 {
            return TaskState::Failed(stop.to_string().into());
        }
        let text: Arc<str> = format!("{}: {stop}", path.display()).into();
        let kind = EventKind::ServerMessage(Severity::Warning, Arc::clone(&text));
        let event = Event { at: Nanos::ZERO, conn: None, exchange: None, kind };
        self.into.store.lock().apply(Batch { events: vec![event] });
        TaskState::Done(Some(text))
    }
}
