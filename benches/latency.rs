//! The real window on a display: frames while nothing happens; from a byte's arrival to the frame that shows
//! it; from a key to the frame that answers it; at rest, and while wrk asks for a 1 KiB file as fast as it can.
//! Ends with 1 if a goal is missed.
//!
//! `cargo bench --bench latency` starts a display of its own (Xvfb and openbox; OpenGL in software, so that
//! drawing costs many times what it costs on a graphics card); `cargo bench --bench latency -- here` opens the
//! window on the display that is there. Both need wrk. Server, recorder, session file and window are those of
//! the program, in one process; the figures are taken from inside, so that nothing waits for whoever measures.
#![allow(clippy::unwrap_used, reason = "a bench ends by panicking")]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "figures for people")]

use std::{
    process::{Command, ExitCode, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use byteglass::{
    base::stream::ExchangeId,
    capture::Capture,
    config,
    server::{Handle, Settings, SiteChoice},
    session::Recording,
    store::Store,
    testing::{
        Client, FakeDesktop,
        deadline::{let_pass, wait_until},
        display::Display,
    },
    trace,
    ui::{Waker, Window, WindowInputs},
};
use egui::{Event, Key, Modifiers};

/// Set for the process that opens the window.
const INNER: &str = "BYTEGLASS_LATENCY_WINDOW";
/// As the window has them.
const CAPTURE_BYTES: u64 = 256_000_000;
const DISK_BYTES: u64 = 4_000_000_000;
const CHANNEL_BYTES: u64 = 32 << 20;
const IDLE: Duration = Duration::from_secs(3);
const LOAD_SECS: u64 = 12;
/// One at a time, at rest.
const REQUESTS: u32 = 200;
const KEYS: u32 = 100;
/// Two frames at 60 Hz.
const GOAL: Duration = Duration::from_micros(33_333);
/// Exchanges looked at for each frame, evenly taken from those that are new in it.
const SAMPLES: u64 = 64;
const LIMIT: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    if std::env::var_os(INNER).is_some() {
        return inner();
    }
    let here = std::env::args().any(|argument| argument == "here");
    let needed: &[&str] = if here { &["wrk"] } else { &["wrk", "Xvfb", "openbox"] };
    let lacking: Vec<&str> = needed.iter().copied().filter(|program| !there(program)).collect();
    if !lacking.is_empty() {
        eprintln!("latency lacks: {}", lacking.join(" "));
        return ExitCode::FAILURE;
    }
    let folder = tempfile::tempdir().unwrap();
    // The environment of a running process cannot be changed safely: the window opens in another one.
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(INNER, "1");
    let display = (!here).then(|| Display::start(folder.path()));
    if let Some(display) = &display {
        command.env("DISPLAY", display.name()).env("LIBGL_ALWAYS_SOFTWARE", "1").env("NO_AT_BRIDGE", "1");
        command.env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    }
    let status = command.status().unwrap();
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn there(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// What the frames tell the one who measures.
#[derive(Default)]
struct Log {
    /// Frames so far.
    frames: AtomicU64,
    /// Events for the next frame, and when they happened.
    waiting: Mutex<Vec<(Instant, Event)>>,
    kept: Mutex<Kept>,
}

/// What is kept of frames since the last reset.
#[derive(Default)]
struct Kept {
    begun: Vec<Instant>,
    drawn_in: Vec<Duration>,
    arrivals: Vec<Duration>,
    /// How many frames later: 1 is the first frame that begins after it.
    arrivals_frames: Vec<usize>,
    keys: Vec<Duration>,
}

/// The window, with a look at the clock around each frame.
struct App {
    window: Window,
    capture: Capture,
    log: Arc<Log>,
    frame: Option<Frame>,
    /// The frame before it.
    before: Option<Frame>,
    /// Exchanges that were shown, or are older than what is measured.
    shown: u64,
}

/// A frame that is not known to be drawn yet.
struct Frame {
    begun: Instant,
    /// When what it is the first to show happened.
    arrivals: Vec<Instant>,
    keys: Vec<Instant>,
    painted: bool,
}

impl eframe::App for App {
    fn raw_input_hook(&mut self, _ctx: &egui::Context, input: &mut egui::RawInput) {
        let mut keys = Vec::new();
        for (at, event) in self.log.waiting.lock().unwrap().drain(..) {
            keys.push(at);
            input.events.push(event);
        }
        self.before =
            self.frame.replace(Frame { begun: Instant::now(), arrivals: Vec::new(), keys, painted: false });
    }

    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        if let Some(before) = self.before.take().filter(|before| before.painted) {
            self.keep(&before, frame);
        }
        self.window.logic(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.window.ui(ui);
        let Some(frame) = &mut self.frame else { return };
        frame.painted = true;
        // What this frame shows was looked up before it was painted.
        let newest = self.window.view().counts.exchanges;
        let (now, clock) = (Instant::now(), self.window.server().now());
        let step = usize::try_from((newest - self.shown.min(newest)) / SAMPLES + 1).unwrap();
        self.capture.read(|store| {
            for id in (self.shown + 1..=newest).step_by(step) {
                let began = store.summary(ExchangeId::nth(id)).map(|summary| summary.began);
                frame
                    .arrivals
                    .extend(began.and_then(|began| {
                        now.checked_sub(Duration::from_nanos(clock.saturating_sub(began)))
                    }));
            }
        });
        self.shown = newest.max(self.shown);
        self.log.frames.fetch_add(1, Ordering::Relaxed);
    }
}

impl App {
    /// Takes over what is known of a frame once it is drawn.
    fn keep(&self, before: &Frame, frame: &eframe::Frame) {
        // From the beginning of the frame to where it is handed to the display.
        let drawn_in = Duration::from_secs_f32(frame.info().cpu_usage.unwrap_or_default());
        let shown = before.begun + drawn_in;
        let mut kept = self.log.kept.lock().unwrap();
        kept.begun.push(before.begun);
        kept.drawn_in.push(drawn_in);
        kept.arrivals.extend(before.arrivals.iter().map(|at| shown.saturating_duration_since(*at)));
        let begun = std::mem::take(&mut kept.begun);
        let later = |at: &Instant| begun.iter().rev().take_while(|begun| *begun > at).count();
        kept.arrivals_frames.extend(before.arrivals.iter().map(later));
        kept.begun = begun;
        kept.keys.extend(before.keys.iter().map(|at| shown.saturating_duration_since(*at)));
    }
}

/// Opens the window and measures.
fn inner() -> ExitCode {
    let met = Arc::new(Mutex::new(None));
    let told = Arc::clone(&met);
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_inner_size([1440.0, 900.0]),
        renderer: eframe::Renderer::Glow,
        ..eframe::NativeOptions::default()
    };
    let opened = eframe::run_native(
        "byteglass latency",
        options,
        Box::new(move |cc| {
            let folder = tempfile::tempdir()?;
            std::fs::write(folder.path().join("1kb.bin"), [b'x'; 1024])?;
            let site = SiteChoice::Folder(folder.path().to_owned());
            let (sender, events) = trace::channel(CHANNEL_BYTES);
            let server = Handle::start(Settings { port: 0, site, ..Settings::default() }, Some(sender))?;
            let root = tempfile::tempdir()?;
            let recording =
                Recording::begin(Some(root.path()), DISK_BYTES, None).map_err(|(_, error)| error)?;
            let waker = Waker::default();
            let wake = waker.clone();
            let wake = Arc::new(move || wake.wake());
            let capture = Capture::record_to(recording, events, CAPTURE_BYTES, wake)?;
            let address = server.address().ok_or("the server does not listen")?;
            let parts = WindowInputs {
                server,
                capture: capture.clone(),
                settings: config::SettingsFile::forgetful(),
                waker,
                unfinished: Vec::new(),
                warnings: Vec::new(),
            };
            let window = Window::new(&cc.egui_ctx, parts, Box::new(FakeDesktop::default()));
            let log = Arc::new(Log::default());
            let measure =
                Measure { ctx: cc.egui_ctx.clone(), log: Arc::clone(&log), capture: capture.clone() };
            std::thread::Builder::new().name("measure".to_owned()).spawn(move || {
                let result = measure.all(address);
                *told.lock().unwrap() = Some(result);
                measure.ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                measure.ctx.request_repaint();
                drop((folder, root));
            })?;
            Ok(Box::new(App { window, capture, log, frame: None, before: None, shown: 0 }))
        }),
    );
    if let Err(error) = opened {
        eprintln!("latency cannot open a window: {error}");
    }
    let met = met.lock().unwrap().take();
    if met == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The one who measures, on a thread of its own.
struct Measure {
    ctx: egui::Context,
    log: Arc<Log>,
    capture: Capture,
}

impl Measure {
    /// Whether all goals are met.
    fn all(&self, address: std::net::SocketAddr) -> bool {
        let mut client = Client::connect(address);
        request(&mut client);
        self.rest();
        println!("1440 x 900 points; two frames at 60 Hz are {:.1} ms", millis(GOAL));

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
            request(&mut client);
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
        let met =
            idle == 0 && arrivals <= GOAL && keys <= GOAL && last_frame <= 2 && most <= 61 + KEYS_A_SECOND;
        println!(
            "goals: no frame at rest; 99th percentiles at rest within {:.1} ms; an arrival within 2 frames under load; \
             at most 60 frames a second and one for each key: {}",
            millis(GOAL),
            if met { "met" } else { "missed" }
        );
        met
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

/// Keys pressed in a second under load; a key gets its frame at once.
const KEYS_A_SECOND: usize = 12;

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
