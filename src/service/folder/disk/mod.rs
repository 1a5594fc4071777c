//! A folder on the disk, opened as a capability.

mod siblings;
mod system;

use std::{ffi::OsString, io, path::Path, sync::Arc, time::SystemTime};

use cap_std::fs::Metadata;

use crate::{
    base::faults::{self, Call},
    trace::Refusal,
};

use crate::words::visible;

use super::{
    super::Validators,
    Content, Found, LookupOptions, Naming, Resolution, Selected,
    link::is_loop,
    listing::{Held, Opened},
    media_type,
    own::{is_own, reading},
    path::FolderPath,
    root::{Root, Seen, leads_out},
};

use system::{is_no_device, made, modified, validators};

/// A folder, opened as a capability: no path or link leads outside it, even while others rename and replace
/// its files.
#[derive(Debug)]
pub struct Folder {
    pub(super) root: Arc<Root>,
    /// The only file that is served. `None`: the folder is served.
    only: Option<OsString>,
    name: Arc<str>,
    /// Whether nothing stands at the folder's path any more, or something that cannot be opened.
    pub(super) is_moved: bool,
    /// The turn in which the path was asked last. `None`: it was not.
    #[cfg(unix)]
    looked_at: Option<SystemTime>,
    naming: Arc<Naming>,
    /// Memory reserved by listings of the folder.
    held: Held,
    #[cfg(unix)]
    pub(super) cache: super::cache::Cache,
}

impl Folder {
    /// Opens the folder, or the folder of a file that is to be served alone.
    ///
    /// # Errors
    /// The path does not exist, may not be opened, or is neither a folder nor a file.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let name = visible(&path.to_string_lossy()).into();
        let (folder, only) = match (path.is_file(), path.parent(), path.file_name()) {
            (true, Some(folder), Some(file)) => (folder.to_owned(), Some(file.to_owned())),
            _ => (path, None),
        };
        Ok(Self {
            root: Arc::new(Root::open(folder)?),
            only,
            name,
            is_moved: false,
            #[cfg(unix)]
            looked_at: None,
            naming: Arc::default(),
            held: Held::default(),
            #[cfg(unix)]
            cache: super::cache::Cache::default(),
        })
    }

    /// Sets the names of pages and the types of endings.
    pub fn set_naming(&mut self, naming: Arc<Naming>) {
        self.naming = naming;
        #[cfg(unix)]
        {
            self.cache = super::cache::Cache::default();
        }
    }

    /// The absolute path of the folder, lossily decoded.
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        self.name.clone()
    }

    /// Bytes reserved by listings in progress.
    #[cfg(test)]
    pub(crate) fn listed_bytes(&self) -> usize {
        self.held.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Opens the folder that is now at the same path: a build may have deleted and recreated it. Returns
    /// whether a folder exists there.
    pub fn reopen(&mut self) -> bool {
        match Root::open(self.root.path.clone()) {
            Ok(root) => {
                self.root = Arc::new(root);
                self.is_moved = false;
                #[cfg(unix)]
                {
                    self.cache = super::cache::Cache::default();
                }
                true
            }
            Err(_) => false,
        }
    }

    /// Opens what stands at the folder's path now, unless it is this folder: whoever publishes a site moves the old
    /// folder away and the new one in, switches a link, or mounts something over it. Looks once for all requests of a
    /// turn, which have the same wall clock.
    #[cfg(unix)]
    pub fn follow(&mut self, turn: SystemTime) {
        if self.looked_at.replace(turn) == Some(turn) {
            return;
        }
        match self.root.is_at_its_path() {
            Ok(true) => self.is_moved = false,
            Ok(false) => self.is_moved = !self.reopen(),
            Err(error) => {
                // Whoever may not ask goes on with what is open.
                self.is_moved |=
                    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
            }
        }
    }

    /// Has nothing to compare on this system.
    #[cfg(not(unix))]
    pub fn follow(&mut self, _: SystemTime) {}

    /// Looks up a path and opens the file that it leads to.
    #[must_use]
    pub fn find(&self, path: &FolderPath<'_>, options: LookupOptions) -> Found {
        let shown = path.shown();
        if self.is_moved {
            return Found::refused(Refusal::FolderGone, &format!("It was {}.", self.name), &shown);
        }
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
                    self.naming.indexes.first().map_or("index.html", |name| &**name)
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
        let opened = self.root.look(relative, options).and_then(|seen| {
            faults::pass(Call::Open)?;
            let (dir, path) = seen.place(&self.root);
            dir.open_dir(path)
        });
        match opened {
            Err(error) => self.failed(&error, shown),
            Ok(dir) => {
                let shown = format!("/{shown}");
                let opened = Opened {
                    dir,
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
    fn open_file(&self, relative: &Path, shown: &str, seen: &Seen<'_>, options: LookupOptions) -> Found {
        if !seen.metadata.is_file() {
            return Found::refused(Refusal::NotAFile, "", shown);
        }
        match self.open_now(seen) {
            Err(error) => self.failed(&error, shown),
            Ok((_, metadata)) if !metadata.is_file() => Found::refused(Refusal::NotAFile, "", shown),
            Ok((file, metadata)) => match is_own(&file, &metadata) {
                Err(error) => self.failed(&error, shown),
                Ok(true) => Found::refused(Refusal::OwnFile, "", shown),
                Ok(false) => self.selected(relative, shown, file, &metadata, options),
            },
        }
    }

    /// The answer with an open file.
    fn selected(
        &self,
        relative: &Path,
        shown: &str,
        file: std::fs::File,
        metadata: &Metadata,
        options: LookupOptions,
    ) -> Found {
        let (siblings, problem) = if options.siblings {
            self.siblings(relative, modified(metadata), options)
        } else {
            (Vec::new(), None)
        };
        let (content, validators) = match made(metadata, &file) {
            Some(bytes) => (Content::Held(bytes.clone()), Validators::of_content(&bytes)),
            None => (Content::Opened(Arc::new(file), metadata.len()), validators(metadata)),
        };
        let typed = match media_type::of_file(relative, &self.naming.types, &content) {
            Ok(typed) => typed,
            Err(error) => return self.failed(&error, shown),
        };
        let selected =
            Selected { content, media_type: typed.media_type, is_gzip: typed.is_gzip, validators, siblings };
        Found { problem, ..Found::new(shown.to_owned(), Resolution::Serve(selected)) }
    }

    /// Opens a file and reads its metadata again, since the entry may have been replaced in between.
    fn open_now(&self, seen: &Seen<'_>) -> io::Result<(std::fs::File, Metadata)> {
        faults::pass(Call::Open)?;
        let (dir, path) = seen.place(&self.root);
        let file = dir.open_with(path, &reading())?;
        faults::pass(Call::Stat)?;
        let metadata = file.metadata()?;
        Ok((file.into_std(), metadata))
    }

    fn failed(&self, error: &io::Error, shown: &str) -> Found {
        use io::ErrorKind;
        match error.kind() {
            ErrorKind::NotFound if self.is_gone() => {
                Found::refused(Refusal::FolderGone, &format!("It was {}.", self.name), shown)
            }
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
            _ => {
                let detail = format!("The operating system says: {error}.");
                Found::refused(Refusal::FileFailed, &detail, shown)
            }
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

#[cfg(all(test, unix))]
mod tests;
