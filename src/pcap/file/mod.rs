//! Capture files of any program: pcapng and classic pcap, in both byte orders, and compressed with gzip.
//!
//! A file is read block by block, so that it costs as much memory as its largest block. What other tools add (names,
//! statistics, blocks of their own) is skipped.

mod classic;
mod gzip;
mod ng;

use std::{
    error::Error,
    fmt,
    io::{self, Read},
};

use crate::base::{files::append, pcapng::SECTION_HEADER};
use gzip::Unpacked;

/// Bytes that are read from the file at once.
const READ_BYTES: usize = 256 * 1024;

/// One packet, as it was captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Nanoseconds since 1970. 0: the file has no time for the packet.
    pub nanos: u64,
    /// The kind of its first header: a LINKTYPE number of <https://www.tcpdump.org/linktypes.html>.
    pub link: u16,
    /// The captured bytes.
    pub data: &'a [u8],
    /// Number of bytes on the wire: at least as many as in `data`.
    pub original: u32,
}

/// Why a file cannot be read, or not any further.
#[derive(Debug)]
pub enum FileError {
    /// The file begins like neither format.
    NotCapture,
    /// The file ends in the middle of a header, block or packet.
    Cut,
    /// A section with an unknown byte order or of another major version.
    Section,
    /// A block's length is impossible, or differs from the one at its end.
    BlockLength,
    /// A packet claims more bytes than its block has, or more than any packet has.
    PacketLength,
    /// A packet refers to an interface that was not described.
    Interface(u32),
    /// The system failed to read the file.
    Io(io::Error),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCapture => f.write_str("it is neither pcapng nor pcap"),
            Self::Cut => f.write_str("it ends in the middle of a packet or block"),
            Self::Section => f.write_str("a section begins in a way that is not known"),
            Self::BlockLength => f.write_str("the length of a block is impossible"),
            Self::PacketLength => f.write_str("the length of a packet is impossible"),
            Self::Interface(number) => write!(f, "a packet is of interface {number}, which is not described"),
            Self::Io(error) => write!(f, "it cannot be read: {error}"),
        }
    }
}

impl Error for FileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// Where reading ended before the end of the file, and why.
#[derive(Debug)]
pub struct Stop {
    /// Offset in the file of the first byte that could not be read.
    pub offset: u64,
    /// Why reading ended there.
    pub error: FileError,
}

impl Error for Stop {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            FileError::NotCapture => write!(f, "not a capture file (pcap or pcapng)"),
            error => write!(f, "the file can be read up to byte {}: {error}", self.offset),
        }
    }
}

/// Reads packets one after the other.
#[derive(Debug)]
pub struct Packets<R> {
    buffer: ReadBuffer<R>,
    format: Format,
    ended: bool,
}

/// The format of the file.
#[derive(Debug)]
enum Format {
    /// The first bytes were not read yet.
    Unknown,
    Classic(classic::Header),
    Ng(ng::Section),
}

/// A packet that was found, with the place of its data in the buffer.
struct FoundPacket {
    nanos: u64,
    link: u16,
    data: std::ops::Range<usize>,
    original: u32,
}

impl<R: Read> Packets<R> {
    /// Reads `file` from its beginning.
    pub fn new(file: R) -> Self {
        Self { buffer: ReadBuffer::new(file), format: Format::Unknown, ended: false }
    }

    /// Bytes of the file that were read so far, in complete blocks, and without compression.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.buffer.offset
    }

    /// The next packet. `None`: the file is at its end.
    ///
    /// # Errors
    /// The file cannot be read any further. Every later call returns `None`.
    #[allow(clippy::should_implement_trait, reason = "a packet borrows from the reader")]
    pub fn next(&mut self) -> Option<Result<Packet<'_>, Stop>> {
        if self.ended {
            return None;
        }
        match self.find() {
            Ok(Some(FoundPacket { nanos, link, data, original })) => {
                let data = &self.buffer.done[data];
                let original = original.max(u32::try_from(data.len()).unwrap_or(u32::MAX));
                Some(Ok(Packet { nanos, link, data, original }))
            }
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = true;
                Some(Err(Stop { offset: self.buffer.offset, error }))
            }
        }
    }

    fn find(&mut self) -> Result<Option<FoundPacket>, FileError> {
        if let Format::Unknown = self.format {
            let first = self.buffer.peek(4)?.ok_or(FileError::NotCapture)?;
            self.format = if first == SECTION_HEADER.to_le_bytes() {
                Format::Ng(ng::Section::default())
            } else {
                let first = first.first_chunk().ok_or(FileError::NotCapture)?;
                let order = classic::order(*first).ok_or(FileError::NotCapture)?;
                let header = self.buffer.take(24)?.ok_or(FileError::Cut)?;
                Format::Classic(classic::Header::read(header, order).ok_or(FileError::Section)?)
            };
        }
        match &mut self.format {
            Format::Unknown => Ok(None),
            Format::Classic(header) => header.packet(&mut self.buffer),
            Format::Ng(section) => section.packet(&mut self.buffer),
        }
    }
}

/// The part of the file that is in memory.
#[derive(Debug)]
struct ReadBuffer<R> {
    file: Unpacked<R>,
    /// Bytes that were read; those from `at` on are not taken yet.
    buffer: Vec<u8>,
    at: usize,
    /// The bytes that were taken last. A copy, since the buffer moves.
    done: Vec<u8>,
    /// Offset in the file of the first byte that is not taken yet.
    offset: u64,
    /// Whether the last byte of the file was read.
    ended: bool,
}

impl<R: Read> ReadBuffer<R> {
    fn new(file: R) -> Self {
        let file = Unpacked::new(file);
        Self { file, buffer: Vec::new(), at: 0, done: Vec::new(), offset: 0, ended: false }
    }

    /// The next `len` bytes, without taking them. `None`: the file is at its end.
    fn peek(&mut self, len: usize) -> Result<Option<&[u8]>, FileError> {
        while self.buffer.len() - self.at < len && !self.ended {
            self.buffer.drain(..self.at);
            self.at = 0;
            let read = append(&mut self.file, &mut self.buffer, READ_BYTES);
            self.ended |= read.map_err(FileError::Io)? == 0;
        }
        match self.buffer.len() - self.at {
            0 => Ok(None),
            there if there < len => Err(FileError::Cut),
            _ => Ok(Some(&self.buffer[self.at..self.at + len])),
        }
    }

    /// Takes the next `len` bytes. `None`: the file is at its end.
    fn take(&mut self, len: usize) -> Result<Option<&[u8]>, FileError> {
        if self.peek(len)?.is_none() {
            return Ok(None);
        }
        self.done.clear();
        self.done.extend_from_slice(&self.buffer[self.at..self.at + len]);
        self.at += len;
        self.offset += len as u64;
        Ok(Some(&self.done))
    }
}

#[cfg(test)]
mod tests;
