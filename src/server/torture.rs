//! Torture: the event loop and the folder with each fallible call made to fail in turn.
//!
//! One thread plays both sides: it lets the loop take a turn, then its clients do what they can. A
//! scenario is played once as it is; then, for each kind of call and each way for it to fail, once
//! for every such call that the scenario makes, until one more would not be reached. Each time:
//!
//! - nothing panics, every client gets an end, and only one of them may get another than usual;
//! - a client that gets something else finds the reason in the trace;
//! - the next client is served as if nothing had been;
//! - nothing is left behind: no connection, slot, pooled byte or descriptor;
//! - in the trace, what was opened is closed and what began is done or aborted.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeMap,
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use mio::{Events, Poll};

use crate::{
    faults::{
        Call,
        plan::{self, Fault, Plan},
    },
    service::{Folder, FolderSettings, Service, Site},
    trace::{self, CloseReason, Event, Stage, What},
};

use super::{
    Guards, MiddlewareSettings,
    clock::Clock,
    event_loop::{Command, EventLoop},
    handle::Shared,
    tracer::Tracer,
    turn::Turn,
};

/// Nothing here takes this long unless it is stuck: well below every timer of the guards.
const PATIENCE: Duration = Duration::from_secs(8);
/// The longest wait for a socket in one turn.
const TURN: Duration = Duration::from_millis(1);
/// More than one block of a file that is sent, so that it is read more than once.
const LARGE_BYTES: usize = 80 * 1024;
/// More than one read takes.
const BODY_BYTES: usize = 40 * 1024;

/// The other side of a connection.
struct Client {
    socket: Option<TcpStream>,
    unsent: Vec<u8>,
    /// It ends its side when all is sent.
    ends: bool,
    got: Vec<u8>,
}

impl Client {
    fn new(address: SocketAddr, bytes: Vec<u8>, ends: bool) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_nonblocking(true).unwrap();
        socket.set_nodelay(true).unwrap();
        Self { socket: Some(socket), unsent: bytes, ends, got: Vec::new() }
    }

    /// Sends and receives what it can. It closes when the server ended its side or reset.
    fn act(&mut self) {
        let Some(socket) = &mut self.socket else { return };
        while !self.unsent.is_empty() {
            match socket.write(&self.unsent) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // The server hung up; what it said before may still be there to read.
                Err(_) => self.unsent.clear(),
            }
        }
        if self.unsent.is_empty() && self.ends {
            let _ = socket.shutdown(Shutdown::Write);
            self.ends = false;
        }
        let mut block = [0; 16 * 1024];
        loop {
            match socket.read(&mut block) {
                Ok(0) => break,
                Ok(len) => self.got.extend_from_slice(&block[..len]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => break,
            }
        }
        self.socket = None;
    }

    /// What it got, without what changes with the time.
    fn got(self) -> String {
        let text: String = self.got.iter().copied().map(char::from).collect();
        text.split_inclusive('\n').filter(|line| !line.starts_with("Date: ")).collect()
    }
}

/// What each client of the scenario sends, and whether it then ends its side.
fn scripts() -> Vec<(Vec<u8>, bool)> {
    let request = |line: &str, fields: &str| format!("{line} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n");
    let body = "b".repeat(BODY_BYTES);
    let mut busy = String::new();
    busy += &request("GET /a.txt", "");
    busy += &request("HEAD /large.bin", "");
    busy += &request("GET /a.txt", "Range: bytes=3-9\r\n");
    busy += &(request("POST /echo", &format!("Content-Length: {BODY_BYTES}\r\n")) + &body);
    busy += &request("GET /dir", "");
    busy += &request("GET /dir/", "");
    busy += &request("GET /bare/", "Accept: application/json\r\n");
    busy += &request("GET /nope", "");
    busy += &request("GET /drip?bytes=21&chunks=3&ms=0", "");
    busy += &request("GET /large.bin", "Connection: close\r\n");
    let chunked = request("POST /echo", "Transfer-Encoding: chunked\r\nConnection: close\r\n")
        + "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n";
    let odd = "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n".to_owned() + &"more".repeat(100);
    vec![
        (busy.into(), false),
        (chunked.into(), false),
        (odd.into(), false),
        (request("GET /a.txt", "").into(), true),
        (b"GET /a.txt HTTP/1.1\r\nHo".to_vec(), true),
        (b"".to_vec(), true),
    ]
}

/// A server that only goes on when it is told to.
struct Bench {
    event_loop: EventLoop,
    commands: crossbeam_channel::Sender<Command>,
    events: Events,
    trace: trace::Receiver,
    address: SocketAddr,
}

