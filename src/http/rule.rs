//! The rules of HTTP that a message can break: key, status, class, clause and sentence of each.

use super::status::Status;
use crate::{
    base::closed_list::{closed_list, keyed},
    wire::{self, Class},
};

/// A row of the table of rules.
#[derive(Clone, Copy, Debug)]
pub struct RuleFacts {
    /// The stable name in files and in JSON: `bare_line_feed`.
    pub key: &'static str,
    /// The status of the response to a request that breaks the rule. `None`: only a response can break it.
    pub status: Option<Status>,
    /// The kind of fault.
    pub class: Class,
    /// The clause that the message breaks: `RFC 9112 §5.1`.
    pub section: &'static str,
    /// The fault in one sentence.
    pub sentence: &'static str,
}

closed_list! {
    /// A rule of HTTP, or a limit, that a message can break. The response body, the window and the terminal
    /// take their words from here.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Rule: pub RuleFacts {
        // The request line
        /// A byte of the method is not a token character.
        MethodNotToken {
            key: "method_not_token", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9110 §9.1",
            sentence: "The request does not start with a method: this byte cannot be part of one.",
        },
        /// The method is longer than any method of this server.
        MethodTooLong {
            key: "method_too_long", status: Some(Status(501)), class: Class::OverLimit, section: "RFC 9112 §3",
            sentence: "The method is longer than any that is known.",
        },
        /// Not exactly one space between method and target, or between target and version.
        RequestLineSpacing {
            key: "request_line_spacing", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §3",
            sentence: "The parts of a request line are separated by exactly one space.",
        },
        /// The target contains a byte that is not allowed in a URI.
        TargetCharacter {
            key: "target_character", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §3.2",
            sentence: "The request target holds a byte that a URI cannot hold; it must be percent-encoded.",
        },
        /// The target has none of the four forms, or not the form that its method requires.
        TargetForm {
            key: "target_form", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §3.2",
            sentence: "The request target does not have the form that the method asks for.",
        },
        /// User information in an `http` target.
        TargetUserInfo {
            key: "target_user_info", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9110 §4.2.4",
            sentence: "The request target holds user information, which an http URI must not.",
        },
        /// An `https` target, which requires a secured connection.
        TargetScheme {
            key: "target_scheme", status: Some(Status(421)), class: Class::Unsupported, section: "RFC 9110 §7.4",
            sentence: "The target is an https resource, and this connection is not secured: it is plain http.",
        },
        /// The third part of the request line is not `HTTP/` digit `.` digit.
        VersionMalformed {
            key: "version_malformed", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §2.3",
            sentence: "What follows the target is not a version such as HTTP/1.1; a space in a target must be written %20.",
        },
        /// The major version is not 1.
        VersionNotSupported {
            key: "version_not_supported", status: Some(Status(505)), class: Class::Unsupported, section: "RFC 9110 §15.6.6",
            sentence: "The version is neither HTTP/1.1 nor HTTP/1.0.",
        },
        /// No version: the form of HTTP/0.9.
        VersionMissing {
            key: "version_missing", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §3",
            sentence: "The request line has no version, as in HTTP/0.9, where HTTP/1 asks for one.",
        },
        /// The first bytes are a TLS `ClientHello`.
        LooksLikeTls {
            key: "looks_like_tls", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §3",
            sentence: "This looks like TLS: the client started an https handshake where plain http was expected.",
        },
        /// The first bytes are a header of the PROXY protocol.
        LooksLikeProxyProtocol {
            key: "looks_like_proxy_protocol", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §3",
            sentence: "This looks like the PROXY protocol, by which a load balancer says who its client is before the request. This server does not read it: switch it off in the load balancer.",
        },
        /// The first byte is a version of SOCKS.
        LooksLikeSocks {
            key: "looks_like_socks", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §3",
            sentence: "This looks like SOCKS: the client takes this server for a SOCKS proxy, and it speaks plain http.",
        },
        /// Too many empty lines before a request line.
        EmptyLinesEndless {
            key: "empty_lines_endless", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §2.2",
            sentence: "Too many empty lines before the request line.",
        },
        /// A response that does not start with a status line of HTTP/1. It has no status, because nobody
        /// answers a response.
        StatusLineMalformed {
            key: "status_line_malformed", status: None, class: Class::Malformed, section: "RFC 9112 §4",
            sentence: "The response does not start with a status line such as HTTP/1.1 200 OK.",
        },

        // Line ends
        /// A line feed without a carriage return before it.
        BareLineFeed {
            key: "bare_line_feed", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §2.2",
            sentence: "A line ends with LF alone; it must end with CR LF.",
        },
        /// A carriage return without a line feed after it.
        BareCarriageReturn {
            key: "bare_carriage_return", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §2.2",
            sentence: "A CR is not followed by LF.",
        },

        // Fields
        /// A byte of a field name is not a token character.
        FieldNameCharacter {
            key: "field_name_character", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9110 §5.1",
            sentence: "A field name holds a byte that is not a token character.",
        },
        /// A field line whose name is empty.
        FieldNameEmpty {
            key: "field_name_empty", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §5",
            sentence: "A field line has no name before its colon.",
        },
        /// White space between the field name and its colon.
        SpaceBeforeColon {
            key: "space_before_colon", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §5.1",
            sentence: "There is white space between the field name and its colon.",
        },
        /// A field line without a colon.
        ColonMissing {
            key: "colon_missing", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §5",
            sentence: "A field line has no colon.",
        },
        /// A field line that starts with white space: obsolete line folding.
        LineFolding {
            key: "line_folding", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §5.2",
            sentence: "A field line starts with white space: line folding is obsolete and refused.",
        },
        /// A control byte in a field value other than HTAB.
        FieldValueCharacter {
            key: "field_value_character", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9110 §5.5",
            sentence: "A field value holds a control byte.",
        },

        // Host
        /// An HTTP/1.1 request without a Host field.
        HostMissing {
            key: "host_missing", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §3.2",
            sentence: "An HTTP/1.1 request must have a Host field.",
        },
        /// More than one Host field line, even if they are equal.
        HostRepeated {
            key: "host_repeated", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §3.2",
            sentence: "The request has more than one Host field.",
        },
        /// A Host value that is empty, or not `uri-host [ ":" port ]`.
        HostMalformed {
            key: "host_malformed", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §3.2",
            sentence: "The Host field is not a host name or address with an optional port.",
        },

        // Framing
        /// A Content-Length that is not a plain decimal number.
        LengthMalformed {
            key: "length_malformed", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §6.3",
            sentence: "The Content-Length is not a decimal number.",
        },
        /// More than one Content-Length, in lines or in a list, even if they are equal.
        LengthRepeated {
            key: "length_repeated", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §6.3",
            sentence: "The Content-Length is given more than once.",
        },
        /// The Content-Length does not fit into 64 bits.
        LengthOverflow {
            key: "length_overflow", status: Some(Status(413)), class: Class::OverLimit, section: "RFC 9110 §8.6",
            sentence: "The Content-Length does not fit into 64 bits.",
        },
        /// Both Content-Length and Transfer-Encoding.
        LengthAndChunked {
            key: "length_and_chunked", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §6.3",
            sentence: "The message has both Content-Length and Transfer-Encoding, so where it ends is ambiguous.",
        },
        /// A transfer coding this server does not implement.
        CodingNotImplemented {
            key: "coding_not_implemented", status: Some(Status(501)), class: Class::Unsupported, section: "RFC 9112 §6.1",
            sentence: "This server implements no transfer coding but chunked.",
        },
        /// The last coding of Transfer-Encoding is not `chunked`, or `chunked` occurs twice, or the value is
        /// not a list of codings.
        CodingMalformed {
            key: "coding_malformed", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §6.1",
            sentence: "chunked must be the last transfer coding and may appear only once.",
        },
        /// Transfer-Encoding from an HTTP/1.0 client.
        CodingBeforeHttp11 {
            key: "coding_before_http11", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §6.1",
            sentence: "Transfer-Encoding needs HTTP/1.1.",
        },
        /// An expectation other than `100-continue`.
        ExpectationUnknown {
            key: "expectation_unknown", status: Some(Status(417)), class: Class::Unsupported, section: "RFC 9110 §10.1.1",
            sentence: "The only expectation that this server can meet is 100-continue.",
        },

        // Chunks
        /// A chunk size that is not hexadecimal digits.
        ChunkSizeMalformed {
            key: "chunk_size_malformed", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §7.1",
            sentence: "A chunk does not start with its size in hexadecimal digits.",
        },
        /// The chunk size does not fit into 64 bits, or has more digits than necessary.
        ChunkSizeOverflow {
            key: "chunk_size_overflow", status: Some(Status(413)), class: Class::OverLimit, section: "RFC 9112 §7.1",
            sentence: "The chunk size does not fit into 64 bits.",
        },
        /// A chunk extension that breaks the grammar.
        ChunkExtensionMalformed {
            key: "chunk_extension_malformed", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §7.1.1",
            sentence: "A chunk extension holds a byte that is not allowed there.",
        },
        /// Chunk extensions longer than the limit.
        ChunkExtensionTooLong {
            key: "chunk_extension_too_long", status: Some(Status(400)), class: Class::OverLimit, section: "RFC 9112 §7.1.1",
            sentence: "The chunk extensions are longer than this server reads.",
        },
        /// Chunk data not followed by CR LF.
        ChunkEndMissing {
            key: "chunk_end_missing", status: Some(Status(400)), class: Class::Malformed, section: "RFC 9112 §7.1",
            sentence: "The data of a chunk is not followed by CR LF: its size is wrong.",
        },
        /// The trailer section is longer than the limit on header blocks.
        TrailersTooLarge {
            key: "trailers_too_large", status: Some(Status(431)), class: Class::OverLimit, section: "RFC 6585 §5",
            sentence: "The trailer section is larger than the limit for a header block.",
        },

        // Guards
        /// The target is longer than the limit.
        TargetTooLong {
            key: "target_too_long", status: Some(Status(414)), class: Class::OverLimit, section: "RFC 9110 §15.5.15",
            sentence: "The request target is longer than the limit.",
        },
        /// The header block is longer than the limit.
        HeadTooLarge {
            key: "head_too_large", status: Some(Status(431)), class: Class::OverLimit, section: "RFC 6585 §5",
            sentence: "The header block is larger than the limit.",
        },
        /// The body is longer than the limit.
        BodyTooLarge {
            key: "body_too_large", status: Some(Status(413)), class: Class::OverLimit, section: "RFC 9110 §15.5.14",
            sentence: "The body is larger than the limit.",
        },
        /// The client finished sending in mid-message.
        EndedEarly {
            key: "ended_early", status: Some(Status(400)), class: Class::Incomplete, section: "RFC 9112 §8",
            sentence: "The client stopped sending before the message was complete.",
        },
    }
}

keyed!(Rule);

/// A message that breaks a rule of HTTP.
pub type Violation = wire::Violation<Rule>;
