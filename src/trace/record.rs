//! What middleware and routing leave behind for the trace.

use std::sync::Arc;

use crate::{base::shared_text::SharedText, http::Status};

use crate::service::MiddlewareKind;

/// Which message a middleware acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The request, on its way to the handler.
    #[serde(rename = "down")]
    Request,
    /// The response, on its way to the client.
    #[serde(rename = "up")]
    Response,
}

/// One middleware doing its part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MiddlewareStep {
    /// Which middleware.
    pub kind: MiddlewareKind,
    /// The message it acted on.
    pub phase: Phase,
    /// How long it took, in nanoseconds.
    pub took_nanos: u32,
    /// The status it answered with, if it answered itself instead of passing on, or replaced the
    /// response on the way up.
    pub answered: Option<Status>,
    /// What it did, in a few plain words: `1 token taken, 7 left`.
    pub did: SharedText,
    /// The response fields it changed, in order.
    pub changes: Vec<FieldChange>,
}

/// A response field that a middleware added, changed or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The field name.
    pub name: SharedText,
    /// The value before. `None`: the field was not there.
    pub before: Option<SharedText>,
    /// The value after. `None`: the field was removed.
    pub after: Option<SharedText>,
}

/// One route that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteAttempt {
    /// The method the route wants; `ANY` for the folder.
    pub method: &'static str,
    /// The route's pattern, `/api/users/:id`; for the folder its path.
    pub pattern: Arc<str>,
    /// Why it does not match. `None`: it matches.
    pub mismatch: Option<Mismatch>,
    /// For a match: the parameters (`id = 42`), or for the folder what was found
    /// (`file style.css, 1204 bytes`, `no file api/users → 404 Not Found`). Else empty.
    pub found: SharedText,
}

/// Why a route does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The path matches, the method does not.
    Method {
        /// The method of the request.
        found: Box<str>,
    },
    /// A literal segment differs.
    Segment {
        /// Which, counted from 1.
        index: u8,
        /// What the route wants there.
        expected: &'static str,
        /// What the path has there: percent-decoded, control characters escaped, long ones cut.
        found: Arc<str>,
    },
    /// The path ends before this segment of the pattern.
    TooShort {
        /// The first segment that is missing: `:id`.
        expected: &'static str,
    },
    /// The path goes on after the pattern's last segment.
    TooLong {
        /// The first segment too many, as in [`Self::Segment`].
        found: Arc<str>,
    },
}

impl Mismatch {
    /// The reason in plain words: `segment 2 is "users", not "health"`.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Method { found } => format!("method is {found}"),
            // An empty segment stands between two slashes, or after the last one.
            Self::Segment { index, expected, found } if found.is_empty() => {
                format!("segment {index} is empty, not \"{expected}\"")
            }
            Self::TooLong { found } if found.is_empty() => "the path goes on with a slash".to_owned(),
            Self::Segment { index, expected, found } => {
                format!("segment {index} is \"{found}\", not \"{expected}\"")
            }
            Self::TooShort { expected } => format!("the path ends before {expected}"),
            Self::TooLong { found } => format!("the path goes on with \"{found}\""),
        }
    }
}
