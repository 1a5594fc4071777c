//! What was asked of the server or the disk and has not happened yet.

use std::net::SocketAddr;

use crate::{
    base::stream::Nanos,
    server::{Answer, Pending, Revision, SiteChoice, StartError},
    trace::RouteAttempt,
};

/// Settings that take longer than this to come into force are shown as being applied.
const APPLYING_SHOWN_AFTER: u64 = 150_000_000;

/// Questions without an answer. A newer question of a kind replaces an older one.
#[derive(Debug, Default)]
pub struct UnderWay {
    opening: Option<SiteChoice>,
    /// Number of the site that was asked for last.
    openings: u64,
    listening: Option<Listening>,
    stopping: Option<Pending<()>>,
    trying: Option<Pending<Vec<RouteAttempt>>>,
    /// Since when changed settings are not in force. `None`: all are.
    changed: Option<Nanos>,
    now: Nanos,
}

#[derive(Debug)]
struct Listening {
    address: SocketAddr,
    pending: Pending<Result<SocketAddr, StartError>>,
    /// Whether the port is remembered for the next start.
    remember: bool,
}

/// How listening ended: the address asked for, the server's answer, whether to remember the port.
type Listened = (SocketAddr, Answer<Result<SocketAddr, StartError>>, bool);

impl UnderWay {
    /// The site that is being opened. `None`: none is.
    #[must_use]
    pub const fn opening(&self) -> Option<&SiteChoice> {
        self.opening.as_ref()
    }

    /// Where the server is about to listen. `None`: it stays where it is.
    #[must_use]
    pub fn listening(&self) -> Option<SocketAddr> {
        self.listening.as_ref().map(|listening| listening.address)
    }

    /// Whether the server is about to stop.
    #[must_use]
    pub const fn stopping(&self) -> bool {
        self.stopping.is_some()
    }

    /// Whether settings are taking noticeably long to come into force.
    #[must_use]
    pub fn applying(&self) -> bool {
        self.changed.is_some_and(|since| self.now.saturating_sub(since) > APPLYING_SHOWN_AFTER)
    }

    /// Whether the server owes an answer, so that the window has to look again soon.
    #[must_use]
    pub const fn waits_for_server(&self) -> bool {
        self.listening.is_some() || self.stopping.is_some() || self.trying.is_some() || self.changed.is_some()
    }

    /// Whether anything is under way.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.waits_for_server() || self.opening.is_some()
    }

    /// A site is being opened. Returns its number, for [`Self::opened`].
    pub(super) fn open(&mut self, site: SiteChoice) -> u64 {
        self.opening = Some(site);
        self.openings += 1;
        self.openings
    }

    /// Site `number` is open or cannot be opened. Returns whether it is still wanted: no other was asked for
    /// since.
    pub(super) fn opened(&mut self, number: u64) -> bool {
        let wanted = number == self.openings;
        if wanted {
            self.opening = None;
        }
        wanted
    }

    pub(super) fn listen(
        &mut self,
        address: SocketAddr,
        pending: Pending<Result<SocketAddr, StartError>>,
        remember: bool,
    ) {
        self.listening = Some(Listening { address, pending, remember });
    }

    pub(super) fn stop(&mut self, pending: Pending<()>) {
        self.stopping = Some(pending);
    }

    pub(super) fn try_target(&mut self, pending: Pending<Vec<RouteAttempt>>) {
        self.trying = Some(pending);
    }

    /// Takes in which revision of the settings was set last and which is in force.
    pub(super) fn settings(&mut self, set: Revision, in_force: Revision, now: Nanos) {
        self.now = now;
        self.changed = (in_force < set).then(|| self.changed.unwrap_or(now));
    }

    /// How listening ended. `None`: it has not, or was not asked for.
    pub(super) fn take_listened(&mut self) -> Option<Listened> {
        let answer = self.listening.as_ref()?.pending.poll();
        if matches!(answer, Answer::Waiting) {
            return None;
        }
        self.listening.take().map(|listening| (listening.address, answer, listening.remember))
    }

    /// Notices that the server has stopped.
    pub(super) fn take_stopped(&mut self) {
        self.stopping.take_if(|pending| !matches!(pending.poll(), Answer::Waiting));
    }

    /// The routes that the target tried last would try. `None`: there is no answer, or no question.
    pub(super) fn take_tried(&mut self) -> Option<Vec<RouteAttempt>> {
        match self.trying.as_ref()?.poll() {
            Answer::Waiting => None,
            Answer::Given(attempts) => {
                self.trying = None;
                Some(attempts)
            }
            Answer::Lost => {
                self.trying = None;
                None
            }
        }
    }
}
