//! Masking (RFC 6455 §5.3), which is its own reverse.

/// Masks or unmasks `bytes`, which lie `at` bytes after the beginning of the payload.
///
/// "Octet i of the transformed data is the XOR of octet i of the original data with octet at index i modulo 4 of the
/// masking key".
pub fn apply(mut key: [u8; 4], bytes: &mut [u8], at: u64) {
    key.rotate_left(usize::try_from(at % 4).unwrap_or(0));
    let mut words = bytes.chunks_exact_mut(4);
    for word in &mut words {
        for (byte, key) in word.iter_mut().zip(key) {
            *byte ^= key;
        }
    }
    for (byte, key) in words.into_remainder().iter_mut().zip(key) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6455 §5.7: "A single-frame masked text message [...] contains "Hello"".
    #[test]
    fn the_example_of_the_standard() {
        let mut bytes = [0x7f, 0x9f, 0x4d, 0x51, 0x58];
        apply([0x37, 0xfa, 0x21, 0x3d], &mut bytes, 0);
        assert_eq!(&bytes, b"Hello");
    }

    #[test]
    fn pieces_are_masked_as_the_whole_is() {
        let key = [1, 2, 3, 4];
        let mut whole: Vec<u8> = (0..50).collect();
        apply(key, &mut whole, 0);
        for cut in 0..=50 {
            let mut pieces: Vec<u8> = (0..50).collect();
            let (first, second) = pieces.split_at_mut(cut);
            apply(key, first, 0);
            apply(key, second, cut as u64);
            assert_eq!(pieces, whole, "{cut}");
        }
    }
}
