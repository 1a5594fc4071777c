//! The data of the page: the rows, the filter, the selected exchange. Knows no egui.

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    capture::{Capture, LockedCapture, Look},
    filter::{Filter, FilterError},
    list::{Listing, Row, Search},
    store::{Copies, Counts, Detail, Outcome},
    trace::Mark,
    ui::contents::CaptureContents,
};

use super::{
    chosen::Chosen, counting::Counting, original::Original, resolved::ResolvedExchange, sight::Sight,
};

/// The data of the page.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) list: Listing,
    filter: Filter,
    /// What was captured, for the completion of filters.
    pub counting: Counting,
    /// The text in the filter box.
    pub filter_text: String,
    /// The mistake in `filter_text`; the last valid filter stays in force. `None`: the text is valid.
    pub filter_error: Option<FilterError>,
    rows: Vec<Row>,
    first: usize,
    requested: Range<usize>,
    /// Total number of rows.
    pub total: usize,
    /// Number of exchanges that pass the filter.
    pub matching: usize,
    /// Number of exchanges of which not all that the filter asks for could be looked at.
    pub partial: usize,
    /// For each part of the filter, how many exchanges would pass besides without it. `None`: not known.
    pub without_part: Vec<Option<u64>>,
    /// Progress of the search. `None`: not yet started with this filter.
    pub search: Option<Search>,
    /// The counts of the store.
    pub counts: Counts,
    /// The selected exchange. It stays selected when the capture removes it.
    pub selected: Option<ExchangeId>,
    resolved: Option<ResolvedExchange>,
    /// The exchange that the selected one is a copy of.
    pub original: Original,
    /// The copies of the selected exchange. `None`: it was not sent again.
    pub copies: Option<Copies>,
    /// The mark of the selected exchange. `None`: it has none.
    pub selected_mark: Option<Arc<Mark>>,
    /// The exchanges that are selected together.
    pub chosen: Chosen,
    /// The reason why the selected exchange cannot be read from disk. `None`: no error.
    pub unreadable: Option<Arc<str>>,
    /// The nodes of the trees that the user folded or unfolded.
    pub toggled: BTreeSet<String>,
    /// The time of the last refresh.
    pub now: Nanos,
    /// Whether the list is frozen.
    pub paused: bool,
    /// The version of the store that the list shows.
    seen_version: Option<u64>,
    /// The parts to refresh even if the store has not changed.
    due: Due,
    anchor: Option<(ExchangeId, usize)>,
    scroll_delta: f64,
    /// The visible rows.
    visible: Range<usize>,
    /// The selected row was visible when the filter changed: scroll to it once the list is complete.
    reveal_selected: bool,
    /// The next refresh resumes a stopped search.
    resumes_search: bool,
    /// What of the list is in sight.
    pub(super) sight: Sight,
}

/// The parts that the next refresh updates in any case.
#[derive(Debug, Default, Clone, Copy)]
struct Due {
    /// The list: the filter has changed.
    list: bool,
    /// The rows: others are visible, or a connection was folded or unfolded.
    rows: bool,
    /// The selected exchange: the selection has changed, or its explanation was postponed because of its
    /// size.
    detail: bool,
}

/// Number of rows loaded above and below the visible ones, so that scrolling finds them ready.
const MARGIN: usize = 40;
/// A growing exchange of more bytes than this is explained at most once per [`LARGE_PAUSE_NANOS`].
const LARGE_BYTES: u64 = 256 * 1024;
const LARGE_PAUSE_NANOS: u64 = 250_000_000;

impl Model {
    /// Refreshes the data. Holds the store's lock as briefly as possible.
    pub(super) fn refresh(&mut self, capture: &Capture, now: Nanos, paused: bool) {
        (self.now, self.paused) = (now, paused);
        self.counting.refresh(capture, now);
        self.list.read_with(|| Arc::new(CaptureContents(capture.clone())));
        let detail = self.update(&capture.lock());
        if let Some(detail) = detail {
            let mut resolved = ResolvedExchange::new(detail, &self.toggled, now);
            if let Some(before) = self.resolved.take() {
                resolved.keep_modes(&before);
            }
            self.resolved = Some(resolved);
        }
        let (selected, wanted) = (self.selected, self.compared_with());
        let is_it = |resolved: &&ResolvedExchange| Some(resolved.facts.detail.exchange.id) == selected;
        self.original.refresh(capture, self.resolved.as_ref().filter(is_it), wanted);
    }

    /// The selected exchange, explained. `None`: no exchange is selected, or it is not available.
    #[must_use]
    pub(super) fn resolved(&self) -> Option<&ResolvedExchange> {
        self.resolved.as_ref().filter(|resolved| Some(resolved.facts.detail.exchange.id) == self.selected)
    }

