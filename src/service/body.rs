//! The content of a response: in memory, in a file, or made while it is sent.

use std::{collections::VecDeque, fmt, fs::File, io, sync::Arc, time::Duration};

use bytes::Bytes;

use crate::base::faults::{self, Call};

/// Where the body's bytes come from.
#[derive(Debug)]
pub enum Body {
    /// There is none, and no Content-Length speaks of one (204, 304).
    None,
    /// All of it, in memory.
    Bytes(Bytes),
    /// A part of a file, or all of it, read while it is sent.
    File(FileBody),
    /// Several pieces, one after the other.
    Pieces(Pieces),
    /// Pieces made one by one over time.
    Timed(TimedBody),
    /// Made while it is sent, as fast as the client reads; how long it will be is not known.
    Stream(Box<dyn Source>),
}

/// A range of an open file.
#[derive(Debug)]
pub struct FileBody {
    /// The file, opened through the folder.
    pub file: Arc<File>,
    /// Offset of the first byte to send.
    pub start: u64,
    /// How many bytes to send. `start + len` was within the file when it was opened.
    pub len: u64,
}

/// Content in pieces, of which some are in files.
#[derive(Debug, Default)]
pub struct Pieces {
    /// The pieces still to send, the next one first.
    pub queue: VecDeque<Piece>,
}

/// One of the pieces.
#[derive(Debug)]
pub enum Piece {
    /// In memory.
    Bytes(Bytes),
    /// In a file.
    File(FileBody),
}

/// A body that comes in pieces over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedBody {
    /// The pieces still to send, the next one last.
    pub pieces: Vec<Bytes>,
    /// Time from one piece to the next.
    pub every: Duration,
}

/// Content that is made step by step, because it is too large to be made at once.
pub trait Source: fmt::Debug + Send {
    /// Appends the next bytes to `into`; none is fine. One call does what one turn of the event loop
    /// allows, so that no other client waits for this one: it reads or makes at most some 64 KiB.
    ///
    /// # Errors
    /// The content cannot be completed. What was made so far may have been sent.
    fn make(&mut self, into: &mut Vec<u8>) -> io::Result<Progress>;

    /// What went wrong although the content is complete, in plain words. To be asked at the end.
    /// `None`: nothing did.
    fn trouble(&self) -> Option<String> {
        None
    }
}

/// Whether a [`Source`] has more to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is more to make.
    More,
    /// The body is complete.
    End,
}

impl Body {
    /// Length in bytes, if it is known before the body is made.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        match self {
            Self::None => Some(0),
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::File(file) => Some(file.len),
            Self::Pieces(pieces) => Some(pieces.queue.iter().map(Piece::len).sum()),
            Self::Timed(_) | Self::Stream(_) => None,
        }
    }

    /// Whether it is known to be empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }
}

impl Piece {
    /// Length in bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.len,
        }
    }

    /// Whether it has no byte.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl FileBody {
    /// Reads the next bytes into `into`, at most as many as are left, and goes on behind them. 0:
    /// nothing is left, or the file has become shorter.
    ///
    /// # Errors
    /// The operating system's.
    pub fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.len).unwrap_or(usize::MAX).min(into.len());
        let most = faults::allow(Call::FileRead, most)?;
        let got = read_at(&self.file, &mut into[..most], self.start)?;
        self.start += got as u64;
        self.len -= got as u64;
        Ok(got)
    }

    /// Reads until `into` is full, however little one read gives. `into` is not longer than what is
    /// left.
    ///
    /// # Errors
    /// The operating system's, or `UnexpectedEof`: the file has become shorter.
    pub fn read_exact(&mut self, into: &mut [u8]) -> io::Result<()> {
        let mut filled = 0;
        while filled < into.len() {
            match self.read(&mut into[filled..]) {
                Ok(0) => {
                    let text = format!("it became shorter while it was read; {} bytes are missing", self.len);
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
                }
                Ok(got) => filled += got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads all of it at once.
    ///
    /// # Errors
    /// As [`Self::read_exact`].
    pub fn read_all(mut self) -> io::Result<Bytes> {
        let mut bytes = vec![0; usize::try_from(self.len).unwrap_or(usize::MAX)];
        self.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// Reads at an offset without moving a position that others share.
#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

/// Reads at an offset.
#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, offset)
}
