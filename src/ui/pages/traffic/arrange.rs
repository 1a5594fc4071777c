//! The order of the rows, and the way to the newest one.

use crate::list::{Column, Order, Row};

use super::model::Model;

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

    /// Number of exchanges that are newer than what was in sight, up to [`super::sight::UNSEEN_MAX`]. `None`: there are none.
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
