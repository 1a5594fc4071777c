//! Why a request is refused: what this program does not serve, and either that or a rule of HTTP.

use serde::{Serialize, Serializer};

use crate::http::{Rule, Status, rule::Class};

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

/// Why a request is refused: by a rule of HTTP, or by this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The bytes of the message break a rule.
    Rule(Rule),
    /// This program does not serve the request.
    Refusal(Refusal),
}

impl Cause {
    /// The stable name of the cause, in files and in JSON. No rule and no refusal share one.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.key(),
            Self::Refusal(refusal) => refusal.key(),
        }
    }

    /// The cause of this key. `None`: there is none.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::all().find(|cause| cause.key() == key)
    }

    /// All causes: the rules, then the refusals.
    pub fn all() -> impl Iterator<Item = Self> {
        let rules = Rule::ALL.iter().map(|rule| Self::Rule(*rule));
        rules.chain(Refusal::ALL.iter().map(|refusal| Self::Refusal(*refusal)))
    }

    /// The status of the response.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Rule(rule) => match rule.status() {
                Some(status) => status,
                // RFC 9110 §15.6.3: a gateway "received an invalid response from an inbound server".
                None => Status(502),
            },
            Self::Refusal(refusal) => refusal.status(),
        }
    }

    /// In what way the request itself is at fault. `None`: in none, it is well formed and complete.
    #[must_use]
    pub const fn class(self) -> Option<Class> {
        match self {
            Self::Rule(rule) => Some(rule.class()),
            Self::Refusal(refusal) => refusal.class(),
        }
    }

    /// Whether the request breaks the protocol: not a limit, a timer, something that is valid but not
    /// implemented, or an answer of the service.
    #[must_use]
    pub const fn breaks_protocol(self) -> bool {
        matches!(self.class(), Some(Class::Malformed))
    }

    /// The clause that the request breaks, or that governs the refusal: `RFC 9112 §5.1`.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.section(),
            Self::Refusal(refusal) => refusal.section(),
        }
    }

    /// What is wrong, in one sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.sentence(),
            Self::Refusal(refusal) => refusal.sentence(),
        }
    }
}

impl From<Rule> for Cause {
    fn from(rule: Rule) -> Self {
        Self::Rule(rule)
    }
}

impl From<Refusal> for Cause {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

/// A cause is written as its key.
impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_cause_has_a_key_of_its_own_a_clause_and_a_sentence() {
        let mut keys = BTreeSet::new();
        for cause in Cause::all() {
            let key = cause.key();
            assert!(keys.insert(key), "{key} is taken");
            assert!(key.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')), "{key}");
            assert_eq!(Cause::from_key(key), Some(cause));
            let clause = cause.section().strip_prefix("RFC ").and_then(|clause| clause.split_once(" §"));
            let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            assert!(clause.is_some_and(|(rfc, section)| are_digits(rfc) && are_digits(section)), "{key}");
            assert!(cause.sentence().ends_with('.') && !cause.sentence().ends_with(".."), "{key}");
            assert!(matches!(cause.status().class(), 4 | 5), "{key}");
        }
        assert_eq!(keys.len(), Rule::ALL.len() + Refusal::ALL.len());
    }

    /// RFC 9110 §15.5 and §15.6: the status says in what way a message is at fault, as the class does.
    #[test]
    fn class_and_status_agree() {
        for cause in Cause::all() {
            let statuses: &[u16] = match cause.class() {
                Some(Class::Malformed) => &[400, 502],
                Some(Class::OverLimit) => &[400, 413, 414, 431, 501],
                Some(Class::Unsupported) => &[417, 421, 501, 505],
                Some(Class::Incomplete) => &[400, 408],
                None => &[400, 401, 403, 404, 405, 406, 412, 416, 421, 429, 500, 503],
            };
            assert!(statuses.contains(&cause.status().0), "{}", cause.key());
        }
    }

    #[test]
    fn only_a_response_can_break_a_rule_without_a_status() {
        let without: Vec<_> = Rule::ALL.iter().filter(|rule| rule.status().is_none()).collect();
        assert_eq!(without, [&Rule::StatusLineMalformed]);
    }
}
