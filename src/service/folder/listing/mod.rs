//! What is in a folder, as a page or as JSON, made while it is sent.
//!
//! A folder can have a hundred thousand entries, and nobody else is to wait for them: one step reads,
//! sorts or writes a few hundred. Each step of reading leaves a sorted run; writing merges the runs.

mod html;
mod json;

use std::{
    borrow::Cow,
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
    ffi::OsString,
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::UNIX_EPOCH,
    vec,
};

use cap_std::fs::{Dir, DirEntry, ReadDir};

use percent_encoding::percent_encode;

use crate::base::faults::{self, Call};

use super::{
    super::{Progress, Source},
    path::NOT_PCHAR,
};

/// Entries that one step reads at most.
const READ_AT_ONCE: usize = 500;
/// Entries that one step writes at most.
const WRITTEN_AT_ONCE: usize = 250;
/// Bytes of entries that all listings together hold at most; what comes after is left out, and the
/// listing says so. Enough for half a million entries.
const LISTING_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Bytes that listings hold, of all listings of a folder.
pub(super) type Held = Arc<AtomicUsize>;

/// The form of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page.
    Html,
    /// For programs.
    Json,
}

impl Format {
    /// The value for Content-Type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Html => html::MEDIA_TYPE,
            Self::Json => json::MEDIA_TYPE,
        }
    }

    fn renderer(self) -> Box<dyn Renderer> {
        match self {
            Self::Html => Box::new(html::Html),
            Self::Json => Box::new(json::Json),
        }
    }
}

/// Writes a listing in one form.
trait Renderer: Send {
    /// Writes what comes before the entries. `shown`: the folder's path for people.
    fn begin(&self, into: &mut Vec<u8>, shown: &str);

    /// Writes an entry. `first`: none came before.
    fn entry(&self, into: &mut Vec<u8>, entry: &Entry, first: bool);

    /// Writes what comes after the entries. `missing`: why some are left out; `None`: none is.
    fn end(&self, into: &mut Vec<u8>, written: usize, missing: Option<&str>);
}

/// A folder that is to be listed.
#[derive(Debug)]
pub struct Opened {
    /// The folder.
    pub dir: Dir,
    /// Its path for people, from the folder that is served: `/` or `/a/b/`.
    pub shown: String,
    /// The budget that all listings share.
    pub total_reserved: Held,
}

/// A listing under way.
pub struct Listing {
    dir: Dir,
    shown: String,
    renderer: Box<dyn Renderer>,
    /// `None`: all is read.
    unread: Option<ReadDir>,
    begun: bool,
    written: usize,
    /// Sorted, each.
    runs: Vec<vec::IntoIter<Entry>>,
    /// The first entry of each run, and the run it is from.
    heads: BinaryHeap<Reverse<(Entry, usize)>>,
    /// There was no room for everything.
    cut: bool,
    /// Entries that could not be looked at, and why the last of them could not.
    unseen: Option<(usize, io::Error)>,
    total_reserved: Held,
    /// Bytes that this listing has reserved from the shared budget; given back on drop.
    reserved: usize,
}

/// A file or folder in it.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    is_dir: bool,
    name: Box<[u8]>,
    /// In bytes; of folders it says nothing.
    len: u64,
    /// Seconds since 1970. `None`: the file system does not say.
    modified: Option<i64>,
}

impl Opened {
    /// Begins to list it.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(self, format: Format) -> io::Result<Listing> {
        let entries = loop {
            match faults::pass(Call::List).and_then(|()| self.dir.entries()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                entries => break entries?,
            }
        };
        Ok(Listing {
            dir: self.dir,
            shown: self.shown,
            renderer: format.renderer(),
            unread: Some(entries),
            begun: false,
            written: 0,
            runs: Vec::new(),
            heads: BinaryHeap::new(),
            cut: false,
            unseen: None,
            total_reserved: self.total_reserved,
            reserved: 0,
        })
    }
}

impl Source for Listing {
    fn make(&mut self, into: &mut Vec<u8>) -> io::Result<Progress> {
        if let Some(mut unread) = self.unread.take() {
            let more = self.read(&mut unread)?;
            if more {
                self.unread = Some(unread);
            } else {
                self.heads = self
                    .runs
                    .iter_mut()
                    .enumerate()
                    .filter_map(|(at, run)| Some(Reverse((run.next()?, at))))
                    .collect();
            }
            return Ok(Progress::More);
        }
        if !self.begun {
            self.begun = true;
            self.renderer.begin(into, &self.shown);
        }
        for _ in 0..WRITTEN_AT_ONCE {
            let Some(Reverse((entry, run))) = self.heads.pop() else {
                self.renderer.end(into, self.written, self.missing());
                return Ok(Progress::End);
            };
            self.renderer.entry(into, &entry, self.written == 0);
            self.written += 1;
            self.heads.extend(self.runs[run].next().map(|next| Reverse((next, run))));
        }
        Ok(Progress::More)
    }

