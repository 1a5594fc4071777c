//! What the window keeps while wrk asks as fast as it can on the same processors: what is left out, and how many bytes of
//! bodies were parsed, indexed and written to the session for each second of processor time that the program took.

use std::{
    net::SocketAddr,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use byteglass::{
    capture::{Capture, Disk},
    store::{Counts, Store},
    testing::deadline::{let_pass, wait_until},
};
use rustix::time::{ClockId, clock_gettime};

/// The files that are asked for, with their sizes in bytes.
pub(crate) const FILES: [(&str, u64); 2] = [("1kb.bin", 1024), ("100kb.bin", 102_400)];
/// The least number of bytes that are kept for each second of processor time, of the larger file.
const GOAL: f64 = 1e9;
const LIMIT: Duration = Duration::from_secs(30);

/// Asks for one file after the other, each for so many seconds. Whether the goals are met.
pub(crate) fn measure(capture: &Capture, address: SocketAddr, seconds: u64) -> bool {
    println!("wrk at full speed for {seconds} s, 64 connections; a MB is a million bytes, of bodies");
    println!(
        "{:<10} {:>10} {:>12} {:>12} {:>10} {:>10} {:>8} {:>16}",
        "file", "requests", "bytes out", "events out", "MB kept", "MB/s kept", "CPU s", "MB a CPU second"
    );
    let mut met = true;
    for (name, len) in FILES {
        let (before, cpu, begun) = (settled(capture), processor(), Instant::now());
        let url = format!("http://{address}/{name}");
        let mut wrk = Command::new("wrk");
        wrk.args(["-t1", "-c64", &format!("-d{seconds}s"), &url]).stdout(Stdio::null());
        assert!(wrk.status().unwrap().success(), "wrk ends in order");
        // What is on its way belongs to it, and the time that it takes.
        let (after, took) = (settled(capture), begun.elapsed());
        let cpu = processor().saturating_sub(cpu);
        let requests = after.exchanges - before.exchanges;
        let bytes = after.omitted_bytes - before.omitted_bytes;
        let events = after.omitted_events - before.omitted_events;
        let kept = (requests * len).saturating_sub(bytes) as f64;
        println!(
            "{name:<10} {requests:>10} {bytes:>12} {events:>12} {:>10.0} {:>10.0} {:>8.1} {:>16.0}",
            kept / 1e6,
            kept / 1e6 / took.as_secs_f64(),
            cpu.as_secs_f64(),
            kept / 1e6 / cpu.as_secs_f64(),
        );
        met &= if len == FILES[0].1 { bytes + events == 0 } else { kept / cpu.as_secs_f64() >= GOAL };
    }
    assert!(matches!(capture.disk(), Disk::Recording { .. }), "everything went to the session");
    println!(
        "goals: of 1 KiB files nothing left out; of 100 KB files {:.0} MB a CPU second: {}",
        GOAL / 1e6,
        if met { "met" } else { "missed" }
    );
    met
}

/// The counts, once the recorder has taken everything in.
fn settled(capture: &Capture) -> Counts {
    let settled = wait_until(LIMIT, || {
        let before = capture.read(Store::counts);
        let_pass(Duration::from_millis(300));
        (capture.read(Store::counts).exchanges == before.exchanges).then_some(before)
    });
    settled.expect("the recorder comes to rest")
}

/// Processor time of the program so far.
fn processor() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let (secs, nanos) = (u64::try_from(time.tv_sec).unwrap(), u64::try_from(time.tv_nsec).unwrap());
    Duration::from_secs(secs) + Duration::from_nanos(nanos)
}
