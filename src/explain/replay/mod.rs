//! Goes through a message byte by byte, forwards and backwards: the state of the machine after each byte, what it
//! waits for, what is known, what was decided and when.
//!
//! Nothing here reads HTTP. The machine that served the message, or that explains it, is run over the bytes up to a
//! place ([`Stepper`]), and what it says there is put beside what was recorded: reads, times, routes, timers.

mod decision;
mod known;
mod moment;
mod next;
mod run;
mod side;
mod stop;
#[cfg(test)]
mod tests;

use std::{ops::Range, sync::Arc};

use crate::{
    base::stream::Nanos,
    store::model::Chunk,
    trace::{Cause, Guard, GuardUnit, ProtocolKind},
    wire::{Mark, State, What},
};

use super::{Facts, facts::Happening, kinds::Kind};
use run::{HeadAt, Instant, Run};

pub use decision::{Decided, Decision};
pub use known::Known;
pub use moment::{Buffer, Moment, Timer};
pub use next::{Effect, Group, Next, groups, name, ranges};
pub use side::{Limits, Side};
pub use stop::Stop;

/// One message of an exchange, or the frames of one end, with all that is needed to look at it after each byte.
#[derive(Debug)]
pub struct Replay {
    facts: Arc<Facts>,
    side: Side,
    leg: Option<usize>,
    run: Box<dyn Run>,
    chunks: Vec<Chunk>,
    /// Boundaries of tokens, ascending, and whether a boundary ends content.
    tokens: Vec<(Range<u64>, bool)>,
    decisions: Vec<Decision>,
    /// Stream offsets after complete field lines.
    fields: Vec<u64>,
    heads: Vec<(u64, HeadAt)>,
    limits: Limits,
    /// Time of the first byte.
    began: Nanos,
}

impl Replay {
    /// The replay of one side of an exchange, on an upstream leg if `leg` has its index. `limits`: those in force when
    /// it was served, as far as they are known. `None`: no byte of it was kept from its beginning.
    #[must_use]
    pub fn new(facts: &Arc<Facts>, leg: Option<usize>, side: Side, limits: Limits) -> Option<Self> {
        let source = side::source(facts, leg, side)?;
        let run = source.run;
        let range = run.range();
        let marks = run.marks();
        let heads = marks.iter().filter_map(|mark| match &mark.what {
            What::Head(head) => Some((mark.at, head.clone()?)),
            _ => None,
        });
        let heads = heads.collect();
        let chunks: Vec<Chunk> =
            source.chunks.iter().filter(|chunk| overlaps(&chunk.range(), &range)).cloned().collect();
        let began = chunks.first().map_or(facts.detail.exchange.began, |chunk| chunk.at);
        let happened = if source.is_served { happened(facts, &marks, &chunks, &range) } else { Vec::new() };
        let tokens = source.stream.leaves.iter().filter(|leaf| overlaps(&leaf.span.range, &range));
        let tokens =
            tokens.map(|leaf| (leaf.span.range.clone(), leaf.span.kind.role().is_content())).collect();
        Some(Self {
            decisions: decision::decisions(&*run, &marks, happened),
            fields: fields(&marks),
            heads,
            facts: Arc::clone(facts),
            side,
            leg,
            run,
            chunks,
            tokens,
            limits,
            began,
        })
    }

