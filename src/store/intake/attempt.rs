//! Takes in the attempts of exchanges at being answered by a backend.

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    store::model::Attempt,
    trace::{AttemptRecord, Choosing},
};

use super::super::{
    Store,
    account::Change,
    cost::{attempt_heap, choosing_heap},
};

impl Store {
    /// Takes in the choice of a backend, with which an attempt begins.
    pub(super) fn backend_chosen(
        &mut self,
        conn: ConnId,
        id: ExchangeId,
        at: Nanos,
        mut choosing: Box<Choosing>,
    ) {
        if self.entry_or_new(conn, id, at).is_none() {
            return;
        }
        let (group, cost) = self.groups.share(choosing.group);
        choosing.group = group;
        self.account.book(Change::records_added(cost));
        self.update_lists(id, |exchange| {
            let heap = choosing_heap(&choosing);
            let mut attempts = std::mem::take(&mut exchange.attempts).into_vec();
            attempts.push(Attempt { at, choosing: *choosing, ended: None });
            exchange.attempts = attempts.into();
            exchange.latest = exchange.latest.max(at);
            heap
        });
    }

    /// Takes in the end of an attempt. The event of its beginning may have been left out.
    pub(super) fn attempt_ended(
        &mut self,
        conn: ConnId,
        id: ExchangeId,
        at: Nanos,
        record: Box<AttemptRecord>,
    ) {
        if self.entry_or_new(conn, id, at).is_none() {
            return;
        }
        self.update_lists(id, |exchange| {
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
