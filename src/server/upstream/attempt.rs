//! The attempts of an exchange: each gives it to a backend, until one answers or none is left.

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    base::stream::{ExchangeId, Nanos},
    gateway::{Choice, Failure, telling},
    http::forward::Trailers,
    service::Request,
    trace::AttemptRecord,
};

use super::{Errand, Gateway, NoResponse, Place, ResponsePart, Transfer, spare::Lists};

impl Gateway {
    /// Begins to forward a request to a group.
    pub(in crate::server) fn begin(
        &mut self,
        exchange: ExchangeId,
        client: Place,
        request: &Request<'_>,
        bytes: &Bytes,
        group: usize,
        now: Nanos,
    ) {
        let Some((mount, known)) = self.groups.get_mut(group) else { return };
        known.budget.earn();
        let Lists { request: requested, response, tried } = self.spare.lists();
        let transfer = Transfer {
            exchange,
            client,
            peer: request.peer,
            head: request.head.clone(),
            head_bytes: bytes.clone(),
            edits: request.edits.cloned(),
            trouble: request.trouble.cloned(),
            request: requested,
            response,
            group: Some(group),
            mount: Arc::clone(mount),
            tried,
            backend: None,
            is_tried: false,
            is_waiting: false,
            upstream: None,
            is_reused: false,
            has_begun: false,
            client_side: (0, 0),
            backend_side: (0, 0),
            given: now,
            failed: Vec::new(),
            attempt: AttemptRecord::new(0),
        };
        let waits = !known.queue.is_empty();
        self.transfers.insert(exchange, transfer);
        if waits {
            // Those that came before go first.
            self.wait(exchange, group, now);
        } else {
            self.assign(exchange, now);
        }
    }

    /// Gives an exchange to a backend, or has it wait for one.
    fn assign(&mut self, exchange: ExchangeId, now: Nanos) {
        let Some(choice) = self.choose(exchange, now) else {
            // The group was removed while the exchange was under way.
            return self.give_up_removed(exchange);
        };
        match self.transfers.get(&exchange).and_then(|transfer| transfer.group) {
            Some(group) if choice.chosen.is_none() && choice.is_worth_waiting() => {
                self.report_choice(exchange, choice, now);
                self.wait(exchange, group, now);
            }
            _ => self.give_to(exchange, choice, now),
        }
    }

    /// Chooses a backend for an exchange. `None`: the exchange is over, or its group was removed.
    pub(super) fn choose(&mut self, exchange: ExchangeId, now: Nanos) -> Option<Choice> {
        let transfer = self.transfers.get(&exchange)?;
        let (_, group) = self.groups.get_mut(transfer.group?)?;
        let tried: Vec<_> = transfer.tried.iter().copied().flatten().collect();
        Some(group.choose(transfer.peer, &tried, now))
    }

    /// Gives an exchange to the chosen backend, if there is one.
    pub(super) fn give_to(&mut self, exchange: ExchangeId, choice: Choice, now: Nanos) {
        let chosen = choice.chosen;
        self.report_choice(exchange, choice, now);
        let Some(transfer) = self.transfers.get_mut(&exchange) else { return };
        let Some((_, group)) = transfer.group.and_then(|index| self.groups.get_mut(index)) else { return };
        let Some(index) = chosen else {
            let wait = group.next_trial().map_or(0, |at| at.saturating_sub(now));
            let secs = wait.div_ceil(1_000_000_000).max(1);
            let told = self.obstacles_told(exchange, now);
            return self.give_up(exchange, NoResponse::NoBackend { secs, told });
        };
        transfer.is_waiting = false;
        group.begin(index);
        transfer.tried.push(Some(index));
        (transfer.is_tried, transfer.given) = (true, now);
        transfer.attempt = AttemptRecord::new(transfer.attempt.number + 1);
        let known = transfer.group.and_then(|group| self.destinations.get(group)?.get(index));
        transfer.backend = known.map(Arc::clone);
        self.connect(exchange, true, now);
    }

    /// Gives an exchange up whose group was removed.
    pub(super) fn give_up_removed(&mut self, exchange: ExchangeId) {
        let told = "Its group of backends was removed meanwhile.".to_owned();
        self.give_up(exchange, NoResponse::NoBackend { secs: 1, told });
    }

