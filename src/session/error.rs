//! Why a session cannot be read, begun or written any further.

use std::{error::Error, fmt, io, path::PathBuf};

use crate::store::Position;

use super::format::{block, varint::Malformed};

/// Why a session cannot be read, or not any further.
#[derive(Debug)]
pub enum SessionError {
    /// The system failed to open or to read a file.
    Io(io::Error),
    /// The file ends before what should be there.
    Truncated,
    /// Bytes that break the format.
    Malformed {
        /// The problem in plain words.
        what: &'static str,
        /// Offset in the segment of the block with the bytes. `None`: the file is read from its beginning, and
        /// the `Stop` says where.
        offset: Option<u64>,
    },
    /// The file is not a pcapng file.
    NotPcapng,
    /// The file was written in this other version of the format.
    OtherVersion(u8),
    /// Two segments have this number.
    SegmentTwice(u32),
    /// Another session follows in the same file.
    AnotherSession,
    /// Packets of another program follow in the same file, or stand before the session.
    AnotherProgram,
    /// The exchange was on disk and was removed to make room.
    Gone,
}

impl SessionError {
    /// The error, with the offset of the block in which it was found if it is about bytes and has none yet.
    #[must_use]
    pub fn in_block(self, at: u64) -> Self {
        match self {
            Self::Malformed { what, offset: None } => Self::Malformed { what, offset: Some(at) },
            other => other,
        }
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Truncated => f.write_str("it ends in the middle of a block or batch"),
            Self::Malformed { what, offset: None } => f.write_str(what),
            Self::Malformed { what, offset: Some(at) } => write!(f, "{what}, in the block at byte {at}"),
            Self::NotPcapng => f.write_str("it is no pcapng file"),
            Self::OtherVersion(found) => {
                let age = if *found < block::VERSION { "an older" } else { "a newer" };
                write!(
                    f,
                    "it was written by {age} version of byteglass (format {found}, not {})",
                    block::VERSION
                )
            }
            Self::SegmentTwice(number) => write!(f, "segment {number} is there twice"),
            Self::AnotherSession => f.write_str(
                "another session begins there, whose exchanges have the same numbers; open it from a file of its own",
            ),
            Self::AnotherProgram => f.write_str(
                "what another program captured begins there; open it from a file of its own",
            ),
            Self::Gone => f.write_str("it has left the disk"),
        }
    }
}

impl Error for SessionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Malformed> for SessionError {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Malformed { what, offset: None }
    }
}

impl From<io::Error> for SessionError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Io(error),
        }
    }
}

/// Why a recording cannot begin.
#[derive(Debug)]
pub enum BeginError {
    /// The session's folder, or the file of its first segment, cannot be made in this folder.
    Folder(PathBuf, io::Error),
    /// The file that gets a copy of everything cannot be made.
    Copy(PathBuf, io::Error),
}

impl fmt::Display for BeginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Folder(path, error) | Self::Copy(path, error)) = self;
        write!(f, "cannot write {}: {error}", path.display())
    }
}

impl Error for BeginError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let (Self::Folder(_, error) | Self::Copy(_, error)) = self;
        Some(error)
    }
}

/// Why a recording is not written any further.
#[derive(Debug)]
pub enum WriteError {
    /// The session: why, and the position from which on nothing is written.
    Session(io::Error, Position),
    /// The copy: why, and which file.
    Copy(io::Error, PathBuf),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(error, _) => {
                write!(f, "recording to disk stopped: {error}; recording in memory goes on")
            }
            Self::Copy(error, path) => write!(f, "cannot write {} any more: {error}", path.display()),
        }
    }
}

impl Error for WriteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let (Self::Session(error, _) | Self::Copy(error, _)) = self;
        Some(error)
    }
}
