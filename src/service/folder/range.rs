//! A part of a file: Range and If-Range (RFC 9110 §14, §13.1.5).

use std::{
    ops::Range,
    time::{Duration, SystemTime},
};

use crate::http::Method;

use super::super::{
    Request, Validators,
    conditional::{Comparison, is_tag},
    validators::parse_date,
};

/// The part of a file that a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The whole file.
    Whole,
    /// The bytes `start..end`. `start < end`, and `end` is at most the file's length.
    Part {
        /// Offset of the first byte.
        start: u64,
        /// Offset after the last byte.
        end: u64,
    },
    /// At least two parts, in the order of the request. No two of them touch.
    Parts(Vec<Range<u64>>),
    /// Only bytes beyond the end of the file.
    Nothing,
}

/// Upper bound on the parts of a response. If more are requested, the whole file is sent.
///
/// RFC 9110 §14.2: "A server that supports range requests MAY ignore or reject a Range header field
/// that contains an invalid ranges-specifier (Section 14.1.1), a ranges-specifier with more than two
/// overlapping ranges, or a set of many small ranges that are not listed in ascending order, since
/// these are indications of either a broken client or a deliberate denial-of-service attack".
const PARTS_MAX: usize = 16;

/// The part that `request` asks for of a file of `len` bytes.
#[must_use]
pub(crate) fn wanted(request: &Request<'_>, validators: &Validators, len: u64, now: SystemTime) -> Wanted {
    // §14.2: "A server MUST ignore a Range header field received with a request method that is
    // unrecognized or for which range handling is not defined. For this specification, GET is the
    // only method for which range handling is defined."
    if request.method() != Method::Get {
        return Wanted::Whole;
    }
    let mut lines = request.values("Range");
    // Range is not a list of ranges specifiers, so two field lines cannot be combined.
    let (Some(value), None) = (lines.next(), lines.next()) else { return Wanted::Whole };
    if !if_range_holds(request, validators, now) {
        return Wanted::Whole;
    }
    match parse(value) {
        // Of an empty file there is no part. Clients that resume a download ask for one all the same, and would keep
        // the text of an error for the file. §14.2: "A server MAY ignore the Range header field."
        Some(_) if len == 0 => Wanted::Whole,
        Some(specs) => of_all(&specs, len),
        // §14.2: "A server MAY ignore the Range header field." And: "An origin server MUST ignore a
        // Range header field that contains a range unit it does not understand."
        None => Wanted::Whole,
    }
}

/// RFC 9110 §14.1.1: `int-range = first-pos "-" [ last-pos ]`, `suffix-range = "-" suffix-length`. Numbers
/// that do not fit into 64 bits become the largest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spec {
    /// The offset of the first byte and, if given, of the last byte, inclusive.
    From(u64, Option<u64>),
    /// This many bytes at the end of the file.
    Last(u64),
}

impl Spec {
    /// The range within a file of `len` bytes. `None`: the file has none of these bytes.
    fn of(self, len: u64) -> Option<Range<u64>> {
        match self {
            Self::Last(0) => None,
            // §14.1.2: "If the selected representation is shorter than the specified suffix-length,
            // the entire representation is used."
            Self::Last(suffix) => Some(len.saturating_sub(suffix)..len),
            Self::From(first, _) if first >= len => None,
            // "if the value is greater than or equal to the current length of the representation
            // data, the byte range is interpreted as the remainder of the representation".
            Self::From(first, last) => Some(first..last.map_or(len, |last| last.saturating_add(1).min(len))),
        }
    }
}

/// §14.1.2: "a byte-range-spec is satisfiable if [...]"; those that are not are left out, and if none
/// is left, there is nothing to send.
fn of_all(specs: &[Spec], len: u64) -> Wanted {
    let satisfiable: Vec<_> = specs.iter().filter_map(|spec| spec.of(len)).collect();
    // An empty file has no satisfiable range.
    if satisfiable.iter().any(Range::is_empty) {
        return Wanted::Whole;
    }
    let mut parts = coalesced(satisfiable);
    match parts.len() {
        0 => Wanted::Nothing,
        // §15.3.7.2: "A server MUST NOT generate a multipart response to a request for a single
        // range", and where only one of several is left, it need not either.
        1 => parts.pop().map_or(Wanted::Nothing, |Range { start, end }| Wanted::Part { start, end }),
        2..=PARTS_MAX => Wanted::Parts(parts),
        _ => Wanted::Whole,
    }
}

