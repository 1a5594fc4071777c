//! The site as the last of the routes: it takes every path.

use std::sync::Arc;

use crate::{
    http::Method,
    trace::{Mismatch, Refusal, RouteAttempt, RouteSummary},
};

use super::{
    Clock, FolderSettings, Request, Site,
    folder::{Found, LookupOptions, Resolution},
};

/// Looks up the request's path in the site. A folder that was deleted and recreated is found again.
pub(super) fn find(
    site: &mut Site,
    request: &Request<'_>,
    settings: FolderSettings,
    options: LookupOptions,
    clock: &dyn Clock,
) -> Found {
    let path = request.path();
    let now = clock.wall();
    site.follow(now);
    if let Some(found) = site.recall(path, options, now) {
        return found;
    }
    let found = site.find(path, options);
    site.remember(path, &found, now);
    let gone = matches!(found.what, Resolution::Refuse(Refusal::FolderGone, _));
    let found = if gone && site.reopen() { site.find(path, options) } else { found };
    site.fall_back(found, request, settings, options)
}

/// The attempt of the folder, which takes every path; `found` is the result.
pub(super) fn folder_attempt(found: &Found, method: Method, token: &str, name: &Arc<str>) -> RouteAttempt {
    let serves = matches!(method, Method::Get | Method::Head | Method::Options)
        || matches!(found.what, Resolution::Refuse(..));
    RouteAttempt {
        method: None,
        pattern: name.clone(),
        mismatch: (!serves).then(|| Mismatch::Method { found: token.into() }),
        summary: RouteSummary::Folder { name: found.name.clone(), found: found.lookup() },
    }
}
