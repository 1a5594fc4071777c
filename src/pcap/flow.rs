//! The packets between two addresses: which end is the server, and when the connection is over.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::base::stream::{ConnId, Direction, Nanos, Role};
use crate::trace::{CloseReason, ConnectionStart, EventKind, ProtocolKind};

use super::{
    frame::Segment,
    http::{EventSink, HttpConnection, begins_request},
    tcp::{ReassemblyStats, Stream, StreamEvent},
};

/// The addresses of the two ends, the lesser one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(SocketAddr, SocketAddr);

impl Key {
    /// The key of the connection that a segment belongs to.
    pub(super) fn of(segment: &Segment) -> Self {
        Self(segment.from.min(segment.to), segment.from.max(segment.to))
    }
}

/// One of the two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    /// The end with the lesser address.
    Lesser,
    /// The end with the greater address.
    Greater,
}

impl Endpoint {
    /// The endpoint that sent a segment.
    fn of(segment: &Segment) -> Self {
        if segment.from > segment.to { Self::Greater } else { Self::Lesser }
    }

    const fn other(self) -> Self {
        match self {
            Self::Lesser => Self::Greater,
            Self::Greater => Self::Lesser,
        }
    }

    /// The index of its stream.
    const fn index(self) -> usize {
        match self {
            Self::Lesser => 0,
            Self::Greater => 1,
        }
    }
}

/// The conversation on a connection of HTTP/1.
#[derive(Debug)]
struct Http {
    conn: ConnId,
    /// The endpoint that asks.
    client: Endpoint,
    messages: HttpConnection,
}

/// The packets of one connection.
#[derive(Debug)]
pub(super) struct Flow {
    /// The connection's number among all in the file, HTTP or not.
    pub number: u64,
    /// The bytes of each end, by [`Endpoint::index`].
    streams: [Stream; 2],
    /// Sequence number of the client's SYN. `None`: it was not seen.
    syn: Option<u32>,
    /// The conversation. `None`: still unknown whether the connection speaks HTTP/1, and which end is the
    /// client.
    http: Option<Http>,
    /// The endpoints whose FIN was reached, in that order.
    ended: Vec<Endpoint>,
    reset: bool,
}

impl Flow {
    pub(super) fn new(number: u64) -> Self {
        let streams = Default::default();
        Self { number, streams, syn: None, http: None, ended: Vec::new(), reset: false }
    }

    /// Whether a SYN opens another connection between the same addresses, and is not a repetition.
    pub(super) fn begins_anew(&self, segment: &Segment) -> bool {
        self.syn != Some(segment.seq)
    }

    /// Whether both ends are done, or one reset the connection.
    pub(super) fn is_over(&self) -> bool {
        self.reset || self.ended.len() == 2
    }

    /// Takes a segment in.
    pub(super) fn segment(&mut self, at: Nanos, segment: &Segment, bytes: &Bytes, out: &mut EventSink) {
        let side = Endpoint::of(segment);
        if segment.syn {
            self.streams[side.index()].begin(segment.seq);
            let client = if segment.ack { side.other() } else { side };
            if !segment.ack {
                self.syn = Some(segment.seq);
            }
            if self.http.is_none() {
                let (peer, local) =
                    if client == side { (segment.from, segment.to) } else { (segment.to, segment.from) };
                self.decide(at, client, (peer, local), true, out);
            }
        }
        if self.http.is_none() {
            let asks = begins_request(bytes);
            if asks || bytes.starts_with(b"HTTP/1.") {
                let (client, ends) = if asks {
                    (side, (segment.from, segment.to))
                } else {
                    (side.other(), (segment.to, segment.from))
                };
                self.decide(at, client, ends, false, out);
            } else {
                // Not known to be HTTP/1 yet: the streams begin where it is.
                return;
            }
        }
        // A SYN has a number of its own, before the first byte.
        let seq = segment.seq.wrapping_add(u32::from(segment.syn));
        let different = self.streams[side.index()].stats.different;
        if self.direction(side) == Direction::Sent && !bytes.is_empty() {
            self.flush_request_gaps(side.other(), out);
        }
        let pieces = self.streams[side.index()].take(at, seq, bytes, segment.lost, segment.fin);
        self.hand_over(side, pieces, out);
        if self.streams[side.index()].stats.different > different
            && let Some(Http { conn, messages, .. }) = &self.http
        {
            let about = messages.about(self.direction(side));
            if about.is_some() {
                let text = "Some bytes were sent again with other content; the first ones are shown.";
                out.note(at, *conn, about, text);
            }
        }
        if segment.rst && !self.reset {
            self.reset = true;
            self.flush_gaps(out);
            self.close(at, CloseReason::Reset, "The connection was reset.", out);
        } else if self.ended.len() == 2 {
            let by_client =
                self.ended.first().is_some_and(|side| self.direction(*side) == Direction::Received);
            let reason = if by_client { CloseReason::Client } else { CloseReason::ServerDone };
            self.close(at, reason, "The connection ended before the response.", out);
        }
    }

