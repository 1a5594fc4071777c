//! The place in a message, and the ways to move it. Knows no egui but the ids of what has the focus.

use crate::{
    base::stream::{ExchangeId, Nanos},
    explain::replay::{Group, Limits, Moment, Next, Replay, Side, Stop, groups},
    trace::Guard,
    ui::context::Context,
};

use super::super::{
    part::{Message, Part, Stream},
    resolved::ResolvedExchange,
    view::View,
};

/// A direction in which the place moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui::pages::traffic) enum Way {
    /// Towards the first byte.
    Previous,
    /// Towards the last byte.
    Next,
}

/// A speed of playing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Speed {
    /// A number of bytes a second.
    Bytes(u32),
    /// As the reads came, this many times as fast.
    Recorded(f64),
}

/// The speeds, with their names.
pub(super) const SPEEDS: [(&str, Speed); 7] = [
    ("4 bytes/s", Speed::Bytes(4)),
    ("20 bytes/s", Speed::Bytes(20)),
    ("100 bytes/s", Speed::Bytes(100)),
    ("10,000 bytes/s", Speed::Bytes(10_000)),
    ("1,000,000 bytes/s", Speed::Bytes(1_000_000)),
    ("As it came", Speed::Recorded(1.0)),
    ("10 times slower than it came", Speed::Recorded(0.1)),
];

/// What "Run until" can be about.
pub(super) const UNTIL: [Stop; 4] = [Stop::Decision, Stop::Broken, Stop::Field, Stop::Split];

/// What is shown at a place.
#[derive(Debug)]
pub(super) struct Shown {
    pub moment: Moment,
    /// What each byte would do if it came next.
    pub next: Vec<Next>,
    /// The verdicts, grouped.
    pub groups: Vec<Group>,
}

/// What is replayed: if it changes, the replay is made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Subject {
    exchange: ExchangeId,
    leg: Option<usize>,
    side: Side,
    explained: Nanos,
    is_live: bool,
}

/// The replay of the selected exchange.
#[derive(Debug, Default)]
pub(in crate::ui::pages::traffic) struct ReplayView {
    subject: Option<Subject>,
    replay: Option<Replay>,
    /// Stream offset after the last byte that is read.
    at: u64,
    /// Whether the place stays at the end while bytes arrive.
    pub(super) follows: bool,
    shown: Option<Shown>,
    /// What "Run until" is about, as an index into [`UNTIL`].
    pub(super) until: usize,
    /// The way in which the last run found nothing. `None`: it found something, or there was none.
    pub(super) found_nothing: Option<Way>,
    /// The speed, as an index into [`SPEEDS`].
    pub(super) speed: usize,
    /// The time of the last step of playing, and the part of a byte (or of a nanosecond) that is due. `None`: not
    /// playing.
    playing: Option<(Option<f64>, f64)>,
    /// Whether the frames of the server are replayed rather than those of the client.
    pub(super) server_frames: bool,
    /// Where a drag over the bytes began.
    pub(super) dragged_from: Option<u64>,
    /// Scroll to the place in the next frame.
    pub(super) reveal: bool,
    /// Ids of what may have the focus while keys move the place.
    pub(super) track_id: Option<egui::Id>,
    pub(super) bytes_id: Option<egui::Id>,
}

impl ReplayView {
    /// Follows the selection. The place stays where it is while a message grows, unless it is to follow; in another
    /// message it begins at the end of the marked part.
    pub(in crate::ui::pages::traffic) fn refresh(
        &mut self,
        resolved: &ResolvedExchange,
        view: &View,
        context: &Context<'_>,
    ) {
        let stream = view.stream(view.message, resolved);
        let side = match (view.shows_frames(resolved), view.message) {
            (true, _) if self.server_frames => Side::ServerFrames,
            (true, _) => Side::ClientFrames,
            (false, Message::Request) => Side::Request,
            (false, Message::Response) => Side::Response,
        };
        let leg = stream.leg.filter(|_| !side.is_frames());
        let exchange = resolved.detail().exchange.id;
        let is_live = context.opened.is_none();
        let subject = Subject { exchange, leg, side, explained: resolved.explained, is_live };
        if self.subject == Some(subject) {
            return;
        }
        // Without a replay there was no place yet.
        let before = self.subject.replace(subject).filter(|_| self.replay.is_some());
        let is_same =
            before.is_some_and(|before| Subject { explained: subject.explained, ..before } == subject);
        // What is in a file was served with other limits.
        let guards = &context.settings.guards;
        let limits = if is_live {
            Limits::new(Guard::ALL.map(|guard| (guard, guards[guard])))
        } else {
            Limits::default()
        };
        self.replay = Replay::new(&resolved.facts, leg, side, limits);
        self.shown = None;
        let Some(replay) = &self.replay else { return };
        let range = replay.range();
        if !is_same {
            // What is still arriving is followed.
            self.follows = resolved.in_flight();
            let marked = view.part_to_copy().filter(|part| part.stream == stream && !self.follows);
            self.at = marked.map_or(range.end, |part: &Part| part.range.end);
            (self.playing, self.found_nothing) = (None, None);
        } else if self.follows {
            self.at = range.end;
        }
        self.at = self.at.clamp(range.start, range.end);
        self.reveal = true;
    }

