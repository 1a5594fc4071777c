//! Why a request cannot be sent again.

use std::{error::Error, fmt, io, net::SocketAddr};

/// Why a copy of a request could not be sent.
#[derive(Debug)]
pub enum AgainError {
    /// The server does not listen for the protocol of the request.
    NotListening,
    /// The connection could not be made.
    Connect(SocketAddr, io::Error),
    /// The connection was made, but not to this server, or this server did not take it up.
    NotTaken(SocketAddr),
    /// The user stopped it.
    Cancelled,
    /// The connection cannot be watched.
    Failed(io::Error),
    /// The thread could not be started.
    Thread(io::Error),
}

impl fmt::Display for AgainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotListening => write!(f, "the server does not listen at present"),
            Self::Connect(address, error) => write!(f, "no connection to {address}: {error}"),
            Self::NotTaken(address) => write!(f, "the server did not accept the connection to {address}"),
            Self::Cancelled => write!(f, "it was stopped"),
            Self::Failed(error) => write!(f, "the connection cannot be watched: {error}"),
            Self::Thread(error) => write!(f, "no thread could be started: {error}"),
        }
    }
}

impl Error for AgainError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Connect(_, error) | Self::Failed(error) | Self::Thread(error) => Some(error),
            Self::NotListening | Self::NotTaken(_) | Self::Cancelled => None,
        }
    }
}
