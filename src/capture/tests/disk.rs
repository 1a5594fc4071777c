//! A disk that does not answer for a while: nobody waits for it, and nothing is lost that there is room for.

use std::sync::mpsc;

use crossbeam_channel::Sender;

use super::*;
use crate::{
    base::{stream::ExchangeId, task::TaskState},
    session::{Item, Scan, segments},
    store::Detail,
    testing::{Bell, ScratchFolder, noise},
};

/// Captured bytes that wait at most.
const CHANNEL_BYTES: u64 = 4 << 20;
const BODY_BYTES: usize = 100_000;

/// A capture on a disk that answers once `hold` is dropped.
struct Slow {
    capture: Capture,
    sender: trace::Sender,
    script: Script,
    bell: Bell,
    hold: Option<Sender<()>>,
    root: ScratchFolder,
}

impl Slow {
    fn new(keep: bool) -> Self {
        let root = ScratchFolder::new();
        let mut recording = Recording::begin(Some(root.path()), 1 << 30, None).unwrap();
        if keep {
            recording.keep();
        }
        let hold = Some(recording.hold());
        let (sender, receiver) = trace::channel(CHANNEL_BYTES);
        let bell = Bell::default();
        let capture = Capture::record_to(recording, receiver, 1 << 30, bell.waker()).unwrap();
        let mut script = Script::default();
        script.open(1);
        Self { capture, sender, script, bell, hold, root }
    }

    /// Records an exchange, and waits until the store has it.
    fn exchange(&mut self) -> ExchangeId {
        let body = noise(BODY_BYTES);
        let id = self.script.exchange(1, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", &response(&body));
        self.sender.send(self.script.batch());
        self.bell.wait_until(|| {
            self.capture.read(|store| store.summary(id).filter(|summary| summary.outcome.ended()).map(drop))
        });
        id
    }

    /// An exchange that is only on disk.
    fn read_back(&self, id: ExchangeId) -> Box<Detail> {
        self.bell.wait_until(|| match self.capture.lock().look(id) {
            Look::Here(detail) => Some(detail),
            Look::BeingRead => None,
            other => panic!("exchange {id}: {other:?}"),
        })
    }
}

fn told(detail: &Detail) -> String {
    format!("{:?} {:?} {:?}", detail.exchange, detail.reads, detail.writes)
}

#[test]
fn what_is_still_on_its_way_to_disk_is_read_back_as_it_was() {
    let mut slow = Slow::new(false);
    let all: Vec<_> = (0..5).map(|_| slow.exchange()).collect();
    let expected: Vec<_> =
        all.iter().map(|id| told(&slow.capture.read(|store| store.detail(*id)).unwrap())).collect();
    slow.capture.set_budget(0);
    assert_eq!(slow.capture.read(Store::counts).on_disk, 5);
    assert!(matches!(slow.capture.lock().look(all[0]), Look::BeingRead));
    slow.exchange();
    assert!(matches!(slow.capture.lock().look(all[0]), Look::BeingRead), "the disk has not answered");
    slow.hold = None;
    for (id, expected) in all.iter().zip(expected) {
        assert_eq!(told(&slow.read_back(*id)), expected, "exchange {id}");
    }
}

#[test]
fn nobody_waits_for_the_disk_and_what_is_left_out_is_counted() {
    let mut slow = Slow::new(false);
    let mut exchanges = 0;
    while slow.capture.read(Store::counts).omitted_bytes == 0 {
        slow.exchange();
        exchanges += 1;
        assert!(exchanges < 100, "four megabytes have room for forty");
    }
    assert!(exchanges > 30, "{exchanges}");
    let Disk::Recording { bytes, .. } = slow.capture.disk() else { panic!("it goes to disk") };
    assert!(bytes > CHANNEL_BYTES / 2);
    slow.hold = None;
    // The disk answers: nothing more is left out.
    slow.bell.wait_until(|| {
        let _ = slow.capture.disk();
        (!slow.sender.crowded()).then_some(())
    });
    slow.exchange();
    let omitted = slow.capture.read(Store::counts).omitted_bytes;
    slow.exchange();
    assert_eq!(slow.capture.read(Store::counts).omitted_bytes, omitted);
}

#[test]
fn what_is_still_on_its_way_to_disk_is_saved() {
    let mut slow = Slow::new(false);
    let last = (0..5).map(|_| slow.exchange()).last().unwrap();
    let path = slow.root.path().join("saved.pcapng");
    let done = Bell::default();
    let task = slow.capture.save(Selection::All, FileFormat::Capture, &path, done.waker()).unwrap();
    slow.exchange();
    assert_eq!(task.state(), TaskState::Running, "the disk has not answered");
    slow.hold = None;
    let state = done.wait_until(|| Some(task.state()).filter(|state| *state != TaskState::Running));
    assert_eq!(state, TaskState::Done(None));
    assert!(exchanges_in(&std::fs::read(&path).unwrap()) >= last.get());
}

#[test]
fn what_is_cleared_before_it_is_written_is_gone_and_the_next_is_there() {
    let mut slow = Slow::new(true);
    let gone = slow.exchange();
    slow.capture.clear();
    slow.capture.forget_cleared();
    slow.capture.set_budget(0);
    let files = slow.capture.archive.as_ref().unwrap().files();
    assert!(files.len() == 1 && files[0].ends_with("00000002.pcapng"), "{files:?}");
    slow.capture.set_budget(1 << 30);
    let kept = slow.exchange();
    let expected = told(&slow.capture.read(|store| store.detail(kept)).unwrap());
    slow.capture.set_budget(0);
    slow.hold = None;
    assert_eq!(told(&slow.read_back(kept)), expected);
    assert!(matches!(slow.capture.lock().look(gone), Look::Gone));
    let folder = std::fs::read_dir(slow.root.path()).unwrap().next().unwrap().unwrap().path();
    assert_eq!(segments(&folder).unwrap().len(), 1, "the file of what was cleared is removed");
}

#[test]
fn the_end_of_the_program_waits_for_what_is_not_written_yet() {
    let mut slow = Slow::new(true);
    let last = (0..5).map(|_| slow.exchange()).last().unwrap();
    let Slow { capture, sender, hold, root, .. } = slow;
    drop(sender);
    let (ended, end) = mpsc::channel();
    let finishing = std::thread::spawn(move || {
        capture.finish();
        ended.send(()).unwrap();
    });
    assert!(end.try_recv().is_err(), "the disk has not answered");
    drop(hold);
    end.recv().unwrap();
    finishing.join().unwrap();
    let folder = std::fs::read_dir(root.path()).unwrap().next().unwrap().unwrap().path();
    let files = segments(&folder).unwrap();
    assert_eq!(exchanges_in(&std::fs::read(&files[0]).unwrap()), last.get());
}

/// The number of exchanges that end in a file.
fn exchanges_in(file: &[u8]) -> u64 {
    let (mut scan, mut store) = (Scan::new(file), Store::new(1 << 30));
    while let Some(item) = scan.step().unwrap() {
        if let Item::Batch(stored) = item {
            store.apply(stored.batch);
        }
    }
    store.summaries().filter(|summary| summary.outcome.ended()).count() as u64
}
