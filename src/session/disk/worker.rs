//! The thread that writes a session. Jobs reach it in order, through a queue; nobody else waits for the disk.

use std::{
    fmt,
    fs::{self, File},
    io::{self, IoSlice, Write},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use parking_lot::Mutex;

use crate::{
    base::{
        faults::{self, Call, Inherited},
        files::private_file,
    },
    session::{WriteError, format::pending::Pending},
    store::Position,
    trace::Held,
};

use super::{folder::Folder, pages::Pages};

/// Blocks whose memory is kept to be filled again.
const SPARE: usize = 4;
/// Bytes for which such a block has room at most.
const SPARE_BYTES: usize = 2 * 1024 * 1024;

/// Something to be done by the thread.
pub(super) enum Job {
    /// Writes bytes to the current segment and to the copy. They are counted until they are written.
    Write(Pending, Held),
    /// Makes the file of the next segment, which has this number.
    Begin(u32),
    /// Removes the files of the segments up to this number.
    Remove(u32),
    /// Says that everything before is done, by dropping this.
    Tell(Sender<()>),
    /// Opens the files of the session for reading, each with the number of its bytes that are written.
    Open(Sender<Opened>),
    /// Goes on in another file.
    #[cfg(test)]
    Replace(File),
    /// Does nothing until the other end is dropped, as on a disk that does not answer.
    #[cfg(test)]
    Hold(Receiver<()>),
}

/// Files opened for reading, each with the number of its bytes that are written.
pub(crate) type Opened = io::Result<Vec<(File, u64)>>;

/// What is written where.
pub(super) struct Target {
    /// The session's folder and the file of its first segment. `None`: there is no session.
    pub(super) session: Option<(Arc<Folder>, File)>,
    /// A file that everything is written to as well, and its path.
    pub(super) copy: Option<(File, PathBuf)>,
}

/// How far the thread has come.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Jobs that are not done yet.
    jobs: AtomicUsize,
    session_failed: AtomicBool,
    copy_failed: AtomicBool,
    errors: Mutex<Vec<WriteError>>,
    /// Blocks that were written, emptied.
    spare: Mutex<Vec<Pending>>,
}

/// The thread, as its owner sees it. It ends when this is dropped, after everything that was asked for.
pub(super) struct Worker {
    /// `None`: the thread was told to end.
    jobs: Option<Sender<Job>>,
    progress: Arc<Progress>,
    /// Disconnected when the thread has ended.
    ended: Receiver<()>,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

impl Worker {
    /// Starts the thread.
    ///
    /// # Errors
    /// It could not be started.
    pub(super) fn start(target: Target) -> io::Result<Self> {
        let (jobs, asked) = unbounded();
        let (ends, ended) = bounded(0);
        let progress = Arc::<Progress>::default();
        let (folder, file) = target.session.map_or((None, None), |(folder, file)| (Some(folder), Some(file)));
        let mut files = Files {
            folder,
            file: file.map(Arc::new),
            pages: Pages::default(),
            segments: vec![(1, 0)],
            copy: target.copy,
            progress: Arc::clone(&progress),
        };
        let plan = Inherited::here();
        thread::Builder::new().name("session".to_owned()).spawn(move || {
            plan.follow();
            for job in asked {
                files.carry_out(job);
                files.progress.jobs.fetch_sub(1, Ordering::Release);
            }
            drop(files);
            drop::<Sender<()>>(ends);
        })?;
        Ok(Self { jobs: Some(jobs), progress, ended })
    }

    /// Asks for a job. Never waits.
    pub(super) fn ask(&self, job: Job) {
        let Some(jobs) = &self.jobs else { return };
        self.progress.jobs.fetch_add(1, Ordering::Relaxed);
        // The thread ends only when it is told to.
        let _ = jobs.send(job);
    }

    /// An empty block, in the memory of one that was written if there is one.
    pub(super) fn block(&self) -> Pending {
        self.progress.spare.lock().pop().unwrap_or_default()
    }

    /// Whether everything that was asked for is done.
    pub(super) fn is_idle(&self) -> bool {
        self.progress.jobs.load(Ordering::Acquire) == 0
    }

    /// Whether writing to the session failed.
    pub(super) fn session_failed(&self) -> bool {
        self.progress.session_failed.load(Ordering::Relaxed)
    }

    /// Whether writing to the copy failed.
    pub(super) fn copy_failed(&self) -> bool {
        self.progress.copy_failed.load(Ordering::Relaxed)
    }

    /// The errors since the last call.
    pub(super) fn take_errors(&self) -> Vec<WriteError> {
        std::mem::take(&mut *self.progress.errors.lock())
    }

