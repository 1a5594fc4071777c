//! The fast path for request lines: one that is there whole and unremarkable is read in one pass.

use std::ops::Range;

use crate::http::{
    byte_class::target_parts,
    fault::index32,
    head::{Head, Version},
    method::Method,
    span::SpanKind,
};
use crate::wire::Sink;

/// What stands between the target and the minor version.
const VERSION: &[u8; 8] = b" HTTP/1.";

/// An unremarkable request line: a usual method, a target in origin-form, HTTP/1.0 or HTTP/1.1.
pub(super) struct UsualLine {
    method: Method,
    /// Index of the slash that begins the target. The space before it ends the method.
    target: usize,
    /// Index of the question mark that ends the path. `None`: the target has no query.
    question: Option<usize>,
    /// Index of the space that ends the target.
    end: usize,
    minor: u8,
}

/// The line at the beginning of `bytes`, if its target has at most `target_limit` bytes. `None`: the stages of a line
/// take over, since it is incomplete, breaks a rule or has something else to be looked at.
#[inline]
pub(super) fn usual_line(bytes: &[u8], target_limit: usize) -> Option<UsualLine> {
    let (method, target) = match bytes.first_chunk::<6>()? {
        [b'G', b'E', b'T', b' ', b'/', _] => (Method::Get, 4),
        [b'P', b'O', b'S', b'T', b' ', b'/'] => (Method::Post, 5),
        [b'H', b'E', b'A', b'D', b' ', b'/'] => (Method::Head, 5),
        _ => return None,
    };
    let (end, question) = target_parts(bytes, target);
    let (version, rest) = bytes.get(end..)?.split_first_chunk::<8>()?;
    let (&[minor @ (b'0' | b'1'), b'\r', b'\n'], _) = rest.split_first_chunk::<3>()? else { return None };
    let is_usual =
        u64::from_le_bytes(*version) == u64::from_le_bytes(*VERSION) && end - target <= target_limit;
    is_usual.then_some(UsualLine { method, target, question, end, minor: minor - b'0' })
}

impl UsualLine {
    /// Puts the line, which begins at stream offset `base`, into `head`, and reports it. Returns the index of the byte
    /// behind it.
    #[inline]
    pub(super) fn put<S: Sink<SpanKind>>(self, base: u64, head: &mut Head, sink: &mut S) -> usize {
        let Self { method, target, question, end, minor } = self;
        let range = |range: Range<usize>| index32(range.start)..index32(range.end);
        head.method = method;
        head.method_range = range(0..target - 1);
        head.target = range(target..end);
        head.path = range(target..question.unwrap_or(end));
        head.query = question.map(|question| range(question + 1..end));
        head.version = Version { minor };
        // The space before it is the first byte of `VERSION`.
        let version = end + 1..end + VERSION.len() + 1;
        let after = version.end + 2;
        if S::LISTENS {
            let mut span = |kind, range: Range<usize>| {
                sink.span(kind, base + range.start as u64..base + range.end as u64);
            };
            span(SpanKind::Method, 0..target - 1);
            span(SpanKind::Delimiter, target - 1..target);
            span(SpanKind::Target, target..end);
            span(SpanKind::Delimiter, end..version.start);
            span(SpanKind::Version, version.clone());
            span(SpanKind::LineEnd, version.end..after);
        }
        after
    }
}
