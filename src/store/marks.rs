//! Marks: given to exchanges in memory and to those that are only on disk.

use std::sync::Arc;

use crate::{
    base::stream::{ExchangeId, Nanos},
    trace::{Batch, Event, EventKind, Mark},
};

use super::{Store, account::Change, cost::mark_heap};

impl Store {
    /// The mark of an exchange. `None`: it has none, or has left.
    #[must_use]
    pub fn mark(&self, id: ExchangeId) -> Option<&Arc<Mark>> {
        match self.exchange(id) {
            Some(exchange) => exchange.mark.as_ref(),
            None => self.evicted.marks.get(&id),
        }
    }

    /// The marks of all exchanges.
    pub fn marks(&self) -> impl Iterator<Item = (ExchangeId, &Arc<Mark>)> {
        let here = self.exchanges().filter_map(|exchange| Some((exchange.id, exchange.mark.as_ref()?)));
        here.chain(self.evicted.marks.iter().map(|(id, mark)| (*id, mark)))
    }

    /// The events that give these exchanges their marks, or take them away.
    #[must_use]
    pub fn mark_events(&self, marks: &[(ExchangeId, Option<Arc<Mark>>)]) -> Batch {
        let at = self.latest();
        let event = |(id, mark): &(ExchangeId, Option<Arc<Mark>>)| {
            let kind = EventKind::Marked(mark.clone());
            Event { at, conn: None, exchange: Some(*id), kind }
        };
        Batch { events: marks.iter().map(event).collect() }
    }

    /// The time of the latest event of the newest exchange in memory.
    pub(super) fn latest(&self) -> Nanos {
        self.exchanges.last().map_or_else(Default::default, |(_, entry)| entry.exchange.latest)
    }

    /// Takes in the mark of an exchange, if it is kept. `None`: it loses its mark.
    pub(super) fn marked(&mut self, id: ExchangeId, mark: Option<Arc<Mark>>) {
        if let Some(entry) = self.exchanges.value_mut(id) {
            let cost = |mark: Option<&Arc<Mark>>| mark.map_or(0, |mark| mark_heap(mark));
            let (before, after) = (cost(entry.exchange.mark.as_ref()), cost(mark.as_ref()));
            entry.exchange.mark = mark;
            entry.cost = (entry.cost + after).saturating_sub(before);
            entry.changed_at = self.version;
            let conn = entry.exchange.conn;
            self.account.book(Change::records_freed(before));
            self.account.book(Change::records_added(after));
            self.note_change(conn, Some(id));
        } else if let Some(conn) = self.evicted.summary(id).map(|row| row.conn) {
            self.evicted.marks.remove(&id);
            self.evicted.marks.extend(mark.map(|mark| (id, mark)));
            self.note_change(conn, Some(id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        filter::{Filter, Verdict},
        testing::script::{Script, response},
        trace::MarkColour,
    };

    #[test]
    fn a_mark_is_kept_counted_and_found() {
        let mut script = Script::default();
        script.open(1);
        for _ in 0..3 {
            script.exchange(1, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"x"));
        }
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let held = store.account.held();
        let id = ExchangeId::nth(2);
        let mark = Mark::new(Some(MarkColour::Teal), "the slow one").map(Arc::new);
        let batch = store.mark_events(&[(id, mark.clone()), (ExchangeId::nth(9), mark.clone())]);
        store.apply(batch);
        assert_eq!(store.marks().map(|(id, _)| id).collect::<Vec<_>>(), [id]);
        assert!(store.account.held() > held);
        let passes = |line: &str| {
            let filter = Filter::parse(line).expect("a filter");
            let rows = store.summaries().filter(|row| filter.judge(row) == Verdict::Passes);
            rows.map(|row| row.id.get()).collect::<Vec<_>>()
        };
        for line in ["mark=5", "mark=teal", "mark=any", "mark=*", "comment~slow", "mark:5 comment:SLOW"] {
            assert_eq!(passes(line), [2], "{line}");
        }
        assert_eq!(passes("not mark=any"), [1, 3]);
        assert!(passes("mark=1").is_empty());
        let batch = store.mark_events(&[(id, None)]);
        store.apply(batch);
        assert_eq!((store.marks().count(), store.account.held()), (0, held));
    }
}
