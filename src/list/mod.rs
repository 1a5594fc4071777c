//! The rows of the exchange list: exchanges grouped by connection.
//!
//! In reading order: `row` is the content of a row; [`List`] knows which rows there are, with `sums` to find a row by
//! its number; `listing` is a list that is built in the background.

mod column;
mod contents;
mod listing;
mod navigate;
mod order;
mod rank;
mod read;
mod row;
pub mod rules;
mod sorted;
mod sums;
mod tally;
mod verdicts;

use std::{
    collections::{BTreeSet, HashSet, VecDeque},
    ops::Range,
};

use crate::base::stream::{ConnId, ExchangeId};

use crate::{
    filter::{Filter, Verdict},
    store::{IdMap, RowChange, Store},
};
pub use column::{Column, ColumnFacts, Order};
pub use contents::Contents;
pub use listing::{Listing, Search};
use read::ReadBefore;
pub use row::Row;
use sorted::Sorted;
use sums::Sums;
use verdicts::Near;

/// The rows of the list. An update costs as much as what changed since the last one, not as much as what there is.
///
/// Connections stand in the order in which they were accepted, so that no row ever moves; each is followed by its
/// exchanges. With a filter, only connections with a matching exchange are shown.
#[derive(Debug, Default)]
pub struct List {
    filter: Filter,
    /// Generation, version and next change of the store that the list reflects. `None`: it was not updated yet.
    seen: Option<(u64, u64, u64)>,
    /// The connections, ascending. A connection that left the store stays as an empty group for a while.
    groups: Vec<Group>,
    /// Number of rows of each group.
    sums: Sums,
    /// Number of groups that are empty because their connection left.
    gone: usize,
    /// The matching exchanges, ascending, with their connections.
    passing: IdMap<ExchangeId, ConnId>,
    /// The exchanges that a single part of the filter keeps out.
    near: Near,
    /// The matching exchanges that have ended, counted. `None`: nobody asks.
    tally: Option<Box<tally::Tally>>,
    /// Exchanges whose bytes were not asked yet whether they match. One that matched before is shown meanwhile.
    unknown: BTreeSet<ExchangeId>,
    read: ReadBefore,
    /// The matching exchanges in the order in which they are shown. `None`: by connection.
    sorted: Option<Sorted>,
    /// Exchanges that came, changed or left while another order is prepared. `None`: none is.
    touched: Option<Vec<ExchangeId>>,
    folded: HashSet<ConnId>,
    /// Connections from this number on were not examined, unless `headed` is set.
    next_conn: ConnId,
    /// Whether all connections were examined.
    headed: bool,
    /// Exchanges from this number on were not examined. The largest number: all were, or the search was stopped.
    next: ExchangeId,
    /// Number of exchanges that were examined.
    looked: u64,
    /// `next_conn` and `next` when the search was stopped. `None`: it was not.
    stopped: Option<(ConnId, ExchangeId)>,
    /// Whether asking the bytes was stopped.
    reading_stopped: bool,
}

/// A connection and its matching exchanges, ascending.
#[derive(Debug)]
struct Group {
    conn: ConnId,
    /// Whether the connection is shown even without matching exchanges.
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
    /// A list that has examined nothing yet, with these connections folded.
    pub(crate) fn anew(filter: &Filter, folded: HashSet<ConnId>) -> Self {
        Self { filter: filter.clone(), near: Near::new(filter), folded, ..Self::default() }
    }

    /// An empty list with the same filter and folds, in the order `order`.
    pub(crate) fn in_order(mut self, order: Order) -> Self {
        self.sorted = match order {
            Order::ByConnection => None,
            Order::Sorted { column, descending } => Some(Sorted::new(column, descending)),
        };
        self
    }

    /// Brings the list up to date, however long that takes. Does nothing if neither store nor filter changed. For large
    /// captures use [`crate::list::Listing`].
    pub fn update(&mut self, store: &Store, filter: &Filter) {
        if self.filter != *filter {
            *self = Self::anew(filter, std::mem::take(&mut self.folded)).in_order(self.order());
        }
        self.advance(store, usize::MAX);
    }

    /// Takes in changes, and then examines at most `most` further connections and exchanges. Returns whether all were
    /// examined.
    pub(crate) fn advance(&mut self, store: &Store, most: usize) -> bool {
        if !self.catch_up(store) {
            *self = self.emptied();
            self.catch_up(store);
        }
        self.scan(store, most)
    }

    /// Takes in changes of what was examined before. `false`: the store no longer knows all of them.
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

    /// Whether every exchange was examined, or the search was stopped.
    pub(crate) fn complete(&self) -> bool {
        self.seen.is_some() && self.next == ExchangeId::MAX
    }

    /// Number of exchanges that were examined so far.
    pub(crate) const fn looked(&self) -> u64 {
        self.looked
    }

    /// The filter.
    pub(crate) const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The folded connections.
    pub(crate) const fn folded(&self) -> &HashSet<ConnId> {
        &self.folded
    }