    /// The stream range that can be gone through: from the first byte of the message to the first that is missing.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.run.range()
    }

    /// The side that is gone through.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.side
    }

    /// The upstream leg, by its index. `None`: the client's.
    #[must_use]
    pub const fn leg(&self) -> Option<usize> {
        self.leg
    }

    /// The word for a read or a write of the side.
    #[must_use]
    pub const fn read_name(&self) -> &'static str {
        match (self.side, self.leg) {
            (Side::Request | Side::ClientFrames, None) | (Side::Response, Some(_)) => "read",
            _ => "write",
        }
    }

    /// Whether the message is one of the protocol of lines.
    #[must_use]
    pub fn speaks_lines(&self) -> bool {
        self.facts.detail.exchange.protocol == ProtocolKind::Lines
    }

    /// The reads or writes with a byte of the message, in order.
    #[must_use]
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// The decisions, in the order in which they are taken.
    #[must_use]
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// Whether a decision is that a rule is broken, or that a limit or a timer acted.
    #[must_use]
    pub fn is_fault(&self, decision: &Decision) -> bool {
        decision.is_fault(&self.facts)
    }

    /// A decision in a few words.
    #[must_use]
    pub fn words(&self, decision: &Decision) -> String {
        decision::words(&decision.what, &self.facts, &*self.run, |guard| self.limit(guard))
    }

    /// The bytes of a stream range.
    #[must_use]
    pub fn slice(&self, range: Range<u64>) -> &[u8] {
        self.run.slice(range)
    }

    /// Number of bytes of the message up to stream offset `at`: its place as people count.
    #[must_use]
    pub fn place(&self, at: u64) -> u64 {
        at.saturating_sub(self.range().start)
    }

    /// What each byte would do after those up to stream offset `at`.
    #[must_use]
    pub fn next_bytes(&self, at: u64) -> Vec<Next> {
        self.run.verdicts(at).into_iter().map(Next::new).collect()
    }

    /// Everything about the message after the bytes up to stream offset `at`, which is brought into
    /// [`Self::range`].
    #[must_use]
    pub fn at(&self, at: u64) -> Moment {
        let range = self.range();
        let at = at.clamp(range.start, range.end);
        let mut now = self.run.at(at);
        now.head = now.head.or_else(|| {
            let known = self.heads.partition_point(|(end, _)| *end <= at);
            known.checked_sub(1).map(|last| self.heads[last].1.clone())
        });
        let chunk = self.chunk_before(at);
        let time = chunk.map(|index| self.chunks[index].at);
        Moment {
            at,
            stand: now.stand,
            state: now.state,
            buffer: self.buffer(at, chunk, &now),
            known: known::known(&*self.run, &now, &|guard| self.limit(guard)),
            over: now.over,
            chunk,
            since: time.map_or(0, |time| time.saturating_sub(self.began)),
            timer: chunk.and_then(|index| self.timer(index, now.state)),
            decided: self.decisions.partition_point(|decision| decision.at <= at),
            token: now.pending,
            broken: now.broken,
        }
    }

    /// The next place of a kind after stream offset `from`. `None`: there is none.
    #[must_use]
    pub fn next(&self, stop: Stop, from: u64) -> Option<u64> {
        let range = self.range();
        let end = range.end;
        if from >= end {
            return None;
        }
        match stop {
            Stop::Byte => Some(from.max(range.start) + 1),
            Stop::Token => {
                let index = self.tokens.partition_point(|(token, _)| token.end <= from);
                Some(self.tokens.get(index).map_or(end, |(token, _)| token.end.min(end)))
            }
            Stop::Read => {
                let index = self.chunks.partition_point(|chunk| chunk.range().end <= from);
                Some(self.chunks.get(index).map_or(end, |chunk| chunk.range().end.min(end)))
            }
            Stop::Decision => self.decisions.iter().map(|decision| decision.at).find(|at| *at > from),
            Stop::Broken => self.faults().find(|at| *at > from),
            Stop::Field => self.fields.get(self.fields.partition_point(|at| *at <= from)).copied(),
            Stop::Split => self.splits().find(|at| *at > from),
        }
    }

    /// The previous place of a kind before stream offset `from`. `None`: there is none.
    #[must_use]
    pub fn previous(&self, stop: Stop, from: u64) -> Option<u64> {
        let start = self.range().start;
        if from <= start {
            return None;
        }
        match stop {
            Stop::Byte => Some(from - 1),
            Stop::Token => {
                let index = self.tokens.partition_point(|(token, _)| token.start < from);
                Some(index.checked_sub(1).map_or(start, |last| self.tokens[last].0.start.max(start)))
            }
            Stop::Read => {
                let index = self.chunks.partition_point(|chunk| chunk.offset < from);
                Some(index.checked_sub(1).map_or(start, |last| self.chunks[last].offset.max(start)))
            }
            Stop::Decision => self.decisions.iter().rev().map(|decision| decision.at).find(|at| *at < from),
            Stop::Broken => self.faults().filter(|at| *at < from).last(),
            Stop::Field => {
                let index = self.fields.partition_point(|at| *at < from);
                index.checked_sub(1).map(|last| self.fields[last])
            }
            Stop::Split => self.splits().take_while(|at| *at < from).last(),
        }
    }

    /// A limit that was in force. `None`: not known.
    #[must_use]
    pub fn limit(&self, guard: Guard) -> Option<u64> {
        side::acted(&self.facts, guard).or_else(|| self.limits.get(guard))
    }

    fn faults(&self) -> impl Iterator<Item = u64> {
        self.decisions.iter().filter(|decision| self.is_fault(decision)).map(|decision| decision.at)
    }

    /// Ends of reads that lie inside a token other than content, which may arrive in any number of reads.
    fn splits(&self) -> impl Iterator<Item = u64> {
        let end = self.range().end;
        let ends = self.chunks.iter().map(|chunk| chunk.range().end).filter(move |at| *at < end);
        ends.filter(|at| {
            let index = self.tokens.partition_point(|(token, _)| token.end <= *at);
            self.tokens.get(index).is_some_and(|(token, is_content)| token.start < *at && !is_content)
        })
    }

    /// The read with the last byte before `at`.
    fn chunk_before(&self, at: u64) -> Option<usize> {
        let index = self.chunks.partition_point(|chunk| chunk.range().end < at);
        (index < self.chunks.len() && at > self.range().start).then_some(index)
    }

    fn buffer(&self, at: u64, chunk: Option<usize>, now: &Instant) -> Buffer {
        let start = self.range().start;
        let offset = now.offset.clamp(start, at);
        let token = now
            .pending
            .as_ref()
            .map_or(0, |(_, range)| range.end.min(at).saturating_sub(range.start.max(offset)));
        let read = chunk.map_or(at, |index| self.chunks[index].range().end);
        let is_head = matches!(now.state, State::StartLine | State::Fields | State::Trailers);
        Buffer {
            done: offset - start,
            kept: at - offset - token,
            token,
            unread: read.saturating_sub(at),
            limit: self.limit(Guard::HeadBytes).filter(|_| is_head && !self.side.is_frames()),
        }
    }

    /// The timer that ran when a read arrived, which left the machine in `state`.
    fn timer(&self, chunk: usize, state: State) -> Option<Timer> {
        let now = self.chunks[chunk].at;
        let before = chunk.checked_sub(1).map_or(self.began, |before| self.chunks[before].until);
        let (guard, since) = self.side.timer(self.leg, state, self.began, before)?;
        let limit = self.limit(guard).map(|millis| millis.saturating_mul(1_000_000));
        Some(Timer { guard, ran: now.saturating_sub(since), limit })
    }
}

