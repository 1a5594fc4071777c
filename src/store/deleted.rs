//! Exchanges that the user deletes: out of sight at first, so that they can be brought back, and then gone.

use std::collections::BTreeSet;

use crate::{
    base::stream::ExchangeId,
    trace::{Batch, Event, EventKind},
};

use super::Store;

/// The exchanges that were deleted.
#[derive(Debug, Default)]
pub(super) struct Deleted {
    /// The exchanges that can be brought back.
    hidden: BTreeSet<ExchangeId>,
    /// Whether others are gone.
    any_gone: bool,
}

impl Deleted {
    pub(super) fn hides(&self, id: ExchangeId) -> bool {
        !self.hidden.is_empty() && self.hidden.contains(&id)
    }

    pub(super) fn len(&self) -> usize {
        self.hidden.len()
    }

    /// An exchange has left the store.
    pub(super) fn forget(&mut self, id: ExchangeId) {
        self.hidden.remove(&id);
    }
}

impl Store {
    /// Takes exchanges out of sight. Returns their number. [`Self::unhide`] brings them back.
    pub fn hide(&mut self, ids: &[ExchangeId]) -> usize {
        self.version += 1;
        let before = self.deleted.len();
        for id in ids {
            let Some(conn) = self.summary(*id).map(|row| row.conn) else { continue };
            self.deleted.hidden.insert(*id);
            self.note_change(conn, Some(*id));
        }
        self.deleted.len() - before
    }

    /// Brings back what was taken out of sight.
    pub fn unhide(&mut self) {
        self.version += 1;
        for id in std::mem::take(&mut self.deleted.hidden) {
            if let Some(conn) = self.summary(id).map(|row| row.conn) {
                self.note_change(conn, Some(id));
            }
        }
    }

    /// The events that remove what was taken out of sight.
    #[must_use]
    pub fn removal_events(&self) -> Batch {
        let at = self.latest();
        let event = |id: &ExchangeId| Event { at, conn: None, exchange: Some(*id), kind: EventKind::Deleted };
        Batch { events: self.deleted.hidden.iter().map(event).collect() }
    }

    /// Whether exchanges were deleted that the session on disk still has.
    #[must_use]
    pub fn has_deleted(&self) -> bool {
        self.deleted.any_gone || self.deleted.len() > 0
    }

    /// Removes an exchange that the user deleted.
    pub(super) fn remove_deleted(&mut self, id: ExchangeId) {
        // It did not leave to make room.
        let evicted = self.counts.evicted;
        if let Some(entry) = self.exchanges.value_mut(id) {
            // As if it had not been recorded, so that no row is kept.
            entry.place = None;
            self.drop_exchange(id);
        } else {
            let gone = self.evicted.remove(id);
            self.note_gone(gone);
        }
        self.counts.evicted = evicted;
        self.deleted.any_gone = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        store::Position,
        testing::script::{Script, response},
    };

    #[test]
    fn what_is_deleted_is_out_of_sight_comes_back_or_goes() {
        let (mut script, mut store) = (Script::default(), Store::new(1 << 20));
        script.open(1).open(2);
        for conn in [1, 1, 2, 1] {
            script.exchange(conn, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"x"));
        }
        store.apply_at(script.batch(), Position::new(1, 100));
        let ids = |store: &Store| store.summaries().map(|row| row.id.get()).collect::<Vec<_>>();
        let both = [2, 3].map(ExchangeId::nth);
        assert_eq!((store.hide(&both), store.hide(&both)), (2, 0));
        assert_eq!((ids(&store), store.counts().kept), (vec![1, 4], 2));
        assert!(store.summary(both[0]).is_none() && store.detail(both[0]).is_none() && store.has_deleted());
        store.unhide();
        assert_eq!((ids(&store), store.counts().kept), (vec![1, 2, 3, 4], 4));
        assert!(!store.has_deleted());
        store.hide(&both);
        let held = store.account.held();
        store.apply(store.removal_events());
        store.unhide();
        assert_eq!((ids(&store), store.counts().kept, store.counts().evicted), (vec![1, 4], 2, 0));
        assert!(store.account.held() < held && store.has_deleted());
        // Also those of which only the row is in memory.
        store.set_budget(0);
        assert_eq!(store.counts().on_disk, 2);
        store.hide(&[ExchangeId::nth(1)]);
        store.apply(store.removal_events());
        assert_eq!((ids(&store), store.counts().on_disk, store.counts().evicted), (vec![4], 1, 0));
    }
}
