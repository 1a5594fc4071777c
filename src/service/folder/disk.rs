//! A folder on the disk, opened as a capability.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use cap_std::{
    ambient_authority,
    fs::{Dir, Metadata, OpenOptions},
};

use crate::http::Rule;

use super::{
    super::{Validators, text::visible},
    Content, Found, Selected, What,
    media_type::media_type,
    path::FolderPath,
};

/// A folder, opened as a capability: nothing outside it can be reached through it, by whatever path
/// or link, even while others rename and replace what is in it.
#[derive(Debug)]
pub struct Folder {
    dir: Dir,
    /// Absolute.
    path: PathBuf,
    name: Arc<str>,
}

impl Folder {
    /// Opens the folder.
    ///
    /// # Errors
    /// It is not there, may not be opened, or is not a folder.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        let dir = Dir::open_ambient_dir(&path, ambient_authority())?;
        let name = visible(&path.to_string_lossy()).into();
        Ok(Self { dir, path, name })
    }

    /// Its absolute path, as far as it can be shown.
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        self.name.clone()
    }

    /// Opens what stands under the path of the folder now: it may have been deleted and made anew,
    /// as a build does with its output. Whether there is a folder there.
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
    pub fn find(&self, path: &FolderPath<'_>) -> Found {
        let shown = path.shown();
        let Some(relative) = path.relative() else { return Found::missing(&shown) };
        let root = relative.as_os_str().is_empty();
        let index = relative.join("index.html");
        if root {
            return self.file(&index, "index.html");
        }
        // A look before the file is opened: opening alone can wake whoever waits at the other end
        // of a FIFO, or move a device.
        match self.dir.metadata(&relative) {
            Err(error) => self.failed(&error, &shown),
            Ok(metadata) if metadata.is_dir() && path.slash => {
                self.file(&index, &format!("{shown}index.html"))
            }
            Ok(metadata) if metadata.is_dir() => Found {
                said: format!("folder {shown}, asked for without its slash").into(),
                what: What::AddSlash(path.with_slash()),
            },
            Ok(metadata) if metadata.is_file() && path.slash => Found::missing(&shown),
            Ok(metadata) => self.open_file(&relative, &shown, &metadata),
        }
    }

    /// The file at `relative`, if there is one.
    fn file(&self, relative: &Path, shown: &str) -> Found {
        match self.dir.metadata(relative) {
            Err(error) => self.failed(&error, shown),
            Ok(metadata) if metadata.is_dir() => Found::missing(shown),
            Ok(metadata) => self.open_file(relative, shown, &metadata),
        }
    }

    /// Opens what was a file when it was last looked at.
    fn open_file(&self, relative: &Path, shown: &str, before: &Metadata) -> Found {
        if !before.is_file() {
            return Found::refused(Rule::NotAFile, "", shown);
        }
        let opened = self.dir.open_with(relative, &options()).and_then(|file| {
            // What was looked at before may be something else by now: this is what was opened.
            let metadata = file.metadata()?;
            Ok((file.into_std(), metadata))
        });
        match opened {
            Err(error) => self.failed(&error, shown),
            Ok((_, metadata)) if !metadata.is_file() => Found::refused(Rule::NotAFile, "", shown),
            Ok((file, metadata)) => {
                let modified = metadata.modified().ok().map(cap_std::time::SystemTime::into_std);
                let selected = Selected {
                    content: Content::Opened(Arc::new(file), metadata.len()),
                    media_type: media_type(relative),
                    validators: Validators::of_file(metadata.len(), modified),
                };
                Found::file(shown, selected)
            }
        }
    }

    fn failed(&self, error: &io::Error, shown: &str) -> Found {
        use io::ErrorKind;
        match error.kind() {
            ErrorKind::NotFound if self.is_gone() => {
                Found::refused(Rule::FolderGone, &format!("It was {}.", self.name), shown)
            }
            // A path through a file, a name longer than the file system takes, links in a circle:
            // each can only mean that there is no such file.
            ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::InvalidFilename
            | ErrorKind::InvalidInput => Found::missing(shown),
            _ if is_loop(error) => Found::missing(shown),
            // The capability's own refusal has no code of the operating system. Only a link can
            // cause it, for the path itself has no dot segments any more.
            ErrorKind::PermissionDenied if error.raw_os_error().is_none() => {
                Found::refused(Rule::LinkLeaves, "", shown)
            }
            ErrorKind::PermissionDenied => Found::refused(Rule::FileDenied, "", shown),
            _ if is_no_device(error) => Found::refused(Rule::NotAFile, "", shown),
            _ => {
                let detail = format!("The operating system says: {error}.");
                Found::refused(Rule::FileFailed, &detail, shown)
            }
        }
    }

    /// Whether the folder itself was deleted: no name leads to it any more.
    fn is_gone(&self) -> bool {
        #[cfg(unix)]
        {
            use cap_std::fs::MetadataExt;
            self.dir.dir_metadata().is_ok_and(|metadata| metadata.nlink() == 0)
        }
        #[cfg(not(unix))]
        {
            self.dir.dir_metadata().is_err()
        }
    }
}

/// For reading, and without waiting for anyone: should a FIFO have taken the file's place since it
/// was looked at, opening it returns at once.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    options
}

/// Links in a circle, or more of them than the operating system follows.
#[cfg(unix)]
fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

/// A socket, or a device that nothing drives.
#[cfg(unix)]
fn is_no_device(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENXIO | libc::ENODEV | libc::EOPNOTSUPP))
}

#[cfg(not(unix))]
fn is_loop(_: &io::Error) -> bool {
    false
}

#[cfg(not(unix))]
fn is_no_device(_: &io::Error) -> bool {
    false
}
