//! The window around the pages, on a real server, by the names that people and screen readers see.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use byteglass::{
    base::stream::{ConnId, ExchangeId},
    capture::{self, Capture, save::FileForm},
    config::{Store, ThemeChoice},
    server::{MiddlewareKind, MiddlewareSettings, SiteChoice},
    session::Recording,
    trace::{self, EventKind},
    ui::{
        Parts, Waker, Window,
        dialogs::{Chosen, Desktop, Done},
    },
};
use eframe::egui::{self, DroppedFile, Key, Modifiers, OutputCommand, Role, accesskit::Toggled};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _, by},
};
use support::{PATIENCE, Site};

/// What the desktop was asked for, and what it answers.
#[derive(Default)]
struct Asked {
    folder: Option<Chosen>,
    capture: Option<Chosen>,
    saving: Option<Chosen>,
    names: Vec<String>,
    starts: Vec<Option<PathBuf>>,
    urls: Vec<String>,
    browser: Option<String>,
}

#[derive(Clone, Default)]
struct Bench(Rc<RefCell<Asked>>);

impl Desktop for Bench {
    fn choose_folder(&self, start: Option<PathBuf>, done: Done<Chosen>) {
        let mut asked = self.0.borrow_mut();
        asked.starts.push(start);
        done(asked.folder.clone().unwrap());
    }

    fn choose_capture(&self, done: Done<Chosen>) {
        done(self.0.borrow().capture.clone().unwrap());
    }

    fn choose_saving(&self, name: String, form: FileForm, done: Done<Chosen>) {
        assert_eq!(name.rsplit_once('.').map(|(_, ending)| ending), Some(form.ending()));
        let mut asked = self.0.borrow_mut();
        asked.names.push(name);
        done(asked.saving.clone().unwrap());
    }

    fn open_url(&self, url: String, done: Done<Result<(), String>>) {
        let mut asked = self.0.borrow_mut();
        asked.urls.push(url);
        done(asked.browser.clone().map_or(Ok(()), Err));
    }
}

struct Bed {
    harness: Harness<'static, Option<Window>>,
    desktop: Bench,
    folder: tempfile::TempDir,
}

impl Bed {
    fn new() -> Self {
        Self::with(Store::forgetful(), &[])
    }

    fn with(store: Store, warnings: &[&str]) -> Self {
        Self::build(store, warnings, Vec::new())
    }

    fn with_unfinished(unfinished: Vec<capture::open::Unfinished>) -> Self {
        Self::build(Store::forgetful(), &[], unfinished)
    }

    fn build(store: Store, warnings: &[&str], unfinished: Vec<capture::open::Unfinished>) -> Self {
        let Site { server, events, folder } = Site::start();
        let waker = Waker::default();
        let wake = waker.clone();
        let capture = Capture::record(events, 64 << 20, Arc::new(move || wake.wake())).unwrap();
        let warnings = warnings.iter().map(|&warning| warning.to_owned()).collect();
        let mut parts = Some(Parts { server, capture, store, waker, unfinished, warnings });
        let desktop = Bench::default();
        let given = desktop.clone();
        let paint = move |ui: &mut egui::Ui, window: &mut Option<Window>| {
            let window = window
                .get_or_insert_with(|| Window::new(ui.ctx(), parts.take().unwrap(), Box::new(given.clone())));
            window.logic(ui.ctx());
            window.ui(ui);
        };
        // A first frame in egui's own fonts would miss the icons.
        let harness = Harness::builder()
            .with_size([1440.0, 900.0])
            .with_max_steps(40)
            .with_context_setup(byteglass::ui::theme::install)
            .build_ui_state(paint, None);
        let mut bed = Self { harness, desktop, folder };
        bed.settle();
        bed
    }

    fn settle(&mut self) {
        // Two frames: what was asked for in the one is carried out and shown in the other.
        self.harness.run_steps(4);
    }

