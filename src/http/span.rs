//! The vocabulary of HTTP/1.1's machines: the kinds of spans, and the notes.

use crate::wire::{self, Vocabulary};

/// The parts of a message. Every stored byte belongs to exactly one leaf span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// A CR LF before the request line, which a server skips (RFC 9112 §2.2).
    EmptyLine,
    /// The method token of a request line.
    Method,
    /// The request target, as it arrived.
    Target,
    /// The version in a request line or a status line, such as `HTTP/1.1`.
    Version,
    /// The three digits of a status line.
    Status,
    /// The reason phrase of a status line.
    Reason,
    /// A field name, in the head.
    FieldName,
    /// A field value without the white space around it, in the head.
    FieldValue,
    /// A space, colon, or optional white space that separates two parts.
    Delimiter,
    /// The CR LF that ends a line.
    LineEnd,
    /// The CR LF that ends the head: the empty line.
    HeadEnd,
    /// Content. In a chunked body: the data of one chunk.
    Body,
    /// The hexadecimal size of a chunk.
    ChunkSize,
    /// A chunk extension, from its `;` to the line's end.
    ChunkExtension,
    /// The name of a trailer field.
    TrailerName,
    /// The value of a trailer field.
    TrailerValue,
    /// The bytes at fault, where a message breaks a rule.
    Malformed,
    /// Bytes that nobody parsed: they follow a malformed part, or arrive after the last message.
    Unparsed,
}

impl SpanKind {
    /// All kinds, in the order of the legend.
    pub const ALL: [Self; 18] = [
        Self::Method,
        Self::Target,
        Self::Version,
        Self::Status,
        Self::Reason,
        Self::FieldName,
        Self::FieldValue,
        Self::Delimiter,
        Self::LineEnd,
        Self::HeadEnd,
        Self::EmptyLine,
        Self::Body,
        Self::ChunkSize,
        Self::ChunkExtension,
        Self::TrailerName,
        Self::TrailerValue,
        Self::Malformed,
        Self::Unparsed,
    ];

    /// The name shown in the legend and on hover.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EmptyLine => "empty line",
            Self::Method => "method",
            Self::Target => "target",
            Self::Version => "version",
            Self::Status => "status code",
            Self::Reason => "reason phrase",
            Self::FieldName => "field name",
            Self::FieldValue => "field value",
            Self::Delimiter => "delimiter",
            Self::LineEnd => "end of line",
            Self::HeadEnd => "end of head",
            Self::Body => "body",
            Self::ChunkSize => "chunk size",
            Self::ChunkExtension => "chunk extension",
            Self::TrailerName => "trailer name",
            Self::TrailerValue => "trailer value",
            Self::Malformed => "malformed",
            Self::Unparsed => "not parsed",
        }
    }
}

/// Something worth saying about a message that is not an error: mostly what was tolerated, and by which
/// clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// Empty lines before the request line were skipped (RFC 9112 §2.2).
    EmptyLinesSkipped,
    /// A field value holds bytes above 0x7F, whose encoding HTTP does not define (RFC 9110 §5.5).
    OpaqueFieldValue,
    /// A chunk extension was read and ignored (RFC 9112 §7.1.1).
    ChunkExtensionIgnored,
    /// Trailer fields arrived; they are kept apart from the head's fields (RFC 9110 §6.5.1).
    TrailersKeptApart,
    /// A later minor version than 1.1 was asked for; the answer is HTTP/1.1 (RFC 9110 §6.2).
    LaterMinorVersion,
    /// An absolute-form target took the place of the Host field (RFC 9112 §3.2.2).
    TargetOverridesHost,
}

impl Vocabulary for SpanKind {
    type Note = Note;
    const MALFORMED: Self = Self::Malformed;
    const UNPARSED: Self = Self::Unparsed;
}

/// A leaf span of an HTTP message.
pub type Leaf = wire::Leaf<SpanKind>;
