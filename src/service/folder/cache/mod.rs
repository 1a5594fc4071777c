//! A cache of small files, each revalidated in every look: a turn of the event loop, or a later part of one in which
//! requests arrived that were not there when it began.
//!
//! A file is served from memory only while its path leads to the same file in an unchanged state: device,
//! inode, length, modification time, and the time of the last change to its metadata (which a program cannot
//! set back). The check resolves the path again, within the capability and as far as the system's cache knows it: a
//! folder on the way that was renamed, replaced or made a link, inside or out of the folder, or something mounted over
//! it, is met as it is now, and what then leads elsewhere is not served.
//!
//! A file that has been quiet for a while is watched instead (`super::watch`), and costs no call to the system.
//!
//! A file that has changed in any way, or of which the system's cache does not know, is looked up and read again, as on
//! the first request.
//!
//! Time stamps have steps, of some milliseconds or, on a few file systems, two seconds: a file that changes
//! twice within one step looks unchanged. So a file is remembered only if it has not changed for longer than
//! a step (git calls the others "racily clean"). A program that writes through a memory map sets the time stamp only
//! with its first write to a page that is clean. Until its pages have been written to the disk, which Linux does
//! within half a minute, the content of a file is read and compared in every look; on tmpfs, where pages stay dirty,
//! always. Entity tags have this limit all the same.

use std::{
    collections::HashMap,
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use cap_std::fs::{Metadata, MetadataExt};

use crate::base::{
    faults::{self, Call},
    shared_text::SharedText,
};

use super::{
    super::{FileBody, Medium, OpenFile, Reach, Validators},
    Content, Found, Look, LookupOptions, Resolution, Selected,
    cached::Links,
    path::FolderPath,
    root::{Root, Seen},
    watch::{CHECKED_EVERY, Changes, LEFT_FOR, Trail, Watch},
};

/// Upper bound on the length of a remembered file, in bytes. A larger file is read while it is sent.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// Upper bound on all remembered files together, in bytes.
const TOTAL_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Upper bound on the number of remembered files.
const FILES_MAX: usize = 4096;
/// Upper bound on the path of a remembered file, in bytes.
const PATH_BYTES_MAX: usize = 1024;
/// The coarsest granularity of time stamps: a file that changed within this time may change again without a
/// new time stamp.
const TIMESTAMP_GRANULARITY: Duration = Duration::from_secs(2);
/// Time after which the pages of a memory map have been written back: 35 seconds where nobody has changed
/// `dirty_expire_centisecs` and `dirty_writeback_centisecs`.
const SETTLED_AFTER: Duration = Duration::from_mins(1);

/// The remembered files, by path as received: percent-encoded, without the query.
#[derive(Debug, Default)]
pub(super) struct Cache {
    files: HashMap<Box<str>, Remembered>,
    total_bytes: u64,
    /// What is watched for files that are no longer remembered.
    left: Trail,
    /// Files that were opened or changed, by device and inode, and the times from which on they may be watched again.
    busy: HashMap<(u64, u64), SystemTime>,
}

/// A small file, its content and its state.
#[derive(Debug)]
pub(super) struct Remembered {
    /// Path of the file, relative to the folder.
    relative: PathBuf,
    state: State,
    name: SharedText,
    content: Bytes,
    /// The look in which the file was checked last: the requests of a look need it once.
    looked_at: u64,
    /// What is watched for the file. `None`: it is not watched.
    trail: Option<Trail>,
    /// When the system's cache was asked about the file last.
    checked_at: SystemTime,
    /// The file is not watched before this time.
    watched_from: SystemTime,
    media_type: SharedText,
    is_gzip: bool,
    validators: Validators,
}

/// Metadata that differs whenever a path leads to another file, or to the same file with other content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    device: u64,
    inode: u64,
    len: u64,
    /// Time of the last change to the content: seconds since 1970 and nanoseconds.
    modified: (i64, i64),
    /// Time of the last change to the content or the metadata, in the same units as `modified`.
    changed: (i64, i64),
}

impl Cache {
    /// The file that `path` leads to. `None`: not remembered, changed since, or not known to the system's cache.
    pub(super) fn recall(&mut self, path: &str, root: &Root, at: &mut Look<'_>) -> Option<Found> {
        let file = self.files.get_mut(path)?;
        if file.looked_at != at.number {
            if !file.is_right(root, at) {
                self.forget(path);
                return None;
            }
            file.looked_at = at.number;
        }
        let selected = Selected {
            content: Content::Held(file.content.clone()),
            media_type: file.media_type.clone(),
            is_gzip: file.is_gzip,
            validators: file.validators.clone(),
            siblings: Vec::new(),
        };
        Some(Found { name: file.name.clone(), what: Resolution::Serve(selected), problem: None })
    }

    /// Remembers the file that `path` led to.
    pub(super) fn insert(&mut self, path: &str, mut file: Remembered) {
        if let Some(until) = self.busy.get(&file.state.identity()) {
            file.watched_from = *until;
        }
        self.forget(path);
        let len = file.state.len;
        if self.total_bytes + len > TOTAL_BYTES_MAX || self.files.len() >= FILES_MAX {
            self.clear();
        }
        self.total_bytes += len;
        self.files.insert(path.into(), file);
    }

    /// Forgets all files.
    pub(super) fn clear(&mut self) {
        let files = std::mem::take(&mut self.files);
        self.left.extend(files.into_values().filter_map(|file| file.trail).flatten());
        self.total_bytes = 0;
    }

    fn forget(&mut self, path: &str) {
        if let Some(file) = self.files.remove(path) {
            self.total_bytes -= file.state.len;
            self.left.extend(file.trail.into_iter().flatten());
        }
    }

