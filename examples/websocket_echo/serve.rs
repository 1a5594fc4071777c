//! A server made with tungstenite, on one thread and the same way of waiting as ours (mio).

use std::{
    collections::HashMap,
    io::{self, ErrorKind},
    net::{Ipv4Addr, SocketAddr},
};

use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};
use tungstenite::{
    HandshakeError, Message, WebSocket,
    handshake::{MidHandshake, server::NoCallback},
};

type Mid = MidHandshake<tungstenite::ServerHandshake<TcpStream, NoCallback>>;

const LISTENER: Token = Token(0);

/// A connection.
enum Connection {
    Begun(TcpStream),
    Handshake(Mid),
    Open(WebSocket<TcpStream>),
}

/// Serves until the process is ended.
pub(crate) fn serve(port: u16) {
    let mut poll = Poll::new().unwrap();
    let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).unwrap();
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE).unwrap();
    let mut events = Events::with_capacity(256);
    let mut connections = HashMap::new();
    let mut next = 1;
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => result.unwrap(),
        }
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true).unwrap();
                    let both = Interest::READABLE | Interest::WRITABLE;
                    poll.registry().register(&mut stream, Token(next), both).unwrap();
                    connections.insert(Token(next), Connection::Begun(stream));
                    next += 1;
                }
            } else if let Some(connection) = connections.remove(&event.token())
                && let Some(connection) = go_on(connection)
            {
                connections.insert(event.token(), connection);
            }
        }
    }
}

/// Does what can be done on a connection. `None`: it is over.
fn go_on(connection: Connection) -> Option<Connection> {
    let result = match connection {
        Connection::Begun(stream) => tungstenite::accept(stream),
        Connection::Handshake(mid) => mid.handshake(),
        Connection::Open(mut socket) => return echo(&mut socket).is_ok().then_some(Connection::Open(socket)),
    };
    match result {
        Ok(socket) => go_on(Connection::Open(socket)),
        Err(HandshakeError::Interrupted(mid)) => Some(Connection::Handshake(mid)),
        Err(HandshakeError::Failure(_)) => None,
    }
}

fn echo(socket: &mut WebSocket<TcpStream>) -> Result<(), tungstenite::Error> {
    let waits = |error: &io::Error| error.kind() == ErrorKind::WouldBlock;
    loop {
        match socket.read() {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => socket.write(message)?,
            Ok(_) => {}
            Err(tungstenite::Error::Io(error)) if waits(&error) => break,
            Err(error) => return Err(error),
        }
    }
    match socket.flush() {
        Err(tungstenite::Error::Io(error)) if waits(&error) => Ok(()),
        result => result,
    }
}
