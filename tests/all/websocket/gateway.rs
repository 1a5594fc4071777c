//! WebSocket through the gateway, and frames that are sent by hand on the way.

use std::net::TcpStream;

use byteglass::{
    base::stream::{ConnId, ExchangeId},
    gateway::{GatewaySettings, GroupSettings},
    server::{Handle, Settings},
    testing::Client,
    websocket::{Opcode, encode::Outgoing},
};
use bytes::BytesMut;
use tungstenite::{Message, WebSocket};

use super::{HANDSHAKE, open, server};

/// A gateway whose path `/app` leads to `backend`.
fn gateway(backend: &Handle) -> Handle {
    let address = format!("http://{}/", backend.address().unwrap()).parse().unwrap();
    let group = GroupSettings::new("app", "/app", vec![address]);
    let gateway = GatewaySettings { groups: vec![group], ..GatewaySettings::default() };
    Handle::start(Settings { port: 0, gateway, ..Settings::default() }, None).unwrap()
}

fn connect(server: &Handle, path: &str) -> WebSocket<TcpStream> {
    let address = server.address().unwrap();
    let stream = TcpStream::connect(address).unwrap();
    tungstenite::client::client(format!("ws://{address}{path}"), stream).unwrap().0
}

fn frame(opcode: Opcode, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let mut out = BytesMut::new();
    Outgoing { fin: true, rsv: 0, opcode: opcode.bits(), mask, payload }.write(&mut out);
    out.to_vec()
}

#[test]
fn a_tunnel_carries_messages_of_every_size_both_ways() {
    let backend = server();
    let gateway = gateway(&backend);
    let mut socket = connect(&gateway, "/app/ws/echo");
    for size in [0, 1, 126, 65_536, 2_000_000] {
        let message = Message::Binary(vec![9; size].into());
        socket.send(message.clone()).unwrap();
        assert_eq!(socket.read().unwrap(), message, "{size}");
    }
    socket.close(None).unwrap();
    assert!(matches!(socket.read(), Ok(Message::Close(_))));
}

#[test]
fn a_frame_by_hand_reaches_either_end_of_a_tunnel() {
    let backend = server();
    let gateway = gateway(&backend);
    let mut socket = connect(&gateway, "/app/ws/echo");
    let exchange = ExchangeId::FIRST;
    let [client, dialed] = [1, 2].map(|number| ConnId::new(number).unwrap());
    gateway.send_frame(client, exchange, frame(Opcode::Text, None, b"to the client"));
    assert_eq!(socket.read().unwrap(), Message::text("to the client"));
    // The backend takes it for the client's, and sends it back.
    gateway.send_frame(dialed, exchange, frame(Opcode::Text, Some([1, 2, 3, 4]), b"to the server"));
    assert_eq!(socket.read().unwrap(), Message::text("to the server"));
    // What was not masked breaks a rule there, which the client is told.
    gateway.send_frame(dialed, exchange, frame(Opcode::Text, None, b"wrong"));
    let Message::Close(Some(close)) = socket.read().unwrap() else { panic!("no close frame") };
    assert_eq!(u16::from(close.code), 1002);
}

#[test]
fn a_frame_by_hand_reaches_the_client_of_the_echo_and_no_other_connection() {
    let server = server();
    let mut client = open(&server);
    let first = ConnId::new(1).unwrap();
    // Neither another exchange nor another connection takes it.
    server.send_frame(first, ExchangeId::nth(2), b"x".to_vec());
    server.send_frame(ConnId::new(7).unwrap(), ExchangeId::FIRST, b"x".to_vec());
    server.send_frame(first, ExchangeId::FIRST, frame(Opcode::Ping, None, b"?"));
    client.send(b"\x88\x80\0\0\0\0");
    assert_eq!(client.rest().unwrap(), b"\x89\x01?\x88\x00");
}

/// RFC 6455 §10.2.
#[test]
fn a_page_of_another_origin_opens_no_tunnel() {
    let backend = server();
    let gateway = gateway(&backend);
    let handshake = HANDSHAKE.replace("/ws/echo", "/app/ws/echo");
    // The backend judges for itself what reaches it, by the Host that it is sent.
    for (fields, status, is_forwarded) in [
        ("", 101, true),
        ("Origin: http://localhost\r\n", 403, true),
        ("Origin: http://evil.example\r\n", 403, false),
        ("Origin: null\r\n", 403, false),
    ] {
        let mut client = Client::connect(gateway.address().unwrap());
        client.send(format!("{handshake}{fields}\r\n"));
        let head = client.until("\r\n\r\n");
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{fields}: {head}");
        assert_eq!(head.contains("\r\nVia: "), is_forwarded, "{fields}: {head}");
    }
    let mut client = Client::connect(gateway.address().unwrap());
    client.send(format!("{}\r\n", handshake.replace("Host: localhost", "Host: evil.example")));
    assert!(client.until("\r\n\r\n").starts_with("HTTP/1.1 421 "));
    // What asks for no connection is for the backend to judge.
    let mut client = Client::connect(gateway.address().unwrap());
    assert_eq!(client.get_with("/app/health", &["Origin: http://evil.example"]).status, 200);
}

#[test]
fn a_connection_that_was_refused_takes_no_frame_by_hand() {
    let server = server();
    let mut client = Client::connect(server.address().unwrap());
    client.send(format!("{HANDSHAKE}Origin: http://evil.example\r\nConnection: close\r\n\r\n"));
    server.send_frame(ConnId::new(1).unwrap(), ExchangeId::FIRST, b"by hand".to_vec());
    let answer = String::from_utf8(client.rest().unwrap()).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 ") && !answer.contains("by hand"), "{answer}");
}
