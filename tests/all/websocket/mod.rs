//! WebSocket over real sockets: the handshake, `/ws/echo`, and another implementation at the other end.

mod autobahn;
mod gateway;
mod handshake;
mod oracle;

use byteglass::{
    server::{Handle, Settings},
    testing::Client,
};

const HANDSHAKE: &str = "GET /ws/echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

fn server() -> Handle {
    Handle::start(Settings { port: 0, ..Settings::default() }, None).unwrap()
}

/// A client after its handshake.
fn open(server: &Handle) -> Client {
    let mut client = Client::connect(server.address().unwrap());
    client.send(format!("{HANDSHAKE}\r\n"));
    let head = client.until("\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    client
}
