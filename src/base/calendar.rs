//! Moments as JSON and people write them. Those of HTTP itself (RFC 9110 §5.6.7) are `httpdate`'s.

/// Seconds since 1970 as `2026-11-21 03:04:05` in UTC, with `between` date and time. Years outside 0 to 9999
/// have a sign or more digits.
pub(crate) fn timestamp(secs: i64, between: char) -> String {
    let (days, rest) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
    // The Gregorian calendar from the 1st of March of the year 0, in eras of 400 years: so the leap day is
    // the last of its year.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}{between}{hour:02}:{minute:02}:{second:02}")
}
