//! Frames of the real window without a display: what the window's thread spends on one, from the look at the
//! capture to the triangles, with 1,000, 100,000 and 1,000,000 exchanges (most of them only on disk) and the
//! bytes of a 10 MB response in view. Prints CPU time and allocations; ends with 1 if a goal is missed.
//!
//! `cargo bench --bench frame`. What the graphics card does with the triangles is not in it.
#![allow(clippy::unwrap_used, reason = "a bench ends by panicking")]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "figures for people")]

mod cpu_time;

use std::{process::ExitCode, time::Duration};

use byteglass::{
    config,
    testing::{FakeDesktop, ScratchFolder, Site, full_store::Recorded},
    ui::{Waker, Window, WindowInputs},
};
use cpu_time::cpu_time;
use egui::{
    Context, Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, RawInput, Rect,
    TouchPhase, accesskit::Role, pos2, vec2,
};

const SIZES: [u64; 3] = [1_000, 100_000, 1_000_000];
const BODY_BYTES: usize = 10_000_000;
/// Rounds of frames for each size, in turn, so that all meet the same machine.
const ROUNDS: usize = 5;
const FRAMES: usize = 60;
const GOAL: Duration = Duration::from_millis(4);
/// A million beside a thousand.
const RATIO_GOAL: f64 = 1.2;
const WINDOW: Rect = Rect { min: Pos2::ZERO, max: pos2(1440.0, 900.0) };

/// What happens in each frame.
#[derive(Clone, Copy, Debug)]
enum Scene {
    Still,
    Scrolling,
    Walking,
    Large,
    Bytes,
    Arriving,
    Pouring,
    Stats,
    StatsArriving,
    StatsPouring,
}

impl Scene {
    const ALL: [(Self, &str); 10] = [
        (Self::Still, "nothing new"),
        (Self::Scrolling, "the wheel turns over the list"),
        (Self::Walking, "an arrow key picks the next exchange"),
        (Self::Large, "the 10 MB response is picked anew"),
        (Self::Bytes, "the wheel turns over 10 MB of bytes"),
        (Self::Arriving, "64 exchanges arrive"),
        (Self::Pouring, "1,024 exchanges arrive"),
        (Self::Stats, "the Stats page, nothing new"),
        (Self::StatsArriving, "the Stats page, 64 exchanges arrive"),
        (Self::StatsPouring, "the Stats page, 1,024 exchanges arrive"),
    ];
}

/// What frames cost.
#[derive(Default)]
struct Cost {
    cpu: Vec<Duration>,
    allocations: Vec<u64>,
}

