//! The commands of the handle, carried out by the event loop.

use std::net::{SocketAddr, TcpListener as StdListener};

use mio::{Interest, net::TcpListener};

use crate::{
    base::{
        faults::{self, Call},
        stream::{ConnId, ExchangeId},
    },
    gateway::GatewaySettings,
    server::{
        bind_addresses::BindAddresses,
        connection::Connection,
        control::Command,
        error::StartError,
        listener::{ListenSocket, Listener, bind_all, send_at_once},
        live::LinesInfo,
        settings::{LinesSettings, Revision, Setting},
    },
    trace::{EventKind, ProtocolKind, Severity},
};

use super::EventLoop;

impl EventLoop {
    /// Carries out the pending commands. Returns whether to continue.
    pub(super) fn handle_commands(&mut self) -> bool {
        while let Ok(command) = self.commands.try_recv() {
            match command {
                // The caller may have stopped waiting for an answer, so a failed send is ignored.
                Command::Set(setting, revision) => self.set(setting, revision),
                Command::Listen { addresses, port, answer } => {
                    let _ = answer.send(self.listen(addresses, port));
                }
                Command::StopListening { answer } => {
                    self.stop_all();
                    self.close_all();
                    self.turn.tracer.event(self.turn.now, None, None, EventKind::Stopped);
                    let _ = answer.send(());
                }
                Command::Try { trial, answer } => {
                    self.answer_trial(trial, answer);
                }
                Command::SendFrame { conn, exchange, bytes } => self.send_frame(conn, exchange, &bytes),
                Command::Resolved { name, addresses } => self.resolved(name, addresses),
                Command::Trusted { settings, trust } => self.trusted(&settings, trust),
                Command::Publish => self.publish(),
                #[cfg(test)]
                Command::Stall(held) => {
                    let _ = held.recv();
                }
                Command::Shutdown => {
                    self.stop_all();
                    return false;
                }
            }
        }
        true
    }

    /// Sends a composed frame, unless the connection is gone.
    fn send_frame(&mut self, conn: ConnId, exchange: ExchangeId, bytes: &[u8]) {
        let is_it = |held: &Option<Connection>| held.as_ref().is_some_and(|held| held.id == conn);
        if let Some(slot) = self.slots.iter().position(is_it) {
            self.serve(slot, |connection, turn| connection.interject(turn, exchange, bytes));
        }
    }

    fn set(&mut self, setting: Setting, revision: Revision) {
        match setting {
            Setting::Middleware(middleware) => self.turn.service.set_middleware(&middleware),
            Setting::Guards(guards) => self.turn.guards = guards,
            Setting::Lines(lines) => self.set_lines(lines),
            Setting::Hosts(hosts) => self.turn.answer_to(hosts),
            Setting::Folder(folder) => self.turn.service.set_folder(folder),
            Setting::Strict(is_strict) => self.turn.is_strict = is_strict,
            Setting::Gateway(gateway) => self.set_gateway(gateway),
            Setting::Site(opened) => self.turn.service.set_site(opened.into_site()),
        }
        self.revision = revision;
        self.publish();
    }

    /// Other groups of backends, from the next request on.
    pub(in crate::server) fn set_gateway(&mut self, gateway: GatewaySettings) {
        let own = gateway.groups.iter().flat_map(|group| &group.backends);
        let own: Vec<_> = own.filter(|backend| self.leads_here(&backend.address)).collect();
        for backend in own {
            let text = format!("{} leads back to this server: {}", backend.name, backend.address);
            self.turn.tracer.event(
                self.turn.now,
                None,
                None,
                EventKind::ServerMessage(Severity::Error, text.into()),
            );
        }
        self.trust(&gateway);
        self.turn.gateway.set(gateway);
        self.turn.service.set_mounts(self.turn.gateway.mounts());
    }

    /// Says which groups there are.
    pub(in crate::server) fn announce_groups(&mut self) {
        for group in self.turn.gateway.groups_in_words() {
            self.announce(Severity::Info, &group);
        }
    }

    /// Opens the listener for HTTP at `addresses`, and the listener for lines at the same IP addresses. After an
    /// error the previous listeners stay.
    fn listen(&mut self, addresses: BindAddresses, port: u16) -> Result<SocketAddr, StartError> {
        let bound = self.listen_for(ProtocolKind::Http, &addresses, port)?;
        self.shared.set_wanted_addresses(addresses, port);
        self.listen_for_lines();
        Ok(bound)
    }

