//! Strict decoding of percent-encoded text and of numbers that a client sent.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The bytes that a percent-encoded text stands for. `None`: the text contains a malformed encoding.
///
/// RFC 3986 §2.1: "A percent-encoded octet is encoded as a character triplet, consisting of the
/// percent character "%" followed by the two hexadecimal digits representing that octet's numeric
/// value." Decoded once: §2.4, "Implementations must not percent-encode or decode the same string
/// more than once".
#[must_use]
pub(super) fn percent_decode(text: &str) -> Option<Cow<'_, [u8]>> {
    let bytes = text.as_bytes();
    let whole = memchr::memchr_iter(b'%', bytes)
        .all(|at| bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)));
    whole.then(|| percent_decode_str(text).into())
}

/// Parses a number of decimal digits only. `None`: anything else, or a number too large for `u64`.
#[must_use]
pub(super) fn whole_number(text: &str) -> Option<u64> {
    // `parse` alone would accept a sign.
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triplets_are_decoded_once_and_only_if_well_formed() {
        assert_eq!(percent_decode("a%20b").as_deref(), Some(&b"a b"[..]));
        assert_eq!(percent_decode("%2541").as_deref(), Some(&b"%41"[..]));
        assert_eq!(percent_decode("%ff").as_deref(), Some(&b"\xff"[..]));
        for malformed in ["%", "%4", "%zz", "a%", "%+1", "%%41"] {
            assert_eq!(percent_decode(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn numbers_have_digits_only() {
        assert_eq!(whole_number("007"), Some(7));
        for other in ["", "+1", "-1", "1.0", " 1", "18446744073709551616", "١"] {
            assert_eq!(whole_number(other), None, "{other}");
        }
    }
}
