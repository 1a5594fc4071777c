//! Counts, plurals, sizes and time spans.

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

/// A time span in nanoseconds: `0.021 ms`, `0.4 ms`, `241 ms`, `6.8 s`, `2 min 5 s`.
#[must_use]
pub fn duration(nanos: u64) -> String {
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

/// `part` and `whole` in the same unit: MiB where the whole is a round number of them, else MB.
#[must_use]
pub fn part_of(part: u64, whole: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    let (unit, name) =
        if whole >= MIB && whole.is_multiple_of(MIB) { (MIB, "MiB") } else { (1_000_000, "MB") };
    #[allow(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let scaled = |count: u64| count as f64 / unit as f64;
    format!("{:.1} {name} of {:.0} {name}", scaled(part), scaled(whole))
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
        assert_eq!(plural_is(1, "byte"), "1 byte is");
        assert_eq!(plural_is(0, "byte"), "0 bytes are");
    }

    #[test]
    fn amounts_read_well() {
        assert_eq!(part_of(19_083_264, 256 << 20), "18.2 MiB of 256 MiB");
        assert_eq!(part_of(18_200_000, 256_000_000), "18.2 MB of 256 MB");
        assert_eq!(left(3_210_000_000), "3.2 s");
        assert_eq!(left(41_400_000_000), "41 s");
    }
}
