//! Files that are compressed with gzip (RFC 1952), as many programs store captures.

use std::io::{self, Chain, Cursor, Read};

use flate2::read::MultiGzDecoder;

/// The first two bytes of a gzip file.
const MAGIC: [u8; 2] = [0x1F, 0x8B];

/// A file, decompressed if its first bytes say that it is compressed.
#[derive(Debug)]
pub(super) enum Unpacked<R> {
    /// Nothing was read yet. `None`: only while the first bytes are looked at.
    Unknown(Option<R>),
    Plain(Chain<Cursor<Vec<u8>>, R>),
    Gzip(Box<MultiGzDecoder<Chain<Cursor<Vec<u8>>, R>>>),
}

impl<R: Read> Unpacked<R> {
    pub(super) const fn new(file: R) -> Self {
        Self::Unknown(Some(file))
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Self::Unknown(file) = self
            && let Some(mut file) = file.take()
        {
            let mut first = Vec::new();
            file.by_ref().take(2).read_to_end(&mut first)?;
            let compressed = first == MAGIC;
            let whole = Cursor::new(first).chain(file);
            *self = if compressed {
                Self::Gzip(Box::new(MultiGzDecoder::new(whole)))
            } else {
                Self::Plain(whole)
            };
        }
        match self {
            Self::Unknown(_) => Ok(0),
            Self::Plain(file) => file.read(into),
            Self::Gzip(file) => file.read(into),
        }
    }
}
