//! The way of a message through a gateway: where each byte that was sent on comes from, and what became of each byte
//! that arrived.

use std::ops::Range;

use crate::{
    base::stream::Nanos,
    explain::kinds::Kind,
    http::{
        Head, ResponseHead, SpanKind,
        forward::{
            Author, Origin, Piece, Removal,
            hop::{of_request_field, of_response_field},
        },
        head::Field,
    },
    trace::{FieldChange, Lineage, MiddlewareStep, MiddlewareSteps, Phase},
};

use super::{Facts, stream::StreamFacts};

/// A lineage, arranged for both directions of looking.
#[derive(Debug)]
pub struct LineageFacts {
    /// The pieces with their offsets in the sent stream, in order.
    placed: Vec<(u64, Piece)>,
    /// The pieces that were copied, in the order of what arrived.
    copied: Vec<Copied>,
}

/// A piece that was copied.
#[derive(Clone, Copy, Debug)]
struct Copied {
    /// Offset in the stream in which it arrived.
    arrived: u64,
    /// Offset in the stream in which it was sent on.
    sent: u64,
    len: u64,
}

/// A message as it arrived on one leg, and as it was sent on to the other.
#[derive(Clone, Copy, Debug)]
pub struct Passage<'a> {
    /// The message as it arrived.
    pub arrived: &'a StreamFacts,
    /// The message as it was sent on.
    pub sent: &'a StreamFacts,
    lineage: &'a LineageFacts,
    head: ArrivedHead<'a>,
    /// The steps of middleware on the exchange.
    steps: &'a [(Nanos, MiddlewareSteps)],
}

/// The head of the message as it arrived. `None`: it was not kept.
#[derive(Clone, Copy, Debug)]
enum ArrivedHead<'a> {
    Request(Option<&'a Head>),
    Response(Option<&'a ResponseHead>),
}

/// The origin of bytes that were sent on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The bytes arrived in this range.
    Copied(Range<u64>),
    /// The gateway wrote the bytes.
    Written(Author),
    /// The rule of Fields with this number wrote the bytes.
    Rule(u32),
}

/// What became of bytes that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The bytes were sent on in this range.
    Sent(Range<u64>),
    /// The bytes were not sent on.
    Removed(Removal),
}

impl LineageFacts {
    pub(in crate::explain) fn new(lineage: &Lineage) -> Self {
        let placed: Vec<_> = lineage.placed().collect();
        let copy = |(sent, piece): &(u64, Piece)| match piece.origin {
            Origin::Copied(arrived) => Some(Copied { arrived, sent: *sent, len: piece.len }),
            Origin::Written(_) | Origin::Rule(_) => None,
        };
        let mut copied: Vec<_> = placed.iter().filter_map(copy).collect();
        copied.sort_by_key(|copy| copy.arrived);
        Self { placed, copied }
    }

    /// The copied pieces with a byte in `arrived`.
    fn copies(&self, arrived: &Range<u64>) -> impl Iterator<Item = &Copied> {
        let first = self.copied.partition_point(|copy| copy.arrived + copy.len <= arrived.start);
        let end = arrived.end;
        self.copied[first..].iter().take_while(move |copy| copy.arrived < end)
    }

    /// The pieces with a byte in `sent`.
    fn pieces(&self, sent: &Range<u64>) -> impl Iterator<Item = &(u64, Piece)> {
        let first = self.placed.partition_point(|(start, piece)| start + piece.len <= sent.start);
        let end = sent.end;
        self.placed[first..].iter().take_while(move |(start, _)| *start < end)
    }
}

impl Facts {
    /// The way of the request to the backend of leg number `leg`, from 0. `None`: nothing is known of it.
    #[must_use]
    pub fn request_passage(&self, leg: usize) -> Option<Passage<'_>> {
        let facts = self.upstream.get(leg)?;
        let lineage = facts.lineage.as_ref()?;
        let head = ArrivedHead::Request(self.request_head.as_ref());
        Some(Passage { arrived: &self.request, sent: &facts.request, lineage, head, steps: self.steps() })
    }

    /// The way of the response from the backend of leg number `leg`, from 0. `None`: nothing is known of it, or the
    /// client was sent another answer. Only the last leg has one: once a backend answers, no other is asked.
    #[must_use]
    pub fn response_passage(&self, leg: usize) -> Option<Passage<'_>> {
        let facts = self.upstream.get(leg).filter(|_| leg + 1 == self.upstream.len())?;
        let lineage = self.lineage.as_ref()?;
        let head = ArrivedHead::Response(facts.response_head.as_ref());
        Some(Passage { arrived: &facts.response, sent: &self.response, lineage, head, steps: self.steps() })
    }

    fn steps(&self) -> &[(Nanos, MiddlewareSteps)] {
        &self.detail.exchange.middleware
    }
}

