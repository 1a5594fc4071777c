//! What an event costs the server's thread.

use std::{
    collections::HashSet,
    fs,
    io::{Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use byteglass::{
    server::{Handle, Settings},
    trace,
};

const REQUEST: &[u8] = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// Requests that are sent at once.
const PIPELINED: usize = 32;
/// Writes of a turn.
const WRITES: usize = 500;
/// Turns of each server, without the first one.
const TURNS: usize = 21;

/// A server, the directory of its thread, and a client.
struct Server {
    thread: String,
    client: TcpStream,
    /// Bytes of a response.
    response: usize,
    _handle: Handle,
}

impl Server {
    fn start(trace: Option<trace::Sender>) -> Self {
        let before = servers();
        let handle = Handle::start(Settings { port: 0, ..Settings::default() }, trace).unwrap();
        let mut client = TcpStream::connect(handle.address().unwrap()).unwrap();
        client.write_all(REQUEST).unwrap();
        let mut response = vec![0; 4096];
        let mut read = 0;
        let response = loop {
            read += client.read(&mut response[read..]).unwrap();
            let text = String::from_utf8_lossy(&response[..read]);
            if let Some((head, _)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
                break head.len() + 4 + length.parse::<usize>().unwrap();
            }
        };
        client.read_exact(&mut vec![0; response - read]).unwrap();
        // It has its name by now.
        let thread = servers().difference(&before).next().unwrap().clone();
        Self { thread, client, response, _handle: handle }
    }

    /// CPU time of its thread for each exchange, in nanoseconds.
    fn turn(&mut self) -> f64 {
        let requests = REQUEST.repeat(PIPELINED);
        let mut responses = vec![0; self.response * PIPELINED];
        let before = cpu_nanos(&self.thread);
        for _ in 0..WRITES {
            self.client.write_all(&requests).unwrap();
            self.client.read_exact(&mut responses).unwrap();
        }
        (cpu_nanos(&self.thread) - before) / (PIPELINED * WRITES) as f64
    }
}

/// Prints what an event costs the server's thread.
pub(crate) fn run() {
    let (sender, receiver) = trace::channel(1 << 30);
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        while let Some(batch) = receiver.recv() {
            counted.fetch_add(batch.events.len() as u64, Ordering::Relaxed);
            receiver.give_back(batch.events);
        }
    });
    let mut servers = [Server::start(None), Server::start(Some(sender))];
    let mut times = [Vec::new(), Vec::new()];
    for turn in 0..=TURNS {
        for (server, times) in servers.iter_mut().zip(&mut times) {
            let time = server.turn();
            if turn > 0 {
                times.push(time);
            }
        }
    }
    let [without, with] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[TURNS / 2]
    });
    let exchanges = (PIPELINED * WRITES * (TURNS + 1)) as f64;
    let events = count.load(Ordering::Relaxed) as f64 / exchanges;
    println!(
        "making: {without:.0} ns an exchange without a channel, {with:.0} ns with its {events:.1} events (medians of \
         {TURNS}): {:.0} ns an event (at most 100)",
        (with - without) / events
    );
}

/// The directories of the threads that serve.
fn servers() -> HashSet<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let paths = tasks.map(|task| task.unwrap().path().to_string_lossy().into_owned());
    paths
        .filter(|path| fs::read_to_string(format!("{path}/comm")).is_ok_and(|name| name == "server\n"))
        .collect()
}

/// CPU time of a thread so far.
fn cpu_nanos(thread: &str) -> f64 {
    let stat = fs::read_to_string(format!("{thread}/schedstat")).unwrap();
    stat.split_whitespace().next().unwrap().parse().unwrap()
}
