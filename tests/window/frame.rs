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
