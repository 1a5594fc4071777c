//! The timeline of an exchange.

use crate::{
    base::stream::Nanos,
    http::{Framing, Status},
    store::model::Detail,
    trace::{
        CloseReason, Guard, MiddlewareSteps, Note, NoteKind, Order, Phase, Severity, Stage, StepSummary,
    },
};

use super::measured::turn;

/// An entry of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineEntry {
    /// Time on the clock of the trace.
    pub at: Nanos,
    /// Nanoseconds since [`Facts::origin`](super::Facts::origin).
    pub since: u64,
    /// The event.
    pub what: Happening,
    /// Severity of the event.
    pub severity: Severity,
}

/// An event in the life of an exchange. Indices refer to the lists in
/// [`Exchange`](crate::store::model::Exchange).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The connection was accepted.
    Accepted,
    /// The first byte of the request arrived.
    FirstByte,
    /// The request was taken up, whose head had arrived this many nanoseconds before.
    Turn(u64),
    /// The request line is complete or, if it is not `valid`, was read as far as possible.
    RequestLine {
        /// Whether the request line breaks no rule.
        valid: bool,
    },
    /// The message is complete, where messages have no head.
    Received {
        /// Bytes of content.
        content: u64,
    },
    /// The head of the request is complete.
    Head {
        /// Number of field lines.
        fields: u32,
    },
    /// The framing of the request body was decided.
    Framing(Framing),
    /// The request is within all limits.
    GuardsPassed,
    /// A guard acted.
    Guard {
        /// The guard.
        kind: Guard,
        /// The guard's limit: bytes, milliseconds or a count, depending on the guard.
        limit: u64,
    },
    /// The server added a note: an index into `notes`.
    Note(usize),
    /// The rate limit took or refused a token: an index into `middleware`.
    RateLimit(usize),
    /// A middleware answered in place of the handler, or replaced its answer: an index into `middleware`.
    Answered(usize),
    /// The last middleware of a phase is done.
    Middleware(Phase),
    /// Routing is done: the index of the route that matched in `routed`. `None`: no route did.
    Routed(Option<usize>),
    /// The TLS handshake with a backend is over: an index into `upstream`.
    Encrypted(usize),
    /// `100 Continue` was sent.
    Continue,
    /// The request is complete.
    RequestEnd {
        /// Bytes of content.
        content: u64,
        /// Whether the request has a body.
        has_body: bool,
    },
    /// The head of the response is ready to be written.
    ResponseHead(Status),
    /// The response is ready to be written, where responses have no head.
    Reply {
        /// Whether the response says why the message was refused.
        refused: bool,
    },
    /// The response was completely written.
    ResponseSent {
        /// Bytes of the response, including the head.
        bytes: u64,
    },
    /// The connection ends after this response.
    LastResponse,
    /// The exchange ended before the response was completely written.
    Aborted,
    /// The client finished sending.
    HalfClosed,
    /// The connection ended.
    Closed(CloseReason),
}

/// The time from which entries count: the acceptance of the connection or, for later requests, the arrival of
/// the first byte.
pub(crate) fn origin(detail: &Detail) -> Nanos {
    if detail.exchange.number == 1 { detail.opened } else { detail.exchange.began }
}

/// The timeline of an exchange.
pub(crate) fn timeline(detail: &Detail) -> Vec<TimelineEntry> {
    let mut entries = Entries { origin: origin(detail), entries: Vec::new() };
    let exchange = &detail.exchange;
    if exchange.number == 1 {
        entries.good(detail.opened, Order::Opened, Happening::Accepted);
    }
    entries.good(exchange.began, Order::Started, Happening::FirstByte);
    if let Some(turn) = turn(detail) {
        let waited = turn.end.saturating_sub(turn.start);
        entries.good(turn.end, Order::Started, Happening::Turn(waited));
    }
    for (at, stage) in &exchange.stages {
        entries.stage(*at, stage, detail);
    }
    for (at, kind, limit) in &exchange.guards {
        let what = Happening::Guard { kind: *kind, limit: *limit };
        entries.push(*at, Order::Guard, what, kind.facts().severity);
    }
    for (index, (at, note)) in exchange.notes.iter().enumerate() {
        entries.push(*at, Order::Note, Happening::Note(index), note.severity);
    }
    entries.middleware(&exchange.middleware, Phase::Request);
    if let Some((at, attempts)) = &exchange.routed {
        let matched = attempts.iter().position(|attempt| attempt.mismatch.is_none());
        let severity = if matched.is_some() { Severity::Info } else { Severity::Warning };
        entries.push(*at, Order::Routed, Happening::Routed(matched), severity);
    }
    entries.handshakes(detail);
    entries.middleware(&exchange.middleware, Phase::Response);
    // The end of the connection belongs to its last exchange.
    let last = !detail.neighbours.1;
    if let Some(at) = detail.half_closed.filter(|at| last && *at >= exchange.began) {
        entries.good(at, Order::HalfClosed, Happening::HalfClosed);
    }
    if let Some((at, reason)) = detail.closed.filter(|_| last) {
        entries.push(at, Order::Closed, Happening::Closed(reason), reason.severity());
    }
    let mut entries = entries.entries;
    entries.sort_by_key(|(order, entry)| (entry.since, *order));
    entries.into_iter().map(|(_, entry)| entry).collect()
}

