//! A parsed request head, as ranges into its bytes.

use std::ops::Range;

use super::{framing::Framing, method::Method};

/// HTTP/1.`minor`. The major version is always 1: anything else is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
pub struct Version {
    /// 0 to 9.
    pub minor: u8,
}

/// One field line: two ranges into the head's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The field name.
    pub name: Range<u32>,
    /// The value without the white space around it; may be empty.
    pub value: Range<u32>,
}

/// The head of one request. All ranges count from the first byte of the request line, so
/// `&bytes[range]` works on the bytes `start..end` of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Stream offset of the request line's first byte (after skipped empty lines).
    pub start: u64,
    /// Stream offset just after the empty line that ends the head. `end > start`.
    pub end: u64,
    /// The method, by name.
    pub method: Method,
    /// The method token.
    pub method_range: Range<u32>,
    /// The request target, as it arrived.
    pub target: Range<u32>,
    /// The part of the target that is the path (starts with `/`); empty for authority-form and
    /// asterisk-form. In absolute-form without a path: empty, which means `/`.
    pub path: Range<u32>,
    /// The query without its `?`. `None`: the target has no `?`.
    pub query: Option<Range<u32>>,
    /// The authority: of the target in absolute-form or authority-form, else of the Host field.
    /// `None`: HTTP/1.0 without Host.
    pub authority: Option<Range<u32>>,
    /// The version of the request line.
    pub version: Version,
    /// Field lines in order of arrival.
    pub fields: Vec<Field>,
    /// The framing of the body.
    pub framing: Framing,
    /// Whether the client allows another request on this connection (RFC 9112 §9.3).
    pub keep_alive: bool,
    /// Whether an HTTP/1.1 client sent `Expect: 100-continue` (RFC 9110 §10.1.1).
    pub expects_continue: bool,
}

impl Head {
    /// A head of which only its start is known. `fields` is empty; its memory is used.
    pub(super) fn blank(start: u64, fields: Vec<Field>) -> Self {
        Self {
            start,
            end: start,
            method: Method::Other,
            method_range: 0..0,
            target: 0..0,
            path: 0..0,
            query: None,
            authority: None,
            version: Version::default(),
            fields,
            framing: Framing::None,
            keep_alive: false,
            expects_continue: false,
        }
    }

    /// Length of the head in bytes, the final empty line included.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        usize::try_from(self.end - self.start).unwrap_or(usize::MAX)
    }

    /// The stream offsets of `range`, a range of the head.
    #[must_use]
    pub fn placed(&self, range: &Range<u32>) -> Range<u64> {
        self.start + u64::from(range.start)..self.start + u64::from(range.end)
    }

    /// The values of all field lines called `name` (ASCII case does not matter), in order. `bytes`
    /// are the head's bytes.
    pub fn values<'a>(&'a self, bytes: &'a [u8], name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.fields
            .iter()
            .filter(move |field| slice(bytes, &field.name).eq_ignore_ascii_case(name.as_bytes()))
            .map(move |field| slice(bytes, &field.value))
    }

    /// The first value of the field `name`. `None`: there is no such field.
    #[must_use]
    pub fn value<'a>(&'a self, bytes: &'a [u8], name: &'a str) -> Option<&'a [u8]> {
        self.values(bytes, name).next()
    }
}

/// The bytes of `range`, a range of the head whose bytes are `bytes`. Empty: the head ends before it.
#[must_use]
pub fn slice<'a>(bytes: &'a [u8], range: &Range<u32>) -> &'a [u8] {
    bytes.get(range.start as usize..range.end as usize).unwrap_or_default()
}
