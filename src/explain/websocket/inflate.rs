//! Messages that are compressed by permessage-deflate (RFC 7692).

use std::sync::Arc;

use flate2::{Decompress, FlushDecompress, Status};

/// How much is inflated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Bytes of one inflated message that are kept.
    kept_bytes: usize,
    /// Bytes that are inflated for one direction of one exchange, kept or not.
    all_bytes: usize,
}

impl Bounds {
    /// For messages that are shown.
    pub(super) const SHOWN: Self = Self { kept_bytes: 64 * 1024, all_bytes: 32 * 1024 * 1024 };
    /// For messages that are searched, one after the other.
    pub(super) const SEARCHED: Self = Self { kept_bytes: 16 * 1024 * 1024, all_bytes: 1024 * 1024 * 1024 };
}

/// Bytes that are inflated at a time.
const STEP_BYTES: usize = 16 * 1024;

/// The beginning of a message after it was inflated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inflated {
    /// The first bytes, as many as [`Bounds`] allow.
    pub bytes: Arc<[u8]>,
    /// Length of the whole message, in bytes.
    pub len: u64,
}

/// Inflates the messages of one direction, in order.
#[derive(Debug)]
pub(super) struct Inflater {
    stream: Decompress,
    /// Whether a message may refer to the ones before it.
    keeps_context: bool,
    kept_bytes: usize,
    left: usize,
    is_damaged: bool,
}

impl Inflater {
    /// `keeps_context`: whether `..._no_context_takeover` (§7.1.1) was not agreed on for the direction.
    pub(super) fn new(keeps_context: bool, bounds: Bounds) -> Self {
        let Bounds { kept_bytes, all_bytes } = bounds;
        Self { stream: Decompress::new(false), keeps_context, kept_bytes, left: all_bytes, is_damaged: false }
    }

    /// The next message. `None`: it is damaged, or all that is inflated here at most has been.
    pub(super) fn message(&mut self, compressed: &[u8]) -> Option<Inflated> {
        if !self.keeps_context {
            self.stream.reset(false);
        }
        let (mut kept, mut len) = (Vec::new(), 0);
        // §7.2.2: "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload of the message."
        for piece in [compressed, &[0, 0, 0xFF, 0xFF]] {
            len += self.inflate(piece, &mut kept)?;
        }
        Some(Inflated { bytes: kept.into(), len })
    }

    fn inflate(&mut self, mut piece: &[u8], kept: &mut Vec<u8>) -> Option<u64> {
        let mut len = 0;
        let mut into = vec![0; STEP_BYTES];
        loop {
            if self.is_damaged || self.left == 0 {
                self.is_damaged = true;
                return None;
            }
            let (took, made) = (self.stream.total_in(), self.stream.total_out());
            let result = self.stream.decompress(piece, &mut into, FlushDecompress::Sync);
            let took = usize::try_from(self.stream.total_in() - took).unwrap_or(0);
            let made = usize::try_from(self.stream.total_out() - made).unwrap_or(0);
            piece = &piece[took..];
            let room = self.kept_bytes.saturating_sub(kept.len()).min(made);
            kept.extend_from_slice(&into[..room]);
            len += made as u64;
            self.left = self.left.saturating_sub(made);
            match result {
                Err(_) => self.is_damaged = true,
                // A block that is marked as the last one ends the stream; the next one begins anew.
                Ok(Status::StreamEnd) => self.stream.reset(false),
                Ok(_) if took == 0 && made == 0 => return Some(len),
                Ok(_) if piece.is_empty() && made < STEP_BYTES => return Some(len),
                Ok(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// RFC 7692 §7.2.3.
    #[test]
    fn the_examples_of_the_standard() {
        let mut inflater = Inflater::new(true, Bounds::SHOWN);
        let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(&*inflater.message(&hello).unwrap().bytes, b"Hello");
        // With the first message as context.
        assert_eq!(&*inflater.message(&[0xf2, 0x00, 0x11, 0x00, 0x00]).unwrap().bytes, b"Hello");
        let mut without = Inflater::new(false, Bounds::SHOWN);
        assert_eq!(&*without.message(&hello).unwrap().bytes, b"Hello");
        assert_eq!(&*without.message(&hello).unwrap().bytes, b"Hello");
        // A block that is not compressed, and one that is the last.
        let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
        assert_eq!(&*without.message(&stored).unwrap().bytes, b"Hello");
        let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
        assert_eq!(&*without.message(&last).unwrap().bytes, b"Hello");
    }

    #[test]
    fn what_is_damaged_or_endless_is_not_inflated() {
        assert_eq!(Inflater::new(true, Bounds::SHOWN).message(&[0xFF; 20]), None);
        let mut bomb = flate2::Compress::new(flate2::Compression::best(), false);
        let mut compressed = Vec::with_capacity(1 << 20);
        let zeros = vec![0; Bounds::SHOWN.all_bytes + (1 << 20)];
        bomb.compress_vec(&zeros, &mut compressed, flate2::FlushCompress::Sync).unwrap();
        assert!(compressed.len() < 100_000);
        assert_eq!(Inflater::new(true, Bounds::SHOWN).message(&compressed), None);
    }
}
