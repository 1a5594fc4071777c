//! Filters over a million exchanges (or as many as the first argument says), as a window looks at them: once
//! a frame, while a thread searches. Prints how long each search takes, when it shows its first rows, and what
//! a look costs meanwhile: CPU time of the looking thread, and with all waiting for the store, beside looks
//! while nothing is searched. Then sorts all of them by columns. Ends with 1 if a goal is missed.
//!
//! `cargo bench --no-default-features --bench filter`
#![allow(clippy::unwrap_used, reason = "a bench ends by panicking")]
#![allow(clippy::cast_precision_loss, reason = "figures for people")]

mod cpu_time;

use std::{
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use byteglass::{
    capture::Capture,
    filter::Filter,
    list::{Column, Listing, Order},
    store::Store,
    testing::full_store::filled,
};
use cpu_time::cpu_time;

/// What is looked for, and what it means here.
const FILTERS: [(&str, &str); 5] = [
    ("", "everything"),
    ("path~77", "a part of the path"),
    ("nowhere", "a word that nothing has"),
    ("status>=400 size>1k time>10", "numbers, nothing passes"),
    ("get !path~9 conn!=3", "three parts"),
];
/// The columns by which everything is sorted.
const COLUMNS: [Column; 7] = [
    Column::Number,
    Column::Duration,
    Column::Out,
    Column::Method,
    Column::Type,
    Column::From,
    Column::Target,
];
/// A million rows are sorted by a number, or by a text of which there are few, within this.
const SORT_GOAL: Duration = Duration::from_millis(100);
const ROUNDS: usize = 10;
const FRAME: Duration = Duration::from_micros(16_667);
/// CPU time of a look, of a frame's 4 ms: the worst of all.
const LOOK_GOAL: Duration = Duration::from_millis(2);
/// Each million is searched within this.
const SEARCH_GOAL: Duration = Duration::from_secs(1);
/// Rows that a window shows.
const ROWS: usize = 60;

/// What looks took.
#[derive(Default)]
struct Looks {
    cpu: Vec<Duration>,
    wall: Vec<Duration>,
}

fn main() -> ExitCode {
    let wanted: u64 =
        std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let capture = Capture::of(filled(wanted));
    let counts = capture.read(Store::counts);
    println!("{} exchanges, {} of them only on disk; {ROUNDS} searches each", counts.kept, counts.on_disk);
    println!(
        "{:<29} {:>8} {:>12} {:>12} {:>11}   {:<14} {:<14}",
        "", "", "search,", "nanoseconds", "first rows,", "look, CPU ms", "look, wall ms"
    );
    println!(
        "{:<29} {:>8} {:>12} {:>12} {:>11}   {:<14} {:<14}",
        "filter", "found", "median ms", "an exchange", "median ms", "median  worst", "median  worst"
    );
    let search_goal = SEARCH_GOAL.mul_f64((counts.kept as f64 / 1e6).max(1.0));
    let mut met = true;
    for (line, meaning) in FILTERS {
        let filter = Filter::parse(line).unwrap();
        let (mut took, mut first, mut looks, mut found) = (Vec::new(), Vec::new(), Looks::default(), 0);
        for _ in 0..ROUNDS {
            let listing = search(&capture, &filter, &mut looks, &mut took, &mut first);
            found = listing.matching();
        }
        let search = median(&mut took);
        let (worst, looks_line) = (looks.worst_cpu(), looks.line());
        println!(
            "{:<29} {found:>8} {:>12.1} {:>12.1} {:>11}   {}",
            if line.is_empty() { meaning } else { line },
            millis(search),
            search.as_nanos() as f64 / counts.kept as f64,
            if first.is_empty() { "none".to_owned() } else { format!("{:.1}", millis(median(&mut first))) },
            looks_line,
        );
        met &= worst <= LOOK_GOAL && search <= search_goal;
    }
    let sort_goal = SORT_GOAL.mul_f64((counts.kept as f64 / 1e6).max(1.0));
    for column in COLUMNS {
        let (mut took, mut looks) = (Vec::new(), Looks::default());
        for _ in 0..ROUNDS {
            sort(&capture, column, &mut looks, &mut took);
        }
        let (sorted, line) = (median(&mut took), looks.line());
        println!(
            "{:<29} {:>8} {:>12.1} {:>24}   {line}",
            format!("sorted by {}", column.key()),
            "",
            millis(sorted),
            ""
        );
        met &= sorted <= sort_goal || column == Column::Target;
    }
    let typed = typing(&capture);
    println!("{:<76} {}", "typing ten letters, one a frame", typed.line());
    println!("{:<76} {}", "nothing is searched", idle(&capture).line());
    println!(
        "goals: {} ms of CPU for a look, {:.0} s for a search: {}",
        LOOK_GOAL.as_millis(),
        search_goal.as_secs_f64(),
        if met { "met" } else { "missed" }
    );
    if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One search in place of another filter's list, which is as long as it gets, looked at once a frame.
fn search(
    capture: &Capture,
    filter: &Filter,
    looks: &mut Looks,
    took: &mut Vec<Duration>,
    first_rows: &mut Vec<Duration>,
) -> Listing {
    let mut listing = whole(capture);
    let start = Instant::now();
    let mut seen = false;
    loop {
        looks.look(&mut listing, capture, filter);
        if !seen && !listing.is_empty() {
            seen = true;
            first_rows.push(start.elapsed());
        }
        if !listing.working() {
            break;
        }
        thread::sleep(FRAME);
    }
    took.push(start.elapsed());
    listing
}

/// All rows sorted by a column, the largest first, looked at once a millisecond until they are.
fn sort(capture: &Capture, column: Column, looks: &mut Looks, took: &mut Vec<Duration>) {
    let mut listing = whole(capture);
    let everything = Filter::parse("path~/").unwrap();
    let start = Instant::now();
    listing.set_order(Order::Sorted { column, descending: true });
    loop {
        looks.look(&mut listing, capture, &everything);
        if !listing.working() {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    took.push(start.elapsed());
}

/// A filter that grows by a letter each frame: each takes the place of the one before.
fn typing(capture: &Capture) -> Looks {
    let mut looks = Looks::default();
    for _ in 0..ROUNDS {
        let mut listing = whole(capture);
        for end in 1..=10 {
            let filter = Filter::parse(&"/item/4444"[..end]).unwrap();
            looks.look(&mut listing, capture, &filter);
            thread::sleep(FRAME);
        }
    }
    looks
}

/// As many looks while nothing is searched.
fn idle(capture: &Capture) -> Looks {
    let mut listing = whole(capture);
    let mut looks = Looks::default();
    for _ in 0..10 * ROUNDS {
        looks.look(&mut listing, capture, &Filter::parse("path~/").unwrap());
        thread::sleep(FRAME);
    }
    looks
}

/// A list with a filter that lets everything pass.
fn whole(capture: &Capture) -> Listing {
    let mut listing = Listing::default();
    let (all, mut looks) = (Filter::parse("path~/").unwrap(), Looks::default());
    loop {
        looks.look(&mut listing, capture, &all);
        if !listing.working() {
            return listing;
        }
        thread::sleep(FRAME);
    }
}

impl Looks {
    /// What a frame does with the list.
    fn look(&mut self, listing: &mut Listing, capture: &Capture, filter: &Filter) {
        let (start, cpu) = (Instant::now(), cpu_time());
        let store = capture.lock();
        listing.update(&store, filter);
        let end = listing.len();
        std::hint::black_box(listing.rows(&store, end.saturating_sub(ROWS)..end));
        drop(store);
        std::hint::black_box((listing.matching(), listing.search()));
        self.cpu.push(cpu_time().saturating_sub(cpu));
        self.wall.push(start.elapsed());
    }

    fn worst_cpu(&self) -> Duration {
        self.cpu.iter().max().copied().unwrap_or_default()
    }

    fn line(mut self) -> String {
        let worst = self.worst_cpu();
        let last = self.wall.iter().max().copied().unwrap_or_default();
        format!(
            "{:>6.2} {:>6.2}  {:>6.2} {:>6.2}",
            millis(median(&mut self.cpu)),
            millis(worst),
            millis(median(&mut self.wall)),
            millis(last)
        )
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
