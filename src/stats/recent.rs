//! What began lately: a column for each step of time, which leaves when it is too old.

use std::{collections::VecDeque, ops::Range};

use super::{
    counted::{COLUMNS, Counted, Totals, steps},
    histogram,
    scale::{ROWS, row_of},
};

/// Pairs of route and time that a column tells apart at most. What has none of them is counted, but not in percentiles.
const PAIRS: usize = 4_096;

/// What began in one step of time.
#[derive(Clone, Debug)]
struct Column {
    heat: [u32; ROWS],
    /// The number of times for each route and cell of the histogram, ascending.
    pairs: Vec<((u8, u16), u32)>,
    /// Exchanges, errors and bytes of each route, and the exchanges that no pair counts.
    sums: Vec<[u64; 4]>,
}

impl Default for Column {
    fn default() -> Self {
        Self { heat: [0; ROWS], pairs: Vec::new(), sums: Vec::new() }
    }
}

impl Column {
    fn add(&mut self, counted: &Counted) {
        let row = &mut self.heat[row_of(counted.took)];
        *row = row.saturating_add(1);
        let key = (counted.route, histogram::cell(counted.took));
        let is_counted = match self.pairs.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(index) => {
                self.pairs[index].1 = self.pairs[index].1.saturating_add(1);
                true
            }
            Err(index) if self.pairs.len() < PAIRS => {
                self.pairs.insert(index, (key, 1));
                true
            }
            Err(_) => false,
        };
        let route = usize::from(counted.route);
        if self.sums.len() <= route {
            self.sums.resize(route + 1, [0; 4]);
        }
        let sums = &mut self.sums[route];
        sums[0] += 1;
        sums[1] += u64::from(counted.is_error);
        sums[2] += counted.bytes;
        sums[3] += u64::from(!is_counted);
    }
}

/// The latest columns, of which there are at most [`COLUMNS`].
#[derive(Clone, Debug)]
pub(super) struct Recent {
    /// Nanoseconds of a column.
    pub(super) width: u64,
    /// The number of the first column: its time divided by `width`.
    first: u64,
    columns: VecDeque<Column>,
}

impl Recent {
    pub(super) const fn new(width: u64) -> Self {
        Self { width, first: 0, columns: VecDeque::new() }
    }

    /// Counts an exchange, unless it began before what is kept.
    pub(super) fn add(&mut self, counted: &Counted) {
        let number = counted.began / self.width;
        let most = COLUMNS as u64;
        let end = self.first + self.columns.len() as u64;
        if self.columns.is_empty() || number >= end + most {
            self.columns.clear();
            self.first = number;
        }
        let end = self.first + self.columns.len() as u64;
        if number + most < end {
            return;
        }
        while number < self.first {
            self.columns.push_front(Column::default());
            self.first -= 1;
        }
        while number >= self.first + self.columns.len() as u64 {
            self.columns.push_back(Column::default());
        }
        while self.columns.len() > COLUMNS {
            self.columns.pop_front();
            self.first += 1;
        }
        if let Some(column) = number.checked_sub(self.first).and_then(|at| self.columns.get_mut(steps(at))) {
            column.add(counted);
        }
    }

    /// The numbers of the columns that are shown at the time `end`.
    pub(super) fn shown(&self, end: u64) -> Range<u64> {
        let end = end / self.width + 1;
        end.saturating_sub(COLUMNS as u64)..end
    }

    fn column(&self, number: u64) -> Option<&Column> {
        self.columns.get(steps(number.checked_sub(self.first)?))
    }

    /// The heat of the columns that are shown at the time `end`.
    pub(super) fn heat(&self, end: u64) -> Vec<[u32; ROWS]> {
        self.shown(end).map(|number| self.column(number).map_or([0; ROWS], |column| column.heat)).collect()
    }

    /// Adds up what began in the columns that are shown at the time `end`, by route.
    pub(super) fn totals(&self, end: u64, totals: &mut Vec<Totals>) {
        for column in self.shown(end).filter_map(|number| self.column(number)) {
            if totals.len() < column.sums.len() {
                totals.resize_with(column.sums.len(), Totals::default);
            }
            for (totals, [count, errors, bytes, untold]) in totals.iter_mut().zip(&column.sums) {
                totals.count += count;
                totals.errors += errors;
                totals.bytes += bytes;
                totals.untold += untold;
            }
            for (key, count) in &column.pairs {
                totals[usize::from(key.0)].times.add(key.1, *count);
            }
        }
    }
}
