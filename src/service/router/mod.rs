//! The table of routes: finds the handler for a method and a path, and the reason why each other route does
//! not match.

mod cache;
mod mounts;
mod pattern;

use std::sync::Arc;

use crate::{gateway::Mount, http::Method};

use crate::{base::shared_text::SharedText, words::excerpt};

use super::route::{Param, Route};
use crate::trace::{ANY_METHOD, Mismatch, RouteAttempt, RouteSummary};

pub(super) use cache::RouteCache;
use mounts::{Mounts, Tried};
use pattern::{Pattern, SHOWN_CHARS_MAX, Segments};

/// The mounts and the routes, in the order in which they are tried.
#[derive(Debug)]
pub(super) struct Router {
    mounts: Mounts,
    entries: Vec<Entry>,
    /// Whether the routes are tried at all.
    is_builtin: bool,
}

/// A route of the table, a mount or the folder, with the number of requests that it matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteInfo {
    /// The method; `ANY` for a mount and for the folder.
    pub method: &'static str,
    /// The pattern; for the folder, its path.
    pub pattern: Arc<str>,
    /// The name of the group that is mounted. `None`: a built-in route or the folder.
    pub group: Option<SharedText>,
    /// Number of requests that matched.
    pub hits: u64,
}

/// A route with its parsed pattern.
#[derive(Debug)]
pub(super) struct Entry {
    /// The route.
    pub route: Route,
    /// The pattern as text, shared with every attempt.
    pub text: Arc<str>,
    pattern: Pattern,
    /// Number of requests that matched.
    hits: u64,
}

/// A routing result.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Routed {
    /// Every mount and every route that was tried, in order.
    pub attempts: Arc<[RouteAttempt]>,
    /// The outcome of the attempts.
    pub outcome: Outcome,
}

/// The outcome of routing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The path is below the mount of the group of this index, from 0.
    Below(usize),
    /// The last attempt matched.
    Matched {
        /// Index of the route, from 0.
        index: usize,
        /// The parameters of the path, in order.
        params: Vec<Param>,
    },
    /// Routes match the path, but none of them has this method. With the value for Allow.
    OtherMethods(String),
    /// No route has this path.
    Unknown,
}

impl Router {
    /// A router over `routes`, tried in this order.
    #[must_use]
    pub(super) fn new(routes: &[Route]) -> Self {
        let entry = |route: &Route| Entry {
            route: *route,
            text: route.pattern.into(),
            pattern: Pattern::new(route.pattern),
            hits: 0,
        };
        Self { mounts: Mounts::default(), entries: routes.iter().map(entry).collect(), is_builtin: true }
    }

    /// Mounts groups, given with their names and in the order of the settings, in place of those before. Results of
    /// before hold no longer.
    pub(super) fn mount(&mut self, groups: Vec<(Mount, Arc<str>)>) {
        self.mounts = Mounts::new(groups, &self.mounts);
    }

    /// Whether the routes are tried besides the mounts. Results of before hold no longer.
    pub(super) const fn set_builtin(&mut self, is_builtin: bool) {
        self.is_builtin = is_builtin;
    }

    /// The routes that are tried.
    fn tried(&self) -> &[Entry] {
        if self.is_builtin { &self.entries } else { &[] }
    }

    /// Counts a request with this outcome.
    pub(super) fn hit(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Below(group) => self.mounts.hit(*group),
            Outcome::Matched { index, .. } => self.entries[*index].hits += 1,
            Outcome::OtherMethods(_) | Outcome::Unknown => {}
        }
    }

    /// The mounts and the routes, in the order in which they are tried.
    pub(super) fn infos(&self) -> impl Iterator<Item = RouteInfo> {
        let mounts = self.mounts.entries().iter().map(|entry| RouteInfo {
            method: ANY_METHOD,
            pattern: entry.matched.pattern.clone(),
            group: entry.matched.summary.group().cloned(),
            hits: entry.hits,
        });
        let routes = self.tried().iter().map(|entry| RouteInfo {
            method: entry.route.method.name(),
            pattern: entry.text.clone(),
            group: None,
            hits: entry.hits,
        });
        mounts.chain(routes)
    }

    /// Tries the mounts and then the routes until one matches. `token`: the method as received; `path`:
    /// percent-encoded, without the query.
    #[must_use]
    pub(super) fn route(&self, method: Method, token: &str, path: &str) -> Routed {
        let mut attempts = match self.mounts.attempt(path) {
            // RFC 9110 §9.3.6: CONNECT asks for a tunnel to the host that it names, not for a path.
            _ if method == Method::Connect => Vec::new(),
            Tried::Below(attempts, group) => return Routed { attempts, outcome: Outcome::Below(group) },
            Tried::Apart(attempts) => attempts,
        };
        attempts.reserve(self.tried().len());
        let segments = Segments::of(path);
        let mut allowed = Vec::new();
        for (index, entry) in self.tried().iter().enumerate() {
            let mut attempt = RouteAttempt {
                method: Some(entry.route.method),
                pattern: entry.text.clone(),
                mismatch: None,
                summary: RouteSummary::Params("".into()),
            };
            match entry.pattern.matches(&segments) {
                Err(mismatch) => attempt.mismatch = Some(mismatch),
                Ok(params) if serves(entry.route.method, method) => {
                    let shown: Vec<_> = params
                        .iter()
                        .map(|param| format!("{} = {}", param.name, excerpt(&param.text, SHOWN_CHARS_MAX)))
                        .collect();
                    attempt.summary = RouteSummary::Params(shown.join(", ").into());
                    attempts.push(attempt);
                    return Routed { attempts: attempts.into(), outcome: Outcome::Matched { index, params } };
                }
                Ok(_) => {
                    attempt.mismatch = Some(Mismatch::Method { found: excerpt(token, 40).into() });
                    allowed.push(entry.route.method);
                }
            }
            attempts.push(attempt);
        }
        let outcome =
            if allowed.is_empty() { Outcome::Unknown } else { Outcome::OtherMethods(allow(&allowed)) };
        Routed { attempts: attempts.into(), outcome }
    }
}

