//! What is spoken on a connection, apart from the socket it is spoken over.
//!
//! A [`Protocol`] is handed bytes, room and time, and says what it waits for next ([`Wants`]); a
//! [`Connection`](super::connection::Connection) carries that out with a socket. So a protocol is tested
//! without one (`playbook`), and the connection is the same for all of them.
//!
//! The order of calls: [`Protocol::next`] is asked after every other call. Only what it wants is delivered:
//! bytes and their end while it wants to read, room while it wants to write, time when the time that it named
//! has come. After [`Wants::Close`] and [`Wants::Abort`] only [`Protocol::on_gone`] follows.

mod http1;
mod lines;
#[cfg(test)]
mod playbook;

use std::net::IpAddr;

use crate::{
    base::stream::{ConnId, ExchangeId},
    trace::{CloseReason, EventKind, Guard, Nanos, ProtocolKind},
};

use super::{input::Input, output::Output, turn::Turn};
use http1::Http1;
use lines::Lines;

/// One side of a conversation: bytes in, bytes out, no socket and no clock of its own.
///
/// Input and output stand in the [`Context`] of every call rather than in the arguments of one: a request that
/// takes too long is answered when its time has come, so time may produce output as bytes do.
pub(super) trait Protocol: Send {
    /// The connection is one too many. The protocol says so in its own words and ends.
    fn on_crowded(&mut self, cx: &mut Context<'_>);

    /// There may be bytes to read in the input that were not there before.
    fn on_bytes(&mut self, cx: &mut Context<'_>) -> Progress;

    /// The client ended its side: nothing follows what is in the input.
    fn on_end(&mut self, cx: &mut Context<'_>);

    /// The output may have room for more.
    fn on_room(&mut self, cx: &mut Context<'_>) -> Progress;

    /// The time that [`Self::next`] named has come: that of [`Wants::At`], or that of the guard of
    /// [`Wants::Read`].
    fn on_time(&mut self, cx: &mut Context<'_>) -> Progress;

    /// The connection is gone. What is under way is over, in the trace too. Returns whether a response was.
    fn on_gone(&mut self, cx: &mut Context<'_>) -> bool;

    /// What the protocol waits for.
    fn next(&self) -> Wants;

    /// The exchange that is under way. `None`: none is.
    fn exchange(&self) -> Option<ExchangeId>;
}

/// The server's side of a protocol, on a new connection.
pub(super) fn open(kind: ProtocolKind, turn: &Turn) -> Box<dyn Protocol> {
    match kind {
        ProtocolKind::Http => Box::new(Http1::new(turn.limits())),
        ProtocolKind::Lines => Box::new(Lines::new(turn.buffer, turn.guards[Guard::MessageBytes])),
    }
}

/// What a protocol waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// Bytes from the client, before the time of `guard` is up. It is counted from `since`, or from the last
    /// byte in either direction where that is `None`.
    Read { guard: Guard, since: Option<Nanos> },
    /// Room in the output.
    Write,
    /// This time.
    At(Nanos),
    /// The end of the connection once the output is written.
    Close(CloseReason),
    /// The end of the connection now, whatever is still to be written.
    Abort(CloseReason),
}

/// What a call came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// There was nothing to do.
    None,
    /// Something changed; there may be more to do at once.
    Some,
    /// Something changed, and took so much work that other connections come first.
    Share,
}

impl Progress {
    /// Whether anything changed.
    pub(super) const fn of(changed: bool) -> Self {
        if changed { Self::Some } else { Self::None }
    }
}

/// What a protocol works with during a call. There is no socket in it.
pub(super) struct Context<'a> {
    pub(super) conn: ConnId,
    /// The client's address.
    pub(super) peer: IpAddr,
    /// The server's side of the connection is a loopback address.
    pub(super) on_loopback: bool,
    /// What arrived and is not consumed.
    pub(super) input: &'a mut Input,
    pub(super) output: &'a mut Output,
    /// What all connections share: time, trace, service, guards.
    pub(super) turn: &'a mut Turn,
}

impl Context<'_> {
    /// Reports what happens at the time of the turn.
    pub(super) fn event(&mut self, exchange: impl Into<Option<ExchangeId>>, kind: EventKind) {
        self.turn.tracer.event(self.turn.now, Some(self.conn), exchange.into(), kind);
    }

    /// Reports what happens now, later than the turn's start.
    pub(super) fn event_now(&mut self, exchange: impl Into<Option<ExchangeId>>, kind: EventKind) {
        self.turn.event_now(self.conn, exchange.into(), kind);
    }
}
