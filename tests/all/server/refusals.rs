//! Requests and connections that are refused, given up or broken off.

use byteglass::{
    base::stream::Direction,
    http::Rule,
    server::{Guards, Setting, Trial},
    testing::{Client, Site},
    trace::{CloseReason, EventKind, Guard, NoteKind, Refusal, Stage},
};

use super::{ALPHABET, GET};

/// A connection from 127.0.0.2, which is another client.
#[cfg(target_os = "linux")]
fn other_client(to: std::net::SocketAddr) -> std::net::TcpStream {
    use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &std::net::SocketAddr::from(([127, 0, 0, 2], 0))).unwrap();
    connect(&socket, &to).unwrap();
    socket.into()
}

#[test]
#[cfg(target_os = "linux")]
fn a_client_with_many_idle_connections_keeps_nobody_else_out() {
    let site = Site::start_with(Guards::default().with(Guard::Connections, 4));
    let mut idle: Vec<_> = (0..4).map(|_| site.client()).collect();
    for client in &mut idle {
        assert_eq!(client.get("/a.txt").status, 200);
    }
    let mut same = site.client();
    assert_eq!(same.response("GET").status, 503, "of the same client there are no more");
    let mut other = Client::over(other_client(site.server.address().unwrap()));
    assert_eq!(other.get("/a.txt").body, ALPHABET);
    let closed = site.wait_for(|event| matches!(event.kind, EventKind::Closed(CloseReason::MadeRoom)));
    assert_eq!(closed.conn, Some(byteglass::base::stream::ConnId::FIRST), "the one that was idle longest");
    assert!(idle[0].is_closed());
}

#[test]
#[cfg(target_os = "linux")]
fn a_client_that_fills_the_places_for_refusals_keeps_nobody_else_out() {
    let site = Site::start_with(Guards::default().with(Guard::Connections, 4));
    let mut idle: Vec<_> = (0..4).map(|_| site.client()).collect();
    for client in &mut idle {
        assert_eq!(client.get("/a.txt").status, 200);
    }
    // More than are told 503: the last of them are closed at once.
    let refused: Vec<_> = (0..70).map(|_| site.client()).collect();
    site.wait_for(|event| matches!(event.kind, EventKind::ServerMessage(..)));
    let mut other = Client::over(other_client(site.server.address().unwrap()));
    assert_eq!(other.get("/a.txt").body, ALPHABET);
    drop(refused);
}

#[test]
fn a_malformed_request_is_explained_noted_and_ends_the_connection() {
    let site = Site::start();
    let mut client = site.client();
    client.send(format!("{GET}GET / HTTP/1.1\r\nHost : localhost\r\n\r\n{GET}"));
    assert_eq!(client.response("GET").status, 200);
    let refused = client.response("GET");
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("RFC 9112 §5.1"), "{}", refused.text());
    assert_eq!(refused.field("Connection"), Some("close"));
    assert!(client.is_closed());
    // Else the server lingers.
    drop(client);
    let start = u64::try_from(GET.len() + "GET / HTTP/1.1\r\nHost".len()).unwrap();
    let noted = site.wait_for(|event| matches!(event.kind, EventKind::NoteAdded(_)));
    let EventKind::NoteAdded(note) = noted.kind else { unreachable!() };
    assert_eq!(note.kind, NoteKind::Violation(Rule::SpaceBeforeColon.into(), Some(b' ')));
    assert_eq!(note.span.unwrap().start, start);
    let closed = site.wait_for(|event| matches!(event.kind, EventKind::Closed(_)));
    assert!(matches!(closed.kind, EventKind::Closed(CloseReason::ServerRefused)));
}

#[test]
fn tls_is_recognised() {
    let site = Site::start();
    let mut client = site.client();
    client.send([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]);
    let response = client.response("GET");
    assert_eq!(response.status, 400);
    assert!(response.text().contains("looks like TLS"));
}

#[test]
fn limits_are_kept_and_can_change_while_running() {
    let site = Site::start();
    let mut client = site.client();
    let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(9000));
    client.send(&long);
    assert_eq!(client.response("GET").status, 414);
    let mut client = site.client();
    client.send(format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(70_000)));
    assert_eq!(client.response("GET").status, 431);
    let mut client = site.client();
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000001\r\n\r\n");
    assert_eq!(client.response("POST").status, 413);

    let mut kept = site.client();
    assert_eq!(kept.get("/a.txt").status, 200);
    site.set(Setting::Guards(Guards::default().with(Guard::BodyBytes, 4).with(Guard::TargetBytes, 20_000)));
    // The very next request is held to them, on a connection that was open before.
    kept.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
    let refused = kept.response("POST");
    assert_eq!(refused.status, 413);
    assert!(refused.text().contains("4 bytes"));
    let mut client = site.client();
    client.send(&long);
    assert_eq!(client.response("GET").status, 404);
}

