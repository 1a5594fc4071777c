//! The exchange that is looked at, with everything that is derived from its facts. Made when the exchange is
//! selected or has changed, and remembered. Knows no egui.

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use crate::{
    base::stream::Direction,
    explain::{
        Facts,
        facts::{Decider, Leaf, StreamFacts},
        timeline, tree,
        viewers::{self, Preview},
    },
    http::SpanKind,
    store::{Chunk, Detail},
    trace::{Nanos, Severity},
    ui::widgets::byte_view::{Lines, Mode, Source},
};

use super::{
    bands::Bands,
    outline::Outline,
    part::{Part, Side},
};

/// One side of the exchange, as it is shown.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The message as a tree.
    pub outline: Outline,
    lines: Option<(Mode, Lines)>,
}

/// A row of the stage list, in words.
#[derive(Clone, Debug)]
pub(super) struct StageRow {
    /// When, counted from [`Facts::origin`].
    pub since: Nanos,
    /// What happened.
    pub words: String,
    /// Whether it went well.
    pub severity: Severity,
}

/// A note, in words.
#[derive(Clone, Debug)]
pub(super) struct NoteRow {
    /// How much it matters.
    pub severity: Severity,
    /// The sentence.
    pub sentence: String,
    /// The clause behind it. Empty: there is none.
    pub section: &'static str,
    /// The request bytes that it is about. `None`: it is about no bytes.
    pub range: Option<Range<u64>>,
}

/// The exchange that is looked at.
#[derive(Debug)]
pub(super) struct ResolvedExchange {
    /// What is known of it.
    pub facts: Arc<Facts>,
    /// The request's bytes.
    pub request: Stream,
    /// The response's bytes.
    pub response: Stream,
    /// The stage list.
    pub stages: Vec<StageRow>,
    /// The notes.
    pub notes: Vec<NoteRow>,
    /// The timeline.
    pub bands: Bands,
    /// The body of the response.
    pub preview: Preview,
    /// When it was explained.
    pub explained: Nanos,
}

impl ResolvedExchange {
    /// Explains `detail`. `toggled` are the folds of the trees.
    #[must_use]
    pub(super) fn new(detail: Detail, toggled: &BTreeSet<String>, now: Nanos) -> Self {
        let facts = Facts::new(detail);
        let outline = |direction| Outline::new(tree::tree(&facts, direction), toggled);
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
            request: Stream { outline: outline(Direction::Received), lines: None },
            response: Stream { outline: outline(Direction::Sent), lines: None },
            stages: stages.collect(),
            notes: notes.collect(),
            bands: Bands::new(&facts),
            preview: viewers::preview(&facts.response),
            explained: now,
            facts: Arc::new(facts),
        }
    }

    /// What the capture has of it.
    #[must_use]
    pub(super) fn detail(&self) -> &Detail {
        &self.facts.detail
    }

    /// What is known of one side.
    #[must_use]
    pub(super) fn side(&self, side: Side) -> &StreamFacts {
        self.facts.stream(side.direction())
    }

    /// One side.
    #[must_use]
    pub(super) fn stream(&self, side: Side) -> &Stream {
        match side {
            Side::Request => &self.request,
            Side::Response => &self.response,
        }
    }

    /// One side, to change its folds.
    pub(super) fn stream_mut(&mut self, side: Side) -> &mut Stream {
        match side {
            Side::Request => &mut self.request,
            Side::Response => &mut self.response,
        }
    }

    /// The reads, or the writes.
    #[must_use]
    pub(super) fn chunks(&self, side: Side) -> &[Chunk] {
        match side {
            Side::Request => &self.facts.detail.reads,
            Side::Response => &self.facts.detail.writes,
        }
    }

    /// Arranges the lines of one side for `mode`, unless they are.
    pub(super) fn arrange(&mut self, side: Side, mode: Mode) {
        let facts = Arc::clone(&self.facts);
        let stream = facts.stream(side.direction());
        let chunks = self.chunks(side);
        if self.stream(side).lines.as_ref().is_none_or(|(made, _)| *made != mode) {
            let lines = Lines::new(&Source::new(chunks, stream), mode);
            self.stream_mut(side).lines = Some((mode, lines));
        }
    }

    /// Arranges the lines as they were arranged in `before`, so that a change of the exchange does
    /// not show another view for a frame.
    pub(super) fn keep_modes(&mut self, before: &Self) {
        for side in [Side::Request, Side::Response] {
            if let Some((mode, _)) = before.stream(side).lines() {
                self.arrange(side, *mode);
            }
        }
    }

    /// Whether its connection is open and it is not over.
    #[must_use]
    pub(super) fn in_flight(&self) -> bool {
        use crate::store::Outcome;
        self.facts.detail.closed.is_none()
            && !matches!(self.facts.detail.exchange.outcome, Outcome::Done | Outcome::Aborted)
    }

    /// The part that is marked before a person picks one: the fault if there is one, else what decides where
    /// the message ends, else the target, else the first part.
    #[must_use]
    pub(super) fn first_mark(&self) -> Option<Part> {
        let request = &self.facts.request;
        let fault = self.facts.fault().and_then(|fault| fault.span).filter(|range| !range.is_empty());
        let decision = request.decided_by.as_ref().filter(|decision| decision.by != Decider::HeadEnd);
        let target = || request.head_parts()?.part(SpanKind::Target).cloned();
        let first = || request.own_leaves().next().map(|leaf: &Leaf| leaf.span.range.clone());
        let decision = decision.map(|decision| decision.range.clone());
        let range = fault.or(decision).or_else(target).or_else(first)?;
        Some(Part { side: Side::Request, range })
    }
}

impl Stream {
    /// The lines, in the mode in which they were arranged last. `None`: they never were.
    #[must_use]
    pub(super) fn lines(&self) -> Option<&(Mode, Lines)> {
        self.lines.as_ref()
    }
}
