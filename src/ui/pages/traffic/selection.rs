//! Selecting: one exchange, or several together.

use std::collections::BTreeSet;

use crate::base::stream::ExchangeId;

use super::model::{Model, Step};

impl Model {
    /// The selected exchanges, in order.
    pub(super) fn chosen_ids(&self) -> Vec<ExchangeId> {
        if self.chosen.ids.is_empty() {
            return self.selected.into_iter().collect();
        }
        self.chosen.ids.iter().copied().collect()
    }

    /// The other exchange where two are selected. `None`: it is not two.
    pub(super) fn other_of_two(&self) -> Option<ExchangeId> {
        let two = Some(&self.chosen.ids).filter(|ids| ids.len() == 2)?;
        two.iter().copied().find(|id| Some(*id) != self.selected)
    }

    /// Leaves only the exchange that is looked at selected.
    pub(super) fn choose_none(&mut self) {
        self.chosen.set([]);
        self.chosen.anchor = None;
    }

    /// Selects an exchange and nothing else.
    pub(super) fn select(&mut self, id: ExchangeId) {
        self.choose_none();
        self.chosen.anchor = Some(id);
        self.look_at(id);
    }

    /// Selects an exchange besides the others, or no longer.
    pub(super) fn toggle(&mut self, id: ExchangeId) {
        let mut ids: BTreeSet<ExchangeId> = self.chosen_ids().into_iter().collect();
        if !ids.insert(id) && ids.len() > 1 {
            ids.remove(&id);
        }
        let looked_at = if ids.contains(&id) { Some(id) } else { ids.last().copied() };
        self.chosen.set(ids);
        self.chosen.anchor = looked_at;
        if let Some(id) = looked_at {
            self.look_at(id);
        }
    }

    /// Selects all rows from where the selection began to an exchange.
    pub(super) fn extend_to(&mut self, id: ExchangeId) {
        let anchor = self.chosen.anchor.or(self.selected).unwrap_or(id);
        let rows = self.list.index_of(anchor).zip(self.list.index_of(id));
        let ids =
            rows.map_or_else(|| vec![id], |(one, other)| self.list.ids(one.min(other)..one.max(other) + 1));
        self.chosen.set(ids);
        self.chosen.anchor = Some(anchor);
        self.look_at(id);
    }

    /// Selects all exchanges that the list has.
    pub(super) fn choose_all(&mut self) {
        let ids = self.list.passing();
        self.chosen.set(ids);
    }

    /// Moves the selection, or its end if `extends`.
    pub(super) fn step(&mut self, step: Step, extends: bool) {
        let next = match step {
            Step::By(by) => self.list.neighbour(self.selected, by),
            Step::First => self.list.first(),
            Step::Last => self.list.neighbour(None, 0),
        };
        match next {
            Some(next) if extends => self.extend_to(next),
            Some(next) => self.select(next),
            None => {}
        }
    }
}
