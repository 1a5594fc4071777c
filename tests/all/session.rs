//! The session on disk: what leaves memory is still there, survives a kill, is saved and opened again.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, mpsc},
    time::Duration,
};

use byteglass::{
    base::stream::{ConnId, Direction, ExchangeId},
    base::task::{Progress, Task, TaskState, Unit},
    capture::{
        Capture, Disk, Look,
        open::{Source, unfinished},
        save::{FileFormat, Selection},
    },
    export::{self, Format},
    session::{Item, Recording, Scan},
    store::{Detail, Store},
    testing::traffic::{Traffic, event},
    trace::{self, Batch, CloseReason, EventKind, Stage},
};

const PATIENCE: Duration = Duration::from_mins(1);

/// A capture that is woken, and waited for.
struct Recorded {
    capture: Capture,
    wakes: mpsc::Receiver<()>,
}

fn waker() -> (Arc<dyn Fn() + Send + Sync>, mpsc::Receiver<()>) {
    let (woken, wakes) = mpsc::channel();
    (Arc::new(move || woken.send(()).unwrap_or_default()), wakes)
}

impl Recorded {
    fn start(recording: Recording, budget: u64) -> (trace::Sender, Self) {
        let (sender, receiver) = trace::channel(1 << 30);
        let (wake, wakes) = waker();
        let capture = Capture::record_to(recording, receiver, budget, wake).unwrap();
        (sender, Self { capture, wakes })
    }

    fn open(source: Source, budget: u64) -> (Self, Task) {
        let (wake, wakes) = waker();
        let (capture, task) = Capture::open(source, budget, wake).unwrap();
        (Self { capture, wakes }, task)
    }

    fn wait<T>(&self, wanted: impl Fn(&Store) -> Option<T>) -> T {
        loop {
            if let Some(found) = self.capture.read(&wanted) {
                return found;
            }
            self.wakes.recv_timeout(PATIENCE).expect("it did not happen");
        }
    }

    fn detail(&self, id: ExchangeId) -> Detail {
        loop {
            match self.look(id) {
                Look::Here(detail) => return *detail,
                Look::BeingRead => self.wakes.recv_timeout(PATIENCE).expect("it is being read"),
                other => panic!("exchange {id}: {other:?}"),
            }
        }
    }

    fn look(&self, id: ExchangeId) -> Look {
        self.capture.lock().look(id)
    }

    fn save(&self, selection: Selection, path: &Path) -> TaskState {
        self.save_as(selection, FileFormat::Capture, path)
    }

    fn save_as(&self, selection: Selection, format: FileFormat, path: &Path) -> TaskState {
        let (wake, wakes) = waker();
        let task = self.capture.save(selection, format, path, wake).unwrap();
        wakes.recv_timeout(PATIENCE).unwrap();
        task.state()
    }
}

fn finished(recorded: &Recorded, task: &Task) -> TaskState {
    recorded.wait(|_| Some(task.state()).filter(|state| *state != TaskState::Running))
}

/// What of a detail does not depend on where it comes from.
fn told(detail: &Detail) -> String {
    let Detail { exchange, peer, opened, closed, reads, writes, lead_reads, lead_writes, messages, .. } =
        detail;
    format!(
        "{exchange:?} {peer:?} {opened} {closed:?} {reads:?} {writes:?} {lead_reads:?} {lead_writes:?} {messages:?}"
    )
}

