//! A session that is being recorded: segments in a folder, within a budget, and a copy in a file.

use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::trace::{Backlog, Event};

use super::{
    archive::{Archive, SegmentPlace},
    folder::Folder,
    worker::{Answer, Job, Opened, Target, Worker},
};
use crate::{
    base::files::private_file,
    session::{
        BeginError, WriteError,
        format::writer::{BatchPlace, Writer},
    },
    store::SEGMENT_MAX,
};

/// Bytes are handed over to be written when there are this many.
const WRITE_BYTES: usize = 512 * 1024;
/// A segment ends when it has this many bytes.
const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// The default budget of a session on disk, in bytes.
pub const DISK_BYTES: u64 = 4 << 30;
/// The end of a recording waits for the disk this long at most.
const FINISH_TIMEOUT: Duration = Duration::from_secs(5);

/// A session that is being written, by a thread of its own: no method waits for the disk but those that say so.
#[derive(Debug)]
pub struct Recording {
    writer: Writer,
    folder: Option<Arc<Folder>>,
    worker: Worker,
    /// Counts what waits for the disk.
    backlog: Backlog,
    /// The segments, oldest first, with their sizes in bytes, written or waiting to be; the last one is being written.
    segments: VecDeque<(u32, u64)>,
    budget: u64,
    archive: Arc<Archive>,
    /// The file that everything is written to as well. `None`: there is none.
    copy: Option<PathBuf>,
    /// Number of the latest segment that was removed to make room; 0: none was.
    gone_through: u32,
    /// Whether the folder stays when the recording is dropped.
    kept: bool,
}

impl Recording {
    /// The file that everything is written to as well. `None`: there is none.
    #[must_use]
    pub fn copy_path(&self) -> Option<&Path> {
        self.copy.as_deref()
    }

    /// Begins a session in a folder of its own in `root`, with at most `budget` bytes on disk; the oldest segments are
    /// removed first. Everything is written to the file `copy` as well, without a limit. Without `root`, only to that.
    ///
    /// # Errors
    /// The folder or a file could not be made, or the thread that writes could not be started.
    pub fn begin(root: Option<&Path>, budget: u64, copy: Option<&Path>) -> Result<Self, BeginError> {
        let copied = copy.map(|path| match private_file(path) {
            Ok(file) => Ok((file, path.to_owned())),
            Err(error) => Err(BeginError::Copy(path.to_owned(), error)),
        });
        let mut target = Target { session: None, copy: copied.transpose()? };
        let failed = |error| match (root, copy) {
            (Some(root), _) => BeginError::Folder(root.to_owned(), error),
            (None, copy) => BeginError::Copy(copy.map(Path::to_owned).unwrap_or_default(), error),
        };
        if let Some(root) = root {
            let folder = Folder::make(root).map_err(failed)?;
            let file = private_file(&folder.segment(1)).map_err(failed)?;
            target.session = Some((Arc::new(folder), file));
        }
        let folder = target.session.as_ref().map(|(folder, _)| Arc::clone(folder));
        let mut recording = Self {
            writer: Writer::new(1),
            folder,
            worker: Worker::start(target).map_err(failed)?,
            backlog: Backlog::default(),
            segments: VecDeque::new(),
            budget,
            archive: Arc::default(),
            copy: copy.map(Path::to_owned),
            gone_through: 0,
            kept: false,
        };
        recording.add_segment();
        Ok(recording)
    }

    /// Counts what waits for the disk in `backlog`.
    pub fn count_in(&mut self, backlog: Backlog) {
        self.backlog = backlog;
    }

    /// The places of the session's segments.
    #[must_use]
    pub fn archive(&self) -> Arc<Archive> {
        Arc::clone(&self.archive)
    }

