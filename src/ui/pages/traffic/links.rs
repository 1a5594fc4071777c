//! What belongs together on the two legs of a message. Knows no egui.

use std::ops::Range;

use crate::{
    base::stream::Direction,
    explain::facts::{FieldParts, Passage, StreamFacts},
    wire::SpanRole,
};

use super::{
    part::{Message, Part, Stream},
    resolved::ResolvedExchange,
};

/// The part that is linked when the pointer is over the byte at `offset`: its field or its part of the start line, of a
/// body the byte alone. `None`: the byte is not part of the message.
#[must_use]
pub(super) fn part_at(resolved: &ResolvedExchange, stream: Stream, offset: u64) -> Option<Part> {
    let facts = resolved.facts(stream)?;
    let leaf = facts.leaf_at(offset).filter(|leaf| leaf.own)?;
    let field = field_at(facts, &(offset..offset + 1)).map(|field| field.whole.clone());
    let range = match leaf.span.kind.role() {
        SpanRole::Content => offset..offset + 1,
        _ => field.unwrap_or_else(|| leaf.span.range.clone()),
    };
    Some(Part { stream, range })
}

/// The parts of the other leg that belong to `part`, in order. `attempt`: the upstream leg that is shown. Empty: there
/// are none.
#[must_use]
pub(super) fn linked(resolved: &ResolvedExchange, attempt: usize, part: &Part) -> Vec<Part> {
    let other = Stream { leg: part.stream.leg.is_none().then_some(attempt), ..part.stream };
    let (Some(here), Some(there)) = (resolved.facts(part.stream), resolved.facts(other)) else {
        return Vec::new();
    };
    let whole_line = field_at(here, &part.range).is_some_and(|field| field.whole == part.range);
    let mut ranges = if whole_line { Vec::new() } else { copies(resolved, attempt, part) };
    if ranges.is_empty() {
        ranges = namesakes(here, there, &part.range);
    }
    ranges.sort_by_key(|range| range.start);
    ranges.into_iter().map(|range| Part { stream: other, range }).collect()
}

/// The ranges of the other leg that are copies of bytes of `part`, or that those are copies of.
fn copies(resolved: &ResolvedExchange, attempt: usize, part: &Part) -> Vec<Range<u64>> {
    let Some(passage) = passage(resolved, attempt, part.stream.message) else { return Vec::new() };
    match part.stream.direction() {
        Direction::Sent => passage.arrived_from(&part.range),
        Direction::Received => passage.sent_to(&part.range),
    }
}

/// The way of a message through the gateway. `None`: nothing is known of it.
fn passage(resolved: &ResolvedExchange, attempt: usize, message: Message) -> Option<Passage<'_>> {
    match message {
        Message::Request => resolved.facts.request_passage(attempt),
        Message::Response => resolved.facts.response_passage(attempt),
    }
}

/// The fields of `there` that have the name of the field at `range`, or its part of the start line.
fn namesakes(here: &StreamFacts, there: &StreamFacts, range: &Range<u64>) -> Vec<Range<u64>> {
    if let Some(field) = field_at(here, range) {
        let name = String::from_utf8_lossy(here.bytes(&field.name)).into_owned();
        return there.fields(&name).map(|field| field.whole.clone()).collect();
    }
    let (Some(here), Some(there)) = (here.head_parts(), there.head_parts()) else { return Vec::new() };
    if here.line_range().as_ref() == Some(range) {
        return there.line_range().into_iter().collect();
    }
    let at = here.line.iter().find(|(_, part)| overlap(part, range));
    at.and_then(|(kind, _)| there.part(*kind)).cloned().into_iter().collect()
}

/// The field line of the head with a byte of `range`. `None`: there is none, or there are several.
fn field_at<'a>(stream: &'a StreamFacts, range: &Range<u64>) -> Option<&'a FieldParts> {
    let fields = stream.head_parts().map_or(&[][..], |head| &head.fields);
    let mut found = fields.iter().filter(|field| overlap(&field.whole, range));
    let field = found.next()?;
    found.next().is_none().then_some(field)
}

const fn overlap(one: &Range<u64>, other: &Range<u64>) -> bool {
    one.start < other.end && other.start < one.end
}
