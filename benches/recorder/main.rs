//! What events cost: the server that makes them, and the recorder's store that takes them in.
//!
//! `cargo bench --no-default-features --bench recorder`. Taking in: exchanges a second through the store alone, on one
//! thread, while it fills and when the oldest leave to make room. The events are those of a real server on loopback,
//! taken from its channel once and told again and again as new exchanges. Making: CPU time of the server's thread with
//! a channel less that without one, by turns, with pipelined requests, so that the system's calls are few.
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a measurement that cannot go on should panic; the numbers are small"
)]

#[cfg(target_os = "linux")]
mod making;

use std::time::Instant;

use byteglass::{
    base::stream::{ConnId, ExchangeId},
    server::{Handle, Settings},
    store::Store,
    testing::Client,
    trace::{self, Batch, Event},
};

/// Requests of the recorded connection.
const REQUESTS: u64 = 1000;
/// How often its events are taken in.
const TOLD: u64 = 300;
/// Budgets: enough for everything, and the window's.
const BUDGETS: [(&str, u64); 2] = [("filling", 4_000_000_000), ("evicting", 64_000_000)];

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let events = recorded();
    println!(
        "{:.1} events an exchange, {} bytes each",
        ratio(events.len() as u64, REQUESTS),
        size_of::<Event>()
    );
    for (name, budget) in BUDGETS {
        let mut store = Store::new(budget);
        let mut quickest = f64::INFINITY;
        for round in 0..TOLD {
            let batches = told(&events, round);
            let begun = Instant::now();
            for batch in batches {
                store.apply(batch);
            }
            quickest = quickest.min(begun.elapsed().as_secs_f64());
        }
        let counts = store.counts();
        assert_eq!(counts.exchanges, REQUESTS * TOLD);
        assert_eq!(counts.evicted > 0, name == "evicting");
        println!(
            "{name:9} {:6.0} ns an exchange, {:9.0} exchanges/s; kept {} of {}, {} bytes each",
            quickest * 1e9 / ratio(REQUESTS, 1),
            ratio(REQUESTS, 1) / quickest,
            counts.kept,
            counts.exchanges,
            counts.captured_bytes / counts.kept,
        );
    }
    #[cfg(target_os = "linux")]
    making::run();
}

fn ratio(of: u64, to: u64) -> f64 {
    of as f64 / to as f64
}

/// The events of one connection with many requests, in the order in which they happened.
fn recorded() -> Vec<Event> {
    let (sender, receiver) = trace::channel(1 << 30);
    let server = Handle::start(Settings { port: 0, ..Settings::default() }, Some(sender)).unwrap();
    let mut client = Client::connect(server.address().unwrap());
    for _ in 0..REQUESTS {
        client.get("/health");
    }
    drop((client, server));
    let batches = std::iter::from_fn(|| receiver.recv());
    batches.flat_map(|batch| batch.events).filter(|event| event.conn.is_some()).collect()
}

/// The exchanges again on other connections, in batches as a turn of 64 connections has them.
fn told(events: &[Event], round: u64) -> Vec<Batch> {
    let again = |event: &Event| Event {
        conn: event.conn.map(|conn| ConnId::nth(conn.get() + round)),
        exchange: event.exchange.map(|exchange| ExchangeId::nth(exchange.get() + round * REQUESTS)),
        ..event.clone()
    };
    let events: Vec<Event> = events.iter().map(again).collect();
    events.chunks(64 * 12).map(|events| Batch { events: events.to_vec() }).collect()
}
