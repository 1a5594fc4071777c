//! One connection: reads, the machine, the exchange at hand, writes and timers.

mod answer;
mod end;
mod produce;
mod refuse;
mod request;

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read},
    net::{Shutdown, SocketAddr},
};

use mio::net::TcpStream;

use crate::{
    base::{
        faults::{self, Call},
        stream::{ConnId, ExchangeId},
    },
    http::{RequestMachine, Rule, State},
    service::Answered,
    trace::{CloseReason, EventKind, GuardKind, Nanos, Stage},
};

use super::{
    Guards,
    clock::millis,
    input::Input,
    output::{Flushed, HIGH_BYTES, Output},
    turn::Turn,
};
use produce::Producer;
use request::Active;

/// A lingering connection is closed after this much silence …
const LINGER_QUIET: Nanos = 2_000_000_000;
/// … and after this time in any case.
const LINGER_TOTAL: Nanos = 10_000_000_000;

/// An accepted connection.
#[allow(clippy::struct_excessive_bools, reason = "two readiness flags and four facts, all independent")]
pub(super) struct Connection {
    pub(super) id: ConnId,
    pub(super) socket: TcpStream,
    peer: SocketAddr,
    /// The server's side of the connection is a loopback address.
    on_loopback: bool,
    machine: RequestMachine,
    input: Input,
    /// Stream offset after the last byte that was read.
    received: u64,
    phase: Phase,
    /// The exchange whose request is being read or answered.
    active: Option<Active>,
    output: Output,
    /// Responses that are queued whole but not written whole.
    unwritten: VecDeque<Mark>,
    /// The response at hand, or the last one, is complete when the connection ends.
    until_close: bool,
    /// It waits for its share of a turn.
    pub(super) is_queued: bool,
    pub(super) can_read: bool,
    pub(super) can_write: bool,
    /// The socket announced that the client's side ends; the end may not have been read yet.
    pub(super) end_announced: bool,
    /// The client ended its side.
    half_closed: bool,
    /// Why the connection is to end after the response at hand, if it refuses.
    refused: Option<CloseReason>,
    /// The last time anything moved: a read, a write, the end of a response.
    moved: Nanos,
    /// Until then slow motion does not write.
    paced_until: Option<Nanos>,
    /// The earliest entry in the timer heap. 0: none.
    pub(super) armed: Nanos,
}

/// What the connection is doing.
#[derive(Debug)]
enum Phase {
    /// Reading a request, or waiting for one.
    Reading,
    /// The answer is there, but is to be sent later.
    Delayed { until: Nanos, answered: Box<Answered> },
    /// Making the body of a response.
    Producing(Producer),
    /// Writing what is left, then ending this side.
    Closing(CloseReason),
    /// This side is ended; the client may still be sending (RFC 9112 §9.6).
    Lingering { reason: CloseReason, since: Nanos },
    /// To be dropped.
    Gone(CloseReason),
}

/// The end of a response in the output.
#[derive(Clone, Copy, Debug)]
struct Mark {
    end: u64,
    exchange: ExchangeId,
    keep_alive: bool,
}

/// What a connection wants of the event loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// To hear of its socket and its timer.
    Wait,
    /// To go on in the next turn: it had its share of this one.
    Again,
    /// To be dropped.
    Drop,
}

/// What a step of a connection's phase came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stepped {
    /// There was nothing to do.
    Nothing,
    /// Something changed; there may be more to do at once.
    On,
    /// Something changed, and it took so much work that the others come first.
    Share,
}

/// Why a connection's timer is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wake {
    Guard(GuardKind),
    /// Something is to be made or written at this time.
    Work,
    LingerEnd,
}

impl Connection {
    pub(super) fn new(
        id: ConnId,
        socket: TcpStream,
        peer: SocketAddr,
        local: SocketAddr,
        turn: &mut Turn,
    ) -> Self {
        turn.tracer.event(turn.now, Some(id), None, EventKind::Opened { peer, local });
        Self {
            id,
            socket,
            peer,
            on_loopback: local.ip().to_canonical().is_loopback(),
            machine: RequestMachine::new(turn.limits()),
            input: Input::default(),
            received: 0,
            phase: Phase::Reading,
            active: None,
            output: Output::default(),
            unwritten: VecDeque::new(),
            until_close: false,
            is_queued: false,
            can_read: false,
            end_announced: false,
            can_write: true,
            half_closed: false,
            refused: None,
            moved: turn.now,
            paced_until: None,
            armed: 0,
        }
    }

    /// Refuses the connection itself: there is no room for it.
    pub(super) fn turn_away(&mut self, turn: &mut Turn) {
        self.refuse(turn, Rule::TooManyConnections, None, CloseReason::ServerRefused);
    }

    /// Whether there is more to make or to write of a response.
    pub(super) fn is_sending(&self) -> bool {
        matches!(self.phase, Phase::Producing(_)) || self.output.queued() > 0
    }

