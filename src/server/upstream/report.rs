//! What is measured of the attempts at having an exchange answered by a backend, and reported to the trace.

use std::{net::SocketAddr, sync::Arc};

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    gateway::{Choice, Failure, GroupSettings, Verdict},
    trace::{AttemptOutcome, AttemptRecord, BackendRecord, Choosing, EventKind, GroupRecord},
};

use super::{Errand, Gateway, Transfer};

/// Something to be said of an attempt.
#[derive(Debug)]
pub(in crate::server) struct Report {
    pub(in crate::server) at: Nanos,
    /// The client's connection.
    pub(in crate::server) conn: ConnId,
    pub(in crate::server) exchange: ExchangeId,
    pub(in crate::server) kind: EventKind,
}

/// What the trace says of a group.
#[derive(Debug)]
pub(super) struct GroupReports {
    group: Arc<GroupRecord>,
    /// The latest choice, which the next one often equals. `None`: there was none yet.
    latest: Option<Arc<Choosing>>,
}

/// What the trace says of a group, before there is a choice.
pub(super) fn group_reports(group: &GroupSettings) -> GroupReports {
    let backends = group.backends.iter().map(|backend| BackendRecord {
        name: backend.name.clone().into(),
        address: backend.address.authority().into(),
        weight: backend.weight,
    });
    let group = Arc::new(GroupRecord {
        name: group.name.clone().into(),
        prefix: group.prefix.clone().into(),
        policy: group.policy,
        backends: backends.collect(),
    });
    GroupReports { group, latest: None }
}

impl Transfer {
    fn report(&self, exchange: ExchangeId, at: Nanos, kind: EventKind) -> Report {
        Report { at, conn: self.client.conn, exchange, kind }
    }

    /// The choice with which the next attempt begins.
    pub(super) fn choosing(
        &self,
        exchange: ExchangeId,
        record: &mut GroupReports,
        verdicts: Vec<Verdict>,
        at: Nanos,
    ) -> Report {
        let AttemptRecord { number, failure: retry, .. } = self.attempt;
        let number = number + 1;
        let latest = record.latest.take().filter(|latest| {
            latest.number == number && latest.retry == retry && *latest.verdicts == *verdicts
        });
        let choosing = latest.unwrap_or_else(|| {
            let group = Arc::clone(&record.group);
            Arc::new(Choosing { number, retry, group, verdicts: verdicts.into() })
        });
        record.latest = Some(Arc::clone(&choosing));
        self.report(exchange, at, EventKind::BackendChosen(choosing))
    }

    /// The request has the kept connection `conn`, which was idle for `idle` nanoseconds.
    pub(super) fn has_kept(&mut self, conn: ConnId, idle: u64, now: Nanos) {
        let attempt = &mut self.attempt;
        (attempt.conn, attempt.idle, attempt.connected) = (Some(conn), Some(idle), Some(now));
    }

    /// The request has no connection any more, or not yet.
    pub(super) fn has_none(&mut self) {
        let attempt = &mut self.attempt;
        (attempt.conn, attempt.idle, attempt.connected) = (None, None, None);
    }

    /// The client's connection has so many bytes of input and of output.
    pub(in crate::server) fn weigh_client(&mut self, input: usize, output: usize) {
        self.client_side = (input, output);
        self.weigh();
    }

    /// The backend's connection has so many bytes of input and of output.
    pub(in crate::server) fn weigh_backend(&mut self, input: usize, output: usize) {
        self.backend_side = (input, output);
        self.weigh();
    }

    fn weigh(&mut self) {
        let (waiting, remembered) = self.request.held_bytes();
        // What is remembered and what is in the output share their memory.
        let request = self.client_side.0 + waiting + remembered.max(self.backend_side.1);
        let response = self.backend_side.0 + self.response.held_bytes() + self.client_side.1;
        self.attempt.most_held = self.attempt.most_held.max((request + response) as u64);
    }

    /// The client is not read from for the moment, because the backend is slower.
    pub(in crate::server) fn pause_client(&mut self, is_paused: &mut bool) {
        let is_full = self.request.is_full();
        self.attempt.client_pauses += u32::from(is_full && !*is_paused);
        *is_paused = is_full;
    }

