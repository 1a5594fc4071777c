//! The lanes of an exchange that was passed on: choosing a backend, sending on, waiting. Knows no egui.

use crate::{
    base::stream::Nanos,
    explain::{Facts, attempts, facts::Band},
    http::Framing,
    store::model::LegDetail,
    trace::Phase,
    words,
};

use super::{
    bands::{Activity, Clock, TimeSpan},
    part::{Message, Part, Stream},
};

/// The times of an attempt.
struct Times {
    /// The request began on the connection.
    began: Nanos,
    /// The last byte so far was sent.
    sent: Nanos,
    /// The first byte came back or, if none did, the attempt was given up or is still waiting.
    waited: Nanos,
    /// Whether a byte came back.
    answered: bool,
}

impl Clock {
    /// The steps of the server: up to the routing, for each attempt the choice, the sending and the waiting, and the
    /// response.
    pub(super) fn stages_of_both(&self, facts: &Facts) -> Vec<TimeSpan> {
        let steps = || facts.measured.iter();
        let mut spans: Vec<TimeSpan> =
            steps().filter(|step| precedes(step.band)).map(|step| self.step(facts, step)).collect();
        let mut from = spans.iter().map(|span| span.time.end).max().unwrap_or(self.began);
        for (index, leg) in facts.detail.upstream.iter().enumerate() {
            let times = self.times(facts, index, leg);
            let backend = backend(facts, leg);
            let pick = format!("{backend} chosen and reached: took {}", took(from, times.began));
            let label = ["pick".to_owned(), String::new()];
            spans.push(Self::span(Activity::Pick, label, pick, from..times.began));
            let has_body =
                !matches!(facts.detail.exchange.framing, None | Some(Framing::None | Framing::Length(0)));
            if has_body {
                let name = format!("Body streams to {backend}: took {}", took(times.began, times.sent));
                let label = ["body streams".to_owned(), "body".to_owned()];
                spans.push(Self::span(Activity::SendingOn, label, name, times.began..times.sent));
            }
            if times.waited > times.sent {
                let waited = took(times.sent, times.waited);
                let label = [format!("waiting for {backend} · {waited}"), format!("waiting {waited}")];
                let end = if times.answered { "" } else { ", and nothing came" };
                let name = format!("Waiting for {backend}: {waited}{end}");
                spans.push(Self::span(Activity::Waiting, label, name, times.sent..times.waited));
            }
            from = times.waited.max(times.sent);
        }
        let after = |band| matches!(band, Band::Middleware(Phase::Response) | Band::Response);
        spans.extend(steps().filter(|step| after(step.band)).map(|step| self.step(facts, step)));
        spans.sort_by_key(|span| span.time.start);
        spans
    }

    /// The writes to backends, each attempt's after the making of its connection.
    pub(super) fn sent_on(&self, facts: &Facts) -> Vec<TimeSpan> {
        let mut spans = Vec::new();
        let routed = facts.detail.exchange.routed.as_ref().map_or(self.began, |(at, _)| *at);
        for (index, leg) in facts.detail.upstream.iter().enumerate() {
            if leg.opened > routed && leg.opened <= leg.leg.began {
                let name =
                    format!("Connection to {} made after {}", backend(facts, leg), took(routed, leg.opened));
                let label = ["connect".to_owned(), String::new()];
                spans.push(Self::span(Activity::Connect, label, name, routed..leg.opened));
            }
            spans.extend(self.chunks(&leg.writes, Stream { leg: Some(index), message: Message::Request }));
        }
        spans
    }

    fn times(&self, facts: &Facts, index: usize, leg: &LegDetail) -> Times {
        let detail = &facts.detail;
        let began = leg.leg.began.max(self.began);
        let writes = leg.writes.iter().map(|chunk| chunk.at).filter(|at| *at >= began);
        let first = leg.reads.iter().find(|chunk| chunk.range().end > leg.leg.received.start);
        let first = first.map(|chunk| chunk.at.max(began));
        // An attempt ends when the next one begins, with its connection, or with the exchange.
        let next = detail.upstream.get(index + 1).map(|next| next.leg.began);
        let closed = leg.closed.map(|(at, _)| at);
        let end = [next, closed, Some(detail.exchange.latest)].into_iter().flatten().min().unwrap_or(began);
        let waited = first.unwrap_or(end).max(began);
        let sent = writes.max().unwrap_or(began).min(waited);
        Times { began, sent, waited, answered: first.is_some() }
    }

    fn span(
        activity: Activity,
        [label, short]: [String; 2],
        name: String,
        time: std::ops::Range<Nanos>,
    ) -> TimeSpan {
        let time = time.start..time.end.max(time.start);
        TimeSpan { activity, label, short, name, time, part: None::<Part> }
    }
}

/// Whether a step comes before the request is passed on. The parts of the request stand in the lane of the reads.
const fn precedes(band: Band) -> bool {
    matches!(
        band,
        Band::Turn
            | Band::Fields
            | Band::Guards
            | Band::Guard(_)
            | Band::Middleware(Phase::Request)
            | Band::Route
    )
}

fn backend<'a>(facts: &'a Facts, leg: &'a LegDetail) -> &'a str {
    let name = attempts::backend_of(&facts.detail.exchange, &leg.leg);
    if name.is_empty() { "a backend" } else { name }
}

fn took(from: Nanos, to: Nanos) -> String {
    words::duration(to.saturating_sub(from))
}
