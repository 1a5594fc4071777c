//! The content of a response: in memory, in a file, or produced while it is sent.

use std::{
    collections::VecDeque,
    fmt, io,
    sync::{Arc, LazyLock},
    time::Duration,
};

use bytes::Bytes;

use crate::base::faults::{self, Call};

use super::{OpenFile, Reach};

/// The source of the body's bytes.
#[derive(Debug)]
pub enum Body {
    /// No body, and no Content-Length field (204, 304).
    None,
    /// Content in memory.
    Bytes(Bytes),
    /// A file or a part of one, read while it is sent.
    File(FileBody),
    /// Several pieces, one after the other.
    Pieces(Pieces),
    /// Pieces that are sent one by one, with a pause between them.
    Timed(TimedBody),
    /// Content produced while it is sent, as fast as the client reads. Its length is unknown.
    Stream(Box<dyn Source>),
}

/// A range of an open file.
#[derive(Debug)]
pub struct FileBody {
    /// The file, opened through the folder.
    pub file: Arc<OpenFile>,
    /// Offset of the first byte to send.
    pub start: u64,
    /// Number of bytes to send. `start + len` was within the file when it was opened.
    pub len: u64,
}

/// Content in pieces, some of which are in files.
#[derive(Debug, Default)]
pub struct Pieces {
    /// The pieces still to send, the next one first.
    pub queue: VecDeque<Piece>,
}

/// A piece of content.
#[derive(Debug)]
pub enum Piece {
    /// In memory.
    Bytes(Bytes),
    /// In a file.
    File(FileBody),
}

/// A body that is sent in pieces, with a pause between them. A piece is made when it is due, so that clients that
/// wait for theirs cost no memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedBody {
    /// What the pieces contain.
    pub text: TimedText,
    /// Number of the next piece, from 0.
    pub next: u64,
    /// Number of pieces.
    pub count: u64,
    /// Time from one piece to the next.
    pub every: Duration,
}

/// The text of a [`TimedBody`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimedText {
    /// Each piece is a line that says which one it is.
    Lines,
    /// This many bytes in pieces of nearly equal length: digits, and a line end at the end. At most
    /// `DIGITS_MAX`.
    Digits(u64),
    /// Each piece is an event of an event stream. The first one has the number after this one.
    Events(u64),
}

/// The words that [`TimedText::Events`] carry one by one, over and over.
const WORDS: [&str; 20] = [
    "An", "event", "stream", "is", "one", "response", "that", "need", "not", "end:", "each", "event", "is",
    "a", "few", "lines,", "and", "an", "empty", "line.",
];

/// Upper bound on the length of [`TimedText::Digits`], in bytes.
pub(super) const DIGITS_MAX: u64 = 1_000_000;

/// The digits from which all pieces are taken without a copy. A piece may begin at any digit.
static DIGITS: LazyLock<Bytes> = LazyLock::new(|| b"0123456789".repeat(100_001).into());

impl TimedBody {
    /// Takes the next piece, in two parts of which the second one may be empty. `None`: there are no more.
    pub fn take_piece(&mut self) -> Option<[Bytes; 2]> {
        let number = self.next;
        if number == self.count {
            return None;
        }
        self.next += 1;
        Some(match self.text {
            TimedText::Lines => [format!("chunk {} of {}\n", number + 1, self.count).into(), Bytes::new()],
            TimedText::Digits(bytes) => {
                let edge = |piece: u64| usize::try_from(bytes * piece / self.count).unwrap_or(usize::MAX);
                let (start, end) = (edge(number), edge(number + 1));
                let is_last = self.next == self.count;
                let (from, digits) = (start % 10, end - start - usize::from(is_last));
                let line_end: &[u8] = if is_last { b"\n" } else { b"" };
                [DIGITS.slice(from..from + digits), Bytes::from_static(line_end)]
            }
            TimedText::Events(before) => {
                [event(before + number + 1, before + self.count, number == 0).into(), Bytes::new()]
            }
        })
    }

    /// Whether all pieces are taken.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.next == self.count
    }
}

/// The event with a number, of so many. The first one of a response says when to ask again; the last one of all has a
/// type of its own.
fn event(number: u64, of: u64, is_first: bool) -> String {
    let retry = if is_first { "retry: 1000\n" } else { "" };
    let kind = if number == of { "event: last\n" } else { "" };
    let index = usize::try_from(number - 1).unwrap_or(0) % WORDS.len();
    let space = if number == 1 { "" } else { " " };
    let data = format!(r#"{{"number":{number},"of":{of},"text":"{space}{}"}}"#, WORDS[index]);
    format!("{retry}id: {number}\n{kind}data: {data}\n\n")
}

/// Content that is produced step by step, because it is too large to be produced at once.
pub trait Source: fmt::Debug + Send {
    /// Appends the next bytes to `into`, possibly none. One call reads or makes at most about 64 KiB, so that
    /// no other client has to wait for one turn of the event loop.
    ///
    /// # Errors
    /// `WouldBlock`: the step goes further than `reach`; nothing has happened, and it is taken again with
    /// [`Reach::Disk`] by a thread that may wait. Any other: the content cannot be completed. Earlier bytes may have
    /// been sent.
    fn make(&mut self, into: &mut Vec<u8>, reach: Reach) -> io::Result<Progress>;

    /// The problem that occurred although the content is complete, in plain words. Valid after the last step.
    /// `None`: no problem.
    fn problem(&self) -> Option<String> {
        None
    }
}

/// The answer of a [`Source`]: more to come, or complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The body is incomplete.
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

    /// Whether the body is known to be empty.
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

    /// Whether the range is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl FileBody {
    /// Reads the next bytes into `into` and advances past them. Returns their number; 0 if the range is used
    /// up or the file has become shorter.
    ///
    /// # Errors
    /// An error of the operating system; `WouldBlock` if `reach` does not go far enough.
    pub fn read(&mut self, into: &mut [u8], reach: Reach) -> io::Result<usize> {
        let most = faults::allow(Call::FileRead, self.up_to(into.len()))?;
        faults::reach_file(self.file.file(), reach == Reach::Disk)?;
        let got = self.file.read_at(&mut into[..most], self.start, reach)?;
        self.start += got as u64;
        self.len -= got as u64;
        Ok(got)
    }

    /// The number of bytes that are left, at most `most`.
    #[must_use]
    pub fn up_to(&self, most: usize) -> usize {
        usize::try_from(self.len).unwrap_or(usize::MAX).min(most)
    }

    /// Reads until `into` is full or the rest is not within `reach`, in as many reads as needed. `into` is not longer
    /// than the rest of the range. Returns the number of bytes.
    ///
    /// # Errors
    /// As [`Self::read`], or `UnexpectedEof` if the file has become shorter. `WouldBlock`: nothing was read.
    pub fn fill(&mut self, into: &mut [u8], reach: Reach) -> io::Result<usize> {
        let mut filled = 0;
        while filled < into.len() {
            match self.read(&mut into[filled..], reach) {
                Ok(0) => {
                    let text = format!("it became shorter while it was read; {} bytes are missing", self.len);
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
                }
                Ok(got) => filled += got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && filled > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// Reads the whole range at once.
    ///
    /// # Errors
    /// See [`Self::fill`]; `WouldBlock` also if only a part is within `reach`.
    pub fn read_all(mut self, reach: Reach) -> io::Result<Bytes> {
        let mut bytes = vec![0; self.up_to(usize::MAX)];
        if self.fill(&mut bytes, reach)? < bytes.len() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(bytes.into())
    }
}
