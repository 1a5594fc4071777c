//! The rules of HTTP that a message can break: key, status, class, clause and sentence of each.

mod table;

use super::status::Status;
use crate::wire::{self, Class};

/// A rule of HTTP, or a limit, that the bytes of a message break. One table holds the words, so that the
/// response body, the window and the terminal say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    // The request line
    /// A byte in the place of a method that is not a token character.
    MethodNotToken,
    /// The method is longer than any this server implements.
    MethodTooLong,
    /// Not exactly one space between method and target, or between target and version.
    RequestLineSpacing,
    /// A byte in the target that a URI cannot hold.
    TargetCharacter,
    /// The target has none of the four forms, or not the one its method asks for.
    TargetForm,
    /// User information in an `http` target.
    TargetUserInfo,
    /// An `https` target, which needs a secured connection.
    TargetScheme,
    /// The third part of the request line is not `HTTP/` digit `.` digit.
    VersionMalformed,
    /// Another major version than 1.
    VersionNotSupported,
    /// No version: the form of HTTP/0.9.
    VersionMissing,
    /// The first bytes are a TLS `ClientHello`.
    LooksLikeTls,
    /// Too many empty lines before a request line.
    EmptyLinesEndless,
    /// A response that does not start with a status line of HTTP/1.
    StatusLineMalformed,

    // Line ends
    /// A line feed without a carriage return before it.
    BareLineFeed,
    /// A carriage return without a line feed after it.
    BareCarriageReturn,

    // Fields
    /// A byte in a field name that is not a token character.
    FieldNameCharacter,
    /// A field line whose name is empty.
    FieldNameEmpty,
    /// White space between the field name and its colon.
    SpaceBeforeColon,
    /// A field line without a colon.
    ColonMissing,
    /// A field line that starts with white space: obsolete line folding.
    LineFolding,
    /// A control byte in a field value. HTAB is allowed.
    FieldValueCharacter,

    // Host
    /// An HTTP/1.1 request without a Host field.
    HostMissing,
    /// More than one Host field line, even if they are the same.
    HostRepeated,
    /// A Host value that is empty, or not `uri-host [ ":" port ]`.
    HostMalformed,

    // Framing
    /// A Content-Length that is not a plain decimal number.
    LengthMalformed,
    /// Content-Length more than once, in lines or in a list, even if they are the same.
    LengthRepeated,
    /// A Content-Length too large for any counter.
    LengthOverflow,
    /// Both Content-Length and Transfer-Encoding.
    LengthAndChunked,
    /// A transfer coding this server does not implement.
    CodingNotImplemented,
    /// A Transfer-Encoding whose last coding is not `chunked`, that names it twice, or that is no
    /// list of codings.
    CodingMalformed,
    /// Transfer-Encoding from an HTTP/1.0 client.
    CodingBeforeHttp11,
    /// An expectation other than `100-continue`.
    ExpectationUnknown,

    // Chunks
    /// A chunk size that is not hexadecimal digits.
    ChunkSizeMalformed,
    /// A chunk size too large for any counter, or with more digits than any needs.
    ChunkSizeOverflow,
    /// A chunk extension that breaks the grammar.
    ChunkExtensionMalformed,
    /// Chunk extensions longer than the limit.
    ChunkExtensionTooLong,
    /// Chunk data not followed by CR LF.
    ChunkEndMissing,
    /// A trailer section longer than the header block may be.
    TrailersTooLarge,

    // Guards
    /// The target is longer than the limit.
    TargetTooLong,
    /// The header block is longer than the limit.
    HeadTooLarge,
    /// The body is longer than the limit.
    BodyTooLarge,
    /// The client ended its side in mid-message.
    EndedEarly,
}

impl Rule {
    /// The stable name of the rule, in files and in JSON: `bare_line_feed`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.facts().0
    }

    /// The status of the response to a request that breaks the rule. `None`: only a response can break
    /// it.
    #[must_use]
    pub const fn status(self) -> Option<Status> {
        match self.facts().1 {
            Some(code) => Some(Status(code)),
            None => None,
        }
    }

    /// The way in which the message is at fault.
    #[must_use]
    pub const fn class(self) -> Class {
        self.facts().2
    }

    /// The clause that the message breaks: `RFC 9112 §5.1`.
    #[must_use]
    pub const fn section(self) -> &'static str {
        self.facts().3
    }

    /// What is wrong, in one sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        self.facts().4
    }
}

/// A message that breaks a rule of HTTP.
pub type Violation = wire::Violation<Rule>;
