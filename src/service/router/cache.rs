//! A cache of routing results.
//!
//! As long as the mounts stay, so does the result for a path. Equal lists of attempts are shared, from here to the
//! capture.

use std::{collections::HashMap, sync::Arc};

use crate::http::Method;

use super::{Outcome, Routed, Router};
use crate::trace::RouteAttempt;

/// Upper bound on the remembered pairs of method and path.
const PATHS_MAX: usize = 512;
/// Upper bound on the length of a remembered path, in bytes.
const PATH_BYTES_MAX: usize = 512;

/// The routing results, by method and path.
#[derive(Debug, Default)]
pub(crate) struct RouteCache {
    /// Indices in `results`.
    known: HashMap<Box<str>, usize>,
    results: Vec<CachedRoute>,
    /// The last result for a path that is too long to be remembered.
    long: Option<CachedRoute>,
    /// Method and path, as the key for lookups.
    key: String,
}

/// A routing result.
#[derive(Debug)]
pub(crate) struct CachedRoute {
    /// Every route that was tried, in order.
    pub attempts: Arc<[RouteAttempt]>,
    /// The outcome of the attempts.
    pub outcome: Outcome,
    /// The attempts and one more, which may differ from request to request. `None`: not used yet.
    extended: Option<Arc<[RouteAttempt]>>,
}

impl RouteCache {
    /// Forgets all results, because the router has changed.
    pub(crate) fn clear(&mut self) {
        self.known.clear();
        self.results.clear();
        self.long = None;
    }

    /// The result of [`Router::route`], remembered.
    pub(crate) fn route(
        &mut self,
        router: &Router,
        method: Method,
        token: &str,
        path: &str,
    ) -> &mut CachedRoute {
        if path.len() > PATH_BYTES_MAX {
            return self.long.insert(CachedRoute::of(router, method, token, path));
        }
        // No method contains a space.
        self.key.clear();
        self.key.extend([token, " ", path]);
        let index = self.known.get(&*self.key).copied().unwrap_or_else(|| {
            if self.known.len() >= PATHS_MAX {
                self.known.clear();
                self.results.clear();
            }
            self.known.insert((&*self.key).into(), self.results.len());
            self.results.push(CachedRoute::of(router, method, token, path));
            self.results.len() - 1
        });
        &mut self.results[index]
    }
}

impl CachedRoute {
    fn of(router: &Router, method: Method, token: &str, path: &str) -> Self {
        let Routed { attempts, outcome } = router.route(method, token, path);
        Self { attempts, outcome, extended: None }
    }

    /// The attempts followed by `last`. The previous list is shared if its last attempt is equal.
    pub(crate) fn and(&mut self, last: RouteAttempt) -> Arc<[RouteAttempt]> {
        match &self.extended {
            Some(known) if known.last() == Some(&last) => known.clone(),
            _ => self.extended.insert(self.attempts.iter().cloned().chain([last]).collect()).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{service::handlers::ROUTES, trace::RouteSummary};

    fn last(found: &'static str) -> RouteAttempt {
        let summary = RouteSummary::Params(found.into());
        RouteAttempt { method: None, pattern: "/".into(), mismatch: None, summary }
    }

    #[test]
    fn the_memo_says_what_the_router_says() {
        let (router, mut memo) = (Router::new(&ROUTES), RouteCache::default());
        let long = format!("/{}", "x".repeat(PATH_BYTES_MAX));
        for _ in 0..2 {
            for path in ["/health", "/api/users/1", "/nothing", &long] {
                for method in [Method::Get, Method::Post, Method::Head] {
                    let known = memo.route(&router, method, method.name(), path);
                    let fresh = router.route(method, method.name(), path);
                    assert_eq!((&*known.attempts, &known.outcome), (&*fresh.attempts, &fresh.outcome));
                }
            }
        }
    }

    #[test]
    fn equal_lists_are_one_list() {
        let (router, mut memo) = (Router::new(&ROUTES), RouteCache::default());
        let mut list = |found| memo.route(&router, Method::Get, "GET", "/a").and(last(found));
        let first = list("1 byte");
        assert_eq!(first.len(), ROUTES.len() + 1);
        assert!(Arc::ptr_eq(&first, &list("1 byte")));
        assert_eq!(list("2 bytes").last(), Some(&last("2 bytes")));
        assert_eq!(list("1 byte"), first);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (router, mut memo) = (Router::new(&ROUTES), RouteCache::default());
        for index in 0..2 * PATHS_MAX {
            memo.route(&router, Method::Get, "GET", &format!("/{index}"));
            assert!(memo.known.len() <= PATHS_MAX);
        }
    }
}
