//! How a connection ends, and how a response that cannot be completed does.

use std::io::{self, ErrorKind};

use mio::net::TcpStream;

use crate::{
    http::State,
    server::turn::Turn,
    trace::{CloseReason, EventKind, GuardKind, Note, NoteKind, Severity, Stage},
};

use super::{Connection, Phase};

impl Connection {
    /// The peer is gone in both directions, or the socket failed.
    pub(in crate::server) fn peer_gone(&mut self) {
        self.phase = Phase::Gone(match &self.phase {
            Phase::Lingering { reason, .. } | Phase::Closing(reason) => *reason,
            _ => CloseReason::Reset,
        });
    }

    /// The server stops.
    pub(in crate::server) fn shut_down(&mut self) {
        self.phase = Phase::Gone(CloseReason::Shutdown);
    }

    /// Says in the trace how the connection ended. It is closed when it is dropped, which is next.
    pub(in crate::server) fn finish(&mut self, turn: &mut Turn) {
        let Phase::Gone(reason) = self.phase else { return };
        let cut_off = self.active.is_some() || !self.unwritten.is_empty();
        for mark in std::mem::take(&mut self.unwritten) {
            turn.event_now(self.id, Some(mark.exchange), EventKind::Stage(Stage::Aborted));
        }
        if let Some(active) = self.active.take() {
            turn.body_pool -= active.pooled;
            turn.event_now(self.id, Some(active.exchange), EventKind::Stage(Stage::Aborted));
        }
        turn.event_now(self.id, None, EventKind::Closed(reason));
        // RFC 9112 §8: a response that has neither length nor chunks "is considered complete unless an
        // error was indicated by the underlying connection": cut off, it must not end in good order.
        // What the system still holds for a client that does not read is given up too.
        let unread = reason == CloseReason::Timeout(GuardKind::WriteTimeout);
        if cut_off && (self.until_close || unread) {
            reset_when_dropped(&self.socket);
        }
    }

    /// The body cannot be completed, so the only honest end is to close now: its length is announced
    /// already, its last chunk not sent yet, or the connection is reset. RFC 9112 §8 makes the client
    /// treat the response as incomplete.
    pub(super) fn break_off(&mut self, turn: &mut Turn, kind: NoteKind) {
        self.note(turn, Severity::Error, kind);
        if self.until_close {
            self.phase = Phase::Gone(CloseReason::FileBroke);
            return;
        }
        if let Some(active) = self.active.take() {
            turn.body_pool -= active.pooled;
            turn.event_now(self.id, Some(active.exchange), EventKind::Stage(Stage::Aborted));
        }
        self.phase = Phase::Closing(CloseReason::FileBroke);
    }

    /// Something went wrong on the way to an answer that is whole all the same.
    pub(super) fn note_trouble(&self, turn: &mut Turn, trouble: String) {
        self.note(turn, Severity::Warning, NoteKind::Text(trouble.into()));
    }

    /// What arrived along with the last request of the connection, and comes after it. RFC 9112 §9.6: a server
    /// that sends or receives close "MUST NOT process any further requests received on that connection".
    pub(super) fn note_unread(&self, turn: &mut Turn) {
        let is_last = self.active.as_ref().is_some_and(|active| !active.keep_alive) && self.refused.is_none();
        let unread = self.input.bytes().len() as u64;
        if is_last && unread > 0 && self.machine.state() == State::Idle {
            self.note(turn, Severity::Warning, NoteKind::BytesAfterLast(unread));
        }
    }

    fn note(&self, turn: &mut Turn, severity: Severity, kind: NoteKind) {
        let exchange = self.active.as_ref().map(|active| active.exchange);
        turn.event_now(self.id, exchange, EventKind::NoteAdded(Note { severity, span: None, kind }));
    }

    /// The socket failed.
    pub(super) fn fail(&mut self, error: &io::Error) {
        let reason = match (&self.phase, error.kind()) {
            // What comes after this side was ended does not matter any more.
            (Phase::Lingering { reason, .. }, _) => *reason,
            (
                _,
                ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe
                | ErrorKind::NotConnected,
            ) => CloseReason::Reset,
            _ => CloseReason::Failed,
        };
        self.phase = Phase::Gone(reason);
    }
}

/// Closing the socket will not end the stream but reset it, and discard what is unsent.
#[cfg(unix)]
fn reset_when_dropped(socket: &TcpStream) {
    // Without it the stream ends as usual: nothing better can be done.
    let _ = rustix::net::sockopt::set_socket_linger(socket, Some(std::time::Duration::ZERO));
}

/// There is no safe call for it here: the stream ends as usual.
#[cfg(not(unix))]
fn reset_when_dropped(_: &TcpStream) {}
