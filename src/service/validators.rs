//! Validators: they distinguish the states of a resource (RFC 9110 §8.8).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::base::shared_text::SharedText;

/// The validators of a reply's representation, or of the whole representation if the reply has a range of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The entity tag with its quotes; always a strong one. `None`: no tag.
    pub tag: Option<SharedText>,
    /// Last modification according to the file system, which may lie in the future or before 1970. `None`:
    /// unknown.
    pub modified: Option<SystemTime>,
}

impl Validators {
    /// Validators of a file. The tag consists of the length, the modification time in nanoseconds, and a hash of
    /// `state`: what else differs between two states of a file, such as its number on the disk and the time of the
    /// last change to its metadata, which no program can set.
    ///
    /// RFC 9110 §8.8.1: a strong validator "changes value whenever a change occurs to the representation data". Two
    /// builds of a file can have one length and one time.
    #[must_use]
    pub fn of_file(len: u64, modified: Option<SystemTime>, state: &[u64]) -> Self {
        let tag = modified.map(|modified| {
            let (sign, since) = match modified.duration_since(UNIX_EPOCH) {
                Ok(since) => ("", since),
                Err(before) => ("-", before.duration()),
            };
            let state: Vec<u8> = state.iter().flat_map(|number| number.to_le_bytes()).collect();
            format!("\"{len:x}-{sign}{:x}-{:016x}\"", since.as_nanos(), fnv1a(&state)).into()
        });
        Self { tag, modified }
    }

    /// Validators of content in memory, with a tag that depends only on the bytes.
    #[must_use]
    pub fn of_content(content: &[u8]) -> Self {
        Self { tag: Some(format!("\"{:x}-{:016x}\"", content.len(), fnv1a(content)).into()), modified: None }
    }

    /// The value for Last-Modified at the time `now`, in whole seconds. `None`: no such value that an
    /// HTTP-date could express.
    #[must_use]
    pub fn last_modified(&self, now: SystemTime) -> Option<SystemTime> {
        // RFC 9110 §8.8.2.1: "An origin server with a clock MUST NOT generate a Last-Modified date
        // that is later than the server's time of message origination (Date, Section 6.6.1)."
        let modified = self.modified?.min(now);
        let secs = modified.duration_since(UNIX_EPOCH).ok()?.as_secs();
        (secs < END_OF_9999).then(|| UNIX_EPOCH + Duration::from_secs(secs))
    }
}

/// The first second beyond the four-digit years of an HTTP-date, in seconds since 1970.
const END_OF_9999: u64 = 253_402_300_800;

/// Parses an HTTP-date in any of its three forms. `now` tells the century of a year of two digits. `None`: not an
/// HTTP-date.
///
/// RFC 9110 §5.6.7: "A recipient that parses a timestamp value in an HTTP field MUST accept all
/// three HTTP-date formats." The day name says nothing that the date does not, so a wrong one does
/// not make the date invalid.
#[must_use]
pub(super) fn parse_date(value: &[u8], now: SystemTime) -> Option<SystemTime> {
    let text = str::from_utf8(value).ok()?;
    // `second = 2DIGIT`, of which 60 is a leap second: the one after 59.
    if let Some(at) = text.find(":60").filter(|at| matches!(text.as_bytes().get(at + 3), Some(b' '))) {
        let before = format!("{}:59{}", &text[..at], &text[at + 3..]);
        return parse_date(before.as_bytes(), now)?.checked_add(Duration::from_secs(1));
    }
    let (day, rest) = text.split_at(text.find([',', ' '])?);
    DAYS.iter().any(|names| names.contains(&day)).then_some(())?;
    if day.len() > 3 {
        return of_short_year(rest, now);
    }
    of_any_day(rest)
}

/// The date of this text after the name of its day, whichever that is.
fn of_any_day(rest: &str) -> Option<SystemTime> {
    DAYS.iter().find_map(|names| httpdate::parse_http_date(&format!("{}{rest}", names[0])).ok())
}

/// `, 06-Nov-94 08:49:37 GMT`. "Recipients of a timestamp value in rfc850-date format, which uses a two-digit year, MUST
/// interpret a timestamp that appears to be more than 50 years in the future as representing the most recent year in the
/// past that had the same last two digits."
fn of_short_year(rest: &str, now: SystemTime) -> Option<SystemTime> {
    let (date, time) = rest.strip_prefix(", ")?.split_once(' ')?;
    let parts: Vec<&str> = date.split('-').collect();
    let [day, month, year] = parts[..] else { return None };
    let year: u64 = Some(year).filter(|year| year.len() == 2)?.parse().ok()?;
    let of_century =
        |century: u64| of_any_day(&format!(", {day} {month} {:04} {time}", century * 100 + year));
    let today = httpdate::fmt_http_date(now.max(UNIX_EPOCH));
    let century = today.get(12..14)?.parse::<u64>().ok()?;
    let latest = now.checked_add(Duration::from_secs(FIFTY_YEARS))?;
    let ahead = of_century(century + 1).filter(|date| *date <= latest);
    ahead.or_else(|| of_century(century).filter(|date| *date <= latest)).or_else(|| of_century(century - 1))
}

