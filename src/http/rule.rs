//! Every way in which a request can be wrong or refused: the status, the clause and the sentence.

use super::status::Status;
use crate::wire;

/// Why a request is refused. One place holds the status, the RFC section and the sentence, so that
/// the response body, the window and the terminal say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    // The request line
    /// A byte in the place of a method that is not a token character.
    MethodNotToken,
    /// The method is longer than any this server implements.
    MethodTooLong,
    /// The method is a token that this server does not implement.
    MethodNotImplemented,
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
    /// What should be a response does not start with a status line of HTTP/1.
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
    /// A Host that is not served here.
    HostForeign,

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
    /// The head did not arrive in time.
    HeadTimeout,
    /// The body did not arrive in time.
    BodyTimeout,
    /// No room for another connection.
    TooManyConnections,
    /// No room to hold another request body.
    TooBusy,
    /// The client ended its side in mid-message.
    EndedEarly,

    // Service
    /// A path that climbs out of the folder.
    PathClimbs,
    /// A path with an encoded byte that no file name can hold, or that hides a separator.
    PathMalformed,
    /// A symbolic link that leads out of the folder.
    LinkLeaves,
    /// Not a regular file: a FIFO, a socket or a device.
    NotAFile,
    /// The operating system refused to open the file.
    FileDenied,
    /// Reading the file failed.
    FileFailed,
    /// Nothing here under this path.
    NotFound,
    /// The folder that is served is gone.
    FolderGone,
    /// The path is known, the method is not allowed on it.
    MethodNotAllowed,
    /// A part of the path or query that a route needs as a number is not one, or is out of range.
    ParameterInvalid,
    /// The body is not what the route reads (JSON, for instance).
    BodyUnreadable,
    /// A precondition of the request is false.
    PreconditionFailed,
    /// No byte of the file lies in the range asked for.
    RangeNotSatisfiable,
    /// The token bucket of this address is empty.
    RateLimited,
    /// No user and password, or wrong ones.
    CredentialsMissing,
    /// The client takes none of the codings that the content can have.
    NotAcceptable,
}

impl Rule {
    /// The status of the response that refuses.
    #[must_use]
    pub const fn status(self) -> Status {
        self.facts().0
    }

