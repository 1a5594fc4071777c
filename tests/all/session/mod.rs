//! The session on disk: what leaves memory is still there, survives a kill, is saved and opened again.

mod again;
mod crash;
mod disk;
mod legs;
mod marks;
mod older;
mod saving;

use std::{fs, path::Path};

use byteglass::{
    base::{
        stream::ExchangeId,
        task::{Task, TaskState},
    },
    capture::{
        Capture, Look,
        open::Source,
        save::{FileFormat, Selection},
    },
    session::Recording,
    store::{Detail, Store},
    testing::Bell,
    trace,
};

/// A capture that is woken, and waited for.
struct Recorded {
    capture: Capture,
    bell: Bell,
}

impl Recorded {
    fn start(recording: Recording, budget: u64) -> (trace::Sender, Self) {
        let (sender, receiver) = trace::channel(1 << 30);
        let bell = Bell::default();
        let capture = Capture::record_to(recording, receiver, budget, bell.waker()).unwrap();
        (sender, Self { capture, bell })
    }

    fn open(source: Source, budget: u64) -> (Self, Task) {
        let bell = Bell::default();
        let (capture, task) = Capture::open(source, budget, bell.waker()).unwrap();
        (Self { capture, bell }, task)
    }

    fn wait<T>(&self, wanted: impl Fn(&Store) -> Option<T>) -> T {
        self.bell.wait_until(|| self.capture.read(&wanted))
    }

    fn detail(&self, id: ExchangeId) -> Detail {
        self.bell.wait_until(|| match self.look(id) {
            Look::Here(detail) => Some(*detail),
            Look::BeingRead => None,
            other => panic!("exchange {id}: {other:?}"),
        })
    }

    fn look(&self, id: ExchangeId) -> Look {
        self.capture.lock().look(id)
    }

    fn save(&self, selection: Selection, path: &Path) -> TaskState {
        self.save_as(selection, FileFormat::Capture, path)
    }

    fn save_as(&self, selection: Selection, format: FileFormat, path: &Path) -> TaskState {
        let bell = Bell::default();
        let task = self.capture.save(selection, format, path, bell.waker()).unwrap();
        bell.wait_until(|| Some(task.state()).filter(|state| *state != TaskState::Running))
    }
}

fn finished(recorded: &Recorded, task: &Task) -> TaskState {
    recorded.wait(|_| Some(task.state()).filter(|state| *state != TaskState::Running))
}

/// What of a detail does not depend on where it comes from.
fn told(detail: &Detail) -> String {
    let Detail { exchange, peer, opened, closed, reads, writes, lead_reads, lead_writes, messages, .. } =
        detail;
    let (role, upstream) = (detail.role, &detail.upstream);
    format!(
        "{exchange:?} {peer:?} {opened:?} {closed:?} {reads:?} {writes:?} {lead_reads:?} {lead_writes:?} {messages:?} {role:?} {upstream:?}"
    )
}

/// The files of all sessions in `root`.
fn files(root: &Path) -> Vec<std::path::PathBuf> {
    let folders = fs::read_dir(root).unwrap().flatten();
    let files =
        folders.filter(|entry| entry.path().is_dir()).flat_map(|entry| fs::read_dir(entry.path()).unwrap());
    let paths = files.flatten().map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "pcapng")).collect()
}
