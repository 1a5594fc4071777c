//! The lines of the byte view: bytes, and the separators between them. Knows no egui.

use std::ops::Range;

use crate::{
    base::stream::Direction,
    explain::{
        absence,
        facts::{Boundary, Marker, MessageRange, Place, StreamFacts},
        markers,
    },
    store::{Absence, Backing, Chunk},
    words,
};

/// The format in which the byte view shows bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// In hexadecimal and as text, with this many bytes per line.
    Hex(u16),
    /// As text: a line ends after LF, or after this many bytes.
    Text(u16),
}

impl Mode {
    /// Maximum number of bytes per line. Never 0.
    #[must_use]
    pub fn bytes_per_line(self) -> u64 {
        let (Self::Hex(bytes) | Self::Text(bytes)) = self;
        u64::from(bytes.max(1))
    }
}

/// A line between bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Separator {
    /// The beginning of a read or a write.
    Chunk {
        /// `read 2`, `writes 4 to 9`.
        name: String,
        /// `40 bytes`.
        size: String,
        /// `+118 ms`: the time since the previous read or write. `None`: this is the first one.
        since: Option<String>,
        /// A sentence on the part of the message that the boundary cuts in two. Empty: no part worth
        /// mentioning.
        split: String,
    },
    /// The end of a message (text on the left), the beginning of one (text on the right), or both.
    Boundary(String, String),
    /// A remark on this place in the message.
    Note(String),
    /// Bytes that were not kept.
    Missing(String),
}

impl Separator {
    /// The whole line, for screen readers and tests.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Chunk { name, size, since, split } => {
                let parts = [name, size, since.as_deref().unwrap_or(""), split];
                parts
                    .iter()
                    .filter(|part| !part.is_empty())
                    .map(|part| &**part)
                    .collect::<Vec<_>>()
                    .join("  ")
            }
            Self::Boundary(left, right) => [&**left, right].join(" ").trim().to_owned(),
            Self::Note(text) | Self::Missing(text) => text.clone(),
        }
    }
}

/// A line of the byte view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A line between bytes.
    Separator(&'a Separator),
    /// Bytes, as a stream range that is never empty.
    Bytes(Range<u64>),
}

/// The data that the lines are made from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The reads or the writes, in order.
    pub chunks: &'a [Chunk],
    /// Beginnings and ends of messages in this stream, in ascending order.
    pub boundaries: &'a [Boundary],
    /// Places of this stream that deserve a remark, in ascending order.
    pub markers: &'a [Marker],
    /// The messages of this stream.
    pub messages: &'a [MessageRange],
    /// The direction of the stream.
    pub direction: Direction,
    /// Where the bytes are that memory had no room for.
    pub backing: Backing,
}

impl<'a> Source<'a> {
    /// Combines the chunks of a stream with the facts about it. `backing`: see [`Self::backing`].
    #[must_use]
    pub fn new(chunks: &'a [Chunk], stream: &'a StreamFacts, backing: Backing) -> Self {
        let StreamFacts { boundaries, markers, messages, direction, .. } = stream;
        Self { chunks, boundaries, markers, messages, direction: *direction, backing }
    }

    fn boundaries_in(&self, range: &Range<u64>) -> &[Boundary] {
        let from = self.boundaries.partition_point(|boundary| boundary.offset < range.start);
        let to = self.boundaries.partition_point(|boundary| boundary.offset < range.end);
        self.boundaries.get(from..to).unwrap_or_default()
    }

    /// The markers in `range` that have a line of their own.
    fn markers_in(&self, range: &Range<u64>) -> impl Iterator<Item = &Marker> {
        self.all_markers_in(range).iter().filter(|marker| !is_split(marker))
    }

    /// A sentence on the part that the chunk at `offset` cuts in two. Empty: no part is cut.
    fn split_at(&self, offset: u64) -> String {
        let split = self.all_markers_in(&(offset..offset + 1)).iter().find(|marker| is_split(marker));
        split.map(|marker| markers::words(marker, self.direction)).unwrap_or_default()
    }

    fn all_markers_in(&self, range: &Range<u64>) -> &[Marker] {
        let from = self.markers.partition_point(|marker| marker.offset < range.start);
        let to = self.markers.partition_point(|marker| marker.offset < range.end);
        self.markers.get(from..to).unwrap_or_default()
    }
}

/// Whether a marker is shown in the line of the chunk that begins at its offset.
const fn is_split(marker: &Marker) -> bool {
    matches!(marker.place, Place::Split(_))
}