fn main() -> ExitCode {
    let mut fixtures = SIZES.map(Fixture::new);
    let mut costs: Vec<Vec<Cost>> =
        Scene::ALL.iter().map(|_| SIZES.iter().map(|_| Cost::default()).collect()).collect();
    // What arrives makes the captures larger: it comes last.
    for (scene, costs) in Scene::ALL.iter().zip(&mut costs) {
        for fixture in &mut fixtures {
            fixture.prepare(scene.0);
        }
        for _ in 0..ROUNDS {
            for (fixture, cost) in fixtures.iter_mut().zip(costs.iter_mut()) {
                for _ in 0..FRAMES {
                    fixture.scene_frame(scene.0, cost);
                }
            }
        }
    }
    println!("{} frames each, 1440 x 900 points", ROUNDS * FRAMES);
    println!(
        "{:<38} {:>10} {:>10} {:>10} {:>12} {:>14}",
        "in each frame", "exchanges", "median ms", "99th pct.", "allocations", "x 1,000's"
    );
    let mut met = true;
    for ((_, name), costs) in Scene::ALL.iter().zip(&mut costs) {
        let least = costs[0].median();
        for (size, cost) in SIZES.iter().zip(costs) {
            let (median, ratio) = (cost.median(), cost.median().as_secs_f64() / least.as_secs_f64());
            println!(
                "{:<38} {size:>10} {:>10.2} {:>10.2} {:>12} {ratio:>14.2}",
                if *size == SIZES[0] { name } else { "" },
                millis(median),
                millis(cost.percentile()),
                cost.allocations(),
            );
            met &= median <= GOAL && (*size != SIZES[2] || ratio <= RATIO_GOAL);
        }
    }
    println!(
        "goals: medians of at most {} ms, and with a million at most {RATIO_GOAL} x those with a thousand: {}",
        GOAL.as_millis(),
        if met { "met" } else { "missed" }
    );
    if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A window on a capture.
struct Fixture {
    ctx: Context,
    window: Window,
    recorded: Recorded,
    time: f64,
    events: Vec<Event>,
    list: Rect,
    bytes: Rect,
    /// The server has nothing to do, but a window has one.
    _folder: ScratchFolder,
}

impl Fixture {
    fn new(exchanges: u64) -> Self {
        let mut recorded = Recorded::new(exchanges);
        recorded.download(BODY_BYTES);
        let Site { server, folder, .. } = Site::start();
        let parts = WindowInputs {
            server,
            capture: recorded.capture.clone(),
            settings: config::SettingsFile::forgetful(),
            waker: Waker::default(),
            unfinished: Vec::new(),
            warnings: Vec::new(),
            capture_file: None,
        };
        let ctx = Context::default();
        let window = Window::new(&ctx, parts, Box::new(FakeDesktop::default()));
        let (list, bytes) = (Rect::NOTHING, Rect::NOTHING);
        let mut fixture =
            Self { ctx, window, recorded, time: 0.0, events: Vec::new(), list, bytes, _folder: folder };
        fixture.settle();
        fixture.press(Key::End);
        fixture.settle();
        fixture.click("Bytes of the response");
        fixture.settle();
        let large = format!("exchange {} GET /large 200", fixture.recorded.traffic.exchanges());
        assert!(WINDOW.contains_rect(fixture.find(&large, Role::ListItem)), "{large} is the last row");
        fixture.list = fixture.find("exchanges", Role::List);
        fixture.bytes = fixture.find("bytes of the response", Role::Group);
        fixture
    }

    /// One frame, as the window's frame does it. Its time until the next one.
    fn frame(&mut self) -> Duration {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(WINDOW),
            time: Some(self.time),
            focused: true,
            events: std::mem::take(&mut self.events),
            ..RawInput::default()
        };
        let window = &mut self.window;
        let output = self.ctx.run_ui(input, |ui| {
            window.logic(ui.ctx());
            window.ui(ui);
        });
        let wait = output.viewport_output.values().map(|output| output.repaint_delay).min();
        std::hint::black_box(self.ctx.tessellate(output.shapes, output.pixels_per_point));
        wait.unwrap_or(Duration::MAX)
    }

    /// Frames until the window wants none, so that lists are whole and animations are over.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            if self.frame() == Duration::MAX {
                return;
            }
            // The thread that arranges the list has to get on.
            std::thread::yield_now();
        }
        panic!("the window never rests");
    }

    fn prepare(&mut self, scene: Scene) {
        match scene {
            Scene::Still => {}
            Scene::Stats | Scene::StatsArriving | Scene::StatsPouring => self.click("Stats"),
            Scene::Scrolling => self.events.push(Event::PointerMoved(self.list.center())),
            // Exchanges in memory; what is read back from disk takes another frame.
            Scene::Walking | Scene::Large | Scene::Arriving | Scene::Pouring => self.press(Key::End),
            Scene::Bytes => {
                self.press(Key::End);
                self.frame();
                self.click("Bytes of the response");
                self.events.push(Event::PointerMoved(self.bytes.center()));
            }
        }
        self.settle();
    }

    /// A frame of this scene, measured.
    fn scene_frame(&mut self, scene: Scene, cost: &mut Cost) {
        match scene {
            Scene::Still | Scene::Stats => {}
            Scene::Scrolling => self.wheel(90.0),
            Scene::Walking => self.press(Key::ArrowUp),
            Scene::Large => {
                self.press(Key::ArrowUp);
                self.frame();
                self.press(Key::End);
            }
            Scene::Bytes => self.wheel(-90.0),
            Scene::Arriving | Scene::StatsArriving => self.recorded.record_more(64),
            Scene::Pouring | Scene::StatsPouring => self.recorded.record_more(1_024),
        }
        let (mut wait, start) = (Duration::MAX, cpu_time());
        let allocated = allocation_counter::measure(|| wait = self.frame());
        cost.cpu.push(cpu_time().saturating_sub(start));
        cost.allocations.push(allocated.count_total);
        std::hint::black_box(wait);
    }

    fn press(&mut self, key: Key) {
        for pressed in [true, false] {
            let modifiers = Modifiers::NONE;
            self.events.push(Event::Key { key, physical_key: None, pressed, repeat: false, modifiers });
        }
    }

    fn wheel(&mut self, points: f32) {
        self.events.push(Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: vec2(0.0, points),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        });
    }

    fn click(&mut self, name: &str) {
        let pos = self.find(name, Role::Button).center();
        self.events.push(Event::PointerMoved(pos));
        self.frame();
        for pressed in [true, false] {
            let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
            self.events.push(Event::PointerButton { pos, button, pressed, modifiers });
            self.frame();
        }
    }

    /// Where the node of this name and role is, as a screen reader finds it.
    fn find(&mut self, name: &str, role: Role) -> Rect {
        self.ctx.enable_accesskit();
        let mut update = None;
        for _ in 0..2 {
            self.time += 1.0 / 60.0;
            let input = RawInput { screen_rect: Some(WINDOW), time: Some(self.time), ..RawInput::default() };
            let window = &mut self.window;
            let output = self.ctx.run_ui(input, |ui| {
                window.logic(ui.ctx());
                window.ui(ui);
            });
            update = output.platform_output.accesskit_update;
        }
        self.ctx.disable_accesskit();
        let nodes = update.unwrap().nodes;
        let named = nodes
            .iter()
            .map(|(_, node)| node)
            .find(|node| node.label() == Some(name) && (node.role() == role || role == Role::Button));
        let bounds = named.unwrap_or_else(|| panic!("{name} is not in the window")).bounds().unwrap();
        Rect::from_min_max(pos2(bounds.x0 as f32, bounds.y0 as f32), pos2(bounds.x1 as f32, bounds.y1 as f32))
    }
}

impl Cost {
    fn median(&mut self) -> Duration {
        self.cpu.sort();
        self.cpu[self.cpu.len() / 2]
    }

    fn percentile(&mut self) -> Duration {
        self.cpu.sort();
        self.cpu[self.cpu.len() * 99 / 100]
    }

    /// The median.
    fn allocations(&mut self) -> u64 {
        self.allocations.sort_unstable();
        self.allocations[self.allocations.len() / 2]
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
