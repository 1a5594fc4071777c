//! All that was counted: its columns become wider as time passes, so that there are never many.

use std::collections::VecDeque;

use super::{
    counted::{COLUMNS, Counted, Totals, steps},
    histogram,
    scale::{ROWS, row_of},
};

/// Columns at most: with twice as many as are shown, a doubling of their width leaves enough.
const COLUMNS_MAX: usize = 2 * COLUMNS;

/// Everything since the beginning.
#[derive(Clone, Debug)]
pub(super) struct Whole {
    /// Nanoseconds of a column: a power of two times a second.
    pub(super) width: u64,
    /// The number of the first column: its time divided by `width`.
    pub(super) first: u64,
    pub(super) columns: VecDeque<[u32; ROWS]>,
    pub(super) totals: Vec<Totals>,
}

impl Default for Whole {
    fn default() -> Self {
        Self { width: 1_000_000_000, first: 0, columns: VecDeque::new(), totals: Vec::new() }
    }
}

impl Whole {
    pub(super) fn add(&mut self, counted: &Counted) {
        let route = usize::from(counted.route);
        if self.totals.len() <= route {
            self.totals.resize_with(route + 1, Totals::default);
        }
        let totals = &mut self.totals[route];
        totals.count += 1;
        totals.errors += u64::from(counted.is_error);
        totals.bytes += counted.bytes;
        totals.times.add(histogram::cell(counted.took), 1);
        let index = self.make_column(counted.began);
        let row = &mut self.columns[index][row_of(counted.took)];
        *row = row.saturating_add(1);
    }

    /// The position of the column of a time, which is made if it is not there.
    fn make_column(&mut self, began: u64) -> usize {
        if self.columns.is_empty() {
            self.first = began / self.width;
        }
        loop {
            let number = began / self.width;
            let end = (self.first + self.columns.len() as u64).max(number + 1);
            let first = self.first.min(number);
            if end - first > COLUMNS_MAX as u64 {
                self.widen();
                continue;
            }
            while self.first > first {
                self.columns.push_front([0; ROWS]);
                self.first -= 1;
            }
            self.columns.resize(steps(end - first), [0; ROWS]);
            return steps(number - first);
        }
    }

    /// Makes one column of two.
    fn widen(&mut self) {
        let mut wide: VecDeque<[u32; ROWS]> = VecDeque::with_capacity(COLUMNS_MAX);
        let first = self.first / 2;
        for (column, number) in self.columns.iter().zip(self.first..) {
            let index = steps(number / 2 - first);
            if wide.len() <= index {
                wide.push_back([0; ROWS]);
            }
            for (sum, count) in wide[index].iter_mut().zip(column) {
                *sum = sum.saturating_add(*count);
            }
        }
        (self.width, self.first, self.columns) = (self.width * 2, first, wide);
    }
}
