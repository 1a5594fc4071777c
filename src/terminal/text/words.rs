//! Routes, middleware and notes in words.

use crate::{
    base::stream::{Direction, Nanos},
    events::Format,
    explain::{attempts, notes},
    http::{Framing, Status, forward::Author},
    store::{SeenBreach, SeenFrame, SeenItem},
    trace::{
        AttemptOutcome, AttemptRecord, Cause, Certificate, Choosing, Handshake, Lineage, MiddlewareStep,
        Note, NoteKind, Phase, RouteAttempt, Severity,
    },
    websocket::{Opcode, close_code},
    words::{count, duration, escaped, offsets, plural, shortened, size},
};

use super::{
    super::style::{Paint, Tone},
    of_connection,
};

/// Maximum number of characters of a value that are printed.
const VALUE_CHARS: usize = 120;

/// A note, with the place and the clause that it refers to. `start`: the stream offset of the first byte of its message.
/// `None`: unknown, and the place is that of the connection.
pub(super) fn note(paint: Paint, note: &Note, start: Option<u64>) -> String {
    let section = match &note.kind {
        NoteKind::Violation(cause, _) => clause(*cause),
        _ => String::new(),
    };
    let span = note.span.as_deref().filter(|span| !span.is_empty());
    let span = span.map_or_else(String::new, |span| match start.filter(|start| *start <= span.start) {
        Some(start) => format!(" At {}.", offsets(&(span.start - start..span.end - start))),
        None => format!(" At {} of the connection.", offsets(span)),
    });
    paint.severity(note.severity, format!("{}{span}{section}", notes::in_words(&note.kind)))
}

/// The body as announced by a request's framing.
pub(super) fn body(framing: Framing) -> String {
    match framing {
        Framing::None | Framing::UntilClose => "no body".to_owned(),
        Framing::Length(length) => format!("a body of {}", plural(length, "byte")),
        Framing::Chunked => "a chunked body".to_owned(),
    }
}

/// A route that was tried.
pub(super) fn route(paint: Paint, attempt: &RouteAttempt) -> String {
    let name = format!("{} {}", attempt.method_name(), escaped(attempt.pattern.as_bytes()));
    if let Some(reason) = attempt.reason() {
        let reason = shortened(&escaped(reason.as_bytes()), VALUE_CHARS);
        return format!("route {name}: no, {reason}");
    }
    let found = shortened(&escaped(attempt.summary.words().as_bytes()), VALUE_CHARS);
    let found = if found.is_empty() { found } else { format!(", {found}") };
    paint.tone(Tone::Good, format_args!("route {name}: yes{found}"))
}

/// A frame of a WebSocket.
pub(super) fn frame(frame: &SeenFrame<'_>) -> String {
    let head = &frame.head;
    let from = match frame.direction {
        Direction::Received => "client",
        Direction::Sent => "server",
    };
    let more = if head.fin { "" } else { ", more to come" };
    let compressed = if head.rsv & 4 != 0 { ", compressed" } else { "" };
    let said = match (head.opcode, frame.payload) {
        (_, []) => String::new(),
        (Opcode::Close, [first, second, reason @ ..]) => {
            let code = u16::from_be_bytes([*first, *second]);
            let reason = if reason.is_empty() { String::new() } else { format!(", {}", escaped(reason)) };
            format!(": {code} {}{reason}", close_code::name(code))
        }
        (_, payload) if frame.is_text && !frame.is_compressed || head.opcode.is_control() => {
            format!(": {}", escaped(payload))
        }
        _ => String::new(),
    };
    let size = plural(head.length, "byte");
    let said = shortened(&said, VALUE_CHARS);
    format!("frame from the {from}: {}{more}{compressed}, {size}{said}", head.opcode.key())
}

/// A frame of a WebSocket that breaks a rule.
pub(super) fn breach(paint: Paint, breach: &SeenBreach) -> String {
    let facts = breach.rule.facts();
    let from = match breach.direction {
        Direction::Received => "client",
        Direction::Sent => "server",
    };
    let (code, at) = (facts.close.facts().number, of_connection(breach.span.start));
    let text = format!(
        "frame from the {from} at {at} breaks a rule: {} ({}; close code {code})",
        facts.sentence, facts.section
    );
    paint.severity(Severity::Warning, text)
}

/// An event of a stream, or a JSON text.
pub(super) fn item(seen: &SeenItem<'_>) -> String {
    let (item, facts) = (seen.item, seen.format.facts());
    let kind = match seen.format {
        Format::EventStream => format!(", {}", escaped(seen.type_words().as_bytes())),
        Format::Lines | Format::Sequence => String::new(),
    };
    let id = item.id.as_ref().map(|id| format!(", id {}", escaped(seen.part(id)))).unwrap_or_default();
    let said = match (item.is_dispatched(), item.comments) {
        (true, _) => seen.data(),
        (false, 0) => Vec::new(),
        (false, _) => seen.part(&item.comment).to_vec(),
    };
    let said = if said.is_empty() { String::new() } else { format!(": {}", escaped(&said)) };
    let size = plural(item.data_bytes, "byte");
    let said = shortened(&said, VALUE_CHARS);
    format!("{} {}{kind}{id}, {size}{said}", facts.item, seen.number)
}

