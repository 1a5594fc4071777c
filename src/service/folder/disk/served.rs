//! Looking up paths in a folder.
//!
//! What is looked up with needs nothing of what changes from request to request, so that threads look up too.

use std::{ffi::OsString, io, path::Path, sync::Arc};

use cap_std::fs::Metadata;

use crate::{
    base::faults::{self, Call},
    trace::Refusal,
    words::visible,
};

use super::{
    super::{
        super::{OpenFile, Reach, Validators},
        Content, Found, LookupOptions, Naming, Resolution, Selected,
        link::is_loop,
        listing::{self, Held, Opened},
        media_type,
        own::is_own,
        path::FolderPath,
        respond::failure,
        root::{Root, Seen, leads_out},
    },
    system::{is_no_device, made, modified, validators},
};

/// A folder, opened as a capability: no path or link leads outside it, even while others rename and replace
/// its files.
#[derive(Clone, Debug)]
pub(in super::super) struct Served {
    pub(in super::super) root: Arc<Root>,
    /// The only file that is served. `None`: the folder is served.
    pub(super) only: Option<OsString>,
    pub(super) name: Arc<str>,
    pub(super) naming: Arc<Naming>,
    /// Memory reserved by listings of the folder.
    pub(super) held: Held,
}

impl Served {
    /// The folder that is now at the same path. `None`: there is none, or it cannot be opened.
    pub(in super::super) fn reopened(&self) -> Option<Self> {
        let root = Root::open(self.root.path.clone()).ok()?;
        Some(Self { root: Arc::new(root), ..self.clone() })
    }

    /// The name of the page that is looked for first in a folder.
    pub(in super::super) fn first_index(&self) -> &str {
        self.naming.indexes.first().map_or("index.html", |name| name)
    }

    /// The answer where nothing stands at the folder's path any more.
    pub(in super::super) fn gone(&self, shown: &str) -> Found {
        Found::refused(Refusal::FolderGone, &format!("It was {}.", self.name), shown)
    }

    /// Looks up a path and opens the file that it leads to.
    #[must_use]
    pub(in super::super) fn find(&self, path: &FolderPath<'_>, options: LookupOptions) -> Found {
        let shown = path.shown();
        let Some(relative) = path.relative() else { return Found::missing(shown) };
        let root = relative.as_os_str().is_empty();
        if let Some(only) = &self.only {
            let is_it = root || (relative.as_os_str() == only && !path.slash);
            let shown = visible(&only.to_string_lossy()).into_owned();
            return if is_it {
                self.file(Path::new(only), &shown, options)
            } else {
                Found::missing(path.shown())
            };
        }
        if root {
            return self.folder(&relative, Path::new("."), "", options);
        }
        // The metadata is read before the file is opened: opening alone can wake a process at the other end
        // of a FIFO, or operate a device.
        match self.root.look(&relative, options) {
            Err(error) => {
                self.page(&error, &relative, path, options).unwrap_or_else(|| self.failed(&error, &shown))
            }
            Ok(seen) if seen.metadata.is_dir() && path.slash => {
                self.folder(&relative, &relative, &shown, options)
            }
            Ok(seen) if seen.metadata.is_dir() => Found::new(
                shown,
                Resolution::Redirect(path.with_slash(), "This is a folder: its path ends with a slash."),
            ),
            Ok(seen) if seen.metadata.is_file() && path.slash => Found::missing(shown),
            Ok(seen) => self.open_file(&relative, &shown, &seen, options),
        }
    }

    /// The page `about.html` where `about` was asked for and is not there.
    fn page(
        &self,
        error: &io::Error,
        relative: &Path,
        path: &FolderPath<'_>,
        options: LookupOptions,
    ) -> Option<Found> {
        if !options.clean_urls || path.slash || error.kind() != io::ErrorKind::NotFound {
            return None;
        }
        let mut page = relative.as_os_str().to_owned();
        page.push(".html");
        let seen = self.root.look(Path::new(&page), options).ok()?;
        let shown = format!("{}.html", path.shown());
        seen.metadata.is_file().then(|| self.open_file(Path::new(&page), &shown, &seen, options))
    }

    /// The page of the folder at `relative`, which is opened as `dir`, or its listing if there is none.
    fn folder(&self, relative: &Path, dir: &Path, shown: &str, options: LookupOptions) -> Found {
        let mut found = None;
        for index in &self.naming.indexes {
            let page = self.file(&relative.join(&**index), &format!("{shown}{index}"), options);
            if !matches!(page.what, Resolution::Refuse(Refusal::NotFound, _)) {
                return self.or_listing(page, dir, shown, options);
            }
            found = found.or(Some(page));
        }
        let found = found.unwrap_or_else(|| Found::missing(shown.to_owned()));
        let listed = self.or_listing(found, dir, shown, options);
        match listed.what {
            Resolution::Refuse(Refusal::NotFound, None) if !options.listing => {
                let detail = format!(
                    "The folder has no {}. --listing, or \"List folders\" on the Server page, shows what is in it.",
                    self.first_index()
                );
                Found { what: Resolution::Refuse(Refusal::NotFound, Some(detail.into())), ..listed }
            }
            _ => listed,
        }
    }