    /// Does everything that can be done without waiting.
    pub(super) fn drive(&mut self, turn: &mut Turn) -> Next {
        self.output.borrow(&mut turn.tail);
        let next = self.advance(turn);
        self.output.give_back(&mut turn.tail);
        next
    }

    fn advance(&mut self, turn: &mut Turn) -> Next {
        let mut budget = turn.share_bytes;
        loop {
            let stepped = self.step(turn, &mut budget);
            let flushed = self.flush(turn, &mut budget);
            if let Phase::Gone(_) = self.phase {
                return Next::Drop;
            }
            if budget == 0 || stepped == Stepped::Share {
                return Next::Again;
            }
            if stepped == Stepped::Nothing && !flushed {
                return Next::Wait;
            }
        }
    }

    /// The guard whose timer runs, and when it runs out. `None`: no guard's timer runs.
    pub(super) fn guard_timer(&self, guards: &Guards) -> Option<(Nanos, GuardKind)> {
        match self.wake(guards) {
            Some((at, Wake::Guard(kind))) => Some((at, kind)),
            _ => None,
        }
    }

    /// When to look at this connection again if its socket says nothing. `None`: never.
    pub(super) fn wake_at(&self, guards: &Guards) -> Option<Nanos> {
        self.wake(guards).map(|(at, _)| at)
    }

    /// The connection's time has come; or not, if it moved on since the timer was set.
    pub(super) fn on_timer(&mut self, turn: &mut Turn) -> Next {
        match self.wake(&turn.guards) {
            Some((at, wake)) if at <= turn.now => match wake {
                Wake::Work => self.drive(turn),
                Wake::Guard(kind) => self.time_out(turn, kind),
                Wake::LingerEnd => {
                    self.peer_gone();
                    Next::Drop
                }
            },
            _ => Next::Wait,
        }
    }

    fn wake(&self, guards: &Guards) -> Option<(Nanos, Wake)> {
        if let Phase::Lingering { since, .. } = self.phase {
            return Some(((self.moved + LINGER_QUIET).min(since + LINGER_TOTAL), Wake::LingerEnd));
        }
        if let Some(until) = self.paced_until {
            return Some((until, Wake::Work));
        }
        if self.output.queued() > 0 {
            return Some((
                self.moved + millis(guards.write_timeout_ms),
                Wake::Guard(GuardKind::WriteTimeout),
            ));
        }
        match &self.phase {
            Phase::Delayed { until, .. } => Some((*until, Wake::Work)),
            Phase::Producing(producer) => producer.due().map(|at| (at, Wake::Work)),
            Phase::Reading => Some(match (&self.active, self.machine.state()) {
                (Some(active), State::RequestLine | State::Fields) => {
                    (active.began + millis(guards.head_timeout_ms), Wake::Guard(GuardKind::HeadTimeout))
                }
                (Some(_), State::Body(_) | State::Trailers) => {
                    (self.moved + millis(guards.body_timeout_ms), Wake::Guard(GuardKind::BodyTimeout))
                }
                _ => (self.moved + millis(guards.idle_timeout_ms), Wake::Guard(GuardKind::IdleTimeout)),
            }),
            Phase::Closing(_) | Phase::Lingering { .. } | Phase::Gone(_) => None,
        }
    }

    fn time_out(&mut self, turn: &mut Turn, kind: GuardKind) -> Next {
        let (rule, limit_ms) = match kind {
            GuardKind::HeadTimeout => (Some(Rule::HeadTimeout), turn.guards.head_timeout_ms),
            GuardKind::BodyTimeout => (Some(Rule::BodyTimeout), turn.guards.body_timeout_ms),
            GuardKind::WriteTimeout => (None, turn.guards.write_timeout_ms),
            _ => (None, turn.guards.idle_timeout_ms),
        };
        if kind == GuardKind::WriteTimeout {
            // Linux says that a socket takes more once a third of what it holds is gone. That is a megabyte
            // for a download, for which a slow client that reads all the time can take longer than this.
            self.can_write = true;
            let before = self.output.written();
            let next = self.drive(turn);
            if next == Next::Drop || self.output.written() > before {
                return next;
            }
        }
        let exchange = self.active.as_ref().map(|active| active.exchange);
        turn.event_now(self.id, exchange, EventKind::Guard { kind, limit: u64::from(limit_ms) });
        if let Some(rule) = rule {
            self.refuse(turn, rule, None, CloseReason::Timeout(kind));
            return self.drive(turn);
        }
        if kind == GuardKind::WriteTimeout {
            // What is queued will not be taken.
            self.phase = Phase::Gone(CloseReason::Timeout(kind));
            return Next::Drop;
        }
        // Nothing is under way: an orderly end.
        self.phase = Phase::Closing(CloseReason::Timeout(kind));
        self.drive(turn)
    }

