//! Two runs, matched exchange by exchange.

use std::collections::{HashMap, VecDeque};

use super::{
    changes::{Change, Weight, changes},
    recorded::Recorded,
};

/// Two exchanges with the same method and path.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The positions in both runs.
    pub at: [usize; 2],
    /// Whether it stands elsewhere among the others.
    pub is_moved: bool,
    /// What differs.
    pub changes: Vec<Change>,
}

impl Pair {
    /// Whether something differs that counts; with `all`, whether anything does.
    #[must_use]
    pub fn is_changed(&self, all: bool) -> bool {
        self.changes.iter().any(|change| change.weight.counts(all))
    }

    /// Whether bytes were not captured, so that nobody knows whether they are the same.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        self.changes.iter().any(|change| change.weight == Weight::Unknown)
    }
}

/// What two runs have in common, and what not.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    /// The exchanges that both have, in the order of the first run.
    pub pairs: Vec<Pair>,
    /// The positions of those that only the first run has.
    pub missing: Vec<usize>,
    /// The positions of those that only the second run has.
    pub more: Vec<usize>,
}

impl Runs {
    /// Matches the exchanges of two runs: first those with the same target, then those whose queries differ. Of several
    /// that are alike the first one belongs to the first one.
    #[must_use]
    pub fn new(one: &[Recorded], other: &[Recorded]) -> Self {
        let mut partner: Vec<Option<usize>> = vec![None; one.len()];
        let mut taken = vec![false; other.len()];
        let keys: [fn(&Recorded) -> String; 2] = [|it| it.target.clone(), |it| it.path().to_owned()];
        for key in keys {
            let mut free: HashMap<(&str, String), VecDeque<usize>> = HashMap::new();
            for (index, it) in other.iter().enumerate().filter(|(index, _)| !taken[*index]) {
                free.entry((&*it.method, key(it))).or_default().push_back(index);
            }
            for (it, partner) in one.iter().zip(&mut partner).filter(|(_, partner)| partner.is_none()) {
                *partner = free.get_mut(&(&*it.method, key(it))).and_then(VecDeque::pop_front);
                if let Some(index) = *partner {
                    taken[index] = true;
                }
            }
        }
        let found: Vec<[usize; 2]> =
            partner.iter().enumerate().filter_map(|(index, partner)| Some([index, (*partner)?])).collect();
        let in_order = longest_ascent(&found.iter().map(|pair| pair[1]).collect::<Vec<_>>());
        let pair = |(at, in_order): (&[usize; 2], &bool)| Pair {
            at: *at,
            is_moved: !in_order,
            changes: changes(&one[at[0]], &other[at[1]]),
        };
        Self {
            pairs: found.iter().zip(&in_order).map(pair).collect(),
            missing: (0..one.len()).filter(|index| partner[*index].is_none()).collect(),
            more: (0..other.len()).filter(|index| !taken[*index]).collect(),
        }
    }

    /// Whether both runs are the same, but for what does not count; with `all`, but for nothing. `None`: that cannot be
    /// told, since not all bytes were captured.
    #[must_use]
    pub fn is_same(&self, all: bool) -> Option<bool> {
        let differs = |pair: &Pair| pair.is_moved || pair.is_changed(all);
        if !self.missing.is_empty() || !self.more.is_empty() || self.pairs.iter().any(differs) {
            return Some(false);
        }
        (!self.pairs.iter().any(Pair::has_unknown)).then_some(true)
    }
}

/// For each number, whether it is one of the most numbers that ascend in their order. In O(n log n).
fn longest_ascent(numbers: &[usize]) -> Vec<bool> {
    // The index of the least number that ends an ascent of each length, and of the one before each in its ascent.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), vec![None; numbers.len()]);
    for (index, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        before[index] = length.checked_sub(1).map(|length| ends[length]);
        if length == ends.len() { ends.push(index) } else { ends[length] = index }
    }
    let mut is_in = vec![false; numbers.len()];
    let mut at = ends.last().copied();
    while let Some(index) = at {
        is_in[index] = true;
        at = before[index];
    }
    is_in
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_numbers_are_out_of_order() {
        assert_eq!(longest_ascent(&[0, 1, 2]), [true; 3]);
        assert_eq!(longest_ascent(&[3, 0, 1, 2]), [false, true, true, true]);
        assert_eq!(longest_ascent(&[0, 2, 1, 3]).iter().filter(|it| **it).count(), 3);
        assert!(longest_ascent(&[]).is_empty());
    }
}
