//! A pool of the records of exchanges that left. In steady state a new exchange takes no memory from the
//! allocator for its record and lists, and reuses the places of earlier ones. Records that were allocated and
//! freed in a different order each time would spread over memory and be slower to access.

use super::Entry;
use crate::store::model::Exchange;

/// Records that the pool holds at most. In steady state one exchange leaves for each that comes.
const WAITING: usize = 64;
/// Capacity of a new list of stages: the number of stages of an ordinary exchange.
const USUAL_STAGES: usize = 6;
/// Capacity of a new list of middleware: for the request and for the response.
const USUAL_MIDDLEWARE: usize = 2;
/// Largest capacity of a list that is reused. A larger one is rare and would count against the budget for each
/// exchange that reuses it.
const USUAL: usize = 8;

/// The records that can be reused.
#[derive(Debug, Default)]
pub(super) struct EntryPool {
    // The store holds its records in boxes, and these are the same boxes.
    #[allow(clippy::vec_box, reason = "to put one back is a move of its pointer")]
    entries: Vec<Box<Entry>>,
}

impl EntryPool {
    /// Adds the record of an exchange that left.
    pub(super) fn give(&mut self, mut entry: Box<Entry>) {
        let Exchange {
            stages,
            middleware,
            guards,
            notes,
            routed,
            attempts,
            upstream,
            lineage,
            websocket,
            mark,
            ..
        } = &mut entry.exchange;
        (*routed, *lineage, *websocket, *mark) = (None, None, None, None);
        let capacities = [stages.capacity(), middleware.capacity(), attempts.capacity(), upstream.capacity()];
        if self.entries.len() < WAITING && capacities.iter().all(|capacity| *capacity <= USUAL) {
            stages.clear();
            middleware.clear();
            attempts.clear();
            upstream.clear();
            (*guards, *notes) = (Vec::new(), Vec::new());
            self.entries.push(entry);
        }
    }

    /// Boxes the record `made`, in the memory of an earlier record and its lists if the pool has one.
    pub(super) fn take(&mut self, mut made: Entry) -> Box<Entry> {
        let Some(mut entry) = self.entries.pop() else {
            made.exchange.stages.reserve_exact(USUAL_STAGES);
            made.exchange.middleware.reserve_exact(USUAL_MIDDLEWARE);
            return Box::new(made);
        };
        made.exchange.stages = std::mem::take(&mut entry.exchange.stages);
        made.exchange.middleware = std::mem::take(&mut entry.exchange.middleware);
        made.exchange.attempts = std::mem::take(&mut entry.exchange.attempts);
        made.exchange.upstream = std::mem::take(&mut entry.exchange.upstream);
        *entry = made;
        entry
    }
}
