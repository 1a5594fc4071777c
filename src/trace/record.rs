//! Records of the work of middleware and routing on an exchange.
//!
//! A record names a middleware by its stable key and a route by its pattern. Only the service knows which of
//! them exist, so records of unknown ones can be read as well.

use std::{borrow::Cow, sync::Arc};

use crate::{
    base::shared_text::SharedText,
    http::{Method, Status},
};

use super::refusal::Refusal;

/// The message that a middleware handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The request, on its way to the handler.
    Request,
    /// The response, on its way to the client.
    Response,
}

/// One call of a middleware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MiddlewareStep {
    /// The stable key of the middleware: `rate-limit`.
    pub name: SharedText,
    /// The message that the middleware handled.
    pub phase: Phase,
    /// The status of the answer that the middleware gave in place of the handler, or with which it
    /// replaced the response. `None`: the message was passed on.
    pub answered: Option<Status>,
    /// The action of the middleware.
    pub summary: StepSummary,
    /// The fields of the message that the middleware changed, in order.
    pub changes: Box<[FieldChange]>,
}

/// The action of a middleware in one step, or why it did nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepSummary {
    /// A few plain words: `preflight allowed`. Empty: nothing to report.
    Words(SharedText),
    /// The rate limit took a token from the client's bucket.
    TokenTaken {
        /// Whole tokens left in the bucket.
        left: u32,
    },
    /// The client's bucket has no whole token.
    NoToken {
        /// Seconds until the next token. `None`: no token ever returns.
        wait_secs: Option<u32>,
    },
}

impl MiddlewareStep {
    /// The key of the middleware that changes fields by rules.
    pub const RULES: &str = "fields";
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

/// A field that a middleware added, changed or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The field name.
    pub name: SharedText,
    /// The value before. `None`: the field was not there.
    pub before: Option<SharedText>,
    /// The value after. `None`: the field was removed.
    pub after: Option<SharedText>,
}

/// A route that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteAttempt {
    /// The method of the route. `None`: a mount or the folder, which accept any method at this point.
    pub method: Option<Method>,
    /// The route's pattern, `/api/users/:id`; for a mount `/api/*`, for the folder its path.
    pub pattern: Arc<str>,
    /// Why the route does not match. `None`: the route matches.
    pub mismatch: Option<Mismatch>,
    /// The target of the route.
    pub summary: RouteSummary,
}

/// The target of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteSummary {
    /// The parameters of a built-in route that matches: `id = 42`. Empty: no parameters, or no match.
    Params(SharedText),
    /// The result of a lookup in the folder.
    Folder {
        /// Path within the folder, escaped; a long path that is refused is shortened.
        name: SharedText,
        /// The result of the lookup.
        found: Lookup,
    },
    /// The name of a group of backends.
    Group(SharedText),
}

impl RouteSummary {
    /// The name of the group of backends. `None`: a built-in route or the folder.
    #[must_use]
    pub const fn group(&self) -> Option<&SharedText> {
        match self {
            Self::Group(name) => Some(name),
            Self::Params(_) | Self::Folder { .. } => None,
        }
    }

    /// The status with which a lookup in the folder is refused. `None`: it is not, or the route is none of the folder.
    #[must_use]
    pub const fn refused(&self) -> Option<Status> {
        match self {
            Self::Folder { found, .. } => found.status(),
            Self::Params(_) | Self::Group(_) => None,
        }
    }

    /// The summary in plain words: `no file api/users → 404 Not Found`.
    #[must_use]
    pub fn words(&self) -> Cow<'_, str> {
        match self {
            Self::Params(params) => Cow::Borrowed(params),
            Self::Folder { name, found } => match found.status() {
                Some(status) => format!("{} → {status}", found.words(name)).into(),
                None => found.words(name).into(),
            },
            Self::Group(name) => format!("group {name}").into(),
        }
    }
}

/// The result of looking up a path in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// A file of this many bytes.
    File(u64),
    /// A folder that is listed.
    Listing,
    /// A folder, but the path has no slash at its end.
    MissingSlash,
    /// No file; `index.html` is served instead.
    Fallback,
    /// No file; `404.html` is served.
    NotFoundPage,
    /// Not served.
    Refused(Refusal),
}

impl Lookup {
    /// The stable name in session files; a refusal has its own key.
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

    /// The result with this key. `bytes`: the length of a file. `None`: unknown key.
    #[must_use]
    pub fn from_key(key: &str, bytes: u64) -> Option<Self> {
        [Self::File(bytes), Self::Listing, Self::MissingSlash, Self::Fallback, Self::NotFoundPage]
            .into_iter()
            .chain(Refusal::ALL.iter().map(|refusal| Self::Refused(*refusal)))
            .find(|lookup| lookup.key() == key)
    }

    /// The status, if it follows from the result alone. `None`: a success or a redirect.
    const fn status(self) -> Option<Status> {
        match self {
            Self::Refused(refusal) => Some(refusal.facts().status),
            Self::NotFoundPage => Some(Refusal::NotFound.facts().status),
            Self::File(_) | Self::Listing | Self::MissingSlash | Self::Fallback => None,
        }
    }

    /// The result for `name` in plain words: `file style.css, 1204 bytes`.
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
            Self::Refused(Refusal::PathLeavesFolder) => format!("{name} leads outside the served folder"),
            Self::Refused(Refusal::PathMalformed) => format!("{name} is malformed"),
            Self::Refused(Refusal::LinkLeaves) => format!("{name} links outside the served folder"),
            Self::Refused(Refusal::NotAFile) => format!("{name} is not a regular file"),
            Self::Refused(Refusal::OwnFile) => format!("{name} was written by byteglass"),
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
        /// Position of the segment, from 1.
        index: u8,
        /// The segment of the pattern.
        expected: SharedText,
        /// The segment of the path: percent-decoded, control characters escaped, shortened if long.
        found: Arc<str>,
    },
    /// The path ends before this segment of the pattern.
    TooShort {
        /// The first segment that is missing: `:id`.
        expected: SharedText,
    },
    /// The path continues after the pattern's last segment.
    TooLong {
        /// The first extra segment, escaped as in [`Self::Segment`].
        found: Arc<str>,
    },
}

impl RouteAttempt {
    /// The name of the route's method; `ANY` for a mount and for the folder.
    #[must_use]
    pub fn method_name(&self) -> &'static str {
        self.method.map_or(ANY_METHOD, Method::name)
    }

    /// Why the route did not match, in plain words. `None`: it matched.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        let mismatch = self.mismatch.as_ref()?;
        // The method is only looked at where the path matches.
        Some(match (mismatch, self.method) {
            (Mismatch::Method { .. }, Some(method)) => {
                format!("the path matches, but this route takes {}", method.name())
            }
            (Mismatch::Method { .. }, None) => "files are only answered to GET, HEAD and OPTIONS".to_owned(),
            _ => mismatch.sentence(),
        })
    }
}

/// The word shown as the method of a mount and of the folder in a list of routes.
pub const ANY_METHOD: &str = "ANY";

impl Mismatch {
    /// The reason in plain words: `segment 2 is "users", not "health"`.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Method { found } => format!("method is {found}"),
            // An empty segment lies between two slashes, or after the last one.
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