    /// The selected exchange and the folds of the trees, to change folds or the arrangement of lines.
    pub(super) fn resolved_mut(&mut self) -> Option<(&mut ResolvedExchange, &mut BTreeSet<String>)> {
        let selected = self.selected;
        let resolved =
            self.resolved.as_mut().filter(|resolved| Some(resolved.facts.detail.exchange.id) == selected)?;
        Some((resolved, &mut self.toggled))
    }

    /// Whether the selected exchange is not available (any more).
    #[must_use]
    pub(super) fn is_unavailable(&self) -> bool {
        self.selected.is_some() && self.resolved().is_none() && !self.due.detail
    }

    /// Whether another refresh is due even if nothing new is captured.
    #[must_use]
    pub(super) fn pending(&self) -> bool {
        self.due.list || self.due.rows || self.due.detail || self.chosen.is_adding()
    }

    /// Whether the search is running, so that the next frame will show more rows.
    #[must_use]
    pub(super) fn searching(&self) -> bool {
        self.list.working()
    }

    /// Stops the search for exchanges that pass the filter.
    pub(super) fn stop_search(&mut self) {
        self.list.stop();
        self.due.list = true;
    }

    /// Resumes a stopped search.
    pub(super) fn resume_search(&mut self) {
        self.resumes_search = true;
        self.due.list = true;
    }

    /// Whether to scroll to the selected row because the list has changed. Returns `true` once.
    pub(super) fn take_reveal(&mut self) -> bool {
        self.search == Some(Search::Done) && std::mem::take(&mut self.reveal_selected)
    }

    /// The row at `index`. `None`: the row is not loaded yet, see [`Self::request_rows`].
    #[must_use]
    pub(super) fn row(&self, index: usize) -> Option<&Row> {
        self.rows.get(index.checked_sub(self.first)?)
    }

    /// Sets the visible rows. Returns whether some of them are not loaded yet.
    pub(super) fn request_rows(&mut self, visible: Range<usize>) -> bool {
        let loaded = self.first..self.first + self.rows.len();
        let missing = !visible.is_empty() && (visible.start < loaded.start || visible.end > loaded.end);
        self.anchor = visible.clone().find_map(|index| match self.row(index) {
            Some(Row::Exchange { id, .. }) => Some((*id, index)),
            _ => None,
        });
        self.visible = visible.clone();
        let requested = visible.start.saturating_sub(MARGIN)..visible.end + MARGIN;
        let other_heading = self.sight.is_other(self.row(visible.start));
        self.due.rows |= missing || other_heading || self.sight.has_moved(&self.list, &visible);
        self.requested = requested;
        missing && visible.end <= self.total
    }

    /// Takes the number of rows by which the visible rows have moved down (negative: up) because others were
    /// added or removed above them.
    pub(super) fn take_scroll_delta(&mut self) -> f64 {
        std::mem::take(&mut self.scroll_delta)
    }

    /// Puts one more part into the filter box.
    pub(super) fn add_to_filter(&mut self, part: &str) {
        if !self.filter_text.trim().is_empty() {
            self.filter_text.push(' ');
        }
        self.filter_text.push_str(part);
        self.apply_filter();
    }

    /// Applies the text in the filter box.
    pub(super) fn apply_filter(&mut self) {
        match Filter::parse(&self.filter_text) {
            Ok(filter) => {
                self.reveal_selected = self.selected_row().is_some_and(|row| self.visible.contains(&row));
                self.filter = filter;
                self.choose_none();
                self.search = None;
                self.filter_error = None;
                self.due.list = true;
                self.anchor = None;
            }
            Err(error) => self.filter_error = Some(error),
        }
    }

    /// An upper bound of the visible exchange numbers.
    #[must_use]
    pub(super) fn highest_number(&self) -> u64 {
        let rows = self.rows.iter().filter_map(|row| match row {
            Row::Exchange { id, .. } => Some(id.get()),
            Row::Connection { .. } | Row::Unavailable { .. } => None,
        });
        rows.max().unwrap_or(0).max(self.counts.exchanges)
    }

    /// Whether one of the loaded rows is of an exchange that was passed on to a backend.
    #[must_use]
    pub(super) fn passed_on(&self) -> bool {
        let passed_on = |row: &Row| matches!(row, Row::Exchange { upstream, .. } if !upstream.is_empty());
        self.rows.iter().any(passed_on)
    }

