//! The parts of an item, in spans and in words.

use std::ops::Range;

use crate::{
    events::{Format, Item, ItemMachine, Note, SpanKind},
    wire::{self, Machine, Recorded},
    words,
};

use super::{
    super::{
        facts::{reading::Leaf, stream::StreamFacts},
        kinds::Kind,
    },
    EventStream, ItemFacts,
};

/// Bytes of data, or of a value, that are looked at for one line.
const LINE_BYTES: usize = 160;
/// Bytes of an item that are divided into parts.
const READ_BYTES: usize = 64 * 1024;
/// Bytes of an item that are read as JSON.
const JSON_BYTES: usize = 1024 * 1024;

/// A part of an item: what it is called, what it holds, and what that means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The name: that of the field, as it was sent, or of the kind.
    pub name: String,
    /// The value, escaped for display.
    pub value: String,
    /// The meaning of the value in a few words. Empty: that of the kind says it all.
    pub words: String,
    /// The kind of span that holds it.
    pub kind: SpanKind,
    /// The bytes that hold it, in offsets of the content.
    pub content: Range<u64>,
    /// The stream range of these bytes.
    pub range: Range<u64>,
}

/// An item divided into parts, in offsets of the content.
struct Divided {
    leaves: Vec<wire::Leaf<SpanKind>>,
    notes: Vec<(Note, Range<u64>)>,
}

/// Divides an item. Of a long one the first 64 KiB are read.
fn divide(stream: &EventStream, item: &Item) -> Divided {
    let bytes = stream.content(&stream.beginning(item), READ_BYTES);
    let mut machine = ItemMachine::between_items(stream.format, item.range.start);
    let mut sink = Recorded::default();
    // What is not consumed is a byte-order mark that is not complete.
    let Ok(_) = machine.advance(&bytes, &mut sink);
    let reached = machine.reached();
    let pending = machine.pending();
    if reached == item.range.end {
        // The item is over, whether or not a line feed follows its carriage return.
        let Ok(()) = machine.end_of_input(&mut sink);
    }
    let mut leaves: Vec<_> = sink.spans.into_iter().map(|(kind, range)| leaf(kind, range, false)).collect();
    let end = leaves.last().map_or(item.range.start, |leaf| leaf.range.end);
    leaves.extend(pending.filter(|(_, range)| range.end > end).map(|(kind, range)| leaf(kind, range, true)));
    Divided { leaves, notes: sink.notes }
}

const fn leaf(kind: SpanKind, range: Range<u64>, partial: bool) -> wire::Leaf<SpanKind> {
    wire::Leaf { kind, range, partial }
}

/// The parts of an item, in the order in which they stand in it.
#[must_use]
pub fn parts(stream: &EventStream, facts: &ItemFacts) -> Vec<Part> {
    let Divided { leaves, notes } = divide(stream, &facts.item);
    let mut parts: Vec<Part> = Vec::new();
    let text = |range: &Range<u64>| {
        let text = words::escaped(&stream.content(range, LINE_BYTES));
        if range.end - range.start > LINE_BYTES as u64 { format!("{text} …") } else { text }
    };
    let mut name: Option<Range<u64>> = None;
    for leaf in leaves {
        match leaf.kind {
            SpanKind::FieldName => {
                // A name without a colon is a field without a value.
                name = Some(leaf.range.clone());
                let part = part(stream, text(&leaf.range), String::new(), leaf.kind, leaf.range);
                parts.push(part);
            }
            SpanKind::Delimiter => {}
            SpanKind::LineEnd => name = None,
            kind => {
                let range = match name.take() {
                    // The line as a whole takes the place of its name.
                    Some(name) => {
                        parts.pop();
                        name.start..leaf.range.end
                    }
                    None => leaf.range.clone(),
                };
                let named = parts_name(stream, kind, &range);
                let words = part_words(&facts.item, kind, leaf.range.end - leaf.range.start);
                parts.push(Part { words, ..part(stream, named, text(&leaf.range), kind, range) });
            }
        }
    }
    for part in &mut parts {
        let holds = |(_, range): &&(Note, Range<u64>)| part.content.contains(&range.start);
        if let Some((note, _)) = notes.iter().find(holds) {
            note.facts().sentence.clone_into(&mut part.words);
        }
    }
    parts
}

fn part(stream: &EventStream, name: String, value: String, kind: SpanKind, content: Range<u64>) -> Part {
    Part { name, value, words: String::new(), kind, range: stream.wire(&content), content }
}

/// The name of the field whose line is `range`, as it was sent, or that of the kind.
fn parts_name(stream: &EventStream, kind: SpanKind, range: &Range<u64>) -> String {
    match kind {
        SpanKind::Data if stream.format == Format::EventStream => "data".to_owned(),
        SpanKind::Type => "event".to_owned(),
        SpanKind::Id => "id".to_owned(),
        SpanKind::Retry => "retry".to_owned(),
        SpanKind::Ignored => {
            let line = stream.content(range, LINE_BYTES);
            words::escaped(line.split(|byte| *byte == b':').next().unwrap_or_default())
        }
        kind => kind.facts().name.to_owned(),
    }
}

fn part_words(item: &Item, kind: SpanKind, len: u64) -> String {
    match kind {
        SpanKind::Data => words::plural(len, "byte"),
        SpanKind::Retry => {
            item.retry.map_or_else(String::new, |retry| words::duration(retry.saturating_mul(1_000_000)))
        }
        SpanKind::Dispatch if item.is_dispatched() => "the event is dispatched".to_owned(),
        SpanKind::Dispatch => "nothing is dispatched".to_owned(),
        _ => String::new(),
    }
}

