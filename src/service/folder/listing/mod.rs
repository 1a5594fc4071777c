//! Folder listings as a page or as JSON, produced while they are sent.
//!
//! A folder can have a hundred thousand entries, and no other client should wait for its listing: one step
//! reads, sorts or writes a few hundred entries. Each read step leaves a sorted run; writing merges the runs.

mod entry;
mod html;
mod json;

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    ffi::OsStr,
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::UNIX_EPOCH,
    vec,
};

use cap_std::fs::{Dir, DirEntry, Metadata, ReadDir};

use crate::base::faults::{self, Call};

use super::{
    super::{Progress, Reach, Source},
    LookupOptions, own,
    root::{Root, leads_out},
};

use entry::{Entry, Search, bytes};

/// Maximum number of entries read in one step.
const READ_AT_ONCE: usize = 500;
/// Maximum number of entries written in one step.
const WRITTEN_AT_ONCE: usize = 250;
/// Upper bound on the memory for entries of all listings together, in bytes: half a million entries. The listing
/// says that there are more.
const LISTING_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Bytes reserved by all listings of a folder together.
pub(super) type Held = Arc<AtomicUsize>;

/// The form of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page for a browser.
    Html,
    /// JSON for programs.
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
    /// Writes the part before the entries. `shown`: the folder's path for display. `search`: the words that the names
    /// must hold; empty: none.
    fn begin(&self, into: &mut Vec<u8>, shown: &str, search: &str);

    /// Writes an entry. `first`: whether the entry is the first one.
    fn entry(&self, into: &mut Vec<u8>, entry: &Entry, first: bool);

    /// Writes the part after the entries. `counted`: the entries that are written, and all. `missing`: why entries are
    /// left out; `None`: the listing is complete.
    fn end(&self, into: &mut Vec<u8>, counted: (usize, usize), missing: Option<&str>);
}

/// A folder to be listed.
#[derive(Debug)]
pub struct Opened {
    /// The folder.
    pub dir: Dir,
    /// Its entries.
    pub entries: ReadDir,
    /// The served folder.
    pub root: Arc<Root>,
    /// Path of the folder in the served one.
    pub relative: PathBuf,
    /// What is found.
    pub options: LookupOptions,
    /// Path relative to the served folder, for display: `/` or `/a/b/`.
    pub shown: String,
    /// The budget that all listings share.
    pub total_reserved: Held,
}

/// A listing in progress.
pub struct Listing {
    dir: Dir,
    root: Arc<Root>,
    relative: PathBuf,
    options: LookupOptions,
    shown: String,
    renderer: Box<dyn Renderer>,
    /// The entries not read yet. `None`: all are read.
    unread: Option<ReadDir>,
    begun: bool,
    search: Search,
    /// Number of entries whose names do not have what is searched for.
    passed_over: usize,
    written: usize,
    /// The runs, each of them sorted.
    runs: Vec<vec::IntoIter<Entry>>,
    /// The first entry of each run, with the index of the run.
    heads: BinaryHeap<Reverse<(Entry, usize)>>,
    /// Whether entries were left out because the memory was full.
    cut: bool,
    /// Number of entries whose metadata could not be read, and the last error. `None`: all could be read.
    unseen: Option<(usize, io::Error)>,
    total_reserved: Held,
    /// Bytes that this listing has reserved from the shared budget; given back on drop.
    reserved: usize,
}

impl Opened {
    /// Begins to list the folder. `search`: only entries whose names hold each of these words; empty: all.
    #[must_use]
    pub fn list(self, format: Format, search: &str) -> Listing {
        Listing {
            dir: self.dir,
            root: self.root,
            relative: self.relative,
            options: self.options,
            shown: self.shown,
            renderer: format.renderer(),
            unread: Some(self.entries),
            begun: false,
            search: Search::new(search),
            passed_over: 0,
            written: 0,
            runs: Vec::new(),
            heads: BinaryHeap::new(),
            cut: false,
            unseen: None,
            total_reserved: self.total_reserved,
            reserved: 0,
        }
    }
}

