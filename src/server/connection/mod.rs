//! One connection: its socket, input, output, timers and end. The conversation itself is left to its
//! [`Protocol`].

mod dialed;
mod end;
mod receive;
mod send;
mod timer;
mod tls;
mod upgrade;
mod urgent;

pub(super) use end::reset_when_dropped;

use std::net::{Shutdown, SocketAddr};

use bytes::Bytes;
use mio::net::TcpStream;

use crate::{
    base::{
        faults::{self, Call},
        stream::{ConnId, Direction, Nanos, Role, StreamId},
    },
    service::Ending,
    trace::{Again, CloseReason, ConnectionStart, EventKind, ProtocolKind, Stage},
};

use super::{
    input::Input,
    output::{Flushed, Output},
    protocol::{self, Context, Progress, Protocol, Wants},
    tls::Session,
    turn::Turn,
    upstream::Place,
};
use send::Sending;
use urgent::Urgent;

/// A lingering connection is closed after this much silence.
const LINGER_QUIET_NS: u64 = 2_000_000_000;
/// Upper bound on lingering, however much the client keeps sending.
const LINGER_NS_MAX: u64 = 10_000_000_000;
/// Upper bound on lingering after this side was closed on purpose.
const HALF_CLOSED_NS_MAX: u64 = 60_000_000_000;

/// A connection, accepted or dialed.
#[allow(clippy::struct_excessive_bools, reason = "two readiness flags and five facts, all independent")]
pub(super) struct Connection {
    pub(super) id: ConnId,
    /// The connection's slot in the event loop.
    slot: usize,
    role: Role,
    /// Whether the connection is being made: nothing can be sent or received yet.
    is_connecting: bool,
    /// Whether the connection is left out of the trace.
    pub(super) is_quiet: bool,
    pub(super) socket: TcpStream,
    /// The encryption of the connection. `None`: it has none.
    session: Option<Box<Session>>,
    pub(super) peer: SocketAddr,
    protocol: Box<dyn Protocol>,
    input: Input,
    /// Stream offset after the last byte that was read.
    received: u64,
    urgent: Urgent,
    output: Output,
    state: State,
    /// What the requests are copies of. `None`: they come from a client.
    again: Option<Again>,
    /// Whether the connection waits for its share of a turn.
    pub(super) is_queued: bool,
    pub(super) can_read: bool,
    /// The turn whose poll announced bytes that have not been read yet. `None`: none has.
    pub(super) announced: Option<Nanos>,
    pub(super) can_write: bool,
    /// Whether the socket has announced the end of the client's side, which may not have been read yet.
    pub(super) end_announced: bool,
    /// Whether the client has closed its side.
    half_closed: bool,
    /// How the connection ends on purpose. `None`: it does not.
    ending: Option<Ending>,
    /// The time of the last read or write.
    last_io: Nanos,
    /// Slow motion does not write before this time. `None`: no restriction.
    paced_until: Option<Nanos>,
    /// The time of the connection's live entry in the timer heap. 0: no entry.
    pub(super) armed: Nanos,
}

/// The stages of the end of a connection.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Open: the protocol decides.
    Open,
    /// Writing the rest of the output, then closing this side.
    Closing(CloseReason),
    /// This side is closed; the client may still be sending (RFC 9112 §9.6).
    Lingering { reason: CloseReason, since: Nanos },
    /// To be dropped.
    Gone(CloseReason),
}

/// The request of a connection to the event loop after it was served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextStep {
    /// To wait for its socket and its timer.
    Wait,
    /// To continue in the next turn: its share of this one is used up.
    Requeue,
    /// To be dropped.
    Drop,
}

impl Connection {
    pub(super) fn new(
        Place { slot, conn: id }: Place,
        socket: TcpStream,
        (peer, local): (SocketAddr, SocketAddr),
        kind: ProtocolKind,
        turn: &mut Turn,
    ) -> Self {
        let protocol = protocol::open(kind, turn);
        let start = ConnectionStart { role: Role::Accepted, protocol: kind, peer, local };
        Self::starting(Place { slot, conn: id }, socket, start, protocol, turn)
    }

    fn starting(
        Place { slot, conn: id }: Place,
        socket: TcpStream,
        start: ConnectionStart,
        protocol: Box<dyn Protocol>,
        turn: &mut Turn,
    ) -> Self {
        let ConnectionStart { role, peer, .. } = start;
        let is_connecting = role == Role::Dialed;
        turn.tracer.event(turn.now, Some(id), None, start.into());
        Self {
            id,
            slot,
            role,
            is_connecting,
            is_quiet: false,
            socket,
            session: None,
            peer,
            protocol,
            input: Input::default(),
            received: 0,
            urgent: Urgent::default(),
            output: Output::default(),
            state: State::Open,
            again: None,
            is_queued: false,
            can_read: false,
            announced: None,
            can_write: !is_connecting,
            end_announced: false,
            half_closed: false,
            ending: None,
            last_io: turn.now,
            paced_until: None,
            armed: Nanos::ZERO,
        }
    }

