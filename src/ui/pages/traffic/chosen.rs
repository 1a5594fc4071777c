//! Several rows that are selected at once. Knows no egui.

use std::collections::BTreeSet;

use crate::{base::stream::ExchangeId, store::Store};

/// Exchanges whose bytes are added up in one frame.
const AT_ONCE: usize = 20_000;

/// The exchanges that are selected together.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// Several of them. Empty: only the exchange that is looked at.
    pub(super) ids: BTreeSet<ExchangeId>,
    /// The exchange from which a selection is extended. `None`: the one that is looked at.
    pub(super) anchor: Option<ExchangeId>,
    /// The bytes of both messages of those before `next`.
    bytes: u64,
    /// The first whose bytes are not added up. `None`: all are.
    next: Option<ExchangeId>,
    /// Number of exchanges that had left the capture or were deleted when these were looked at.
    left: u64,
}

impl Chosen {
    pub(super) fn set(&mut self, ids: impl IntoIterator<Item = ExchangeId>) {
        self.ids = ids.into_iter().collect();
        if self.ids.len() < 2 {
            self.ids.clear();
        }
        (self.bytes, self.next) = (0, self.ids.first().copied());
    }

    /// Forgets those that are no longer there, and adds up the bytes of some of the others.
    pub(super) fn refresh(&mut self, store: &Store) {
        let counts = store.counts();
        let left = counts.exchanges.saturating_sub(counts.kept);
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
