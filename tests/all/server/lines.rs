//! The protocol of lines over real sockets.

use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use byteglass::{
    lines::BufferKind,
    server::{Guards, LinesSettings, Setting},
    session::{Item, Recording, Scan},
    store::{Outcome, Store},
    testing::{Arrival, Client, PATIENCE, Site},
    trace::{CloseReason, EventKind, Guard, ProtocolKind},
};

fn site() -> Site {
    site_with(Guards::default(), BufferKind::default())
}

fn site_with(guards: Guards, buffer: BufferKind) -> Site {
    Site::start_as(|settings| {
        settings.guards = guards;
        settings.lines = LinesSettings { port: Some(0), buffer };
    })
}

fn address(site: &Site) -> SocketAddr {
    site.server.address_of(ProtocolKind::Lines).unwrap()
}

/// What is said in reply to `bytes`, up to the server's end.
fn said(site: &Site, bytes: impl AsRef<[u8]>) -> String {
    let mut client = Client::connect(address(site));
    client.send(bytes);
    client.end();
    client.rest().unwrap().into_iter().map(char::from).collect()
}

#[test]
fn a_conversation_with_every_buffer() {
    for buffer in BufferKind::ALL {
        let site = site_with(Guards::default(), buffer);
        assert_eq!(said(&site, "hello\n\nquit\n"), "Echo: hello\nEcho: \nBye.\n");
        assert_eq!(said(&site, "a\r\n\u{FF}\n"), "Echo: a\r\nEcho: \u{C3}\u{BF}\n");
        assert_eq!(said(&site, "half"), "Error: The connection ended in the middle of a message.\n");
        assert_eq!(site.client().get("/a.txt").status, 200, "HTTP is spoken beside it");
    }
}

#[test]
fn a_message_over_the_limit_is_answered_and_ends_the_conversation() {
    let site = site_with(Guards::default().with(Guard::MessageBytes, 5), BufferKind::Fixed);
    let answer = "Echo: 12345\nError: The message is longer than this server allows. The limit is 5 bytes.\n";
    assert_eq!(said(&site, "12345\n123456\nmore\n"), answer);
    site.wait_for(|event| matches!(event.kind, EventKind::Closed(CloseReason::ServerRefused)));
}

#[test]
fn silence_ends_a_conversation() {
    let site = site_with(Guards::default().with(Guard::IdleTimeout, 20), BufferKind::Lazy);
    let mut client = Client::connect(address(&site));
    assert_eq!(client.send("one\n").rest().unwrap(), b"Echo: one\n");
    // Else the server lingers.
    drop(client);
    site.wait_for(|event| matches!(event.kind, EventKind::Closed(CloseReason::Timeout(Guard::IdleTimeout))));
}

#[test]
fn the_listener_goes_and_comes_with_the_setting() {
    let site = Site::start();
    assert_eq!(site.server.address_of(ProtocolKind::Lines), None);
    site.set(Setting::Lines(LinesSettings { port: Some(0), buffer: BufferKind::Compacting }));
    assert_eq!(said(&site, "one\n"), "Echo: one\n");
    let old = address(&site);
    assert!(site.server.live().lines.address.is_some());
    site.set(Setting::Lines(LinesSettings { port: Some(old.port()), buffer: BufferKind::Fixed }));
    assert_eq!(address(&site), old, "it stays where it is");
    site.set(Setting::Lines(LinesSettings::default()));
    assert_eq!(site.server.address_of(ProtocolKind::Lines), None);
    assert_eq!(
        TcpStream::connect(old).map_err(|error| error.kind()).err(),
        Some(ErrorKind::ConnectionRefused)
    );
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = Some(busy.local_addr().unwrap().port());
    site.set(Setting::Lines(LinesSettings { port, buffer: BufferKind::Fixed }));
    assert!(site.server.live().lines.problem.as_ref().is_some_and(|why| why.contains("in use")));
    assert_eq!(site.client().get("/a.txt").status, 200);
}

/// What a client sends before it reads: lines of 100 bytes.
const FLOOD: usize = 100_000_000;

/// The server stops reading while nobody takes its replies, so that the client is held up long before all of it
/// is sent; once it reads, all of it is answered.
#[test]
fn a_client_that_reads_late_is_held_up_and_loses_nothing() {
    let site = site();
    let mut client = Client::connect(address(&site));
    let line = [vec![b'l'; 99], vec![b'\n']].concat();
    let block = line.repeat(1000);
    let (mut sent, mut held_up) = (0, Instant::now());
    while held_up.elapsed() < Duration::from_millis(300) {
        // The trace is taken out, so that it does not hold what it is told.
        while site.events.try_recv().is_some() {}
        match client.send_some(&block[sent % block.len()..]) {
            0 => std::thread::yield_now(),
            len => (sent, held_up) = (sent + len, Instant::now()),
        }
        assert!(sent < FLOOD, "nobody reads, and still everything is taken");
    }
    let mut got = 0;
    let expected = FLOOD / line.len() * (line.len() + 6);
    let deadline = Instant::now() + PATIENCE;
    while got < expected {
        while site.events.try_recv().is_some() {}
        if sent < FLOOD {
            let from = sent % block.len();
            sent += client.send_some(&block[from..block.len().min(from + FLOOD - sent)]);
        }
        match client.receive(Duration::ZERO) {
            Arrival::Bytes => {
                let at = got % (line.len() + 6);
                let len = client.received.len().min(7);
                assert!(at != 0 || client.received.starts_with(&b"Echo: l"[..len]));
                got += client.received.drain(..).len();
            }
            Arrival::Nothing => std::thread::yield_now(),
            over => panic!("{over:?} after {got} bytes"),
        }
        assert!(Instant::now() < deadline, "{got} of {expected} bytes");
    }
    assert_eq!((sent, got), (FLOOD, expected));
}

#[test]
fn a_conversation_is_captured_written_to_a_session_and_read_back() {
    let site = site();
    let mut client = Client::connect(address(&site));
    for message in ["hello", "two words", "quit"] {
        client.send(format!("{message}\n")).until("\n");
    }
    drop(client);
    let file = site.folder.path().join("lines.pcapng");
    let mut recording = Recording::begin(None, 0, Some(&file)).unwrap();
    let mut live = Store::new(64 << 20);
    loop {
        let batch = site.events.recv().unwrap();
        recording.take(&batch.events);
        let is_over = batch.events.iter().any(|event| matches!(event.kind, EventKind::Closed(_)));
        live.apply(batch);
        if is_over {
            break;
        }
    }
    recording.finish();
    let mut read = Store::new(64 << 20);
    let mut scan = Scan::new(std::fs::File::open(&file).unwrap());
    while let Some(item) = scan.step().unwrap() {
        if let Item::Batch(stored) = item {
            read.apply(stored.batch);
        }
    }
    for store in [&live, &read] {
        let rows: Vec<_> =
            store.summaries().map(|row| (row.method.to_owned(), row.target.to_owned())).collect();
        assert_eq!(rows, ["hello", "two words", "quit"].map(|text| ("LINE".to_owned(), text.to_owned())));
        assert!(store.summaries().all(|row| row.outcome == Outcome::Done));
    }
}
