//! Clearing that can be taken back: what the store had is set aside and goes on taking in what happens, until it is put
//! back or forgotten.

use crate::trace::Batch;

use super::{CONNECTION_COST, Change, Counts, Position, Store};

impl Store {
    /// Forgets every exchange as [`Self::clear`] does, and sets what there was aside. What was set aside before is
    /// forgotten.
    pub fn set_aside(&mut self) {
        let (budget, share) = self.account.limits();
        let mut fresh = Self::with_share(budget, share);
        fresh.version = self.version + 1;
        fresh.generation = self.generation + 1;
        fresh.clock.clone_from(&self.clock);
        fresh.messages.clone_from(&self.messages);
        for (id, conn_entry) in self.connections.iter_mut() {
            if conn_entry.connection.closed.is_none() {
                let mut kept = conn_entry.clone();
                kept.forget();
                let _ = fresh.connections.insert(id, kept);
                fresh.account.book(Change::records_added(CONNECTION_COST));
            }
        }
        let open = self.counts.open;
        fresh.counts = Counts { open, connections: open, ..Counts::default() };
        std::mem::swap(self, &mut fresh);
        fresh.before = None;
        self.before = Some(Box::new(fresh));
    }

    /// Puts back what was set aside, with what happened since. Returns whether there was anything.
    pub fn put_back(&mut self) -> bool {
        let Some(before) = self.before.take() else { return false };
        let (version, generation) = (self.version, self.generation);
        let budget = self.account.budget();
        let messages = std::mem::take(&mut self.messages);
        *self = *before;
        self.version = version + 1;
        self.generation = generation + 1;
        self.changes.clear();
        self.messages = messages;
        self.set_budget(budget);
        true
    }

    /// Forgets what was set aside, and hands it over, since freeing it takes a while. `None`: there is nothing.
    pub fn forget_aside(&mut self) -> Option<Box<Self>> {
        self.before.take()
    }

    /// Has what was set aside take in a batch.
    pub(super) fn take_aside(&mut self, batch: &Batch, place: Option<Position>) {
        if let Some(before) = &mut self.before {
            before.apply_at(batch.clone(), place);
        }
    }

    /// Leaves what was set aside the part of the budget that the store does not need: its oldest exchanges go.
    pub(super) fn shrink_aside(&mut self) {
        let left = self.account.budget().saturating_sub(self.account.held());
        if let Some(before) = &mut self.before {
            before.set_budget(left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::script::{Script, response};

    fn targets(store: &Store) -> Vec<String> {
        store.summaries().map(|summary| summary.target.to_string()).collect()
    }

    #[test]
    fn what_was_cleared_comes_back_with_what_happened_since() {
        let mut store = Store::new(1 << 20);
        let mut script = Script::default();
        script.open(1);
        script.exchange(1, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"a"));
        store.apply(script.batch());
        let (version, generation) = (store.version(), store.generation);
        store.set_aside();
        assert_eq!((store.counts().exchanges, store.counts().open), (0, 1));
        script.exchange(1, b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"b"));
        store.apply(script.batch());
        assert_eq!(targets(&store), ["/b"]);
        assert!(store.put_back());
        assert_eq!(targets(&store), ["/a", "/b"]);
        assert_eq!((store.counts().exchanges, store.counts().open), (2, 1));
        assert!(store.version() > version && store.generation >= generation + 2);
        assert!(!store.put_back(), "it was put back");
    }

    #[test]
    fn what_was_set_aside_leaves_the_budget_to_what_comes() {
        let mut store = Store::new(64 << 10);
        let mut script = Script::default();
        script.open(1);
        for _ in 0..50 {
            script.exchange(1, b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n", &response(&[b'x'; 900]));
        }
        store.apply(script.batch());
        let before = store.counts().kept;
        store.set_aside();
        for _ in 0..40 {
            script.exchange(1, b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n", &response(&[b'y'; 900]));
        }
        store.apply(script.batch());
        let held = |store: &Store| store.account.held();
        // An open connection stays, whatever it takes.
        let both = held(&store) + store.before.as_deref().map_or(0, held);
        assert!(both <= (64 << 10) + CONNECTION_COST, "{both}");
        assert!(store.before.as_ref().is_some_and(|aside| aside.counts().kept < before));
        store.set_aside();
        assert!(store.forget_aside().is_some());
        assert!(!store.put_back());
    }
}