    /// `found`, or a listing of the folder at `relative` if nothing was found.
    fn or_listing(&self, found: Found, relative: &Path, shown: &str, options: LookupOptions) -> Found {
        if !options.listing || !matches!(found.what, Resolution::Refuse(Refusal::NotFound, _)) {
            return found;
        }
        if options.reach == Reach::Cache {
            return Found::new(shown.to_owned(), Resolution::Wait);
        }
        let opened = self.root.look(relative, options).and_then(|seen| {
            faults::pass(Call::Open)?;
            let (dir, path) = seen.place(&self.root);
            let dir = dir.open_dir(path)?;
            Ok((listing::entries(&dir)?, dir))
        });
        match opened {
            Err(error) => self.failed(&error, shown),
            Ok((entries, dir)) => {
                let shown = format!("/{shown}");
                let opened = Opened {
                    dir,
                    entries,
                    root: self.root.clone(),
                    relative: relative.to_owned(),
                    options,
                    shown: shown.clone(),
                    total_reserved: self.held.clone(),
                };
                Found::new(shown, Resolution::List(opened))
            }
        }
    }

    /// The file at `relative`, or the refusal.
    fn file(&self, relative: &Path, shown: &str, options: LookupOptions) -> Found {
        match self.root.look(relative, options) {
            Err(error) => self.failed(&error, shown),
            Ok(seen) if seen.metadata.is_dir() => Found::missing(shown.to_owned()),
            Ok(seen) => self.open_file(relative, shown, &seen, options),
        }
    }

    /// Opens an entry that was a regular file when it was looked at.
    pub(super) fn open_file(
        &self,
        relative: &Path,
        shown: &str,
        seen: &Seen<'_>,
        options: LookupOptions,
    ) -> Found {
        if !seen.metadata.is_file() {
            return Found::refused(Refusal::NotAFile, "", shown);
        }
        match self.root.open_file(seen, options.reach) {
            Err(error) => self.failed(&error, shown),
            Ok((_, metadata)) if !metadata.is_file() => Found::refused(Refusal::NotAFile, "", shown),
            Ok((file, metadata)) => is_own(&file, &metadata, options.reach)
                .and_then(|is_own| {
                    if is_own {
                        return Ok(Found::refused(Refusal::OwnFile, "", shown));
                    }
                    self.selected(relative, shown, file, &metadata, options)
                })
                .unwrap_or_else(|error| self.failed(&error, shown)),
        }
    }

    /// The answer with an open file.
    fn selected(
        &self,
        relative: &Path,
        shown: &str,
        file: OpenFile,
        metadata: &Metadata,
        options: LookupOptions,
    ) -> io::Result<Found> {
        let (siblings, problem) = if options.siblings {
            self.siblings(relative, modified(metadata), options)?
        } else {
            (Vec::new(), None)
        };
        let (content, validators) = match made(metadata, &file, options.reach)? {
            Some(bytes) => (Content::Held(bytes.clone()), Validators::of_content(&bytes)),
            None => (Content::Opened(Arc::new(file), metadata.len()), validators(metadata)),
        };
        let typed = media_type::of_file(relative, &self.naming.types, &content, options.reach)?;
        let selected =
            Selected { content, media_type: typed.media_type, is_gzip: typed.is_gzip, validators, siblings };
        Ok(Found { problem, ..Found::new(shown.to_owned(), Resolution::Serve(selected)) })
    }

    pub(super) fn failed(&self, error: &io::Error, shown: &str) -> Found {
        use io::ErrorKind;
        match error.kind() {
            ErrorKind::WouldBlock => Found::new(shown.to_owned(), Resolution::Wait),
            ErrorKind::NotFound if self.is_gone() => self.gone(shown),
            // A path through a file, a name that is too long for the file system, links in a circle: in each
            // case no such file can exist.
            ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::InvalidFilename
            | ErrorKind::InvalidInput => Found::missing(shown.to_owned()),
            _ if is_loop(error) => Found::missing(shown.to_owned()),
            _ if leads_out(error) => Found::refused(Refusal::LinkLeaves, "", shown),
            ErrorKind::PermissionDenied => Found::refused(Refusal::FileDenied, "", shown),
            _ if is_no_device(error) => Found::refused(Refusal::NotAFile, "", shown),
            _ => Found::refused(Refusal::FileFailed, &failure(error), shown),
        }
    }

    /// Whether the folder itself was deleted: no name refers to it any more.
    fn is_gone(&self) -> bool {
        #[cfg(unix)]
        {
            use cap_std::fs::MetadataExt;
            let stat = faults::pass(Call::Stat).and_then(|()| self.root.dir.dir_metadata());
            stat.is_ok_and(|metadata| metadata.nlink() == 0)
        }
        #[cfg(not(unix))]
        {
            self.root.dir.dir_metadata().is_err()
        }
    }
}
