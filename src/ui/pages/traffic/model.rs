//! What the page knows: the rows, the filter, the selected exchange. Knows no egui.

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use crate::{
    base::stream::{ConnId, ExchangeId},
    capture::{Capture, LockedCapture, Look},
    filter::{Filter, FilterError},
    list::{Listing, Row, Search},
    store::{Counts, Detail, Outcome},
    trace::Nanos,
};

use super::resolved::ResolvedExchange;

/// What the page knows.
#[derive(Debug, Default)]
pub(super) struct Model {
    list: Listing,
    filter: Filter,
    /// What stands in the filter box.
    pub filter_text: String,
    /// Why it cannot be understood; then the filter before it stays in force.
    pub filter_error: Option<FilterError>,
    rows: Vec<Row>,
    first: usize,
    wanted: Range<usize>,
    /// Number of rows in all.
    pub total: usize,
    /// Number of exchanges that the filter lets pass.
    pub matching: usize,
    /// How far the list is. `None`: nothing was looked at with this filter yet.
    pub search: Option<Search>,
    /// The sums of the store.
    pub counts: Counts,
    /// The exchange that is looked at, or was, if it has left.
    pub selected: Option<ExchangeId>,
    resolved: Option<ResolvedExchange>,
    /// Why the exchange that is selected cannot be read from disk. `None`: nothing is wrong with it.
    pub unreadable: Option<Arc<str>>,
    /// The folds of the trees.
    pub toggled: BTreeSet<String>,
    /// The time of the latest look.
    pub now: Nanos,
    /// The list stays as it is.
    pub paused: bool,
    /// The version of the store that the list shows.
    seen: Option<u64>,
    /// What is to be looked up even if the store has not changed.
    due: Due,
    anchor: Option<(ExchangeId, usize)>,
    moved: f64,
    /// The rows that can be seen.
    visible: Range<usize>,
    /// The selected row could be seen when the filter changed: show it when the list is there.
    keep_in_sight: bool,
    /// Go on with a search that was stopped.
    resumes_search: bool,
}

/// What the next look is about.
#[derive(Debug, Default, Clone, Copy)]
struct Due {
    /// The arrangement: the filter has changed.
    list: bool,
    /// The rows: others can be seen, or some are folded.
    rows: bool,
    /// The exchange that is looked at: it is another, or was too large to be explained so soon.
    detail: bool,
}

/// Rows that are looked up beyond those that can be seen, so that a scroll finds them ready.
const MARGIN: usize = 40;
/// An exchange of more bytes than this that is still growing is explained again only so often.
const LARGE_BYTES: u64 = 256 * 1024;
const LARGE_PAUSE_NANOS: Nanos = 250_000_000;

impl Model {
    /// Brings everything up to date. Takes the store's lock for as short as it can.
    pub(super) fn refresh(&mut self, capture: &Capture, now: Nanos, paused: bool) {
        (self.now, self.paused) = (now, paused);
        let detail = self.look(&capture.lock());
        if let Some(detail) = detail {
            let mut resolved = ResolvedExchange::new(detail, &self.toggled, now);
            if let Some(before) = self.resolved.take() {
                resolved.keep_modes(&before);
            }
            self.resolved = Some(resolved);
        }
    }

    /// The exchange that is looked at. `None`: none is, or it has left the capture.
    #[must_use]
    pub(super) fn resolved(&self) -> Option<&ResolvedExchange> {
        self.resolved.as_ref().filter(|resolved| Some(resolved.facts.detail.exchange.id) == self.selected)
    }

    /// The selected exchange, to change what is folded or how lines are arranged, with the folds.
    pub(super) fn resolved_mut(&mut self) -> Option<(&mut ResolvedExchange, &mut BTreeSet<String>)> {
        let selected = self.selected;
        let resolved =
            self.resolved.as_mut().filter(|resolved| Some(resolved.facts.detail.exchange.id) == selected)?;
        Some((resolved, &mut self.toggled))
    }

