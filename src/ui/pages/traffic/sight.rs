//! What of the list is in sight: the heading above the first row, and whether the newest exchange is.

use std::ops::Range;

use crate::{
    base::stream::{ConnId, ExchangeId},
    list::{Listing, Order, Row},
    store::Store,
};

/// New exchanges are counted up to this number.
pub(super) const UNSEEN_MAX: usize = 1_000;

/// What is in sight.
#[derive(Debug, Default)]
pub(super) struct Sight {
    pub(super) order: Order,
    /// The newest exchange when it was in sight last. `None`: the list was empty.
    seen: Option<ExchangeId>,
    /// Number of newer ones.
    pub(super) unseen: usize,
    /// Whether the next frame scrolls to the newest.
    pub(super) jumps: bool,
    /// The connection of the first visible row, and its heading if that is above. `None`: the heading is the first row.
    pub(super) heading: Option<(ConnId, Row)>,
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

    /// The connection whose heading belongs above the first visible row. `None`: no heading does.
    fn conn_above(&self, first: Option<&Row>) -> Option<ConnId> {
        match first {
            Some(Row::Exchange { conn, .. }) if self.order == Order::ByConnection => Some(*conn),
            _ => None,
        }
    }

    /// Remembers the heading above the first visible row.
    pub(super) fn take_heading(&mut self, list: &Listing, store: &Store, first: Option<&Row>) {
        self.heading = self.conn_above(first).map(|conn| (conn, list.heading(store, conn)));
    }

    /// Whether the first visible row is under another heading than the remembered one.
    pub(super) fn is_other(&self, first: Option<&Row>) -> bool {
        self.conn_above(first) != self.heading.as_ref().map(|(conn, _)| *conn)
    }
}
