//! Takes in the attempts of exchanges at being answered by a backend.

use std::sync::Arc;

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    store::model::Attempt,
    trace::{AttemptRecord, Choosing},
};

use super::super::{
    Store,
    account::Change,
    cost::{attempt_heap, choosing_heap, push},
};

impl Store {
    /// Takes in the choice of a backend, with which an attempt begins.
    pub(super) fn backend_chosen(
        &mut self,
        conn: ConnId,
        id: ExchangeId,
        at: Nanos,
        mut choosing: Arc<Choosing>,
    ) {
        if !self.knows(conn, id, at) {
            return;
        }
        let (group, cost) = self.groups.share(Arc::clone(&choosing.group));
        if !Arc::ptr_eq(&group, &choosing.group) {
            Arc::make_mut(&mut choosing).group = group;
        }
        self.account.book(Change::records_added(cost));
        self.update(id, |exchange| {
            let heap = choosing_heap(&choosing);
            exchange.latest = exchange.latest.max(at);
            heap + push(&mut exchange.attempts, Attempt { at, choosing, ended: None })
        });
    }

    /// Takes in the end of an attempt. The event of its beginning may have been left out.
    pub(super) fn attempt_ended(
        &mut self,
        conn: ConnId,
        id: ExchangeId,
        at: Nanos,
        mut boxed: Box<AttemptRecord>,
    ) {
        let record = std::mem::replace(&mut *boxed, AttemptRecord::new(0));
        self.emptied.push(boxed);
        if !self.knows(conn, id, at) {
            return;
        }
        self.update(id, |exchange| {
            exchange.latest = exchange.latest.max(at);
            let number = record.number;
            let begun = |attempt: &&mut Attempt| {
                attempt.choosing.number == number
                    && attempt.choosing.backend().is_some()
                    && attempt.ended.is_none()
            };
            let Some(attempt) = exchange.attempts.iter_mut().rfind(begun) else { return 0 };
            let heap = attempt_heap(&record);
            attempt.ended = Some((at, record));
            heap
        });
    }
}
