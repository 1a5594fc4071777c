//! Puts the segments of both directions into one order that both ends can have seen.

use crate::pcap::tcp::{Held, Stream, StreamEvent, WaitsFor};

use super::ends::Endpoint;

/// Number of further packets of the connection for which a segment waits for what is missing before it: a capture of two
/// taps, or of several queues, is not in order.
const PATIENCE: u64 = 64;

/// The two streams of a connection.
///
/// A segment acknowledges what its sender had received. So it comes after these bytes, wherever it stands in the file:
/// the answer after its request, the next request after the answer. What both sides wait for is not in the capture.
#[derive(Debug, Default)]
pub(super) struct Merge {
    /// By [`Endpoint::index`].
    streams: [Stream; 2],
    /// Number of packets so far.
    packets: u64,
}

impl Merge {
    /// The stream that an end sends.
    pub(super) const fn stream(&self, side: Endpoint) -> &Stream {
        &self.streams[side.index()]
    }

    /// Begins the stream of `side` with the byte of this sequence number, unless its beginning is known.
    pub(super) fn begin(&mut self, side: Endpoint, first: u32) {
        self.streams[side.index()].begin(first);
    }

    /// Takes a segment of `side` in.
    pub(super) fn put(&mut self, side: Endpoint, seq: u32, segment: Held, fin: bool) {
        self.packets += 1;
        self.streams[side.index()].put(seq, Held { packet: self.packets, ..segment }, fin);
    }

    /// The next parts in order, and the end that sent them. `last`: nothing that is missing will come. `None`: all that
    /// is held waits.
    pub(super) fn next(&mut self, last: bool, parts: &mut Vec<StreamEvent>) -> Option<Endpoint> {
        loop {
            for side in Endpoint::BOTH {
                let [own, other] = [side, side.other()].map(Endpoint::index);
                if self.streams[own].waits_for(&self.streams[other]).is_none() && self.streams[own].pop(parts)
                {
                    return Some(side);
                }
            }
            match self.give_up(last, parts) {
                Some(side) if parts.is_empty() => _ = side,
                given_up => return given_up,
            }
        }
    }

    /// Gives up as lost what has been waited for long enough, and returns the end that sent it. `None`: nothing has.
    fn give_up(&mut self, last: bool, parts: &mut Vec<StreamEvent>) -> Option<Endpoint> {
        let waits = Endpoint::BOTH.map(|side| self.stream(side).waits_for(self.stream(side.other())));
        let late = |side: &&Endpoint| {
            let stream = self.stream(**side);
            last || stream.is_full()
                || stream.waits_since().is_some_and(|packet| packet + PATIENCE < self.packets)
        };
        let waiting = Endpoint::BOTH.iter().filter(|side| waits[side.index()].is_some());
        let oldest = waiting.filter(late).min_by_key(|side| self.stream(**side).waits_since());
        let Some(&side) = oldest else {
            let side = Endpoint::BOTH.into_iter().find(|side| last && self.stream(*side).lacks_end())?;
            self.streams[side.index()].skip_to_end(parts);
            return Some(side);
        };
        let at = self.stream(side).held_at().unwrap_or_default();
        let (missing, up_to) = match (waits[side.index()]?, waits[side.other().index()]) {
            // The other end had received a part of what is missing when it sent its next segment.
            (WaitsFor::Own(offset), Some(WaitsFor::Other(acked))) => (side, offset.min(acked)),
            (WaitsFor::Own(offset), _) => (side, offset),
            (WaitsFor::Other(acked), Some(WaitsFor::Own(offset))) => (side.other(), offset.min(acked)),
            (WaitsFor::Other(acked), None) => (side.other(), acked),
            (WaitsFor::Other(_), Some(WaitsFor::Other(_))) => {
                self.streams[side.index()].release();
                return Some(side);
            }
        };
        self.streams[missing.index()].skip_to(at, up_to, parts);
        Some(missing)
    }
}
