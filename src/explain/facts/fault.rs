//! The cause of a refusal, and the bytes at fault.

use std::ops::Range;

use crate::{
    http::{Head, head::slice},
    trace::{Cause, Refusal},
};

use super::stream::StreamFacts;

/// Why a request was refused, or would be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Why the request is refused.
    pub cause: Cause,
    /// The bytes at fault, as a range of the request's stream. `None`: no bytes are at fault (something is
    /// missing, late or not part of this request), or the bytes were not kept.
    pub span: Option<Range<u64>>,
    /// The byte at fault. `None`: the fault is not a single byte.
    pub found: Option<u8>,
}

/// Finds the bytes at fault if the server did not report them: routes, folder and middleware see parts of a
/// request but not their positions. `None`: see [`Fault::span`].
#[must_use]
pub fn locate_fault(cause: Cause, head: Option<&Head>, request: &StreamFacts) -> Option<Range<u64>> {
    // For a broken rule the machine reports the bytes.
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
        Refusal::PathLeavesFolder
        | Refusal::PathMalformed
        | Refusal::LinkLeaves
        | Refusal::NotAFile
        | Refusal::OwnFile
        | Refusal::FileDenied
        | Refusal::FileFailed
        | Refusal::NotFound
        | Refusal::FolderGone
        | Refusal::ParameterInvalid => Some(head.placed(&head.target)),
        // RFC 9110 §13.2.2: the order in which preconditions are evaluated.
        Refusal::PreconditionFailed => value(&["If-Match", "If-Unmodified-Since", "If-None-Match"]),
        Refusal::RangeNotSatisfiable => value(&["Range"]),
        Refusal::NotAcceptable => value(&["Accept-Encoding"]),
        Refusal::CredentialsMissing => value(&["Authorization"]),
        Refusal::BodyUnreadable => body(request),
        _ => None,
    }
}

/// The range from the first to the last byte of content, including chunk framing in between.
fn body(request: &StreamFacts) -> Option<Range<u64>> {
    let mut content = request.content();
    let first = content.next()?;
    let end = content.last().map_or(first.end, |last| last.end);
    Some(first.start..end)
}