impl Bench {
    fn new(folder: &Path) -> Self {
        let (sender, trace) = trace::channel(64 << 20);
        let site = Site::Folder(Folder::open(folder).unwrap());
        let mut service = Service::new(site, &MiddlewareSettings::default());
        service.set_folder(FolderSettings { listing: true, ..FolderSettings::default() });
        let turn = Turn::new(Clock::start(), service, Tracer::new(Some(sender)), Guards::default());
        let (commands, queue) = crossbeam_channel::unbounded();
        let event_loop = EventLoop::new(Poll::new().unwrap(), queue, Arc::new(Shared::default()), turn);
        let events = Events::with_capacity(64);
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { event_loop, commands, events, trace, address }
    }

    /// Whether it listens now.
    fn listen(&mut self) -> bool {
        let listener = TcpListener::bind((self.address.ip(), 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        self.address = listener.local_addr().unwrap();
        let (answer, adopted) = crossbeam_channel::bounded(1);
        self.commands.send(Command::Listen { listener, address: self.address, answer }).unwrap();
        self.turn();
        adopted.try_recv().unwrap().is_ok()
    }

    fn turn(&mut self) {
        assert!(self.event_loop.take_turn(&mut self.events, Some(TURN)), "the loop ended");
    }

    /// Goes on until all of them have their end, and tells what they got.
    fn serve(&mut self, mut clients: Vec<Client>) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        while clients.iter().any(|client| client.socket.is_some()) {
            self.turn();
            for client in &mut clients {
                client.act();
            }
            if Instant::now() > deadline {
                plan::follow(None);
                let stuck = clients.iter().position(|client| client.socket.is_some());
                panic!("client {stuck:?} is stuck");
            }
        }
        clients.into_iter().map(Client::got).collect()
    }

    /// Goes on until nothing is held any more.
    fn settle(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.event_loop.held() != (0, 0, 0) {
            assert!(Instant::now() < deadline, "left behind: {:?}", self.event_loop.held());
            self.turn();
        }
    }

    /// Everything that the trace says, after the end.
    fn finish(self) -> Vec<Event> {
        drop(self.event_loop);
        let mut events = Vec::new();
        while let Some(batch) = self.trace.recv() {
            events.extend(batch.events);
        }
        events
    }
}

/// What came of one play of the scenario.
struct Outcome {
    got: Vec<String>,
    next: String,
    tells: BTreeMap<String, usize>,
    hits: usize,
}

fn play(folder: &Path, plan: Option<Plan>) -> Outcome {
    let mut bench = Bench::new(folder);
    assert!(bench.listen());
    let scripts = scripts().into_iter();
    let clients = scripts.map(|(bytes, ends)| Client::new(bench.address, bytes, ends)).collect();
    plan::follow(plan);
    let got = bench.serve(clients);
    bench.settle();
    let hits = plan::hits();
    plan::follow(None);
    let request = b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let next = bench.serve(vec![Client::new(bench.address, request.to_vec(), false)]).remove(0);
    bench.settle();
    assert_eq!(descriptors(bench.address.port(), folder), Vec::<String>::new(), "left open");
    let events = bench.finish();
    let lost = plan.is_some_and(|plan| plan.call == Call::Send);
    check(&events, lost);
    Outcome { got, next, tells: tells(&events), hits }
}

/// What is opened is closed, what began is over. `lost`: parts of the trace are lost, as it says.
fn check(events: &[Event], lost: bool) {
    let (mut open, mut begun) = (BTreeMap::new(), BTreeMap::new());
    for event in events {
        match &event.what {
            What::Opened { .. } => *open.entry(event.conn).or_insert(0) += 1,
            What::Closed(_) => *open.entry(event.conn).or_insert(0) -= 1,
            What::Began { .. } => *begun.entry(event.exchange).or_insert(0) += 1,
            What::Stage(Stage::Done { .. } | Stage::Aborted) => {
                *begun.entry(event.exchange).or_insert(0) -= 1;
            }
            _ => {}
        }
    }
    assert!(open.values().all(|count| *count == 0), "opened and closed: {open:?}");
    assert!(lost || begun.values().all(|count| *count == 0), "begun and over: {begun:?}");
}

/// What the trace says about things that went wrong, and how often it says it.
fn tells(events: &[Event]) -> BTreeMap<String, usize> {
    let mut tells = BTreeMap::new();
    for event in events {
        let tell = match &event.what {
            What::Announced(_, text) => text.to_string(),
            What::Noted(note) => format!("{:?}", note.kind),
            What::Stage(Stage::ResponseHead { rule: Some(rule), .. }) => format!("{rule:?}"),
            What::Closed(reason @ (CloseReason::Failed | CloseReason::Reset | CloseReason::FileBroke)) => {
                format!("{reason:?}")
            }
            What::Omitted { .. } => "Omitted".to_owned(),
            // What was found there: `folder dir/, listed` where the index could not be seen.
            What::Routed(attempts) => match attempts.last() {
                Some(attempt) => attempt.found.to_string(),
                None => continue,
            },
            _ => continue,
        };
        *tells.entry(tell).or_insert(0) += 1;
    }
    tells
}

/// The sockets of the server at `port` and the files in `folder` that this process holds open.
#[cfg(target_os = "linux")]
fn descriptors(port: u16, folder: &Path) -> Vec<String> {
    const LISTENING: &str = "0A";
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let local = format!(":{port:04X}");
    let sockets: Vec<String> = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|columns| columns[1].ends_with(&local) && columns[3] != LISTENING)
        .map(|columns| format!("socket:[{}]", columns[9]))
        .collect();
    let held = std::fs::read_dir("/proc/self/fd").unwrap();
    // Other tests of this process open and close theirs meanwhile.
    let names = held.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    let ours = names.filter(|name| {
        name != folder && name.starts_with(folder)
            || sockets.iter().any(|socket| name.as_os_str() == &**socket)
    });
    ours.map(|name| name.display().to_string()).collect()
}

