//! The window answers: what is done is seen, holds at once, and can be taken back.

use std::net::SocketAddr;

use byteglass::{
    capture::open::unfinished,
    service::MiddlewareKind,
    session::Recording,
    testing::{Client, script::Script},
    trace::Guard,
};
use egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Role, TouchPhase, ViewportCommand, ViewportId,
    vec2,
};
use egui_kittest::kittest::{NodeT as _, Queryable as _, by};

use super::harness::TestWindow;

fn ask(address: SocketAddr, target: &str) {
    let mut client = Client::connect(address);
    client.send(format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"));
    client.response("GET");
}

fn with_an_exchange() -> TestWindow {
    let mut window = TestWindow::new();
    ask(window.state().server().address().unwrap(), "/a.txt");
    window.wait_until_it_says("exchange 1 GET /a.txt 200");
    window
}

#[test]
fn clear_can_be_undone() {
    let mut window = with_an_exchange();
    window.click("Clear");
    assert!(window.says("Cleared 1 exchange.") && !window.says("exchange 1 GET"));
    ask(window.state().server().address().unwrap(), "/empty.txt");
    window.wait_until_it_says("exchange 2 GET /empty.txt 200");
    window.click("Undo");
    window.wait_until_it_says("exchange 1 GET /a.txt 200");
    assert!(window.says("exchange 2 GET /empty.txt 200"), "what came since is there, too");
    window.wait_until_it_says("2 exchanges");
    assert!(!window.says("Undo"));
    // What was dismissed is gone.
    window.click("Clear");
    window.click("Dismiss");
    assert!(!window.says("Undo") && !window.says("exchange 1 GET"));
}

#[test]
fn a_notice_that_something_was_done_moves_nothing_and_goes() {
    let mut window = with_an_exchange();
    let list = |window: &TestWindow| window.harness.get_by_label("exchange 1 GET /a.txt 200").rect();
    let before = list(&window);
    window.harness.get_by_label("Copy").click();
    assert!(window.copied_now().is_some_and(|copied| copied.starts_with("http://127.0.0.1:")));
    window.harness.step();
    assert!(window.says("Copied: http://127.0.0.1:"));
    assert_eq!(list(&window), before);
    // Frames of the tests are a quarter of a second apart.
    window.harness.run_steps(40);
    assert!(!window.says("Copied"));
}

#[test]
fn a_text_holds_while_it_is_typed() {
    let mut window = TestWindow::new().server_page();
    window.click("Basic auth settings");
    for (name, text) in [("User name", "ada"), ("Password", "secret word")] {
        let takes_text = |role| matches!(role, Role::TextInput | Role::PasswordInput);
        let input =
            || by().predicate(move |node| takes_text(node.role()) && node.label().as_deref() == Some(name));
        window.harness.get(input()).focus();
        window.harness.step();
        window.press(Modifiers::COMMAND, Key::A);
        window.harness.get(input()).type_text(text);
        window.settle();
        assert!(window.harness.get(input()).accesskit_node().is_focused(), "{name} has not left the input");
    }
    let auth = window.middleware().basic_auth;
    assert_eq!((&*auth.user, &*auth.password), ("ada", "secret word"));
    assert!(window.says("user \"ada\", password set"));
    // What cannot be a user's name is told below, and the last good one stays.
    let user = || by().role(Role::TextInput).label("User name");
    window.harness.get(user()).focus();
    window.settle();
    window.harness.get(user()).type_text(":");
    window.settle();
    assert!(window.says("A user name cannot contain a colon."));
    assert_eq!(window.middleware().basic_auth.user, "ada");
}

#[test]
fn a_limit_that_is_not_taken_as_typed_says_why() {
    let mut window = TestWindow::new().server_page();
    let timeout = |window: &TestWindow| window.state().server().settings().guards[Guard::HeadTimeout];
    let before = timeout(&window);
    window.enter("Header timeout", "soon");
    assert!(window.says("\"soon\" is not a time."));
    assert_eq!(timeout(&window), before);
    window.enter("Header timeout", "1h");
    assert_eq!(timeout(&window), 3_600_000);
    assert!(!window.says("is not a time"));
    window.enter("Header timeout", "0");
    assert!(window.says("The minimum is 1 ms."));
    assert_eq!(timeout(&window), 1);
}

#[test]
fn a_paused_view_says_so_and_the_title_says_what_is_served() {
    let mut window = with_an_exchange();
    window.press(Modifiers::NONE, Key::Space);
    assert!(window.says("view paused") && window.says("Resume view"));
    window.press(Modifiers::NONE, Key::Space);
    assert!(!window.says("view paused"));
    window.harness.get_by_label("Stop server").click();
    let mut titles = Vec::new();
    for _ in 0..200 {
        window.harness.step();
        let output = &window.harness.output().viewport_output[&ViewportId::ROOT];
        titles.extend(output.commands.iter().filter_map(|command| match command {
            ViewportCommand::Title(title) => Some(title.clone()),
            _ => None,
        }));
        if titles.iter().any(|title| title.contains("stopped")) {
            return;
        }
        std::thread::yield_now();
    }
    panic!("the title says {titles:?}");
}

#[test]
fn the_keys_are_found_and_the_wheel_zooms() {
    let mut window = TestWindow::new();
    window.click("Shortcuts");
    for key in ["Home, End", "PageUp, PageDown", "Ctrl+C", "Ctrl+S"] {
        assert!(window.says(key), "{key}");
    }
    window.press(Modifiers::NONE, Key::Escape);
    let turn = |window: &mut TestWindow, y: f32| {
        window.harness.event(Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, y),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Unknown,
            modifiers: Modifiers::COMMAND,
        });
        window.settle();
    };
    turn(&mut window, 1.0);
    turn(&mut window, 1.0);
    assert!((window.harness.ctx.zoom_factor() - 1.2).abs() < 0.01);
    turn(&mut window, -1.0);
    assert!((window.harness.ctx.zoom_factor() - 1.1).abs() < 0.01);
}

