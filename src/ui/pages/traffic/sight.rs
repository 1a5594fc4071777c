//! What of the list is in sight: the heading above the first row, and whether the newest exchange is.

use std::ops::Range;

use crate::{
    base::stream::{ConnId, ExchangeId},
    list::{Column, Listing, Order, Row},
    store::Store,
};

use super::model::Model;

/// New exchanges are counted up to this number.
pub(super) const UNSEEN_MAX: usize = 1_000;

/// What is in sight.
#[derive(Debug, Default)]
pub(super) struct Sight {
    order: Order,
    /// The newest exchange when it was in sight last. `None`: the list was empty.
    seen: Option<ExchangeId>,
    /// Number of newer ones.
    unseen: usize,
    /// Whether the next frame scrolls to the newest.
    jumps: bool,
    /// The connection of the first visible row, and its heading if that is above. `None`: the heading is the first row.
    heading: Option<(ConnId, Row)>,
}

impl Sight {
    /// Looks whether the newest exchange is among the visible rows.
    pub(super) fn look(&mut self, list: &Listing, visible: &Range<usize>) {
        let newest = list.newest();
        let index = newest.and_then(|newest| list.index_of(newest));
        // Under a folded heading it is out of sight on purpose. Before the first frame nothing is in sight.
        if self.seen.is_none() || newest < self.seen || index.is_none_or(|index| visible.contains(&index)) {
            self.seen = newest;
        }
        self.unseen = self.seen.map_or(0, |seen| list.newer_than(seen, UNSEEN_MAX));
    }

    /// Whether the newest exchange has come into sight, so that none is unseen.
    pub(super) fn has_moved(&self, list: &Listing, visible: &Range<usize>) -> bool {
        let in_sight = |newest| list.index_of(newest).is_some_and(|index| visible.contains(&index));
        self.unseen > 0 && list.newest().is_some_and(in_sight)
    }

    /// Remembers the heading above the first visible row.
    pub(super) fn take_heading(&mut self, list: &Listing, store: &Store, first: Option<&Row>) {
        self.heading = match first {
            Some(Row::Exchange { conn, .. }) if self.order == Order::ByConnection => {
                Some((*conn, list.heading(store, *conn)))
            }
            _ => None,
        };
    }

    /// Whether the first visible row is under another heading than the remembered one.
    pub(super) fn is_other(&self, first: Option<&Row>) -> bool {
        let conn = match first {
            Some(Row::Exchange { conn, .. }) if self.order == Order::ByConnection => Some(*conn),
            _ => None,
        };
        conn != self.heading.as_ref().map(|(conn, _)| *conn)
    }
}

impl Model {
    /// Sets the order of the rows.
    pub(super) fn set_order(&mut self, order: Order) {
        if self.sight.order != order {
            self.sight.order = order;
            self.list.set_order(order);
            self.order_changed();
        }
    }

    /// Whether a list that is scrolled to its end stays there: where the newest come last.
    #[must_use]
    pub(super) fn follows(&self) -> bool {
        !matches!(self.sight.order, Order::Sorted { column, descending }
            if descending || !matches!(column, Column::Number | Column::Start))
    }

    /// The heading above the first visible row. `None`: that row is a heading, or there are none.
    #[must_use]
    pub(super) fn heading_above(&self, first: usize) -> Option<Row> {
        let Some(Row::Exchange { conn, .. }) = self.row(first) else { return None };
        self.sight.heading.as_ref().filter(|(of, _)| of == conn).map(|(_, row)| row.clone())
    }

    /// Number of exchanges that are newer than what was in sight, up to [`UNSEEN_MAX`]. `None`: there are none.
    #[must_use]
    pub(super) fn unseen(&self) -> Option<usize> {
        Some(self.sight.unseen).filter(|unseen| *unseen > 0 && !self.paused)
    }

    /// Has the list scrolled to the newest exchange.
    pub(super) fn jump_to_newest(&mut self) {
        self.sight.jumps = true;
    }

    /// The row to scroll to after a jump, once. `None`: nobody has jumped.
    pub(super) fn take_jump(&mut self) -> Option<usize> {
        let jumps = std::mem::take(&mut self.sight.jumps);
        jumps.then(|| self.list.index_of(self.list.newest()?)).flatten()
    }
}
