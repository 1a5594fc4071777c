//! A session that is being recorded: segments in a folder, within a budget, and a copy in a file.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::trace::Event;

use super::{
    archive::{Archive, SegmentPlace},
    folder::Folder,
    pages::Pages,
};
use crate::{
    base::files::private_file,
    session::{
        BeginError, WriteError,
        format::writer::{BatchPlace, Writer},
    },
    store::{Position, SEGMENT_MAX},
};

/// Bytes are written to disk when this many wait.
const WRITE_BYTES: usize = 512 * 1024;
/// A segment ends when it has this many bytes.
const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// The default budget of a session on disk, in bytes.
pub const DISK_BYTES: u64 = 4_000_000_000;

/// A session that is being written.
#[derive(Debug)]
pub struct Recording {
    writer: Writer,
    folder: Option<Folder>,
    file: Option<Arc<File>>,
    pages: Pages,
    /// The segments on disk, oldest first, with their sizes in bytes; the last one is being written.
    segments: VecDeque<(u32, u64)>,
    budget: u64,
    archive: Arc<Archive>,
    /// A file that everything is written to as well. `None`: there is none, or writing to it failed.
    copy: Option<(File, PathBuf)>,
    /// Number of the latest segment that was removed to make room; 0: none was.
    gone_through: u32,
    /// Whether the folder stays when the recording is dropped.
    kept: bool,
    errors: Vec<WriteError>,
}

impl Recording {
    /// The file that everything is written to as well. `None`: there is none.
    #[must_use]
    pub fn copy_path(&self) -> Option<&Path> {
        self.copy.as_ref().map(|(_, path)| path.as_path())
    }

    /// Begins a session in a folder of its own in `root`, with at most `budget` bytes on disk; the oldest segments are
    /// removed first. Everything is written to the file `copy` as well, without a limit. Without `root`, only to that.
    ///
    /// # Errors
    /// The folder or a file could not be made.
    pub fn begin(root: Option<&Path>, budget: u64, copy: Option<&Path>) -> Result<Self, BeginError> {
        let copy = copy.map(|path| match private_file(path) {
            Ok(file) => Ok((file, path.to_owned())),
            Err(error) => Err(BeginError::Copy(path.to_owned(), error)),
        });
        let mut recording = Self {
            writer: Writer::new(1),
            folder: None,
            file: None,
            pages: Pages::default(),
            segments: VecDeque::new(),
            budget,
            archive: Arc::default(),
            copy: copy.transpose()?,
            gone_through: 0,
            kept: false,
            errors: Vec::new(),
        };
        if let Some(root) = root {
            let failed = |error| BeginError::Folder(root.to_owned(), error);
            recording.folder = Some(Folder::make(root).map_err(failed)?);
            recording.open_segment().map_err(failed)?;
        }
        Ok(recording)
    }

    /// The places of the session's segments.
    #[must_use]
    pub fn archive(&self) -> Arc<Archive> {
        Arc::clone(&self.archive)
    }

