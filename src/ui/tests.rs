//! Tests of the window with a server that is stuck, disks that do not answer, and messages of the server.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::{
    cell::RefCell,
    path::PathBuf,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use egui_kittest::{
    Harness,
    kittest::{Queryable as _, by},
};

use crate::{
    base::stream::Nanos,
    capture::{
        Capture,
        save::{FileFormat, Selection},
    },
    config::SettingsFile,
    server::{Handle, OpenedSite, Settings, SiteChoice, StartError},
    service::MiddlewareKind,
    testing::script::Script,
    trace::{self, EventKind, Severity},
};

use super::{
    Waker, Window, WindowInputs,
    command::{CaptureCommand, Command},
    dialogs::{Chosen, Desktop, Done},
};

/// Upper bound on every wait; only a hang exceeds it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A desktop that answers no question about a disk.
#[derive(Clone, Default)]
struct DeadMount(Rc<RefCell<Vec<PathBuf>>>);

impl Desktop for DeadMount {
    fn choose_folder(&self, _: Option<PathBuf>, _: Done<Chosen>) {}
    fn choose_capture(&self, _: Done<Chosen>) {}
    fn choose_saving(&self, _: String, _: FileFormat, _: Done<Chosen>) {}
    fn open_url(&self, _: String, _: Done<std::io::Result<()>>) {}

    fn folder_exists(&self, folder: PathBuf, _: Done<bool>) {
        self.0.borrow_mut().push(folder);
    }

    fn open_site(&self, _: SiteChoice, _: Done<Result<OpenedSite, StartError>>) {}
}

struct TestWindow {
    harness: Harness<'static, Option<Window>>,
    trace: trace::Sender,
    desktop: DeadMount,
}

impl TestWindow {
    fn new(settings: SettingsFile) -> Self {
        let server = Handle::start(Settings { port: 0, ..Settings::default() }, None).unwrap();
        let (sender, events) = trace::channel(1 << 20);
        let waker = Waker::default();
        let wake = waker.clone();
        let capture = Capture::record(events, 64 << 20, Arc::new(move || wake.wake())).unwrap();
        let mut parts = Some(WindowInputs {
            server,
            capture,
            settings,
            waker,
            unfinished: Vec::new(),
            warnings: Vec::new(),
            capture_file: None,
        });
        let desktop = DeadMount::default();
        let given = desktop.clone();
        let paint = move |ui: &mut egui::Ui, window: &mut Option<Window>| {
            let window = window
                .get_or_insert_with(|| Window::new(ui.ctx(), parts.take().unwrap(), Box::new(given.clone())));
            window.logic(ui.ctx());
            window.ui(ui);
        };
        let harness = Harness::builder()
            .with_size([1440.0, 900.0])
            .with_context_setup(super::theme::install)
            .build_ui_state(paint, None);
        let mut window = Self { harness, trace: sender, desktop };
        window.harness.run_steps(4);
        window
    }

    fn window(&mut self) -> &mut Window {
        self.harness.state_mut().as_mut().unwrap()
    }

    fn click(&mut self, name: &str) {
        self.harness.get_by_label(name).click();
        self.harness.run_steps(4);
    }

    fn says(&self, words: &str) -> bool {
        self.harness.query_all_by_label_contains(words).next().is_some()
    }

    fn wait_until(&mut self, what: &str, done: impl Fn(&mut Self) -> bool) {
        let began = Instant::now();
        while !done(self) {
            assert!(began.elapsed() < PATIENCE, "never: {what}");
            self.harness.step();
            std::thread::yield_now();
        }
    }

    fn server_says(&mut self, at: u64, messages: &[&str]) {
        let mut script = Script::default();
        script.at = Nanos::new(at);
        for &message in messages {
            script.push(0, None, EventKind::ServerMessage(Severity::Warning, message.into()));
        }
        self.trace.send(script.batch());
    }
}

