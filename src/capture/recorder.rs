//! The recorder: a thread that drains the trace into the store, whether or not anyone looks, and into the
//! session on disk.
//!
//! The window records; the terminal view ([`crate::terminal`]) keeps nothing and takes the batches from
//! the channel itself. Both read the same events, so there is no tee.

use std::{fmt, io, path::Path, sync::Arc, thread, time::Duration};

use parking_lot::Mutex;

use crate::trace::{self, Batch, Event, EventKind, Nanos, Severity};

use super::{
    open::{Filling, Source},
    save::{FileForm, Origin, Selection},
};
use crate::{
    base::{
        fair_mutex::FairMutex,
        task::{Task, TaskState},
    },
    session::{Archive, Disk, Reader, Recording, Trouble},
    store::{Position, Store},
};

/// At most this many batches are taken in while the store is locked, so that whoever looks waits a few
/// milliseconds at most.
const BATCHES_PER_LOCK: usize = 16;
/// What happened is on disk after this time at the latest.
const FLUSH: Duration = Duration::from_millis(200);
/// The recorder has this long to take in what is on its way when the program ends.
const PATIENCE: Duration = Duration::from_secs(5);

/// The capture: a store that a recorder thread fills. Clones share it.
#[derive(Clone)]
pub struct Capture {
    store: Arc<FairMutex<Store>>,
    recording: Option<Arc<Mutex<Recording>>>,
    archive: Option<Arc<Archive>>,
    /// Disconnected when the recorder's thread is over. `None`: there is none to wait for.
    ended: Option<crossbeam_channel::Receiver<()>>,
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").finish_non_exhaustive()
    }
}

impl Capture {
    /// Starts the recorder thread, which ends when the server is gone. `wake` is called after batches
    /// were taken in, from that thread; it must be cheap and may be called often.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn record(
        events: trace::Receiver,
        budget_bytes: u64,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> io::Result<Self> {
        let store = Arc::new(FairMutex::new(Store::new(budget_bytes)));
        let filled = Arc::clone(&store);
        thread::Builder::new().name("recorder".to_owned()).spawn(move || {
            while let Some(first) = events.recv() {
                let mut store = filled.lock();
                store.apply(first);
                for batch in std::iter::from_fn(|| events.try_recv()).take(BATCHES_PER_LOCK - 1) {
                    store.apply(batch);
                }
                drop(store);
                wake();
            }
            wake();
        })?;
        Ok(Self { store, recording: None, archive: None, ended: None })
    }