/// §15.3.7.2: "a server MAY coalesce any of the ranges that overlap, or that are separated by a gap
/// that is smaller than the overhead of sending multiple parts". Here those that overlap or touch, so
/// that no byte is sent twice. A coalesced range stands where the first of its members stood.
fn coalesced(ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    let mut sorted: Vec<(Range<u64>, usize)> =
        ranges.into_iter().enumerate().map(|(at, range)| (range, at)).collect();
    sorted.sort_unstable_by_key(|(range, _)| range.start);
    let mut joined: Vec<(Range<u64>, usize)> = Vec::new();
    for (range, at) in sorted {
        match joined.last_mut() {
            Some((last, first)) if range.start <= last.end => {
                last.end = last.end.max(range.end);
                *first = (*first).min(at);
            }
            _ => joined.push((range, at)),
        }
    }
    joined.sort_unstable_by_key(|(_, at)| *at);
    joined.into_iter().map(|(range, _)| range).collect()
}

/// RFC 9110 §14.2: `Range = ranges-specifier`, §14.1.1: `ranges-specifier = range-unit "=" range-set`,
/// `range-set = 1#range-spec`. `None`: another unit, or malformed.
fn parse(value: &[u8]) -> Option<Vec<Spec>> {
    let value = str::from_utf8(value).ok()?;
    let (unit, set) = value.split_once('=')?;
    // §14.1: "range-unit names are case-insensitive".
    if !unit.eq_ignore_ascii_case("bytes") || set.starts_with([' ', '\t']) {
        return None;
    }
    // §5.6.1.2: empty members of a list are ignored; at least one other must remain.
    let members = set.split(',').map(|member| member.trim_matches([' ', '\t']));
    let specs: Vec<_> = members.filter(|member| !member.is_empty()).map(spec).collect::<Option<_>>()?;
    (!specs.is_empty()).then_some(specs)
}

fn spec(member: &str) -> Option<Spec> {
    match member.split_once('-')? {
        ("", suffix) => Some(Spec::Last(position(suffix)?)),
        (first, "") => Some(Spec::From(position(first)?, None)),
        (first, last) => {
            let (first, last) = (position(first)?, position(last)?);
            // §14.1.1: "An int-range is invalid if the last-pos value is present, and its value is
            // less than first-pos." §14.2 lets a server ignore an invalid ranges-specifier.
            (first <= last).then_some(Spec::From(first, Some(last)))
        }
    }
}

