//! Refusing what is wrong: a note on the bytes at fault, an answer that says why, and the end of the
//! connection, since nobody can tell where the next message would begin.

use crate::{
    http::{Rule, Violation},
    server::{Guards, protocol::Context},
    service::Request,
    trace::{CloseReason, EventKind, Guard, Note, NoteKind, Severity},
};

use super::Http1;

impl Http1 {
    /// Answers with the rule's status and closes. `violation`: where the rule was broken, if it was
    /// by certain bytes.
    pub(super) fn refuse(
        &mut self,
        cx: &mut Context<'_>,
        rule: Rule,
        violation: Option<Violation>,
        reason: CloseReason,
    ) {
        if self.active.is_none() {
            self.begin(cx);
        }
        // Of a line that breaks a rule, what there is of it. One that never came to its end could be anything.
        let names_method = self.machine.partial_head().is_some_and(|head| head.target.start > 0);
        if self.machine.has_line() || (reason == CloseReason::ServerRefused && names_method) {
            self.report_line(cx);
        }
        let Some(active) = &mut self.active else { return };
        let exchange = active.exchange;
        if let Some(kind) = guard(rule) {
            let limit = cx.turn.guards[kind];
            cx.event_now(exchange, EventKind::Guard { kind, limit });
        }
        let detail = detail(rule, violation.as_ref(), &cx.turn.guards);
        let found = violation.as_ref().and_then(|violation| violation.found);
        let kind = NoteKind::Violation(rule, found);
        let span = violation.map(|violation| violation.span);
        cx.event_now(exchange, EventKind::NoteAdded(Note { severity: Severity::Error, span, kind }));
        active.keep_alive = false;
        active.opened = None;
        cx.turn.body_pool -= std::mem::take(&mut active.pooled);
        let request = active.head.as_ref().map(|(head, bytes)| Request { head, bytes, peer: cx.peer });
        let answered = cx.turn.service.refuse(rule, detail.as_deref(), request.as_ref(), &cx.turn.clock);
        cx.turn.stats.requests += 1;
        self.refused = Some(reason);
        self.respond(cx, answered);
    }
}

/// The guard behind a rule. `None`: the rule is no guard's.
const fn guard(rule: Rule) -> Option<Guard> {
    match rule {
        Rule::TargetTooLong => Some(Guard::TargetBytes),
        Rule::HeadTooLarge | Rule::TrailersTooLarge => Some(Guard::HeadBytes),
        Rule::BodyTooLarge | Rule::LengthOverflow => Some(Guard::BodyBytes),
        Rule::TooManyConnections => Some(Guard::Connections),
        _ => None,
    }
}

/// What can be said beyond the rule's sentence: the byte, or the limit. `None`: nothing.
fn detail(rule: Rule, violation: Option<&Violation>, guards: &Guards) -> Option<String> {
    if let Some(guard) = guard(rule) {
        return Some(format!("The limit is {} {}.", guards[guard], guard.facts().unit.plural()));
    }
    if rule == Rule::HostForeign {
        return Some("To have it answered to, start byteglass with --host and its name.".to_owned());
    }
    let violation = violation?;
    let at = violation.span.start;
    Some(match violation.found {
        Some(byte) if byte.is_ascii_graphic() => {
            format!("Found \"{}\" (0x{byte:02X}) at offset {at} of the connection.", char::from(byte))
        }
        Some(byte) => format!("Found 0x{byte:02X} at offset {at} of the connection."),
        None => format!("See offset {at} of the connection."),
    })
}
