//! Reads the media type of a response as soon as its head is there.

use crate::{
    base::stream::{ConnId, ExchangeId},
    store::{Store, stream},
    trace::Stage,
};

/// Bytes of a head in which its type is looked for at most.
const HEAD_BYTES: usize = 64 * 1024;

impl Store {
    /// Reads the media type of an exchange's response, if that is not known and its head is there.
    pub(super) fn read_media_type(&mut self, conn: ConnId, id: ExchangeId) {
        let Some(exchange) = self.exchanges.value(id).map(|entry| &entry.exchange) else { return };
        if exchange.media_type.is_some() || exchange.status.is_none() {
            return;
        }
        let head = exchange.stages.iter().rev().find_map(|(_, stage)| match stage {
            Stage::ResponseHead { start, end, .. } => Some(*start..*end),
            _ => None,
        });
        let (Some(head), Some(conn_entry)) = (head, self.connections.value(conn)) else { return };
        let writes = &conn_entry.connection.writes;
        if writes.back().is_none_or(|last| last.range().end < head.end) {
            return;
        }
        let media_type = match stream::slice(writes, &head) {
            Some(head) => self.evicted.types.of_head(head),
            None => self.evicted.types.of_head(&stream::gather(writes, &head, HEAD_BYTES)),
        };
        self.update(id, |exchange| {
            exchange.media_type = Some(media_type);
            0
        });
    }
}
