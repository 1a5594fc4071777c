//! A folder on the disk.

mod served;
mod siblings;
mod system;

use std::{io, path::Path, sync::Arc};

use crate::words::visible;

use super::{Found, LookupOptions, Naming, listing::Held, path::FolderPath, root::Root};

pub(super) use served::Served;

/// A folder that is served.
#[derive(Debug)]
pub struct Folder {
    /// What is looked up in. Another one takes its place when the folder is replaced.
    pub(super) served: Arc<Served>,
    /// Whether nothing stands at the folder's path any more, or something that cannot be opened.
    pub(super) is_moved: bool,
    /// The look in which the system's cache was asked for the folder's path last, and what it knew.
    looked_at: (u64, bool),
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
        let root = Arc::new(Root::open(folder)?);
        let served = Served { root, only, name, naming: Arc::default(), held: Held::default() };
        Ok(Self {
            served: Arc::new(served),
            is_moved: false,
            looked_at: (0, false),
            #[cfg(unix)]
            cache: super::cache::Cache::default(),
        })
    }

    /// Sets the names of pages and the types of endings.
    pub fn set_naming(&mut self, naming: Arc<Naming>) {
        self.replace(Served { naming, ..(*self.served).clone() });
    }

    /// Serves from another folder, or by other names, from now on.
    fn replace(&mut self, served: Served) {
        self.put(Arc::new(served));
    }

    /// Serves from this folder from now on.
    pub(super) fn put(&mut self, served: Arc<Served>) {
        self.served = served;
        #[cfg(unix)]
        {
            self.cache = super::cache::Cache::default();
        }
    }

    /// The absolute path of the folder, lossily decoded.
    #[must_use]
    pub fn name(&self) -> Arc<str> {
        self.served.name.clone()
    }

    /// Bytes reserved by listings in progress.
    #[cfg(test)]
    pub(crate) fn listed_bytes(&self) -> usize {
        self.served.held.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Whether the folder still stands at its path, as far as the system's cache knows. If it does not, a search finds
    /// out what stands there now: whoever publishes a site moves the old folder away and the new one in, switches a
    /// link, or mounts something over it. The cache is asked once for all requests of a look.
    pub(super) fn is_in_place(&mut self, look: u64) -> bool {
        if self.looked_at.0 != look {
            self.looked_at = (look, self.served.root.is_known_at_its_path());
        }
        self.looked_at.1 && !self.is_moved
    }

    /// Looks up a path and opens the file that it leads to.
    #[must_use]
    pub fn find(&self, path: &FolderPath<'_>, options: LookupOptions) -> Found {
        if self.is_moved { self.served.gone(&path.shown()) } else { self.served.find(path, options) }
    }
}

#[cfg(all(test, unix))]
mod tests;
