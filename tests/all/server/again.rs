//! Captured requests that are sent once more, over real sockets.

use std::{
    net::{IpAddr, Ipv4Addr, TcpListener},
    time::Duration,
};

use byteglass::{
    base::stream::{ConnId, Direction, ExchangeId},
    http::Method,
    server::{AgainError, COPIES_MAX, Copies, Ending, Sent},
    testing::Site,
    trace::{Again, AgainSource, CloseReason, Event, EventKind, Payload, ProtocolKind, Stage},
};
use bytes::Bytes;

const CHUNKED: &[u8] = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\
                         3;note=\"x\"\r\nabc\r\n02\r\nde\r\n0\r\nTrailer: t\r\n\r\n";

fn copies(request: &[u8]) -> Copies {
    Copies {
        again: Again { of: ExchangeId::FIRST, source: AgainSource::Capture, without_credentials: false },
        protocol: ProtocolKind::Http,
        method: Method::from_token(request.split(|byte| *byte == b' ').next().unwrap()),
        bytes: vec![Bytes::copy_from_slice(request)],
        is_complete: true,
        times: 1,
        patience: Duration::from_secs(10),
    }
}

fn send(site: &Site, copies: Copies) -> Sent {
    site.server.send_again(copies).wait().unwrap()
}

/// The events until so many connections are closed.
fn told(site: &Site, mut open: usize) -> Vec<Event> {
    let mut events = Vec::new();
    while open > 0 {
        let batch = site.events.recv().unwrap().events;
        open -= batch.iter().filter(|event| matches!(event.kind, EventKind::Closed(_))).count();
        events.extend(batch);
    }
    events
}

/// The bytes received on a connection.
fn received(events: &[Event], conn: Option<ConnId>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for event in events.iter().filter(|event| event.conn == conn) {
        if let EventKind::Bytes { stream, payload: Payload::Kept(kept), .. } = &event.kind
            && stream.direction == Direction::Received
        {
            bytes.extend_from_slice(kept);
        }
    }
    bytes
}

fn marks(events: &[Event]) -> Vec<(Option<ConnId>, Option<ExchangeId>, Again)> {
    let mark = |event: &Event| match event.kind {
        EventKind::SentAgain(again) => Some((event.conn, event.exchange, again)),
        _ => None,
    };
    events.iter().filter_map(mark).collect()
}

fn statuses(events: &[Event]) -> Vec<u16> {
    let status = |event: &Event| match event.kind {
        EventKind::Stage(Stage::ResponseHead { status, .. }) => Some(status.0),
        _ => None,
    };
    events.iter().filter_map(status).collect()
}

#[test]
fn the_same_bytes_arrive_and_the_exchange_says_of_which_it_is_a_copy() {
    let site = Site::start();
    let mut client = site.client();
    client.send(CHUNKED).end();
    client.rest().unwrap();
    let original = told(&site, 1);
    assert_eq!(marks(&original), []);
    let sent = send(&site, copies(CHUNKED));
    assert!(matches!(sent.last, Ok(Ending::Complete)) && sent.count == 1, "{sent:?}");
    assert_eq!(sent.address, site.server.address());
    let copy = told(&site, 1);
    let marked = marks(&copy);
    assert_eq!(marked, [(ConnId::new(2), ExchangeId::new(2), copies(CHUNKED).again)]);
    assert_eq!(received(&copy, ConnId::new(2)), CHUNKED);
    assert_eq!(received(&copy, ConnId::new(2)), received(&original, ConnId::new(1)));
    assert_eq!((statuses(&copy), statuses(&original)), (vec![200], vec![200]));
    // The mark is the first thing that is said of the exchange after its beginning.
    let started =
        copy.iter().position(|event| matches!(event.kind, EventKind::MessageStarted { .. })).unwrap();
    assert!(matches!(copy[started + 1].kind, EventKind::SentAgain(_)));
    // A client that comes afterwards is a client.
    let mut client = site.client();
    client.get("/a.txt");
    client.end().rest().unwrap();
    assert_eq!(marks(&told(&site, 1)), []);
}

