//! Starting, stopping and configuring the server: its interface to the rest of the program.
//!
//! No method of a running [`Handle`] waits for the event loop or the disk unless its name says so, so that a
//! window can call the others while it paints. Answers are returned as [`Pending`], changes of settings as a
//! [`Revision`] that [`Live::revision`] reaches once the change is in force.

use std::{
    net::{SocketAddr, TcpListener},
    ops::RangeInclusive,
    sync::Arc,
    thread::JoinHandle,
    time::Instant,
};

use crossbeam_channel::Sender;
use mio::{Poll, Waker};

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    service::Service,
    trace::{self, ProtocolKind},
};

use super::{
    again::{self, Copies, Sending},
    bind_addresses::BindAddresses,
    clock::{Clock, since},
    control::{Command, Pending, Shared},
    disk::Disk,
    error::StartError,
    event_loop::{EventLoop, Resolver, WAKER},
    listener::bind_all,
    live::Live,
    preview::{Preview, Trial},
    settings::{OpenedSite, Revision, Setting, Settings},
    tracer::Tracer,
    turn::Turn,
};

/// Age from which on a reading is replaced when one is asked for.
const LIVE_AGE_MAX: u64 = 100_000_000;

/// A running server. Dropping it stops the server and waits for its thread.
pub struct Handle {
    commands: Sender<Command>,
    waker: Arc<Waker>,
    shared: Arc<Shared>,
    epoch: Instant,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Starts the server on a thread of its own. Events are sent to `trace`; `None`: events are discarded.
    ///
    /// # Errors
    /// The address cannot be bound, or the folder cannot be opened.
    pub fn start(settings: Settings, trace: Option<trace::Sender>) -> Result<Self, StartError> {
        let listeners = bind_all(&settings.bind, settings.port)?;
        Self::launch(settings, listeners, trace)
    }

    /// Starts the server at the first free port of `ports`.
    ///
    /// # Errors
    /// As [`Self::start`]; [`StartError::PortBusy`] only if all ports are in use.
    pub fn start_near(
        mut settings: Settings,
        ports: RangeInclusive<u16>,
        trace: Option<trace::Sender>,
    ) -> Result<Self, StartError> {
        let last = *ports.end();
        for port in ports {
            match bind_all(&settings.bind, port) {
                Err(StartError::PortBusy(_)) if port < last => {}
                result => {
                    settings.port = port;
                    return Self::launch(settings, result?, trace);
                }
            }
        }
        Err(StartError::PortBusy(SocketAddr::new(settings.bind.first(), last)))
    }