    /// Asks about the files that have changed, or may have, in the next look. `now`: the wall clock.
    pub(super) fn take_in(&mut self, changes: &Changes, watch: &mut Watch, now: SystemTime) {
        self.busy.retain(|_, until| *until > now);
        for file in self.files.values_mut() {
            if let Some(trail) = file.trail.take_if(|trail| changes.meet(trail)) {
                self.left.extend(trail);
                if !changes.all {
                    file.watched_from = now + LEFT_FOR;
                    self.busy.insert(file.state.identity(), file.watched_from);
                }
            }
        }
        watch.release(&std::mem::take(&mut self.left));
    }
}

impl Remembered {
    /// What is to be remembered of the file that `path` led to, if it is small and its time stamps have settled. `None`:
    /// nothing, as for lookups with siblings, which are not recalled. `index`: the name that is looked for first in a
    /// folder. `now`: the wall clock.
    pub(super) fn of(
        path: &str,
        found: &Found,
        (root, index): (&Root, &str),
        options: LookupOptions,
        now: SystemTime,
    ) -> Option<Self> {
        let Resolution::Serve(selected) = &found.what else { return None };
        let Content::Opened(file, len) = &selected.content else { return None };
        if *len > FILE_BYTES_MAX || path.len() > PATH_BYTES_MAX || options.siblings {
            return None;
        }
        let relative = relative(path, index)?;
        let state = State::of_opened(file).ok()?;
        if root.medium == Medium::Other || !state.has_settled(now, TIMESTAMP_GRANULARITY) {
            return None;
        }
        let content = (FileBody { file: file.clone(), start: 0, len: *len }).read_all(options.reach).ok()?;
        let remembered = Self {
            relative,
            state,
            name: found.name.clone(),
            content,
            looked_at: 0,
            trail: None,
            checked_at: now,
            watched_from: now,
            media_type: selected.media_type.clone(),
            is_gzip: selected.is_gzip,
            validators: selected.validators.clone(),
        };
        // The file may have changed while it was read, or the path may lead elsewhere by now.
        (remembered.metadata(root).is_ok_and(|metadata| State::of(&metadata) == state)).then_some(remembered)
    }

    /// Whether the file is the one that is remembered: as it is watched, or as the system's cache knows. In the latter
    /// case it is watched from now on, if it can be.
    fn is_right(&mut self, root: &Root, at: &mut Look<'_>) -> bool {
        let checked = at.now.duration_since(self.checked_at);
        if self.trail.is_some() && at.watch.is_some() && checked.is_ok_and(|age| age < CHECKED_EVERY) {
            return true;
        }
        if !self.is_as_it_was(root, at.now) {
            return false;
        }
        self.checked_at = at.now;
        let is_quiet = at.now >= self.watched_from && self.state.has_settled(at.now, SETTLED_AFTER);
        if self.trail.is_none()
            && is_quiet
            && let Some(watch) = &mut at.watch
        {
            self.trail = root.watch_file(&self.relative, watch);
            if self.trail.is_none() {
                self.watched_from = at.now + LEFT_FOR;
                return true;
            }
            // It may have changed before it was watched.
            return self.is_as_it_was(root, at.now);
        }
        true
    }

    /// Whether the path leads to the same file in the same state, and the content is the one that is remembered where
    /// the state alone does not tell.
    fn is_as_it_was(&self, root: &Root, now: SystemTime) -> bool {
        let Ok(metadata) = self.metadata(root) else { return false };
        // In memory, writing through a map sets no time stamp.
        let may_be_mapped = root.medium == Medium::Memory || !self.state.has_settled(now, SETTLED_AFTER);
        State::of(&metadata) == self.state
            && (!may_be_mapped || self.has_same_content(metadata, root).unwrap_or(false))
    }

    /// Whether the content is the one that is remembered.
    fn has_same_content(&self, metadata: Metadata, root: &Root) -> io::Result<bool> {
        faults::pass(Call::Open)?;
        let seen = Seen::inside(metadata, &self.relative);
        let (file, metadata) = root.open_file(&seen, Reach::Cache)?;
        Ok(State::of(&metadata) == self.state && {
            let file = FileBody { file: Arc::new(file), start: 0, len: self.state.len };
            file.read_all(Reach::Cache)? == self.content
        })
    }

    /// What the system's cache knows of the file that the path leads to.
    fn metadata(&self, root: &Root) -> io::Result<Metadata> {
        faults::pass(Call::Stat)?;
        root.look_cached(&self.relative, Links::Followed)
    }
}

impl State {
    const fn identity(&self) -> (u64, u64) {
        (self.device, self.inode)
    }

    fn of_opened(file: &OpenFile) -> io::Result<Self> {
        faults::pass(Call::Stat)?;
        Ok(Self::of(&Metadata::from_file(file.file())?))
    }

    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            len: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether the last change is longer ago than `time`. A time stamp in the future
    /// never settles.
    fn has_settled(&self, now: SystemTime, time: Duration) -> bool {
        let (secs, nanos) = self.modified.max(self.changed);
        let Some(since) = u64::try_from(secs).ok().zip(u32::try_from(nanos).ok()) else { return false };
        let latest = UNIX_EPOCH + Duration::new(since.0, since.1);
        now.duration_since(latest).is_ok_and(|age| age > time)
    }
}

/// Path of the file served for `path`, relative to the folder; for a folder, its page that goes before all others.
fn relative(path: &str, index: &str) -> Option<PathBuf> {
    let path = FolderPath::of(path).ok()?;
    let relative = path.relative()?;
    let folder = path.slash || relative.as_os_str().is_empty();
    Some(if folder { relative.join(index) } else { relative })
}

#[cfg(test)]
mod tests;