#[test]
fn what_leaves_memory_is_read_back_as_it_was() {
    let root = tempfile::tempdir().unwrap();
    let recording = Recording::begin(Some(root.path()), 1 << 30, None).unwrap();
    let (mut sender, small) = Recorded::start(recording, 200_000);
    let (mut other, receiver) = trace::channel(1 << 30);
    let (wake, wakes) = waker();
    let large = Recorded { capture: Capture::record(receiver, 1 << 30, wake).unwrap(), wakes };
    let mut traffic = Traffic::new(4, 1000);
    let batches: Vec<Batch> =
        std::iter::once(traffic.open()).chain((0..500).map(|_| traffic.turn())).collect();
    for batch in batches {
        other.send(batch.clone());
        sender.send(batch);
    }
    let all = traffic.newest();
    for recorded in [&small, &large] {
        recorded.wait(|store| store.summary(all).filter(|last| last.outcome.ended()).map(drop));
    }
    let counts = small.capture.read(Store::counts);
    assert_eq!((counts.kept, counts.evicted), (all.get(), 0));
    assert!(counts.on_disk > all.get() / 2 && counts.captured_bytes <= 200_000, "{counts:?}");
    let each = counts.index_bytes / counts.on_disk;
    assert!(each <= 130, "{each} bytes of index an exchange");
    // Rows are the same, wherever they come from.
    let rows = |recorded: &Recorded| {
        recorded.capture.read(|store| {
            let rows = store
                .summaries()
                .map(|row| format!("{:?}", byteglass::store::Summary { on_disk: false, ..row }));
            (rows.collect::<Vec<_>>(), store.headings().collect::<Vec<_>>())
        })
    };
    assert_eq!(rows(&small), rows(&large));
    for id in [1, 2, 77, 500, all.get() / 2, all.get()].map(ExchangeId::nth) {
        let expected = large.capture.read(|store| store.detail(id)).unwrap();
        assert_eq!(told(&small.detail(id)), told(&expected), "exchange {id}");
    }
    assert!(matches!(small.look(all.next()), Look::Gone));
}

#[test]
fn the_budget_of_the_disk_holds_and_the_oldest_leave() {
    let root = tempfile::tempdir().unwrap();
    let budget = 4_000_000;
    let recording = Recording::begin(Some(root.path()), budget, None).unwrap();
    let (mut sender, recorded) = Recorded::start(recording, 100_000);
    let mut traffic = Traffic::new(2, 4000);
    sender.send(traffic.open());
    for _ in 0..2000 {
        sender.send(traffic.turn());
    }
    let all = traffic.newest();
    recorded.wait(|store| store.summary(all).filter(|last| last.outcome.ended()).map(drop));
    let counts = recorded.capture.read(Store::counts);
    assert!(counts.evicted > 1000 && counts.kept + counts.evicted == all.get(), "{counts:?}");
    let Disk::Recording { bytes, budget_bytes } = recorded.capture.disk() else { panic!("it goes to disk") };
    assert_eq!(budget_bytes, budget);
    let on_disk: u64 = files(root.path()).iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    assert!(on_disk <= budget + 1_200_000 && bytes <= budget + 1_200_000, "{on_disk} {counts:?}");
    let first = recorded.capture.read(|store| store.summaries().next().map(|row| row.id)).unwrap();
    assert!(matches!(recorded.look(ExchangeId::nth(first.get() - 1)), Look::Gone));
    assert_eq!(recorded.detail(first).exchange.id, first);
    let later = ExchangeId::nth(first.get() + 50);
    assert_eq!(recorded.detail(later).exchange.number, later.get().div_ceil(2));
}

