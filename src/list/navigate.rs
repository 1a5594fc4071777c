//! Finds the row of an exchange, and the exchanges above and below.

use std::ops::Range;

use crate::base::stream::ExchangeId;

use super::{Group, List};

impl List {
    /// The index of an exchange's row. `None`: the exchange is not in the list, or folded.
    #[must_use]
    pub fn index_of(&self, id: ExchangeId) -> Option<usize> {
        if let Some(sorted) = &self.sorted {
            return sorted.index_of(id);
        }
        let (group, index) = self.place(id)?;
        (!self.groups[group].folded).then(|| self.sums.before(group) + 1 + index)
    }

    /// The shown exchange `step` exchanges below `from` (above, if negative), or the nearest if there are not so many:
    /// for the arrow keys. If `from` is `None` or not in the list, the last exchange. `None`: no exchange is shown.
    #[must_use]
    pub fn neighbour(&self, from: Option<ExchangeId>, step: i64) -> Option<ExchangeId> {
        if let Some(sorted) = &self.sorted {
            let Some(index) = from.and_then(|id| sorted.index_of(id)) else { return self.edge(true) };
            let steps = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
            let to = if step > 0 { index.saturating_add(steps) } else { index.saturating_sub(steps) };
            return sorted.at(to.min(sorted.len() - 1));
        }
        let Some(mut row) = from.and_then(|id| self.row_near(id)) else { return self.edge(true) };
        let folded = from.is_some_and(|id| self.index_of(id).is_none());
        let mut left = step.unsigned_abs();
        // Headings do not count. The first step from a folded exchange leaves its heading.
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

    /// The exchanges in these rows, in order.
    #[must_use]
    pub fn ids(&self, rows: Range<usize>) -> Vec<ExchangeId> {
        if let Some(sorted) = &self.sorted {
            return sorted.range(rows.start, rows.len());
        }
        let Some((first, mut skip)) = self.sums.find(rows.start) else { return Vec::new() };
        let (mut ids, mut left) = (Vec::new(), rows.len());
        for group in &self.groups[first..] {
            let take = (group.rows() - skip).min(left);
            let shown = (skip..skip + take).filter_map(|index| index.checked_sub(1));
            ids.extend(shown.map(|index| group.exchanges[index]));
            (left, skip) = (left - take, 0);
            if left == 0 {
                break;
            }
        }
        ids
    }

    /// The first exchange that is shown. `None`: none is.
    #[must_use]
    pub fn first(&self) -> Option<ExchangeId> {
        self.edge(false)
    }

    /// The last exchange that is shown, or the first.
    fn edge(&self, last: bool) -> Option<ExchangeId> {
        if let Some(sorted) = &self.sorted {
            return sorted.at(if last { sorted.len().checked_sub(1)? } else { 0 });
        }
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
}