    /// Lets the thread do what was asked for and end, and waits for that, at most for `time`. Whether it has ended.
    pub(super) fn end(&mut self, time: Duration) -> bool {
        self.jobs = None;
        // Nothing is ever sent.
        self.ended.recv_timeout(time) != Err(RecvTimeoutError::Timeout)
    }
}

/// An answer of the thread that is on its way.
#[derive(Debug)]
pub struct Answer<T>(pub(super) Receiver<T>);

impl Answer<()> {
    /// Waits until everything is written that was handed over before.
    pub fn wait(self) {
        // Nothing is ever sent: the channel disconnects.
        let _ = self.0.recv();
    }
}

impl Answer<Opened> {
    /// Waits for the files.
    ///
    /// # Errors
    /// A file could not be opened.
    pub fn wait(self) -> Opened {
        self.0.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
    }
}

/// The files that the thread writes.
struct Files {
    folder: Option<Arc<Folder>>,
    /// The file of the segment that is being written. `None`: there is no session, or writing to it failed.
    file: Option<Arc<File>>,
    pages: Pages,
    /// The segments with files, oldest first, and how many bytes of each are written.
    segments: Vec<(u32, u64)>,
    copy: Option<(File, PathBuf)>,
    progress: Arc<Progress>,
}

impl Files {
    fn carry_out(&mut self, job: Job) {
        match job {
            Job::Write(block, held) => self.write(block, held),
            Job::Begin(number) => self.begin(number),
            Job::Remove(through) => self.remove(through),
            Job::Tell(told) => drop(told),
            Job::Open(answer) => {
                // Whoever asked may be gone.
                let _ = answer.send(self.open());
            }
            #[cfg(test)]
            Job::Replace(file) => self.file = Some(Arc::new(file)),
            #[cfg(test)]
            Job::Hold(until) => drop(until.recv()),
        }
    }

    fn write(&mut self, mut block: Pending, held: Held) {
        if let Some((copy, path)) = &mut self.copy
            && let Err(error) = block.write_to(copy)
        {
            let error = WriteError::Copy(error, std::mem::take(path));
            self.progress.copy_failed.store(true, Ordering::Relaxed);
            self.progress.errors.lock().push(error);
            self.copy = None;
        }
        if let (Some(file), Some((_, bytes))) = (&self.file, self.segments.last_mut()) {
            match block.write_to(&mut Gated(file)) {
                Ok(()) => {
                    *bytes += block.len() as u64;
                    self.pages.wrote(file, *bytes);
                }
                Err(error) => self.give_up(error),
            }
        }
        block.clear();
        drop(held);
        let mut spare = self.progress.spare.lock();
        if spare.len() < SPARE && block.made().capacity() <= SPARE_BYTES {
            spare.push(block);
        }
    }

    fn begin(&mut self, number: u32) {
        let Some(folder) = self.folder.as_ref().filter(|_| self.file.is_some()) else { return };
        self.segments.push((number, 0));
        match faults::pass(Call::MakeSegment).and_then(|()| private_file(&folder.segment(number))) {
            Ok(file) => self.file = Some(Arc::new(file)),
            Err(error) => {
                self.file = None;
                self.segments.pop();
                self.stop(error, number, 0);
            }
        }
    }

    fn remove(&mut self, through: u32) {
        let Some(folder) = &self.folder else { return };
        self.segments.retain(|(number, _)| {
            if *number <= through {
                // A file that cannot be removed now is removed with its folder.
                let _ = fs::remove_file(folder.segment(*number));
            }
            *number > through
        });
    }

    fn open(&self) -> Opened {
        let Some(folder) = &self.folder else { return Ok(Vec::new()) };
        let open = |(number, len): &(u32, u64)| Ok((File::open(folder.segment(*number))?, *len));
        self.segments.iter().map(open).collect()
    }

    /// Stops writing to the session. A partial write is cut off, so that the file ends with a complete block.
    fn give_up(&mut self, error: io::Error) {
        let (Some(file), Some((number, bytes))) = (self.file.take(), self.segments.last().copied()) else {
            return;
        };
        // If cutting fails, too, a reader of the file stops at the same place.
        let _ = file.set_len(bytes);
        self.stop(error, number, bytes);
    }

    /// Says that nothing of the session is written from here on.
    fn stop(&self, error: io::Error, segment: u32, bytes: u64) {
        let end = Position::new(segment, bytes.max(1));
        self.progress.errors.lock().extend(end.map(|end| WriteError::Session(error, end)));
        self.progress.session_failed.store(true, Ordering::Relaxed);
    }
}

/// A file behind the gate of its writes.
struct Gated<'a>(&'a File);

impl Write for Gated<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = faults::allow(Call::WriteSegment, bytes.len())?;
        self.0.write(&bytes[..most])
    }

    fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let all = pieces.iter().map(|piece| piece.len()).sum();
        let most = faults::allow(Call::WriteSegment, all)?;
        match pieces.first() {
            Some(first) if most < all => self.0.write(&first[..most.min(first.len())]),
            _ => self.0.write_vectored(pieces),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
