//! The opening handshake (RFC 6455 §4.2), and who may open a connection.

use byteglass::testing::Client;

use super::{HANDSHAKE, open, server};

#[test]
fn the_handshake_of_the_standard_is_answered_and_the_connection_is_an_echo() {
    let server = server();
    let mut client = Client::connect(server.address().unwrap());
    // A frame may follow the request before the answer is there.
    client.send([format!("{HANDSHAKE}\r\n").as_bytes(), b"\x81\x82\0\0\0\0hi"].concat());
    let head = client.until("\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{head}");
    assert!(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{head}");
    assert!(head.contains("Upgrade: websocket\r\n") && head.contains("Connection: upgrade\r\n"), "{head}");
    client.send(b"\x88\x80\0\0\0\0");
    assert_eq!(client.rest().unwrap(), b"\x81\x02hi\x88\x00");
}

/// RFC 6455 §10.2. A program sends no Origin; a page of this server sends ours.
#[test]
fn a_page_of_another_origin_opens_nothing() {
    let server = server();
    for (origin, status) in [
        ("Origin: http://localhost\r\n", 101),
        ("", 101),
        ("Origin: http://localhost:9\r\n", 403),
        ("Origin: http://evil.example\r\n", 403),
        ("Origin: null\r\n", 403),
        ("Origin: http://localhost.evil.example\r\n", 403),
        ("Origin: http://localhost\r\nOrigin: http://evil.example\r\n", 403),
    ] {
        let mut client = Client::connect(server.address().unwrap());
        client.send(format!("{HANDSHAKE}{origin}\r\n"));
        let head = client.until("\r\n\r\n");
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{origin}: {head}");
    }
}

#[test]
fn a_foreign_host_is_refused_before_the_handshake() {
    let server = server();
    let mut client = Client::connect(server.address().unwrap());
    client.send(format!("{}\r\n", HANDSHAKE.replace("Host: localhost", "Host: evil.example")));
    assert!(client.until("\r\n\r\n").starts_with("HTTP/1.1 421 "));
}

#[test]
fn a_handshake_that_is_not_in_order_says_what_is_missing() {
    let server = server();
    for (from, to, status) in [
        ("Upgrade: websocket\r\n", "", 426),
        ("Version: 13", "Version: 7", 426),
        ("dGhlIHNhbXBsZSBub25jZQ==", "short", 400),
        ("HTTP/1.1", "HTTP/1.0", 426),
    ] {
        let mut client = Client::connect(server.address().unwrap());
        client.send(format!("{}\r\n", HANDSHAKE.replace(from, to)));
        let head = client.until("\r\n\r\n");
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{to}: {head}");
        assert_eq!(head.contains("Sec-WebSocket-Version: 13"), status == 426, "{head}");
    }
}

#[test]
fn half_a_frame_and_a_reset_disturb_nobody_else() {
    let server = server();
    let mut half = open(&server);
    half.send(b"\x81\xFE\x01");
    let mut gone = open(&server);
    gone.send(b"\x81");
    drop(gone);
    let mut other = open(&server);
    other.send(b"\x89\x81\0\0\0\0x\x88\x80\0\0\0\0");
    assert_eq!(other.rest().unwrap(), b"\x8A\x01x\x88\x00");
    // The first one goes on where it stopped.
    half.send([&b"\x00\0\0\0\0"[..], &[b'a'; 256], b"\x88\x80\0\0\0\0"].concat());
    assert_eq!(half.rest().unwrap(), [&b"\x81\x7E\x01\x00"[..], &[b'a'; 256], b"\x88\x00"].concat());
}