/// RFC 9110 §9.3.2: HEAD "is identical to GET except that the server MUST NOT send content".
fn serves(route: Method, request: Method) -> bool {
    route == request || (route == Method::Get && request == Method::Head)
}

/// The value for Allow, for routes with these methods: HEAD is added to GET, OPTIONS always.
fn allow(methods: &[Method]) -> String {
    let mut names = Vec::new();
    for method in methods {
        if !names.contains(&method.name()) {
            names.push(method.name());
            if *method == Method::Get {
                names.push("HEAD");
            }
        }
    }
    names.push("OPTIONS");
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Reply, route::Call},
        *,
    };
    use crate::http::Status;

    fn handler(_: &Call<'_>) -> Reply {
        Reply::text(Status(200), "")
    }

    fn route(method: Method, path: &str) -> Routed {
        let route = |method, pattern| Route { method, pattern, reads_body: false, handler };
        let router = Router::new(&[
            route(Method::Get, "/api/health"),
            route(Method::Get, "/api/users/:id"),
            route(Method::Post, "/api/echo"),
            route(Method::Get, "/both"),
            route(Method::Post, "/both"),
        ]);
        router.route(method, method.name(), path)
    }

    fn reasons(path: &str) -> Vec<String> {
        let reason = |attempt: &RouteAttempt| {
            attempt.mismatch.as_ref().map_or_else(|| attempt.summary.words().into_owned(), Mismatch::sentence)
        };
        route(Method::Get, path).attempts.iter().map(reason).collect()
    }

    #[test]
    fn the_first_match_ends_the_search() {
        let routed = route(Method::Get, "/api/users/42");
        assert_eq!(routed.attempts.len(), 2);
        assert_eq!(routed.attempts[1].summary.words(), "id = 42");
        let param = Param { name: "id", text: "42".into(), well_formed: true };
        assert_eq!(routed.outcome, Outcome::Matched { index: 1, params: vec![param] });
    }

    #[test]
    fn every_attempt_has_its_reason() {
        assert_eq!(
            reasons("/api/echo"),
            [
                "segment 2 is \"echo\", not \"health\"",
                "segment 2 is \"echo\", not \"users\"",
                "method is GET",
                "segment 1 is \"api\", not \"both\"",
                "segment 1 is \"api\", not \"both\"",
            ]
        );
        assert_eq!(reasons("/api/users")[1], "the path ends before :id");
        assert_eq!(reasons("/api/users/")[1], "the path ends before :id");
        assert_eq!(reasons("/")[0], "the path ends before api");
        assert_eq!(reasons("/api/health/")[0], "the path goes on with a slash");
        assert_eq!(reasons("/api/users/1/2")[1], "the path goes on with \"2\"");
        assert_eq!(reasons("//api/health")[0], "segment 1 is empty, not \"api\"");
    }

    #[test]
    fn segments_are_compared_decoded() {
        assert!(matches!(route(Method::Get, "/%61pi/he%61lth").outcome, Outcome::Matched { index: 0, .. }));
        assert_eq!(route(Method::Get, "/api%2Fhealth").outcome, Outcome::Unknown);
        assert_eq!(route(Method::Get, "/API/health").outcome, Outcome::Unknown);
    }

    #[test]
    fn parameters_are_decoded_and_never_empty() {
        let text = |path| match route(Method::Get, path).outcome {
            Outcome::Matched { params, .. } => Some((params[0].text.to_string(), params[0].well_formed)),
            _ => None,
        };
        assert_eq!(text("/api/users/a%2Fb%20c"), Some(("a/b c".to_owned(), true)));
        assert_eq!(text("/api/users/%ff"), Some(("\\xff".to_owned(), true)));
        assert_eq!(text("/api/users/%zz"), Some(("%zz".to_owned(), false)));
        assert_eq!(text("/api/users//"), None);
    }

    #[test]
    fn what_is_shown_of_a_path_has_no_control_characters() {
        assert_eq!(reasons("/%1b%5b2J")[0], "segment 1 is \"\\u{1b}[2J\", not \"api\"");
        assert_eq!(reasons("/api/health/%0a")[0], "the path goes on with \"\\n\"");
        assert_eq!(route(Method::Get, "/api/users/a%0d%0ab").attempts[1].summary.words(), "id = a\\r\\nb");
    }

    #[test]
    fn head_is_served_by_get() {
        assert!(matches!(route(Method::Head, "/api/health").outcome, Outcome::Matched { index: 0, .. }));
        assert!(matches!(route(Method::Head, "/both").outcome, Outcome::Matched { index: 3, .. }));
    }

    #[test]
    fn a_known_path_with_another_method_lists_what_it_has() {
        let allow = |method, path| match route(method, path).outcome {
            Outcome::OtherMethods(allow) => allow,
            other => panic!("{other:?}"),
        };
        assert_eq!(allow(Method::Delete, "/api/health"), "GET, HEAD, OPTIONS");
        assert_eq!(allow(Method::Get, "/api/echo"), "POST, OPTIONS");
        assert_eq!(allow(Method::Put, "/both"), "GET, HEAD, POST, OPTIONS");
        assert_eq!(allow(Method::Options, "/both"), "GET, HEAD, POST, OPTIONS");
    }
}
