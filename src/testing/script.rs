//! Events as a server would emit them, for tests.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, Direction, ExchangeId, Layer, Leg, Nanos, Role, StreamId},
    http::{
        Framing, Method, Rule, Status,
        forward::{Origin, Origins},
    },
    lines,
    trace::{
        Again, Batch, Cause, CloseReason, ConnectionStart, Encryption, Event, EventKind, FieldChange, Guard,
        Handshake, Lineage, MiddlewareStep, MiddlewareSteps, Mismatch, Note, NoteKind, Phase, ProtocolKind,
        RouteAttempt, RouteSummary, Severity, Stage, StepSummary,
    },
};

/// A millisecond in nanoseconds, in which the trace counts.
pub const MS: u64 = 1_000_000;

/// The events of one or more connections, in the order in which they happen. Connections go by plain numbers.
#[derive(Debug)]
pub struct Script {
    /// The time of the next event.
    pub at: Nanos,
    /// Number of exchanges that have begun.
    pub exchanges: u64,
    /// The events.
    pub events: Vec<Event>,
    /// The middleware that sees each request.
    pub down: Vec<MiddlewareStep>,
    /// The middleware that sees each response.
    pub up: Vec<MiddlewareStep>,
    /// The routes that each request tries: one list, as the server's requests share theirs.
    pub attempts: Arc<[RouteAttempt]>,
    /// What the next requests are copies of. `None`: they come from clients.
    pub again: Option<Again>,
    pub(super) offsets: HashMap<u64, (u64, u64)>,
    /// The connections whose bytes are inside TLS.
    pub(super) encrypted: HashSet<u64>,
}

impl Default for Script {
    fn default() -> Self {
        let mut up = step("server-header", Phase::Response, "");
        let after = Some("byteglass".to_owned().into());
        up.changes = [FieldChange { name: "Server".into(), before: None, after }].into();
        Self {
            at: Nanos::ZERO,
            exchanges: 0,
            events: Vec::new(),
            down: vec![step("logger", Phase::Request, "")],
            up: vec![up],
            attempts: attempts(),
            again: None,
            offsets: HashMap::new(),
            encrypted: HashSet::new(),
        }
    }
}

impl Script {
    /// The events since the last call, as one batch.
    pub fn batch(&mut self) -> Batch {
        Batch { events: std::mem::take(&mut self.events) }
    }

    /// Adds an event. Connection 0 is none.
    pub fn push(&mut self, conn: u64, exchange: Option<ExchangeId>, kind: EventKind) {
        self.events.push(Event { at: self.at, conn: ConnId::new(conn), exchange, kind });
    }

    /// Adds a stage.
    pub fn stage(&mut self, conn: u64, exchange: ExchangeId, stage: Stage) {
        self.push(conn, Some(exchange), EventKind::Stage(stage));
    }

    /// Time passes.
    pub fn wait(&mut self, nanos: u64) -> &mut Self {
        self.at += nanos;
        self
    }

    /// A connection is accepted on which HTTP is spoken.
    pub fn open(&mut self, conn: u64) -> &mut Self {
        self.open_for(conn, ProtocolKind::Http)
    }

    /// A connection is accepted.
    pub fn open_for(&mut self, conn: u64, protocol: ProtocolKind) -> &mut Self {
        let peer = ([127, 0, 0, 1], 50_000 + u16::try_from(conn % 10_000).unwrap_or(0)).into();
        let local = ([127, 0, 0, 1], 8080).into();
        self.push(conn, None, ConnectionStart { role: Role::Accepted, protocol, peer, local }.into());
        self
    }

    /// A connection to an upstream server is open, on which HTTP is spoken.
    pub fn dial(&mut self, conn: u64) -> &mut Self {
        let local = ([127, 0, 0, 1], 40_000 + u16::try_from(conn % 10_000).unwrap_or(0)).into();
        let peer = ([127, 0, 0, 1], 9000).into();
        let protocol = ProtocolKind::Http;
        self.push(conn, None, ConnectionStart { role: Role::Dialed, protocol, peer, local }.into());
        self
    }

