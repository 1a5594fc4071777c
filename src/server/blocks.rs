//! Blocks of memory that parts of the output, of the input and of the trace share.

use std::collections::VecDeque;

use bytes::BytesMut;

use crate::trace::BLOCK_BYTES;

/// Blocks that are remembered at most.
const LENT_MAX: usize = 32;
/// Blocks that are looked at for one that is free, from each end.
const LOOKS_MAX: usize = 8;

/// The blocks of which others hold parts, the one that was given away first in front. A block is used again once
/// nobody holds a part of it. Else the recorder would free each block that the server has taken from the allocator,
/// which costs both threads far more than to use it again.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    lent: VecDeque<BytesMut>,
}

impl Blocks {
    /// Replaces `used`, the rest of a block, by an empty block of [`BLOCK_BYTES`].
    pub(super) fn renew(&mut self, used: &mut BytesMut) {
        used.clear();
        if used.try_reclaim(BLOCK_BYTES) {
            return;
        }
        let fresh = self.free().unwrap_or_else(|| BytesMut::with_capacity(BLOCK_BYTES));
        let used = std::mem::replace(used, fresh);
        self.lent.push_back(used);
        if self.lent.len() > LENT_MAX {
            self.lent.pop_front();
        }
    }

    /// A block of which nobody holds a part. `None`: none was found. One that was given away lately may still be in the
    /// processor's cache, so those are looked at first.
    fn free(&mut self) -> Option<BytesMut> {
        let len = self.lent.len();
        let older = len.saturating_sub(LOOKS_MAX);
        let mut looks = (older..len).rev().chain(0..LOOKS_MAX.min(older));
        let index = looks.find(|index| self.lent[*index].try_reclaim(BLOCK_BYTES))?;
        self.lent.remove(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_used_again_once_nobody_holds_a_part_of_it() {
        let mut blocks = Blocks::default();
        let mut block = BytesMut::with_capacity(BLOCK_BYTES);
        block.extend_from_slice(b"first");
        let first = block.split().freeze();
        let place = first.as_ptr();
        blocks.renew(&mut block);
        assert_ne!(block.as_ptr(), place, "a part of it is held");
        block.extend_from_slice(b"second");
        let second = block.split().freeze();
        assert_eq!(&first[..], b"first");
        drop(first);
        blocks.renew(&mut block);
        assert_eq!((block.as_ptr(), block.len(), block.capacity()), (place, 0, BLOCK_BYTES));
        drop(second);
        for _ in 0..100 {
            block.extend_from_slice(b"held for ever");
            std::mem::forget(block.split().freeze());
            blocks.renew(&mut block);
        }
        assert_eq!(blocks.lent.len(), LENT_MAX);
    }
}
