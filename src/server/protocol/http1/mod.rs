//! HTTP/1: takes requests from the input, has the service answer them, and writes responses to the output.
//!
//! In reading order: `request` reads requests, `answer` turns the service's answers into bytes, `produce`
//! makes bodies while they are sent, `disk` has threads wait for disks, `refuse` answers requests that break a rule, `end` ends responses that
//! cannot be completed.

mod acting;
mod answer;
mod collected;
mod disk;
mod end;
mod produce;
mod refuse;
mod relay;
mod request;
#[cfg(test)]
mod tests;
mod upgrade;

use crate::{
    base::stream::{ExchangeId, Nanos},
    http::{Limits, RequestMachine, Rule},
    service::{Answered, Searched},
    trace::{CloseReason, Guard, Refusal},
    wire::{Machine, Silent, State},
};

use super::{Context, Progress, Protocol, Wants};
use crate::server::disk::Answer;
use produce::Producer;
use relay::Relay;
use request::Active;

/// The server's side of HTTP/1 on one connection.
pub(in crate::server) struct Http1 {
    machine: RequestMachine,
    phase: Phase,
    /// The exchange whose request is being read or answered. `None`: no exchange is.
    active: Option<Active>,
    /// The reason to close the connection after the current response, which is a refusal. `None`: it is not a
    /// refusal.
    refused: Option<CloseReason>,
    /// Whether the client has said that the request answered last is its last one, which was read to its end.
    heard_last: bool,
}

/// The phases of an exchange.
enum Phase {
    /// Reading a request, or waiting for one.
    Reading,
    /// A thread searches the folder for what answers the request.
    Searching { answer: Answer<Searched>, since: Nanos },
    /// The answer is ready but is sent later.
    Delayed { until: Nanos, answered: Box<Answered> },
    /// Making the body of a response.
    Producing(Producer),
    /// A backend answers.
    Relaying(Relay),
    /// The connection goes on with another protocol, which has not taken over yet.
    Upgraded(Option<Box<dyn Protocol>>),
    /// The connection ends after the output.
    Closing(CloseReason),
    /// The connection ends at once, so that the response does not look complete.
    Aborting(CloseReason),
}

impl Http1 {
    pub(in crate::server) fn new(limits: Limits) -> Self {
        Self {
            machine: RequestMachine::new(limits),
            phase: Phase::Reading,
            active: None,
            refused: None,
            heard_last: false,
        }
    }

    /// The guard whose timer runs while a request is read or awaited, and its start.
    fn guard(&self) -> (Guard, Option<Nanos>) {
        match (&self.active, self.machine.state()) {
            (Some(active), State::StartLine | State::Fields) => (Guard::HeadTimeout, Some(active.began)),
            (Some(_), State::Body(_) | State::Trailers) => (Guard::BodyTimeout, None),
            _ => (Guard::IdleTimeout, None),
        }
    }

    fn time_out(&mut self, cx: &mut Context<'_>) {
        let (kind, _) = self.guard();
        let reason = CloseReason::Timeout(kind);
        match kind {
            Guard::HeadTimeout => self.refuse(cx, Refusal::HeadTimeout, None, reason),
            Guard::BodyTimeout => self.refuse(cx, Refusal::BodyTimeout, None, reason),
            // No exchange is in progress, so the connection ends normally.
            _ => self.phase = Phase::Closing(reason),
        }
    }
}

impl Protocol for Http1 {
    fn on_crowded(&mut self, cx: &mut Context<'_>) {
        self.refuse(cx, Refusal::TooManyConnections, None, CloseReason::ServerRefused);
    }

    fn on_bytes(&mut self, cx: &mut Context<'_>) -> Progress {
        Progress::of(self.parse(cx) || self.pass_on_tunnel(cx))
    }

