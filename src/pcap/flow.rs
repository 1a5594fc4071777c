//! The packets between two addresses: what they speak, which end is the server, and when the connection is over.

mod ends;
mod merge;
mod talk;

use bytes::Bytes;

use crate::base::stream::{Direction, Nanos};
use crate::trace::CloseReason;

use super::{
    frame::Segment,
    sink::EventSink,
    tcp::{Held, ReassemblyStats, StreamEvent},
};
use ends::Endpoint;
use merge::Merge;
use talk::Talk;

pub(super) use ends::{Key, Reached};

/// The packets of one connection.
#[derive(Debug)]
pub(super) struct Flow {
    /// The connection's number among all in the file, HTTP or not.
    pub number: u64,
    merge: Merge,
    /// Sequence number of the client's SYN. `None`: it is not known.
    syn: Option<u32>,
    talk: Talk,
    /// The endpoints whose FIN was reached, in that order.
    ended: Vec<Endpoint>,
    reset: bool,
}

impl Flow {
    pub(super) fn new(key: Key, number: u64, at: Nanos) -> Self {
        Self {
            number,
            merge: Merge::default(),
            syn: None,
            talk: Talk::new(key, at),
            ended: Vec::new(),
            reset: false,
        }
    }

    /// Whether a SYN opens another connection between the same addresses, and is not a repetition.
    pub(super) fn begins_anew(&self, segment: &Segment) -> bool {
        self.syn != Some(segment.seq)
    }

    /// Whether both ends are done, or one reset the connection.
    pub(super) fn is_over(&self) -> bool {
        self.reset || self.ended.len() == 2
    }

    /// How far both ends came.
    pub(super) fn reached(&self) -> Reached {
        Reached(Endpoint::BOTH.map(|side| self.merge.stream(side).next_seq()))
    }

    /// Takes a segment in.
    pub(super) fn segment(&mut self, at: Nanos, segment: &Segment, bytes: &Bytes, out: &mut EventSink) {
        let side = Endpoint::of(segment);
        if segment.syn {
            self.merge.begin(side, segment.seq.wrapping_add(1));
            let client = segment.ack.map_or(side, |_| side.other());
            let syn = segment.ack.map_or(segment.seq, |ack| ack.wrapping_sub(1));
            self.syn.get_or_insert(syn);
            self.talk.opens(client);
        }
        // The numbers of the other end begin where its first byte is asked for. Without a SYN this holds for what
        // answers the client alone: the client's own bytes may stand later in the file.
        if let Some(ack) = segment.ack
            && (self.syn.is_some() || self.talk.asks(side, bytes))
        {
            self.merge.begin(side.other(), ack);
        }
        let acked = segment.ack.and_then(|ack| self.merge.stream(side.other()).acked(ack));
        // A SYN has a number of its own, before the first byte.
        let seq = segment.seq.wrapping_add(u32::from(segment.syn));
        let different = self.different();
        let held = Held { at, bytes: bytes.clone(), lost: u64::from(segment.lost), acked, packet: 0 };
        self.merge.put(side, seq, held, segment.fin);
        self.advance(segment.rst, out);
        if self.different() > different {
            self.talk.note(
                side,
                "Some bytes were sent again with other content; the first ones are shown.",
                out,
            );
        }
        if segment.rst && !self.reset {
            self.reset = true;
            self.talk.close(at, CloseReason::Reset, "The connection was reset.", out);
        } else if self.ended.len() == 2 {
            let by_client =
                self.ended.first().is_some_and(|side| self.talk.direction(*side) == Direction::Received);
            let reason = if by_client { CloseReason::Client } else { CloseReason::ServerDone };
            self.talk.close(at, reason, "The connection ended before the response.", out);
        }
    }

    /// Ends the connection: no more segments come. Returns the statistics of both streams, or none if the connection
    /// does not speak HTTP/1.
    pub(super) fn finish(&mut self, at: Nanos, out: &mut EventSink) -> Vec<ReassemblyStats> {
        if !self.is_over() {
            self.advance(true, out);
            self.talk.finish(at, "The capture ends before the exchange does.", out);
        }
        self.talk.count(out);
        if !self.talk.is_http() {
            return Vec::new();
        }
        Endpoint::BOTH.iter().map(|side| self.merge.stream(*side).stats).collect()
    }

    fn different(&self) -> u64 {
        Endpoint::BOTH.iter().map(|side| self.merge.stream(*side).stats.different).sum()
    }

    /// Hands over what has become part of the streams. `last`: nothing that is missing will come.
    fn advance(&mut self, last: bool, out: &mut EventSink) {
        let mut parts = Vec::new();
        while let Some(side) = self.merge.next(last, &mut parts) {
            for part in parts.drain(..) {
                if matches!(part, StreamEvent::End(_)) {
                    self.ended.push(side);
                }
                self.talk.take(side, part, out);
            }
        }
    }
}