struct Entries {
    origin: Nanos,
    entries: Vec<(Order, TimelineEntry)>,
}

impl Entries {
    fn push(&mut self, at: Nanos, order: Order, what: Happening, severity: Severity) {
        let since = at.saturating_sub(self.origin);
        self.entries.push((order, TimelineEntry { at, since, what, severity }));
    }

    fn good(&mut self, at: Nanos, order: Order, what: Happening) {
        self.push(at, order, what, Severity::Info);
    }

    fn stage(&mut self, at: Nanos, stage: &Stage, detail: &Detail) {
        let info = Severity::Info;
        match stage {
            Stage::RequestLine { target, .. } => {
                let breaks = |note: &Note| {
                    matches!(note.kind, NoteKind::Violation(..))
                        && note.span.as_ref().is_some_and(|span| span.start <= target.end)
                };
                let valid = !detail.exchange.notes.iter().any(|(_, note)| breaks(note));
                let what = Happening::RequestLine { valid };
                self.push(at, Order::RequestLine, what, info);
            }
            Stage::Head { fields, framing, .. } => {
                let what = Happening::Head { fields: *fields };
                self.push(at, Order::Head, what, info);
                self.good(at, Order::Framing, Happening::Framing(*framing));
            }
            Stage::Received { content, .. } => {
                let what = Happening::Received { content: content.end - content.start };
                self.push(at, Order::RequestLine, what, info);
            }
            Stage::Answered { refusal, .. } => {
                let severity = if refusal.is_some() { Severity::Error } else { info };
                let what = Happening::Reply { refused: refusal.is_some() };
                self.push(at, Order::ResponseHead, what, severity);
            }
            Stage::GuardsPassed => self.good(at, Order::GuardsPassed, Happening::GuardsPassed),
            Stage::Continue => self.good(at, Order::Continue, Happening::Continue),
            Stage::RequestEnd { content, .. } => {
                let framing = detail.exchange.framing;
                let has_body = !matches!(framing, None | Some(Framing::None | Framing::Length(0)));
                let what = Happening::RequestEnd { content: *content, has_body };
                self.push(at, Order::RequestEnd, what, info);
            }
            Stage::ResponseHead { status, .. } => {
                let what = Happening::ResponseHead(*status);
                self.push(at, Order::ResponseHead, what, status_severity(*status));
            }
            Stage::ResponseSent { keep_alive, .. } => {
                let what = Happening::ResponseSent { bytes: detail.exchange.response_bytes() };
                self.push(at, Order::Over, what, info);
                if !keep_alive {
                    self.good(at, Order::Over, Happening::LastResponse);
                }
            }
            Stage::Aborted => {
                self.push(at, Order::Over, Happening::Aborted, Severity::Error);
            }
        }
    }

    /// The TLS handshakes that were made for the exchange.
    fn handshakes(&mut self, detail: &Detail) {
        for (index, leg) in detail.exchange.upstream.iter().enumerate() {
            let Some(tls) = leg.tls.as_ref().filter(|tls| tls.began >= detail.exchange.began) else {
                continue;
            };
            let severity = match (tls.is_open, tls.problem) {
                (true, None) => Severity::Info,
                (true, Some(_)) => Severity::Warning,
                (false, _) => Severity::Error,
            };
            self.push(tls.ended, Order::Routed, Happening::Encrypted(index), severity);
        }
    }

    /// The steps of the middleware in one phase.
    fn middleware(&mut self, steps: &[(Nanos, MiddlewareSteps)], phase: Phase) {
        let order = phase.order();
        let mut last = None;
        let steps = MiddlewareSteps::all(steps).enumerate();
        for (index, (at, step)) in steps.filter(|(_, (_, step))| step.phase == phase) {
            let severity = step.answered.map_or(Severity::Info, status_severity);
            // Tokens, and a middleware that answers, get an entry of their own.
            if !matches!(step.summary, StepSummary::Words(_)) {
                self.push(at, order, Happening::RateLimit(index), severity);
            }
            if step.answered.is_some() {
                self.push(at, order, Happening::Answered(index), severity);
            }
            last = Some(at);
        }
        if let Some(at) = last {
            self.good(at, order, Happening::Middleware(phase));
        }
    }
}

fn status_severity(status: Status) -> Severity {
    match status.class() {
        5 => Severity::Error,
        4 => Severity::Warning,
        _ => Severity::Info,
    }
}