    /// Whether an exchange is selected that is not there (any more).
    #[must_use]
    pub(super) fn gone(&self) -> bool {
        self.selected.is_some() && self.resolved().is_none() && !self.due.detail
    }

    /// Whether another look is due even if nothing new happens.
    #[must_use]
    pub(super) fn pending(&self) -> bool {
        self.due.list || self.due.rows || self.due.detail
    }

    /// Whether the list is still being arranged, so that the next frame will show more of it.
    #[must_use]
    pub(super) fn searching(&self) -> bool {
        self.list.working()
    }

    /// Stops looking for what passes the filter.
    pub(super) fn stop_search(&mut self) {
        self.list.stop();
        self.due.list = true;
    }

    /// Goes on with a search that was stopped.
    pub(super) fn resume_search(&mut self) {
        self.resumes_search = true;
        self.due.list = true;
    }

    /// Whether the selected row is to be shown because the list around it is another. Asked once.
    pub(super) fn take_reveal(&mut self) -> bool {
        self.search == Some(Search::Done) && std::mem::take(&mut self.keep_in_sight)
    }

    /// The row at `index`. `None`: it is not loaded yet, see [`Self::request_rows`].
    #[must_use]
    pub(super) fn row(&self, index: usize) -> Option<&Row> {
        self.rows.get(index.checked_sub(self.first)?)
    }

    /// Says which rows can be seen. Returns whether some are still to be loaded.
    pub(super) fn request_rows(&mut self, visible: Range<usize>) -> bool {
        let loaded = self.first..self.first + self.rows.len();
        let missing = !visible.is_empty() && (visible.start < loaded.start || visible.end > loaded.end);
        self.anchor = visible.clone().find_map(|index| match self.row(index) {
            Some(Row::Exchange { id, .. }) => Some((*id, index)),
            _ => None,
        });
        self.visible = visible.clone();
        let wanted = visible.start.saturating_sub(MARGIN)..visible.end + MARGIN;
        self.due.rows |= missing;
        self.wanted = wanted;
        missing && visible.end <= self.total
    }

    /// How many rows moved up (negative) or down since the last look because others left or came
    /// above them. Asked once.
    pub(super) fn take_scroll_delta(&mut self) -> f64 {
        std::mem::take(&mut self.moved)
    }

    /// Takes over what stands in the filter box.
    pub(super) fn apply_filter(&mut self) {
        match Filter::parse(&self.filter_text) {
            Ok(filter) => {
                self.keep_in_sight = self.selected_row().is_some_and(|row| self.visible.contains(&row));
                self.filter = filter;
                self.search = None;
                self.filter_error = None;
                self.due.list = true;
                self.anchor = None;
            }
            Err(error) => self.filter_error = Some(error),
        }
    }

    /// At least as high as the number of any exchange that can be seen.
    #[must_use]
    pub(super) fn highest_number(&self) -> u64 {
        let rows = self.rows.iter().filter_map(|row| match row {
            Row::Exchange { id, .. } => Some(id.get()),
            Row::Connection { .. } | Row::Left { .. } => None,
        });
        rows.max().unwrap_or(0).max(self.counts.exchanges)
    }

    /// Whether the filter lets everything pass.
    #[must_use]
    pub(super) fn unfiltered(&self) -> bool {
        self.filter.is_empty()
    }

    /// The exchanges that pass the filter, as far as they were found.
    pub(super) fn passing(&self) -> Vec<ExchangeId> {
        self.list.passing()
    }

    /// Looks at this exchange from now on.
    pub(super) fn select(&mut self, id: ExchangeId) {
        self.due.detail |= self.selected != Some(id);
        self.selected = Some(id);
    }

