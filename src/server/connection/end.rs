//! How a connection ends.

use std::io::{self, ErrorKind};

use mio::net::TcpStream;

use crate::{
    server::turn::Turn,
    trace::{CloseReason, EventKind, Guard, Stage},
};

use super::{Connection, State};

impl Connection {
    /// The peer is gone in both directions, or the socket failed.
    pub(in crate::server) fn peer_gone(&mut self) {
        self.state = State::Gone(match &self.state {
            State::Lingering { reason, .. } | State::Closing(reason) => *reason,
            _ => CloseReason::Reset,
        });
    }

    /// The server stops.
    pub(in crate::server) fn shut_down(&mut self) {
        self.state = State::Gone(CloseReason::Shutdown);
    }

    /// Says in the trace how the connection ended. It is closed when it is dropped, which is next.
    pub(in crate::server) fn finish(&mut self, turn: &mut Turn) {
        let State::Gone(reason) = self.state else { return };
        let mut is_cut_off = false;
        while let Some(end) = self.output.take_unwritten() {
            is_cut_off = true;
            turn.event_now(self.id, Some(end.exchange), EventKind::Stage(Stage::Aborted));
        }
        let (protocol, mut cx) = self.parts(turn);
        is_cut_off |= protocol.on_gone(&mut cx);
        turn.event_now(self.id, None, EventKind::Closed(reason));
        // What has no other end than that of the stream must not end in good order when it is cut off. What the
        // system still holds for a client that does not read is given up too.
        let is_unread = reason == CloseReason::Timeout(Guard::WriteTimeout);
        if is_cut_off && (self.output.ends_with_stream() || is_unread) {
            reset_when_dropped(&self.socket);
        }
    }

    /// The socket failed.
    pub(super) fn fail(&mut self, error: &io::Error) {
        let reason = match (&self.state, error.kind()) {
            // What comes after this side was ended does not matter any more.
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

/// Makes the socket's end a reset that discards what is unsent, instead of the usual end of the stream.
#[cfg(unix)]
fn reset_when_dropped(socket: &TcpStream) {
    // Without it the stream ends as usual: nothing better can be done.
    let _ = rustix::net::sockopt::set_socket_linger(socket, Some(std::time::Duration::ZERO));
}

/// Does nothing where there is no safe call for a reset: the stream ends as usual.
#[cfg(not(unix))]
fn reset_when_dropped(_: &TcpStream) {}
