//! What the window shows of a stream of events.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use byteglass::testing::Client;
use crossbeam_channel::{Sender, unbounded};
use egui_kittest::kittest::Queryable as _;

use super::harness::TestWindow;

const PATH: &str = "Path into the JSON of each event";

fn request(line: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

#[test]
fn events_are_listed_and_a_click_shows_bytes_and_parts() {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send(request("GET /events?count=3&ms=0"));
    client.until("0\r\n\r\n");
    window.wait_until_it_says("exchange 1 GET /events?count=3&ms=0 200");
    window.click("Events of the stream");
    window.wait_until_it_says("event 3, last, id 3, ");
    window.harness.get_by_label("event 1, message, id 1, 31 B, {\"number\":1,\"of\":3,\"text\":\"An\"}");
    window.harness.get_by_label("bytes of the event");
    assert!(window.says("EVENT 1, AS IT WAS SENT"));
    assert!(window.says("A client that connects again sends Last-Event-ID: 1."));
    assert!(window.says("3 events") && window.says("last id") && window.says("longest gap"));
    window.click("id");
    assert!(window.says("id. The id of the event."));
    window.click("event 3, last, id 3, 36 B, {\"number\":3,\"of\":3,\"text\":\" stream\"}");
    window.click("Content");
    window.click("event");
    assert!(window.says("event. The type of the event") && window.says("EVENT 3"));
    window.click("Bytes of the response");
    assert!(window.harness.query_by_label("bytes of the event").is_none());
}

#[test]
fn a_path_joins_the_events_to_the_text_that_they_carry() {
    let mut window = TestWindow::new();
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send(request("GET /events?count=5&ms=0"));
    client.until("0\r\n\r\n");
    window.wait_until_it_says("exchange 1 GET");
    window.click("Events of the stream");
    window.enter(PATH, "text");
    window.wait_until_it_says("An event stream is one");
    assert!(window.says("found in 5 events"));
    window.enter(PATH, "text[");
    assert!(window.says("This bracket is not closed.") && !window.says("An event stream is one"));
    window.enter(PATH, "number");
    assert!(window.says("12345"));
    window.enter(PATH, "nowhere");
    assert!(window.says("found in 0 events · not in 5"));
}

/// A backend that answers with what it is told to send.
fn backend() -> (std::net::SocketAddr, Sender<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = unbounded::<Vec<u8>>();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut head = [0; 4096];
        assert!(socket.read(&mut head).unwrap() > 0);
        while let Ok(bytes) = told.recv() {
            socket.write_all(&bytes).unwrap();
        }
    });
    (address, tell)
}

#[test]
fn events_of_a_backend_are_listed_as_they_come() {
    let (address, tell) = backend();
    let mut window = TestWindow::in_front_of(address);
    let mut client = Client::connect(window.state().server().address().unwrap());
    client.send(request("GET /v1/chat"));
    tell.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: hello\n\n".to_vec()).unwrap();
    window.wait_until_it_says("exchange 1 GET /v1/chat 200");
    window.click("Events of the stream");
    window.wait_until_it_says("event 1, comment, 0 B,  hello");
    tell.send(b"data: {\"delta\":\"Hel\"}\n\ndata: {\"del".to_vec()).unwrap();
    window.wait_until_it_says("event 2, message, 15 B");
    window.wait_until_it_says("event 3, not complete");
    window.enter(PATH, "delta");
    tell.send(b"ta\":\"lo\"}\n\n".to_vec()).unwrap();
    window.wait_until_it_says("Hello");
    window.click("From the backend, attempt 1");
    window.wait_until_it_says("EVENT 1, AS IT ARRIVED");
    tell.send(b"data: \xFF\n\n".to_vec()).unwrap();
    drop(tell);
    window.wait_until_it_says("event 4, message, 1 B, \\xff");
    window.click("Notes");
    window.wait_until_it_says("This is not UTF-8, so a client reads U+FFFD");
}
