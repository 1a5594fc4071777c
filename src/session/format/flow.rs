//! What records are written as differences from.

use crate::{
    base::stream::{Direction, Layer, StreamId},
    trace::Nanos,
};

/// What the next record of a connection is told apart from: times, numbers and offsets are written as
/// differences, which are short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// The time of the record before.
    pub at: Nanos,
    /// The number of the newest exchange that was named. 0: none was.
    pub exchange: u64,
    /// Offset on the wire after what was received.
    pub incoming: u64,
    /// Offset on the wire after what was sent.
    pub outgoing: u64,
    /// Offsets in the plaintext of this run after what was received, and after what was sent.
    pub plaintext: [u64; 2],
}

impl Flow {
    /// The offset after the bytes of a stream.
    pub fn reached(&mut self, stream: StreamId) -> &mut u64 {
        match (stream.layer, stream.direction) {
            (Layer::Wire, Direction::Received) => &mut self.incoming,
            (Layer::Wire, Direction::Sent) => &mut self.outgoing,
            (Layer::Plaintext, direction) => &mut self.plaintext[direction.index()],
        }
    }
}
