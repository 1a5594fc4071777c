//! Refusals: a note on the bytes at fault, an answer with the reason, and the end of the connection, since
//! the beginning of the next message is unknown.

use std::ops::Range;

use crate::{
    http::{Rule, Violation},
    server::{Guards, protocol::Context},
    service::{Asked, Request},
    trace::{Cause, CloseReason, EventKind, Guard, Note, NoteKind, Refusal, Severity},
};

use super::{Http1, Phase};

/// The bytes at fault in a request that is refused.
pub(super) struct Fault {
    /// Stream range of the bytes. Empty if something is missing.
    pub(super) span: Range<u64>,
    /// The byte found in place of the expected one. `None`: the fault is not a single byte.
    pub(super) found: Option<u8>,
}

impl From<Violation> for Fault {
    fn from(violation: Violation) -> Self {
        Self { span: violation.span, found: violation.found }
    }
}

impl Http1 {
    /// Answers with the status of `cause`, then closes the connection. `fault`: the bytes at fault. `None`:
    /// no bytes are.
    pub(super) fn refuse(
        &mut self,
        cx: &mut Context<'_>,
        cause: impl Into<Cause>,
        fault: Option<Fault>,
        reason: CloseReason,
    ) {
        let cause = cause.into();
        if matches!(&self.phase, Phase::Relaying(relay) if relay.has_answered()) {
            // The backend's response is under way, and takes no other one in its middle.
            let found = fault.as_ref().and_then(|fault| fault.found);
            let kind = NoteKind::Violation(cause, found);
            let span = fault.map(|fault| fault.span);
            cx.event_now(
                self.active.as_ref().map(|active| active.exchange),
                EventKind::NoteAdded(Note { severity: Severity::Error, span: span.map(Box::new), kind }),
            );
            return self.cut_off(cx, reason);
        }
        self.cancel(cx);
        if self.active.is_none() {
            self.begin(cx);
        }
        // A line that breaks a rule is reported as far as it was read, but only if it has a method: an
        // incomplete token could be anything.
        let names_method = self.machine.partial_head().is_some_and(|head| head.target.start > 0);
        if self.machine.has_line() || (reason == CloseReason::ServerRefused && names_method) {
            self.report_line(cx);
        }
        let Some(active) = &mut self.active else { return };
        let exchange = active.exchange;
        if let Some(kind) = guard(cause) {
            let limit = cx.turn.guards[kind];
            cx.event_now(exchange, EventKind::Guard { kind, limit });
        }
        let detail = detail(cause, fault.as_ref(), self.machine.message_start(), &cx.turn.guards);
        let found = fault.as_ref().and_then(|fault| fault.found);
        let kind = NoteKind::Violation(cause, found);
        let span = fault.map(|fault| fault.span);
        cx.event_now(
            exchange,
            EventKind::NoteAdded(Note { severity: Severity::Error, span: span.map(Box::new), kind }),
        );
        active.keep_alive = false;
        active.opened = None;
        cx.turn.body_pool -= std::mem::take(&mut active.pooled);
        let request =
            active.head.as_ref().map(|(head, bytes)| Request::new(active.exchange, head, bytes, cx.peer));
        let request = request.as_ref().ok_or_else(|| asked(cx));
        let answered = cx.turn.service.refuse(cause, detail.as_deref(), request, &cx.turn.clock);
        cx.turn.stats.requests += 1;
        self.refused = Some(reason);
        self.respond(cx, answered);
    }
}

impl Http1 {
    /// Answers a request that no backend answered. `detail`: what happened. `retry_after`: seconds after which it
    /// may be tried again. `is_received`: the request is complete, so that another one may follow it.
    pub(super) fn refuse_forwarded(
        &mut self,
        cx: &mut Context<'_>,
        refusal: Refusal,
        detail: &str,
        retry_after: Option<u64>,
        is_received: bool,
    ) {
        let Some(active) = &mut self.active else { return };
        active.opened = None;
        active.keep_alive &= is_received;
        let request =
            active.head.as_ref().map(|(head, bytes)| Request::new(active.exchange, head, bytes, cx.peer));
        let request = request.as_ref().ok_or_else(|| asked(cx));
        let mut answered = cx.turn.service.refuse(refusal, Some(detail), request, &cx.turn.clock);
        if let Some(secs) = retry_after {
            answered.reply.fields.set("Retry-After", secs.to_string());
        }
        cx.turn.stats.requests += 1;
        if !is_received {
            self.refused = Some(CloseReason::ServerRefused);
        }
        self.respond(cx, answered);
    }
}

/// Upper bound on the bytes of a line that is reported without its head.
const LINE_BYTES_MAX: usize = 2048;

/// What is known of a request whose head is not complete: nothing of it has been consumed.
fn asked(cx: &Context<'_>) -> Asked {
    let empty = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let sent = cx.input.bytes();
    let sent = &sent[sent.iter().position(|byte| !empty(byte)).unwrap_or(sent.len())..];
    let end = sent.iter().position(|byte| *byte == b'\n').unwrap_or(sent.len()).min(LINE_BYTES_MAX);
    let line = sent[..end].strip_suffix(b"\r").unwrap_or(&sent[..end]);
    Asked { peer: cx.peer, line: line.into() }
}

/// The guard that caused a refusal. `None`: the cause is not a guard.
const fn guard(cause: Cause) -> Option<Guard> {
    match cause {
        Cause::Rule(Rule::TargetTooLong) => Some(Guard::TargetBytes),
        Cause::Rule(Rule::HeadTooLarge | Rule::TrailersTooLarge) => Some(Guard::HeadBytes),
        Cause::Rule(Rule::BodyTooLarge | Rule::LengthOverflow) => Some(Guard::BodyBytes),
        Cause::Refusal(Refusal::TooManyConnections) => Some(Guard::Connections),
        _ => None,
    }
}

/// Details beyond the sentence of the cause: the byte or the limit. `start`: the stream offset at which the request begins.
/// `None`: no details.
fn detail(cause: Cause, fault: Option<&Fault>, start: u64, guards: &Guards) -> Option<String> {
    if let Some(guard) = guard(cause) {
        return Some(format!("The limit is {} {}.", guards[guard], guard.facts().unit.plural()));
    }
    if cause == Cause::Refusal(Refusal::HostForeign) {
        let advice = "To have it answered to, start byteglass with --host and its name. A request for another \
                      host does not go there: byteglass is no proxy for its clients.";
        return Some(advice.to_owned());
    }
    let fault = fault?;
    let at = fault.span.start.saturating_sub(start);
    let at = format!("offset {at} ({at:#x})");
    Some(match fault.found {
        Some(byte) if byte.is_ascii_graphic() => {
            format!("Found \"{}\" (0x{byte:02X}) at {at}.", char::from(byte))
        }
        Some(byte) => format!("Found 0x{byte:02X} at {at}."),
        None => format!("See {at}."),
    })
}
