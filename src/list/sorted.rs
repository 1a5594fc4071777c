//! Exchanges in the order of a column: found by place, moved when they change.

use std::sync::Arc;

use crate::{base::stream::ExchangeId, store::IdMap, store::Summary};

use super::{
    column::Column,
    rank::{Key, Rank, Unsorted},
    sums::Sums,
};

/// Entries of a block at most; a full one is divided.
const BLOCK: usize = 1_024;

/// An exchange and what it is sorted by; of equal ones the smaller number comes first.
#[derive(Clone, Debug)]
struct Entry {
    rank: Rank,
    id: ExchangeId,
}

impl Entry {
    fn key(&self) -> (Key<'_>, ExchangeId) {
        (self.rank.key(), self.id)
    }
}

/// Exchanges, sorted. Inserting, moving and finding one costs as much as a block has entries, not as much as there are.
#[derive(Debug)]
pub(super) struct Sorted {
    column: Column,
    /// Whether places count from the end.
    descending: bool,
    /// The entries, ascending; no block is empty.
    blocks: Vec<Vec<Entry>>,
    /// Number of entries of each block.
    sums: Sums,
    /// The rank of each exchange. Not used where it is the number.
    ranks: IdMap<ExchangeId, Rank>,
    len: usize,
}

impl Sorted {
    pub(super) fn new(column: Column, descending: bool) -> Self {
        Self {
            column,
            descending,
            blocks: Vec::new(),
            sums: Sums::default(),
            ranks: IdMap::default(),
            len: 0,
        }
    }

    /// All of these rows in the order of a column, which is quicker than one by one.
    pub(super) fn of(rows: Unsorted, column: Column, descending: bool) -> Self {
        let mut sorted = Self::new(column, descending);
        if column != Column::Number {
            for (id, rank) in rows.ranks() {
                sorted.ranks.insert(id, rank);
            }
        }
        let rows = rows.sorted();
        sorted.len = rows.len();
        let mut entries = rows.into_iter().map(|(rank, id)| Entry { rank, id });
        loop {
            let block: Vec<Entry> = entries.by_ref().take(BLOCK / 2).collect();
            if block.is_empty() {
                break;
            }
            sorted.blocks.push(block);
        }
        sorted.add_up();
        sorted
    }

    /// The column and whether the largest comes first.
    pub(super) const fn by(&self) -> (Column, bool) {
        (self.column, self.descending)
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Inserts an exchange, or moves it to where its row now belongs.
    pub(super) fn put(&mut self, row: &Summary<'_>) {
        let (key, id) = (self.column.sort_key(row), row.id);
        match self.key_of(id) {
            Some(before) if before == key => return,
            Some(_) => self.remove(id),
            None => {}
        }
        self.len += 1;
        let block = self.block((key, id)).min(self.blocks.len().saturating_sub(1));
        let Some(entries) = self.blocks.get(block) else {
            let rank = self.remember(key, id, None);
            self.blocks.push(vec![Entry { rank, id }]);
            self.sums.push(1);
            return;
        };
        let place = entries.partition_point(|other| other.key() < (key, id));
        let at_end = place == entries.len() && block + 1 == self.blocks.len();
        let starts_block = at_end && entries.len() >= BLOCK / 2;
        let beside = [place.checked_sub(1), Some(place)].into_iter().flatten();
        let equal = beside.filter_map(|place| entries.get(place)).find(|entry| entry.rank.key() == key);
        let equal = equal.map(|entry| entry.rank.clone());
        let rank = self.remember(key, id, equal);
        if starts_block {
            // What comes in order fills one block after the other.
            self.blocks.push(vec![Entry { rank, id }]);
            self.sums.push(1);
            return;
        }
        let entries = &mut self.blocks[block];
        entries.insert(place, Entry { rank, id });
        let len = entries.len();
        if len <= BLOCK {
            self.sums.change(block, len - 1, len);
        } else {
            let rest = entries.split_off(len / 2);
            self.blocks.insert(block + 1, rest);
            self.add_up();
        }
    }

    /// Keeps the rank of an exchange. `equal`: the same rank, whose text is shared. `None`: a new one.
    fn remember(&mut self, key: Key<'_>, id: ExchangeId, equal: Option<Rank>) -> Rank {
        let rank = equal.unwrap_or_else(|| match key {
            Key::Number(number) => Rank::Number(number),
            Key::Text(text) => Rank::Text(Arc::from(text)),
        });
        if self.column != Column::Number {
            self.ranks.insert(id, rank.clone());
        }
        rank
    }

    /// Removes an exchange, if it is there.
    pub(super) fn remove(&mut self, id: ExchangeId) {
        let Some((block, place)) = self.place(id) else { return };
        self.ranks.remove(id);
        self.len -= 1;
        let entries = &mut self.blocks[block];
        entries.remove(place);
        let len = entries.len();
        if len > 0 {
            self.sums.change(block, len + 1, len);
        } else {
            self.blocks.remove(block);
            self.add_up();
        }
    }

    /// The `count` exchanges from place `start` on, or as many as there are.
    pub(super) fn range(&self, start: usize, count: usize) -> Vec<ExchangeId> {
        let end = start.saturating_add(count).min(self.len);
        let start = start.min(end);
        let (first, count) = (if self.descending { self.len - end } else { start }, end - start);
        let (block, skip) = self.sums.find(first).unwrap_or((self.blocks.len(), 0));
        let entries = self.blocks[block..].iter().flatten().skip(skip).take(count);
        let mut ids: Vec<ExchangeId> = entries.map(|entry| entry.id).collect();
        if self.descending {
            ids.reverse();
        }
        ids
    }

    /// The exchange at a place. `None`: there are not so many.
    pub(super) fn at(&self, index: usize) -> Option<ExchangeId> {
        self.range(index, 1).first().copied()
    }

    /// The place of an exchange. `None`: it is not there.
    pub(super) fn index_of(&self, id: ExchangeId) -> Option<usize> {
        let (block, place) = self.place(id)?;
        let index = self.sums.before(block) + place;
        Some(if self.descending { self.len - 1 - index } else { index })
    }

    fn key_of(&self, id: ExchangeId) -> Option<Key<'_>> {
        if self.column != Column::Number {
            return self.ranks.value(id).map(Rank::key);
        }
        let key = Key::Number(id.get());
        let block = self.blocks.get(self.block((key, id)))?;
        block.binary_search_by(|entry| entry.key().cmp(&(key, id))).is_ok().then_some(key)
    }

    /// The block and the place in it.
    fn place(&self, id: ExchangeId) -> Option<(usize, usize)> {
        let key = (self.key_of(id)?, id);
        let block = self.block(key);
        Some((block, self.blocks.get(block)?.binary_search_by(|entry| entry.key().cmp(&key)).ok()?))
    }

    /// The first block whose last entry is not less than `key`: the one that has it, if any has.
    fn block(&self, key: (Key<'_>, ExchangeId)) -> usize {
        self.blocks.partition_point(|block| block.last().is_some_and(|last| last.key() < key))
    }

    fn add_up(&mut self) {
        self.sums = Sums::default();
        for block in &self.blocks {
            self.sums.push(block.len());
        }
    }
}
