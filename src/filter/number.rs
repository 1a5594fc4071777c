//! Numbers as people write them, with units.

use super::error::FilterErrorKind;

/// Units of time, in nanoseconds. Longer names first: `ms` ends with `s`. A plain number is in the last.
pub(super) const TIMES: [(&str, u32); 4] =
    [("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("", 1_000_000)];
/// Units of size, in bytes.
pub(super) const SIZES: [(&str, u32); 8] = [
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("k", 1_000),
    ("m", 1_000_000),
    ("g", 1_000_000_000),
    ("b", 1),
    ("", 1),
];

/// A whole number.
pub(super) fn plain(value: &str) -> Result<u64, FilterErrorKind> {
    value.parse().map_err(|_| FilterErrorKind::NotWhole(value.to_owned()))
}

/// A number with a unit: `1.5s`, `20k`.
pub(super) fn scaled(value: &str, units: &[(&str, u32)]) -> Result<u64, FilterErrorKind> {
    let lower = value.to_ascii_lowercase();
    let unit = units.iter().find_map(|(unit, factor)| Some((lower.strip_suffix(unit)?, *factor)));
    let number = unit.and_then(|(digits, factor)| {
        let number: f64 = digits.trim().parse().ok()?;
        (number.is_finite() && number >= 0.0).then(|| number * f64::from(factor))
    });
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be positive; too large a number becomes the largest"
    )]
    number.map(|number| number.round() as u64).ok_or_else(|| FilterErrorKind::NotNumber(value.to_owned()))
}