    /// The backend is not read from for the moment, because the client is slower.
    pub(in crate::server) fn pause_backend(&mut self, is_paused: &mut bool) {
        let is_full = self.response.is_full();
        self.attempt.backend_pauses += u32::from(is_full && !*is_paused);
        *is_paused = is_full;
    }
}

impl Gateway {
    /// Sets whether anyone wants to know of attempts.
    pub(in crate::server) const fn set_traced(&mut self, is_traced: bool) {
        self.is_traced = is_traced;
    }

    /// Whether there is anything to be said of attempts.
    pub(in crate::server) const fn has_reports(&self) -> bool {
        !self.reports.is_empty()
    }

    /// What is to be said of attempts since the last call, in order.
    pub(in crate::server) fn take_reports(&mut self) -> impl Iterator<Item = Report> {
        self.reports.drain(..)
    }

    /// Records that a connection to `peer` is being made.
    pub(in crate::server) fn dialing(&mut self, errand: Errand, peer: SocketAddr) {
        let Errand::Exchange(exchange) = errand else { return };
        if let Some(transfer) = self.transfers.get_mut(&exchange).filter(|_| self.is_traced) {
            let mut dialed = std::mem::take(&mut transfer.attempt.dialed).into_vec();
            dialed.push(peer);
            transfer.attempt.dialed = dialed.into();
        }
    }

    /// Records that the connection of an exchange is made.
    pub(in crate::server) fn connected(&mut self, exchange: ExchangeId, conn: ConnId, now: Nanos) {
        if let Some(transfer) = self.transfer_of(exchange, conn) {
            (transfer.attempt.conn, transfer.attempt.connected) = (Some(conn), Some(now));
        }
    }

    /// Reports a choice for an exchange.
    pub(super) fn report_choice(&mut self, exchange: ExchangeId, choice: Choice, now: Nanos) {
        let Some(transfer) = self.transfers.get(&exchange).filter(|_| self.is_traced) else { return };
        let record = transfer.group.and_then(|index| self.records.get_mut(index));
        self.reports.extend(record.map(|record| transfer.choosing(exchange, record, choice.verdicts, now)));
    }

    /// Reports the end of the attempt of an exchange.
    pub(super) fn report_end(
        &mut self,
        exchange: ExchangeId,
        outcome: Option<Result<(), Failure>>,
        now: Nanos,
    ) {
        let Some(transfer) = self.transfers.get_mut(&exchange) else { return };
        transfer.attempt.outcome = match outcome {
            Some(Ok(())) => AttemptOutcome::Answered,
            Some(Err(_)) => AttemptOutcome::Failed,
            None => AttemptOutcome::Left,
        };
        transfer.attempt.failure = outcome.and_then(Result::err);
        if self.is_traced {
            let ended = EventKind::AttemptEnded(Box::new(transfer.attempt.clone()));
            self.reports.push(transfer.report(exchange, now, ended));
        }
    }

    /// Begins another attempt at the same backend, on a new connection: the kept one turned out to be closed.
    pub(super) fn renew_attempt(&mut self, exchange: ExchangeId, now: Nanos) {
        self.report_end(exchange, Some(Err(Failure::Reset)), now);
        let Some(transfer) = self.transfers.get_mut(&exchange) else { return };
        let group = transfer.group.and_then(|index| self.groups.get(index).zip(self.records.get_mut(index)));
        if let (Some(((_, group), record)), true) = (group, self.is_traced) {
            let chosen = transfer.tried.last().copied().flatten();
            let verdict = |(index, open): (usize, u32)| {
                if Some(index) == chosen { Verdict::Again } else { Verdict::NotChosen { open } }
            };
            let open = group.backends().iter().map(|backend| backend.open).enumerate();
            self.reports.push(transfer.choosing(exchange, record, open.map(verdict).collect(), now));
        }
        transfer.attempt = AttemptRecord::new(transfer.attempt.number + 1);
    }
}
