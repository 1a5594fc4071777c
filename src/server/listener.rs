//! Sockets that wait for connections.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpListener},
};

use mio::Token;

#[cfg(target_os = "linux")]
use crate::base::faults::{self, Call};
use crate::trace::ProtocolKind;

use super::{
    bind_addresses::{BIND_ADDRESSES_MAX, BindAddresses},
    error::StartError,
};

/// Length of the queue of connections that wait to be accepted, as far as the system allows.
#[cfg(unix)]
const ACCEPT_QUEUE: i32 = 1024;

/// Whether accepted sockets have no Nagle's algorithm if their listener has none, which saves a call for each.
pub(super) const HANDS_NODELAY_DOWN: bool = cfg!(target_os = "linux");

/// The token of the first socket; the others follow.
pub(super) const FIRST_TOKEN: usize = usize::MAX - ProtocolKind::ALL.len() * BIND_ADDRESSES_MAX;
/// How often another port is tried if the system's choice for the first address is taken at another one.
const FREE_PORT_TRIES: usize = 16;

/// The sockets that wait for connections on which one protocol is spoken. Empty: the protocol has no listener.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) protocol: ProtocolKind,
    pub(super) sockets: Vec<ListenSocket>,
}

/// A socket that waits for connections.
#[derive(Debug)]
pub(super) struct ListenSocket {
    pub(super) socket: mio::net::TcpListener,
    /// The address that it listens at.
    pub(super) address: SocketAddr,
    /// Whether connections may be waiting to be accepted.
    pub(super) is_ready: bool,
}

impl Listener {
    pub(super) const fn new(protocol: ProtocolKind) -> Self {
        Self { protocol, sockets: Vec::new() }
    }

    /// The token of a socket.
    pub(super) const fn token(protocol: ProtocolKind, at: usize) -> Token {
        Token(FIRST_TOKEN + protocol as usize * BIND_ADDRESSES_MAX + at)
    }

    /// Connections may be waiting at the socket of this token, if it is one of this listener.
    pub(super) fn on_event(&mut self, token: Token) {
        let at = token.0.checked_sub(Self::token(self.protocol, 0).0);
        if let Some(socket) = at.and_then(|at| self.sockets.get_mut(at)) {
            socket.is_ready = true;
        }
    }

    /// The addresses that it listens at.
    pub(super) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.sockets.iter().map(|socket| socket.address)
    }
}

impl ListenSocket {
    /// The local address of every accepted connection. `None`: it differs between connections.
    pub(super) fn local(&self) -> Option<SocketAddr> {
        Some(self.address).filter(|address| !address.ip().is_unspecified())
    }
}

/// Binds a non-blocking listener at each address, all with one port.
pub(super) fn bind_all(addresses: &BindAddresses, port: u16) -> Result<Vec<TcpListener>, StartError> {
    let tries = if port == 0 { FREE_PORT_TRIES } else { 1 };
    for _ in 1..tries {
        match bind_each(addresses, port) {
            Err(StartError::PortBusy(_)) => {}
            result => return result,
        }
    }
    bind_each(addresses, port)
}

fn bind_each(addresses: &BindAddresses, mut port: u16) -> Result<Vec<TcpListener>, StartError> {
    let mut listeners = Vec::new();
    for ip in addresses.all() {
        let listener = bind(SocketAddr::new(*ip, port))?;
        port = listener.local_addr().map_err(StartError::System)?.port();
        listeners.push(listener);
    }
    Ok(listeners)
}

/// Binds a non-blocking listener.
fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    let refused = |error: io::Error| match error.kind() {
        ErrorKind::AddrInUse => StartError::PortBusy(address),
        ErrorKind::PermissionDenied => StartError::PortPrivileged(address),
        ErrorKind::AddrNotAvailable => StartError::AddressUnknown(address),
        _ => StartError::Listen(address, error),
    };
    let listener = TcpListener::bind(address).map_err(refused)?;
    listener.set_nonblocking(true).map_err(StartError::System)?;
    lengthen_queue(&listener);
    Ok(listener)
}

/// Turns Nagle's algorithm off for the sockets that are accepted, if they have that from the listener.
#[cfg(target_os = "linux")]
pub(super) fn send_at_once(listener: &TcpListener) {
    // If it fails, the last packet of a response may wait for the client's acknowledgement.
    let _ =
        faults::pass(Call::Prepare).and_then(|()| Ok(rustix::net::sockopt::set_tcp_nodelay(listener, true)?));
}

#[cfg(not(target_os = "linux"))]
pub(super) fn send_at_once(_: &TcpListener) {}

/// Enlarges the queue of waiting connections, for which std asks for 128. A client that finds it full retries
/// only after a second.
#[cfg(unix)]
fn lengthen_queue(listener: &TcpListener) {
    // The listener works without it, so an error is ignored.
    let _ = rustix::net::listen(listener, ACCEPT_QUEUE);
}

#[cfg(not(unix))]
fn lengthen_queue(_: &TcpListener) {}
