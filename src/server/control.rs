//! Communication between the handle and the event loop: commands in one direction, the state of the server in
//! the other.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, TryRecvError};
use parking_lot::{Condvar, Mutex};

use crate::{
    base::stream::{ConnId, ExchangeId},
    gateway::TlsSettings,
    trace::ProtocolKind,
};

use super::{
    announced::Announced,
    bind_addresses::BindAddresses,
    error::StartError,
    live::Live,
    preview::{Preview, Trial},
    settings::{Revision, Setting, Settings},
    tls::{Trust, trust::AuthoritiesError},
};

/// Time limit of [`Pending::wait`] and [`Shared::wait_for`]. The loop answers within microseconds unless it
/// is stuck.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);

/// A command of the handle to the event loop.
pub(super) enum Command {
    /// Brings a setting into force, and with it this revision of the settings.
    Set(Setting, Revision),
    /// Listens at another address. Open connections stay.
    Listen {
        /// Where to listen.
        addresses: BindAddresses,
        /// The port; 0 takes any free one.
        port: u16,
        /// Takes the first address with the port that was found.
        answer: Sender<Result<SocketAddr, StartError>>,
    },
    /// Stops listening and closes every connection.
    StopListening {
        /// Notified when that is done.
        answer: Sender<()>,
    },
    /// Send a WebSocket frame that the user composed on a connection that carries this exchange.
    SendFrame { conn: ConnId, exchange: ExchangeId, bytes: Vec<u8> },
    /// Finds what would be made of a request.
    Try {
        /// The request.
        trial: Trial,
        /// Takes what would be made of it.
        answer: Sender<Preview>,
    },
    /// The addresses of a backend's name are found; none, if it has none.
    Resolved {
        /// The name.
        name: Box<str>,
        /// Its addresses, in the order in which they are to be tried.
        addresses: Vec<IpAddr>,
    },
    /// The certificates of backends that are good are known, or cannot be known.
    Trusted {
        /// The settings that were asked about.
        settings: TlsSettings,
        /// What they trust.
        trust: Result<Arc<Trust>, AuthoritiesError>,
    },
    /// Publishes a reading.
    Publish,
    /// Blocks the loop until the other end of the channel is dropped.
    #[cfg(test)]
    Stall(Receiver<()>),
    /// Ends the loop.
    Shutdown,
}

/// The state that the loop publishes and the handle reads.
pub(super) struct Shared {
    state: Mutex<State>,
    live: Mutex<Arc<Live>>,
    announced: Announced,
    /// Signals a new reading to [`Self::wait_for`].
    published: Condvar,
    /// Whether a reading has been requested and not yet published.
    reading_requested: AtomicBool,
}

/// The settings, and the addresses in use.
pub(super) struct State {
    pub(super) settings: Arc<Settings>,
    /// Number of changes of `settings`. The changes up to [`Live::revision`] are in force.
    pub(super) revision: Revision,
    /// Addresses of the listener of each protocol, in the order of [`ProtocolKind::ALL`]. Empty: no listener.
    pub(super) addresses: [Vec<SocketAddr>; ProtocolKind::ALL.len()],
}

impl Shared {
    pub(super) fn new(settings: Settings) -> Self {
        let state = State {
            settings: Arc::new(settings),
            revision: Revision::default(),
            addresses: ProtocolKind::ALL.map(|_| Vec::new()),
        };
        Self {
            state: Mutex::new(state),
            live: Mutex::default(),
            announced: Announced::default(),
            published: Condvar::new(),
            reading_requested: AtomicBool::new(false),
        }
    }

    pub(super) fn publish(&self, live: Live) {
        *self.live.lock() = Arc::new(live);
        self.reading_requested.store(false, Ordering::Release);
        self.published.notify_all();
    }

    pub(super) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.lock())
    }

    /// The connections of this program to itself.
    pub(super) const fn announced(&self) -> &Announced {
        &self.announced
    }

    /// Whether the caller has to request a reading, because no request is pending.
    pub(super) fn claim_reading(&self) -> bool {
        !self.reading_requested.swap(true, Ordering::AcqRel)
    }

    pub(super) fn state(&self) -> parking_lot::MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Records the addresses of a protocol's listener. Empty: the listener is closed.
    pub(super) fn set_addresses(&self, protocol: ProtocolKind, bound: Vec<SocketAddr>) {
        self.state.lock().addresses[protocol as usize] = bound;
    }

    /// Records the requested addresses of HTTP, and the port, which may be 0.
    pub(super) fn set_wanted_addresses(&self, wanted: BindAddresses, port: u16) {
        let mut state = self.state.lock();
        let settings = Arc::make_mut(&mut state.settings);
        (settings.bind, settings.port) = (wanted, port);
    }

    /// Waits until `revision` is in force. Returns whether it is.
    pub(super) fn wait_for(&self, revision: Revision) -> bool {
        let deadline = Instant::now() + COMMAND_TIMEOUT;
        let mut live = self.live.lock();
        while live.revision < revision {
            if self.published.wait_until(&mut live, deadline).timed_out() {
                return live.revision >= revision;
            }
        }
        true
    }
}

/// An answer that the event loop owes.
#[derive(Debug)]
pub struct Pending<T>(Receiver<T>);

/// The state of an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// The loop has not answered yet.
    Waiting,
    /// The answer. Returned once.
    Given(T),
    /// The loop has ended without an answer.
    Lost,
}

impl<T> Pending<T> {
    /// A pending answer, and the sender for it.
    pub(super) fn new() -> (Sender<T>, Self) {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        (sender, Self(receiver))
    }

    /// Returns the answer if there is one. Does not wait.
    #[must_use]
    pub fn poll(&self) -> Answer<T> {
        match self.0.try_recv() {
            Ok(answer) => Answer::Given(answer),
            Err(TryRecvError::Empty) => Answer::Waiting,
            Err(TryRecvError::Disconnected) => Answer::Lost,
        }
    }

    /// Waits for the answer. `None`: the loop is stuck or has ended.
    #[must_use]
    pub fn wait(self) -> Option<T> {
        self.0.recv_timeout(COMMAND_TIMEOUT).ok()
    }
}