#[test]
fn a_capture_is_saved_and_opened_again() {
    let root = tempfile::tempdir().unwrap();
    let recording = Recording::begin(Some(&root.path().join("s")), 1 << 30, None).unwrap();
    let (mut sender, recorded) = Recorded::start(recording, 150_000);
    let mut traffic = Traffic::new(3, 2000);
    sender.send(traffic.open());
    for _ in 0..300 {
        sender.send(traffic.turn());
    }
    sender.send(Batch { events: vec![event(9_000_000, 2, 0, EventKind::Closed(CloseReason::Client))] });
    let all = traffic.newest();
    recorded.wait(|store| store.heading(ConnId::nth(2))?.closed);
    let file = root.path().join("all.pcapng");
    assert_eq!(recorded.save(Selection::All, &file), TaskState::Done(None));
    let some = root.path().join("some.pcapng");
    assert_eq!(
        recorded.save(Selection::Exchanges(vec![ExchangeId::nth(2), ExchangeId::nth(5), all]), &some),
        TaskState::Done(None)
    );

    let (opened, task) = Recorded::open(Source::File(file.clone()), 100_000);
    assert_eq!(finished(&opened, &task), TaskState::Done(None));
    let bytes = fs::metadata(&file).unwrap().len();
    assert_eq!(task.progress(), Progress { done: bytes, total: bytes, unit: Unit::Bytes });
    let counts = opened.capture.read(Store::counts);
    assert_eq!(counts.kept, all.get());
    assert!(counts.on_disk > all.get() / 2);
    assert_eq!(opened.capture.disk(), Disk::File);
    for id in [1, 2, 400, all.get()].map(ExchangeId::nth) {
        assert_eq!(told(&opened.detail(id)), told(&recorded.detail(id)), "exchange {id}");
    }
    let (picked, task) = Recorded::open(Source::File(some.clone()), 1 << 30);
    assert_eq!(finished(&picked, &task), TaskState::Done(None));
    let ids: Vec<ExchangeId> = picked.capture.read(|store| store.summaries().map(|row| row.id).collect());
    assert_eq!(ids, [2, 5, all.get()]);
    let bytes = |detail: Detail| (detail.reads[0].bytes.clone(), detail.writes[0].bytes.clone());
    assert_eq!(bytes(picked.detail(ExchangeId::nth(5))), bytes(recorded.detail(ExchangeId::nth(5))));

    // Cut short, it opens as far as it goes and says where it stopped.
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let (half, task) = Recorded::open(Source::File(file), 1 << 30);
    let TaskState::Done(Some(said)) = finished(&half, &task) else { panic!("{:?}", task.state()) };
    assert!(said.contains("can be read up to byte"), "{said}");
    let kept = half.capture.read(Store::counts).kept;
    assert!((all.get() / 4..all.get() * 3 / 4).contains(&kept), "{kept}");
    // The end of the program: the session leaves the disk, what was saved stays.
    recorded.capture.finish();
    assert!(files(&root.path().join("s")).is_empty());
    assert!(some.exists());
}

#[test]
fn exchanges_are_exported_whole_from_memory_and_from_disk() {
    let root = tempfile::tempdir().unwrap();
    let recording = Recording::begin(Some(&root.path().join("s")), 1 << 30, None).unwrap();
    // In memory, less is kept of a message than the body has.
    let (mut sender, recorded) = Recorded::start(recording, 240_000);
    let mut traffic = Traffic::new(1, 60_000);
    sender.send(traffic.open());
    for _ in 0..20 {
        sender.send(traffic.turn());
    }
    recorded.wait(|store| store.summary(ExchangeId::nth(20)).filter(|last| last.outcome.ended()).map(drop));
    let kept = recorded.capture.read(|store| store.detail(ExchangeId::nth(20))).unwrap();
    assert!(export::missing(&kept, Direction::Sent) > 0);
    let path = root.path().join("out");
    for id in [1_u64, 20] {
        let export = |key, path: &Path| {
            let saved = recorded.save_as(
                Selection::Exchanges(vec![ExchangeId::nth(id)]),
                FileFormat::Export(export_format(key)),
                path,
            );
            assert_eq!(saved, TaskState::Done(None));
            fs::read(path).unwrap()
        };
        let response = String::from_utf8(export("response", &path)).unwrap();
        assert!(response.ends_with(&format!("\r\n\r\n{id:060000}")));
        let har: serde_json::Value = serde_json::from_slice(&export("har", &path)).unwrap();
        assert_eq!(har["log"]["entries"][0]["response"]["content"]["text"], format!("{id:060000}"));
        let request = format!("GET /item/{id} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(export("request", &path), request.as_bytes());
    }
    let all = FileFormat::Export(export_format("har"));
    assert_eq!(recorded.save_as(Selection::All, all, &path), TaskState::Done(None));
    let har: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let urls = har["log"]["entries"].as_array().unwrap().iter().map(|entry| entry["request"]["url"].clone());
    let expected: Vec<_> = (1..=20).map(|id| format!("http://localhost/item/{id}")).collect();
    assert_eq!(urls.collect::<Vec<_>>(), expected);

    // What cannot be had is said, and there is no file of nothing.
    let gone = recorded.save_as(Selection::Exchanges([2, 99].map(ExchangeId::nth).into()), all, &path);
    assert_eq!(
        gone,
        TaskState::Done(Some("1 exchange is no longer in the capture and is missing from this file".into()))
    );
    let har: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(
        har["log"]["comment"],
        "1 exchange is no longer in the capture and is missing from this file."
    );
    let nothing = root.path().join("nothing");
    let none = recorded.save_as(
        Selection::Exchanges(vec![ExchangeId::nth(99)]),
        FileFormat::Export(export_format("curl")),
        &nothing,
    );
    assert_eq!(
        none,
        TaskState::Failed("1 exchange is no longer in the capture and is missing from this file".into())
    );
    assert!(!nothing.exists() && !root.path().join("nothing.part").exists());
}

fn export_format(key: &str) -> &'static dyn Format {
    export::format(key).unwrap()
}

