//! The content of a message in the pieces in which it was read or written, without the framing between them.

use std::{borrow::Cow, ops::Range};

use bytes::Bytes;

use crate::{base::stream::Nanos, store::model::Chunk};

use super::super::facts::stream::StreamFacts;

/// A piece of content that came in one read, or left in one write.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Offset of the first byte in the content.
    pub content: u64,
    /// The bytes of the content.
    pub bytes: Bytes,
    /// The stream range that holds them; as long as `bytes` unless they were decoded.
    pub wire: Range<u64>,
    /// Time of the read or write.
    pub at: Nanos,
    /// Number of the read or write.
    pub number: u64,
}

/// The content up to the first byte that was not kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Pieces {
    list: Vec<Piece>,
    /// Bytes of content after the first one that was not kept, that one included.
    pub unread: u64,
}

impl Pieces {
    /// The content of the message of `stream`, whose bytes are in `chunks`.
    pub(super) fn new(stream: &StreamFacts, chunks: &[Chunk]) -> Self {
        let mut pieces = Self::default();
        let (mut content, mut reached) = (0, None);
        for range in stream.content() {
            if pieces.unread > 0 || reached.is_some_and(|end| end > range.start) {
                pieces.unread += range.end - range.start;
                continue;
            }
            let mut at = range.start;
            let first = chunks.partition_point(|chunk| chunk.range().end <= range.start);
            for chunk in &chunks[first..] {
                let Some(cut) = chunk.cut(range.clone()) else { break };
                if cut.omitted() || cut.offset != at {
                    break;
                }
                at = cut.range().end;
                pieces.list.push(Piece {
                    content,
                    wire: cut.range(),
                    bytes: cut.bytes,
                    at: cut.at,
                    number: cut.number,
                });
                content += cut.len;
            }
            pieces.unread += range.end - at;
            reached = Some(range.end);
        }
        pieces
    }

    /// The pieces with their bytes decoded.
    pub(super) fn decoded(&self, mut decode: impl FnMut(&[u8]) -> Option<Vec<u8>>) -> Self {
        let mut decoded = Self::default();
        let mut content = 0;
        for piece in &self.list {
            let Some(bytes) = decode(&piece.bytes).filter(|_| decoded.unread == 0) else {
                decoded.unread += piece.bytes.len() as u64;
                continue;
            };
            let len = bytes.len() as u64;
            if len > 0 {
                decoded.list.push(Piece { content, bytes: bytes.into(), ..piece.clone() });
            }
            content += len;
        }
        decoded.unread += self.unread;
        decoded
    }

    /// No pieces, since none of the content can be read. `unread`: its bytes.
    pub(super) fn unread(unread: u64) -> Self {
        Self { list: Vec::new(), unread }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Piece> {
        self.list.iter()
    }

    /// The piece with the byte at an offset of the content. `None`: no piece has it.
    pub(super) fn piece_at(&self, content: u64) -> Option<&Piece> {
        let index = self.list.partition_point(|piece| piece.end() <= content);
        self.list.get(index)
    }

    /// The bytes of a range of the content, at most `most`, as far as there are any.
    pub(super) fn bytes(&self, range: &Range<u64>, most: usize) -> Cow<'_, [u8]> {
        let end = range.end.min(range.start.saturating_add(most as u64));
        let first = self.list.partition_point(|piece| piece.end() <= range.start);
        let mut bytes = Cow::Borrowed(&[][..]);
        for piece in self.list[first..].iter().take_while(|piece| piece.content < end) {
            let index =
                |offset: u64| usize::try_from(offset.saturating_sub(piece.content)).unwrap_or(usize::MAX);
            let cut = &piece.bytes[index(range.start)..index(end).min(piece.bytes.len())];
            if bytes.is_empty() {
                bytes = Cow::Borrowed(cut);
            } else {
                bytes.to_mut().extend_from_slice(cut);
            }
        }
        bytes
    }

    /// The stream ranges of the pieces of a range of the content, which was not decoded.
    pub(super) fn iter_in(&self, range: &Range<u64>) -> impl Iterator<Item = Range<u64>> {
        let first = self.list.partition_point(|piece| piece.end() <= range.start);
        let range = range.clone();
        let pieces = self.list[first..].iter().take_while({
            let end = range.end;
            move |piece| piece.content < end
        });
        pieces.map(move |piece| {
            piece.place(range.start.max(piece.content))..piece.place(range.end.min(piece.end()))
        })
    }

    /// The stream range of a range of the content: from its first byte to its last, with the framing between them.
    pub(super) fn wire(&self, range: &Range<u64>) -> Range<u64> {
        let Some(first) = self.piece_at(range.start) else { return 0..0 };
        let start = first.place(range.start);
        if range.is_empty() {
            return start..start;
        }
        let last = self.piece_at(range.end - 1).unwrap_or(first);
        let end = if last.is_plain() { last.place(range.end - 1) + 1 } else { last.wire.end };
        start..end.max(start)
    }
}

impl Piece {
    fn end(&self) -> u64 {
        self.content + self.bytes.len() as u64
    }

    fn is_plain(&self) -> bool {
        self.bytes.len() as u64 == self.wire.end - self.wire.start
    }

    /// The stream offset of a byte of the content. That of the piece, if it was decoded.
    fn place(&self, content: u64) -> u64 {
        self.wire.start + if self.is_plain() { content - self.content } else { 0 }
    }
}
