//! Bytes in hexadecimal, with their text beside them.

use std::fmt::Write;

use super::escape::picture;

/// One byte in the text column of a hex view: printable ASCII as it is, control bytes as their Unicode
/// pictures, `·` for everything above.
#[must_use]
pub const fn glyph(byte: u8) -> char {
    match byte {
        b' '..=b'~' => byte as char,
        0..=0x1f | 0x7f => picture(byte),
        _ => '·',
    }
}

/// Offset, sixteen bytes in hexadecimal, text: as many lines as `bytes` need.
#[must_use]
pub fn hex_dump(bytes: &[u8], offset: u64) -> String {
    let mut dump = String::with_capacity(bytes.len().div_ceil(16) * 78);
    for (row, line) in bytes.chunks(16).enumerate() {
        let _ = write!(dump, "{:06x} ", offset + row as u64 * 16);
        for column in 0..16 {
            let gap = if column % 8 == 0 { " " } else { "" };
            match line.get(column) {
                Some(byte) => {
                    let _ = write!(dump, "{gap}{byte:02x} ");
                }
                None => {
                    let _ = write!(dump, "{gap}   ");
                }
            }
        }
        dump.push('│');
        dump.extend(line.iter().map(|byte| glyph(*byte)));
        dump.push('\n');
    }
    dump
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_lines() {
        let dump = hex_dump(b"GET / HTTP/1.1\r\n\xff", 0x4b4);
        let expected = "0004b4  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a │GET / HTTP/1.1␍␊\n\
                        0004c4  ff                                               │·\n";
        assert_eq!(dump, expected);
    }
}
