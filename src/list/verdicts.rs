//! What the filter makes of each exchange: shown, kept out by a single part, or not known before its bytes are read.

use std::collections::BTreeSet;

use crate::{
    base::stream::{ConnId, ExchangeId},
    filter::{Filter, Verdict},
    store::{IdMap, Summary},
};

use super::List;

/// The exchanges that a single part of the filter keeps out, and how many each part keeps out alone.
#[derive(Debug, Default)]
pub(super) struct Near {
    /// The index of the part.
    parts: IdMap<ExchangeId, u8>,
    /// One for each part. Empty: the filter has one part, which keeps out everything that is not shown.
    counts: Vec<u64>,
}

impl Near {
    pub(super) fn new(filter: &Filter) -> Self {
        let parts = Some(filter.parts().len()).filter(|parts| (2..=64).contains(parts));
        Self { parts: IdMap::default(), counts: vec![0; parts.unwrap_or(0)] }
    }

    /// Whether an exchange of which this is the first verdict has to be remembered.
    pub(super) const fn wants(&self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Passes | Verdict::Unknown => true,
            Verdict::FailsOnly(_) => !self.counts.is_empty(),
            Verdict::Fails => false,
        }
    }

    pub(super) fn remove(&mut self, id: ExchangeId) {
        if let Some(part) = self.parts.remove(id) {
            self.counts[usize::from(part)] -= 1;
        }
    }

    fn insert(&mut self, id: ExchangeId, part: usize) {
        self.remove(id);
        if let (Some(count), Ok(index)) = (self.counts.get_mut(part), u8::try_from(part)) {
            *count += 1;
            self.parts.insert(id, index);
        }
    }
}

impl List {
    /// Shows an exchange or not, as the filter says.
    /// `row`: its row. `None`: it has left.
    pub(super) fn sort_in(
        &mut self,
        index: usize,
        (conn, id): (ConnId, ExchangeId),
        verdict: Verdict,
        row: Option<&Summary<'_>>,
    ) {
        if verdict == Verdict::Unknown {
            self.unknown.insert(id);
            return;
        }
        self.unknown.remove(&id);
        if row.is_none() {
            self.read.forget(id);
        }
        match verdict {
            Verdict::FailsOnly(part) => self.near.insert(id, part),
            _ => self.near.remove(id),
        }
        if verdict == Verdict::Passes {
            self.add_exchange(index, conn, id);
            self.count(row);
            self.touch(id, row);
        } else if self.passing.remove(id).is_some() {
            self.touch(id, None);
            self.change(index, |group| {
                if let Ok(place) = group.exchanges.binary_search(&id) {
                    group.exchanges.remove(place);
                }
            });
        }
    }

    /// The exchange has left with its connection.
    pub(super) fn leave(&mut self, id: ExchangeId) {
        self.near.remove(id);
        self.passing.remove(id);
        self.unknown.remove(&id);
        self.read.forget(id);
        self.touch(id, None);
    }

    /// Takes in what the bytes of an exchange told, unless its connection left meanwhile.
    pub(super) fn settle(
        &mut self,
        (conn, id): (ConnId, ExchangeId),
        verdict: Verdict,
        row: Option<&Summary<'_>>,
    ) {
        if let Ok(index) = self.group(conn) {
            self.sort_in(index, (conn, id), verdict, row);
        }
    }

    /// The verdict on a row whose bytes were read before. `None`: they have to be read.
    pub(super) fn verdict_before(&mut self, row: &Summary<'_>) -> Option<Verdict> {
        self.read.verdict(row, &self.filter)
    }

    /// Number of exchanges of which not all that the filter asks for could be looked at.
    #[must_use]
    pub fn partial(&self) -> usize {
        self.read.partial()
    }

    /// Exchanges whose bytes have to be asked.
    pub(super) const fn unknown(&self) -> &BTreeSet<ExchangeId> {
        &self.unknown
    }

    /// Takes out the newest of [`Self::unknown`]. `None`: there is none.
    pub(super) fn take_unknown(&mut self) -> Option<ExchangeId> {
        self.unknown.pop_last()
    }

    /// For each part of the filter, if there are several, the number of exchanges that would match besides without it.
    /// `None`: that is not known, since bytes would have to be read for it.
    #[must_use]
    pub fn without_part(&self) -> Vec<Option<u64>> {
        let asks = self.filter.asks_for_content();
        let known = |index: usize| !asks || self.filter.part_asks_for_content(index);
        let counts = self.near.counts.iter().enumerate();
        counts.map(|(index, count)| known(index).then_some(*count)).collect()
    }
}