#[cfg(not(target_os = "linux"))]
fn descriptors(_: u16, _: &Path) -> Vec<String> {
    Vec::new()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("a.txt"), "abcdefghijklmnopqrstuvwxyz").unwrap();
    std::fs::write(path.join("large.bin"), vec![b'l'; LARGE_BYTES]).unwrap();
    std::fs::create_dir(path.join("dir")).unwrap();
    std::fs::write(path.join("dir/index.html"), "<p>dir").unwrap();
    std::fs::create_dir(path.join("bare")).unwrap();
    std::fs::write(path.join("bare/b.txt"), "b").unwrap();
    folder
}

/// What a fault may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Nothing: the call is made again, or its failure does not matter.
    None,
    /// Nothing for the clients, but the trace tells of it.
    Told,
    /// What one client gets; the trace tells why.
    OneClient,
}

/// Lets each call of this kind fail in turn.
fn torture(call: Call, fault: Fault, effect: Effect) {
    let folder = folder();
    let usual = play(folder.path(), None);
    let mut runs = 0;
    for at in 0.. {
        let plan = Plan { call, at, times: 1, fault };
        let outcome = play(folder.path(), Some(plan));
        if outcome.hits == 0 {
            break;
        }
        runs += 1;
        judge(plan, effect, &usual, &outcome);
    }
    assert!(runs > 0, "{call:?} is never called");
    println!("torture: {call:?} {fault:?}: {runs} calls, each failed in turn");
}

fn judge(plan: Plan, effect: Effect, usual: &Outcome, outcome: &Outcome) {
    assert_eq!(outcome.next, usual.next, "{plan:?}: the next client");
    let pairs = usual.got.iter().zip(&outcome.got);
    let hurt: Vec<_> =
        pairs.enumerate().filter_map(|(at, (usual, got))| difference(at, usual, got)).collect();
    let told =
        outcome.tells.iter().any(|(tell, count)| usual.tells.get(tell).is_none_or(|usual| count > usual));
    match effect {
        Effect::None => assert!(hurt.is_empty(), "{plan:?}: {hurt:?}"),
        Effect::Told => assert!(hurt.is_empty() && told, "{plan:?}: {hurt:?}, {:?}", outcome.tells),
        Effect::OneClient => {
            assert!(hurt.len() <= 1, "{plan:?}: {hurt:?}");
            assert!(hurt.is_empty() || told, "{plan:?}: silent about {hurt:?}");
        }
    }
}

/// Where what a client got leaves what it usually gets. `None`: nowhere.
fn difference(client: usize, usual: &str, got: &str) -> Option<String> {
    let (mut usual, mut got) = (usual.lines(), got.lines());
    let cut = |line: Option<&str>| line.map(|line| line.chars().take(60).collect::<String>());
    loop {
        match (usual.next(), got.next()) {
            (None, None) => return None,
            (one, other) if one == other => {}
            (one, other) => {
                return Some(format!("client {client} got {:?}, not {:?}", cut(other), cut(one)));
            }
        }
    }
}

/// Lets every call of this kind, from the first, fall short or fail `times` times.
fn torture_all(call: Call, fault: Fault, times: usize, effect: Effect) {
    let folder = folder();
    let usual = play(folder.path(), None);
    let plan = Plan { call, at: 0, times, fault };
    let outcome = play(folder.path(), Some(plan));
    assert!(outcome.hits > 1, "{call:?} is hit {} times", outcome.hits);
    judge(plan, effect, &usual, &outcome);
    println!("torture: {call:?} {fault:?}: {} calls in one run", outcome.hits);
}

const fn code(code: i32) -> Fault {
    Fault::Code(code)
}

