//! Formats limits of time, size and number exactly as they are set, and parses them.

use super::numbers::{UNITS, count};

/// A limit of time, exactly: `10 s`, `1.5 s`, `250 ms`.
#[must_use]
pub fn limit_millis(millis: f64) -> String {
    let millis = whole(millis);
    if millis >= 1_000 && millis.is_multiple_of(100) {
        let (secs, tenths) = (millis / 1_000, millis / 100 % 10);
        if tenths == 0 { format!("{secs} s") } else { format!("{secs}.{tenths} s") }
    } else {
        format!("{millis} ms")
    }
}

/// A limit of bytes, exactly: in the largest unit in which it is a whole number.
#[must_use]
pub fn limit_bytes(bytes: u64) -> String {
    let mut shown = format!("{} B", count(bytes));
    let mut unit = 1;
    for name in UNITS {
        unit *= 1024;
        if bytes >= unit && bytes.is_multiple_of(unit) {
            shown = format!("{} {name}", count(bytes / unit));
        }
    }
    shown
}

/// Reads a time: `10 s`, `10`, `250 ms`, `2 min`, `1 h`; a bare number is seconds. `None`: it is not one.
#[must_use]
pub fn parse_millis(text: &str) -> Option<f64> {
    let (number, unit) = split_unit(text)?;
    let factor = match unit.as_str() {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => 1_000.0,
        "ms" => 1.0,
        "min" | "m" | "mins" | "minutes" | "minute" => 60_000.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000.0,
        _ => return None,
    };
    Some((number * factor).round())
}

/// Reads a size: `64 KiB`, `10 MB`, `512`; a bare number is bytes. `None`: it is not one.
#[must_use]
pub fn parse_bytes(text: &str) -> Option<f64> {
    let (number, unit) = split_unit(text)?;
    let factor = match unit.as_str() {
        "" | "b" | "byte" | "bytes" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some((number * factor).round())
}

/// Reads a count, whatever word stands after it. `None`: it is not one.
#[must_use]
pub fn parse_count(text: &str) -> Option<f64> {
    split_unit(text).map(|(number, _)| number.round())
}

/// A number that is typed or dragged, as a whole one.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "limits are small and positive")]
pub fn whole(number: f64) -> u64 {
    number.round().max(0.0) as u64
}

fn split_unit(text: &str) -> Option<(f64, String)> {
    let text = text.trim().replace(',', "");
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    Some((number, text[end..].trim().to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_back_as_they_are_shown() {
        for (limit, shown) in [
            (65_536_u32, "64 KiB"),
            (10_000_000, "10,000,000 B"),
            (10 << 20, "10 MiB"),
            (8_192, "8 KiB"),
            (777, "777 B"),
            (1_500, "1,500 B"),
            (1 << 20, "1 MiB"),
        ] {
            assert_eq!(limit_bytes(limit.into()), shown);
            assert_eq!(parse_bytes(shown), Some(f64::from(limit)));
        }
        assert_eq!(parse_bytes("1 KB"), Some(1e3));
        assert_eq!(parse_bytes("ten"), None);
        assert_eq!(parse_bytes("10 parsecs"), None);
    }

    #[test]
    fn times_are_read_back_as_they_are_shown() {
        for (limit, shown) in [(10_000_u32, "10 s"), (1_500, "1.5 s"), (250, "250 ms"), (1_234, "1234 ms")] {
            assert_eq!(limit_millis(f64::from(limit)), shown);
            assert_eq!(parse_millis(shown), Some(f64::from(limit)));
        }
        assert_eq!(parse_millis("10"), Some(10_000.0));
        assert_eq!(parse_millis("1h"), Some(3_600_000.0));
        assert_eq!(parse_millis("1.5 min"), Some(90_000.0));
        assert_eq!(parse_millis("soon"), None);
        assert_eq!(parse_millis("-1"), None);
    }
}
