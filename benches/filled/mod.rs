//! A capture with many exchanges, made without a server: nearly all of them only on disk, as after a while of
//! traffic.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should panic")]

use byteglass::capture::{Store, session::Recording};

use crate::traffic::Traffic;

const CONNECTIONS: usize = 64;
/// Small: what is measured never looks at them.
const BODY_BYTES: usize = 16;
const MEMORY_BUDGET: u64 = 64_000_000;
const DISK_BUDGET: u64 = 1_000_000_000;

/// A store with so many exchanges, on 64 connections (rounded up), and the traffic to go on with.
pub fn filled(exchanges: u64) -> (Store, Traffic) {
    let root = tempfile::tempdir().unwrap();
    let mut recording = Recording::begin(Some(root.path()), DISK_BUDGET, None).unwrap();
    let mut store = Store::new(MEMORY_BUDGET);
    let mut traffic = Traffic::new(CONNECTIONS, BODY_BYTES);
    let opened = traffic.open();
    // Every exchange is said to stand where the first events stand: list and filter work on what memory
    // keeps of an exchange on disk, and a gigabyte of files would only take time.
    let place = recording.append(&opened.events).place;
    store.apply_at(opened, Some(place));
    while traffic.exchange < exchanges {
        store.apply_at(traffic.turn(), Some(place));
    }
    recording.finish();
    (store, traffic)
}