    /// Ends the connection: no more segments come. Returns the statistics of both streams, or none if the connection is
    /// not known to be HTTP/1.
    pub(super) fn finish(&mut self, at: Nanos, out: &mut EventSink) -> Vec<ReassemblyStats> {
        if self.http.is_none() {
            return Vec::new();
        }
        if !self.is_over() {
            self.flush_gaps(out);
            if let Some(http) = &mut self.http {
                http.messages.finish(at, "The capture ends before the exchange does.", out);
            }
        }
        self.streams.iter().map(|stream| stream.stats).collect()
    }

    /// The direction of what an endpoint sends, as the server sees it.
    fn direction(&self, side: Endpoint) -> Direction {
        let by_client = self.http.as_ref().is_some_and(|http| http.client == side);
        if by_client { Direction::Received } else { Direction::Sent }
    }

    /// Opens the connection in the trace, now that the client is known. `whole`: the capture has its beginning.
    fn decide(
        &mut self,
        at: Nanos,
        client: Endpoint,
        (peer, local): (SocketAddr, SocketAddr),
        whole: bool,
        out: &mut EventSink,
    ) {
        out.connections += 1;
        let conn = ConnId::nth(out.connections);
        self.http = Some(Http { conn, client, messages: HttpConnection::new(conn, whole) });
        out.emit(
            at,
            conn,
            None,
            ConnectionStart { role: Role::Accepted, protocol: ProtocolKind::Http, peer, local }.into(),
        );
    }

    /// The server has answered, so the request reached it even though the capture has a gap: the missing segments are
    /// no longer waited for.
    fn flush_request_gaps(&mut self, client: Endpoint, out: &mut EventSink) {
        let unasked = self.http.as_ref().is_some_and(|http| http.messages.is_unasked());
        if unasked && self.streams[client.index()].waits() {
            let mut pieces = Vec::new();
            self.streams[client.index()].flush_gaps(&mut pieces);
            self.hand_over(client, pieces, out);
        }
    }

    /// Stops waiting for missing segments of both streams: no more are to come.
    fn flush_gaps(&mut self, out: &mut EventSink) {
        let Some(client) = self.http.as_ref().map(|http| http.client) else { return };
        for side in [client, client.other()] {
            let mut pieces = Vec::new();
            self.streams[side.index()].flush_gaps(&mut pieces);
            self.hand_over(side, pieces, out);
        }
    }

    fn hand_over(&mut self, side: Endpoint, pieces: Vec<StreamEvent>, out: &mut EventSink) {
        let direction = self.direction(side);
        let Some(Http { messages, .. }) = &mut self.http else { return };
        for piece in pieces {
            if matches!(piece, StreamEvent::End(_)) {
                self.ended.push(side);
            }
            messages.take(direction, piece, out);
        }
    }

    fn close(&mut self, at: Nanos, reason: CloseReason, said: &str, out: &mut EventSink) {
        let Some(Http { conn, messages, .. }) = &mut self.http else { return };
        messages.finish(at, said, out);
        out.emit(at, *conn, None, EventKind::Closed(reason));
    }
}
