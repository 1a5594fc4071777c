//! What waits to be written: bytes that were made here, and payloads between them that are shared, not copied.

use std::io::{self, IoSlice, Write};

use bytes::Bytes;

/// A payload of at least so many bytes is shared. To copy a shorter one costs less than a piece of its own.
pub(crate) const SHARED_MIN: usize = 8 * 1024;
/// Pieces that are written by one call at most, which is what Linux takes.
const PIECES_MAX: usize = 1024;

/// Bytes that wait to be written, in pieces.
#[derive(Debug, Default)]
pub struct Pending {
    made: Vec<u8>,
    /// The shared payloads, each behind so many of the bytes in `made`.
    shared: Vec<(usize, Bytes)>,
    /// Bytes of all shared payloads.
    shared_bytes: usize,
}

impl Pending {
    /// The number of bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.made.len() + self.shared_bytes
    }

    /// Whether there is nothing to be written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes that are made here: what is appended follows everything before it.
    pub(crate) const fn made(&mut self) -> &mut Vec<u8> {
        &mut self.made
    }

    /// Appends a payload without copying it.
    pub(crate) fn share(&mut self, payload: Bytes) {
        self.shared_bytes += payload.len();
        self.shared.push((self.made.len(), payload));
    }

    /// The bytes in order, in pieces.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let mut begin = 0;
        let before = self.shared.iter().flat_map(move |(at, payload)| {
            let made = &self.made[begin..*at];
            begin = *at;
            [made, payload]
        });
        let end = self.shared.last().map_or(0, |(at, _)| *at);
        before.chain([&self.made[end..]]).filter(|piece| !piece.is_empty())
    }

    /// Writes everything to `out`.
    ///
    /// # Errors
    /// Writing failed; some of it may be written.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        let mut pieces: Vec<_> = self.pieces().map(IoSlice::new).collect();
        for pieces in pieces.chunks_mut(PIECES_MAX) {
            write_pieces(pieces, out)?;
        }
        Ok(())
    }

    /// The bytes in memory of their own.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.pieces().collect::<Vec<_>>().concat()
    }

    /// Leaves nothing to be written. The memory stays, the shared payloads are let go of.
    pub(crate) fn clear(&mut self) {
        self.made.clear();
        self.shared.clear();
        self.shared_bytes = 0;
    }
}

fn write_pieces(mut pieces: &mut [IoSlice<'_>], out: &mut impl Write) -> io::Result<()> {
    while !pieces.is_empty() {
        match out.write_vectored(pieces) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut pieces, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Takes a few bytes at a time, and is interrupted now and then.
    struct Slow(Vec<u8>, usize);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 += 1;
            if self.1.is_multiple_of(3) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let most = bytes.len().min(5);
            self.0.extend_from_slice(&bytes[..most]);
            Ok(most)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn pieces_stand_in_the_order_in_which_they_came() {
        let mut pending = Pending::default();
        assert!(pending.is_empty() && pending.pieces().next().is_none());
        pending.share(Bytes::from_static(b"first "));
        pending.made().extend_from_slice(b"second ");
        pending.share(Bytes::from_static(b"third "));
        pending.share(Bytes::from_static(b"fourth "));
        pending.made().extend_from_slice(b"fifth");
        let whole = b"first second third fourth fifth";
        assert_eq!((pending.len(), pending.to_vec()), (whole.len(), whole.to_vec()));
        let mut out = Slow(Vec::new(), 0);
        pending.write_to(&mut out).unwrap();
        assert_eq!(out.0, whole);
        let mut full: &mut [u8] = &mut [0; 9];
        assert_eq!(pending.write_to(&mut full).unwrap_err().kind(), io::ErrorKind::WriteZero);
        pending.clear();
        assert!(pending.is_empty() && pending.to_vec().is_empty());
    }

    #[test]
    fn more_pieces_than_one_call_takes_are_written() {
        let mut pending = Pending::default();
        for number in 0..3 * PIECES_MAX {
            pending.made().push(u8::try_from(number % 251).unwrap());
            pending.share(Bytes::from_static(b"-"));
        }
        let mut out = Vec::new();
        pending.write_to(&mut out).unwrap();
        assert_eq!(out.len(), 6 * PIECES_MAX);
        assert_eq!(out, pending.to_vec());
    }
}
