//! The values that the records of a connection are relative to.

use crate::base::stream::{Direction, Layer, Nanos, StreamId};

/// Values of the connection's record before. Times, numbers and offsets are written as differences from these, which
/// are short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flow {
    /// The time of the record before.
    pub at: Nanos,
    /// The number of the exchange that was named last; 0 before the first one.
    pub exchange: u64,
    /// Offset after the last byte received on the wire.
    pub incoming: u64,
    /// Offset after the last byte sent on the wire.
    pub outgoing: u64,
    /// Offsets after the last byte received and the last byte sent in the plaintext, from the batch's beginning on.
    pub plaintext: [u64; 2],
}

impl Flow {
    /// The offset after the last byte of a stream.
    pub(crate) fn reached(&mut self, stream: StreamId) -> &mut u64 {
        match (stream.layer, stream.direction) {
            (Layer::Wire, Direction::Received) => &mut self.incoming,
            (Layer::Wire, Direction::Sent) => &mut self.outgoing,
            (Layer::Plaintext, direction) => &mut self.plaintext[direction.index()],
        }
    }
}
