//! The chunks of one direction of one connection.

use std::{collections::VecDeque, ops::Range};

use bytes::Bytes;

use crate::{
    base::stream::Nanos,
    store::model::Chunk,
    trace::{BLOCK_BYTES, Payload},
    words,
};

use super::account::Change;

/// Bytes that a chunk costs besides its own: its record with the slack of the queue that holds it, the
/// reference count of its bytes, and the allocator's overhead.
pub(crate) const CHUNK_COST: u64 = 2 * size_of::<Chunk>() as u64 + 48;

/// A payload with more bytes than this keeps its block.
const MOST_OF_BLOCK: usize = BLOCK_BYTES / 4 * 3;

/// Bytes at the end of a chunk that is too large that are kept at most, until the next chunk.
const TAIL_BYTES: u64 = 64 * 1024;

/// State of one direction, without the chunks themselves, which are in the connection's record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream {
    /// Number of all reads (or writes).
    count: u64,
    /// Cost of the chunks kept since the last message boundary.
    since_boundary: u64,
    /// Whether the newest chunk is over the share of its message, and stays only if a message boundary turns out
    /// to lie in it.
    on_trial: bool,
}

impl Stream {
    /// Takes a chunk in. At most `share` bytes of one message are
    /// kept. A chunk larger than the rest of the share is divided: its first bytes stay, and its last bytes stay
    /// as long as a message may begin in them.
    pub(crate) fn push(
        &mut self,
        chunks: &mut VecDeque<Chunk>,
        at: Nanos,
        offset: u64,
        payload: &Payload,
        share: u64,
    ) -> Change {
        let (len, bytes) = (payload.count(), payload.kept());
        // If a part of a read is left out, that part comes as a chunk of its own.
        let rest = bytes.is_none()
            && chunks
                .back()
                .is_some_and(|last| last.at == at && last.range().end == offset && !last.omitted());
        self.count += u64::from(!rest);
        let mut change = self.settle(chunks);
        let mut part = Part { at, number: self.count, count: u32::from(!rest), offset };
        let Some(bytes) = bytes else {
            part.omit(chunks, len, matches!(payload, Payload::Dropped(_)), &mut change);
            return change;
        };
        let room = share.saturating_sub(self.since_boundary + CHUNK_COST);
        let tail = (share / 4).min(TAIL_BYTES);
        if len <= room {
            // A payload longer than a block has its memory to itself, so keeping it keeps nothing else alive. Most of a
            // block is kept, too, and counts as all of it. A smaller part of a block is copied.
            let whole = bytes.len() > MOST_OF_BLOCK;
            let kept = if whole { bytes.clone() } else { Bytes::copy_from_slice(bytes) };
            part.push(chunks, len, false, kept, &mut change);
            self.since_boundary += len + CHUNK_COST;
            return change;
        }
        let first = room.min(len.saturating_sub(tail));
        let index = |offset: u64| usize::try_from(offset).unwrap_or(bytes.len()).min(bytes.len());
        if first > 0 {
            part.keep(chunks, &bytes[..index(first)], &mut change);
            self.since_boundary += first + CHUNK_COST;
        }
        let middle = len.saturating_sub(first + tail);
        if middle > 0 {
            part.omit(chunks, middle, false, &mut change);
            change.omitted += middle;
        }
        part.keep(chunks, &bytes[index(first + middle)..], &mut change);
        self.on_trial = true;
        change
    }

    /// Leaves out the bytes of the newest chunk if it is over the share and no message began in it.
    fn settle(&mut self, chunks: &mut VecDeque<Chunk>) -> Change {
        let mut change = Change::default();
        if std::mem::take(&mut self.on_trial)
            && let Some(newest) = chunks.back_mut()
        {
            change.omitted += newest.bytes.len() as u64;
            change += Change::chunks_freed(cost(newest) - CHUNK_COST);
            newest.bytes = Bytes::new();
            change += Change::chunks_freed(merge_last(chunks));
        }
        change
    }

    /// Sets the number of chunks that came before this stream was loaded, so that numbering continues.
    pub(crate) const fn resume(&mut self, count: u64) {
        self.count = count;
    }

    /// Counts a chunk that no kept exchange needs.
    pub(crate) fn skip(&mut self) {
        self.count += 1;
    }

    /// Records that a message begins (or ended) in the newest chunk.
    pub(crate) fn boundary(&mut self) {
        self.on_trial = false;
        self.since_boundary = 0;
    }
}

/// The next part of a read (or write) that is divided into chunks.
struct Part {
    at: Nanos,
    number: u64,
    count: u32,
    offset: u64,
}

impl Part {
    /// Pushes a copy of `bytes`: a slice of the payload would keep all of it alive.
    fn keep(&mut self, chunks: &mut VecDeque<Chunk>, bytes: &[u8], change: &mut Change) {
        self.push(chunks, bytes.len() as u64, false, Bytes::copy_from_slice(bytes), change);
    }

    fn omit(&mut self, chunks: &mut VecDeque<Chunk>, len: u64, lost: bool, change: &mut Change) {
        self.push(chunks, len, lost, Bytes::new(), change);
        *change += Change::chunks_freed(merge_last(chunks));
    }

    fn push(
        &mut self,
        chunks: &mut VecDeque<Chunk>,
        len: u64,
        lost: bool,
        bytes: Bytes,
        change: &mut Change,
    ) {
        let Self { at, number, count, offset } = *self;
        let chunk = Chunk { at, until: at, number, offset, len, count, lost, bytes };
        *change += Change::chunks_added(cost(&chunk));
        chunks.push_back(chunk);
        self.offset += len;
        self.count = 0;
    }
}

