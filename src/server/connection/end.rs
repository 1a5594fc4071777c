//! The end of a connection.

use std::io::{self, ErrorKind};

use mio::net::TcpStream;

use crate::{
    base::stream::{Nanos, Role},
    server::{protocol::Wants, turn::Turn},
    trace::{CloseReason, EventKind, Guard, Stage},
};

use super::{Connection, State};

impl Connection {
    /// Handles a peer that has closed both directions, or a failed socket.
    pub(in crate::server) fn peer_gone(&mut self) {
        self.state = State::Gone(match &self.state {
            State::Lingering { reason, .. } | State::Closing(reason) => *reason,
            _ => CloseReason::Reset,
        });
    }

    /// The time since which an accepted connection has been idle between exchanges. `None`: it is not idle, or
    /// dialed.
    pub(in crate::server) fn idle_since(&self) -> Option<Nanos> {
        let is_open = self.role == Role::Accepted && matches!(self.state, State::Open);
        let is_idle = is_open
            && self.output.queued() == 0
            && matches!(self.protocol.next(), Wants::Read { guard: Guard::IdleTimeout, .. });
        is_idle.then_some(self.last_io)
    }

    /// Ends an idle connection, whose place another client needs. RFC 9112 §9.5: a server that wishes to time out
    /// closes the connection; it may at any time.
    pub(in crate::server) fn make_room(&mut self) {
        self.state = State::Gone(CloseReason::MadeRoom);
    }

    /// Ends the connection because the server stops.
    pub(in crate::server) fn shut_down(&mut self) {
        self.state = State::Gone(CloseReason::Shutdown);
    }

    /// Reports the end of the connection. The caller then drops the connection, which closes the socket.
    pub(in crate::server) fn finish(&mut self, turn: &mut Turn) {
        let State::Gone(reason) = self.state else { return };
        let mut is_cut_off = false;
        while let Some(end) = self.output.take_unwritten() {
            is_cut_off = true;
            turn.body_pool -= end.pooled;
            turn.event_now(self.id, Some(end.exchange), EventKind::Stage(Stage::Aborted));
        }
        self.give_handshake_up(turn, reason);
        let (protocol, mut cx) = self.parts(turn);
        is_cut_off |= protocol.on_gone(&mut cx);
        if let Some(session) = &self.session {
            turn.event_now(self.id, None, EventKind::EncryptedBytes(session.bytes()));
        }
        turn.event_now(self.id, None, EventKind::Closed(reason));
        // A response that is delimited by the end of the stream must not look complete when it is cut off.
        // Bytes that the system still holds for a client that does not read are discarded too.
        let is_unread = reason == CloseReason::Timeout(Guard::WriteTimeout);
        if is_cut_off && (self.output.ends_with_stream() || is_unread) {
            reset_when_dropped(&self.socket);
        }
    }

    /// Handles a failure of the socket.
    pub(super) fn fail(&mut self, error: &io::Error) {
        let reason = match (&self.state, error.kind()) {
            // After this side was closed, a failure no longer matters.
            (State::Lingering { reason, .. }, _) => *reason,
            (
                _,
                ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe
                | ErrorKind::NotConnected,
            ) => CloseReason::Reset,
            _ => CloseReason::Failed,
        };
        self.state = State::Gone(reason);
    }
}

/// Makes closing the socket reset the connection and discard unsent bytes, instead of ending the stream
/// normally.
#[cfg(unix)]
pub(in crate::server) fn reset_when_dropped(socket: &TcpStream) {
    // If this fails the stream ends normally; there is no alternative.
    let _ = rustix::net::sockopt::set_socket_linger(socket, Some(std::time::Duration::ZERO));
}

/// Does nothing on systems without a safe call for a reset: the stream ends normally.
#[cfg(not(unix))]
pub(in crate::server) fn reset_when_dropped(_: &TcpStream) {}