/// The arrangement of the lines. In hexadecimal its size does not depend on the number of bytes.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    blocks: Vec<Block>,
    /// In text mode: the offsets at which lines begin, block after block.
    starts: Vec<u64>,
    per_line: u64,
    total: usize,
    last_offset: u64,
    /// The offsets at which messages begin, in ascending order.
    origins: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Block {
    first_line: usize,
    offset: u64,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Separator(Separator),
    /// Bytes up to this offset, `per_line` of them per line.
    Even(u64),
    /// Bytes up to this offset; the second field is the range of `starts` that holds the beginnings of the
    /// lines.
    Uneven(u64, Range<usize>),
}

impl Lines {
    /// Arranges the lines of `source`.
    #[must_use]
    pub fn new(source: &Source<'_>, mode: Mode) -> Self {
        let origins = source.messages.iter().map(|message| message.range.start).collect();
        let mut lines = Self { per_line: mode.bytes_per_line(), origins, ..Self::default() };
        let mut before: Option<&Chunk> = None;
        for chunk in source.chunks {
            lines.push_gap(source, before.map(|before| before.range().end), chunk.offset);
            lines.push_places(source, chunk.offset);
            let split = source.split_at(chunk.offset);
            lines.push_separator(chunk.offset, chunk_separator(chunk, before, source.direction, split));
            if chunk.omitted() {
                lines.push_missing(source, &chunk.range(), Some(chunk));
            } else {
                lines.push_chunk(source, chunk, mode);
            }
            before = Some(chunk);
        }
        if let Some(last) = before {
            let end = last.range().end;
            lines.push_places(source, end);
            lines.last_offset = end;
        }
        lines
    }

    /// Arranges the lines of the message at `own` alone: of the lines between bytes only those on bytes that were
    /// not kept, and on parts that a read cuts in two.
    #[must_use]
    pub fn bare(source: &Source<'_>, own: &Range<u64>, mode: Mode) -> Self {
        let (per_line, origins) = (mode.bytes_per_line(), vec![own.start]);
        let mut lines = Self { per_line, origins, last_offset: own.end, ..Self::default() };
        let mut before: Option<&Chunk> = None;
        let first = source.chunks.partition_point(|chunk| chunk.range().end <= own.start);
        for chunk in source.chunks[first..].iter().take_while(|chunk| chunk.offset < own.end) {
            let range = chunk.offset.max(own.start)..chunk.range().end.min(own.end);
            lines.push_gap(source, before.map(|before| before.range().end), range.start);
            let split = source.split_at(chunk.offset);
            if !split.is_empty() {
                lines.push_separator(chunk.offset, chunk_separator(chunk, before, source.direction, split));
            }
            if chunk.omitted() {
                lines.push_missing(source, &range, Some(chunk));
            } else {
                let index = |offset: u64| usize::try_from(offset - chunk.offset).unwrap_or(usize::MAX);
                let bytes = chunk.bytes.get(index(range.start)..index(range.end)).unwrap_or_default();
                lines.push_bytes(range, bytes, mode);
            }
            before = Some(chunk);
        }
        lines
    }

    /// Number of lines.
    #[must_use]
    pub fn len(&self) -> usize {
        self.total
    }

    /// Whether there are no lines.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Stream offset after the last byte.
    #[must_use]
    pub fn last_offset(&self) -> u64 {
        self.last_offset
    }

    /// The place in its message of the byte at `offset`.
    #[must_use]
    pub fn in_message(&self, offset: u64) -> u64 {
        let after = self.origins.partition_point(|origin| *origin <= offset);
        offset - after.checked_sub(1).map_or(0, |index| self.origins[index])
    }

