//! Reading requests: from the machine's events to a call of the service.

use bytes::Bytes;

use crate::{
    base::stream::{ExchangeId, Nanos},
    http::{Framing, Head, Method, encode, forward::Trailers, head::slice},
    server::{output::HIGH_BYTES, protocol::Context, turn::BODY_POOL_BYTES},
    service::{Opened, Request},
    trace::{CloseReason, EventKind, Refusal, Stage},
    wire::{Event, Machine, Silent, State},
};

use super::{Http1, Phase, collected::Collected, refuse::Fault};

/// The exchange whose request is being read or answered.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) exchange: ExchangeId,
    /// The time of the first byte.
    pub(super) began: Nanos,
    /// Whether the request line was reported.
    line_reported: bool,
    /// The head and its bytes. `None`: not complete yet.
    pub(super) head: Option<(Head, Bytes)>,
    /// The service's decision on the head. `None`: not made yet, or the request is answered already.
    pub(super) opened: Option<Opened>,
    body: Collected,
    /// Bytes taken from the pool for `body`.
    pub(super) pooled: u64,
    /// Bytes of content received so far.
    pub(super) content: u64,
    /// Whether another request may follow the response.
    pub(super) keep_alive: bool,
}

impl Http1 {
    /// Reads requests from the input until it needs more bytes or a response is under way. Returns whether
    /// anything changed.
    pub(super) fn parse(&mut self, cx: &mut Context<'_>) -> bool {
        let mut changed = false;
        if self.reads_request() {
            // Set here rather than at the end of the previous message, since a guard may have changed in between.
            self.machine.set_limits(cx.turn.limits());
        }
        while self.reads_request()
            // A message without a body ends after its head, when the input may be empty.
            && (!cx.input.is_empty() || self.machine.state() != State::Idle)
            && cx.output.queued() < HIGH_BYTES
        {
            let result = self.machine.advance(cx.input.bytes(), &mut Silent);
            let quiet = matches!(&result, Ok(step) if step.event == Event::NeedData)
                && self.machine.state() == State::Idle;
            if self.active.is_none() && !quiet {
                self.begin(cx);
            }
            match result {
                Ok(step) => match step.event {
                    Event::NeedData => {
                        cx.input.consume(step.consumed);
                        if self.machine.has_line() {
                            self.report_line(cx);
                        }
                        cx.input.detach();
                        return changed;
                    }
                    Event::Head => {
                        let taken = cx.input.take(step.consumed);
                        self.on_head(cx, &taken);
                    }
                    Event::Body(range) if matches!(self.phase, Phase::Relaying(_)) => {
                        let at = self.machine.offset() - (step.consumed - range.start) as u64;
                        let content = cx.input.take(step.consumed).slice(range);
                        self.pass_on(cx, content, at);
                    }
                    Event::Body(range) => {
                        self.on_body(cx, range);
                        cx.input.consume(step.consumed);
                    }
                    Event::End => {
                        let last = cx.input.take(step.consumed);
                        self.on_end(cx, &last);
                    }
                },
                Err(violation) => {
                    self.refuse(cx, violation.rule, Some(violation.into()), CloseReason::ServerRefused);
                }
            }
            changed = true;
        }
        changed
    }

    /// Whether the bytes at hand are those of a request.
    fn reads_request(&self) -> bool {
        match &self.phase {
            Phase::Reading => true,
            Phase::Relaying(relay) => relay.waits_for_client(),
            _ => false,
        }
    }

    /// Begins the exchange of a message whose first bytes have arrived.
    pub(super) fn begin(&mut self, cx: &mut Context<'_>) {
        let exchange = cx.begin_exchange(self.machine.message_start());
        self.active = Some(Active {
            exchange,
            began: cx.turn.now,
            line_reported: false,
            head: None,
            opened: None,
            body: Collected::default(),
            pooled: 0,
            content: 0,
            keep_alive: false,
        });
    }

    /// Reports the request line, once, when it is complete or the rest of it will not be read.
    pub(super) fn report_line(&mut self, cx: &mut Context<'_>) {
        let Some(active) = &mut self.active else { return };
        if active.line_reported {
            return;
        }
        let head = match &active.head {
            Some((head, _)) => head,
            None => match self.machine.partial_head() {
                Some(head) => head,
                None => return,
            },
        };
        active.line_reported = true;
        let (method, target) = (head.placed(&head.method_range), head.placed(&head.target));
        let line = Stage::RequestLine { method, target };
        cx.event(active.exchange, EventKind::Stage(line));
    }

