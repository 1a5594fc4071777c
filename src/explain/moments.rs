//! The stage list: what happened to an exchange, in order.

use crate::{
    explain::notes,
    http::{Framing, Method, Status},
    store::model::{Detail, Outcome},
    trace::{GuardKind, MiddlewareStep, Nanos, NoteKind, Phase, RouteAttempt, Severity, Stage, StepSummary},
    words::text::{count, duration, plural, size},
};

use super::{Band, Moment};

/// What times count from: when the connection was accepted or, for later requests, when the first byte
/// arrived.
pub fn origin(detail: &Detail) -> Nanos {
    if detail.exchange.number == 1 { detail.opened } else { detail.exchange.began }
}

/// The stage list.
pub fn moments(detail: &Detail) -> Vec<Moment> {
    let mut list = List { origin: origin(detail), moments: Vec::new() };
    let exchange = &detail.exchange;
    if exchange.number == 1 {
        list.good(detail.opened, 0, "Connection accepted");
    }
    list.good(exchange.began, 1, "First byte");
    for (at, stage) in &exchange.stages {
        list.stage(*at, stage, detail);
    }
    for (at, kind, limit) in &exchange.guards {
        list.push(*at, 5, guard(*kind, *limit), Severity::Error, Some(Band::Route));
    }
    for (at, note) in &exchange.notes {
        list.push(*at, 6, notes::headline(&note.kind), note.severity, None);
    }
    list.middleware(&exchange.middleware, Phase::Request);
    if let Some((at, attempts)) = &exchange.routed {
        let (what, severity) = route(attempts);
        list.push(*at, 8, what, severity, Some(Band::Route));
    }
    list.middleware(&exchange.middleware, Phase::Response);
    if let Some(at) = detail.half_closed.filter(|at| *at >= exchange.began && !detail.neighbours.1) {
        list.good(at, 14, "The client ended its side");
    }
    if let Some((at, reason)) = detail.closed.filter(|_| !detail.neighbours.1) {
        let severity = notes::close_severity(reason);
        list.push(at, 15, format!("Connection {}", notes::close_reason(reason)), severity, None);
    }
    // What has the same time is in the order in which it happens; a clock can be that coarse.
    list.moments.sort_by_key(|(rank, moment)| (moment.since, *rank));
    list.moments.into_iter().map(|(_, moment)| moment).collect()
}

struct List {
    origin: Nanos,
    moments: Vec<(u8, Moment)>,
}

impl List {
    fn push(&mut self, at: Nanos, rank: u8, what: String, severity: Severity, band: Option<Band>) {
        let since = at.saturating_sub(self.origin);
        self.moments.push((rank, Moment { since, what, severity, band }));
    }

    fn good(&mut self, at: Nanos, rank: u8, what: &str) {
        self.push(at, rank, what.to_owned(), Severity::Info, None);
    }

    fn stage(&mut self, at: Nanos, stage: &Stage, detail: &Detail) {
        let info = Severity::Info;
        match stage {
            Stage::RequestLine { target, .. } => {
                let broken = detail.exchange.notes.iter().any(|(_, note)| {
                    matches!(note.kind, NoteKind::Violation(..))
                        && note.span.as_ref().is_some_and(|span| span.start <= target.end)
                });
                let what =
                    if broken { "Request line, as far as it is valid" } else { "Request line complete" };
                self.push(at, 2, what.to_owned(), info, Some(Band::Line));
            }
            Stage::Head { fields, framing, .. } => {
                let fields = plural(u64::from(*fields), "field");
                self.push(at, 3, format!("Headers complete, {fields}"), info, Some(Band::Fields));
                let framing = match framing {
                    Framing::None | Framing::UntilClose => "no body".to_owned(),
                    Framing::Length(length) => format!("length {}", count(*length)),
                    Framing::Chunked => "chunked".to_owned(),
                };
                self.push(at, 4, format!("Framing decided: {framing}"), info, None);
            }
            Stage::GuardsPassed => self.good(at, 5, "Guards passed"),
            Stage::Continue => self.good(at, 9, "100 Continue sent: the body is wanted"),
            Stage::RequestEnd { content, .. } => {
                let body =
                    !matches!(detail.exchange.framing, None | Some(Framing::None | Framing::Length(0)));
                let what = if body {
                    format!("Body complete, {}", plural(*content, "byte"))
                } else {
                    "Request complete".to_owned()
                };
                self.push(at, 10, what, info, body.then_some(Band::Body));
            }
            Stage::ResponseHead { status, .. } => {
                self.push(at, 12, format!("Response head ready: {status}"), status_severity(*status), None);
            }
            Stage::ResponseSent { keep_alive, .. } => {
                let bytes = plural(detail.exchange.response_bytes(), "byte");
                self.push(at, 13, format!("Response written, {bytes}"), info, Some(Band::Response));
                if !keep_alive {
                    self.good(at, 13, "The connection ends after this response");
                }
            }
            Stage::Aborted => {
                self.push(at, 13, "Ended before the response was whole".to_owned(), Severity::Error, None);
            }
        }
    }