#[test]
fn timers_end_what_does_not_move() {
    let quick = Guards::default()
        .with(Guard::HeadTimeout, 60)
        .with(Guard::BodyTimeout, 60)
        .with(Guard::IdleTimeout, 60);
    let site = Site::start_with(quick);
    assert!(site.client().is_closed(), "a client that sends nothing");
    let mut client = site.client();
    client.send("GET / HT");
    let response = client.response("GET");
    assert_eq!(response.status, 408);
    assert!(client.is_closed());
    let mut client = site.client();
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhe");
    assert_eq!(client.response("POST").status, 408);
    let mut client = site.client();
    assert_eq!(client.get("/a.txt").status, 200);
    assert!(client.is_closed(), "a kept connection that stays silent");
}

#[test]
fn a_client_that_never_reads_is_let_go() {
    let site = Site::start_with(Guards::default().with(Guard::WriteTimeout, 100));
    let large = std::fs::File::create(site.folder.path().join("large.bin")).unwrap();
    large.set_len(1 << 30).unwrap();
    let mut client = site.client();
    client.send("GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let closed = site.wait_for(|event| matches!(event.kind, EventKind::Closed(_)));
    assert!(matches!(closed.kind, EventKind::Closed(CloseReason::Timeout(_))), "{closed:?}");
}

#[test]
fn a_client_that_still_sends_gets_its_error_and_not_a_reset() {
    let site = Site::start();
    let mut client = site.client();
    client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n");
    for _ in 0..50 {
        if !client.try_send(vec![b'x'; 20_000]) {
            break;
        }
    }
    assert_eq!(client.response("POST").status, 400);
}

#[test]
fn a_reset_in_mid_body_ends_that_connection_alone() {
    let site = Site::start();
    let mut client = site.client();
    client.send(format!("{GET}POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhe"));
    site.wait_for(|event| matches!(event.kind, EventKind::Stage(Stage::ResponseSent { .. })));
    // Closed with the answer unread: the system resets the connection.
    drop(client);
    let closed = site.wait_for(|event| matches!(event.kind, EventKind::Closed(_)));
    assert!(matches!(closed.kind, EventKind::Closed(CloseReason::Reset)), "{closed:?}");
    assert_eq!(site.client().get("/a.txt").body, ALPHABET);
}

#[test]
fn connections_over_the_limit_are_told_so() {
    let site = Site::start_with(Guards::default().with(Guard::Connections, 2));
    let (mut first, mut second) = (site.client(), site.client());
    assert_eq!(first.get("/a.txt").status, 200);
    assert_eq!(second.get("/a.txt").status, 200);
    let mut third = site.client();
    let refused = third.response("GET");
    assert_eq!(refused.status, 503);
    assert!(refused.text().contains("2 connections"));
    assert_eq!(first.get("/a.txt").status, 200);
}

#[test]
fn a_foreign_host_is_refused_on_loopback() {
    let site = Site::start();
    let mut client = site.client();
    client.send("GET /a.txt HTTP/1.1\r\nHost: rebound.example\r\n\r\n");
    let refused = client.response("GET");
    assert_eq!(refused.status, 421);
    assert!(refused.text().contains("RFC 9110 §15.5.20") && refused.text().contains("--host"));
    assert!(client.is_closed());
    let noted = site.wait_for(|event| matches!(event.kind, EventKind::NoteAdded(_)));
    let EventKind::NoteAdded(note) = noted.kind else { unreachable!() };
    assert_eq!(
        (note.kind, note.span.map(|span| *span)),
        (NoteKind::Violation(Refusal::HostForeign.into(), None), Some(27..42))
    );
}

#[test]
fn a_file_that_shrinks_while_it_is_sent_breaks_the_connection_and_is_noted() {
    let site = Site::start();
    let path = site.folder.path().join("large.bin");
    let large = std::fs::File::create(&path).unwrap();
    large.set_len(1 << 30).unwrap();
    let mut client = site.client();
    client.send("GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // The head is out, so the length is announced; then the rest of the file goes.
    site.wait_for(|event| event.kind.direction() == Some(Direction::Sent));
    large.set_len(1000).unwrap();
    let got = client.rest().unwrap();
    assert!(got.len() < 1 << 30);
    let noted = site.wait_for(|event| matches!(event.kind, EventKind::NoteAdded(_)));
    let EventKind::NoteAdded(note) = noted.kind else { unreachable!() };
    assert!(matches!(note.kind, NoteKind::FileShrank(missing) if missing > 0));
    assert_eq!(site.client().get("/a.txt").status, 200);
}

#[test]
fn a_flood_of_connections_is_announced_and_passes() {
    let site = Site::start_with(Guards::default().with(Guard::Connections, 1));
    let flood: Vec<Client> = (0..200).map(|_| site.client()).collect();
    let announced = site.wait_for(|event| matches!(event.kind, EventKind::ServerMessage(..)));
    let EventKind::ServerMessage(_, text) = announced.kind else { unreachable!() };
    assert!(text.contains("closed at once"), "{text}");
    drop(flood);
    // The loop may be in the middle of accepting under the old limit; once the new one is in force, it is
    // not.
    site.set(Setting::Guards(Guards::default()));
    let trial = Trial { method: "GET".to_owned(), target: "/".to_owned(), host: "localhost".to_owned() };
    assert!(!site.server.preview(trial).wait().unwrap().attempts.is_empty());
    assert_eq!(site.client().get("/a.txt").status, 200);
}
