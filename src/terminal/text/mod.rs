//! The trace for people: reads and writes with their bytes, where messages begin and end, stages, route
//! attempts, middleware, responses.

mod line;
mod words;

use std::{
    collections::{HashMap, VecDeque},
    io::{self, Write},
    net::SocketAddr,
    ops::Range,
};

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, Direction, ExchangeId, Layer, Leg, Nanos, Role, StreamId},
    explain::timeline,
    store::SeenOfWebSocket,
    trace::{ConnectionStart, Event, EventKind, Payload, ProtocolKind, Severity, Stage},
    words::{duration, escaped, offset, plural, shortened, size},
};

use super::{
    frames::Frames,
    items::Items,
    style::{Paint, Tone},
};
use line::Line;

/// Maximum number of bytes of a request that are remembered until its request line is complete.
const REMEMBERED_BYTES_MAX: usize = 16 * 1024;
/// Maximum number of characters of a target that are printed.
const TARGET_CHARS: usize = 120;

/// The text view.
#[derive(Debug)]
pub(super) struct Text {
    paint: Paint,
    connections: HashMap<ConnId, Connection>,
    frames: Frames,
    items: Items,
    /// The exchange whose frame broke a rule last. The note of a server that found it says the same.
    breached: Option<ExchangeId>,
}

/// The state of a connection.
#[derive(Debug, Default)]
struct Connection {
    reads: Transfers,
    writes: Transfers,
    /// Stream offset of the first of the last received bytes, and these bytes, for the request line.
    latest: (u64, Vec<u8>),
    /// Whether the head of the current request is complete.
    in_body: bool,
    requests: u64,
    /// The exchanges in progress.
    active: VecDeque<Active>,
    /// Stream offset after the last response head.
    head_end: u64,
    /// The address that was dialed. `None`: the connection was accepted.
    dialed: Option<SocketAddr>,
}

#[derive(Debug)]
struct Active {
    id: Option<ExchangeId>,
    number: u64,
    began: Nanos,
    /// Stream offset of the first byte of the request.
    start: u64,
    response: u64,
}

/// The reads or the writes of a connection.
#[derive(Debug, Default)]
struct Transfers {
    count: u64,
    last: Option<Nanos>,
}

impl Text {
    /// A view before the first event.
    pub(super) fn new(paint: Paint) -> Self {
        Self {
            paint,
            connections: HashMap::new(),
            frames: Frames::default(),
            items: Items::default(),
            breached: None,
        }
    }

    /// Prints one event, and the frames and items that it completes.
    pub(super) fn print(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        let is_told = matches!(&event.kind, EventKind::NoteAdded(note) if note.is_of_frame());
        if !(is_told && event.exchange.is_some() && event.exchange == self.breached) {
            self.print_event(event, out)?;
        }
        let mut line = Line { paint: self.paint, at: event.at, conn: event.conn, out };
        let mut printed = Ok(());
        let (paint, mut breached) = (self.paint, self.breached);
        let mut also = |exchange: ExchangeId, said: String| {
            if printed.is_ok() {
                printed = line.print_for(Some(exchange), said);
            }
        };
        self.frames.take(event, &mut |seen| match seen {
            SeenOfWebSocket::Frame(frame) => also(frame.exchange, words::frame(frame)),
            SeenOfWebSocket::Breach(breach) => {
                breached = Some(breach.exchange);
                also(breach.exchange, words::breach(paint, breach));
            }
        });
        self.items.take(event, &mut |item| also(item.exchange, words::item(item)));
        self.breached = breached;
        printed
    }

