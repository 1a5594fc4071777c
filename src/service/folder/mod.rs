//! What is served where no route matches: a folder of the user's, or the welcome site.
//!
//! In reading order: `path` says what a path means before any file is looked at, `disk` and
//! `embedded` look it up, `respond` answers with what was found, `range` cuts a part out of it.

#[cfg(unix)]
mod cache;
mod disk;
mod disposition;
mod embedded;
mod link;
mod listing;
mod media_type;
mod multipart;
mod path;
mod range;
mod respond;

use std::{fs::File, sync::Arc, time::SystemTime};

use bytes::Bytes;

use crate::{
    base::shared_text::SharedText,
    http::Method,
    trace::{Lookup, Refusal},
};

use super::{Request, Sibling, Validators, coding::media_weight};
use crate::words::excerpt;

pub use disk::Folder;
pub(super) use respond::respond;

pub(crate) use path::FolderPath;
pub(crate) use range::{Wanted, wanted};

/// What is served where no route matches.
#[derive(Debug)]
pub enum Site {
    /// The site that is part of the program.
    Welcome,
    /// A folder.
    Folder(Folder),
}

/// What to serve when a path does not match a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct FolderSettings {
    /// Show what is in a folder that has no `index.html`.
    pub listing: bool,
    /// Send `404.html`, if the folder has one, with the status 404.
    pub not_found_page: bool,
    /// Send the folder's `index.html` to browsers that ask for a page that is no file: the page's own
    /// script knows what to show.
    pub single_page: bool,
}

/// What a path leads to.
#[derive(Debug)]
pub struct Found {
    /// The path within the folder, escaped; a long one that is refused is cut.
    pub name: SharedText,
    /// What to do about it.
    pub what: Resolution,
    /// What went wrong although there is an answer, in plain words. `None`: nothing did.
    pub trouble: Option<String>,
}

/// What to do about a path.
#[derive(Debug)]
pub enum Resolution {
    /// Serve this file.
    Serve(Selected),
    /// List this folder.
    List(listing::Opened),
    /// Serve this instead of a page that is no file: its script knows what to show.
    Fallback(Selected),
    /// There is nothing; say so with this page.
    Missing(Selected),
    /// It is a folder and the path has no slash at its end: send the client to this path.
    AddSlash(String),
    /// Refuse the request. The text is what the response says besides the refusal's sentence.
    Refuse(Refusal, Option<Box<str>>),
}

/// A file that is served (RFC 9110 §3.2: the selected representation).
#[derive(Debug)]
pub struct Selected {
    /// Where its bytes are.
    pub content: Content,
    /// The value for Content-Type.
    pub media_type: SharedText,
    /// What tells its states apart.
    pub validators: Validators,
    /// Files with this content in other codings. Empty if [`Look::siblings`] was false.
    pub siblings: Vec<Sibling>,
}

/// What to look for besides the file itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// What is in a folder that has no `index.html`.
    pub listing: bool,
    /// Files beside it that hold it compressed.
    pub siblings: bool,
}

/// Where the bytes of a file are.
#[derive(Debug)]
pub enum Content {
    /// In the program.
    Embedded(&'static [u8]),
    /// On the disk: an open regular file and its length when it was opened.
    Opened(Arc<File>, u64),
    /// In memory, from the disk.
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
    /// The folder's absolute path; `welcome site` for that one.
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        match self {
            Self::Welcome => "welcome site".into(),
            Self::Folder(folder) => folder.name(),
        }
    }

    /// Looks up a path as it arrived: percent-encoded, without the query.
    #[must_use]
    pub fn find(&self, path: &str, look: Look) -> Found {
        match FolderPath::of(path) {
            Err(refusal) => Found::refused(refusal, "", path),
            Ok(path) if path.is_hidden() => Found::missing(path.shown()),
            Ok(path) => match self {
                Self::Welcome => embedded::find(&path),
                Self::Folder(folder) => folder.find(&path, look),
            },
        }
    }

