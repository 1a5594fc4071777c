//! Kinds of spans in words.

use crate::http::SpanKind;

/// A sentence about any part of this kind, for parts about which nothing more is known.
#[must_use]
pub const fn about(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::EmptyLine => "An empty line before the request line. Servers skip it.",
        SpanKind::Method => "The method: what the client wants to be done.",
        SpanKind::Target => "The request target: the resource that the request is about.",
        SpanKind::Version => "The version of HTTP that the sender supports.",
        SpanKind::Status => "The status code: the outcome of the request.",
        SpanKind::Reason => "The reason phrase, for people. Programs ignore it.",
        SpanKind::FieldName => "The name of a header field. Case does not matter.",
        SpanKind::FieldValue => "The value of a header field, without surrounding white space.",
        SpanKind::Delimiter => "A separator: a space, or a colon with the white space after it.",
        SpanKind::LineEnd => "CR LF: the end of a line.",
        SpanKind::HeadEnd => "The empty line: the headers end here.",
        SpanKind::Body => "The content of the message.",
        SpanKind::ChunkSize => "The size of the chunk that follows, in hexadecimal digits.",
        SpanKind::ChunkExtension => "A chunk extension. Recipients ignore extensions that they do not know.",
        SpanKind::TrailerName => "The name of a trailer field, which comes after the body.",
        SpanKind::TrailerValue => "The value of a trailer field.",
        SpanKind::Malformed => "These bytes break a rule of HTTP.",
        SpanKind::Unparsed => "These bytes were not parsed: what came before them ended the communication.",
    }
}

/// The clause that defines this kind: `RFC 9112 §3.1`. Empty: there is none.
#[must_use]
pub const fn section(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::EmptyLine | SpanKind::LineEnd => "RFC 9112 §2.2",
        SpanKind::Method => "RFC 9112 §3.1",
        SpanKind::Target => "RFC 9112 §3.2",
        SpanKind::Version => "RFC 9112 §2.3",
        SpanKind::Status | SpanKind::Reason => "RFC 9112 §4",
        SpanKind::FieldName | SpanKind::FieldValue => "RFC 9112 §5",
        SpanKind::HeadEnd => "RFC 9112 §2.1",
        SpanKind::Body => "RFC 9112 §6",
        SpanKind::ChunkSize => "RFC 9112 §7.1",
        SpanKind::ChunkExtension => "RFC 9112 §7.1.1",
        SpanKind::TrailerName | SpanKind::TrailerValue => "RFC 9112 §7.1.2",
        SpanKind::Delimiter | SpanKind::Malformed | SpanKind::Unparsed => "",
    }
}
