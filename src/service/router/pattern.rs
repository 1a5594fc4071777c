//! Patterns such as `/api/users/:id`, and the paths to match them against.

use std::{borrow::Cow, sync::Arc};

use super::{super::decode::percent_decode, Mismatch, Param};
use crate::words::{excerpt, with_bytes};

/// Upper bound on the segments of a pattern.
const SEGMENTS_MAX: usize = 7;
/// Upper bound on the characters of a segment that an attempt shows.
pub(super) const SHOWN_CHARS_MAX: usize = 80;

/// A pattern, split at its slashes.
#[derive(Debug)]
pub(super) struct Pattern {
    /// The segments, parameters with their colon.
    segments: Vec<&'static str>,
}

/// The decoded segments of a path, up to the longest pattern.
#[derive(Debug)]
pub(super) struct Segments {
    list: Vec<Segment>,
}

#[derive(Debug)]
struct Segment {
    text: Arc<str>,
    /// The text as an attempt shows it.
    shown: Arc<str>,
    well_formed: bool,
}

impl Segments {
    /// Splits at the slashes first and decodes afterwards, so that an encoded slash is data.
    ///
    /// RFC 3986 §2.4: "When a URI is dereferenced, the components and subcomponents significant to
    /// the scheme-specific dereferencing process (if any) must be parsed and separated before the
    /// percent-encoded octets within those components can be safely decoded".
    pub(super) fn of(path: &str) -> Self {
        let segment = |raw: &str| {
            let decoded = percent_decode(raw);
            let well_formed = decoded.is_some();
            let text: Arc<str> = decoded.map_or_else(|| raw.into(), |bytes| with_bytes(&bytes).into());
            let shown = match excerpt(&text, SHOWN_CHARS_MAX) {
                Cow::Borrowed(_) => text.clone(),
                Cow::Owned(shown) => shown.into(),
            };
            Segment { text, shown, well_formed }
        };
        let path = path.strip_prefix('/').unwrap_or(path);
        Self { list: path.split('/').take(SEGMENTS_MAX + 1).map(segment).collect() }
    }

    /// Whether the segment is the empty one after the last slash.
    fn is_end(&self, index: usize) -> bool {
        index + 1 == self.list.len() && self.list[index].text.is_empty()
    }
}

impl Pattern {
    /// Parses a pattern that starts with a slash. Its segments are literals, or `:name` for any non-empty
    /// segment.
    pub(super) fn new(text: &'static str) -> Self {
        let segments: Vec<_> = text.strip_prefix('/').unwrap_or(text).split('/').collect();
        debug_assert!(segments.len() <= SEGMENTS_MAX, "{text} is longer than the router looks");
        Self { segments }
    }

    /// The parameters of the path.
    ///
    /// # Errors
    /// The first reason why the path does not match.
    pub(super) fn matches(&self, path: &Segments) -> Result<Vec<Param>, Mismatch> {
        let mut params = Vec::new();
        for (index, expected) in self.segments.iter().copied().enumerate() {
            let Some(found) = path.list.get(index).filter(|_| !path.is_end(index)) else {
                return Err(Mismatch::TooShort { expected: expected.into() });
            };
            match expected.strip_prefix(':') {
                Some(name) if !found.text.is_empty() => {
                    params.push(Param { name, text: found.text.clone(), well_formed: found.well_formed });
                }
                None if *found.text == *expected => {}
                _ => {
                    let index = u8::try_from(index + 1).unwrap_or(u8::MAX);
                    let (expected, found) = (expected.into(), found.shown.clone());
                    return Err(Mismatch::Segment { index, expected, found });
                }
            }
        }
        match path.list.get(self.segments.len()) {
            Some(found) => Err(Mismatch::TooLong { found: found.shown.clone() }),
            None => Ok(params),
        }
    }
}
