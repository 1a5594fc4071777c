//! Sockets that wait for connections.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpListener},
};

use mio::Token;

#[cfg(target_os = "linux")]
use crate::base::faults::{self, Call};
use crate::trace::ProtocolKind;

use super::error::StartError;

/// Length of the queue of connections that wait to be accepted, as far as the system allows.
#[cfg(unix)]
const ACCEPT_QUEUE: i32 = 1024;

/// Whether accepted sockets have no Nagle's algorithm if their listener has none, which saves a call for each.
pub(super) const HANDS_NODELAY_DOWN: bool = cfg!(target_os = "linux");

/// The token of the first listener; the others follow.
pub(super) const FIRST_TOKEN: usize = usize::MAX - ProtocolKind::ALL.len();

/// A socket that waits for connections on which one protocol is spoken.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) protocol: ProtocolKind,
    /// The socket. `None`: the protocol has no listener.
    pub(super) socket: Option<mio::net::TcpListener>,
    /// The local address of every accepted connection. `None`: it differs between connections.
    pub(super) bound: Option<SocketAddr>,
    /// Whether connections may be waiting to be accepted.
    pub(super) is_ready: bool,
}

impl Listener {
    pub(super) const fn new(protocol: ProtocolKind) -> Self {
        Self { protocol, socket: None, bound: None, is_ready: false }
    }

    pub(super) const fn token(&self) -> Token {
        Token(FIRST_TOKEN + self.protocol as usize)
    }

    /// The address that it listens at. `None`: the protocol has no listener.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.socket.as_ref().and_then(|socket| socket.local_addr().ok())
    }
}

/// Binds a non-blocking listener.
pub(super) fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
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
