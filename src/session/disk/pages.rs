//! Drops the pages of a session from the page cache.
//!
//! The system caches what a program writes, in case it is read soon. Hardly anything of a session is read again, yet
//! at up to a hundred megabytes a second it would push other programs' pages out of the cache, and a new page costs
//! whoever writes more than one that was just given back. So the system is told, every few megabytes, that the pages are
//! not needed. The call also starts writing them to disk, which can take long, so a thread of its own makes it.

use std::{
    fs::File,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

/// The system is told again after this many further bytes.
const STEP_BYTES: u64 = 16 * 1024 * 1024;

/// Drops the pages of one file after the other.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// Sends files to the thread. `None`: it was not started yet.
    thread: Option<SyncSender<Arc<File>>>,
    /// Number of bytes of the current file that were written when the thread was last told.
    told: u64,
}

impl Pages {
    /// Says that `bytes` of `file` are written by now. Never waits: a busy thread is told next time.
    pub(super) fn wrote(&mut self, file: &Arc<File>, bytes: u64) {
        if bytes < self.told {
            // Another file.
            self.told = 0;
        }
        if bytes - self.told < STEP_BYTES {
            return;
        }
        if self.thread.is_none() {
            self.thread = begin();
        }
        let Some(thread) = &self.thread else { return };
        match thread.try_send(Arc::clone(file)) {
            Ok(()) => self.told = bytes,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }
}

/// Starts the thread. Without one the pages stay until the system needs them.
fn begin() -> Option<SyncSender<Arc<File>>> {
    let (sender, receiver) = sync_channel(1);
    let thread = thread::Builder::new().name("session pages".to_owned());
    thread.spawn(move || give_up(&receiver)).is_ok().then_some(sender)
}

/// Drops the pages of each file that is sent, until the sender is dropped.
fn give_up(written: &Receiver<Arc<File>>) {
    let (mut before, mut latest): (Option<Arc<File>>, Option<Arc<File>>) = (None, None);
    while let Ok(file) = written.recv() {
        if !latest.as_ref().is_some_and(|latest| Arc::ptr_eq(latest, &file)) {
            before = latest.replace(Arc::clone(&file));
        }
        // Only pages that are on disk by now are dropped; the end of a segment is when the next one has begun.
        if let Some(before) = &before {
            forget(before);
        }
        forget(&file);
    }
}

/// Tells the system that no page of `file` is needed.
#[cfg(target_os = "linux")]
fn forget(file: &File) {
    // Only advice: a file system that ignores it keeps the pages.
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
fn forget(_: &File) {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::io;

    use super::*;

    #[test]
    fn the_thread_is_told_in_steps_and_anew_of_another_file() {
        let file = Arc::new(tempfile::tempfile().unwrap());
        let mut pages = Pages::default();
        pages.wrote(&file, STEP_BYTES - 1);
        assert!(pages.thread.is_none(), "a short session needs no thread");
        let (sender, told) = sync_channel(1);
        pages.thread = Some(sender);
        pages.wrote(&file, STEP_BYTES);
        assert!(Arc::ptr_eq(&told.try_recv().unwrap(), &file));
        pages.wrote(&file, 2 * STEP_BYTES - 1);
        assert!(told.try_recv().is_err());

        let next = Arc::new(tempfile::tempfile().unwrap());
        pages.wrote(&next, 1);
        pages.wrote(&next, STEP_BYTES);
        // The thread has not taken it yet: this does not wait.
        pages.wrote(&next, 2 * STEP_BYTES);
        assert!(Arc::ptr_eq(&told.try_recv().unwrap(), &next));
        assert!(told.try_recv().is_err());
        pages.wrote(&next, 2 * STEP_BYTES + 1);
        assert!(told.try_recv().is_ok(), "it is told of what it missed");
    }

    #[test]
    fn what_was_written_is_still_there() {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, &vec![b'x'; 1 << 20]).unwrap();
        let file = Arc::new(file);
        let (sender, receiver) = sync_channel(2);
        for _ in 0..2 {
            sender.send(Arc::clone(&file)).unwrap();
        }
        drop(sender);
        give_up(&receiver);
        let mut read = Vec::new();
        io::Seek::rewind(&mut &*file).unwrap();
        io::Read::read_to_end(&mut &*file, &mut read).unwrap();
        assert!(read.len() == 1 << 20 && read.iter().all(|byte| *byte == b'x'));
    }
}
