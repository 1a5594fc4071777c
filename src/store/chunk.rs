//! Reads and writes as they are kept, and what is known of bytes that are not.

use std::ops::Range;

use bytes::Bytes;

use crate::base::stream::Nanos;

/// One read or one write that was kept.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// The time of the read or write.
    pub at: Nanos,
    /// The time of the last of them, where neighbours were merged; else `at`.
    pub until: Nanos,
    /// Number of the read (or write) on its connection, from 1.
    pub number: u64,
    /// Stream offset of the first byte.
    pub offset: u64,
    /// Number of bytes that were read (or written). `bytes` is all of them or, where they were left out, empty.
    pub len: u64,
    /// Number of reads (or writes) that begin in the chunk: 1; more where neighbours whose bytes were left out
    /// were merged (`at` and `number` are then those of the first); 0 where the chunk continues the read before
    /// it, of which only a part was left out.
    pub count: u32,
    /// Whether the bytes were left out before anybody recorded them, so that disk does not have them either.
    pub lost: bool,
    /// The bytes; empty where they were left out.
    pub bytes: Bytes,
}

impl Chunk {
    /// The stream range of the chunk.
    #[must_use]
    pub const fn range(&self) -> Range<u64> {
        self.offset..self.offset + self.len
    }

    /// The part of the chunk that lies in `range`. `None`: no byte of it does.
    #[must_use]
    pub fn cut(&self, range: Range<u64>) -> Option<Self> {
        let (start, end) = (self.offset.max(range.start), self.range().end.min(range.end));
        if start >= end {
            return None;
        }
        let index = |offset: u64| usize::try_from(offset - self.offset).unwrap_or(usize::MAX);
        let bytes = if self.omitted() { Bytes::new() } else { self.bytes.slice(index(start)..index(end)) };
        Some(Self { offset: start, len: end - start, bytes, ..self.clone() })
    }

    /// Whether the bytes were left out.
    #[must_use]
    pub fn omitted(&self) -> bool {
        self.bytes.is_empty() && self.len > 0
    }
}

/// Where a capture has the bytes of an exchange that memory had no room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Backing {
    /// Whether the exchange is on disk and can be read from there.
    pub on_disk: bool,
    /// Whether the capture was opened from a file.
    pub of_file: bool,
}

/// Why bytes of a message are not in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absence {
    /// Memory had no room for them; disk has them.
    OnDisk,
    /// Memory had no room for them, and disk does not have them.
    NoRoom,
    /// They came faster than they could be recorded.
    NotRecorded,
    /// The file that was opened does not have them.
    NotInFile,
}

impl Absence {
    /// Why the bytes of `chunk` are not in memory. `chunk`: `None` if not even their read (or write) is known.
    #[must_use]
    pub fn of(chunk: Option<&Chunk>, backing: Backing) -> Self {
        match (chunk.is_none_or(|chunk| chunk.lost), backing) {
            (false, Backing { on_disk: true, .. }) => Self::OnDisk,
            (false, _) => Self::NoRoom,
            (true, Backing { of_file: false, .. }) => Self::NotRecorded,
            (true, _) => Self::NotInFile,
        }
    }

    /// The parts of `range` that are not in `chunks`, in order, each with the reason.
    pub fn all(chunks: &[Chunk], range: &Range<u64>, backing: Backing) -> Vec<(Range<u64>, Self)> {
        let (mut all, mut next) = (Vec::new(), range.start);
        let mut add = |part: Range<u64>, chunk: Option<&Chunk>| {
            if !part.is_empty() {
                all.push((part, Self::of(chunk, backing)));
            }
        };
        for chunk in chunks {
            let part = chunk.offset.max(range.start)..chunk.range().end.min(range.end);
            if part.is_empty() {
                continue;
            }
            add(next..part.start, None);
            next = part.end;
            if chunk.omitted() {
                add(part, Some(chunk));
            }
        }
        add(next..range.end, None);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(range: Range<u64>, lost: bool, bytes: &'static [u8]) -> Chunk {
        let at = Nanos::new(range.start);
        let bytes = Bytes::from_static(bytes);
        let len = range.end - range.start;
        Chunk { at, until: at, number: 1, offset: range.start, len, count: 1, lost, bytes }
    }

    #[test]
    fn each_missing_part_has_its_reason() {
        let chunks = [
            chunk(0..4, false, b"abcd"),
            chunk(4..10, false, b""),
            chunk(10..14, true, b""),
            chunk(16..18, false, b"xy"),
        ];
        let all = |on_disk, of_file| Absence::all(&chunks, &(2..20), Backing { on_disk, of_file });
        let expected = |room: Absence, lost: Absence| {
            vec![(4..10, room), (10..14, lost), (14..16, lost), (18..20, lost)]
        };
        assert_eq!(all(true, false), expected(Absence::OnDisk, Absence::NotRecorded));
        assert_eq!(all(false, false), expected(Absence::NoRoom, Absence::NotRecorded));
        assert_eq!(all(true, true), expected(Absence::OnDisk, Absence::NotInFile));
        assert_eq!(all(false, true), expected(Absence::NoRoom, Absence::NotInFile));
        assert_eq!(Absence::all(&chunks, &(0..4), Backing::default()), []);
        assert_eq!(Absence::all(&[], &(0..4), Backing::default()), [(0..4, Absence::NotRecorded)]);
    }
}