    /// The clause that the request breaks, or that governs the refusal: `RFC 9112 §5.1`.
    #[must_use]
    pub const fn section(self) -> &'static str {
        self.facts().1
    }

    /// What is wrong, in one sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        self.facts().2
    }

    #[allow(clippy::too_many_lines, reason = "one table")]
    const fn facts(self) -> (Status, &'static str, &'static str) {
        let (status, section, sentence) = match self {
            Self::MethodNotToken => (
                400,
                "RFC 9110 §9.1",
                "The request does not start with a method: this byte cannot be part of one.",
            ),
            Self::MethodTooLong => {
                (501, "RFC 9112 §3", "The method is longer than any that this server knows.")
            }
            Self::MethodNotImplemented => {
                (501, "RFC 9110 §9.1", "This server does not implement the method.")
            }
            Self::RequestLineSpacing => {
                (400, "RFC 9112 §3", "The parts of a request line are separated by exactly one space.")
            }
            Self::TargetCharacter => (
                400,
                "RFC 9112 §3.2",
                "The request target holds a byte that a URI cannot hold; it must be percent-encoded.",
            ),
            Self::TargetForm => {
                (400, "RFC 9112 §3.2", "The request target does not have the form that the method asks for.")
            }
            Self::TargetUserInfo => (
                400,
                "RFC 9110 §4.2.4",
                "The request target holds user information, which an http URI must not.",
            ),
            Self::TargetScheme => (
                421,
                "RFC 9110 §7.4",
                "The target is an https resource, and this connection is not secured: it is plain http.",
            ),
            Self::VersionMalformed => (
                400,
                "RFC 9112 §2.3",
                "What follows the target is not a version such as HTTP/1.1; a space in a target must be written %20.",
            ),
            Self::VersionNotSupported => {
                (505, "RFC 9110 §15.6.6", "This server speaks HTTP/1.1 and HTTP/1.0 only.")
            }
            Self::VersionMissing => {
                (400, "RFC 9112 §3", "The request line has no version: HTTP/0.9 is not supported.")
            }
            Self::LooksLikeTls => (
                400,
                "RFC 9112 §3",
                "This looks like TLS: the client started an https handshake, and this server speaks plain http.",
            ),
            Self::EmptyLinesEndless => {
                (400, "RFC 9112 §2.2", "Too many empty lines before the request line.")
            }
            // Only ever seen in bytes that went back; the status is what a gateway would answer.
            Self::StatusLineMalformed => (
                502,
                "RFC 9112 §4",
                "The response does not start with a status line such as HTTP/1.1 200 OK.",
            ),
            Self::BareLineFeed => {
                (400, "RFC 9112 §2.2", "A line ends with LF alone; it must end with CR LF.")
            }
            Self::BareCarriageReturn => (400, "RFC 9112 §2.2", "A CR is not followed by LF."),
            Self::FieldNameCharacter => {
                (400, "RFC 9110 §5.1", "A field name holds a byte that is not a token character.")
            }
            Self::FieldNameEmpty => (400, "RFC 9112 §5", "A field line has no name before its colon."),
            Self::SpaceBeforeColon => {
                (400, "RFC 9112 §5.1", "White space follows a field name; its colon must come at once.")
            }
            Self::ColonMissing => (400, "RFC 9112 §5", "A field line has no colon."),
            Self::LineFolding => (
                400,
                "RFC 9112 §5.2",
                "A field line starts with white space: line folding is obsolete and refused.",
            ),
            Self::FieldValueCharacter => (400, "RFC 9110 §5.5", "A field value holds a control byte."),
            Self::HostMissing => (400, "RFC 9112 §3.2", "An HTTP/1.1 request must have a Host field."),
            Self::HostRepeated => (400, "RFC 9112 §3.2", "The request has more than one Host field."),
            Self::HostMalformed => {
                (400, "RFC 9112 §3.2", "The Host field is not a host name or address with an optional port.")
            }
            Self::HostForeign => (
                421,
                "RFC 9110 §15.5.20",
                "This server listens on loopback and answers to loopback names only, so that a web page elsewhere cannot read the folder through a name of its own.",
            ),
            Self::LengthMalformed => (400, "RFC 9112 §6.3", "The Content-Length is not a decimal number."),
            Self::LengthRepeated => (400, "RFC 9112 §6.3", "The Content-Length is given more than once."),
            Self::LengthOverflow => {
                (413, "RFC 9110 §8.6", "The Content-Length is larger than this server can count.")
            }
            Self::LengthAndChunked => (
                400,
                "RFC 9112 §6.3",
                "The request has both Content-Length and Transfer-Encoding, so where it ends is ambiguous.",
            ),
            Self::CodingNotImplemented => {
                (501, "RFC 9112 §6.1", "This server implements no transfer coding but chunked.")
            }
            Self::CodingMalformed => (
                400,
                "RFC 9112 §6.1",
                "The last transfer coding must be chunked, and chunked must stand only once.",
            ),
            Self::CodingBeforeHttp11 => (400, "RFC 9112 §6.1", "Transfer-Encoding needs HTTP/1.1."),
            Self::ExpectationUnknown => {
                (417, "RFC 9110 §10.1.1", "The only expectation that this server can meet is 100-continue.")
            }
            Self::ChunkSizeMalformed => {
                (400, "RFC 9112 §7.1", "A chunk does not start with its size in hexadecimal digits.")
            }
            Self::ChunkSizeOverflow => (
                413,
                "RFC 9112 §7.1",
                "A chunk size is larger, or has more digits, than this server can count.",
            ),
            Self::ChunkExtensionMalformed => {
                (400, "RFC 9112 §7.1.1", "A chunk extension holds a byte that is not allowed there.")
            }
            Self::ChunkExtensionTooLong => {
                (400, "RFC 9112 §7.1.1", "The chunk extensions are longer than this server reads.")
            }
            Self::ChunkEndMissing => {
                (400, "RFC 9112 §7.1", "The data of a chunk is not followed by CR LF: its size is wrong.")
            }
            Self::TrailersTooLarge => {
                (431, "RFC 6585 §5", "The trailer section is larger than the limit for a header block.")
            }
            Self::TargetTooLong => (414, "RFC 9110 §15.5.15", "The request target is longer than the limit."),
            Self::HeadTooLarge => (431, "RFC 6585 §5", "The header block is larger than the limit."),
            Self::BodyTooLarge => (413, "RFC 9110 §15.5.14", "The body is larger than the limit."),
            Self::HeadTimeout => (408, "RFC 9110 §15.5.9", "The head of the request did not arrive in time."),
            Self::BodyTimeout => (408, "RFC 9110 §15.5.9", "The body of the request did not arrive in time."),
            Self::TooManyConnections => {
                (503, "RFC 9110 §15.6.4", "The limit of open connections is reached.")
            }
            Self::TooBusy => {
                (503, "RFC 9110 §15.6.4", "The server holds as many request bodies as it may; try again.")
            }
            Self::EndedEarly => {
                (400, "RFC 9112 §8", "The client ended its side before the message was complete.")
            }
            Self::PathClimbs => {
                (403, "RFC 9110 §15.5.4", "The path climbs out of the folder that is served.")
            }
            Self::PathMalformed => (
                400,
                "RFC 3986 §2.1",
                "The path holds a percent-encoding that is malformed or that no file name can hold.",
            ),
            Self::LinkLeaves => (
                403,
                "RFC 9110 §15.5.4",
                "A symbolic link on this path leads out of the folder that is served.",
            ),
            Self::NotAFile => (403, "RFC 9110 §15.5.4", "This is not a regular file, so it is not served."),
            Self::FileDenied => {
                (403, "RFC 9110 §15.5.4", "The operating system does not let this server read the file.")
            }
            Self::FileFailed => (500, "RFC 9110 §15.6.1", "Reading the file failed."),
            Self::NotFound => (404, "RFC 9110 §15.5.5", "There is nothing under this path."),
            Self::FolderGone => {
                (404, "RFC 9110 §15.5.5", "The folder that this server serves is no longer there.")
            }
            Self::MethodNotAllowed => (
                405,
                "RFC 9110 §15.5.6",
                "The path is known, but not with this method; the Allow field lists those it has.",
            ),
            Self::ParameterInvalid => (
                400,
                "RFC 9110 §15.5.1",
                "A part of the target that must be a number is not one, or is out of range.",
            ),
            Self::BodyUnreadable => (400, "RFC 9110 §15.5.1", "The body is not what its Content-Type says."),
            Self::PreconditionFailed => {
                (412, "RFC 9110 §13.2.2", "A precondition of the request does not hold.")
            }
            Self::RangeNotSatisfiable => {
                (416, "RFC 9110 §15.5.17", "No byte of the file lies in the range asked for.")
            }
            Self::RateLimited => (
                429,
                "RFC 6585 §4",
                "This address has used up its tokens; Retry-After says when the next one is there.",
            ),
            Self::CredentialsMissing => {
                (401, "RFC 9110 §15.5.2", "This server asks for a user name and a password.")
            }
            Self::NotAcceptable => (
                406,
                "RFC 9110 §15.5.7",
                "The client takes none of the content codings in which this can be sent.",
            ),
        };
        (Status(status), section, sentence)
    }
}

/// A message that breaks a rule of HTTP.
pub type Violation = wire::Violation<Rule>;
