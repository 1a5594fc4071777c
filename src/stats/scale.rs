//! The rows of the heat map: ranges of times, four to a power of ten.

use std::ops::Range;

/// Nanoseconds at which a row ends and the next one begins: 1, 1.8, 3.2 and 5.6 µs, and so on up to 560 s. Their
/// logarithms are a quarter of a power of ten apart, and each can be written down in a filter.
pub const LIMITS: [u64; 36] = limits();

/// Rows of the heat map. The first one has what is shorter than the first limit, the last one what is longer than the
/// last.
pub const ROWS: usize = LIMITS.len() + 1;

const fn limits() -> [u64; 36] {
    const QUARTERS: [u64; 4] = [10, 18, 32, 56];
    let mut limits = [0; 36];
    let (mut index, mut power) = (0, 100);
    while index < limits.len() {
        limits[index] = QUARTERS[index % 4] * power;
        index += 1;
        if index % 4 == 0 {
            power *= 10;
        }
    }
    limits
}

/// The row of a time.
pub(super) fn row_of(nanos: u64) -> usize {
    LIMITS.partition_point(|limit| *limit <= nanos)
}

/// The times of a row, in nanoseconds. The last row has no end but that of numbers.
#[must_use]
pub fn row_range(row: usize) -> Range<u64> {
    let limit = |index: usize| LIMITS.get(index).copied();
    row.checked_sub(1).and_then(limit).unwrap_or(0)..limit(row).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_meet_and_hold_their_times() {
        assert_eq!((row_range(0), row_range(1)), (0..1_000, 1_000..1_800));
        assert_eq!(row_range(ROWS - 1), 560_000_000_000..u64::MAX);
        for row in 0..ROWS {
            let range = row_range(row);
            assert_eq!((row_of(range.start), row_of(range.end - 1)), (row, row));
        }
    }
}
