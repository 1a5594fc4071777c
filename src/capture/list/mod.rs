//! The rows of the exchange list: exchanges grouped by connection.

mod sums;

use std::{
    collections::{HashSet, VecDeque},
    net::SocketAddr,
    ops::Range,
};

use crate::{
    http::{Rule, Status},
    trace::{CloseReason, ConnId, ExchangeId, Nanos},
};

use super::{
    filter::Filter,
    model::Outcome,
    store::{Change, Slots, Store},
};
use sums::Sums;

/// One row.
#[derive(Clone, Debug)]
pub enum Row {
    /// The heading of a connection.
    Connection {
        /// Its number.
        id: ConnId,
        /// The client's address.
        peer: Option<SocketAddr>,
        /// When it was accepted.
        opened: Nanos,
        /// When and why it ended. `None`: it is open.
        closed: Option<(Nanos, CloseReason)>,
        /// The most requests begun in one read.
        pipelined: u32,
        /// How many exchanges it had in all. 0: it is waiting for its first byte, or closed without
        /// having sent one.
        exchanges: u64,
        /// Whether its rows are folded away.
        folded: bool,
        /// How its last exchange stands, and since when. `None`: it has none.
        last: Option<(Outcome, Nanos)>,
    },
    /// An exchange.
    Exchange {
        /// Its number.
        id: ExchangeId,
        /// Its connection.
        conn: ConnId,
        /// Its number on its connection, from 1.
        number: u64,
        /// The method token; empty while unknown.
        method: Box<str>,
        /// The target; empty while unknown.
        target: Box<str>,
        /// Where method or target is unknown: the first line as far as it arrived, escaped and shortened.
        /// Else empty.
        opening: Box<str>,
        /// The status.
        status: Option<Status>,
        /// Why it was refused.
        rule: Option<Rule>,
        /// How it stands.
        outcome: Outcome,
        /// Bytes of the response so far, head included.
        bytes: u64,
        /// When its first byte arrived.
        began: Nanos,
        /// From its first byte to its latest event.
        took: Nanos,
    },
}

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
    passing: Slots<ConnId>,
    folded: HashSet<ConnId>,
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
    /// Brings the arrangement up to date. Does nothing if neither store nor filter changed.
    pub fn update(&mut self, store: &Store, filter: &Filter) {
        let now = (store.generation(), store.version(), store.changes_end());
        if self.seen == Some(now) && self.filter == *filter {
            return;
        }
        let changes = match self.seen {
            Some((generation, _, since)) if generation == now.0 && self.filter == *filter => {
                store.changes_since(since)
            }
            _ => None,
        };
        let done = changes.is_some_and(|mut changes| changes.all(|change| self.take_in(store, change)));
        if !done {
            self.filter = filter.clone();
            self.arrange(store);
        }
        self.seen = Some(now);
        if self.gone > self.groups.len() / 2 + 16 {
            self.close_gaps();
        }
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

    /// These rows. Rows whose exchange has left meanwhile are missing.
    #[must_use]
    pub fn rows(&self, store: &Store, range: Range<usize>) -> Vec<Row> {
        let mut rows = Vec::with_capacity(range.len().min(1_000));
        let Some((first, mut skip)) = self.sums.find(range.start) else { return rows };
        let mut left = range.len();
        for group in &self.groups[first..] {
            let take = (group.rows() - skip).min(left);
            for index in skip..skip + take {
                let row = match index.checked_sub(1) {
                    None => heading(store, group),
                    Some(index) => exchange(store, group.exchanges[index]),
                };
                rows.extend(row);
            }
            (left, skip) = (left - take, 0);
            if left == 0 {
                break;
            }
        }
        rows
    }

    /// Index of the row of an exchange. `None`: it is not in the list, or folded away.
    #[must_use]
    pub fn index_of(&self, id: ExchangeId) -> Option<usize> {
        let (group, index) = self.place(id)?;
        (!self.groups[group].folded).then(|| self.sums.before(group) + 1 + index)
    }

    /// The exchange `step` exchanges below (above, if negative) `from`, for the arrow keys; the nearest one
    /// where there are not so many, without those that are folded away. `None` for `from`, or one that is
    /// not in the list: the last one. `None`: no exchange is shown.
    #[must_use]
    pub fn neighbour(&self, from: Option<ExchangeId>, step: i64) -> Option<ExchangeId> {
        let Some(mut row) = from.and_then(|id| self.row_near(id)) else { return self.edge(true) };
        let folded = from.is_some_and(|id| self.index_of(id).is_none());
        let mut left = step.unsigned_abs();
        // A heading is passed without counting. From a folded exchange the first step leaves its heading.
        let mut found = if folded { None } else { from };
        while left > 0 {
            let next = if step > 0 { row.checked_add(1) } else { row.checked_sub(1) };
            let Some((next, (group, index))) = next.and_then(|next| Some((next, self.sums.find(next)?)))
            else {
                break;
            };
            row = next;
            if let Some(index) = index.checked_sub(1) {
                found = Some(self.groups[group].exchanges[index]);
                left -= 1;
            }
        }
        found.or_else(|| self.edge(step > 0))
    }

    /// The first exchange that is shown. `None`: none is.
    #[must_use]
    pub fn first(&self) -> Option<ExchangeId> {
        self.edge(false)
    }

    /// The last exchange that is shown, or the first.
    fn edge(&self, last: bool) -> Option<ExchangeId> {
        let shown = |group: &&Group| !group.folded && !group.exchanges.is_empty();
        if last {
            self.groups.iter().rev().find(shown)?.exchanges.back().copied()
        } else {
            self.groups.iter().find(shown)?.exchanges.front().copied()
        }
    }

    /// The row of an exchange, or of the heading under which it is folded away.
    fn row_near(&self, id: ExchangeId) -> Option<usize> {
        let (group, index) = self.place(id)?;
        let folded = self.groups[group].folded;
        Some(self.sums.before(group) + if folded { 0 } else { 1 + index })
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

    /// Takes one change in. `false`: it cannot be, everything must be arranged anew.
    fn take_in(&mut self, store: &Store, change: Change) -> bool {
        let Change { conn, exchange: id } = change;
        let place = self.group(conn);
        if store.heading(conn).is_none() {
            let Ok(index) = place else { return true };
            for id in std::mem::take(&mut self.groups[index].exchanges) {
                // Rows are counted below, all at once: put back what `change` needs to compare.
                self.passing.remove(id);
                self.groups[index].exchanges.push_back(id);
            }
            self.gone += 1;
            self.folded.remove(&conn);
            self.change(index, |group| (group.heading, group.exchanges) = (false, VecDeque::new()));
            return true;
        }
        let index = match place {
            Ok(index) => index,
            Err(index) if index == self.groups.len() => {
                let folded = self.folded.contains(&conn);
                let heading = self.filter.is_empty();
                let group = Group { conn, heading, folded, exchanges: VecDeque::new() };
                self.sums.push(group.rows());
                self.groups.push(group);
                index
            }
            Err(_) => return false,
        };
        if id == 0 {
            return true;
        }
        let passes = store.summary(id).is_some_and(|exchange| self.filter.matches(&exchange));
        let was = self.passing.value(id).is_some();
        if passes && !was {
            self.passing.insert(id, conn);
            self.change(index, |group| {
                let place = group.exchanges.partition_point(|other| *other < id);
                group.exchanges.insert(place, id);
            });
        } else if was && !passes {
            self.passing.remove(id);
            self.change(index, |group| {
                if let Ok(place) = group.exchanges.binary_search(&id) {
                    group.exchanges.remove(place);
                }
            });
        }
        true
    }

    /// Arranges everything anew.
    fn arrange(&mut self, store: &Store) {
        (self.groups, self.sums, self.gone) = (Vec::new(), Sums::default(), 0);
        self.passing = Slots::default();
        let heading = self.filter.is_empty();
        for conn in store.headings().map(|heading| heading.id) {
            let folded = self.folded.contains(&conn);
            self.groups.push(Group { conn, heading, folded, exchanges: VecDeque::new() });
        }
        for exchange in store.summaries().filter(|exchange| self.filter.matches(exchange)) {
            let Ok(group) = self.groups.binary_search_by_key(&exchange.conn, |group| group.conn) else {
                continue;
            };
            self.passing.insert(exchange.id, exchange.conn);
            self.groups[group].exchanges.push_back(exchange.id);
        }
        for group in &self.groups {
            self.sums.push(group.rows());
        }
    }

    /// Closes the gaps that connections left.
    fn close_gaps(&mut self) {
        self.groups.retain(|group| group.heading || !group.exchanges.is_empty());
        self.sums = Sums::default();
        for group in &self.groups {
            self.sums.push(group.rows());
        }
        self.gone = 0;
    }
}

/// The heading of a group. `None`: the connection has left.
fn heading(store: &Store, group: &Group) -> Option<Row> {
    let connection = store.heading(group.conn)?;
    let last = connection.last.and_then(|id| store.summary(id));
    Some(Row::Connection {
        id: connection.id,
        peer: connection.peer,
        opened: connection.opened,
        closed: connection.closed,
        pipelined: connection.pipelined,
        exchanges: connection.exchange_count,
        folded: group.folded,
        last: last.map(|exchange| (exchange.outcome, exchange.latest)),
    })
}

/// The row of an exchange. `None`: it has left.
fn exchange(store: &Store, id: ExchangeId) -> Option<Row> {
    let exchange = store.summary(id)?;
    let unknown = exchange.method.is_empty() || exchange.target.is_empty();
    Some(Row::Exchange {
        id,
        conn: exchange.conn,
        number: exchange.number,
        method: exchange.method.into(),
        target: exchange.target.into(),
        opening: if unknown { store.opening(id) } else { Box::default() },
        status: exchange.status,
        rule: exchange.rule,
        outcome: exchange.outcome,
        bytes: exchange.response_bytes,
        began: exchange.began,
        took: exchange.took(),
    })
}

#[cfg(test)]
mod tests;
