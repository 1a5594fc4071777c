//! Times in cells whose width grows with the time, so that each is known within one per cent.

/// Cells to a doubling of the time. A cell is as wide as 1/64 of the shortest time in it or less, and stands for its
/// middle: the error is at most 1/128.
const STEPS: u64 = 64;
/// The binary logarithm of [`STEPS`].
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// The most by which a time that is told differs from the true one, in per cent of it.
pub const ERROR_PERCENT: u64 = 1;

/// The number of the cell that a time belongs to.
pub(super) fn cell(nanos: u64) -> u16 {
    let doublings = nanos.max(STEPS).ilog2() - STEP_BITS;
    // At most 57 doublings, and 127 cells.
    u16::try_from(u64::from(doublings) * STEPS + (nanos >> doublings)).unwrap_or(u16::MAX)
}

/// The time in the middle of a cell, in nanoseconds.
fn middle(cell: u16) -> u64 {
    let cell = u64::from(cell);
    let doublings = (cell / STEPS).saturating_sub(1);
    ((cell - doublings * STEPS) << doublings) + ((1 << doublings) >> 1)
}

/// How many times there were in each cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    /// The number of the first of `counts`.
    first: u16,
    counts: Vec<u32>,
    count: u64,
}

impl Histogram {
    /// Adds `count` times that belong to `cell`.
    pub(super) fn add(&mut self, cell: u16, count: u32) {
        if self.counts.is_empty() {
            self.first = cell;
        }
        if let Some(missing) = self.first.checked_sub(cell).filter(|missing| *missing > 0) {
            self.counts.splice(..0, std::iter::repeat_n(0, usize::from(missing)));
            self.first = cell;
        }
        let index = usize::from(cell - self.first);
        if index >= self.counts.len() {
            self.counts.resize(index + 1, 0);
        }
        self.counts[index] = self.counts[index].saturating_add(count);
        self.count += u64::from(count);
    }

    /// Adds all times of another one.
    pub(super) fn add_all(&mut self, other: &Self) {
        for (count, cell) in other.counts.iter().zip(other.first..) {
            if *count > 0 {
                self.add(cell, *count);
            }
        }
    }

    /// The shortest time, in nanoseconds, that at least so many per cent of all times do not exceed. `None`: there are
    /// no times.
    pub(super) fn percentile(&self, percent: u64) -> Option<u64> {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let mut below = 0;
        let mut cells = self.counts.iter().zip(self.first..);
        let (_, cell) = cells.find(|(count, _)| {
            below += u64::from(**count);
            below >= rank
        })?;
        Some(middle(cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_is_told_within_one_per_cent() {
        let mut nanos = 0_u64;
        while nanos < u64::MAX / 4 {
            let told = middle(cell(nanos));
            assert!(told.abs_diff(nanos) <= nanos / 100 * ERROR_PERCENT, "{nanos} is told as {told}");
            nanos += nanos / 256 + 1;
        }
        assert!(cell(u64::MAX) < u16::MAX);
    }

    #[test]
    fn cells_follow_each_other_without_a_gap() {
        for of in [0, 63, 64, 127, 128, 255, 256, 1_000_000] {
            let (here, next) = (cell(of), cell(of + 1));
            assert!(next == here || next == here + 1, "{of}: {here}, {next}");
        }
        for number in 0..3_000_u16 {
            assert_eq!(cell(middle(number)), number);
        }
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_times_within_one_per_cent() {
        let mut seed = 7_u64;
        let mut times: Vec<u64> = (0..10_000)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                1_000 + (seed >> 33) % (1 << ((seed >> 20) % 30 + 3))
            })
            .collect();
        let mut histogram = Histogram::default();
        for time in &times {
            histogram.add(cell(*time), 1);
        }
        times.sort_unstable();
        for (percent, rank) in [(1, 100), (50, 5_000), (90, 9_000), (99, 9_900), (100, 10_000)] {
            let exact = times[rank - 1];
            let told = histogram.percentile(percent).unwrap_or(0);
            assert!(told.abs_diff(exact) * 100 <= exact, "{percent}%: {told} for {exact}");
        }
        let mut twice = histogram.clone();
        twice.add_all(&histogram);
        assert_eq!((twice.percentile(90), twice.count), (histogram.percentile(90), 20_000));
        assert_eq!(Histogram::default().percentile(50), None);
    }
}
