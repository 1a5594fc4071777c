//! Why the server cannot start or change.

use std::{fmt, io, net::SocketAddr, path::PathBuf};

/// Why the server cannot start, listen at another address or serve another folder.
#[derive(Debug)]
pub enum StartError {
    /// The port is in use by another program.
    PortBusy(SocketAddr),
    /// The operating system reserves ports below 1024 for administrators.
    PortPrivileged(SocketAddr),
    /// The address is not one of this machine.
    AddressUnknown(SocketAddr),
    /// Listening failed for another reason.
    Listen(SocketAddr, io::Error),
    /// There is no such folder.
    FolderMissing(PathBuf),
    /// The folder cannot be served.
    Folder(PathBuf, io::Error),
    /// The disk that the folder is on does not answer.
    FolderSilent(PathBuf),
    /// The event loop or its thread cannot be created, or has ended.
    System(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortBusy(address) => {
                write!(f, "port {} is in use by another program (at {})", address.port(), address.ip())
            }
            Self::PortPrivileged(address) => {
                write!(f, "port {} requires administrator rights; choose one above 1023", address.port())
            }
            Self::AddressUnknown(address) => write!(f, "{} is not an address of this machine", address.ip()),
            Self::Listen(address, error) => write!(f, "cannot listen at {address}: {error}"),
            Self::FolderMissing(path) => write!(f, "there is no folder {}", path.display()),
            Self::Folder(path, error) => write!(f, "cannot open the folder {}: {error}", path.display()),
            Self::FolderSilent(path) => {
                let path = path.display();
                write!(
                    f,
                    "cannot open the folder {path}: the disk or the network that it is on does not answer"
                )
            }
            Self::System(error) => write!(f, "cannot start the server's thread: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen(_, error) | Self::Folder(_, error) | Self::System(error) => Some(error),
            Self::PortBusy(_)
            | Self::PortPrivileged(_)
            | Self::AddressUnknown(_)
            | Self::FolderMissing(_)
            | Self::FolderSilent(_) => None,
        }
    }
}
