//! Takes in the frames of connections that have become a WebSocket.

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, Direction, ExchangeId},
    http::Status,
    store::model::Chunk,
    trace::Stage,
};

use super::super::{Store, cost::frames_heap, frames::SeenOfWebSocket};

/// Bytes that a client sends before it has the response to its handshake, as far as they are looked at.
const EARLY_BYTES: usize = 4096;

impl Store {
    /// Begins to follow the frames of a connection if the latest stage of the exchange may change its protocol.
    pub(super) fn follow_frames(&mut self, conn: ConnId, id: ExchangeId) {
        let (Some(conn_entry), Some(exchange)) = (self.connections.value(conn), self.exchange(id)) else {
            return;
        };
        let Some((_, Stage::ResponseHead { status: Status(101), start, end, .. })) = exchange.stages.last()
        else {
            return;
        };
        let head = *start..*end;
        let stages = exchange.stages.iter().rev();
        let ends = |stage: &Stage| if let Stage::RequestEnd { end, .. } = stage { Some(*end) } else { None };
        let Some(request_end) = stages.into_iter().find_map(|(_, stage)| ends(stage)) else { return };
        let reads = conn_entry.connection.reads.iter().rev();
        let after = reads.take_while(|chunk| chunk.range().end > request_end);
        let mut early: Vec<Chunk> = after.filter_map(|chunk| chunk.cut(request_end..u64::MAX)).collect();
        early.reverse();
        let mut early: Vec<u8> = early.iter().flat_map(|chunk| chunk.bytes.iter().copied()).collect();
        early.truncate(EARLY_BYTES);
        self.frames.begin(conn, id, head, request_end, &early);
    }

    /// Looks for frames in bytes of a connection whose frames are followed.
    pub(super) fn take_frames(
        &mut self,
        conn: ConnId,
        direction: Direction,
        offset: u64,
        bytes: Option<&Bytes>,
    ) {
        let Some(id) = self.frames.exchange(conn) else { return };
        let mut frames = std::mem::take(&mut self.frames);
        self.update(id, |exchange| {
            let before = frames_heap(exchange.websocket.as_deref());
            let sums = &mut exchange.websocket;
            let bytes = bytes.map(|bytes| &**bytes);
            let mut add = |seen: &SeenOfWebSocket<'_>| {
                if let SeenOfWebSocket::Frame(frame) = seen {
                    sums.get_or_insert_default().add(frame);
                }
            };
            if frames.take(conn, direction, offset, bytes, &mut add) {
                sums.get_or_insert_default();
            }
            if let Some(sums) = sums {
                sums.counts.has_gap = frames.has_gap(conn);
            }
            frames_heap(exchange.websocket.as_deref()).saturating_sub(before)
        });
        self.frames = frames;
    }
}
