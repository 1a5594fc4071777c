//! The rows that changed, for lists that catch up.

use std::collections::VecDeque;

use crate::base::stream::{ConnId, ExchangeId};

/// Changes that are remembered at most; a list further behind starts anew.
const CHANGES_MAX: usize = 65_536;

/// A change of a row: the row came, left, or says something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RowChange {
    /// The connection.
    pub conn: ConnId,
    /// The exchange. `None`: the connection itself changed.
    pub exchange: Option<ExchangeId>,
}

/// The latest changes, numbered from 0.
#[derive(Debug, Default)]
pub(super) struct Changes {
    latest: VecDeque<RowChange>,
    /// Number of the first of `latest`.
    start: u64,
}

impl Changes {
    /// Adds a change.
    pub(super) fn note(&mut self, conn: ConnId, exchange: Option<ExchangeId>) {
        if self.latest.len() == CHANGES_MAX {
            self.latest.pop_front();
            self.start += 1;
        }
        self.latest.push_back(RowChange { conn, exchange });
    }

    /// The number of the next change.
    pub(super) fn end(&self) -> u64 {
        self.start + self.latest.len() as u64
    }

    /// The changes from number `since` on. `None`: some of them are no longer remembered.
    pub(super) fn since(&self, since: u64) -> Option<impl Iterator<Item = RowChange>> {
        let skip = usize::try_from(since.checked_sub(self.start)?).ok()?;
        (skip <= self.latest.len()).then(|| self.latest.range(skip..).copied())
    }

    /// Forgets all changes so far.
    pub(super) fn clear(&mut self) {
        self.start = self.end();
        self.latest.clear();
    }
}