    fn window(&self) -> &Window {
        self.harness.state().as_ref().unwrap()
    }

    fn click(&mut self, name: &str) {
        self.harness.get_by_label(name).click();
        self.settle();
    }

    fn server_page(mut self) -> Self {
        self.click("Server");
        self
    }

    fn press(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    fn says(&self, words: &str) -> bool {
        self.harness.query_all_by_label_contains(words).next().is_some()
    }

    /// Paints until it says these words; the recorder and the server's readings take their time.
    fn wait_until_it_says(&mut self, words: &str) {
        let began = Instant::now();
        while !self.says(words) {
            assert!(began.elapsed() < PATIENCE, "the window never says {words:?}");
            self.harness.step();
            std::thread::yield_now();
        }
    }

    /// What an item of a menu puts on the clipboard.
    fn copied(&mut self, menu: &str, item: &str) -> Option<String> {
        self.click(menu);
        self.harness.get_by_label(item).click();
        self.copied_now()
    }

    /// What the next frames put on the clipboard.
    fn copied_now(&mut self) -> Option<String> {
        let mut copied = None;
        for _ in 0..4 {
            self.harness.step();
            let commands = &self.harness.output().platform_output.commands;
            copied = copied.or(commands.iter().find_map(|command| match command {
                OutputCommand::CopyText(text) => Some(text.clone()),
                _ => None,
            }));
        }
        copied
    }

    fn middleware(&self) -> MiddlewareSettings {
        self.window().server().settings().middleware
    }

    fn order(&self) -> Vec<MiddlewareKind> {
        self.middleware().layers.iter().map(|layer| layer.kind).collect()
    }

    /// Puts `text` in place of what stands in the input and presses Enter.
    fn enter(&mut self, name: &str, text: &str) {
        // The words beside an input may be the same as its name.
        let takes_text = |role| matches!(role, Role::TextInput | Role::SpinButton);
        let wanted =
            || by().predicate(|node| takes_text(node.role()) && node.label().as_deref() == Some(name));
        self.harness.get(wanted()).focus();
        self.harness.step();
        self.press(Modifiers::COMMAND, Key::A);
        self.harness.get(wanted()).type_text(text);
        self.settle();
        self.press(Modifiers::NONE, Key::Enter);
    }
}

#[test]
fn a_toggle_changes_the_next_response() {
    let mut bed = Bed::new().server_page();
    let address = bed.window().server().address().unwrap();
    let server_field = |address| {
        let mut client = support::Client::connect(address);
        client.send("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        client.response("GET").field("Server").map(str::to_owned)
    };
    assert_eq!(server_field(address).as_deref(), Some("byteglass"));
    let switch = |bed: &Bed| {
        let switch = bed.harness.get_by_role_and_label(Role::Switch, "Server header");
        let toggled = switch.accesskit_node().toggled();
        switch.click();
        toggled
    };
    assert_eq!(switch(&bed), Some(Toggled::True));
    bed.settle();
    assert_eq!(server_field(address), None);
    assert!(!bed.window().store().settings().middleware.enabled(MiddlewareKind::ServerHeader));
    assert_eq!(switch(&bed), Some(Toggled::False));
    bed.settle();
    assert_eq!(server_field(address).as_deref(), Some("byteglass"));
}

#[test]
fn middleware_is_moved_by_menu_and_by_keyboard() {
    let mut bed = Bed::new().server_page();
    let [first, second] = [bed.order()[0], bed.order()[1]];
    bed.click("Move Request logger");
    bed.click("Move down");
    assert_eq!(bed.order()[..2], [second, first]);
    bed.harness.get_by_label("Move Request logger").focus();
    bed.settle();
    bed.press(Modifiers::ALT, Key::ArrowUp);
    assert_eq!(bed.order()[..2], [first, second]);
    bed.press(Modifiers::ALT, Key::ArrowUp);
    assert_eq!(bed.order()[..2], [first, second], "the first stays first");
}

#[test]
fn middleware_is_moved_by_dragging() {
    let mut bed = Bed::new().server_page();
    let first = bed.order()[0];
    let from = bed.harness.get_by_label("Move Request logger").rect().center();
    let below = bed.harness.get_by_label("Move CORS").rect().center() + egui::vec2(0.0, 8.0);
    bed.harness.drag_at(from);
    bed.harness.step();
    bed.harness.hover_at(from.lerp(below, 0.5));
    bed.harness.step();
    bed.harness.hover_at(below);
    bed.harness.step();
    bed.harness.drop_at(below);
    bed.settle();
    assert_eq!(bed.order()[2], first, "{:?}", bed.order());
    assert_eq!(bed.order().len(), MiddlewareKind::ALL.len());
}

#[test]
fn settings_of_middleware_are_edited_where_they_unfold() {
    let mut bed = Bed::new().server_page();
    bed.click("Slow motion settings");
    bed.enter("Time between writes", "250 ms");
    assert_eq!(bed.middleware().slow_motion.every_ms, 250);
    assert!(bed.says("write 32 bytes every 250 ms"));
    bed.click("CORS settings");
    bed.enter("CORS origin", "http://localhost:3000");
    assert_eq!(bed.middleware().cors.origin, "http://localhost:3000");
    bed.enter("CORS origin", "h\u{e9}");
    assert_eq!(bed.middleware().cors.origin, "http://localhost:3000", "not a field value");
}

#[test]
fn what_the_folder_does_is_switched_and_remembered() {
    let mut bed = Bed::new().server_page();
    for name in ["List folders", "Own 404 page", "Single page"] {
        let switch = |bed: &Bed| {
            let node = bed.harness.get(by().role(Role::Switch).label(name));
            node.accesskit_node().toggled()
        };
        assert_eq!(switch(&bed), Some(Toggled::False), "{name}");
        bed.harness.get(by().role(Role::Switch).label(name)).scroll_to_me();
        bed.settle();
        bed.harness.get(by().role(Role::Switch).label(name)).click();
        bed.settle();
        assert_eq!(switch(&bed), Some(Toggled::True), "{name}");
    }
    let folder = bed.window().server().settings().folder;
    assert!(folder.listing && folder.not_found_page && folder.single_page);
    assert_eq!(bed.window().store().settings().folder, folder);
}

#[test]
fn the_password_is_masked_and_in_no_name() {
    let mut bed = Bed::new().server_page();
    bed.click("Basic auth settings");
    bed.harness.get(by().role(Role::PasswordInput).label("Password")).focus();
    bed.settle();
    bed.harness.get(by().role(Role::PasswordInput).label("Password")).type_text("open sesame");
    bed.settle();
    bed.press(Modifiers::NONE, Key::Enter);
    assert_eq!(bed.middleware().basic_auth.password, "open sesame");
    assert!(!bed.says("sesame"));
}

#[test]
fn guards_are_edited_within_their_bounds() {
    let mut bed = Bed::new().server_page();
    bed.enter("Largest header block", "4 KiB");
    assert_eq!(bed.window().server().settings().guards.head_bytes, 4096);
    bed.enter("Header timeout", "2.5 s");
    assert_eq!(bed.window().server().settings().guards.head_timeout_ms, 2_500);
    bed.enter("Connections", "0");
    assert_eq!(bed.window().server().settings().guards.connections, 1, "no server without connections");
    assert_eq!(bed.window().store().settings().guards.head_bytes, 4096);
}

#[test]
fn a_busy_port_leaves_the_old_one_running_and_says_so_beside_it() {
    let mut bed = Bed::new().server_page();
    let old = bed.window().server().address().unwrap();
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port().to_string();
    bed.enter("Port", &port);
    assert_eq!(bed.window().server().address(), Some(old));
    assert!(bed.says(&format!("Port {port} is in use")));
    assert!(bed.says(&format!("Still listening on {old}")));
    bed.click("Dismiss");
    assert!(!bed.says("is in use"));
    drop(busy);
    bed.click("Apply");
    assert_eq!(bed.window().server().address().map(|address| address.port().to_string()), Some(port));
}

#[test]
fn nonsense_in_address_or_port_is_refused_before_anything_happens() {
    let mut bed = Bed::new().server_page();
    let old = bed.window().server().address();
    bed.enter("Port", "70000");
    assert!(bed.says("not a number from 0 to 65535"));
    bed.enter("Port", "0");
    bed.enter("Address", "0.0.0.0.0");
    assert!(bed.says("not an IP address"));
    assert_eq!(bed.window().server().address().map(|address| address.ip()), old.map(|old| old.ip()));
}

#[test]
fn the_server_is_stopped_and_started_where_it_was() {
    let mut bed = Bed::new();
    let address = bed.window().server().address();
    bed.click("Stop server");
    assert_eq!(bed.window().server().address(), None);
    assert!(bed.says("Stopped"));
    assert!(bed.harness.get_by_label("Copy").accesskit_node().is_disabled());
    bed.click("Start server");
    assert_eq!(bed.window().server().address(), address);
    assert!(bed.says("Listening"));
}

#[test]
fn the_address_is_copied_and_opened() {
    let mut bed = Bed::new().server_page();
    let url = format!("http://{}", bed.window().server().address().unwrap());
    bed.click("Open in browser");
    assert_eq!(bed.desktop.0.borrow().urls, [url.as_str()]);
    bed.desktop.0.borrow_mut().browser = Some("The browser could not be opened: none.".to_owned());
    bed.click("Open in browser");
    assert!(bed.says("The browser could not be opened"));
    bed.harness.get_by_label("Copy").click();
    assert_eq!(bed.copied_now(), Some(url));
}

#[test]
fn another_folder_is_chosen_and_remembered() {
    let mut bed = Bed::new();
    let first = bed.folder.path().to_owned();
    let other = tempfile::tempdir().unwrap();
    bed.desktop.0.borrow_mut().folder = Some(Chosen::Path(other.path().to_owned()));
    bed.press(Modifiers::COMMAND, Key::O);
    assert_eq!(bed.desktop.0.borrow().starts, [Some(first.clone())]);
    assert_eq!(bed.window().server().settings().site, SiteChoice::Folder(other.path().to_owned()));
    assert_eq!(bed.window().store().settings().recent, [other.path().to_owned(), first.clone()]);

    bed.click("Recent");
    bed.click(first.to_str().unwrap());
    assert_eq!(bed.window().server().settings().site, SiteChoice::Folder(first.clone()));
    assert_eq!(bed.window().store().settings().last_folder.as_deref(), Some(first.as_path()));

    let gone = other.path().display().to_string();
    drop(other);
    bed.click("Recent");
    bed.click(&format!("{gone} (missing)"));
    assert_eq!(bed.window().server().settings().site, SiteChoice::Folder(first));
    assert!(bed.says("There is no folder"));
    bed.click("Dismiss");
    bed.click("Recent");
    bed.click(&format!("Forget {gone}"));
    assert_eq!(bed.window().store().settings().recent.len(), 1);
}

#[test]
fn without_a_dialog_the_window_says_what_helps() {
    let mut bed = Bed::new();
    bed.desktop.0.borrow_mut().folder = Some(Chosen::Unavailable("Install zenity.".to_owned()));
    bed.click("Choose folder…");
    assert!(bed.says("Install zenity."));
    bed.desktop.0.borrow_mut().folder = Some(Chosen::Cancelled);
    bed.click("Choose folder…");
    assert_eq!(bed.desktop.0.borrow().starts.len(), 2, "it can be asked for again");
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

#[test]
fn a_capture_is_saved_opened_and_left_again() {
    let mut bed = Bed::new();
    let folder = tempfile::tempdir().unwrap();
    let mut client = support::Client::connect(bed.window().server().address().unwrap());
    assert_eq!(client.get("/a.txt?kept").status, 200);
    bed.wait_until_it_says("/a.txt?kept");
    let path = folder.path().join("kept");
    bed.desktop.0.borrow_mut().saving = Some(Chosen::Path(path.clone()));
    bed.click("Capture");
    bed.click("Save capture…");
    bed.wait_until_it_says("Saved to ");
    let path = path.with_extension("pcapng");
    assert!(path.is_file(), "the ending is added");
    bed.click("Clear");
    assert_eq!(client.get("/a.txt?live").status, 200);
    bed.wait_until_it_says("/a.txt?live");
    assert!(!bed.says("/a.txt?kept"));
    bed.desktop.0.borrow_mut().capture = Some(Chosen::Path(path.clone()));
    bed.click("Capture");
    bed.click("Open capture…");
    bed.wait_until_it_says("kept.pcapng, read-only");
    bed.wait_until_it_says("/a.txt?kept");
    assert!(!bed.says("/a.txt?live"));
    bed.wait_until_it_says("a file, read-only");
    bed.press(Modifiers::COMMAND, Key::L);
    assert!(bed.says("/a.txt?kept"), "a file is not cleared");
    bed.click("Back to the live capture");
    bed.wait_until_it_says("/a.txt?live");
    assert!(!bed.says("/a.txt?kept"));
    // A block that breaks off: the file is shown as far as it goes.
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, [&bytes[..], &[6, 0, 0, 0, 99]].concat()).unwrap();
    bed.harness.input_mut().dropped_files = vec![Arc::new(Dropped(path))];
    bed.settle();
    bed.wait_until_it_says("read-only: ");
    bed.wait_until_it_says("/a.txt?kept");
}

#[test]
fn what_passes_the_filter_is_saved() {
    let mut bed = Bed::new();
    let folder = tempfile::tempdir().unwrap();
    let mut client = support::Client::connect(bed.window().server().address().unwrap());
    for target in ["/a.txt", "/gone?1", "/index.html", "/gone?2"] {
        client.get(target);
    }
    bed.wait_until_it_says("/gone?2");
    bed.click("Capture");
    let saves = "Save what passes the filter…";
    assert!(bed.harness.get_by_label(saves).accesskit_node().is_disabled(), "there is no filter");
    bed.press(Modifiers::NONE, Key::Escape);
    bed.press(Modifiers::COMMAND, Key::F);
    bed.harness.get_by_label("Filter exchanges").type_text("status=404");
    bed.wait_until_it_says("2 of 4");
    for (saves, ending) in [(saves, "pcapng"), ("Export what passes as HAR…", "har")] {
        let path = folder.path().join(format!("some.{ending}"));
        bed.desktop.0.borrow_mut().saving = Some(Chosen::Path(path.clone()));
        bed.click("Capture");
        bed.click(saves);
        bed.wait_until_it_says("Saved to ");
        bed.click("Dismiss");
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("/gone?1") && text.contains("/gone?2") && !text.contains("/a.txt"), "{text}");
    }
    assert_eq!(bed.desktop.0.borrow().names, ["byteglass-filtered.pcapng", "byteglass-filtered.har"]);
}

#[test]
fn an_exchange_is_exported_from_both_menus_in_every_form() {
    let mut bed = Bed::new();
    let folder = tempfile::tempdir().unwrap();
    bed.click("Capture");
    assert!(bed.harness.get_by_label("Export this exchange").accesskit_node().is_disabled());
    bed.press(Modifiers::NONE, Key::Escape);
    let mut client = support::Client::connect(bed.window().server().address().unwrap());
    assert_eq!(client.get("/a.txt?first").status, 200);
    assert_eq!(client.get("/a.txt?second").status, 200);
    bed.wait_until_it_says("/a.txt?second");
    bed.harness.get_by_label_contains("GET /a.txt?second").click();
    bed.settle();
    for (form, words) in [
        ("HAR 1.2", "\"url\":\"http://localhost/a.txt?second\""),
        ("curl command", "'http://localhost/a.txt?second'"),
        ("Bytes of the request", "GET /a.txt?second HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("Bytes of the response", "\r\n\r\nabcdefghijklmnopqrstuvwxyz"),
        ("C arrays", "static const unsigned char exchange_2_request["),
        ("Rust arrays", "pub static EXCHANGE_2_RESPONSE: [u8; "),
        ("Annotated dump", "; Target: /a.txt?second\n"),
    ] {
        for (menu, exports) in
            [("Capture", "Export this exchange"), ("Copy from this exchange", "Export to a file")]
        {
            let path = folder.path().join("out.txt");
            bed.desktop.0.borrow_mut().saving = Some(Chosen::Path(path.clone()));
            bed.click(menu);
            bed.click(exports);
            bed.click(&format!("{form}…"));
            bed.wait_until_it_says("Saved to ");
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(words) && !text.contains("?first"), "{form}: {text}");
            bed.click("Dismiss");
            std::fs::remove_file(path).unwrap();
        }
    }
    let names = bed.desktop.0.borrow().names.join(" ");
    assert!(names.starts_with("exchange-2.har exchange-2.har exchange-2.sh "), "{names}");
    assert!(names.contains("exchange-2-request.bin") && names.contains("exchange-2-response.bin"));
    let path = folder.path().join("all");
    bed.desktop.0.borrow_mut().saving = Some(Chosen::Path(path.clone()));
    bed.click("Capture");
    bed.click("Export capture as HAR…");
    bed.wait_until_it_says("Saved to ");
    let har: serde_json::Value =
        serde_json::from_slice(&std::fs::read(path.with_extension("har")).unwrap()).unwrap();
    assert_eq!(har["log"]["entries"].as_array().map(Vec::len), Some(2));
    // A folder that is not there: the error is shown.
    bed.desktop.0.borrow_mut().saving = Some(Chosen::Path(folder.path().join("no/out.har")));
    bed.click("Capture");
    bed.click("Export capture as HAR…");
    bed.wait_until_it_says("was not saved: cannot write ");
}

#[test]
fn an_exchange_is_copied_as_source_code_and_as_a_dump() {
    let mut bed = Bed::new();
    let mut client = support::Client::connect(bed.window().server().address().unwrap());
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n");
    client.send("x".repeat(300_000));
    assert_eq!(client.response("POST").status, 200);
    assert_eq!(client.get("/a.txt").status, 200);
    bed.wait_until_it_says("GET /a.txt");
    bed.harness.get_by_label_contains("GET /a.txt").click();
    bed.settle();
    for (item, words) in [
        ("As C arrays", "exchange_2_request[40]"),
        ("As Rust arrays", "EXCHANGE_2_REQUEST: [u8; 40]"),
        ("Annotated dump", "; Target: /a.txt"),
        ("As curl", "curl -i --path-as-is --globoff http://localhost/a.txt"),
    ] {
        let copied = bed.copied("Copy from this exchange", item).unwrap();
        assert!(copied.contains(words), "{item}: {copied}");
    }
    bed.harness.get_by_label_contains("POST /echo").click();
    bed.settle();
    assert_eq!(bed.copied("Copy from this exchange", "As C arrays"), None);
    assert!(bed.says("600 KB are too much for the clipboard as arrays. Export them to a file."));
    assert_eq!(bed.copied("Copy from this exchange", "As curl"), None);
    assert!(bed.says("a body of 300 KB is too long for a command line."));
}

#[test]
fn what_is_no_capture_is_not_opened() {
    let mut bed = Bed::new();
    let path = bed.folder.path().join("a.txt");
    bed.desktop.0.borrow_mut().capture = Some(Chosen::Path(path));
    bed.click("Capture");
    bed.click("Open capture…");
    bed.wait_until_it_says("a.txt cannot be read: ");
    bed.click("Back to the live capture");
    bed.desktop.0.borrow_mut().capture = Some(Chosen::Unavailable("No dialog.".to_owned()));
    bed.click("Capture");
    bed.click("Open capture…");
    assert!(bed.says("No dialog."));
}

#[test]
fn a_session_that_was_cut_off_is_offered() {
    let root = tempfile::tempdir().unwrap();
    let left_behind = || {
        let mut recording = Recording::begin(Some(root.path()), 1 << 30, None).unwrap();
        let at = SystemTime::UNIX_EPOCH;
        let (peer, local) = ("127.0.0.1:4000".parse().unwrap(), "127.0.0.1:80".parse().unwrap());
        let event = |at, conn, what| trace::Event { at, conn: ConnId::new(conn), exchange: None, what };
        recording.take(&[event(0, 0, EventKind::Epoch(at)), event(1, 1, EventKind::Opened { peer, local })]);
        let request: &[u8] = b"GET /left/behind HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let began = trace::Event {
            exchange: Some(ExchangeId::FIRST),
            ..event(2, 1, EventKind::RequestStarted { offset: 0 })
        };
        recording.take(&[event(2, 1, EventKind::Read { offset: 0, bytes: request.into() }), began]);
        recording.flush();
        recording.keep();
        drop(recording);
        capture::open::unfinished(root.path())
    };
    let mut bed = Bed::with_unfinished(left_behind());
    bed.wait_until_it_says("was cut off");
    bed.click("Open session");
    bed.wait_until_it_says("read-only");
    bed.wait_until_it_says("GET /left/behind");
    drop(bed);
    // The thread that reads it lets go of it a moment after the window is gone.
    let began = Instant::now();
    let left = loop {
        let left = capture::open::unfinished(root.path());
        if !left.is_empty() || began.elapsed() > PATIENCE {
            break left;
        }
        std::thread::yield_now();
    };
    let mut bed = Bed::with_unfinished(left);
    bed.click("Discard session");
    assert!(!bed.says("was cut off"));
    let began = Instant::now();
    while std::fs::read_dir(root.path()).unwrap().next().is_some() {
        assert!(began.elapsed() < PATIENCE, "it is still there");
        std::thread::yield_now();
    }
}

