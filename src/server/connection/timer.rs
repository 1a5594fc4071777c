//! When a connection is looked at though its socket says nothing, and what happens then.

use crate::{
    base::stream::Nanos,
    server::{Guards, clock::millis, protocol::Wants, turn::Turn},
    service::Ending,
    trace::{CloseReason, EventKind, Guard},
};

use super::{Connection, HALF_CLOSED_NS_MAX, LINGER_NS_MAX, LINGER_QUIET_NS, NextStep, State};

/// Why a connection's timer is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wake {
    /// The time limit of this guard is reached.
    Guard(Guard),
    /// Output is to be produced or written.
    Work,
    /// Lingering ends.
    LingerEnd,
}

impl Connection {
    /// The guard whose timer runs, and when it runs out. `None`: no guard's timer runs.
    pub(in crate::server) fn guard_timer(&self, guards: &Guards) -> Option<(Nanos, Guard)> {
        match self.wake(guards) {
            Some((at, Wake::Guard(kind))) => Some((at, kind)),
            _ => None,
        }
    }

    /// When to look at this connection again even if its socket reports nothing. `None`: never.
    pub(in crate::server) fn wake_at(&self, guards: &Guards) -> Option<Nanos> {
        self.wake(guards).map(|(at, _)| at)
    }

    /// Handles a timer, which may be early if the deadline has been moved since it was set.
    pub(in crate::server) fn on_timer(&mut self, turn: &mut Turn) -> NextStep {
        match self.wake(&turn.guards) {
            Some((at, wake)) if at <= turn.now => match wake {
                Wake::Work => self.drive(turn),
                Wake::Guard(kind) => self.time_out(turn, kind),
                Wake::LingerEnd => {
                    self.peer_gone();
                    NextStep::Drop
                }
            },
            _ => NextStep::Wait,
        }
    }

    fn wake(&self, guards: &Guards) -> Option<(Nanos, Wake)> {
        if let State::Lingering { since, .. } = self.state {
            let end = match self.ending {
                Some(Ending::HalfClose) => since + HALF_CLOSED_NS_MAX,
                _ => (self.last_io + LINGER_QUIET_NS).min(since + LINGER_NS_MAX),
            };
            return Some((end, Wake::LingerEnd));
        }
        if let Some(until) = self.paced_until {
            return Some((until, Wake::Work));
        }
        let guard = |kind, since: Nanos| (since + millis(guards[kind]), Wake::Guard(kind));
        let is_open = matches!(self.state, State::Open);
        let wants = is_open.then(|| self.protocol.next());
        let whole = match wants {
            Some(Wants::Relay { whole: Some(since), .. }) => Some(guard(Guard::ExchangeTimeout, since)),
            _ => None,
        };
        let is_ending = !is_open && self.is_encrypting();
        let usual = if self.output.queued() > 0 || is_ending {
            Some(guard(Guard::WriteTimeout, self.last_io))
        } else {
            match wants? {
                Wants::Read { guard: kind, since } => Some(guard(kind, since.unwrap_or(self.last_io))),
                Wants::At(at) => Some((at, Wake::Work)),
                Wants::Disk { since } => Some(guard(Guard::DiskTimeout, since)),
                Wants::Relay { timer, .. } => {
                    timer.map(|(kind, since)| guard(kind, since.unwrap_or(self.last_io)))
                }
                Wants::Write | Wants::Change | Wants::Close(_) | Wants::Abort(_) => None,
            }
        };
        [usual, whole].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    fn time_out(&mut self, turn: &mut Turn, kind: Guard) -> NextStep {
        if kind == Guard::WriteTimeout {
            // Linux reports a socket as writable only after a third of its buffer has drained. For a download
            // that is a megabyte, which a slow client can take longer to read than this timeout allows.
            self.can_write = true;
            let before = self.output.written();
            let next = self.drive(turn);
            if next == NextStep::Drop || self.output.written() > before {
                return next;
            }
        }
        let limit = turn.guards[kind];
        turn.event_now(self.id, self.protocol.exchange(), EventKind::Guard { kind, limit });
        if kind == Guard::WriteTimeout {
            // What is queued will not be taken.
            self.state = State::Gone(CloseReason::Timeout(kind));
            return NextStep::Drop;
        }
        if !self.give_handshake_up(turn, CloseReason::Timeout(kind)) {
            self.call(turn, |protocol, cx| protocol.on_time(cx));
        }
        self.drive(turn)
    }
}
