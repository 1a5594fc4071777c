//! The backend's leg of a forwarded exchange: requests out, responses in, on a connection that this program made.

mod busy;
mod connect;
mod guard;
mod secure;
mod send;

use std::{io, sync::Arc};

use crate::{
    base::stream::{ExchangeId, Nanos},
    gateway::Failure,
    http::{Limits, ResponseMachine, Violation, forward::Trailers},
    server::upstream::{Dial, ResponsePart},
    trace::{CloseReason, Guard, Handshake},
    websocket::Sender,
    wire::{Event, Machine, Silent, State},
};

use super::{Context, Progress, Protocol, Wants, between_frames::BetweenFrames, lineage::Record};
use busy::Busy;

/// The longest head, and the longest trailer section, that a backend may send.
const LIMITS: Limits = Limits { head_bytes: 64 * 1024, ..Limits::UNLIMITED };
/// Interim responses to one request; with more, a backend would hold a client up for ever.
const INTERIM_MAX: u32 = 100;

/// A connection to a backend.
pub(in crate::server) struct Upstream {
    /// The address that the connection leads to, and the addresses to try after it.
    dial: Dial,
    /// The authority of that address.
    authority: Box<str>,
    machine: ResponseMachine,
    /// The encryption of the connection. `None`: it has none, or its handshake is not over.
    secured: Option<secure::Secured>,
    /// The number of the settings of TLS with which the connection began.
    trust: u64,
    phase: Phase,
    /// The exchange that has the connection. `None`: the connection is idle.
    busy: Option<Busy>,
    /// Whether reading is paused because the client is slower than the backend.
    is_paused: bool,
    /// The number of the gateway's settings with which the connection was kept last. `None`: it never was.
    kept_by: Option<u64>,
}

/// The phase of the connection.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The connection is being made.
    Connecting { since: Nanos },
    /// The connection is made, and the TLS handshake is under way. The time is that of the connection's beginning.
    Securing { since: Nanos },
    /// The connection carries a request, or waits for one.
    Open,
    /// The connection carries no further request.
    Closing(CloseReason),
    /// The exchange on the connection is given up.
    Aborting(CloseReason),
}

impl Upstream {
    pub(in crate::server) fn connecting(exchange: ExchangeId, dial: Dial, trust: u64, now: Nanos) -> Self {
        Self {
            authority: dial.address.authority().into(),
            dial,
            machine: ResponseMachine::strict(LIMITS),
            secured: None,
            trust,
            phase: Phase::Connecting { since: now },
            busy: Some(Busy::new(exchange)),
            is_paused: false,
            kept_by: None,
        }
    }

    /// Gives the exchange up for this connection, which has failed.
    fn fail(&mut self, cx: &mut Context<'_>, failure: Failure, detail: &str, reason: CloseReason) {
        self.phase = Phase::Aborting(reason);
        if let Some(busy) = self.busy.take() {
            cx.turn.gateway.fail(busy.exchange, failure, detail, cx.turn.now);
            cx.turn.report_attempts();
        }
    }

    /// Ends a connection without a request. An exchange that was to take it goes on elsewhere.
    fn retire(&mut self, cx: &mut Context<'_>, phase: Phase) {
        self.phase = phase;
        cx.turn.gateway.lost(&self.dial.address, cx.conn, cx.turn.now);
    }

    /// Whether the exchange still wants this connection; if not, the connection ends.
    fn is_wanted(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(busy) = &self.busy else { return false };
        let is_wanted = cx.turn.gateway.transfer_of(busy.exchange, cx.conn).is_some();
        if !is_wanted {
            // The client left, or has its answer already. Nobody waits for the rest of the response.
            self.busy = None;
            self.phase = Phase::Aborting(CloseReason::ServerDone);
        }
        is_wanted
    }

