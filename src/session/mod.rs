//! The session on disk: everything that was recorded, in pcapng files that Wireshark opens as they are.

pub(crate) mod disk;
pub(crate) mod format;

use std::sync::Arc;

pub use disk::{
    archive::{Archive, Place, Reading},
    folder::{private_file, segments, usual_root},
    reader::Reader,
    recording::{DISK_BYTES, Recording, Trouble},
    scan::{Item, Scan, Stop, Turn},
};
pub use format::{
    run::Seed,
    writer::{Made, Writer},
};

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

/// A file whose first segment has one own block with this content: a turn, or the segment's own.
pub(crate) fn enclosed(turn: bool, content: &[u8]) -> Vec<u8> {
    let writer = Writer::new(1);
    let mut file = writer.made().to_vec();
    let kind = if turn { format::block::Kind::Turn } else { format::block::Kind::Segment };
    format::block::own(&mut file, kind, content);
    file
}

#[cfg(test)]
mod tests;
