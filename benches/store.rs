//! A million exchanges (or as many as the first argument says) through recorder, store and session file,
//! with a small budget of memory. Prints the rate of each tenth, what memory and disk take, and what the
//! session costs the recorder beside the store. Ends with 1 if a bound does not hold.
//!
//! `cargo bench --no-default-features --bench store`
#![allow(clippy::unwrap_used, reason = "a bench ends by panicking")]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

use std::{
    process::ExitCode,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use byteglass::{
    base::stream::ExchangeId,
    capture::{Capture, Disk, Look},
    session::Recording,
    store::Store,
    testing::traffic::Traffic,
    trace::{self, Batch},
};

const CONNECTIONS: u64 = 64;
const BODY_BYTES: usize = 1024;
const MEMORY_BUDGET: u64 = 64_000_000;
const DISK_BUDGET: u64 = 4_000_000_000;
const MIB: u64 = 1024 * 1024;
/// What memory may take besides its budget and the index.
const SLACK: u64 = 64 * MIB;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let wanted = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let steady = million(wanted);
    costs((wanted / 10).max(20_000));
    if steady { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Feeds the recorder as fast as it goes. Whether the bounds hold.
fn million(wanted: u64) -> bool {
    let root = tempfile::tempdir().unwrap();
    let recording = Recording::begin(Some(root.path()), DISK_BUDGET, None).unwrap();
    let (mut sender, receiver) = trace::channel(16 * MIB);
    let (woken, wakes) = mpsc::sync_channel(1);
    // One is enough.
    let wake = Arc::new(move || _ = woken.try_send(()));
    let before = resident();
    let capture = Capture::record_to(recording, receiver, MEMORY_BUDGET, wake).unwrap();
    let mut traffic = Traffic::new(CONNECTIONS, BODY_BYTES);
    sender.send(traffic.open());
    heading(wanted);
    let (mut rates, mut most) = (Vec::new(), 0);
    // As long as memory has room, nothing has to leave it: that is quicker, and is over soon.
    while capture.read(Store::counts).on_disk == 0 {
        sender.send(traffic.turn());
        drain(&capture, traffic.newest(), &wakes);
    }
    let filled = traffic.exchanges();
    println!("{filled:>12}   memory is full; the next tenth still comes easier, on memory that is fresh");
    for tenth in 1..=11 {
        let end = filled + wanted * tenth / 10;
        let mut busy = Duration::ZERO;
        let (cpu, first) = (recorder_nanos(), traffic.exchanges());
        // What each slice of some thousand exchanges took.
        let mut slices = Vec::new();
        while traffic.exchanges() < end {
            let (cpu, first) = (recorder_nanos(), traffic.exchanges());
            busy += take_in(&capture, &mut traffic, &mut sender, &wakes);
            slices.push((recorder_nanos() - cpu) as f64 / (traffic.exchanges() - first) as f64);
        }
        let counts = capture.read(Store::counts);
        let done = (traffic.exchanges() - first) as f64;
        let rate = done / busy.as_secs_f64();
        let each = (recorder_nanos() - cpu) as f64 / done;
        // A quarter of the slices had it easier: other programs, which take the same caches, come and go.
        slices.sort_by(f64::total_cmp);
        let easy = slices[slices.len() / 4];
        let resident = resident();
        most = most.max(resident - before);
        println!(
            "{:>12} {rate:>12.0} {each:>12.0} {easy:>12.0} {:>12} {:>12.1} {:>12.1}",
            counts.exchanges,
            resident / MIB,
            counts.index_bytes as f64 / counts.on_disk.max(1) as f64,
            disk_bytes(&capture) as f64 / 1e6,
        );
        rates.push(1.0 / easy);
    }
    let counts = capture.read(Store::counts);
    let (ratio, fresh) = (rates[10] / rates[1], rates[10] / rates[0]);
    let bound = MEMORY_BUDGET + SLACK + counts.index_bytes;
    println!(
        "exchanges per second of the recorder's own CPU time (quartiles), last tenth / first tenth: {ratio:.2} (at least 0.95), last / fresh: {fresh:.2}"
    );
    println!("memory: {} MiB of at most {} MiB", most / MIB, bound / MIB);
    println!(
        "omitted: {} bytes, {} events; evicted: {}",
        counts.omitted_bytes, counts.omitted_events, counts.evicted
    );
    read_back(&capture, counts.exchanges, &wakes);
    drop(sender);
    capture.finish();
    ratio >= 0.95
        && most <= bound
        && counts.omitted_events == 0
        && counts.kept + counts.evicted == counts.exchanges
}

fn heading(wanted: u64) {
    println!("{wanted} exchanges, {CONNECTIONS} connections, bodies of {BODY_BYTES} bytes");
    println!(
        "{:>12} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12}",
        "exchanges", "a second", "CPU ns/ex", "quartile", "RSS MiB", "index B/ex", "on disk MB"
    );
}

/// Sends some thousand exchanges and waits until they are taken in. Returns how long that took.
fn take_in(
    capture: &Capture,
    traffic: &mut Traffic,
    sender: &mut trace::Sender,
    wakes: &mpsc::Receiver<()>,
) -> Duration {
    // Making the events is not what is measured.
    let made: Vec<_> = (0..64).map(|_| traffic.turn()).collect();
    let start = Instant::now();
    for batch in made {
        while sender.crowded() {
            wakes.recv().unwrap();
        }
        sender.send(batch);
    }
    drain(capture, traffic.newest(), wakes);
    start.elapsed()
}

/// Reads a hundred exchanges back and prints how long one takes.
fn read_back(capture: &Capture, exchanges: u64, wakes: &mpsc::Receiver<()>) {
    let mut took = Vec::new();
    for id in (1..=exchanges).step_by((exchanges / 100).max(1) as usize) {
        let start = Instant::now();
        while matches!(capture.lock().look(ExchangeId::nth(id)), Look::BeingRead) {
            wakes.recv().unwrap();
        }
        took.push(start.elapsed());
    }
    took.sort();
    println!("reading one back: median {:?}, longest {:?}", took[took.len() / 2], took[took.len() - 1]);
}

/// Waits until everything up to this exchange is taken in.
fn drain(capture: &Capture, newest: ExchangeId, wakes: &mpsc::Receiver<()>) {
    while !capture.read(|store| store.summary(newest).is_some_and(|last| last.outcome.ended())) {
        wakes.recv().unwrap();
    }
}

/// What an exchange costs the recorder's thread, without and with a session: in turn, so that both meet the
/// same machine.
fn costs(exchanges: u64) {
    let (mut alone, mut session) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        alone.push(cost(exchanges, None));
        let root = tempfile::tempdir().unwrap();
        session.push(cost(exchanges, Recording::begin(Some(root.path()), DISK_BUDGET, None).ok()));
    }
    alone.sort_by(f64::total_cmp);
    session.sort_by(f64::total_cmp);
    println!(
        "recorder, medians of 5: {:.0} ns an exchange in memory only, {:.0} ns with the session file: {:.2} x",
        alone[2],
        session[2],
        session[2] / alone[2]
    );
}

/// Nanoseconds an exchange.
fn cost(exchanges: u64, mut recording: Option<Recording>) -> f64 {
    let mut store = Store::new(MEMORY_BUDGET);
    let mut traffic = Traffic::new(CONNECTIONS, BODY_BYTES);
    store.apply(traffic.open());
    let mut busy = Duration::ZERO;
    while traffic.exchanges() < exchanges {
        let mut batch = traffic.turn();
        let start = Instant::now();
        while let Some(recording) = &mut recording
            && !batch.events.is_empty()
        {
            let made = recording.append(&batch.events);
            let rest = batch.events.split_off(made.events);
            store.apply_at(batch, Some(made.place));
            batch = Batch { events: rest };
            if recording.full() {
                recording.hand_over();
            }
        }
        store.apply(batch);
        busy += start.elapsed();
    }
    busy.as_nanos() as f64 / traffic.exchanges() as f64
}

/// How long the recorder's thread was on a CPU. Other programs on the machine hardly change it.
fn recorder_nanos() -> u64 {
    let threads = std::fs::read_dir("/proc/self/task").unwrap().flatten().map(|entry| entry.path());
    let recorder = threads
        .filter(|path| std::fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim() == "recorder"))
        .find_map(|path| std::fs::read_to_string(path.join("schedstat")).ok());
    recorder.and_then(|line| line.split(' ').next()?.parse().ok()).unwrap_or(0)
}

/// Bytes of memory that the program has now.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}

fn disk_bytes(capture: &Capture) -> u64 {
    if let Disk::Recording { bytes, .. } = capture.disk() { bytes } else { 0 }
}
