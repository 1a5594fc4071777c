//! A cache of small files, each revalidated against the disk on every request.
//!
//! A file is served from memory only while its path leads to the same file in an unchanged state: device,
//! inode, length, modification time, and the time of the last change to its metadata (which a program cannot
//! set back). The check resolves the path again:
//!
//! - For a name in the folder itself, the system is asked about that name in the open folder, without
//!   following a link. There is nothing in between that could lead elsewhere.
//! - For every other path it is asked the way it is when a file is opened: within the capability. A
//!   folder on the way that was renamed, replaced or made a link, inside or out of the folder, or
//!   something mounted over it, is met as it is now, and what then leads elsewhere is not served.
//!
//! A file that has changed in any way is opened and read again, as on the first request.
//!
//! Time stamps have steps, of some milliseconds or, on a few file systems, two seconds: a file that changes
//! twice within one step looks unchanged. So a file is remembered only if it has not changed for longer than
//! a step (git calls the others "racily clean"). A program that writes through a memory map sets the time stamp only
//! with its first write to a page that is clean. Until its pages have been written to the disk, which Linux does
//! within half a minute, the content of a file is read and compared once a turn; on tmpfs, where pages stay dirty, always. Entity tags have this limit all the same.

use std::{
    collections::HashMap,
    fs::File,
    io,
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use cap_std::fs::{Dir, MetadataExt};

use crate::base::{
    faults::{self, Call},
    shared_text::SharedText,
};

use super::{
    super::{FileBody, Validators},
    Content, Found, Resolution, Selected,
    own::reading,
    path::FolderPath,
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
}

#[derive(Debug)]
struct Remembered {
    /// Path of the file, relative to the folder.
    relative: PathBuf,
    /// The file is a direct child of the served folder, so one `statat` without following links is
    /// enough to revalidate it.
    is_top_level: bool,
    state: State,
    name: SharedText,
    content: Bytes,
    /// Whether the file is on a file system without a disk, where writing through a memory map sets no time stamp.
    is_in_memory: bool,
    /// The turn in which the content was compared last: the requests of a turn need it once.
    compared_at: SystemTime,
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
    /// The file that `path` leads to. `None`: not remembered, or changed since. `now`: the wall clock.
    pub(super) fn recall(&mut self, path: &str, dir: &Dir, now: SystemTime) -> Option<Found> {
        let file = self.files.get_mut(path)?;
        if file.state_now(dir).ok() != Some(file.state) || !file.is_as_it_was(dir, now) {
            self.forget(path);
            return None;
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

    /// Remembers the file that `path` led to, if it is small and its time stamps have settled. `now`: the
    /// wall clock.
    pub(super) fn remember(&mut self, path: &str, found: &Found, dir: &Dir, now: SystemTime) {
        let Resolution::Serve(selected) = &found.what else { return };
        let Content::Opened(file, len) = &selected.content else { return };
        if *len > FILE_BYTES_MAX || path.len() > PATH_BYTES_MAX {
            return;
        }
        let Some(relative) = relative(path) else { return };
        let is_top_level = matches!(
            (relative.components().count(), relative.components().next()),
            (1, Some(Component::Normal(_)))
        );
        let Ok(state) = State::of_opened(file) else { return };
        if !state.has_settled(now, TIMESTAMP_GRANULARITY) {
            return;
        }
        let Ok(content) = (FileBody { file: file.clone(), start: 0, len: *len }).read_all() else { return };
        let mut remembered = Remembered {
            relative,
            is_top_level,
            state,
            name: found.name.clone(),
            content,
            is_in_memory: is_in_memory(file),
            compared_at: now,
            media_type: selected.media_type.clone(),
            is_gzip: selected.is_gzip,
            validators: selected.validators.clone(),
        };
        // The file may have changed while it was read, or the path may lead elsewhere by now.
        if remembered.state_now(dir).ok() != Some(state) {
            // The name is a link, which needs the longer check.
            remembered.is_top_level = false;
            if remembered.state_now(dir).ok() != Some(state) {
                return;
            }
        }
        self.forget(path);
        if self.total_bytes + len > TOTAL_BYTES_MAX || self.files.len() >= FILES_MAX {
            *self = Self::default();
        }
        self.total_bytes += len;
        self.files.insert(path.into(), remembered);
    }

    fn forget(&mut self, path: &str) {
        if let Some(file) = self.files.remove(path) {
            self.total_bytes -= file.state.len;
        }
    }
}

impl Remembered {
    /// Whether the content is the one that is remembered, where the state alone does not tell.
    fn is_as_it_was(&mut self, dir: &Dir, now: SystemTime) -> bool {
        let may_be_mapped = self.is_in_memory || !self.state.has_settled(now, SETTLED_AFTER);
        if may_be_mapped && std::mem::replace(&mut self.compared_at, now) != now {
            return self.has_same_content(dir).unwrap_or(false);
        }
        true
    }

    /// Whether the path leads to the same file in the same state, and its content is the one that is remembered.
    fn has_same_content(&self, dir: &Dir) -> io::Result<bool> {
        faults::pass(Call::Open)?;
        let file = dir.open_with(&self.relative, &reading())?.into_std();
        Ok(State::of_opened(&file)? == self.state && {
            let file = FileBody { file: Arc::new(file), start: 0, len: self.state.len };
            file.read_all()? == self.content
        })
    }

    fn state_now(&self, dir: &Dir) -> io::Result<State> {
        faults::pass(Call::Stat)?;
        if self.is_top_level {
            return State::of_name(dir, &self.relative);
        }
        let metadata = dir.metadata(&self.relative)?;
        Ok(State {
            device: metadata.dev(),
            inode: metadata.ino(),
            len: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

impl State {
    fn of_opened(file: &File) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        faults::pass(Call::Stat)?;
        let metadata = file.metadata()?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            len: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    /// The state of the entry with this name in the folder itself; of a link, not of its target.
    fn of_name(dir: &Dir, name: &Path) -> io::Result<Self> {
        let stat = rustix::fs::statat(dir, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(Self::of_stat(&stat))
    }

    #[allow(
        clippy::unnecessary_cast,
        clippy::cast_possible_wrap,
        clippy::cast_lossless,
        reason = "the types differ from system to system; nothing is lost where they are compared"
    )]
    fn of_stat(stat: &rustix::fs::Stat) -> Self {
        Self {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            len: u64::try_from(stat.st_size).unwrap_or(u64::MAX),
            modified: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            changed: (stat.st_ctime as i64, stat.st_ctime_nsec as i64),
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

/// Whether the file is on a file system without a disk, where writing through a memory map sets no time stamp.
#[cfg(target_os = "linux")]
fn is_in_memory(file: &File) -> bool {
    /// The number of tmpfs in statfs(2).
    const TMPFS_MAGIC: u32 = 0x0102_1994;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the numbers have 32 bits")]
    rustix::fs::fstatfs(file).is_ok_and(|stat| stat.f_type as u32 == TMPFS_MAGIC)
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &File) -> bool {
    false
}

/// Path of the file served for `path`, relative to the folder; for a folder, its `index.html`.
fn relative(path: &str) -> Option<PathBuf> {
    let path = FolderPath::of(path).ok()?;
    let relative = path.relative()?;
    let folder = path.slash || relative.as_os_str().is_empty();
    Some(if folder { relative.join("index.html") } else { relative })
}

#[cfg(test)]
mod tests;
