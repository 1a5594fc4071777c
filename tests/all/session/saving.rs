//! Captures and exchanges written to files, and captures opened again.

use std::{fs, path::Path, process::Command};

use byteglass::{
    base::{
        stream::{ConnId, Direction, ExchangeId},
        task::{Progress, TaskState, Unit},
    },
    capture::{
        Disk, Look,
        open::Source,
        open::unfinished,
        save::{FileFormat, Selection},
    },
    export::{self, Format},
    session::Recording,
    store::{Detail, Store},
    testing::traffic::Traffic,
};

use super::{Recorded, files, finished, told};

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
    sender.send(traffic.close(2));
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
    assert!(matches!(opened.capture.disk(), Disk::File));
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
    // The end of the program: the session stays for a while as one that ended in order, and what was saved stays.
    drop(sender);
    recorded.capture.finish();
    let earlier = unfinished(&root.path().join("s"), std::time::SystemTime::now());
    assert!(earlier.len() == 1 && earlier[0].ended, "{earlier:?}");
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
        "1 exchange is no longer in the capture and is missing from this file; passwords, cookies and tokens in heads and forms are replaced by x of the same length; other contents are as they were."
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
    let look = recorded.bell.wait_until(|| match recorded.look(ExchangeId::FIRST) {
        Look::BeingRead => None,
        look => Some(look),
    });
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
    assert!(matches!(task.state(), TaskState::Failed(why) if why.starts_with("not a capture file")));
}

#[test]
fn what_cannot_be_opened_is_said_by_the_task() {
    let (opened, task) = Recorded::open(Source::File("/nowhere/at/all.pcapng".into()), 1 << 20);
    let state = finished(&opened, &task);
    assert!(matches!(&state, TaskState::Failed(why) if why.starts_with("No such file")), "{state:?}");
}