/// Fifty years, in seconds.
const FIFTY_YEARS: u64 = 50 * 31_556_952;

const DAYS: [[&str; 2]; 7] = [
    ["Mon", "Monday"],
    ["Tue", "Tuesday"],
    ["Wed", "Wednesday"],
    ["Thu", "Thursday"],
    ["Fri", "Friday"],
    ["Sat", "Saturday"],
    ["Sun", "Sunday"],
];

/// The 64-bit FNV-1a hash: identical in every build and on every machine, which the standard library's hasher
/// does not promise.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    /// 1 January 2026.
    const NOW: u64 = 1_767_225_600;

    #[test]
    fn a_leap_second_is_the_one_after_59() {
        let end_of_2016 = Some(at(1_483_228_800));
        for text in
            ["Sat, 31 Dec 2016 23:59:60 GMT", "Saturday, 31-Dec-16 23:59:60 GMT", "Sat Dec 31 23:59:60 2016"]
        {
            assert_eq!(parse_date(text.as_bytes(), at(NOW)), end_of_2016, "{text}");
        }
        assert_eq!(parse_date(b"Sat, 31 Dec 2016 23:59:61 GMT", at(NOW)), None);
    }

    #[test]
    fn a_short_year_is_at_most_fifty_years_ahead() {
        let year = |text: &str| {
            let date = parse_date(format!("Monday, 02-Feb-{text} 00:00:00 GMT").as_bytes(), at(NOW)).unwrap();
            httpdate::fmt_http_date(date)[12..16].to_owned()
        };
        for (text, expected) in
            [("75", "2075"), ("77", "1977"), ("94", "1994"), ("26", "2026"), ("00", "2000")]
        {
            assert_eq!(year(text), expected);
        }
    }

    fn at(secs: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(secs)
    }

    #[test]
    fn a_file_tag_tells_nanoseconds_and_lengths_apart() {
        let tag = |len, nanos| Validators::of_file(len, Some(at(5) + Duration::from_nanos(nanos)), &[]).tag;
        assert_eq!(tag(26, 0).as_deref(), Some("\"1a-12a05f200-cbf29ce484222325\""));
        assert_ne!(tag(26, 0), tag(26, 1));
        assert_ne!(tag(26, 0), tag(27, 0));
        let before = Validators::of_file(26, Some(UNIX_EPOCH - Duration::from_secs(5)), &[]).tag;
        let other = Validators::of_file(26, Some(at(5)), &[7]).tag;
        assert_ne!(tag(26, 0), other);
        assert_ne!(tag(26, 0), before);
    }

    #[test]
    fn a_content_tag_is_the_same_in_every_build() {
        // The published check values of FNV-1a, for no bytes and for "a".
        assert_eq!(Validators::of_content(b"").tag.as_deref(), Some("\"0-cbf29ce484222325\""));
        assert_eq!(Validators::of_content(b"a").tag.as_deref(), Some("\"1-af63dc4c8601ec8c\""));
    }

    #[test]
    fn last_modified_is_never_later_than_now_and_always_a_date() {
        let validators = |modified| Validators { tag: None, modified: Some(modified) };
        assert_eq!(validators(at(7) + Duration::from_millis(9)).last_modified(at(10)), Some(at(7)));
        assert_eq!(validators(at(20)).last_modified(at(10)), Some(at(10)));
        assert_eq!(validators(UNIX_EPOCH - Duration::from_secs(1)).last_modified(at(10)), None);
        assert_eq!(validators(at(END_OF_9999)).last_modified(at(END_OF_9999 + 5)), None);
    }

    #[test]
    fn all_three_forms_of_a_date_are_read() {
        let date = at(784_111_777);
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(parse_date(text.as_bytes(), at(NOW)), Some(date), "{text}");
        }
    }

    #[test]
    fn a_wrong_day_name_does_not_spoil_a_date() {
        let last_of_2099 = at(4_102_444_799);
        for text in
            ["Fri, 31 Dec 2099 23:59:59 GMT", "Thu, 31 Dec 2099 23:59:59 GMT", "Fri Dec 31 23:59:59 2099"]
        {
            assert_eq!(parse_date(text.as_bytes(), at(NOW)), Some(last_of_2099), "{text}");
        }
        assert_eq!(parse_date(b"Monday, 06-Nov-94 08:49:37 GMT", at(NOW)), Some(at(784_111_777)));
    }

    #[test]
    fn what_is_no_date_is_no_date() {
        for text in
            ["", "yesterday", "Sun, 31 Feb 1994 08:49:37 GMT", "Xyz, 06 Nov 1994 08:49:37 GMT", "0", ",", "é"]
        {
            assert_eq!(parse_date(text.as_bytes(), at(NOW)), None, "{text}");
        }
        assert_eq!(parse_date(b"\xff", at(NOW)), None);
    }
}
