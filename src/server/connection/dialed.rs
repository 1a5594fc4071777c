//! Connections that this program makes.

use std::{io::ErrorKind, net::SocketAddr};

use mio::net::TcpStream;

use crate::{
    base::{
        faults::{self, Call},
        stream::Role,
    },
    server::{protocol::Protocol, tls::Session, turn::Turn, upstream::Place},
    trace::{ConnectionStart, ProtocolKind},
};

use super::Connection;

impl Connection {
    /// A connection that is being made for an exchange.
    pub(in crate::server) fn dialed(
        place: Place,
        socket: TcpStream,
        (peer, local): (SocketAddr, SocketAddr),
        protocol: Box<dyn Protocol>,
        turn: &mut Turn,
    ) -> Self {
        let start = ConnectionStart { role: Role::Dialed, protocol: ProtocolKind::Http, peer, local };
        Self::starting(place, socket, start, protocol, turn)
    }

    /// A connection that is being made for an active check. It is not in the trace: among the connections of
    /// exchanges, a few checks a second would be all there is to see.
    pub(in crate::server) fn checking(
        place: Place,
        socket: TcpStream,
        addresses: (SocketAddr, SocketAddr),
        protocol: Box<dyn Protocol>,
        turn: &mut Turn,
    ) -> Self {
        turn.tracer.mute(true);
        let connection = Self::dialed(place, socket, addresses, protocol, turn);
        turn.tracer.mute(false);
        Self { is_quiet: true, ..connection }
    }

    /// The connection with an encryption. `None`: the connection has none.
    pub(in crate::server) fn secured_by(self, session: Option<Session>) -> Self {
        Self { session: session.map(Box::new), ..self }
    }

    /// Looks whether the connection is made by now. Returns whether it is.
    pub(super) fn connected(&mut self, turn: &mut Turn) -> bool {
        if !self.can_write {
            return false;
        }
        let outcome = faults::pass(Call::Connect)
            .and_then(|()| self.socket.take_error())
            .and_then(|error| error.map_or_else(|| self.socket.peer_addr().map(drop), Err));
        match outcome {
            Ok(()) => {
                self.is_connecting = false;
                self.can_read = true;
                self.last_io = turn.now;
                if let Some(session) = &mut self.session {
                    session.begin(turn.now);
                }
                self.call(turn, |protocol, cx| protocol.on_connected(cx));
            }
            Err(error) if error.kind() == ErrorKind::NotConnected => self.can_write = false,
            Err(error) => self.call(turn, |protocol, cx| protocol.on_connect_failed(cx, &error)),
        }
        !self.is_connecting
    }

    /// Whether this program made the connection.
    pub(in crate::server) const fn is_dialed(&self) -> bool {
        matches!(self.role, Role::Dialed)
    }

    /// Whether it is being made.
    pub(in crate::server) const fn is_connecting(&self) -> bool {
        self.is_connecting
    }
}
