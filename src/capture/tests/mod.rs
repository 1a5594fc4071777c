//! A capture that is recorded.
#![allow(clippy::unwrap_used, reason = "tests")]
use std::sync::mpsc;

use super::*;
use crate::testing::script::{Script, response};

mod disk;
mod whole;

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
    while matches!(capture.disk(), Disk::Recording { .. }) {
        wakes.recv().unwrap();
    }
    let (disk, said) = (capture.disk(), capture.messages_since(0));
    assert!(matches!(&disk, Disk::Stopped(error) if error.kind() == io::ErrorKind::StorageFull), "{disk:?}");
    assert!(said[0].text.starts_with("recording to disk stopped: No space left"), "{said:?}");
    assert!(capture.messages_since(said[0].number).is_empty());
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
