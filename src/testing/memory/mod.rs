//! The memory of a server that records as the window does, under whatever arrives: what is promised, and what it is.
//!
//! A program of its own runs this, since memory is that of the whole process. The clients are the same program once
//! more.
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

mod clients;

use std::{
    fs,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use crate::{
    base::task::TaskState,
    capture::{
        Capture, Disk, give_back,
        open::Source,
        save::{FileFormat, Selection},
    },
    server::{Handle, Settings, SiteChoice},
    session::Recording,
    store::{Counts, Store},
    trace,
};

use super::ScratchFolder;
use clients::Mix;

/// Memory that may be taken besides what was there at the start, the budget and the index of what is on disk.
const SLACK: u64 = 64 * MIB;
const MIB: u64 = 1024 * 1024;
/// As in the program.
const CHANNEL_BYTES: u64 = 32 * MIB;
/// The first argument of the process of the clients.
const CLIENTS: &str = "clients";
/// Memory is looked at this often.
const LOOK: Duration = Duration::from_millis(20);
/// The time after which memory is that at rest.
const REST: Duration = Duration::from_millis(1500);

/// How long and how large the run is.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The time of each mix of requests.
    pub each: Duration,
    /// Captured bytes in memory.
    pub budget: u64,
    /// Connections that are open at the same time.
    pub connections: usize,
    /// Exchanges before the capture is saved.
    pub exchanges: u64,
    /// Bytes of the session on disk, and so of the capture that is opened.
    pub disk: u64,
    /// How often the capture is opened.
    pub opened: u32,
}

/// Runs as the clients if the arguments of this process say so. Whether they did.
#[must_use]
pub fn is_clients() -> bool {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [first, address, mix @ ..] = &arguments[..] else { return false };
    if first != CLIENTS {
        return false;
    }
    clients::run(address.parse().unwrap(), mix.first_chunk().unwrap());
    true
}

/// Runs the plan and prints what each part took. Whether all of them stayed within what is promised.
pub fn run(plan: Plan) -> bool {
    let mut run = Run::start(plan);
    println!(
        "{:<44} {:>9} {:>9} {:>9}",
        "memory without pages of files, in MiB", "longest", "promised", "at rest"
    );
    run.mix("1 KiB files", Mix::Small);
    run.mix("10 MB and 1 KiB files", Mix::Mixed);
    run.mix("uploads of 5 MB, echoed", Mix::Uploads);
    let connections = format!("{} connections", plan.connections);
    run.mix(&connections, Mix::Connections(plan.connections));
    run.mix("10 MB and 1 KiB files once more", Mix::Mixed);
    run.exchanges();
    run.open();
    run.clear();
    println!(
        "at the start {} MiB; budget {} MiB; the promise is these, the index of what is only on disk, and {} MiB",
        run.base / MIB,
        plan.budget / MIB,
        SLACK / MIB
    );
    run.holds
}

struct Run {
    plan: Plan,
    server: Handle,
    capture: Capture,
    folder: ScratchFolder,
    /// Memory at the start.
    base: u64,
    holds: bool,
}

/// The clients, until this is dropped.
struct Clients(Child, Option<ChildStdin>);

impl Clients {
    fn start(server: &Handle, mix: Mix) -> Self {
        let address = server.address().unwrap().to_string();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([CLIENTS.to_owned(), address]).args(mix.arguments()).stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        Self(child, input)
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.1 = None;
        let _ = self.0.wait();
    }
}

/// The largest memory that was seen, and what was promised then.
#[derive(Clone, Copy, Default)]
struct Most {
    bytes: u64,
    promised: u64,
}

