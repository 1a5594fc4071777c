//! The session on disk: everything that was recorded, in pcapng files that Wireshark opens as they are.

pub(crate) mod disk;
mod error;
pub(crate) mod format;

pub use disk::{
    archive::{Archive, Place, Reading},
    folder::{abandoned, private_file, segments, usual_root},
    reader::Reader,
    recording::{DISK_BYTES, Recording, WriteError},
    scan::{Item, Scan, Stop, Turn},
};
pub use error::SessionError;
pub use format::writer::{Made, Writer};

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
