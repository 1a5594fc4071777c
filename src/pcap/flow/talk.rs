//! What is said on a connection: undecided at first, then HTTP/1 or something else.

use crate::{
    base::stream::{ConnId, Direction, Nanos, Role},
    pcap::{
        http::HttpConnection,
        sink::EventSink,
        spoken::{Spoken, Verdict, begins_request, server_name, verdict},
        tcp::StreamEvent,
    },
    trace::{CloseReason, ConnectionStart, EventKind, ProtocolKind},
};

use super::ends::{Endpoint, Key};

/// The first bytes of an end that are kept until it is known what a connection speaks.
const FIRST_BYTES: usize = 16 * 1024;

/// The conversation of a connection.
#[derive(Debug)]
pub(super) struct Talk {
    key: Key,
    /// When the connection began, as far as the capture has it.
    began: Nanos,
    /// The time of the latest part.
    now: Nanos,
    /// The latest time that was emitted, so that times on a connection never go back.
    told: Nanos,
    /// The end that opened the connection. `None`: the capture does not have its beginning.
    opener: Option<Endpoint>,
    /// Bytes of each stream before its first message, which were not handed over, by [`Endpoint::index`].
    skipped: [u64; 2],
    state: State,
}

#[derive(Debug)]
enum State {
    /// The first bytes of each end, by [`Endpoint::index`], and everything that was taken in.
    Open { first: [Vec<u8>; 2], parts: Vec<(Endpoint, StreamEvent)> },
    Http {
        conn: ConnId,
        /// The endpoint that asks.
        client: Endpoint,
        messages: Box<HttpConnection>,
    },
    /// Another protocol, with the server's name in TLS.
    Other(Spoken, Option<String>),
}

impl Talk {
    pub(super) const fn new(key: Key, began: Nanos) -> Self {
        let state = State::Open { first: [Vec::new(), Vec::new()], parts: Vec::new() };
        Self { key, began, now: began, told: began, opener: None, skipped: [0; 2], state }
    }

    /// An end opens the connection.
    pub(super) fn opens(&mut self, client: Endpoint) {
        self.opener.get_or_insert(client);
    }

    pub(super) const fn is_http(&self) -> bool {
        matches!(self.state, State::Http { .. })
    }

    /// Whether `side` is known to be the client, or begins a request with `bytes`.
    pub(super) fn asks(&self, side: Endpoint, bytes: &[u8]) -> bool {
        match self.state {
            State::Http { client, .. } => client == side,
            _ => begins_request(bytes),
        }
    }

    /// The direction of what an endpoint sends, as the server sees it.
    pub(super) fn direction(&self, side: Endpoint) -> Direction {
        let client = match self.state {
            State::Http { client, .. } => Some(client),
            _ => self.opener,
        };
        if client == Some(side) { Direction::Received } else { Direction::Sent }
    }

    /// Takes a part of the stream of `side` in.
    pub(super) fn take(&mut self, side: Endpoint, part: StreamEvent, out: &mut EventSink) {
        match &mut self.state {
            State::Http { .. } => self.hand_over(side, part, out),
            State::Other(..) => {}
            State::Open { first, parts } => {
                if let StreamEvent::Bytes { bytes, .. } = &part {
                    let first = &mut first[side.index()];
                    if self.opener.is_none() && parts.is_empty() && !begins_message(bytes) {
                        // In mid-connection nothing is known before a message begins.
                        let room = FIRST_BYTES.saturating_sub(first.len());
                        first.extend_from_slice(&bytes[..bytes.len().min(room)]);
                        self.skipped[side.index()] += bytes.len() as u64;
                        return;
                    }
                    if parts.is_empty() && self.opener.is_none() {
                        first.clear();
                    }
                    let room = FIRST_BYTES.saturating_sub(first.len());
                    first.extend_from_slice(&bytes[..bytes.len().min(room)]);
                } else if self.opener.is_none() && parts.is_empty() {
                    if let StreamEvent::Gap(_, len) = part {
                        self.skipped[side.index()] += len;
                    }
                    return;
                }
                parts.push((side, part));
                self.decide(false, out);
            }
        }
    }

    /// Decides what the connection speaks, if it can be told. `complete`: no more bytes come.
    fn decide(&mut self, complete: bool, out: &mut EventSink) {
        let State::Open { first, .. } = &self.state else { return };
        let client = self.opener.unwrap_or_else(|| {
            let answers = |side: &Endpoint| first[side.index()].starts_with(b"HTTP/");
            let asks = |side: &Endpoint| begins_request(&first[side.index()]);
            let server = Endpoint::BOTH.into_iter().find(answers);
            server.map(Endpoint::other).or(Endpoint::BOTH.into_iter().find(asks)).unwrap_or(Endpoint::Lesser)
        });
        let [asked, answered] = [client, client.other()].map(|side| &first[side.index()][..]);
        if asked.is_empty() && answered.is_empty() {
            return;
        }
        match verdict(asked, answered, complete || asked.len() == FIRST_BYTES) {
            Verdict::Open => {}
            Verdict::Other(spoken) => self.state = State::Other(spoken, server_name(asked)),
            Verdict::Http => self.open(client, out),
        }
    }

