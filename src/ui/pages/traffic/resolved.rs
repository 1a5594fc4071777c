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
    ui::widgets::byte_view::{Lines, Mode, Source, Tint},
    wire::Class,
};

use super::{
    bands::Bands,
    changes::Comparison,
    outline::Outline,
    part::{Message, Part, Stream},
};

/// How the lines of a stream are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arrangement {
    /// Hexadecimal or text.
    pub mode: Mode,
    /// Whether only the message itself is shown, without its neighbours and without the lines between reads.
    pub bare: bool,
}

/// Tree and lines of one stream of the exchange.
#[derive(Debug, Default)]
pub(super) struct StreamView {
    /// The message as a tree.
    pub outline: Outline,
    lines: Option<(Arrangement, Lines)>,
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
    /// In what way the request is at fault, in a word or two. `None`: the note is not about a refusal.
    pub fault: Option<&'static str>,
}

/// The selected exchange, explained.
#[derive(Debug)]
pub(super) struct ResolvedExchange {
    /// The facts about the exchange.
    pub facts: Arc<Facts>,
    /// Tree and lines of the streams of the client's leg and of each upstream leg, in this order. Those of a leg are
    /// in the order of [`Message::ALL`].
    legs: Vec<[StreamView; 2]>,
    /// For each upstream leg what is not the same in the request and in the response.
    comparisons: Vec<[Comparison; 2]>,
    /// The stage list.
    pub stages: Vec<StageRow>,
    /// The notes.
    pub notes: Vec<NoteRow>,
    /// The timeline.
    pub bands: Bands,
    /// The response body for reading.
    pub preview: Preview,
    /// The body of the request for reading.
    pub request_preview: Preview,
    /// The time at which the exchange was explained.
    pub explained: Nanos,
}