impl Passage<'_> {
    /// The origin of the byte at `offset` of the sent stream, and the range of that stream with this origin. `None`:
    /// it is not known.
    #[must_use]
    pub fn source(&self, offset: u64) -> Option<(Range<u64>, Source)> {
        self.sources(&(offset..offset + 1)).map(|(_, whole, source)| (whole, source)).next()
    }

    /// The origins of the bytes in a range of the sent stream, in order: a part of that range, the whole piece that
    /// it lies in, and the origin of the whole piece.
    fn sources(&self, sent: &Range<u64>) -> impl Iterator<Item = (Range<u64>, Range<u64>, Source)> {
        let bounds = sent.clone();
        self.lineage.pieces(sent).map(move |(start, piece)| {
            let whole = *start..start + piece.len;
            let source = match piece.origin {
                Origin::Copied(from) => Source::Copied(from..from + piece.len),
                Origin::Written(author) => Source::Written(author),
                Origin::Rule(rule) => Source::Rule(rule),
            };
            (within(&whole, &bounds), whole, source)
        })
    }

    /// The ranges of the arrived stream from which bytes of `sent` were copied, in the order of the sent stream.
    #[must_use]
    pub fn arrived_from(&self, sent: &Range<u64>) -> Vec<Range<u64>> {
        let copied = self.sources(sent).filter_map(|(part, whole, source)| match source {
            Source::Copied(from) => {
                let start = from.start + (part.start - whole.start);
                Some(start..start + (part.end - part.start))
            }
            Source::Written(_) | Source::Rule(_) => None,
        });
        copied.collect()
    }

    /// The ranges of the sent stream to which bytes of `arrived` were copied, in the order of the arrived stream.
    #[must_use]
    pub fn sent_to(&self, arrived: &Range<u64>) -> Vec<Range<u64>> {
        let parts = self.fates(arrived).into_iter();
        parts
            .filter_map(|(_, fate)| match fate {
                Fate::Sent(range) => Some(range),
                Fate::Removed(_) => None,
            })
            .collect()
    }

    /// What became of the bytes in a range of the arrived stream, in order: each part of the range, and its fate.
    #[must_use]
    pub fn fates(&self, arrived: &Range<u64>) -> Vec<(Range<u64>, Fate)> {
        let mut fates = Vec::new();
        let mut next = arrived.start;
        for copy in self.lineage.copies(arrived) {
            let part = within(&(copy.arrived..copy.arrived + copy.len), arrived);
            self.removed(next..part.start, &mut fates);
            let sent = copy.sent + (part.start - copy.arrived);
            fates.push((part.clone(), Fate::Sent(sent..sent + (part.end - part.start))));
            next = part.end;
        }
        self.removed(next..arrived.end, &mut fates);
        fates
    }

    /// What became of the byte at `offset` of the arrived stream, and the bytes around it in the same part of the
    /// message with this fate. `None`: the byte is not kept.
    #[must_use]
    pub fn fate(&self, offset: u64) -> Option<(Range<u64>, Fate)> {
        let leaf = &self.arrived.leaf_at(offset).filter(|leaf| leaf.own)?.span.range;
        let around =
            self.arrived.field_line(offset).map_or_else(|| leaf.clone(), |field| field.whole.clone());
        let around = if around.contains(&offset) { around } else { leaf.clone() };
        self.fates(&around).into_iter().find(|(part, _)| part.contains(&offset))
    }

    /// Adds the reasons for which the bytes of `arrived` were not sent on.
    fn removed(&self, arrived: Range<u64>, fates: &mut Vec<(Range<u64>, Fate)>) {
        let mut next = arrived.start;
        while next < arrived.end {
            let leaf = self.arrived.leaf_at(next);
            let end = leaf.map_or(arrived.end, |leaf| leaf.span.range.end.min(arrived.end));
            let removal = leaf.map_or(Removal::NotSent, |leaf| self.removal(next, leaf.span.kind));
            match fates.last_mut() {
                Some((part, fate)) if part.end == next && *fate == Fate::Removed(removal) => part.end = end,
                _ => fates.push((next..end, Fate::Removed(removal))),
            }
            next = end;
        }
    }

    /// The reason for which the byte at `offset` of the arrived stream, which is in a span of this kind, was not sent
    /// on.
    fn removal(&self, offset: u64, kind: Kind) -> Removal {
        let Kind::Http(kind) = kind else { return Removal::NotSent };
        if kind == SpanKind::EmptyLine {
            return Removal::EmptyLine;
        }
        let Some((head, is_last)) = self.arrived.head_at(offset) else {
            return self.removal_after_head(kind);
        };
        if !head.range().is_some_and(|range| self.is_sent(&range)) {
            return if is_last { Removal::NotSent } else { Removal::Interim };
        }
        match kind {
            SpanKind::Version => Removal::StartLine,
            SpanKind::Target => Removal::Target,
            SpanKind::HeadEnd => Removal::Syntax,
            SpanKind::FieldName | SpanKind::FieldValue | SpanKind::Delimiter | SpanKind::LineEnd => {
                match self.arrived.field_line(offset) {
                    None => Removal::StartLine,
                    Some(field) if self.is_sent(&field.name) => Removal::Syntax,
                    Some(field) => self.field_removal(&field.name),
                }
            }
            _ => Removal::NotSent,
        }
    }

    fn removal_after_head(&self, kind: SpanKind) -> Removal {
        match kind {
            SpanKind::TrailerName | SpanKind::TrailerValue => Removal::Trailer,
            SpanKind::ChunkSize | SpanKind::ChunkExtension => Removal::Chunk,
            SpanKind::Delimiter | SpanKind::LineEnd if !self.arrived.parts.chunks.is_empty() => {
                Removal::Chunk
            }
            _ => Removal::NotSent,
        }
    }

    /// The reason for which the field with this name, as a stream range, was not sent on.
    fn field_removal(&self, name: &Range<u64>) -> Removal {
        let find = |start: u64, fields: &[Field]| {
            let at = |field: &&Field| start + u64::from(field.name.start) == name.start;
            fields.iter().find(at).cloned()
        };
        let found = match self.head {
            ArrivedHead::Request(head) => head.and_then(|head| {
                let field = find(head.start, &head.fields)?;
                Some(of_request_field(head, self.arrived.bytes(&(head.start..head.end)), &field))
            }),
            ArrivedHead::Response(head) => head.and_then(|head| {
                let field = find(head.start, &head.fields)?;
                Some(of_response_field(head, self.arrived.bytes(&(head.start..head.end)), &field))
            }),
        };
        let name = self.arrived.bytes(name);
        let is_it = |change: &FieldChange| {
            change.before.is_some() && change.name.as_bytes().eq_ignore_ascii_case(name)
        };
        if self.rules().any(|step| step.changes.iter().any(is_it)) {
            return Removal::Rule;
        }
        // The heads of interim responses are not kept apart. No middleware acts on them.
        found.unwrap_or(Removal::OneConnection)
    }

    /// The step in which rules acted on the message.
    pub(in crate::explain) fn rules(&self) -> impl Iterator<Item = &MiddlewareStep> {
        let phase = match self.head {
            ArrivedHead::Request(_) => Phase::Request,
            ArrivedHead::Response(_) => Phase::Response,
        };
        let steps = MiddlewareSteps::all(self.steps).map(|(_, step)| step);
        steps.filter(move |step| step.phase == phase && &*step.name == MiddlewareStep::RULES)
    }

    /// Whether any byte of a range of the arrived stream was sent on.
    fn is_sent(&self, arrived: &Range<u64>) -> bool {
        self.lineage.copies(arrived).next().is_some()
    }
}

/// The part of `range` that lies in `bounds`.
fn within(range: &Range<u64>, bounds: &Range<u64>) -> Range<u64> {
    range.start.max(bounds.start)..range.end.min(bounds.end)
}
