//! Reassembles one direction of a TCP connection: segments in any order in, the stream out.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::base::stream::Nanos;

/// Upper bound on bytes held for one direction because bytes in front of them are missing; beyond it, the missing bytes
/// count as lost.
const HELD_BYTES: usize = 4 * 1024 * 1024;
/// Upper bound on segments held for one direction, as [`HELD_BYTES`] is on their bytes.
const HELD_SEGMENTS: usize = 4_096;
/// Number of bytes of a stream that are remembered, to compare bytes that are sent again with them.
const REMEMBERED_BYTES: usize = 64 * 1024;

/// A part of the stream, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StreamEvent {
    /// The new bytes of a segment, and when they were captured.
    Bytes(Nanos, Bytes),
    /// The number of bytes that are missing from the capture here, and when the bytes after them were captured.
    Gap(Nanos, u64),
    /// The sender's FIN.
    End(Nanos),
}

/// The stream of one direction.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The sequence number of stream offset 0. `None`: no segment was seen yet.
    first: Option<u32>,
    /// Stream offset of the next byte.
    next: u64,
    /// Segments beyond `next`, by stream offset: when, the bytes, and the number of bytes after them that were not
    /// captured.
    held: BTreeMap<u64, (Nanos, Bytes, u64)>,
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
    /// Segments that came before an earlier part of their stream.
    pub out_of_order: u64,
    /// Segments that repeat bytes.
    pub repeated: u64,
    /// Repeating segments whose bytes differ from the first time.
    pub different: u64,
    /// Bytes that are missing from the capture.
    pub lost_bytes: u64,
}

impl Stream {
    /// Begins the stream after a SYN with this sequence number.
    pub(super) fn begin(&mut self, seq: u32) {
        self.first.get_or_insert(seq.wrapping_add(1));
    }

    /// Whether segments are held because bytes in front of them are missing.
    pub(super) fn waits(&self) -> bool {
        !self.held.is_empty()
    }

    /// Takes a segment in. `lost` is the number of its bytes after `bytes` that were not captured.
    pub(super) fn take(
        &mut self,
        at: Nanos,
        seq: u32,
        bytes: &Bytes,
        lost: u32,
        fin: bool,
    ) -> Vec<StreamEvent> {
        let first = *self.first.get_or_insert(seq);
        // RFC 9293 §3.4: sequence numbers are counted modulo 2^32. The offset nearest to the expected one is meant.
        let expected = first.wrapping_add(low_half(self.next));
        let ahead = i64::from(seq.wrapping_sub(expected).cast_signed());
        let Some(offset) = self.next.checked_add_signed(ahead) else {
            // Before offset 0: the capture began in mid-connection, or this is a keep-alive probe.
            return Vec::new();
        };
        let whole = bytes.len() as u64 + u64::from(lost);
        if fin {
            self.end.get_or_insert((offset + whole, at));
        }
        let mut pieces = Vec::new();
        if whole > 0 {
            if offset > self.next {
                self.stats.out_of_order += 1;
                self.hold(offset, at, bytes.clone(), u64::from(lost));
            } else {
                self.join(offset, at, bytes, u64::from(lost), &mut pieces);
            }
        }
        self.settle(&mut pieces);
        if self.held_bytes > HELD_BYTES || self.held.len() > HELD_SEGMENTS {
            self.flush_gaps(&mut pieces);
        }
        pieces
    }

    /// Stops waiting for missing bytes: they become gaps.
    pub(super) fn flush_gaps(&mut self, pieces: &mut Vec<StreamEvent>) {
        while let Some((&offset, &(at, ..))) = self.held.first_key_value() {
            self.skip(at, offset - self.next.min(offset), pieces);
            self.settle(pieces);
        }
        if let Some((end, at)) = self.end
            && end > self.next
        {
            self.skip(at, end - self.next, pieces);
            self.settle(pieces);
        }
    }

    /// Moves held segments that have become next to the stream, and its end.
    fn settle(&mut self, pieces: &mut Vec<StreamEvent>) {
        while let Some(entry) = self.held.first_entry()
            && *entry.key() <= self.next
        {
            let (offset, (at, bytes, lost)) = entry.remove_entry();
            self.held_bytes -= bytes.len();
            self.join(offset, at, &bytes, lost, pieces);
        }
        if let Some((end, at)) = self.end
            && end <= self.next
            && !std::mem::replace(&mut self.ended, true)
        {
            pieces.push(StreamEvent::End(at));
        }
    }

    /// Appends the new part of a segment that begins at or before `next`.
    fn join(&mut self, offset: u64, at: Nanos, bytes: &Bytes, lost: u64, pieces: &mut Vec<StreamEvent>) {
        let old = usize::try_from(self.next - offset).unwrap_or(usize::MAX).min(bytes.len());
        if old > 0 {
            self.stats.repeated += 1;
            let back = usize::try_from(self.next - offset).unwrap_or(usize::MAX);
            let known = self.latest.len().checked_sub(back).and_then(|from| self.latest.get(from..));
            if known.is_some_and(|known| known.iter().zip(&bytes[..old]).any(|(a, b)| a != b)) {
                self.stats.different += 1;
            }
        }
        let new = bytes.slice(old..);
        if !new.is_empty() {
            self.next += new.len() as u64;
            self.latest.extend_from_slice(&new[new.len().saturating_sub(REMEMBERED_BYTES)..]);
            if self.latest.len() > 2 * REMEMBERED_BYTES {
                self.latest.drain(..self.latest.len() - REMEMBERED_BYTES);
            }
            pieces.push(StreamEvent::Bytes(at, new));
        }
        let end = offset + bytes.len() as u64 + lost;
        if end > self.next {
            self.skip(at, end - self.next, pieces);
        }
    }