    /// The steps of one way through the onion.
    fn middleware(&mut self, steps: &[(Nanos, MiddlewareStep)], phase: Phase) {
        let (way, rank) = match phase {
            Phase::Request => ("down", 7),
            Phase::Response => ("up", 11),
        };
        let steps: Vec<&(Nanos, MiddlewareStep)> =
            steps.iter().filter(|(_, step)| step.phase == phase).collect();
        let Some((last, _)) = steps.last() else { return };
        for (at, step) in steps.iter().copied() {
            // Tokens are worth a line of their own; so is whoever answers itself.
            if !matches!(step.summary, StepSummary::Words(_)) {
                let severity = step.answered.map_or(Severity::Info, status_severity);
                self.push(*at, rank, format!("Rate limit: {}", step.summary.words()), severity, None);
            }
            if let Some(status) = step.answered {
                let what = format!("{} answered: {status}", step.name);
                self.push(*at, rank, what, status_severity(status), None);
            }
        }
        let names: Vec<&str> = steps.iter().map(|(_, step)| &*step.name).collect();
        let count: usize = steps.iter().map(|(_, step)| step.changes.len()).sum();
        let changes = match count {
            0 => String::new(),
            count => format!(", {} changed", plural(count as u64, "field")),
        };
        let what = format!("Middleware {way}: {}{changes}", names.join(" → "));
        self.push(*last, rank, what, Severity::Info, Some(Band::Middleware));
    }
}

/// What a guard did, with its limit.
#[must_use]
pub fn guard(kind: GuardKind, limit: u64) -> String {
    let time = || duration(limit.saturating_mul(1_000_000));
    match kind {
        GuardKind::HeadTimeout => format!("Header timeout: the head did not arrive within {}", time()),
        GuardKind::BodyTimeout => format!("Body timeout: nothing arrived for {}", time()),
        GuardKind::IdleTimeout => format!("Idle timeout: no request for {}", time()),
        GuardKind::WriteTimeout => format!("Write timeout: the client took nothing for {}", time()),
        GuardKind::HeadBytes => format!("Header block over the limit of {}", size(limit)),
        GuardKind::TargetBytes => format!("Target over the limit of {}", size(limit)),
        GuardKind::BodyBytes => format!("Body over the limit of {}", size(limit)),
        GuardKind::Connections => format!("Over the limit of {}", plural(limit, "connection")),
    }
}

/// Which route matched, in a few words.
fn route(attempts: &[RouteAttempt]) -> (String, Severity) {
    match attempts.iter().find(|attempt| attempt.mismatch.is_none()) {
        Some(attempt) => {
            let found = attempt.found.as_ref();
            let what = match (attempt.method.map(Method::name), found) {
                (None, _) => format!("Looked up in {}: {found}", attempt.pattern),
                (Some(method), "") => format!("Route matched: {method} {}", attempt.pattern),
                (Some(method), _) => format!("Route matched: {method} {}, {found}", attempt.pattern),
            };
            (what, Severity::Info)
        }
        None => (format!("No route matched, {} tried", count(attempts.len() as u64)), Severity::Warning),
    }
}

fn status_severity(status: Status) -> Severity {
    match status.class() {
        5 => Severity::Error,
        4 => Severity::Warning,
        _ => Severity::Info,
    }
}

/// How an exchange stands, in a few words.
#[must_use]
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::HeadIncomplete => "headers incomplete",
        Outcome::BodyIncomplete => "body incomplete",
        Outcome::Answering => "answering",
        Outcome::Done => "done",
        Outcome::Aborted => "cut off",
    }
}