#[test]
fn a_stuck_server_holds_up_no_click() {
    let mut window = TestWindow::new(SettingsFile::forgetful());
    window.click("Server");
    let hold = window.window().server().stall();
    let began = Instant::now();
    // An even number, so that the switch ends in its original state; then once more.
    for _ in 0..21 {
        window.harness.get(by().role(egui::Role::Switch).label("Server header")).click();
        window.harness.run_steps(2);
    }
    window.click("Stop server");
    assert!(began.elapsed() < Duration::from_secs(8), "each click waits for the server");
    assert!(window.says("Stopping"));
    window.wait_until("the status bar says so", |window| window.says("applying settings"));
    assert!(!window.window().server().settings().middleware.enabled(MiddlewareKind::ServerHeader));
    assert!(window.window().server().address().is_some());
    drop(hold);
    window.wait_until("all is done", |window| !window.window().view().under_way.any());
    window.harness.run_steps(2);
    assert!(window.says("Stopped") && !window.says("applying settings"));
    assert_eq!(window.window().server().address(), None);
}

#[test]
fn the_last_folder_is_opened_beside_a_window_that_is_there() {
    let mut settings = SettingsFile::forgetful();
    settings.update(|settings| settings.served(&PathBuf::from("/dead/mount")));
    let mut window = TestWindow::new(settings);
    for words in ["Opening", "/dead/mount", "Listening"] {
        assert!(window.says(words), "{words}");
    }
    assert_eq!(window.window().server().settings().site, SiteChoice::Welcome);
    window.click("Server");
    assert!(window.says("MIDDLEWARE"));
    // Another choice is not delayed, and the previous one does not come back.
    window.click("Recent");
    window.click("The welcome site");
    assert_eq!(window.window().view().under_way.opening(), Some(&SiteChoice::Welcome));
}

#[test]
fn a_recent_folder_that_never_answers_holds_up_nothing() {
    let mut settings = SettingsFile::forgetful();
    let dead = PathBuf::from("/dead/mount");
    settings.update(|settings| settings.served(&dead));
    settings.update(|settings| settings.last_folder = None);
    let mut window = TestWindow::new(settings);
    for _ in 0..3 {
        window.click("Recent");
        assert!(window.says("/dead/mount"));
        window.harness.key_press(egui::Key::Escape);
        window.harness.run_steps(2);
    }
    assert_eq!(window.desktop.0.borrow().iter().filter(|asked| **asked == dead).count(), 1);
    window.click("Recent");
    window.click("/dead/mount");
    assert!(window.says("Opening"));
    assert_eq!(window.window().server().settings().site, SiteChoice::Welcome);
    window.click("Server");
    assert!(window.says("MIDDLEWARE"));
}

#[test]
fn no_message_of_the_server_is_lost() {
    let mut window = TestWindow::new(SettingsFile::forgetful());
    window.server_says(1, &["the first", "the second"]);
    window.wait_until("the second message", |window| window.says("the second"));
    assert!(window.says("the first"), "two arrived in one frame");
    window.server_says(1, &["the third"]);
    window.wait_until("the third message", |window| window.says("the third"));
    window.click("Dismiss");
    assert!(!window.says("the first") && !window.says("the third"));
    for number in 0..7 {
        window.server_says(2, &[&format!("one of many: {number}")]);
    }
    window.wait_until("the last of many", |window| window.says("one of many: 6"));
    assert!(window.says("2 messages before") && window.says("one of many: 2"));
}

#[test]
fn a_message_is_shown_while_a_file_is() {
    let mut window = TestWindow::new(SettingsFile::forgetful());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.pcapng");
    let saved =
        window.window().capture.save(Selection::All, FileFormat::Capture, &path, Arc::new(|| ())).unwrap();
    window.wait_until("saved", |_| saved.state() != crate::base::task::TaskState::Running);
    window.window().commands.push(Command::Capture(CaptureCommand::Open(path)));
    window.wait_until("opened", |window| window.window().captures.opened.is_some());
    window.wait_until("read", |window| !window.window().captures.busy());
    window.server_says(5, &["the folder is gone"]);
    window.wait_until("the message", |window| window.says("the folder is gone"));
}

#[test]
fn each_guard_is_on_the_server_page() {
    let mut window = TestWindow::new(SettingsFile::forgetful());
    window.click("Server");
    for guard in trace::Guard::ALL {
        let title = guard.facts().title;
        assert!(window.says(title), "{title}");
        let number = by().role(egui::Role::SpinButton).label(title);
        assert!(window.harness.query(number).is_some(), "{title} cannot be edited");
    }
}
