//! The trailer section of a chunked message, for the next hop.

use bytes::{Bytes, BytesMut};

use super::{
    Author, Origins,
    hop::{copy_line, has_prefix, is_read_as},
    origin::Tracked,
};
use crate::{
    http::{
        fields::{self, Section},
        head::{Field, slice},
        leniency::Leniencies,
    },
    wire::Silent,
};

/// Fields that mean nothing in a trailer, or too much for a reader who merges them into the head. RFC 9110 §6.5.1:
/// a sender "MUST NOT" send there "message framing, routing, request modifiers, authentication, response control
/// data, or content format".
const FORBIDDEN: &[&[u8]] = &[
    b"age",
    b"authorization",
    b"cache-control",
    b"connection",
    b"content-encoding",
    b"content-length",
    b"content-range",
    b"content-type",
    b"cookie",
    b"date",
    b"expect",
    b"expires",
    b"forwarded",
    b"host",
    b"keep-alive",
    b"location",
    b"max-forwards",
    b"pragma",
    b"range",
    b"retry-after",
    b"set-cookie",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"vary",
    b"via",
    b"warning",
    b"www-authenticate",
];

/// The beginnings of the names of more such fields.
const FORBIDDEN_PREFIXES: &[&[u8]] = &[b"access-control-", b"if-", b"proxy-", b"x-forwarded-"];

/// A trailer section that arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trailers {
    /// The bytes, the empty line included. Empty: the message had no trailer section.
    bytes: Bytes,
    /// Stream offset of the first of them.
    at: u64,
}

impl Trailers {
    /// The section that ends `message` and has `len` bytes. `end`: stream offset of the end of the message.
    #[must_use]
    pub fn ending(message: &Bytes, len: usize, end: u64) -> Self {
        Self { bytes: message.slice(message.len().saturating_sub(len)..), at: end.saturating_sub(len as u64) }
    }

    /// Appends the last chunk and the fields that may go on.
    pub(super) fn write(&self, out: &mut BytesMut, origins: Option<&mut Origins>) {
        let to = &mut Tracked { out, origins };
        to.write(Author::Chunk, b"0\r\n");
        let mut lines = Vec::new();
        // The machine has read the section, so it is whole and breaks no rule.
        let _ = Section::default().read(
            &self.bytes,
            0,
            (&fields::TRAILERS, Leniencies::NONE),
            &mut Silent,
            |_, name, value| {
                lines.push(Field { name, value });
            },
        );
        for field in lines.iter().filter(|field| may_go_on(slice(&self.bytes, &field.name))) {
            copy_line(to, &self.bytes, field, self.at);
        }
        to.write(Author::Chunk, b"\r\n");
    }
}

fn may_go_on(name: &[u8]) -> bool {
    !FORBIDDEN.iter().any(|listed| is_read_as(name, listed))
        && !FORBIDDEN_PREFIXES.iter().any(|prefix| has_prefix(name, prefix))
}
