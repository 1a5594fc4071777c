//! The values that the records of a connection are relative to.

use crate::base::stream::{Direction, Nanos};

/// Values of the connection's record before. Times, numbers and offsets are written as differences from these, which
/// are short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flow {
    /// The time of the record before.
    pub at: Nanos,
    /// The number of the exchange that was named last; 0 before the first one.
    pub exchange: u64,
    /// Offset after the last byte received.
    pub incoming: u64,
    /// Offset after the last byte sent.
    pub outgoing: u64,
}

impl Flow {
    /// The offset after the last byte in a direction. A connection has its bytes at one layer.
    pub(crate) const fn reached(&mut self, direction: Direction) -> &mut u64 {
        match direction {
            Direction::Received => &mut self.incoming,
            Direction::Sent => &mut self.outgoing,
        }
    }
}
