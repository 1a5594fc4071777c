//! The parts of one message, grouped from its leaf spans.

use std::ops::Range;

use crate::{explain::kinds::Kind, http::SpanKind, wire::SpanRole};

use super::reading::Leaf;

/// The parts of a message, as stream ranges.
#[derive(Debug, Default)]
pub struct Parts {
    /// Empty lines before the first line.
    pub empty_lines: Option<Range<u64>>,
    /// The heads, in order: a request has one, a response one for each interim response and one for the final
    /// response.
    pub heads: Vec<HeadParts>,
    /// The body, including chunk framing.
    pub body: Option<Range<u64>>,
    /// The chunks of a chunked body, in order; the last one has size 0.
    pub chunks: Vec<ChunkParts>,
    /// The trailer fields.
    pub trailers: Vec<FieldParts>,
    /// The bytes that break a rule.
    pub malformed: Option<Range<u64>>,
    /// The bytes that were not parsed.
    pub unparsed: Option<Range<u64>>,
}

/// The parts of a head.
#[derive(Debug, Default)]
pub struct HeadParts {
    /// The parts of the first line, in order.
    pub line: Vec<(SpanKind, Range<u64>)>,
    /// The field lines.
    pub fields: Vec<FieldParts>,
    /// The empty line. `None`: not received.
    pub end: Option<Range<u64>>,
}

impl HeadParts {
    /// The range of a part of the first line. `None`: the part was not received.
    #[must_use]
    pub fn part(&self, kind: SpanKind) -> Option<&Range<u64>> {
        self.line.iter().find(|(found, _)| *found == kind).map(|(_, range)| range)
    }

    /// The range from the first line to the last field line or, if it has arrived, the empty line.
    #[must_use]
    pub fn range(&self) -> Option<Range<u64>> {
        let line = self.line_range()?;
        let fields = self.fields.last().map_or(line.end, |field| field.whole.end);
        Some(line.start..self.end.as_ref().map_or(fields, |end| end.end))
    }

    /// The range of the first line, without its line ending.
    #[must_use]
    pub fn line_range(&self) -> Option<Range<u64>> {
        Some(self.line.first()?.1.start..self.line.last()?.1.end)
    }
}

/// A field line of a head or of a trailer section.
#[derive(Debug)]
pub struct FieldParts {
    /// The field name.
    pub name: Range<u64>,
    /// The field value; empty if it was not received.
    pub value: Range<u64>,
    /// From the name to the end of the value.
    pub whole: Range<u64>,
}

/// A chunk of a chunked body.
#[derive(Debug)]
pub struct ChunkParts {
    /// The hexadecimal size.
    pub size: Range<u64>,
    /// The chunk extension. `None`: the chunk has none.
    pub extension: Option<Range<u64>>,
    /// The chunk's data. `None`: not received, or the size is 0.
    pub data: Option<Range<u64>>,
    /// From the size to the line ending after the data.
    pub whole: Range<u64>,
}

impl Parts {
    /// Groups the leaves of a message, in order.
    #[must_use]
    pub fn group<'a>(leaves: impl Iterator<Item = &'a Leaf>) -> Self {
        let mut parts = Self::default();
        let mut head = HeadParts::default();
        // The part to which a following delimiter or fault belongs.
        let mut last = SpanKind::LineEnd;
        for leaf in leaves {
            let range = leaf.span.range.clone();
            let Kind::Http(kind) = leaf.span.kind else {
                parts.add_other(leaf.span.kind.role(), &range);
                continue;
            };
            match kind {
                SpanKind::Method
                | SpanKind::Target
                | SpanKind::Version
                | SpanKind::Status
                | SpanKind::Reason => {
                    head.line.push((kind, range));
                }
                SpanKind::FieldName => head.fields.push(FieldParts::named(range)),
                SpanKind::FieldValue => valued(&mut head.fields, &range),
                SpanKind::HeadEnd => {
                    head.end = Some(range);
                    parts.heads.push(std::mem::take(&mut head));
                }
                SpanKind::Malformed => {
                    extend(&mut parts.malformed, &range);
                    match last {
                        SpanKind::FieldName | SpanKind::FieldValue => valued(&mut head.fields, &range),
                        SpanKind::TrailerName | SpanKind::TrailerValue => {
                            valued(&mut parts.trailers, &range);
                        }
                        _ => {}
                    }
                }
                _ => parts.add_outside_head(kind, range),
            }
            if kind != SpanKind::Delimiter {
                last = kind;
            }
        }
        if !head.line.is_empty() || !head.fields.is_empty() {
            parts.heads.push(head);
        }
        parts
    }

    /// Adds a span of a protocol whose messages have no head.
    fn add_other(&mut self, role: SpanRole, range: &Range<u64>) {
        match role {
            SpanRole::Fault => extend(&mut self.malformed, range),
            SpanRole::Unparsed => extend(&mut self.unparsed, range),
            _ if role.is_content() => extend(&mut self.body, range),
            _ => {}
        }
    }

    /// Adds a span before or after the heads. Delimiters and line endings matter only between chunks.
    fn add_outside_head(&mut self, kind: SpanKind, range: Range<u64>) {
        match kind {
            SpanKind::EmptyLine => extend(&mut self.empty_lines, &range),
            SpanKind::TrailerName => self.trailers.push(FieldParts::named(range)),
            SpanKind::TrailerValue => valued(&mut self.trailers, &range),
            SpanKind::ChunkSize => {
                extend(&mut self.body, &range);
                let (size, whole) = (range.clone(), range);
                self.chunks.push(ChunkParts { size, extension: None, data: None, whole });
            }
            SpanKind::ChunkExtension | SpanKind::Body => {
                extend(&mut self.body, &range);
                if let Some(chunk) = self.chunks.last_mut() {
                    chunk.whole.end = range.end;
                    let part = if kind == SpanKind::Body { &mut chunk.data } else { &mut chunk.extension };
                    extend(part, &range);
                }
            }
            SpanKind::Delimiter | SpanKind::LineEnd if self.trailers.is_empty() => {
                if let Some(chunk) = self.chunks.last_mut() {
                    chunk.whole.end = range.end;
                    extend(&mut self.body, &range);
                }
            }
            SpanKind::Unparsed => extend(&mut self.unparsed, &range),
            _ => {}
        }
    }
}