#[test]
fn many_copies_have_a_connection_each_one_after_the_other() {
    let site = Site::start();
    let sent = send(&site, Copies { times: 30, ..copies(b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n") });
    assert!(matches!(sent.last, Ok(Ending::Complete)) && sent.count == 30, "{sent:?}");
    let events = told(&site, 30);
    let marked = marks(&events);
    assert_eq!(marked.len(), 30);
    assert!(marked.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
    assert_eq!(statuses(&events), [200; 30]);
    let asked = Copies { times: u32::MAX, ..copies(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n") };
    assert_eq!(send(&site, asked).count, COPIES_MAX);
}

#[test]
fn a_large_body_passes_although_the_answer_comes_meanwhile() {
    let site = Site::start();
    let body = vec![b'x'; 9_000_000];
    let head = format!("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut asked = copies(head.as_bytes());
    asked.bytes.extend(body.chunks(50_000).map(Bytes::copy_from_slice));
    let sent = send(&site, asked.clone());
    assert!(matches!(sent.last, Ok(Ending::Complete)), "{sent:?}");
    assert_eq!(received(&told(&site, 1), ConnId::new(1)).len(), head.len() + body.len());
    // Refused before the body: the server stops reading, and its answer counts.
    let head = b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n";
    asked = copies(head);
    asked.bytes.extend(vec![Bytes::from(vec![b'x'; 1_000_000]); 100]);
    let sent = send(&site, asked);
    assert!(matches!(sent.last, Ok(Ending::Complete)), "{sent:?}");
}

#[test]
fn what_is_malformed_or_breaks_off_gets_the_same_answer_again() {
    let site = Site::start();
    for (request, is_complete) in [
        (&b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], true),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab", false),
        (b"POST /echo HTTP/1.1\r\nHost: loc", false),
    ] {
        let mut client = site.client();
        client.send(request).end();
        client.rest().unwrap();
        let original = statuses(&told(&site, 1));
        let sent = send(&site, Copies { is_complete, ..copies(request) });
        assert!(matches!(sent.last, Ok(Ending::Complete | Ending::Closed)), "{sent:?}");
        let copy = told(&site, 1);
        assert_eq!(statuses(&copy), original, "{}", String::from_utf8_lossy(request));
        assert_eq!(marks(&copy).len(), 1);
    }
}

#[test]
fn a_switch_to_another_protocol_ends_the_copy() {
    let site = Site::start();
    let upgrade =
        b"GET /ws/echo HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    let sent = send(&site, copies(upgrade));
    assert!(matches!(sent.last, Ok(Ending::Switched)), "{sent:?}");
    let events = told(&site, 1);
    assert_eq!(statuses(&events), [101]);
    assert!(events.iter().any(|event| matches!(event.kind, EventKind::Closed(_))));
}

#[test]
fn a_stream_without_end_is_closed_in_time() {
    let site = Site::start();
    let stream = b"GET /drip?bytes=1000&chunks=10&ms=60000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let sent = send(&site, Copies { patience: Duration::from_millis(200), times: 5, ..copies(stream) });
    assert!(matches!(sent.last, Ok(Ending::Unended(_))) && sent.count == 1, "{sent:?}");
    let closed = told(&site, 1).into_iter().find_map(|event| match event.kind {
        EventKind::Closed(reason) => Some(reason),
        _ => None,
    });
    assert!(matches!(closed, Some(CloseReason::ClientEarly | CloseReason::Client | CloseReason::Reset)));
}

#[test]
fn it_goes_to_where_the_server_listens_by_loopback_if_that_is_everywhere() {
    let site = Site::start();
    let get = copies(b"GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let before = site.server.address().unwrap();
    let elsewhere = site.listen(std::net::IpAddr::from(Ipv4Addr::UNSPECIFIED), 0).unwrap();
    assert!(elsewhere.ip().is_unspecified() && elsewhere.port() != before.port());
    let sent = send(&site, get.clone());
    assert_eq!(sent.address, Some((IpAddr::from(Ipv4Addr::LOCALHOST), elsewhere.port()).into()));
    assert!(matches!(sent.last, Ok(Ending::Complete)));
    site.server.stop().wait().unwrap();
    let sent = send(&site, get.clone());
    assert!(matches!(sent.last, Err(AgainError::NotListening)) && sent.count == 0, "{sent:?}");
    // A message of lines goes to the listener for lines, of which there is none.
    site.listen(before.ip(), 0).unwrap();
    let lines = Copies { protocol: ProtocolKind::Lines, ..copies(b"hello\n") };
    assert!(matches!(send(&site, lines).last, Err(AgainError::NotListening)));
    assert!(matches!(send(&site, get).last, Ok(Ending::Complete)));
}

#[test]
fn a_message_of_lines_goes_through_the_door_for_lines() {
    let site = Site::start_as(|settings| settings.lines.port = Some(0));
    let lines = Copies { protocol: ProtocolKind::Lines, ..copies(b"hello\n") };
    let sent = send(&site, lines);
    assert!(matches!(sent.last, Ok(Ending::Complete)), "{sent:?}");
    assert_eq!(sent.address, site.server.address_of(ProtocolKind::Lines));
    let events = told(&site, 1);
    assert_eq!((marks(&events).len(), received(&events, ConnId::new(1))), (1, b"hello\n".to_vec()));
}

#[test]
fn no_request_makes_the_server_send_another() {
    let site = Site::start();
    for target in ["/again", "/again/1", "/?again=1", "/api/again", "/.byteglass/again"] {
        for method in ["GET", "POST"] {
            let mut client = site.client();
            client.send(format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")).end();
            client.rest().unwrap();
            assert_eq!(marks(&told(&site, 1)), [], "{method} {target}");
        }
    }
}

#[test]
fn no_request_makes_the_server_connect_anywhere() {
    let site = Site::start();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let other = elsewhere.local_addr().unwrap();
    let named = format!(
        "X-Forwarded-Host: {other}\r\nForwarded: host=\"{other}\"\r\nOrigin: http://{other}\r\n\
         Referer: http://{other}/\r\nX-Original-URL: http://{other}/\r\n"
    );
    let targets = [
        &format!("http://{other}/a"),
        &format!("/headers?url=http://{other}/"),
        "/api/echo",
        "/again/1",
        "/",
    ];
    let mut answered = 0;
    for method in ["GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", "SEND"] {
        for target in targets {
            let mut client = site.client();
            client.send(format!(
                "{method} {target} HTTP/1.1\r\nHost: localhost\r\n{named}Connection: close\r\n\
                 Content-Length: 0\r\n\r\n"
            ));
            answered += usize::from(client.rest().is_ok_and(|bytes| bytes.starts_with(b"HTTP/1.1 ")));
        }
    }
    let mut client = site.client();
    client.send(format!("CONNECT {other} HTTP/1.1\r\nHost: {other}\r\nConnection: close\r\n\r\n"));
    answered += usize::from(client.rest().is_ok_and(|bytes| bytes.starts_with(b"HTTP/1.1 ")));
    assert_eq!(answered, 36);
    assert!(elsewhere.accept().is_err(), "it was connected to");
    drop(site.server);
    while let Some(batch) = site.events.recv() {
        let dialed =
            |event: &Event| matches!(&event.kind, EventKind::Opened(start) if start.dialed().is_some());
        assert!(!batch.events.iter().any(dialed), "{batch:?}");
    }
}
