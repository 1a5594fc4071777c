//! Exchanges in the order of a column: found by place, moved when they change.

use crate::{base::stream::ExchangeId, store::IdMap, store::Summary};

use super::{
    column::{Column, TextRanks},
    sums::Sums,
};

/// Entries of a block at most; a full one is divided.
const BLOCK: usize = 1_024;

/// An entry: its rank, and its number among equal ones. For a descending order both are turned around.
type Entry = (u64, u64);

/// Exchanges, sorted. Inserting, moving and finding one costs as much as a block has entries, not as much as there are.
#[derive(Debug)]
pub(super) struct Sorted {
    column: Column,
    descending: bool,
    /// The entries, ascending; no block is empty.
    blocks: Vec<Vec<Entry>>,
    /// Number of entries of each block.
    sums: Sums,
    /// The rank of each exchange. Not used where it is the number.
    ranks: IdMap<ExchangeId, u64>,
    texts: TextRanks,
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
            texts: TextRanks::default(),
            len: 0,
        }
    }

    /// The column and whether the largest comes first.
    pub(super) const fn by(&self) -> (Column, bool) {
        (self.column, self.descending)
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    fn entry(&self, rank: u64, id: ExchangeId) -> Entry {
        if self.descending { (!rank, !id.get()) } else { (rank, id.get()) }
    }

    fn id(&self, entry: Entry) -> Option<ExchangeId> {
        ExchangeId::new(if self.descending { !entry.1 } else { entry.1 })
    }

    /// The rank of a row.
    pub(super) fn rank(&mut self, row: &Summary<'_>) -> u64 {
        self.column.rank(row, &mut self.texts)
    }

    /// Fills an empty order with all of these at once, which is quicker than one by one.
    pub(super) fn fill(&mut self, rows: Vec<(u64, ExchangeId)>) {
        if self.column != Column::Number {
            for (rank, id) in &rows {
                self.ranks.insert(*id, *rank);
            }
        }
        let mut entries: Vec<Entry> = rows.into_iter().map(|(rank, id)| self.entry(rank, id)).collect();
        entries.sort_unstable();
        self.len = entries.len();
        self.blocks = entries.chunks(BLOCK / 2).map(<[Entry]>::to_vec).collect();
        self.add_up();
    }

    /// Inserts an exchange, or moves it to where its row now belongs.
    pub(super) fn put(&mut self, row: &Summary<'_>) {
        let (rank, id) = (self.rank(row), row.id);
        match self.rank_of(id) {
            Some(before) if before == rank => return,
            Some(_) => self.remove(id),
            None => {}
        }
        if self.column != Column::Number {
            self.ranks.insert(id, rank);
        }
        let entry = self.entry(rank, id);
        self.len += 1;
        let block = self.block(entry).min(self.blocks.len().saturating_sub(1));
        let Some(entries) = self.blocks.get(block) else {
            self.blocks.push(vec![entry]);
            self.sums.push(1);
            return;
        };
        let place = entries.partition_point(|other| *other < entry);
        let at_end = place == entries.len() && block + 1 == self.blocks.len();
        if at_end && self.blocks[block].len() >= BLOCK / 2 {
            // What comes in order fills one block after the other.
            self.blocks.push(vec![entry]);
            self.sums.push(1);
            return;
        }
        let entries = &mut self.blocks[block];
        entries.insert(place, entry);
        let len = entries.len();
        if len <= BLOCK {
            self.sums.change(block, len - 1, len);
        } else {
            let rest = entries.split_off(len / 2);
            self.blocks.insert(block + 1, rest);
            self.add_up();
        }
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

    /// The exchanges from place `start` on.
    pub(super) fn starting_at(&self, start: usize) -> impl Iterator<Item = ExchangeId> {
        let (block, skip) = self.sums.find(start).unwrap_or((self.blocks.len(), 0));
        let entries = self.blocks[block..].iter().flatten().skip(skip);
        entries.filter_map(|entry| self.id(*entry))
    }

    /// The place of an exchange. `None`: it is not there.
    pub(super) fn index_of(&self, id: ExchangeId) -> Option<usize> {
        self.place(id).map(|(block, place)| self.sums.before(block) + place)
    }

    fn rank_of(&self, id: ExchangeId) -> Option<u64> {
        if self.column != Column::Number {
            return self.ranks.value(id).copied();
        }
        let entry = self.entry(id.get(), id);
        let block = self.blocks.get(self.block(entry))?;
        block.binary_search(&entry).is_ok().then(|| id.get())
    }

    /// The block and the place in it.
    fn place(&self, id: ExchangeId) -> Option<(usize, usize)> {
        let entry = self.entry(self.rank_of(id)?, id);
        let block = self.block(entry);
        Some((block, self.blocks.get(block)?.binary_search(&entry).ok()?))
    }

    /// The first block whose last entry is not less than `entry`: the one that has it, if any has.
    fn block(&self, entry: Entry) -> usize {
        self.blocks.partition_point(|block| block.last().is_some_and(|last| *last < entry))
    }

    fn add_up(&mut self) {
        self.sums = Sums::default();
        for block in &self.blocks {
            self.sums.push(block.len());
        }
    }
}
