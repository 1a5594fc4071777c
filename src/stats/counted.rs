//! What is counted, and what it adds up to.

use super::histogram::Histogram;

/// Columns of a window of time.
pub(super) const COLUMNS: usize = 60;

/// A [`Sample`](super::Sample) whose route has a number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) began: u64,
    pub(super) took: u64,
    pub(super) route: u8,
    pub(super) is_error: bool,
    pub(super) bytes: u64,
}

/// What was counted of a route.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    pub(super) count: u64,
    pub(super) errors: u64,
    pub(super) bytes: u64,
    /// Exchanges that are not in `times`.
    pub(super) untold: u64,
    pub(super) times: Histogram,
}

/// A difference of numbers of columns, none of which is far from another one.
pub(super) fn steps(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