/// The origins of bytes that are sent on.
pub(super) fn lineage(lineage: &Lineage) -> String {
    let mut copied = 0;
    let mut written: Vec<(Author, u64)> = Vec::new();
    for piece in lineage.pieces() {
        match piece.origin.author() {
            None => copied += piece.len,
            Some(author) => match written.iter_mut().find(|(known, _)| *known == author) {
                Some((_, len)) => *len += piece.len,
                None => written.push((author, piece.len)),
            },
        }
    }
    let sum: u64 = written.iter().map(|(_, len)| len).sum();
    let mut text =
        format!("sends on from {}: {} copied", of_connection(lineage.start), plural(copied, "byte"));
    if sum > 0 {
        let parts: Vec<_> =
            written.iter().map(|(author, len)| format!("{} {}", author.facts().key, count(*len))).collect();
        text = format!("{text}, {} written anew ({})", plural(sum, "byte"), parts.join(", "));
    }
    text
}

/// A choice of a backend at time `at`: the backends that were looked at, then the attempt.
pub(super) fn choosing(paint: Paint, choosing: &Choosing, at: Nanos) -> Vec<String> {
    let group = &choosing.group;
    let mut lines = vec![format!("to {}", escaped(attempts::group(group).as_bytes()))];
    for (backend, verdict) in choosing.looked_at() {
        let name = escaped(format!("{} ({})", backend.name, backend.address).as_bytes());
        let text = format!("backend {name}: {}", attempts::verdict(group, backend, verdict, at));
        lines.push(if verdict.takes() { paint.tone(Tone::Good, text) } else { text });
    }
    let beginning = escaped(attempts::beginning(choosing).as_bytes());
    lines.push(match choosing.backend() {
        Some(_) => beginning,
        None => paint.severity(Severity::Error, beginning),
    });
    lines
}

/// An attempt that is over.
pub(super) fn attempt(paint: Paint, record: &AttemptRecord) -> String {
    let text = format!(
        "attempt {}: the backend {}; connection: {}; client {}, backend {}, at most {} held",
        record.number,
        attempts::outcome(record),
        attempts::connection(record),
        attempts::pauses(record.client_pauses),
        attempts::pauses(record.backend_pauses),
        size(record.most_held),
    );
    match record.outcome {
        AttemptOutcome::Failed => paint.severity(Severity::Warning, text),
        AttemptOutcome::Answered | AttemptOutcome::Left => text,
    }
}

/// A step of the middleware.
pub(super) fn middleware(paint: Paint, step: &MiddlewareStep) -> String {
    let message = match step.phase {
        Phase::Request => "request",
        Phase::Response => "response",
    };
    let mut text = format!("middleware on the {message}: {}", escaped(step.name.as_bytes()));
    let summary = step.summary.words();
    if !summary.is_empty() {
        text = format!("{text}, {}", escaped(summary.as_bytes()));
    }
    if let Some(answered) = step.answered {
        text = format!("{text}, {}", status(paint, answered, format!("answered {answered}")));
    }
    for change in &step.changes {
        let value = |value: &str| shortened(&escaped(value.as_bytes()), VALUE_CHARS);
        text = match (&change.before, &change.after) {
            (None, Some(after)) => format!("{text}; + {}: {}", change.name, value(after)),
            (Some(before), Some(after)) => {
                format!("{text}; {}: {} → {}", change.name, value(before), value(after))
            }
            (Some(before), None) => format!("{text}; − {}: {}", change.name, value(before)),
            (None, None) => text,
        };
    }
    text
}

/// A TLS handshake, a line for each of its facts.
pub(super) fn handshake(paint: Paint, handshake: &Handshake) -> Vec<String> {
    let name = escaped(handshake.name.as_bytes());
    let took = duration(handshake.took());
    let mut lines = Vec::new();
    if handshake.is_open {
        let agreement = escaped(handshake.agreement().as_bytes());
        lines.push(format!("TLS handshake with {name}: {agreement}, after {took}"));
    }
    for Certificate { subject, names, issuer, valid: [start, end] } in &handshake.certificates {
        let names = if names.is_empty() { String::new() } else { format!(" for {}", names.join(", ")) };
        let names = shortened(&escaped(names.as_bytes()), VALUE_CHARS);
        let (subject, issuer) = (escaped(subject.as_bytes()), escaped(issuer.as_bytes()));
        let (start, end) = (Certificate::date(*start), Certificate::date(*end));
        lines.push(format!("certificate of {subject}{names}, issued by {issuer}, from {start} to {end}"));
    }
    if let Some(problem) = handshake.problem_in_words() {
        let problem = escaped(problem.as_bytes());
        lines.push(if handshake.is_open {
            paint.severity(Severity::Warning, format!("not checked: {name} {problem}"))
        } else {
            paint.severity(Severity::Error, format!("TLS handshake failed after {took}: {name} {problem}"))
        });
    }
    lines
}

/// Why a message is refused, in the colour of the status that says so.
pub(super) fn refusal(paint: Paint, cause: Cause) -> String {
    status(paint, cause.status(), format!("because: {}{}", cause.sentence(), clause(cause)))
}

/// The clause behind a cause, with a space before it. Empty: there is none.
fn clause(cause: Cause) -> String {
    if cause.section().is_empty() { String::new() } else { format!(" {}", cause.section()) }
}

/// `text` in the colour of `status`.
pub(super) fn status(paint: Paint, status: Status, text: String) -> String {
    match status.class() {
        5 => paint.severity(Severity::Error, text),
        4 => paint.severity(Severity::Warning, text),
        _ => paint.tone(Tone::Good, text),
    }
}