    /// Bytes arrive. Answers with the stream offset of the first one.
    pub fn read(&mut self, conn: u64, bytes: &[u8]) -> u64 {
        let offset = self.offsets.entry(conn).or_default().0;
        self.offsets.entry(conn).or_default().0 += bytes.len() as u64;
        let stream = self.stream(conn, Direction::Received);
        let payload = Bytes::copy_from_slice(bytes).into();
        self.push(conn, None, EventKind::Bytes { stream, offset, payload });
        offset
    }

    /// Bytes are sent. Answers with the stream offset of the first one.
    pub fn write(&mut self, conn: u64, bytes: &[u8]) -> u64 {
        let offset = self.offsets.entry(conn).or_default().1;
        self.offsets.entry(conn).or_default().1 += bytes.len() as u64;
        let stream = self.stream(conn, Direction::Sent);
        let payload = Bytes::copy_from_slice(bytes).into();
        self.push(conn, None, EventKind::Bytes { stream, offset, payload });
        offset
    }

    /// Bytes are sent that another event told of.
    pub fn skip_sent(&mut self, conn: u64, len: u64) {
        self.offsets.entry(conn).or_default().1 += len;
    }

    /// A request begins. Answers with its number.
    pub fn begin(&mut self, conn: u64, offset: u64) -> ExchangeId {
        self.exchanges += 1;
        let id = ExchangeId::nth(self.exchanges);
        self.push(conn, Some(id), EventKind::request_started(offset));
        if let Some(again) = self.again {
            self.push(conn, Some(id), EventKind::SentAgain(again));
        }
        id
    }

    /// The stages of a whole request whose bytes `request` (read already) begin at `offset`.
    pub fn request(&mut self, conn: u64, offset: u64, request: &[u8], framing: Framing) -> ExchangeId {
        let id = self.begin(conn, offset);
        self.line(conn, id, offset, request);
        let end = find(request, b"\r\n\r\n").map_or(request.len(), |index| index + 4) as u64;
        let fields = u32::try_from(request.split(|byte| *byte == b'\n').count()).unwrap_or(3) - 3;
        self.stage(conn, id, Stage::Head { start: offset, end: offset + end, fields, framing });
        self.stage(conn, id, Stage::GuardsPassed);
        self.push(conn, Some(id), middleware(&self.down));
        self.push(conn, Some(id), EventKind::RoutesTried(Arc::clone(&self.attempts)));
        let content = request.len() as u64 - end;
        self.stage(conn, id, Stage::RequestEnd { end: offset + request.len() as u64, content });
        id
    }

    /// The request line is complete.
    pub fn line(&mut self, conn: u64, id: ExchangeId, offset: u64, request: &[u8]) {
        let method = find(request, b" ").unwrap_or(0) as u64;
        let target = find(&request[usize::try_from(method).unwrap_or(0) + 1..], b" ").unwrap_or(0) as u64;
        let target = offset + method + 1..offset + method + 1 + target;
        self.stage(conn, id, Stage::RequestLine { method: offset..offset + method, target });
    }

    /// The stages of a whole response, and its bytes in one write.
    pub fn respond(&mut self, conn: u64, id: ExchangeId, response: &[u8], refusal: Option<Cause>) {
        self.push(conn, Some(id), middleware(&self.up));
        let start = self.offsets.entry(conn).or_default().1;
        self.respond_head(conn, id, response, refusal);
        self.write(conn, response);
        let end = start + response.len() as u64;
        self.stage(conn, id, Stage::ResponseSent { end, keep_alive: refusal.is_none() });
    }

    /// The response head is ready; nothing is written.
    pub fn respond_head(&mut self, conn: u64, id: ExchangeId, response: &[u8], refusal: Option<Cause>) {
        let start = self.offsets.entry(conn).or_default().1;
        let head = find(response, b"\r\n\r\n").map_or(response.len(), |index| index + 4);
        let status = response.get(9..12).and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
        let framing = match find(&response[..head], b"Transfer-Encoding: chunked") {
            Some(_) => Framing::Chunked,
            None => Framing::Length((response.len() - head) as u64),
        };
        self.stage(
            conn,
            id,
            Stage::ResponseHead {
                status: Status(status.unwrap_or(200)),
                refusal,
                start,
                end: start + head as u64,
                framing,
            },
        );
    }

