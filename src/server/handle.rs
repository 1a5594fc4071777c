//! Start, stop, reconfigure: the server's face to the rest of the program.

use std::{
    fmt,
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr, TcpListener},
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crossbeam_channel::Sender;
use mio::{Poll, Waker};
use parking_lot::Mutex;

use crate::{
    service::{Folder, FolderSettings, MiddlewareSettings, Service, Site},
    trace::{self, Nanos, RouteAttempt},
};

use super::{
    Guards, Live, Settings, SiteChoice,
    clock::{Clock, since},
    event_loop::{Command, EventLoop, WAKER},
    tracer::Tracer,
    turn::Turn,
};

/// A reading is not older than this when someone asks often.
const FRESH: Nanos = 100_000_000;
/// How long an answer of the loop is waited for. It takes microseconds unless the loop is stuck.
const PATIENCE: Duration = Duration::from_millis(500);

/// Connections that wait to be accepted at most, as far as the system allows.
#[cfg(unix)]
const ACCEPT_QUEUE: i32 = 1024;

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
    /// There is no such folder.
    FolderMissing(PathBuf),
    /// The folder cannot be served.
    Folder(PathBuf, io::Error),
    /// The path is a file, not a folder.
    NotAFolder(PathBuf),
    /// The event loop or its thread could not be made.
    System(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortBusy(address) => {
                write!(f, "port {} is in use by another program (at {})", address.port(), address.ip())
            }
            Self::PortPrivileged(address) => {
                write!(f, "port {} needs privileges; choose one above 1023", address.port())
            }
            Self::AddressUnknown(address) => write!(f, "{} is not an address of this machine", address.ip()),
            Self::Listen(address, error) => write!(f, "cannot listen at {address}: {error}"),
            Self::FolderMissing(path) => write!(f, "there is no folder {}", path.display()),
            Self::Folder(path, error) => write!(f, "cannot open the folder {}: {error}", path.display()),
            Self::NotAFolder(path) => write!(f, "{} is a file, not a folder", path.display()),
            Self::System(error) => write!(f, "cannot start the server's thread: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

/// A running server. Dropping it stops the server and waits for its thread.
pub struct Handle {
    commands: Sender<Command>,
    waker: Arc<Waker>,
    shared: Arc<Shared>,
    state: Mutex<State>,
    epoch: Instant,
    thread: Option<JoinHandle<()>>,
}

/// What the handle knows without asking the loop.
struct State {
    settings: Settings,
    address: Option<SocketAddr>,
}

/// What the loop publishes.
#[derive(Default)]
pub(super) struct Shared {
    live: Mutex<Arc<Live>>,
    /// A reading is on order.
    ordered: AtomicBool,
}

impl Shared {
    pub(super) fn publish(&self, live: Live) {
        *self.live.lock() = Arc::new(live);
        self.ordered.store(false, Ordering::Release);
    }
}

impl Handle {
    /// Starts the server on a thread of its own. `trace`: where to report. `None`: nowhere.
    ///
    /// # Errors
    /// The address cannot be had, or the folder cannot be opened.
    pub fn start(settings: Settings, trace: Option<trace::Sender>) -> Result<Self, StartError> {
        let listener = bind(settings.bind, settings.port)?;
        Self::launch(settings, listener, trace)
    }

    /// Starts at the first port of `ports` that is free.
    ///
    /// # Errors
    /// As [`Self::start`]; busy only if all are.
    pub fn start_near(
        mut settings: Settings,
        ports: RangeInclusive<u16>,
        trace: Option<trace::Sender>,
    ) -> Result<Self, StartError> {
        let last = *ports.end();
        for port in ports {
            match bind(settings.bind, port) {
                Err(StartError::PortBusy(_)) if port < last => {}
                result => {
                    settings.port = port;
                    return Self::launch(settings, result?, trace);
                }
            }
        }
        Err(StartError::PortBusy(SocketAddr::new(settings.bind, last)))
    }

    fn launch(
        settings: Settings,
        listener: TcpListener,
        trace: Option<trace::Sender>,
    ) -> Result<Self, StartError> {
        let site = open_site(&settings.site)?;
        let poll = Poll::new().map_err(StartError::System)?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER).map_err(StartError::System)?);
        let clock = Clock::start();
        let epoch = clock.epoch();
        let mut service = Service::new(site, &settings.middleware);
        service.set_folder(settings.folder);
        let mut turn = Turn::new(clock, service, Tracer::new(trace), settings.guards);
        turn.hosts.clone_from(&settings.hosts);
        let shared = Arc::new(Shared::default());
        let (commands, queue) = crossbeam_channel::unbounded();
        let event_loop = EventLoop::new(poll, queue, Arc::clone(&shared), turn);
        let thread = std::thread::Builder::new()
            .name("server".to_owned())
            .spawn(move || event_loop.run())
            .map_err(StartError::System)?;
        let handle = Self {
            commands,
            waker,
            shared,
            state: Mutex::new(State { settings, address: None }),
            epoch,
            thread: Some(thread),
        };
        handle.adopt(listener)?;
        Ok(handle)
    }

    /// Where the server listens. `None`: it is stopped.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.state.lock().address
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.state.lock().settings.clone()
    }

    /// Takes effect on the next request.
    pub fn set_middleware(&self, middleware: MiddlewareSettings) {
        self.state.lock().settings.middleware = middleware.clone();
        self.tell(Command::Middleware(middleware));
    }

    /// Limits take effect on the next request, timers from the next time they are set.
    pub fn set_guards(&self, guards: Guards) {
        self.state.lock().settings.guards = guards;
        self.tell(Command::Guards(guards));
    }

    /// Which names are answered to on loopback, besides those of loopback, from the next request on.
    pub fn set_hosts(&self, hosts: Vec<String>) {
        self.state.lock().settings.hosts.clone_from(&hosts);
        self.tell(Command::Hosts(hosts));
    }

    /// What the folder does where a path leads to no file, from the next request on.
    pub fn set_folder(&self, folder: FolderSettings) {
        self.state.lock().settings.folder = folder;
        self.tell(Command::Folder(folder));
    }

    /// Takes effect on the next request.
    ///
    /// # Errors
    /// The folder cannot be opened; the old one stays.
    pub fn set_site(&self, choice: SiteChoice) -> Result<(), StartError> {
        let site = open_site(&choice)?;
        self.state.lock().settings.site = choice;
        self.tell(Command::Site(site));
        Ok(())
    }

    /// Listens at another address (also after [`Self::stop`]). Connections that are open stay.
    ///
    /// # Errors
    /// The address cannot be had; the old one stays.
    pub fn listen(&self, address: IpAddr, port: u16) -> Result<SocketAddr, StartError> {
        let listener = match (bind(address, port), self.address()) {
            // It is this server itself that holds the port, at another address.
            (Err(StartError::PortBusy(_)), Some(held)) if held.port() == port && held.ip() != address => {
                self.move_within_port(held, address)?
            }
            (result, _) => result?,
        };
        let bound = self.adopt(listener)?;
        let mut state = self.state.lock();
        (state.settings.bind, state.settings.port) = (address, port);
        Ok(bound)
    }

    /// Stops listening and closes every connection. The thread stays: see [`Self::listen`].
    pub fn stop(&self) {
        self.state.lock().address = None;
        self.tell(Command::StopListening);
    }

    /// The routes that a request would try, without counting as one.
    #[must_use]
    pub fn try_target(&self, method: &str, target: &str) -> Vec<RouteAttempt> {
        let (answer, attempts) = crossbeam_channel::bounded(1);
        self.ask(Command::Try { method: method.to_owned(), target: target.to_owned(), answer });
        attempts.recv_timeout(PATIENCE).unwrap_or_default()
    }

    /// What the server is doing: the latest reading. Asking orders the next one if this one is older
    /// than a tenth of a second, so a reading costs nothing while nobody asks.
    #[must_use]
    pub fn live(&self) -> Arc<Live> {
        let live = Arc::clone(&self.shared.live.lock());
        let stale = live.at == 0 || self.now().saturating_sub(live.at) > FRESH;
        if stale && !self.shared.ordered.swap(true, Ordering::AcqRel) {
            self.ask(Command::Publish);
        }
        live
    }

    /// The time now, on the clock of the trace.
    #[must_use]
    pub fn now(&self) -> Nanos {
        since(self.epoch)
    }

    /// Lets go of the port and takes it again at another address; if that fails, at the old one.
    fn move_within_port(&self, held: SocketAddr, address: IpAddr) -> Result<TcpListener, StartError> {
        self.tell(Command::Release);
        bind(address, held.port()).or_else(|error| {
            self.adopt(bind(held.ip(), held.port())?)?;
            Err(error)
        })
    }

    fn adopt(&self, listener: TcpListener) -> Result<SocketAddr, StartError> {
        let bound = listener.local_addr().map_err(StartError::System)?;
        let (answer, adopted) = crossbeam_channel::bounded(1);
        self.ask(Command::Listen { listener, address: bound, answer });
        // A loop that is busy will come to it.
        if let Ok(Err(error)) = adopted.recv_timeout(PATIENCE) {
            return Err(StartError::Listen(bound, error));
        }
        self.state.lock().address = Some(bound);
        Ok(bound)
    }

    /// Asks, and waits until it is done: a request that is sent after this meets the new settings.
    fn tell(&self, command: Command) {
        let (done, obeyed) = crossbeam_channel::bounded(1);
        self.ask(command);
        self.ask(Command::Report { done });
        // If the loop is stuck, what was asked is done when it comes free.
        let _ = obeyed.recv_timeout(PATIENCE);
    }

    fn ask(&self, command: Command) {
        // The loop ends only after it was told to, or after it announced that it failed.
        let _ = self.commands.send(command);
        let _ = self.waker.wake();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.ask(Command::Shutdown);
        if let Some(thread) = self.thread.take() {
            // A panic in the loop has been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

fn bind(address: IpAddr, port: u16) -> Result<TcpListener, StartError> {
    let address = SocketAddr::new(address, port);
    let refused = |error: io::Error| match error.kind() {
        ErrorKind::AddrInUse => StartError::PortBusy(address),
        ErrorKind::PermissionDenied => StartError::PortPrivileged(address),
        ErrorKind::AddrNotAvailable => StartError::AddressUnknown(address),
        _ => StartError::Listen(address, error),
    };
    let listener = TcpListener::bind(address).map_err(refused)?;
    listener.set_nonblocking(true).map_err(StartError::System)?;
    queue_more(&listener);
    Ok(listener)
}

/// Lets more clients wait to be accepted than the 128 that std asks for: whoever finds the queue full
/// tries again after a second only.
#[cfg(unix)]
fn queue_more(listener: &TcpListener) {
    // It listens already, so a refusal changes nothing.
    let _ = rustix::net::listen(listener, ACCEPT_QUEUE);
}

#[cfg(not(unix))]
fn queue_more(_: &TcpListener) {}

fn open_site(choice: &SiteChoice) -> Result<Site, StartError> {
    match choice {
        SiteChoice::Welcome => Ok(Site::Welcome),
        SiteChoice::Folder(path) => open_folder(path).map(Site::Folder),
    }
}

fn open_folder(path: &Path) -> Result<Folder, StartError> {
    Folder::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => StartError::FolderMissing(path.to_owned()),
        _ if path.is_file() => StartError::NotAFolder(path.to_owned()),
        _ => StartError::Folder(path.to_owned(), error),
    })
}