    /// One step of the phase.
    fn step(&mut self, turn: &mut Turn, budget: &mut usize) -> Stepped {
        let changed = match &mut self.phase {
            Phase::Reading => self.parse(turn) || self.fill(turn, budget),
            Phase::Delayed { until, .. } if *until > turn.now => false,
            Phase::Delayed { .. } => {
                let Phase::Delayed { answered, .. } = std::mem::replace(&mut self.phase, Phase::Reading)
                else {
                    unreachable!("matched above")
                };
                self.begin_response(turn, *answered);
                true
            }
            Phase::Producing(_) => return self.produce(turn),
            Phase::Closing(reason) if self.output.queued() == 0 => {
                let reason = *reason;
                // RFC 9112 §9.6: "first closes the write side, then continues to read until it
                // receives a corresponding close by the client". Closing at once could reset the
                // connection and destroy the response before the client has read it.
                let ended = faults::pass(Call::Shutdown).and_then(|()| self.socket.shutdown(Shutdown::Write));
                self.moved = turn.now;
                match ended {
                    Ok(()) if self.half_closed => self.phase = Phase::Gone(reason),
                    Ok(()) => self.phase = Phase::Lingering { reason, since: turn.now },
                    Err(error) => self.fail(&error),
                }
                true
            }
            Phase::Lingering { .. } => self.fill(turn, budget),
            Phase::Closing(_) | Phase::Gone(_) => false,
        };
        if changed { Stepped::On } else { Stepped::Nothing }
    }

    /// Receives once. Returns whether anything arrived, the end included.
    fn fill(&mut self, turn: &mut Turn, budget: &mut usize) -> bool {
        if !self.can_read || *budget == 0 || self.output.queued() >= HIGH_BYTES {
            return false;
        }
        let room = turn.room();
        let received = faults::allow(Call::Read, room.len())
            .and_then(|most| self.socket.read(&mut room[..most]).map(|len| (len, len == most)));
        match received {
            Ok((0, _)) => {
                self.can_read = false;
                self.on_end_of_input(turn);
                true
            }
            Ok((len, all)) => {
                // epoll reports new data again after a read that took less than it was offered: that
                // read emptied the socket. This saves a call that would say "nothing there". An end that
                // was announced along with the data is not announced again.
                self.can_read = all || self.end_announced;
                let bytes = room.split_to(len).freeze();
                turn.tracer.read(turn.now, self.id, self.received, &bytes);
                self.received += len as u64;
                self.moved = turn.now;
                *budget = budget.saturating_sub(len);
                if matches!(self.phase, Phase::Reading) {
                    self.input.push(bytes);
                }
                true
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.can_read = false;
                false
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => true,
            Err(error) => {
                self.fail(&error);
                true
            }
        }
    }

    fn on_end_of_input(&mut self, turn: &mut Turn) {
        self.half_closed = true;
        turn.tracer.event(turn.now, Some(self.id), None, EventKind::HalfClosed);
        match &self.phase {
            Phase::Reading => match self.machine.end_of_input() {
                Ok(()) if self.active.is_none() => self.phase = Phase::Closing(CloseReason::Client),
                Ok(()) => {
                    self.refuse(turn, Rule::EndedEarly, None, CloseReason::ClientEarly);
                }
                Err(violation) => {
                    self.refuse(turn, violation.rule, Some(violation), CloseReason::ClientEarly);
                }
            },
            Phase::Lingering { reason, .. } => self.phase = Phase::Gone(*reason),
            _ => {}
        }
    }

    /// Writes what can be written. Returns whether anything was.
    fn flush(&mut self, turn: &mut Turn, budget: &mut usize) -> bool {
        if self.output.queued() == 0 || !self.can_write || matches!(self.phase, Phase::Gone(_)) {
            return false;
        }
        let before = self.output.written();
        let now = turn.clock.now();
        let (id, tracer) = (self.id, &mut turn.tracer);
        let flushed = self.output.flush(&mut self.socket, now, *budget, |offset, bytes, memory| {
            tracer.wrote(now, id, offset, bytes, memory);
        });
        let written = usize::try_from(self.output.written() - before).unwrap_or(usize::MAX);
        *budget = budget.saturating_sub(written);
        self.paced_until = None;
        match flushed {
            Ok(Flushed::Empty | Flushed::Budget) => {}
            Ok(Flushed::Full) => self.can_write = false,
            Ok(Flushed::Paced(until)) => self.paced_until = Some(until),
            Err(error) => self.fail(&error),
        }
        if written > 0 {
            self.moved = now;
            self.report_written(turn, now);
        }
        written > 0 || matches!(self.phase, Phase::Gone(_))
    }

    /// Says in the trace which responses are written whole by now.
    pub(super) fn report_written(&mut self, turn: &mut Turn, now: Nanos) {
        while let Some(mark) = self.unwritten.front().copied() {
            if mark.end > self.output.written() {
                break;
            }
            self.unwritten.pop_front();
            let done = Stage::ResponseSent { end: mark.end, keep_alive: mark.keep_alive };
            turn.tracer.event(now, Some(self.id), Some(mark.exchange), EventKind::Stage(done));
        }
    }
}
