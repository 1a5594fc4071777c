//! Tests of the Traffic page with synthetic captures.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::time::Duration;

use egui::{self, Event, Key, Modifiers, accesskit::Role, accesskit::Toggled, vec2};
use egui_kittest::{
    Harness, Node,
    kittest::{NodeT as _, Queryable as _},
};

use crate::{
    base::stream::{ExchangeId, Nanos},
    capture::Capture,
    config::{ListSettings, Panes},
    http::{Framing, Rule},
    server::{Live, Settings},
    store::Store,
    testing::script::{MS, Script, response},
    trace::CloseReason,
    ui::{
        command::Command,
        context::{Context, Opening},
        theme,
    },
};

use super::{
    TrafficPage,
    part::{Part, Stream},
};
use crate::ui::pages::Page as _;

mod attempts;
mod bytes;
mod chosen;
mod find;
mod long;
mod menu;
mod order;
mod rules;
mod sight;
mod states;
mod words;

const ECHO: &[u8] = b"POST /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n{\"a\":1}";
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{\"received\":{\"a\":1}}";
/// Offset of the second read of `ECHO`, in the middle of a field name.
const SPLIT: usize = 37;

struct Fixture {
    page: TrafficPage,
    capture: Capture,
    commands: Vec<Command>,
    url: Option<&'static str>,
    opened: Option<Opening>,
    paused: bool,
    now: u64,
    panes: Panes,
    list: ListSettings,
    /// The store, which no one else uses while the page paints.
    held: bool,
}

impl Fixture {
    fn frame(&mut self, ui: &mut egui::Ui) {
        let (settings, live) = (Settings::default(), Live::default());
        self.page.refresh(&self.capture, Nanos::new(self.now), self.paused);
        let context = Context {
            url: self.url,
            settings: &settings,
            live: &live,
            now: Nanos::new(self.now),
            paused: self.paused,
            address: None,
            listening_soon: None,
            home: None,
            opened: self.opened,
            address_problem: None,
            panes: &self.panes,
            list: &self.list,
        };
        let commands = if self.held {
            self.capture.read(|_| self.page.ui(ui, &context))
        } else {
            self.page.ui(ui, &context)
        };
        for command in commands {
            if let Command::SetPane { name, width } = command {
                self.panes.insert(name.to_owned(), width);
            } else if let Command::SetList(list) = &command {
                self.list.clone_from(list);
            }
            self.commands.push(command);
        }
    }
}

type TestPage = Harness<'static, Fixture>;

fn page_of(store: Store, size: [f32; 2]) -> TestPage {
    let fixture = Fixture {
        page: TrafficPage::default(),
        capture: Capture::of(store),
        commands: Vec::new(),
        url: Some("http://127.0.0.1:8080"),
        opened: None,
        paused: false,
        now: 10_000 * MS,
        panes: Panes::new(),
        list: ListSettings::default(),
        held: false,
    };
    let mut page = Harness::builder()
        .with_size(size)
        .with_max_steps(20)
        .with_context_setup(theme::install)
        .build_ui_state(|ui, fixture: &mut Fixture| fixture.frame(ui), fixture);
    page.run();
    page
}

fn page(store: Store) -> TestPage {
    page_of(store, WIDE)
}

/// Size of the page in a window of the usual size, and in the smallest window.
const WIDE: [f32; 2] = [1384.0, 828.0];
const SMALL: [f32; 2] = [844.0, 488.0];

/// Four connections: one that stays open, one that was refused, one with an incomplete head, and one with a
/// large body.
fn store() -> Store {
    let mut script = Script::default();
    script.open(1);
    script.exchange(1, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"hello"));
    let offset = script.wait(MS).read(1, &ECHO[..SPLIT]);
    script.wait(118 * MS).read(1, &ECHO[SPLIT..]);
    let id = script.request(1, offset, ECHO, Framing::Length(7));
    script.wait(MS).respond(1, id, ANSWER, None);
    script.open(2);
    script.refused(2, b"GET / HTTP/1.1\nHost: a\n\n", Rule::BareLineFeed, 14..15);
    script.open(3);
    let offset = script.read(3, b"GET /slow HTTP/1.1\r\nHos");
    let id = script.begin(3, offset);
    script.line(3, id, offset, b"GET /slow HTTP/1.1\r\n");
    let mut store = Store::new(64 << 20);
    store.apply(script.batch());
    store
}

fn click(page: &mut TestPage, name: &str) {
    page.get_by_label(name).click();
    page.run();
}

fn chosen(node: &Node<'_>) -> bool {
    node.accesskit_node().toggled() == Some(Toggled::True)
}

