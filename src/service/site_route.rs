//! The site as the last of the routes: it takes every path.

use std::sync::Arc;

use crate::{
    http::Method,
    trace::{Mismatch, RouteAttempt, RouteSummary},
};

use super::folder::{Found, Resolution};

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
