//! Messages that are longer than what memory keeps of one.

use std::{fs, path::PathBuf};

use super::*;
use crate::{
    base::{
        stream::{Direction, ExchangeId},
        task::TaskState,
    },
    capture::{
        open::Source,
        save::{FileFormat, Selection},
    },
    export,
    http::Framing,
    store::Absence,
    testing::{Bell, ScratchFolder, noise, script::MS},
    trace::Stage,
};

const GET: &[u8] = b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
/// Half as much again as memory keeps of a message.
const BODY_BYTES: usize = 12 << 20;
const PIECE: usize = 64 << 10;

/// A capture with session of one exchange with a long response, and another before it on the same connection.
struct Long {
    capture: Capture,
    bell: Bell,
    root: ScratchFolder,
    id: ExchangeId,
    response: Vec<u8>,
}

impl Long {
    fn record() -> Self {
        let root = ScratchFolder::new();
        let recording = Recording::begin(Some(root.path()), 1 << 30, None).unwrap();
        let (mut sender, receiver) = trace::channel(64 << 20);
        let bell = Bell::default();
        let capture = Capture::record_to(recording, receiver, 256 << 20, bell.waker()).unwrap();
        let mut script = Script::default();
        script.open(1);
        script.exchange(1, b"GET /first HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"first"));
        sender.send(script.batch());
        let offset = script.wait(MS).read(1, GET);
        let id = script.request(1, offset, GET, Framing::None);
        let whole = response(&noise(BODY_BYTES));
        script.respond_head(1, id, &whole, None);
        let mut end = 0;
        for piece in whole.chunks(PIECE) {
            end = script.wait(MS).write(1, piece) + piece.len() as u64;
            sender.send(script.batch());
        }
        script.stage(1, id, Stage::ResponseSent { end, keep_alive: true });
        sender.send(script.batch());
        bell.wait_until(|| {
            capture.read(|store| store.summary(id).filter(|summary| summary.outcome.ended()).map(drop))
        });
        Self { capture, bell, root, id, response: whole }
    }

    /// Saves the exchange from `capture`. Returns the file and the result.
    fn save(&self, capture: &Capture, format: FileFormat, name: &str) -> (PathBuf, TaskState) {
        let path = self.root.path().join(name);
        let chosen = Selection::Exchanges(vec![self.id]);
        let task = capture.save(chosen, format, &path, self.bell.waker()).unwrap();
        let state = self.bell.wait_until(|| Some(task.state()).filter(|state| *state != TaskState::Running));
        (path, state)
    }
}

#[test]
fn what_is_on_disk_is_in_the_files_that_are_written() {
    let long = Long::record();
    let counts = long.capture.read(Store::counts);
    assert!(counts.not_in_memory_bytes > 0 && counts.omitted_bytes == 0, "{counts:?}");
    let detail = long.capture.read(|store| store.detail(long.id)).unwrap();
    assert!(export::missing(&detail, Direction::Sent) > 0);
    // Many writes are one stretch of time in memory, not a moment.
    let merged = detail.writes.iter().find(|chunk| chunk.count > 1).unwrap();
    assert!(merged.until > merged.at, "{merged:?}");

    let bytes = FileFormat::Export(export::format("response").unwrap());
    let (path, state) = long.save(&long.capture, bytes, "response.bin");
    assert_eq!(state, TaskState::Done(None));
    assert!(fs::read(path).unwrap() == long.response, "the bytes of the response are not in the file");

    // The saved exchange has them as well: opened again, it gives the same bytes.
    let (path, state) = long.save(&long.capture, FileFormat::Capture, "exchange.pcapng");
    assert_eq!(state, TaskState::Done(None));
    let (opened, task) = Capture::open(Source::File(path), 256 << 20, long.bell.waker()).unwrap();
    let state = long.bell.wait_until(|| Some(task.state()).filter(|state| *state != TaskState::Running));
    assert_eq!(state, TaskState::Done(None));
    assert!(opened.reads_back());
    let (path, state) = long.save(&opened, bytes, "again.bin");
    assert_eq!(state, TaskState::Done(None));
    assert!(fs::read(path).unwrap() == long.response, "the saved exchange lacks bytes");
}

/// What is known of the bytes of the response that are not shown.
fn absences(long: &Long, capture: &Capture) -> Vec<Absence> {
    let detail = long.bell.wait_until(|| match capture.lock().look(long.id) {
        Look::Here(detail) => Some(detail),
        Look::BeingRead => None,
        other => panic!("{other:?}"),
    });
    let range = export::range(&detail, Direction::Sent);
    let all = Absence::all(&detail.writes, &range, detail.backing);
    all.into_iter().map(|(_, absence)| absence).collect()
}

#[test]
fn a_gap_says_whether_disk_has_its_bytes() {
    let long = Long::record();
    assert_eq!(absences(&long, &long.capture), [Absence::OnDisk]);
    let (path, _) = long.save(&long.capture, FileFormat::Capture, "exchange.pcapng");
    let (opened, task) = Capture::open(Source::File(path), 256 << 20, long.bell.waker()).unwrap();
    long.bell.wait_until(|| Some(task.state()).filter(|state| *state != TaskState::Running));
    assert_eq!(absences(&long, &opened), [Absence::OnDisk], "the file has them");

    long.capture.store.lock().forget_segments(u32::MAX);
    assert_eq!(absences(&long, &long.capture), [Absence::NoRoom], "they have left the disk");
    // Read back from disk, it has no more of a message than memory has.
    opened.set_budget(0);
    let read_back = absences(&long, &opened);
    assert!(
        !read_back.is_empty() && read_back.iter().all(|absence| *absence == Absence::OnDisk),
        "{read_back:?}"
    );
}

#[test]
fn a_saved_exchange_that_was_read_back_has_the_address_of_its_server() {
    let long = Long::record();
    // It leaves memory, and is read from disk without the beginning of its connection.
    long.capture.set_budget(0);
    let (path, state) = long.save(&long.capture, FileFormat::Capture, "exchange.pcapng");
    assert_eq!(state, TaskState::Done(None));
    let (opened, task) = Capture::open(Source::File(path), 256 << 20, long.bell.waker()).unwrap();
    long.bell.wait_until(|| Some(task.state()).filter(|state| *state != TaskState::Running));
    let local = opened.read(|store| store.detail(long.id)).unwrap().local;
    assert_eq!(local, Some(([127, 0, 0, 1], 8080).into()));
}

#[test]
fn what_has_left_the_disk_is_left_out_of_the_files_and_counted() {
    let long = Long::record();
    long.capture.store.lock().forget_segments(u32::MAX);
    let bytes = FileFormat::Export(export::format("response").unwrap());
    for (format, name) in [(bytes, "response.bin"), (FileFormat::Capture, "exchange.pcapng")] {
        let (_, state) = long.save(&long.capture, format, name);
        assert!(matches!(state, TaskState::Done(Some(_))), "{state:?}");
    }
}