    /// A request in one read, and its response.
    pub fn exchange(&mut self, conn: u64, request: &[u8], response: &[u8]) -> ExchangeId {
        let offset = self.read(conn, request);
        let body = request.len() - find(request, b"\r\n\r\n").map_or(request.len(), |index| index + 4);
        let framing = if body == 0 { Framing::None } else { Framing::Length(body as u64) };
        let id = self.request(conn, offset, request, framing);
        self.wait(MS / 2).respond(conn, id, response, None);
        id
    }

    /// A message of lines in one read, and its reply.
    pub fn message(&mut self, conn: u64, text: &str) -> ExchangeId {
        let start = self.read(conn, format!("{text}\n").as_bytes());
        let end = start + text.len() as u64;
        let id = self.begin(conn, start);
        self.stage(conn, id, Stage::Received { word: lines::WORD, content: start..end });
        self.stage(conn, id, Stage::RequestEnd { end: end + 1, content: text.len() as u64 });
        let reply = format!("Echo: {text}\n");
        let start = self.offsets.entry(conn).or_default().1;
        self.stage(conn, id, Stage::Answered { refusal: None, start });
        self.write(conn, reply.as_bytes());
        self.stage(conn, id, Stage::ResponseSent { end: start + reply.len() as u64, keep_alive: true });
        id
    }

    /// A message of lines arrives that is longer than `limit` bytes; the server refuses and closes.
    pub fn too_long(&mut self, conn: u64, text: &str, limit: u64) -> ExchangeId {
        let start = self.read(conn, text.as_bytes());
        let id = self.begin(conn, start);
        let end = start + limit;
        self.stage(conn, id, Stage::Received { word: lines::WORD, content: start..end });
        self.push(conn, Some(id), EventKind::Guard { kind: Guard::MessageBytes, limit });
        let found = usize::try_from(limit).ok().and_then(|index| text.as_bytes().get(index)).copied();
        let kind = NoteKind::Violation(lines::Rule::LineTooLong.into(), found);
        let note = Note { severity: Severity::Error, span: Some(Box::new(end..end + 1)), kind };
        self.push(conn, Some(id), EventKind::NoteAdded(note));
        let refusal = Some(lines::Rule::LineTooLong.into());
        let start = self.offsets.entry(conn).or_default().1;
        self.stage(conn, id, Stage::Answered { refusal, start });
        let end = self.write(conn, b"Error: too long.\n") + 17;
        self.stage(conn, id, Stage::ResponseSent { end, keep_alive: false });
        self.close(conn, CloseReason::ServerRefused);
        id
    }

    /// Bytes arrive that break a rule, the server refuses and closes.
    pub fn refused(
        &mut self,
        conn: u64,
        bytes: &[u8],
        rule: Rule,
        fault: std::ops::Range<u64>,
    ) -> ExchangeId {
        let offset = self.read(conn, bytes);
        let id = self.begin(conn, offset);
        let found = bytes.get(usize::try_from(fault.start).unwrap_or(0)).copied();
        let span = Some(offset + fault.start..offset + fault.end);
        let kind = NoteKind::Violation(rule.into(), found);
        self.push(
            conn,
            Some(id),
            EventKind::NoteAdded(Note { severity: Severity::Error, span: span.map(Box::new), kind }),
        );
        let body = rule.facts().sentence;
        let response = format!(
            "HTTP/1.1 {} X\r\nContent-Length: {}\r\n\r\n{body}",
            Cause::Rule(rule).status().0,
            body.len()
        );
        self.respond(conn, id, response.as_bytes(), Some(rule.into()));
        self.close(conn, CloseReason::ServerRefused);
        id
    }

