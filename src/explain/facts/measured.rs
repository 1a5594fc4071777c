//! What was measured of an exchange: for each step its time, from clock readings that were taken when it happened. What
//! lies between two steps is nobody's time, and no step gets it.

use std::ops::Range;

use crate::{
    base::stream::Nanos,
    store::model::{Chunk, Detail},
    trace::{Order, Phase, Stage},
    wire::SpanRole,
};

use super::stream::StreamFacts;

/// A step of an exchange, with its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The step.
    pub band: Band,
    /// Beginning and end on the clock of the trace. Empty: a moment.
    pub time: Range<Nanos>,
    /// The bytes of the step: of the response for [`Band::Response`], else of the request. `None`: it has none.
    pub bytes: Option<Range<u64>>,
}

/// The steps whose time is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Band {
    /// The request was there, and the one before it on its connection was not answered yet.
    Turn,
    /// The request line arrived: from the read with its first byte to the one with its last.
    Line,
    /// The field lines arrived.
    Fields,
    /// The body arrived.
    Body,
    /// The head was read and compared with the limits.
    Guards,
    /// A limit was passed or a timer ran out: an index into `guards`.
    Guard(usize),
    /// Middleware: the sum of what its steps took.
    Middleware(Phase),
    /// The route was chosen.
    Route,
    /// The handler, or the folder, made the response.
    Handler,
    /// The response was written: from its first write to its last.
    Response,
}

/// The steps of an exchange, by their beginning.
pub(crate) fn measured(detail: &Detail, request: &StreamFacts) -> Vec<Measured> {
    let steps = Steps { detail, request };
    let exchange = &detail.exchange;
    let mut all = Vec::new();
    let mut add = |band, time: Option<Range<Nanos>>, bytes| {
        all.extend(time.map(|time| Measured { band, time, bytes }));
    };
    add(Band::Turn, turn(detail), None);
    for (band, roles) in ARRIVING {
        let bytes = steps.bytes(roles);
        add(band, bytes.as_ref().and_then(|bytes| arrival(&detail.reads, bytes)), bytes);
    }
    add(Band::Guards, steps.guards(), None);
    for (index, (at, ..)) in exchange.guards.iter().enumerate() {
        add(Band::Guard(index), Some(*at..*at), None);
    }
    add(Band::Middleware(Phase::Request), steps.middleware(Phase::Request), None);
    add(Band::Route, steps.route(), None);
    add(Band::Handler, steps.handler(), None);
    add(Band::Middleware(Phase::Response), steps.middleware(Phase::Response), None);
    add(Band::Response, steps.response(), exchange.response.clone());
    // A stable sort: steps at the same moment stay in the order in which they happen.
    all.sort_by_key(|step| step.time.start);
    all
}

/// The parts of a request, with the roles of their bytes.
const ARRIVING: [(Band, &[SpanRole]); 3] = [
    (Band::Line, &[SpanRole::Method, SpanRole::Target, SpanRole::Version, SpanRole::Message]),
    (Band::Fields, &[SpanRole::Name, SpanRole::Value]),
    (Band::Body, &[SpanRole::Content, SpanRole::Framing, SpanRole::Trailer]),
];

/// From the arrival of the whole head to the time at which it was taken up. `None`: it was taken up at once, or the
/// head is not complete.
pub(crate) fn turn(detail: &Detail) -> Option<Range<Nanos>> {
    let head = |(at, stage): &(Nanos, Stage)| match stage {
        Stage::Head { start, end, .. } => Some((*at, *start..*end)),
        _ => None,
    };
    let (taken, bytes) = detail.exchange.stages.iter().find_map(head)?;
    let arrived = arrival(&detail.reads, &bytes)?.end;
    (arrived < taken).then_some(arrived..taken)
}

/// From the read with the first byte of `range` to the one with its last. `None`: no read has a byte of it.
fn arrival(chunks: &[Chunk], range: &Range<u64>) -> Option<Range<Nanos>> {
    let holds = |chunk: &&Chunk| chunk.offset < range.end && range.start < chunk.range().end;
    let first = chunks.iter().find(holds)?;
    let last = chunks.iter().rev().find(holds)?;
    Some(first.at..last.until.max(first.at))
}

