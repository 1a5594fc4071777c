//! The event loop: the one thread that touches sockets.

mod accept;
mod commands;
mod dial;
#[cfg(test)]
mod held;
mod preview;
mod publish;
mod trust;
mod watch;

use std::{
    collections::HashMap,
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use crossbeam_channel::Receiver;
use mio::{Events, Poll, Token};

use crate::{
    base::{
        faults::{self, Call},
        stream::{ConnId, Nanos},
    },
    trace::{EventKind, Guard, ProtocolKind, Severity},
};

pub(super) use dial::Resolver;
#[cfg(test)]
pub(super) use held::Held;

use trust::Trusted;

use super::{
    clock::millis,
    connection::{Connection, NextStep},
    control::{Command, Shared},
    descriptors::Descriptors,
    listener::Listener,
    settings::{LinesSettings, Revision},
    timers::Timers,
    turn::Turn,
    upstream::Place,
};

/// Token of the waker. The tokens of the listeners are below it.
pub(super) const WAKER: Token = Token(usize::MAX);
/// Time per turn for connections that continue to send. It is limited by time because the cost of a write is
/// not known beforehand: a system short of socket memory can take half a millisecond.
const SEND_PHASE_NS_MAX: u64 = 5_000_000;
/// At most this many timers fire per turn. Closing a socket with a full send buffer can take the kernel a
/// millisecond.
const TIMERS_PER_TURN_MAX: usize = 16;
/// At most this many sockets are looked at per turn.
const SOCKETS_PER_TURN_MAX: usize = 1024;

/// After this number of consecutive poll failures the loop ends.
const POLL_FAILURES_MAX: u32 = 16;

/// The loop and everything it owns.
pub(super) struct EventLoop {
    poll: Poll,
    /// One for each protocol, in the order of [`ProtocolKind::ALL`].
    listeners: [Listener; ProtocolKind::ALL.len()],
    lines: LinesSettings,
    /// Why the listener for lines could not be opened. `None`: no problem.
    lines_problem: Option<Arc<str>>,
    commands: Receiver<Command>,
    shared: Arc<Shared>,
    /// The revision of the settings in force.
    revision: Revision,
    turn: Turn,
    slots: Vec<Option<Connection>>,
    free: Vec<usize>,
    /// Number of accepted connections, in all and of each client that has one.
    open: usize,
    clients: HashMap<IpAddr, usize>,
    next_conn: ConnId,
    timers: Timers,
    /// Slots of connections that continue to send, in the order in which they are served.
    send_queue: Vec<usize>,
    /// Connections that were accepted in the turn before, with a read that nobody has looked at yet.
    fresh: Vec<Place>,
    accept_paused: Option<Nanos>,
    /// The time from which on it is said again that connections cannot be accepted.
    complain_again: Nanos,
    descriptors: Descriptors,
    /// Whether it was said that the descriptors do not suffice for the guard of connections.
    is_fitted: bool,
    failed_polls: u32,
    /// Number of connections closed without a response since the last message about it.
    closed_at_once: u64,
    /// The addresses of the listener for HTTP, and under which one other machines reach it.
    outer: (Vec<SocketAddr>, Option<SocketAddr>),
    pub(super) resolver: Resolver,
    trusted: Trusted,
}

impl EventLoop {
    pub(super) fn new(
        poll: Poll,
        commands: Receiver<Command>,
        resolver: Resolver,
        shared: Arc<Shared>,
        mut turn: Turn,
    ) -> Self {
        let wall = turn.clock.epoch_wall();
        turn.tracer.event(Nanos::ZERO, None, None, EventKind::Epoch(wall));
        Self {
            poll,
            listeners: ProtocolKind::ALL.map(Listener::new),
            lines: LinesSettings::default(),
            lines_problem: None,
            commands,
            shared,
            revision: Revision::default(),
            turn,
            slots: Vec::new(),
            free: Vec::new(),
            open: 0,
            clients: HashMap::new(),
            next_conn: ConnId::FIRST,
            timers: Timers::default(),
            send_queue: Vec::new(),
            fresh: Vec::new(),
            accept_paused: None,
            complain_again: Nanos::ZERO,
            descriptors: Descriptors::ask(),
            is_fitted: false,
            failed_polls: 0,
            closed_at_once: 0,
            outer: (Vec::new(), None),
            resolver,
            trusted: Trusted::default(),
        }
    }

    /// Runs the loop until it is told to shut down.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(SOCKETS_PER_TURN_MAX);
        while self.take_turn(&mut events, None) {}
        self.close_all();
        self.turn.tracer.event(self.turn.now, None, None, EventKind::Stopped);
        self.turn.tracer.flush();
    }

    /// Waits for at most `patience`, then handles whatever is due. Returns whether to continue.
    pub(super) fn take_turn(&mut self, events: &mut Events, patience: Option<Duration>) -> bool {
        let timeout = [self.timeout(), patience].into_iter().flatten().min();
        let looked_at = self.turn.clock.now();
        let polled = faults::pass(Call::Poll).and_then(|()| self.poll.poll(events, timeout));
        self.turn.now = self.turn.clock.begin_turn();
        self.follow_wall_clock();
        match polled {
            Ok(()) => self.failed_polls = 0,
            // The sockets were not looked at, so neither are the timers: a stopped process that goes on is interrupted.
            Err(error) if error.kind() == ErrorKind::Interrupted => return true,
            Err(error) => {
                // After a failed poll the events are those of the previous turn.
                events.clear();
                if !self.tolerate_poll_error(&error) {
                    return false;
                }
            }
        }
        let count = events.iter().count();
        self.begin_look(events, self.failed_polls == 0 && count < SOCKETS_PER_TURN_MAX);
        self.turn.share_out(count + self.send_queue.len() + self.fresh.len());
        if !self.handle_commands() {
            return false;
        }
        for event in &*events {
            let Token(slot) = event.token();
            let Some(place) = self.slots.get_mut(slot) else {
                self.listeners.iter_mut().for_each(|listener| listener.on_event(event.token()));
                continue;
            };
            let Some(connection) = place else { continue };
            connection.can_read |= event.is_readable() || event.is_read_closed();
            connection.announced = event.is_readable().then_some(self.turn.now).or(connection.announced);
            connection.end_announced |= event.is_read_closed();
            connection.can_write |= event.is_writable();
            if event.is_priority() {
                connection.on_urgent();
            }
            // Whether it could be made is asked of the socket itself.
            if connection.is_connecting() {
                connection.can_write |= event.is_error() || event.is_write_closed();
            } else if connection.is_dialed() {
                // What the other end sent before it reset the connection may say why.
                connection.can_read |= event.is_error();
            } else if event.is_error() || (event.is_write_closed() && event.is_read_closed()) {
                connection.peer_gone();
            }
            if connection.is_sending() {
                self.queue(slot);
            } else {
                self.serve(slot, Connection::drive);
            }
        }
        self.serve_waiting();
        // Where there were as many as may be, others were not looked at.
        if count < SOCKETS_PER_TURN_MAX {
            self.fire_timers(looked_at);
        }
        self.accept();
        self.run_gateway();
        for change in self.turn.gateway.take_changes() {
            self.announce(Severity::Info, &change);
        }
        self.turn.tracer.flush();
        true
    }

    /// Serves the connections that something is to be done for though the poll said nothing of them.
    fn serve_waiting(&mut self) {
        self.serve_answered();
        self.serve_fresh();
        self.serve_queue();
    }

    /// Serves the connections for which a thread has waited for a disk.
    fn serve_answered(&mut self) {
        for Place { slot, conn } in self.turn.disk.take_done() {
            match self.slots.get(slot) {
                Some(Some(held)) if held.id == conn && held.is_sending() => self.queue(slot),
                Some(Some(held)) if held.id == conn => self.serve(slot, Connection::drive),
                _ => {}
            }
        }
    }

    /// Fires the timers that were due at `looked_at`, when the look at the sockets of this turn began. This process may
    /// have been stopped for a while, and what a client sent meanwhile counts.
    fn fire_timers(&mut self, looked_at: Nanos) {
        for _ in 0..TIMERS_PER_TURN_MAX {
            let Some((at, slot, conn)) = self.timers.due(looked_at) else { break };
            let Some(Some(connection)) = self.slots.get_mut(slot) else { continue };
            if connection.id == conn && connection.armed == at {
                connection.armed = Nanos::ZERO;
                self.serve(slot, Connection::on_timer);
            }
        }
    }

    /// Serves connections that are sending, for at most [`SEND_PHASE_NS_MAX`]. Connections that did not get their
    /// share go first next turn, after newly arrived requests.
    fn serve_queue(&mut self) {
        let mut queue = std::mem::take(&mut self.send_queue).into_iter();
        for slot in queue.by_ref() {
            if let Some(Some(connection)) = self.slots.get_mut(slot) {
                connection.is_queued = false;
            }
            self.serve(slot, Connection::drive);
            if self.turn.clock.now() > self.turn.now + SEND_PHASE_NS_MAX {
                break;
            }
        }
        self.send_queue.splice(0..0, queue);
    }

    /// Queues a connection that continues to send, unless it is queued already.
    fn queue(&mut self, slot: usize) {
        if let Some(Some(connection)) = self.slots.get_mut(slot)
            && !std::mem::replace(&mut connection.is_queued, true)
        {
            self.send_queue.push(slot);
        }
    }

    /// Handles a failed poll, which is retried a limited number of times. Returns whether to continue.
    fn tolerate_poll_error(&mut self, error: &io::Error) -> bool {
        self.failed_polls += 1;
        let hopeless = self.failed_polls >= POLL_FAILURES_MAX;
        let text = if hopeless {
            format!("the event loop failed, the server stops: {error}")
        } else {
            format!("the event loop could not wait: {error}")
        };
        self.announce(Severity::Error, &text);
        !hopeless
    }

    fn timeout(&self) -> Option<Duration> {
        if !self.send_queue.is_empty()
            || !self.fresh.is_empty()
            || self.turn.gateway.has_work()
            || (self.is_accepting() && self.accept_paused.is_none())
        {
            return Some(Duration::ZERO);
        }
        let now = self.turn.clock.now();
        let lookup = self.resolver.deadline(millis(self.turn.guards[Guard::ConnectTimeout]));
        let others = [self.accept_paused, self.turn.gateway.next_time(now), lookup];
        let next = others.into_iter().chain([self.timers.next()]).flatten().min()?;
        // Rounded up: epoll counts in milliseconds, and waking early would mean waking twice.
        let nanos = next.saturating_sub(now);
        Some(Duration::from_millis(nanos.div_ceil(1_000_000)))
    }

    /// Serves one connection, and acts on what it asks for.
    fn serve(&mut self, slot: usize, act: impl FnOnce(&mut Connection, &mut Turn) -> NextStep) {
        let Some(Some(connection)) = self.slots.get_mut(slot) else { return };
        self.turn.tracer.mute(connection.is_quiet);
        let next = act(connection, &mut self.turn);
        self.turn.tracer.mute(false);
        match next {
            NextStep::Wait => {}
            NextStep::Requeue => self.queue(slot),
            NextStep::Drop => {
                self.drop_connection(slot);
                return;
            }
        }
        let Some(Some(connection)) = self.slots.get_mut(slot) else { return };
        let Some(at) = connection.wake_at(&self.turn.guards) else { return };
        if connection.armed == Nanos::ZERO || at < connection.armed {
            connection.armed = at;
            self.timers.set(at, slot, connection.id);
            let slots = &self.slots;
            self.timers.sweep(
                self.open,
                |at, slot, conn| matches!(&slots[slot], Some(held) if held.id == conn && held.armed == at),
            );
        }
    }

    fn drop_connection(&mut self, slot: usize) {
        let Some(mut connection) = self.slots[slot].take() else { return };
        self.turn.tracer.mute(connection.is_quiet);
        connection.finish(&mut self.turn);
        self.turn.tracer.mute(false);
        if !connection.is_dialed() {
            self.open -= 1;
            self.forget_client(connection.peer.ip());
        }
        // Closing the socket also removes it from the poll, since no other descriptor refers to it.
        drop(connection);
        self.free.push(slot);
    }

    fn close_all(&mut self) {
        for slot in 0..self.slots.len() {
            if let Some(connection) = &mut self.slots[slot] {
                connection.shut_down();
                self.drop_connection(slot);
            }
        }
    }

    fn announce(&mut self, severity: Severity, text: &str) {
        self.turn.tracer.event(self.turn.now, None, None, EventKind::ServerMessage(severity, text.into()));
    }
}
