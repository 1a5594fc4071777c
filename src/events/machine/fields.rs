//! The lines of an event stream (the HTML standard §9.2.6).

use memchr::{memchr2, memchr3};

use crate::wire::Sink;

use super::{super::item::BYTE_ORDER_MARK, ItemMachine, Name, Note, SpanKind, Stage, Took};

impl Name {
    fn push(&mut self, bytes: &[u8]) {
        let at = usize::try_from(self.len).unwrap_or(usize::MAX).min(self.bytes.len());
        let len = bytes.len().min(self.bytes.len() - at);
        self.bytes[at..at + len].copy_from_slice(&bytes[..len]);
        self.len += bytes.len() as u64;
    }

    /// The kind of the value of a field of this name.
    pub(super) fn value_kind(&self) -> SpanKind {
        // "Field names must be compared literally, with no case folding performed."
        match self.bytes.get(..usize::try_from(self.len).unwrap_or(usize::MAX)) {
            Some(b"data") => SpanKind::Data,
            Some(b"event") => SpanKind::Type,
            Some(b"id") => SpanKind::Id,
            Some(b"retry") => SpanKind::Retry,
            _ => SpanKind::Ignored,
        }
    }
}

impl ItemMachine {
    /// Takes one step in an event stream.
    pub(super) fn read_fields<S: Sink<SpanKind>>(&mut self, data: &[u8], sink: &mut S) -> Took {
        let Some(&first) = data.first() else { return Took::Nothing };
        match self.stage {
            Stage::Start => self.skip_mark(data, sink),
            Stage::LineStart => {
                self.begin();
                match first {
                    b'\r' | b'\n' => {
                        self.take_line_end(first, true, sink);
                        Took::Bytes(1)
                    }
                    // "If the line starts with a U+003A COLON character (:): Ignore the line."
                    b':' => {
                        self.stage = Stage::Comment;
                        Took::Bytes(0)
                    }
                    _ => {
                        self.stage = Stage::Name;
                        Took::Bytes(0)
                    }
                }
            }
            Stage::Name => {
                let len = memchr3(b':', b'\r', b'\n', data).unwrap_or(data.len());
                self.name.push(&data[..len]);
                self.check_utf8(&data[..len], sink);
                self.consume(len);
                match data.get(len) {
                    None => Took::Bytes(len),
                    Some(b':') => {
                        self.end_utf8(sink);
                        self.end_token(SpanKind::FieldName, sink);
                        self.consume(1);
                        self.stage = Stage::Colon;
                        Took::Bytes(len + 1)
                    }
                    // "Otherwise [...] using the whole line as the field name, and the empty string as the field
                    // value."
                    Some(_) => {
                        self.end_token(SpanKind::FieldName, sink);
                        self.stage = Stage::Value;
                        Took::Bytes(len)
                    }
                }
            }
            Stage::Colon => {
                // "If value starts with a U+0020 SPACE character, remove it from value."
                let len = usize::from(first == b' ');
                self.consume(len);
                self.end_token(SpanKind::Delimiter, sink);
                self.stage = Stage::Value;
                Took::Bytes(len)
            }
            Stage::Value | Stage::Comment => self.read_to_line_end(data, sink),
            Stage::Cr { is_blank } => {
                let len = usize::from(first == b'\n');
                self.consume(len);
                self.end_line(is_blank, sink);
                Took::Bytes(len)
            }
            Stage::Text | Stage::Complete => Took::Nothing,
        }
    }

    /// "[...] the UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
    fn skip_mark<S: Sink<SpanKind>>(&mut self, data: &[u8], sink: &mut S) -> Took {
        if data.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(data) && !self.is_over {
            self.held = data.len();
            return Took::Nothing;
        }
        let len = if data.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        self.consume(len);
        self.end_token(SpanKind::ByteOrderMark, sink);
        self.begin_line();
        Took::Bytes(len)
    }

