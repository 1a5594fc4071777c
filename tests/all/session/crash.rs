//! A session whose program is killed.

use std::{fs, path::Path, process::Command};

use byteglass::{
    base::task::TaskState,
    capture::open::{Source, unfinished},
    session::{Item, Recording, Scan},
    store::Store,
    testing::{PATIENCE, ScratchFolder, process::Process, traffic::Traffic},
    trace::{EventKind, Stage},
};

use super::{Recorded, files, finished};

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
    let logs = ScratchFolder::new();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "session::crash::child_that_records", "--ignored", "--nocapture"]);
    let child = Process::start(command.env("BYTEGLASS_TEST_ROOT", root.path()), logs.path());
    let mut lines = std::iter::repeat_with(|| child.line(PATIENCE));
    let all = lines.find_map(|line| line.split_once("recorded ")?.1.parse::<u64>().ok()).unwrap();
    assert!(
        unfinished(root.path(), std::time::SystemTime::now()).is_empty(),
        "as long as it runs, it is its own"
    );
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
    // Killed, without a chance to end in good order.
    drop(child);
    let mut sessions = unfinished(root.path(), std::time::SystemTime::now());
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
    assert!(unfinished(root.path(), std::time::SystemTime::now()).is_empty(), "it is open");
    drop(opened);
    // The reader's thread ends with it, and lets go of the lock.
    let session = loop {
        if let Some(session) = unfinished(root.path(), std::time::SystemTime::now()).pop() {
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
        if let Item::Batch(stored) = item {
            done += stored
                .batch
                .events
                .iter()
                .filter(|event| matches!(event.kind, EventKind::Stage(Stage::ResponseSent { .. })))
                .count();
        }
    }
    done as u64
}
