//! Counts the matching exchanges as they end, each once.

use crate::{
    base::stream::ExchangeId,
    stats::{Sample, Sheet},
    store::Summary,
};

use super::List;

/// Exchanges to a word of [`Tally::counted`].
const WORD: u64 = 64;

/// The exchanges that were counted.
#[derive(Debug, Default)]
pub(super) struct Tally {
    sheet: Sheet,
    /// A bit for each number, set once the exchange is counted.
    counted: Vec<u64>,
}

impl Tally {
    /// Marks an exchange as counted. Returns whether it was not.
    fn mark(&mut self, id: ExchangeId) -> bool {
        let (word, bit) = (id.get() / WORD, 1 << (id.get() % WORD));
        let Ok(word) = usize::try_from(word) else { return false };
        if word >= self.counted.len() {
            self.counted.resize(word + 1, 0);
        }
        let is_new = self.counted[word] & bit == 0;
        self.counted[word] |= bit;
        is_new
    }
}

impl List {
    /// Has the list count what matches, if `is_counting`.
    pub(super) fn counting(mut self, is_counting: bool) -> Self {
        self.tally = is_counting.then(Box::default);
        self
    }

    /// A list with the same filter, folds and order that has examined nothing yet.
    pub(super) fn emptied(&mut self) -> Self {
        let anew = Self::anew(&self.filter, std::mem::take(&mut self.folded)).in_order(self.order());
        anew.counting(self.tally.is_some())
    }

    /// What was counted. `None`: nobody asks.
    pub(super) fn sheet(&self) -> Option<&Sheet> {
        self.tally.as_ref().map(|tally| &tally.sheet)
    }

    /// Whether an exchange matches.
    pub(super) fn has(&self, id: ExchangeId) -> bool {
        self.passing.value(id).is_some()
    }

    /// Counts an exchange that matches, once it has ended. What leaves later, or no longer matches, stays counted.
    pub(super) fn count(&mut self, row: Option<&Summary<'_>>) {
        let (Some(tally), Some(row)) = (&mut self.tally, row) else { return };
        if row.outcome.ended() && tally.mark(row.id) {
            tally.sheet.add(&Sample::from(row));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::stream::Nanos,
        filter::Filter,
        stats::Window,
        store::Store,
        testing::script::{Script, response},
    };

    #[test]
    fn what_matches_is_counted_once_whenever_the_list_is_made() {
        const GET: &[u8] = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
        const POST: &[u8] = b"POST /b HTTP/1.1\r\nHost: a\r\n\r\n";
        let mut script = Script::default();
        script.open(1);
        let mut store = Store::new(1 << 20);
        let filter = Filter::parse("method=GET").unwrap_or_default();
        let anew = || List::anew(&filter, std::collections::HashSet::default()).counting(true);
        let mut list = anew();
        for _ in 0..20 {
            for request in [GET, POST, GET] {
                script.exchange(1, request, &response(b"1"));
                store.apply(script.batch());
                list.update(&store, &filter);
            }
        }
        let count = |list: &List| list.sheet().map_or(0, Sheet::count);
        assert_eq!(
            (count(&list), list.has(ExchangeId::FIRST), list.has(ExchangeId::nth(2))),
            (40, true, false)
        );
        let mut later = anew();
        later.update(&store, &filter);
        assert_eq!(count(&later), 40);
        let table = |list: &List| list.sheet().map(|sheet| sheet.table(Window::All, Nanos::MAX).rows);
        assert_eq!(table(&list), table(&later));
        store.set_budget(0);
        list.update(&store, &filter);
        assert_eq!((count(&list), list.matching()), (40, 0));
    }
}
