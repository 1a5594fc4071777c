//! Preconditions: requests to be performed only if the resource is, or is not, in a state that the client
//! knows (RFC 9110 §13).

use std::time::SystemTime;

use crate::http::Method;

use super::{Request, Validators, validators::parse_date};

/// The result of evaluating the preconditions of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The request has no preconditions.
    None,
    /// All preconditions hold, so they do not change the answer. With the deciding field.
    Holds(&'static str),
    /// The client already has this state: 304. With the deciding field.
    NotModified(&'static str),
    /// A precondition failed: 412. With the deciding field.
    Failed(&'static str),
}

/// Evaluates the preconditions of `request` against the current state of its resource. `modified`: the value
/// for Last-Modified. `now`: the wall clock.
///
/// Call this only if the answer without preconditions would be a success. RFC 9110 §13.2.1: "A server MUST
/// ignore all received preconditions if its response to the same request without those conditions, prior to
/// processing the request content, would have been a status code other than a 2xx (Successful) or 412
/// (Precondition Failed)."
#[must_use]
pub(crate) fn evaluate(
    request: &Request<'_>,
    validators: &Validators,
    modified: Option<SystemTime>,
    now: SystemTime,
) -> Verdict {
    let method = request.method();
    // §13.2.1: "a server MUST ignore the conditional request header fields [...] when received with
    // a request method that does not involve the selection or modification of a selected
    // representation, such as CONNECT, OPTIONS, or TRACE."
    if matches!(method, Method::Connect | Method::Options | Method::Trace) {
        return Verdict::None;
    }
    let reads = matches!(method, Method::Get | Method::Head);
    let has = |name| request.value(name).is_some();
    let tag = validators.tag.as_deref();
    let mut verdict = Verdict::None;

    // §13.2.2, steps 1 and 2: If-Match, and only without it If-Unmodified-Since.
    if has(IF_MATCH) {
        // §13.1.1: "An origin server MUST use the strong comparison function".
        if !lists_tag(request, IF_MATCH, tag, Comparison::Strong) {
            return Verdict::Failed(IF_MATCH);
        }
        verdict = Verdict::Holds(IF_MATCH);
    } else if let (Some(date), Some(modified)) = (only_date(request, IF_UNMODIFIED_SINCE, now), modified) {
        if modified > date {
            return Verdict::Failed(IF_UNMODIFIED_SINCE);
        }
        verdict = Verdict::Holds(IF_UNMODIFIED_SINCE);
    }

    // Steps 3 and 4: If-None-Match, and only without it If-Modified-Since.
    if has(IF_NONE_MATCH) {
        // §13.1.2: "A recipient MUST use the weak comparison function".
        // "the condition is false if the origin server has a current representation for the target resource": a route
        // that only takes content has none.
        let has_representation = reads || tag.is_some() || modified.is_some();
        if has_representation && lists_tag(request, IF_NONE_MATCH, tag, Comparison::Weak) {
            return if reads { Verdict::NotModified(IF_NONE_MATCH) } else { Verdict::Failed(IF_NONE_MATCH) };
        }
        verdict = Verdict::Holds(IF_NONE_MATCH);
    } else if reads {
        // §13.1.3: "A recipient MUST ignore the If-Modified-Since header field if the received field
        // value is not a valid HTTP-date, the field value has more than one member, or if the
        // request method is neither GET nor HEAD." A date in the future is as good as another: the
        // representation is not newer than it.
        if let (Some(date), Some(modified)) = (only_date(request, IF_MODIFIED_SINCE, now), modified) {
            if modified <= date {
                return Verdict::NotModified(IF_MODIFIED_SINCE);
            }
            verdict = Verdict::Holds(IF_MODIFIED_SINCE);
        }
    }
    verdict
}

const IF_MATCH: &str = "If-Match";
const IF_NONE_MATCH: &str = "If-None-Match";
const IF_MODIFIED_SINCE: &str = "If-Modified-Since";
const IF_UNMODIFIED_SINCE: &str = "If-Unmodified-Since";

/// A comparison of two entity tags (RFC 9110 §8.8.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// "two entity tags are equivalent if both are not weak and their opaque-tags match
    /// character-by-character."
    Strong,
    /// "two entity tags are equivalent if their opaque-tags match character-by-character, regardless
    /// of either or both being tagged as "weak"."
    Weak,
}

/// Whether `received` is a single entity tag and equivalent to the strong tag `tag`.
#[must_use]
pub(super) fn is_tag(received: &[u8], tag: &str, comparison: Comparison) -> bool {
    matches!(take_tag(received), Some((received, [])) if received.is(tag, comparison))
}

/// Whether the field `name` is `*` or lists `tag`.
fn lists_tag(request: &Request<'_>, name: &str, tag: Option<&str>, comparison: Comparison) -> bool {
    let mut lines = request.values(name);
    // A single `*` matches any current state, and there is one.
    if let (Some(b"*"), None) = (lines.next(), lines.next()) {
        return true;
    }
    let Some(tag) = tag else { return false };
    // RFC 9110 §5.3: several lines of one name are one list.
    request.values(name).any(|line| list_holds(line, tag, comparison))
}

/// RFC 9110 §5.6.1.2: `#element => [ element ] *( OWS "," OWS [ element ] )`. A member that is not an entity
/// tag matches nothing; the members after it still count.
fn list_holds(mut line: &[u8], tag: &str, comparison: Comparison) -> bool {
    loop {
        while let [b' ' | b'\t' | b',', rest @ ..] = line {
            line = rest;
        }
        if line.is_empty() {
            return false;
        }
        if let Some((received, rest)) = take_tag(line) {
            let rest = rest.trim_ascii_start();
            if (rest.is_empty() || rest[0] == b',') && received.is(tag, comparison) {
                return true;
            }
            line = rest;
        }
        // Skip to the next comma; a tag that was read contains none.
        match memchr::memchr(b',', line) {
            Some(comma) => line = &line[comma..],
            None => return false,
        }
    }
}

/// An entity tag as it was received.
struct Received<'a> {
    weak: bool,
    /// The opaque tag with its quotes.
    opaque: &'a [u8],
}

