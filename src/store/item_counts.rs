//! What is kept of the items of a response that is a stream, for its row and for filters.

use crate::events::Format;

use super::items::SeenOfStream;

/// How many items there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemCounts {
    /// The format of the stream.
    pub format: Format,
    /// Number of complete items.
    pub count: u64,
    /// Whether there may have been more: bytes were left out, or a content coding hides them.
    pub is_partial: bool,
}

impl ItemCounts {
    /// Takes in what became known. `counts` is `None` until the response is known to be a stream.
    pub(super) fn add(counts: &mut Option<Self>, seen: &SeenOfStream<'_>) {
        match (seen, counts) {
            (SeenOfStream::Begins { format, is_coded }, counts) => {
                *counts = Some(Self { format: *format, count: 0, is_partial: *is_coded });
            }
            (SeenOfStream::Item(_), Some(counts)) => counts.count += 1,
            (SeenOfStream::Gap, Some(counts)) => counts.is_partial = true,
            (SeenOfStream::Item(_) | SeenOfStream::Gap, None) => {}
        }
    }
}