impl FieldParts {
    const fn named(name: Range<u64>) -> Self {
        Self { value: name.end..name.end, whole: name.start..name.end, name }
    }
}

/// Adds `range` to the value of the last field.
fn valued(fields: &mut [FieldParts], range: &Range<u64>) {
    if let Some(field) = fields.last_mut() {
        if field.value.is_empty() {
            field.value.start = range.start;
        }
        (field.value.end, field.whole.end) = (range.end, range.end);
    }
}

fn extend(whole: &mut Option<Range<u64>>, range: &Range<u64>) {
    match whole {
        Some(whole) => whole.end = range.end,
        None => *whole = Some(range.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;
    use SpanKind::{
        Body, ChunkSize, Delimiter, FieldName, FieldValue, HeadEnd, LineEnd, Malformed, Method, Target,
        TrailerName, TrailerValue, Unparsed,
    };

    /// Consecutive leaves with these lengths.
    fn leaves(kinds: &[(SpanKind, u64)]) -> Vec<Leaf> {
        let mut at = 0;
        let leaf = |(kind, len): &(SpanKind, u64)| {
            at += len;
            Leaf {
                span: wire::Leaf { kind: Kind::Http(*kind), range: at - len..at, partial: false },
                own: true,
            }
        };
        kinds.iter().map(leaf).collect()
    }

    #[test]
    fn a_chunked_message_with_trailers() {
        let kinds = [
            (Method, 4),
            (Delimiter, 1),
            (Target, 2),
            (LineEnd, 2),
            (FieldName, 3),
            (Delimiter, 2),
            (FieldValue, 5),
            (LineEnd, 2),
            (HeadEnd, 2),
            (ChunkSize, 1),
            (LineEnd, 2),
            (Body, 2),
            (LineEnd, 2),
            (ChunkSize, 1),
            (LineEnd, 2),
            (TrailerName, 1),
            (Delimiter, 1),
            (TrailerValue, 1),
            (LineEnd, 2),
        ];
        let parts = Parts::group(leaves(&kinds).iter());
        assert_eq!(parts.heads.len(), 1);
        assert_eq!(parts.heads[0].line_range(), Some(0..7));
        assert_eq!(parts.heads[0].part(Target), Some(&(5..7)));
        assert_eq!(parts.heads[0].fields[0].whole, 9..19);
        assert_eq!(parts.body, Some(23..33));
        assert_eq!(parts.chunks.len(), 2);
        assert_eq!((parts.chunks[0].whole.clone(), parts.chunks[0].data.clone()), (23..30, Some(26..28)));
        assert_eq!(parts.trailers[0].value, 35..36);
    }

    #[test]
    fn a_fault_in_a_value_is_part_of_the_field() {
        let kinds =
            [(Method, 3), (LineEnd, 2), (FieldName, 1), (Delimiter, 1), (Malformed, 1), (Unparsed, 9)];
        let parts = Parts::group(leaves(&kinds).iter());
        assert_eq!(parts.heads[0].fields[0].value, 7..8);
        assert_eq!((parts.malformed, parts.unparsed), (Some(7..8), Some(8..17)));
    }
}
