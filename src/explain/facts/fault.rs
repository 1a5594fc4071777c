//! The rule that a request breaks, and the bytes that break it.

use std::ops::Range;

use crate::http::{Head, Rule, head::slice};

use super::stream::StreamFacts;

/// Why a request was refused, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The rule.
    pub rule: Rule,
    /// The bytes at fault, as a range of the request's stream. `None`: no byte is, because something is missing
    /// or late or depends on more than this request; or the bytes are not kept.
    pub span: Option<Range<u64>>,
    /// The byte at fault, where it is one.
    pub found: Option<u8>,
}

/// Finds the bytes at fault where the server did not say which they are: a route, the folder and the middleware
/// see parts of a request and not the places of these parts. `None` as in [`Fault::span`].
#[must_use]
pub fn locate_fault(rule: Rule, head: Option<&Head>, request: &StreamFacts) -> Option<Range<u64>> {
    let head = head?;
    let part = |range: &Range<u32>| head.start + u64::from(range.start)..head.start + u64::from(range.end);
    let bytes = request.bytes(&(head.start..head.end));
    let value = |names: &[&str]| {
        let named = |name: &&str| {
            head.fields.iter().find(|field| slice(bytes, &field.name).eq_ignore_ascii_case(name.as_bytes()))
        };
        names.iter().find_map(named).map(|field| part(&field.value))
    };
    match rule {
        Rule::MethodNotImplemented | Rule::MethodNotAllowed => Some(part(&head.method_range)),
        Rule::PathClimbs
        | Rule::PathMalformed
        | Rule::LinkLeaves
        | Rule::NotAFile
        | Rule::FileDenied
        | Rule::FileFailed
        | Rule::NotFound
        | Rule::FolderGone
        | Rule::ParameterInvalid => Some(part(&head.target)),
        // RFC 9110 §13.2.2: the order in which preconditions are looked at.
        Rule::PreconditionFailed => value(&["If-Match", "If-Unmodified-Since", "If-None-Match"]),
        Rule::RangeNotSatisfiable => value(&["Range"]),
        Rule::NotAcceptable => value(&["Accept-Encoding"]),
        Rule::CredentialsMissing => value(&["Authorization"]),
        Rule::BodyUnreadable => body(request),
        _ => None,
    }
}

/// From the first byte of content to the last, chunk framing between them included.
fn body(request: &StreamFacts) -> Option<Range<u64>> {
    let mut content = request.content();
    let first = content.next()?;
    let end = content.last().map_or(first.end, |last| last.end);
    Some(first.start..end)
}