    fn trouble(&self) -> Option<String> {
        let (count, error) = self.unseen.as_ref()?;
        let entries = if *count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
        Some(format!("{entries} of {} could not be looked at and are not listed: {error}.", self.shown))
    }
}

impl Listing {
    /// Reads a run of entries and sorts it. Returns whether there may be more.
    fn read(&mut self, unread: &mut ReadDir) -> io::Result<bool> {
        let mut run = Vec::new();
        let mut more = true;
        for _ in 0..READ_AT_ONCE {
            // A failure takes no entry with it.
            let next = match faults::pass(Call::List) {
                Ok(()) => unread.next(),
                Err(error) => Some(Err(error)),
            };
            match next {
                Some(Ok(entry)) => run.extend(self.seen(&entry)),
                Some(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Some(Err(error)) => return Err(error),
                None => {
                    more = false;
                    break;
                }
            }
        }
        let cost: usize = run.iter().map(Entry::cost).sum();
        if self.total_reserved.fetch_add(cost, Relaxed) + cost > LISTING_BYTES_MAX {
            self.total_reserved.fetch_sub(cost, Relaxed);
            self.cut = true;
            return Ok(false);
        }
        self.reserved += cost;
        run.sort_unstable();
        self.runs.push(run.into_iter());
        Ok(more)
    }

    /// What is shown of an entry. `None`: nothing; if that is for a failure, it is counted.
    fn seen(&mut self, entry: &DirEntry) -> Option<Entry> {
        use io::ErrorKind::{NotFound, PermissionDenied};
        match self.entry(entry) {
            Ok(entry) => entry,
            // It is gone since, or it is a link that leads nowhere, out of the folder or in a circle.
            Err(error) if error.kind() == NotFound || super::link::is_loop(&error) => None,
            Err(error) if error.kind() == PermissionDenied && error.raw_os_error().is_none() => None,
            Err(error) => {
                let before = self.unseen.take().map_or(0, |(count, _)| count);
                self.unseen = Some((before + 1, error));
                None
            }
        }
    }

    /// `None`: it would not be served either, so it is not shown.
    fn entry(&self, entry: &DirEntry) -> io::Result<Option<Entry>> {
        let name = entry.file_name();
        let mut metadata = faults::pass(Call::Stat).and_then(|()| entry.metadata())?;
        if metadata.is_symlink() {
            // Through the capability: a link that leads out is as good as none.
            metadata = faults::pass(Call::Stat).and_then(|()| self.dir.metadata(&name))?;
        }
        let name = bytes(name);
        if name.starts_with(b".") || !(metadata.is_dir() || metadata.is_file()) {
            return Ok(None);
        }
        let modified = metadata.modified().ok().and_then(|modified| {
            match modified.into_std().duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_secs()).ok(),
                Err(before) => i64::try_from(before.duration().as_secs()).ok().map(|secs| -secs),
            }
        });
        Ok(Some(Entry { is_dir: metadata.is_dir(), name: name.into(), len: metadata.len(), modified }))
    }

    /// Why not everything is listed. `None`: everything is.
    fn missing(&self) -> Option<&'static str> {
        match (self.cut, &self.unseen) {
            (true, _) => Some("there is no room for more"),
            (false, Some(_)) => Some("some of it cannot be read"),
            (false, None) => None,
        }
    }
}

impl Drop for Listing {
    fn drop(&mut self) {
        self.total_reserved.fetch_sub(self.reserved, Relaxed);
    }
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").field("shown", &self.shown).finish_non_exhaustive()
    }
}

impl Entry {
    /// The name as text. Bytes that are not UTF-8 become U+FFFD.
    fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.name)
    }

    /// The reference to the entry from the listing. `None`: a path with a backslash is refused, so
    /// nothing is to lead there.
    fn href(&self) -> Option<String> {
        let slash = if self.is_dir { "/" } else { "" };
        // A relative reference whose first segment has a colon would be read as a URI (RFC 3986 §4.2).
        (!self.name.contains(&b'\\')).then(|| format!("./{}{slash}", percent_encode(&self.name, NOT_PCHAR)))
    }

    /// What it takes in memory, about.
    fn cost(&self) -> usize {
        size_of::<Self>() + self.name.len() + 16
    }
}

/// Folders first, then by name, upper and lower case together.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        fn lower(entry: &Entry) -> impl Iterator<Item = u8> {
            entry.name.iter().map(u8::to_ascii_lowercase)
        }
        (other.is_dir.cmp(&self.is_dir))
            .then_with(|| lower(self).cmp(lower(other)))
            .then_with(|| self.name.cmp(&other.name))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(unix)]
fn bytes(name: OsString) -> Vec<u8> {
    std::os::unix::ffi::OsStringExt::into_vec(name)
}

#[cfg(not(unix))]
fn bytes(name: OsString) -> Vec<u8> {
    name.to_string_lossy().into_owned().into_bytes()
}

#[cfg(all(test, unix))]
mod tests;
