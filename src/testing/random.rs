//! Numbers and bytes that look random and are the same in every run.

/// A linear congruential generator. Its number is the seed.
#[derive(Debug)]
pub struct Lcg(pub u64);

impl Lcg {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    /// An index below `len`.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.roll(len as u64)).unwrap()
    }

    /// Cuts `bytes` into pieces of 1 to `most` bytes.
    pub fn pieces<'a>(&mut self, mut bytes: &'a [u8], most: usize) -> Vec<&'a [u8]> {
        let mut pieces = Vec::new();
        while !bytes.is_empty() {
            let (piece, rest) = bytes.split_at(bytes.len().min(1 + self.index(most)));
            pieces.push(piece);
            bytes = rest;
        }
        pieces
    }

    /// Overwrites 1 to `most` of the bytes.
    pub fn damage(&mut self, bytes: &mut [u8], most: u64) {
        for _ in 0..=self.roll(most) {
            bytes[self.index(bytes.len())] = self.roll(256).to_le_bytes()[0];
        }
    }
}

/// `len` bytes without a pattern: they do not compress.
pub fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    std::iter::repeat_with(next).take(len).collect()
}
