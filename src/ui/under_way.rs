//! Requests to the server or the disk that are not done yet.

use std::net::SocketAddr;

use crate::{
    base::stream::Nanos,
    server::{Answer, Pending, Preview, Revision, SiteChoice, StartError},
};

/// Time in nanoseconds after which settings that are not in force yet are shown as being applied.
const APPLYING_SHOWN_AFTER: u64 = 150_000_000;

/// The requests without an answer. A newer request of a kind replaces an older one.
#[derive(Debug, Default)]
pub struct UnderWay {
    opening: Option<SiteChoice>,
    /// Number of the last site to be opened.
    openings: u64,
    listening: Option<Listening>,
    stopping: Option<Pending<()>>,
    trying: Option<Pending<Preview>>,
    /// The time at which settings changed that are not in force yet. `None`: all are in force.
    changed: Option<Nanos>,
    now: Nanos,
}

#[derive(Debug)]
struct Listening {
    address: SocketAddr,
    pending: Pending<Result<SocketAddr, StartError>>,
    /// Whether to use the port after a restart.
    remember: bool,
}

/// The result of listening: the requested address, the server's answer, and whether to remember the port.
type Listened = (SocketAddr, Answer<Result<SocketAddr, StartError>>, bool);

impl UnderWay {
    /// The site that is being opened. `None`: no site.
    #[must_use]
    pub const fn opening(&self) -> Option<&SiteChoice> {
        self.opening.as_ref()
    }

    /// The address at which the server is about to listen. `None`: no change.
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

    /// Whether an answer of the server is due, so that the window has to check again soon.
    #[must_use]
    pub const fn waits_for_server(&self) -> bool {
        self.listening.is_some() || self.stopping.is_some() || self.trying.is_some() || self.changed.is_some()
    }

    /// Whether any request is not done yet.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.waits_for_server() || self.opening.is_some()
    }

    /// Notes that a site is being opened. Returns its number, for [`Self::opened`].
    pub(super) fn open(&mut self, site: SiteChoice) -> u64 {
        self.opening = Some(site);
        self.openings += 1;
        self.openings
    }

    /// Notes that site `number` is open or cannot be opened. Returns whether it is still wanted, since
    /// another site may have been requested in the meantime.
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

    pub(super) fn preview(&mut self, pending: Pending<Preview>) {
        self.trying = Some(pending);
    }

    /// Notes the revision of the settings that was set last, and the one in force.
    pub(super) fn settings(&mut self, set: Revision, in_force: Revision, now: Nanos) {
        self.now = now;
        self.changed = (in_force < set).then(|| self.changed.unwrap_or(now));
    }

    /// The result of listening. `None`: no result yet, or no request.
    pub(super) fn take_listened(&mut self) -> Option<Listened> {
        let answer = self.listening.as_ref()?.pending.poll();
        if matches!(answer, Answer::Waiting) {
            return None;
        }
        self.listening.take().map(|listening| (listening.address, answer, listening.remember))
    }

    /// Notes that the server has stopped.
    pub(super) fn take_stopped(&mut self) {
        self.stopping.take_if(|pending| !matches!(pending.poll(), Answer::Waiting));
    }

    /// What would be made of the last request of "Try a target". `None`: no answer yet, or no question.
    pub(super) fn take_preview(&mut self) -> Option<Preview> {
        match self.trying.as_ref()?.poll() {
            Answer::Waiting => None,
            Answer::Given(preview) => {
                self.trying = None;
                Some(preview)
            }
            Answer::Lost => {
                self.trying = None;
                None
            }
        }
    }
}
