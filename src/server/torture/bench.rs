//! Both sides of a torture run, on one thread: a server that runs one turn at a time, and its clients.

use std::{
    mem,
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use mio::{Events, Poll, Waker};

use crate::{
    base::faults::plan,
    http::{Leniencies, Method, replay},
    lines::Scanner,
    server::{
        Guards, Settings,
        clock::Clock,
        control::{Command, Shared},
        event_loop::{EventLoop, Held, Resolver, WAKER},
        settings::{Revision, Setting},
        tracer::Tracer,
        turn::Turn,
    },
    service::{Folder, Service, Site},
    testing::{self, Arrival},
    trace::{self, Event, Guard, ProtocolKind},
    wire,
};

use super::scenario::{Scenario, Script};

/// A run that takes longer than this is stuck.
const PATIENCE: Duration = Duration::from_mins(1);
/// Maximum wait for a socket in one turn.
pub(super) const TURN: Duration = Duration::from_millis(1);
/// Number of hexadecimal digits of a multipart boundary, which differ between runs.
const BOUNDARY_DIGITS: usize = 32;

/// The client's side of a connection.
pub(super) struct Client {
    /// `None`: the server finished sending, or reset, and this side has closed.
    open: Option<testing::Client>,
    unsent: Vec<u8>,
    methods: Vec<Method>,
    protocol: ProtocolKind,
    /// Whether the client closes its side when everything is sent.
    ends: bool,
    got: Vec<u8>,
    was_reset: bool,
}

/// The bytes that a client received, and the end of its connection.
pub(super) struct Received {
    /// The received bytes, one character per byte, without the parts that change between runs.
    pub(super) text: String,
    /// Whether the server reset the connection instead of closing it.
    pub(super) was_reset: bool,
}

impl Client {
    pub(super) fn new(address: SocketAddr, script: &Script) -> Self {
        Self {
            open: Some(testing::Client::connect(address)),
            unsent: script.bytes.clone(),
            methods: script.methods(),
            protocol: script.protocol,
            ends: script.ends,
            got: Vec::new(),
            was_reset: false,
        }
    }

    /// Sends and receives as much as possible. Closes once the server has closed its side or reset the
    /// connection.
    fn act(&mut self) {
        let Some(client) = &mut self.open else { return };
        while !self.unsent.is_empty() {
            match client.send_some(&self.unsent) {
                0 => break,
                sent => drop(self.unsent.drain(..sent)),
            }
        }
        if self.unsent.is_empty() && mem::take(&mut self.ends) {
            client.end();
        }
        loop {
            match client.receive(Duration::ZERO) {
                Arrival::Bytes => {}
                Arrival::Nothing => return,
                over => {
                    self.was_reset = over != Arrival::End;
                    break;
                }
            }
        }
        self.got = mem::take(&mut client.received);
        self.open = None;
    }

    /// Returns what the client received, which must conform to its protocol as far as it goes, whatever
    /// failed.
    fn got(self) -> Received {
        let violated = match self.protocol {
            ProtocolKind::Http => {
                replay::responses(&self.got, 0, &self.methods, !self.was_reset, Leniencies::NONE)
                    .violation
                    .is_some()
            }
            ProtocolKind::Lines => {
                wire::replay::run(&mut Scanner::replies(0), &self.got, false, |_, _| {}).violation.is_some()
            }
        };
        assert!(!violated, "{}", String::from_utf8_lossy(&self.got));
        let text: String = self.got.iter().copied().map(char::from).collect();
        let lines = text.split_inclusive('\n').filter(|line| !line.starts_with("Date: "));
        Received { text: lines.map(without_boundary).collect(), was_reset: self.was_reset }
    }
}

pub(super) fn without_boundary(line: &str) -> String {
    let Some((before, after)) = line.split_once("byteglass-") else { return line.to_owned() };
    match after.split_at_checked(BOUNDARY_DIGITS) {
        Some((digits, rest)) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            format!("{before}BOUNDARY{rest}")
        }
        _ => line.to_owned(),
    }
}

/// A server that runs one turn at a time.
pub(super) struct Bench {
    pub(super) event_loop: EventLoop,
    commands: crossbeam_channel::Sender<Command>,
    pub(super) events: Events,
    trace: trace::Receiver,
    pub(super) address: SocketAddr,
    /// Address of the listener for lines.
    pub(super) lines: SocketAddr,
}

