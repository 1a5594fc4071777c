//! Accepts connections for the event loop.

use std::{
    collections::hash_map::Entry,
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr},
};

use mio::{Interest, Token};

use crate::{
    base::{
        faults::{self, Call},
        stream::client_of,
    },
    server::{connection::Connection, listener, upstream::Place},
    trace::{Guard, ProtocolKind, Severity},
};

use super::EventLoop;

/// What the poll is to say of a connection: that it can be read or written, and urgent data, at whose mark a read ends
/// early.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE).add(Interest::PRIORITY);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) const INTEREST: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// Maximum number of connections accepted per turn at one socket.
const ACCEPTED_PER_TURN_MAX: usize = 256;
/// Pause before the next attempt after accepting failed for lack of descriptors.
const ACCEPT_PAUSE: u64 = 100_000_000;
/// Pause before that is said again.
const COMPLAINT_PAUSE: u64 = 10_000_000_000;

impl EventLoop {
    /// Whether connections may be waiting to be accepted.
    pub(super) fn is_accepting(&self) -> bool {
        self.listeners.iter().flat_map(|listener| &listener.sockets).any(|socket| socket.is_ready)
    }

    pub(super) fn accept(&mut self) {
        if self.accept_paused.is_some_and(|until| until <= self.turn.now) {
            self.accept_paused = None;
        }
        if !self.is_accepting() || self.accept_paused.is_some() {
            return;
        }
        self.turn.share_out(ACCEPTED_PER_TURN_MAX);
        for protocol in ProtocolKind::ALL {
            for at in 0..self.listeners[protocol as usize].sockets.len() {
                self.take_in_waiting(protocol, at);
            }
        }
        if self.closed_at_once > 0 {
            let text = format!(
                "{} connections were closed at once: the limit of {} is far exceeded",
                std::mem::take(&mut self.closed_at_once),
                self.turn.guards[Guard::Connections].min(self.descriptors.connections as u64)
            );
            self.announce(Severity::Warning, &text);
        }
    }

    fn take_in_waiting(&mut self, protocol: ProtocolKind, at: usize) {
        for _ in 0..ACCEPTED_PER_TURN_MAX {
            let listener = &mut self.listeners[protocol as usize].sockets[at];
            if !listener.is_ready {
                return;
            }
            let local = listener.local();
            match faults::pass(Call::Accept).and_then(|()| listener.socket.accept()) {
                Ok((socket, peer)) => self.take_in(protocol, socket, (peer, local)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    listener.is_ready = false;
                    return;
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    // Most likely no descriptor is free. The listener stays ready, so polling it
                    // again at once would spin.
                    self.accept_paused = Some(self.turn.now + ACCEPT_PAUSE);
                    if self.complain_again <= self.turn.now {
                        self.complain_again = self.turn.now + COMPLAINT_PAUSE;
                        self.announce(Severity::Warning, &format!("cannot accept a connection: {error}"));
                    }
                    return;
                }
            }
        }
    }

    /// Number of connections beyond those for which there is room, with one more. `None`: there is room for it.
    ///
    /// Besides the guard there is the limit of descriptors, which connections to backends need as well.
    fn excess(&mut self) -> Option<usize> {
        let limit = usize::try_from(self.turn.guards[Guard::Connections]).unwrap_or(usize::MAX);
        let taken = self.slots.len() - self.free.len();
        let over_guard = self.open.checked_sub(limit);
        let fitting = self.descriptors.connections;
        let over_system = taken.checked_sub(fitting);
        if over_system.is_some() && over_guard.is_none() && !std::mem::replace(&mut self.is_fitted, true) {
            let text = format!(
                "there is room for {fitting} connections only: the system lets this program have no more files \
                 and connections open at a time (ulimit -n)"
            );
            self.announce(Severity::Warning, &text);
        }
        over_guard.max(over_system)
    }

