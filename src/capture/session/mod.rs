//! The session on disk: everything that was recorded, in pcapng files that Wireshark opens as they are.

use std::sync::Arc;

/// How the recording to disk stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Disk {
    /// Nothing goes to disk: there is no place for it, or it was not asked for.
    #[default]
    Off,
    /// Everything that is recorded goes to disk.
    Recording,
    /// Writing failed, so nothing goes to disk any more; recording in memory goes on. Why, in plain words:
    /// "No space left on device (os error 28)".
    Stopped(Arc<str>),
    /// The capture is a file that was opened; nothing is added to it.
    File,
}