#[test]
fn the_scenario_is_what_it_should_be() {
    let folder = folder();
    let usual = play(folder.path(), None);
    let statuses = |got: &str| got.matches("HTTP/1.1 ").count();
    assert_eq!(usual.got.iter().map(|got| statuses(got)).collect::<Vec<_>>(), [10, 1, 1, 1, 1, 0]);
    assert!(usual.got[0].ends_with(&"l".repeat(LARGE_BYTES)));
    assert!(usual.got[1].ends_with("hello world"));
    assert!(usual.got[2].starts_with("HTTP/1.1 400 "));
    assert!(usual.got[4].starts_with("HTTP/1.1 400 "));
    assert!(usual.next.ends_with("abcdefghijklmnopqrstuvwxyz"));
}

#[test]
fn waiting_fails() {
    torture(Call::Poll, code(libc::EINTR), Effect::None);
    torture(Call::Poll, code(libc::EBADF), Effect::Told);
    torture_all(Call::Poll, code(libc::EBADF), 15, Effect::Told);
}

#[test]
fn waiting_fails_for_good() {
    let folder = folder();
    let mut bench = Bench::new(folder.path());
    plan::follow(Some(Plan { call: Call::Poll, at: 0, times: usize::MAX, fault: code(libc::EBADF) }));
    let turns = (1..100).find(|_| !bench.event_loop.take_turn(&mut bench.events, Some(TURN)));
    plan::follow(None);
    assert_eq!(turns, Some(16));
}

#[test]
fn accepting_fails() {
    torture(Call::Accept, code(libc::EINTR), Effect::None);
    torture(Call::Accept, code(libc::ECONNABORTED), Effect::None);
    torture(Call::Accept, code(libc::EMFILE), Effect::Told);
    torture_all(Call::Accept, code(libc::ENFILE), 3, Effect::Told);
    torture(Call::Prepare, code(libc::EINVAL), Effect::None);
}

#[test]
fn watching_fails() {
    torture(Call::Register, code(libc::ENOSPC), Effect::OneClient);
}

#[test]
fn a_listener_that_cannot_be_let_go_makes_room_for_another() {
    let folder = folder();
    let mut bench = Bench::new(folder.path());
    assert!(bench.listen());
    plan::follow(Some(Plan { call: Call::Deregister, at: 0, times: 1, fault: code(libc::ENOENT) }));
    assert!(bench.listen() && plan::hits() == 1, "the first was to be let go");
    let request = b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let client = Client::new(bench.address, request.to_vec(), false);
    assert!(bench.serve(vec![client])[0].starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_listener_that_cannot_be_watched_is_announced_and_another_can_be() {
    let folder = folder();
    let mut bench = Bench::new(folder.path());
    plan::follow(Some(Plan { call: Call::Register, at: 0, times: 1, fault: code(libc::ENOMEM) }));
    assert!(!bench.listen());
    assert!(bench.listen());
    let request = b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let client = Client::new(bench.address, request.to_vec(), false);
    assert!(bench.serve(vec![client])[0].starts_with("HTTP/1.1 200 "));
    assert!(tells(&bench.finish()).keys().any(|tell| tell.starts_with("cannot listen at ")));
}

#[test]
fn receiving_fails() {
    torture(Call::Read, code(libc::EINTR), Effect::None);
    torture(Call::Read, code(libc::ECONNRESET), Effect::OneClient);
    torture(Call::Read, code(libc::EIO), Effect::OneClient);
    torture_all(Call::Read, Fault::Short(1), usize::MAX, Effect::None);
}

#[test]
fn sending_fails() {
    torture(Call::Write, code(libc::EINTR), Effect::None);
    torture(Call::Write, code(libc::EPIPE), Effect::OneClient);
    torture(Call::Write, code(libc::ENOBUFS), Effect::OneClient);
    torture_all(Call::Write, Fault::Short(1), usize::MAX, Effect::None);
    torture(Call::Shutdown, code(libc::ENOTCONN), Effect::OneClient);
}

#[test]
fn the_folder_fails() {
    for error in [libc::EIO, libc::EACCES, libc::ENOENT] {
        torture(Call::Stat, code(error), Effect::OneClient);
    }
    for error in [libc::EIO, libc::EMFILE, libc::ENOENT] {
        torture(Call::Open, code(error), Effect::OneClient);
    }
    torture(Call::List, code(libc::EIO), Effect::OneClient);
}

#[test]
fn a_file_fails_while_it_is_read() {
    torture(Call::FileRead, code(libc::EINTR), Effect::None);
    torture(Call::FileRead, code(libc::EIO), Effect::OneClient);
    torture(Call::FileRead, Fault::Short(0), Effect::OneClient);
    torture_all(Call::FileRead, Fault::Short(1), usize::MAX, Effect::None);
}

#[test]
fn the_trace_has_no_room() {
    torture(Call::Send, code(libc::EAGAIN), Effect::Told);
    torture_all(Call::Send, code(libc::EAGAIN), usize::MAX, Effect::Told);
}