fn overlaps(one: &Range<u64>, other: &Range<u64>) -> bool {
    one.start < other.end && other.start < one.end
}

/// Stream offsets after complete field lines: line ends after a name.
fn fields(marks: &[Mark<Kind, Cause, HeadAt>]) -> Vec<u64> {
    use crate::http::SpanKind::{FieldName, LineEnd, TrailerName};
    let mut in_field = false;
    let mut found = Vec::new();
    for mark in marks {
        match mark.what {
            What::Token(Kind::Http(FieldName | TrailerName), _) => in_field = true,
            What::Token(Kind::Http(LineEnd), _) if std::mem::take(&mut in_field) => found.push(mark.at),
            _ => {}
        }
    }
    found
}

/// What the server recorded, each with the stream offset that had been read by then.
fn happened(
    facts: &Facts,
    marks: &[Mark<Kind, Cause, HeadAt>],
    chunks: &[Chunk],
    range: &Range<u64>,
) -> Vec<(u64, usize)> {
    let is_head = |mark: &&Mark<_, _, _>| matches!(mark.what, What::Head(_));
    let head = marks.iter().find(is_head).map(|mark| mark.at);
    let arrived = |time: Nanos| {
        let before = chunks.iter().take_while(|chunk| chunk.at <= time).last();
        before.map_or(range.start, |chunk| chunk.range().end.min(range.end))
    };
    let place = |(index, entry): (usize, &super::facts::TimelineEntry)| {
        let at = match entry.what {
            Happening::GuardsPassed
            | Happening::RateLimit(_)
            | Happening::Answered(_)
            | Happening::Routed(_)
            | Happening::Continue => head?,
            // What breaks off at a limit in bytes, the machine finds itself.
            Happening::Guard { kind, .. } if kind.facts().unit == GuardUnit::Millis => arrived(entry.at),
            _ => return None,
        };
        Some((at, index))
    };
    facts.timeline.iter().enumerate().filter_map(place).collect()
}
