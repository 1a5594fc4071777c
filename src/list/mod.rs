//! The rows of the exchange list: exchanges grouped by connection.
//!
//! In reading order: `row` is what one row shows, [`List`] which rows there are, with `sums` to find one
//! by its place, `listing` a list that is arranged in the background.

mod listing;
mod navigate;
mod row;
mod sums;

use std::{
    collections::{HashSet, VecDeque},
    ops::Range,
};

use crate::base::stream::{ConnId, ExchangeId};

use crate::{
    filter::Filter,
    store::{IdMap, RowChange, Store},
};
pub use listing::{Listing, Search};
pub use row::Row;
use sums::Sums;

/// Which rows there are. Remembers the arrangement and brings it up to date when asked: what changed since
/// the last time costs, not what there is.
///
/// Connections stand in the order in which they were accepted, so that no row ever moves; each is followed
/// by its exchanges. With a filter, only connections with an exchange that passes are shown.
#[derive(Debug, Default)]
pub struct List {
    filter: Filter,
    /// What of the store is arranged: its generation, its version, the number of the next change.
    /// `None`: nothing was yet.
    seen: Option<(u64, u64, u64)>,
    /// The connections, ascending. One that left stays as an empty group for a while.
    groups: Vec<Group>,
    /// Number of rows of each group.
    sums: Sums,
    /// Groups that are empty because their connection left.
    gone: usize,
    /// The exchanges that pass, ascending, with their connections.
    passing: IdMap<ExchangeId, ConnId>,
    folded: HashSet<ConnId>,
    /// Connections from this number on were not looked at, until `headed`: then all were.
    next_conn: ConnId,
    headed: bool,
    /// Exchanges from this number on were not looked at. The largest number: all were, or shall not be.
    next: ExchangeId,
    /// How many were.
    looked: u64,
    /// `next_conn` and `next` when it was stopped. `None`: it was not.
    stopped: Option<(ConnId, ExchangeId)>,
}

/// A connection and its exchanges that pass, ascending.
#[derive(Debug)]
struct Group {
    conn: ConnId,
    /// Whether the connection is shown even without exchanges.
    heading: bool,
    folded: bool,
    exchanges: VecDeque<ExchangeId>,
}

impl Group {
    fn rows(&self) -> usize {
        match (self.heading || !self.exchanges.is_empty(), self.folded) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => 1 + self.exchanges.len(),
        }
    }
}

impl List {
    /// A list that has still to look at everything, with these connections folded away.
    pub(crate) fn anew(filter: &Filter, folded: HashSet<ConnId>) -> Self {
        Self { filter: filter.clone(), folded, ..Self::default() }
    }

    /// Brings the arrangement up to date, however long it takes. Does nothing if neither store nor filter
    /// changed. Where there may be very much to look at, see [`crate::list::Listing`].
    pub fn update(&mut self, store: &Store, filter: &Filter) {
        if self.filter != *filter {
            *self = Self::anew(filter, std::mem::take(&mut self.folded));
        }
        self.advance(store, usize::MAX);
    }

    /// Looks at `most` further connections and exchanges at most, after what changed among those that were
    /// looked at before. Whether all were looked at.
    pub(crate) fn advance(&mut self, store: &Store, most: usize) -> bool {
        if !self.catch_up(store) {
            *self = Self::anew(&self.filter, std::mem::take(&mut self.folded));
            self.catch_up(store);
        }
        self.scan(store, most)
    }

    /// Takes in what changed among what was looked at before. `false`: that is no longer known.
    pub(crate) fn catch_up(&mut self, store: &Store) -> bool {
        let now = (store.generation(), store.version(), store.changes_end());
        let Some((generation, version, since)) = self.seen else {
            self.seen = Some(now);
            return true;
        };
        if generation != now.0 {
            return false;
        }
        if version != now.1 || since != now.2 {
            let Some(changes) = store.changes_since(since) else { return false };
            for change in changes {
                self.take_in(store, change);
            }
            self.seen = Some(now);
            if self.gone > self.groups.len() / 2 + 16 {
                self.close_gaps();
            }
        }
        true
    }

    /// Whether every exchange was looked at, or would have been, had nobody stopped it.
    pub(crate) fn complete(&self) -> bool {
        self.seen.is_some() && self.next == ExchangeId::MAX
    }

    /// How many exchanges were looked at so far.
    pub(crate) const fn looked(&self) -> u64 {
        self.looked
    }

    /// What is chosen by.
    pub(crate) const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The connections that are folded away.
    pub(crate) const fn folded(&self) -> &HashSet<ConnId> {
        &self.folded
    }

    /// Looks no further. What arrives or changes from now on is still taken in.
    pub(crate) fn stop(&mut self) {
        if !self.complete() {
            self.stopped = Some((self.next_conn, self.next));
            (self.next, self.next_conn) = (ExchangeId::MAX, ConnId::MAX);
        }
    }

    /// Goes on where it was stopped. Whether it was.
    pub(crate) fn resume(&mut self) -> bool {
        let Some(places) = self.stopped.take() else { return false };
        (self.next_conn, self.next) = places;
        true
    }

