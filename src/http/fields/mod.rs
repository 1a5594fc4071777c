//! Reads a section of field lines, up to and including the empty line that ends it: the header section of
//! requests and responses, and the trailer section.

mod breach;
mod stand;

use std::ops::Range;

use super::{
    byte_class::{token_end, value_end},
    fault::{Fault, index32},
    grammar::{is_space, is_token},
    head::slice,
    leniency::Leniencies,
    lines::usual_lines,
    rule::Rule,
    span::{Note, SpanKind},
};
use crate::wire::Sink;

/// The span kinds that a section reports.
pub(super) struct Kinds {
    pub name: SpanKind,
    pub value: SpanKind,
    /// The kind of the empty line.
    pub end: SpanKind,
}

/// Span kinds for a header section.
pub(super) const HEAD: Kinds =
    Kinds { name: SpanKind::FieldName, value: SpanKind::FieldValue, end: SpanKind::HeadEnd };

/// Span kinds for a trailer section.
pub(super) const TRAILERS: Kinds =
    Kinds { name: SpanKind::TrailerName, value: SpanKind::TrailerValue, end: SpanKind::LineEnd };

/// A reader of field lines. It is given the same slice again and again, longer each time, and looks at
/// each byte once.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    stage: Stage,
    /// Index of the first byte that was not looked at.
    at: u32,
    /// Index of the first byte of the token that is not complete.
    token: u32,
    /// The name of the line at hand.
    name: Range<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// At the first byte of a line.
    #[default]
    Start,
    /// In a name.
    Name,
    /// In white space after a name, where that is read over.
    NameSpace,
    /// After the colon, in the white space before the value.
    Space,
    /// In a value, or in the white space after it.
    Value,
    /// After the CR of a field line.
    LineEnd,
    /// After the CR of the empty line.
    Last,
}

/// How far a section was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    /// To the end of the bytes.
    BytesEnd,
    /// To the end of a line.
    Line,
    /// To the end of the section.
    SectionEnd,
}

impl Section {
    /// A section whose first line begins at `at`.
    #[inline]
    pub(super) fn starting(at: usize) -> Self {
        Self { at: index32(at), token: index32(at), ..Self::default() }
    }

    /// The first byte that was not looked at. When the section is complete: where it ends.
    pub(super) const fn at(&self) -> usize {
        self.at as usize
    }

    /// The token that has begun and is not complete: its kind and its range in the slice. `None`: no token
    /// has begun.
    pub(super) fn pending(&self, kinds: &Kinds) -> Option<(SpanKind, Range<usize>)> {
        let kind = match self.stage {
            Stage::Start | Stage::Name | Stage::NameSpace => kinds.name,
            Stage::Space => SpanKind::Delimiter,
            Stage::Value => kinds.value,
            Stage::LineEnd => SpanKind::LineEnd,
            Stage::Last => kinds.end,
        };
        (self.token < self.at).then_some((kind, self.token as usize..self.at as usize))
    }