    /// Takes a connection in. `local`: the server's address of it; `None`: the socket knows.
    fn take_in(
        &mut self,
        protocol: ProtocolKind,
        socket: mio::net::TcpStream,
        (peer, local): (SocketAddr, Option<SocketAddr>),
    ) {
        let again = self.shared.announced().take(peer);
        let id = self.next_conn;
        self.next_conn = id.next();
        let excess = self.excess();
        let crowded = excess.is_some() && !self.make_room(peer.ip());
        if crowded && excess >= Some(self.descriptors.refused) {
            self.closed_at_once += 1;
            return;
        }
        prepare(&socket);
        let local = match local {
            Some(local) => local,
            None => faults::pass(Call::Prepare).and_then(|()| socket.local_addr()).unwrap_or(peer),
        };
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let place = Place { slot, conn: id };
        let mut connection =
            Connection::new(place, socket, (peer, local), protocol, &mut self.turn).carrying(again);
        self.open += 1;
        *self.clients.entry(client_of(peer.ip())).or_default() += 1;
        // The first bytes have often arrived already, so a read is tried at once.
        let has_read = !crowded && connection.read_first(&mut self.turn);
        if crowded {
            connection.refuse(&mut self.turn);
        }
        self.slots[slot] = Some(connection);
        if has_read {
            self.fresh.push(place);
        } else {
            self.serve_new(slot);
        }
    }

    /// Serves the connections that were accepted in the turn before, and what has arrived on them by then: this turn's
    /// look at the folder came after it.
    pub(super) fn serve_fresh(&mut self) {
        let mut fresh = std::mem::take(&mut self.fresh);
        for Place { slot, conn } in fresh.drain(..) {
            // Meanwhile another one may have its slot.
            if matches!(self.slots.get(slot), Some(Some(held)) if held.id == conn) {
                self.serve_new(slot);
            }
        }
        // Nothing was accepted meanwhile.
        self.fresh = fresh;
    }

    /// Serves a connection for the first time. The poll is told of it only if it goes on after that: one that is asked
    /// for a single response has often ended by then.
    fn serve_new(&mut self, slot: usize) {
        self.serve(slot, Connection::drive);
        let Some(Some(connection)) = self.slots.get_mut(slot) else { return };
        let registry = self.poll.registry();
        let registered = faults::pass(Call::Register)
            .and_then(|()| registry.register(&mut connection.socket, Token(slot), INTEREST));
        if let Err(error) = registered {
            connection.fail(&error);
            self.drop_connection(slot);
            self.announce(Severity::Warning, &format!("cannot watch a connection: {error}"));
        }
    }
}

/// Sets an accepted socket up: responses are sent in as few writes as possible already, so Nagle's algorithm would only
/// add delay. Where accepted sockets have this from their listener, there is nothing to do.
fn prepare(socket: &mio::net::TcpStream) {
    if !listener::HANDS_NODELAY_DOWN {
        let _ = faults::pass(Call::Prepare).and_then(|()| socket.set_nodelay(true));
    }
}

impl EventLoop {
    /// Records that a client has one connection less.
    pub(super) fn forget_client(&mut self, peer: IpAddr) {
        if let Entry::Occupied(mut count) = self.clients.entry(client_of(peer)) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }

    /// Ends the connection that has been idle longest among those of the client that has the most, if that is more
    /// than the client at `peer` has. Returns whether there was one. So a client that holds silent connections
    /// keeps out itself and nobody else.
    fn make_room(&mut self, peer: IpAddr) -> bool {
        let own = self.clients.get(&client_of(peer)).copied().unwrap_or(0);
        let Some((most, _)) = self.clients.iter().filter(|one| *one.1 > own + 1).max_by_key(|one| one.1)
        else {
            return false;
        };
        let now = self.turn.now;
        let idle = self.slots.iter().enumerate().filter_map(|(slot, connection)| {
            let connection = connection.as_ref().filter(|one| client_of(one.peer.ip()) == *most)?;
            // What was read in this turn may be a request that is to be answered in the next one.
            let is_fresh = connection.has_input();
            Some((connection.idle_since().filter(|since| *since < now || !is_fresh)?, slot))
        });
        let Some((_, slot)) = idle.min() else { return false };
        if let Some(connection) = &mut self.slots[slot] {
            connection.make_room();
        }
        self.drop_connection(slot);
        true
    }
}

/// Whether an error concerns only the connection to be accepted, not the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted)
}
