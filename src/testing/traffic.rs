//! The traffic of keep-alive connections, as the server would tell of it, without a server.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;

use crate::{
    base::{
        shared_text::SharedText,
        stream::{ConnId, Direction, ExchangeId, Role},
    },
    http::{Framing, Method, Status},
    trace::{Batch, Event, EventKind, MiddlewareStep, Mismatch, Phase, ProtocolKind, RouteAttempt, Stage},
};

/// The traffic of a few keep-alive connections, as the server would tell of it.
pub struct Traffic {
    /// How many exchanges there are.
    pub exchange: u64,
    offsets: Vec<(u64, u64)>,
    body: usize,
    attempts: Arc<[RouteAttempt]>,
}

impl Traffic {
    /// Traffic on `connections` connections; each response has a body of `body` bytes.
    pub fn new(connections: usize, body: usize) -> Self {
        Self { exchange: 0, offsets: vec![(0, 0); connections], body, attempts: attempts() }
    }

    /// Every connection is accepted.
    pub fn open(&self) -> Batch {
        let epoch = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let mut events = vec![event(0, 0, 0, EventKind::Epoch(epoch))];
        for conn in 1..=self.offsets.len() as u64 {
            let peer: SocketAddr = ([127, 0, 0, 1], 40_000 + u16::try_from(conn).unwrap()).into();
            let local = ([127, 0, 0, 1], 8080).into();
            events.push(event(
                conn,
                conn,
                0,
                EventKind::Opened { role: Role::Accepted, protocol: ProtocolKind::Http, peer, local },
            ));
        }
        Batch { events }
    }

    /// The newest exchange.
    pub fn newest(&self) -> ExchangeId {
        ExchangeId::nth(self.exchange)
    }

