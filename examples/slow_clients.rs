//! Slow, silent and too many clients beside a normal one: what they cost it, and what they cost in
//! memory.
//!
//! `cargo run --release --no-default-features --example slow_clients [CONNECTIONS]`; 10,000 without an
//! argument; `ulimit -n` has to allow as many and some more. The server is a process of its own (this
//! program once more), so that its memory and descriptors are its own. Ends with another status than 0 if
//! something does not hold that has to.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should panic")]
#![cfg_attr(not(unix), allow(unused, reason = "it reads /proc and sets limits of the shell"))]

use std::{
    net::SocketAddr,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use byteglass::{
    capture::Capture,
    server::{Guards, Handle, Settings, SiteChoice},
    testing::{Client, PATIENCE, ScratchFolder, process::Process},
    trace::{self, Guard},
};

/// Requests of the normal client to each server in one round.
const REQUESTS: usize = 40_000;
/// Requests to one server before the other has its turn.
const IN_A_ROW: usize = 50;
/// And before anything is measured.
const WARM_UP: usize = 2000;
/// How often the same is measured.
const ROUNDS: usize = 5;
/// How often a dripping client sends a byte.
const DRIP: Duration = Duration::from_secs(2);

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("serve") => serve(
            &arguments.next().unwrap(),
            Path::new(&arguments.next().unwrap()),
            arguments.next().is_some(),
        ),
        count => run(count.map_or(10_000, |count| count.parse().unwrap())),
    }
}

/// The server's process: serves until it is ended.
fn serve(guards: &str, folder: &Path, capture: bool) {
    let (sender, events) = trace::channel(32 << 20);
    let settings = Settings {
        port: 0,
        site: SiteChoice::Folder(folder.to_owned()),
        guards: serde_json::from_str(guards).unwrap(),
        ..Settings::default()
    };
    let server = Handle::start(settings, capture.then_some(sender)).unwrap();
    let _capture = capture.then(|| Capture::record(events, 256 << 20, Arc::new(|| {})).unwrap());
    println!("{}", server.address().unwrap());
    loop {
        thread::park();
    }
}

struct Server {
    process: Process,
    address: SocketAddr,
    _folder: ScratchFolder,
}

impl Server {
    /// `descriptors`: how many it may have open. `None`: as many as this process.
    fn start(guards: &Guards, capture: bool, descriptors: Option<u32>) -> Self {
        let folder = ScratchFolder::new();
        std::fs::write(folder.path().join("a.txt"), "a".repeat(1024)).unwrap();
        std::fs::write(folder.path().join("large.bin"), vec![b'l'; 64 << 20]).unwrap();
        let limit = descriptors.map_or_else(String::new, |limit| format!("ulimit -n {limit}; "));
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("{limit}exec \"$0\" \"$@\"")])
            .arg(std::env::current_exe().unwrap())
            .arg("serve")
            .arg(serde_json::to_string(guards).unwrap())
            .arg(folder.path())
            .args(capture.then_some("capture"));
        let process = Process::start(&mut command, folder.path());
        let address = process.line(PATIENCE).parse().unwrap();
        Self { process, address, _folder: folder }
    }

    fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.process.id())).unwrap().count()
    }

    /// Waits until the server has as many descriptors open as `enough` says.
    fn wait_for(&self, what: &str, enough: impl Fn(usize) -> bool) {
        let begun = Instant::now();
        while !enough(self.descriptors()) {
            assert!(begun.elapsed() < PATIENCE, "{what}: {} descriptors", self.descriptors());
            thread::yield_now();
        }
    }
}

/// One request and its whole answer.
fn request(client: &mut Client) -> Duration {
    let begun = Instant::now();
    let response = client.get("/a.txt");
    let took = begun.elapsed();
    assert!(response.status == 200 && response.body.len() == 1024, "{}", response.head);
    took
}

fn run(count: usize) {
    for capture in [false, true] {
        many(count, capture);
    }
    for capture in [false, true] {
        endless(capture);
    }
    flood();
    used_up();
}

