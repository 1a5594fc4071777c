//! The buffer that moves the rest to the front after each message.

use super::{Buffer, append};

/// Live bytes always begin at index 0. Each message costs a move of what arrived after it.
#[derive(Debug, Default)]
pub(super) struct Compacting {
    bytes: Vec<u8>,
    moved: u64,
}

impl Buffer for Compacting {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn push(&mut self, bytes: &[u8]) -> usize {
        self.moved += append(&mut self.bytes, bytes);
        bytes.len()
    }

    fn consume(&mut self, len: usize) {
        self.bytes.drain(..len);
        self.moved += self.bytes.len() as u64;
    }

    fn moved(&self) -> u64 {
        self.moved
    }
}