    /// Opens the connection in the trace, now that it is known to be HTTP.
    fn open(&mut self, client: Endpoint, out: &mut EventSink) {
        out.connections += 1;
        let conn = ConnId::nth(out.connections);
        let messages = Box::new(HttpConnection::new(conn, self.opener.is_some()));
        let [peer, local] = [client, client.other()].map(|side| self.key.address(side));
        let start = ConnectionStart { role: Role::Accepted, protocol: ProtocolKind::Http, peer, local };
        out.emit(self.began, conn, None, start.into());
        if let State::Open { parts, .. } =
            std::mem::replace(&mut self.state, State::Http { conn, client, messages })
        {
            for (side, part) in parts {
                self.hand_over(side, part, out);
            }
        }
    }

    fn hand_over(&mut self, side: Endpoint, part: StreamEvent, out: &mut EventSink) {
        let direction = self.direction(side);
        let part = self.in_time(side, part);
        let before = out.events.len();
        if let State::Http { messages, .. } = &mut self.state {
            messages.take(direction, part, out);
        }
        self.put_in_time(before, out);
    }

    /// The bytes of a head are told when it is complete, with their own times, and so may come after what the other end
    /// sent meanwhile. Moves the times of the events from index `first` on up to the latest one that was told.
    fn put_in_time(&mut self, first: usize, out: &mut EventSink) {
        for event in out.events.iter_mut().skip(first) {
            self.told = self.told.max(event.at);
            event.at = self.told;
        }
    }

    /// A part that waited for another becomes known when that has come. Offsets count from what was handed over.
    fn in_time(&mut self, side: Endpoint, part: StreamEvent) -> StreamEvent {
        let skipped = self.skipped[side.other().index()];
        let mut late = |at: Nanos| {
            self.now = self.now.max(at);
            self.now
        };
        match part {
            StreamEvent::Bytes { at, bytes, acked } => {
                let acked = acked.and_then(|acked| acked.checked_sub(skipped));
                StreamEvent::Bytes { at: late(at), bytes, acked }
            }
            StreamEvent::Gap(at, len) => StreamEvent::Gap(late(at), len),
            StreamEvent::End(at) => StreamEvent::End(late(at)),
        }
    }

    /// Adds a note to the exchange that the bytes of `side` belong to now.
    pub(super) fn note(&mut self, side: Endpoint, text: &str, out: &mut EventSink) {
        let direction = self.direction(side);
        if let State::Http { conn, messages, .. } = &mut self.state
            && let Some(about) = messages.about(direction)
        {
            out.note(self.now, *conn, Some(about), text);
        }
    }

    /// The connection is over. `said` becomes a note on each exchange without a complete response.
    pub(super) fn close(&mut self, at: Nanos, reason: CloseReason, said: &str, out: &mut EventSink) {
        self.finish(at, said, out);
        if let State::Http { conn, .. } = self.state {
            out.emit(self.now, conn, None, EventKind::Closed(reason));
        }
    }

    /// No more bytes come. `said` becomes a note on each exchange without a complete response.
    pub(super) fn finish(&mut self, at: Nanos, said: &str, out: &mut EventSink) {
        self.decide(true, out);
        self.now = self.now.max(at);
        let before = out.events.len();
        if let State::Http { messages, .. } = &mut self.state {
            messages.finish(self.now, said, out);
        }
        self.put_in_time(before, out);
    }

    /// Counts a connection that does not speak HTTP/1, and says what it speaks.
    pub(super) fn count(&mut self, out: &mut EventSink) {
        let State::Other(spoken, name) = &self.state else { return };
        let client = self.opener.unwrap_or(Endpoint::Lesser);
        let [client, server] = [client, client.other()].map(|side| self.key.address(side));
        let name = name.as_ref().map(|name| format!(" with the server name {name}")).unwrap_or_default();
        let text = format!(
            "The connection of {client} to {server} speaks {}{name}. It is not HTTP/1, so it is left out.",
            spoken.facts().name
        );
        out.left_out(self.now, *spoken, text);
    }
}

/// Whether a message can begin with `bytes`.
fn begins_message(bytes: &[u8]) -> bool {
    begins_request(bytes) || bytes.starts_with(b"HTTP/1.")
}
