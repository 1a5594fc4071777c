//! The timeline of an exchange as numbers: reads, steps and writes on a common time axis. Knows no egui.

use std::ops::Range;

use crate::{
    base::stream::{Direction, Nanos},
    explain::{
        Facts,
        facts::{Band, Measured},
    },
    store::Chunk,
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
    /// No step is under way.
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

/// A span of time, or a moment.
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
    /// Beginning and end. Empty: a moment.
    pub time: Range<Nanos>,
    /// The bytes that belong to the span. `None`: it has no bytes.
    pub part: Option<Part>,
}

/// The timeline of an exchange.
#[derive(Clone, Debug)]
pub(super) struct Bands {
    /// The lanes: three, or five if the exchange was passed on.
    pub lanes: Vec<Lane>,
    /// The beginning of the axis.
    pub began: Nanos,
    /// The whole time, in nanoseconds.
    pub total: u64,
}

/// Maximum number of blocks in a lane of reads or writes; beyond it, neighbours in time share a block.
const BLOCKS_MAX: usize = 40;

impl Bands {
    /// The timeline of an exchange, from the arrival of its first byte to the latest event.
    #[must_use]
    pub(super) fn new(facts: &Facts) -> Self {
        let detail = &facts.detail;
        let legs = &detail.upstream;
        let upstream = legs.iter().flat_map(|leg| leg.reads.iter().chain(&leg.writes));
        let chunks = detail.reads.iter().chain(&detail.writes).chain(upstream);
        let began = detail.exchange.began;
        // The connection to a backend goes on after the exchange.
        let ended = detail.exchange.outcome.ended().then_some(detail.exchange.latest);
        let times = chunks.map(|chunk| chunk.until.min(ended.unwrap_or(chunk.until)));
        let last = times.chain([detail.exchange.latest]).max().unwrap_or(began);
        let clock = Clock { began, ended: last };
        let lane = |kind, spans| Lane { kind, spans };
        let mut lanes = vec![
            lane(LaneKind::Arriving, clock.chunks(&detail.reads, Stream::REQUEST)),
            lane(LaneKind::Stages, clock.with_waiting(clock.stages(facts))),
        ];
        if !legs.is_empty() {
            lanes.push(lane(LaneKind::SentOn, clock.sent_on(facts)));
            let came_back = legs.iter().enumerate().flat_map(|(index, leg)| {
                clock.chunks(&leg.reads, Stream { leg: Some(index), message: Message::Response })
            });
            lanes.push(lane(LaneKind::CameBack, came_back.collect()));
        }
        lanes.push(lane(LaneKind::Leaving, clock.chunks(&detail.writes, Stream::RESPONSE)));
        Self { lanes, began, total: last.saturating_sub(began) }
    }

    /// `time` as fractions of the whole time.
    #[must_use]
    pub(super) fn fractions(&self, time: &Range<Nanos>) -> Range<f64> {
        let fraction =
            |at: Nanos| (at.saturating_sub(self.began) as f64 / self.total.max(1) as f64).clamp(0.0, 1.0);
        fraction(time.start)..fraction(time.end)
    }
}

/// The whole time of the axis.
pub(super) struct Clock {
    pub(super) began: Nanos,
    pub(super) ended: Nanos,
}

impl Clock {
    pub(super) fn chunks(&self, chunks: &[Chunk], stream: Stream) -> Vec<TimeSpan> {
        let (what, activity) = match stream.direction() {
            Direction::Received => ("read", Activity::Read),
            Direction::Sent => ("write", Activity::Write),
        };
        let total = self.ended.saturating_sub(self.began).max(1);
        let slot = |chunk: &Chunk| {
            u128::from(chunk.at.saturating_sub(self.began)) * (BLOCKS_MAX as u128 - 1) / u128::from(total)
        };
        let groups: Vec<&[Chunk]> = if chunks.len() <= BLOCKS_MAX {
            chunks.chunks(1).collect()
        } else {
            chunks.chunk_by(|a, b| slot(a) == slot(b)).collect()
        };
        let span = |group: &[Chunk]| {
            let (first, last) = (group.first()?, group.last()?);
            let last_number = (last.number + u64::from(last.count)).saturating_sub(1).max(first.number);
            let several = last_number > first.number;
            let name = if several {
                format!("{what}s {} to {last_number}", first.number)
            } else {
                format!("{what} {}", first.number)
            };
            let len: u64 = group.iter().map(|chunk| chunk.len).sum();
            let time = first.at..last.until.max(first.at);
            let after = self.after(first.at);
            let over = match words::duration(time.end - time.start) {
                over if several => format!(", over {over}"),
                _ => String::new(),
            };
            Some(TimeSpan {
                activity,
                label: format!("{name} · {}", words::size(len)),
                short: name.clone(),
                name: format!("{name}: {} after {after}{over}", words::plural(len, "byte")),
                time,
                part: Some(Part { stream, range: first.offset..last.range().end }),
            })
        };
        groups.into_iter().filter_map(span).collect()
    }

    /// How long after the beginning of the axis `at` is.
    pub(super) fn after(&self, at: Nanos) -> String {
        words::duration(at.saturating_sub(self.began))
    }

    /// The steps, and between them the time in which none was under way.
    fn with_waiting(&self, spans: Vec<TimeSpan>) -> Vec<TimeSpan> {
        let mut all = Vec::with_capacity(2 * spans.len() + 1);
        let mut end = self.began;
        for span in spans {
            if span.time.start > end {
                all.push(waiting(end..span.time.start, Some(&span)));
            }
            end = end.max(span.time.end);
            all.push(span);
        }
        if self.ended > end {
            all.push(waiting(end..self.ended, None));
        }
        all
    }
}

/// The time before `next`, in which no step was under way. `None`: the exchange ended, or goes on.
fn waiting(time: Range<Nanos>, next: Option<&TimeSpan>) -> TimeSpan {
    let took = words::duration(time.end - time.start);
    let why = match next.map(|next| (next.activity, next)) {
        Some((Activity::Stage(Band::Line | Band::Fields | Band::Body), next)) => {
            format!("for the client: {took}, then came the {}", next.short)
        }
        Some((Activity::Stage(Band::Response), _)) => format!("{took} until the response was written"),
        Some((_, next)) => format!("{took} until the next step: {}", next.label),
        None => format!("{took}; no step is known after it"),
    };
    TimeSpan {
        activity: Activity::Waiting,
        label: format!("waiting · {took}"),
        short: "waiting".to_owned(),
        name: format!("Waiting {why}"),
        time,
        part: None,
    }
}

/// How long a step took: so long, or the moment at which it was.
pub(super) fn took(clock: &Clock, step: &Measured) -> String {
    let time = &step.time;
    if time.start == time.end {
        return format!("at {}", clock.after(time.start));
    }
    format!("took {}", words::duration(time.end - time.start))
}
