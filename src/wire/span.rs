//! Reports of a machine about the meaning of each byte: spans and notes, and the sinks that receive them.

use std::{fmt::Debug, ops::Range};

/// The vocabulary of one protocol: the type that implements this trait is its list of span kinds.
pub trait Vocabulary: Copy + Debug + PartialEq {
    /// The kind of content.
    const CONTENT: Self;
    /// Something worth saying about a message that is not an error.
    type Note: Copy + Debug + PartialEq;
    /// The kind of the bytes at fault, where a message breaks a rule.
    const MALFORMED: Self;
    /// The kind of bytes that nobody parsed.
    const UNPARSED: Self;
}

/// A row of a protocol's table of span kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanFacts {
    /// The name shown in the legend and on hover.
    pub name: &'static str,
    /// The part that spans of the kind play in a message.
    pub role: SpanRole,
    /// A few bytes of the kind, at most four characters.
    pub sample: &'static str,
    /// The clause that defines the kind: `RFC 9112 §3.1`. Empty: there is none.
    pub section: &'static str,
    /// A sentence about any span of the kind.
    pub about: &'static str,
}

/// The part that a span plays in a message, whatever the protocol. It decides on the colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpanRole {
    /// The action that is requested, such as a method.
    Method,
    /// The subject of the message, such as a target.
    Target,
    /// The version of the protocol.
    Version,
    /// The outcome of the request, such as a status.
    Status,
    /// The name of a field.
    Name,
    /// The value of a field.
    Value,
    /// A separator or end of parts.
    Separator,
    /// Content that may come in any number of pieces.
    Content,
    /// Content that is all of a message.
    Message,
    /// A divider of content into pieces.
    Framing,
    /// A part after the content.
    Trailer,
    /// The bytes at fault, where a message breaks a rule.
    Fault,
    /// Bytes that nobody parsed.
    Unparsed,
}

impl SpanRole {
    /// All roles.
    pub const ALL: [Self; 13] = [
        Self::Method,
        Self::Target,
        Self::Version,
        Self::Status,
        Self::Name,
        Self::Value,
        Self::Separator,
        Self::Content,
        Self::Message,
        Self::Framing,
        Self::Trailer,
        Self::Fault,
        Self::Unparsed,
    ];

    /// Whether the span is content.
    #[must_use]
    pub const fn is_content(self) -> bool {
        matches!(self, Self::Content | Self::Message)
    }
}

/// A kind, and the half-open range of stream offsets that is of this kind.
pub type Span<K> = (K, Range<u64>);

/// Receives what a machine reports while it reads. Offsets count from the first byte of the connection's stream
/// in that direction.
///
/// Live traffic passes [`Silent`], which the compiler removes.
pub trait Sink<K: Vocabulary> {
    /// Whether anyone listens. `false`: a machine may leave out the work that only a report needs.
    const LISTENS: bool = true;

    /// Reports that `range` is a leaf span of `kind`. Spans come in order, without gaps and without
    /// overlap.
    fn span(&mut self, kind: K, range: Range<u64>);
    /// Reports that `note` holds of `range`.
    fn note(&mut self, note: K::Note, range: Range<u64>);
}

/// A leaf span, as it is shown. Every stored byte belongs to exactly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf<K> {
    /// The part of a message that the bytes are.
    pub kind: K,
    /// The stream offsets of the bytes; never empty.
    pub range: Range<u64>,
    /// Whether more of it may come: its end has not been seen.
    pub partial: bool,
}

/// The sink of live traffic: keeps nothing, costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl<K: Vocabulary> Sink<K> for Silent {
    const LISTENS: bool = false;

    #[inline]
    fn span(&mut self, _: K, _: Range<u64>) {}
    #[inline]
    fn note(&mut self, _: K::Note, _: Range<u64>) {}
}

/// A sink that keeps everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded<K: Vocabulary> {
    /// Leaf spans in stream order.
    pub spans: Vec<Span<K>>,
    /// Notes with their stream ranges, in the order in which they were made.
    pub notes: Vec<(K::Note, Range<u64>)>,
}

impl<K: Vocabulary> Default for Recorded<K> {
    fn default() -> Self {
        Self { spans: Vec::new(), notes: Vec::new() }
    }
}

impl<K: Vocabulary> Sink<K> for Recorded<K> {
    #[inline]
    fn span(&mut self, kind: K, range: Range<u64>) {
        self.spans.push((kind, range));
    }
    fn note(&mut self, note: K::Note, range: Range<u64>) {
        self.notes.push((note, range));
    }
}