#[test]
fn an_exchange_that_cannot_be_read_back_is_missing_and_the_error_is_named() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("s");
    let recording = Recording::begin(Some(&folder), 1 << 30, None).unwrap();
    let (mut sender, recorded) = Recorded::start(recording, 100_000);
    let mut traffic = Traffic::new(1, 2_000);
    sender.send(traffic.open());
    for _ in 0..200 {
        sender.send(traffic.turn());
    }
    recorded.wait(|store| store.summary(ExchangeId::nth(200)).filter(|last| last.outcome.ended()).map(drop));
    fs::remove_file(&files(&folder)[0]).unwrap();
    let ids = vec![ExchangeId::FIRST, ExchangeId::nth(200)];
    let state = recorded.save(Selection::Exchanges(ids), &root.path().join("out.pcapng"));
    let TaskState::Done(Some(said)) = state else { panic!("{state:?}") };
    assert!(said.starts_with("1 exchange could not be read from disk: No such file"), "{said}");
    let look = loop {
        match recorded.look(ExchangeId::FIRST) {
            Look::BeingRead => recorded.wakes.recv_timeout(PATIENCE).unwrap(),
            look => break look,
        }
    };
    let Look::Failed(error) = look else { panic!("{look:?}") };
    assert!(error.to_string().starts_with("No such file"), "{error}");
}

/// Opening a pipe waits for someone who writes, as a file on a slow disk may wait: whoever asks for it does not.
#[test]
#[cfg(unix)]
fn opening_never_waits_for_the_file() {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let root = tempfile::tempdir().unwrap();
    let pipe = root.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (_opened, task) = Recorded::open(Source::File(pipe.clone()), 1 << 20);
    assert_eq!(task.state(), TaskState::Running);
    // The file is opened more than once; where nobody reads at the moment, this fails at once.
    while task.state() == TaskState::Running {
        let writer = fs::OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(&pipe);
        let _ = writer.and_then(|mut writer| writer.write_all(b"no capture"));
        std::thread::yield_now();
    }
    assert!(matches!(task.state(), TaskState::Failed(why) if why.starts_with("this is no capture")));
}

#[test]
fn what_cannot_be_opened_is_said_by_the_task() {
    let (opened, task) = Recorded::open(Source::File("/nowhere/at/all.pcapng".into()), 1 << 20);
    let state = finished(&opened, &task);
    assert!(matches!(&state, TaskState::Failed(why) if why.starts_with("No such file")), "{state:?}");
}

/// The files of all sessions in `root`.
fn files(root: &Path) -> Vec<std::path::PathBuf> {
    let folders = fs::read_dir(root).unwrap().flatten();
    let files =
        folders.filter(|entry| entry.path().is_dir()).flat_map(|entry| fs::read_dir(entry.path()).unwrap());
    let paths = files.flatten().map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "pcapng")).collect()
}

