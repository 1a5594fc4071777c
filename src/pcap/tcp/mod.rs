//! Reassembles one direction of a TCP connection: segments in any order in, the stream out.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::base::stream::Nanos;

/// Upper bound on bytes held for one direction because something before them is missing; beyond it, the missing bytes
/// count as lost.
const HELD_BYTES: usize = 4 * 1024 * 1024;
/// Upper bound on segments held for one direction, as [`HELD_BYTES`] is on their bytes.
const HELD_SEGMENTS: usize = 4_096;
/// Number of bytes of a stream that are remembered, to compare bytes that are sent again with them.
const REMEMBERED_BYTES: usize = 64 * 1024;
/// Upper bound on bytes that one end can have received and the capture has not seen: more is no acknowledgement of this
/// connection.
const UNSEEN_BYTES: u64 = 64 * 1024 * 1024;

/// A part of the stream, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StreamEvent {
    /// The new bytes of a segment.
    Bytes {
        /// When they were captured.
        at: Nanos,
        bytes: Bytes,
        /// Stream offset in the other direction up to which the sender had received everything. `None`: not known.
        acked: Option<u64>,
    },
    /// The number of bytes that are missing from the capture here, and when the bytes after them were captured.
    Gap(Nanos, u64),
    /// The sender's FIN.
    End(Nanos),
}

/// A segment that is not part of the stream yet.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub at: Nanos,
    pub bytes: Bytes,
    /// Number of bytes after `bytes` that were not captured.
    pub lost: u64,
    /// Stream offset in the other direction up to which the sender had received everything. `None`: not known.
    pub acked: Option<u64>,
    /// The number of the packet on its connection.
    pub packet: u64,
}

/// What the first held segment of a stream waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitsFor {
    /// Bytes of its own stream, up to this offset.
    Own(u64),
    /// Bytes of the other stream, up to this offset: its sender had received them.
    Other(u64),
}

/// The stream of one direction.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The sequence number of stream offset 0. `None`: no segment was seen yet.
    first: Option<u32>,
    /// Stream offset of the next byte.
    next: u64,
    /// Segments that wait, by stream offset.
    held: BTreeMap<u64, Held>,
    held_bytes: usize,
    /// Stream offset after the last byte, and when the FIN was captured. `None`: no FIN was seen yet.
    end: Option<(u64, Nanos)>,
    ended: bool,
    /// The latest bytes, up to `next`.
    latest: Vec<u8>,
    /// Counters of irregularities.
    pub stats: ReassemblyStats,
}

/// Irregularities of a stream, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ReassemblyStats {
    /// Segments that stand in the file before an earlier part of their stream.
    pub out_of_order: u64,
    /// Segments that repeat bytes.
    pub repeated: u64,
    /// Repeating segments whose bytes differ from the first time.
    pub different: u64,
    /// Bytes that are missing from the capture.
    pub lost_bytes: u64,
}

impl Stream {
    /// Begins the stream with the byte of this sequence number, unless its beginning is known.
    pub(super) fn begin(&mut self, first: u32) {
        self.first.get_or_insert(first);
    }

    /// Sequence number after the last byte that is part of the stream. `None`: no segment was seen.
    pub(super) fn next_seq(&self) -> Option<u32> {
        Some(self.first?.wrapping_add(low_half(self.next)))
    }

    /// Whether bytes are missing before the FIN.
    pub(super) fn lacks_end(&self) -> bool {
        self.end.is_some_and(|(end, _)| end > self.next)
    }

    /// The stream offset of a sequence number. `None`: it lies before the stream, or nothing is known of it.
    ///
    /// RFC 9293 §3.4: sequence numbers are counted modulo 2^32. The offset nearest to the expected one is meant.
    fn offset(&self, seq: u32) -> Option<u64> {
        let expected = self.first?.wrapping_add(low_half(self.next));
        self.next.checked_add_signed(i64::from(seq.wrapping_sub(expected).cast_signed()))
    }

    /// Stream offset up to which the other end has received everything, if it acknowledges `number`. `None`: not
    /// known, or no number of this connection.
    pub(super) fn acked(&self, number: u32) -> Option<u64> {
        let offset = self.offset(number)?;
        // The FIN has a number of its own.
        let offset = self.end.map_or(offset, |(end, _)| offset.min(end));
        let seen = self.held.last_key_value().map_or(self.next, |(at, held)| at + held.bytes.len() as u64);
        (offset <= seen.max(self.next) + UNSEEN_BYTES).then_some(offset)
    }

    /// Takes a segment in, which becomes part of the stream by [`Self::pop`].
    pub(super) fn put(&mut self, seq: u32, segment: Held, fin: bool) {
        self.first.get_or_insert(seq);
        // Before offset 0: the capture began in mid-connection, or this is a keep-alive probe.
        let Some(offset) = self.offset(seq) else { return };
        let len = segment.bytes.len() as u64 + segment.lost;
        if fin {
            self.end.get_or_insert((offset + len, segment.at));
        }
        // RFC 9293 §3.8.4: a keep-alive probe repeats the last number "and may or may not contain one garbage octet".
        let probes = len <= 1 && offset + 1 == self.next && self.held.is_empty();
        if len == 0 || probes {
            return;
        }
        if self.held.range(offset + 1..).next().is_some() {
            self.stats.out_of_order += 1;
        }
        // Of two segments with the same offset the longer one is kept.
        if self.held.get(&offset).is_some_and(|known| known.len() >= len) {
            self.stats.repeated += 1;
            return;
        }
        self.held_bytes += segment.bytes.len();
        if let Some(replaced) = self.held.insert(offset, segment) {
            self.held_bytes -= replaced.bytes.len();
        }
    }

