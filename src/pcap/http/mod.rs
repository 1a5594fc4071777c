//! Finds the messages of HTTP/1 in the two streams of a connection: `connection` the requests and whose response
//! comes next, `responses` the responses.

mod connection;
mod responses;

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    http::Method,
    trace::{Event, EventKind, Note, NoteKind, Severity},
};

pub(super) use connection::HttpConnection;

/// Stands for bytes of a body that are not in the capture: the machine counts them without looking at them.
pub(super) static UNKNOWN_BYTES: [u8; 64 * 1024] = [0; 64 * 1024];

/// Takes events, and numbers connections and exchanges.
#[derive(Debug, Default)]
pub(super) struct EventSink {
    pub events: Vec<Event>,
    /// Number of connections with HTTP/1 so far.
    pub connections: u64,
    /// Number of exchanges so far.
    pub exchanges: u64,
}

impl EventSink {
    pub(super) fn emit(
        &mut self,
        at: Nanos,
        conn: impl Into<Option<ConnId>>,
        exchange: Option<ExchangeId>,
        kind: EventKind,
    ) {
        self.events.push(Event { at, conn: conn.into(), exchange, kind });
    }

    pub(super) fn note(&mut self, at: Nanos, conn: ConnId, exchange: Option<ExchangeId>, text: &str) {
        let kind = NoteKind::Text(text.into());
        let note = Note { severity: Severity::Warning, span: None, kind };
        self.emit(at, conn, exchange, EventKind::NoteAdded(note));
    }
}

/// A request whose response is not complete.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingRequest {
    pub id: ExchangeId,
    pub method: Method,
    pub keep_alive: bool,
}

/// Whether `bytes` can begin a request: with a known method and a space.
pub(super) fn begins_request(bytes: &[u8]) -> bool {
    let end = bytes.iter().take(16).position(|byte| *byte == b' ');
    end.is_some_and(|end| Method::from_token(&bytes[..end]) != Method::Other)
}