#[test]
fn a_folder_dropped_is_served_and_a_file_is_not() {
    let mut bed = Bed::new();
    let other = tempfile::tempdir().unwrap();
    let hovered = egui::HoveredFile { path: Some(other.path().to_owned()), ..egui::HoveredFile::default() };
    bed.harness.input_mut().hovered_files = vec![hovered];
    bed.harness.step();
    bed.harness.step();
    assert!(bed.says("Serve this folder"));
    bed.harness.input_mut().hovered_files.clear();
    bed.harness.input_mut().dropped_files = vec![Arc::new(Dropped(other.path().to_owned()))];
    bed.settle();
    assert_eq!(bed.window().server().settings().site, SiteChoice::Folder(other.path().to_owned()));
    let file = bed.folder.path().join("a.txt");
    bed.harness.input_mut().dropped_files = vec![Arc::new(Dropped(file))];
    bed.settle();
    assert!(bed.says("is a file, not a folder"));
    assert_eq!(bed.window().server().settings().site, SiteChoice::Folder(other.path().to_owned()));
}

#[test]
fn what_is_captured_and_answered_is_counted() {
    let mut bed = Bed::new().server_page();
    let mut client = support::Client::connect(bed.window().server().address().unwrap());
    client.send("GET /api/users/42 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    assert_eq!(client.response("GET").status, 200);
    bed.wait_until_it_says("1 exchange · 1 connection (1 open)");
    bed.wait_until_it_says("1 hit");
    bed.wait_until_it_says("1 open");
    assert!(bed.says("nothing dropped"));
    bed.click("Clear");
    bed.wait_until_it_says("0 exchanges");
}

#[test]
fn a_target_is_tried_and_every_reason_given() {
    let mut bed = Bed::new().server_page();
    bed.enter("Method and target", "POST /api/users/42");
    assert!(bed.says("method is POST"));
    bed.enter("Method and target", "GET nowhere");
    assert!(bed.says("A target starts with a slash."));
}

#[test]
fn keys_do_what_the_sheet_says() {
    let mut bed = Bed::new();
    bed.press(Modifiers::COMMAND, Key::Num2);
    assert!(bed.says("MIDDLEWARE"));
    bed.press(Modifiers::COMMAND, Key::Num1);
    assert!(!bed.says("MIDDLEWARE"));
    bed.press(Modifiers::NONE, Key::Space);
    assert!(bed.window().view().paused);
    bed.click("Resume view");
    assert!(!bed.window().view().paused);
    bed.press(Modifiers::NONE, Key::F1);
    assert!(bed.says("Keyboard shortcuts"));
    bed.press(Modifiers::NONE, Key::Escape);
    assert!(!bed.says("Keyboard shortcuts"));
}

#[test]
fn a_paused_window_still_shows_what_is_picked_and_filtered() {
    let mut bed = Bed::new();
    let mut client = support::Client::connect(bed.window().server().address().unwrap());
    for target in ["/a.txt", "/empty.txt"] {
        client.send(format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
        assert_eq!(client.response("GET").status, 200);
    }
    bed.wait_until_it_says("exchange 2 GET /empty.txt 200");
    bed.press(Modifiers::NONE, Key::Space);
    client.send("GET /late.txt HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    assert_eq!(client.response("GET").status, 404);
    bed.wait_until_it_says("3 exchanges");
    assert!(bed.says("Target: /a.txt") && !bed.says("/late.txt"));
    bed.press(Modifiers::NONE, Key::ArrowDown);
    bed.wait_until_it_says("Target: /empty.txt");
    bed.press(Modifiers::NONE, Key::Space);
    bed.wait_until_it_says("exchange 3 GET /late.txt 404");
}

#[test]
fn the_theme_is_chosen_and_remembered() {
    let mut bed = Bed::new();
    bed.click("Theme and shortcuts");
    bed.click("Light theme");
    assert_eq!(bed.harness.ctx.theme(), egui::Theme::Light);
    assert_eq!(bed.window().store().settings().theme, ThemeChoice::Light);
    bed.click("Theme and shortcuts");
    bed.click("Dark theme");
    assert_eq!(bed.harness.ctx.theme(), egui::Theme::Dark);
}

#[test]
fn what_went_wrong_before_the_window_is_said_in_it() {
    let mut bed = Bed::with(Store::forgetful(), &["The settings file is damaged."]);
    assert!(bed.says("The settings file is damaged."));
    bed.click("Dismiss");
    assert!(!bed.says("damaged"));
}

#[test]
fn an_idle_window_asks_for_no_frame() {
    let mut bed = Bed::new();
    let mut client = support::Client::connect(bed.window().server().address().unwrap());
    client.send("GET /a.txt HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    assert_eq!(client.response("GET").status, 200);
    bed.wait_until_it_says("exchange 1 GET /a.txt 200");
    // The connection stays open, and its idle timer runs.
    let began = Instant::now();
    let rests = |bed: &Bed| {
        let waits = bed.harness.output().viewport_output.values().map(|output| output.repaint_delay);
        waits.min() == Some(Duration::MAX)
    };
    // The rate of requests runs out.
    while !rests(&bed) {
        assert!(began.elapsed() < PATIENCE, "the window never rests");
        bed.harness.step();
        std::thread::yield_now();
    }
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    bed.harness.ctx.set_request_repaint_callback(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    // As long as one would look at it; recorder, server and waker go on meanwhile.
    std::thread::park_timeout(Duration::from_secs(1));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    bed.harness.step();
    assert!(rests(&bed), "a frame does not lead to the next");
}
