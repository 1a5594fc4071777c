//! The end of a connection.

use std::io::{self, ErrorKind};

use mio::net::TcpStream;

use crate::{
    base::stream::{Nanos, Role},
    server::{protocol::Wants, turn::Turn},
    service::Ending,
    trace::{CloseReason, EventKind, Guard, Note, NoteKind, Severity, Stage},
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

    /// Whether bytes were read that nobody has dealt with yet.
    pub(in crate::server) fn has_input(&self) -> bool {
        !self.input.is_empty()
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
        let mut is_cut_off = self.abort_unwritten(turn);
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
        let is_reset = self.ending == Some(Ending::Reset);
        if is_reset || (is_cut_off && (self.output.ends_with_stream() || is_unread)) {
            reset_when_dropped(&self.socket);
        }
    }

    /// Ends the exchanges whose responses will never be completely written. Returns whether there were any.
    fn abort_unwritten(&mut self, turn: &mut Turn) -> bool {
        let mut any = false;
        while let Some(end) = self.output.take_unwritten() {
            any = true;
            turn.body_pool -= end.pooled;
            turn.event_now(self.id, Some(end.exchange), EventKind::Stage(Stage::Aborted));
        }
        any
    }

    /// Ends the connection in the middle of a message, as a rule of Trouble says.
    pub(super) fn end_on_purpose(&mut self, turn: &mut Turn) {
        let Some(end) = self.output.take_end() else { return };
        self.report_written(turn);
        let note = Note { severity: Severity::Warning, span: None, kind: NoteKind::Trouble(end.note) };
        turn.event_now(self.id, Some(end.exchange), EventKind::NoteAdded(note));
        self.output.discard();
        self.abort_unwritten(turn);
        let (protocol, mut cx) = self.parts(turn);
        protocol.on_ended_on_purpose(&mut cx);
        self.ending = Some(end.ending);
        self.state = match end.ending {
            Ending::Reset => State::Gone(CloseReason::OnPurpose),
            Ending::Cut | Ending::HalfClose => State::Closing(CloseReason::OnPurpose),
        };
    }

    /// Handles a failure of the socket.
    pub(in crate::server) fn fail(&mut self, error: &io::Error) {
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
