//! A folder on the disk.

mod served;
mod siblings;
mod system;

use std::{io, path::Path, sync::Arc, time::SystemTime};

use crate::words::visible;

use super::{
    Found, Look, LookupOptions, Naming,
    listing::Held,
    path::FolderPath,
    root::Root,
    watch::{CHECKED_EVERY, Changes, LEFT_FOR, Trail, Watch},
};

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
    /// What is watched on the way to the folder. `None`: nothing.
    trail: Option<Trail>,
    /// When the system's cache was asked last.
    checked_at: SystemTime,
    /// The folder is not watched before this time.
    watched_from: SystemTime,
    /// Whether the trail leads to a folder that is no longer served.
    is_trail_old: bool,
    #[cfg(unix)]
    pub(super) cache: Box<super::cache::Cache>,
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
            trail: None,
            checked_at: SystemTime::UNIX_EPOCH,
            watched_from: SystemTime::UNIX_EPOCH,
            is_trail_old: false,
            #[cfg(unix)]
            cache: Box::default(),
        })
    }

    /// Sets the names of pages and the types of endings.
    pub fn set_naming(&mut self, naming: Arc<Naming>) {
        self.put(Arc::new(Served { naming, ..(*self.served).clone() }));
    }

    /// Serves from another folder, or by other names, from now on.
    pub(super) fn put(&mut self, served: Arc<Served>) {
        self.served = served;
        self.looked_at.0 = 0;
        #[cfg(unix)]
        {
            self.cache.clear();
        }
        // What is watched may lead to the other folder.
        self.is_trail_old = true;
        self.watched_from = SystemTime::UNIX_EPOCH;
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
    pub(super) fn is_in_place(&mut self, at: &mut Look<'_>) -> bool {
        if self.looked_at.0 != at.number {
            self.looked_at = (at.number, self.is_there(at));
        }
        self.looked_at.1 && !self.is_moved
    }

    /// Whether the folder stands at its path: as it is watched, or as the system's cache knows. In the latter case it is
    /// watched from now on, if it can be.
    fn is_there(&mut self, at: &mut Look<'_>) -> bool {
        let checked = at.now.duration_since(self.checked_at);
        let is_watched = self.trail.is_some() && !self.is_trail_old && at.watch.is_some();
        if is_watched && checked.is_ok_and(|age| age < CHECKED_EVERY) {
            return true;
        }
        let root = &self.served.root;
        if !root.is_known_at_its_path() {
            return false;
        }
        self.checked_at = at.now;
        if let Some(watch) = &mut at.watch
            && !is_watched
            && at.now >= self.watched_from
        {
            watch.release(&self.trail.take().unwrap_or_default());
            self.is_trail_old = false;
            self.trail = root.watch(watch);
            if self.trail.is_none() {
                self.watched_from = at.now + LEFT_FOR;
                return true;
            }
            // It may have been replaced before it was watched.
            return root.is_known_at_its_path();
        }
        true
    }

    /// Asks about what has changed, or may have, in the next look. `now`: the wall clock.
    pub(super) fn take_in(&mut self, changes: &Changes, watch: &mut Watch, now: SystemTime) {
        if let Some(trail) = self.trail.take_if(|trail| changes.meet(trail)) {
            watch.release(&trail);
        }
        #[cfg(unix)]
        self.cache.take_in(changes, watch, now);
        #[cfg(not(unix))]
        let _ = now;
    }

    /// Ends the watch on all that is watched for the folder.
    pub(super) fn end_watch(&mut self, watch: &mut Watch, now: SystemTime) {
        self.take_in(&Changes::everything(), watch, now);
    }

    /// Looks up a path and opens the file that it leads to.
    #[must_use]
    pub fn find(&self, path: &FolderPath<'_>, options: LookupOptions) -> Found {
        if self.is_moved { self.served.gone(&path.shown()) } else { self.served.find(path, options) }
    }
}

#[cfg(all(test, unix))]
mod tests;