    /// Stops the search. Later arrivals and changes are still taken in.
    pub(crate) fn stop(&mut self) {
        if !self.complete() {
            self.stopped = Some((self.next_conn, self.next));
            (self.next, self.next_conn) = (ExchangeId::MAX, ConnId::MAX);
        }
    }

    /// Resumes a stopped search. Returns whether it was stopped.
    pub(crate) fn resume(&mut self) -> bool {
        let Some(places) = self.stopped.take() else { return false };
        (self.next_conn, self.next) = places;
        true
    }

    /// Whether the search was stopped before its end.
    pub(crate) const fn stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Folds or unfolds a connection.
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
        self.sorted.as_ref().map_or_else(|| self.sums.before(self.groups.len()), Sorted::len)
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of exchanges that match the filter.
    #[must_use]
    pub fn matching(&self) -> usize {
        self.passing.len()
    }

    /// The exchanges that match the filter, ascending.
    pub fn passing(&self) -> impl Iterator<Item = ExchangeId> {
        self.passing.iter().map(|(id, _)| id)
    }

    /// The rows with these indices, as far as there are so many.
    #[must_use]
    pub fn rows(&self, store: &Store, range: Range<usize>) -> Vec<Row> {
        let mut rows = Vec::with_capacity(range.len().min(1_000));
        if let Some(sorted) = &self.sorted {
            let ids = sorted.range(range.start, range.len());
            rows.extend(ids.into_iter().map(|id| Row::exchange(store, id)));
            return rows;
        }
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

    /// The index of an exchange's group, and the exchange's index in it.
    fn place(&self, id: ExchangeId) -> Option<(usize, usize)> {
        let group = self.group(*self.passing.value(id)?).ok()?;
        Some((group, self.groups[group].exchanges.binary_search(&id).ok()?))
    }

    /// The index of a connection's group, or the index at which it belongs.
    fn group(&self, conn: ConnId) -> Result<usize, usize> {
        match self.groups.last() {
            Some(last) if conn > last.conn => Err(self.groups.len()),
            _ => self.groups.binary_search_by_key(&conn, |group| group.conn),
        }
    }

    /// Changes a group, and updates the sums.
    fn change(&mut self, index: usize, change: impl FnOnce(&mut Group)) {
        let group = &mut self.groups[index];
        let before = group.rows();
        change(group);
        let after = group.rows();
        if before != after {
            self.sums.change(index, before, after);
        }
    }

    /// Takes one change in. A change of something that was not examined yet is ignored.
    fn take_in(&mut self, store: &Store, change: RowChange) {
        let RowChange { conn, exchange: id } = change;
        if !self.headed && conn >= self.next_conn {
            return;
        }
        let place = self.group(conn);
        if store.heading(conn).is_none() {
            if let Some(id) = id {
                self.leave(id);
            }
            let Ok(index) = place else { return };
            for id in self.groups[index].exchanges.clone() {
                self.leave(id);
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
        // A connection that left comes back with its next event.
        let heading = self.filter.is_empty();
        if self.groups[index].heading != heading {
            self.gone = self.gone.saturating_sub(1);
            self.change(index, |group| group.heading = heading);
        }
        let Some(id) = id.filter(|id| *id < self.next) else { return };
        let row = store.summary(id);
        let verdict = row.map_or(Verdict::Fails, |exchange| self.filter.judge(&exchange));
        self.sort_in(index, (conn, id), verdict, row.as_ref());
    }

    /// Examines at most `most` further connections and exchanges. Returns whether all were examined.
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
            let verdict = self.filter.judge(&exchange);
            if self.near.wants(verdict)
                && let Ok(index) = self.group(exchange.conn)
            {
                self.sort_in(index, (exchange.conn, exchange.id), verdict, Some(&exchange));
            }
        }
        self.next = ExchangeId::MAX;
        true
    }

    /// Inserts a connection at `index`, without exchanges.
    fn add_group(&mut self, index: usize, conn: ConnId) {
        let folded = self.folded.contains(&conn);
        let heading = self.filter.is_empty();
        let group = Group { conn, heading, folded, exchanges: VecDeque::new() };
        if index == self.groups.len() {
            self.sums.push(group.rows());
            self.groups.push(group);
        } else {
            // Rare: the connection's beginning was omitted from the trace, and later ones came first.
            self.groups.insert(index, group);
            self.add_up();
        }
    }

    /// Inserts an exchange, unless it is in the list.
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

    /// Removes the groups of connections that left.
    fn close_gaps(&mut self) {
        self.groups.retain(|group| group.heading || !group.exchanges.is_empty());
        self.add_up();
        self.gone = 0;
    }

    fn add_up(&mut self) {
        self.sums = Sums::default();
        self.groups.iter().for_each(|group| self.sums.push(group.rows()));
    }
}

#[cfg(test)]
mod tests;