impl Received<'_> {
    fn is(&self, tag: &str, comparison: Comparison) -> bool {
        self.opaque == tag.as_bytes() && !(self.weak && comparison == Comparison::Strong)
    }
}

/// RFC 9110 §8.8.3: `entity-tag = [ weak ] opaque-tag`, `weak = %s"W/"`,
/// `opaque-tag = DQUOTE *etagc DQUOTE`, `etagc = %x21 / %x23-7E / obs-text`: commas included.
fn take_tag(line: &[u8]) -> Option<(Received<'_>, &[u8])> {
    let (weak, line) = match line {
        [b'W', b'/', rest @ ..] => (true, rest),
        line => (false, line),
    };
    let inner = line.strip_prefix(b"\"")?;
    let len = inner.iter().position(|byte| !matches!(byte, 0x21 | 0x23..=0x7E | 0x80..))?;
    (inner[len] == b'"').then(|| {
        let (opaque, rest) = line.split_at(len + 2);
        (Received { weak, opaque }, rest)
    })
}

/// The date of a field that occurs once and holds a valid HTTP-date.
fn only_date(request: &Request<'_>, name: &str, now: SystemTime) -> Option<SystemTime> {
    let mut lines = request.values(name);
    match (lines.next(), lines.next()) {
        (Some(value), None) => parse_date(value, now),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{super::testing::Sent, *};

    /// `Tue, 02 Jan 2024 03:04:05 GMT`
    const MODIFIED_SECS: u64 = 1_704_164_645;
    const DATE: &str = "Tue, 02 Jan 2024 03:04:05 GMT";

    fn verdict(line: &str, fields: &[&str]) -> Verdict {
        let validators = Validators { tag: Some("\"now\"".into()), modified: None };
        let modified = Some(UNIX_EPOCH + Duration::from_secs(MODIFIED_SECS));
        evaluate(
            &Sent::new(line, fields).request(),
            &validators,
            modified,
            UNIX_EPOCH + Duration::from_secs(MODIFIED_SECS),
        )
    }

    #[test]
    fn tags_are_compared_as_each_field_asks() {
        for (field, expected) in [
            ("If-None-Match: \"now\"", Verdict::NotModified(IF_NONE_MATCH)),
            ("If-None-Match: W/\"now\"", Verdict::NotModified(IF_NONE_MATCH)),
            ("If-None-Match: *", Verdict::NotModified(IF_NONE_MATCH)),
            ("If-None-Match: \"x\", \"now\" , \"y\"", Verdict::NotModified(IF_NONE_MATCH)),
            ("If-None-Match: ,, \"now\"", Verdict::NotModified(IF_NONE_MATCH)),
            ("If-None-Match: \"nope\"", Verdict::Holds(IF_NONE_MATCH)),
            ("If-None-Match: \"a,\"now\"", Verdict::Holds(IF_NONE_MATCH)),
            ("If-None-Match: now", Verdict::Holds(IF_NONE_MATCH)),
            ("If-None-Match: now, \"now\"", Verdict::NotModified(IF_NONE_MATCH)),
            ("If-None-Match: \"now\"x", Verdict::Holds(IF_NONE_MATCH)),
            ("If-None-Match: \"now", Verdict::Holds(IF_NONE_MATCH)),
            ("If-None-Match: w/\"now\"", Verdict::Holds(IF_NONE_MATCH)),
            ("If-None-Match: \"x\", *", Verdict::Holds(IF_NONE_MATCH)),
            ("If-None-Match:", Verdict::Holds(IF_NONE_MATCH)),
            ("If-Match: \"now\"", Verdict::Holds(IF_MATCH)),
            ("If-Match: *", Verdict::Holds(IF_MATCH)),
            ("If-Match: W/\"now\"", Verdict::Failed(IF_MATCH)),
            ("If-Match: \"nope\"", Verdict::Failed(IF_MATCH)),
        ] {
            assert_eq!(verdict("GET /", &[field]), expected, "{field}");
        }
        let lines = ["If-None-Match: \"x\"", "If-None-Match: \"now\""];
        assert_eq!(verdict("GET /", &lines), Verdict::NotModified(IF_NONE_MATCH));
    }

    #[test]
    fn dates_count_to_the_second_and_invalid_ones_not_at_all() {
        for (field, expected) in [
            ("If-Modified-Since: Tue, 02 Jan 2024 03:04:05 GMT", Verdict::NotModified(IF_MODIFIED_SINCE)),
            ("If-Modified-Since: Tuesday, 02-Jan-24 03:04:05 GMT", Verdict::NotModified(IF_MODIFIED_SINCE)),
            ("If-Modified-Since: Tue Jan  2 03:04:05 2024", Verdict::NotModified(IF_MODIFIED_SINCE)),
            ("If-Modified-Since: Tue, 02 Jan 2024 03:04:04 GMT", Verdict::Holds(IF_MODIFIED_SINCE)),
            ("If-Modified-Since: Fri, 31 Dec 2099 23:59:59 GMT", Verdict::NotModified(IF_MODIFIED_SINCE)),
            ("If-Modified-Since: yesterday", Verdict::None),
            ("If-Unmodified-Since: Tue, 02 Jan 2024 03:04:05 GMT", Verdict::Holds(IF_UNMODIFIED_SINCE)),
            ("If-Unmodified-Since: Tue, 02 Jan 2024 03:04:04 GMT", Verdict::Failed(IF_UNMODIFIED_SINCE)),
            ("If-Unmodified-Since: yesterday", Verdict::None),
        ] {
            assert_eq!(verdict("GET /", &[field]), expected, "{field}");
        }
        let date = format!("If-Modified-Since: {DATE}");
        assert_eq!(verdict("GET /", &[&date, &date]), Verdict::None, "two lines are two members");
    }

    #[test]
    fn where_there_is_nothing_to_get_no_state_matches() {
        let sent = Sent::new("POST /echo", &["If-None-Match: *"]);
        let now = UNIX_EPOCH + Duration::from_secs(MODIFIED_SECS);
        let verdict = evaluate(&sent.request(), &Validators::default(), None, now);
        assert_eq!(verdict, Verdict::Holds(IF_NONE_MATCH));
    }

    /// RFC 9110 §13.2.2, the order of the steps.
    #[test]
    fn a_tag_goes_before_a_date() {
        let since = format!("If-Modified-Since: {DATE}");
        let long_ago = "Thu, 01 Jan 1970 00:00:01 GMT";
        let unmodified = format!("If-Unmodified-Since: {long_ago}");
        assert_eq!(verdict("GET /", &["If-None-Match: \"nope\"", &since]), Verdict::Holds(IF_NONE_MATCH));
        assert_eq!(verdict("GET /", &["If-Match: *", &unmodified]), Verdict::Holds(IF_MATCH));
        assert_eq!(
            verdict("GET /", &["If-None-Match: \"now\"", &format!("If-Modified-Since: {long_ago}")]),
            Verdict::NotModified(IF_NONE_MATCH)
        );
        assert_eq!(
            verdict("GET /", &["If-Match: \"nope\"", "If-None-Match: \"now\""]),
            Verdict::Failed(IF_MATCH)
        );
        assert_eq!(
            verdict("GET /", &["If-Match: \"now\"", "If-None-Match: \"now\""]),
            Verdict::NotModified(IF_NONE_MATCH)
        );
    }

    #[test]
    fn the_method_decides_what_a_false_condition_means() {
        assert_eq!(verdict("HEAD /", &["If-None-Match: *"]), Verdict::NotModified(IF_NONE_MATCH));
        assert_eq!(verdict("POST /", &["If-None-Match: *"]), Verdict::Failed(IF_NONE_MATCH));
        assert_eq!(verdict("OPTIONS /", &["If-None-Match: *"]), Verdict::None);
        assert_eq!(verdict("POST /", &[&format!("If-Modified-Since: {DATE}")]), Verdict::None);
    }

    #[test]
    fn without_validators_only_the_star_can_match() {
        let evaluate = |field| {
            evaluate(&Sent::new("GET /", &[field]).request(), &Validators::default(), None, UNIX_EPOCH)
        };
        assert_eq!(evaluate("If-None-Match: *"), Verdict::NotModified(IF_NONE_MATCH));
        assert_eq!(evaluate("If-None-Match: \"x\""), Verdict::Holds(IF_NONE_MATCH));
        assert_eq!(evaluate("If-Match: \"x\""), Verdict::Failed(IF_MATCH));
        assert_eq!(evaluate("If-Unmodified-Since: Thu, 01 Jan 1970 00:00:01 GMT"), Verdict::None);
    }
}
