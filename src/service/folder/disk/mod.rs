//! A folder on the disk, opened as a capability.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use cap_std::{
    ambient_authority,
    fs::{Dir, Metadata},
};

use crate::{
    base::faults::{self, Call},
    trace::Refusal,
};

use crate::words::visible;

use super::{
    super::{Coding, FileBody, Sibling, Validators},
    Content, Found, LookupOptions, Resolution, Selected,
    link::is_loop,
    listing::{Held, Opened},
    media_type::media_type,
    own::{is_own, reading},
    path::FolderPath,
};

/// A folder, opened as a capability: no path or link leads outside it, even while others rename and replace
/// its files.
#[derive(Debug)]
pub struct Folder {
    pub(super) dir: Dir,
    /// The folder's absolute path.
    path: PathBuf,
    name: Arc<str>,
    /// Memory reserved by listings of the folder.
    held: Held,
    #[cfg(unix)]
    pub(super) cache: super::cache::Cache,
}

impl Folder {
    /// Opens the folder.
    ///
    /// # Errors
    /// The path does not exist, may not be opened, or is not a folder.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        faults::pass(Call::Open)?;
        let dir = Dir::open_ambient_dir(&path, ambient_authority())?;
        let name = visible(&path.to_string_lossy()).into();
        Ok(Self {
            dir,
            path,
            name,
            held: Held::default(),
            #[cfg(unix)]
            cache: super::cache::Cache::default(),
        })
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
        match Self::open(&self.path) {
            Ok(folder) => {
                *self = folder;
                true
            }
            Err(_) => false,
        }
    }

    /// Looks up a path and opens the file that it leads to.
    #[must_use]
    pub fn find(&self, path: &FolderPath<'_>, options: LookupOptions) -> Found {
        let shown = path.shown();
        let Some(relative) = path.relative() else { return Found::missing(shown) };
        let root = relative.as_os_str().is_empty();
        let index = relative.join("index.html");
        if root {
            let found = self.file(&index, "index.html", options);
            return self.or_listing(found, Path::new("."), "", options);
        }
        // The metadata is read before the file is opened: opening alone can wake a process at the other end
        // of a FIFO, or operate a device.
        match self.look(&relative) {
            Err(error) => self.failed(&error, &shown),
            Ok(metadata) if metadata.is_dir() && path.slash => {
                let found = self.file(&index, &format!("{shown}index.html"), options);
                self.or_listing(found, &relative, &shown, options)
            }
            Ok(metadata) if metadata.is_dir() => Found::new(shown, Resolution::AddSlash(path.with_slash())),
            Ok(metadata) if metadata.is_file() && path.slash => Found::missing(shown),
            Ok(metadata) => self.open_file(&relative, &shown, &metadata, options),
        }
    }

    /// `found`, or a listing of the folder at `relative` if nothing was found.
    fn or_listing(&self, found: Found, relative: &Path, shown: &str, options: LookupOptions) -> Found {
        if !options.listing || !matches!(found.what, Resolution::Refuse(Refusal::NotFound, _)) {
            return found;
        }
        match faults::pass(Call::Open).and_then(|()| self.dir.open_dir(relative)) {
            Err(error) => self.failed(&error, shown),
            Ok(dir) => {
                let shown = format!("/{shown}");
                let opened = Opened { dir, shown: shown.clone(), total_reserved: self.held.clone() };
                Found::new(shown, Resolution::List(opened))
            }
        }
    }

    /// The file at `relative`, or the refusal.
    fn file(&self, relative: &Path, shown: &str, options: LookupOptions) -> Found {
        match self.look(relative) {
            Err(error) => self.failed(&error, shown),
            Ok(metadata) if metadata.is_dir() => Found::missing(shown.to_owned()),
            Ok(metadata) => self.open_file(relative, shown, &metadata, options),
        }
    }

    /// Opens an entry that was a regular file when its metadata was read.
    fn open_file(&self, relative: &Path, shown: &str, before: &Metadata, options: LookupOptions) -> Found {
        if !before.is_file() {
            return Found::refused(Refusal::NotAFile, "", shown);
        }
        match self.open_now(relative) {
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
        let modified = modified(metadata);
        let (siblings, problem) =
            if options.siblings { self.siblings(relative, modified) } else { (Vec::new(), None) };
        let selected = Selected {
            content: Content::Opened(Arc::new(file), metadata.len()),
            media_type: media_type(relative),
            validators: Validators::of_file(metadata.len(), modified),
            siblings,
        };
        Found { problem, ..Found::new(shown.to_owned(), Resolution::Serve(selected)) }
    }

    /// Opens a file and reads its metadata again, since the entry may have been replaced in between.
    fn open_now(&self, relative: &Path) -> io::Result<(std::fs::File, Metadata)> {
        faults::pass(Call::Open)?;
        let file = self.dir.open_with(relative, &reading())?;
        faults::pass(Call::Stat)?;
        let metadata = file.metadata()?;
        Ok((file.into_std(), metadata))
    }

    /// The precompressed files beside the one at `relative`. They are opened by the same rules as any file
    /// and must be at least as new as the original, since an older one may have other content. Also returns
    /// those that could not be read.
    fn siblings(&self, relative: &Path, original: Option<SystemTime>) -> (Vec<Sibling>, Option<String>) {
        let (mut siblings, mut problem) = (Vec::new(), None);
        for coding in Coding::ALL {
            let mut name = relative.as_os_str().to_owned();
            name.push(coding.extension());
            match self.sibling(Path::new(&name), coding) {
                Ok(Some((sibling, modified))) if modified >= original => siblings.push(sibling),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let refused = self.failed(&error, &visible(&name.to_string_lossy()));
                    if matches!(
                        refused.what,
                        Resolution::Refuse(Refusal::FileFailed | Refusal::FileDenied, _)
                    ) {
                        problem = Some(format!("{}: {error}.", refused.words()));
                    }
                }
            }
        }
        (siblings, problem)
    }

    /// The file that holds `relative` in `coding`, and the time of its last modification. `None`: no regular
    /// file.
    fn sibling(&self, relative: &Path, coding: Coding) -> io::Result<Option<(Sibling, Option<SystemTime>)>> {
        if !self.look(relative)?.is_file() {
            return Ok(None);
        }
        let (file, metadata) = self.open_now(relative)?;
        if is_own(&file, &metadata)? {
            return Ok(None);
        }
        let modified = modified(&metadata);
        let sibling = Sibling {
            coding,
            body: FileBody { file: Arc::new(file), start: 0, len: metadata.len() },
            validators: Validators::of_file(metadata.len(), modified),
        };
        Ok(metadata.is_file().then_some((sibling, modified)))
    }

    /// The metadata of what `relative` leads to. A link to something that is never served leads nowhere: a folder
    /// that comes from elsewhere may hold `pub -> .git`.
    fn look(&self, relative: &Path) -> io::Result<Metadata> {
        let metadata = faults::pass(Call::Stat).and_then(|()| self.dir.metadata(relative))?;
        let real = faults::pass(Call::Stat).and_then(|()| self.dir.canonicalize(relative))?;
        if FolderPath::hides(&real) { Err(io::ErrorKind::NotFound.into()) } else { Ok(metadata) }
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
            // A refusal by the capability itself has no code of the operating system. Only a link can cause
            // it, since the path has no dot segments left.
            ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
                Found::refused(Refusal::LinkLeaves, "", shown)
            }
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
            let stat = faults::pass(Call::Stat).and_then(|()| self.dir.dir_metadata());
            stat.is_ok_and(|metadata| metadata.nlink() == 0)
        }
        #[cfg(not(unix))]
        {
            self.dir.dir_metadata().is_err()
        }
    }
}

fn modified(metadata: &Metadata) -> Option<SystemTime> {
    metadata.modified().ok().map(cap_std::time::SystemTime::into_std)
}

/// Whether the error comes from a socket, or from a device without a driver.
#[cfg(unix)]
fn is_no_device(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENXIO | libc::ENODEV | libc::EOPNOTSUPP))
}

#[cfg(not(unix))]
fn is_no_device(_: &io::Error) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests;
