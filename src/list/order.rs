//! The order of the rows: by connection, or sorted by a column.

use crate::{
    base::{fair_mutex::FairMutex, stream::ExchangeId},
    store::{SharedStore, Store, Summary},
};

use super::{List, Order, rank::Unsorted, sorted::Sorted};

/// Rows whose ranks are found before the store is released.
const SLICE: usize = 4_096;

impl List {
    /// The order of the rows.
    pub(crate) fn order(&self) -> Order {
        self.sorted.as_ref().map_or(Order::ByConnection, |sorted| {
            let (column, descending) = sorted.by();
            Order::Sorted { column, descending }
        })
    }

    /// An exchange is shown, with this row, or no longer. `None`: no longer.
    pub(super) fn touch(&mut self, id: ExchangeId, row: Option<&Summary<'_>>) {
        if let Some(touched) = &mut self.touched {
            touched.push(id);
        }
        match (&mut self.sorted, row) {
            (Some(sorted), Some(row)) => sorted.put(row),
            (Some(sorted), None) => sorted.remove(id),
            (None, _) => {}
        }
    }

    /// Puts the rows in another order at once.
    pub fn set_order(&mut self, store: &Store, order: Order) {
        if self.order() == order {
            return;
        }
        self.touched = None;
        self.sorted = match order {
            Order::ByConnection => None,
            Order::Sorted { column, descending } => {
                let mut rows = Unsorted::new(column, self.matching());
                for row in self.passing().filter_map(|id| store.summary(id)) {
                    rows.push(&row);
                }
                Some(Sorted::of(rows, column, descending))
            }
        };
    }

    /// The newest exchange that is shown. `None`: none is.
    #[must_use]
    pub fn newest(&self) -> Option<ExchangeId> {
        self.passing.last().map(|(id, _)| id)
    }

    /// Number of shown exchanges that are newer than `id`, at most `most`.
    #[must_use]
    pub fn newer_than(&self, id: ExchangeId, most: usize) -> usize {
        self.passing.iter_from(id.next()).take(most).count()
    }
}

/// Prepares an order of `list` while the list is shown and kept up to date in the old one, and then puts it in place,
/// unless `is_stopped` says that it is no longer wanted.
pub(super) fn sort(list: &FairMutex<List>, store: &SharedStore, order: Order, is_stopped: &dyn Fn() -> bool) {
    let Order::Sorted { column, descending } = order else { return };
    let ids: Vec<ExchangeId> = {
        let mut list = list.lock();
        if is_stopped() {
            return;
        }
        list.touched = Some(Vec::new());
        list.passing().collect()
    };
    let mut rows = Unsorted::new(column, ids.len());
    for slice in ids.chunks(SLICE) {
        if is_stopped() {
            return;
        }
        let store = store.lock();
        for row in slice.iter().filter_map(|id| store.summary(*id)) {
            rows.push(&row);
        }
    }
    let mut sorted = Sorted::of(rows, column, descending);
    let store = store.lock();
    let mut list = list.lock();
    if is_stopped() {
        return;
    }
    // Meanwhile some came, changed or left.
    for id in list.touched.take().unwrap_or_default() {
        match store.summary(id).filter(|_| list.passing.value(id).is_some()) {
            Some(row) => sorted.put(&row),
            None => sorted.remove(id),
        }
    }
    list.sorted = Some(sorted);
}
