//! JSON texts, one a line (NDJSON) or each after a record separator (RFC 7464).

use memchr::memchr;

use crate::wire::Sink;

use super::{Format, ItemMachine, Note, SpanKind, Stage, Took};

/// The byte before each text of a sequence (RFC 7464 §2.2).
const SEPARATOR: u8 = 0x1E;

impl ItemMachine {
    /// Takes one step among JSON texts.
    pub(super) fn read_record<S: Sink<SpanKind>>(&mut self, data: &[u8], sink: &mut S) -> Took {
        let Some(&first) = data.first() else { return Took::Nothing };
        if matches!(self.stage, Stage::Start | Stage::LineStart) {
            if self.stage == Stage::Start {
                self.begin_line();
            }
            self.begin();
            self.stage = Stage::Text;
            if self.format == Format::Sequence {
                // RFC 7464 §2.1: "possible-JSON = 1*(not-RS)"; several separators in a row begin one text.
                if first == SEPARATOR {
                    self.consume(1);
                    self.end_token(SpanKind::Separator, sink);
                    self.stage = Stage::LineStart;
                    return Took::Bytes(1);
                }
                if self.item.range.is_empty() {
                    sink.note(Note::NoSeparator, self.offset..self.offset + 1);
                    self.item.ignored += 1;
                }
            }
        }
        let end = if self.format == Format::Sequence { SEPARATOR } else { b'\n' };
        let len = memchr(end, data).unwrap_or(data.len());
        let bytes = &data[..len];
        self.check_utf8(bytes, sink);
        self.seen.text |= bytes.iter().any(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        if let Some(last) = bytes.last() {
            (self.seen.cr, self.seen.lf) = (*last == b'\r', *last == b'\n');
        }
        self.consume(len);
        if data.get(len).is_none() {
            return Took::Bytes(len);
        }
        if self.format == Format::Sequence {
            self.end_text(self.offset, sink);
            return Took::Bytes(len);
        }
        let text_end = self.offset - u64::from(self.seen.cr);
        self.consume(1);
        self.end_text(text_end, sink);
        Took::Bytes(len + 1)
    }

    /// Ends the text under way at `text_end`; what follows up to the current offset is the end of its line. White
    /// space alone is no text, and belongs to the one that follows.
    pub(super) fn end_text<S: Sink<SpanKind>>(&mut self, text_end: u64, sink: &mut S) {
        let range = self.token..text_end;
        let (seen, is_sequence) = (self.seen, self.format == Format::Sequence);
        if !seen.text {
            self.end_token(SpanKind::LineEnd, sink);
            self.begin_line();
            return;
        }
        self.end_utf8(sink);
        // RFC 7464 §2.4: a number or a literal that no white space follows may have been cut off.
        if is_sequence && !seen.lf {
            sink.note(Note::NoLineFeed, text_end - 1..text_end);
            self.item.ignored += 1;
        }
        let text_end = range.end - u64::from(is_sequence && seen.lf);
        self.item.data = range.start..text_end;
        (self.item.data_lines, self.item.data_bytes) = (1, text_end - range.start);
        sink.span(SpanKind::Data, range.start..text_end);
        self.token = text_end;
        self.end_token(SpanKind::LineEnd, sink);
        self.stage = Stage::Complete;
    }
}