    /// Reads responses from the input.
    fn receive(&mut self, cx: &mut Context<'_>) -> bool {
        let now = cx.turn.now;
        let mut changed = false;
        while let Phase::Open = self.phase {
            let Some(busy) = &mut self.busy else {
                // RFC 9112 §9.2: a response that nobody asked for; "the client MUST NOT" use it.
                if !cx.input.is_empty() {
                    self.retire(cx, Phase::Aborting(CloseReason::Malformed));
                }
                return changed;
            };
            let exchange = busy.exchange;
            let has_nothing = cx.input.is_empty() && self.machine.state() == State::Idle;
            if has_nothing && !self.is_paused {
                return changed;
            }
            let Some(transfer) = cx.turn.gateway.transfer_of(exchange, cx.conn) else { return changed };
            transfer.weigh_backend(cx.input.bytes().len(), cx.output.queued());
            transfer.pause_backend(&mut self.is_paused);
            if self.is_paused || has_nothing {
                return changed;
            }
            if !transfer.has_begun && !cx.input.is_empty() {
                transfer.has_begun = true;
                transfer.attempt.first_byte = Some(now);
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
                        let last = cx.input.take(step.consumed);
                        let trailers =
                            Trailers::ending(&last, self.machine.trailer_len(), self.machine.offset());
                        self.complete(cx, exchange, trailers);
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

    /// Passes on bytes that arrive in a tunnel.
    fn receive_tunnel(&mut self, cx: &mut Context<'_>, exchange: ExchangeId) -> bool {
        let at = self.machine.offset();
        let content = cx.input.take(cx.input.bytes().len());
        let Some(transfer) = cx.turn.gateway.transfer(exchange).filter(|_| !content.is_empty()) else {
            return false;
        };
        // In a tunnel the machine only counts the bytes.
        let _ = self.machine.advance(&content, &mut Silent);
        transfer.response.put(ResponsePart::Content(content, at));
        cx.turn.gateway.wake_client(exchange);
        true
    }

    /// Passes on the complete head of a response.
    fn receive_head(&mut self, cx: &mut Context<'_>, exchange: ExchangeId, consumed: usize, start: u64) {
        let bytes = cx.input.take(consumed);
        let head = self.machine.take_head(cx.turn.gateway.spare.head());
        let bytes = bytes.slice(usize::try_from(head.start - start).unwrap_or(0)..);
        let Some(busy) = &mut self.busy else { return };
        busy.framing = head.framing;
        busy.keep_alive = head.allows_another(&bytes);
        busy.is_tunnel = head.status.0 == 101;
        let protocol = head.value(&bytes, "Upgrade").filter(|_| busy.is_tunnel);
        if protocol.is_some_and(|protocol| protocol.eq_ignore_ascii_case(b"websocket")) {
            busy.frames = Some(Box::new(BetweenFrames::new(Sender::Client)));
        }
        busy.interim += u32::from(head.status.class() == 1);
        if busy.is_tunnel && !busy.may_upgrade {
            // RFC 9110 §7.8: "A server MUST NOT switch to a protocol that was not indicated by the client".
            return self.fail(cx, Failure::Malformed, "switched protocols unasked", CloseReason::Malformed);
        }
        if busy.interim > INTERIM_MAX {
            let detail = format!("sent more than {INTERIM_MAX} interim responses");
            return self.fail(cx, Failure::Malformed, &detail, CloseReason::Malformed);
        }
        if let Some(transfer) = cx.turn.gateway.transfer(exchange) {
            transfer.response.put(ResponsePart::Head(head, bytes));
        }
    }

    /// Fails the exchange because the backend's response breaks a rule.
    fn refuse_response(&mut self, cx: &mut Context<'_>, violation: &Violation) {
        let (at, sentence) = (violation.span.start, violation.rule.facts().sentence);
        let detail = format!("sent what is no valid response, at byte {at}: {sentence}");
        self.fail(cx, Failure::Malformed, &detail, CloseReason::Malformed);
    }

    /// Ends the exchange after a complete response.
    fn complete(&mut self, cx: &mut Context<'_>, exchange: ExchangeId, trailers: Trailers) {
        let Some(busy) = self.busy.take() else { return };
        cx.turn.gateway.complete(exchange, trailers, cx.turn.now);
        cx.turn.report_attempts();
        // RFC 9112 §9.3: both messages have to be complete. A body that lasts until close is the last one.
        let can_go_on = busy.keep_alive
            && busy.sent_at.is_some()
            && cx.input.is_empty()
            && cx.output.queued() == 0
            && !cx.output.is_paced()
            && self.is_trusted(cx)
            && cx.turn.gateway.keep(&self.dial.address, cx.place(), cx.turn.now);
        self.kept_by = Some(cx.turn.gateway.keeping);
        if !can_go_on {
            self.phase = Phase::Closing(CloseReason::ServerDone);
        }
    }
}

impl Protocol for Upstream {
    /// Nothing is refused on a connection that this program made.
    fn on_crowded(&mut self, _: &mut Context<'_>) {}

    fn on_connected(&mut self, cx: &mut Context<'_>) {
        self.begin(cx);
    }

    fn on_handshake(&mut self, cx: &mut Context<'_>, handshake: &Arc<Handshake>) {
        self.take_handshake(cx, handshake);
    }

    fn on_encryption_failed(&mut self, cx: &mut Context<'_>, words: &str) {
        self.lose_encryption(cx, words);
    }

    fn on_cut_off(&mut self, cx: &mut Context<'_>) {
        self.end_without_close(cx);
    }

    fn on_connect_failed(&mut self, cx: &mut Context<'_>, error: &io::Error) {
        self.cannot_connect(cx, error);
    }

    fn on_bytes(&mut self, cx: &mut Context<'_>) -> Progress {
        Progress::of(self.receive(cx))
    }

    fn on_end(&mut self, cx: &mut Context<'_>) {
        if self.busy.is_none() {
            return self.retire(cx, Phase::Closing(CloseReason::Client));
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
                return self.complete(cx, exchange, Trailers::default());
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
        if self.busy.is_none() {
            self.busy = cx.turn.gateway.take_assigned(cx.conn).map(Busy::new);
        }
        if self.busy.is_none()
            && matches!(self.phase, Phase::Open)
            && self.kept_by != Some(cx.turn.gateway.keeping)
            && !cx.turn.gateway.is_kept(&self.dial.address, cx.conn)
        {
            // No more requests go to its backend.
            self.phase = Phase::Closing(CloseReason::ServerDone);
            return Progress::Some;
        }
        if self.busy.is_none() || !self.is_wanted(cx) || !matches!(self.phase, Phase::Open) {
            return Progress::None;
        }
        Progress::of(self.send(cx))
    }

    fn on_time(&mut self, cx: &mut Context<'_>) -> Progress {
        let (kind, _) = self.guard();
        let limit = cx.turn.guards[kind];
        let (failure, detail) = match kind {
            Guard::ConnectTimeout => {
                let detail = format!("did not accept the connection within {limit} ms");
                self.fail_to_connect(cx, Failure::ConnectTimeout, &detail, CloseReason::Timeout(kind));
                return Progress::Some;
            }
            Guard::FirstByteTimeout => {
                (Failure::FirstByteTimeout, format!("did not answer within {limit} ms"))
            }
            Guard::SilenceTimeout => {
                (Failure::SilenceTimeout, format!("sent nothing for {limit} ms in mid-response"))
            }
            _ => {
                self.retire(cx, Phase::Closing(CloseReason::Timeout(kind)));
                return Progress::Some;
            }
        };
        self.fail(cx, failure, &detail, CloseReason::Timeout(kind));
        Progress::Some
    }

    fn on_ended_on_purpose(&mut self, cx: &mut Context<'_>) {
        self.end_on_purpose(cx);
    }

    fn on_gone(&mut self, cx: &mut Context<'_>) -> bool {
        cx.turn.gateway.lost(&self.dial.address, cx.conn, cx.turn.now);
        let was_busy = self.busy.is_some();
        self.fail(cx, Failure::Reset, "reset the connection", CloseReason::Reset);
        was_busy
    }

    fn interject(&mut self, cx: &mut Context<'_>, frame: &[u8]) {
        if let Some(Busy { exchange, frames: Some(frames), .. }) = &mut self.busy {
            let mut record = Record::begin(cx);
            frames.interject(frame, cx.output, record.origins());
            record.report(cx, *exchange);
            cx.note_interjection(Some(*exchange), "server", frame.len());
        }
    }

    fn next(&self) -> Wants {
        match self.phase {
            Phase::Closing(reason) => Wants::Close(reason),
            Phase::Aborting(reason) => Wants::Abort(reason),
            Phase::Connecting { .. } | Phase::Securing { .. } | Phase::Open => {
                // While the request is on its way, the time that passes is the client's.
                let is_uploading = self.machine.state() == State::Idle
                    && matches!(self.phase, Phase::Open)
                    && self.busy.as_ref().is_some_and(|busy| busy.sent_at.is_none());
                let has_timer = !self.is_paused && !is_uploading;
                Wants::Relay { reads: !self.is_paused, timer: has_timer.then(|| self.guard()), whole: None }
            }
        }
    }

    fn exchange(&self) -> Option<ExchangeId> {
        self.busy.as_ref().map(|busy| busy.exchange)
    }
}
