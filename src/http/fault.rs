//! A broken rule as a reader inside a machine sees it: with offsets into the slice that it reads.

use std::ops::Range;

use super::rule::{Rule, Violation};

/// A broken rule, its place counted from the first byte of the slice that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The rule.
    pub rule: Rule,
    /// The bytes at fault.
    pub range: Range<usize>,
    /// The byte that was found where another was expected. `None`: the fault is not one byte.
    pub found: Option<u8>,
}

impl Fault {
    /// The byte `found` at index `at` breaks `rule`.
    pub(super) const fn byte(rule: Rule, at: usize, found: u8) -> Self {
        Self { rule, range: at..at + 1, found: Some(found) }
    }

    /// The token in `range` breaks `rule`.
    pub(super) const fn token(rule: Rule, range: Range<usize>) -> Self {
        Self { rule, range, found: None }
    }

    /// The part of a head in `range` breaks `rule`.
    pub(super) fn part(rule: Rule, range: &Range<u32>) -> Self {
        Self::token(rule, range.start as usize..range.end as usize)
    }

    /// The fault with stream offsets; the slice begins at stream offset `base`.
    pub(super) fn into_violation(self, base: u64) -> Violation {
        let span = base + self.range.start as u64..base + self.range.end as u64;
        Violation { rule: self.rule, span, found: self.found }
    }
}

/// Upper bound on the length of a head, in bytes: ranges in a head are 32 bits wide.
pub(super) const HEAD_BYTES_MAX: usize = 1 << 30;

/// An index into a head, as ranges in a head hold it.
#[allow(clippy::cast_possible_truncation, reason = "a head is never longer than HEAD_BYTES_MAX")]
pub(super) const fn index32(index: usize) -> u32 {
    debug_assert!(index <= HEAD_BYTES_MAX + 1);
    index as u32
}