    fn read_to_line_end<S: Sink<SpanKind>>(&mut self, data: &[u8], sink: &mut S) -> Took {
        let len = memchr2(b'\r', b'\n', data).unwrap_or(data.len());
        let bytes = &data[..len];
        self.check_utf8(bytes, sink);
        if self.stage == Stage::Value {
            match self.name.value_kind() {
                SpanKind::Id => self.seen.nul |= bytes.contains(&0),
                SpanKind::Retry => self.retry = self.retry.and_then(|value| digits(value, bytes)),
                _ => {}
            }
        }
        self.consume(len);
        let Some(&end) = data.get(len) else { return Took::Bytes(len) };
        self.end_utf8(sink);
        self.end_content(sink);
        self.take_line_end(end, false, sink);
        Took::Bytes(len + 1)
    }

    /// Processes the field or the comment that ends before the current byte.
    fn end_content<S: Sink<SpanKind>>(&mut self, sink: &mut S) {
        if self.stage == Stage::Comment {
            let range = self.end_token(SpanKind::Comment, sink);
            if self.item.comments == 0 {
                self.item.comment = range.start + 1..range.end;
            }
            self.item.comments += 1;
            return;
        }
        let kind = self.name.value_kind();
        let range = self.token..self.offset;
        let ignored = match kind {
            // "If the field value consists of only ASCII digits, then interpret the field value as an integer in
            // base ten [...]. Otherwise, ignore the field."
            SpanKind::Retry if self.retry.is_none() || range.is_empty() => Some(Note::RetryNotDigits),
            // "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field
            // value. Otherwise, ignore the field."
            SpanKind::Id if self.seen.nul => Some(Note::IdWithNul),
            SpanKind::Ignored => Some(Note::UnknownField),
            _ => None,
        };
        let item = &mut self.item;
        match (ignored, kind) {
            (Some(note), _) => {
                item.ignored += 1;
                let is_named = note == Note::UnknownField || range.is_empty();
                let name = self.line..self.line + self.name.len;
                sink.note(note, if is_named { name } else { range });
            }
            (None, SpanKind::Data) => {
                // "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF)": the last
                // one is removed when the event is dispatched.
                item.data_bytes += range.end - range.start + u64::from(item.data_lines > 0);
                if item.data_lines == 0 {
                    item.data = range.clone();
                }
                item.data_lines += 1;
            }
            (None, SpanKind::Type) => item.kind = Some(range),
            (None, SpanKind::Id) => item.id = Some(range),
            (None, SpanKind::Retry) => item.retry = self.retry,
            (None, _) => {}
        }
        self.end_token(if ignored.is_some() { SpanKind::Ignored } else { kind }, sink);
    }

    /// Takes the CR or the LF at the current place.
    fn take_line_end<S: Sink<SpanKind>>(&mut self, byte: u8, is_blank: bool, sink: &mut S) {
        self.consume(1);
        if byte == b'\r' {
            self.stage = Stage::Cr { is_blank };
        } else {
            self.end_line(is_blank, sink);
        }
    }

    /// Ends a line. "If the line is empty (a blank line): Dispatch the event". Empty lines after which nothing is
    /// dispatched belong to the item that follows.
    pub(super) fn end_line<S: Sink<SpanKind>>(&mut self, is_blank: bool, sink: &mut S) {
        let ends_item = is_blank && !self.item.is_blank();
        self.end_token(if ends_item { SpanKind::Dispatch } else { SpanKind::LineEnd }, sink);
        self.begin_line();
        if ends_item {
            self.stage = Stage::Complete;
        }
    }
}

/// `value` with more digits; the largest number stands for larger ones. `None`: not all bytes are digits.
fn digits(value: u64, bytes: &[u8]) -> Option<u64> {
    bytes.iter().try_fold(value, |value, byte| {
        let digit = char::from(*byte).to_digit(10)?;
        Some(value.saturating_mul(10).saturating_add(u64::from(digit)))
    })
}
