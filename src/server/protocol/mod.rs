//! Protocols, independent of sockets.
//!
//! A [`Protocol`] is given bytes, room in the output and the time, and returns what it waits for next
//! ([`Wants`]); a [`Connection`](super::connection::Connection) carries that out with a socket. So a protocol
//! can be tested without a socket (`playbook`), and all protocols share the connection.
//!
//! The order of calls: [`Protocol::next`] follows every other call. A protocol gets only what it wants: bytes
//! and their end while it wants to read, room while it wants to write, and the time that it named when that
//! has come. After [`Wants::Close`] and [`Wants::Abort`] only [`Protocol::on_gone`] follows.

mod between_frames;
mod check;
mod http1;
mod lineage;
mod lines;
#[cfg(test)]
mod playbook;
mod trouble;
mod upstream;
mod websocket;

use std::{io, net::IpAddr, sync::Arc};

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    trace::{Again, CloseReason, EventKind, Guard, Handshake, Note, NoteKind, ProtocolKind, Severity},
};

use super::{input::Input, output::Output, turn::Turn, upstream::Place};
pub(super) use check::Check;
use http1::Http1;
use lines::Lines;
pub(super) use upstream::Upstream;

/// One side of a conversation: bytes in, bytes out, no socket and no clock of its own.
///
/// Input and output are part of the [`Context`] of every call because any call may produce output: a request
/// that takes too long, for example, is answered when its time limit is reached.
pub(super) trait Protocol: Send {
    /// There are too many connections. The protocol reports that in its own form and ends.
    fn on_crowded(&mut self, cx: &mut Context<'_>);

    /// The input may contain new bytes.
    fn on_bytes(&mut self, cx: &mut Context<'_>) -> Progress;

    /// The connection that this program made is open.
    fn on_connected(&mut self, _: &mut Context<'_>) {}

    /// The connection could not be made.
    fn on_connect_failed(&mut self, _: &mut Context<'_>, _: &io::Error) {}

    /// The TLS handshake of a connection that this program made is over. Bytes can be sent only if it is open.
    fn on_handshake(&mut self, _: &mut Context<'_>, _: &Arc<Handshake>) {}

    /// The encryption failed after the handshake. `words`: what is wrong, in words that follow the other end's name.
    fn on_encryption_failed(&mut self, _: &mut Context<'_>, _words: &str) {}

    /// The connection ended, and its encryption did not (RFC 8446 §6.1): bytes may be missing, which somebody on the way
    /// may have cut off.
    fn on_cut_off(&mut self, cx: &mut Context<'_>) {
        self.on_end(cx);
    }

    /// The client closed its side: no bytes follow those in the input.
    fn on_end(&mut self, cx: &mut Context<'_>);

    /// The output may have room for more.
    fn on_room(&mut self, cx: &mut Context<'_>) -> Progress;

    /// A thread that waits for a disk may have come back.
    fn on_disk(&mut self, _: &mut Context<'_>) -> Progress {
        Progress::None
    }

    /// The time that [`Self::next`] named has come: the time in [`Wants::At`], or the limit of the guard in
    /// [`Wants::Read`].
    fn on_time(&mut self, cx: &mut Context<'_>) -> Progress;

    /// The connection is closed. Ends the current exchange, also in the trace. Returns whether a response was
    /// in progress.
    fn on_gone(&mut self, cx: &mut Context<'_>) -> bool;

    /// The connection ends in the middle of what this protocol sends, as a rule of Trouble says. No call but
    /// [`Self::on_gone`] follows.
    fn on_ended_on_purpose(&mut self, cx: &mut Context<'_>) {
        self.on_gone(cx);
    }

    /// The event that the protocol waits for.
    fn next(&self) -> Wants;

    /// Sends a WebSocket frame that the user composed. Without effect where no frames are spoken.
    fn interject(&mut self, _: &mut Context<'_>, _: &[u8]) {}

    /// The protocol that takes the connection over. `None`: this one goes on. Called once, when it wants
    /// [`Wants::Change`].
    fn successor(&mut self) -> Option<Box<dyn Protocol>> {
        None
    }

    /// Whether the other end has said that its last message is complete, and that was read to its end.
    fn has_heard_last(&self) -> bool {
        false
    }

    /// The current exchange. `None`: no exchange is in progress.
    fn exchange(&self) -> Option<ExchangeId>;
}

/// The server's side of a protocol, on a new connection.
pub(super) fn open(kind: ProtocolKind, turn: &Turn) -> Box<dyn Protocol> {
    match kind {
        ProtocolKind::Http => Box::new(Http1::new(turn.limits())),
        ProtocolKind::Lines => Box::new(Lines::new(turn.buffer, turn.guards[Guard::MessageBytes])),
    }
}

/// The event that a protocol waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// Bytes from the client, within the time limit of `guard`. The time is counted from `since`; `None`:
    /// from the last byte in either direction.
    Read { guard: Guard, since: Option<Nanos> },
    /// Room in the output.
    Write,
    /// Room in the output, and bytes as well if `reads`: what is read on one connection is written on another.
    /// `timer`: a guard, and since when its time runs, as in [`Self::Read`]. `whole`: since when the time of
    /// [`Guard::ExchangeTimeout`] runs besides.
    Relay { reads: bool, timer: Option<(Guard, Option<Nanos>)>, whole: Option<Nanos> },
    /// This time.
    At(Nanos),
    /// A thread that waits for a disk, within the time of [`Guard::DiskTimeout`] from `since` on.
    Disk { since: Nanos },
    /// Another protocol on the same connection: [`Protocol::successor`].
    Change,
    /// The end of the connection once the output is written.
    Close(CloseReason),
    /// The end of the connection at once, even if the output is not written.
    Abort(CloseReason),
}

/// Result of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// There was nothing to do.
    None,
    /// Something changed; there may be more to do at once.
    Some,
    /// Something changed, with so much work that other connections come first.
    Share,
}

impl Progress {
    /// [`Self::Some`] if anything changed, else [`Self::None`].
    pub(super) const fn of(changed: bool) -> Self {
        if changed { Self::Some } else { Self::None }
    }
}

/// The environment of a protocol during a call. It contains no socket.
pub(super) struct Context<'a> {
    pub(super) conn: ConnId,
    /// The connection's slot in the event loop.
    pub(super) slot: usize,
    /// The client's address.
    pub(super) peer: IpAddr,
    /// What the requests are copies of. `None`: they come from a client.
    pub(super) again: Option<Again>,
    /// Received bytes that are not consumed yet.
    pub(super) input: &'a mut Input,
    pub(super) output: &'a mut Output,
    /// State shared by all connections: time, trace, service, guards.
    pub(super) turn: &'a mut Turn,
}

impl Context<'_> {
    /// Where the connection is found.
    pub(super) const fn place(&self) -> Place {
        Place { slot: self.slot, conn: self.conn }
    }

    /// Begins the exchange of a request whose first byte stands at stream offset `offset`.
    fn begin_exchange(&mut self, offset: u64) -> ExchangeId {
        let exchange = self.turn.next_exchange();
        self.event(exchange, EventKind::request_started(offset));
        if let Some(again) = self.again {
            self.event(exchange, EventKind::SentAgain(again));
        }
        exchange
    }

    /// Notes on an exchange that a frame was sent by hand, so that nobody looks for its origin elsewhere.
    fn note_interjection(&mut self, exchange: Option<ExchangeId>, to: &str, bytes: usize) {
        let text = format!("A frame of {bytes} bytes was sent to the {to} by hand.");
        let note = Note { severity: Severity::Info, span: None, kind: NoteKind::Text(text.into()) };
        self.event_now(exchange, EventKind::NoteAdded(note));
    }

    /// Reports an event with the time of the turn.
    pub(super) fn event(&mut self, exchange: impl Into<Option<ExchangeId>>, kind: EventKind) {
        self.turn.tracer.event(self.turn.now, Some(self.conn), exchange.into(), kind);
    }

    /// Reports an event with the time `at`.
    pub(super) fn event_at(&mut self, at: Nanos, exchange: impl Into<Option<ExchangeId>>, kind: EventKind) {
        self.turn.tracer.event(at, Some(self.conn), exchange.into(), kind);
    }

    /// Reports an event with the current time, which is later than the start of the turn.
    pub(super) fn event_now(&mut self, exchange: impl Into<Option<ExchangeId>>, kind: EventKind) {
        self.turn.event_now(self.conn, exchange.into(), kind);
    }
}