struct Steps<'a> {
    detail: &'a Detail,
    request: &'a StreamFacts,
}

impl Steps<'_> {
    /// The bytes of the request with these roles.
    fn bytes(&self, roles: &[SpanRole]) -> Option<Range<u64>> {
        let mut leaves = self.request.own_leaves().filter(|leaf| roles.contains(&leaf.span.kind.role()));
        let first = leaves.next()?;
        let last = leaves.last().unwrap_or(first);
        Some(first.span.range.start..last.span.range.end)
    }

    /// The time of a stage. `None`: it was not reached.
    fn stage(&self, is_it: impl Fn(&Stage) -> bool) -> Option<Nanos> {
        self.detail.exchange.stages.iter().find(|(_, stage)| is_it(stage)).map(|(at, _)| *at)
    }

    fn guards(&self) -> Option<Range<Nanos>> {
        let head = self.stage(|stage| stage.order() == Order::Head)?;
        let passed = self.stage(|stage| *stage == Stage::GuardsPassed)?;
        Some(head..passed.max(head))
    }

    /// The steps of one phase: the sum of what they took, and when the last one was done.
    fn took(&self, phase: Phase) -> Option<(u64, Nanos)> {
        let lists =
            || self.detail.exchange.middleware.iter().filter(|(_, steps)| steps.phase() == Some(phase));
        let took = lists().flat_map(|(_, steps)| steps.took.nanos()).map(|nanos| u64::from(*nanos));
        Some((took.sum(), lists().map(|(at, _)| *at).max()?))
    }

    /// On the request, middleware runs after the guards and before the routing, which is told with it; on the response,
    /// right before it is told.
    fn middleware(&self, phase: Phase) -> Option<Range<Nanos>> {
        let (took, at) = self.took(phase)?;
        let after = self.guards().filter(|_| phase == Phase::Request && self.routed() == Some(at));
        let start = after.map_or_else(|| before(at, took), |guards| guards.end.min(before(at, took)));
        Some(start..(start + took).min(at))
    }

    fn routed(&self) -> Option<Nanos> {
        self.detail.exchange.routed.as_ref().map(|(at, _)| *at)
    }

    /// From the end of what came before it on its way to its own.
    fn route(&self) -> Option<Range<Nanos>> {
        let at = self.routed()?;
        let since = self.middleware(Phase::Request).or_else(|| self.guards()).map_or(at, |time| time.end);
        Some(since.min(at)..at)
    }

    /// From the routing, or the end of the request if that is later, to the first step of the response. `None`: no
    /// handler of this server made the response.
    fn handler(&self) -> Option<Range<Nanos>> {
        let exchange = &self.detail.exchange;
        let (routed, attempts) = exchange.routed.as_ref()?;
        let matched = attempts.iter().any(|attempt| attempt.mismatch.is_none());
        let answered =
            exchange.steps().any(|(_, step)| step.phase == Phase::Request && step.answered.is_some());
        if !matched
            || answered
            || !exchange.guards.is_empty()
            || !exchange.upstream.is_empty()
            || !exchange.attempts.is_empty()
        {
            return None;
        }
        let end = self.middleware(Phase::Response).map(|time| time.start);
        let end = end.or_else(|| self.stage(|stage| stage.order() == Order::ResponseHead))?;
        let received = self.stage(|stage| stage.order() == Order::RequestEnd).filter(|at| *at <= end);
        let start = received.map_or(*routed, |received| received.max(*routed));
        (start <= end).then_some(start..end)
    }

    fn response(&self) -> Option<Range<Nanos>> {
        let range = self.detail.exchange.response.as_ref().filter(|range| !range.is_empty())?;
        // An interim response is written before the final one is there.
        let ready = self.stage(|stage| stage.order() == Order::ResponseHead).unwrap_or(Nanos::ZERO);
        let writes = self.detail.writes.iter();
        let mut writes = writes.filter(|chunk| chunk.range().end > range.start && chunk.until >= ready);
        let first = writes.next()?;
        let last = writes.last().unwrap_or(first);
        let start = first.at.max(ready.min(first.until));
        Some(start..last.until.max(start))
    }
}