/// Bytes that a chunk costs.
pub(crate) fn cost(chunk: &Chunk) -> u64 {
    let len = chunk.bytes.len();
    let memory = if len > MOST_OF_BLOCK { len.max(BLOCK_BYTES) } else { len };
    memory as u64 + CHUNK_COST
}

/// Drops the chunks that end at or before `low`. Returns their cost.
pub(crate) fn drop_before(chunks: &mut VecDeque<Chunk>, low: u64) -> u64 {
    let mut freed = 0;
    while let Some(first) = chunks.front()
        && first.range().end <= low
    {
        freed += cost(first);
        chunks.pop_front();
    }
    if chunks.capacity() > 4 * chunks.len() + 16 {
        chunks.shrink_to(chunks.len() * 2);
    }
    freed
}

/// Leaves out all bytes. Returns the cost that is freed and the number of bytes of the stream left out.
pub(crate) fn strip(chunks: &mut VecDeque<Chunk>) -> Change {
    let before: u64 = chunks.iter().map(cost).sum();
    let mut change = Change::default();
    for mut chunk in std::mem::take(chunks) {
        change.omitted += chunk.bytes.len() as u64;
        chunk.bytes = Bytes::new();
        chunks.push_back(chunk);
        merge_last(chunks);
    }
    chunks.shrink_to_fit();
    change += Change::chunks_freed(before - chunks.iter().map(cost).sum::<u64>());
    change
}

/// Indices of the chunks with a byte in `range`.
pub(crate) fn overlapping(chunks: &VecDeque<Chunk>, range: &Range<u64>) -> Range<usize> {
    if range.is_empty() {
        return 0..0;
    }
    // The newest chunk is asked for most often.
    if let Some(last) =
        chunks.back().filter(|last| last.offset <= range.start && range.start < last.range().end)
    {
        let reached = last.offset < range.end;
        return chunks.len() - 1..chunks.len() - 1 + usize::from(reached);
    }
    let start = chunks.partition_point(|chunk| chunk.range().end <= range.start);
    let end = chunks.partition_point(|chunk| chunk.offset < range.end);
    start..end.max(start)
}

/// The chunk with the byte at `offset`. `None`: it is not kept.
pub(crate) fn holding(chunks: &VecDeque<Chunk>, offset: u64) -> Option<&Chunk> {
    chunks
        .get(overlapping(chunks, &(offset..offset.saturating_add(1))).start)
        .filter(|chunk| chunk.range().contains(&offset))
}

/// At most `most` bytes of the stream from `range.start` on, as far as they are kept without a gap.
pub(crate) fn gather(chunks: &VecDeque<Chunk>, range: &Range<u64>, most: usize) -> Vec<u8> {
    let mut gathered = Vec::new();
    for chunk in chunks.range(overlapping(chunks, range)) {
        let next = range.start + gathered.len() as u64;
        if chunk.omitted() || chunk.offset > next || gathered.len() >= most {
            break;
        }
        let skip = usize::try_from(next - chunk.offset).unwrap_or(usize::MAX);
        let wanted = usize::try_from(range.end - next).unwrap_or(usize::MAX).min(most - gathered.len());
        let rest = chunk.bytes.get(skip..).unwrap_or_default();
        gathered.extend_from_slice(&rest[..rest.len().min(wanted)]);
    }
    gathered
}

/// The bytes of [`gather`] as text on one line, escaped by [`words::escaped`].
pub(crate) fn gather_text(chunks: &VecDeque<Chunk>, range: &Range<u64>, most: usize) -> Box<str> {
    match plain(chunks, range, most) {
        Some(plain) => plain.into(),
        None => words::escaped(&gather(chunks, range, most)).into_boxed_str(),
    }
}

/// The text of [`gather_text`] where it is in one chunk and has nothing to escape, as usual. `None`: it is not.
pub(crate) fn plain<'a>(chunks: &'a VecDeque<Chunk>, range: &Range<u64>, most: usize) -> Option<&'a str> {
    let end = range.end.min(range.start.saturating_add(u64::try_from(most).unwrap_or(u64::MAX)));
    let bytes = slice(chunks, &(range.start..end))?;
    str::from_utf8(bytes).ok().filter(|_| bytes.iter().all(|byte| matches!(byte, b' '..=b'~')))
}

/// The bytes of a range that lies in one chunk. `None`: it does not, or they were left out.
pub(crate) fn slice<'a>(chunks: &'a VecDeque<Chunk>, range: &Range<u64>) -> Option<&'a [u8]> {
    let chunk = holding(chunks, range.start)?;
    let start = usize::try_from(range.start - chunk.offset).ok()?;
    let len = usize::try_from(range.end - range.start).ok()?;
    chunk.bytes.get(start..start.checked_add(len)?)
}

/// Merges the last two chunks if the bytes of both were left out for the same reason. Returns the cost that is freed.
fn merge_last(chunks: &mut VecDeque<Chunk>) -> u64 {
    let Some(last) = chunks.pop_back() else { return 0 };
    match chunks.back_mut() {
        Some(before)
            if last.omitted()
                && before.omitted()
                && before.lost == last.lost
                && before.range().end == last.offset =>
        {
            before.until = last.until;
            before.len += last.len;
            before.count = before.count.saturating_add(last.count);
            CHUNK_COST
        }
        _ => {
            chunks.push_back(last);
            0
        }
    }
}

#[cfg(test)]
mod tests;
