//! The window as a whole: its theme, its first words, and how often it paints.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use byteglass::{
    config::{SettingsFile, ThemeChoice},
    testing::{Client, PATIENCE},
};

use egui::{Pos2, Rect, Vec2, ViewportCommand, ViewportId};

use super::harness::TestWindow;

#[test]
fn the_theme_is_chosen_and_remembered() {
    let mut window = TestWindow::new();
    window.click("Theme and shortcuts");
    window.click("Light theme");
    assert_eq!(window.harness.ctx.theme(), egui::Theme::Light);
    assert_eq!(window.state().settings_file().settings().theme, ThemeChoice::Light);
    window.click("Theme and shortcuts");
    window.click("Dark theme");
    assert_eq!(window.harness.ctx.theme(), egui::Theme::Dark);
}

#[test]
fn what_went_wrong_before_the_window_is_said_in_it() {
    let mut window = TestWindow::with(SettingsFile::forgetful(), &["The settings file is damaged."]);
    assert!(window.says("The settings file is damaged."));
    window.click("Dismiss");
    assert!(!window.says("damaged"));
}

#[test]
fn an_idle_window_asks_for_no_frame() {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send("GET /a.txt HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    assert_eq!(client.response("GET").status, 200);
    window.wait_until_it_says("exchange 1 GET /a.txt 200");
    // The connection stays open, and its idle timer runs.
    let began = Instant::now();
    let rests = |window: &TestWindow| {
        let waits = window.harness.output().viewport_output.values().map(|output| output.repaint_delay);
        waits.min() == Some(Duration::MAX)
    };
    // The rate of requests runs out.
    while !rests(&window) {
        assert!(began.elapsed() < PATIENCE, "the window never rests");
        window.harness.step();
        std::thread::yield_now();
    }
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    window.harness.ctx.set_request_repaint_callback(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    // As long as one would look at it; recorder, server and waker go on meanwhile.
    std::thread::park_timeout(Duration::from_secs(1));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    window.harness.step();
    assert!(rests(&window), "a frame does not lead to the next");
}

/// What the system says of the window: its inside, in points, whether it is maximized, and how large the screen is.
fn system_says(window: &mut TestWindow, inside: [f32; 2], maximized: bool, screen: Option<[f32; 2]>) {
    let viewport = window.harness.input_mut().viewports.entry(ViewportId::ROOT).or_default();
    viewport.inner_rect = Some(Rect::from_min_size(Pos2::ZERO, inside.into()));
    viewport.maximized = Some(maximized);
    viewport.monitor_size = screen.map(Vec2::from);
}

/// The size that the window asks for in the next frame.
fn asked_size(window: &mut TestWindow) -> Option<Vec2> {
    window.harness.step();
    let output = &window.harness.output().viewport_output[&ViewportId::ROOT];
    output.commands.iter().find_map(|command| match command {
        ViewportCommand::InnerSize(size) => Some(*size),
        _ => None,
    })
}

#[test]
fn a_window_larger_than_its_screen_is_fitted_to_it_once() {
    for screen in [[1440.0, 900.0], [1366.0, 768.0], [1024.0, 700.0]] {
        let mut window = TestWindow::new();
        system_says(&mut window, [1440.0, 900.0], false, Some(screen));
        let size = asked_size(&mut window).expect("a size that fits");
        // The frame and a panel of the desktop need some room.
        assert!(size.x <= screen[0] - 8.0 && size.y <= screen[1] - 40.0, "{size:?} on {screen:?}");
        assert!(size.x >= screen[0] - 40.0 && size.y >= screen[1] - 120.0, "{size:?} on {screen:?}");
        // Whoever makes it larger afterwards is not corrected.
        system_says(&mut window, [1440.0, 900.0], false, Some(screen));
        assert_eq!(asked_size(&mut window), None);
    }
    for (maximized, screen) in [(true, [1440.0, 900.0]), (false, [1920.0, 1080.0])] {
        let mut window = TestWindow::new();
        system_says(&mut window, [1440.0, 900.0], maximized, Some(screen));
        assert_eq!(asked_size(&mut window), None, "{maximized} {screen:?}");
    }
}

#[test]
fn a_maximized_window_is_remembered_with_the_size_that_it_had_before() {
    let mut window = TestWindow::new();
    let remembered = |window: &mut TestWindow| {
        window.harness.step();
        let settings = window.state().settings_file().settings();
        (settings.maximized, settings.window)
    };
    system_says(&mut window, [1200.0, 800.0], false, None);
    assert_eq!(remembered(&mut window), (false, Some([1200.0, 800.0])));
    system_says(&mut window, [1920.0, 1050.0], true, None);
    assert_eq!(remembered(&mut window), (true, Some([1200.0, 800.0])));
    system_says(&mut window, [1200.0, 800.0], false, None);
    assert_eq!(remembered(&mut window), (false, Some([1200.0, 800.0])));
}

/// Whether the window asks to be maximized in the next frame.
fn asks_to_be_maximized(window: &mut TestWindow) -> bool {
    window.harness.step();
    let output = &window.harness.output().viewport_output[&ViewportId::ROOT];
    output.commands.iter().any(|command| *command == ViewportCommand::Maximized(true))
}

#[test]
fn a_window_that_was_maximized_is_so_again_and_asks_until_it_is() {
    let was_maximized = || {
        let mut settings = SettingsFile::forgetful();
        settings.update(|settings| (settings.maximized, settings.window) = (true, Some([1200.0, 800.0])));
        settings
    };
    let remembered = |window: &TestWindow| {
        let settings = window.state().settings_file().settings();
        (settings.maximized, settings.window)
    };
    // X11 says that it is not, until it is seen.
    let mut window = TestWindow::with(was_maximized(), &[]);
    system_says(&mut window, [1000.0, 700.0], false, None);
    assert!(asks_to_be_maximized(&mut window));
    assert_eq!(remembered(&window), (true, Some([1200.0, 800.0])));
    system_says(&mut window, [1920.0, 1050.0], true, None);
    assert!(!asks_to_be_maximized(&mut window));
    assert_eq!(remembered(&window), (true, Some([1200.0, 800.0])));
    // From then on it is as the user has it.
    system_says(&mut window, [1200.0, 800.0], false, None);
    assert!(!asks_to_be_maximized(&mut window));
    assert_eq!(remembered(&window), (false, Some([1200.0, 800.0])));
    // A system that maximizes nothing is not asked for long.
    let mut window = TestWindow::with(was_maximized(), &[]);
    system_says(&mut window, [1000.0, 700.0], false, None);
    window.harness.run_steps(20);
    assert!(!asks_to_be_maximized(&mut window));
    assert_eq!(remembered(&window), (false, Some([1000.0, 700.0])));
}