impl ResolvedExchange {
    /// Explains `detail`. `toggled` are the folds of the trees.
    #[must_use]
    pub(super) fn new(detail: Detail, toggled: &BTreeSet<String>, now: Nanos) -> Self {
        let facts = Facts::new(detail);
        let outline = |stream: Stream| {
            let direction = stream.direction();
            let leg = |index| facts.leg_tree(index, direction);
            Outline::new(stream.leg.map_or_else(|| facts.tree(direction), leg), toggled)
        };
        let legs = std::iter::once(None).chain((0..facts.upstream.len()).map(Some));
        let streams = |leg| {
            Message::ALL.map(|message| StreamView { outline: outline(Stream { leg, message }), lines: None })
        };
        let comparisons = facts.upstream.iter().map(|leg| {
            [Comparison::new(&facts.request, &leg.request), Comparison::new(&leg.response, &facts.response)]
        });
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
            fault: note.cause().map(|cause| cause.class().map_or("refused", Class::name)),
        });
        Self {
            legs: legs.map(streams).collect(),
            comparisons: comparisons.collect(),
            stages: stages.collect(),
            notes: notes.collect(),
            bands: Bands::new(&facts),
            preview: viewers::preview(&facts, Direction::Sent),
            request_preview: viewers::preview(&facts, Direction::Received),
            explained: now,
            facts: Arc::new(facts),
        }
    }

    /// The exchange as the capture has it.
    #[must_use]
    pub(super) fn detail(&self) -> &Detail {
        &self.facts.detail
    }

    /// Number of upstream legs whose bytes can be shown.
    #[must_use]
    pub(super) fn attempts(&self) -> usize {
        self.legs.len() - 1
    }

    /// The facts about a stream. `None`: there is no such leg.
    #[must_use]
    pub(super) fn facts(&self, stream: Stream) -> Option<&StreamFacts> {
        let Some(leg) = stream.leg else { return Some(self.facts.stream(stream.direction())) };
        let leg = self.facts.upstream.get(leg)?;
        Some(match stream.message {
            Message::Request => &leg.request,
            Message::Response => &leg.response,
        })
    }

    /// Tree and lines of a stream. `None`: there is no such leg.
    #[must_use]
    pub(super) fn stream(&self, stream: Stream) -> Option<&StreamView> {
        Some(&self.legs.get(leg_index(stream))?[stream.message.index()])
    }

    /// Tree and lines of a stream, to change the folds. `None`: there is no such leg.
    pub(super) fn stream_mut(&mut self, stream: Stream) -> Option<&mut StreamView> {
        Some(&mut self.legs.get_mut(leg_index(stream))?[stream.message.index()])
    }

    /// The reads or the writes that hold a stream. Empty if there is no such leg.
    #[must_use]
    pub(super) fn chunks(&self, stream: Stream) -> &[Chunk] {
        let detail = &self.facts.detail;
        let (reads, writes) = match stream.leg {
            None => (&detail.reads, &detail.writes),
            Some(leg) => match detail.upstream.get(leg) {
                Some(leg) => (&leg.reads, &leg.writes),
                None => return &[],
            },
        };
        match stream.direction() {
            Direction::Received => reads,
            Direction::Sent => writes,
        }
    }

    /// The tints of a stream beside the leg at `attempt`.
    #[must_use]
    pub(super) fn tints(&self, stream: Stream, attempt: Option<usize>) -> &[Tint] {
        let comparison = attempt.and_then(|attempt| self.comparisons.get(attempt));
        let Some(comparison) = comparison.map(|both| &both[stream.message.index()]) else { return &[] };
        match (stream.leg, stream.message) {
            (None, Message::Request) | (Some(_), Message::Response) => &comparison.before,
            (None, Message::Response) | (Some(_), Message::Request) => &comparison.after,
        }
    }

    /// Arranges the lines of a stream, unless they already are.
    pub(super) fn arrange(&mut self, stream: Stream, arrangement: Arrangement) {
        let arranged = self.stream(stream).and_then(StreamView::lines);
        if arranged.is_some_and(|(arranged, _)| *arranged == arrangement) {
            return;
        }
        let Some(facts) = self.facts(stream) else { return };
        let chunks = self.chunks(stream);
        let lines = if arrangement.bare {
            Lines::bare(&Source::new(chunks, facts, self.detail().backing), &facts.own, arrangement.mode)
        } else {
            Lines::new(&Source::new(chunks, facts, self.detail().backing), arrangement.mode)
        };
        if let Some(view) = self.stream_mut(stream) {
            view.lines = Some((arrangement, lines));
        }
    }

    /// Arranges the lines as those of `before`, so that an update of the exchange does not make the view flicker.
    pub(super) fn keep_modes(&mut self, before: &Self) {
        let legs = std::iter::once(None).chain((0..self.attempts()).map(Some));
        for stream in legs.flat_map(|leg| Message::ALL.map(|message| Stream { leg, message })) {
            if let Some((arrangement, _)) = before.stream(stream).and_then(StreamView::lines) {
                self.arrange(stream, *arrangement);
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

    /// The part of a message that is marked until the user marks another one. Of a request: the fault, else the field
    /// that decides where the message ends, else the target, else the first part. Of a response: the status, else the
    /// first part. `None`: the message has no parts.
    #[must_use]
    pub(super) fn first_mark(&self, stream: Stream) -> Option<Part> {
        let facts = self.facts(stream)?;
        let first = || facts.own_leaves().next().map(|leaf: &Leaf| leaf.span.range.clone());
        let part = |kind| facts.head_parts().and_then(|head| head.part(kind)).cloned();
        let range = match stream.message {
            Message::Request => {
                let fault = self.facts.fault().filter(|_| stream.leg.is_none()).and_then(|fault| fault.span);
                let fault = fault.filter(|range| !range.is_empty());
                let decision = facts.decided_by.as_ref().filter(|decision| decision.by != Decider::HeadEnd);
                let decision = decision.map(|decision| decision.range.clone());
                fault.or(decision).or_else(|| part(SpanKind::Target))
            }
            Message::Response => part(SpanKind::Status),
        };
        range.or_else(first).map(|range| Part { stream, range })
    }
}

impl StreamView {
    /// The lines and how they are arranged. `None`: not arranged yet.
    #[must_use]
    pub(super) fn lines(&self) -> Option<&(Arrangement, Lines)> {
        self.lines.as_ref()
    }
}

/// Position of the stream's leg in [`ResolvedExchange::legs`].
fn leg_index(stream: Stream) -> usize {
    stream.leg.map_or(0, |leg| leg + 1)
}
