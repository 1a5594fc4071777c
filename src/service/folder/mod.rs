//! The site that is served if no route matches: a folder of the user's, or the welcome site.
//!
//! In reading order: `path` validates a path before any file is touched, `disk` and `embedded` look it up,
//! `respond` answers with the result, `range` selects a part of it.

#[cfg(unix)]
mod cache;
mod disk;
mod disposition;
mod embedded;
mod link;
mod listing;
mod media_table;
mod media_type;
mod multipart;
mod naming;
mod own;
mod path;
mod range;
mod respond;
mod root;

use std::{fs::File, sync::Arc, time::SystemTime};

use bytes::Bytes;

use crate::{
    base::shared_text::SharedText,
    http::Method,
    trace::{Lookup, Refusal},
};

use super::{
    Request, Sibling, Validators,
    coding::{media_weight, names_media_type},
};
use crate::words::excerpt;

pub use disk::Folder;
pub use naming::Naming;
pub(super) use respond::respond;

pub(crate) use path::FolderPath;
pub(crate) use range::{Wanted, wanted};

/// The site that is served if no route matches.
#[derive(Debug)]
pub enum Site {
    /// The site that is embedded in the program.
    Welcome,
    /// A folder.
    Folder(Folder),
}

/// Settings of the folder: what to serve when a path does not match a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct FolderSettings {
    /// Whether to list a folder that has no `index.html`.
    pub listing: bool,
    /// Whether to send the folder's `404.html`, if it exists, with the status 404.
    pub not_found_page: bool,
    /// Whether to send the folder's `index.html` to browsers that ask for a page that does not exist, so that
    /// the page's script can handle the path (single-page application).
    pub single_page: bool,
    /// Whether `about` leads to `about.html` where there is no `about`.
    pub clean_urls: bool,
    /// Whether files whose names start with a dot are served.
    pub dot_files: bool,
    /// Whether links may lead out of the folder.
    pub links_out: bool,
    /// Whether the folder answers alone, without the built-in routes.
    pub no_builtin: bool,
}

impl FolderSettings {
    /// The options of a lookup.
    #[must_use]
    pub const fn lookup(self, siblings: bool) -> LookupOptions {
        let Self { listing, clean_urls, dot_files, links_out, .. } = self;
        LookupOptions { listing, siblings, clean_urls, dot_files, links_out }
    }
}

/// The result of looking up a path.
#[derive(Debug)]
pub struct Found {
    /// Path within the folder, escaped; a long path that is refused is shortened.
    pub name: SharedText,
    /// The action that follows.
    pub what: Resolution,
    /// The problem that occurred although the request has an answer, in plain words. `None`: no problem.
    pub problem: Option<String>,
}

/// The action that a path leads to.
#[derive(Debug)]
pub enum Resolution {
    /// Serve this file.
    Serve(Selected),
    /// List this folder.
    List(listing::Opened),
    /// Serve this page in place of a page that does not exist; its script handles the path.
    Fallback(Selected),
    /// Send this page with the status 404.
    Missing(Selected),
    /// Redirect to this reference, and why in a sentence.
    Redirect(String, &'static str),
    /// Refuse the request. The text is added to the refusal's sentence in the response.
    Refuse(Refusal, Option<Box<str>>),
}

/// A file that is served (RFC 9110 §3.2: the selected representation).
#[derive(Debug)]
pub struct Selected {
    /// The bytes of the file.
    pub content: Content,
    /// The value for Content-Type.
    pub media_type: SharedText,
    /// Whether the bytes are in the coding gzip, whatever the request accepts.
    pub is_gzip: bool,
    /// Validators of the file.
    pub validators: Validators,
    /// Precompressed files with this content. Empty if [`LookupOptions::siblings`] was false.
    pub siblings: Vec<Sibling>,
}

/// Options of a lookup.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct LookupOptions {
    /// Whether to list a folder that has no `index.html`.
    pub listing: bool,
    /// Whether to look for precompressed files.
    pub siblings: bool,
    /// Whether `about` leads to `about.html` where there is no `about`.
    pub clean_urls: bool,
    /// Whether files whose names start with a dot are found.
    pub dot_files: bool,
    /// Whether links out of the folder are followed.
    pub links_out: bool,
}

/// The location of a file's bytes.
#[derive(Debug)]
pub enum Content {
    /// Embedded in the program.
    Embedded(&'static [u8]),
    /// On the disk: an open regular file, and its length when it was opened.
    Opened(Arc<File>, u64),
    /// In memory, read from the disk earlier.
    Held(Bytes),
}

impl Content {
    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Embedded(bytes) => bytes.len() as u64,
            Self::Opened(_, len) => *len,
            Self::Held(bytes) => bytes.len() as u64,
        }
    }
}

