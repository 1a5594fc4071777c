//! The head of a frame.

use std::ops::Range;

use super::{mask, opcode::Opcode};

/// The head of a frame, complete.
///
/// ```text
///  FIN RSV1-3 opcode   MASK length   length, 0, 2 or 8   mask key, 0 or 4   payload
/// │ 1   000    0001  │  1   0000101 │                   │ 09 08 07 06      │ ...
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Stream offset of the first byte.
    pub start: u64,
    /// Stream offset of the first byte of the payload.
    pub payload: u64,
    /// Length of the payload in bytes, less than 2⁶³.
    pub length: u64,
    /// Whether the message ends with this frame.
    pub fin: bool,
    /// The three reserved bits; RSV1 is 4, RSV3 is 1.
    pub rsv: u8,
    /// The kind of the frame.
    pub opcode: Opcode,
    /// The key of the mask. `None`: the payload is not masked.
    pub mask: Option<[u8; 4]>,
}

impl Frame {
    /// Stream offset after the last byte of the payload.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.payload.saturating_add(self.length)
    }

    /// The stream range of the payload.
    #[must_use]
    pub const fn payload_range(&self) -> Range<u64> {
        self.payload..self.end()
    }

    /// Number of bytes before the payload: 2 to 14.
    #[must_use]
    pub const fn head_len(&self) -> u64 {
        self.payload - self.start
    }

    /// Removes the mask from `bytes` of the payload that lie at stream offset `at`.
    pub fn unmask(&self, bytes: &mut [u8], at: u64) {
        if let Some(key) = self.mask {
            mask::apply(key, bytes, at - self.payload);
        }
    }
}