fn marked(page: &TestPage, name: &str) -> bool {
    chosen(&page.get_by_label(name))
}

/// All texts of the page, one per line.
fn says(page: &TestPage) -> String {
    let nodes = page.root().children_recursive().map(|node| {
        let node = node.accesskit_node();
        [node.label(), node.value()].into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    nodes.collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn assert_says(page: &TestPage, words: &str) {
    let said = says(page);
    assert!(said.contains(words), "{words:?} is not in:\n{said}");
}

#[track_caller]
fn press_at(page: &mut TestPage, from: egui::Pos2, to: egui::Pos2) {
    page.hover_at(from);
    page.run();
    page.drag_at(from);
    page.run();
    if to != from {
        page.hover_at(to);
        page.run();
    }
    page.drop_at(to);
    page.run();
}

fn assert_silent_about(page: &TestPage, words: &str) {
    assert!(!says(page).contains(words), "{words:?} is said");
}

#[test]
fn every_exchange_is_a_row_malformed_and_unfinished_ones_too() {
    let page = page(store());
    assert_says(&page, "exchange 1 GET / 200");
    assert_says(&page, "exchange 2 POST /api/echo 200");
    assert_says(&page, "exchange 3 ??? A line ends with LF alone; it must end with CR LF. 400");
    assert_says(&page, "exchange 4 GET /slow … no response yet");
    assert_says(&page, "conn 1 127.0.0.1:50001 keep-alive");
    assert_says(&page, "conn 2 127.0.0.1:50002 refused and closed");
    assert_says(&page, "headers incomplete 9.");
}

#[test]
fn a_connection_is_folded_and_unfolded() {
    let mut page = page(store());
    click(&mut page, "conn 1 127.0.0.1:50001 keep-alive");
    assert_silent_about(&page, "exchange 1 GET");
    assert_says(&page, "exchange 3 ???");
    click(&mut page, "conn 1 127.0.0.1:50001 keep-alive");
    assert_says(&page, "exchange 1 GET");
}

#[test]
fn the_filter_chooses_rows_and_says_what_it_does_not_understand() {
    let mut page = page(store());
    let enter = |page: &mut TestPage, text: &str| {
        page.get_by_label("Filter exchanges").focus();
        page.run();
        page.key_press_modifiers(Modifiers::COMMAND, Key::A);
        page.get_by_label("Filter exchanges").type_text(text);
        page.run();
    };
    enter(&mut page, "status>=400");
    assert_says(&page, "exchange 3 ???");
    assert_silent_about(&page, "exchange 2 POST");
    assert_says(&page, "1 of 4 shown");
    enter(&mut page, "status>=x");
    assert_says(&page, "\"x\" is not a whole number");
    let mistake = page.get_by_label("Filter exchanges").accesskit_node().description();
    assert_eq!(mistake.as_deref(), Some("mistake in x: \"x\" is not a whole number"));
    enter(&mut page, "path~nowhere");
    assert_says(&page, "None of the 4 exchanges matches the filter.");
    click(&mut page, "Show all");
    assert_says(&page, "exchange 2 POST");
    enter(&mut page, "echo");
    assert_silent_about(&page, "exchange 1 GET");
    click(&mut page, "Clear the filter");
    assert_says(&page, "exchange 1 GET");
}

#[test]
fn the_keyboard_moves_through_the_list() {
    let mut page = page(store());
    assert!(marked(&page, "exchange 1 GET / 200"), "the first exchange is looked at");
    let mut press = |key: Key, expected: u64| {
        page.key_press(key);
        page.run();
        assert_eq!(page.state().page.model.selected, Some(ExchangeId::nth(expected)), "after {key:?}");
    };
    press(Key::ArrowDown, 2);
    press(Key::ArrowDown, 3);
    press(Key::ArrowUp, 2);
    press(Key::End, 4);
    press(Key::ArrowDown, 4);
    press(Key::Home, 1);
}

#[test]
fn each_tab_says_its_part() {
    let mut page = page(store());
    click(&mut page, "exchange 2 POST /api/echo 200");
    assert_says(&page, "Request line");
    assert_says(&page, "Framing: Content-Length → 7 bytes");
    click(&mut page, "Route");
    assert_says(&page, "GET /health");
    assert_says(&page, "segment 1 is \"api\", not \"health\"");
    assert_says(&page, "POST /api/echo");
    assert_says(&page, "matches");
    click(&mut page, "Middleware");
    assert_says(&page, "Request logger");
    assert_says(&page, "+ Server: byteglass");
    click(&mut page, "Response");
    assert_says(&page, "Status: 200");
    assert_says(&page, "\"received\": {");
    click(&mut page, "Notes");
    assert_says(&page, "No remarks.");
}

#[test]
fn a_fault_is_marked_noted_and_linked_to_its_rule() {
    let mut page = page(store());
    click(&mut page, "exchange 3 ??? A line ends with LF alone; it must end with CR LF. 400");
    let mark = page.state().page.view.mark.clone().unwrap();
    assert_eq!(mark.range, 14..15);
    click(&mut page, "Notes");
    let note = "note: A line ends with LF alone";
    assert_says(&page, note);
    page.state_mut().page.view.mark = None;
    page.state_mut().page.view.mark(Part { stream: Stream::REQUEST, range: 0..3 });
    page.run();
    let full = says(&page).lines().find(|line| line.starts_with(note)).unwrap().to_owned();
    let rect = page.get_by_label(&full).rect();
    press_at(&mut page, rect.right_top() + vec2(-20.0, 8.0), rect.right_top() + vec2(-20.0, 8.0));
    assert_eq!(page.state().page.view.mark.clone().unwrap().range, 14..15);
    page.get_all_by_label("RFC 9112 §2.2").next().unwrap().click();
    page.run();
    let url = "https://www.rfc-editor.org/rfc/rfc9112#section-2.2".to_owned();
    assert_eq!(page.state().commands, [Command::OpenUrl(url)]);
}

#[test]
fn before_anything_arrives_the_page_says_what_to_do() {
    let mut page = page(Store::new(1 << 20));
    assert_says(&page, "Nothing has arrived yet");
    click(&mut page, "Open in browser");
    click(&mut page, "Copy command");
    let expected = [
        Command::OpenUrl("http://127.0.0.1:8080/".to_owned()),
        Command::CopyText("curl -i http://127.0.0.1:8080/".to_owned()),
    ];
    assert_eq!(page.state().commands, expected);
    page.state_mut().url = None;
    page.run();
    click(&mut page, "Start the server");
    assert_eq!(page.state().commands.last(), Some(&Command::StartServer));
}

#[test]
fn an_exchange_that_has_left_is_said_to_have_left() {
    let mut script = Script::default();
    script.open(1);
    for _ in 0..200 {
        script.exchange(1, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(&[b'x'; 1000]));
    }
    let mut store = Store::new(64 << 20);
    store.apply(script.batch());
    let mut page = page(store);
    assert_eq!(page.state().page.model.selected, Some(ExchangeId::nth(1)));
    page.state().capture.set_budget(60_000);
    page.run();
    assert_says(&page, "Exchange 1 is no longer available");
    click(&mut page, "Show the latest");
    assert_eq!(page.state().page.model.selected, Some(ExchangeId::nth(200)));
    assert_says(&page, "message 200");
}

#[test]
fn a_paused_page_stays_as_it_was() {
    let mut page = page(store());
    page.state_mut().paused = true;
    page.run();
    let mut script = Script::default();
    script.exchanges = 4;
    script.open(9);
    script.exchange(9, b"GET /late HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"x"));
    let mut later = store();
    later.apply(script.batch());
    page.state_mut().capture = Capture::of(later);
    page.run();
    assert_silent_about(&page, "/late");
    page.state_mut().paused = false;
    page.run();
    assert_says(&page, "exchange 5 GET /late 200");
}

#[test]
fn nothing_is_painted_while_nothing_happens() {
    let wait =
        |page: &TestPage| page.output().viewport_output.values().map(|output| output.repaint_delay).min();
    let mut script = Script::default();
    script.open(1);
    script.exchange(1, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"hello"));
    script.close(1, CloseReason::Client);
    let mut done = Store::new(1 << 20);
    done.apply(script.batch());
    let mut still = page(done);
    still.run_steps(8);
    assert_eq!(wait(&still), Some(Duration::MAX));
    // A visible running time is updated ten times a second.
    let mut live = page(store());
    live.run_steps(8);
    assert_eq!(wait(&live), Some(Duration::from_millis(100)));
}

#[test]
fn a_large_body_costs_what_can_be_seen() {
    let body = vec![b'a'; 10 << 20];
    let mut script = Script::default();
    script.open(1);
    script.exchange(1, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(&body));
    let mut store = Store::new(64 << 20);
    store.apply(script.batch());
    let mut page = page(store);
    click(&mut page, "Bytes of the response");
    let lines = says(&page).lines().filter(|line| line.contains("61 61 61 61")).count();
    assert!((10..60).contains(&lines), "{lines} lines of the body are painted");
    let range = 10 << 20..(10 << 20) + 1;
    page.state_mut().page.view.reveal(Part { stream: Stream::RESPONSE, range });
    page.run();
    assert_says(&page, "9ffffd  61 61");
}