    /// The reason why each backend does not take an exchange, and how those have failed that did.
    pub(super) fn obstacles_told(&self, exchange: ExchangeId, now: Nanos) -> String {
        let Some(transfer) = self.transfers.get(&exchange) else { return String::new() };
        let Some((_, group)) = transfer.group.and_then(|index| self.groups.get(index)) else {
            return String::new();
        };
        let tried: Vec<_> = transfer.tried.iter().copied().flatten().collect();
        let mut told = transfer.failed.clone();
        told.push(group.obstacles_told(&tried, now));
        told.join(" ")
    }

    /// Gives an exchange up that no backend answers.
    pub(super) fn give_up(&mut self, exchange: ExchangeId, why: NoResponse) {
        if let Some(transfer) = self.transfers.get_mut(&exchange) {
            transfer.upstream = None;
            transfer.response.put(ResponsePart::Failed(why));
            self.wakes.push(transfer.client);
        }
    }

    /// Records that the backend answered the exchange completely.
    pub(in crate::server) fn complete(&mut self, exchange: ExchangeId, trailers: Trailers, now: Nanos) {
        self.end_attempt(exchange, Some(Ok(())), now);
        if let Some(transfer) = self.transfers.get_mut(&exchange) {
            transfer.upstream = None;
            transfer.response.put(ResponsePart::End(trailers));
            let client = transfer.client;
            self.wake(client);
        }
    }

    /// Records that the backend failed before the exchange was complete. Sends the request to another backend if
    /// that is safe. `detail`: the failure in words that follow the backend's name.
    pub(in crate::server) fn fail(
        &mut self,
        exchange: ExchangeId,
        failure: Failure,
        detail: &str,
        now: Nanos,
    ) {
        let Some((name, address)) = self.backend(exchange) else { return };
        let (name, address) = (name.to_owned(), address.clone());
        let Some(transfer) = self.transfers.get_mut(&exchange) else { return };
        let told = telling::failed(&name, &address, detail, now.saturating_sub(transfer.given));
        let can_repeat = transfer.request.can_repeat() && !transfer.has_begun;
        // RFC 9110 §9.2.2: "A client SHOULD NOT automatically retry a request with a non-idempotent method". A
        // connection that was never made has carried nothing.
        let is_safe = can_repeat
            && failure != Failure::OnPurpose
            && (transfer.head.method.is_idempotent()
                || matches!(
                    failure,
                    Failure::Refused
                        | Failure::Unreachable
                        | Failure::Unresolved
                        | Failure::ConnectTimeout
                        | Failure::Tls
                ));
        // A backend that closed a kept connection while the request was on its way has not failed.
        if is_safe && transfer.is_reused && failure == Failure::Reset {
            transfer.request.rewind();
            self.renew_attempt(exchange, now);
            return self.connect(exchange, false, now);
        }
        transfer.upstream = None;
        self.end_attempt(exchange, Some(Err(failure)), now);
        let Some(transfer) = self.transfers.get_mut(&exchange) else { return };
        transfer.failed.push(told);
        let group = transfer.group.and_then(|index| self.groups.get_mut(index));
        let may_repeat = is_safe
            && group.is_some_and(|(_, group)| {
                transfer.tried.iter().flatten().count() < group.backends().len() && group.budget.spend()
            });
        if may_repeat {
            transfer.request.rewind();
            self.assign(exchange, now);
        } else {
            let told = transfer.failed.join(" ");
            self.give_up(exchange, NoResponse::Failed(failure, told));
        }
    }

    /// Records that the client's leg is done with the exchange, or gone.
    pub(in crate::server) fn end(&mut self, exchange: ExchangeId, now: Nanos) {
        self.end_attempt(exchange, None, now);
        let Some(transfer) = self.transfers.remove(&exchange) else { return };
        self.dials.retain(|dial| dial.errand != Errand::Exchange(exchange));
        if let (true, Some(index)) = (transfer.is_waiting, transfer.group)
            && let Some((_, group)) = self.groups.get_mut(index)
        {
            group.queue.remove(exchange);
        }
        // The backend's leg then finds that the exchange is over.
        self.wakes.extend(transfer.upstream);
        self.spare.keep_lists(transfer);
    }

    fn end_attempt(&mut self, exchange: ExchangeId, outcome: Option<Result<(), Failure>>, now: Nanos) {
        let Some(transfer) = self.transfers.get_mut(&exchange) else { return };
        if !std::mem::take(&mut transfer.is_tried) {
            return;
        }
        let group = transfer.group.and_then(|index| self.groups.get_mut(index));
        if let (Some((_, group)), Some(Some(index))) = (group, transfer.tried.last()) {
            group.end(*index, outcome, now);
            self.has_room |= !group.queue.is_empty();
        }
        self.report_end(exchange, outcome, now);
    }
}
