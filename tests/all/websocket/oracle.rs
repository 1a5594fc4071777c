//! Another implementation (tungstenite) at the other end, with fragmentations that nobody thought of.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

use byteglass::{
    websocket::{FrameMachine, Limits, Sender, encode::Outgoing},
    wire::replay,
};
use bytes::BytesMut;
use proptest::{collection::vec, prelude::*};
use tungstenite::{
    Message, WebSocket,
    protocol::{
        Role, WebSocketConfig,
        frame::{
            Frame,
            coding::{Data, OpCode},
        },
    },
};

use super::server;

/// A stream in memory: what is read from it, and what was written to it.
struct Pipe<'a> {
    input: &'a [u8],
    output: Vec<u8>,
}

impl Read for Pipe<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.input.read(into)
    }
}

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Messages as fragments of text, with a ping after each fragment or not.
fn messages() -> impl Strategy<Value = Vec<(Vec<String>, bool)>> {
    vec((vec(".{0,40}", 1..5), any::<bool>()), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_reads_what_we_write(messages in messages(), key: Option<[u8; 4]>) {
        let mut bytes = BytesMut::new();
        for (fragments, has_ping) in &messages {
            for (index, text) in fragments.iter().enumerate() {
                let (fin, opcode) = (index + 1 == fragments.len(), u8::from(index == 0));
                Outgoing { fin, rsv: 0, opcode, mask: key, payload: text.as_bytes() }.write(&mut bytes);
                if *has_ping {
                    Outgoing { fin: true, rsv: 0, opcode: 9, mask: key, payload: b"?" }.write(&mut bytes);
                }
            }
        }
        let role = if key.is_some() { Role::Server } else { Role::Client };
        let mut other = WebSocket::from_raw_socket(Pipe { input: &bytes, output: Vec::new() }, role, None);
        let mut read = Vec::new();
        while let Ok(message) = other.read() {
            if let Message::Text(text) = message {
                read.push(text.as_str().to_owned());
            }
        }
        let sent: Vec<String> = messages.iter().map(|(fragments, _)| fragments.concat()).collect();
        prop_assert_eq!(read, sent);
    }

    #[test]
    fn we_read_what_it_writes(messages in messages(), is_client: bool) {
        let (role, sender) =
            if is_client { (Role::Client, Sender::Client) } else { (Role::Server, Sender::Server) };
        let pipe = Pipe { input: b"", output: Vec::new() };
        let mut other = WebSocket::from_raw_socket(pipe, role, None);
        for (fragments, has_ping) in &messages {
            for (index, text) in fragments.iter().enumerate() {
                let data = if index == 0 { Data::Text } else { Data::Continue };
                let fin = index + 1 == fragments.len();
                let frame = Frame::message(text.clone().into_bytes(), OpCode::Data(data), fin);
                other.write(Message::Frame(frame)).unwrap();
                if *has_ping {
                    other.write(Message::Ping(b"?".to_vec().into())).unwrap();
                }
            }
        }
        other.flush().unwrap();
        let bytes = &other.get_ref().output;
        let mut machine = FrameMachine::new(sender, 0, Limits::UNLIMITED);
        let found = replay::run(&mut machine, bytes, false, |_, _| {});
        prop_assert_eq!(&found.violation, &None);
        let mut read = vec![Vec::new()];
        for message in &found.messages {
            let frame = message.head.unwrap();
            if frame.opcode.is_control() {
                continue;
            }
            let at = |offset: u64| usize::try_from(offset).unwrap();
            let mut payload = bytes[at(frame.payload)..at(frame.end())].to_vec();
            frame.unmask(&mut payload, frame.payload);
            read.last_mut().unwrap().extend(payload);
            if frame.fin {
                read.push(Vec::new());
            }
        }
        read.pop();
        let sent: Vec<Vec<u8>> = messages.iter().map(|(fragments, _)| fragments.concat().into_bytes()).collect();
        prop_assert_eq!(read, sent);
    }
}

#[test]
fn it_talks_to_the_echo() {
    let server = server();
    let address = server.address().unwrap();
    let stream = TcpStream::connect(address).unwrap();
    let url = format!("ws://{address}/ws/echo");
    let config = WebSocketConfig::default();
    let (mut socket, response) = tungstenite::client::client_with_config(url, stream, Some(config)).unwrap();
    assert_eq!(response.status(), 101);
    for size in [0, 1, 125, 126, 65_535, 65_536, 3_000_000] {
        let message = Message::Binary(vec![7; size].into());
        socket.send(message.clone()).unwrap();
        assert_eq!(socket.read().unwrap(), message, "{size}");
    }
    socket.send(Message::text("caf\u{e9}")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("caf\u{e9}"));
    socket.send(Message::Ping(b"hi".to_vec().into())).unwrap();
    assert_eq!(socket.read().unwrap(), Message::Pong(b"hi".to_vec().into()));
    socket.close(None).unwrap();
    assert!(matches!(socket.read(), Ok(Message::Close(_))));
    assert!(matches!(socket.read(), Err(tungstenite::Error::ConnectionClosed)));
}
