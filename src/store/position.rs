//! Position of an event in a session.

use std::num::NonZeroU64;

use crate::base::stream::ConnId;

/// Bits for the offset: a segment has at most 1 TiB.
const OFFSET_BITS: u32 = 40;
/// The largest number of a segment: 2^24 segments of 64 MB are a petabyte.
pub const SEGMENT_MAX: u32 = (1 << (64 - OFFSET_BITS)) - 1;

/// A segment and a byte offset in it, in eight bytes. Later events have larger positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(NonZeroU64);

impl Position {
    /// The position of offset `offset` in segment number `segment`. `None`: one of them is too large, or both are
    /// 0, where a segment has no record.
    #[must_use]
    pub fn new(segment: u32, offset: u64) -> Option<Self> {
        let fits = segment <= SEGMENT_MAX && offset >> OFFSET_BITS == 0;
        let bits = u64::from(segment) << OFFSET_BITS | offset;
        fits.then(|| NonZeroU64::new(bits)).flatten().map(Self)
    }

    /// The segment's number.
    #[must_use]
    pub fn segment(self) -> u32 {
        u32::try_from(self.0.get() >> OFFSET_BITS).unwrap_or(SEGMENT_MAX)
    }

    /// The byte offset in the segment.
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.0.get() & ((1 << OFFSET_BITS) - 1)
    }

    /// The position as a number that is not 0; [`Self::from_bits`] is the inverse.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0.get()
    }

    /// The position with these bits. `None`: the number is 0, which means no position.
    #[must_use]
    pub fn from_bits(bits: u64) -> Option<Self> {
        NonZeroU64::new(bits).map(Self)
    }
}

/// The places on disk of an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The connection of the exchange.
    pub conn: ConnId,
    /// Position of the latest event of the exchange there.
    pub position: Position,
    /// The connections of its upstream legs, with the positions of their latest events there.
    pub legs: Vec<(ConnId, Position)>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn both_parts_come_back_and_order_holds() {
        let early = Position::new(3, 7).unwrap();
        let late = Position::new(4, 0).unwrap();
        assert_eq!((early.segment(), early.offset()), (3, 7));
        assert_eq!(Position::from_bits(late.bits()), Some(late));
        assert!(early < late);
        assert_eq!(Position::new(0, 1 << OFFSET_BITS), None);
        assert_eq!(Position::new(SEGMENT_MAX + 1, 0), None);
        assert_eq!(Position::new(0, 0), None);
        assert_eq!(size_of::<Option<Position>>(), 8);
    }
}
