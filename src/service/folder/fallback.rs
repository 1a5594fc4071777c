//! The pages that the settings provide where a path leads to no file.

use crate::{http::Method, trace::Refusal};

use super::{
    super::{
        Request,
        coding::{media_weight, names_media_type},
    },
    FolderSettings, Found, Resolution,
    path::FolderPath,
};

/// The pages that a request may get in place of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fallbacks {
    /// `index.html`, whose script handles the path.
    single_page: bool,
    /// `404.html`.
    not_found_page: bool,
}

impl Fallbacks {
    /// The pages for a request.
    #[must_use]
    pub fn of(request: &Request<'_>, settings: FolderSettings) -> Self {
        if !matches!(request.method(), Method::Get | Method::Head) {
            return Self::default();
        }
        Self {
            single_page: settings.single_page && is_page(request),
            not_found_page: settings.not_found_page,
        }
    }
}

/// `found`, or the page in its place if `path` leads to no file. `find` looks up the page; if it would have to wait, so
/// has this.
pub(super) fn fall_back(
    found: Found,
    path: &str,
    fallbacks: Fallbacks,
    find: impl Fn(&str) -> Found,
) -> Found {
    // An encoded slash is no part of any file's name, but routes of an application can have one.
    let is_missing = match &found.what {
        Resolution::Refuse(Refusal::NotFound, _) => true,
        Resolution::Refuse(Refusal::PathMalformed, _) => has_encoded_slash(path),
        _ => false,
    };
    if !is_missing {
        return found;
    }
    let mut problem = found.problem.clone();
    let mut must_wait = false;
    let mut select = |path| {
        let other = find(path);
        match other.what {
            Resolution::Serve(selected) => {
                problem = problem.take().or(other.problem);
                return Some(selected);
            }
            Resolution::Refuse(Refusal::NotFound, _) => {}
            Resolution::Wait => must_wait = true,
            _ => problem = Some(format!("{}.", other.words())),
        }
        None
    };
    let is_not_found = matches!(found.what, Resolution::Refuse(Refusal::NotFound, _));
    let page = if fallbacks.single_page { select("/").map(Resolution::Fallback) } else { None };
    let page = if page.is_none() && fallbacks.not_found_page && is_not_found {
        select("/404.html").map(Resolution::Missing)
    } else {
        page
    };
    let what = if must_wait { Resolution::Wait } else { page.unwrap_or(found.what) };
    Found { name: found.name, what, problem }
}

/// Whether the request is the navigation of a browser: Accept names pages, or allows them and the path has no file
/// extension.
fn is_page(request: &Request<'_>) -> bool {
    let last = request.path().rsplit('/').next().unwrap_or_default();
    names_media_type(request, "text", "html")
        || (!last.contains('.') && media_weight(request, "text", "html") > 0)
}

/// Whether a path is malformed only because it has slashes that are encoded.
fn has_encoded_slash(path: &str) -> bool {
    let single = path.replace("%2F", "").replace("%2f", "");
    single.len() < path.len() && FolderPath::of(&single).is_ok()
}
