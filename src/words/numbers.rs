//! Counts, plurals, sizes, places and time spans.

use std::ops::Range;

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

/// [`plural`] with its verb: `1 byte is`, `31 bytes are`.
#[must_use]
pub fn plural_is(number: u64, thing: &str) -> String {
    format!("{} {}", plural(number, thing), if number == 1 { "is" } else { "are" })
}

/// The units of sizes after the byte, each 1024 times the one before it.
pub(super) const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// A size in plain words, base 1024: `38 B`, `1.2 KiB`, `64 KiB`, `5.0 GiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let bytes = u128::from(bytes);
    let mut scale = 1024_u128;
    for unit in UNITS {
        let (tenths, whole) = ((bytes * 10 + scale / 2) / scale, (bytes + scale / 2) / scale);
        if tenths < 100 {
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        if whole < 1000 {
            return format!("{whole} {unit}");
        }
        scale *= 1024;
    }
    // 2^64 bytes are 16 EiB.
    format!("{bytes} B")
}

/// A time span in nanoseconds: `0.021 ms`, `0.4 ms`, `241 ms`, `6.8 s`, `2 min 5 s`.
#[must_use]
pub fn duration(nanos: u64) -> String {
    match nanos {
        0..99_500 => format!("{} ms", decimal(nanos, MILLISECOND, 3)),
        99_500..9_950_000 => format!("{} ms", decimal(nanos, MILLISECOND, 1)),
        9_950_000..999_500_000 => format!("{} ms", decimal(nanos, MILLISECOND, 0)),
        999_500_000..59_950_000_000 => format!("{} s", decimal(nanos, SECOND, 1)),
        _ => {
            let secs = nanos.saturating_add(SECOND / 2) / SECOND;
            match secs {
                0..3_600 => format!("{} min {} s", secs / 60, secs % 60),
                _ => format!("{} h {} min", secs / 3_600, secs % 3_600 / 60),
            }
        }
    }
}

/// A moment on a clock of nanoseconds, with more digits than [`duration`]: `0.021 ms`, `118.4 ms`, `6.801 s`.
#[must_use]
pub fn moment(nanos: u64) -> String {
    match nanos {
        0..9_999_500 => format!("{} ms", decimal(nanos, MILLISECOND, 3)),
        9_999_500..999_950_000 => format!("{} ms", decimal(nanos, MILLISECOND, 1)),
        _ => format!("{} s", decimal(nanos, SECOND, 3)),
    }
}

/// A millisecond in nanoseconds.
pub const MILLISECOND: u64 = 1_000_000;
/// A second in nanoseconds.
pub const SECOND: u64 = 1_000_000_000;

/// `count` in `unit`, rounded to this many digits after the point.
#[must_use]
pub fn decimal(count: u64, unit: u64, digits: u32) -> String {
    let (count, unit, scale) = (u128::from(count), u128::from(unit.max(1)), 10_u128.pow(digits));
    let scaled = (count * scale + unit / 2) / unit;
    match digits {
        0 => scaled.to_string(),
        _ => format!("{}.{:0width$}", scaled / scale, scaled % scale, width = digits as usize),
    }
}

/// `part` and `whole` in the same unit: `18.2 MiB of 256 MiB`, `0.4 GiB of 4 GiB`.
#[must_use]
pub fn part_of(part: u64, whole: u64) -> String {
    let mut unit = 1024_u64;
    let mut names = UNITS.iter();
    let mut name = names.next();
    while whole / 1024 >= unit {
        unit *= 1024;
        name = names.next();
    }
    let name = name.copied().unwrap_or_default();
    let digits = u32::from(!whole.is_multiple_of(unit));
    format!("{} {name} of {} {name}", decimal(part, unit, 1), decimal(whole, unit, digits))
}

/// A place, counted from 0 at the first byte of what it is in, a message if nothing else is said: `offset 20 (0x14)`.
#[must_use]
pub fn offset(at: u64) -> String {
    format!("offset {} ({at:#x})", count(at))
}

/// The first and the last place of a range, as [`offset`] has them: `offset 20–30 (0x14–0x1e)`.
#[must_use]
pub fn offsets(range: &Range<u64>) -> String {
    match range.end.saturating_sub(1) {
        last if last > range.start => {
            format!("offset {}–{} ({:#x}–{last:#x})", count(range.start), count(last), range.start)
        }
        _ => offset(range.start),
    }
}

/// The time left on a timer: `3.2 s`, `41 s`.
#[must_use]
pub fn left(nanos: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "shown with two digits")]
    let secs = nanos as f64 / 1e9;
    if secs < 10.0 { format!("{secs:.1} s") } else { format!("{secs:.0} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let expected = [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 KiB"),
            (1_204, "1.2 KiB"),
            (1_280, "1.3 KiB"),
            (10_188, "9.9 KiB"),
            (10_189, "10 KiB"),
            (18_432, "18 KiB"),
            (65_536, "64 KiB"),
            (1_023_487, "999 KiB"),
            (1_023_488, "1.0 MiB"),
            (5 << 30, "5.0 GiB"),
            (u64::MAX, "16 EiB"),
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
            (55_500, "0.056 ms"),
            (99_499, "0.099 ms"),
            (99_500, "0.1 ms"),
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
    fn a_moment_has_the_digits_of_the_duration_and_more() {
        let expected = [
            (21_000, "0.021 ms"),
            (55_500, "0.056 ms"),
            (2_345_600, "2.346 ms"),
            (9_999_500, "10.0 ms"),
            (118_440_000, "118.4 ms"),
            (6_800_700_000, "6.801 s"),
        ];
        for (nanos, text) in expected {
            assert_eq!(moment(nanos), text, "{nanos}");
        }
    }

    #[test]
    fn places_count_from_zero() {
        assert_eq!(offset(0), "offset 0 (0x0)");
        assert_eq!(offset(1_204), "offset 1,204 (0x4b4)");
        assert_eq!(offsets(&(20..31)), "offset 20–30 (0x14–0x1e)");
        assert_eq!(offsets(&(20..21)), "offset 20 (0x14)");
        assert_eq!(offsets(&(20..20)), "offset 20 (0x14)");
    }

    #[test]
    fn counts() {
        assert_eq!(count(7), "7");
        assert_eq!(count(123), "123");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(plural(1, "byte"), "1 byte");
        assert_eq!(plural(2_000, "byte"), "2,000 bytes");
        assert_eq!(plural_is(1, "byte"), "1 byte is");
        assert_eq!(plural_is(0, "byte"), "0 bytes are");
    }

    #[test]
    fn amounts_read_well() {
        assert_eq!(part_of(19_083_264, 256 << 20), "18.2 MiB of 256 MiB");
        assert_eq!(part_of(18_200_000, 256 << 20), "17.4 MiB of 256 MiB");
        assert_eq!(part_of(400_000_000, 4_000_000_000), "0.4 GiB of 3.7 GiB");
        assert_eq!(part_of(3, 900), "0.0 KiB of 0.9 KiB");
        assert_eq!(left(3_210_000_000), "3.2 s");
        assert_eq!(left(41_400_000_000), "41 s");
    }
}
