//! A capture as the views see it, live or opened from a file: its exchanges are looked at and saved here.
//!
//! The window records. The terminal view ([`crate::terminal`]) keeps nothing and reads the channel itself, so no event
//! needs to go two ways.

mod details;
mod look;
pub mod marks;
pub mod open;
mod recorder;
pub mod request;
pub mod save;
pub(crate) mod selection;
mod walk;
mod whole;

use std::{
    collections::BTreeSet,
    fmt, io,
    path::Path,
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use parking_lot::Mutex;

use crate::{
    base::{stream::ExchangeId, task::Task},
    session::{Archive, BackgroundReader, Recording},
    store::{ServerMessage, SharedStore, Store},
    trace,
};

pub use look::{Disk, LockedCapture, Look};
use open::{LoadTarget, Source};
use recorder::{Recorder, Session};
use save::{FileFormat, Selection};

/// When the program ends, the recorder has this long to take in what the server sent last.
const FINISH_TIMEOUT: Duration = Duration::from_secs(5);

/// The allocator keeps freed memory for a tenth of a second.
const GIVE_BACK_AFTER: Duration = Duration::from_millis(300);

/// Called from any thread when something changed; called often, so it must be cheap.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// A store that a thread fills, and the session on disk behind it. Clones share both.
#[derive(Clone)]
pub struct Capture {
    store: SharedStore,
    /// The recording to disk. `None`: no recording.
    recording: Option<Arc<Mutex<Recording>>>,
    /// Where the segments of the session are. `None`: nothing can be read from disk.
    archive: Option<Arc<Archive>>,
    /// Reads exchanges that are only on disk. Empty if there are none, and until a file is known to be readable.
    reader: Arc<OnceLock<BackgroundReader>>,
    disk: Arc<Mutex<Disk>>,
    /// The last segment on disk of what was cleared and can be put back. `None`: there is none.
    cleared: Arc<Mutex<Option<u32>>>,
    /// The exchanges that were marked. The files of an opened capture do not have that.
    marked: Arc<Mutex<BTreeSet<ExchangeId>>>,
    /// Disconnected when the recorder thread has ended. `None`: there is no recorder.
    ended: Option<crossbeam_channel::Receiver<()>>,
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").finish_non_exhaustive()
    }
}

