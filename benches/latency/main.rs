//! The real window on a display: frames while nothing happens; from a byte's arrival to the frame that shows
//! it; from a key to the frame that answers it; at rest, and while wrk asks for a 1 KiB file as fast as it can.
//! Ends with 1 if a goal is missed.
//!
//! `cargo bench --bench latency` starts a display of its own (Xvfb and openbox; OpenGL in software, so that
//! drawing costs many times what it costs on a graphics card); `cargo bench --bench latency -- here` opens the
//! window on the display that is there. With `busy` another program keeps every core busy meanwhile, at the usual
//! priority. `-- kept 60` measures something else, for 60 seconds each: what is kept and what is left out of 1 KiB and of
//! 100 KB files (`kept.rs`). All need wrk. Server, recorder, session file and window are those of
//! the program, in one process; the figures are taken from inside, so that nothing waits for whoever measures.
#![allow(clippy::unwrap_used, reason = "a bench ends by panicking")]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "figures for people")]

mod kept;
mod measure;

use std::{
    process::{Command, ExitCode},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use byteglass::{
    base::stream::ExchangeId,
    capture::Capture,
    config,
    server::{Handle, Settings, SiteChoice},
    session::Recording,
    testing::{FakeDesktop, display::Display},
    trace,
    ui::{Waker, Window, WindowInputs},
};
use egui::Event;

use measure::Measure;

/// Set for the process that opens the window: to [`BUSY`] while another one keeps the cores busy.
const INNER: &str = "BYTEGLASS_LATENCY_WINDOW";
const BUSY: &str = "busy";
/// The argument for what is kept, and how many seconds each file is asked for without another one. As the value of
/// [`INNER`] it stands before the seconds.
const KEPT: &str = "kept";
const KEPT_SECS: u64 = 60;
/// As the window has them.
const CAPTURE_BYTES: u64 = 256 << 20;
const DISK_BYTES: u64 = 4 << 30;
const CHANNEL_BYTES: u64 = 32 << 20;
/// Exchanges looked at for each frame, evenly taken from those that are new in it.
const SAMPLES: u64 = 64;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if std::env::var_os(INNER).is_some() {
        return inner();
    }
    let has = |option: &str| std::env::args().any(|argument| argument == option);
    let (here, busy) = (has("here"), has(BUSY));
    let needed: &[&str] = if here { &["wrk"] } else { &["wrk", "Xvfb", "openbox"] };
    let lacking: Vec<&str> = needed.iter().copied().filter(|program| !there(program)).collect();
    if !lacking.is_empty() {
        eprintln!("latency lacks: {}", lacking.join(" "));
        return ExitCode::FAILURE;
    }
    let folder = tempfile::tempdir().unwrap();
    // The environment of a running process cannot be changed safely: the window opens in another one.
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut arguments = std::env::args().skip_while(|argument| argument != KEPT).skip(1);
    let seconds = arguments.next().and_then(|seconds| seconds.parse().ok()).unwrap_or(KEPT_SECS);
    let how = if busy { BUSY } else { "alone" };
    command.env(INNER, if has(KEPT) { format!("{KEPT}{seconds}") } else { how.to_owned() });
    let display = (!here).then(|| Display::start(folder.path()));
    if let Some(display) = &display {
        command.env("DISPLAY", display.name()).env("LIBGL_ALWAYS_SOFTWARE", "1").env("NO_AT_BRIDGE", "1");
        command.env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    }
    let over = AtomicBool::new(!busy);
    let status = thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let status = command.status();
        over.store(true, Ordering::Relaxed);
        status.unwrap()
    });
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
            for (name, len) in kept::FILES {
                std::fs::write(folder.path().join(name), vec![b'x'; usize::try_from(len)?])?;
            }
            let site = SiteChoice::Folder(folder.path().to_owned());
            let (sender, events) = trace::channel(CHANNEL_BYTES);
            let server = Handle::start(Settings { port: 0, site, ..Settings::default() }, Some(sender))?;
            let root = tempfile::tempdir()?;
            let recording = Recording::begin(Some(root.path()), DISK_BYTES, None)?;
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
                capture_file: None,
            };
            let window = Window::new(&cc.egui_ctx, parts, Box::new(FakeDesktop::default()));
            let log = Arc::new(Log::default());
            let how = std::env::var(INNER)?;
            let (busy, kept_secs) = (how == BUSY, how.strip_prefix(KEPT).and_then(|secs| secs.parse().ok()));
            let measure =
                Measure { ctx: cc.egui_ctx.clone(), log: Arc::clone(&log), capture: capture.clone(), busy };
            thread::Builder::new().name("measure".to_owned()).spawn(move || {
                let result = match kept_secs {
                    Some(seconds) => kept::measure(&measure.capture, address, seconds),
                    None => measure.all(address),
                };
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
