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
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
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
/// Nothing takes this long unless it is broken.
const PATIENCE: Duration = Duration::from_secs(30);
const GET: &[u8] = b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n";

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

/// The server's process: serves until its standard input ends.
fn serve(guards: &str, folder: &Path, capture: bool) {
    let (sender, events) = trace::channel(32 << 20);
    let settings = Settings {
        port: 0,
        site: SiteChoice::Folder(folder.to_owned()),
        guards: serde_json::from_str(guards).unwrap(),
        ..Settings::default()
    };
    let server = Handle::start(settings, capture.then_some(sender)).unwrap();
    let _capture = capture.then(|| Capture::record(events, 256_000_000, Arc::new(|| {})).unwrap());
    println!("{}", server.address().unwrap());
    let _ = std::io::stdin().read(&mut [0]);
}

struct Server {
    child: Child,
    address: SocketAddr,
    _stdin: ChildStdin,
    _folder: tempfile::TempDir,
}

impl Server {
    /// `descriptors`: how many it may have open. `None`: as many as this process.
    fn start(guards: &Guards, capture: bool, descriptors: Option<u32>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.txt"), "a".repeat(1024)).unwrap();
        std::fs::write(folder.path().join("large.bin"), vec![b'l'; 64 << 20]).unwrap();
        let limit = descriptors.map_or_else(String::new, |limit| format!("ulimit -n {limit}; "));
        let mut child = Command::new("sh")
            .args(["-c", &format!("{limit}exec \"$0\" \"$@\"")])
            .arg(std::env::current_exe().unwrap())
            .arg("serve")
            .arg(serde_json::to_string(guards).unwrap())
            .arg(folder.path())
            .args(capture.then_some("capture"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let stdin = child.stdin.take().unwrap();
        Self { child, address: line.trim().parse().unwrap(), _stdin: stdin, _folder: folder }
    }

    fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_nodelay(true).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket
    }

    /// Resident memory, in bytes.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
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

impl Drop for Server {
    fn drop(&mut self) {
        // Its input ends when this is dropped; it is not waited for in good faith only.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request and its whole answer.
fn request(socket: &mut TcpStream) -> Duration {
    let begun = Instant::now();
    socket.write_all(GET).unwrap();
    let mut answer = Vec::new();
    let mut block = [0; 4096];
    while !answer.ends_with(b"aaaa") || answer.len() < 1024 {
        let got = socket.read(&mut block).unwrap();
        assert!(got > 0, "closed after {:?}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&block[..got]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer[..60]));
    begun.elapsed()
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
        for socket in &mut normal {
            request(socket);
        }
    }
    let (memory, descriptors) = (server.memory(), server.descriptors());
    let per = |held: u64, clients: usize| held.saturating_sub(memory) / clients as u64;
    let silent: Vec<_> = (0..count / 2).map(|_| server.connect()).collect();
    server.wait_for("silent clients", |open| open >= descriptors + silent.len());
    let idle_bytes = per(server.memory(), silent.len());
    let dripping: Vec<_> = (silent.len()..count).map(|_| server.connect()).collect();
    server.wait_for("dripping clients", |open| open >= descriptors + count);
    for mut socket in &dripping {
        socket.write_all(b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").unwrap();
    }
    // The answer to this comes after what arrived before it.
    request(&mut normal[1]);
    let slow_bytes = per(server.memory(), count);
    println!("   memory   {idle_bytes} bytes a silent connection, {slow_bytes} bytes a connection in all");
    assert!(idle_bytes <= 8192 && slow_bytes <= 8192, "more than 8 KiB a connection");
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let dripper = thread::spawn(move || (drip(&dripping, &stopped), dripping));
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
fn by_turns(sockets: &mut [TcpStream; 2]) -> f64 {
    let mut times = [Vec::new(), Vec::new()];
    while times[0].len() < REQUESTS {
        for (socket, times) in sockets.iter_mut().zip(&mut times) {
            times.extend((0..IN_A_ROW).map(|_| request(socket)));
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

/// A byte to each socket in turn, evenly over [`DRIP`], until it is told to stop. Returns how many.
fn drip(sockets: &[TcpStream], stop: &AtomicBool) -> usize {
    let mut dripped = 0;
    let begun = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        let due = begun.elapsed().as_micros() * sockets.len() as u128 / DRIP.as_micros();
        while (dripped as u128) < due {
            let mut socket = &sockets[dripped % sockets.len()];
            socket.write_all(b"x").unwrap();
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
    let (memory, descriptors) = (server.memory(), server.descriptors());
    let begun = Instant::now();
    let requests: [&[u8]; 3] = [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
        b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nabc",
        b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ];
    let mut sockets = Vec::new();
    for request in requests {
        for _ in 0..EACH {
            let mut socket = server.connect();
            socket.write_all(request).unwrap();
            sockets.push(socket);
        }
    }
    server.wait_for("endless clients", |open| open >= descriptors + 2 * EACH);
    let (mut times, mut most) = (Vec::new(), 0);
    while server.descriptors() > descriptors {
        times.push((request(&mut normal), begun.elapsed()));
        most = most.max(server.memory());
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
    for socket in &mut there {
        request(socket);
    }
    let begun = Instant::now();
    let (mut told, mut closed) = (0, 0);
    let flood: Vec<_> = (0..FLOOD).map(|_| server.connect()).collect();
    for mut socket in flood {
        let mut answer = Vec::new();
        // One that is closed at once may be reset.
        let _ = socket.read_to_end(&mut answer);
        if answer.starts_with(b"HTTP/1.1 503 ") { told += 1 } else { closed += 1 }
    }
    println!("== {FLOOD} connections beyond a limit of {LIMIT}");
    println!(
        "   {told} were told so with a 503, {closed} closed at once, in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    for socket in &mut there {
        request(socket);
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
    first.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut block = [0; 4096];
    let got = first.read(&mut block).unwrap();
    assert!(block[..got].starts_with(b"HTTP/1.1 200 "));
    println!("== {CLIENTS} connections, {DESCRIPTORS} descriptors");
    println!("   with all of them used up, a connection that is there is served on");
    let begun = Instant::now();
    drop(others);
    request(&mut server.connect());
    println!("   a new one is served {:.0} ms after the others left", begun.elapsed().as_secs_f64() * 1e3);
}
