//! A range of the bytes of an exchange.

use std::ops::Range;

use crate::base::stream::Direction;

/// A range of the bytes of one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Received (the request) or sent (the response).
    pub direction: Direction,
    /// Stream range of the bytes.
    pub range: Range<u64>,
}
