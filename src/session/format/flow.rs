//! Where a connection stands while its records are written or read.

use crate::{
    base::stream::{Direction, Layer, StreamId},
    trace::Nanos,
};

/// Values of the record before on a connection. Times, numbers and offsets are written as differences from
/// them, which are short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flow {
    /// The time of the record before.
    pub at: Nanos,
    /// The number of the newest exchange that was named; 0 before the first one.
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
