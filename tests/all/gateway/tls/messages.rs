//! Messages that pass through TLS.

use std::io::{Read, Write};

use byteglass::{
    base::stream::{Direction, Layer},
    trace::{Event, EventKind, Payload},
};
use rustls::version::TLS12;

use super::{Authority, Backend, Front, OK, end, handshakes, head};

/// The bytes of a layer in a direction, on all connections together.
fn bytes(events: &[Event], wanted: Layer, direction: Direction) -> Vec<u8> {
    let mut found = Vec::new();
    for event in events {
        if let EventKind::Bytes { stream, payload: Payload::Kept(bytes), .. } = &event.kind
            && (stream.layer, stream.direction) == (wanted, direction)
        {
            found.extend_from_slice(bytes);
        }
    }
    found
}

#[test]
fn the_trace_has_the_handshake_and_what_is_inside() {
    let authority = Authority::new("Test CA");
    let backend = Backend::answering(authority.issue(&["localhost", "app.test"], |_| {}).config());
    let front = Front::new(&backend.url("localhost"), &authority);
    let mut client = front.client();
    for _ in 0..3 {
        assert_eq!(client.get("/a").text(), "ok");
    }
    assert_eq!(backend.names.recv().unwrap().as_deref(), Some("localhost"));
    drop(client);
    let events = front.said();
    // One connection, that all three took.
    assert!(backend.names.try_recv().is_err());
    let found = handshakes(&events);
    assert!(found.iter().map(|(_, is_reused)| *is_reused).eq([false, true, true]));
    let (handshake, _) = &found[0];
    assert_eq!((&*handshake.version, &*handshake.protocol), ("TLS 1.3", "http/1.1"));
    assert!(handshake.cipher.starts_with("TLS_"), "{}", handshake.cipher);
    assert!(handshake.is_open && handshake.problem.is_none() && handshake.sends_name);
    let [own] = &*handshake.certificates else { panic!("one certificate") };
    assert!(own.names.iter().map(|name| &**name).eq(["localhost", "app.test"]));
    assert!(own.issuer.contains("CN=Test CA") && own.subject.contains("CN=a backend"));

    let sent = String::from_utf8(bytes(&events, Layer::Plaintext, Direction::Sent)).unwrap();
    assert_eq!(sent.matches("GET /a HTTP/1.1\r\nHost: localhost:").count(), 3, "{sent}");
    let received = bytes(&events, Layer::Plaintext, Direction::Received);
    assert_eq!(received, OK.repeat(3).as_bytes());
    let counts = events.iter().find_map(|event| match event.kind {
        EventKind::EncryptedBytes(counts) => Some(counts),
        _ => None,
    });
    let [encrypted_in, encrypted_out] = counts.unwrap();
    assert!(encrypted_in > received.len() as u64 + 500 && encrypted_out > sent.len() as u64 + 200);
    let begins = |event: &&Event| matches!(event.kind, EventKind::MessageStarted { stream, .. } if stream.layer == Layer::Plaintext);
    assert_eq!(events.iter().filter(begins).count(), 3);
}

#[test]
fn an_address_is_checked_and_not_sent_as_a_name() {
    let authority = Authority::new("Test CA");
    let backend = Backend::answering(authority.issue(&["127.0.0.1"], |_| {}).config());
    let front = Front::new(&backend.url("127.0.0.1"), &authority);
    assert_eq!(front.client().get("/a").text(), "ok");
    assert_eq!(backend.names.recv().unwrap(), None);
    let (handshake, _) = handshakes(&front.said()).remove(0);
    assert_eq!((&*handshake.name, handshake.sends_name), ("127.0.0.1", false));
}

#[test]
fn tls_1_2_is_spoken_too() {
    let authority = Authority::new("Test CA");
    let identity = authority.issue(&["localhost"], |_| {});
    let builder =
        rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into());
    let builder = builder.with_protocol_versions(&[&TLS12]).unwrap().with_no_client_auth();
    let backend =
        Backend::answering(builder.with_single_cert(identity.chain.clone(), identity.key()).unwrap());
    let front = Front::new(&backend.url("localhost"), &authority);
    assert_eq!(front.client().get("/a").text(), "ok");
    let (handshake, _) = handshakes(&front.said()).remove(0);
    // A backend that knows no protocols by name is taken to speak HTTP/1.1.
    assert_eq!((&*handshake.version, &*handshake.protocol), ("TLS 1.2", ""));
    assert!(handshake.cipher.starts_with("TLS_ECDHE_"), "{}", handshake.cipher);
}

