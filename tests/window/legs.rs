//! Both legs of an exchange that was passed on, beside each other.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
};

use byteglass::testing::Client;
use egui::{
    accesskit::{Role, Toggled},
    vec2,
};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::harness::TestWindow;

const PANES: [&str; 4] = ["AS IT ARRIVED", "AS IT WAS SENT ON", "AS IT CAME BACK", "AS IT WAS ANSWERED"];

/// A backend that answers one request with a body of this length.
fn backend(body: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && socket.read(&mut byte).unwrap_or(0) > 0 {
            head.extend(byte);
        }
        let head = format!("HTTP/1.1 200 OK\r\nX-Made-By: backend\r\nContent-Length: {body}\r\n\r\n");
        let _ = socket.write_all(head.as_bytes());
        let _ = socket.write_all(&vec![b'a'; body]);
        let _ = socket.read(&mut byte);
    });
    address
}

/// A window on an exchange that was passed on, with a body of this length.
fn forwarded(body: usize) -> (TestWindow, SocketAddr) {
    let address = backend(body);
    let mut window = TestWindow::in_front_of(address);
    let mut client = Client::connect(window.state().server().address().unwrap());
    let fields = ["Connection: keep-alive, X-Debug", "X-Debug: 1", "Accept: text/plain"];
    assert_eq!(client.get_with("/orders", &fields).text().len(), body);
    window.wait_until_it_says("exchange 1 GET /orders 200 → app-1");
    window.settle();
    (window, address)
}

/// Whether a line of bytes that holds these words is lit.
fn lit(window: &TestWindow, words: &str) -> Vec<bool> {
    let nodes = window.harness.query_all_by_label_contains(words);
    let nodes = nodes.map(|node| node.accesskit_node()).filter(|node| node.role() == Role::Label);
    nodes.map(|line| line.toggled() == Some(Toggled::True)).collect()
}

#[test]
fn a_wide_window_shows_both_messages_on_both_legs() {
    let (mut window, _) = forwarded(5);
    for pane in PANES {
        window.harness.get_by_label(pane);
    }
    assert!(window.says("conn 1 · message 1 → app-1 conn 2 · message 1"));
    assert!(window.says("conn 1 · offset 0 (0x0)") && window.says("conn 2 · offset 0 (0x0)"));
    for lane in ["client IN →", "upstream →", "← upstream", "← client"] {
        window.harness.get_by_label(lane);
    }
    window.click("Legs whose bytes are shown");
    window.click("Client’s leg");
    window.harness.get_by_label("bytes of the request");
    assert!(window.harness.query_by_label("bytes that were sent on").is_none());
    window.click("Legs whose bytes are shown");
    window.click("Upstream’s leg");
    window.harness.get_by_label("bytes that were sent on");
    assert!(window.harness.query_by_label("bytes of the request").is_none());
}

#[test]
fn what_is_marked_on_one_leg_is_lit_on_the_other() {
    let (mut window, address) = forwarded(5);
    window.click("Accept: text/plain");
    assert_eq!(lit(&window, "Accept: text/plain"), [false, true], "only the line that was sent on is lit");
    window.click("As it was sent on");
    window.click("Accept: text/plain");
    assert!(lit(&window, "Accept: text/plain").contains(&true));
    window.click("As it arrived");
    window.click("X-Debug: 1");
    assert!(!lit(&window, "X-Debug").contains(&true), "it was not sent on");
    window.click("As it was sent on");
    window.click(&format!("Host: {address}"));
    assert!(lit(&window, "Host: ").contains(&true), "fields of one name belong together");
}

/// What became of the line of bytes with these words, as a screen reader tells it, in each pane that has the line.
fn changes(window: &TestWindow, words: &str) -> Vec<Option<String>> {
    let nodes = window.harness.query_all_by_label_contains(words);
    let nodes = nodes.map(|node| node.accesskit_node());
    let lines = nodes.filter(|node| node.role() == Role::Label && node.description().is_some());
    lines.map(|line| line.description()).collect()
}

