//! Prefix sums that can change: they find the group that holds row number n.

/// A Fenwick tree over counts: changing one, and finding where a sum is reached, takes O(log n).
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// `tree[i - 1]` is the sum of the counts from `i - lowbit(i)` to `i - 1`.
    tree: Vec<usize>,
}

impl Sums {
    /// Adds a count at the end.
    pub(super) fn push(&mut self, count: usize) {
        let place = self.tree.len() + 1;
        let below = self.before(place - 1) - self.before(place - lowest_bit(place));
        self.tree.push(below + count);
    }

    /// Changes the count at `index` from `old` to `new`.
    pub(super) fn change(&mut self, index: usize, old: usize, new: usize) {
        let mut place = index + 1;
        while place <= self.tree.len() {
            self.tree[place - 1] = self.tree[place - 1] + new - old;
            place += lowest_bit(place);
        }
    }

    /// The sum of all counts before `index`.
    pub(super) fn before(&self, index: usize) -> usize {
        let (mut place, mut sum) = (index, 0);
        while place > 0 {
            sum += self.tree[place - 1];
            place -= lowest_bit(place);
        }
        sum
    }

    /// The index of the count that contains unit number `unit`, and the number of its units before that one. `None`:
    /// there are not so many units.
    pub(super) fn find(&self, unit: usize) -> Option<(usize, usize)> {
        let (mut place, mut rest) = (0, unit);
        let mut step = (self.tree.len() + 1).next_power_of_two();
        while step > 0 {
            if place + step <= self.tree.len() && self.tree[place + step - 1] <= rest {
                place += step;
                rest -= self.tree[place - 1];
            }
            step /= 2;
        }
        (place < self.tree.len()).then_some((place, rest))
    }
}

const fn lowest_bit(place: usize) -> usize {
    place & place.wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_counting_finds() {
        let (mut sums, mut counts) = (Sums::default(), Vec::new());
        for step in 0..200_usize {
            let count = step * 7 % 5;
            sums.push(count);
            counts.push(count);
            if step.is_multiple_of(3) {
                let (index, new) = (step * 13 % counts.len(), step % 4);
                sums.change(index, counts[index], new);
                counts[index] = new;
            }
            assert_eq!(sums.before(counts.len()), counts.iter().sum::<usize>());
        }
        let all: Vec<(usize, usize)> = counts
            .iter()
            .enumerate()
            .flat_map(|(index, count)| (0..*count).map(move |unit| (index, unit)))
            .collect();
        for (unit, place) in all.iter().enumerate() {
            assert_eq!(sums.find(unit), Some(*place));
        }
        assert_eq!(sums.find(all.len()), None);
        assert_eq!(Sums::default().find(0), None);
    }
}
