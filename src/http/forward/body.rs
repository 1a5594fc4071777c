//! The content of a message, framed anew.

use bytes::{Bytes, BytesMut};

use super::{Author, Origin, Origins, Trailers};
use crate::http::{Framing, encode};

/// Frames content for the next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framer {
    is_chunked: bool,
}

impl Framer {
    /// The framing of the new message.
    #[must_use]
    pub const fn new(framing: Framing) -> Self {
        Self { is_chunked: matches!(framing, Framing::Chunked) }
    }

    /// Puts out `content`, which arrived at stream offset `at`, with the bytes that frame it.
    pub fn frame(self, content: &Bytes, at: u64, mut put: impl FnMut(Bytes), origins: Option<&mut Origins>) {
        if content.is_empty() {
            return;
        }
        let len = content.len() as u64;
        if !self.is_chunked {
            put(content.clone());
            if let Some(origins) = origins {
                origins.add(len, Origin::Copied(at));
            }
            return;
        }
        let mut size = BytesMut::with_capacity(18);
        encode::chunk_head(&mut size, content.len());
        let size = size.freeze();
        if let Some(origins) = origins {
            origins.add(size.len() as u64, Origin::Written(Author::Chunk));
            origins.add(len, Origin::Copied(at));
            origins.add(encode::CHUNK_END.len() as u64, Origin::Written(Author::Chunk));
        }
        put(size);
        put(content.clone());
        put(Bytes::from_static(encode::CHUNK_END));
    }

    /// Appends what ends the message: nothing, unless it is chunked. `trailers`: the trailer section that arrived.
    pub fn end(self, trailers: &Trailers, out: &mut BytesMut, origins: Option<&mut Origins>) {
        if self.is_chunked {
            trailers.write(out, origins);
        }
    }
}
