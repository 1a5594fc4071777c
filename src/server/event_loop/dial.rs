//! How the event loop makes connections to backends, and has the legs of forwarded exchanges served.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::Arc,
};

use crossbeam_channel::Sender;
use mio::{Interest, Token, Waker, net::TcpStream};

use crate::{
    base::{
        faults::{self, Call},
        stream::Nanos,
    },
    gateway::{Address, Failure, address::reaches},
    server::{
        connection::Connection,
        control::Command,
        protocol::Upstream,
        upstream::{Dial, Place},
    },
};

use super::EventLoop;

/// Legs that are served in one turn before others have theirs.
const WAKES_PER_TURN_MAX: usize = 1024;
/// An address that was found for a name is used for this long.
const RESOLVED_NS: u64 = 10_000_000_000;

/// Finds the addresses of backends that go by a name, each on a thread of its own: the system's resolver may take
/// seconds.
pub(in crate::server) struct Resolver {
    pub(in crate::server) commands: Sender<Command>,
    pub(in crate::server) waker: Arc<Waker>,
    known: HashMap<Box<str>, Known>,
    waiting: Vec<Dial>,
}

/// What is known of a name.
enum Known {
    /// The system is asked.
    Asked,
    /// Its addresses, and until when they hold.
    Found(Vec<IpAddr>, Nanos),
}

impl Resolver {
    pub(in crate::server) fn new(commands: Sender<Command>, waker: Arc<Waker>) -> Self {
        Self { commands, waker, known: HashMap::new(), waiting: Vec::new() }
    }

    /// The addresses of a host. `None`: they will be found, and the dial waits for them.
    fn addresses(&mut self, dial: &Dial, now: Nanos) -> Option<Vec<IpAddr>> {
        let host = &dial.address.host;
        if let Ok(address) = host.parse() {
            return Some(vec![address]);
        }
        match self.known.get(host) {
            Some(Known::Found(addresses, until)) if *until > now => return Some(addresses.clone()),
            Some(Known::Asked) => {}
            _ => {
                self.known.insert(host.clone(), Known::Asked);
                let (name, commands, waker) = (host.clone(), self.commands.clone(), Arc::clone(&self.waker));
                let asked = std::thread::Builder::new().name("resolver".to_owned()).spawn(move || {
                    let found = (&*name, 0).to_socket_addrs();
                    let addresses = found.map(|found| found.map(|address| address.ip()).collect());
                    // The server may have stopped meanwhile.
                    let _ =
                        commands.send(Command::Resolved { name, addresses: addresses.unwrap_or_default() });
                    let _ = waker.wake();
                });
                if asked.is_err() {
                    self.known.remove(host);
                    return Some(Vec::new());
                }
            }
        }
        self.waiting.push(dial.clone());
        None
    }
}

impl EventLoop {
    /// Makes the connections that are asked for, and serves the legs that the other one has woken.
    pub(super) fn run_gateway(&mut self) {
        for _ in 0..WAKES_PER_TURN_MAX {
            if let Some(dial) = self.turn.gateway.take_dial() {
                self.dial(&dial);
            } else if let Some(Place { slot, conn }) = self.turn.gateway.take_wake() {
                let is_there = matches!(self.slots.get(slot), Some(Some(held)) if held.id == conn);
                if is_there {
                    self.serve(slot, Connection::drive);
                }
            } else {
                return;
            }
        }
    }

    /// The addresses of a name are known, or that it has none.
    pub(super) fn resolved(&mut self, name: Box<str>, addresses: Vec<IpAddr>) {
        let until = self.turn.now + RESOLVED_NS;
        let waiting = std::mem::take(&mut self.resolver.waiting);
        let (ready, others): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|dial| dial.address.host == name);
        self.resolver.waiting = others;
        self.resolver.known.insert(name, Known::Found(addresses, until));
        for dial in ready {
            self.dial(&dial);
        }
    }

    fn dial(&mut self, dial: &Dial) {
        let now = self.turn.now;
        if self.turn.gateway.transfer(dial.exchange).is_none() {
            return;
        }
        let known =
            if dial.left.is_empty() { self.resolver.addresses(dial, now) } else { Some(dial.left.clone()) };
        let Some(mut left) = known.map(VecDeque::from) else { return };
        let Some(address) = left.pop_front() else {
            let detail = format!("cannot be found: the name {} has no address", dial.address.host);
            self.turn.gateway.fail(dial.exchange, Failure::Unresolved, &detail, now);
            return;
        };
        let peer = SocketAddr::new(address, dial.address.port);
        if self.is_own(peer) {
            let detail = "is this server itself";
            self.turn.gateway.fail(dial.exchange, Failure::Unreachable, detail, now);
            return;
        }
        let dial = Dial { left: left.into(), ..dial.clone() };
        if let Err(error) = self.connect(&dial, peer) {
            let exchange = dial.exchange;
            if self.turn.gateway.dial_next(dial) {
                return;
            }
            let failure = match error.kind() {
                io::ErrorKind::ConnectionRefused => Failure::Refused,
                _ => Failure::Unreachable,
            };
            self.turn.gateway.fail(exchange, failure, &format!("could not be reached: {error}"), now);
        }
    }

    /// Whether this server listens at the address.
    fn is_own(&self, peer: SocketAddr) -> bool {
        self.listeners.iter().filter_map(super::Listener::address).any(|own| reaches(peer, own))
    }

    fn connect(&mut self, dial: &Dial, peer: SocketAddr) -> io::Result<()> {
        faults::pass(Call::Connect)?;
        let mut socket = TcpStream::connect(peer)?;
        let _ = faults::pass(Call::Prepare).and_then(|()| socket.set_nodelay(true));
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let registered = faults::pass(Call::Register).and_then(|()| {
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut socket, Token(slot), interest)
        });
        if let Err(error) = registered {
            self.free.push(slot);
            return Err(error);
        }
        let conn = self.next_conn;
        self.next_conn = conn.next();
        let local = faults::pass(Call::Prepare).and_then(|()| socket.local_addr()).unwrap_or(peer);
        let place = Place { slot, conn };
        let protocol = Upstream::connecting(dial.clone(), self.turn.now);
        let connection = Connection::dialed(place, socket, (peer, local), protocol, &mut self.turn);
        self.slots[slot] = Some(connection);
        self.turn.gateway.dialed(dial.exchange, place);
        self.serve(slot, Connection::drive);
        Ok(())
    }

    /// Whether a backend's address leads back to this server.
    pub(super) fn leads_here(&self, address: &Address) -> bool {
        self.listeners.iter().filter_map(super::Listener::address).any(|own| address.leads_to(own))
    }
}