    /// Whether there is something to replay.
    pub(super) const fn is_ready(&self) -> bool {
        self.replay.is_some()
    }

    /// Why there is nothing to replay.
    pub(super) fn nothing_words(&self) -> String {
        let side = self.subject.map_or(Side::Request, |subject| subject.side);
        format!("There is no {} to replay, or its first bytes are missing.", side.facts().title)
    }

    /// The replay, and what is shown at its place. `None`: there is nothing to replay.
    pub(super) fn shown(&mut self) -> Option<(&Replay, &Shown)> {
        let replay = self.replay.as_ref()?;
        let at = self.at;
        let is_it = |shown: &Shown| shown.moment.at == at;
        if !self.shown.as_ref().is_some_and(is_it) {
            let next = replay.next_bytes(at);
            self.shown = Some(Shown { moment: replay.at(at), groups: groups(&next), next });
        }
        Some((replay, self.shown.as_ref()?))
    }

    /// The replay. `None`: there is nothing to replay.
    pub(super) const fn replay(&self) -> Option<&Replay> {
        self.replay.as_ref()
    }

    /// Stream offset after the last byte that is read.
    pub(super) const fn at(&self) -> u64 {
        self.at
    }

    /// Number of bytes that arrived after the place.
    pub(super) fn behind(&self) -> u64 {
        self.replay.as_ref().map_or(0, |replay| replay.range().end.saturating_sub(self.at))
    }

    /// Goes to a place, which ends playing.
    pub(super) fn go_to(&mut self, at: u64) {
        self.playing = None;
        self.move_to(at);
        self.follows = false;
    }

    fn move_to(&mut self, at: u64) {
        if let Some(replay) = &self.replay {
            let range = replay.range();
            self.at = at.clamp(range.start, range.end);
            self.found_nothing = None;
            self.reveal = true;
        }
    }

    /// Goes to the next or the previous stop.
    pub(super) fn step(&mut self, stop: Stop, way: Way) {
        let Some(replay) = &self.replay else { return };
        let found = match way {
            Way::Next => replay.next(stop, self.at),
            Way::Previous => replay.previous(stop, self.at),
        };
        match found {
            Some(at) => self.go_to(at),
            None => self.found_nothing = Some(way).filter(|_| UNTIL.contains(&stop)),
        }
    }

    /// Goes on, or back, to what "Run until" is about.
    pub(super) fn run(&mut self, way: Way) {
        self.step(UNTIL[self.until], way);
    }

    /// Goes to the first or the last byte.
    pub(super) fn go_to_end(&mut self, way: Way) {
        self.go_to(if way == Way::Next { u64::MAX } else { 0 });
    }

    /// Goes to the last byte, and stays at the end as more arrive.
    pub(super) fn catch_up(&mut self) {
        self.go_to_end(Way::Next);
        self.follows = true;
    }

    pub(super) const fn is_playing(&self) -> bool {
        self.playing.is_some()
    }

    /// Begins to play, from the beginning if the place is at the end; or stops.
    pub(super) fn toggle_playing(&mut self) {
        if self.playing.take().is_none() {
            if self.behind() == 0 {
                self.go_to_end(Way::Previous);
            }
            (self.playing, self.follows) = (Some((None, 0.0)), false);
        }
    }

    /// Plays on until `now`, in seconds.
    pub(super) fn play_on(&mut self, now: f64) {
        let (Some((last, due)), Some(replay)) = (self.playing, &self.replay) else { return };
        let Some(last) = last else {
            self.playing = Some((Some(now), due));
            return;
        };
        let passed = (now - last).max(0.0);
        let (at, due) = match SPEEDS[self.speed].1 {
            Speed::Bytes(rate) => {
                let due = due + passed * f64::from(rate);
                (self.at.saturating_add(due as u64), due.fract())
            }
            Speed::Recorded(factor) => recorded(replay, self.at, due + passed * factor * 1e9),
        };
        let is_over = at >= replay.range().end;
        if at != self.at {
            self.move_to(at);
        }
        self.playing = (!is_over).then_some((Some(now), due));
    }
}

/// The place after so many nanoseconds from `at` on, as the reads came, and the nanoseconds that are left over.
fn recorded(replay: &Replay, at: u64, mut nanos: f64) -> (u64, f64) {
    let chunks = replay.chunks();
    let mut next = chunks.partition_point(|chunk| chunk.range().end <= at);
    let mut place = at;
    while let Some(chunk) = chunks.get(next) {
        let before = next.checked_sub(1).map_or(chunk.at, |before| chunks[before].at);
        #[allow(clippy::cast_precision_loss, reason = "a time to wait")]
        let wait = chunk.at.saturating_sub(before) as f64;
        if nanos < wait {
            break;
        }
        nanos -= wait;
        place = chunk.range().end;
        next += 1;
    }
    (place, nanos)
}

/// The stream that a replay goes through.
pub(super) const fn stream_of(replay: &Replay) -> Stream {
    let message = match replay.side() {
        Side::Request | Side::ClientFrames => Message::Request,
        Side::Response | Side::ServerFrames => Message::Response,
    };
    Stream { leg: replay.leg(), message }
}