    /// The connection with what its requests are copies of. `None`: they come from a client.
    pub(super) fn carrying(self, again: Option<Again>) -> Self {
        Self { again, ..self }
    }

    /// Refuses the connection because there are too many.
    pub(super) fn refuse(&mut self, turn: &mut Turn) {
        self.call(turn, |protocol, cx| protocol.on_crowded(cx));
    }

    /// Whether there is more output to produce or to write.
    pub(super) fn is_sending(&self) -> bool {
        self.output.queued() > 0 || self.is_encrypting() || self.protocol.next() == Wants::Write
    }

    /// Does everything that can be done without waiting.
    pub(super) fn drive(&mut self, turn: &mut Turn) -> NextStep {
        if self.is_connecting && !self.connected(turn) {
            if let State::Open = self.state {
                // It may not be wanted any more.
                self.call(turn, |protocol, cx| protocol.on_room(cx));
            }
            return if let State::Gone(_) = self.state { NextStep::Drop } else { NextStep::Wait };
        }
        self.output.attach_block(&mut turn.tail, &mut turn.blocks);
        let next = self.advance(turn);
        self.output.detach_block(&mut turn.tail);
        next
    }

    /// The exchange at hand, and the bytes of input and output that are held.
    #[cfg(test)]
    pub(super) fn held_bytes(&self) -> (Option<crate::base::stream::ExchangeId>, usize) {
        (self.protocol.exchange(), self.input.bytes().len() + self.output.queued())
    }

    fn advance(&mut self, turn: &mut Turn) -> NextStep {
        let mut budget = turn.share_bytes;
        loop {
            let progress = self.step(turn, &mut budget);
            let flushed = self.flush(turn, &mut budget);
            self.report_written(turn);
            self.note_urgent(turn, self.protocol.exchange());
            if let State::Gone(_) = self.state {
                return NextStep::Drop;
            }
            if budget == 0 || progress == Progress::Share {
                return NextStep::Requeue;
            }
            if progress == Progress::None && !flushed {
                return NextStep::Wait;
            }
        }
    }

    /// Takes one step: carries out what the protocol wants, or the next step of the connection's end.
    fn step(&mut self, turn: &mut Turn, budget: &mut usize) -> Progress {
        match self.state {
            State::Open => self.serve_protocol(turn, budget),
            State::Closing(reason) if self.output.queued() == 0 => {
                if self.is_over() {
                    self.state = State::Gone(reason);
                    return Progress::Some;
                }
                if self.session.as_mut().is_none_or(|session| session.end()) {
                    self.end_this_side(turn, reason);
                    return Progress::Some;
                }
                Progress::None
            }
            State::Lingering { .. } => Progress::of(self.fill(turn, budget)),
            State::Closing(_) | State::Gone(_) => Progress::None,
        }
    }

    fn serve_protocol(&mut self, turn: &mut Turn, budget: &mut usize) -> Progress {
        match self.protocol.next() {
            Wants::Read { .. } => match self.call(turn, |protocol, cx| protocol.on_bytes(cx)) {
                // The end was read while a response was under way: with what came before it dealt with, it counts.
                Progress::None if self.half_closed => {
                    self.call(turn, |protocol, cx| protocol.on_end(cx));
                    Progress::of(!matches!(self.protocol.next(), Wants::Read { .. }))
                }
                Progress::None => Progress::of(self.fill(turn, budget)),
                progress => progress,
            },
            Wants::Write => self.call(turn, |protocol, cx| protocol.on_room(cx)),
            Wants::Relay { .. } => self.relay(turn, budget),
            Wants::Disk { .. } => self.call(turn, |protocol, cx| protocol.on_disk(cx)),
            Wants::At(at) if at <= turn.now => self.call(turn, |protocol, cx| protocol.on_time(cx)),
            Wants::At(_) | Wants::Change | Wants::Close(_) | Wants::Abort(_) => Progress::None,
        }
    }

    /// Moves bytes between this connection and the other leg of its exchange. What has arrived is read first: bytes
    /// that come before a kept connection is used again are no response to its next request.
    fn relay(&mut self, turn: &mut Turn, budget: &mut usize) -> Progress {
        match self.call_for(turn, |protocol, cx| protocol.on_bytes(cx)) {
            (Progress::None, Wants::Relay { reads: true, .. }) if self.fill(turn, budget) => Progress::Some,
            (Progress::None, Wants::Relay { .. }) => self.call(turn, |protocol, cx| protocol.on_room(cx)),
            (Progress::None, _) => Progress::Some,
            (progress, _) => progress,
        }
    }

