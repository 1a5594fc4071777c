//! Records of what middleware and routing did with an exchange.
//!
//! A record names a middleware by its stable key and a route by its pattern. Which of them exist is
//! known to the service alone, so a record of one that this version does not have reads as well.

use std::{borrow::Cow, sync::Arc};

use crate::{
    base::shared_text::SharedText,
    http::{Method, Status},
};

/// Which message a middleware acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The request, on its way to the handler.
    Request,
    /// The response, on its way to the client.
    Response,
}

/// One call of one middleware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MiddlewareStep {
    /// The stable key of the middleware: `rate-limit`.
    pub name: SharedText,
    /// The message that the middleware acted on.
    pub phase: Phase,
    /// The duration of the call in nanoseconds.
    pub took_nanos: u32,
    /// The status of the answer that the middleware gave in place of the handler, or with which it
    /// replaced the response. `None`: the message was passed on.
    pub answered: Option<Status>,
    /// What the middleware did.
    pub summary: StepSummary,
    /// The response fields that the middleware changed, in order.
    pub changes: Box<[FieldChange]>,
}

/// What a middleware did in one step, or why it did nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepSummary {
    /// A few plain words: `preflight allowed`. Empty: nothing to tell.
    Words(SharedText),
    /// The rate limit took a token from the client's bucket.
    TokenTaken {
        /// Whole tokens left in the bucket.
        left: u32,
    },
    /// The client's bucket has no whole token.
    NoToken {
        /// Seconds until the next token. `None`: no token ever comes back.
        wait_secs: Option<u32>,
    },
}

impl StepSummary {
    /// The summary in plain words: `1 token taken, 7 left`.
    #[must_use]
    pub fn words(&self) -> Cow<'_, str> {
        match self {
            Self::Words(words) => Cow::Borrowed(words),
            Self::TokenTaken { left } => format!("1 token taken, {left} left").into(),
            Self::NoToken { wait_secs: Some(secs) } => {
                format!("no token left, the next one in {secs} s").into()
            }
            Self::NoToken { wait_secs: None } => "no token left, and none comes back".into(),
        }
    }
}

impl<T: Into<SharedText>> From<T> for StepSummary {
    fn from(words: T) -> Self {
        Self::Words(words.into())
    }
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
    /// The method of the route. `None`: the folder, which is asked whatever the method is.
    pub method: Option<Method>,
    /// The route's pattern, `/api/users/:id`; for the folder its path.
    pub pattern: Arc<str>,
    /// Why it does not match. `None`: it matches.
    pub mismatch: Option<Mismatch>,
    /// For a match, the parameters (`id = 42`), or for the folder what was found
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
        expected: SharedText,
        /// What the path has there: percent-decoded, control characters escaped, long ones cut.
        found: Arc<str>,
    },
    /// The path ends before this segment of the pattern.
    TooShort {
        /// The first segment that is missing: `:id`.
        expected: SharedText,
    },
    /// The path goes on after the pattern's last segment.
    TooLong {
        /// The first segment too many, as in [`Self::Segment`].
        found: Arc<str>,
    },
}

impl RouteAttempt {
    /// The name of the route's method; `ANY` for the folder.
    #[must_use]
    pub fn method_name(&self) -> &'static str {
        self.method.map_or(ANY_METHOD, Method::name)
    }
}

/// What stands for the method of the folder in a list of routes.
pub const ANY_METHOD: &str = "ANY";

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
