//! The thread that writes: each of its calls fails in turn, and the disk does not answer for a while.

use std::{fs, path::Path};

use super::*;
use crate::{
    session::WriteError,
    store::Store,
    trace::{self, Batch},
};

const ENOSPC: i32 = 28;
const EIO: i32 = 5;
const EINTR: i32 = 4;
/// Eight segments, each with the bytes of some exchanges.
const BUDGET: u64 = 800_000;

/// What was recorded: everything that happened, and the exchanges with their positions.
struct Recorded {
    recording: Recording,
    events: Vec<Event>,
    places: Vec<(ExchangeId, Position)>,
}

/// Records exchanges of one connection, each handed over on its own, and everything to the file `copy`, too.
fn recorded(root: &Path, copy: &Path) -> Recorded {
    let mut recording = Recording::begin(Some(root), BUDGET, Some(copy)).unwrap();
    let mut script = Script::default();
    let (mut events, mut places) = (Vec::new(), Vec::new());
    script.open(1);
    for number in 0..30 {
        let body = vec![b'a' + number; 20_000];
        let id = script.exchange(1, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", &response(&body));
        let batch = script.batch();
        let made = recording.append(&batch.events);
        assert_eq!(made.events, batch.events.len());
        places.push((id, made.place));
        recording.hand_over();
        events.extend(batch.events);
    }
    recording.flush();
    Recorded { recording, events, places }
}

impl Recorded {
    /// Asserts that every exchange before `end` is read back as it was, but those in segments that were removed.
    fn assert_readable(&self, end: Option<Position>) {
        let mut store = Store::new(1 << 30);
        store.apply(Batch { events: self.events.clone() });
        let mut reader = ArchiveReader::new(self.recording.archive());
        let there = |place: &Position| {
            place.segment() > self.recording.gone_through() && end.is_none_or(|end| *place < end)
        };
        for (id, position) in self.places.iter().filter(|(_, place)| there(place)) {
            let places = Places { conn: ConnId::FIRST, position: *position, legs: Vec::new() };
            let detail = reader.detail(*id, &places).unwrap();
            let expected = store.detail(*id).unwrap();
            assert_eq!(format!("{:?}", detail.writes), format!("{:?}", expected.writes), "exchange {id}");
            assert_eq!(format!("{:?}", detail.exchange), format!("{:?}", expected.exchange));
        }
    }

    /// Asserts that every file of the session ends with a complete block.
    fn assert_whole(&self) {
        for path in segments(self.recording.folder().unwrap()).unwrap() {
            let (_, stop) = read(&fs::read(&path).unwrap());
            assert!(stop.is_none(), "{}: {stop:?}", path.display());
        }
    }
}

#[test]
fn what_was_written_before_a_call_failed_is_there_and_the_copy_goes_on() {
    let mut ends = std::collections::BTreeSet::new();
    for (call, code) in [(Call::WriteSegment, ENOSPC), (Call::WriteSegment, EIO), (Call::MakeSegment, ENOSPC)]
    {
        for at in 0.. {
            let root = tempfile::tempdir().unwrap();
            let copy = root.path().join("copy");
            plan::follow(Some(plan::Plan { call, at, times: 1, fault: plan::Fault::Code(code) }));
            let mut recorded = recorded(root.path(), &copy);
            let hits = plan::hits();
            plan::follow(None);
            let errors = recorded.recording.take_errors();
            assert_eq!(said(&read(&fs::read(&copy).unwrap()).0), said(&recorded.events));
            recorded.assert_whole();
            if hits == 0 {
                assert!(errors.is_empty() && recorded.recording.placed(), "{errors:?}");
                recorded.assert_readable(None);
                assert!(at >= if call == Call::MakeSegment { 5 } else { 30 }, "{call:?}: {at}");
                break;
            }
            let [WriteError::Session(error, end)] = &errors[..] else { panic!("{call:?} {at}: {errors:?}") };
            assert_eq!(error.raw_os_error(), Some(code));
            assert!(!recorded.recording.placed() && recorded.recording.writes());
            recorded.assert_readable(Some(*end));
            ends.insert(*end);
        }
    }
    assert!(ends.len() > 30, "each failure is somewhere else: {ends:?}");
}

#[test]
fn writes_that_are_short_or_interrupted_make_the_same_file() {
    let root = tempfile::tempdir().unwrap();
    let expected = recorded(root.path(), &root.path().join("whole"));
    let whole = fs::read(root.path().join("whole")).unwrap();
    for (fault, times) in
        [(plan::Fault::Short(1000), usize::MAX), (plan::Fault::Short(1), 500), (plan::Fault::Code(EINTR), 7)]
    {
        plan::follow(Some(plan::Plan { call: Call::WriteSegment, at: 0, times, fault }));
        let mut recorded = recorded(root.path(), &root.path().join("copy"));
        assert!(plan::hits() > 6);
        plan::follow(None);
        assert!(recorded.recording.take_errors().is_empty());
        assert_eq!(said(&recorded.events), said(&expected.events));
        recorded.assert_readable(None);
        recorded.assert_whole();
        assert_eq!(fs::read(root.path().join("copy")).unwrap(), whole);
    }
}

#[test]
fn what_waits_for_the_disk_counts_until_it_is_written() {
    let root = tempfile::tempdir().unwrap();
    let mut recording = Recording::begin(Some(root.path()), DISK_BYTES, None).unwrap();
    let (sender, receiver) = trace::channel(1_000_000);
    recording.count_in(receiver.backlog());
    let hold = recording.hold();
    let mut script = Script::default();
    script.open(1);
    while !sender.crowded() {
        script.exchange(1, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", &response(&vec![b'x'; 100_000]));
        recording.take(&script.batch().events);
        recording.hand_over();
        assert!(recording.bytes().0 < 1_000_000);
    }
    assert!(!recording.is_written());
    drop(hold);
    recording.flush();
    assert!(!sender.crowded());
    // The thread counts a job as done once it has answered.
    while !recording.is_written() {
        std::thread::yield_now();
    }
}