    /// The same, and everything goes to disk as well: what leaves memory can still be looked at.
    ///
    /// # Errors
    /// A thread could not be started.
    pub fn record_to(
        recording: Recording,
        events: trace::Receiver,
        budget_bytes: u64,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> io::Result<Self> {
        let mut store = Store::new(budget_bytes);
        let placed = recording.placed();
        let segments = recording.archive();
        let archive = placed.then(|| Arc::clone(&segments));
        let recording = Arc::new(Mutex::new(recording));
        if placed {
            let flushed = Arc::clone(&recording);
            // What cannot be written is said by the recorder, at its next attempt.
            let prepare = Box::new(move || flushed.lock().flush());
            let reader = Reader::start(segments, prepare, Arc::clone(&wake))?;
            store.attach(reader, Disk::Recording);
        }
        let store = Arc::new(FairMutex::new(store));
        let (ends, ended) = crossbeam_channel::bounded(0);
        let capture = Self { store, recording: Some(Arc::clone(&recording)), archive, ended: Some(ended) };
        let filled = Arc::clone(&capture.store);
        thread::Builder::new().name("recorder".to_owned()).spawn(move || {
            let mut recorder = Recorder { events, recording, store: filled, flushed: 0, now: 0 };
            while recorder.turn() {
                wake();
            }
            drop::<crossbeam_channel::Sender<()>>(ends);
            wake();
        })?;
        Ok(capture)
    }

    /// A capture that nothing fills: for views of what was captured elsewhere, and for tests.
    #[must_use]
    pub fn of(store: Store) -> Self {
        Self { store: Arc::new(FairMutex::new(store)), recording: None, archive: None, ended: None }
    }

    /// Takes in what happened, as the recorder does it.
    #[cfg(test)]
    pub fn apply(&self, batch: Batch) {
        self.store.lock().apply(batch);
    }

    /// Looks at the store. Keep it short: the recorder waits meanwhile.
    pub fn read<R>(&self, look: impl FnOnce(&Store) -> R) -> R {
        look(&self.store.lock())
    }

    /// Changes the budget; the oldest exchanges leave if it shrank.
    pub fn set_budget(&self, bytes: u64) {
        self.store.lock().set_budget(bytes);
    }

    /// Forgets every exchange. What is on disk leaves in the background.
    pub fn clear(&self) {
        self.store.lock().clear();
        if let Some(recording) = self.recording.clone() {
            let store = Arc::clone(&self.store);
            // Without a thread the files stay until their turn comes.
            let _ = thread::Builder::new().name("clear".to_owned()).spawn(move || {
                let mut recording = recording.lock();
                if let Err(error) = recording.clear() {
                    announce(&mut store.lock(), 0, &format!("cannot begin a new session file: {error}"));
                }
                store.lock().forget_segments(recording.gone_through());
            });
        }
    }

    /// Opens what was captured before, read-only, on a thread of its own. The task says how far it is, and
    /// whether it can be read at all; what is read so far can be looked at meanwhile. `wake` is called when
    /// there is news.
    ///
    /// # Errors
    /// A thread could not be started.
    pub fn open(
        source: Source,
        budget_bytes: u64,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> io::Result<(Self, Task)> {
        let mut store = Store::new(budget_bytes);
        store.close();
        let into = Filling {
            store: Arc::new(FairMutex::new(store)),
            archive: Arc::new(Archive::default()),
            task: Task::default(),
            wake,
        };
        let (store, archive) = (Arc::clone(&into.store), Some(Arc::clone(&into.archive)));
        let task = into.task.clone();
        thread::Builder::new().name("open".to_owned()).spawn(move || {
            into.task.finish(read(source, &into));
            (into.wake)();
        })?;
        Ok((Self { store, recording: None, archive, ended: None }, task))
    }

    /// Saves to a file in the background. `wake` is called when it is done.
    ///
    /// # Errors
    /// A thread could not be started.
    pub fn save(
        &self,
        selection: Selection,
        form: FileForm,
        path: &Path,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> io::Result<Task> {
        let origin = Origin {
            store: Arc::clone(&self.store),
            recording: self.recording.clone(),
            archive: self.archive.clone(),
        };
        super::save::save(origin, selection, form, path, wake)
    }

    /// The end of the program has come: what waits is written, and the session leaves the disk, since it was
    /// ended and not cut off. What was saved, and the file that everything was copied to, stay.
    ///
    /// The server must be gone: what it said last is waited for, a few seconds at most.
    pub fn finish(&self) {
        if let Some(ended) = &self.ended {
            // Nothing is ever sent: it is over when the other end is gone.
            let _ = ended.recv_timeout(PATIENCE);
        }
        if let Some(recording) = &self.recording {
            recording.lock().finish();
        }
    }
}

/// Reads a capture, whoever wrote it.
fn read(source: Source, into: &Filling) -> TaskState {
    let foreign = match &source {
        Source::File(path) => super::open::is_own(path).and_then(|own| {
            let read = || super::open_packets::read(path, &into.store, &into.task, &into.wake);
            (!own).then(read).transpose()
        }),
        Source::Session(_) => Ok(None),
    };
    match foreign {
        Ok(None) => super::open::read(source, into),
        Ok(Some(state)) => state,
        Err(error) => TaskState::Failed(error.to_string().into()),
    }
}

/// Fills store and session.
struct Recorder {
    events: trace::Receiver,
    recording: Arc<Mutex<Recording>>,
    store: Arc<FairMutex<Store>>,
    /// The time of the newest event that is on disk, and of the newest one.
    flushed: Nanos,
    now: Nanos,
}

impl Recorder {
    /// Takes in what is there. `false`: the server is gone.
    fn turn(&mut self) -> bool {
        let waiting = !self.recording.lock().flushed();
        let first = if waiting { self.events.recv_within(FLUSH) } else { self.events.recv().map(Some) };
        let Some(first) = first else {
            let mut recording = self.recording.lock();
            recording.flush();
            let troubles = recording.troubles();
            drop(recording);
            self.tell(troubles);
            return false;
        };
        let idle = first.is_none();
        let more = std::iter::from_fn(|| self.events.try_recv()).take(BATCHES_PER_LOCK - 1);
        let batches: Vec<Batch> = first.into_iter().chain(more).collect();

        let mut recording = self.recording.lock();
        let mut placed = Vec::with_capacity(batches.len());
        for mut batch in batches {
            self.now = batch.events.last().map_or(self.now, |event| event.at);
            while !batch.events.is_empty() && recording.writes() {
                let made = recording.append(&batch.events);
                let rest = batch.events.split_off(made.events);
                placed.push((batch, recording.placed().then_some(made.place)));
                batch = Batch { events: rest };
                if recording.full() {
                    self.apply(&mut placed);
                    recording.flush();
                    self.flushed = self.now;
                }
            }
            if !batch.events.is_empty() {
                placed.push((batch, None));
            }
        }
        self.apply(&mut placed);
        if idle || self.now.saturating_sub(self.flushed) >= nanos(FLUSH) {
            recording.flush();
            self.flushed = self.now;
        }
        let (bytes, gone) = (recording.bytes(), recording.gone_through());
        let troubles = recording.troubles();
        drop(recording);

        self.store.lock().set_disk(bytes, gone);
        self.tell(troubles);
        true
    }

    /// Into the store, before anything is written: a disk that takes its time shall not keep the window waiting.
    /// What is looked up on disk before it is there is written then ([`Reader`]).
    fn apply(&self, placed: &mut Vec<(Batch, Option<Position>)>) {
        if placed.is_empty() {
            return;
        }
        let mut store = self.store.lock();
        for (batch, place) in placed.drain(..) {
            store.apply_at(batch, place);
        }
    }

    /// Says what cannot be written any more.
    fn tell(&self, troubles: Vec<Trouble>) {
        for trouble in troubles {
            let mut store = self.store.lock();
            announce(&mut store, self.now, &trouble.to_string());
            if let Trouble::Session(error, end) = trouble {
                store.stop_disk(error.to_string().into(), end);
            }
        }
    }
}

fn announce(store: &mut Store, at: Nanos, text: &str) {
    let what = EventKind::ServerMessage(Severity::Error, text.into());
    store.apply(Batch { events: vec![Event { at, conn: None, exchange: None, what }] });
}

fn nanos(time: Duration) -> Nanos {
    u64::try_from(time.as_nanos()).unwrap_or(Nanos::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::sync::mpsc;

    use super::*;
    use crate::testing::script::{Script, response};

    #[test]
    fn what_is_sent_is_recorded_and_whoever_looks_is_woken() {
        let (mut sender, receiver) = trace::channel(1 << 20);
        let (woken, wakes) = mpsc::channel();
        let wake = Arc::new(move || woken.send(()).unwrap_or_default());
        let capture = Capture::record(receiver, 1 << 20, wake).unwrap();
        let mut script = Script::default();
        script.open(1);
        let id = script.exchange(1, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"a"));
        sender.send(script.batch());
        wakes.recv().unwrap();
        assert_eq!(
            capture.read(|store| store.exchange(id).map(|exchange| exchange.target.clone())),
            Some("/a".into())
        );
        capture.set_budget(0);
        assert_eq!(capture.read(Store::counts).kept, 0);
        capture.clear();
        assert_eq!(capture.read(Store::counts).exchanges, 0);
        // The server is gone: the thread says so once more and ends, which drops the other end of `wakes`.
        drop(sender);
        while wakes.recv().is_ok() {}
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_stops_the_recording_to_disk_and_not_the_one_in_memory() {
        let root = tempfile::tempdir().unwrap();
        let mut recording = Recording::begin(Some(root.path()), 1 << 30, None).unwrap();
        recording.fill_disk();
        let (mut sender, receiver) = trace::channel(1 << 20);
        let (woken, wakes) = mpsc::channel();
        let wake = Arc::new(move || woken.send(()).unwrap_or_default());
        let capture = Capture::record_to(recording, receiver, 1 << 20, wake).unwrap();
        let mut script = Script::default();
        script.open(1);
        script.exchange(1, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"a"));
        sender.send(script.batch());
        while capture.read(|store| *store.disk() == Disk::Recording) {
            wakes.recv().unwrap();
        }
        let (disk, said) = capture.read(|store| (store.disk().clone(), store.announcements()));
        assert!(matches!(&disk, Disk::Stopped(reason) if reason.starts_with("No space left")), "{disk:?}");
        assert!(said[0].2.starts_with("recording to disk stopped: No space left"), "{said:?}");
        let id = script.exchange(1, b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"b"));
        sender.send(script.batch());
        while capture.read(|store| store.summary(id).is_none()) {
            wakes.recv().unwrap();
        }
        // What leaves memory now is gone: nothing is said to be on disk that is not.
        capture.set_budget(0);
        let counts = capture.read(Store::counts);
        assert_eq!((counts.kept, counts.on_disk, counts.evicted), (0, 0, 2));
    }
}
