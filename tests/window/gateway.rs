//! What the window shows of requests that are passed on to a backend.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
};

use byteglass::testing::Client;
use egui_kittest::kittest::Queryable as _;

use super::harness::TestWindow;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// A backend that answers as many requests without a body on each of as many connections, and then closes.
fn backend(connections: usize, requests: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for _ in 0..connections {
            let (mut socket, _) = listener.accept().unwrap();
            for _ in 0..requests {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && socket.read(&mut byte).unwrap_or(0) > 0 {
                    head.extend(byte);
                }
                let _ = socket.write_all(ANSWER);
            }
        }
    });
    address
}

fn client(window: &TestWindow) -> Client {
    Client::connect(window.state().server().address().unwrap())
}

#[test]
fn the_tab_shows_what_the_backend_was_asked_and_what_it_answered() {
    let address = backend(1, 2);
    let mut window = TestWindow::in_front_of(address);
    let mut client = client(&window);
    let fields = ["Connection: keep-alive, X-Debug", "X-Debug: 1"];
    assert_eq!(client.get_with("/a?b", &fields).text(), "hello");
    window.wait_until_it_says("exchange 1 GET /a?b 200 → app-1");
    window.click("Upstream");
    assert!(window.says("ATTEMPT 1 OF 1"));
    assert!(window.says("app-1") && window.says(&address.to_string()) && window.says("conn 2, new"));
    assert!(window.says("FIELDS CHANGED") && !window.says("TARGET CHANGED"));
    for change in ["+ Via: 1.1 byteglass", "+ X-Forwarded-For: 127.0.0.1", "− X-Debug: 1"] {
        assert!(window.says(change), "{change}");
    }
    assert!(window.says("~ Host: ") && window.says(&format!("→ {address}")));
    for pane in ["AS IT ARRIVED", "AS IT WAS SENT ON", "AS IT CAME BACK", "AS IT WAS ANSWERED"] {
        window.harness.get_by_label(pane);
    }
    for bytes in ["bytes of the request", "bytes that were sent on", "bytes that came back"] {
        window.harness.get_by_label(bytes);
    }
    assert!(window.says("conn 1 · message 1 → app-1 conn 2 · message 1"));

    assert_eq!(client.get("/again").text(), "hello");
    window.wait_until_it_says("exchange 2 GET /again 200");
    window.click("exchange 2 GET /again 200 → app-1");
    assert!(window.says("conn 2 used again, idle "));
    assert!(window.says("conn 1 · message 2 → app-1 conn 2 · message 2"));
    assert!(!window.says("X-Debug: 1"));
    window.harness.get_by_label("bytes that were sent on");
    window.wait_until_it_says("Connection ended");
    assert!(window.says("closed by the backend after"));
}

#[test]
fn the_card_says_who_wrote_a_part_and_what_became_of_one_that_arrived() {
    let address = backend(1, 1);
    let mut window = TestWindow::in_front_of(address);
    let fields = ["Connection: keep-alive, X-Debug", "X-Debug: 1", "Accept: a"];
    assert_eq!(client(&window).get_with("/a?b", &fields).text(), "hello");
    window.wait_until_it_says("exchange 1 GET /a?b 200 → app-1");
    window.click("X-Debug: 1");
    assert!(
        window.says("was named by Connection, so it is for this connection only. A gateway takes it out")
    );
    window.click("Accept: a");
    assert!(window.says("Sent on as it is, at offset "));
    window.click("As it was sent on");
    window.click("X-Forwarded-For: 127.0.0.1");
    assert!(
        window.says("The backend learns the client's address, its Host and its scheme from the gateway.")
    );
    window.click("Accept: a");
    assert!(window.says("As it arrived, at offset "));
}

#[test]
fn an_exchange_that_was_not_passed_on_has_no_such_tab() {
    let mut window = TestWindow::new();
    assert_eq!(client(&window).get("/a.txt").status, 200);
    window.wait_until_it_says("exchange 1 GET /a.txt 200");
    assert!(window.harness.query_by_label("Upstream").is_none() && !window.says("→ 127.0.0.1"));
    window.harness.get_by_label("Anatomy");
}

#[test]
fn a_filter_finds_what_went_to_a_backend() {
    let address = backend(1, 1);
    let mut window = TestWindow::in_front_of(address);
    assert_eq!(client(&window).get("/a").status, 200);
    window.wait_until_it_says("exchange 1 GET /a 200");
    for (filter, passes) in [
        (format!("upstream={address}"), true),
        (format!("upstream:{}", address.port()), true),
        (format!("upstream!={address}"), false),
        ("upstream=other".to_owned(), false),
    ] {
        window.type_filter(&filter);
        assert_eq!(window.says("exchange 1 GET /a"), passes, "{filter}");
    }
}

#[test]
fn of_a_request_that_reached_no_backend_the_tab_says_why() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let mut window = TestWindow::in_front_of(address);
    assert_eq!(client(&window).get("/a").status, 502);
    window.wait_until_it_says("exchange 1 GET /a 502");
    window.click("Upstream");
    assert!(window.says("app-1") && window.says(&format!("none; dialed {address}")));
    assert!(window.says("refused the connection"));
}