/// Run by the test below in a process of its own: records until it is killed.
#[test]
#[ignore = "the test below runs it"]
fn child_that_records() {
    let Some(root) = std::env::var_os("BYTEGLASS_TEST_ROOT") else { return };
    let recording = Recording::begin(Some(Path::new(&root)), 1 << 30, None).unwrap();
    let (mut sender, recorded) = Recorded::start(recording, 1 << 30);
    let mut traffic = Traffic::new(2, 500);
    sender.send(traffic.open());
    for _ in 0..200 {
        sender.send(traffic.turn());
    }
    let all = traffic.newest();
    recorded.wait(|store| store.summary(all).filter(|last| last.outcome.ended()).map(drop));
    println!("recorded {all}");
    loop {
        std::thread::park();
    }
}

#[test]
#[cfg(unix)]
fn a_killed_session_is_offered_and_whole_but_for_its_last_second() {
    let root = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "session::child_that_records", "--ignored", "--nocapture"])
        .env("BYTEGLASS_TEST_ROOT", root.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = lines.map(Result::unwrap).find_map(|line| Some(line.split_once("recorded ")?.1.to_owned()));
    let all: u64 = said.unwrap().trim().parse().unwrap();
    assert!(unfinished(root.path()).is_empty(), "as long as it runs, it is its own");
    // Everything was recorded before this moment: a second later it must all be on disk. Waits for the
    // file, not for the time.
    let path = loop {
        if let [path] = &files(root.path())[..]
            && events(path) >= all
        {
            break path.clone();
        }
        std::thread::yield_now();
    };
    child.kill().unwrap();
    child.wait().unwrap();
    let mut sessions = unfinished(root.path());
    assert_eq!(sessions.len(), 1);
    let session = sessions.pop().unwrap();
    assert_eq!(session.bytes, fs::metadata(path).unwrap().len());
    let permissions =
        |path: &Path| std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions());
    assert_eq!(permissions(session.folder()) & 0o777, 0o700);
    assert_eq!(permissions(&files(root.path())[0]) & 0o777, 0o600);
    let (opened, task) = Recorded::open(Source::Session(session), 1 << 30);
    assert_eq!(finished(&opened, &task), TaskState::Done(None));
    assert_eq!(opened.capture.read(Store::counts).kept, all);
    assert!(unfinished(root.path()).is_empty(), "it is open");
    drop(opened);
    // The reader's thread ends with it, and lets go of the lock.
    let session = loop {
        if let Some(session) = unfinished(root.path()).pop() {
            break session;
        }
        std::thread::yield_now();
    };
    session.discard().unwrap();
    assert!(fs::read_dir(root.path()).unwrap().next().is_none());
}

/// How many exchanges are complete in a file.
fn events(path: &Path) -> u64 {
    let mut scan = Scan::new(fs::File::open(path).unwrap());
    let mut done = 0;
    while let Ok(Some(item)) = scan.step() {
        if let Item::Turn(turn) = item {
            done += turn
                .events
                .iter()
                .filter(|event| matches!(event.kind, EventKind::Stage(Stage::ResponseSent { .. })))
                .count();
        }
    }
    done as u64
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_stops_the_recording_to_disk_and_nothing_else() {
    // Writing to it says that no space is left on the device.
    let full = Path::new("/dev/full");
    let root = tempfile::tempdir().unwrap();
    let recording = Recording::begin(Some(root.path()), 1 << 30, Some(full)).unwrap();
    let (mut sender, recorded) = Recorded::start(recording, 1 << 30);
    let mut traffic = Traffic::new(1, 100);
    sender.send(traffic.open());
    sender.send(traffic.turn());
    let said = recorded.wait(|store| store.messages_since(0).next().cloned());
    assert!(said.text.contains("cannot write /dev/full any more: No space left"), "{}", said.text);
    sender.send(traffic.turn());
    recorded.wait(|store| store.summary(ExchangeId::nth(2)).map(drop));
    assert!(matches!(recorded.capture.disk(), Disk::Recording { .. }));
}