/// A sentence about the item of a row, and the clause behind it.
#[must_use]
pub fn about(stream: &EventStream, index: usize, facts: &ItemFacts) -> (String, &'static str) {
    let item = &facts.item;
    let section = stream.format.facts().section;
    if stream.is_open(index) {
        return (open_words(stream).to_owned(), section);
    }
    if stream.format != Format::EventStream {
        return (json_words(stream, item), section);
    }
    let section = "HTML §9.2.6";
    if !item.is_dispatched() {
        let sentence = if item.kind.is_none()
            && item.id.is_none()
            && item.retry.is_none()
            && item.ignored == 0
        {
            "A comment. Nothing reaches the page: it keeps the connection open while there is no event."
        } else {
            "There is no data field, so no event is dispatched. An id or a retry in it counts all the same."
        };
        return (sentence.to_owned(), section);
    }
    let data = match item.data_lines {
        1 => words::plural(item.data_bytes, "byte"),
        lines => format!("{} in {}", words::plural(item.data_bytes, "byte"), words::plural(lines, "line")),
    };
    let id = match &item.id {
        None => String::new(),
        Some(id) if id.is_empty() => " Its empty id makes the client forget the last one.".to_owned(),
        Some(id) => {
            let id = words::escaped(&stream.content(id, LINE_BYTES));
            format!(" A client that connects again sends Last-Event-ID: {id}.")
        }
    };
    (format!("An event of type {} with {data} of data.{id}", type_words(stream, item)), section)
}

const fn open_words(stream: &EventStream) -> &'static str {
    match (stream.is_over, stream.format) {
        (false, Format::EventStream) => "The empty line that ends the event has not come yet.",
        (false, _) => "The end of the JSON text has not come yet.",
        (true, Format::EventStream) => {
            "The stream ended before the empty line, so a client discards the event."
        }
        (true, _) => "The stream ended within the JSON text.",
    }
}

fn json_words(stream: &EventStream, item: &Item) -> String {
    if item.data_bytes > JSON_BYTES as u64 {
        return "A JSON text that is too long to be read here.".to_owned();
    }
    match serde_json::from_slice::<serde::de::IgnoredAny>(&stream.data(item, JSON_BYTES)) {
        Ok(_) => format!("A whole JSON text of {}.", words::plural(item.data_bytes, "byte")),
        Err(error) => format!("This is no JSON: {}.", words::escaped(error.to_string().as_bytes())),
    }
}

/// The type of an item in one word: `message`, or that of its `event` field.
#[must_use]
pub fn type_words(stream: &EventStream, item: &Item) -> String {
    match &item.kind {
        // "If the event type buffer has a value other than the empty string, change the type": else it is message.
        Some(kind) if !kind.is_empty() => words::escaped(&stream.content(kind, LINE_BYTES)),
        _ => item.usual_type(stream.format).to_owned(),
    }
}

/// The beginning of the data in one line; of a comment its text.
#[must_use]
pub fn data_words(stream: &EventStream, facts: &ItemFacts) -> String {
    let item = &facts.item;
    let (bytes, len) = if item.is_dispatched() {
        (stream.data(item, LINE_BYTES), item.data_bytes)
    } else {
        (stream.content(&item.comment, LINE_BYTES).into_owned(), item.comment.end - item.comment.start)
    };
    let text = words::escaped(&bytes);
    if len > bytes.len() as u64 { format!("{text} …") } else { text }
}

impl EventStream {
    /// The beginning of an item, as far as it is divided into parts, in offsets of the content.
    #[must_use]
    pub fn beginning(&self, item: &Item) -> Range<u64> {
        item.range.start..item.range.end.min(item.range.start.saturating_add(READ_BYTES as u64))
    }

    /// Leaves for the stream range of an item. The bytes of the content are parts of the item, those between them
    /// belong to the framing, as `stream` has it. Content that was decoded has no parts on the wire.
    #[must_use]
    pub fn leaves(&self, facts: &ItemFacts, stream: &StreamFacts) -> Vec<Leaf> {
        let first = stream.leaves.partition_point(|leaf| leaf.span.range.end <= facts.range.start);
        let around = stream.leaves[first..].iter().take_while(|leaf| leaf.span.range.start < facts.range.end);
        if !self.decoded.is_empty() {
            return around.cloned().collect();
        }
        let around = around.filter(|leaf| !leaf.span.kind.role().is_content());
        let mut leaves: Vec<Leaf> = around.cloned().collect();
        for leaf in divide(self, &facts.item).leaves {
            for piece in self.pieces.iter_in(&leaf.range) {
                let kind = Kind::Events(leaf.kind);
                leaves
                    .push(Leaf { span: wire::Leaf { kind, range: piece, partial: leaf.partial }, own: true });
            }
        }
        leaves.sort_by_key(|leaf| leaf.span.range.start);
        leaves
    }

    /// Leaves for the content of an item, in offsets of the content.
    #[must_use]
    pub fn content_leaves(&self, item: &Item) -> Vec<Leaf> {
        let leaves = divide(self, item).leaves.into_iter();
        let leaf = |leaf: wire::Leaf<SpanKind>| wire::Leaf {
            kind: Kind::Events(leaf.kind),
            range: leaf.range,
            partial: leaf.partial,
        };
        leaves.map(|found| Leaf { span: leaf(found), own: true }).collect()
    }
}