/// Half of them silent, half dripping a head, and a normal client beside them. It asks this server and
/// one without other clients by turns, so that whatever else runs on the machine falls on both.
fn many(count: usize, capture: bool) {
    let long = 600_000;
    let guards = Guards::default()
        .with(Guard::Connections, count as u64 + 100)
        .with(Guard::HeadTimeout, long)
        .with(Guard::IdleTimeout, long);
    let view = if capture { "capture on" } else { "server alone" };
    println!("== {count} slow connections, {view}");
    let (server, quiet) = (Server::start(&guards, capture, None), Server::start(&guards, capture, None));
    let mut normal = [quiet.connect(), server.connect()];
    for _ in 0..WARM_UP {
        for client in &mut normal {
            request(client);
        }
    }
    let (memory, descriptors) = (server.process.resident_bytes(), server.descriptors());
    let per = |held: u64, clients: usize| held.saturating_sub(memory) / clients as u64;
    let silent: Vec<_> = (0..count / 2).map(|_| server.connect()).collect();
    server.wait_for("silent clients", |open| open >= descriptors + silent.len());
    let idle_bytes = per(server.process.resident_bytes(), silent.len());
    let mut dripping: Vec<_> = (silent.len()..count).map(|_| server.connect()).collect();
    server.wait_for("dripping clients", |open| open >= descriptors + count);
    for client in &mut dripping {
        client.send("GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    }
    // The answer to this comes after what arrived before it.
    request(&mut normal[1]);
    let slow_bytes = per(server.process.resident_bytes(), count);
    println!("   memory   {idle_bytes} bytes a silent connection, {slow_bytes} bytes a connection in all");
    assert!(idle_bytes <= 8192 && slow_bytes <= 8192, "more than 8 KiB a connection");
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let dripper = thread::spawn(move || (drip(&mut dripping, &stopped), dripping));
    let mut ratios: Vec<_> = (0..ROUNDS).map(|_| by_turns(&mut normal)).collect();
    ratios.sort_by(f64::total_cmp);
    stop.store(true, Ordering::Relaxed);
    let (sent, _dripping) = dripper.join().unwrap();
    assert_eq!(server.descriptors(), descriptors + count, "none of them was closed");
    println!(
        "   99th percentile, loaded to quiet: {:.2} in the median of {ROUNDS} rounds; {sent} bytes dripped meanwhile",
        ratios[ROUNDS / 2]
    );
}

/// Asks the first server and the second by turns, and tells how much longer the 99th percentile of the
/// second is.
fn by_turns(clients: &mut [Client; 2]) -> f64 {
    let mut times = [Vec::new(), Vec::new()];
    while times[0].len() < REQUESTS {
        for (client, times) in clients.iter_mut().zip(&mut times) {
            times.extend((0..IN_A_ROW).map(|_| request(client)));
        }
    }
    for times in &mut times {
        times.sort();
    }
    let at = |which: usize, part: usize| {
        let times = &times[which];
        times[times.len() * part / 1000].as_secs_f64() * 1e6
    };
    let ratio = at(1, 990) / at(0, 990);
    println!(
        "   median   quiet {:6.1} us   loaded {:6.1} us      99th   quiet {:6.1} us   loaded {:6.1} us   ratio {ratio:.2}",
        at(0, 500),
        at(1, 500),
        at(0, 990),
        at(1, 990)
    );
    ratio
}

/// Sends a byte to the server from each client in turn, evenly over [`DRIP`], until `stop` is set. Returns how
/// many.
fn drip(clients: &mut [Client], stop: &AtomicBool) -> usize {
    let mut dripped = 0;
    let begun = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        let due = begun.elapsed().as_micros() * clients.len() as u128 / DRIP.as_micros();
        while (dripped as u128) < due {
            clients[dripped % clients.len()].send("x");
            dripped += 1;
        }
        thread::park_timeout(Duration::from_millis(1));
    }
    dripped
}

/// Heads that never end, bodies that never come, clients that never read: the timers close them.
fn endless(capture: bool) {
    const EACH: usize = 300;
    let short = 1500;
    let guards = Guards::default()
        .with(Guard::HeadTimeout, short)
        .with(Guard::BodyTimeout, short)
        .with(Guard::WriteTimeout, short);
    let server = Server::start(&guards, capture, None);
    let mut normal = server.connect();
    request(&mut normal);
    let (memory, descriptors) = (server.process.resident_bytes(), server.descriptors());
    let begun = Instant::now();
    let requests = [
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nabc",
        "GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ];
    let mut clients = Vec::new();
    for request in requests {
        for _ in 0..EACH {
            let mut client = server.connect();
            client.send(request);
            clients.push(client);
        }
    }
    server.wait_for("endless clients", |open| open >= descriptors + 2 * EACH);
    let (mut times, mut most) = (Vec::new(), 0);
    while server.descriptors() > descriptors {
        times.push((request(&mut normal), begun.elapsed()));
        most = most.max(server.process.resident_bytes());
        assert!(begun.elapsed() < PATIENCE, "{} descriptors", server.descriptors());
    }
    times.sort();
    let view = if capture { "capture on" } else { "server alone" };
    println!(
        "== {} clients whose heads never end, whose bodies never come, who never read, {view}",
        3 * EACH
    );
    println!("   all closed after {:.1} s, timers of {} ms", begun.elapsed().as_secs_f64(), short);
    let each = most.saturating_sub(memory) / (3 * EACH) as u64;
    println!(
        "   {each} bytes a client at most{}",
        if capture { ", with what is captured of them" } else { "" }
    );
    println!(
        "   a normal client meanwhile: median {:.1} us, 99th percentile {:.1} ms, slowest {:.1} ms after {:.1} s",
        times[times.len() / 2].0.as_secs_f64() * 1e6,
        times[times.len() * 99 / 100].0.as_secs_f64() * 1e3,
        times[times.len() - 1].0.as_secs_f64() * 1e3,
        times[times.len() - 1].1.as_secs_f64()
    );
    // A third of them make the server fill a buffer for them, of 128 KiB at most.
    assert!(capture || each <= 128 * 1024, "the output is not bounded");
}

/// More connections than the limit: some are told, the rest are closed, those that were there stay.
fn flood() {
    const LIMIT: usize = 100;
    const FLOOD: usize = 2000;
    let guards = Guards::default().with(Guard::Connections, LIMIT as u64);
    let server = Server::start(&guards, true, None);
    let mut there: Vec<_> = (0..LIMIT).map(|_| server.connect()).collect();
    for client in &mut there {
        request(client);
    }
    let begun = Instant::now();
    let (mut told, mut closed) = (0, 0);
    let flood: Vec<_> = (0..FLOOD).map(|_| server.connect()).collect();
    for mut client in flood {
        // One that is closed at once may be reset.
        client.receive(PATIENCE);
        if client.received.starts_with(b"HTTP/1.1 503 ") { told += 1 } else { closed += 1 }
    }
    println!("== {FLOOD} connections beyond a limit of {LIMIT}");
    println!(
        "   {told} were told so with a 503, {closed} closed at once, in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    for client in &mut there {
        request(client);
    }
    println!("   the {LIMIT} that were there are served on");
    let descriptors = server.descriptors();
    drop(there);
    server.wait_for("room", |open| open <= descriptors - LIMIT / 2);
    request(&mut server.connect());
    println!("   and so is a new one after they left");
    assert!(told > 0 && told + closed == FLOOD);
}

/// The server has no descriptors left: accepting pauses and comes back.
fn used_up() {
    const DESCRIPTORS: u32 = 128;
    const CLIENTS: usize = 200;
    let server = Server::start(&Guards::default(), true, Some(DESCRIPTORS));
    let mut first = server.connect();
    request(&mut first);
    let others: Vec<_> = (0..CLIENTS).map(|_| server.connect()).collect();
    server.wait_for("descriptors", |open| open >= DESCRIPTORS as usize - 1);
    // Looking up a file takes one too, and there is none.
    assert_eq!(first.get("/health").status, 200);
    println!("== {CLIENTS} connections, {DESCRIPTORS} descriptors");
    println!("   with all of them used up, a connection that is there is served on");
    let begun = Instant::now();
    drop(others);
    request(&mut server.connect());
    println!("   a new one is served {:.0} ms after the others left", begun.elapsed().as_secs_f64() * 1e3);
}
