//! Which requests were sent again, and as which exchanges.

use std::collections::BTreeMap;

use crate::base::stream::ExchangeId;

/// Requests whose copies are remembered at most. The oldest is forgotten first.
const ORIGINALS_MAX: usize = 4096;

/// The copies of a request that was sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copies {
    /// The latest one. It may have left the capture.
    pub latest: ExchangeId,
    /// Their number.
    pub count: u64,
}

/// The copies of all requests, by the exchange that has the request.
#[derive(Debug, Default)]
pub(super) struct CopyIndex(BTreeMap<ExchangeId, Copies>);

impl CopyIndex {
    /// Records that `copy` is a copy of `original`.
    pub(super) fn insert(&mut self, original: ExchangeId, copy: ExchangeId) {
        let copies = self.0.entry(original).or_insert(Copies { latest: copy, count: 0 });
        copies.latest = copies.latest.max(copy);
        copies.count += 1;
        if self.0.len() > ORIGINALS_MAX {
            self.0.pop_first();
        }
    }

    /// The copies of an exchange. `None`: it was not sent again.
    pub(super) fn of(&self, original: ExchangeId) -> Option<Copies> {
        self.0.get(&original).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_the_latest_of_each_and_no_more_than_it_may() {
        let mut index = CopyIndex::default();
        for copy in [7, 9, 8] {
            index.insert(ExchangeId::nth(3), ExchangeId::nth(copy));
        }
        assert_eq!(index.of(ExchangeId::nth(3)), Some(Copies { latest: ExchangeId::nth(9), count: 3 }));
        assert_eq!(index.of(ExchangeId::nth(7)), None);
        for original in 0..ORIGINALS_MAX as u64 {
            index.insert(ExchangeId::nth(10 + original), ExchangeId::nth(20 + original));
        }
        assert_eq!((index.0.len(), index.of(ExchangeId::nth(3))), (ORIGINALS_MAX, None));
    }
}
