//! Clients and files that behave badly, over real sockets. `examples/slow_clients.rs` has the same at
//! full size, with figures.

use std::{
    cell::Cell,
    fs,
    io::{ErrorKind, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use byteglass::{
    base::stream::Direction,
    server::Guards,
    service::MiddlewareKind,
    testing::{Arrival, Client, PATIENCE, ScratchFolder, Site, noise},
    trace::{CloseReason, EventKind, Guard, NoteKind, Stage},
};

use crate::cli::program::{Running, byteglass_after};

/// RFC 9112 §8: what ends with the connection "is considered complete unless an error was indicated by
/// the underlying connection".
#[test]
fn a_response_without_a_length_that_breaks_off_is_reset() {
    let site = Site::start_as(|settings| settings.middleware.set_enabled(MiddlewareKind::Compression, true));
    let path = site.folder.path().join("noise.txt");
    fs::write(&path, noise(20_000_000)).unwrap();
    let mut client = site.client();
    client.send("GET /noise.txt HTTP/1.0\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n");
    site.wait_for(|event| event.kind.direction() == Some(Direction::Sent));
    fs::File::options().write(true).open(&path).unwrap().set_len(1000).unwrap();
    // It reads what there is, so that the server goes on and finds the end of the file.
    assert_eq!(client.rest(), Err(ErrorKind::ConnectionReset));
    let noted = Cell::new(false);
    site.wait_for(|event| {
        let is_note = |kind| matches!(kind, &NoteKind::FileFailed(_));
        noted.set(noted.get() || matches!(&event.kind, EventKind::NoteAdded(note) if is_note(&note.kind)));
        matches!(event.kind, EventKind::Closed(CloseReason::FileBroke))
    });
    assert!(noted.get());
    assert_eq!(site.client().get("/a.txt").status, 200);
}

/// As many as fit beside other tests where a process may have 1024 descriptors: each takes two here.
const CROWD: usize = 120;

#[test]
fn silent_and_dripping_clients_keep_nobody_waiting() {
    let site = Site::start();
    let _silent: Vec<Client> = (0..CROWD).map(|_| site.client()).collect();
    let mut dripping: Vec<Client> = (0..CROWD).map(|_| site.client()).collect();
    let mut normal = site.client();
    let mut rest = "GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n".bytes().peekable();
    while let Some(byte) = rest.next() {
        for client in &mut dripping {
            client.send([byte]);
        }
        if rest.peek().is_some() {
            assert_eq!(normal.get("/a.txt").status, 200);
        }
    }
    for client in &mut dripping {
        assert_eq!(client.response("GET").status, 200, "none of them was given up");
    }
}

/// A byte now and then does not move the time on by which the whole head has to be there.
#[test]
fn a_head_that_never_ends_is_ended() {
    let site = Site::start_with(Guards::default().with(Guard::HeadTimeout, 200));
    let mut client = site.client();
    client.send("GET /a.txt HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    let begun = Instant::now();
    while client.receive(Duration::from_millis(20)) == Arrival::Nothing {
        client.send("x");
        assert!(begun.elapsed() < PATIENCE, "the head may go on for ever");
    }
    assert_eq!(client.response("GET").status, 408);
    assert_eq!(site.client().get("/a.txt").status, 200);
}

/// The output for it is bounded, and what the system holds for it is given up.
#[test]
fn a_client_that_never_reads_is_reset_after_a_bounded_number_of_bytes() {
    const LARGE: u64 = 1 << 30;
    let site = Site::start_with(Guards::default().with(Guard::WriteTimeout, 300));
    fs::File::create(site.folder.path().join("large.bin")).unwrap().set_len(LARGE).unwrap();
    let mut client = site.client();
    client.send("GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let written = Cell::new(0);
    let closed = site.wait_for(|event| {
        match &event.kind {
            EventKind::Bytes { stream, offset, payload } if stream.direction == Direction::Sent => {
                written.set(offset + payload.count());
            }
            _ => {}
        }
        matches!(event.kind, EventKind::Closed(_))
    });
    assert!(matches!(closed.kind, EventKind::Closed(CloseReason::Timeout(Guard::WriteTimeout))));
    assert!(written.get() < LARGE / 8, "{} bytes for nobody", written.get());
    assert_eq!(client.rest(), Err(ErrorKind::ConnectionReset));
}

/// What is made while it is sent waits for the client too: a listing, a compressed file.
#[test]
fn a_body_that_is_made_waits_for_a_client_that_does_not_read() {
    let site = Site::start_as(|settings| {
        settings.middleware.set_enabled(MiddlewareKind::Compression, true);
        settings.guards.set(Guard::WriteTimeout, 300);
    });
    fs::write(site.folder.path().join("noise.txt"), noise(64 << 20)).unwrap();
    let mut client = site.client();
    client.send("GET /noise.txt HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n");
    let done = Cell::new(false);
    site.wait_for(|event| {
        done.set(done.get() || matches!(event.kind, EventKind::Stage(Stage::ResponseSent { .. })));
        matches!(event.kind, EventKind::Closed(CloseReason::Timeout(Guard::WriteTimeout)))
    });
    assert!(!done.get());
    assert_eq!(site.client().get("/a.txt").status, 200);
}

/// What a stream of events makes waits for the client, and when it takes nothing for too long, it is let go.
#[test]
fn a_client_that_stops_reading_events_holds_little_and_slows_nobody() {
    const STREAMS: usize = 400;
    let site = Site::start_with(Guards::default().with(Guard::WriteTimeout, 500));
    let mut client = site.client();
    let ask = "GET /events?count=1000&ms=0 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    client.send(ask.repeat(STREAMS));
    let mut other = site.client();
    for _ in 0..50 {
        assert_eq!(other.get("/a.txt").status, 200, "nobody else waits");
    }
    let (written, answered) = (Cell::new(0), Cell::new(0));
    let closed = site.wait_for(|event| {
        match &event.kind {
            EventKind::Bytes { stream, offset, payload } if stream.direction == Direction::Sent => {
                written.set(written.get().max(offset + payload.count()));
            }
            EventKind::Stage(Stage::ResponseSent { .. }) => answered.set(answered.get() + 1),
            _ => {}
        }
        matches!(event.kind, EventKind::Closed(CloseReason::Timeout(_)))
    });
    assert!(matches!(closed.kind, EventKind::Closed(CloseReason::Timeout(Guard::WriteTimeout))));
    // What the system holds for it, and no more.
    assert!(written.get() < 16 << 20 && answered.get() < STREAMS, "{} bytes for nobody", written.get());
    assert_eq!(site.client().get("/a.txt").status, 200);
}

/// Accepting pauses while there is no descriptor, says so, and comes back.
#[test]
fn a_server_without_descriptors_serves_on_and_comes_back() {
    let home = ScratchFolder::new();
    let server =
        Running::start(byteglass_after("ulimit -n 64", home.path()).args(["--headless", "--port", "0"]));
    let mut first = server.client();
    assert_eq!(first.get("/").status, 200);
    let mut crowd: Vec<Client> = (0..100).map(|_| server.client()).collect();
    while !server.line().contains("there is room for") {}
    // Files too: some descriptors are kept for them.
    assert_eq!(first.get("/").status, 200, "who is there is served on");
    let told = |client: &mut Client| client.receive(Duration::from_millis(20)) == Arrival::Bytes;
    let refused = (0..crowd.len()).find(|at| told(&mut crowd[*at])).expect("some are told");
    assert_eq!(crowd[refused].response("GET").status, 503);
    drop(crowd);
    assert_eq!(server.client().get("/").status, 200, "and who comes when there is room");
    // What it prints is not read any more, so it may not wait for that.
    assert_eq!(server.interrupt().0, Some(0));
}

/// A client that sends this and takes nothing. Returns it with the status that has come.
fn unread(address: SocketAddr, request: &[u8]) -> (TcpStream, String) {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.write_all(request).unwrap();
    let mut start = [0; 12];
    while socket.peek(&mut start).unwrap() < start.len() {
        std::thread::yield_now();
    }
    let status = String::from_utf8_lossy(&start[9..]).into_owned();
    (socket, status)
}

#[test]
fn answers_that_nobody_takes_count_until_they_are_written() {
    const BODY: usize = 900_000;
    let site = Site::start();
    let address = site.server.address().unwrap();
    // Each byte of it takes six in the answer.
    let mut request =
        format!("POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: {BODY}\r\n\r\n")
            .into_bytes();
    request.resize(request.len() + BODY, 1);
    let mut waiting = Vec::new();
    let refused = loop {
        let (socket, status) = unread(address, &request);
        if status != "200" {
            break status;
        }
        waiting.push(socket);
        assert!(waiting.len() < 20, "all answers are held");
    };
    // All of them together have 32 MiB, and an answer takes over 5.
    assert_eq!((&*refused, waiting.len()), ("503", 6));
    // Others are served, and there is room again once they have left.
    assert_eq!(site.client().get("/a.txt").status, 200);
    drop(waiting);
    let began = Instant::now();
    while unread(address, &request).1 != "200" {
        assert!(began.elapsed() < PATIENCE, "their room never comes back");
    }
}
