//! Reads items off the content of a message. A token is consumed as it arrives and never held, so an item of any
//! length takes no memory. `fields` reads the lines of events, `records` JSON texts.

mod fields;
mod records;

use std::ops::Range;

use crate::{
    base::utf8::Utf8,
    wire::{Event, Machine, Replayable, Sink, Span, State, Step, Violation},
};

use super::{format::Format, item::Item, note::Note, span::SpanKind};

/// The rules that a stream can break: none. What a format does not know is ignored, and noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {}

/// The machine. [`Event::End`] says that an item is complete; [`Self::item`] has it.
#[derive(Clone, Debug)]
pub struct ItemMachine {
    format: Format,
    /// Offset of the first byte that is not consumed.
    offset: u64,
    /// Offset of the first byte of the token under way.
    token: u64,
    stage: Stage,
    /// The item under way or, after its end, the complete one.
    item: Item,
    /// Whether `item` has been given out.
    is_given: bool,
    /// Offset of the first byte of the line under way.
    line: u64,
    /// The name of the field under way.
    name: Name,
    /// The value of a `retry` field under way. `None`: not digits.
    retry: Option<u64>,
    /// What the line or the text under way holds beside its place.
    seen: Seen,
    utf8: Utf8,
    /// Bytes at hand that were looked at and not consumed: those of what may be a byte-order mark.
    held: usize,
    /// Whether no more bytes come.
    is_over: bool,
}

/// What a line or a text holds.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts about the same bytes")]
struct Seen {
    /// Whether U+0000 is in it.
    nul: bool,
    /// Whether a byte that is no white space is in it.
    text: bool,
    /// Whether its last byte is a carriage return.
    cr: bool,
    /// Whether its last byte is a line feed.
    lf: bool,
    /// Whether a byte that is not UTF-8 is in it.
    not_utf8: bool,
}

/// The first bytes of a name, which tell it from all others.
#[derive(Clone, Copy, Debug, Default)]
struct Name {
    bytes: [u8; 5],
    len: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The first byte of the stream has not been seen.
    Start,
    /// Before the first byte of a line or of a text.
    LineStart,
    Name,
    /// After the colon, where one space may follow.
    Colon,
    Value,
    Comment,
    /// After a CR, where an LF may follow. Whether the line is an empty one.
    Cr {
        is_blank: bool,
    },
    /// In a JSON text.
    Text,
    /// The item is complete and was not given out.
    Complete,
}

/// What a step of the machine came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Took {
    /// The number of bytes that were taken, possibly none; there may be more to do.
    Bytes(usize),
    /// Nothing can be taken until more arrives.
    Nothing,
}

