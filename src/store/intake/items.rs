//! Takes in the items of responses that are a stream.

use bytes::Bytes;

use crate::{
    base::stream::{ConnId, ExchangeId},
    trace::Stage,
};

use super::super::{ItemCounts, Store};

impl Store {
    /// Begins to follow the response whose head `stage` announces, if it has no announced length, and ends the one
    /// before.
    pub(super) fn follow_items(&mut self, conn: ConnId, id: ExchangeId, stage: &Stage) {
        let Stage::ResponseHead { start, framing, .. } = stage else { return };
        self.end_items(conn);
        self.items.begin(conn, id, *start, *framing);
    }

    /// Looks for items in bytes that were sent on a connection whose response is followed.
    pub(super) fn take_items(&mut self, conn: ConnId, offset: u64, bytes: Option<&Bytes>) {
        let Some(id) = self.items.exchange(conn) else { return };
        let mut items = std::mem::take(&mut self.items);
        self.update(id, |exchange| {
            let bytes = bytes.map(|bytes| &**bytes);
            items.take(conn, offset, bytes, &mut |seen| ItemCounts::add(&mut exchange.items, &seen));
            0
        });
        self.items = items;
    }

    /// No more bytes of the response come.
    pub(super) fn end_items(&mut self, conn: ConnId) {
        let Some(id) = self.items.exchange(conn) else { return };
        let mut items = std::mem::take(&mut self.items);
        self.update_from_upstream(id, |exchange| {
            items.end(conn, &mut |seen| ItemCounts::add(&mut exchange.items, &seen));
            0
        });
        // Of an exchange that has left memory nobody was told.
        items.end(conn, &mut |_| {});
        self.items = items;
    }
}