/// `nanos` before `at`.
fn before(at: Nanos, nanos: u64) -> Nanos {
    Nanos::new(at.saturating_sub(Nanos::new(nanos)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::{
        explain::Facts,
        http::Framing,
        store::Store,
        testing::script::{MS, Script, response, step},
        trace::{EventKind, MiddlewareStep, MiddlewareSteps, StepSummary},
    };

    fn timed(step: MiddlewareStep, nanos: u32) -> EventKind {
        EventKind::Middleware(MiddlewareSteps { list: [step].into(), took: [nanos].into_iter().collect() })
    }

    fn bands(script: &mut Script, id: crate::base::stream::ExchangeId) -> Vec<(Band, Range<u64>)> {
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let facts = Facts::new(store.detail(id).unwrap());
        let origin = facts.origin;
        let in_micros = |at: Nanos| at.saturating_sub(origin) / 1_000;
        let one = |step: &Measured| (step.band, in_micros(step.time.start)..in_micros(step.time.end));
        facts.measured.iter().map(one).collect()
    }

    #[test]
    fn a_band_is_what_was_measured_and_no_more() {
        const POST: &[u8] = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
        let mut script = Script::default();
        script.open(1);
        script.read(1, &POST[..5]);
        script.wait(10 * MS).read(1, &POST[5..30]);
        script.wait(20 * MS).read(1, &POST[30..49]);
        let found = {
            let id = script.begin(1, 0);
            let head = Stage::Head { start: 0, end: 47, fields: 2, framing: Framing::Length(2) };
            script.stage(1, id, head);
            script.wait(MS).stage(1, id, Stage::GuardsPassed);
            script.wait(5 * MS);
            let limit = step("rate-limit", Phase::Request, StepSummary::from("passed"));
            script.push(1, Some(id), timed(limit, 2_000));
            script.stage(1, id, Stage::RequestEnd { end: 49, content: 2 });
            script.wait(300 * MS);
            let etag = step("etag", Phase::Response, StepSummary::from("no change"));
            script.push(1, Some(id), timed(etag, 1_000));
            script.wait(40 * MS);
            script.respond(1, id, &response(b"ok"), None);
            bands(&mut script, id)
        };
        let of = |band: Band| -> Vec<(u64, u64)> {
            let times = found.iter().filter(|(one, _)| *one == band);
            times.map(|(_, time)| (time.start, time.end)).collect()
        };
        // Milliseconds between the steps belong to none of them.
        assert_eq!(of(Band::Line), [(0, 10_000)], "{found:?}");
        assert_eq!(of(Band::Fields), [(10_000, 30_000)], "{found:?}");
        assert_eq!(of(Band::Body), [(30_000, 30_000)], "{found:?}");
        assert_eq!(of(Band::Middleware(Phase::Request)), [(35_998, 36_000)], "{found:?}");
        assert_eq!(of(Band::Middleware(Phase::Response)).len(), 1, "{found:?}");
        assert_eq!(of(Band::Response), [(376_000, 376_000)], "{found:?}");
        assert!(of(Band::Turn).is_empty(), "{found:?}");
    }

    #[test]
    fn a_pipelined_request_waits_for_its_turn() {
        const GET: &[u8] = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
        let mut script = Script::default();
        script.open(1).read(1, &[GET, GET].concat());
        let first = script.request(1, 0, GET, Framing::None);
        script.wait(300 * MS).respond(1, first, &response(b"a"), None);
        let second = script.request(1, GET.len() as u64, GET, Framing::None);
        script.wait(MS).respond(1, second, &response(b"b"), None);
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let facts = Facts::new(store.detail(second).unwrap());
        let turn = facts.measured.iter().find(|step| step.band == Band::Turn).unwrap();
        assert_eq!(turn.time.end.saturating_sub(turn.time.start), 300 * MS);
        let line = facts.measured.iter().find(|step| step.band == Band::Line).unwrap();
        assert_eq!(line.time, turn.time.start..turn.time.start, "it arrived before its turn");
    }
}
