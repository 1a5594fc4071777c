//! Received bytes of a connection that are not consumed yet.

use bytes::{Buf, Bytes, BytesMut};

/// The unconsumed bytes, contiguous. Bytes of one read are shared with the trace; the bytes of a message that
/// straddles reads are gathered in a buffer of their own.
#[derive(Debug)]
pub(super) enum Input {
    /// A part of one read.
    Shared(Bytes),
    /// Bytes gathered from several reads.
    Own(BytesMut),
}

impl Default for Input {
    fn default() -> Self {
        Self::Shared(Bytes::new())
    }
}

impl Input {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            Self::Own(bytes) => bytes,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }

    /// Appends a read.
    pub(super) fn push(&mut self, read: Bytes) {
        if self.is_empty() {
            *self = Self::Shared(read);
            return;
        }
        self.own().extend_from_slice(&read);
    }

    /// Removes and returns the first `len` bytes.
    pub(super) fn take(&mut self, len: usize) -> Bytes {
        match self {
            Self::Shared(bytes) => bytes.split_to(len),
            Self::Own(bytes) => bytes.split_to(len).freeze(),
        }
    }

    /// Discards the first `len` bytes.
    pub(super) fn consume(&mut self, len: usize) {
        match self {
            Self::Shared(bytes) => bytes.advance(len),
            Self::Own(bytes) => bytes.advance(len),
        }
    }

    /// Copies the remaining bytes out of the block that they share with other reads. A client that sends byte
    /// by byte would otherwise keep a whole block in memory for a few bytes of an incomplete message.
    pub(super) fn detach(&mut self) {
        if self.is_empty() {
            *self = Self::default();
        } else {
            self.own();
        }
    }

    fn own(&mut self) -> &mut BytesMut {
        if let Self::Shared(bytes) = self {
            *self = Self::Own(BytesMut::from(&bytes[..]));
        }
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(_) => unreachable!("made its own above"),
        }
    }
}
