//! The text of the composer: what is typed, and the bytes that it stands for.

/// The bytes of `text`: its UTF-8, in which `\xNN` is one byte, and `\n`, `\r`, `\t`, `\0` and `\\` are the usual ones.
///
/// # Errors
/// The index of the backslash that begins something else.
pub(super) fn bytes(text: &str) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        if letter != '\\' {
            bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        bytes.push(match letters.next().map(|(_, letter)| letter) {
            Some('n') => b'\n',
            Some('r') => b'\r',
            Some('t') => b'\t',
            Some('0') => 0,
            Some('\\') => b'\\',
            Some('x') => {
                let mut digit = || letters.next().and_then(|(_, letter)| letter.to_digit(16));
                let (high, low) = (digit().ok_or(at)?, digit().ok_or(at)?);
                u8::try_from(high << 4 | low).map_err(|_| at)?
            }
            _ => return Err(at),
        });
    }
    Ok(bytes)
}

/// Four bytes in hexadecimal, with spaces or without. `None`: it is something else.
pub(super) fn key(text: &str) -> Option<[u8; 4]> {
    let digits: Vec<u32> = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| letter.to_digit(16))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> =
        digits.chunks_exact(2).filter_map(|pair| u8::try_from(pair[0] << 4 | pair[1]).ok()).collect();
    if digits.len() == 8 { bytes.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_bytes_and_the_rest_is_utf8() {
        assert_eq!(bytes("caf\u{e9}"), Ok("caf\u{e9}".as_bytes().to_vec()));
        assert_eq!(bytes(r"\x03\xE8\\\n\0"), Ok(b"\x03\xE8\\\n\0".to_vec()));
        for (wrong, at) in [(r"a\", 1), (r"\q", 0), (r"ab\x4", 2), (r"\xg0", 0)] {
            assert_eq!(bytes(wrong), Err(at), "{wrong}");
        }
    }

    #[test]
    fn a_key_is_four_bytes() {
        assert_eq!(key("09 08 07 ff"), Some([9, 8, 7, 255]));
        assert_eq!(key("0908 07FF"), Some([9, 8, 7, 255]));
        for wrong in ["", "09", "0908070", "090807061", "0908070g"] {
            assert_eq!(key(wrong), None, "{wrong}");
        }
    }
}