impl Bench {
    pub(super) fn new(folder: &Path, scenario: &Scenario) -> Self {
        let (sender, trace) = trace::channel(64 << 20);
        let site = Site::Folder(Folder::open(folder).unwrap());
        let mut service = Service::new(site, &scenario.middleware);
        service.set_folder(scenario.folder);
        let turn = Turn::new(Clock::start(), service, Tracer::new(Some(sender)), patient());
        let (commands, queue) = crossbeam_channel::unbounded();
        let poll = Poll::new().unwrap();
        let resolver = Resolver::new(commands.clone(), Arc::new(Waker::new(poll.registry(), WAKER).unwrap()));
        let shared = Arc::new(Shared::new(Settings::default()));
        let mut event_loop = EventLoop::new(poll, queue, resolver, shared, turn);
        event_loop.watch_folder();
        let events = Events::with_capacity(64);
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { event_loop, commands, events, trace, address, lines: address }
    }

    /// Has the server listen. Returns whether it does.
    pub(super) fn listen(&mut self) -> bool {
        let listener = TcpListener::bind((self.address.ip(), 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        self.address = listener.local_addr().unwrap();
        let adopted = self.event_loop.adopt(ProtocolKind::Http, vec![listener]);
        let listener = TcpListener::bind((self.lines.ip(), 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        self.lines = listener.local_addr().unwrap();
        let lines = self.event_loop.adopt(ProtocolKind::Lines, vec![listener]);
        self.turn();
        adopted.is_ok() && lines.is_ok()
    }

    /// Changes the guards.
    pub(super) fn guard(&self, guards: Guards) {
        self.commands.send(Command::Set(Setting::Guards(guards), Revision::default())).unwrap();
    }

    pub(super) fn turn(&mut self) {
        assert!(self.event_loop.take_turn(&mut self.events, Some(TURN)), "the loop ended");
        self.event_loop.work_off();
    }

    /// Runs each script with a client of its own until all connections have ended. Returns what the clients
    /// received.
    pub(super) fn serve(&mut self, scripts: &[Script]) -> Vec<Received> {
        let deadline = Instant::now() + PATIENCE;
        let mut clients: Vec<_> =
            scripts.iter().map(|script| Client::new(self.address_of(script.protocol), script)).collect();
        while clients.iter().any(|client| client.open.is_some()) {
            self.turn();
            for client in &mut clients {
                client.act();
            }
            if Instant::now() > deadline {
                plan::follow(None);
                let stuck = clients.iter().position(|client| client.open.is_some());
                panic!("client {stuck:?} is stuck");
            }
        }
        clients.into_iter().map(Client::got).collect()
    }

    fn address_of(&self, protocol: ProtocolKind) -> SocketAddr {
        match protocol {
            ProtocolKind::Http => self.address,
            ProtocolKind::Lines => self.lines,
        }
    }

    /// Runs turns until the server holds no resources any more.
    pub(super) fn settle(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.event_loop.held() != Held::default() {
            assert!(Instant::now() < deadline, "left behind: {:?}", self.event_loop.held());
            self.turn();
        }
    }

    /// Stops the server, and returns all events of the trace.
    pub(super) fn finish(self) -> Vec<Event> {
        drop(self.event_loop);
        let mut events = Vec::new();
        while let Some(batch) = self.trace.recv() {
            events.extend(batch.events);
        }
        events
    }
}

/// Guards with timers so long that they do not hide a stuck connection.
fn patient() -> Guards {
    let never = 600_000;
    Guards::default()
        .with(Guard::HeadTimeout, never)
        .with(Guard::BodyTimeout, never)
        .with(Guard::IdleTimeout, never)
        .with(Guard::FrameTimeout, never)
        .with(Guard::WriteTimeout, never)
}

/// The open sockets of the server at `port` and open files in `folder` of this process.
#[cfg(target_os = "linux")]
pub(super) fn descriptors(port: u16, folder: &Path) -> Vec<String> {
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
    // Other tests of this process open and close descriptors at the same time.
    let names = held.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    let ours = names.filter(|name| {
        name != folder && name.starts_with(folder)
            || sockets.iter().any(|socket| name.as_os_str() == &**socket)
    });
    ours.map(|name| name.display().to_string()).collect()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn descriptors(_: u16, _: &Path) -> Vec<String> {
    Vec::new()
}