    /// A request and its response on every connection.
    pub fn turn(&mut self) -> Batch {
        let mut events = Vec::new();
        for conn in 1..=self.offsets.len() as u64 {
            self.exchange += 1;
            let (id, at) = (self.exchange, 1_000 + self.exchange * 1_000);
            let (incoming, outgoing) = &mut self.offsets[usize::try_from(conn).unwrap() - 1];
            let request = format!("GET /item/{id} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            let body = format!("{id:0width$}", width = self.body);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            let (start, target) = (*incoming, *incoming + 4);
            let target_end = target + request[4..].find(' ').unwrap() as u64;
            *incoming += request.len() as u64;
            let out = *outgoing;
            let head_end = out + head.len() as u64;
            *outgoing = head_end + body.len() as u64;
            let before = [
                Stage::RequestLine { method: start..start + 3, target: target..target_end },
                Stage::Head { start, end: *incoming, fields: 1, framing: Framing::None },
                Stage::GuardsPassed,
            ];
            let after = [
                Stage::RequestEnd { end: *incoming, content: 0 },
                Stage::ResponseHead {
                    status: Status(200),
                    refusal: None,
                    start: out,
                    end: head_end,
                    framing: Framing::Length(body.len() as u64),
                },
            ];
            let read = EventKind::bytes(Direction::Received, start, Bytes::from(request));
            events.push(event(at, conn, 0, read));
            events.push(event(at, conn, id, EventKind::request_started(start)));
            events.extend(before.map(|stage| event(at, conn, id, EventKind::Stage(stage))));
            events.push(event(at, conn, id, EventKind::Middleware(down(id).into())));
            events.push(event(at, conn, id, EventKind::RoutesTried(Arc::clone(&self.attempts))));
            events.extend(after.map(|stage| event(at, conn, id, EventKind::Stage(stage))));
            events.push(event(
                at,
                conn,
                id,
                EventKind::Middleware([step("server-header", Phase::Response, id)].into()),
            ));
            let wrote = EventKind::bytes(Direction::Sent, out, Bytes::from(head + &body));
            events.push(event(at + 500, conn, 0, wrote));
            let done = Stage::ResponseSent { end: *outgoing, keep_alive: true };
            events.push(event(at + 500, conn, id, EventKind::Stage(done)));
        }
        Batch { events }
    }
}

impl Traffic {
    /// One request on connection `conn`, and a response whose body leaves in writes of 64 KiB, each in a batch of
    /// its own.
    pub fn download(&mut self, conn: u64, body_bytes: usize) -> Vec<Batch> {
        self.exchange += 1;
        let (id, at) = (self.exchange, 1_000 + self.exchange * 1_000);
        let (incoming, outgoing) = &mut self.offsets[usize::try_from(conn).unwrap() - 1];
        let request = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {body_bytes}\r\n\r\n").into_bytes();
        let (start, out) = (*incoming, *outgoing);
        *incoming += request.len() as u64;
        let head_end = out + head.len() as u64;
        let framing = Framing::Length(body_bytes as u64);
        let stages = [
            Stage::RequestLine { method: start..start + 3, target: start + 4..start + 10 },
            Stage::Head { start, end: *incoming, fields: 1, framing: Framing::None },
            Stage::GuardsPassed,
            Stage::RequestEnd { end: *incoming, content: 0 },
            Stage::ResponseHead { status: Status(200), refusal: None, start: out, end: head_end, framing },
        ];
        let mut events = vec![
            event(at, conn, 0, EventKind::bytes(Direction::Received, start, Bytes::from_static(request))),
            event(at, conn, id, EventKind::request_started(start)),
        ];
        events.extend(stages.map(|stage| event(at, conn, id, EventKind::Stage(stage))));
        let mut batches = Vec::new();
        let body: Vec<u8> = (0_u8..=250).cycle().take(body_bytes).collect();
        for part in std::iter::once(&head[..]).chain(body.chunks(65_536)) {
            events.push(event(
                at,
                conn,
                0,
                EventKind::bytes(Direction::Sent, *outgoing, Bytes::copy_from_slice(part)),
            ));
            *outgoing += part.len() as u64;
            batches.push(Batch { events: std::mem::take(&mut events) });
        }
        let done = Stage::ResponseSent { end: *outgoing, keep_alive: true };
        batches.push(Batch { events: vec![event(at + 500, conn, id, EventKind::Stage(done))] });
        batches
    }
}

/// One event. Number 0 is no connection, and no exchange.
pub fn event(at: u64, conn: u64, exchange: u64, kind: EventKind) -> Event {
    Event { at, conn: ConnId::new(conn), exchange: ExchangeId::new(exchange), kind }
}

/// What the server's middleware does on the way down.
fn down(id: u64) -> [MiddlewareStep; 3] {
    ["logger", "etag", "compression"].map(|name| step(name, Phase::Request, id))
}

fn step(name: &'static str, phase: Phase, id: u64) -> MiddlewareStep {
    let took_nanos = 200 + u32::try_from(id % 512).unwrap();
    MiddlewareStep {
        name: name.into(),
        phase,
        took_nanos,
        answered: None,
        summary: "passed on".into(),
        changes: Vec::new(),
    }
}

/// Seven routes that do not match, and the folder.
fn attempts() -> Arc<[RouteAttempt]> {
    let other = |pattern: &'static str, expected| {
        let mismatch =
            Some(Mismatch::Segment { index: 1, expected: SharedText::from(expected), found: "item".into() });
        RouteAttempt { method: Some(Method::Get), pattern: pattern.into(), mismatch, found: "".into() }
    };
    let mut attempts = vec![
        other("/health", "health"),
        other("/api/health", "api"),
        other("/api/users/:id", "api"),
        other("/headers", "headers"),
        other("/status/:code", "status"),
        other("/delay/:ms", "delay"),
        other("/stream/:chunks", "stream"),
    ];
    let found = "file item, 1024 bytes".into();
    attempts.push(RouteAttempt { method: None, pattern: "/site".into(), mismatch: None, found });
    attempts.into()
}
