//! Values by ascending number, where most lookups hit in one step.

use std::collections::VecDeque;

/// Gaps that are left open besides as many as there are values. While a map has fewer, it finds each number in one
/// step.
const GAPS: usize = 1024;

/// A map from numbers that mostly come in ascending order and mostly leave in that order: a queue with
/// gaps. Looking up is O(1) where numbers are dense, else O(log n); inserting at the end and removing are
/// O(1) amortised.
#[derive(Debug)]
pub(crate) struct IdMap<K, T> {
    slots: VecDeque<(K, Option<T>)>,
    live: usize,
}

impl<K, T> Default for IdMap<K, T> {
    fn default() -> Self {
        Self { slots: VecDeque::new(), live: 0 }
    }
}

impl<K: Copy + Ord + Into<u64>, T> IdMap<K, T> {
    /// Number of values.
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    /// The value of `id`. `None`: there is none.
    #[inline]
    pub(crate) fn value(&self, id: K) -> Option<&T> {
        let index = self.place(id).ok()?;
        self.slots.get(index)?.1.as_ref()
    }

    /// The value of `id`, to change it. `None`: there is none.
    #[inline]
    pub(crate) fn value_mut(&mut self, id: K) -> Option<&mut T> {
        let index = self.place(id).ok()?;
        self.slots.get_mut(index)?.1.as_mut()
    }

    /// The value of `id`, made by `make` if there is none, and whether it was made.
    pub(crate) fn or_insert_with(&mut self, id: K, make: impl FnOnce() -> T) -> (&mut T, bool) {
        let known = self.place(id).ok().filter(|index| self.slots[*index].1.is_some());
        let index = known.unwrap_or_else(|| {
            self.insert(id, make());
            self.place(id).unwrap_or_else(|_| unreachable!("the value was inserted"))
        });
        let value = self.slots[index].1.as_mut().unwrap_or_else(|| unreachable!("the value was inserted"));
        (value, known.is_none())
    }

    /// The value with the smallest number.
    pub(crate) fn first(&self) -> Option<(K, &T)> {
        self.iter().next()
    }

    /// The value with the largest number.
    pub(crate) fn last(&self) -> Option<(K, &T)> {
        self.slots.iter().rev().find_map(|(id, value)| Some((*id, value.as_ref()?)))
    }

    /// Every value, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (K, &T)> {
        self.slots.iter().filter_map(|(id, value)| Some((*id, value.as_ref()?)))
    }

    /// Every value from number `id` on, ascending.
    pub(crate) fn iter_from(&self, id: K) -> impl Iterator<Item = (K, &T)> {
        let start = self.place(id).unwrap_or_else(|index| index);
        self.slots.range(start..).filter_map(|(id, value)| Some((*id, value.as_ref()?)))
    }

    /// Every value, ascending, to change it.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (K, &mut T)> {
        self.slots.iter_mut().filter_map(|(id, value)| Some((*id, value.as_mut()?)))
    }

    /// Inserts a value. Returns the one that it replaced. `None`: there was none.
    pub(crate) fn insert(&mut self, id: K, value: T) -> Option<T> {
        let before = match self.place(id) {
            Ok(index) => self.slots[index].1.replace(value),
            Err(index) if index == self.slots.len() => {
                self.slots.push_back((id, Some(value)));
                None
            }
            Err(index) => {
                self.slots.insert(index, (id, Some(value)));
                None
            }
        };
        self.live += usize::from(before.is_none());
        before
    }

    /// Removes a value and returns it. `None`: there was none.
    pub(crate) fn remove(&mut self, id: K) -> Option<T> {
        let index = self.place(id).ok()?;
        let value = self.slots[index].1.take()?;
        self.live -= 1;
        while matches!(self.slots.front(), Some((_, None))) {
            self.slots.pop_front();
        }
        // A value that stays for long keeps the gaps behind it alive: close them when they are the
        // greater part, so that each removal pays for its own gap only.
        if self.slots.len() > 2 * self.live + GAPS {
            self.slots.retain(|(_, value)| value.is_some());
            self.slots.shrink_to(self.live * 2);
        }
        Some(value)
    }

    /// Index of the slot of `id`; `Err`: the index at which it would be inserted.
    #[inline]
    fn place(&self, id: K) -> Result<usize, usize> {
        let Some(first) = self.slots.front() else { return Err(0) };
        // Nearly always no number is left out.
        if let Some(steps) = id.into().checked_sub(first.0.into())
            && let Ok(index) = usize::try_from(steps)
            && self.slots.get(index).is_some_and(|slot| slot.0 == id)
        {
            return Ok(index);
        }
        self.search(id)
    }

    /// Does the same where numbers are left out.
    #[inline(never)]
    fn search(&self, id: K) -> Result<usize, usize> {
        let Some(first) = self.slots.front() else { return Err(0) };
        let Some(last) = self.slots.back() else { return Err(0) };
        if id > last.0 {
            return Err(self.slots.len());
        }
        if id < first.0 {
            return Err(0);
        }
        // Numbers are apart from each other by one or more, so the distances of the numbers bound the index.
        let most = self.slots.len() - 1;
        let distance =
            |from: K, to: K| usize::try_from(to.into() - from.into()).map_or(most, |steps| steps.min(most));
        let mut start = most - distance(id, last.0);
        if self.slots[start].0 == id {
            return Ok(start);
        }
        let mut end = distance(first.0, id);
        while start < end {
            let middle = usize::midpoint(start, end);
            if self.slots[middle].0 < id {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        if self.slots[start].0 == id { Ok(start) } else { Err(start) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::collections::BTreeMap;

    use super::*;
    use crate::testing::Lcg;

    #[test]
    fn does_what_an_ordered_map_does() {
        let mut slots = IdMap::default();
        let mut model = BTreeMap::new();
        let mut dice = Lcg(7);
        for step in 0..20_000_u64 {
            let pick = dice.roll(1 << 31);
            let id = if pick.is_multiple_of(3) { pick % 500 } else { step };
            match pick % 5 {
                0..=2 => assert_eq!(slots.insert(id, pick), model.insert(id, pick)),
                3 => assert_eq!(slots.remove(id), model.remove(&id)),
                _ => {
                    let first = model.first_key_value().map(|entry| *entry.0);
                    if let Some(first) = first {
                        assert_eq!(slots.remove(first), model.remove(&first));
                    }
                }
            }
            assert_eq!(slots.len(), model.len());
            assert_eq!(slots.value(id), model.get(&id));
            assert_eq!(slots.first().map(|entry| entry.0), model.first_key_value().map(|entry| *entry.0));
            assert_eq!(slots.last().map(|entry| entry.0), model.last_key_value().map(|entry| *entry.0));
        }
        assert!(slots.iter().map(|(id, value)| (id, *value)).eq(model.clone().into_iter()));
        for id in (0..20_100).step_by(7) {
            let wanted = model.range(id..).next().map(|(id, value)| (*id, value));
            assert_eq!(slots.iter_from(id).next(), wanted);
        }
    }

    #[test]
    fn a_value_that_stays_does_not_keep_the_gaps_behind_it() {
        let mut slots = IdMap::default();
        slots.insert(0_u64, ());
        for id in 1..100_000 {
            slots.insert(id, ());
            slots.remove(id);
        }
        assert!(slots.slots.len() < GAPS + 10);
    }
}
