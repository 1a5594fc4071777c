//! The timeline of an exchange as numbers: reads, stages and writes on a common time axis. Knows no egui.

use std::ops::Range;

use crate::{
    base::stream::{Direction, Nanos},
    explain::{Facts, facts::Band, timeline},
    store::Chunk,
    wire::SpanRole,
    words,
};

use super::part::Part;

/// The activity that a time span shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activity {
    /// One or several reads.
    Read,
    /// A step of the server.
    Stage(Band),
    /// One or several writes.
    Write,
}

/// A span of time.
#[derive(Clone, Debug)]
pub(super) struct TimeSpan {
    /// The activity.
    pub activity: Activity,
    /// The label of a wide block.
    pub label: String,
    /// The label of a narrow block. May be empty.
    pub short: &'static str,
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
    /// The reads.
    pub reads: Vec<TimeSpan>,
    /// The steps of the server.
    pub stages: Vec<TimeSpan>,
    /// The writes.
    pub writes: Vec<TimeSpan>,
    /// The whole time, in nanoseconds.
    pub total: u64,
}

/// Maximum number of blocks in a lane of reads or writes; beyond it, neighbours in time share a block.
const BLOCKS_MAX: usize = 20;

impl Bands {
    /// The timeline of an exchange, from the first byte to the latest event.
    #[must_use]
    pub(super) fn new(facts: &Facts) -> Self {
        let detail = &facts.detail;
        let chunks = detail.reads.iter().chain(&detail.writes);
        let began = detail.exchange.began;
        let last = chunks.map(|chunk| chunk.at).chain([detail.exchange.latest]).max().unwrap_or(began);
        let total = last.saturating_sub(began);
        let clock = Clock { began, total };
        Self {
            reads: clock.chunks(&detail.reads, Direction::Received),
            stages: clock.stages(facts),
            writes: clock.chunks(&detail.writes, Direction::Sent),
            total,
        }
    }
}

struct Clock {
    began: Nanos,
    total: u64,
}

impl Clock {
    /// `at` as a fraction of the whole time.
    fn fraction(&self, at: Nanos) -> f32 {
        (at.saturating_sub(self.began) as f64 / self.total.max(1) as f64).clamp(0.0, 1.0) as f32
    }

    fn chunks(&self, chunks: &[Chunk], direction: Direction) -> Vec<TimeSpan> {
        let (what, activity) = match direction {
            Direction::Received => ("read", Activity::Read),
            Direction::Sent => ("write", Activity::Write),
        };
        let mut groups: Vec<&[Chunk]> = if chunks.len() <= BLOCKS_MAX {
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
                short: "",
                name: format!("{name}: {} after {after}", words::plural(len, "byte")),
                time: self.fraction(first.at)..self.fraction(last.at),
                part: Some(Part { direction, range: first.offset..last.range().end }),
            })
        };
        groups.into_iter().filter_map(span).collect()
    }

    fn stages(&self, facts: &Facts) -> Vec<TimeSpan> {
        let exchange = &facts.detail.exchange;
        let part = |roles: &[SpanRole]| {
            let mut leaves = facts.request.own_leaves().filter(|leaf| roles.contains(&leaf.span.kind.role()));
            let first = leaves.next()?;
            let last = leaves.last().unwrap_or(first);
            Some(Part { direction: Direction::Received, range: first.span.range.start..last.span.range.end })
        };
        let mut from = self.began;
        let mut spans = Vec::new();
        for entry in &facts.timeline {
            let Some(band) = entry.band else { continue };
            let to = entry.at.max(from);
            let (what, part) = match band {
                Band::Line => (
                    "line",
                    part(&[SpanRole::Method, SpanRole::Target, SpanRole::Version, SpanRole::Message]),
                ),
                Band::Fields => ("headers", part(&[SpanRole::Name, SpanRole::Value])),
                Band::Body => ("body", part(&[SpanRole::Content, SpanRole::Framing, SpanRole::Trailer])),
                Band::Route => ("route", None),
                Band::Middleware => ("middleware", None),
                Band::Response => {
                    let range = exchange.response.clone();
                    ("response", range.map(|range| Part { direction: Direction::Sent, range }))
                }
            };
            let label = match band {
                Band::Body => format!("body {}", words::size(exchange.request_content)),
                _ => what.to_owned(),
            };
            let short = match band {
                Band::Route => "R",
                Band::Middleware => "MW",
                _ => what,
            };
            let name = format!("{}: took {}", timeline::words(entry, exchange), words::duration(to - from));
            spans.push(TimeSpan {
                activity: Activity::Stage(band),
                label,
                short,
                name,
                time: self.fraction(from)..self.fraction(to),
                part,
            });
            from = to;
        }
        spans
    }
}
