//! Removes one exchange from the index.

use crate::base::stream::ExchangeId;

use super::{
    EvictedIndex, Gone,
    page::{Page, page_of, slot},
};

impl EvictedIndex {
    /// Removes an exchange, and its connection if that has no other one.
    pub(in crate::store) fn remove(&mut self, id: ExchangeId) -> Gone {
        let mut gone = Gone::default();
        let Some(page) = self.pages.value_mut(page_of(id)) else { return gone };
        let Some(stub) = page.stubs[slot(id)].take() else { return gone };
        page.live -= 1;
        if page.live == 0
            && let Some(page) = self.pages.remove(page_of(id))
        {
            self.bytes -= Page::BYTES + page.texts.capacity() as u64;
        }
        gone.exchanges.push((id, stub.conn));
        self.live -= 1;
        self.forget_parts(&gone);
        if self.connections.value(stub.conn).is_some_and(|connection| connection.kept == 0) {
            self.connections.remove(stub.conn);
            gone.connections.push(stub.conn);
        }
        gone
    }

    /// Forgets what the index has of exchanges besides their stubs.
    pub(super) fn forget_parts(&mut self, gone: &Gone) {
        for (id, conn) in &gone.exchanges {
            self.legs.remove(*id);
            self.frames.remove(id);
            self.items.remove(id);
            self.again.remove(id);
            self.marks.remove(id);
            if let Some(connection) = self.connections.value_mut(*conn) {
                connection.kept = connection.kept.saturating_sub(1);
            }
        }
    }
}
