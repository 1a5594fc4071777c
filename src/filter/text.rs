//! Texts that are looked for.

use crate::base::finder::Finder;

/// A text to look for. ASCII case does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text(Finder);

impl Text {
    pub(super) fn new(text: &str) -> Self {
        Self(Finder::folded(text.as_bytes()))
    }

    /// Whether it is `found`. A `*` in it stands for any bytes.
    pub(super) fn is_whole(&self, found: &[u8]) -> bool {
        let mut parts = self.0.needle().split(|byte| *byte == b'*');
        let Some(first) = parts.next() else { return false };
        let begins = |text: &[u8], part: &[u8]| {
            text.get(..part.len()).is_some_and(|start| start.eq_ignore_ascii_case(part))
        };
        if !begins(found, first) {
            return false;
        }
        let mut rest = &found[first.len()..];
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            match (0..=rest.len()).find(|at| begins(&rest[*at..], part)) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.len() >= last.len() && begins(&rest[rest.len() - last.len()..], last)
    }

    /// Whether it is a part of `whole`. No copy is made: a list asks this of every row.
    pub(super) fn is_in(&self, whole: &[u8]) -> bool {
        self.0.is_in(whole)
    }
}
