//! The buffer of a fixed size, which is that of the longest message.

use super::Buffer;

/// Live bytes are `start..end` of a block that never grows. When its end is reached they move to the front. From
/// there the message that they begin has room for all of it, so no byte is moved twice.
#[derive(Debug)]
pub(super) struct Fixed {
    block: Vec<u8>,
    /// Length of the block. Its memory is taken when the first bytes arrive.
    size: usize,
    /// Index of the first byte that is not consumed.
    start: usize,
    moved: u64,
}

impl Fixed {
    pub(super) const fn new(size: usize) -> Self {
        Self { block: Vec::new(), size, start: 0, moved: 0 }
    }
}

impl Buffer for Fixed {
    fn bytes(&self) -> &[u8] {
        &self.block[self.start..]
    }

    fn push(&mut self, bytes: &[u8]) -> usize {
        self.block.reserve_exact(self.size - self.block.len());
        if self.block.len() == self.size && self.start > 0 {
            self.block.drain(..self.start);
            self.start = 0;
            self.moved += self.block.len() as u64;
        }
        let taken = bytes.len().min(self.size - self.block.len());
        self.block.extend_from_slice(&bytes[..taken]);
        taken
    }

    fn consume(&mut self, len: usize) {
        self.start += len;
        if self.start == self.block.len() {
            self.block.clear();
            self.start = 0;
        }
    }

    fn moved(&self) -> u64 {
        self.moved
    }
}
