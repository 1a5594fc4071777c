//! Lookups that may have to wait for a disk: prepared on the event loop, run by a thread, taken in on the event loop.

use std::{sync::Arc, time::SystemTime};

use crate::trace::Refusal;

use super::{
    super::{FileBody, Reach},
    Content, Fallbacks, Found, LookupOptions, Resolution,
    disk::Served,
    fallback,
    path::FolderPath,
    respond::{READ_AT_ONCE, failure},
};

/// A lookup in a folder, with all that it needs.
#[derive(Debug)]
pub struct Search {
    served: Arc<Served>,
    path: Box<str>,
    options: LookupOptions,
    fallbacks: Fallbacks,
    now: SystemTime,
}

/// What a search found.
#[derive(Debug)]
pub struct Searched {
    pub(in super::super) found: Found,
    /// The folder that the search began with.
    pub(super) began_with: Arc<Served>,
    /// What stands at the folder's path now.
    pub(super) now: Standing,
    #[cfg(unix)]
    pub(super) remembered: Option<super::cache::Remembered>,
}

/// What stands at a folder's path.
#[derive(Debug)]
pub(super) enum Standing {
    /// The folder.
    Same,
    /// Another one.
    Other(Arc<Served>),
    /// Nothing, or something that cannot be opened.
    Nothing,
}

impl Search {
    pub(super) fn new(
        served: &Arc<Served>,
        path: &str,
        options: LookupOptions,
        fallbacks: Fallbacks,
        now: SystemTime,
    ) -> Self {
        let options = LookupOptions { reach: Reach::Disk, ..options };
        Self { served: Arc::clone(served), path: path.into(), options, fallbacks, now }
    }

    /// A number that is the same for searches of the same path.
    #[must_use]
    pub fn key(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        self.path.hash(&mut hasher);
        hasher.finish()
    }

    /// Looks the path up. Waits for the disk as long as it takes.
    #[must_use]
    pub fn run(self) -> Searched {
        let began_with = Arc::clone(&self.served);
        let (mut served, mut now) = (self.served, Standing::Same);
        if !is_at_its_path(&served) {
            match served.reopened().map(Arc::new) {
                Some(other) => {
                    served = Arc::clone(&other);
                    now = Standing::Other(other);
                }
                None if is_nothing_at_its_path(&served) => now = Standing::Nothing,
                // Whoever may not ask goes on with what is open.
                None => {}
            }
        }
        let found = match (FolderPath::of(&self.path), &now) {
            (Err(refusal), _) => Found::refused(refusal, "", &self.path),
            (Ok(path), Standing::Nothing) => served.gone(&path.shown()),
            (Ok(path), _) => super::find_in(&served, &path, self.options),
        };
        #[cfg(unix)]
        let remembered = {
            let index = served.first_index();
            super::cache::Remembered::of(&self.path, &found, (&served.root, index), self.options, self.now)
        };
        let mut found = fallback::fall_back(found, &self.path, self.fallbacks, |path| match now {
            Standing::Nothing => served.gone(path),
            _ => super::find(&served, path, LookupOptions { listing: false, ..self.options }),
        });
        read_small(&mut found);
        Searched {
            found,
            began_with,
            now,
            #[cfg(unix)]
            remembered,
        }
    }
}

#[cfg(unix)]
fn is_at_its_path(served: &Served) -> bool {
    served.root.is_at_its_path().is_ok_and(|is_it| is_it)
}

/// Has nothing to compare on this system, and asks the folder itself.
#[cfg(not(unix))]
fn is_at_its_path(served: &Served) -> bool {
    served.root.dir.dir_metadata().is_ok()
}

#[cfg(unix)]
fn is_nothing_at_its_path(served: &Served) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    match served.root.is_at_its_path() {
        Ok(is_it) => !is_it,
        Err(error) => matches!(error.kind(), NotFound | NotADirectory),
    }
}

#[cfg(not(unix))]
fn is_nothing_at_its_path(_: &Served) -> bool {
    false
}

/// Reads a small file, so that the event loop need not.
fn read_small(found: &mut Found) {
    let (Resolution::Serve(selected) | Resolution::Fallback(selected) | Resolution::Missing(selected)) =
        &mut found.what
    else {
        return;
    };
    let Content::Opened(file, len) = &selected.content else { return };
    if *len > READ_AT_ONCE {
        return;
    }
    match (FileBody { file: file.clone(), start: 0, len: *len }).read_all(Reach::Disk) {
        Ok(bytes) => selected.content = Content::Held(bytes),
        Err(error) => {
            found.what = Resolution::Refuse(Refusal::FileFailed, Some(failure(&error).into()));
        }
    }
}