/// `1*DIGIT`.
fn position(digits: &str) -> Option<u64> {
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// RFC 9110 §13.1.5: "If the validator given in the If-Range header field matches the current
/// validator for the selected representation of the target resource, then the server SHOULD process
/// the Range header field as requested."
fn if_range_holds(request: &Request<'_>, validators: &Validators, now: SystemTime) -> bool {
    let Some(value) = request.value("If-Range") else { return true };
    if value.starts_with(b"\"") || value.starts_with(b"W/") {
        // "the If-Range condition is true if and only if the entity tags match according to the
        // strong comparison function".
        return validators.tag.as_deref().is_some_and(|tag| is_tag(value, tag, Comparison::Strong));
    }
    // "If the HTTP-date validator provided is not a strong validator in the sense defined by Section
    // 8.8.2.2, the condition is false. If the HTTP-date validator provided exactly matches the
    // Last-Modified field value for the selected representation, the condition is true." Strong: the
    // second that it names was over when the response with it was made, at the latest now.
    match (parse_date(value, now), validators.last_modified(now)) {
        (Some(date), Some(modified)) => date == modified && date + Duration::from_secs(1) <= now,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::service::testing::Sent;

    const MODIFIED_SECS: u64 = 1_704_164_645;
    const DATE: &str = "Tue, 02 Jan 2024 03:04:05 GMT";

    fn wanted_at(secs: u64, line: &str, fields: &[&str], len: u64) -> Wanted {
        let modified = UNIX_EPOCH + Duration::from_secs(MODIFIED_SECS);
        let validators = Validators { tag: Some("\"now\"".into()), modified: Some(modified) };
        let now = UNIX_EPOCH + Duration::from_secs(secs);
        wanted(&Sent::new(line, fields).request(), &validators, len, now)
    }

    fn of(range: &str, len: u64) -> Wanted {
        wanted_at(MODIFIED_SECS + 60, "GET /", &[&format!("Range: {range}")], len)
    }

    fn part(start: u64, end: u64) -> Wanted {
        Wanted::Part { start, end }
    }

    #[test]
    fn one_range_is_cut_out() {
        for (range, expected) in [
            ("bytes=0-4", part(0, 5)),
            ("bytes=0-0", part(0, 1)),
            ("bytes=25-25", part(25, 26)),
            ("bytes=20-", part(20, 26)),
            ("bytes=-5", part(21, 26)),
            ("bytes=-26", part(0, 26)),
            ("bytes=-999", part(0, 26)),
            ("bytes=0-999", part(0, 26)),
            ("BYTES=0-4", part(0, 5)),
            ("bytes=0-4,", part(0, 5)),
            ("bytes=, 0-4 ,", part(0, 5)),
            ("bytes=,0-4 ,", part(0, 5)),
            ("bytes=00-04", part(0, 5)),
            ("bytes=0-99999999999999999999999999", part(0, 26)),
            ("bytes=-99999999999999999999999999", part(0, 26)),
            ("bytes=0-18446744073709551615", part(0, 26)),
        ] {
            assert_eq!(of(range, 26), expected, "{range}");
        }
    }

    #[test]
    fn a_range_beyond_the_end_is_nothing() {
        for range in ["bytes=26-", "bytes=26-30", "bytes=-0", "bytes=99999999999999999999999999-"] {
            assert_eq!(of(range, 26), Wanted::Nothing, "{range}");
        }
        for range in ["bytes=0-0", "bytes=0-", "bytes=-5", "bytes=-0"] {
            assert_eq!(of(range, 0), Wanted::Whole, "{range} of an empty file");
        }
    }

    #[test]
    fn what_is_not_one_valid_range_is_ignored() {
        for range in [
            "bytes=5-2",
            "lines=1-2",
            "bytes = 0-4",
            "bytes= 0-4",
            "bytes=0 - 4",
            "bytes=",
            "bytes=-",
            "bytes",
            "bytes=a-b",
            "bytes=0x0-4",
            "bytes=+0-4",
            "bytes=--4",
            "bytes=1-2-3",
            "bytes=0-1,x",
            "bytes=0-1,5-4",
            "",
            "=0-4",
        ] {
            assert_eq!(of(range, 26), Wanted::Whole, "{range}");
        }
        let fields = ["Range: bytes=0-4", "Range: bytes=0-4"];
        assert_eq!(wanted_at(MODIFIED_SECS, "GET /", &fields, 26), Wanted::Whole);
    }

    #[test]
    fn several_ranges_are_parts_in_the_order_asked_for() {
        let parts = |ranges: &[Range<u64>]| Wanted::Parts(ranges.to_vec());
        for (range, expected) in [
            ("bytes=0-1,4-5", parts(&[0..2, 4..6])),
            ("bytes=-2 , 0-0", parts(&[24..26, 0..1])),
            ("bytes=20-,3-4,0-1", parts(&[20..26, 3..5, 0..2])),
            ("bytes=0-1,100-200", part(0, 2)),
            ("bytes=0-1,100-200,5-6,-0", parts(&[0..2, 5..7])),
            ("bytes=0-10,5-15", part(0, 16)),
            ("bytes=5-9,0-4", part(0, 10)),
            ("bytes=20-21,0-1,21-22,1-2", parts(&[20..23, 0..3])),
            ("bytes=0-0,2-2,1-1", part(0, 3)),
            ("bytes=30-,-0", Wanted::Nothing),
        ] {
            assert_eq!(of(range, 26), expected, "{range}");
        }
        assert_eq!(of("bytes=-1,-2", 0), Wanted::Whole);
    }

    #[test]
    fn many_ranges_cost_no_more_than_the_file() {
        let list = |count: u64| {
            let members: Vec<_> = (0..count).map(|at| format!("{}-{}", at * 2, at * 2)).collect();
            of(&format!("bytes={}", members.join(",")), 100_000)
        };
        assert!(matches!(list(16), Wanted::Parts(parts) if parts.len() == 16));
        assert_eq!(list(17), Wanted::Whole);
        let overlapping = format!("bytes={}", vec!["0-"; 5_000].join(","));
        assert_eq!(of(&overlapping, 100), part(0, 100));
    }

    #[test]
    fn only_get_has_ranges() {
        for line in ["HEAD /", "POST /"] {
            assert_eq!(wanted_at(MODIFIED_SECS, line, &["Range: bytes=0-4"], 26), Wanted::Whole, "{line}");
        }
    }

    #[test]
    fn if_range_needs_the_very_state() {
        let with = |secs, value: &str| {
            wanted_at(secs, "GET /", &["Range: bytes=0-4", &format!("If-Range: {value}")], 26)
        };
        let later = MODIFIED_SECS + 60;
        assert_eq!(with(later, "\"now\""), part(0, 5));
        assert_eq!(with(later, DATE), part(0, 5));
        for value in
            ["W/\"now\"", "\"nope\"", "\"now\", \"x\"", "*", "", "now", "Tue, 02 Jan 2024 03:04:06 GMT"]
        {
            assert_eq!(with(later, value), Wanted::Whole, "{value}");
        }
        assert_eq!(with(MODIFIED_SECS, DATE), Wanted::Whole, "the second is not over yet");
    }
}