    /// Reads on in `bytes`, which begin where they began before, at stream offset `base`. `each` is
    /// given the name, and the places of name and value, of each complete line. `true`: the section is complete.
    #[inline]
    pub(super) fn read<S: Sink<SpanKind>>(
        &mut self,
        bytes: &[u8],
        base: u64,
        (kinds, leniencies): (&Kinds, Leniencies),
        sink: &mut S,
        mut each: impl FnMut(&[u8], Range<u32>, Range<u32>),
    ) -> Result<bool, Fault> {
        loop {
            if self.stage == Stage::Start {
                // Most lines are there whole and have one space after the colon, and most sections end behind them.
                let end = read_usual(bytes, self.at as usize, base, kinds, sink, &mut each);
                let is_complete = bytes.get(end..).is_some_and(|rest| rest.starts_with(b"\r\n"));
                if is_complete {
                    sink.span(kinds.end, base + end as u64..base + end as u64 + 2);
                }
                self.at = index32(if is_complete { end + 2 } else { end });
                self.token = self.at;
                if is_complete {
                    return Ok(true);
                }
            }
            match self.read_on(bytes, base, kinds, sink, &mut each) {
                Err(fault)
                    if leniencies != Leniencies::NONE
                        && self.reads_over(&fault, (bytes, base), (kinds, leniencies), sink, &mut each) => {}
                Ok(Reached::Line) => {}
                Ok(reached) => return Ok(reached == Reached::SectionEnd),
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Reads on up to the end of a line or the first breach.
    fn read_on<S: Sink<SpanKind>>(
        &mut self,
        bytes: &[u8],
        base: u64,
        kinds: &Kinds,
        sink: &mut S,
        each: &mut impl FnMut(&[u8], Range<u32>, Range<u32>),
    ) -> Result<Reached, Fault> {
        let (mut stage, mut name) = (self.stage, self.name.clone());
        let (mut at, mut token) = (self.at as usize, self.token as usize);
        let span = |kind, range: Range<usize>, sink: &mut S| {
            if S::LISTENS && !range.is_empty() {
                sink.span(kind, base + range.start as u64..base + range.end as u64);
            }
        };
        let outcome = loop {
            let Some(&byte) = bytes.get(at) else { break Ok(Reached::BytesEnd) };
            match stage {
                Stage::Start => {
                    if is_token(byte) {
                        stage = Stage::Name;
                    } else if byte == b'\r' {
                        stage = Stage::Last;
                        at += 1;
                    } else {
                        break Err(Fault::byte(bad_start(byte), at, byte));
                    }
                }
                Stage::Name => {
                    at = token_end(bytes, at);
                    match bytes.get(at) {
                        None => break Ok(Reached::BytesEnd),
                        Some(b':') => {
                            name = index32(token)..index32(at);
                            span(kinds.name, token..at, sink);
                            token = at;
                            at += 1;
                            stage = Stage::Space;
                        }
                        Some(b'\r') => break Err(Fault::token(Rule::ColonMissing, token..at)),
                        Some(&byte) => break Err(Fault::byte(bad_name(byte), at, byte)),
                    }
                }
                Stage::NameSpace if is_space(byte) => at += 1,
                Stage::NameSpace => break Err(Fault::byte(Rule::SpaceBeforeColon, at, byte)),
                Stage::Space => {
                    if is_space(byte) {
                        at += 1;
                    } else {
                        span(SpanKind::Delimiter, token..at, sink);
                        token = at;
                        stage = Stage::Value;
                    }
                }
                Stage::Value => {
                    at = value_end(bytes, at);
                    match bytes.get(at) {
                        None => break Ok(Reached::BytesEnd),
                        Some(b'\r') => {
                            let value = token..trimmed_end(bytes, token, at);
                            report_value(bytes, base, &value, at, kinds, sink);
                            // A line that goes on with the value before it has no name.
                            if !name.is_empty() {
                                each(
                                    slice(bytes, &name),
                                    name.clone(),
                                    index32(value.start)..index32(value.end),
                                );
                            }
                            token = at;
                            at += 1;
                            stage = Stage::LineEnd;
                        }
                        Some(b'\n') => break Err(Fault::byte(Rule::BareLineFeed, at, b'\n')),
                        Some(&byte) => break Err(Fault::byte(Rule::FieldValueCharacter, at, byte)),
                    }
                }
                Stage::LineEnd | Stage::Last => {
                    // RFC 9112 §2.2: "A recipient of such a bare CR MUST consider that element to
                    // be invalid".
                    if byte != b'\n' {
                        break Err(Fault::byte(Rule::BareCarriageReturn, at - 1, b'\r'));
                    }
                    at += 1;
                    let last = stage == Stage::Last;
                    span(if last { kinds.end } else { SpanKind::LineEnd }, token..at, sink);
                    token = at;
                    stage = Stage::Start;
                    break Ok(if last { Reached::SectionEnd } else { Reached::Line });
                }
            }
        };
        *self = Self { stage, at: index32(at), token: index32(token), name };
        outcome
    }
}

/// Reads the unremarkable lines from index `at` on. Returns the index of the first line that is something else.
#[inline]
fn read_usual<S: Sink<SpanKind>>(
    bytes: &[u8],
    at: usize,
    base: u64,
    kinds: &Kinds,
    sink: &mut S,
    each: &mut impl FnMut(&[u8], Range<u32>, Range<u32>),
) -> usize {
    usual_lines(bytes, at, |line| {
        if S::LISTENS {
            let stream = |range: Range<usize>| base + range.start as u64..base + range.end as u64;
            sink.span(kinds.name, stream(line.start..line.colon));
            sink.span(SpanKind::Delimiter, stream(line.colon..line.value.start));
            report_value(bytes, base, &line.value, line.end - 2, kinds, sink);
            sink.span(SpanKind::LineEnd, stream(line.end - 2..line.end));
        }
        let name = index32(line.start)..index32(line.colon);
        each(line.name, name, index32(line.value.start)..index32(line.value.end));
    })
}

/// Reports the value and the white space between it and the CR at `end`.
#[inline]
fn report_value<S: Sink<SpanKind>>(
    bytes: &[u8],
    base: u64,
    value: &Range<usize>,
    end: usize,
    kinds: &Kinds,
    sink: &mut S,
) {
    if !S::LISTENS {
        return;
    }
    let stream = |range: Range<usize>| base + range.start as u64..base + range.end as u64;
    if !value.is_empty() {
        sink.span(kinds.value, stream(value.clone()));
    }
    if value.end < end {
        sink.span(SpanKind::Delimiter, stream(value.end..end));
    }
    if !bytes[value.clone()].is_ascii() {
        sink.note(Note::OpaqueFieldValue, stream(value.clone()));
    }
}

/// RFC 9112 §5: `field-line = field-name ":" OWS field-value OWS`.
#[cold]
const fn bad_start(byte: u8) -> Rule {
    match byte {
        // RFC 9112 §5.2: "A server that receives an obs-fold in a request message [...] MUST either
        // reject the message [...] or replace". §2.2 has the same choice for the first line.
        b' ' | b'\t' => Rule::LineFolding,
        b':' => Rule::FieldNameEmpty,
        b'\n' => Rule::BareLineFeed,
        _ => Rule::FieldNameCharacter,
    }
}

#[cold]
const fn bad_name(byte: u8) -> Rule {
    match byte {
        // RFC 9112 §5.1: "A server MUST reject, with a response status code of 400 (Bad Request),
        // any received request message that contains whitespace between a header field name and
        // colon."
        b' ' | b'\t' => Rule::SpaceBeforeColon,
        b'\n' => Rule::BareLineFeed,
        _ => Rule::FieldNameCharacter,
    }
}

/// The end of the value in `start..end` without the white space after it.
#[inline]
fn trimmed_end(bytes: &[u8], start: usize, mut end: usize) -> usize {
    while end > start && is_space(bytes[end - 1]) {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{http::span::SpanKind::*, wire};

    type Recorded = wire::Recorded<SpanKind>;

    type Lines = Vec<(String, String)>;

    fn read(bytes: &[u8]) -> (Result<bool, Fault>, Lines, Recorded) {
        let (mut section, mut sink, mut lines) = (Section::default(), Recorded::default(), Lines::new());
        let text = |range: Range<u32>| {
            String::from_utf8_lossy(&bytes[range.start as usize..range.end as usize]).into_owned()
        };
        let outcome = section.read(bytes, 0, (&HEAD, Leniencies::NONE), &mut sink, |_, name, value| {
            lines.push((text(name), text(value)));
        });
        (outcome, lines, sink)
    }

    #[test]
    fn white_space_around_a_value_is_no_part_of_it() {
        let (outcome, lines, sink) = read(b"A: \tb c \r\nD:\r\nE:  \r\n\r\n");
        assert_eq!(outcome, Ok(true));
        let expected = [("A", "b c"), ("D", ""), ("E", "")];
        assert_eq!(lines, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(
            sink.spans,
            [
                (FieldName, 0..1),
                (Delimiter, 1..4),
                (FieldValue, 4..7),
                (Delimiter, 7..8),
                (LineEnd, 8..10),
                (FieldName, 10..11),
                (Delimiter, 11..12),
                (LineEnd, 12..14),
                (FieldName, 14..15),
                (Delimiter, 15..18),
                (LineEnd, 18..20),
                (HeadEnd, 20..22),
            ]
        );
    }

    #[test]
    fn each_fault_has_its_rule_and_place() {
        let cases: [(&[u8], Rule, Range<usize>); 11] = [
            (b" A: b", Rule::LineFolding, 0..1),
            (b"A: b\r\n\tc", Rule::LineFolding, 6..7),
            (b": b", Rule::FieldNameEmpty, 0..1),
            (b"\n", Rule::BareLineFeed, 0..1),
            (b"A\n", Rule::BareLineFeed, 1..2),
            (b"(A", Rule::FieldNameCharacter, 0..1),
            (b"A : b", Rule::SpaceBeforeColon, 1..2),
            (b"Abc\r", Rule::ColonMissing, 0..3),
            (b"A: b\x00", Rule::FieldValueCharacter, 4..5),
            (b"A: b\n", Rule::BareLineFeed, 4..5),
            (b"A: b\r\r", Rule::BareCarriageReturn, 4..5),
        ];
        for (bytes, rule, range) in cases {
            let fault = read(bytes).0.map_err(|fault| (fault.rule, fault.range));
            assert_eq!(fault, Err((rule, range)), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_value_beyond_ascii_is_noted() {
        let (outcome, _, sink) = read(b"A: \xe9\r\n\r\n");
        assert_eq!(outcome, Ok(true));
        assert_eq!(sink.notes, [(Note::OpaqueFieldValue, 3..4)]);
    }
}
