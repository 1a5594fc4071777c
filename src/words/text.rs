//! Bytes, sizes and times as text: one place for the window and the terminal.

use std::fmt::Write;

use crate::trace::Nanos;

/// `bytes` on one line, safe to print anywhere: printable ASCII as it is, CR and LF and the other
/// control bytes as their Unicode pictures (`␍`, `␊`, `␀`), valid UTF-8 as it is (but for control,
/// invisible and direction characters), everything else as `\xNN`.
#[must_use]
pub fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for part in bytes.utf8_chunks() {
        for c in part.valid().chars() {
            if c.is_ascii_control() {
                text.push(picture(c as u8));
            } else if deceptive(c) {
                let _ = write!(text, "{}", c.escape_unicode());
            } else {
                text.push(c);
            }
        }
        for byte in part.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

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

/// At most `most` characters of `text`; the last one is `…` if some were cut.
#[must_use]
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A size in plain words, base 1000: `38 B`, `1.2 KB`, `64 KB`, `5.0 GB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let bytes = u128::from(bytes);
    let mut scale = 1000_u128;
    for unit in UNITS {
        let (tenths, whole) = ((bytes * 10 + scale / 2) / scale, (bytes + scale / 2) / scale);
        if tenths < 100 {
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        if whole < 1000 {
            return format!("{whole} {unit}");
        }
        scale *= 1000;
    }
    // 2^64 bytes are 18 EB.
    format!("{bytes} B")
}

/// A time span: `0.021 ms`, `0.4 ms`, `241 ms`, `6.8 s`, `2 min 5 s`.
#[must_use]
pub fn duration(nanos: Nanos) -> String {
    let micros = nanos / 1_000;
    match micros {
        0..100 => format!("0.{micros:03} ms"),
        100..9_950 => format!("{}.{} ms", (micros + 50) / 1_000, (micros + 50) % 1_000 / 100),
        9_950..999_500 => format!("{} ms", (micros + 500) / 1_000),
        999_500..59_950_000 => {
            let tenths = (micros + 50_000) / 100_000;
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
        _ => {
            let secs = (micros + 500_000) / 1_000_000;
            match secs {
                0..3_600 => format!("{} min {} s", secs / 60, secs % 60),
                _ => format!("{} h {} min", secs / 3_600, secs % 3_600 / 60),
            }
        }
    }
}

/// A number with thousands separated: `1,234,567`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 byte`, `31 bytes`. `thing` forms its plural with `s`.
#[must_use]
pub fn plural(number: u64, thing: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {thing}{s}", count(number))
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

/// The Unicode picture of a control byte.
const fn picture(byte: u8) -> char {
    match byte {
        0x7f => '␡',
        _ => match char::from_u32(0x2400 + byte as u32) {
            Some(picture) => picture,
            None => '·',
        },
    }
}

/// Characters that change how their neighbours look, or that cannot be seen.
#[must_use]
pub const fn deceptive(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_byte_reaches_a_terminal() {
        let every: Vec<u8> = (0..=255).collect();
        let text = escaped(&every);
        assert!(!text.chars().any(char::is_control), "{text:?}");
        assert_eq!(escaped(b"a\r\n\x1b[2J\x7f\xff"), "a␍␊␛[2J␡\\xff");
        assert_eq!(escaped("é 日 \u{202e}x\u{9b}".as_bytes()), "é 日 \\u{202e}x\\u{9b}");
    }

    #[test]
    fn sizes() {
        let expected = [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 KB"),
            (1_204, "1.2 KB"),
            (1_250, "1.3 KB"),
            (9_949, "9.9 KB"),
            (9_950, "10 KB"),
            (18_432, "18 KB"),
            (65_536, "66 KB"),
            (999_499, "999 KB"),
            (999_500, "1.0 MB"),
            (5_000_000_000, "5.0 GB"),
            (u64::MAX, "18 EB"),
        ];
        for (bytes, text) in expected {
            assert_eq!(size(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn durations() {
        let expected = [
            (0, "0.000 ms"),
            (21_000, "0.021 ms"),
            (400_000, "0.4 ms"),
            (1_149_999, "1.1 ms"),
            (9_949_000, "9.9 ms"),
            (9_950_000, "10 ms"),
            (240_900_000, "241 ms"),
            (999_500_000, "1.0 s"),
            (6_800_000_000, "6.8 s"),
            (125_000_000_000, "2 min 5 s"),
            (7_260_000_000_000, "2 h 1 min"),
        ];
        for (nanos, text) in expected {
            assert_eq!(duration(nanos), text, "{nanos}");
        }
    }

    #[test]
    fn counts() {
        assert_eq!(count(7), "7");
        assert_eq!(count(123), "123");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(plural(1, "byte"), "1 byte");
        assert_eq!(plural(2_000, "byte"), "2,000 bytes");
    }

    #[test]
    fn hex_lines() {
        let dump = hex_dump(b"GET / HTTP/1.1\r\n\xff", 0x4b4);
        let expected = "0004b4  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a │GET / HTTP/1.1␍␊\n\
                        0004c4  ff                                               │·\n";
        assert_eq!(dump, expected);
    }

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(shortened("abcdef", 4), "abc…");
        assert_eq!(shortened("abcd", 4), "abcd");
    }
}
