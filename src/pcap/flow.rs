//! The packets between two addresses: which side is the server, and when the connection is over.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::base::stream::{ConnId, Role};
use crate::trace::{CloseReason, EventKind, Nanos, ProtocolKind};

use super::{
    frame::Segment,
    http::dialogue::{Dialogue, Out, begins_request},
    stream::{Oddities, Piece, Stream},
};

/// The two addresses, the lesser one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(SocketAddr, SocketAddr);

impl Key {
    /// That of a segment.
    pub fn of(segment: &Segment) -> Self {
        Self(segment.from.min(segment.to), segment.from.max(segment.to))
    }
}

/// The packets of one connection.
#[derive(Debug)]
pub struct Flow {
    /// Its number among all, HTTP or not.
    pub number: u64,
    /// That of the lesser address, that of the greater one.
    streams: [Stream; 2],
    /// Sequence number of the client's SYN. `None`: it was not seen.
    syn: Option<u32>,
    /// What is said, and which stream is the client's. `None`: not known yet.
    dialogue: Option<(Dialogue, usize, ConnId)>,
    /// The sides that ended, in order.
    ended: Vec<usize>,
    reset: bool,
}

impl Flow {
    pub fn new(number: u64) -> Self {
        let streams = Default::default();
        Self { number, streams, syn: None, dialogue: None, ended: Vec::new(), reset: false }
    }

    /// Whether this SYN is that of another connection between the same addresses.
    pub fn begins_anew(&self, segment: &Segment) -> bool {
        self.syn != Some(segment.seq)
    }

    /// Whether nothing more is to come.
    pub fn is_over(&self) -> bool {
        self.reset || self.ended.len() == 2
    }

    /// Takes a segment in. `connections` counts those that are HTTP/1.
    pub fn segment(
        &mut self,
        at: Nanos,
        segment: &Segment,
        bytes: &Bytes,
        connections: &mut u64,
        out: &mut Out,
    ) {
        let side = usize::from(segment.from > segment.to);
        if segment.syn {
            self.streams[side].begin(segment.seq);
            let client = if segment.ack { 1 - side } else { side };
            if !segment.ack {
                self.syn = Some(segment.seq);
            }
            if self.dialogue.is_none() {
                let (peer, local) =
                    if client == side { (segment.from, segment.to) } else { (segment.to, segment.from) };
                self.decide(at, client, (peer, local), true, connections, out);
            }
        }
        if self.dialogue.is_none() {
            let asks = begins_request(bytes);
            if asks || bytes.starts_with(b"HTTP/1.") {
                let (client, ends) = if asks {
                    (side, (segment.from, segment.to))
                } else {
                    (1 - side, (segment.to, segment.from))
                };
                self.decide(at, client, ends, false, connections, out);
            } else {
                // Nobody knows what it is: the stream begins where it is known.
                return;
            }
        }
        // A SYN has a number of its own, before the first byte.
        let seq = segment.seq.wrapping_add(u32::from(segment.syn));
        let different = self.streams[side].oddities.different;
        if !self.client_is(side) && !bytes.is_empty() {
            self.catch_up(1 - side, out);
        }
        let pieces = self.streams[side].take(at, seq, bytes, segment.lost, segment.fin);
        self.say(side, pieces, out);
        if self.streams[side].oddities.different > different
            && let Some((dialogue, _, conn)) = &self.dialogue
        {
            let about = dialogue.about(!self.client_is(side));
            if about.is_some() {
                let text = "Some bytes were sent again with other content; the first ones are shown.";
                out.note(at, *conn, about, text);
            }
        }
        if segment.rst && !self.reset {
            self.reset = true;
            self.give_up(out);
            self.close(at, CloseReason::Reset, "The connection was reset.", out);
        } else if self.ended.len() == 2 {
            let by_client = self.ended.first().is_some_and(|side| self.client_is(*side));
            let reason = if by_client { CloseReason::Client } else { CloseReason::ServerDone };
            self.close(at, reason, "The connection ended before the response.", out);
        }
    }

    /// No more segments come. Answers with what was odd in the streams of a connection that is HTTP/1.
    pub fn finish(&mut self, at: Nanos, out: &mut Out) -> Vec<Oddities> {
        if self.dialogue.is_none() {
            return Vec::new();
        }
        if !self.is_over() {
            self.give_up(out);
            if let Some((dialogue, ..)) = &mut self.dialogue {
                dialogue.finish(at, "The capture ends before the exchange does.", out);
            }
        }
        self.streams.iter().map(|stream| stream.oddities).collect()
    }

    fn client_is(&self, side: usize) -> bool {
        matches!(&self.dialogue, Some((_, client, _)) if *client == side)
    }

    /// It is known who the client is.
    fn decide(
        &mut self,
        at: Nanos,
        client: usize,
        (peer, local): (SocketAddr, SocketAddr),
        whole: bool,
        connections: &mut u64,
        out: &mut Out,
    ) {
        *connections += 1;
        let conn = ConnId::nth(*connections);
        self.dialogue = Some((Dialogue::new(conn, whole), client, conn));
        out.say(
            at,
            conn,
            None,
            EventKind::Opened { role: Role::Accepted, protocol: ProtocolKind::Http, peer, local },
        );
    }

    /// The server answers: then it had what is missing of the question.
    fn catch_up(&mut self, client: usize, out: &mut Out) {
        let unasked = matches!(&self.dialogue, Some((dialogue, ..)) if dialogue.is_unasked());
        if unasked && self.streams[client].waits() {
            let mut pieces = Vec::new();
            self.streams[client].give_up(&mut pieces);
            self.say(client, pieces, out);
        }
    }

    /// What is missing does not come any more.
    fn give_up(&mut self, out: &mut Out) {
        let client = usize::from(!self.client_is(0));
        for side in [client, 1 - client] {
            let mut pieces = Vec::new();
            self.streams[side].give_up(&mut pieces);
            self.say(side, pieces, out);
        }
    }

    fn say(&mut self, side: usize, pieces: Vec<Piece>, out: &mut Out) {
        let Some((dialogue, client, _)) = &mut self.dialogue else { return };
        for piece in pieces {
            if matches!(piece, Piece::End(_)) {
                self.ended.push(side);
            }
            if side == *client {
                dialogue.asked(piece, out);
            } else {
                dialogue.answered(piece, out);
            }
        }
    }

    fn close(&mut self, at: Nanos, reason: CloseReason, said: &str, out: &mut Out) {
        let Some((dialogue, _, conn)) = &mut self.dialogue else { return };
        dialogue.finish(at, said, out);
        out.say(at, *conn, None, EventKind::Closed(reason));
    }
}
