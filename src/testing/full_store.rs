//! Captures with many exchanges: nearly all of them only on disk, as after a while of traffic.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use super::{ScratchFolder, traffic::Traffic};
use crate::{
    capture::Capture,
    session::Recording,
    store::Store,
    trace::{self, Batch},
};

const CONNECTIONS: u64 = 64;
/// Small: what is measured never looks at them.
const BODY_BYTES: usize = 16;
/// As the window has it.
const MEMORY_BUDGET: u64 = 64_000_000;
const DISK_BUDGET: u64 = 4_000_000_000;

/// A store with so many exchanges, on 64 connections (rounded up), made without a server or a recorder.
pub fn filled(exchanges: u64) -> Store {
    let root = ScratchFolder::new();
    let mut recording = Recording::begin(Some(root.path()), DISK_BUDGET, None).unwrap();
    let mut store = Store::new(MEMORY_BUDGET);
    let mut traffic = Traffic::new(CONNECTIONS, BODY_BYTES);
    let opened = traffic.open();
    // Every exchange is said to stand where the first events stand: list and filter work on what memory
    // keeps of an exchange on disk, and a gigabyte of files would only take time.
    let place = recording.append(&opened.events).place;
    store.apply_at(opened, Some(place));
    while traffic.exchanges() < exchanges {
        store.apply_at(traffic.turn(), Some(place));
    }
    recording.finish();
    store
}

/// A capture that is recorded, to memory and disk, as the window does it.
pub struct Recorded {
    pub capture: Capture,
    pub traffic: Traffic,
    sender: trace::Sender,
    wakes: mpsc::Receiver<()>,
    _root: ScratchFolder,
}

impl Recorded {
    /// With so many exchanges, on 64 connections (rounded up).
    pub fn new(exchanges: u64) -> Self {
        Self::with_bodies(exchanges, BODY_BYTES)
    }

    /// With so many exchanges whose responses have bodies of so many bytes.
    pub fn with_bodies(exchanges: u64, body_bytes: usize) -> Self {
        let root = ScratchFolder::new();
        let recording = Recording::begin(Some(root.path()), DISK_BUDGET, None).unwrap();
        let (sender, receiver) = trace::channel(16 << 20);
        let (woken, wakes) = mpsc::sync_channel(1);
        // One is enough.
        let wake = Arc::new(move || _ = woken.try_send(()));
        let capture = Capture::record_to(recording, receiver, MEMORY_BUDGET, wake).unwrap();
        let traffic = Traffic::new(CONNECTIONS, body_bytes);
        let mut recorded = Self { capture, traffic, sender, wakes, _root: root };
        let opened = recorded.traffic.open();
        recorded.send(opened);
        recorded.record_more(exchanges);
        recorded
    }

    /// Adds `exchanges` exchanges, rounded up to a turn; returns when the store has them.
    pub fn record_more(&mut self, exchanges: u64) {
        let end = self.traffic.exchanges() + exchanges;
        while self.traffic.exchanges() < end {
            let batch = self.traffic.turn();
            self.send(batch);
        }
        self.drain();
    }

    /// A response with a body of so many bytes on the last connection, so that it is the last row; returns
    /// when it is taken in.
    pub fn download(&mut self, body_bytes: usize) {
        for batch in self.traffic.download(CONNECTIONS, body_bytes) {
            self.send(batch);
        }
        self.drain();
    }

    fn send(&mut self, batch: Batch) {
        while self.sender.crowded() {
            let _ = self.wakes.recv_timeout(Duration::from_millis(1));
        }
        self.sender.send(batch);
    }

    fn drain(&self) {
        let newest = self.traffic.newest();
        let taken_in = |store: &Store| store.summary(newest).is_some_and(|last| last.outcome.ended());
        while !self.capture.read(taken_in) {
            let _ = self.wakes.recv_timeout(Duration::from_millis(1));
        }
    }
}
