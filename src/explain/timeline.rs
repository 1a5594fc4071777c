//! The timeline in words.

use crate::{
    http::{Framing, Method},
    store::model::{Detail, Exchange, Outcome},
    trace::{Guard, GuardUnit, Handshake, Phase, RouteAttempt},
    words::{count, duration, limit_bytes, plural},
};

use super::{
    dialect,
    facts::timeline::{Happening, TimelineEntry},
    notes,
};

/// An entry of the timeline of `exchange` in a few words: `Framing decided: length 31`.
#[must_use]
pub fn words(entry: &TimelineEntry, exchange: &Exchange) -> String {
    match entry.what {
        Happening::Accepted => "Connection accepted".to_owned(),
        Happening::FirstByte => "First byte".to_owned(),
        Happening::Turn(waited) => format!("Taken up, after it waited {} for its turn", duration(waited)),
        Happening::RequestLine { valid: true } => "Request line complete".to_owned(),
        Happening::RequestLine { valid: false } => "Request line, as far as it is valid".to_owned(),
        Happening::Received { content } => format!("Message complete, {}", plural(content, "byte")),
        Happening::Reply { refused: false } => "Reply ready".to_owned(),
        Happening::Reply { refused: true } => "Refusal ready".to_owned(),
        Happening::Head { fields } => format!("Headers complete, {}", plural(u64::from(fields), "field")),
        Happening::Framing(framing) => format!("Framing decided: {}", self::framing(framing)),
        Happening::GuardsPassed => "Guards passed".to_owned(),
        Happening::Guard { kind, limit } => guard(kind, limit),
        Happening::Note(index) => {
            exchange.notes.get(index).map_or_else(String::new, |(_, note)| notes::in_words(&note.kind))
        }
        Happening::RateLimit(index) => {
            let step = exchange.steps().nth(index);
            step.map_or_else(String::new, |(_, step)| format!("Rate limit: {}", step.summary.words()))
        }
        Happening::Answered(index) => {
            let step = exchange.steps().nth(index).and_then(|(_, step)| Some((&step.name, step.answered?)));
            step.map_or_else(String::new, |(name, status)| format!("{name} answered: {status}"))
        }
        Happening::Middleware(phase) => middleware(exchange, phase),
        Happening::Routed(matched) => {
            let attempts = exchange.routed.as_ref().map_or(&[][..], |(_, attempts)| attempts);
            match matched.and_then(|index| attempts.get(index)) {
                Some(attempt) => route(attempt),
                None => format!("No route matched, {} tried", count(attempts.len() as u64)),
            }
        }
        Happening::Encrypted(index) => {
            let tls = exchange.upstream.get(index).and_then(|leg| leg.tls.as_deref());
            tls.map_or_else(String::new, handshake)
        }
        Happening::Continue => "100 Continue sent; waiting for the body".to_owned(),
        Happening::RequestEnd { content, has_body: true } => {
            format!("Body complete, {}", plural(content, "byte"))
        }
        Happening::RequestEnd { has_body: false, .. } => "Request complete".to_owned(),
        Happening::ResponseHead(status) => format!("Response head ready: {status}"),
        Happening::ResponseSent { bytes } => format!("Response written, {}", plural(bytes, "byte")),
        Happening::LastResponse => "The connection ends after this response".to_owned(),
        Happening::Aborted => "Ended before the response was complete".to_owned(),
        Happening::HalfClosed => "The client finished sending".to_owned(),
        Happening::Closed(reason) => format!("Connection {}", reason.words()),
    }
}

/// A TLS handshake with a backend: what was agreed on, or what is wrong.
fn handshake(tls: &Handshake) -> String {
    let name = &tls.name;
    match (tls.problem_in_words(), tls.is_open) {
        (None, _) => format!("TLS handshake with {name}: {}", tls.agreement()),
        (Some(problem), true) => format!("TLS handshake, not checked: {name} {problem}"),
        (Some(problem), false) => format!("TLS handshake failed: {name} {problem}"),
    }
}

fn framing(framing: Framing) -> String {
    match framing {
        Framing::None | Framing::UntilClose => "no body".to_owned(),
        Framing::Length(length) => format!("length {}", count(length)),
        Framing::Chunked => "chunked".to_owned(),
    }
}

/// The steps of one phase: the middleware, and the number of fields that they changed.
fn middleware(exchange: &Exchange, phase: Phase) -> String {
    let steps: Vec<_> = exchange.steps().filter(|(_, step)| step.phase == phase).collect();
    let names: Vec<&str> = steps.iter().map(|(_, step)| &*step.name).collect();
    let changes = match steps.iter().map(|(_, step)| step.changes.len() as u64).sum() {
        0 => String::new(),
        changed => format!(", {} changed", plural(changed, "field")),
    };
    let message = match phase {
        Phase::Request => "request",
        Phase::Response => "response",
    };
    format!("Middleware on the {message}: {}{changes}", names.join(" → "))
}

fn route(attempt: &RouteAttempt) -> String {
    let pattern = &attempt.pattern;
    if let Some(group) = attempt.summary.group() {
        return format!("Route matched: {pattern}, group {group}");
    }
    match (attempt.method.map(Method::name), &*attempt.summary.words()) {
        (None, found) => format!("Looked up in {pattern}: {found}"),
        (Some(method), "") => format!("Route matched: {method} {pattern}"),
        (Some(method), found) => format!("Route matched: {method} {pattern}, {found}"),
    }
}

/// A guard that acted, with its limit: bytes, milliseconds or a count, as the guard's unit says.
#[must_use]
pub fn guard(guard: Guard, limit: u64) -> String {
    let facts = guard.facts();
    let limit = match facts.unit {
        GuardUnit::Millis => duration(limit.saturating_mul(1_000_000)),
        GuardUnit::Bytes => limit_bytes(limit),
        GuardUnit::Connections => plural(limit, "connection"),
    };
    format!("{} {limit}", facts.acted)
}

/// The state of an exchange, in a few words.
#[must_use]
pub fn outcome(detail: &Detail) -> &'static str {
    let exchange = &detail.exchange;
    match exchange.outcome {
        Outcome::HeadIncomplete => dialect::of(exchange.protocol).arriving,
        Outcome::BodyIncomplete => "body incomplete",
        Outcome::Answering => "answering",
        Outcome::Done if exchange.status.is_none() && exchange.refusal.is_some() => "refused",
        Outcome::Done => "done",
        Outcome::Aborted => "cut off",
    }
}
