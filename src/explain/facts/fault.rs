//! Why a request is refused, and the bytes at fault.

use std::ops::Range;

use crate::{
    http::{Head, head::slice},
    trace::{Cause, Refusal},
};

use super::stream::StreamFacts;

/// Why a request was refused, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Why the request is refused.
    pub cause: Cause,
    /// The bytes at fault, as a range of the request's stream. `None`: no byte is, because something is missing
    /// or late or depends on more than this request; or the bytes are not kept.
    pub span: Option<Range<u64>>,
    /// The byte at fault, where it is one.
    pub found: Option<u8>,
}

/// Finds the bytes at fault where the server did not say which they are: a route, the folder and the middleware
/// see parts of a request and not the places of these parts. `None` as in [`Fault::span`].
#[must_use]
pub fn locate_fault(cause: Cause, head: Option<&Head>, request: &StreamFacts) -> Option<Range<u64>> {
    // The machine knows which bytes break a rule.
    let Cause::Refusal(refusal) = cause else { return None };
    let head = head?;
    let bytes = request.bytes(&(head.start..head.end));
    let value = |names: &[&str]| {
        let named = |name: &&str| {
            head.fields.iter().find(|field| slice(bytes, &field.name).eq_ignore_ascii_case(name.as_bytes()))
        };
        names.iter().find_map(named).map(|field| head.placed(&field.value))
    };
    match refusal {
        Refusal::MethodNotImplemented | Refusal::MethodNotAllowed => Some(head.placed(&head.method_range)),
        Refusal::PathClimbs
        | Refusal::PathMalformed
        | Refusal::LinkLeaves
        | Refusal::NotAFile
        | Refusal::FileDenied
        | Refusal::FileFailed
        | Refusal::NotFound
        | Refusal::FolderGone
        | Refusal::ParameterInvalid => Some(head.placed(&head.target)),
        // RFC 9110 §13.2.2: the order in which preconditions are looked at.
        Refusal::PreconditionFailed => value(&["If-Match", "If-Unmodified-Since", "If-None-Match"]),
        Refusal::RangeNotSatisfiable => value(&["Range"]),
        Refusal::NotAcceptable => value(&["Accept-Encoding"]),
        Refusal::CredentialsMissing => value(&["Authorization"]),
        Refusal::BodyUnreadable => body(request),
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
