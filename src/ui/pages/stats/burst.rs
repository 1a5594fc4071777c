//! The exchanges that the waterfall shows: a burst, by connection. Knows no egui.

use std::ops::Range;

use crate::{
    base::stream::{ExchangeId, Nanos},
    capture::LockedCapture,
    filter::{Filter, FlagKey, Subject as _, Verdict},
    list::Listing,
    stats::{
        Burst,
        waterfall::{Bar, Course, Lane, Piece, Waterfall, lay_out},
    },
    store::{Heading, Outcome, Summary},
    words,
};

/// Exchanges before the burst that are asked when they ended, since its own may have waited for them.
const BEFORE: u64 = 256;
/// Characters of a label at most.
const LABEL_CHARS: usize = 40;
/// Characters of a method and a target in a name.
const NAME_CHARS: usize = 80;

/// What is said of a bar.
#[derive(Clone, Debug, Default)]
pub(super) struct BarWords {
    /// What stands below it: the last part of the path.
    pub label: String,
    /// The accessible name and the tooltip, without times.
    pub name: String,
    /// Whether it was refused, cut off, or answered with 400 and above.
    pub is_error: bool,
}

/// What is said of a lane.
#[derive(Clone, Debug, Default)]
pub(super) struct LaneWords {
    /// How the connection was used.
    pub about: String,
    /// What is said of each bar.
    pub bars: Vec<BarWords>,
}

/// The burst that is laid out.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// The first exchange of the burst. `None`: the latest burst.
    chosen: Option<ExchangeId>,
    /// A step to another burst that the next refresh makes. `None`: it stays.
    step: Option<BurstStep>,
    /// The position of the burst and the number of bursts.
    pub place: (usize, usize),
    /// Exchanges of the burst, and how many of them the filter lets pass.
    pub counts: (u64, u64),
    pub waterfall: Waterfall,
    /// The lanes in sight.
    seen: Range<usize>,
    /// What is said of the lanes in sight.
    words: Vec<LaneWords>,
    /// The first exchange in words.
    pub title: String,
    /// Whether one of the exchanges goes on.
    is_running: bool,
    is_due: bool,
}

/// A step from one burst to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BurstStep {
    Earlier,
    Later,
    Latest,
}

impl Shown {
    /// Whether a refresh is asked for.
    pub(super) const fn is_due(&self) -> bool {
        self.is_due
    }

    /// Whether one of the exchanges goes on.
    pub(super) const fn is_running(&self) -> bool {
        self.is_running
    }

    /// What is said of a lane. `None`: it was not in sight when the burst was laid out.
    pub(super) fn words(&self, lane: usize) -> Option<&LaneWords> {
        self.words.get(lane.checked_sub(self.seen.start)?)
    }

    /// Takes in which lanes are in sight.
    pub(super) fn see(&mut self, seen: Range<usize>) {
        self.is_due |= self.seen != seen;
        self.seen = seen;
    }

    /// Whether a step leads to another burst.
    pub(super) const fn can(&self, step: BurstStep) -> bool {
        let (at, count) = self.place;
        match step {
            BurstStep::Earlier => at > 0,
            BurstStep::Later | BurstStep::Latest => at + 1 < count,
        }
    }

    /// Goes to another burst.
    pub(super) const fn go(&mut self, step: BurstStep) {
        (self.step, self.is_due) = (Some(step), true);
    }

    /// Lays the burst out anew.
    pub(super) fn refresh(
        &mut self,
        store: &LockedCapture<'_>,
        filter: &Filter,
        listing: &Listing,
        now: Nanos,
    ) {
        self.is_due = false;
        let bursts = store.bursts();
        let latest = bursts.len().saturating_sub(1);
        let at = self.chosen.and_then(|id| bursts.of(id)).map_or(latest, |(index, _)| index);
        let at = match self.step.take() {
            Some(BurstStep::Earlier) => at.saturating_sub(1),
            Some(BurstStep::Later) => (at + 1).min(latest),
            Some(BurstStep::Latest) => latest,
            None => at,
        };
        let Some(burst) = bursts.at(at) else {
            *self = Self { seen: self.seen.clone(), ..Self::default() };
            return;
        };
        // The latest one is followed.
        self.chosen = (at < latest).then_some(burst.first);
        self.place = (at, bursts.len());
        self.lay_out(store, burst, now, |row| match filter.judge(row) {
            Verdict::Unknown => listing.has(row.id),
            verdict => verdict == Verdict::Passes,
        });
        self.name(store);
    }

