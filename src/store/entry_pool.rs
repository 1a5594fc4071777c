//! Records of exchanges that left, for the next ones: in steady state an exchange then takes no memory from
//! the allocator for its record and lists, and they lie where the ones before them lay. What is taken and
//! given back in another order each time is spread ever more thinly over memory, and slower to reach.

use super::Entry;
use crate::store::model::Exchange;

/// At most so many wait. In steady state one leaves for each that comes.
const WAITING: usize = 64;
/// Stages of an exchange that comes to its end without a detour.
const USUAL_STAGES: usize = 6;
/// A list that grew beyond this goes back to the allocator: it is not usual, and would count for each
/// exchange that has it next.
const USUAL: usize = 8;

/// The records that wait.
#[derive(Debug, Default)]
pub(super) struct EntryPool {
    // The boxes are what is kept: the store holds its records in them.
    #[allow(clippy::vec_box, reason = "to put one back is a move of its pointer")]
    entries: Vec<Box<Entry>>,
}

impl EntryPool {
    /// Takes in the record of an exchange that left.
    pub(super) fn give(&mut self, mut entry: Box<Entry>) {
        let Exchange { stages, middleware, guards, notes, routed, upstream, .. } = &mut entry.exchange;
        (*routed, *upstream) = (None, Box::default());
        if self.entries.len() < WAITING && stages.capacity() <= USUAL && middleware.capacity() <= USUAL {
            stages.clear();
            middleware.clear();
            (*guards, *notes) = (Vec::new(), Vec::new());
            self.entries.push(entry);
        }
    }

    /// The record `made`, with memory for its lists.
    pub(super) fn take(&mut self, mut made: Entry) -> Box<Entry> {
        let Some(mut entry) = self.entries.pop() else {
            made.exchange.stages.reserve_exact(USUAL_STAGES);
            return Box::new(made);
        };
        made.exchange.stages = std::mem::take(&mut entry.exchange.stages);
        made.exchange.middleware = std::mem::take(&mut entry.exchange.middleware);
        *entry = made;
        entry
    }
}