    fn print_event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        let mut line = Line { paint: self.paint, at: event.at, conn: event.conn, out };
        let paint = self.paint;
        match &event.kind {
            EventKind::Epoch(_) => Ok(()),
            EventKind::Listening(protocol, address) => {
                line.print(format_args!("{}{address}", protocol.facts().listening))
            }
            EventKind::Stopped => line.print("stopped listening"),
            EventKind::ServerMessage(severity, text) => {
                line.print(paint.severity(*severity, escaped(text.as_bytes())))
            }
            EventKind::Omitted { bytes, events } => {
                let left_out = [(*bytes, size(*bytes)), (*events, plural(*events, "event"))];
                let left_out: Vec<String> =
                    left_out.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
                let text = format!("the view fell behind: {} left out", left_out.join(" and "));
                line.print(paint.severity(Severity::Warning, text))
            }
            EventKind::Deleted => line.print_for(event.exchange, "deleted"),
            EventKind::Marked(mark) => {
                let said = mark.as_ref().map_or_else(|| "no longer marked".to_owned(), |mark| mark.words());
                line.print_for(event.exchange, escaped(said.as_bytes()))
            }
            EventKind::Closed(reason) => {
                let connection = event.conn.and_then(|conn| self.connections.remove(&conn));
                let dialed = connection.and_then(|connection| connection.dialed);
                line.print(paint.severity(reason.severity(), reason.told(dialed)))
            }
            kind => match event.conn {
                Some(conn) => {
                    self.connections.entry(conn).or_default().print(kind, event.exchange, &mut line)
                }
                None => Ok(()),
            },
        }
    }
}

impl Connection {
    fn print(
        &mut self,
        kind: &EventKind,
        exchange: Option<ExchangeId>,
        line: &mut Line<'_>,
    ) -> io::Result<()> {
        let paint = line.paint;
        match kind {
            EventKind::Opened(opening) => {
                self.dialed = opening.dialed();
                line.print(opened(opening))
            }
            EventKind::Bytes { stream, offset, payload } => match payload {
                Payload::Kept(bytes) => self.bytes(*stream, *offset, bytes, line),
                Payload::Dropped(len) | Payload::Unread(len) => {
                    let text = self.heading(*stream, line, *offset, *len);
                    line.print(format_args!("{text} (not captured)"))
                }
            },
            EventKind::Encrypted(encryption) if encryption.is_reused => Ok(()),
            EventKind::Encrypted(encryption) => {
                line.print_all(exchange, words::handshake(paint, &encryption.handshake))
            }
            EventKind::EncryptedBytes([received, sent]) => {
                let [received, sent] = [received, sent].map(|count| plural(*count, "byte"));
                line.print(format_args!("encrypted: {received} received, {sent} sent"))
            }
            EventKind::HalfClosed => line.print("the client finished sending; it may still read"),
            EventKind::MessageStarted { leg: Leg::Upstream, offset, .. } => {
                let text = format!("── request to the next server begins at {} ──", of_connection(*offset));
                line.print_for(exchange, paint.tone(Tone::Boundary, text))
            }
            EventKind::MessageStarted { leg: Leg::Client, offset, .. } => {
                self.request_begins(exchange, *offset, line)
            }
            EventKind::SentAgain(again) => line.print_for(exchange, again.sentence()),
            EventKind::Stage(stage) => self.stage(stage, exchange, line),
            EventKind::Guard { kind, limit } => line
                .print_for(exchange, paint.severity(kind.facts().severity, timeline::guard(*kind, *limit))),
            EventKind::Middleware(steps) => {
                line.print_all(exchange, steps.list.iter().map(|step| words::middleware(paint, step)))
            }
            EventKind::RoutesTried(attempts) => {
                line.print_all(exchange, attempts.iter().map(|attempt| words::route(paint, attempt)))
            }
            EventKind::BackendChosen(choosing) => {
                line.print_all(exchange, words::choosing(paint, choosing, line.at))
            }
            EventKind::AttemptEnded(record) => line.print_for(exchange, words::attempt(paint, record)),
            EventKind::NoteAdded(note) => {
                line.print_for(exchange, words::note(paint, note, self.start_of(exchange)))
            }
            EventKind::Lineage(lineage) => line.print_for(exchange, words::lineage(lineage)),
            // Handled by the caller: these events concern no connection, or end one.
            EventKind::Epoch(_)
            | EventKind::Listening(..)
            | EventKind::Stopped
            | EventKind::ServerMessage(..)
            | EventKind::Omitted { .. }
            | EventKind::Marked(_)
            | EventKind::Deleted
            | EventKind::Closed(_) => Ok(()),
        }
    }