    /// The part of the filter without which the most exchanges would pass, and their number. `None`: the filter has one
    /// part, or more than one of them keeps out each of the others.
    pub(super) fn part_in_the_way(&self) -> Option<(&str, u64)> {
        let counts = self.filter.parts().zip(&self.without_part);
        let known = counts.filter_map(|(part, count)| Some((part, (*count)?)));
        let (part, more) = known.max_by_key(|(_, count)| *count).filter(|(_, count)| *count > 0)?;
        Some((part, more + self.matching as u64))
    }

    /// Whether the filter lets everything pass.
    #[must_use]
    pub(super) fn unfiltered(&self) -> bool {
        self.filter.is_empty()
    }

    /// The exchanges found so far that pass the filter.
    pub(super) fn passing(&self) -> Vec<ExchangeId> {
        self.list.passing()
    }

    /// Looks at an exchange; what else is selected stays so.
    pub(super) fn look_at(&mut self, id: ExchangeId) {
        self.due.detail |= self.selected != Some(id);
        self.selected = Some(id);
    }

    /// The exchange that the selected one is compared with: the other one where two are selected, else the one that it
    /// is a copy of. `None`: there is neither.
    pub(super) fn compared_with(&self) -> Option<ExchangeId> {
        let again = || self.resolved()?.detail().exchange.again?.original();
        self.other_of_two().or_else(again)
    }

    /// Index of the selected row. `None`: the exchange is folded away, filtered out or removed.
    #[must_use]
    pub(super) fn selected_row(&self) -> Option<usize> {
        self.list.index_of(self.selected?)
    }

    /// The rows stand in another order.
    pub(super) fn order_changed(&mut self) {
        self.due.list = true;
        self.anchor = None;
        self.reveal_selected = self.selected.is_some();
    }

    /// Folds or unfolds a connection.
    pub(super) fn set_folded(&mut self, conn: ConnId, folded: bool) {
        self.list.set_folded(conn, folded);
        self.due.rows = true;
    }

    /// Updates the list from the store. Returns the detail of the selected exchange if it has changed.
    fn update(&mut self, store: &LockedCapture<'_>) -> Option<Detail> {
        self.counts = store.counts();
        let mut due = std::mem::take(&mut self.due);
        let news =
            self.seen_version != Some(store.version()) && !(self.paused && self.seen_version.is_some());
        if news || due.list || self.searching() {
            if std::mem::take(&mut self.resumes_search) {
                self.list.resume(store);
            }
            self.list.update(store, &self.filter);
            self.search = Some(self.list.search());
            self.seen_version = Some(store.version());
            due.rows = true;
        }
        if due.rows {
            let at_end = self.visible.end >= self.total && self.follows();
            self.total = self.list.len();
            self.matching = self.list.matching();
            self.partial = self.list.partial();
            self.without_part = self.list.without_part();
            self.follow_anchor();
            self.sight.look(&self.list, &self.visible);
            // A view at the end shows the new end, so the rows there are loaded as well.
            let count = self.requested.len().max(2 * MARGIN);
            let last = self.total.saturating_sub(count);
            self.first = if at_end { last } else { self.requested.start.min(last) };
            self.rows = self.list.rows(store, self.first..(self.first + count).min(self.total));
            self.sight.take_heading(
                &self.list,
                store,
                self.rows.get(self.visible.start.saturating_sub(self.first)),
            );
        }
        let before = self.selected;
        if self.counts.kept == 0 && !self.paused {
            self.selected = None;
        } else if self.selected.is_none() {
            self.selected = self.list.first();
        }
        self.copies = self.selected.and_then(|id| store.copies(id));
        self.selected_mark = self.selected.and_then(|id| store.mark(id).cloned());
        self.chosen.refresh(store);
        (news || due.detail || self.selected != before).then(|| self.changed_detail(store)).flatten()
    }

    fn changed_detail(&mut self, store: &LockedCapture<'_>) -> Option<Detail> {
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
                // The reader wakes the window when the exchange has been read.
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

    /// Keeps the visible rows in place when rows above them are added or removed.
    fn follow_anchor(&mut self) {
        if let Some((id, index)) = self.anchor
            && let Some(now) = self.list.index_of(id)
        {
            self.scroll_delta += now as f64 - index as f64;
            self.anchor = Some((id, now));
        }
    }
}

/// A move of the selection in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// By this number of exchanges down; up if negative.
    By(i64),
    /// To the first exchange.
    First,
    /// To the last exchange.
    Last,
}

/// Whether the time in a row with this outcome is running.
#[must_use]
pub(super) fn is_running(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::HeadIncomplete | Outcome::BodyIncomplete | Outcome::Answering)
}
