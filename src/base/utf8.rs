//! UTF-8 (RFC 3629 §4), checked as it arrives.

/// What is known of a text whose first bytes have arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Utf8 {
    /// Bytes of the current character that are still to come: 0 to 3.
    left: u8,
    /// Bytes of the current character that have arrived.
    seen: u8,
    /// Bounds of the next byte, both included, while `left` is not 0.
    bounds: (u8, u8),
}

impl Utf8 {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// The index of the first byte that cannot stand where it does. The bytes before it were taken.
    pub fn check(&mut self, bytes: &[u8]) -> Result<(), usize> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if self.left == 0 && byte.is_ascii() {
                // Text is mostly ASCII; whole words of it are passed over at once.
                at += match bytes.get(at..at + 16) {
                    Some(word) if word.is_ascii() => 16,
                    _ => 1,
                };
                continue;
            }
            if !self.take(byte) {
                return Err(at);
            }
            at += 1;
        }
        Ok(())
    }

    /// Whether the text ends with a complete character.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.left == 0
    }

    /// Bytes of the incomplete character at the end that have arrived.
    #[must_use]
    pub const fn unfinished(&self) -> u8 {
        if self.left == 0 { 0 } else { self.seen }
    }

    const fn take(&mut self, byte: u8) -> bool {
        if self.left > 0 {
            if byte < self.bounds.0 || byte > self.bounds.1 {
                return false;
            }
            (self.left, self.seen, self.bounds) = (self.left - 1, self.seen + 1, (0x80, 0xBF));
            return true;
        }
        // RFC 3629 §4: UTF8-2, UTF8-3 and UTF8-4. What is left out would be overlong, a surrogate, or beyond
        // U+10FFFF.
        (self.left, self.bounds) = match byte {
            0xC2..=0xDF => (1, (0x80, 0xBF)),
            0xE0 => (2, (0xA0, 0xBF)),
            0xED => (2, (0x80, 0x9F)),
            0xE1..=0xEF => (2, (0x80, 0xBF)),
            0xF0 => (3, (0x90, 0xBF)),
            0xF1..=0xF3 => (3, (0x80, 0xBF)),
            0xF4 => (3, (0x80, 0x8F)),
            _ => return false,
        };
        self.seen = 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The index of the first fault, and whether the end is that of a character.
    fn checked<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Option<usize>, bool) {
        let (mut utf8, mut before) = (Utf8::default(), 0);
        for piece in pieces {
            if let Err(at) = utf8.check(piece) {
                return (Some(before + at), false);
            }
            before += piece.len();
        }
        (None, utf8.is_complete())
    }

    fn same_as_std(bytes: &[u8]) {
        let whole = checked([bytes]);
        assert_eq!(whole, checked(bytes.chunks(1)), "{bytes:x?}");
        assert_eq!(whole == (None, true), str::from_utf8(bytes).is_ok(), "{bytes:x?}");
        if let Err(error) = str::from_utf8(bytes) {
            // The standard library names the beginning of the character, here it is the byte at fault.
            match (whole.0, error.error_len()) {
                (Some(at), Some(len)) => {
                    assert!((error.valid_up_to()..=error.valid_up_to() + len).contains(&at), "{bytes:x?}");
                }
                (None, None) => {}
                other => panic!("{bytes:x?} {other:?}"),
            }
        }
    }

    #[test]
    fn every_pair_of_bytes_is_judged_as_by_the_standard_library() {
        for first in 0..=255 {
            for second in 0..=255 {
                for rest in [&[][..], b"\x80", b"\x80\x80", b"\xbf\xbf", b"aaaaaaaaaaaaaaaaaaaa\xff"] {
                    same_as_std(&[&[first, second], rest].concat());
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_text(text: String, cut in 0usize..64) {
            same_as_std(text.as_bytes());
            same_as_std(&text.as_bytes()[..cut.min(text.len())]);
        }

        #[test]
        fn any_bytes_are_judged_as_by_the_standard_library(bytes: Vec<u8>) {
            same_as_std(&bytes);
        }
    }
}
