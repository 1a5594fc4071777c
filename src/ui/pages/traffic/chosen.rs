//! Several rows that are selected at once. Knows no egui.

use std::collections::BTreeSet;

use crate::{base::stream::ExchangeId, store::Store};

use super::model::{Model, Step};

/// Exchanges whose bytes are added up in one frame.
const AT_ONCE: usize = 20_000;

/// The exchanges that are selected together.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// Several of them. Empty: only the exchange that is looked at.
    ids: BTreeSet<ExchangeId>,
    /// The exchange from which a selection is extended. `None`: the one that is looked at.
    anchor: Option<ExchangeId>,
    /// The bytes of both messages of those before `next`.
    bytes: u64,
    /// The first whose bytes are not added up. `None`: all are.
    next: Option<ExchangeId>,
    /// Number of exchanges that had left the capture when these were looked at.
    left: u64,
}

impl Chosen {
    fn set(&mut self, ids: impl IntoIterator<Item = ExchangeId>) {
        self.ids = ids.into_iter().collect();
        if self.ids.len() < 2 {
            self.ids.clear();
        }
        (self.bytes, self.next) = (0, self.ids.first().copied());
    }

    /// Forgets those that are no longer there, and adds up the bytes of some of the others.
    pub(super) fn refresh(&mut self, store: &Store) {
        let left = store.counts().evicted;
        if !self.ids.is_empty() && left != self.left {
            let kept: BTreeSet<_> =
                self.ids.iter().copied().filter(|id| store.summary(*id).is_some()).collect();
            if kept.len() != self.ids.len() {
                self.set(kept);
            }
        }
        self.left = left;
        let Some(next) = self.next else { return };
        let mut ids = self.ids.range(next..);
        for row in ids.by_ref().take(AT_ONCE).filter_map(|id| store.summary(*id)) {
            self.bytes += row.request_bytes + row.response_bytes;
        }
        self.next = ids.next().copied();
    }

    /// Whether bytes have yet to be added up.
    pub(super) const fn is_adding(&self) -> bool {
        self.next.is_some()
    }

    /// The number of selected exchanges and the bytes of their messages. `None`: there are not several.
    pub(super) fn sums(&self) -> Option<(usize, u64)> {
        (!self.ids.is_empty()).then_some((self.ids.len(), self.bytes))
    }

    pub(super) fn has(&self, id: ExchangeId) -> bool {
        self.ids.contains(&id)
    }
}

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
