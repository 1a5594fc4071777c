//! The selected exchange and everything derived from its facts. Made when an exchange is selected or has
//! changed, and kept until then. Knows no egui.

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use crate::{
    base::stream::{Direction, Nanos},
    explain::{
        Facts,
        facts::{Decider, Leaf, StreamFacts},
        timeline,
        viewers::{self, Preview},
    },
    http::SpanKind,
    store::{Chunk, Detail},
    trace::Severity,
    ui::widgets::byte_view::{Lines, Mode, Source},
};

use super::{bands::Bands, outline::Outline, part::Part};

/// Tree and lines of one direction of the exchange.
#[derive(Debug, Default)]
pub(super) struct StreamView {
    /// The message as a tree.
    pub outline: Outline,
    lines: Option<(Mode, Lines)>,
}

/// A row of the stage list, in words.
#[derive(Clone, Debug)]
pub(super) struct StageRow {
    /// Nanoseconds since [`Facts::origin`].
    pub since: u64,
    /// The event, in words.
    pub words: String,
    /// Severity of the event.
    pub severity: Severity,
}

/// A note, in words.
#[derive(Clone, Debug)]
pub(super) struct NoteRow {
    /// Severity of the note.
    pub severity: Severity,
    /// The sentence.
    pub sentence: String,
    /// The clause of the specification. Empty: no clause.
    pub section: &'static str,
    /// The request bytes that the note refers to. `None`: it refers to no bytes.
    pub range: Option<Range<u64>>,
}

/// The selected exchange, explained.
#[derive(Debug)]
pub(super) struct ResolvedExchange {
    /// The facts about the exchange.
    pub facts: Arc<Facts>,
    /// Tree and lines of each direction, in the order of [`Direction::ALL`].
    streams: [StreamView; 2],
    /// The arranged bytes of an upstream leg: its index, direction and mode. `None`: not arranged yet.
    pub leg_lines: Option<((usize, Direction, Mode), Lines)>,
    /// The stage list.
    pub stages: Vec<StageRow>,
    /// The notes.
    pub notes: Vec<NoteRow>,
    /// The timeline.
    pub bands: Bands,
    /// The response body for reading.
    pub preview: Preview,
    /// The time at which the exchange was explained.
    pub explained: Nanos,
}

impl ResolvedExchange {
    /// Explains `detail`. `toggled` are the folds of the trees.
    #[must_use]
    pub(super) fn new(detail: Detail, toggled: &BTreeSet<String>, now: Nanos) -> Self {
        let facts = Facts::new(detail);
        let outline = |direction| Outline::new(facts.tree(direction), toggled);
        let stages = facts.timeline.iter().map(|entry| StageRow {
            since: entry.since,
            words: timeline::words(entry, &facts.detail.exchange),
            severity: entry.severity,
        });
        let notes = facts.notes.iter().map(|note| NoteRow {
            severity: note.severity,
            sentence: note.sentence(),
            section: note.section(),
            range: note.range.clone(),
        });
        Self {
            streams: Direction::ALL.map(|direction| StreamView { outline: outline(direction), lines: None }),
            leg_lines: None,
            stages: stages.collect(),
            notes: notes.collect(),
            bands: Bands::new(&facts),
            preview: viewers::preview(&facts.response),
            explained: now,
            facts: Arc::new(facts),
        }
    }

    /// The exchange as the capture has it.
    #[must_use]
    pub(super) fn detail(&self) -> &Detail {
        &self.facts.detail
    }

    /// Tree and lines of one direction.
    #[must_use]
    pub(super) fn stream(&self, direction: Direction) -> &StreamView {
        &self.streams[direction.index()]
    }

    /// Tree and lines of one direction, to change the folds.
    pub(super) fn stream_mut(&mut self, direction: Direction) -> &mut StreamView {
        &mut self.streams[direction.index()]
    }

    /// The reads or the writes.
    #[must_use]
    pub(super) fn chunks(&self, direction: Direction) -> &[Chunk] {
        match direction {
            Direction::Received => &self.facts.detail.reads,
            Direction::Sent => &self.facts.detail.writes,
        }
    }

    /// Arranges the lines of one direction for `mode`, unless they already are.
    pub(super) fn arrange(&mut self, direction: Direction, mode: Mode) {
        let facts = Arc::clone(&self.facts);
        let stream = facts.stream(direction);
        let chunks = self.chunks(direction);
        if self.stream(direction).lines.as_ref().is_none_or(|(arranged, _)| *arranged != mode) {
            let lines = Lines::new(&Source::new(chunks, stream), mode);
            self.stream_mut(direction).lines = Some((mode, lines));
        }
    }

    /// The facts and the chunks of one direction of an upstream leg: of its request ([`Direction::Sent`]) or of
    /// its response. `None`: there is no such leg, or its protocol is not explained.
    #[must_use]
    pub(super) fn leg(&self, index: usize, direction: Direction) -> Option<(&StreamFacts, &[Chunk])> {
        let (facts, leg) = (self.facts.upstream.get(index)?, self.detail().upstream.get(index)?);
        Some(match direction {
            Direction::Sent => (&facts.request, &leg.writes),
            Direction::Received => (&facts.response, &leg.reads),
        })
    }

    /// Arranges the lines of one direction of an upstream leg for `mode`, unless they already are.
    pub(super) fn arrange_leg(&mut self, index: usize, direction: Direction, mode: Mode) {
        let wanted = (index, direction, mode);
        if self.leg_lines.as_ref().is_none_or(|(arranged, _)| *arranged != wanted) {
            let leg = self.leg(index, direction);
            let lines = leg.map(|(stream, chunks)| Lines::new(&Source::new(chunks, stream), mode));
            self.leg_lines = lines.map(|lines| (wanted, lines));
        }
    }

    /// Arranges the lines in the modes of `before`, so that an update of the exchange does not make the view
    /// flicker.
    pub(super) fn keep_modes(&mut self, before: &Self) {
        for direction in Direction::ALL {
            if let Some((mode, _)) = before.stream(direction).lines() {
                self.arrange(direction, *mode);
            }
        }
    }

    /// Whether the exchange is incomplete and its connection is open.
    #[must_use]
    pub(super) fn in_flight(&self) -> bool {
        use crate::store::Outcome;
        self.facts.detail.closed.is_none()
            && !matches!(self.facts.detail.exchange.outcome, Outcome::Done | Outcome::Aborted)
    }

    /// The part that is marked until the user marks another one: the fault, else the field that decides where
    /// the message ends, else the target, else the first part. `None`: the request has no parts.
    #[must_use]
    pub(super) fn first_mark(&self) -> Option<Part> {
        let request = &self.facts.request;
        let fault = self.facts.fault().and_then(|fault| fault.span).filter(|range| !range.is_empty());
        let decision = request.decided_by.as_ref().filter(|decision| decision.by != Decider::HeadEnd);
        let target = || request.head_parts()?.part(SpanKind::Target).cloned();
        let first = || request.own_leaves().next().map(|leaf: &Leaf| leaf.span.range.clone());
        let decision = decision.map(|decision| decision.range.clone());
        let range = fault.or(decision).or_else(target).or_else(first)?;
        Some(Part { direction: Direction::Received, range })
    }
}

impl StreamView {
    /// The lines and the mode that they are arranged in. `None`: not arranged yet.
    #[must_use]
    pub(super) fn lines(&self) -> Option<&(Mode, Lines)> {
        self.lines.as_ref()
    }
}
