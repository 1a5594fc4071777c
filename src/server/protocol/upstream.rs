//! The backend's leg of a forwarded exchange: requests out, responses in, on a connection that this program made.

use std::io;

use crate::{
    base::stream::{Direction, ExchangeId, Leg, Nanos, StreamId},
    gateway::{Address, Failure},
    http::{
        Framing, ResponseMachine, Violation,
        forward::{ForwardedHost, Framer, RequestForward},
    },
    server::upstream::{RequestPart, ResponsePart},
    trace::{CloseReason, EventKind, Guard},
    wire::{Event, Machine, Silent, State},
};

use super::{Context, Progress, Protocol, Wants};

/// Output that waits for the backend; above this the request waits in its pipe.
const WAITING_BYTES: usize = 32 * 1024;

/// A connection to a backend.
pub(in crate::server) struct Upstream {
    address: Address,
    machine: ResponseMachine,
    phase: Phase,
    /// The exchange that has the connection.
    busy: Option<Busy>,
    /// The client is slower than the backend: nothing is read until it has caught up.
    is_paused: bool,
}

/// How far the connection is.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The connection is being made.
    Connecting { since: Nanos },
    /// The connection carries a request, or waits for one.
    Open,
    /// The connection carries no further request.
    Closing(CloseReason),
    /// The exchange on the connection is given up.
    Aborting(CloseReason),
}

/// A request on its way, and its response.
#[derive(Debug)]
struct Busy {
    exchange: ExchangeId,
    /// How the request's content is framed. `None`: its head is not written.
    framer: Option<Framer>,
    /// All of the request is in the output.
    is_sent: bool,
    /// The request was sent whole at this time.
    sent_at: Option<Nanos>,
    /// Whether the connection goes on after the response, as far as its head says.
    keep_alive: bool,
    /// A 101 was answered: both directions are another protocol's.
    is_tunnel: bool,
}

impl Upstream {
    pub(in crate::server) fn connecting(address: Address, exchange: ExchangeId, now: Nanos) -> Self {
        Self {
            address,
            machine: ResponseMachine::starting_at(0),
            phase: Phase::Connecting { since: now },
            busy: Some(Busy::new(exchange)),
            is_paused: false,
        }
    }

    /// Gives the exchange up for this connection, which has failed.
    fn fail(&mut self, cx: &mut Context<'_>, failure: Failure, detail: &str, reason: CloseReason) {
        self.phase = Phase::Aborting(reason);
        if let Some(busy) = self.busy.take() {
            cx.turn.gateway.fail(busy.exchange, failure, detail, cx.turn.now);
        }
    }

    /// Whether the exchange still wants this connection; if not, the connection ends.
    fn is_wanted(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(busy) = &self.busy else { return false };
        let is_wanted = cx.turn.gateway.transfer_of(busy.exchange, cx.conn).is_some();
        if !is_wanted {
            // The client left, or has its answer already. What is still to come is nobody's.
            self.busy = None;
            self.phase = Phase::Aborting(CloseReason::ServerDone);
        }
        is_wanted
    }

    /// Moves the request from its pipe to the output.
    fn send(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(busy) = &mut self.busy else { return false };
        let exchange = busy.exchange;
        let mut changed = false;
        if busy.framer.is_none() {
            busy.framer = Some(write_head(cx, exchange, &self.address, &mut self.machine));
            changed = true;
        }
        let Some(framer) = busy.framer else { return changed };
        while (busy.is_tunnel || !busy.is_sent) && cx.output.queued() < WAITING_BYTES {
            let Some(transfer) = cx.turn.gateway.transfer(exchange) else { return changed };
            let was_full = transfer.request.is_full();
            let Some(part) = transfer.request.take() else { break };
            let (is_full, client) = (transfer.request.is_full(), transfer.client);
            match part {
                RequestPart::Content(content, _) if busy.is_tunnel => cx.output.put(content),
                RequestPart::Content(content, at) => {
                    framer.frame(&content, at, |bytes| cx.output.put(bytes), None);
                }
                RequestPart::End => {
                    cx.output.build(|tail| tail.extend_from_slice(framer.end(None)));
                    busy.is_sent = true;
                    busy.sent_at = Some(cx.turn.now);
                }
            }
            changed = true;
            if was_full && !is_full {
                cx.turn.gateway.wake(client);
            }
        }
        changed
    }

