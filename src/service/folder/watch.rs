//! Watching the served folder (inotify), so that a file in memory is right without a call to the system.
//!
//! What is watched for a file is itself and every folder on the way to it, from the root of the file system on, each
//! by its inode. Any change to where the path leads is a change to one of them: a name that is taken over, a rename, a
//! removal, permissions. What is not told by inotify, and what is done about it:
//!
//! - **Mounts** over the path. The list of mounts tells that it has changed; then everything is asked about again.
//! - **Writes through a memory map**, and asynchronous ones of old kernels, are told by time stamps only. Whoever makes
//!   them has the file open: once anybody opens a file, it is asked about in each look for a minute. A file that was
//!   opened before it was watched may be written to in this way at any time, and nobody tells who has it open; so a
//!   watched file is asked about once in [`CHECKED_EVERY`] all the same. Such a write may be served that much late, and
//!   it is the only one.
//! - **Other machines** that write to a network drive, and programs behind FUSE. Nothing on a file system that is not
//!   known to be local (`Medium`) is watched, the folders on the way included.
//! - **Links** on the way. A path with a link is not watched.
//! - **Hard links** are the same inode; a new or a removed one is told as a change to it.
//! - **tmpfs**, where writing through a map sets no time stamp: not watched.
//! - **A queue that overflows** says so; then everything is asked about again. So it is in a turn of the event loop in
//!   which not all was looked at, and for requests that arrived later than their turn began.
//! - **A limit of watches** that is reached, a folder that may be entered and not read, a system that is not Linux:
//!   what cannot be watched is asked about in each look, as all of it would be without this.
//!
//! A change is in the queue before the call that makes it returns. The event loop takes the queue in before it serves
//! anybody in a turn, so a request that was sent after a change finds it.

use std::{collections::HashSet, time::Duration};

/// A watched file is asked about when its last check is this long ago.
pub(super) const CHECKED_EVERY: Duration = Duration::from_millis(10);
/// A file that was opened or changed is not watched again for this time.
pub(super) const LEFT_FOR: Duration = Duration::from_mins(1);

/// What is watched on the way to a file, and the file.
pub(super) type Trail = Vec<i32>;

/// What has changed.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Whether anything may have.
    pub(super) all: bool,
    nodes: HashSet<i32>,
}

impl Changes {
    /// Whether anything may have changed.
    pub(super) fn everything() -> Self {
        Self { all: true, ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.all && self.nodes.is_empty()
    }

    /// Whether something on the trail has changed.
    pub(super) fn meet(&self, trail: &[i32]) -> bool {
        self.all || trail.iter().any(|node| self.nodes.contains(node))
    }
}

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A folder on the way to a file.
    Folder,
    /// A file.
    File,
}

#[cfg(target_os = "linux")]
pub use system::Watch;

/// No system but Linux has one.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub enum Watch {}

#[cfg(not(target_os = "linux"))]
#[allow(clippy::needless_pass_by_ref_mut, clippy::unused_self, reason = "there is none")]
impl Watch {
    pub(super) fn add(&mut self, _: &std::fs::File, _: Node) -> Option<i32> {
        None
    }
    pub(super) fn release(&mut self, _: &[i32]) {}
    pub(super) fn take_changes(&mut self) -> Changes {
        Changes::everything()
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::{
        collections::HashMap,
        fs::File,
        io,
        mem::MaybeUninit,
        os::fd::{AsRawFd as _, OwnedFd, RawFd},
    };

    use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};

    use super::{Changes, Node};
    use crate::base::faults::{self, Call};

    /// At most so many events are read at a time. The system queues 16,384 unless told otherwise.
    const EVENTS_MAX: usize = 1 << 20;

    /// The watch on the served folder.
    #[derive(Debug)]
    pub struct Watch {
        inotify: OwnedFd,
        /// The list of mounts, which signals its changes.
        mounts: File,
        /// For how many trails each inode is watched.
        nodes: HashMap<i32, usize>,
    }

    impl Watch {
        /// A watch on nothing yet.
        ///
        /// # Errors
        /// The system has no more of them.
        pub fn start() -> io::Result<Self> {
            faults::pass(Call::Watch)?;
            let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
            Ok(Self { inotify, mounts: File::open("/proc/self/mountinfo")?, nodes: HashMap::new() })
        }

        /// The descriptor that is readable when something has changed, and the one that has priority data when
        /// mounts have.
        #[must_use]
        pub fn descriptors(&self) -> (RawFd, RawFd) {
            (self.inotify.as_raw_fd(), self.mounts.as_raw_fd())
        }

        /// Watches a file or a folder that is open, if only as a place. `None`: it cannot be watched.
        pub(in super::super) fn add(&mut self, node: &File, kind: Node) -> Option<i32> {
            faults::pass(Call::Watch).ok()?;
            let mut flags = WatchFlags::ATTRIB | WatchFlags::MOVE_SELF | WatchFlags::DELETE_SELF;
            if kind == Node::File {
                flags |= WatchFlags::MODIFY | WatchFlags::OPEN | WatchFlags::CLOSE;
            }
            // The inode itself, whatever its path leads to by now.
            let place = format!("/proc/self/fd/{}", node.as_raw_fd());
            let watched = inotify::add_watch(&self.inotify, place, flags).ok()?;
            *self.nodes.entry(watched).or_insert(0) += 1;
            Some(watched)
        }

        /// Ends the watch on what is on no other trail.
        pub(in super::super) fn release(&mut self, trail: &[i32]) {
            for node in trail {
                let Some(count) = self.nodes.get_mut(node) else { continue };
                *count -= 1;
                if *count == 0 {
                    self.nodes.remove(node);
                    // It fails if the inode is gone, and the watch with it.
                    let _ = inotify::remove_watch(&self.inotify, *node);
                }
            }
        }

        /// Number of inodes that are watched.
        #[cfg(test)]
        pub(in super::super) fn count(&self) -> usize {
            self.nodes.len()
        }

        /// What has changed since the last call.
        pub(in super::super) fn take_changes(&mut self) -> Changes {
            let mut changes = Changes::default();
            let mut block = [MaybeUninit::uninit(); 4096];
            let mut events = inotify::Reader::new(&self.inotify, &mut block);
            for _ in 0..EVENTS_MAX {
                match events.next() {
                    Ok(event) if event.events().contains(ReadFlags::QUEUE_OVERFLOW) => changes.all = true,
                    Ok(event) => drop(changes.nodes.insert(event.wd())),
                    Err(rustix::io::Errno::INTR) => {}
                    Err(rustix::io::Errno::AGAIN) => return changes,
                    Err(_) => break,
                }
            }
            changes.all = true;
            changes
        }
    }
}
