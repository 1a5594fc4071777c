//! The operators of comparisons.

/// A way to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Is,
    IsNot,
    Contains,
    ContainsNot,
    More,
    AtLeast,
    Less,
    AtMost,
}

/// An operator in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// Byte index of the sign.
    pub(super) at: usize,
    /// The sign as it is written.
    pub(super) sign: &'static str,
    /// Its meaning.
    pub(super) operator: Operator,
}

impl Operator {
    /// The first operator in `text`, the longest one that stands there.
    pub(super) fn find(text: &str) -> Option<Found> {
        const ALL: [(&str, Operator); 14] = [
            ("!=", Operator::IsNot),
            ("!~", Operator::ContainsNot),
            (">=", Operator::AtLeast),
            ("<=", Operator::AtMost),
            ("==", Operator::Is),
            ("≠", Operator::IsNot),
            ("≥", Operator::AtLeast),
            ("⩾", Operator::AtLeast),
            ("≤", Operator::AtMost),
            ("⩽", Operator::AtMost),
            ("=", Operator::Is),
            (">", Operator::More),
            ("<", Operator::Less),
            ("~", Operator::Contains),
        ];
        // Of those at the same place, the first in the table is the longest.
        let found = ALL
            .iter()
            .filter_map(|(sign, operator)| Some(Found { at: text.find(sign)?, sign, operator: *operator }));
        found.min_by_key(|found| found.at)
    }

    /// Whether it compares `found` with `wanted` so.
    pub(super) const fn holds(self, found: u64, wanted: u64) -> bool {
        match self {
            Self::Is | Self::Contains => found == wanted,
            Self::IsNot | Self::ContainsNot => found != wanted,
            Self::More => found > wanted,
            Self::AtLeast => found >= wanted,
            Self::Less => found < wanted,
            Self::AtMost => found <= wanted,
        }
    }

    /// The kind of text comparison: whether the whole text must be equal, and whether the comparison is
    /// negated. `None`: compares numbers only.
    pub(super) const fn on_text(self) -> Option<(bool, bool)> {
        match self {
            Self::Is => Some((true, false)),
            Self::IsNot => Some((true, true)),
            Self::Contains => Some((false, false)),
            Self::ContainsNot => Some((false, true)),
            Self::More | Self::AtLeast | Self::Less | Self::AtMost => None,
        }
    }
}