    /// Reads responses from the input.
    fn receive(&mut self, cx: &mut Context<'_>) -> bool {
        let mut changed = false;
        while let Phase::Open = self.phase {
            let Some(busy) = &mut self.busy else {
                // RFC 9112 §9.2: a response that nobody asked for; "the client MUST NOT" use it.
                if !cx.input.is_empty() {
                    self.phase = Phase::Aborting(CloseReason::Failed);
                }
                return changed;
            };
            let exchange = busy.exchange;
            let Some(transfer) = cx.turn.gateway.transfer_of(exchange, cx.conn) else { return changed };
            self.is_paused = transfer.response.is_full();
            if self.is_paused || (cx.input.is_empty() && self.machine.state() == State::Idle) {
                return changed;
            }
            if !transfer.has_begun && !cx.input.is_empty() {
                transfer.has_begun = true;
                transfer.request.forget();
            }
            if busy.is_tunnel {
                return self.receive_tunnel(cx, exchange) || changed;
            }
            let start = self.machine.offset();
            match self.machine.advance(cx.input.bytes(), &mut Silent) {
                Ok(step) => match step.event {
                    Event::NeedData => {
                        cx.input.consume(step.consumed);
                        cx.input.detach();
                        return changed;
                    }
                    Event::Head => self.receive_head(cx, exchange, step.consumed, start),
                    Event::Body(range) => {
                        let at = start + range.start as u64;
                        let content = cx.input.take(step.consumed).slice(range);
                        transfer.response.put(ResponsePart::Content(content, at));
                    }
                    Event::End => {
                        cx.input.consume(step.consumed);
                        self.complete(cx, exchange);
                        return true;
                    }
                },
                Err(violation) => {
                    self.refuse_response(cx, &violation);
                    return true;
                }
            }
            cx.turn.gateway.wake_client(exchange);
            changed = true;
        }
        changed
    }

    /// Passes on what arrives in a tunnel.
    fn receive_tunnel(&mut self, cx: &mut Context<'_>, exchange: ExchangeId) -> bool {
        let at = self.machine.offset();
        let content = cx.input.take(cx.input.bytes().len());
        let Some(transfer) = cx.turn.gateway.transfer(exchange).filter(|_| !content.is_empty()) else {
            return false;
        };
        // It only counts the bytes.
        let _ = self.machine.advance(&content, &mut Silent);
        transfer.response.put(ResponsePart::Content(content, at));
        cx.turn.gateway.wake_client(exchange);
        true
    }

    /// The head of a response is complete: it goes on.
    fn receive_head(&mut self, cx: &mut Context<'_>, exchange: ExchangeId, consumed: usize, start: u64) {
        let bytes = cx.input.take(consumed);
        let head = self.machine.head().clone();
        let bytes = bytes.slice(usize::try_from(head.start - start).unwrap_or(0)..);
        if let Some(busy) = &mut self.busy {
            busy.keep_alive = head.allows_another(&bytes);
            busy.is_tunnel = head.status.0 == 101;
        }
        if let Some(transfer) = cx.turn.gateway.transfer(exchange) {
            transfer.response.put(ResponsePart::Head(Box::new(head), bytes));
        }
    }

    /// What the backend sent breaks a rule.
    fn refuse_response(&mut self, cx: &mut Context<'_>, violation: &Violation) {
        let (at, sentence) = (violation.span.start, violation.rule.facts().sentence);
        let detail = format!("sent what is no valid response, at byte {at}: {sentence}");
        self.fail(cx, Failure::Malformed, &detail, CloseReason::Failed);
    }

    /// The response is complete.
    fn complete(&mut self, cx: &mut Context<'_>, exchange: ExchangeId) {
        let Some(busy) = self.busy.take() else { return };
        cx.turn.gateway.complete(exchange, cx.turn.now);
        // RFC 9112 §9.3: both messages have to be complete. A body that lasts until close is the last one.
        let can_go_on = busy.keep_alive
            && busy.is_sent
            && cx.input.is_empty()
            && cx.output.queued() == 0
            && cx.turn.gateway.keep(&self.address, cx.place());
        if !can_go_on {
            self.phase = Phase::Closing(CloseReason::ServerDone);
        }
    }

    /// The guard whose time runs, and since when. `None`: since the connection moved last.
    fn guard(&self) -> (Guard, Option<Nanos>) {
        match (&self.phase, &self.busy) {
            (Phase::Connecting { since }, _) => (Guard::ConnectTimeout, Some(*since)),
            (_, Some(busy)) if busy.is_tunnel => (Guard::IdleTimeout, None),
            (_, Some(busy)) if self.machine.state() == State::Idle => (Guard::FirstByteTimeout, busy.sent_at),
            (_, Some(_)) => (Guard::SilenceTimeout, None),
            (_, None) => (Guard::IdleTimeout, None),
        }
    }
}

impl Busy {
    const fn new(exchange: ExchangeId) -> Self {
        Self { exchange, framer: None, is_sent: false, sent_at: None, keep_alive: false, is_tunnel: false }
    }
}

