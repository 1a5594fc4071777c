//! The vocabulary of HTTP/1.1's machines: the kinds of spans, and the notes.

use crate::wire::{self, SpanFacts, SpanRole, Vocabulary};

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

    /// The kind's row of the table.
    #[must_use]
    pub const fn facts(self) -> SpanFacts {
        let (name, role, sample, section) = self.row();
        SpanFacts { name, role, sample, section, about: self.about() }
    }

    /// Name, role, sample and clause.
    const fn row(self) -> (&'static str, SpanRole, &'static str, &'static str) {
        use SpanRole::{Content, Fault, Framing, Name, Separator, Trailer, Value};
        match self {
            Self::EmptyLine => ("empty line", Separator, "␍␊  ", "RFC 9112 §2.2"),
            Self::Method => ("method", SpanRole::Method, "GET ", "RFC 9112 §3.1"),
            Self::Target => ("target", SpanRole::Target, "/a  ", "RFC 9112 §3.2"),
            Self::Version => ("version", SpanRole::Version, "HTTP", "RFC 9112 §2.3"),
            Self::Status => ("status code", SpanRole::Status, "200 ", "RFC 9112 §4"),
            Self::Reason => ("reason phrase", SpanRole::Status, "OK  ", "RFC 9112 §4"),
            Self::FieldName => ("field name", Name, "Name", "RFC 9112 §5"),
            Self::FieldValue => ("field value", Value, "text", "RFC 9112 §5"),
            Self::Delimiter => ("delimiter", Separator, ":   ", ""),
            Self::LineEnd => ("end of line", Separator, "␍␊  ", "RFC 9112 §2.2"),
            Self::HeadEnd => ("end of head", Separator, "␍␊  ", "RFC 9112 §2.1"),
            Self::Body => ("body", Content, "{…} ", "RFC 9112 §6"),
            Self::ChunkSize => ("chunk size", Framing, "1f  ", "RFC 9112 §7.1"),
            Self::ChunkExtension => ("chunk extension", Framing, ";a=b", "RFC 9112 §7.1.1"),
            Self::TrailerName => ("trailer name", Trailer, "Name", "RFC 9112 §7.1.2"),
            Self::TrailerValue => ("trailer value", Trailer, "text", "RFC 9112 §7.1.2"),
            Self::Malformed => ("malformed", Fault, "!   ", ""),
            Self::Unparsed => ("not parsed", SpanRole::Unparsed, "?   ", ""),
        }
    }

    /// A sentence about any span of the kind.
    const fn about(self) -> &'static str {
        match self {
            Self::EmptyLine => "An empty line before the request line. Servers skip it.",
            Self::Method => "The method: what the client wants to be done.",
            Self::Target => "The request target: the resource that the request is about.",
            Self::Version => "The version of HTTP that the sender supports.",
            Self::Status => "The status code: the outcome of the request.",
            Self::Reason => "The reason phrase, for people. Programs ignore it.",
            Self::FieldName => "The name of a header field. Case does not matter.",
            Self::FieldValue => "The value of a header field, without surrounding white space.",
            Self::Delimiter => "A separator: a space, or a colon with the white space after it.",
            Self::LineEnd => "CR LF: the end of a line.",
            Self::HeadEnd => "The empty line: the headers end here.",
            Self::Body => "The content of the message.",
            Self::ChunkSize => "The size of the chunk that follows, in hexadecimal digits.",
            Self::ChunkExtension => "A chunk extension. Recipients ignore extensions that they do not know.",
            Self::TrailerName => "The name of a trailer field, which comes after the body.",
            Self::TrailerValue => "The value of a trailer field.",
            Self::Malformed => "These bytes break a rule of HTTP.",
            Self::Unparsed => "These bytes were not parsed: what came before them ended the communication.",
        }
    }

    /// The name shown in the legend and on hover.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().name
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
    const CONTENT: Self = Self::Body;
    const MALFORMED: Self = Self::Malformed;
    const UNPARSED: Self = Self::Unparsed;
}

/// A leaf span of an HTTP message.
pub type Leaf = wire::Leaf<SpanKind>;