    /// The line at `index`. `None`: `index` is past the last line.
    #[must_use]
    pub fn line(&self, index: usize) -> Option<Line<'_>> {
        if index >= self.total {
            return None;
        }
        let block = &self.blocks[self.blocks.partition_point(|block| block.first_line <= index) - 1];
        let nth = index - block.first_line;
        Some(match &block.kind {
            Kind::Separator(separator) => Line::Separator(separator),
            Kind::Even(end) => {
                let start = block.offset + nth as u64 * self.per_line;
                Line::Bytes(start..(start + self.per_line).min(*end))
            }
            Kind::Uneven(end, starts) => {
                let starts = &self.starts[starts.clone()];
                Line::Bytes(starts[nth]..starts.get(nth + 1).copied().unwrap_or(*end))
            }
        })
    }

    /// Index of the line that shows the byte at `offset`. `None`: the byte was not kept.
    #[must_use]
    pub fn line_of(&self, offset: u64) -> Option<usize> {
        let after = self.blocks.partition_point(|block| block.offset <= offset);
        let block =
            self.blocks[..after].iter().rev().find(|block| !matches!(block.kind, Kind::Separator(_)))?;
        match &block.kind {
            Kind::Even(end) if offset < *end => {
                Some(block.first_line + ((offset - block.offset) / self.per_line) as usize)
            }
            Kind::Uneven(end, starts) if offset < *end => {
                let starts = &self.starts[starts.clone()];
                Some(block.first_line + starts.partition_point(|start| *start <= offset) - 1)
            }
            _ => None,
        }
    }

    /// Adds the bytes of a chunk, cut where a message begins or ends and where a remark goes between bytes.
    fn push_chunk(&mut self, source: &Source<'_>, chunk: &Chunk, mode: Mode) {
        let range = chunk.range();
        let inside = range.start + 1..range.end;
        let boundaries = source.boundaries_in(&inside).iter().map(|boundary| boundary.offset);
        let markers = source.markers_in(&inside).map(|marker| marker.offset);
        let mut cuts: Vec<u64> = boundaries.chain(markers).collect();
        cuts.sort_unstable();
        cuts.dedup();
        cuts.push(range.end);
        let mut start = range.start;
        for cut in cuts {
            if start > range.start {
                self.push_places(source, start);
            }
            let from = usize::try_from(start - range.start).unwrap_or(usize::MAX);
            let to = usize::try_from(cut - range.start).unwrap_or(usize::MAX);
            self.push_bytes(start..cut, chunk.bytes.get(from..to).unwrap_or_default(), mode);
            start = cut;
        }
    }

    fn push_bytes(&mut self, range: Range<u64>, bytes: &[u8], mode: Mode) {
        if range.is_empty() {
            return;
        }
        let first_line = self.total;
        let kind = match mode {
            Mode::Hex(_) => {
                self.total += (range.end - range.start).div_ceil(self.per_line) as usize;
                Kind::Even(range.end)
            }
            Mode::Text(_) => {
                let first = self.starts.len();
                let mut start = range.start;
                let index = |offset: u64| usize::try_from(offset - range.start).unwrap_or(usize::MAX);
                let ends = memchr::memchr_iter(b'\n', bytes).map(|at| range.start + at as u64 + 1);
                for end in ends.chain([range.end]) {
                    while start < end {
                        self.starts.push(start);
                        start = end.min(start + self.per_line);
                        // A line end does not wrap.
                        if matches!(bytes.get(index(start)..index(end)), Some(b"\n" | b"\r\n")) {
                            start = end;
                        }
                    }
                }
                self.total += self.starts.len() - first;
                Kind::Uneven(range.end, first..self.starts.len())
            }
        };
        self.blocks.push(Block { first_line, offset: range.start, kind });
    }

    /// Adds the boundaries and the remarks at `offset`.
    fn push_places(&mut self, source: &Source<'_>, offset: u64) {
        let at = offset..offset + 1;
        let what = match source.direction {
            Direction::Received => "request",
            Direction::Sent => "response",
        };
        for boundary in source.boundaries_in(&at) {
            let ends = boundary.ends.map(|number| format!("{what} {number} ends")).unwrap_or_default();
            let begins = boundary
                .begins
                .map(|number| {
                    format!("{what} {number} begins · {} of the connection", words::offset(boundary.offset))
                })
                .unwrap_or_default();
            self.push_separator(boundary.offset, Separator::Boundary(ends, begins));
        }
        for marker in source.markers_in(&at) {
            let words = markers::words(marker, source.direction);
            self.push_separator(marker.offset, Separator::Note(words));
        }
    }

    /// Adds a line on bytes from `end` to `start` that are not in the capture, if there are any.
    fn push_gap(&mut self, source: &Source<'_>, end: Option<u64>, start: u64) {
        if let Some(end) = end.filter(|end| *end < start) {
            self.push_missing(source, &(end..start), None);
        }
    }

    /// Adds a line on the bytes of `range`, which is all or a part of `chunk`. `None`: their chunk is not known.
    fn push_missing(&mut self, source: &Source<'_>, range: &Range<u64>, chunk: Option<&Chunk>) {
        let words = absence::words(range.end - range.start, Absence::of(chunk, source.backing));
        self.push_separator(range.start, Separator::Missing(words));
    }

    fn push_separator(&mut self, offset: u64, separator: Separator) {
        self.blocks.push(Block { first_line: self.total, offset, kind: Kind::Separator(separator) });
        self.total += 1;
    }
}

fn chunk_separator(chunk: &Chunk, before: Option<&Chunk>, direction: Direction, split: String) -> Separator {
    let what = match direction {
        Direction::Received => "read",
        Direction::Sent => "write",
    };
    let name = if chunk.count > 1 {
        format!("{what}s {} to {}", chunk.number, chunk.number + u64::from(chunk.count) - 1)
    } else {
        format!("{what} {}", chunk.number)
    };
    let since = before.map(|before| format!("+{}", words::duration(chunk.at.saturating_sub(before.at))));
    Separator::Chunk { name, size: words::plural(chunk.len, "byte"), since, split }
}

#[cfg(test)]
mod tests;
