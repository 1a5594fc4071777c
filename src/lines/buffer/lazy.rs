//! The buffer that puts the move off until half of it is wasted.

use super::{Buffer, append};

/// Live bytes begin at `start`. What was consumed before them stays until it is at least as much as they are: so
/// every move is paid for by as many consumed bytes, each of which pays once.
#[derive(Debug, Default)]
pub(super) struct Lazy {
    bytes: Vec<u8>,
    /// Index of the first byte that is not consumed.
    start: usize,
    moved: u64,
}

impl Buffer for Lazy {
    fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    fn push(&mut self, bytes: &[u8]) -> usize {
        self.moved += append(&mut self.bytes, bytes);
        bytes.len()
    }

    fn consume(&mut self, len: usize) {
        self.start += len;
        let live = self.bytes.len() - self.start;
        if self.start >= live {
            self.bytes.drain(..self.start);
            self.start = 0;
            self.moved += live as u64;
        }
    }

    fn moved(&self) -> u64 {
        self.moved
    }
}
