//! Keep-alive connections with any number of exchanges, as the server would report them, without a server.

use std::time::{Duration, SystemTime};

use super::script::{Script, response, step};
use crate::{
    base::{shared_text::SharedText, stream::ExchangeId},
    http::{Framing, Method},
    trace::{Batch, CloseReason, EventKind, Lookup, Mismatch, Phase, RouteAttempt, RouteSummary, Stage},
};

/// Bytes of a download that leave in one write.
const BLOCK_BYTES: usize = 65_536;

/// The traffic of a few keep-alive connections, which have the numbers from 1 on.
pub struct Traffic {
    script: Script,
    connections: u64,
    body_bytes: usize,
}

impl Traffic {
    /// Traffic on `connections` connections; each response has a body of `body_bytes` bytes.
    pub fn new(connections: u64, body_bytes: usize) -> Self {
        let step = |name, phase| step(name, phase, "passed on");
        let down = ["logger", "etag", "compression"].map(|name| step(name, Phase::Request)).into();
        let up = vec![step("server-header", Phase::Response)];
        let script = Script { down, up, attempts: attempts().into(), ..Script::default() };
        Self { script, connections, body_bytes }
    }

    /// Every connection is accepted.
    pub fn open(&mut self) -> Batch {
        let epoch = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        self.script.push(0, None, EventKind::Epoch(epoch));
        for conn in 1..=self.connections {
            self.script.open(conn);
        }
        self.script.batch()
    }

    /// Number of exchanges that have begun.
    pub fn exchanges(&self) -> u64 {
        self.script.exchanges
    }

    /// The newest exchange.
    pub fn newest(&self) -> ExchangeId {
        ExchangeId::nth(self.script.exchanges)
    }

    /// A request and its response on every connection.
    pub fn turn(&mut self) -> Batch {
        for conn in 1..=self.connections {
            let id = self.script.exchanges + 1;
            let request = format!("GET /item/{id} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            // As `{id:0width$}` has it, whose width has 16 bits.
            let digits = id.to_string();
            let body = "0".repeat(self.body_bytes.saturating_sub(digits.len())) + &digits;
            self.script.exchange(conn, request.as_bytes(), &response(body.as_bytes()));
        }
        self.script.batch()
    }

    /// One request on connection `conn`, and a response whose body leaves in writes of 64 KiB, each in a batch of
    /// its own.
    pub fn download(&mut self, conn: u64, body_bytes: usize) -> Vec<Batch> {
        let request = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let response = response(&(0..=250).cycle().take(body_bytes).collect::<Vec<u8>>());
        let script = &mut self.script;
        let start = script.read(conn, request);
        let id = script.request(conn, start, request, Framing::None);
        script.respond_head(conn, id, &response, None);
        let (mut batches, mut end) = (Vec::new(), 0);
        for part in response.chunks(BLOCK_BYTES) {
            end = script.write(conn, part) + part.len() as u64;
            batches.push(script.batch());
        }
        script.stage(conn, id, Stage::ResponseSent { end, keep_alive: true });
        batches.push(script.batch());
        batches
    }

    /// The client closes connection `conn`.
    pub fn close(&mut self, conn: u64) -> Batch {
        self.script.close(conn, CloseReason::Client).batch()
    }
}

/// Seven routes that do not match, and the folder.
fn attempts() -> Vec<RouteAttempt> {
    let other = |(pattern, expected): (&str, &'static str)| {
        let mismatch =
            Some(Mismatch::Segment { index: 1, expected: SharedText::from(expected), found: "item".into() });
        let summary = RouteSummary::Params("".into());
        RouteAttempt { method: Some(Method::Get), pattern: pattern.into(), mismatch, summary }
    };
    let others = [
        ("/health", "health"),
        ("/api/health", "api"),
        ("/api/users/:id", "api"),
        ("/headers", "headers"),
        ("/status/:code", "status"),
        ("/delay/:ms", "delay"),
        ("/stream/:chunks", "stream"),
    ];
    let summary = RouteSummary::Folder { name: "item".into(), found: Lookup::File(1024) };
    let folder = RouteAttempt { method: None, pattern: "/site".into(), mismatch: None, summary };
    others.map(other).into_iter().chain([folder]).collect()
}
