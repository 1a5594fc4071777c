//! Searches that read bytes: the bodies of exchanges of which nearly all are only on disk (512 MB, or as many megabytes
//! as the first argument says), and 10 MB of one message by text, hex and regular expression. Prints the bytes a second,
//! when the first row shows, and what the window's thread spends meanwhile. Ends with 1 if a goal is missed.
//!
//! `cargo bench --no-default-features --bench search`
#![allow(clippy::unwrap_used, reason = "a bench ends by panicking")]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

mod cpu_time;

use std::{
    ops::ControlFlow,
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use byteglass::{
    base::stream::{ExchangeId, Nanos},
    capture::Capture,
    filter::{Filter, Verdict},
    list::{Contents, Listing},
    search::{Examined, Notation, Pattern},
    store::{Chunk, Detail, Store},
    testing::full_store::Recorded,
};
use cpu_time::cpu_time;

const BODY_BYTES: usize = 256 * 1024;
/// Bytes a second of a body search, on one core.
const SEARCH_GOAL: f64 = 1e9;
/// Time until the first row shows.
const FIRST_GOAL: Duration = Duration::from_millis(500);
/// CPU time that a frame may spend on a search in the bytes.
const FRAME_GOAL: Duration = Duration::from_millis(4);
/// Bytes in which is searched, in reads of 64 KiB.
const FIND_BYTES: usize = 10_000_000;
const FRAME: Duration = Duration::from_micros(16_667);

/// The bytes of a capture.
#[derive(Debug)]
struct Bytes(Capture);

impl Contents for Bytes {
    fn judge(&self, filter: &Filter, detail: &Detail) -> (Verdict, bool) {
        let judged = Examined::new(detail).judge(filter);
        (judged.verdict, judged.is_partial)
    }

    fn read_disk(
        &self,
        wanted: &dyn Fn(ExchangeId) -> bool,
        progress: &dyn Fn(u64, u64),
        take: &mut dyn FnMut(&Detail) -> ControlFlow<()>,
    ) {
        self.0.read_disk(wanted, progress, take);
    }
}

fn main() -> ExitCode {
    let megabytes: u64 = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(512);
    let count = megabytes * 1_000_000 / BODY_BYTES as u64;
    let recorded = Recorded::with_bodies(count, BODY_BYTES);
    let counts = recorded.capture.read(Store::counts);
    let bytes: u64 = recorded.capture.read(|store| store.summaries().map(|row| row.response_bytes).sum());
    println!(
        "{} exchanges, {} of them only on disk, {:.0} MB of responses",
        counts.kept,
        counts.on_disk,
        bytes as f64 / 1e6
    );
    println!("{:<34} {:>8} {:>9} {:>12} {:>16}", "filter", "found", "GB/s", "first, ms", "worst look, ms");
    let mut met = true;
    for (line, is_first_timed) in [("resp.body~nowhere", false), ("resp.body~zebra or resp.body~17", true)] {
        let (found, took, first, look) = search(&recorded.capture, line);
        let rate = bytes as f64 / took.as_secs_f64();
        let first_words = first.map_or("none".to_owned(), |first| format!("{:.1}", millis(first)));
        println!("{line:<34} {found:>8} {:>9.2} {first_words:>12} {:>16.2}", rate / 1e9, millis(look));
        met &= rate >= SEARCH_GOAL && look <= FRAME_GOAL;
        met &= !is_first_timed || first.is_some_and(|first| first <= FIRST_GOAL);
    }
    println!("\n{:<34} {:>8} {:>9} {:>12}", "in 10 MB", "places", "ms", "frame, ms");
    for (notation, text) in [
        (Notation::Text, "nowhere"),
        (Notation::Text, "item 77"),
        (Notation::Hex, "0d 0a"),
        (Notation::Regex, "item [0-9]+7 "),
    ] {
        let (places, took, frame) = find(notation, text);
        println!(
            "{:<34} {places:>8} {:>9.1} {:>12.2}",
            format!("{} {text}", notation.facts().title),
            millis(took),
            millis(frame)
        );
        met &= frame <= FRAME_GOAL;
    }
    println!(
        "goals: {} GB/s, a first row within {} ms, {} ms of CPU for a frame: {}",
        SEARCH_GOAL / 1e9,
        FIRST_GOAL.as_millis(),
        FRAME_GOAL.as_millis(),
        if met { "met" } else { "missed" }
    );
    if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Searches all exchanges, and looks once a frame. Returns the number found, the time in all, that to the first row, and
/// the CPU time of the worst look.
fn search(capture: &Capture, line: &str) -> (usize, Duration, Option<Duration>, Duration) {
    let filter = Filter::parse(line).unwrap();
    let mut listing = Listing::default();
    listing.read_with(|| Arc::new(Bytes(capture.clone())));
    let (start, mut first, mut worst) = (Instant::now(), None, Duration::ZERO);
    loop {
        let cpu = cpu_time();
        let store = capture.lock();
        listing.update(&store, &filter);
        drop(store);
        worst = worst.max(cpu_time().saturating_sub(cpu));
        if first.is_none() && !listing.is_empty() {
            first = Some(start.elapsed());
        }
        if !listing.working() {
            return (listing.matching(), start.elapsed(), first, worst);
        }
        thread::sleep(FRAME);
    }
}

/// Looks for something in the bytes of a message. Returns the number of places, the time of the searching thread, and
/// what the window's thread does: it hands the reads over and takes the places.
fn find(notation: Notation, text: &str) -> (usize, Duration, Duration) {
    let mut body: Vec<u8> = Vec::with_capacity(FIND_BYTES + 64);
    let mut number = 0_u32;
    while body.len() < FIND_BYTES {
        number += 1;
        body.extend_from_slice(format!("this is item {number} of many\r\n").as_bytes());
    }
    let body = bytes::Bytes::from(body);
    let chunks: Vec<Chunk> = (0..body.len())
        .step_by(65_536)
        .zip(1..)
        .map(|(at, number)| {
            let bytes = body.slice(at..body.len().min(at + 65_536));
            let (offset, len) = (at as u64, bytes.len() as u64);
            Chunk { at: Nanos::ZERO, until: Nanos::ZERO, number, offset, len, count: 1, lost: false, bytes }
        })
        .collect();
    let cpu = cpu_time();
    let pattern = Pattern::parse(notation, text).unwrap().unwrap();
    let given = std::hint::black_box(chunks.clone());
    let frame = cpu_time().saturating_sub(cpu);
    let start = Instant::now();
    let places = thread::spawn(move || pattern.find_in(&given, 100_000, &|| true)).join().unwrap();
    (places.len(), start.elapsed(), frame)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