    /// What the first held segment waits for, if `other` is the stream of the other direction. `None`: none is held, or
    /// it is the next part.
    pub(super) fn waits_for(&self, other: &Self) -> Option<WaitsFor> {
        let (&offset, held) = self.held.first_key_value()?;
        if offset > self.next {
            return Some(WaitsFor::Own(offset));
        }
        // An end that acknowledges bytes has received them before it sent this.
        held.acked.filter(|acked| *acked > other.next).map(WaitsFor::Other)
    }

    /// The number of the packet with the first held segment. `None`: none is held.
    pub(super) fn waits_since(&self) -> Option<u64> {
        self.held.first_key_value().map(|(_, held)| held.packet)
    }

    /// When the first held segment was captured. `None`: none is held.
    pub(super) fn held_at(&self) -> Option<Nanos> {
        self.held.first_key_value().map(|(_, held)| held.at)
    }

    /// Whether so much is held that what it waits for counts as lost.
    pub(super) fn is_full(&self) -> bool {
        self.held_bytes > HELD_BYTES || self.held.len() > HELD_SEGMENTS
    }

    /// Appends the first held segment to the stream, which must be the next part. `false`: none is held.
    pub(super) fn pop(&mut self, parts: &mut Vec<StreamEvent>) -> bool {
        let Some((offset, held)) = self.held.pop_first() else { return self.finish(parts) };
        self.held_bytes -= held.bytes.len();
        self.join(offset, held, parts);
        self.finish(parts);
        true
    }

    /// Forgets what the first held segment acknowledges: the two ends cannot both be right.
    pub(super) fn release(&mut self) {
        if let Some(mut first) = self.held.first_entry() {
            first.get_mut().acked = None;
        }
    }

    /// Gives the bytes up to `offset`, and to the FIN at most, up as lost.
    pub(super) fn skip_to(&mut self, at: Nanos, offset: u64, parts: &mut Vec<StreamEvent>) {
        self.skip(at, offset.saturating_sub(self.next), parts);
        self.finish(parts);
    }

    /// Gives the bytes before the FIN up as lost, if it was seen.
    pub(super) fn skip_to_end(&mut self, parts: &mut Vec<StreamEvent>) {
        if let Some((end, at)) = self.end {
            self.skip_to(at, end, parts);
        }
    }

    /// Reports the FIN once everything before it is there. `false`: it is not, or was reported before.
    fn finish(&mut self, parts: &mut Vec<StreamEvent>) -> bool {
        if let Some((end, at)) = self.end
            && end <= self.next
            && !std::mem::replace(&mut self.ended, true)
        {
            parts.push(StreamEvent::End(at));
            return true;
        }
        false
    }

    /// Appends the new part of a segment that begins at or before `next`.
    fn join(&mut self, offset: u64, held: Held, parts: &mut Vec<StreamEvent>) {
        let Held { at, bytes, lost, acked, .. } = held;
        let old = usize::try_from(self.next - offset).unwrap_or(usize::MAX).min(bytes.len());
        if old > 0 {
            self.stats.repeated += 1;
            let back = usize::try_from(self.next - offset).unwrap_or(usize::MAX);
            let known = self.latest.len().checked_sub(back).and_then(|from| self.latest.get(from..));
            if known.is_some_and(|known| known.iter().zip(&bytes[..old]).any(|(a, b)| a != b)) {
                self.stats.different += 1;
            }
        }
        let end = offset + bytes.len() as u64 + lost;
        let bytes = bytes.slice(old..);
        if !bytes.is_empty() {
            self.next += bytes.len() as u64;
            self.latest.extend_from_slice(&bytes[bytes.len().saturating_sub(REMEMBERED_BYTES)..]);
            if self.latest.len() > 2 * REMEMBERED_BYTES {
                self.latest.drain(..self.latest.len() - REMEMBERED_BYTES);
            }
            parts.push(StreamEvent::Bytes { at, bytes, acked });
        }
        if end > self.next {
            self.skip(at, end - self.next, parts);
        }
    }

    fn skip(&mut self, at: Nanos, len: u64, parts: &mut Vec<StreamEvent>) {
        if len > 0 {
            self.next += len;
            self.latest.clear();
            self.stats.lost_bytes += len;
            parts.push(StreamEvent::Gap(at, len));
        }
    }
}

impl Held {
    /// Number of bytes of the segment on the wire.
    const fn len(&self) -> u64 {
        self.bytes.len() as u64 + self.lost
    }
}

/// A stream offset modulo 2^32, as sequence numbers count.
fn low_half(offset: u64) -> u32 {
    let [a, b, c, d, ..] = offset.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests;