#[test]
fn long_bodies_pass_both_ways() {
    const LEN: usize = 10_000_000;
    let authority = Authority::new("Test CA");
    let backend = Backend::new(authority.issue(&["localhost"], |_| {}).config(), |stream| {
        let head = head(stream).unwrap();
        assert!(
            head.starts_with("POST /up HTTP/1.1\r\n") && head.contains(&format!("Content-Length: {LEN}\r\n"))
        );
        // What came goes back, while it comes.
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {LEN}\r\n\r\n").unwrap();
        let (mut block, mut left) = (vec![0; 70_000], LEN);
        while left > 0 {
            let len = stream.read(&mut block).unwrap();
            stream.write_all(&block[..len]).unwrap();
            left -= len;
        }
    });
    let front = Front::new(&backend.url("localhost"), &authority);
    let body: Vec<u8> = (0..LEN).map(|index| (index % 251).to_le_bytes()[0]).collect();
    let address = front.server.address().unwrap();
    let sent = body.clone();
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    let mut writing = socket.try_clone().unwrap();
    let writer = std::thread::spawn(move || {
        write!(
            writing,
            "POST /up HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {LEN}\r\n\r\n"
        )
        .unwrap();
        writing.write_all(&sent).unwrap();
    });
    let mut got = Vec::new();
    socket.read_to_end(&mut got).unwrap();
    writer.join().unwrap();
    let end = got.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    assert!(got[end..] == body, "{} bytes came back", got.len() - end);
    let plaintext = bytes(&front.said(), Layer::Plaintext, Direction::Received);
    assert!(plaintext.ends_with(&body[LEN - 100..]));
}

#[test]
fn a_chunked_request_and_a_post_pass() {
    let authority = Authority::new("Test CA");
    let backend = Backend::new(authority.issue(&["localhost"], |_| {}).config(), |stream| {
        for rest in ["hello", "0\r\n\r\n"] {
            head(stream).unwrap();
            let (mut body, mut byte) = (Vec::new(), [0]);
            while !body.ends_with(rest.as_bytes()) {
                stream.read_exact(&mut byte).unwrap();
                body.extend(byte);
            }
            stream.write_all(OK.as_bytes()).unwrap();
        }
        end(stream);
    });
    let front = Front::new(&backend.url("localhost"), &authority);
    let mut client = front.client();
    client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(client.response("POST").text(), "ok");
    client.send(
        "POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    );
    assert_eq!(client.response("POST").text(), "ok");
}

#[test]
fn another_protocol_passes_in_both_directions() {
    let authority = Authority::new("Test CA");
    let backend = Backend::new(authority.issue(&["localhost"], |_| {}).config(), |stream| {
        let head = head(stream).unwrap();
        assert!(head.contains("Upgrade: echo\r\n"), "{head}");
        stream
            .write_all(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
            .unwrap();
        let mut block = [0; 100];
        while let Ok(len @ 1..) = stream.read(&mut block) {
            stream.write_all(&block[..len]).unwrap();
        }
        end(stream);
    });
    let front = Front::new(&backend.url("localhost"), &authority);
    let mut client = front.client();
    client.send("GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    assert!(client.until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
    for word in ["one", "two"] {
        client.send(word);
        client.until(word);
    }
}

#[test]
fn a_request_that_comes_with_the_clients_end_is_answered() {
    let authority = Authority::new("Test CA");
    let backend = Backend::answering(authority.issue(&["localhost"], |_| {}).config());
    let front = Front::new(&backend.url("localhost"), &authority);
    let mut client = front.client();
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2)).end();
    assert_eq!(client.response("GET").text(), "ok");
    assert_eq!(client.response("GET").text(), "ok");
    assert!(client.is_closed());
}
