//! What the event loop does when the handle asks for it.

use std::net::{SocketAddr, TcpListener as StdListener};

use mio::{Interest, net::TcpListener};

use crate::{
    base::faults::{self, Call},
    server::{
        control::Command,
        error::StartError,
        listener::bind,
        settings::{Revision, Setting},
    },
    trace::{EventKind, ProtocolKind, Severity},
};

use super::{EventLoop, LISTENER};

impl EventLoop {
    /// Carries out what was asked. Returns whether to go on.
    pub(super) fn handle_commands(&mut self) -> bool {
        while let Ok(command) = self.commands.try_recv() {
            match command {
                // Whoever asked may have given up waiting for an answer.
                Command::Set(setting, revision) => self.set(setting, revision),
                Command::Listen { address, answer } => {
                    let _ = answer.send(self.listen(address));
                }
                Command::StopListening { answer } => {
                    self.stop_listening();
                    self.close_all();
                    self.turn.tracer.event(self.turn.now, None, None, EventKind::Stopped);
                    self.shared.stopped();
                    let _ = answer.send(());
                }
                Command::Try { method, target, answer } => {
                    let _ = answer.send(self.turn.service.attempts(&method, &target));
                }
                Command::Publish => self.publish(),
                #[cfg(test)]
                Command::Stall(held) => {
                    let _ = held.recv();
                }
                Command::Shutdown => {
                    self.stop_listening();
                    return false;
                }
            }
        }
        true
    }

    fn set(&mut self, setting: Setting, revision: Revision) {
        match setting {
            Setting::Middleware(middleware) => self.turn.service.set_middleware(&middleware),
            Setting::Guards(guards) => self.turn.guards = guards,
            Setting::Hosts(hosts) => self.turn.hosts = hosts,
            Setting::Folder(folder) => self.turn.service.set_folder(folder),
            Setting::Site(opened) => self.turn.service.set_site(opened.into_site()),
        }
        self.revision = revision;
        self.publish();
    }

    /// Listens at `address`; after an error where it did before.
    fn listen(&mut self, address: SocketAddr) -> Result<SocketAddr, StartError> {
        match (bind(address), self.address()) {
            // This server itself holds the port, at another address: it lets go of the port and binds it
            // again.
            (Err(StartError::PortBusy(_)), Some(held))
                if held.port() == address.port() && held.ip() != address.ip() =>
            {
                self.stop_listening();
                let listener = bind(address).or_else(|error| {
                    self.adopt(bind(held)?, held)?;
                    Err(error)
                })?;
                self.adopt(listener, address)
            }
            (result, _) => self.adopt(result?, address),
        }
    }

    fn address(&self) -> Option<SocketAddr> {
        self.listener.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Accepts connections from `listener` from now on, instead of the one before. `wanted`: the address
    /// that was asked for, where the port may be 0.
    pub(in crate::server) fn adopt(
        &mut self,
        listener: StdListener,
        wanted: SocketAddr,
    ) -> Result<SocketAddr, StartError> {
        let address = listener.local_addr().map_err(StartError::System)?;
        let mut listener = TcpListener::from_std(listener);
        let registry = self.poll.registry();
        let registered = faults::pass(Call::Register)
            .and_then(|()| registry.register(&mut listener, LISTENER, Interest::READABLE));
        if let Err(error) = registered {
            self.announce(Severity::Error, &format!("cannot listen at {address}: {error}"));
            return Err(StartError::Listen(address, error));
        }
        self.stop_listening();
        self.listener = Some(listener);
        self.bound = Some(address).filter(|address| !address.ip().is_unspecified());
        self.accepting = true;
        self.turn.tracer.event(self.turn.now, None, None, EventKind::Listening(ProtocolKind::Http, address));
        self.shared.listening(wanted, address);
        Ok(address)
    }

    fn stop_listening(&mut self) {
        if let Some(mut listener) = self.listener.take() {
            // It is dropped, and so leaves the poll, in any case.
            let registry = self.poll.registry();
            let _ = faults::pass(Call::Deregister).and_then(|()| registry.deregister(&mut listener));
        }
    }
}