    /// Opens a protocol's listener at `addresses`. After an error the previous listener stays.
    fn listen_for(
        &mut self,
        protocol: ProtocolKind,
        addresses: &BindAddresses,
        port: u16,
    ) -> Result<SocketAddr, StartError> {
        let is_port = self.port_of(protocol) == Some(port);
        let held = self.bind_of(protocol).filter(|held| is_port && held != addresses);
        match (bind_all(addresses, port), held) {
            // This server itself occupies the port, at other addresses: it releases the port and binds it again.
            (Err(StartError::PortBusy(_)), Some(held)) => {
                self.stop_listening(protocol);
                let listeners = bind_all(addresses, port).or_else(|error| {
                    self.adopt(protocol, bind_all(&held, port)?)?;
                    Err(error)
                })?;
                self.adopt(protocol, listeners)
            }
            (result, _) => self.adopt(protocol, result?),
        }
    }

    /// Replaces the listener of a protocol. Returns the first address.
    pub(in crate::server) fn adopt(
        &mut self,
        protocol: ProtocolKind,
        listeners: Vec<StdListener>,
    ) -> Result<SocketAddr, StartError> {
        let mut sockets = Vec::new();
        for (at, listener) in listeners.into_iter().enumerate() {
            let address = listener.local_addr().map_err(StartError::System)?;
            send_at_once(&listener);
            let mut socket = TcpListener::from_std(listener);
            let registry = self.poll.registry();
            let token = Listener::token(protocol, at);
            let registered = faults::pass(Call::Register)
                .and_then(|()| registry.register(&mut socket, token, Interest::READABLE));
            if let Err(error) = registered {
                self.announce(Severity::Error, &format!("cannot listen at {address}: {error}"));
                return Err(StartError::Listen(address, error));
            }
            sockets.push(ListenSocket { socket, address, is_ready: true });
        }
        self.stop_listening(protocol);
        let addresses: Vec<SocketAddr> = sockets.iter().map(|socket| socket.address).collect();
        for address in &addresses {
            self.turn.tracer.event(self.turn.now, None, None, EventKind::Listening(protocol, *address));
        }
        self.listeners[protocol as usize] = Listener { protocol, sockets };
        let first = addresses[0];
        self.shared.set_addresses(protocol, addresses);
        Ok(first)
    }

    fn stop_all(&mut self) {
        for protocol in ProtocolKind::ALL {
            self.stop_listening(protocol);
        }
    }

    fn stop_listening(&mut self, protocol: ProtocolKind) {
        for mut listener in self.listeners[protocol as usize].sockets.drain(..) {
            // If this fails, dropping the socket removes it from the poll.
            let registry = self.poll.registry();
            let _ = faults::pass(Call::Deregister).and_then(|()| registry.deregister(&mut listener.socket));
        }
        self.shared.set_addresses(protocol, Vec::new());
    }

    /// Sets the settings of lines at the start, when the listener is open already.
    pub(in crate::server) const fn begin_with(&mut self, lines: LinesSettings) {
        self.lines = lines;
        self.turn.buffer = lines.buffer;
    }

    /// Changes the settings of lines. Open connections are not affected.
    pub(in crate::server) fn set_lines(&mut self, lines: LinesSettings) {
        let moves = self.lines.port != lines.port;
        self.lines = lines;
        self.turn.buffer = lines.buffer;
        if moves {
            self.listen_for_lines();
        }
    }

    /// Opens or closes the listener for lines as set, at the IP addresses of the listener for HTTP.
    fn listen_for_lines(&mut self) {
        self.lines_problem = None;
        let (Some(here), Some(port)) = (self.bind_of(ProtocolKind::Http), self.lines.port) else {
            self.stop_listening(ProtocolKind::Lines);
            return;
        };
        let is_port = self.port_of(ProtocolKind::Lines).is_some_and(|held| port == 0 || held == port);
        if is_port && self.bind_of(ProtocolKind::Lines).as_ref() == Some(&here) {
            return;
        }
        if let Err(error) = self.listen_for(ProtocolKind::Lines, &here, port) {
            let problem = format!("lines are not spoken: {error}");
            self.announce(Severity::Error, &problem);
            self.lines_problem = Some(problem.into());
        }
    }

    /// The IP addresses at which a protocol is served. `None`: it is not.
    fn bind_of(&self, protocol: ProtocolKind) -> Option<BindAddresses> {
        let ips: Vec<_> = self.listeners[protocol as usize].addresses().map(|address| address.ip()).collect();
        // They are held together, so they can be.
        BindAddresses::of(&ips).ok().filter(|_| !ips.is_empty())
    }

    /// The port at which a protocol is served. `None`: it is not.
    fn port_of(&self, protocol: ProtocolKind) -> Option<u16> {
        self.listeners[protocol as usize].addresses().next().map(|address| address.port())
    }

    /// The state of the protocol of lines.
    pub(super) fn lines_info(&self) -> LinesInfo {
        let stats = &self.turn.stats;
        LinesInfo {
            address: self.listeners[ProtocolKind::Lines as usize].addresses().next(),
            problem: self.lines_problem.clone(),
            messages: stats.messages,
            longest: stats.longest_message,
            moved: stats.moved,
        }
    }
}