    fn launch(
        settings: Settings,
        listeners: Vec<TcpListener>,
        trace: Option<trace::Sender>,
    ) -> Result<Self, StartError> {
        let site = OpenedSite::open(settings.site.clone())?;
        let poll = Poll::new().map_err(StartError::System)?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER).map_err(StartError::System)?);
        let clock = Clock::start();
        let epoch = clock.epoch();
        let mut service = Service::new(site.into_site(), &settings.middleware);
        service.set_folder(settings.folder);
        service.set_naming(settings.naming.clone());
        let mut turn = Turn::new(clock, service, Tracer::new(trace), settings.guards);
        turn.disk = Disk::with_threads(Arc::clone(&waker));
        turn.is_strict = settings.is_strict;
        turn.answer_to(settings.hosts.clone());
        let (lines, gateway) = (settings.lines, settings.gateway.clone());
        turn.gateway.name(pseudonym(listeners.first().and_then(|listener| listener.local_addr().ok())));
        let at_lines = lines.port.map(|port| bind_all(&settings.bind, port)).transpose()?;
        let shared = Arc::new(Shared::new(settings));
        let (commands, queue) = crossbeam_channel::unbounded();
        let resolver = Resolver::new(commands.clone(), Arc::clone(&waker));
        let mut event_loop = EventLoop::new(poll, queue, resolver, Arc::clone(&shared), turn);
        event_loop.adopt(ProtocolKind::Http, listeners)?;
        if let Some(at_lines) = at_lines {
            event_loop.adopt(ProtocolKind::Lines, at_lines)?;
        }
        event_loop.begin_with(lines);
        event_loop.set_gateway(gateway);
        event_loop.announce_groups();
        event_loop.watch_folder();
        let thread = std::thread::Builder::new()
            .name("server".to_owned())
            .spawn(move || event_loop.run())
            .map_err(StartError::System)?;
        Ok(Self { commands, waker, shared, epoch, thread: Some(thread) })
    }

    /// The address that the server listens at, the first one if it listens at several. `None`: the server is stopped.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address_of(ProtocolKind::Http)
    }

    /// The first address of the listener of a protocol. `None`: no listener.
    #[must_use]
    pub fn address_of(&self, protocol: ProtocolKind) -> Option<SocketAddr> {
        self.shared.state().addresses[protocol as usize].first().copied()
    }

    /// All addresses of the listener of a protocol. Empty: no listener.
    #[must_use]
    pub fn addresses_of(&self, protocol: ProtocolKind) -> Vec<SocketAddr> {
        self.shared.state().addresses[protocol as usize].clone()
    }

    /// The settings after the latest change. They are in force once [`Live::revision`] has reached
    /// [`Self::revision`].
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.shared.state().settings)
    }

    /// The revision of [`Self::settings`].
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.shared.state().revision
    }

    /// Changes a setting. Middleware, hosts, folder and site take effect for the next request that the server
    /// begins to read, timers when they are next set.
    #[allow(clippy::must_use_candidate, reason = "only some callers wait for the outcome")]
    pub fn set(&self, setting: Setting) -> Revision {
        // The lock is held while sending, so that commands arrive in the order of their revisions.
        let mut state = self.shared.state();
        setting.record_in(Arc::make_mut(&mut state.settings));
        let revision = state.revision.next();
        state.revision = revision;
        self.send(Command::Set(setting, revision));
        revision
    }

    /// Waits until `revision` is in force, for callers that may block. Returns `false` if the server is stuck
    /// or has ended.
    #[must_use]
    pub fn wait_for(&self, revision: Revision) -> bool {
        self.shared.wait_for(revision)
    }

    /// Listens at other addresses, also after [`Self::stop`]. Open connections stay. The answer is the first address with
    /// its actual port; after an error the server keeps its previous addresses.
    #[must_use]
    pub fn listen(
        &self,
        addresses: impl Into<BindAddresses>,
        port: u16,
    ) -> Pending<Result<SocketAddr, StartError>> {
        let (answer, pending) = Pending::new();
        self.send(Command::Listen { addresses: addresses.into(), port, answer });
        pending
    }

    /// Stops listening and closes every connection. The thread stays, for [`Self::listen`].
    #[allow(clippy::must_use_candidate, reason = "only some callers wait for the outcome")]
    pub fn stop(&self) -> Pending<()> {
        let (answer, pending) = Pending::new();
        self.send(Command::StopListening { answer });
        pending
    }

    /// Sends the bytes of a WebSocket frame, right or wrong, on a connection that carries frames of `exchange`: at the
    /// next place between two frames. Without effect on any other connection.
    pub fn send_frame(&self, conn: ConnId, exchange: ExchangeId, bytes: Vec<u8>) {
        self.send(Command::SendFrame { conn, exchange, bytes });
    }

    /// Sends a captured request again, on a thread of its own, to the listener of its protocol.
    #[must_use]
    pub fn send_again(&self, copies: Copies) -> Sending {
        again::send(Arc::clone(&self.shared), copies)
    }

    /// What the server would make of a request. The request is not counted.
    #[must_use]
    pub fn preview(&self, trial: Trial) -> Pending<Preview> {
        let (answer, pending) = Pending::new();
        self.send(Command::Try { trial, answer });
        pending
    }

    /// The latest reading of the server. If it is older than a tenth of a second, the call also requests the
    /// next one, so readings cost nothing unless someone asks.
    #[must_use]
    pub fn live(&self) -> Arc<Live> {
        let live = self.shared.live();
        let stale = live.at == Nanos::ZERO || self.now().saturating_sub(live.at) > LIVE_AGE_MAX;
        if stale && self.shared.claim_reading() {
            self.send(Command::Publish);
        }
        live
    }

    /// The current time on the clock of the trace.
    #[must_use]
    pub fn now(&self) -> Nanos {
        since(self.epoch)
    }

    /// The state that the loop publishes.
    #[cfg(test)]
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Blocks the event loop until the result is dropped.
    #[cfg(test)]
    pub(crate) fn stall(&self) -> Sender<()> {
        let (hold, released) = crossbeam_channel::bounded(0);
        self.send(Command::Stall(released));
        hold
    }

    fn send(&self, command: Command) {
        // The loop ends only after Shutdown, or after it announced that it failed.
        let _ = self.commands.send(command);
        let _ = self.waker.wake();
    }
}

/// The name of a gateway in Via (RFC 9110 §7.6.3): its own, so that it knows a message that comes back.
fn pseudonym(address: Option<SocketAddr>) -> String {
    let port = address.map_or(0, |address| address.port());
    format!("byteglass-{:x}-{port}", std::process::id())
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.send(Command::Shutdown);
        if let Some(thread) = self.thread.take() {
            // A panic in the loop has been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

    use super::*;
    use crate::{
        server::{Answer, Guards, SiteChoice},
        trace::Guard,
    };

    #[test]
    fn nothing_waits_for_a_stuck_loop_and_all_of_it_happens_in_order() {
        let server = Handle::start(Settings { port: 0, ..Settings::default() }, None).unwrap();
        let hold = server.stall();
        let guards = |connections| Guards::default().with(Guard::Connections, connections);
        let revisions = [1, 2, 3].map(|connections| server.set(Setting::Guards(guards(connections))));
        let site = OpenedSite::open(SiteChoice::Welcome).unwrap();
        let last = server.set(Setting::Site(site));
        let tried =
            server.preview(Trial { method: "GET".into(), target: "/".into(), host: "localhost".into() });
        let stopped = server.stop();
        assert!(revisions.is_sorted() && last > revisions[2] && last == server.revision());
        assert_eq!(server.settings().guards[Guard::Connections], 3);
        assert!(server.live().revision < revisions[0]);
        assert_eq!(stopped.poll(), Answer::Waiting);
        assert!(server.address().is_some());
        drop(hold);
        assert!(server.wait_for(last));
        assert!(!tried.wait().unwrap().attempts.is_empty());
        stopped.wait().unwrap();
        assert_eq!(server.address(), None);
    }
}
