//! Start, stop, reconfigure: the server's face to the rest of the program.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use crate::{service::MiddlewareSettings, trace};

use super::{Guards, Live, Settings, SiteChoice};

/// Why the server could not start, or not change.
#[derive(Debug)]
pub enum StartError {
    /// The port is in use by another program.
    PortBusy(SocketAddr),
    /// The operating system does not let this user listen there: ports below 1024 need privileges.
    PortPrivileged(SocketAddr),
    /// The address is not one of this machine.
    AddressUnknown(SocketAddr),
    /// Listening failed otherwise.
    Listen(SocketAddr, io::Error),
    /// The folder cannot be served.
    Folder(std::path::PathBuf, io::Error),
    /// The path is a file, not a folder.
    NotAFolder(std::path::PathBuf),
    /// The event loop or its thread could not be made.
    System(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        unimplemented!()
    }
}

impl std::error::Error for StartError {}

/// A running server. Dropping it stops the server.
pub struct Handle {}

impl Handle {
    /// Starts the server on a thread of its own. `trace`: where to report. `None`: nowhere.
    ///
    /// # Errors
    /// The address cannot be had, or the folder cannot be opened.
    pub fn start(_settings: Settings, _trace: Option<trace::Sender>) -> Result<Self, StartError> {
        unimplemented!()
    }
    /// Where the server listens. `None`: it is stopped.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        unimplemented!()
    }
    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> Settings {
        unimplemented!()
    }
    /// Takes effect on the next request.
    pub fn set_middleware(&self, _middleware: MiddlewareSettings) {}
    /// Takes effect on the next request; timers that run keep their length.
    pub fn set_guards(&self, _guards: Guards) {}
    /// Takes effect on the next request.
    ///
    /// # Errors
    /// The folder cannot be opened; the old one stays.
    pub fn set_site(&self, _site: SiteChoice) -> Result<(), StartError> {
        unimplemented!()
    }
    /// Listens at another address (also after [`Self::stop`]). Connections that are open stay.
    ///
    /// # Errors
    /// The address cannot be had; the old one stays.
    pub fn listen(&self, _bind: IpAddr, _port: u16) -> Result<SocketAddr, StartError> {
        unimplemented!()
    }
    /// Stops listening and closes every connection. The thread stays: see [`Self::listen`].
    pub fn stop(&self) {}
    /// What the server is doing: the latest reading. The loop takes one at most ten times a second,
    /// and only while someone asks.
    #[must_use]
    pub fn live(&self) -> Arc<Live> {
        unimplemented!()
    }
    /// Every route that a request with this method and target would try, in order.
    #[must_use]
    pub fn try_target(&self, _method: &str, _target: &str) -> Vec<trace::RouteAttempt> {
        unimplemented!()
    }
    /// The time now, on the clock of the trace.
    #[must_use]
    pub fn now(&self) -> trace::Nanos {
        unimplemented!()
    }
}
