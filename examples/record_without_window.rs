//! Serves a folder, or forwards to a backend, and records everything with the window's recorder and budgets, but
//! without a window: in memory, or with a third argument also in a session file in that folder, as the window does.
//! For measuring what capturing costs (`benches/compare.sh`). `byteglass --headless` alone prints events and keeps
//! nothing.
//!
//! `cargo run --release --example record_without_window PORT FOLDER|URL [SESSIONS]`. When Ctrl-C ends it, it says what
//! it captured.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on should panic")]

use std::{path::PathBuf, sync::Arc};

use byteglass::{
    capture::Capture,
    gateway::{Address, GroupSettings},
    server::{Handle, Settings, SiteChoice},
    session::{DISK_BYTES, Recording},
    store::Store,
    trace,
};

/// As in the window.
const CHANNEL_BYTES: u64 = 32 * 1024 * 1024;
/// As in the window.
const CAPTURE_BYTES: u64 = 256 << 20;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(port), Some(folder)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: record_without_window PORT FOLDER|URL [SESSIONS]");
        std::process::exit(2);
    };
    let port = port.to_str().and_then(|port| port.parse().ok()).unwrap();
    let (stop, stopped) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut signals =
            signal_hook::iterator::Signals::new([signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM])
                .unwrap();
        signals.forever().take(1).for_each(|_| stop.send(()).unwrap_or_default());
    });
    let (sender, receiver) = trace::channel(CHANNEL_BYTES);
    // The recorder holds the other end until it has taken everything in.
    let (recording, recorded) = std::sync::mpsc::channel::<()>();
    let wake = Arc::new(move || drop(recording.clone()));
    let sessions = arguments.next().map(PathBuf::from);
    let capture = match &sessions {
        Some(sessions) => {
            let recording = Recording::begin(Some(sessions), DISK_BYTES, None).unwrap();
            Capture::record_to(recording, receiver, CAPTURE_BYTES, wake).unwrap()
        }
        None => Capture::record(receiver, CAPTURE_BYTES, wake).unwrap(),
    };
    let mut settings = Settings { port, ..Settings::default() };
    match folder.to_str().and_then(|url| url.parse::<Address>().ok()) {
        Some(backend) => settings.gateway.groups.push(GroupSettings::new("app", "/", [backend])),
        None => settings.site = SiteChoice::Folder(std::path::absolute(PathBuf::from(folder)).unwrap()),
    }
    let server = Handle::start(settings, Some(sender)).unwrap();
    println!("listening on http://{}", server.address().unwrap());
    stopped.recv().unwrap();
    drop(server);
    // Waits for a session's recorder, and removes the session.
    capture.finish();
    while sessions.is_none() && recorded.recv().is_ok() {}
    let counts = capture.read(Store::counts);
    println!(
        "captured: {} exchanges on {} connections, of which {} are only on disk; left out: {} events, {} bytes",
        counts.exchanges, counts.connections, counts.on_disk, counts.omitted_events, counts.omitted_bytes
    );
}