#[test]
fn a_field_is_copied_from_its_menu() {
    let mut window = with_an_exchange();
    for (item, text) in
        [("Copy value", "127.0.0.1"), ("Copy name and value", "Host: 127.0.0.1"), ("Copy name", "Host")]
    {
        window.harness.get_by_role_and_label(Role::TreeItem, "Host: 127.0.0.1").click_secondary();
        window.settle();
        window.harness.get_by_role_and_label(Role::Button, item).click();
        assert_eq!(window.copied_now().as_deref(), Some(text));
        window.settle();
    }
    let url = window.copied("Copy from this exchange", "URL");
    assert_eq!(url.as_deref(), Some("http://127.0.0.1/a.txt"));
}

#[test]
fn a_host_name_is_answered_to_from_the_next_request_on() {
    let mut window = TestWindow::new().server_page();
    window.enter("Host name", "App.test");
    assert_eq!(window.state().server().settings().hosts, ["app.test"]);
    assert_eq!(window.state().settings_file().settings().hosts, ["app.test"]);
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send("GET /a.txt HTTP/1.1\r\nHost: app.test\r\n\r\n");
    assert_eq!(client.response("GET").status, 200);
    window.enter("Host name", "app.test:80");
    assert!(window.says("A host name has letters, digits, hyphens and dots, and no port."));
    window.click("Do not answer to app.test");
    assert!(window.state().server().settings().hosts.is_empty());
}

#[test]
fn the_last_sessions_are_offered_and_deleted() {
    let root = tempfile::tempdir().unwrap();
    let mut recording = Recording::begin(Some(root.path()), 1 << 30, None).unwrap();
    let mut script = Script::default();
    script.open(1);
    let response = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    script.exchange(1, b"GET /earlier HTTP/1.1\r\nHost: a\r\n\r\n", response);
    recording.take(&script.batch().events);
    recording.keep_ended();
    drop(recording);
    let now = std::time::SystemTime::now();
    let mut window = TestWindow::with_unfinished(unfinished(root.path(), now));
    assert!(!window.says("did not shut down cleanly"));
    window.click("Capture");
    window.click("Earlier sessions");
    let item = window.harness.query_all_by_label_contains("a moment ago, ").next().expect("the session");
    item.click();
    window.wait_until_it_says("GET /earlier 200");
    window.wait_until_it_says("The session of a moment ago, read-only");
    let week = std::time::Duration::from_hours(8 * 24);
    drop(window);
    // Sooner or later the thread that reads it lets go of it, and after a week it goes.
    let began = std::time::Instant::now();
    while std::fs::read_dir(root.path()).unwrap().next().is_some() {
        assert!(unfinished(root.path(), now + week).is_empty());
        assert!(began.elapsed() < byteglass::testing::PATIENCE, "it is still there");
        std::thread::yield_now();
    }
}

#[test]
fn a_field_value_holds_while_it_is_typed_too() {
    let mut window = TestWindow::new().server_page();
    window.click("CORS settings");
    let origin = || by().role(Role::TextInput).label("CORS origin");
    window.harness.get(origin()).focus();
    window.harness.step();
    window.press(Modifiers::COMMAND, Key::A);
    window.harness.get(origin()).type_text("http://localhost:3000");
    window.settle();
    assert_eq!(window.middleware().cors.origin, "http://localhost:3000");
    assert!(!window.middleware().enabled(MiddlewareKind::Cors));
}
