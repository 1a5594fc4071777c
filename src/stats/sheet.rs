//! The sheet: what was counted, by route and over time.

use std::ops::Range;

use crate::base::{
    closed_list::{closed_list, keyed},
    shared_text::SharedText,
    stream::Nanos,
};

use super::{
    counted::{Counted, Totals},
    recent::Recent,
    route::RouteNames,
    scale::ROWS,
    whole::Whole,
};

/// A row of the table of windows.
#[derive(Clone, Copy, Debug)]
pub struct WindowFacts {
    /// The stable name.
    pub key: &'static str,
    /// The words on its button.
    pub title: &'static str,
}

closed_list! {
    /// The time that is looked at.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Window: pub WindowFacts {
        /// What began in the last minute, by the second.
        Minute { key: "minute", title: "Last minute" },
        /// What began in the last ten minutes, by ten seconds.
        TenMinutes { key: "ten-minutes", title: "10 min" },
        /// All that was counted.
        #[default]
        All { key: "all", title: "All" },
    }
}

keyed!(Window);

/// What is counted of an exchange that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// When its first byte arrived.
    pub began: Nanos,
    /// Nanoseconds from that byte to the end.
    pub took: u64,
    /// The name of its route.
    pub route: &'a str,
    /// Whether it was refused or cut off, or answered with 400 and above.
    pub is_error: bool,
    /// Bytes of the response.
    pub bytes: u64,
}

/// Exchanges that were counted as they ended. Its memory has a bound, whatever was counted.
#[derive(Clone, Debug)]
pub struct Sheet {
    routes: RouteNames,
    minute: Recent,
    ten_minutes: Recent,
    all: Whole,
    count: u64,
    /// When the first and the latest exchange began.
    time: Option<(Nanos, Nanos)>,
    lost: u64,
}

impl Default for Sheet {
    fn default() -> Self {
        const SECOND: u64 = 1_000_000_000;
        Self {
            routes: RouteNames::default(),
            minute: Recent::new(SECOND),
            ten_minutes: Recent::new(10 * SECOND),
            all: Whole::default(),
            count: 0,
            time: None,
            lost: 0,
        }
    }
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRow {
    /// The name of the route. Empty: the sum of all.
    pub route: SharedText,
    /// Number of exchanges.
    pub count: u64,
    /// Number of errors.
    pub errors: u64,
    /// Bytes of all responses.
    pub bytes: u64,
    /// The 50th, 90th and 99th percentile of the time that an exchange took, in nanoseconds.
    pub percentiles: [u64; 3],
}

/// What was counted in a time, by route.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The routes, in the order in which they were met.
    pub rows: Vec<RouteRow>,
    /// Their sum. `None`: there are none.
    pub sum: Option<RouteRow>,
    /// Exchanges that the percentiles leave out, because there were too many different times in a moment.
    pub untold: u64,
}

/// How many exchanges began in each step of time, by the time that they took.
#[derive(Clone, Debug, Default)]
pub struct Heat {
    /// When the first column begins, in nanoseconds.
    pub start: u64,
    /// Nanoseconds of a column.
    pub width: u64,
    /// The columns, each with its rows from the shortest to the longest time: see [`super::row_range`].
    pub columns: Vec<[u32; ROWS]>,
}

impl Heat {
    /// The rows that have exchanges. Empty: there are none.
    #[must_use]
    pub fn rows(&self) -> Range<usize> {
        let has = |row: &usize| self.columns.iter().any(|column| column[*row] > 0);
        let first = (0..ROWS).find(has);
        first.map_or(0..0, |first| first..(first..ROWS).rev().find(has).map_or(first, |last| last) + 1)
    }

    /// The most exchanges in a cell.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.columns.iter().flatten().copied().max().unwrap_or(0)
    }

    /// The time of a column, in nanoseconds.
    #[must_use]
    pub const fn time(&self, column: usize) -> Range<u64> {
        let start = self.start + self.width * column as u64;
        start..start + self.width
    }
}

impl Sheet {
    /// Counts an exchange that has ended.
    pub fn add(&mut self, sample: &Sample<'_>) {
        let counted = Counted {
            began: sample.began.get(),
            took: sample.took,
            route: self.routes.index(sample.route),
            is_error: sample.is_error,
            bytes: sample.bytes,
        };
        self.minute.add(&counted);
        self.ten_minutes.add(&counted);
        self.all.add(&counted);
        self.count += 1;
        let (first, last) = self.time.unwrap_or((sample.began, sample.began));
        self.time = Some((first.min(sample.began), last.max(sample.began)));
    }

    /// Takes in that an exchange ended of which nothing is known any more.
    pub const fn lose(&mut self) {
        self.lost += 1;
    }

    /// Number of exchanges that were counted.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Number of exchanges that ended after they had left memory without having been recorded, and are not counted.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }

    /// When the first and the latest of the exchanges began. `None`: none was counted.
    #[must_use]
    pub const fn time(&self) -> Option<(Nanos, Nanos)> {
        self.time
    }

    /// What began in a window of time that ends at `end`, by route.
    #[must_use]
    pub fn table(&self, window: Window, end: Nanos) -> Table {
        let mut summed = Vec::new();
        match window {
            Window::Minute => self.minute.totals(end.get(), &mut summed),
            Window::TenMinutes => self.ten_minutes.totals(end.get(), &mut summed),
            Window::All => {}
        }
        let all = if window == Window::All { &self.all.totals } else { &summed };
        let (mut table, mut sum) = (Table::default(), Totals::default());
        for (totals, index) in all.iter().zip(0..) {
            if totals.count == 0 {
                continue;
            }
            sum.count += totals.count;
            sum.errors += totals.errors;
            sum.bytes += totals.bytes;
            sum.times.add_all(&totals.times);
            table.untold += totals.untold;
            table.rows.push(row(self.routes.shared(index), totals));
        }
        table.sum = (sum.count > 0).then(|| row(SharedText::default(), &sum));
        table
    }

    /// The heat map of a window of time that ends at `end`.
    #[must_use]
    pub fn heat(&self, window: Window, end: Nanos) -> Heat {
        let recent = match window {
            Window::Minute => &self.minute,
            Window::TenMinutes => &self.ten_minutes,
            Window::All => {
                let Whole { width, first, ref columns, .. } = self.all;
                return Heat { start: first * width, width, columns: columns.iter().copied().collect() };
            }
        };
        let start = recent.shown(end.get()).start * recent.width;
        Heat { start, width: recent.width, columns: recent.heat(end.get()) }
    }
}

fn row(route: SharedText, totals: &Totals) -> RouteRow {
    let percentiles = [50, 90, 99].map(|percent| totals.times.percentile(percent).unwrap_or(0));
    let Totals { count, errors, bytes, .. } = *totals;
    RouteRow { route, count, errors, bytes, percentiles }
}

#[cfg(test)]
mod tests;
