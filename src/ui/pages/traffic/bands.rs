//! The timeline of an exchange as numbers: reads, stages and writes on a common time axis. Knows no egui.

use std::ops::Range;

use crate::{
    base::stream::{Direction, Nanos},
    explain::{
        Facts,
        facts::{Band, TimelineEntry},
        timeline,
    },
    store::Chunk,
    wire::SpanRole,
    words,
};

use super::part::{Message, Part, Stream};

/// The activity that a time span shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activity {
    /// One or several reads.
    Read,
    /// A step of the server.
    Stage(Band),
    /// The choice of a backend.
    Pick,
    /// A connection to a backend is made.
    Connect,
    /// The request is sent on.
    SendingOn,
    /// Nothing has come back yet.
    Waiting,
    /// One or several writes.
    Write,
}

/// What a lane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LaneKind {
    /// The reads from the client.
    Arriving,
    /// The steps of the server.
    Stages,
    /// The writes to backends.
    SentOn,
    /// The reads from backends.
    CameBack,
    /// The writes to the client.
    Leaving,
}

/// A lane: what happened at one place, in order of time.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    /// The place.
    pub kind: LaneKind,
    /// What happened.
    pub spans: Vec<TimeSpan>,
}

/// A span of time.
#[derive(Clone, Debug)]
pub(super) struct TimeSpan {
    /// The activity.
    pub activity: Activity,
    /// The label of a wide block.
    pub label: String,
    /// The label of a narrow block. May be empty.
    pub short: String,
    /// The full description.
    pub name: String,
    /// Beginning and end as fractions of the whole time, 0 to 1.
    pub time: Range<f32>,
    /// The bytes that belong to the span. `None`: it has no bytes.
    pub part: Option<Part>,
}

/// The timeline of an exchange.
#[derive(Clone, Debug, Default)]
pub(super) struct Bands {
    /// The lanes: three, or five if the exchange was passed on.
    pub lanes: Vec<Lane>,
    /// The whole time, in nanoseconds.
    pub total: u64,
}

/// Maximum number of blocks in a lane of reads or writes; beyond it, neighbours in time share a block.
const BLOCKS_MAX: usize = 20;

/// The share of the whole time within which neighbours in a lane share a block, if there are several legs.
const NEAR: f32 = 0.04;

impl Bands {
    /// The timeline of an exchange, from the first byte to the latest event.
    #[must_use]
    pub(super) fn new(facts: &Facts) -> Self {
        let detail = &facts.detail;
        let legs = &detail.upstream;
        let upstream = legs.iter().flat_map(|leg| leg.reads.iter().chain(&leg.writes));
        let chunks = detail.reads.iter().chain(&detail.writes).chain(upstream);
        let began = detail.exchange.began;
        // The connection to a backend goes on after the exchange.
        let ended = detail.exchange.outcome.ended().then_some(detail.exchange.latest);
        let times = chunks.map(|chunk| chunk.at.min(ended.unwrap_or(chunk.at)));
        let last = times.chain([detail.exchange.latest]).max().unwrap_or(began);
        let total = last.saturating_sub(began);
        let clock = Clock { began, total, merges: !legs.is_empty() };
        let lane = |kind, spans| Lane { kind, spans };
        let mut lanes = vec![
            lane(LaneKind::Arriving, clock.chunks(&detail.reads, Stream::REQUEST)),
            lane(LaneKind::Stages, clock.stages(facts)),
        ];
        if !legs.is_empty() {
            lanes.push(lane(LaneKind::SentOn, clock.sent_on(facts)));
            let came_back = legs.iter().enumerate().flat_map(|(index, leg)| {
                clock.chunks(&leg.reads, Stream { leg: Some(index), message: Message::Response })
            });
            lanes.push(lane(LaneKind::CameBack, came_back.collect()));
        }
        lanes.push(lane(LaneKind::Leaving, clock.chunks(&detail.writes, Stream::RESPONSE)));
        Self { lanes, total }
    }
}

/// Places times on the axis.
pub(super) struct Clock {
    pub(super) began: Nanos,
    total: u64,
    /// Whether neighbours in time share a block, so that the blocks of several lanes stand at their times.
    merges: bool,
}

