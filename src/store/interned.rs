//! Records that exchanges share: the same path tries the same routes with the same result, the middleware does the same,
//! and the same group of backends is chosen from.

use std::{collections::VecDeque, sync::Arc};

use super::cost::step_heap;
use crate::{
    base::{numbered::NumberedMap, shared_text::SharedText},
    trace::{BackendRecord, GroupRecord, MiddlewareStep, Mismatch, RouteAttempt, RouteSummary},
};

/// Number of recent records that a new one is compared with.
const RECENT: usize = 8;

/// A record that exchanges share.
pub(super) trait Shareable: PartialEq {
    /// Bytes of the record and of its texts on the heap.
    fn cost(&self) -> u64;
}

/// The records of one kind that are in use, each with the number of its users.
#[derive(Debug)]
pub(super) struct Interned<T: ?Sized> {
    /// Number of users and cost in bytes, by address of the record.
    users: NumberedMap<usize, (u64, u64)>,
    /// The latest records, newest last.
    recent: VecDeque<Arc<T>>,
}

impl<T: ?Sized> Default for Interned<T> {
    fn default() -> Self {
        Self { users: NumberedMap::default(), recent: VecDeque::new() }
    }
}

impl<T: Shareable + ?Sized> Interned<T> {
    /// A record equal to `record`, shared with other exchanges where one is known, and the bytes that it adds to the
    /// cost. The server sends the same record again wherever it can.
    pub(super) fn share(&mut self, record: Arc<T>) -> (Arc<T>, u64) {
        if let Some(entry) = self.users.get_mut(&address(&record)) {
            entry.0 += 1;
            return (record, 0);
        }
        let known = self.recent.iter().rposition(|recent| **recent == *record);
        if let Some(known) = known.and_then(|index| self.recent.get(index)).cloned() {
            self.users.entry(address(&known)).and_modify(|entry| entry.0 += 1);
            return (known, 0);
        }
        let cost = record.cost();
        self.users.insert(address(&record), (1, cost));
        self.recent.push_back(Arc::clone(&record));
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        (record, cost)
    }

    /// Cost of all records, in bytes.
    #[cfg(test)]
    pub(super) fn cost(&self) -> u64 {
        self.users.values().map(|entry| entry.1).sum()
    }

    /// Records that there is one user less. Returns the bytes that are freed.
    pub(super) fn release(&mut self, record: &Arc<T>) -> u64 {
        let Some(entry) = self.users.get_mut(&address(record)) else { return 0 };
        entry.0 -= 1;
        if entry.0 > 0 {
            return 0;
        }
        let cost = entry.1;
        self.users.remove(&address(record));
        self.recent.retain(|recent| !Arc::ptr_eq(recent, record));
        cost
    }
}

fn address<T: ?Sized>(record: &Arc<T>) -> usize {
    Arc::as_ptr(record).cast::<u8>().addr()
}

impl Shareable for [RouteAttempt] {
    /// Patterns belong to the routing table and do not count.
    fn cost(&self) -> u64 {
        let heap = |attempt: &RouteAttempt| {
            let mismatch = match &attempt.mismatch {
                Some(Mismatch::Method { found }) => found.len() + 16,
                Some(Mismatch::Segment { found, expected, .. }) => found.len() + 16 + expected.heap_bytes(),
                Some(Mismatch::TooLong { found }) => found.len() + 16,
                Some(Mismatch::TooShort { expected }) => expected.heap_bytes(),
                None => 0,
            };
            let (RouteSummary::Params(text)
            | RouteSummary::Folder { name: text, .. }
            | RouteSummary::Group(text)) = &attempt.summary;
            mismatch + text.heap_bytes()
        };
        (size_of_val(self) + 64 + self.iter().map(heap).sum::<usize>()) as u64
    }
}

impl Shareable for [MiddlewareStep] {
    fn cost(&self) -> u64 {
        size_of_val(self) as u64 + 64 + self.iter().map(step_heap).sum::<u64>()
    }
}

impl Shareable for GroupRecord {
    fn cost(&self) -> u64 {
        let backend = |backend: &BackendRecord| {
            size_of::<BackendRecord>() + backend.name.heap_bytes() + backend.address.heap_bytes()
        };
        let texts = [&self.name, &self.prefix].map(SharedText::heap_bytes);
        let backends: usize = self.backends.iter().map(backend).sum();
        (size_of::<Self>() + 64 + texts[0] + texts[1] + backends) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Method;

    fn attempts(found: &str) -> Arc<[RouteAttempt]> {
        let mismatch = Some(Mismatch::Method { found: found.into() });
        let summary = RouteSummary::Params("".into());
        [RouteAttempt { method: Some(Method::Get), pattern: "/".into(), mismatch, summary }].into()
    }

    #[test]
    fn equal_lists_are_shared_and_paid_for_once() {
        let mut routes = Interned::default();
        let (first, cost) = routes.share(attempts("POST"));
        let (second, nothing) = routes.share(attempts("POST"));
        assert!(cost > 0);
        assert_eq!(nothing, 0);
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(routes.release(&first), 0, "the second still uses it");
        assert_eq!(routes.release(&second), cost);
        assert!(routes.users.is_empty() && routes.recent.is_empty());
    }

    #[test]
    fn a_list_that_is_no_longer_recent_is_still_counted() {
        let mut routes = Interned::default();
        let (old, cost) = routes.share(attempts("A"));
        for index in 0..20 {
            let (list, _) = routes.share(attempts(&index.to_string()));
            routes.release(&list);
        }
        let kept: Vec<_> = (0..20).map(|index| routes.share(attempts(&index.to_string())).0).collect();
        assert_eq!(routes.release(&old), cost);
        assert_eq!(routes.users.len(), kept.len());
    }
}
