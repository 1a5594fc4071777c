//! Route attempts, shared: the same path tries the same routes with the same result.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use crate::trace::{Mismatch, RouteAttempt, RouteSummary};

/// Number of recent lists of attempts that a new one is compared with.
const RECENT: usize = 8;

/// The lists that are in use, each with the number of exchanges that use it.
#[derive(Debug, Default)]
pub(super) struct Routes {
    /// Number of users and cost in bytes, by address of the list.
    users: HashMap<usize, (u64, u64)>,
    /// The latest lists, newest last.
    recent: VecDeque<Arc<[RouteAttempt]>>,
}

impl Routes {
    /// A list equal to `list`, shared with other exchanges where one is known, and the bytes that it adds to the
    /// cost. The server sends the same list again wherever it can.
    pub(super) fn share(&mut self, list: Arc<[RouteAttempt]>) -> (Arc<[RouteAttempt]>, u64) {
        if let Some(entry) = self.users.get_mut(&address(&list)) {
            entry.0 += 1;
            return (list, 0);
        }
        let known = self.recent.iter().rposition(|recent| **recent == *list);
        if let Some(known) = known.and_then(|index| self.recent.get(index)).cloned() {
            self.users.entry(address(&known)).and_modify(|entry| entry.0 += 1);
            return (known, 0);
        }
        let cost = cost(&list);
        self.users.insert(address(&list), (1, cost));
        self.recent.push_back(Arc::clone(&list));
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        (list, cost)
    }

    /// Cost of all lists, in bytes.
    #[cfg(test)]
    pub(super) fn cost(&self) -> u64 {
        self.users.values().map(|entry| entry.1).sum()
    }

    /// Records that one exchange less uses this list. Returns the bytes that are freed.
    pub(super) fn release(&mut self, list: &Arc<[RouteAttempt]>) -> u64 {
        let Some(entry) = self.users.get_mut(&address(list)) else { return 0 };
        entry.0 -= 1;
        if entry.0 > 0 {
            return 0;
        }
        let cost = entry.1;
        self.users.remove(&address(list));
        self.recent.retain(|recent| !Arc::ptr_eq(recent, list));
        cost
    }
}

fn address(list: &Arc<[RouteAttempt]>) -> usize {
    Arc::as_ptr(list).cast::<u8>().addr()
}

/// Bytes of a list and of its texts on the heap. Patterns belong to the routing table and do not count.
fn cost(attempts: &[RouteAttempt]) -> u64 {
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
    (size_of_val(attempts) + 64 + attempts.iter().map(heap).sum::<usize>()) as u64
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
        let mut routes = Routes::default();
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
        let mut routes = Routes::default();
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