    /// A connection on which `protocol` is spoken: a message that is answered, and one that is refused.
    pub fn conversation(&mut self, conn: u64, protocol: ProtocolKind) -> [ExchangeId; 2] {
        self.open_for(conn, protocol);
        match protocol {
            ProtocolKind::Http => [
                self.exchange(conn, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"hello")),
                self.refused(conn, b"GET  / HTTP/1.1\r\n", Rule::RequestLineSpacing, 4..5),
            ],
            ProtocolKind::Lines => [self.message(conn, "hello"), self.too_long(conn, "too long", 5)],
        }
    }

    /// The exchange is passed on over a dialed connection: its upstream leg begins, and this request is sent.
    pub fn forward(&mut self, exchange: ExchangeId, conn: u64, request: &[u8]) {
        let offset = self.offsets.entry(conn).or_default().1;
        let stream = self.stream(conn, Direction::Sent);
        self.push(conn, Some(exchange), EventKind::MessageStarted { leg: Leg::Upstream, stream, offset });
        self.write(conn, request);
    }

    /// Bytes that are sent on: from offset `start` of what the connection sends, these pieces.
    pub fn lineage(&mut self, exchange: ExchangeId, conn: u64, start: u64, pieces: &[(u64, Origin)]) {
        let mut origins = Origins::default();
        for (len, origin) in pieces {
            origins.add(*len, *origin);
        }
        self.push(conn, Some(exchange), EventKind::Lineage(Lineage::new(start, &origins)));
    }

    /// The TLS handshake of a dialed connection is over. Bytes are inside the encryption from then on.
    pub fn encrypt(&mut self, exchange: ExchangeId, conn: u64, handshake: &Arc<Handshake>) {
        let is_reused = !self.encrypted.insert(conn);
        let handshake = Arc::clone(handshake);
        self.push(conn, Some(exchange), EventKind::Encrypted(Box::new(Encryption { handshake, is_reused })));
    }

    /// The stream of a connection.
    fn stream(&self, conn: u64, direction: Direction) -> StreamId {
        let layer = if self.encrypted.contains(&conn) { Layer::Plaintext } else { Layer::Wire };
        StreamId { layer, direction }
    }

    /// An exchange that becomes a WebSocket, with seven frames: "hi" and its echo, a message in two frames with a ping
    /// between them, and a close frame of each end.
    pub fn websocket(&mut self, conn: u64) -> ExchangeId {
        let request = b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
        let offset = self.read(conn, request);
        let id = self.request(conn, offset, request, Framing::None);
        let response =
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
        self.respond_head(conn, id, response, None);
        self.write(conn, response);
        self.wait(MS).read(conn, b"\x81\x82\x09\x08\x07\x06\x61\x61");
        self.write(conn, b"\x81\x02hi");
        self.wait(MS).read(conn, b"\x02\x81\0\0\0\0a\x89\x80\0\0\0\0\x80\x81\0\0\0\0b");
        self.write(conn, b"\x88\x05\x03\xE9bye");
        self.read(conn, b"\x88\x80\0\0\0\0");
        id
    }

    /// An exchange whose response is an event stream: a comment, an event with an id and a type, and one that has begun.
    pub fn event_stream(&mut self, conn: u64) -> ExchangeId {
        let response =
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n\
            3\r\n:a\n\r\n21\r\n\nid: 7\nevent: tick\ndata: {\"n\":1}\n\r\n8\r\n\ndata: x\r\n";
        let request = b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n";
        let offset = self.read(conn, request);
        let id = self.request(conn, offset, request, Framing::None);
        self.respond_head(conn, id, response, None);
        self.write(conn, response);
        id
    }

    /// The connection ends.
    pub fn close(&mut self, conn: u64, reason: CloseReason) -> &mut Self {
        self.push(conn, None, EventKind::Closed(reason));
        self
    }
}

/// A response with this body.
pub fn response(body: &[u8]) -> Vec<u8> {
    let mut response = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    response.extend_from_slice(body);
    response
}

/// Steps that took 900 ns each.
fn middleware(steps: &[MiddlewareStep]) -> EventKind {
    let took = steps.iter().map(|_| 900).collect();
    EventKind::Middleware(MiddlewareSteps { list: steps.into(), took })
}

/// One middleware step.
pub fn step(name: &'static str, phase: Phase, summary: impl Into<StepSummary>) -> MiddlewareStep {
    let (name, summary) = (name.into(), summary.into());
    MiddlewareStep { name, phase, answered: None, summary, changes: Box::default() }
}

/// Two attempts, the second of which matches.
fn attempts() -> Arc<[RouteAttempt]> {
    let health: Arc<str> = "/health".into();
    let mismatch = Some(Mismatch::Segment { index: 1, expected: "health".into(), found: "api".into() });
    [
        RouteAttempt {
            method: Some(Method::Get),
            pattern: health,
            mismatch,
            summary: RouteSummary::Params("".into()),
        },
        RouteAttempt {
            method: Some(Method::Post),
            pattern: "/api/echo".into(),
            mismatch: None,
            summary: RouteSummary::Params("".into()),
        },
    ]
    .into()
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