    /// The session's folder. `None`: it has none.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(Folder::path)
    }

    /// Keeps the folder when the recording is dropped. By default it is removed, since the session ended in order.
    pub const fn keep(&mut self) {
        self.kept = true;
    }

    /// Appends the first of `events` in memory; [`Self::flush`] writes them.
    pub fn append(&mut self, events: &[Event]) -> BatchPlace {
        self.writer.append(events)
    }

    /// Appends all of `events`, and writes them to disk whenever enough wait.
    pub fn take(&mut self, mut events: &[Event]) {
        while !events.is_empty() && self.writes() {
            let made = self.append(events);
            events = &events[made.events..];
            if self.full() {
                self.flush();
            }
        }
    }

    /// Whether so much waits that [`Self::flush`] should be called.
    #[must_use]
    pub fn full(&self) -> bool {
        self.writer.pending().len() >= WRITE_BYTES
    }

    /// Whether nothing waits to be written.
    #[must_use]
    pub fn flushed(&self) -> bool {
        self.writer.pending().is_empty()
    }

    /// Bytes of the session, written or waiting to be, and its budget; 0 if nothing goes to the session.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        let written: u64 = self.segments.iter().map(|(_, bytes)| bytes).sum();
        let budget = if self.file.is_some() { self.budget } else { 0 };
        (written + self.writer.pending().len() as u64, budget)
    }

    /// The number of the latest segment that was removed. 0: none was.
    #[must_use]
    pub const fn gone_through(&self) -> u32 {
        self.gone_through
    }

    /// Whether appended events can be read back.
    #[must_use]
    pub const fn placed(&self) -> bool {
        self.file.is_some()
    }

    /// Whether anything is written at all.
    #[must_use]
    pub const fn writes(&self) -> bool {
        self.file.is_some() || self.copy.is_some()
    }

    /// Writes what waits. A file that cannot be written is given up, and [`Self::take_errors`] says so once.
    pub fn flush(&mut self) {
        let mut errors = std::mem::take(&mut self.errors);
        let made = self.writer.pending();
        if let Some((copy, path)) = &mut self.copy
            && let Err(error) = copy.write_all(made)
        {
            errors.push(WriteError::Copy(error, path.clone()));
            self.copy = None;
        }
        if let Some(file) = &self.file {
            match ((&**file).write_all(made), self.segments.back_mut()) {
                (Ok(()), Some((_, bytes))) => {
                    *bytes += made.len() as u64;
                    self.pages.wrote(file, *bytes);
                }
                (Ok(()), None) => {}
                (Err(error), _) => errors.extend(self.give_up(error)),
            }
        }
        self.writer.mark_written();
        if self.writer.segment_bytes() >= self.segment_bytes() && self.writer.segment() < SEGMENT_MAX {
            let end = Position::new(self.writer.segment(), self.writer.segment_bytes());
            self.writer.begin_segment(self.writer.segment() + 1);
            if self.file.is_some()
                && let Err(error) = self.open_segment()
            {
                self.file = None;
                errors.extend(end.map(|end| WriteError::Session(error, end)));
            }
        }
        self.errors = errors;
    }

    /// The errors since the last call.
    pub fn take_errors(&mut self) -> Vec<WriteError> {
        std::mem::take(&mut self.errors)
    }

    /// Removes all segments from disk and begins a new one, which starts with the connections that are open.
    ///
    /// # Errors
    /// The next segment could not be made.
    pub fn clear(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            return Ok(());
        }
        self.flush();
        let last = self.writer.segment();
        self.writer.begin_segment(last + 1);
        self.open_segment()?;
        self.drop_through(last);
        Ok(())
    }

    /// The files of the session, oldest first, and how many bytes of each are written.
    #[must_use]
    pub fn written(&self) -> Vec<(PathBuf, u64)> {
        let Some(folder) = &self.folder else { return Vec::new() };
        self.segments.iter().map(|(number, bytes)| (folder.segment(*number), *bytes)).collect()
    }

    /// Writes what waits and ends the recording. The folder is removed, unless [`Self::keep`] was called: only a
    /// session that was cut off is offered at the next start.
    pub fn finish(&mut self) {
        self.flush();
        (self.file, self.copy) = (None, None);
        if let Some(folder) = self.folder.take().filter(|_| !self.kept) {
            // A folder that cannot be removed is offered at the next start.
            let _ = fs::remove_dir_all(folder.path());
        }
    }

    fn segment_bytes(&self) -> u64 {
        SEGMENT_BYTES.min(self.budget / 8)
    }

    fn open_segment(&mut self) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let number = self.writer.segment();
        let path = folder.segment(number);
        self.file = Some(Arc::new(private_file(&path)?));
        self.segments.push_back((number, 0));
        // The writer gives each segment a number of its own.
        let _ = self.archive.add(number, SegmentPlace { path: Arc::new(path), start: 0 });
        let mut sum: u64 = self.segments.iter().map(|(_, bytes)| bytes).sum();
        let mut through = None;
        for (number, bytes) in self.segments.iter().take(self.segments.len() - 1) {
            // The segment that begins must fit into the budget, too.
            if sum + self.segment_bytes() <= self.budget {
                break;
            }
            sum -= bytes;
            through = Some(*number);
        }
        if let Some(through) = through {
            self.drop_through(through);
        }
        Ok(())
    }

    fn drop_through(&mut self, through: u32) {
        self.archive.remove(through);
        self.gone_through = self.gone_through.max(through);
        while let Some((number, _)) = self.segments.front()
            && *number <= through
        {
            if let Some(folder) = &self.folder {
                // A file that cannot be removed now is removed with its folder.
                let _ = fs::remove_file(folder.segment(*number));
            }
            self.segments.pop_front();
        }
    }

    /// Stops writing to the session. A partial write is cut off, so that the file ends with a complete block.
    fn give_up(&mut self, error: io::Error) -> Option<WriteError> {
        let file = self.file.take()?;
        let (number, bytes) = *self.segments.back()?;
        // If cutting fails, too, a reader of the file stops at the same place.
        let _ = file.set_len(bytes);
        Some(WriteError::Session(error, Position::new(number, bytes.max(1))?))
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.finish();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[allow(clippy::missing_panics_doc, reason = "tests")]
    impl Recording {
        /// Lets every further write to the session fail with "no space left on device".
        #[cfg(target_os = "linux")]
        pub fn fill_disk(&mut self) {
            self.file = Some(Arc::new(File::options().write(true).open("/dev/full").unwrap()));
        }
    }

    #[test]
    fn a_session_that_ended_leaves_the_disk_unless_it_is_kept() {
        let root = tempfile::tempdir().unwrap();
        for kept in [false, true] {
            let mut recording = Recording::begin(Some(root.path()), DISK_BYTES, None).unwrap();
            let folder = recording.folder().unwrap().to_owned();
            if kept {
                recording.keep();
            }
            drop(recording);
            assert_eq!(folder.exists(), kept);
        }
        let file = root.path().join("a file");
        std::fs::write(&file, "").unwrap();
        let error = Recording::begin(Some(&file), DISK_BYTES, None).unwrap_err();
        assert!(matches!(&error, BeginError::Folder(path, _) if *path == file), "{error:?}");
        let copy = file.join("copy");
        let error = Recording::begin(None, 0, Some(&copy)).unwrap_err();
        assert!(matches!(&error, BeginError::Copy(path, _) if *path == copy), "{error:?}");
        assert!(error.to_string().starts_with("cannot write "), "{error}");
    }
}