    fn on_head(&mut self, cx: &mut Context<'_>, taken: &Bytes) {
        let head = self.machine.take_head();
        let bytes = taken.slice(taken.len() - head.byte_len()..);
        let (target_len, head_len) = (head.target.len() as u64, head.byte_len() as u64);
        cx.turn.stats.largest_head = cx.turn.stats.largest_head.max(head_len);
        cx.turn.stats.largest_target = cx.turn.stats.largest_target.max(target_len);
        let Some(active) = &mut self.active else { return };
        let exchange = active.exchange;
        active.keep_alive = head.keep_alive;
        let stage = Stage::Head {
            start: head.start,
            end: head.end,
            fields: u32::try_from(head.fields.len()).unwrap_or(u32::MAX),
            framing: head.framing,
        };
        let is_foreign = |range: &&_| !cx.turn.is_ours(slice(&bytes, range));
        let foreign = head.authority.as_ref().filter(is_foreign).map(|range| match head.method {
            // RFC 9110 §9.3.6: what is no proxy does not implement it, whichever host it names.
            Method::Connect => (Refusal::MethodNotImplemented, head.placed(&head.method_range)),
            _ => (Refusal::HostForeign, head.placed(range)),
        });
        active.head = Some((head, bytes));
        self.report_line(cx);
        cx.event(exchange, EventKind::Stage(stage));
        if let Some((refusal, span)) = foreign {
            let fault = Fault { span, found: None };
            self.refuse(cx, refusal, Some(fault), CloseReason::ServerRefused);
            return;
        }
        cx.event_now(exchange, EventKind::Stage(Stage::GuardsPassed));
        self.open(cx);
    }

    /// Has the service decide, based on the head, what answers the request.
    fn open(&mut self, cx: &mut Context<'_>) {
        let Some(Active { exchange, head: Some((head, bytes)), opened, .. }) = &mut self.active else {
            return;
        };
        let exchange = *exchange;
        let request = Request::new(exchange, head, bytes, cx.peer);
        let mut answer = cx.turn.service.open(&request, &cx.turn.clock);
        let down = std::mem::take(&mut answer.steps);
        let attempts = std::mem::take(&mut answer.attempts);
        let search = answer.take_search();
        *opened = Some(answer);
        if cx.turn.tracer.on() {
            let now = cx.turn.clock.now();
            if !down.list.is_empty() {
                cx.event_at(now, exchange, EventKind::Middleware(down));
            }
            if !attempts.is_empty() {
                cx.event_at(now, exchange, EventKind::RoutesTried(attempts));
            }
        }
        match search {
            Some(search) => self.search(cx, *search),
            None => self.on_opened(cx),
        }
    }

    /// Goes on with the request: what answers it is known.
    pub(super) fn on_opened(&mut self, cx: &mut Context<'_>) {
        let Some(Active { exchange, head: Some((head, _)), opened: Some(opened), .. }) = &self.active else {
            return;
        };
        let exchange = *exchange;
        let (wants_body, group) = (opened.wants_body, opened.group());
        let expects_continue = head.expects_continue;
        let declared = match head.framing {
            Framing::Length(length) => length,
            _ => 0,
        };
        let body_follows = match head.framing {
            Framing::Length(length) => length > 0,
            Framing::Chunked => true,
            Framing::None | Framing::UntilClose => false,
        };
        if let Some(group) = group {
            self.forward(cx, group);
            return;
        }
        if wants_body && cx.turn.body_pool + declared > BODY_POOL_BYTES {
            self.refuse(cx, Refusal::TooBusy, None, CloseReason::ServerRefused);
            return;
        }
        // RFC 9110 §10.1.1: a server "MAY omit sending a 100 (Continue) response if it has already
        // received some or all of the content".
        if expects_continue && body_follows && cx.input.is_empty() {
            if wants_body {
                cx.output.build(|tail| tail.extend_from_slice(encode::CONTINUE));
                cx.event_now(exchange, EventKind::Stage(Stage::Continue));
            } else {
                // The final status is sent at once. The client may or may not send the body after that, so
                // the connection cannot be reused.
                if let Some(active) = &mut self.active {
                    active.keep_alive = false;
                }
                self.answer(cx, &Bytes::new());
            }
        }
    }

    fn on_body(&mut self, cx: &mut Context<'_>, range: std::ops::Range<usize>) {
        let Some(active) = &mut self.active else { return };
        let len = range.len() as u64;
        active.content += len;
        if active.opened.as_ref().is_some_and(|opened| opened.wants_body) {
            if cx.turn.body_pool + len > BODY_POOL_BYTES {
                self.refuse(cx, Refusal::TooBusy, None, CloseReason::ServerRefused);
                return;
            }
            cx.turn.body_pool += len;
            active.pooled += len;
            let declared = match &active.head {
                Some((Head { framing: Framing::Length(length), .. }, _)) => *length,
                _ => 0,
            };
            active.body.push(&cx.input.bytes()[range], declared);
        }
    }

    fn on_end(&mut self, cx: &mut Context<'_>, last: &Bytes) {
        let Some(active) = &mut self.active else { return };
        cx.turn.stats.largest_body = cx.turn.stats.largest_body.max(active.content);
        let end = self.machine.offset();
        let stage = Stage::RequestEnd { end, content: active.content };
        cx.event(active.exchange, EventKind::Stage(stage));
        let body = active.body.take();
        if matches!(self.phase, Phase::Relaying(_)) {
            self.pass_on_end(cx, Trailers::ending(last, self.machine.trailer_len(), end));
        } else {
            self.answer(cx, &body);
        }
    }
}