    /// What [`Self::find`] would find, if that was remembered and still holds. The same but for where
    /// its bytes are. Not for a look at siblings, which are not remembered.
    pub fn recall(&mut self, path: &str, look: Look) -> Option<Found> {
        match self {
            #[cfg(unix)]
            Self::Folder(folder) if !look.siblings => folder.cache.recall(path, &folder.dir),
            _ => None,
        }
    }

    /// Remembers what was found, if it is a file that is small and has not changed for a while.
    /// `now`: the wall clock.
    pub fn remember(&mut self, path: &str, found: &Found, now: SystemTime) {
        #[cfg(unix)]
        if let Self::Folder(folder) = self {
            folder.cache.remember(path, found, &folder.dir, now);
        }
    }

    /// What to serve where `path` leads to nothing and the settings have something for that; else what
    /// was found.
    #[must_use]
    pub fn fall_back(
        &self,
        found: Found,
        request: &Request<'_>,
        settings: FolderSettings,
        look: Look,
    ) -> Found {
        let (Self::Folder(_), Resolution::Refuse(Refusal::NotFound, _)) = (self, &found.what) else {
            return found;
        };
        if !matches!(request.method(), Method::Get | Method::Head) {
            return found;
        }
        let look = Look { listing: false, ..look };
        let mut trouble = found.trouble.clone();
        let mut select = |path| {
            let other = self.find(path, look);
            match other.what {
                Resolution::Serve(selected) => {
                    trouble = trouble.take().or(other.trouble);
                    return Some(selected);
                }
                Resolution::Refuse(Refusal::NotFound, _) => {}
                _ => trouble = Some(format!("{}.", other.words())),
            }
            None
        };
        let what = if settings.single_page
            && is_page(request)
            && let Some(selected) = select("/")
        {
            Resolution::Fallback(selected)
        } else if settings.not_found_page
            && let Some(selected) = select("/404.html")
        {
            Resolution::Missing(selected)
        } else {
            return Found { trouble, ..found };
        };
        Found { what, trouble, ..found }
    }

    /// Bytes that listings under way hold.
    #[cfg(test)]
    pub(crate) fn listed_bytes(&self) -> usize {
        match self {
            Self::Welcome => 0,
            Self::Folder(folder) => folder.listed_bytes(),
        }
    }

    /// Opens the folder again, after it was found to be gone. Whether something has changed by it.
    pub fn reopen(&mut self) -> bool {
        match self {
            Self::Welcome => false,
            Self::Folder(folder) => folder.reopen(),
        }
    }
}

/// Whether a browser goes to a page: the path does not name a file by its ending, and the answer may be
/// a page.
fn is_page(request: &Request<'_>) -> bool {
    let last = request.path().rsplit('/').next().unwrap_or_default();
    !last.contains('.') && media_weight(request, "text", "html") > 0
}

impl Found {
    /// What a path leads to, without trouble.
    fn new(name: impl Into<SharedText>, what: Resolution) -> Self {
        Self { name: name.into(), what, trouble: None }
    }

    /// No file of this name.
    fn missing(name: impl Into<SharedText>) -> Self {
        Self::new(name, Resolution::Refuse(Refusal::NotFound, None))
    }

    /// Something that is not served.
    fn refused(refusal: Refusal, detail: &str, name: &str) -> Self {
        let detail = (!detail.is_empty()).then(|| detail.into());
        Self::new(excerpt(name, 200).into_owned(), Resolution::Refuse(refusal, detail))
    }

    /// What was found, for the trace.
    #[must_use]
    pub fn lookup(&self) -> Lookup {
        match &self.what {
            Resolution::Serve(selected) => Lookup::File(selected.content.len()),
            Resolution::List(_) => Lookup::Listing,
            Resolution::Fallback(_) => Lookup::Fallback,
            Resolution::Missing(_) => Lookup::NotFoundPage,
            Resolution::AddSlash(_) => Lookup::MissingSlash,
            Resolution::Refuse(refusal, _) => Lookup::Refused(*refusal),
        }
    }

    /// What was found in plain words.
    fn words(&self) -> String {
        self.lookup().words(&self.name)
    }
}
