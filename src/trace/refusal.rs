//! What this program refuses although the bytes can be read.

use crate::{http::Status, wire::Class};

/// What this program refuses although its bytes can be read: by the server's timers and limits, by the
/// folder, a route or a middleware. One table holds the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    // The server
    /// A Host that is not served here.
    HostForeign,
    /// The head did not arrive in time.
    HeadTimeout,
    /// The body did not arrive in time.
    BodyTimeout,
    /// No room for another connection.
    TooManyConnections,
    /// No room to hold another request body.
    TooBusy,

    // The service
    /// The method is a token that this server does not implement.
    MethodNotImplemented,
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

impl Refusal {
    /// All refusals, in the order of their declaration.
    pub const ALL: &[Self] = &[
        Self::HostForeign,
        Self::HeadTimeout,
        Self::BodyTimeout,
        Self::TooManyConnections,
        Self::TooBusy,
        Self::MethodNotImplemented,
        Self::PathClimbs,
        Self::PathMalformed,
        Self::LinkLeaves,
        Self::NotAFile,
        Self::FileDenied,
        Self::FileFailed,
        Self::NotFound,
        Self::FolderGone,
        Self::MethodNotAllowed,
        Self::ParameterInvalid,
        Self::BodyUnreadable,
        Self::PreconditionFailed,
        Self::RangeNotSatisfiable,
        Self::RateLimited,
        Self::CredentialsMissing,
        Self::NotAcceptable,
    ];

    /// The stable name of the refusal, in files and in JSON: `not_found`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.facts().0
    }

    /// The status of the response.
    #[must_use]
    pub const fn status(self) -> Status {
        Status(self.facts().1)
    }

    /// In what way the request itself is at fault. `None`: in none, it is well formed and complete.
    #[must_use]
    pub const fn class(self) -> Option<Class> {
        self.facts().2
    }

    /// The clause that governs the refusal: `RFC 9110 §15.5.5`.
    #[must_use]
    pub const fn section(self) -> &'static str {
        self.facts().3
    }

    /// What is wrong, in one sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        self.facts().4
    }

    /// Key, status, class, clause, sentence.
    #[allow(clippy::too_many_lines, reason = "one table")]
    const fn facts(self) -> (&'static str, u16, Option<Class>, &'static str, &'static str) {
        match self {
            Self::HostForeign => (
                "host_foreign",
                421,
                None,
                "RFC 9110 §15.5.20",
                "Only localhost names are accepted here. This stops other websites from reading the folder by pointing their own domain name at your machine (DNS rebinding).",
            ),
            Self::HeadTimeout => (
                "head_timeout",
                408,
                Some(Class::Incomplete),
                "RFC 9110 §15.5.9",
                "The head of the request did not arrive in time.",
            ),
            Self::BodyTimeout => (
                "body_timeout",
                408,
                Some(Class::Incomplete),
                "RFC 9110 §15.5.9",
                "The body of the request did not arrive in time.",
            ),
            Self::TooManyConnections => (
                "too_many_connections",
                503,
                None,
                "RFC 9110 §15.6.4",
                "The limit of open connections is reached.",
            ),
            Self::TooBusy => (
                "too_busy",
                503,
                None,
                "RFC 9110 §15.6.4",
                "The server's memory for request bodies is full. Try again in a moment.",
            ),
            Self::MethodNotImplemented => (
                "method_not_implemented",
                501,
                Some(Class::Unsupported),
                "RFC 9110 §9.1",
                "This server does not implement the method.",
            ),
            Self::PathClimbs => {
                ("path_climbs", 403, None, "RFC 9110 §15.5.4", "The path leads outside the served folder.")
            }
            Self::PathMalformed => (
                "path_malformed",
                400,
                Some(Class::Malformed),
                "RFC 3986 §2.1",
                "The path holds a percent-encoding that is malformed or that no file name can hold.",
            ),
            Self::LinkLeaves => (
                "link_leaves",
                403,
                None,
                "RFC 9110 §15.5.4",
                "A symbolic link on this path leads outside the served folder.",
            ),
            Self::NotAFile => (
                "not_a_file",
                403,
                None,
                "RFC 9110 §15.5.4",
                "This is not a regular file, so it is not served.",
            ),
            Self::FileDenied => (
                "file_denied",
                403,
                None,
                "RFC 9110 §15.5.4",
                "The operating system does not let this server read the file.",
            ),
            Self::FileFailed => ("file_failed", 500, None, "RFC 9110 §15.6.1", "Reading the file failed."),
            Self::NotFound => {
                ("not_found", 404, None, "RFC 9110 §15.5.5", "There is nothing under this path.")
            }
            Self::FolderGone => (
                "folder_gone",
                404,
                None,
                "RFC 9110 §15.5.5",
                "The folder that this server serves is no longer there.",
            ),
            Self::MethodNotAllowed => (
                "method_not_allowed",
                405,
                None,
                "RFC 9110 §15.5.6",
                "The path is known, but not with this method; the Allow field lists those it has.",
            ),
            Self::ParameterInvalid => (
                "parameter_invalid",
                400,
                None,
                "RFC 9110 §15.5.1",
                "A part of the target that must be a number is not one, or is out of range.",
            ),
            Self::BodyUnreadable => (
                "body_unreadable",
                400,
                None,
                "RFC 9110 §15.5.1",
                "The body is not what its Content-Type says.",
            ),
            Self::PreconditionFailed => (
                "precondition_failed",
                412,
                None,
                "RFC 9110 §13.2.2",
                "A precondition of the request does not hold.",
            ),
            Self::RangeNotSatisfiable => (
                "range_not_satisfiable",
                416,
                None,
                "RFC 9110 §15.5.17",
                "No byte of the file lies in the range asked for.",
            ),
            Self::RateLimited => (
                "rate_limited",
                429,
                None,
                "RFC 6585 §4",
                "Too many requests from this address. Retry-After says when the next one is allowed.",
            ),
            Self::CredentialsMissing => (
                "credentials_missing",
                401,
                None,
                "RFC 9110 §15.5.2",
                "This server asks for a user name and a password.",
            ),
            Self::NotAcceptable => (
                "not_acceptable",
                406,
                None,
                "RFC 9110 §15.5.7",
                "The client accepts none of the encodings available for this file (see Accept-Encoding).",
            ),
        }
    }
}
