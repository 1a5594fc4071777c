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
    /// Validators of a file. The tag consists of the length and the modification time in nanoseconds, so it
    /// changes whenever the file system reports a change of the content.
    #[must_use]
    pub fn of_file(len: u64, modified: Option<SystemTime>) -> Self {
        let tag = modified.map(|modified| {
            let (sign, since) = match modified.duration_since(UNIX_EPOCH) {
                Ok(since) => ("", since),
                Err(before) => ("-", before.duration()),
            };
            format!("\"{len:x}-{sign}{:x}\"", since.as_nanos()).into()
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

/// Parses an HTTP-date in any of its three forms. `None`: not an HTTP-date.
///
/// RFC 9110 §5.6.7: "A recipient that parses a timestamp value in an HTTP field MUST accept all
/// three HTTP-date formats." The day name says nothing that the date does not, so a wrong one does
/// not make the date invalid.
#[must_use]
pub(super) fn parse_date(value: &[u8]) -> Option<SystemTime> {
    let text = str::from_utf8(value).ok()?;
    if let Ok(date) = httpdate::parse_http_date(text) {
        return Some(date);
    }
    let (day, rest) = text.split_at(text.find([',', ' '])?);
    DAYS.iter().any(|names| names.contains(&day)).then_some(())?;
    let long = usize::from(day.len() > 3);
    DAYS.iter().find_map(|names| httpdate::parse_http_date(&format!("{}{rest}", names[long])).ok())
}

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

    fn at(secs: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(secs)
    }

    #[test]
    fn a_file_tag_tells_nanoseconds_and_lengths_apart() {
        let tag = |len, nanos| Validators::of_file(len, Some(at(5) + Duration::from_nanos(nanos))).tag;
        assert_eq!(tag(26, 0).as_deref(), Some("\"1a-12a05f200\""));
        assert_ne!(tag(26, 0), tag(26, 1));
        assert_ne!(tag(26, 0), tag(27, 0));
        let before = Validators::of_file(26, Some(UNIX_EPOCH - Duration::from_secs(5))).tag;
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
            assert_eq!(parse_date(text.as_bytes()), Some(date), "{text}");
        }
    }

    #[test]
    fn a_wrong_day_name_does_not_spoil_a_date() {
        let last_of_2099 = at(4_102_444_799);
        for text in
            ["Fri, 31 Dec 2099 23:59:59 GMT", "Thu, 31 Dec 2099 23:59:59 GMT", "Fri Dec 31 23:59:59 2099"]
        {
            assert_eq!(parse_date(text.as_bytes()), Some(last_of_2099), "{text}");
        }
        assert_eq!(parse_date(b"Monday, 06-Nov-94 08:49:37 GMT"), Some(at(784_111_777)));
    }

    #[test]
    fn what_is_no_date_is_no_date() {
        for text in
            ["", "yesterday", "Sun, 31 Feb 1994 08:49:37 GMT", "Xyz, 06 Nov 1994 08:49:37 GMT", "0", ",", "é"]
        {
            assert_eq!(parse_date(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_date(b"\xff"), None);
    }
}