    /// Calls the protocol, and begins the end of the connection if the protocol then wants it.
    fn call<T>(&mut self, turn: &mut Turn, act: impl FnOnce(&mut dyn Protocol, &mut Context<'_>) -> T) -> T {
        self.call_for(turn, act).0
    }

    /// Does the same. Returns what the protocol waits for, too.
    fn call_for<T>(
        &mut self,
        turn: &mut Turn,
        act: impl FnOnce(&mut dyn Protocol, &mut Context<'_>) -> T,
    ) -> (T, Wants) {
        let (protocol, mut cx) = self.parts(turn);
        let result = act(protocol, &mut cx);
        let wants = protocol.next();
        match wants {
            Wants::Close(reason) => self.state = State::Closing(reason),
            Wants::Abort(reason) => self.state = State::Gone(reason),
            Wants::Change => self.change_protocol(),
            Wants::Read { .. } | Wants::Relay { .. } | Wants::Write | Wants::Disk { .. } | Wants::At(_) => {}
        }
        (result, wants)
    }

    /// The protocol and the context for a call to it.
    fn parts<'a>(&'a mut self, turn: &'a mut Turn) -> (&'a mut dyn Protocol, Context<'a>) {
        let cx = Context {
            conn: self.id,
            slot: self.slot,
            peer: self.peer.ip(),
            again: self.again,
            input: &mut self.input,
            output: &mut self.output,
            turn,
        };
        (&mut *self.protocol, cx)
    }

    /// Whether nothing can come any more from a client that has its last response.
    ///
    /// RFC 9112 §9.6: "A client that sends a "close" connection option MUST NOT send further requests on that
    /// connection (after the one containing close) and MUST close the connection after reading the final response
    /// message corresponding to this request." So there is nothing to linger for, unless more came along already.
    fn is_over(&self) -> bool {
        !self.can_read
            && self.input.is_empty()
            && self.session.is_none()
            && self.ending.is_none()
            && self.protocol.has_heard_last()
    }

    /// Closes this side once all output is written.
    fn end_this_side(&mut self, turn: &Turn, reason: CloseReason) {
        // RFC 9112 §9.6: "first closes the write side, then continues to read until it receives a
        // corresponding close by the client". Closing at once could reset the connection and destroy the
        // response before the client has read it.
        let ended = faults::pass(Call::Shutdown).and_then(|()| self.socket.shutdown(Shutdown::Write));
        self.last_io = turn.now;
        match ended {
            Ok(()) if self.half_closed => self.state = State::Gone(reason),
            Ok(()) => self.state = State::Lingering { reason, since: turn.now },
            Err(error) => self.fail(&error),
        }
    }

    /// Writes as much as possible. Returns whether bytes were written or the socket failed.
    fn flush(&mut self, turn: &mut Turn, budget: &mut usize) -> bool {
        let has_something = self.output.queued() > 0 || self.is_encrypting();
        if !has_something || !self.can_write || matches!(self.state, State::Gone(_)) {
            return false;
        }
        let before = self.output.written();
        let now = turn.clock.now();
        let encrypted = self.flush_encrypted();
        let stream = StreamId { layer: self.layer(), direction: Direction::Sent };
        let (id, tracer) = (self.id, &mut turn.tracer);
        let wrote = |offset, bytes: &Bytes, memory| tracer.wrote(now, id, stream, offset, bytes, memory);
        let flushed = if let Some(session) = &mut self.session {
            self.output.flush(&mut session.over(&mut self.socket), now, *budget, wrote)
        } else {
            // Slow motion and what is done on purpose have their own times.
            let ends = matches!(self.state, State::Closing(_)) && !self.output.is_paced();
            self.output.flush(&mut Sending { socket: &mut self.socket, ends }, now, *budget, wrote)
        };
        let written = usize::try_from(self.output.written() - before).unwrap_or(usize::MAX);
        *budget = budget.saturating_sub(written);
        self.paced_until = None;
        match encrypted.as_ref().map_or_else(Err, |_| flushed.as_ref()) {
            Ok(Flushed::Empty | Flushed::Budget) => {}
            Ok(Flushed::Full) => self.can_write = false,
            Ok(Flushed::Paced(until)) => self.paced_until = Some(*until),
            Ok(Flushed::End) => self.end_on_purpose(turn),
            Err(error) => self.fail(error),
        }
        // What is encrypted waits only where the socket is full.
        self.can_write &= !self.is_encrypting();
        let wrote_any = written > 0 || matches!(encrypted, Ok(true));
        if wrote_any {
            self.last_io = now;
        }
        wrote_any || matches!(self.state, State::Gone(_))
    }

    /// Reports the responses that are completely written. If the end of a response was found only after its
    /// last byte was written, as it is for a file, the response was complete at the time of the last write.
    fn report_written(&mut self, turn: &mut Turn) {
        while let Some(end) = self.output.take_written() {
            turn.body_pool -= end.pooled;
            self.note_urgent(turn, Some(end.exchange));
            let sent = Stage::ResponseSent { end: end.end, keep_alive: end.keep_alive };
            turn.tracer.event(self.last_io, Some(self.id), Some(end.exchange), EventKind::Stage(sent));
        }
    }
}
