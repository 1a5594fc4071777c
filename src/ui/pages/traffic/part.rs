//! A range of the bytes of an exchange.

use std::ops::Range;

use crate::base::stream::Direction;

/// Whose bytes: the client's or the server's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Side {
    /// What came in.
    #[default]
    Request,
    /// What went out.
    Response,
}

impl Side {
    /// The direction in which this side's bytes travel.
    #[must_use]
    pub(super) const fn direction(self) -> Direction {
        match self {
            Self::Request => Direction::Received,
            Self::Response => Direction::Sent,
        }
    }
}

/// A range of the bytes of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Whose bytes.
    pub side: Side,
    /// Their stream range.
    pub range: Range<u64>,
}
