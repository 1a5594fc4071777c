//! Sockets that wait for connections.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, TcpListener},
};

use super::error::StartError;

/// Length of the queue of connections that wait to be accepted, as far as the system allows.
#[cfg(unix)]
const ACCEPT_QUEUE: i32 = 1024;

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

/// Lets more clients wait to be accepted than the 128 that std asks for. A client that finds the
/// queue full tries again only after a second.
#[cfg(unix)]
fn lengthen_queue(listener: &TcpListener) {
    // The listener works already, so a refusal changes nothing.
    let _ = rustix::net::listen(listener, ACCEPT_QUEUE);
}

#[cfg(not(unix))]
fn lengthen_queue(_: &TcpListener) {}