/// The entries of a folder, to be read.
///
/// # Errors
/// The folder cannot be read.
pub(super) fn entries(dir: &Dir) -> io::Result<ReadDir> {
    loop {
        match faults::pass(Call::List).and_then(|()| dir.entries()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            entries => return entries,
        }
    }
}

impl Source for Listing {
    fn make(&mut self, into: &mut Vec<u8>, reach: Reach) -> io::Result<Progress> {
        if reach == Reach::Cache && self.unread.is_some() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
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
            self.renderer.begin(into, &self.shown, &self.search.text);
        }
        for _ in 0..WRITTEN_AT_ONCE {
            let Some(Reverse((entry, run))) = self.heads.pop() else {
                let counted = (self.written, self.written + self.passed_over);
                self.renderer.end(into, counted, self.missing());
                return Ok(Progress::End);
            };
            self.renderer.entry(into, &entry, self.written == 0);
            self.written += 1;
            self.heads.extend(self.runs[run].next().map(|next| Reverse((next, run))));
        }
        Ok(Progress::More)
    }

    fn problem(&self) -> Option<String> {
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
            // An injected failure must not consume an entry.
            let next = match faults::pass(Call::List) {
                Ok(()) => unread.next(),
                Err(error) => Some(Err(error)),
            };
            match next {
                Some(Ok(entry)) => run.extend(self.seen(&entry).filter(|entry| self.is_wanted(entry))),
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

    /// Whether the name has what is searched for. The others are counted.
    fn is_wanted(&mut self, entry: &Entry) -> bool {
        let is_wanted = self.search.finds(&entry.text());
        self.passed_over += usize::from(!is_wanted);
        is_wanted
    }

    /// The entry to show. `None`: nothing is shown; failures are counted.
    fn seen(&mut self, entry: &DirEntry) -> Option<Entry> {
        use io::ErrorKind::NotFound;
        match self.entry(entry) {
            Ok(entry) => entry,
            // The entry was deleted, or is a link that leads nowhere, out of the folder or in a circle.
            Err(error) if error.kind() == NotFound || super::link::is_loop(&error) => None,
            Err(error) if leads_out(&error) => None,
            Err(error) => {
                let before = self.unseen.take().map_or(0, |(count, _)| count);
                self.unseen = Some((before + 1, error));
                None
            }
        }
    }

    /// Reads the metadata. `None`: the entry would not be served and is not shown.
    fn entry(&self, entry: &DirEntry) -> io::Result<Option<Entry>> {
        let name = entry.file_name();
        let mut metadata = faults::pass(Call::Stat).and_then(|()| entry.metadata())?;
        if metadata.is_symlink() {
            // Looked at as it is served, so that a link out of the folder is treated as broken.
            metadata = self.root.look(&self.relative.join(&name), self.options)?.metadata;
        }
        let hides = !self.options.dot_files && name.as_encoded_bytes().starts_with(b".");
        if hides || !(metadata.is_dir() || metadata.is_file()) {
            return Ok(None);
        }
        let modified = metadata.modified().ok().and_then(|modified| {
            match modified.into_std().duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_secs()).ok(),
                Err(before) => i64::try_from(before.duration().as_secs()).ok().map(|secs| -secs),
            }
        });
        if self.is_own(&name, &metadata)? {
            return Ok(None);
        }
        Ok(Some(Entry { is_dir: metadata.is_dir(), name: bytes(name).into(), len: metadata.len(), modified }))
    }

    /// Whether byteglass wrote the file. Of files that earlier runs wrote, only those with the name of a capture are
    /// opened to find out.
    fn is_own(&self, name: &OsStr, metadata: &Metadata) -> io::Result<bool> {
        if !metadata.is_file() || own::is_of_this_run(metadata) {
            return Ok(metadata.is_file());
        }
        let capture = Path::new(name).extension().is_some_and(|kind| kind.eq_ignore_ascii_case("pcapng"));
        if !capture {
            return Ok(false);
        }
        faults::pass(Call::Open)?;
        match self.dir.open_with(name, &own::reading()) {
            Ok(file) => own::is_own(&file.into_std().into(), metadata, Reach::Disk),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Why the listing is incomplete. `None`: it is complete.
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

#[cfg(all(test, unix))]
mod tests;
