//! The recorder: a thread that drains the trace into the store and into the session on disk.

use std::{sync::Arc, thread, time::Duration};

use parking_lot::Mutex;

use crate::{
    base::stream::Nanos,
    session::{Recording, WriteError},
    store::{Position, SharedStore, Store},
    trace::{self, Batch, Event, EventKind, Received, Severity},
};

use super::Disk;

/// Upper bound on batches that are taken in under one lock of the store, so that a view waits for a few milliseconds
/// at most.
const BATCHES_PER_LOCK: usize = 16;
/// Pause after everything was taken in. What the server sends meanwhile waits, and wakes nobody: a call to the system
/// for each turn, and a thread that takes the processor away from the server, would hold clients up.
const PAUSE: Duration = Duration::from_millis(2);
/// The pause is repeated at most this often while less than [`ENOUGH_BYTES`] wait: each time that events are taken in,
/// the processor's cache has to be filled anew for everybody else.
const PAUSES: u32 = 4;
const ENOUGH_BYTES: u64 = 512 * 1024;
/// Events are written to disk after this time at the latest.
const FLUSH_AFTER: Duration = Duration::from_millis(200);

/// Fills the store, and the session if there is one.
pub(super) struct Recorder {
    events: trace::Receiver,
    store: SharedStore,
    session: Option<Session>,
    /// Whether there may be more soon: the server sent something when it was last looked at.
    is_busy: bool,
}

impl Recorder {
    pub(super) const fn new(events: trace::Receiver, store: SharedStore, session: Option<Session>) -> Self {
        Self { events, store, session, is_busy: false }
    }

    /// Takes events in until the server is gone. Calls `wake` after each step.
    pub(super) fn run(mut self, wake: &dyn Fn()) {
        while let Some(batches) = self.next() {
            if let Some(session) = &mut self.session {
                session.take(batches, &self.store, &self.events);
            } else {
                let placed = batches.into_iter().map(|batch| (batch, None)).collect();
                apply(&self.store, placed, &self.events);
            }
            wake();
        }
        if let Some(session) = &mut self.session {
            session.take_last(&self.store);
        }
    }

    /// Waits for batches and returns all that are there. Empty: none came for so long that waiting events should be
    /// written. `None`: the server is gone.
    fn next(&mut self) -> Option<Vec<Batch>> {
        let waiting = self.waiting();
        if !waiting.is_empty() {
            return Some(waiting);
        }
        if std::mem::take(&mut self.is_busy) {
            self.pause();
            let waiting = self.waiting();
            if !waiting.is_empty() {
                return Some(waiting);
            }
        }
        let unwritten = self.session.as_ref().is_some_and(|session| session.unwritten);
        let first = if unwritten {
            match self.events.recv_within(FLUSH_AFTER) {
                Received::Batch(batch) => Some(batch),
                Received::Nothing => None,
                Received::End => return None,
            }
        } else {
            Some(self.events.recv()?)
        };
        self.is_busy = first.is_some();
        Some(first.into_iter().collect())
    }

    /// Lets events come together.
    fn pause(&self) {
        for _ in 0..PAUSES {
            thread::sleep(PAUSE);
            if self.events.under_way() >= ENOUGH_BYTES {
                return;
            }
        }
    }

    /// The batches that are there, as many as are taken in at once.
    fn waiting(&mut self) -> Vec<Batch> {
        let batches: Vec<_> = std::iter::from_fn(|| self.events.try_recv()).take(BATCHES_PER_LOCK).collect();
        self.is_busy |= !batches.is_empty();
        batches
    }
}

/// The session on disk, as the recorder fills it.
pub(super) struct Session {
    recording: Arc<Mutex<Recording>>,
    /// The state of the recording, for the views.
    disk: Arc<Mutex<Disk>>,
    /// Time of the newest event.
    now: Nanos,
    /// Time of the newest event when the session was last written.
    flushed: Nanos,
    /// Whether events wait to be written.
    unwritten: bool,
    /// The store knows that the segments up to this one were removed.
    gone_through: u32,
}

/// Batches on their way to the store, each with its position on disk. `None`: it is not on disk.
type Placed = Vec<(Batch, Option<Position>)>;

impl Session {
    pub(super) const fn new(recording: Arc<Mutex<Recording>>, disk: Arc<Mutex<Disk>>) -> Self {
        Self { recording, disk, now: Nanos::ZERO, flushed: Nanos::ZERO, unwritten: false, gone_through: 0 }
    }

    /// Takes batches into the session and into the store. Without any, has what waits written.
    fn take(&mut self, batches: Vec<Batch>, store: &SharedStore, server: &trace::Receiver) {
        let idle = batches.is_empty();
        let recording = Arc::clone(&self.recording);
        let mut recording = recording.lock();
        let mut placed = Vec::with_capacity(batches.len());
        for mut batch in batches {
            self.now = batch.events.last().map_or(self.now, |event| event.at);
            while !batch.events.is_empty() && recording.writes() {
                let made = recording.append(&batch.events);
                let rest = batch.events.split_off(made.events);
                placed.push((batch, recording.placed().then_some(made.place)));
                batch = Batch { events: rest };
                if recording.full() {
                    recording.hand_over();
                    self.flushed = self.now;
                }
            }
            if !batch.events.is_empty() {
                placed.push((batch, None));
            }
        }
        apply(store, placed, server);
        if idle || self.now >= self.flushed + FLUSH_AFTER {
            recording.hand_over();
            self.flushed = self.now;
        }
        self.report(&mut recording, store);
    }

    /// Has what waits written after the server is gone, and waits for that.
    fn take_last(&mut self, store: &SharedStore) {
        let recording = Arc::clone(&self.recording);
        let written = recording.lock().written();
        written.wait();
        self.report(&mut recording.lock(), store);
    }

    /// Tells the store and the views the state of the recording, and what cannot be written any more.
    fn report(&mut self, recording: &mut Recording, store: &SharedStore) {
        self.unwritten = !recording.is_written();
        let gone_through = recording.gone_through();
        if gone_through > self.gone_through {
            self.gone_through = gone_through;
            store.lock().forget_segments(gone_through);
        }
        for error in recording.take_errors() {
            let mut store = store.lock();
            report_error(&mut store, self.now, &error.to_string());
            if let WriteError::Session(error, end) = error {
                store.forget_from(end);
                *self.disk.lock() = Disk::Stopped(Arc::new(error));
            }
        }
        if let Disk::Recording { bytes, budget_bytes } = &mut *self.disk.lock() {
            (*bytes, *budget_bytes) = recording.bytes();
        }
    }
}

/// Takes batches into the store under one lock, and gives their lists back.
fn apply(store: &SharedStore, placed: Placed, server: &trace::Receiver) {
    if placed.is_empty() {
        return;
    }
    let mut store = store.lock();
    store.expect_bytes(server.under_way());
    for (mut batch, place) in placed {
        store.drain(&mut batch, place);
        server.give_back(batch.events);
    }
}

/// Adds an error to the messages of the server.
fn report_error(store: &mut Store, at: Nanos, text: &str) {
    let kind = EventKind::ServerMessage(Severity::Error, text.into());
    store.apply(Batch { events: vec![Event { at, conn: None, exchange: None, kind }] });
}
