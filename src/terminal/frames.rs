//! Finds the frames of a WebSocket in the events, as these pass.

use std::collections::HashMap;

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, Direction, ExchangeId},
    http::Status,
    store::{FrameFollower, SeenOfWebSocket},
    trace::{Event, EventKind, Stage},
};

/// What later frames need.
#[derive(Debug, Default)]
pub(super) struct Frames {
    follower: FrameFollower,
    /// The ends (in) of the requests that have no response yet.
    requests: HashMap<ExchangeId, u64>,
    /// The bytes that were received last: their connection, their offset, and they themselves.
    latest: Option<(ConnId, u64, Bytes)>,
}

impl Frames {
    /// Takes an event. `seen` is told what it makes known of a WebSocket.
    pub(super) fn take(&mut self, event: &Event, seen: &mut dyn FnMut(&SeenOfWebSocket<'_>)) {
        let Some(conn) = event.conn else { return };
        match (&event.kind, event.exchange) {
            (EventKind::Bytes { stream, offset, payload }, _) => {
                let bytes = payload.kept();
                if stream.direction == Direction::Received {
                    self.latest = bytes.map(|bytes| (conn, *offset, bytes.clone()));
                }
                self.follower.take(conn, stream.direction, *offset, bytes.map(|bytes| &**bytes), seen);
            }
            (EventKind::Stage(Stage::RequestEnd { end, .. }), Some(exchange)) => {
                self.requests.insert(exchange, *end);
            }
            (EventKind::Stage(Stage::ResponseHead { status, start, end, .. }), Some(exchange)) => {
                let request_end = self.requests.remove(&exchange);
                if let (Status(101), Some(request_end)) = (*status, request_end) {
                    let early = self.early(conn, request_end);
                    self.follower.begin(conn, exchange, *start..*end, request_end, &early);
                }
            }
            (EventKind::Stage(Stage::Aborted), Some(exchange)) => drop(self.requests.remove(&exchange)),
            (EventKind::Closed(_), _) => self.follower.forget(conn),
            _ => {}
        }
    }

    /// The bytes that a client sent behind its request without waiting for the response.
    fn early(&self, conn: ConnId, request_end: u64) -> Bytes {
        let latest = self.latest.as_ref().filter(|(of, ..)| *of == conn);
        let after = latest.and_then(|(_, offset, bytes)| {
            let from = usize::try_from(request_end.checked_sub(*offset)?).ok()?;
            (from <= bytes.len()).then(|| bytes.slice(from..))
        });
        after.unwrap_or_default()
    }
}
