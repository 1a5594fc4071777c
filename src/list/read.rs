//! What was read of exchanges for the filter, so that only what comes later has to be looked at.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    base::stream::ExchangeId,
    filter::{Filter, Verdict},
    store::Summary,
};

/// What was read for one filter.
#[derive(Debug, Default)]
pub(super) struct ReadBefore {
    tunnels: BTreeMap<ExchangeId, TunnelRead>,
    /// Exchanges of which bytes that were asked for are not kept.
    partial: BTreeSet<ExchangeId>,
}

/// A WebSocket that was read while it went on.
#[derive(Clone, Copy, Debug)]
struct TunnelRead {
    verdict: Verdict,
    /// Whether the verdict is the one that the row gives if older messages do not pass.
    by_row: bool,
    /// Bytes of its texts by then.
    end: u64,
}

/// A WebSocket that goes on, as it was when its bytes were taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tunnel {
    /// The verdict if older messages do not pass.
    by_row: Verdict,
    /// Bytes of its texts.
    end: u64,
}

impl Tunnel {
    /// `None`: it is no WebSocket, or it has ended.
    pub(super) fn of(row: &Summary<'_>, filter: &Filter) -> Option<Self> {
        let goes_on = row.frames.is_some() && !row.outcome.ended();
        goes_on.then(|| Self { by_row: verdict_by_row(row, filter), end: row.messages.end() })
    }
}

impl ReadBefore {
    /// The verdict on a WebSocket whose earlier messages were read, and whose later ones are in the row. `None`: its
    /// bytes have to be read.
    pub(super) fn verdict(&mut self, row: &Summary<'_>, filter: &Filter) -> Option<Verdict> {
        let read = self.tunnels.get_mut(&row.id)?;
        if row.outcome.ended() || row.messages.left_bytes > read.end {
            return None;
        }
        read.end = row.messages.end();
        let verdict = if read.by_row { verdict_by_row(row, filter) } else { read.verdict };
        Some(verdict).filter(|verdict| *verdict != Verdict::Unknown)
    }

    /// Notes what the bytes of an exchange told.
    pub(super) fn note(
        &mut self,
        id: ExchangeId,
        tunnel: Option<Tunnel>,
        (verdict, is_partial): (Verdict, bool),
    ) {
        if let Some(Tunnel { by_row, end }) = tunnel {
            self.tunnels.insert(id, TunnelRead { verdict, by_row: by_row == verdict, end });
        } else {
            self.tunnels.remove(&id);
        }
        if is_partial {
            self.partial.insert(id);
        } else {
            self.partial.remove(&id);
        }
    }

    /// The exchange has left.
    pub(super) fn forget(&mut self, id: ExchangeId) {
        self.tunnels.remove(&id);
        self.partial.remove(&id);
    }

    /// Number of exchanges of which bytes that were asked for are not kept.
    pub(super) fn partial(&self) -> usize {
        self.partial.len()
    }
}

/// The verdict if the messages that the row does not have do not pass.
fn verdict_by_row(row: &Summary<'_>, filter: &Filter) -> Verdict {
    let mut row = *row;
    row.messages.are_all = true;
    filter.judge(&row)
}