    /// The session's folder. `None`: it has none.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref().map(Folder::path)
    }

    /// Keeps the folder when the recording is dropped. By default it is removed, since the session ended in order.
    pub const fn keep(&mut self) {
        self.kept = true;
    }

    /// Appends the first of `events` in memory; [`Self::hand_over`] has them written.
    pub fn append(&mut self, events: &[Event]) -> BatchPlace {
        self.writer.append(events)
    }

    /// Appends all of `events`, and hands them over whenever there are enough.
    pub fn take(&mut self, mut events: &[Event]) {
        while !events.is_empty() && self.writes() {
            let made = self.append(events);
            events = &events[made.events..];
            if self.full() {
                self.hand_over();
            }
        }
    }

    /// Whether there is so much that [`Self::hand_over`] should be called.
    #[must_use]
    pub const fn full(&self) -> bool {
        self.writer.pending().len() >= WRITE_BYTES
    }

    /// Whether everything is written.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.writer.pending().is_empty() && self.worker.is_idle()
    }

    /// Bytes of the session, written or waiting to be, and its budget; 0 if nothing goes to the session.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        let handed_over: u64 = self.segments.iter().map(|(_, bytes)| bytes).sum();
        let budget = if self.placed() { self.budget } else { 0 };
        (handed_over + self.writer.pending().len() as u64, budget)
    }

    /// The number of the latest segment that was removed. 0: none was.
    #[must_use]
    pub const fn gone_through(&self) -> u32 {
        self.gone_through
    }

    /// Whether appended events can be read back, once they are written.
    #[must_use]
    pub fn placed(&self) -> bool {
        self.folder.is_some() && !self.worker.session_failed()
    }

    /// Whether anything is written at all.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.placed() || (self.copy.is_some() && !self.worker.copy_failed())
    }

    /// Has what was appended written by the thread. A file that cannot be written is given up, and
    /// [`Self::take_errors`] says so once.
    pub fn hand_over(&mut self) {
        if !self.writer.pending().is_empty() {
            let block = self.writer.take_pending(self.worker.block());
            let bytes = block.len() as u64;
            if let Some((_, size)) = self.segments.back_mut() {
                *size += bytes;
            }
            self.worker.ask(Job::Write(block, self.backlog.hold(bytes)));
        }
        if self.writer.segment_bytes() >= self.segment_bytes() && self.writer.segment() < SEGMENT_MAX {
            self.begin_segment();
        }
    }

    /// Hands over what was appended; the answer waits until it is written.
    pub fn written(&mut self) -> Answer<()> {
        self.hand_over();
        let (tell, told) = crossbeam_channel::bounded(0);
        self.worker.ask(Job::Tell(tell));
        Answer(told)
    }

    /// Has what was appended written, and waits until it is.
    pub fn flush(&mut self) {
        self.written().wait();
    }

    /// The errors since the last call.
    pub fn take_errors(&mut self) -> Vec<WriteError> {
        self.worker.take_errors()
    }

    /// Begins a new segment, which starts with the connections that are open. Returns the number of the segment before,
    /// for [`Self::remove_through`]. `None`: nothing goes to the session.
    pub fn begin_anew(&mut self) -> Option<u32> {
        if !self.placed() {
            return None;
        }
        self.hand_over();
        let last = self.writer.segment();
        self.begin_segment();
        Some(last)
    }

    /// Removes the segments up to this one from disk.
    pub fn remove_through(&mut self, through: u32) {
        self.archive.remove(through);
        self.gone_through = self.gone_through.max(through);
        self.segments.retain(|(number, _)| *number > through);
        self.worker.ask(Job::Remove(through));
    }

    /// Hands over what was appended. The answer waits until it is written and has the files of the session, oldest
    /// first, opened for reading, and how many bytes of each are written. `None`: there is no session to read.
    pub fn open_files(&mut self) -> Option<Answer<Opened>> {
        if !self.placed() {
            return None;
        }
        self.hand_over();
        let (answer, answered) = crossbeam_channel::bounded(1);
        self.worker.ask(Job::Open(answer));
        Some(Answer(answered))
    }

    /// Keeps the folder at the end, as one of a session that ended in order: it is among the earlier ones from the next
    /// start on.
    pub fn keep_ended(&mut self) {
        self.kept = true;
        if let Some(folder) = &self.folder {
            // Without the mark the session counts as cut off, and is offered as that.
            let _ = folder.mark_ended();
        }
    }

    /// Writes what waits and ends the recording: waits for the disk, a few seconds at most. The folder is removed,
    /// unless [`Self::keep`] or [`Self::keep_ended`] was called.
    pub fn finish(&mut self) {
        self.hand_over();
        let ended = self.worker.end(FINISH_TIMEOUT);
        if let Some(folder) = self.folder.take().filter(|_| !self.kept && ended) {
            // A folder that cannot be removed is offered at the next start.
            let _ = fs::remove_dir_all(folder.path());
        }
    }

    fn segment_bytes(&self) -> u64 {
        SEGMENT_BYTES.min(self.budget / 8)
    }

    fn begin_segment(&mut self) {
        let number = self.writer.segment() + 1;
        self.writer.begin_segment(number);
        if self.placed() {
            self.worker.ask(Job::Begin(number));
            self.add_segment();
        }
    }

    /// Adds the segment that the writer has begun, and removes those for which the budget has no room then.
    fn add_segment(&mut self) {
        let Some(folder) = &self.folder else { return };
        let number = self.writer.segment();
        self.segments.push_back((number, 0));
        // The writer gives each segment a number of its own.
        let place = SegmentPlace { path: Arc::new(folder.segment(number)), start: 0 };
        let _ = self.archive.add(number, place);
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
            self.remove_through(through);
        }
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
            let full = fs::File::options().write(true).open("/dev/full").unwrap();
            self.worker.ask(Job::Replace(full));
        }
    }

    #[allow(clippy::missing_panics_doc, reason = "tests")]
    impl Recording {
        /// Lets the thread do nothing until the result is dropped, as if the disk did not answer.
        #[must_use]
        pub fn hold(&self) -> crossbeam_channel::Sender<()> {
            let (hold, until) = crossbeam_channel::bounded(0);
            self.worker.ask(Job::Hold(until));
            hold
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