    fn on_end(&mut self, cx: &mut Context<'_>) {
        if let Phase::Relaying(relay) = &self.phase {
            if relay.is_tunnel() {
                self.abandon(cx);
                self.phase = Phase::Closing(CloseReason::Client);
                return;
            }
            // Of a complete request the client still takes the response.
            if !relay.waits_for_client() {
                return;
            }
        }
        match self.machine.end_of_input(&mut Silent) {
            Ok(()) if self.active.is_none() => self.phase = Phase::Closing(CloseReason::Client),
            Ok(()) => self.refuse(cx, Rule::EndedEarly, None, CloseReason::ClientEarly),
            Err(violation) => {
                self.refuse(cx, violation.rule, Some(violation.into()), CloseReason::ClientEarly);
            }
        }
    }

    fn on_room(&mut self, cx: &mut Context<'_>) -> Progress {
        if matches!(self.phase, Phase::Relaying(_)) {
            return Progress::of(self.pass_back(cx));
        }
        self.produce(cx)
    }

    fn on_disk(&mut self, cx: &mut Context<'_>) -> Progress {
        match &self.phase {
            Phase::Searching { .. } => self.take_search(cx),
            _ => self.produce(cx),
        }
    }

    fn on_time(&mut self, cx: &mut Context<'_>) -> Progress {
        if self.is_overdue(cx) {
            self.time_out_exchange(cx);
            return Progress::Some;
        }
        match &mut self.phase {
            Phase::Delayed { .. } => {
                let Phase::Delayed { answered, .. } = std::mem::replace(&mut self.phase, Phase::Reading)
                else {
                    unreachable!("matched above")
                };
                self.begin_response(cx, *answered);
            }
            Phase::Searching { .. } => self.give_search_up(cx),
            Phase::Producing(producer) if producer.waits_since().is_some() => self.give_disk_up(cx),
            Phase::Producing(_) => return self.produce(cx),
            Phase::Reading => self.time_out(cx),
            Phase::Relaying(relay) if relay.has_answered() => {
                self.cut_off(cx, CloseReason::Timeout(Guard::BodyTimeout));
            }
            Phase::Relaying(_) => {
                self.refuse(cx, Refusal::BodyTimeout, None, CloseReason::Timeout(Guard::BodyTimeout));
            }
            Phase::Upgraded(_) | Phase::Closing(_) | Phase::Aborting(_) => return Progress::None,
        }
        Progress::Some
    }

    fn on_gone(&mut self, cx: &mut Context<'_>) -> bool {
        let was_active = self.active.is_some();
        self.abandon(cx);
        was_active
    }

    fn next(&self) -> Wants {
        match &self.phase {
            Phase::Reading => {
                let (guard, since) = self.guard();
                Wants::Read { guard, since }
            }
            Phase::Delayed { until, .. } => Wants::At(*until),
            Phase::Searching { since, .. } => Wants::Disk { since: *since },
            Phase::Relaying(relay) => Wants::Relay {
                reads: relay.reads(),
                timer: relay.waits_for_client().then_some((Guard::BodyTimeout, None)),
                whole: self.active.as_ref().filter(|_| !relay.is_tunnel()).map(|active| active.began),
            },
            Phase::Producing(producer) => match producer.waits_since() {
                Some(since) => Wants::Disk { since },
                None => producer.due().map_or(Wants::Write, Wants::At),
            },
            Phase::Upgraded(_) => Wants::Change,
            Phase::Closing(reason) => Wants::Close(*reason),
            Phase::Aborting(reason) => Wants::Abort(*reason),
        }
    }

    fn interject(&mut self, cx: &mut Context<'_>, frame: &[u8]) {
        self.interject_frame(cx, frame);
    }

    fn successor(&mut self) -> Option<Box<dyn Protocol>> {
        if let Phase::Upgraded(next) = &mut self.phase { next.take() } else { None }
    }

    fn has_heard_last(&self) -> bool {
        self.heard_last
    }

    fn exchange(&self) -> Option<ExchangeId> {
        self.active.as_ref().map(|active| active.exchange)
    }
}
