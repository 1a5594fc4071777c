//! The data of the page: the filter, what was counted, the burst that is laid out. Knows no egui.

use std::sync::Arc;

use crate::{
    base::stream::Nanos,
    capture::Capture,
    filter::{Filter, FilterError},
    list::{Listing, Search},
    stats::{Heat, RouteRow, Sheet, Table, Window},
    ui::contents::CaptureContents,
};

use super::burst::Shown;

/// A column of the table by which it is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SortBy {
    Route,
    Count,
    Errors,
    Bytes,
    /// The percentile at this position.
    Percentile(usize),
}

/// How many exchanges the numbers cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Coverage {
    /// Exchanges that were counted.
    pub counted: u64,
    /// Exchanges that ended and are not counted, since they had left before.
    pub lost: u64,
    /// Exchanges that are still kept, in memory or on disk.
    pub kept: u64,
    /// Exchanges that have left.
    pub left: u64,
}

/// The data of the page.
#[derive(Debug)]
pub(super) struct Model {
    /// The text in the filter box.
    pub filter_text: String,
    /// The mistake in `filter_text`; the last valid filter stays in force. `None`: the text is valid.
    pub filter_error: Option<FilterError>,
    filter: Filter,
    /// The exchanges that match the filter. Not used without one.
    listing: Listing,
    /// The time that is looked at.
    pub window: Window,
    /// The column that the table is sorted by, and whether the largest comes first.
    pub sort: (SortBy, bool),
    /// What was counted by route, sorted.
    pub table: Table,
    /// What was counted over time.
    pub heat: Heat,
    /// The end of the time that is looked at.
    pub end: Nanos,
    pub coverage: Coverage,
    /// The burst that is laid out.
    pub shown: Shown,
    /// Whether the live capture is shown.
    is_live: bool,
    /// Whether the next refresh looks again although nothing came.
    is_due: bool,
    /// The version of the store, and the second, of the last look.
    seen: Option<(u64, u64)>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            filter_text: String::new(),
            filter_error: None,
            filter: Filter::default(),
            listing: Listing::counting(),
            window: Window::default(),
            sort: (SortBy::Percentile(2), true),
            table: Table::default(),
            heat: Heat::default(),
            end: Nanos::ZERO,
            coverage: Coverage::default(),
            shown: Shown::default(),
            is_live: true,
            is_due: false,
            seen: None,
        }
    }
}

impl Model {
    /// Brings the data up to date. If `paused`, only reacts to the user's choices.
    pub(super) fn refresh(&mut self, capture: &Capture, now: Nanos, paused: bool) {
        let store = capture.lock();
        let second = if self.window == Window::All { 0 } else { now.get() / 1_000_000_000 };
        let news = self.seen != Some((store.version(), second)) && !(paused && self.seen.is_some());
        if !news && !self.is_due && !self.working() && !self.shown.is_due() {
            return;
        }
        self.is_due = false;
        self.seen = Some((store.version(), second));
        if !self.filter.is_empty() {
            self.listing.read_with(|| Arc::new(CaptureContents(capture.clone())));
            self.listing.update(&store, &self.filter);
        }
        let counts = store.counts();
        let counted = if self.filter.is_empty() {
            Some(self.look(store.sheet(), now))
        } else {
            self.listing.counted(|sheet| self.look(sheet, now))
        };
        let Some((end, table, heat, counted)) = counted else { return };
        (self.end, self.heat, self.table) = (end, heat, table);
        self.sort_rows();
        self.coverage =
            Coverage { counted, lost: store.sheet().lost(), kept: counts.kept, left: counts.evicted };
        self.shown.refresh(&store, &self.filter, &self.listing, now);
    }

    /// The end of the window, what was counted in it by route and over time, and how many exchanges in all.
    fn look(&self, sheet: &Sheet, now: Nanos) -> (Nanos, Table, Heat, u64) {
        let latest = sheet.time().map_or(Nanos::ZERO, |(_, latest)| latest);
        let end = if self.is_live { now.max(latest) } else { latest };
        (end, sheet.table(self.window, end), sheet.heat(self.window, end), sheet.count())
    }

    /// Applies the text in the filter box.
    pub(super) fn apply_filter(&mut self) {
        match Filter::parse(&self.filter_text) {
            Ok(filter) => {
                (self.filter, self.filter_error) = (filter, None);
                self.is_due = true;
            }
            Err(error) => self.filter_error = Some(error),
        }
    }

    /// Whether the filter lets everything pass.
    pub(super) fn unfiltered(&self) -> bool {
        self.filter.is_empty()
    }

    /// Looks at another window of time.
    pub(super) fn set_window(&mut self, window: Window) {
        (self.window, self.is_due) = (window, true);
    }

    /// Takes in whether the live capture is shown.
    pub(super) fn set_live(&mut self, is_live: bool) {
        self.is_due |= self.is_live != is_live;
        self.is_live = is_live;
    }

    /// Whether the live capture is shown.
    pub(super) const fn is_live(&self) -> bool {
        self.is_live
    }

    /// Sorts the table by a column; by the same one again the other way round.
    pub(super) fn sort_by(&mut self, by: SortBy) {
        self.sort = (by, if self.sort.0 == by { !self.sort.1 } else { by != SortBy::Route });
        self.sort_rows();
    }

    fn sort_rows(&mut self) {
        let (by, descending) = self.sort;
        let number = |row: &RouteRow| match by {
            SortBy::Route => 0,
            SortBy::Count => row.count,
            SortBy::Errors => row.errors,
            SortBy::Bytes => row.bytes,
            SortBy::Percentile(index) => row.percentiles[index],
        };
        self.table.rows.sort_by(|one, other| {
            let by_name = one.route.cmp(&other.route);
            let order = number(one).cmp(&number(other));
            if by == SortBy::Route {
                if descending { by_name.reverse() } else { by_name }
            } else {
                (if descending { order.reverse() } else { order }).then(by_name)
            }
        });
    }

    /// Whether the numbers change as time passes, though nothing arrives.
    pub(super) fn moves_on(&self) -> bool {
        self.is_live && (self.window != Window::All && self.table.sum.is_some() || self.shown.is_running())
    }

    /// Whether the filter is still being applied.
    pub(super) fn working(&self) -> bool {
        !self.filter.is_empty() && self.listing.working()
    }

    /// The progress of the filter. `None`: there is none, or it was applied to everything.
    pub(super) fn search(&self) -> Option<Search> {
        let search = (!self.filter.is_empty()).then(|| self.listing.search());
        search.filter(|search| *search != Search::Done)
    }

    /// Whether a refresh is asked for.
    pub(super) const fn is_due(&self) -> bool {
        self.is_due || self.shown.is_due()
    }
}
