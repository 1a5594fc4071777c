//! The signals that end the program, and those that would without need.

use std::io;

use crossbeam_channel::Receiver;

/// A channel that gets a message when the program is asked to end: by Ctrl-C, by `kill`, or because the terminal is
/// gone. What is ignored when the program starts stays ignored, as `nohup` wants it.
#[cfg(unix)]
pub(crate) fn on_stop() -> io::Result<Receiver<()>> {
    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ},
        iterator::Signals,
    };
    let (stop, stopped) = crossbeam_channel::bounded::<()>(1);
    let ignored = ignored();
    let ends = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
    // SIGXFSZ ends a program that writes beyond the limit of a file. While it is caught, writing fails instead, which
    // is dealt with like a full disk.
    let mut signals = Signals::new(ends.chain([SIGXFSZ]))?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for _ in signals.forever().filter(|signal| *signal != SIGXFSZ) {
            // One message is enough.
            let _ = stop.try_send(());
        }
    })?;
    Ok(stopped)
}

/// The signals that are ignored, each a bit; none where the system does not say so.
#[cfg(unix)]
fn ignored() -> u64 {
    // proc(5): "SigIgn: Masks (expressed in hexadecimal) indicating signals being … ignored".
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

/// A channel that gets a message when the program is asked to end.
#[cfg(not(unix))]
pub(crate) fn on_stop() -> io::Result<Receiver<()>> {
    let (stop, stopped) = crossbeam_channel::bounded::<()>(1);
    let handler = move || drop(stop.try_send(()));
    ctrlc::set_handler(handler).map_err(io::Error::other)?;
    Ok(stopped)
}