    /// Prints the beginning of a client's request at `start` of the stream.
    fn request_begins(
        &mut self,
        exchange: Option<ExchangeId>,
        start: u64,
        line: &mut Line<'_>,
    ) -> io::Result<()> {
        self.requests += 1;
        self.in_body = false;
        let number = self.requests;
        let id = exchange.map_or_else(String::new, |id| format!(" · #{id}"));
        self.active.push_back(Active { id: exchange, number, began: line.at, start, response: 0 });
        let text = format!("── request {number} begins at {}{id} ──", of_connection(start));
        line.print(line.paint.tone(Tone::Boundary, text))
    }

    /// Prints bytes that were received or sent.
    fn bytes(&mut self, stream: StreamId, offset: u64, bytes: &Bytes, line: &mut Line<'_>) -> io::Result<()> {
        let text = self.heading(stream, line, offset, bytes.len() as u64);
        line.print(text)?;
        let head = match stream.direction {
            Direction::Received => self.head_received(offset, bytes),
            Direction::Sent => usize::try_from(self.head_end.saturating_sub(offset)).unwrap_or(usize::MAX),
        };
        line.bytes(bytes, offset, head)
    }

    /// The heading above received or sent bytes.
    fn heading(&mut self, stream: StreamId, line: &Line<'_>, offset: u64, len: u64) -> String {
        let (transfers, name, tone) = match stream.direction {
            Direction::Received => (&mut self.reads, "read", Tone::In),
            Direction::Sent => (&mut self.writes, "write", Tone::Out),
        };
        let text = transfers.next_heading(name, line.at, offset, len);
        let layer = if stream.layer == Layer::Plaintext { ", inside TLS" } else { "" };
        line.paint.tone(tone, format_args!("{text}{layer}"))
    }

    /// Number of these bytes that are printed as a head. Remembers the bytes for the request line.
    fn head_received(&mut self, offset: u64, bytes: &Bytes) -> usize {
        let (start, latest) = &mut self.latest;
        let follows = *start + latest.len() as u64 == offset;
        if !follows || latest.len() + bytes.len() > REMEMBERED_BYTES_MAX {
            *start = offset;
            latest.clear();
        }
        latest.extend_from_slice(bytes);
        if self.in_body {
            return 0;
        }
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        end.map_or(bytes.len(), |end| end + 4)
    }