impl ItemMachine {
    /// A machine for content in this format, at its beginning.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self::at(format, 0, Stage::Start)
    }

    /// A machine that reads on at `offset`, where an item begins.
    #[must_use]
    pub fn between_items(format: Format, offset: u64) -> Self {
        Self::at(format, offset, if offset == 0 { Stage::Start } else { Stage::LineStart })
    }

    fn at(format: Format, offset: u64, stage: Stage) -> Self {
        Self {
            format,
            offset,
            token: offset,
            stage,
            item: Item { range: offset..offset, ..Item::default() },
            is_given: false,
            line: offset,
            name: Name::default(),
            retry: None,
            seen: Seen::default(),
            utf8: Utf8::default(),
            held: 0,
            is_over: false,
        }
    }

    /// The item that is complete after [`Event::End`], else the one under way.
    #[must_use]
    pub const fn item(&self) -> &Item {
        &self.item
    }

    /// Whether a reader acts on the item under way although it is not known where it ends: after a CR, an LF may
    /// follow; after a text of a sequence, white space.
    #[must_use]
    pub const fn is_as_good_as_complete(&self) -> bool {
        match self.stage {
            Stage::Cr { is_blank } => is_blank && !self.item.is_blank(),
            Stage::Text => matches!(self.format, Format::Sequence) && self.seen.text && self.seen.lf,
            _ => false,
        }
    }

    /// Whether an item has begun and not ended.
    #[must_use]
    pub const fn is_in_item(&self) -> bool {
        match self.stage {
            Stage::Start | Stage::Complete => false,
            Stage::LineStart => !self.is_given && !self.item.is_blank(),
            Stage::Cr { .. } => !self.item.is_blank(),
            Stage::Text => self.seen.text,
            Stage::Name | Stage::Colon | Stage::Value | Stage::Comment => true,
        }
    }

    /// The offset after the last byte that was looked at.
    #[must_use]
    pub const fn reached(&self) -> u64 {
        self.offset + self.held as u64
    }

    /// Begins the next item.
    fn begin(&mut self) {
        if self.is_given {
            self.item = Item { range: self.offset..self.offset, ..Item::default() };
            self.is_given = false;
        }
    }

    /// Consumes the next `len` bytes, which are part of the token under way.
    fn consume(&mut self, len: usize) {
        self.offset += len as u64;
        self.item.range.end = self.offset;
    }

    /// Ends the token under way, and reports it unless it is empty.
    fn end_token<S: Sink<SpanKind>>(&mut self, kind: SpanKind, sink: &mut S) -> Range<u64> {
        let range = self.token..self.offset;
        if !range.is_empty() {
            sink.span(kind, range.clone());
        }
        self.token = self.offset;
        range
    }

    /// Begins a line, or a text.
    fn begin_line(&mut self) {
        (self.name, self.retry, self.seen, self.utf8) =
            (Name::default(), Some(0), Seen::default(), Utf8::default());
        self.line = self.offset;
        self.stage = Stage::LineStart;
    }

    /// Checks that bytes at the current offset are UTF-8. Only the first fault of a line is noted.
    fn check_utf8<S: Sink<SpanKind>>(&mut self, bytes: &[u8], sink: &mut S) {
        if self.seen.not_utf8 {
            return;
        }
        if let Err(at) = self.utf8.check(bytes) {
            let at = self.offset + at as u64;
            self.note_utf8(at..at + 1, sink);
        }
    }

    /// Checks that the line or text under way, which ends here, does not end within a character.
    fn end_utf8<S: Sink<SpanKind>>(&mut self, sink: &mut S) {
        if !self.seen.not_utf8 && !self.utf8.is_complete() {
            let unfinished = u64::from(self.utf8.unfinished());
            self.note_utf8(self.offset - unfinished..self.offset, sink);
        }
        self.utf8 = Utf8::default();
    }

    fn note_utf8<S: Sink<SpanKind>>(&mut self, range: Range<u64>, sink: &mut S) {
        self.seen.not_utf8 = true;
        self.item.not_utf8.get_or_insert(range.start);
        sink.note(Note::NotUtf8, range);
    }
}

impl Machine for ItemMachine {
    type Kind = SpanKind;
    type Rule = Rule;

    fn advance<S: Sink<SpanKind>>(&mut self, data: &[u8], sink: &mut S) -> Result<Step, Violation<Rule>> {
        let mut consumed = 0;
        self.held = 0;
        loop {
            if self.stage == Stage::Complete {
                self.is_given = true;
                self.begin_line();
                return Ok(Step { consumed, event: Event::End });
            }
            let took = match self.format {
                Format::EventStream => self.read_fields(&data[consumed..], sink),
                Format::Lines | Format::Sequence => self.read_record(&data[consumed..], sink),
            };
            match took {
                Took::Bytes(len) => consumed += len,
                Took::Nothing => return Ok(Step { consumed, event: Event::NeedData }),
            }
        }
    }

    fn end_of_input<S: Sink<SpanKind>>(&mut self, sink: &mut S) -> Result<(), Violation<Rule>> {
        self.is_over = true;
        match self.stage {
            Stage::Cr { is_blank } => self.end_line(is_blank, sink),
            Stage::Text => self.end_text(self.offset, sink),
            _ => {}
        }
        Ok(())
    }

    fn offset(&self) -> u64 {
        self.offset
    }

    fn state(&self) -> State {
        if self.is_in_item() { State::Body(None) } else { State::Idle }
    }

    fn pending(&self) -> Option<Span<SpanKind>> {
        let kind = match self.stage {
            Stage::Start | Stage::LineStart | Stage::Name => SpanKind::FieldName,
            Stage::Colon => SpanKind::Delimiter,
            Stage::Value => self.name.value_kind(),
            Stage::Comment => SpanKind::Comment,
            Stage::Cr { is_blank: true } => SpanKind::Dispatch,
            Stage::Cr { is_blank: false } => SpanKind::LineEnd,
            Stage::Text | Stage::Complete => SpanKind::Data,
        };
        (self.token < self.reached()).then(|| (kind, self.token..self.reached()))
    }
}

impl Replayable for ItemMachine {
    type Head = Item;
}
