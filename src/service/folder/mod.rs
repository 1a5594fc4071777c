//! The site that is served if no route matches: a folder of the user's, or the welcome site.
//!
//! In reading order: `path` validates a path before any file is touched, `disk` and `embedded` look it up, `search` does
//! so where a disk may have to be waited for, `respond` answers with the result, `range` selects a part of it.

#[cfg(unix)]
mod cache;
mod cached;
mod disk;
mod disposition;
mod embedded;
mod fallback;
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
mod search;
mod watch;

use std::{sync::Arc, time::SystemTime};

use bytes::Bytes;

use crate::{
    base::shared_text::SharedText,
    trace::{Lookup, Refusal},
};

use super::{OpenFile, Reach, Sibling, Validators};
use crate::words::excerpt;

pub use disk::Folder;
use disk::Served;
pub(super) use fallback::Fallbacks;
pub use naming::Naming;
pub(super) use respond::respond;
pub use search::{Search, Searched};
pub use watch::Watch;

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
        LookupOptions { listing, siblings, clean_urls, dot_files, links_out, reach: Reach::Disk }
    }
}

/// A look at the folder: the requests that arrived together see it as it was at one time.
#[derive(Debug)]
pub struct Look<'a> {
    /// The number of the look.
    pub number: u64,
    /// The wall clock.
    pub now: SystemTime,
    /// The watch on the folder, which has been taken in for this look. `None`: nothing is watched, or the look began
    /// after that.
    pub watch: Option<&'a mut Watch>,
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
    /// Ask the disk, which may take a while: the reach of the lookup was too short.
    Wait,
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
    /// How far the lookup goes.
    pub reach: Reach,
}

/// The location of a file's bytes.
#[derive(Debug)]
pub enum Content {
    /// Embedded in the program.
    Embedded(&'static [u8]),
    /// On the disk: an open regular file, and its length when it was opened.
    Opened(Arc<OpenFile>, u64),
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
            Ok(path) => refused(&path, options).unwrap_or_else(|| match self {
                Self::Welcome => embedded::find(&path),
                Self::Folder(folder) => folder.find(&path, options),
            }),
        }
    }

    /// What answers a request, as far as memory and the system's cache tell. [`Resolution::Wait`]: somebody has to ask
    /// the disk ([`Self::search`]).
    pub fn find_at_once(
        &mut self,
        path: &str,
        options: LookupOptions,
        fallbacks: Fallbacks,
        at: &mut Look<'_>,
    ) -> Found {
        let options = LookupOptions { reach: Reach::Cache, ..options };
        let Self::Folder(folder) = self else { return self.find(path, options) };
        if !folder.is_in_place(at) {
            return Found::new(SharedText::default(), Resolution::Wait);
        }
        #[cfg(unix)]
        if !options.siblings
            && let Some(found) = folder.cache.recall(path, &folder.served.root, at)
        {
            return found;
        }
        let found = find(&folder.served, path, options);
        #[cfg(unix)]
        {
            let (root, index) = (&folder.served.root, folder.served.first_index());
            let file = cache::Remembered::of(path, &found, (root, index), options, at.now);
            if let Some(file) = file {
                folder.cache.insert(path, file);
            }
        }
        fallback::fall_back(found, path, fallbacks, |path| {
            find(&folder.served, path, LookupOptions { listing: false, ..options })
        })
    }

    /// A search for what [`Self::find_at_once`] cannot tell. `None`: there is nothing to be searched.
    #[must_use]
    pub fn search(
        &self,
        path: &str,
        options: LookupOptions,
        fallbacks: Fallbacks,
        now: SystemTime,
    ) -> Option<Search> {
        match self {
            Self::Welcome => None,
            Self::Folder(folder) => Some(Search::new(&folder.served, path, options, fallbacks, now)),
        }
    }

    /// Takes in what a search found, and returns it. Nothing else is taken in of a search in a folder that is no longer
    /// served.
    pub fn take_in(&mut self, path: &str, searched: Searched) -> Found {
        let Searched { found, began_with, now, .. } = searched;
        let Self::Folder(folder) = self else { return found };
        if !Arc::ptr_eq(&folder.served, &began_with) {
            return found;
        }
        folder.is_moved = matches!(now, search::Standing::Nothing);
        if let search::Standing::Other(other) = now {
            folder.put(other);
        }
        #[cfg(unix)]
        if let Some(file) = searched.remembered {
            folder.cache.insert(path, file);
        }
        #[cfg(not(unix))]
        let _ = path;
        found
    }

    /// Takes in what the watch tells. `is_all`: whether anything may have changed. `now`: the wall clock.
    pub fn follow(&mut self, watch: &mut Watch, is_all: bool, now: SystemTime) {
        let mut changes = watch.take_changes();
        changes.all |= is_all;
        if let Self::Folder(folder) = self
            && !changes.is_empty()
        {
            folder.take_in(&changes, watch, now);
        }
    }

    /// Ends the watch on all that is watched for the site. `now`: the wall clock.
    pub fn end_watch(&mut self, watch: &mut Watch, now: SystemTime) {
        if let Self::Folder(folder) = self {
            folder.end_watch(watch, now);
        }
    }

    /// Sets the names of pages and the types of endings.
    pub fn set_naming(&mut self, naming: Arc<Naming>) {
        if let Self::Folder(folder) = self {
            folder.set_naming(naming);
        }
    }

    /// Bytes reserved by listings in progress.
    #[cfg(test)]
    pub(crate) fn listed_bytes(&self) -> usize {
        match self {
            Self::Welcome => 0,
            Self::Folder(folder) => folder.listed_bytes(),
        }
    }
}

/// Looks up a path as received in a folder.
fn find(served: &Served, path: &str, options: LookupOptions) -> Found {
    match FolderPath::of(path) {
        Err(refusal) => Found::refused(refusal, "", path),
        Ok(path) => find_in(served, &path, options),
    }
}

fn find_in(served: &Served, path: &FolderPath<'_>, options: LookupOptions) -> Found {
    refused(path, options).unwrap_or_else(|| served.find(path, options))
}

/// The answer to a path that needs no look at any file. `None`: it needs one.
fn refused(path: &FolderPath<'_>, options: LookupOptions) -> Option<Found> {
    if path.is_hidden(options.dot_files) {
        let detail = "Files whose names start with a dot are served with --dot-files.";
        return Some(Found::refused(Refusal::NotFound, detail, &path.shown()));
    }
    let single = path.without_empty()?;
    let why = "The path has two slashes in a row: it is here with one.";
    Some(Found::new(path.shown(), Resolution::Redirect(single, why)))
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
            Resolution::Wait => Lookup::Refused(Refusal::DiskTimeout),
        }
    }

    /// The result in plain words.
    fn words(&self) -> String {
        self.lookup().words(&self.name)
    }
}
