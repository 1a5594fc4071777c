//! Which bytes of a request a refusal is about, where the server did not say it: a route, the folder and
//! the middleware see parts of a request and not their places.

use std::ops::Range;

use crate::http::{Field, Head, Rule, SpanKind, head::slice};

use super::reading::Reading;

/// The bytes at fault, as a stream range. `None`: no byte is, for something is missing, late, or
/// depends on more than this request; or the bytes are not kept.
#[must_use]
pub fn blamed(rule: Rule, requests: &Reading<Head>) -> Option<Range<u64>> {
    let head = requests.own.as_ref()?.head.as_ref()?;
    let part = |range: &Range<u32>| head.start + u64::from(range.start)..head.start + u64::from(range.end);
    let value = |names: &[&str]| {
        let bytes = requests.bytes(&(head.start..head.end));
        let named = |name: &&str| head.fields.iter().find(|field| is_called(field, bytes, name));
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
        Rule::BodyUnreadable => body(requests),
        _ => None,
    }
}

fn is_called(field: &Field, bytes: &[u8], name: &str) -> bool {
    slice(bytes, &field.name).eq_ignore_ascii_case(name.as_bytes())
}

/// From the first byte of content to the last, chunk framing between them included.
fn body(requests: &Reading<Head>) -> Option<Range<u64>> {
    let mut content = requests.own_leaves().filter(|leaf| leaf.kind == SpanKind::Body);
    let first = content.next()?.range.clone();
    let end = content.last().map_or(first.end, |last| last.range.end);
    Some(first.start..end)
}
