//! Urgent data (RFC 9293 §3.8.5): a byte that TCP hands over apart from the stream, and a mark in the stream at its
//! place.
//!
//! A read ends early at the mark, so a short read says nothing about what is left behind it. HTTP has no use for
//! urgent data; the stream is read without that byte, and a note tells of it.

use crate::{
    base::stream::ExchangeId,
    server::turn::Turn,
    trace::{EventKind, Note, NoteKind, Severity},
};

use super::Connection;

/// Number of urgent bytes of a connection that are noted.
const NOTED_MAX: u32 = 16;

/// The urgent data of a connection.
#[derive(Debug, Default)]
pub(super) struct Urgent {
    /// Whether there was any. From then on only a read that would wait says that the socket is empty.
    pub(super) is_used: bool,
    /// What is to be noted with the next exchange. `None`: nothing.
    waiting: Option<NoteKind>,
    noted: u32,
}

impl Connection {
    /// The socket announces urgent data.
    pub(in crate::server) fn on_urgent(&mut self) {
        self.urgent.is_used = true;
        self.can_read = true;
        if self.session.is_some() || self.urgent.noted >= NOTED_MAX || self.urgent.waiting.is_some() {
            return;
        }
        if let Some((byte, ahead)) = take(&self.socket) {
            self.urgent.noted += 1;
            self.urgent.waiting = Some(NoteKind::UrgentByte { byte, offset: self.received + ahead });
        }
    }

    /// Notes an urgent byte with an exchange. `None`: the note waits for the next one.
    pub(super) fn note_urgent(&mut self, turn: &mut Turn, exchange: Option<ExchangeId>) {
        if exchange.is_some()
            && let Some(kind) = self.urgent.waiting.take()
        {
            let note = Note { severity: Severity::Warning, span: None, kind };
            turn.event_now(self.id, exchange, EventKind::NoteAdded(note));
        }
    }
}

/// Takes the urgent byte, and counts the bytes of the stream before its mark that were not read yet. `None`: it has
/// been taken, or has not arrived.
#[cfg(unix)]
fn take(socket: &mio::net::TcpStream) -> Option<(u8, u64)> {
    use rustix::net::{RecvFlags, recv};
    // Linux and BSD count up to the mark.
    let ahead = rustix::io::ioctl_fionread(socket).ok()?;
    let mut byte = [0];
    let (len, _) = recv(socket, &mut byte, RecvFlags::OOB).ok()?;
    (len == 1).then_some((byte[0], ahead))
}

#[cfg(not(unix))]
fn take(_: &mio::net::TcpStream) -> Option<(u8, u64)> {
    None
}
