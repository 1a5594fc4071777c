//! A broken rule as the readers inside the machines see it: with offsets into their own slice.

use std::ops::Range;

use super::rule::{Rule, Violation};

/// A broken rule, its place counted from the first byte of the slice that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The rule.
    pub rule: Rule,
    /// The bytes at fault.
    pub range: Range<usize>,
    /// The byte at fault, where it is one.
    pub found: Option<u8>,
}

impl Fault {
    /// The fault is this one byte.
    pub(super) const fn byte(rule: Rule, at: usize, found: u8) -> Self {
        Self { rule, range: at..at + 1, found: Some(found) }
    }

    /// The fault is this token.
    pub(super) const fn token(rule: Rule, range: Range<usize>) -> Self {
        Self { rule, range, found: None }
    }

    /// The fault is this token of a head.
    pub(super) fn of(rule: Rule, range: &Range<u32>) -> Self {
        Self::token(rule, range.start as usize..range.end as usize)
    }

    /// The same in a stream in which the slice begins at offset `base`.
    pub(super) fn at(self, base: u64) -> Violation {
        let span = base + self.range.start as u64..base + self.range.end as u64;
        Violation { rule: self.rule, span, found: self.found }
    }
}

/// Ranges in a head are 32 bits wide: no head is longer, as the limit is cut to this.
pub(super) const HEAD_MAX: usize = 1 << 30;

/// A place in a head.
#[allow(clippy::cast_possible_truncation, reason = "a head is never longer than HEAD_MAX")]
pub(super) const fn place(at: usize) -> u32 {
    debug_assert!(at <= HEAD_MAX + 1);
    at as u32
}