    /// Looks at the exchange so many exchanges further down, or at an end of the list. Returns
    /// whether that is another one.
    pub(super) fn step(&mut self, step: Step) -> bool {
        let next = match step {
            Step::By(by) => self.list.neighbour(self.selected, by),
            Step::First => self.list.first(),
            Step::Last => self.list.neighbour(None, 0),
        };
        let other = next.is_some() && next != self.selected;
        if let Some(next) = next.filter(|_| other) {
            self.select(next);
        }
        other
    }

    /// The row of the selected exchange. `None`: it is folded away, filtered out or gone.
    #[must_use]
    pub(super) fn selected_row(&self) -> Option<usize> {
        self.list.index_of(self.selected?)
    }

    /// Folds a connection away, or shows it again.
    pub(super) fn set_folded(&mut self, conn: ConnId, folded: bool) {
        self.list.set_folded(conn, folded);
        self.due.rows = true;
    }

    /// Takes from the store what is new. Returns the detail of the selected exchange if it changed.
    fn look(&mut self, store: &LockedCapture<'_>) -> Option<Detail> {
        self.counts = store.counts();
        let mut due = std::mem::take(&mut self.due);
        let news = self.seen != Some(store.version()) && !(self.paused && self.seen.is_some());
        if news || due.list || self.searching() {
            if std::mem::take(&mut self.resumes_search) {
                self.list.resume(store);
            }
            self.list.update(store, &self.filter);
            self.search = Some(self.list.search());
            self.seen = Some(store.version());
            due.rows = true;
        }
        if due.rows {
            let at_end = self.visible.end >= self.total;
            self.total = self.list.len();
            self.matching = self.list.matching();
            self.follow_anchor();
            // Whoever sees the end will see the new end; and what is further down than the end is there, too.
            let count = self.wanted.len().max(2 * MARGIN);
            let last = self.total.saturating_sub(count);
            self.first = if at_end { last } else { self.wanted.start.min(last) };
            self.rows = self.list.rows(store, self.first..(self.first + count).min(self.total));
        }
        let before = self.selected;
        if self.counts.kept == 0 && !self.paused {
            self.selected = None;
        } else if self.selected.is_none() {
            self.selected = self.list.first();
        }
        (news || due.detail || self.selected != before).then(|| self.detail(store)).flatten()
    }

    fn detail(&mut self, store: &LockedCapture<'_>) -> Option<Detail> {
        let id = self.selected?;
        let same = self.resolved.as_ref().filter(|resolved| resolved.facts.detail.exchange.id == id);
        if let Some(same) = same {
            let exchange = &same.facts.detail.exchange;
            let large =
                exchange.response_bytes() + exchange.request.end - exchange.request.start > LARGE_BYTES;
            if self.paused {
                return None;
            }
            if large && same.in_flight() && self.now.saturating_sub(same.explained) < LARGE_PAUSE_NANOS {
                self.due.detail = true;
                return None;
            }
        }
        self.unreadable = None;
        let detail = match store.look(id) {
            Look::Here(detail) => *detail,
            Look::BeingRead => {
                // The reader wakes the window when it is here.
                self.due.detail = true;
                return None;
            }
            Look::Failed(why) => {
                self.resolved = None;
                self.unreadable = Some(why.to_string().into());
                return None;
            }
            Look::Gone => {
                if !self.paused {
                    self.resolved = None;
                }
                return None;
            }
        };
        (same.map(|same| same.facts.detail.version) != Some(detail.version)).then_some(detail)
    }

    /// Keeps the rows that can be seen in their place when rows above them leave.
    fn follow_anchor(&mut self) {
        if let Some((id, index)) = self.anchor
            && let Some(now) = self.list.index_of(id)
        {
            self.moved += now as f64 - index as f64;
            self.anchor = Some((id, now));
        }
    }
}

/// Where to go in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A number of exchanges down; up, if negative.
    By(i64),
    /// To the first.
    First,
    /// To the last.
    Last,
}

/// Whether time goes on in a row with this outcome, as long as its connection is open.
#[must_use]
pub(super) fn ticks(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::HeadIncomplete | Outcome::BodyIncomplete | Outcome::Answering)
}
