//! Memory of forwarded exchanges that are over, which the next ones use.

use crate::http::ResponseHead;

use super::{
    pipe::{RequestPipe, ResponsePipe},
    transfer::Transfer,
};

/// Things of one kind that wait to be used again at most.
const WAITING: usize = 64;
/// Capacity of a list that is used again at most. A longer one is rare.
const USUAL: usize = 32;

/// What can be used again.
#[derive(Debug, Default)]
pub(in crate::server) struct Spare {
    // The parts of a pipe are moved, and these are the same boxes.
    #[allow(clippy::vec_box, reason = "to put one back is a move of its pointer")]
    heads: Vec<Box<ResponseHead>>,
    lists: Vec<Lists>,
}

/// The lists of an exchange, empty.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub(super) request: RequestPipe,
    pub(super) response: ResponsePipe,
    pub(super) tried: Vec<Option<usize>>,
}

impl Spare {
    /// A head that means nothing. `None`: there is none.
    pub(in crate::server) fn head(&mut self) -> Option<Box<ResponseHead>> {
        self.heads.pop()
    }

    /// Keeps the memory of a head.
    pub(in crate::server) fn keep_head(&mut self, head: Box<ResponseHead>) {
        if self.heads.len() < WAITING && head.fields.capacity() <= USUAL {
            self.heads.push(head);
        }
    }

    /// Lists for an exchange.
    pub(super) fn lists(&mut self) -> Lists {
        self.lists.pop().unwrap_or_default()
    }

    /// Keeps the memory of the lists of an exchange.
    pub(super) fn keep_lists(&mut self, transfer: Transfer) {
        let Transfer { request, response, mut tried, .. } = transfer;
        if self.lists.len() < WAITING && tried.capacity().max(request.room()).max(response.room()) <= USUAL {
            tried.clear();
            self.lists.push(Lists { request: request.emptied(), response: response.emptied(), tried });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_not_kept() {
        let mut spare = Spare::default();
        let mut machine = crate::http::ResponseMachine::starting_at(0);
        let mut head = machine.take_head(None);
        spare.keep_head(machine.take_head(None));
        head.fields.reserve(USUAL + 1);
        spare.keep_head(head);
        assert!(spare.head().is_some() && spare.head().is_none());
    }
}
