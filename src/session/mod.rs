//! The session on disk: everything that was recorded, in pcapng files that Wireshark opens as they are.

pub(crate) mod disk;
mod error;
pub(crate) mod format;

pub use disk::{
    archive::{Archive, ArchiveReader, SegmentPlace},
    folder::{abandoned, has_ended, segments, usual_root},
    marks::{Marks, marks},
    reader::BackgroundReader,
    recording::{DISK_BYTES, Recording},
    scan::{Item, Scan, Stop, StoredBatch},
};
pub use error::{BeginError, SessionError, WriteError};
pub use format::{
    pending::Pending,
    writer::{BatchPlace, Writer},
};

/// A file whose first segment has one own block with this content: a batch, or the segment's own.
pub(crate) fn enclosed(batch: bool, content: &[u8]) -> Vec<u8> {
    let writer = Writer::new(1);
    let mut file = writer.pending().to_vec();
    let kind = if batch { format::block::Kind::Batch } else { format::block::Kind::Segment };
    format::block::own(&mut file, kind, content);
    file
}

#[cfg(test)]
mod tests;