/// Writes the head of the exchange's request for the backend at `address`.
fn write_head(
    cx: &mut Context<'_>,
    exchange: ExchangeId,
    address: &Address,
    machine: &mut ResponseMachine,
) -> Framer {
    let start = cx.output.produced();
    let takes_authorization = cx.turn.service.asks_for_credentials();
    let Some(target) = cx.turn.gateway.target(exchange, address) else { return Framer::new(Framing::None) };
    let authority = address.authority();
    let pseudonym = cx.turn.gateway.pseudonym().to_owned();
    let (keeps_host, forwarded) = {
        let settings = cx.turn.gateway.settings();
        (settings.keeps_host, settings.forwarded)
    };
    let Some(transfer) = cx.turn.gateway.transfer(exchange) else { return Framer::new(Framing::None) };
    let head = &transfer.head;
    machine.answers(head.method);
    let message = RequestForward {
        head,
        bytes: &transfer.head_bytes,
        target: &target,
        host: if keeps_host { ForwardedHost::Kept } else { ForwardedHost::Rewritten(&authority) },
        pseudonym: &pseudonym,
        forwarded,
        client: transfer.peer,
        takes_authorization,
    };
    cx.output.build(|tail| message.write(tail, None));
    let framer = Framer::new(head.framing);
    let stream = StreamId::wire(Direction::Sent);
    cx.event_now(exchange, EventKind::MessageStarted { leg: Leg::Upstream, stream, offset: start });
    framer
}

impl Protocol for Upstream {
    /// Nothing is refused on a connection that this program made.
    fn on_crowded(&mut self, _: &mut Context<'_>) {}

    fn on_connected(&mut self, _: &mut Context<'_>) {
        self.phase = Phase::Open;
    }

    fn on_connect_failed(&mut self, cx: &mut Context<'_>, error: &io::Error) {
        let failure = match error.kind() {
            io::ErrorKind::ConnectionRefused => Failure::Refused,
            _ => Failure::Unreachable,
        };
        let detail = match failure {
            Failure::Refused => "refused the connection".to_owned(),
            _ => format!("could not be reached: {error}"),
        };
        self.fail(cx, failure, &detail, CloseReason::Failed);
    }

    fn on_bytes(&mut self, cx: &mut Context<'_>) -> Progress {
        Progress::of(self.receive(cx))
    }

    fn on_end(&mut self, cx: &mut Context<'_>) {
        if self.busy.is_none() {
            self.phase = Phase::Closing(CloseReason::Client);
            return;
        }
        let is_tunnel = self.busy.as_ref().is_some_and(|busy| busy.is_tunnel);
        if is_tunnel || self.machine.end_of_input(&mut Silent).is_ok() {
            if let Some(busy) = &mut self.busy {
                busy.keep_alive = false;
            }
            // The end may have completed the message.
            let is_complete = is_tunnel
                || matches!(self.machine.advance(&[], &mut Silent), Ok(step) if step.event == Event::End);
            if let (true, Some(exchange)) = (is_complete, self.exchange()) {
                return self.complete(cx, exchange);
            }
        }
        let has_begun = self
            .exchange()
            .and_then(|exchange| cx.turn.gateway.transfer(exchange))
            .is_some_and(|transfer| transfer.has_begun);
        let detail = if has_begun {
            "ended the connection before its response was complete"
        } else {
            "ended the connection without a response"
        };
        self.fail(cx, Failure::Reset, detail, CloseReason::Client);
    }

    fn on_room(&mut self, cx: &mut Context<'_>) -> Progress {
        if !matches!(self.phase, Phase::Open) {
            return Progress::None;
        }
        if self.busy.is_none()
            && let Some(exchange) = cx.turn.gateway.take_assigned(cx.conn)
        {
            self.busy = Some(Busy::new(exchange));
        }
        if self.busy.is_none() || !self.is_wanted(cx) {
            return Progress::None;
        }
        Progress::of(self.send(cx))
    }

    fn on_time(&mut self, cx: &mut Context<'_>) -> Progress {
        let (kind, _) = self.guard();
        let limit = cx.turn.guards[kind];
        let (failure, detail) = match kind {
            Guard::ConnectTimeout => {
                (Failure::ConnectTimeout, format!("did not accept the connection within {limit} ms"))
            }
            Guard::FirstByteTimeout => {
                (Failure::FirstByteTimeout, format!("did not answer within {limit} ms"))
            }
            Guard::SilenceTimeout => {
                (Failure::SilenceTimeout, format!("sent nothing for {limit} ms in mid-response"))
            }
            _ => {
                self.phase = Phase::Closing(CloseReason::Timeout(kind));
                return Progress::Some;
            }
        };
        self.fail(cx, failure, &detail, CloseReason::Timeout(kind));
        Progress::Some
    }

    fn on_gone(&mut self, cx: &mut Context<'_>) -> bool {
        if let Some(exchange) = cx.turn.gateway.lost(&self.address, cx.conn) {
            self.busy = Some(Busy::new(exchange));
        }
        let was_busy = self.busy.is_some();
        self.fail(cx, Failure::Reset, "reset the connection", CloseReason::Reset);
        was_busy
    }

    fn next(&self) -> Wants {
        match self.phase {
            Phase::Closing(reason) => Wants::Close(reason),
            Phase::Aborting(reason) => Wants::Abort(reason),
            Phase::Connecting { .. } | Phase::Open => {
                let (guard, since) = self.guard();
                Wants::Relay { reads: !self.is_paused, timer: (!self.is_paused).then_some((guard, since)) }
            }
        }
    }

    fn exchange(&self) -> Option<ExchangeId> {
        self.busy.as_ref().map(|busy| busy.exchange)
    }
}