#[test]
fn what_was_put_in_changed_and_taken_out_is_tinted() {
    let (mut window, address) = forwarded(5);
    window.click("Text");
    let told = |words: &str| Some(words.to_owned());
    assert_eq!(changes(&window, "X-Debug: 1"), [told("taken out")]);
    assert_eq!(changes(&window, "Connection: keep-alive, X-Debug"), [told("taken out")]);
    assert_eq!(changes(&window, &format!("Host: {address}")), [told("changed")]);
    assert_eq!(changes(&window, "X-Forwarded-For: 127.0.0.1"), [told("put in")]);
    // In the request and in the response.
    assert_eq!(changes(&window, "Via: 1.1 byteglass-"), [told("put in"), told("put in")]);
    assert_eq!(changes(&window, "Accept: text/plain"), [], "it went on as it is");
}

#[test]
fn the_pointer_over_a_line_lights_it_on_the_other_leg() {
    let (mut window, _) = forwarded(5);
    window.click("Text");
    assert!(!lit(&window, "Accept: text/plain").contains(&true));
    let line = |window: &TestWindow, nth: usize| {
        let nodes = window.harness.query_all_by_label_contains("Accept: text/plain");
        let lines = nodes.filter(|node| node.accesskit_node().role() == Role::Label);
        let mut rects: Vec<_> = lines.map(|node| node.rect()).collect();
        rects.sort_by(|one, other| one.left().total_cmp(&other.left()));
        rects[nth]
    };
    // The left half of a line is over its first bytes.
    for nth in [0, 1] {
        let over = line(&window, nth);
        window.harness.hover_at(egui::pos2(over.left() + 30.0, over.center().y));
        window.settle();
        let lines = lit(&window, "Accept: text/plain");
        assert_eq!(lines.iter().filter(|is_lit| **is_lit).count(), 1, "{nth}: {lines:?}");
    }
    window.harness.hover_at(egui::pos2(5.0, 5.0));
    window.settle();
    assert!(!lit(&window, "Accept: text/plain").contains(&true));
}

#[test]
fn each_attempt_has_its_blocks_in_the_lanes() {
    let resets = TcpListener::bind("127.0.0.1:0").unwrap();
    let first = resets.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut socket, _) = resets.accept().unwrap();
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") && socket.read(&mut byte).unwrap_or(0) > 0 {
            head.extend(byte);
        }
    });
    let mut window = TestWindow::in_front_of_all(&[first, backend(5)]);
    let mut client = Client::connect(window.state().server().address().unwrap());
    assert_eq!(client.get("/orders").text(), "aaaaa");
    window.wait_until_it_says("exchange 1 GET /orders 200 → app-2");
    window.settle();
    for block in [
        "app-1 chosen and reached: took ",
        "Waiting for app-1: ",
        ", and nothing came",
        "app-2 chosen and reached: took ",
        "Waiting for app-2: ",
    ] {
        assert!(window.says(block), "{block}");
    }
    let left = |window: &TestWindow, words: &str| {
        window.harness.query_all_by_label_contains(words).next().unwrap().rect().left()
    };
    assert!(left(&window, "app-1 chosen") < left(&window, "app-2 chosen"));
    window.click("Legs whose bytes are shown");
    window.click("Attempt 1: app-1 conn 2");
    assert!(window.says("conn 1 · message 1 → app-1 conn 2 · message 1"));
    window.click("Upstream");
    for words in ["ATTEMPT 1 OF 2", "ATTEMPT 2 OF 2", "broke the connection off", "tried already"] {
        assert!(window.says(words), "{words}");
    }
}

#[test]
fn bytes_of_an_upstream_leg_are_explained_and_copied() {
    let (mut window, _) = forwarded(5);
    window.click("Bytes of the response");
    window.click("Response");
    window.click("As it came back");
    window.click("X-Made-By: backend");
    assert_eq!(lit(&window, "X-Made-By: backend"), [false, true], "the line that the client was sent is lit");
    assert_eq!(
        window.copied("Copy from this exchange", "Marked bytes").as_deref(),
        Some("X-Made-By: backend")
    );
    let dump = window.copied("Copy from this exchange", "Hex dump").unwrap();
    assert!(dump.contains("X-Made-By"), "{dump}");
}

#[test]
fn a_narrow_window_shows_one_leg_with_a_switch() {
    let (mut window, _) = forwarded(5);
    window.harness.set_size(vec2(1024.0, 700.0));
    window.settle();
    window.harness.get_by_label("bytes of the request");
    assert!(window.harness.query_by_label("bytes that were sent on").is_none());
}