    fn skip(&mut self, at: Nanos, len: u64, pieces: &mut Vec<StreamEvent>) {
        if len > 0 {
            self.next += len;
            self.latest.clear();
            self.stats.lost_bytes += len;
            pieces.push(StreamEvent::Gap(at, len));
        }
    }

    fn hold(&mut self, offset: u64, at: Nanos, bytes: Bytes, lost: u64) {
        // Of two segments with the same offset the longer one is kept.
        if self.held.get(&offset).is_some_and(|(_, known, _)| known.len() >= bytes.len()) {
            self.stats.repeated += 1;
            return;
        }
        self.held_bytes += bytes.len();
        if let Some((_, replaced, _)) = self.held.insert(offset, (at, bytes, lost)) {
            self.held_bytes -= replaced.len();
        }
    }
}

/// A stream offset modulo 2^32, as sequence numbers count.
fn low_half(offset: u64) -> u32 {
    let [a, b, c, d, ..] = offset.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Lcg;

    fn take(stream: &mut Stream, seq: u32, bytes: &'static [u8]) -> Vec<StreamEvent> {
        stream.take(Nanos::new(1), seq, &Bytes::from_static(bytes), 0, false)
    }

    fn piece(bytes: &'static [u8]) -> StreamEvent {
        StreamEvent::Bytes(Nanos::new(1), Bytes::from_static(bytes))
    }

    #[test]
    fn segments_come_out_in_order_across_the_wrap() {
        let mut stream = Stream::default();
        stream.begin(u32::MAX - 2);
        assert_eq!(take(&mut stream, u32::MAX - 1, b"ab"), [piece(b"ab")]);
        assert_eq!(take(&mut stream, 2, b"ef"), []);
        assert_eq!(take(&mut stream, 0, b"cd"), [piece(b"cd"), piece(b"ef")]);
        assert_eq!(stream.stats, ReassemblyStats { out_of_order: 1, ..ReassemblyStats::default() });
    }

    #[test]
    fn what_is_sent_again_is_compared() {
        let mut stream = Stream::default();
        stream.begin(99);
        assert_eq!(take(&mut stream, 100, b"hello"), [piece(b"hello")]);
        assert_eq!(take(&mut stream, 100, b"hello"), []);
        assert_eq!(take(&mut stream, 102, b"LLo!"), [piece(b"!")]);
        assert_eq!(stream.stats, ReassemblyStats { repeated: 2, different: 1, ..ReassemblyStats::default() });
    }

    #[test]
    fn what_never_comes_is_a_gap() {
        let mut stream = Stream::default();
        stream.begin(0);
        assert_eq!(take(&mut stream, 4, b"def"), []);
        let mut pieces = Vec::new();
        stream.flush_gaps(&mut pieces);
        assert_eq!(pieces, [StreamEvent::Gap(Nanos::new(1), 3), piece(b"def")]);
        // Cut by the snapshot length, then the end.
        let cut = stream.take(Nanos::new(2), 7, &Bytes::from_static(b"gh"), 10, true);
        assert_eq!(
            cut,
            [
                StreamEvent::Bytes(Nanos::new(2), Bytes::from_static(b"gh")),
                StreamEvent::Gap(Nanos::new(2), 10),
                StreamEvent::End(Nanos::new(2))
            ]
        );
    }

    #[test]
    fn any_order_gives_the_same_stream() {
        let text: Vec<u8> = (0..=255).cycle().take(3_000).collect();
        let mut dice = Lcg(9);
        for _ in 0..50 {
            let mut segments = Vec::new();
            let mut at = 0;
            while at < text.len() {
                let len = 1 + dice.index(200);
                let back = dice.index(20).min(at);
                let end = (at + len).min(text.len());
                segments.push((at - back, Bytes::copy_from_slice(&text[at - back..end])));
                at = end;
            }
            for index in (1..segments.len()).rev() {
                let other = dice.index(index + 1);
                segments.swap(index, other);
            }
            let mut stream = Stream::default();
            stream.begin(u32::MAX - 1_000);
            let mut out = Vec::new();
            for (at, bytes) in segments {
                let seq = (u32::MAX - 999).wrapping_add(u32::try_from(at).unwrap_or(0));
                for piece in stream.take(Nanos::new(1), seq, &bytes, 0, false) {
                    if let StreamEvent::Bytes(_, bytes) = piece {
                        out.extend_from_slice(&bytes);
                    }
                }
            }
            assert_eq!(out, text);
            assert_eq!((stream.stats.different, stream.stats.lost_bytes), (0, 0));
        }
    }

    #[test]
    fn what_is_held_is_bounded() {
        let mut stream = Stream::default();
        stream.begin(0);
        let block = Bytes::from(vec![0; 60_000]);
        for number in 0..200_u32 {
            stream.take(Nanos::new(1), 2 + number * 60_000, &block, 0, false);
            assert!(stream.held_bytes <= HELD_BYTES);
        }
        assert_eq!(stream.stats.lost_bytes, 1);
    }
}
