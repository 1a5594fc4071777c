//! Slow disks: files and folders that answer after a while, or never.
//!
//! They are known by their paths and not by thread, since the threads that wait for disks are many.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender};
use parking_lot::Mutex;

/// The longest time that anything takes: a test that needs it is over by then.
const NEVER: Duration = Duration::from_mins(2);

/// The slow paths: how long each takes, and what ends all waiting for it.
static SLOW: Mutex<Vec<(PathBuf, Duration, Receiver<()>)>> = Mutex::new(Vec::new());

/// Makes a path slow while it lives.
#[derive(Debug)]
pub(crate) struct Slow {
    path: PathBuf,
    _release: Sender<()>,
}

/// Has each call for what is at `path`, or in it, take this long. `None`: it never returns.
pub(crate) fn slow(path: PathBuf, time: Option<Duration>) -> Slow {
    let (release, released) = crossbeam_channel::bounded(0);
    SLOW.lock().push((path.clone(), time.unwrap_or(NEVER), released));
    Slow { path, _release: release }
}

impl Drop for Slow {
    fn drop(&mut self) {
        SLOW.lock().retain(|(path, ..)| *path != self.path);
    }
}

fn reach(path: &Path, may_wait: bool) -> io::Result<()> {
    let found = SLOW.lock().iter().find(|(slow, ..)| path.starts_with(slow)).cloned();
    match found {
        Some((_, time, released)) if may_wait => {
            let _ = released.recv_timeout(time);
            Ok(())
        }
        Some(_) => Err(io::ErrorKind::WouldBlock.into()),
        None => Ok(()),
    }
}

/// Waits for a file on a slow disk, or tells that it would have to.
pub(crate) fn reach_file(file: &File, may_wait: bool) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if !SLOW.lock().is_empty() {
        use std::os::fd::AsRawFd as _;
        let path = std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
        return reach(&path, may_wait);
    }
    let _ = (file, may_wait);
    Ok(())
}

/// As [`reach_file`], for the file or the folder at `relative` in `folder`.
pub(crate) fn reach_path(folder: &Path, relative: &Path, may_wait: bool) -> io::Result<()> {
    if SLOW.lock().is_empty() { Ok(()) } else { reach(&folder.join(relative), may_wait) }
}