    fn lay_out(
        &mut self,
        store: &LockedCapture<'_>,
        burst: Burst,
        now: Nanos,
        passes: impl Fn(&Summary<'_>) -> bool,
    ) {
        let from = ExchangeId::new(burst.first.get().saturating_sub(BEFORE)).unwrap_or_default();
        let mut pieces = Vec::new();
        (self.is_running, self.counts) = (false, (0, 0));
        self.title.clear();
        for row in store.summaries_from(from).take_while(|row| row.id <= burst.last) {
            if row.id >= burst.first {
                self.counts.0 += 1;
                if !passes(&row) {
                    continue;
                }
                self.counts.1 += 1;
                self.is_running |= !row.outcome.ended();
                if self.title.is_empty() {
                    self.title = title(&row, LABEL_CHARS);
                }
            }
            pieces.push(piece(&row, now));
        }
        self.waterfall = lay_out(pieces.into_iter(), burst.first);
    }

    /// Finds the words for the lanes in sight.
    fn name(&mut self, store: &LockedCapture<'_>) {
        let end = self.seen.end.min(self.waterfall.lanes.len());
        let lanes = self.waterfall.lanes.get(self.seen.start.min(end)..end).unwrap_or_default();
        let bar = |bar: &Bar| store.summary(bar.id).map_or_else(BarWords::default, |row| bar_words(&row));
        let lane = |lane: &Lane| LaneWords {
            about: store.heading(lane.conn).map_or_else(String::new, |heading| about(store, &heading)),
            bars: lane.bars.iter().map(bar).collect(),
        };
        self.words = lanes.iter().map(lane).collect();
    }
}

fn piece(row: &Summary<'_>, now: Nanos) -> Piece {
    let course = if row.frames.is_some() {
        Course::Tunnel
    } else if row.outcome == Outcome::Aborted {
        Course::Cut
    } else {
        Course::Response
    };
    let end = if row.outcome.ended() { row.latest } else { now.max(row.latest) };
    let answered = row.waited.map(|waited| row.began + waited);
    Piece { id: row.id, conn: row.conn, began: row.began, answered, end, course }
}

/// The method and the target of an exchange, in at most so many characters.
fn title(row: &Summary<'_>, most: usize) -> String {
    if row.target.is_empty() {
        return format!("exchange {}", row.id);
    }
    words::shortened(&format!("{} {}", row.method, row.target), most)
}

fn bar_words(row: &Summary<'_>) -> BarWords {
    let status = row.status.map_or_else(|| "no response".to_owned(), |status| status.0.to_string());
    let frames = |frames| format!(" · {}", words::plural(frames, "frame"));
    let frames = row.frames.map_or_else(String::new, |counts| frames(counts.frames));
    let upstream = row.backend.shown();
    let to = if upstream.is_empty() { String::new() } else { format!(" → {upstream}") };
    let path = row.target.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(path);
    let label = match (row.target.is_empty(), row.method) {
        (true, _) => "head incomplete".to_owned(),
        (false, "GET") if last != path => format!("{last}{to}{frames}"),
        (false, method) => format!("{method} {last}{to}{frames}"),
    };
    let going_on = if row.outcome.ended() { "" } else { ", goes on" };
    let what = if row.target.is_empty() { String::new() } else { title(row, NAME_CHARS) + " " };
    BarWords {
        label: words::shortened(&label, LABEL_CHARS),
        name: format!("exchange {} {what}{status}{to}{frames}{going_on}", row.id),
        is_error: row.flag(FlagKey::Error),
    }
}

/// How a connection was used.
fn about(store: &LockedCapture<'_>, heading: &Heading) -> String {
    let last = heading.last.and_then(|id| store.summary(id));
    if let Some(frames) = last.and_then(|row| row.frames) {
        return format!("WebSocket, {}", words::plural(frames.frames, "frame"));
    }
    let mut parts = vec![match heading.exchange_count {
        0 | 1 => "1 exchange".to_owned(),
        count => format!("kept alive, {} exchanges", words::count(count)),
    }];
    if heading.pipelined > 1 {
        parts.push(format!("pipelined ×{}", heading.pipelined));
    }
    if let Some((_, reason)) = heading.closed {
        parts.push(reason.short_words().to_owned());
    }
    parts.join(" · ")
}