impl Run {
    fn start(plan: Plan) -> Self {
        let folder = ScratchFolder::new();
        let site = folder.path().join("site");
        fs::create_dir(&site).unwrap();
        for (name, len) in [("1kb.bin", 1024), ("10mb.bin", 10 << 20)] {
            fs::write(site.join(name), super::noise(len)).unwrap();
        }
        let recording = Recording::begin(Some(&folder.path().join("sessions")), plan.disk, None).unwrap();
        let (sender, receiver) = trace::channel(CHANNEL_BYTES);
        let capture = Capture::record_to(recording, receiver, plan.budget, Arc::new(|| {})).unwrap();
        let settings = Settings { port: 0, site: SiteChoice::Folder(site), ..Settings::default() };
        let server = Handle::start(settings, Some(sender)).unwrap();
        thread::sleep(Duration::from_millis(100));
        Self { plan, server, capture, folder, base: memory(), holds: true }
    }

    /// What is promised besides `more`.
    fn promised(&self, more: u64) -> u64 {
        self.base + self.plan.budget + self.capture.read(Store::counts).index_bytes + more + SLACK
    }

    /// Lets clients ask, for the time of the plan.
    fn mix(&mut self, name: &str, mix: Mix) {
        let begun = Instant::now();
        let each = self.plan.each;
        self.load(name, mix, |_| begun.elapsed() < each);
    }

    /// Lets clients ask for small files until there are as many exchanges as the plan wants.
    fn exchanges(&mut self) {
        let wanted = self.plan.exchanges;
        let name = format!("{wanted} exchanges");
        self.load(&name, Mix::Small, |counts| counts.exchanges < wanted);
    }

    fn load(&mut self, name: &str, mix: Mix, goes_on: impl Fn(&Counts) -> bool) {
        let clients = Clients::start(&self.server, mix);
        let mut most = Most::default();
        loop {
            self.look(&mut most, 0);
            if !goes_on(&self.capture.read(Store::counts)) {
                break;
            }
        }
        drop(clients);
        self.report(name, most);
    }

    fn look(&self, most: &mut Most, more: u64) {
        let (bytes, promised) = (memory(), self.promised(more));
        if most.promised == 0
            || bytes.saturating_sub(promised) > most.bytes.saturating_sub(most.promised)
            || (bytes <= promised && bytes > most.bytes && most.bytes <= most.promised)
        {
            *most = Most { bytes, promised };
        }
        thread::sleep(LOOK);
    }

    fn report(&mut self, name: &str, most: Most) {
        thread::sleep(REST);
        let rest = memory();
        let holds = most.bytes <= most.promised && rest <= self.promised(0);
        self.holds &= holds;
        println!(
            "{name:<44} {:>9} {:>9} {:>9}{}",
            most.bytes / MIB,
            most.promised / MIB,
            rest / MIB,
            if holds { "" } else { "  broken" }
        );
    }

    /// Saves the capture, and opens and closes it again and again. Each opened one has a budget of its own.
    fn open(&mut self) {
        let path = self.folder.path().join("saved.pcapng");
        let task = self.capture.save(Selection::All, FileFormat::Capture, &path, Arc::new(|| {})).unwrap();
        let mut most = Most::default();
        while task.state() == TaskState::Running {
            self.look(&mut most, 0);
        }
        assert_eq!(task.state(), TaskState::Done(None));
        self.report("saved", most);
        for turn in 1..=self.plan.opened {
            let name = format!("opened and closed, {turn} ({} MB)", size(&path) / 1_000_000);
            let (opened, task) =
                Capture::open(Source::File(path.clone()), self.plan.budget, Arc::new(|| {})).unwrap();
            let mut most = Most::default();
            while task.state() == TaskState::Running {
                self.look(&mut most, self.plan.budget + opened.read(Store::counts).index_bytes);
            }
            assert_eq!(task.state(), TaskState::Done(None));
            // As the window does.
            thread::spawn(move || give_back((opened, task))).join().unwrap();
            self.report(&name, most);
        }
    }

    /// Clears the capture.
    fn clear(&mut self) {
        self.capture.clear();
        // As the window does once it cannot be undone any more.
        self.capture.forget_cleared();
        let most = Most { bytes: memory(), promised: self.promised(0) };
        self.report("cleared", most);
        assert!(matches!(self.capture.disk(), Disk::Recording { .. }));
    }
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |known| known.len())
}

/// Bytes of memory that the process has now, without pages of files.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
