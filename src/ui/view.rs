//! The state shown by bars and pages: read in one place before painting, from server, capture and settings.

use std::{collections::VecDeque, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use crate::{
    base::stream::Nanos,
    capture::Disk,
    gateway::Standing,
    server::{self, Exposure, Live, Settings, SiteChoice, TimerInfo},
    service::MiddlewareKind,
    store::Counts,
    trace::Guard,
};

use super::{
    again::model::SendAgain, captures::model::CaptureBar, command::PageId, format, notices::Notices,
    pages::Wants, under_way::UnderWay, waker::FRAME,
};
use crate::config::ThemeChoice;

/// The state shown around and on the pages.
#[allow(clippy::struct_excessive_bools, reason = "states that do not depend on each other")]
pub struct View {
    /// The address at which the server listens. `None`: stopped.
    pub address: Option<SocketAddr>,
    /// The address to open in a browser. `None`: the server is stopped.
    pub url: Option<String>,
    /// Who can reach the server, and what of it is open. `None`: the server is stopped.
    pub exposure: Option<Exposure>,
    /// The server's settings in force.
    pub settings: Arc<Settings>,
    /// The server's latest reading.
    pub live: Arc<Live>,
    /// The time now, on the clock of the trace.
    pub now: Nanos,
    /// The totals of the capture.
    pub counts: Counts,
    /// Requests answered in about the last second.
    pub rate: Rate,
    /// Whether the view is paused.
    pub paused: bool,
    /// The page shown.
    pub page: PageId,
    /// The requests of the pages to the window around them.
    pub wants: Wants,
    /// Whether the sheet of shortcuts is open.
    pub sheet_open: bool,
    /// The theme chosen.
    pub theme: ThemeChoice,
    /// Folders served before, and whether each still exists.
    pub recent: Vec<(PathBuf, bool)>,
    /// Notices, one for each topic.
    pub notices: Notices,
    /// The user's home folder. `None`: unknown.
    pub home: Option<PathBuf>,
    /// Whether the folder dialog is open.
    pub choosing: bool,
    /// The earlier sessions that can be opened, in words, the latest first.
    pub earlier: Vec<String>,
    /// The bars of captures besides the live one.
    pub bars: Vec<CaptureBar>,
    /// The state of the recording to disk.
    pub disk: Disk,
    /// Whether what left memory can be read back.
    pub reads_back: bool,
    /// How far sending a request again has got.
    pub again: SendAgain,
    /// The requests that are not done yet.
    pub under_way: UnderWay,
}

impl View {
    /// The site that is being opened, or else the one that is served.
    #[must_use]
    pub fn site_choice(&self) -> &SiteChoice {
        self.under_way.opening().unwrap_or(&self.settings.site)
    }

    /// The name of [`Self::site_choice`], with `~` for the home folder.
    #[must_use]
    pub fn site(&self) -> String {
        match self.site_choice() {
            SiteChoice::Welcome => "the welcome site".to_owned(),
            SiteChoice::Folder(folder) => format::path(folder, self.home.as_deref()),
        }
    }

    /// The timer of this kind that expires first. `None`: no such timer is running.
    #[must_use]
    pub fn timer(&self, kind: Guard) -> Option<&TimerInfo> {
        self.live.timers.iter().find(|timer| timer.kind == kind)
    }

    /// Time until the next refresh if no event arrives, for values that change by themselves. `changed`:
    /// whether this refresh found anything new. `None`: none until an event arrives.
    #[must_use]
    pub fn next_look(&self, changed: bool) -> Option<Duration> {
        let shown = |timer: &&TimerInfo| self.wants.timers || timer.kind == Guard::HeadTimeout;
        let deadlines = self.live.timers.iter().filter(shown).map(|timer| timer.deadline);
        let backends = self.live.groups.iter().flat_map(|group| &group.backends);
        let trials = backends.filter_map(|backend| match backend.standing {
            Standing::Out { until, .. } | Standing::Starting { until, .. } => {
                Some(until).filter(|until| self.wants.timers && *until > self.now)
            }
            Standing::Healthy | Standing::Tried { .. } => None,
        });
        let deadline = deadlines.chain(trials).min();
        let left = deadline.map(|deadline| deadline.saturating_sub(self.now));
        let refilling = self.settings.middleware.enabled(MiddlewareKind::RateLimit)
            && self.live.buckets.iter().any(|bucket| bucket.tokens < bucket.capacity);
        // Tenths of a second are shown below ten seconds, and whole seconds above.
        if self.under_way.waits_for_server() {
            Some(FRAME)
        } else if changed || left.is_some_and(|left| left < 10_000_000_000) {
            Some(Duration::from_millis(200))
        } else if left.is_some() {
            Some(Duration::from_secs(1))
        } else if refilling || self.rate.per_second() > 0.0 {
            Some(Duration::from_millis(500))
        } else {
            None
        }
    }
}

/// The address to open in a browser: the server's own, or loopback if it listens on all addresses.
#[must_use]
pub fn url_of(address: SocketAddr) -> String {
    format!("http://{}", server::local_address(address))
}

/// The part of a reading whose changes call for a refresh soon.
#[must_use]
pub fn digest(live: &Live) -> impl PartialEq + use<> {
    (
        live.requests,
        live.connections,
        live.routes.iter().map(|route| route.hits).sum::<u64>(),
        live.timers.clone(),
        live.buckets.clone(),
        (live.largest_head, live.largest_target, live.largest_body),
        live.log.last().map(Arc::clone),
        live.log.len(),
        live.groups.clone(),
    )
}

/// Requests per second, over about the last second.
#[derive(Clone, Debug, Default)]
pub struct Rate {
    readings: VecDeque<(Nanos, u64)>,
}

impl Rate {
    const WINDOW: u64 = 1_000_000_000;

    /// Adds a reading: `requests` had been answered at `now`.
    pub fn take(&mut self, now: Nanos, requests: u64) {
        if self.readings.back().is_some_and(|(at, count)| *at > now || *count > requests) {
            self.readings.clear();
        }
        self.readings.push_back((now, requests));
        // One reading at or before the start of the time span is kept, to measure from.
        while self.readings.len() > 2 && self.readings[1].0 + Self::WINDOW <= now {
            self.readings.pop_front();
        }
    }

    /// Requests per second. 0: no recent requests.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        let (Some(first), Some(last)) = (self.readings.front(), self.readings.back()) else { return 0.0 };
        let span = (last.0 - first.0).max(Self::WINDOW);
        #[allow(clippy::cast_precision_loss, reason = "shown as a whole number")]
        let (requests, nanos) = ((last.1 - first.1) as f64, span as f64);
        requests * 1e9 / nanos
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_and_falls_back_to_zero() {
        const MS: u64 = 1_000_000;
        let mut rate = Rate::default();
        rate.take(Nanos::ZERO, 0);
        assert!(rate.per_second() <= 0.0);
        for step in 1..=20 {
            rate.take(Nanos::new(step * 100 * MS), step * 10);
        }
        assert!((rate.per_second() - 100.0).abs() < 12.0, "{}", rate.per_second());
        rate.take(Nanos::new(4_000 * MS), 200);
        rate.take(Nanos::new(6_000 * MS), 200);
        assert!(rate.per_second() <= 0.0);
    }

    #[test]
    fn an_address_that_means_everywhere_is_opened_on_this_machine() {
        let url = |text: &str| url_of(text.parse().unwrap_or_else(|_| unreachable!("{text} is an address")));
        assert_eq!(url("0.0.0.0:80"), "http://127.0.0.1:80");
        assert_eq!(url("[::]:8080"), "http://[::1]:8080");
        assert_eq!(url("192.168.1.4:8080"), "http://192.168.1.4:8080");
    }
}