    /// Whether it was stopped before everything was looked at.
    pub(crate) const fn stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Folds a connection away, or shows it again.
    pub fn set_folded(&mut self, conn: ConnId, folded: bool) {
        if folded {
            self.folded.insert(conn);
        } else {
            self.folded.remove(&conn);
        }
        if let Ok(index) = self.group(conn) {
            self.change(index, |group| group.folded = folded);
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sums.before(self.groups.len())
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of exchanges that the filter lets pass.
    #[must_use]
    pub fn matching(&self) -> usize {
        self.passing.len()
    }

    /// The exchanges that the filter lets pass, ascending.
    pub fn passing(&self) -> impl Iterator<Item = ExchangeId> {
        self.passing.iter().map(|(id, _)| id)
    }

    /// These rows, as far as there are so many.
    #[must_use]
    pub fn rows(&self, store: &Store, range: Range<usize>) -> Vec<Row> {
        let mut rows = Vec::with_capacity(range.len().min(1_000));
        let Some((first, mut skip)) = self.sums.find(range.start) else { return rows };
        let mut left = range.len();
        for group in &self.groups[first..] {
            let take = (group.rows() - skip).min(left);
            rows.extend((skip..skip + take).map(|index| match index.checked_sub(1) {
                None => Row::heading(store, group.conn, group.folded),
                Some(index) => Row::exchange(store, group.exchanges[index]),
            }));
            (left, skip) = (left - take, 0);
            if left == 0 {
                break;
            }
        }
        rows
    }

    /// The group of an exchange, and its index there.
    fn place(&self, id: ExchangeId) -> Option<(usize, usize)> {
        let group = self.group(*self.passing.value(id)?).ok()?;
        Some((group, self.groups[group].exchanges.binary_search(&id).ok()?))
    }

    /// The index of a connection's group, or where it would stand.
    fn group(&self, conn: ConnId) -> Result<usize, usize> {
        match self.groups.last() {
            Some(last) if conn > last.conn => Err(self.groups.len()),
            _ => self.groups.binary_search_by_key(&conn, |group| group.conn),
        }
    }

    /// Changes a group and the sums with it.
    fn change(&mut self, index: usize, change: impl FnOnce(&mut Group)) {
        let group = &mut self.groups[index];
        let before = group.rows();
        change(group);
        let after = group.rows();
        if before != after {
            self.sums.change(index, before, after);
        }
    }

    /// Takes one change in. What is about something that was not looked at yet can wait until it is.
    fn take_in(&mut self, store: &Store, change: RowChange) {
        let RowChange { conn, exchange: id } = change;
        if !self.headed && conn >= self.next_conn {
            return;
        }
        let place = self.group(conn);
        if store.heading(conn).is_none() {
            let Ok(index) = place else { return };
            for id in self.groups[index].exchanges.iter().copied() {
                self.passing.remove(id);
            }
            self.gone += 1;
            self.folded.remove(&conn);
            self.change(index, |group| (group.heading, group.exchanges) = (false, VecDeque::new()));
            return;
        }
        let index = place.unwrap_or_else(|index| {
            self.add_group(index, conn);
            index
        });
        let Some(id) = id.filter(|id| *id < self.next) else { return };
        let passes = store.summary(id).is_some_and(|exchange| self.filter.matches(&exchange));
        if passes {
            self.add_exchange(index, conn, id);
        } else if self.passing.remove(id).is_some() {
            self.change(index, |group| {
                if let Ok(place) = group.exchanges.binary_search(&id) {
                    group.exchanges.remove(place);
                }
            });
        }
    }

    /// Looks at so many connections and exchanges that were not looked at before. Whether that was all.
    fn scan(&mut self, store: &Store, most: usize) -> bool {
        let mut left = most;
        if !self.headed && self.next != ExchangeId::MAX {
            for conn in store.headings_from(self.next_conn).map(|heading| heading.id) {
                let Some(rest) = left.checked_sub(1) else { return false };
                left = rest;
                self.next_conn = conn.next();
                if let Err(index) = self.group(conn) {
                    self.add_group(index, conn);
                }
            }
            self.headed = true;
        }
        if self.next == ExchangeId::MAX {
            return true;
        }
        for exchange in store.summaries_from(self.next) {
            let Some(rest) = left.checked_sub(1) else { return false };
            left = rest;
            self.looked += 1;
            self.next = exchange.id.next();
            if self.filter.matches(&exchange)
                && let Ok(index) = self.group(exchange.conn)
            {
                self.add_exchange(index, exchange.conn, exchange.id);
            }
        }
        self.next = ExchangeId::MAX;
        true
    }

    /// Puts a connection in at `index`, without exchanges.
    fn add_group(&mut self, index: usize, conn: ConnId) {
        let folded = self.folded.contains(&conn);
        let heading = self.filter.is_empty();
        let group = Group { conn, heading, folded, exchanges: VecDeque::new() };
        if index == self.groups.len() {
            self.sums.push(group.rows());
            self.groups.push(group);
        } else {
            // Rare: its beginning was left out, and later connections came first.
            self.groups.insert(index, group);
            self.add_up();
        }
    }

    /// Puts an exchange in, if it is not there.
    fn add_exchange(&mut self, index: usize, conn: ConnId, id: ExchangeId) {
        if self.passing.insert(id, conn).is_some() {
            return;
        }
        self.change(index, |group| {
            if group.exchanges.back().is_none_or(|last| *last < id) {
                group.exchanges.push_back(id);
            } else {
                let place = group.exchanges.partition_point(|other| *other < id);
                group.exchanges.insert(place, id);
            }
        });
    }

    /// Closes the gaps that connections left.
    fn close_gaps(&mut self) {
        self.groups.retain(|group| group.heading || !group.exchanges.is_empty());
        self.add_up();
        self.gone = 0;
    }

    fn add_up(&mut self) {
        self.sums = Sums::default();
        for group in &self.groups {
            self.sums.push(group.rows());
        }
    }
}

#[cfg(test)]
mod tests;
