//! What is measured, at rest and under load, on a thread of its own.

use std::{
    net::SocketAddr,
    process::{Command, Stdio},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use byteglass::{
    capture::Capture,
    store::Store,
    testing::{
        Client,
        deadline::{let_pass, wait_until},
    },
};
use egui::{Event, Key, Modifiers};

use super::{Kept, Log};

/// Keys pressed in a second under load; a key gets its frame at once.
const KEYS_A_SECOND: usize = 12;
const IDLE: Duration = Duration::from_secs(3);
const LOAD_SECS: u64 = 12;
/// One at a time, at rest.
const REQUESTS: u32 = 200;
const KEYS: u32 = 100;
/// Two frames at 60 Hz.
const GOAL: Duration = Duration::from_micros(33_333);
const LIMIT: Duration = Duration::from_secs(30);

/// The state of the measuring thread.
pub(crate) struct Measure {
    pub ctx: egui::Context,
    pub log: Arc<Log>,
    pub capture: Capture,
    /// Whether another program keeps the cores busy.
    pub busy: bool,
}

impl Measure {
    /// Whether all goals are met.
    pub(crate) fn all(&self, address: SocketAddr) -> bool {
        let mut client = Client::connect(address);
        request(&mut client);
        self.rest();
        println!("1440 x 900 points; two frames at 60 Hz are {:.1} ms", millis(GOAL));
        let (idle, arrivals, keys) = self.at_rest(&mut client);
        let (last_frame, most) = self.under_load(address);
        // Beside other programs, times say more of them than of this one.
        let (frames_most, times_met) =
            if self.busy { (4, true) } else { (2, arrivals <= GOAL && keys <= GOAL) };
        let met = idle == 0 && times_met && last_frame <= frames_most && most <= 61 + KEYS_A_SECOND;
        let times = if self.busy {
            "while another program keeps the cores busy".to_owned()
        } else {
            format!("99th percentiles at rest within {:.1} ms", millis(GOAL))
        };
        println!(
            "goals: no frame at rest; {times}; an arrival within {frames_most} frames under load; at most 60 frames a \
             second and one for each key: {}",
            if met { "met" } else { "missed" }
        );
        met
    }

    /// Measures while nothing else happens: frames without a reason, and the 99th percentiles of the time from
    /// an arrival, and from a key, to its frame.
    fn at_rest(&self, client: &mut Client) -> (u64, Duration, Duration) {
        let before = self.log.frames.load(Ordering::Relaxed);
        let_pass(IDLE);
        let idle = self.log.frames.load(Ordering::Relaxed) - before;
        println!("at rest: {idle} frames in {} s", IDLE.as_secs());

        println!(
            "{:<44} {:>6} {:>10} {:>10} {:>10}",
            "from ... to the frame that shows it, in ms", "times", "median", "99th pct.", "longest"
        );
        self.reset();
        for turn in 0..REQUESTS {
            request(client);
            // Not in step with anything.
            let_pass(Duration::from_millis(u64::from(60 + turn * 37 % 90)));
        }
        self.rest();
        let arrivals = line("at rest, a byte's arrival", &mut self.kept().arrivals);
        self.reset();
        // Far enough apart for the window to have come to rest again, also where it is drawn in software.
        self.keys(KEYS, Duration::from_millis(170));
        self.rest();
        let keys = line("at rest, a key", &mut self.kept().keys);
        (idle, arrivals, keys)
    }

    /// Measures while wrk asks as fast as it can: the 99th percentile of the frames from an arrival to the one
    /// that shows it, and the most frames in a second.
    fn under_load(&self, address: SocketAddr) -> (usize, usize) {
        self.reset();
        let url = format!("http://{address}/1kb.bin");
        let before = self.capture.read(Store::counts);
        let mut wrk = Command::new("wrk");
        wrk.args(["-t1", "-c64", &format!("-d{LOAD_SECS}s"), &url]).stdout(Stdio::piped());
        let (begun, wrk) = (Instant::now(), wrk.spawn().unwrap());
        // Between the first second and the last.
        let_pass(Duration::from_secs(1));
        self.reset();
        let presses = u32::try_from((LOAD_SECS - 2) * 1000 / 90).unwrap();
        self.keys(presses, Duration::from_millis(90));
        let mut kept = self.kept();
        let output = String::from_utf8(wrk.wait_with_output().unwrap().stdout).unwrap();
        let took = begun.elapsed();
        let after = self.capture.read(Store::counts);
        line("wrk at full speed, a byte's arrival", &mut kept.arrivals);
        let frames = &mut kept.arrivals_frames;
        frames.sort_unstable();
        let (middle_frame, last_frame) = (frames[frames.len() / 2], frames[percentile_of(frames.len())]);

        line("wrk at full speed, a key", &mut kept.keys);
        let (fewest, most) = per_second(&kept.begun);
        println!("  counted in frames: {middle_frame} (median), {last_frame} (99th percentile)");
        let rate = output.lines().find(|line| line.starts_with("Requests/sec")).unwrap_or_default();
        println!(
            "meanwhile: {fewest} to {most} frames a second, each drawn in {:.1} ms (median); wrk: {}",
            millis(middle(&mut kept.drawn_in)),
            rate.split_whitespace().collect::<Vec<_>>().join(" ")
        );
        println!(
            "captured: {} exchanges in {:.0} s; left out: {} bytes, {} events",
            after.exchanges - before.exchanges,
            took.as_secs_f64(),
            after.omitted_bytes - before.omitted_bytes,
            after.omitted_events - before.omitted_events,
        );
        (last_frame, most)
    }

    /// Arrow keys, one after the other.
    fn keys(&self, count: u32, pause: Duration) {
        for turn in 0..count {
            let key = if turn % 2 == 0 { Key::ArrowUp } else { Key::ArrowDown };
            let at = Instant::now();
            let (pressed, modifiers) = (true, Modifiers::NONE);
            let event = Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
            self.log.waiting.lock().unwrap().push((at, event));
            // As what comes from the display: one frame, at once.
            self.ctx.request_repaint_after(Duration::from_nanos(1));
            let_pass(pause);
        }
    }

    /// Waits until there was no frame for a second.
    fn rest(&self) {
        let rested = wait_until(LIMIT, || {
            let before = self.log.frames.load(Ordering::Relaxed);
            let_pass(Duration::from_secs(1));
            (self.log.frames.load(Ordering::Relaxed) == before && before > 0).then_some(())
        });
        assert!(rested.is_some(), "the window does not come to rest");
        // A frame is known to be drawn when the next one begins.
        self.ctx.request_repaint();
        let_pass(Duration::from_millis(300));
    }

    fn reset(&self) {
        *self.log.kept.lock().unwrap() = Kept::default();
    }

    fn kept(&self) -> Kept {
        std::mem::take(&mut *self.log.kept.lock().unwrap())
    }
}

/// One request, answered.
fn request(client: &mut Client) {
    client.send("GET /1kb.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    assert_eq!(client.response("GET").status, 200);
}

/// Prints times; the 99th percentile.
fn line(name: &str, times: &mut [Duration]) -> Duration {
    times.sort();
    let percentile = times[percentile_of(times.len())];
    println!(
        "{name:<44} {:>6} {:>10.1} {:>10.1} {:>10.1}",
        times.len(),
        millis(times[times.len() / 2]),
        millis(percentile),
        millis(times[times.len() - 1]),
    );
    percentile
}

/// Where the 99th percentile of so many sorted values stands.
fn percentile_of(count: usize) -> usize {
    (count * 99).div_ceil(100) - 1
}

fn middle(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The fewest and the most frames that begin in a whole second.
fn per_second(begun: &[Instant]) -> (usize, usize) {
    let mut seconds = vec![0; begun.last().map_or(0, |last| (*last - begun[0]).as_secs() as usize)];
    for at in begun {
        if let Some(second) = seconds.get_mut((*at - begun[0]).as_secs() as usize) {
            *second += 1;
        }
    }
    (seconds.iter().min().copied().unwrap_or(0), seconds.iter().max().copied().unwrap_or(0))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
