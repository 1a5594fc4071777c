//! The client: as little as possible, since its time counts too.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use byteglass::{
    testing::Client,
    websocket::{Opcode, encode::Outgoing},
};
use bytes::BytesMut;
use mio::{Events, Interest, Poll, Token, net::TcpStream};

/// The message: as long as what chats and hot reload send.
const TEXT: &[u8] = b"{\"type\":\"update\",\"path\":\"/app.js\"}";

/// Sends messages for so many seconds, and prints echoes a second.
pub(crate) fn ask(port: u16, connections: u16, seconds: u16) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let frame = |mask| {
        let mut out = BytesMut::new();
        Outgoing { fin: true, rsv: 0, opcode: Opcode::Text.bits(), mask, payload: TEXT }.write(&mut out);
        out
    };
    let (question, answer) = (frame(Some([9, 8, 7, 6])), frame(None));
    let mut poll = Poll::new().unwrap();
    let open = |index: u16| {
        let stream = std::net::TcpStream::connect(address).unwrap();
        let mut client = Client::over(stream.try_clone().unwrap());
        client.send(format!(
            "GET /ws/echo HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ));
        assert!(client.until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
        stream.set_nonblocking(true).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(index.into()), Interest::READABLE).unwrap();
        stream.write_all(&question).unwrap();
        (stream, 0)
    };
    let mut streams: Vec<(TcpStream, usize)> = (0..connections).map(open).collect();
    let begun = Instant::now();
    let time = Duration::from_secs(seconds.into());
    let (mut echoes, mut events, mut buffer) = (0_u64, Events::with_capacity(256), [0; 4096]);
    while begun.elapsed() < time {
        poll.poll(&mut events, Some(Duration::from_millis(100))).unwrap();
        for event in &events {
            let (stream, got) = &mut streams[event.token().0];
            loop {
                match stream.read(&mut buffer) {
                    Ok(0) => panic!("the server ends a connection"),
                    Ok(len) => *got += len,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => panic!("{error}"),
                }
                if *got == answer.len() {
                    (*got, echoes) = (0, echoes + 1);
                    stream.write_all(&question).unwrap();
                    // There is nothing more to read until the answer is there.
                    break;
                }
            }
        }
    }
    println!("{echoes} echoes in {} ms", begun.elapsed().as_millis());
}