    fn stage(&mut self, stage: &Stage, exchange: Option<ExchangeId>, line: &mut Line<'_>) -> io::Result<()> {
        let paint = line.paint;
        let active = self.active_index(exchange);
        match stage {
            Stage::RequestLine { method, target } => {
                let text = format!("request line: {} {}", self.text(method), self.text(target));
                line.print_for(exchange, text)
            }
            Stage::Received { content, .. } => {
                line.print_for(exchange, format_args!("message: {}", self.text(content)))
            }
            Stage::Answered { refusal, start } => {
                if let Some(active) = active.and_then(|index| self.active.get_mut(index)) {
                    active.response = *start;
                }
                line.print_for(exchange, format_args!("reply begins at {}", of_connection(*start)))?;
                refusal.map_or(Ok(()), |cause| line.print_for(exchange, words::refusal(paint, cause)))
            }
            Stage::Head { start, fields, framing, end } => {
                self.in_body = true;
                let fields = plural(u64::from(*fields), "field");
                let body = words::body(*framing);
                let text = format!("head: {fields}, {}; {body}", plural(end.saturating_sub(*start), "byte"));
                line.print_for(exchange, text)
            }
            Stage::GuardsPassed => line.print_for(exchange, "guards passed"),
            Stage::Continue => line.print_for(exchange, "100 Continue sent; waiting for the body"),
            Stage::RequestEnd { end, content } => {
                self.in_body = false;
                let number = active.and_then(|index| self.active.get(index)).map(|active| active.number);
                let number = number.map_or_else(String::new, |number| format!(" {number}"));
                let content = if *content > 0 {
                    format!(", {} of content", plural(*content, "byte"))
                } else {
                    String::new()
                };
                let text = format!("── request{number} ends at {}{content} ──", of_connection(*end));
                line.print(paint.tone(Tone::Boundary, text))
            }
            Stage::ResponseHead { status, refusal, start, end, .. } => {
                self.head_end = *end;
                if let Some(active) = active.and_then(|index| self.active.get_mut(index)) {
                    active.response = *start;
                }
                let text = format!("response: {status}, head of {}", plural(end - start, "byte"));
                line.print_for(exchange, words::status(paint, *status, text))?;
                refusal.map_or(Ok(()), |cause| line.print_for(exchange, words::refusal(paint, cause)))
            }
            Stage::ResponseSent { end, keep_alive } => {
                let then = if *keep_alive { "the connection stays open" } else { "the connection ends" };
                let text = match active.and_then(|index| self.active.remove(index)) {
                    Some(active) => format!(
                        "done: {} written, {} after the request began; {then}",
                        plural(end.saturating_sub(active.response), "byte"),
                        duration(line.at.saturating_sub(active.began))
                    ),
                    None => format!("done; {then}"),
                };
                line.print_for(exchange, paint.tone(Tone::Good, text))
            }
            Stage::Aborted => {
                if let Some(index) = active {
                    self.active.remove(index);
                }
                let text = paint.severity(Severity::Error, "cut off: the response is incomplete");
                line.print_for(exchange, text)
            }
        }
    }

    /// The position of an exchange in [`Self::active`]. `None`: it is not in progress.
    fn active_index(&self, exchange: Option<ExchangeId>) -> Option<usize> {
        // Exchanges of a connection begin in the order of their numbers.
        self.active.binary_search_by_key(&exchange, |active| active.id).ok()
    }

    /// Stream offset of the first byte of an exchange's request. `None`: the exchange is not in progress.
    fn start_of(&self, exchange: Option<ExchangeId>) -> Option<u64> {
        self.active_index(exchange).map(|index| self.active[index].start)
    }

    /// Received bytes as text, or `…` if they are no longer remembered.
    fn text(&self, range: &Range<u64>) -> String {
        let (start, latest) = &self.latest;
        let index = |offset: u64| usize::try_from(offset.checked_sub(*start)?).ok();
        let bytes = index(range.start).zip(index(range.end)).and_then(|(from, to)| latest.get(from..to));
        bytes.map_or_else(|| "…".to_owned(), |bytes| shortened(&escaped(bytes), TARGET_CHARS))
    }
}

/// A place in a stream of a connection, as in the columns of hexadecimal digits. Places in a message are counted from its
/// first byte, as in the window.
fn of_connection(at: u64) -> String {
    format!("{} of the connection", offset(at))
}

/// The line for a new connection. Names the protocol unless it is HTTP.
fn opened(&ConnectionStart { role, protocol, peer, .. }: &ConnectionStart) -> String {
    let spoken = match protocol {
        ProtocolKind::Http => String::new(),
        ProtocolKind::Lines => format!(", protocol: {}", protocol.facts().title.to_lowercase()),
    };
    match role {
        Role::Accepted => format!("accepted from {peer}{spoken}"),
        Role::Dialed => format!("connected to {peer}{spoken}"),
    }
}

impl Transfers {
    /// The heading of the next read or write.
    fn next_heading(&mut self, name: &str, at: Nanos, offset: u64, len: u64) -> String {
        self.count += 1;
        let before = self.last.replace(at);
        let later = before.map_or_else(String::new, |before| {
            format!(", {} after the previous one", duration(at.saturating_sub(before)))
        });
        format!("{name} {}: {} at {}{later}", self.count, plural(len, "byte"), of_connection(offset))
    }
}

#[cfg(test)]
mod tests;