impl Site {
    /// The folder's absolute path, or `welcome site`.
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        match self {
            Self::Welcome => "welcome site".into(),
            Self::Folder(folder) => folder.name(),
        }
    }

    /// Looks up a path as received: percent-encoded, without the query.
    #[must_use]
    pub fn find(&self, path: &str, options: LookupOptions) -> Found {
        match FolderPath::of(path) {
            Err(refusal) => Found::refused(refusal, "", path),
            Ok(path) => self.find_path(&path, options),
        }
    }

    fn find_path(&self, path: &FolderPath<'_>, options: LookupOptions) -> Found {
        if path.is_hidden(options.dot_files) {
            let detail = "Files whose names start with a dot are served with --dot-files.";
            return Found::refused(Refusal::NotFound, detail, &path.shown());
        }
        if let Some(single) = path.without_empty() {
            let why = "The path has two slashes in a row: it is here with one.";
            return Found::new(path.shown(), Resolution::Redirect(single, why));
        }
        match self {
            Self::Welcome => embedded::find(path),
            Self::Folder(folder) => folder.find(path, options),
        }
    }

    /// Looks whether the folder still stands at its path, and opens what stands there now. `turn`: the wall clock, which
    /// stands still for the requests that need one look only.
    pub fn follow(&mut self, turn: SystemTime) {
        if let Self::Folder(folder) = self {
            folder.follow(turn);
        }
    }

    /// Sets the names of pages and the types of endings.
    pub fn set_naming(&mut self, naming: Arc<Naming>) {
        if let Self::Folder(folder) = self {
            folder.set_naming(naming);
        }
    }

    /// The result of [`Self::find`] from memory, if the file was remembered and is unchanged. Not for lookups
    /// with siblings, which are not remembered. `now`: the wall clock.
    pub fn recall(&mut self, path: &str, options: LookupOptions, now: SystemTime) -> Option<Found> {
        match self {
            #[cfg(unix)]
            Self::Folder(folder) if !options.siblings && !folder.is_moved => {
                folder.cache.recall(path, &folder.root.dir, now)
            }
            _ => None,
        }
    }

    /// Remembers the result of a lookup, if it is a small file that has not changed for a while. `now`: the
    /// wall clock.
    pub fn remember(&mut self, path: &str, found: &Found, now: SystemTime) {
        #[cfg(unix)]
        if let Self::Folder(folder) = self {
            folder.cache.remember(path, found, &folder.root.dir, now);
        }
    }

    /// `found`, or the page that the settings provide if `path` leads to no file.
    #[must_use]
    pub fn fall_back(
        &self,
        found: Found,
        request: &Request<'_>,
        settings: FolderSettings,
        options: LookupOptions,
    ) -> Found {
        // An encoded slash is no part of any file's name, but routes of an application can have one.
        let is_missing = match &found.what {
            Resolution::Refuse(Refusal::NotFound, _) => true,
            Resolution::Refuse(Refusal::PathMalformed, _) => has_encoded_slash(request.path()),
            _ => false,
        };
        if !matches!(self, Self::Folder(_)) || !is_missing {
            return found;
        }
        if !matches!(request.method(), Method::Get | Method::Head) {
            return found;
        }
        let options = LookupOptions { listing: false, ..options };
        let mut problem = found.problem.clone();
        let mut select = |path| {
            let other = self.find(path, options);
            match other.what {
                Resolution::Serve(selected) => {
                    problem = problem.take().or(other.problem);
                    return Some(selected);
                }
                Resolution::Refuse(Refusal::NotFound, _) => {}
                _ => problem = Some(format!("{}.", other.words())),
            }
            None
        };
        let what = if settings.single_page
            && is_page(request)
            && let Some(selected) = select("/")
        {
            Resolution::Fallback(selected)
        } else if settings.not_found_page
            && matches!(found.what, Resolution::Refuse(Refusal::NotFound, _))
            && let Some(selected) = select("/404.html")
        {
            Resolution::Missing(selected)
        } else {
            return Found { problem, ..found };
        };
        Found { what, problem, ..found }
    }

    /// Bytes reserved by listings in progress.
    #[cfg(test)]
    pub(crate) fn listed_bytes(&self) -> usize {
        match self {
            Self::Welcome => 0,
            Self::Folder(folder) => folder.listed_bytes(),
        }
    }

    /// Opens the folder again after it was deleted. Returns whether that changed anything.
    pub fn reopen(&mut self) -> bool {
        match self {
            Self::Welcome => false,
            Self::Folder(folder) => folder.reopen(),
        }
    }
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

impl Found {
    /// A lookup without a problem.
    fn new(name: impl Into<SharedText>, what: Resolution) -> Self {
        Self { name: name.into(), what, problem: None }
    }

    /// A lookup that found no file of this name.
    fn missing(name: impl Into<SharedText>) -> Self {
        Self::new(name, Resolution::Refuse(Refusal::NotFound, None))
    }

    /// A lookup of something that is not served.
    fn refused(refusal: Refusal, detail: &str, name: &str) -> Self {
        let detail = (!detail.is_empty()).then(|| detail.into());
        Self::new(excerpt(name, 200).into_owned(), Resolution::Refuse(refusal, detail))
    }

    /// The result for the trace.
    #[must_use]
    pub fn lookup(&self) -> Lookup {
        match &self.what {
            Resolution::Serve(selected) => Lookup::File(selected.content.len()),
            Resolution::List(_) => Lookup::Listing,
            Resolution::Fallback(_) => Lookup::Fallback,
            Resolution::Missing(_) => Lookup::NotFoundPage,
            Resolution::Redirect(..) => Lookup::MissingSlash,
            Resolution::Refuse(refusal, _) => Lookup::Refused(*refusal),
        }
    }

    /// The result in plain words.
    fn words(&self) -> String {
        self.lookup().words(&self.name)
    }
}