impl Capture {
    /// Starts the recorder thread, which ends with the server. It calls `wake` after it took batches in.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn record(events: trace::Receiver, budget_bytes: u64, wake: Wake) -> io::Result<Self> {
        Self::of(Store::new(budget_bytes)).recorded(events, wake)
    }

    /// Starts the recorder thread as [`Self::record`] does, and records to disk as well, so that exchanges that leave
    /// memory can still be looked at.
    ///
    /// # Errors
    /// A thread could not be started.
    pub fn record_to(
        mut recording: Recording,
        events: trace::Receiver,
        budget_bytes: u64,
        wake: Wake,
    ) -> io::Result<Self> {
        let mut capture = Self::of(Store::new(budget_bytes));
        let (archive, readable) = (recording.archive(), recording.placed());
        let (bytes, budget_bytes) = recording.bytes();
        recording.count_in(events.backlog());
        let recording = Arc::new(Mutex::new(recording));
        capture.recording = Some(Arc::clone(&recording));
        if readable {
            // Errors of writing are the recorder's to report.
            let prepare = Box::new(move || {
                let written = recording.lock().written();
                written.wait();
            });
            let reader = BackgroundReader::start(Arc::clone(&archive), prepare, Arc::clone(&wake))?;
            capture.reader = Arc::new(OnceLock::from(reader));
            capture.archive = Some(archive);
            *capture.disk.lock() = Disk::Recording { bytes, budget_bytes };
        }
        capture.recorded(events, wake)
    }

    /// Starts the recorder thread.
    fn recorded(mut self, events: trace::Receiver, wake: Wake) -> io::Result<Self> {
        let (ends, ended) = crossbeam_channel::bounded::<()>(0);
        self.ended = Some(ended);
        let session = self.recording.clone().map(|recording| Session::new(recording, Arc::clone(&self.disk)));
        let recorder = Recorder::new(events, self.store.clone(), session);
        thread::Builder::new().name("recorder".to_owned()).spawn(move || {
            recorder.run(&*wake);
            drop(ends);
            wake();
        })?;
        Ok(self)
    }

    /// A capture of a store that nothing fills any more, and for tests.
    #[must_use]
    pub fn of(store: Store) -> Self {
        Self {
            store: SharedStore::new(store),
            recording: None,
            archive: None,
            reader: Arc::default(),
            disk: Arc::default(),
            cleared: Arc::default(),
            marked: Arc::default(),
            ended: None,
        }
    }

    /// Opens an earlier capture, read-only, on a thread of its own. The task has the progress and the result; what was
    /// read so far can be looked at meanwhile. `wake` is called when something changed.
    ///
    /// # Errors
    /// A thread could not be started.
    pub fn open(source: Source, budget_bytes: u64, wake: Wake) -> io::Result<(Self, Task)> {
        let mut capture = Self::of(Store::new(budget_bytes));
        *capture.disk.lock() = Disk::File;
        let archive = Arc::<Archive>::default();
        capture.archive = Some(Arc::clone(&archive));
        let task = Task::default();
        let target = LoadTarget {
            store: capture.store.clone(),
            archive,
            reader: Arc::clone(&capture.reader),
            task: task.clone(),
            wake,
        };
        thread::Builder::new().name("open".to_owned()).spawn(move || {
            target.task.finish(target.load(source));
            (target.wake)();
        })?;
        Ok((capture, task))
    }

    /// Takes a batch in, as the recorder does.
    #[cfg(test)]
    pub fn apply(&self, batch: trace::Batch) {
        self.store.lock().apply(batch);
    }

    /// Calls `look` with the store, which is locked: keep it short. For an exchange that may be on disk use
    /// [`Self::lock`].
    pub fn read<R>(&self, look: impl FnOnce(&Store) -> R) -> R {
        look(&self.store.lock())
    }

    /// Locks the store while the result lives. Keep that short: the recorder waits meanwhile.
    #[must_use]
    pub fn lock(&self) -> LockedCapture<'_> {
        let of_file = self.is_of_file();
        LockedCapture::new(self.store.lock(), self.reader.get(), of_file)
    }

    /// The state of the recording to disk.
    #[must_use]
    pub fn disk(&self) -> Disk {
        self.disk.lock().clone()
    }

    /// Whether the capture was opened from a file.
    fn is_of_file(&self) -> bool {
        matches!(*self.disk.lock(), Disk::File)
    }

    /// Whether what left memory can be read back: from the session, or from the opened files.
    #[must_use]
    pub fn reads_back(&self) -> bool {
        let recorded = !matches!(self.disk(), Disk::Stopped(_));
        recorded && self.archive.as_ref().is_some_and(|archive| archive.has_any())
    }

    /// The messages of the server after message number `number`, oldest first. 0: all that are kept.
    #[must_use]
    pub fn messages_since(&self, number: u64) -> Vec<ServerMessage> {
        self.read(|store| store.messages_since(number).cloned().collect())
    }

    /// Sets the memory budget. If it shrinks, the oldest exchanges leave memory.
    pub fn set_budget(&self, bytes: u64) {
        self.store.lock().set_budget(bytes);
    }

    /// Removes every exchange. Until [`Self::forget_cleared`] is called, [`Self::put_back`] brings them back.
    pub fn clear(&self) {
        self.forget_cleared();
        self.forget_deleted();
        self.store.lock().set_aside();
        if let Some(recording) = &self.recording {
            *self.cleared.lock() = recording.lock().begin_anew();
        }
    }

    /// Brings back what was cleared last, with what happened since. Returns whether there was anything.
    #[must_use]
    pub fn put_back(&self) -> bool {
        *self.cleared.lock() = None;
        self.store.lock().put_back()
    }

    /// Forgets what was cleared last. Its files on disk are removed in the background.
    pub fn forget_cleared(&self) {
        let aside = self.store.lock().forget_aside();
        let through = self.cleared.lock().take();
        if let (Some(through), Some(recording)) = (through, &self.recording) {
            let mut recording = recording.lock();
            recording.remove_through(through);
            self.store.lock().forget_segments(recording.gone_through());
        }
        if aside.is_some() {
            // Freeing millions of records takes a while. Without a thread they are freed here.
            let _ = thread::Builder::new().name("clear".to_owned()).spawn(move || give_back(aside));
        }
    }

    /// Saves to a file in the background, and calls `wake` when that is done.
    ///
    /// # Errors
    /// A thread could not be started.
    pub fn save(
        &self,
        selection: Selection,
        format: FileFormat,
        path: &Path,
        wake: Wake,
    ) -> io::Result<Task> {
        save::save(self.clone(), selection, format, path, wake)
    }

    /// Ends the capture with the program: writes what waits. The session stays on disk for a while, as one of the
    /// earlier ones, if anything was captured; else it is removed. Saved files, and the file that everything was copied
    /// to, stay.
    ///
    /// The server must have stopped. Its last events are waited for, a few seconds at most.
    pub fn finish(&self) {
        let Some(recording) = &self.recording else { return };
        if let Some(ended) = &self.ended {
            // Nothing is ever sent: the channel disconnects when the recorder ends.
            let _ = ended.recv_timeout(FINISH_TIMEOUT);
        }
        self.forget_cleared();
        self.forget_deleted();
        let mut recording = recording.lock();
        if self.store.lock().counts().exchanges > 0 {
            recording.keep_ended();
        }
        recording.finish();
    }
}

/// Frees something large and has its memory go back to the system, which takes a moment: call it on a thread that ends
/// then. What a thread frees is the allocator's again when that thread has ended; the allocator gives it back a little
/// later, when another thread ends or needs some.
pub fn give_back<T: Send + 'static>(large: T) {
    if let Ok(freeing) = thread::Builder::new().name("free".to_owned()).spawn(move || drop(large)) {
        // It panics only if freeing does.
        let _ = freeing.join();
    }
    thread::sleep(GIVE_BACK_AFTER);
}

#[cfg(test)]
mod tests;
