//! The session on disk: everything that was recorded, in pcapng files that Wireshark opens as they are.

mod archive;
mod block;
mod folder;
mod open;
mod packet;
mod pages;
mod position;
mod reader;
mod record;
mod recording;
mod run;
mod save;
mod scan;
mod selection;
mod wire;
mod writer;

use std::sync::Arc;

pub use archive::{Archive, Place, Reading};
pub use folder::usual_root;
pub(super) use open::{Filling, read};
pub use open::{Source, Unfinished, is_own, unfinished};
pub use position::Position;
pub use reader::Reader;
pub use recording::{DISK_BYTES, Recording, Trouble};
pub use run::Seed;
pub use save::{FileForm, Selection};
pub(super) use save::{Origin, save};
pub use scan::{Item, Scan, Stop, Turn};
pub use selection::{clock, events};
pub use writer::{Made, Writer};

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
    let kind = if turn { block::Kind::Turn } else { block::Kind::Segment };
    block::own(&mut file, kind, content);
    file
}

#[cfg(test)]
mod tests;
