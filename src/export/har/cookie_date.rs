//! Dates of cookies, in all the forms that servers send: RFC 6265 §5.1.1.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The time that a date of a cookie means. `None`: it is none, or lies before 1970.
///
/// RFC 6265 §5.1.1: the date is cut at its delimiters, and each token is the first of time, day of month, month and year
/// that is still missing and has its form, whatever the order.
pub(super) fn cookie_date(text: &str) -> Option<SystemTime> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(is_delimiter).filter(|token| !token.is_empty()) {
        let found = token.to_ascii_lowercase();
        if time.is_none()
            && let Some(found) = clock(token)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some((found, _)) = number(token, 1, 2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(index) = MONTHS.iter().position(|name| found.starts_with(name))
        {
            month = Some(index as u64 + 1);
        } else if year.is_none()
            && let Some((found, _)) = number(token, 2, 4)
        {
            year = Some(found);
        }
    }
    let (hour, minute, second) = time?;
    let (day, month) = (day?, month?);
    let year = match year? {
        year @ 70..=99 => year + 1900,
        year @ 0..=69 => year + 2000,
        year => year,
    };
    let in_range = (1..=31).contains(&day) && year >= 1601 && hour <= 23 && minute <= 59 && second <= 59;
    let days = in_range.then(|| days_since_1970(year, month, day))??;
    UNIX_EPOCH.checked_add(Duration::from_secs(days * 86_400 + hour * 3600 + minute * 60 + second))
}

/// `delimiter = %x09 / %x20-2F / %x3B-40 / %x5B-60 / %x7B-7E`
const fn is_delimiter(c: char) -> bool {
    matches!(c, '\t' | ' '..='/' | ';'..='@' | '['..='`' | '{'..='~')
}

/// `time = hms-time ( non-digit *OCTET )`, `hms-time = time-field ":" time-field ":" time-field`
fn clock(token: &str) -> Option<(u64, u64, u64)> {
    let (hour, rest) = number(token, 1, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 1, 2)?;
    let (second, _) = number(rest.strip_prefix(':')?, 1, 2)?;
    Some((hour, minute, second))
}

/// A number of `least` to `most` digits, which no further digit follows, and what follows it.
fn number(token: &str, least: usize, most: usize) -> Option<(u64, &str)> {
    let len = token.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = token.split_at(len);
    (least..=most).contains(&len).then(|| Some((digits.parse().ok()?, rest)))?
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. `None`: it lies before, or the month is shorter.
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let longest = match month {
        2 => 28 + u64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    // Years that begin in March, so that the leap day is the last one.
    let (years, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = years * 365 + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day;
    days.checked_sub(719_469).filter(|_| day <= longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_forms_that_servers_send() {
        for (text, secs) in [
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(1_445_412_480)),
            ("Thu, 02-Feb-17 15:27:08 GMT", Some(1_486_049_228)),
            ("Sun, 30-Jun-2019 00:00:00 GMT", Some(1_561_852_800)),
            ("Wednesday, 09-Nov-99 23:12:40 GMT", Some(942_189_160)),
            ("Thu Jan  1 00:00:10 1970", Some(10)),
            ("Tue Feb 29 12:34:56 2000 GMT", Some(951_827_696)),
            ("1 january 2038 3:14:7", Some(2_145_928_447)),
            ("Mon, 31-Dec-2099 23:59:59 UTC+5", Some(4_102_444_799)),
            // One of the four is missing, or there is no such day.
            ("Thu, 02-Feb-17", None),
            ("never", None),
            ("Sun, 30 Feb 2020 00:00:00 GMT", None),
            ("Sun, 29 Feb 2021 00:00:00 GMT", None),
            ("Wed, 21 Oct 2015 24:00:00 GMT", None),
            ("Fri, 31 Dec 1600 00:00:00 GMT", None),
            ("Wed, 31 Dec 1969 23:59:59 GMT", None),
        ] {
            let found = cookie_date(text).and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            assert_eq!(found.map(|since| since.as_secs()), secs, "{text}");
        }
    }
}
