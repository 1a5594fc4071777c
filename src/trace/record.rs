//! Records of what middleware and routing did with an exchange.
//!
//! A record names a middleware by its stable key and a route by its pattern. Which of them exist is
//! known to the service alone, so a record of one that this version does not have reads as well.

use std::{borrow::Cow, sync::Arc};

use crate::{
    base::shared_text::SharedText,
    http::{Method, Status},
};

use super::refusal::Refusal;

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
    /// What the route leads to.
    pub summary: RouteSummary,
}

/// What a route leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteSummary {
    /// The parameters of a built-in route that matches: `id = 42`. Empty: there are none, or the route
    /// does not match.
    Params(SharedText),
    /// What the folder has under a path.
    Folder {
        /// The path within the folder, escaped; a long one that is refused is cut.
        name: SharedText,
        /// What is there.
        found: Lookup,
    },
}

impl RouteSummary {
    /// The summary in plain words: `no file api/users → 404 Not Found`.
    #[must_use]
    pub fn words(&self) -> Cow<'_, str> {
        match self {
            Self::Params(params) => Cow::Borrowed(params),
            Self::Folder { name, found } => match found.status() {
                Some(status) => format!("{} → {status}", found.words(name)).into(),
                None => found.words(name).into(),
            },
        }
    }
}

/// What a folder has under a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// A file of this many bytes.
    File(u64),
    /// A folder that is listed.
    Listing,
    /// A folder, and the path has no slash at its end.
    MissingSlash,
    /// No file; `index.html` is served instead.
    Fallback,
    /// No file; `404.html` is served.
    NotFoundPage,
    /// Nothing that is served.
    Refused(Refusal),
}

impl Lookup {
    /// The stable name in session files; for a refusal its own.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Listing => "listing",
            Self::MissingSlash => "missing_slash",
            Self::Fallback => "fallback",
            Self::NotFoundPage => "not_found_page",
            Self::Refused(refusal) => refusal.key(),
        }
    }

    /// The result of this key. `bytes`: the length of a file. `None`: there is none.
    #[must_use]
    pub fn from_key(key: &str, bytes: u64) -> Option<Self> {
        [Self::File(bytes), Self::Listing, Self::MissingSlash, Self::Fallback, Self::NotFoundPage]
            .into_iter()
            .chain(Refusal::ALL.iter().map(|refusal| Self::Refused(*refusal)))
            .find(|lookup| lookup.key() == key)
    }

    /// The status that follows from it alone. `None`: that of a success or a redirect.
    const fn status(self) -> Option<Status> {
        match self {
            Self::Refused(refusal) => Some(refusal.facts().status),
            Self::NotFoundPage => Some(Refusal::NotFound.facts().status),
            Self::File(_) | Self::Listing | Self::MissingSlash | Self::Fallback => None,
        }
    }

    /// What was found under `name` in plain words: `file style.css, 1204 bytes`.
    #[must_use]
    pub fn words(self, name: &str) -> String {
        match self {
            Self::File(1) => format!("file {name}, 1 byte"),
            Self::File(bytes) => format!("file {name}, {bytes} bytes"),
            Self::Listing => format!("folder {name}, listed"),
            Self::MissingSlash => format!("folder {name}, missing trailing slash; redirecting"),
            Self::Fallback => format!("no file {name}; serving index.html"),
            Self::NotFoundPage => format!("no file {name}; serving 404.html"),
            Self::Refused(Refusal::NotFound) => format!("no file {name}"),
            Self::Refused(Refusal::PathClimbs) => format!("{name} leads outside the served folder"),
            Self::Refused(Refusal::PathMalformed) => format!("{name} is malformed"),
            Self::Refused(Refusal::LinkLeaves) => format!("{name} links outside the served folder"),
            Self::Refused(Refusal::NotAFile) => format!("{name} is not a regular file"),
            Self::Refused(Refusal::FileDenied) => format!("{name} may not be read"),
            Self::Refused(Refusal::FolderGone) => "the folder is gone".to_owned(),
            Self::Refused(_) => format!("{name} cannot be read"),
        }
    }
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