impl Clock {
    /// `at` as a fraction of the whole time.
    pub(super) fn fraction(&self, at: Nanos) -> f32 {
        (at.saturating_sub(self.began) as f64 / self.total.max(1) as f64).clamp(0.0, 1.0) as f32
    }

    pub(super) fn chunks(&self, chunks: &[Chunk], stream: Stream) -> Vec<TimeSpan> {
        let (what, activity) = match stream.direction() {
            Direction::Received => ("read", Activity::Read),
            Direction::Sent => ("write", Activity::Write),
        };
        let mut groups: Vec<&[Chunk]> = if self.merges {
            let near = |a: &Chunk, b: &Chunk| self.fraction(b.at) - self.fraction(a.at) < NEAR;
            chunks.chunk_by(near).collect()
        } else if chunks.len() <= BLOCKS_MAX {
            chunks.chunks(1).collect()
        } else {
            let slot = |chunk: &Chunk| (self.fraction(chunk.at) * (BLOCKS_MAX - 1) as f32) as usize;
            chunks.chunk_by(|a, b| slot(a) == slot(b)).collect()
        };
        groups.retain(|group| !group.is_empty());
        let span = |group: &[Chunk]| {
            let (first, last) = (group.first()?, group.last()?);
            let last_number = last.number + last.count.max(1) - 1;
            let name = if last_number > first.number {
                format!("{what}s {} to {last_number}", first.number)
            } else {
                format!("{what} {}", first.number)
            };
            let len: u64 = group.iter().map(|chunk| chunk.len).sum();
            let after = words::duration(first.at.saturating_sub(self.began));
            Some(TimeSpan {
                activity,
                label: format!("{name} · {}", words::size(len)),
                short: String::new(),
                name: format!("{name}: {} after {after}", words::plural(len, "byte")),
                time: self.fraction(first.at)..self.fraction(last.at),
                part: Some(Part { stream, range: first.offset..last.range().end }),
            })
        };
        groups.into_iter().filter_map(span).collect()
    }

    fn stages(&self, facts: &Facts) -> Vec<TimeSpan> {
        if !facts.detail.upstream.is_empty() {
            return self.stages_of_both(facts);
        }
        let mut from = self.began;
        let banded = facts.timeline.iter().filter_map(|entry| Some((entry, entry.band?)));
        banded.map(|(entry, band)| self.stage(facts, (entry, band), &mut from)).collect()
    }

    /// A step of the server, from `from` on, which is then its end.
    pub(super) fn stage(
        &self,
        facts: &Facts,
        (entry, band): (&TimelineEntry, Band),
        from: &mut Nanos,
    ) -> TimeSpan {
        let exchange = &facts.detail.exchange;
        let part = |roles: &[SpanRole]| {
            let mut leaves = facts.request.own_leaves().filter(|leaf| roles.contains(&leaf.span.kind.role()));
            let first = leaves.next()?;
            let last = leaves.last().unwrap_or(first);
            Some(Part { stream: Stream::REQUEST, range: first.span.range.start..last.span.range.end })
        };
        let (what, part) = match band {
            Band::Line => {
                ("line", part(&[SpanRole::Method, SpanRole::Target, SpanRole::Version, SpanRole::Message]))
            }
            Band::Fields => ("headers", part(&[SpanRole::Name, SpanRole::Value])),
            Band::Body => ("body", part(&[SpanRole::Content, SpanRole::Framing, SpanRole::Trailer])),
            Band::Route => ("route", None),
            Band::Middleware => ("middleware", None),
            Band::Response => {
                let range = exchange.response.clone();
                ("response", range.map(|range| Part { stream: Stream::RESPONSE, range }))
            }
        };
        let label = match band {
            Band::Body => format!("body {}", words::size(exchange.request_content)),
            _ => what.to_owned(),
        };
        let short = match band {
            Band::Route => "R".to_owned(),
            Band::Middleware => "MW".to_owned(),
            _ => what.to_owned(),
        };
        let to = entry.at.max(*from);
        let name = format!("{}: took {}", timeline::words(entry, exchange), words::duration(to - *from));
        let time = self.fraction(*from)..self.fraction(to);
        *from = to;
        TimeSpan { activity: Activity::Stage(band), label, short, name, time, part }
    }
}
