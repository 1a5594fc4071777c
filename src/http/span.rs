//! The vocabulary of HTTP/1.1's machines: the kinds of spans, and the notes.

use super::leniency::Leniency;
use crate::{
    base::closed_list::closed_list,
    wire::{self, SpanFacts, SpanRole, Vocabulary},
};

closed_list! {
    /// The parts of a message, in the order of the legend. Every stored byte belongs to exactly one leaf span.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum SpanKind: pub SpanFacts {
        /// The method token of a request line.
        Method {
            name: "method", role: SpanRole::Method, sample: "GET ", section: "RFC 9112 §3.1",
            about: "The method: what the client wants to be done.",
        },
        /// The request target, as it arrived.
        Target {
            name: "target", role: SpanRole::Target, sample: "/a  ", section: "RFC 9112 §3.2",
            about: "The request target: the resource that the request is about.",
        },
        /// The version in a request line or a status line, such as `HTTP/1.1`.
        Version {
            name: "version", role: SpanRole::Version, sample: "HTTP", section: "RFC 9112 §2.3",
            about: "The version of HTTP that the sender supports.",
        },
        /// The three digits of a status line.
        Status {
            name: "status code", role: SpanRole::Status, sample: "200 ", section: "RFC 9112 §4",
            about: "The status code: the outcome of the request.",
        },
        /// The reason phrase of a status line.
        Reason {
            name: "reason phrase", role: SpanRole::Status, sample: "OK  ", section: "RFC 9112 §4",
            about: "The reason phrase, for people. Programs ignore it.",
        },
        /// A field name, in the head.
        FieldName {
            name: "field name", role: SpanRole::Name, sample: "Name", section: "RFC 9112 §5",
            about: "The name of a header field. Case does not matter.",
        },
        /// A field value without the white space around it, in the head.
        FieldValue {
            name: "field value", role: SpanRole::Value, sample: "text", section: "RFC 9112 §5",
            about: "The value of a header field, without surrounding white space.",
        },
        /// A space, colon, or optional white space that separates two parts.
        Delimiter {
            name: "delimiter", role: SpanRole::Separator, sample: ":   ", section: "",
            about: "A separator: a space, or a colon with the white space after it.",
        },
        /// The CR LF that ends a line.
        LineEnd {
            name: "end of line", role: SpanRole::Separator, sample: "␍␊  ", section: "RFC 9112 §2.2",
            about: "CR LF: the end of a line.",
        },
        /// The CR LF that ends the head: the empty line.
        HeadEnd {
            name: "end of head", role: SpanRole::Separator, sample: "␍␊  ", section: "RFC 9112 §2.1",
            about: "The empty line: the headers end here.",
        },
        /// A CR LF before the request line, which a server skips (RFC 9112 §2.2).
        EmptyLine {
            name: "empty line", role: SpanRole::Separator, sample: "␍␊  ", section: "RFC 9112 §2.2",
            about: "An empty line before the request line. Servers skip it.",
        },
        /// Content. In a chunked body: the data of one chunk.
        Body {
            name: "body", role: SpanRole::Content, sample: "{…} ", section: "RFC 9112 §6",
            about: "The content of the message.",
        },
        /// The hexadecimal size of a chunk.
        ChunkSize {
            name: "chunk size", role: SpanRole::Framing, sample: "1f  ", section: "RFC 9112 §7.1",
            about: "The size of the chunk that follows, in hexadecimal digits.",
        },
        /// A chunk extension, from its `;` to the line's end.
        ChunkExtension {
            name: "chunk extension", role: SpanRole::Framing, sample: ";a=b", section: "RFC 9112 §7.1.1",
            about: "A chunk extension. Recipients ignore extensions that they do not know.",
        },
        /// The name of a trailer field.
        TrailerName {
            name: "trailer name", role: SpanRole::Trailer, sample: "Name", section: "RFC 9112 §7.1.2",
            about: "The name of a trailer field, which comes after the body.",
        },
        /// The value of a trailer field.
        TrailerValue {
            name: "trailer value", role: SpanRole::Trailer, sample: "text", section: "RFC 9112 §7.1.2",
            about: "The value of a trailer field.",
        },
        /// The bytes at fault, where a message breaks a rule.
        Malformed {
            name: "malformed", role: SpanRole::Fault, sample: "!   ", section: "",
            about: "These bytes break a rule of HTTP.",
        },
        /// Bytes that nobody parsed: they follow a malformed part, or arrive after the last message.
        Unparsed {
            name: "not parsed", role: SpanRole::Unparsed, sample: "?   ", section: "",
            about: "These bytes were not parsed: what came before them ended the communication.",
        },
    }
}

/// Something worth saying about a message that is not an error: mostly what was tolerated, and by which
/// clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// A breach was read over.
    Tolerated(Leniency),
}

impl Vocabulary for SpanKind {
    type Note = Note;
    const CONTENT: Self = Self::Body;
    const MALFORMED: Self = Self::Malformed;
    const UNPARSED: Self = Self::Unparsed;
}

/// A leaf span of an HTTP message.
pub type Leaf = wire::Leaf<SpanKind>;
