//! Serves a folder and records everything in memory, with the window's recorder and budget but without a
//! window and without its session file: for measuring what capturing costs (`benches/compare.sh`).
//! `byteglass --headless` alone prints events and keeps nothing.
//!
//! `cargo run --release --example recorded PORT FOLDER`. When Ctrl-C ends it, it says what it captured.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should panic")]

use std::{path::PathBuf, sync::Arc};

use byteglass::{
    capture::{Capture, Store},
    server::{Handle, Settings, SiteChoice},
    trace,
};

/// As in the window.
const CHANNEL_BYTES: u64 = 32 * 1024 * 1024;
/// As in the window.
const CAPTURE_BYTES: u64 = 256_000_000;

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(port), Some(folder)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: recorded PORT FOLDER");
        std::process::exit(2);
    };
    let port = port.to_str().and_then(|port| port.parse().ok()).unwrap();
    let (stop, stopped) = std::sync::mpsc::channel();
    ctrlc::set_handler(move || stop.send(()).unwrap_or_default()).unwrap();
    let (sender, receiver) = trace::channel(CHANNEL_BYTES);
    // The recorder holds the other end until it has taken everything in.
    let (recording, recorded) = std::sync::mpsc::channel::<()>();
    let wake = move || drop(recording.clone());
    let capture = Capture::record(receiver, CAPTURE_BYTES, Arc::new(wake)).unwrap();
    let site = SiteChoice::Folder(std::path::absolute(PathBuf::from(folder)).unwrap());
    let server = Handle::start(Settings { port, site, ..Settings::default() }, Some(sender)).unwrap();
    println!("listening on http://{}", server.address().unwrap());
    stopped.recv().unwrap();
    drop(server);
    while recorded.recv().is_ok() {}
    let counts = capture.read(Store::counts);
    println!(
        "captured: {} exchanges on {} connections; left out: {} events, {} bytes",
        counts.exchanges, counts.connections, counts.omitted_events, counts.omitted_bytes
    );
}
