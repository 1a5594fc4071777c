//! Maps whose keys nobody outside of this program chooses.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// A map keyed by numbers that nobody outside of this program chooses, or by what its user settled, so that a hash needs
/// no secret.
pub(crate) type NumberedMap<K, V> = HashMap<K, V, BuildHasherDefault<NumberHasher>>;

/// Spreads a number over 64 bits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut number = [0; 8];
            number[..part.len()].copy_from_slice(part);
            self.write_u64(u64::from_le_bytes(number));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // The odd number closest to 2^64 divided by the golden ratio (Knuth, The Art of Computer Programming, 6.4).
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn finish(&self) -> u64 {
        // The table takes the lowest bits, in which the product depends on the lowest bits of the number only.
        self.0.rotate_left(32)
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, hash::Hash};

    use super::*;
    use crate::base::stream::ExchangeId;

    #[test]
    fn numbers_in_order_lie_apart() {
        let hash = |number| {
            let mut hasher = NumberHasher::default();
            ExchangeId::nth(number).hash(&mut hasher);
            hasher.finish()
        };
        for step in [1, 64, 1024] {
            let slots: BTreeSet<_> = (1..=1000).map(|number| hash(number * step) % 4096).collect();
            assert!(slots.len() > 800, "{} slots in steps of {step}", slots.len());
        }
    }
}
