//! How the event loop makes connections to backends, and has the legs of forwarded exchanges served.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::Arc,
};

use crossbeam_channel::Sender;
use mio::{Token, Waker, net::TcpStream};

use crate::{
    base::{
        faults::{self, Call},
        stream::{ConnId, Nanos},
    },
    gateway::{Address, Failure, address::reaches},
    server::{
        clock::millis,
        connection::Connection,
        control::Command,
        protocol::{Check, Upstream},
        tls::Session,
        upstream::{Dial, Errand, Place},
    },
    trace::Guard,
};

use super::{EventLoop, accept::INTEREST, trust::Unsecured};

/// Legs that are served in one turn before others have theirs.
const WAKES_PER_TURN_MAX: usize = 1024;
/// The connections of checks have numbers from here on.
const FIRST_CHECK: u64 = 1 << 62;
/// An address that was found for a name is used for this long.
const RESOLVED_NS: u64 = 10_000_000_000;

/// Finds the addresses of backends that go by a name, each on a thread of its own: the system's resolver may take
/// seconds.
pub(in crate::server) struct Resolver {
    pub(in crate::server) commands: Sender<Command>,
    pub(in crate::server) waker: Arc<Waker>,
    known: HashMap<Box<str>, Known>,
    /// The dials that wait for addresses, and since when. Times never decrease.
    waiting: VecDeque<(Dial, Nanos)>,
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
        Self { commands, waker, known: HashMap::new(), waiting: VecDeque::new() }
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
        self.waiting.push_back((dial.clone(), now));
        None
    }

    /// Has a name have these addresses. `None`: the system's resolver never answers for it.
    #[cfg(test)]
    pub(in crate::server) fn know(&mut self, name: &str, addresses: Option<&[IpAddr]>) {
        let far = Nanos::new(u64::MAX);
        let known = addresses.map_or(Known::Asked, |addresses| Known::Found(addresses.to_vec(), far));
        self.known.insert(name.into(), known);
    }

    /// Takes the dials that have waited for `limit_ns` or longer: the system's resolver may take as long as it likes.
    fn take_overdue(&mut self, now: Nanos, limit_ns: u64) -> Vec<Dial> {
        let count = self.waiting.partition_point(|(_, since)| *since + limit_ns <= now);
        self.waiting.drain(..count).map(|(dial, _)| dial).collect()
    }

    /// The time at which a dial will have waited for `limit_ns`. `None`: none waits.
    pub(super) fn deadline(&self, limit_ns: u64) -> Option<Nanos> {
        self.waiting.front().map(|(_, since)| *since + limit_ns)
    }
}

impl EventLoop {
    /// Makes the connections that are asked for, and serves the legs that the other one has woken.
    pub(super) fn run_gateway(&mut self) {
        let now = self.turn.now;
        self.turn.gateway.on_time(now);
        for dial in self.resolver.take_overdue(now, millis(self.turn.guards[Guard::ConnectTimeout])) {
            let limit = self.turn.guards[Guard::ConnectTimeout];
            let detail = format!(
                "cannot be found: there was no answer for the name {} within {limit} ms",
                dial.address.host
            );
            self.turn.gateway.not_dialed(dial.errand, Failure::ConnectTimeout, &detail, now);
        }
        for _ in 0..WAKES_PER_TURN_MAX {
            self.turn.gateway.serve_queues(now);
            self.turn.report_attempts();
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
            waiting.into_iter().partition(|(dial, _)| dial.address.host == name);
        self.resolver.waiting = others.into();
        self.resolver.known.insert(name, Known::Found(addresses, until));
        for (dial, _) in ready {
            self.dial(&dial);
        }
    }

    pub(super) fn dial(&mut self, dial: &Dial) {
        let now = self.turn.now;
        if !self.turn.gateway.wants(dial.errand) {
            return;
        }
        let known =
            if dial.left.is_empty() { self.resolver.addresses(dial, now) } else { Some(dial.left.clone()) };
        let Some(mut left) = known.map(VecDeque::from) else { return };
        let Some(address) = left.pop_front() else {
            let detail = format!("cannot be found: the name {} has no address", dial.address.host);
            self.turn.gateway.not_dialed(dial.errand, Failure::Unresolved, &detail, now);
            return;
        };
        let session = match self.session(dial) {
            Ok(session) => session,
            Err(Unsecured::Waiting) => return,
            Err(Unsecured::Failed(detail)) => {
                self.turn.gateway.not_dialed(dial.errand, Failure::Tls, &detail, now);
                return;
            }
        };
        let peer = SocketAddr::new(address, dial.address.port);
        self.turn.gateway.dialing(dial.errand, peer);
        if self.is_own(peer) {
            let detail = "is this server itself";
            self.turn.gateway.not_dialed(dial.errand, Failure::Unreachable, detail, now);
            return;
        }
        let dial = Dial { left: left.into(), ..dial.clone() };
        if let Err(error) = self.connect(&dial, peer, session) {
            let errand = dial.errand;
            if self.turn.gateway.dial_next(dial) {
                return;
            }
            let failure = Failure::to_connect(error.kind());
            self.turn.gateway.not_dialed(errand, failure, &format!("could not be reached: {error}"), now);
        }
    }

    /// Whether this server listens at the address.
    fn is_own(&self, peer: SocketAddr) -> bool {
        self.listeners.iter().flat_map(super::Listener::addresses).any(|own| reaches(peer, own))
    }

    fn connect(&mut self, dial: &Dial, peer: SocketAddr, session: Option<Session>) -> io::Result<()> {
        faults::pass(Call::Connect)?;
        let mut socket = TcpStream::connect(peer)?;
        let _ = faults::pass(Call::Prepare).and_then(|()| socket.set_nodelay(true));
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let registered = faults::pass(Call::Register)
            .and_then(|()| self.poll.registry().register(&mut socket, Token(slot), INTEREST));
        if let Err(error) = registered {
            self.free.push(slot);
            return Err(error);
        }
        let conn = match dial.errand {
            Errand::Exchange(_) => {
                let conn = self.next_conn;
                self.next_conn = conn.next();
                conn
            }
            // It is not in the trace, where the numbers of connections have no gaps.
            Errand::Check(id) => ConnId::nth(FIRST_CHECK + id.0),
        };
        let local = faults::pass(Call::Prepare).and_then(|()| socket.local_addr()).unwrap_or(peer);
        let place = Place { slot, conn };
        let (dial, now) = (dial.clone(), self.turn.now);
        self.turn.gateway.dialed(dial.errand, place);
        let connection = match dial.errand {
            Errand::Exchange(exchange) => {
                let protocol = Upstream::connecting(exchange, dial, self.turn.gateway.trust, now);
                Connection::dialed(place, socket, (peer, local), Box::new(protocol), &mut self.turn)
            }
            Errand::Check(id) => {
                let protocol = Box::new(Check::connecting(id, dial, now));
                Connection::checking(place, socket, (peer, local), protocol, &mut self.turn)
            }
        };
        let connection = connection.secured_by(session);
        self.slots[slot] = Some(connection);
        self.serve(slot, Connection::drive);
        Ok(())
    }

    /// Whether a backend's address leads back to this server.
    pub(super) fn leads_here(&self, address: &Address) -> bool {
        self.listeners.iter().flat_map(super::Listener::addresses).any(|own| address.leads_to(own))
    }
}
