//! Steps of a replay to random places in messages of 10 MB (or as many bytes as the first argument says), searches for
//! the next stop, and the 256 verdicts on what may come next. Prints the median and the worst. Ends with 1 if a goal is
//! missed.
//!
//! `cargo bench --no-default-features --bench replay`
#![allow(clippy::unwrap_used, reason = "a bench ends by panicking")]

use std::{
    fmt::Write as _,
    hint::black_box,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use byteglass::{
    explain::{
        Facts,
        replay::{Limits, Replay, Side, Stop},
    },
    http::Framing,
    store::Store,
    testing::{
        Lcg,
        script::{MS, Script},
    },
};

/// A step stays within a frame.
const STEP_GOAL: Duration = Duration::from_millis(4);
/// The verdicts on all bytes, for each move.
const GRID_GOAL: Duration = Duration::from_millis(1);
const ROUNDS: usize = 400;
const READ_BYTES: usize = 64 * 1024;

fn main() -> ExitCode {
    let wanted: usize =
        std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(10_000_000);
    let length = format!("POST / HTTP/1.1\r\nHost: a\r\n{}Content-Length: {wanted}\r\n\r\n", fields(30));
    let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let in_chunks = |size: usize| {
        let chunk = format!("{size:x}\r\n{}\r\n", "x".repeat(size));
        format!("{chunked}{}0\r\n\r\n", chunk.repeat(wanted / chunk.len()))
    };
    let messages = [
        ("one length", format!("{length}{}", "x".repeat(wanted)), Framing::Length(wanted as u64)),
        ("chunks of 4 KiB", in_chunks(4096), Framing::Chunked),
        ("chunks of 8 bytes", in_chunks(8), Framing::Chunked),
        (
            "a head of 60 KB in 3,000 fields",
            format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", fields(3_000)),
            Framing::None,
        ),
    ];
    let mut is_met = true;
    for (name, message, framing) in messages {
        is_met &= measure(name, message.as_bytes(), framing);
    }
    if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Field lines that decide nothing.
fn fields(count: usize) -> String {
    (0..count).fold(String::new(), |mut all, nth| {
        let _ = write!(all, "X-Field-{nth}: v{nth}\r\n");
        all
    })
}

/// Measures one message. Returns whether the goals are met.
fn measure(name: &str, message: &[u8], framing: Framing) -> bool {
    let mut script = Script::default();
    script.open(1);
    let mut offset = None;
    for read in message.chunks(READ_BYTES) {
        let at = script.wait(MS).read(1, read);
        offset.get_or_insert(at);
    }
    let id = script.request(1, offset.unwrap(), message, framing);
    let mut store = Store::with_share(1 << 30, 1 << 28);
    store.apply(script.batch());
    let facts = Arc::new(Facts::new(store.detail(id).unwrap()));
    let began = Instant::now();
    let replay = Replay::new(&facts, None, Side::Request, Limits::default()).unwrap();
    let opened = began.elapsed();
    let range = replay.range();
    println!("{name}: {} bytes, opened in {opened:.1?}", range.end - range.start);
    let mut dice = Lcg(1);
    let places: Vec<u64> =
        (0..ROUNDS).map(|_| range.start + dice.roll(range.end - range.start + 1)).collect();
    let step = timed("step to any place", &places, |at| drop(black_box(replay.at(at))));
    let grid = timed("256 verdicts", &places, |at| drop(black_box(replay.next_bytes(at))));
    for stop in [Stop::Byte, Stop::Token, Stop::Read, Stop::Decision, Stop::Split] {
        timed(&format!("next {}", stop.facts().title), &places, |at| {
            black_box(replay.next(stop, at).or_else(|| replay.previous(stop, at)));
        });
    }
    for (what, found, goal) in [("a step", step, STEP_GOAL), ("the grid", grid, GRID_GOAL)] {
        if found > goal {
            println!("  MISSED: {what} took {found:.1?}, the goal is {goal:.1?}");
        }
    }
    step <= STEP_GOAL && grid <= GRID_GOAL
}

/// Times `work` at each place. Prints the median and the worst, and returns the 99th percentile.
fn timed(what: &str, places: &[u64], mut work: impl FnMut(u64)) -> Duration {
    let mut times: Vec<Duration> = places
        .iter()
        .map(|&at| {
            let began = Instant::now();
            work(at);
            began.elapsed()
        })
        .collect();
    times.sort();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    println!("  {what}: {median:.1?}, at worst {worst:.1?}");
    times[times.len() * 99 / 100]
}
