//! Reads a chunked body (RFC 9112 §7.1), of requests and responses.
//!
//! ```text
//! 5;name=value CRLF  hello CRLF  0 CRLF  Trailer: value CRLF  CRLF
//! └ size      └ end  └ data      └ last  └ trailer section
//! ```

use super::{
    fault::HEAD_BYTES_MAX,
    fields::{self, Section},
    grammar::{is_quoted, is_token, is_value},
    leniency::Leniency,
    limits::Limits,
    rule::{Rule, Violation},
    span::{Note, SpanKind},
    stand::Stand,
};
use crate::wire::{Event, Sink, Span, State, Step};

/// Most bytes of chunk extensions in one message.
///
/// RFC 9112 §7.1.1: "A server ought to limit the total length of chunk extensions received in a
/// request to an amount reasonable for the services provided".
const EXTENSION_BYTES_MAX: u32 = 16 * 1024;

/// Most digits of a chunk size: as many as 64 bits have. Further digits can only be leading zeros.
const DIGITS_MAX: u8 = 16;

/// A reader of a chunked body. It consumes what it reads at once, except for the trailer section, which it
/// consumes as a whole.
#[derive(Clone, Debug)]
pub(super) struct Chunks {
    stage: Stage,
    /// Stream offset of the token that is not complete.
    token: u64,
    /// Stream offset of the first byte that was not looked at.
    reached: u64,
    /// Size of the current chunk as far as its digits arrived; inside the data, the bytes still to come.
    size: u64,
    /// Number of digits of the size so far.
    digits: u8,
    /// Sum of all chunk sizes so far, in bytes.
    content: u64,
    /// Bytes of extensions so far.
    extensions: u32,
    trailers: Section,
    /// Whether the trailer section has a field.
    any_trailer: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Size,
    /// In white space after a size.
    SizeEnd,
    /// After a `;`: a name must begin.
    ExtensionStart,
    ExtensionName,
    /// After a `=`: a token or a quoted string must begin.
    ExtensionValue,
    ExtensionToken,
    ExtensionQuoted,
    /// After a backslash in a quoted string.
    ExtensionEscape,
    /// After the closing quote.
    ExtensionEnd,
    /// After the CR of the size's line.
    LineEnd,
    Data,
    /// After the data: its CR.
    DataEnd,
    /// After that CR.
    DataLineEnd,
    Trailers,
    End,
}

impl Chunks {
    /// A reader of a body that begins at stream offset `offset`.
    pub(super) fn starting(offset: u64) -> Self {
        Self {
            stage: Stage::Size,
            token: offset,
            reached: offset,
            size: 0,
            digits: 0,
            content: 0,
            extensions: 0,
            trailers: Section::default(),
            any_trailer: false,
        }
    }

    pub(super) const fn state(&self) -> State {
        match self.stage {
            Stage::Data => State::Body(Some(self.size)),
            Stage::Trailers => State::Trailers,
            _ => State::Body(None),
        }
    }

    /// Where the body stands.
    pub(super) const fn stand(&self) -> Stand {
        match self.stage {
            Stage::Size if self.digits == 0 => Stand::ChunkStart,
            Stage::Size => Stand::ChunkSize,
            Stage::SizeEnd => Stand::ChunkSizeSpace,
            Stage::ExtensionStart | Stage::ExtensionName => Stand::ExtensionName,
            Stage::ExtensionValue | Stage::ExtensionToken => Stand::ExtensionValue,
            Stage::ExtensionQuoted | Stage::ExtensionEscape => Stand::ExtensionQuoted,
            Stage::ExtensionEnd => Stand::ExtensionEnd,
            Stage::LineEnd => Stand::LineEnd,
            Stage::Data => Stand::ChunkData,
            Stage::DataEnd => Stand::ChunkEnd,
            Stage::DataLineEnd => Stand::ChunkLineEnd,
            Stage::Trailers => self.trailers.stand(),
            Stage::End => Stand::Over,
        }
    }

    /// Bytes of data of the current chunk that are still to come.
    pub(super) const fn plain(&self) -> u64 {
        if matches!(self.stage, Stage::Data) { self.size } else { 0 }
    }

    /// Stream offset of the first byte that was not looked at.
    pub(super) const fn reached(&self) -> u64 {
        self.reached
    }

    /// Length of the trailer section in bytes, its empty line included, as far as it was read.
    pub(super) const fn trailer_len(&self) -> usize {
        self.trailers.at()
    }

    /// The token that has begun and is not complete. `None`: no token has begun.
    pub(super) fn pending(&self) -> Option<Span<SpanKind>> {
        let kind = match self.stage {
            Stage::Size | Stage::SizeEnd => SpanKind::ChunkSize,
            Stage::ExtensionStart
            | Stage::ExtensionName
            | Stage::ExtensionValue
            | Stage::ExtensionToken
            | Stage::ExtensionQuoted
            | Stage::ExtensionEscape
            | Stage::ExtensionEnd => SpanKind::ChunkExtension,
            Stage::Data => SpanKind::Body,
            Stage::LineEnd | Stage::DataEnd | Stage::DataLineEnd => SpanKind::LineEnd,
            Stage::Trailers => {
                let (kind, range) = self.trailers.pending(&fields::TRAILERS)?;
                return Some((kind, self.token + range.start as u64..self.token + range.end as u64));
            }
            Stage::End => return None,
        };
        (self.token < self.reached).then_some((kind, self.token..self.reached))
    }

    /// Takes one step in `data`, which begins at stream offset `base` and with the first byte that no step
    /// has consumed.
    pub(super) fn read<S: Sink<SpanKind>>(
        &mut self,
        data: &[u8],
        base: u64,
        limits: &Limits,
        sink: &mut S,
    ) -> Result<Step, Violation> {
        let mut at = 0;
        let event = loop {
            match self.stage {
                Stage::Data if at == data.len() => break Event::NeedData,
                Stage::Data => {
                    let rest = data.len() - at;
                    let len = usize::try_from(self.size).map_or(rest, |left| left.min(rest));
                    self.size -= len as u64;
                    let content = at..at + len;
                    at += len;
                    self.reached = base + at as u64;
                    if self.size == 0 {
                        self.complete(SpanKind::Body, self.reached, sink);
                        self.stage = Stage::DataEnd;
                    }
                    break Event::Body(content);
                }
                Stage::Trailers => break self.trailers(data, &mut at, limits, sink)?,
                Stage::End => break Event::End,
                _ => {
                    let Some(&byte) = data.get(at) else { break Event::NeedData };
                    self.framing(byte, limits, sink)?;
                    at += 1;
                    self.reached += 1;
                }
            }
        };
        Ok(Step { consumed: at, event })
    }

    /// Reads `byte`, which is part of the framing and not of the data.
    ///
    /// RFC 9112 §7.1: `chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF`.
    fn framing<S: Sink<SpanKind>>(
        &mut self,
        byte: u8,
        limits: &Limits,
        sink: &mut S,
    ) -> Result<(), Violation> {
        let tolerates = |leniency| limits.leniencies.has(leniency);
        match (self.stage, byte) {
            (Stage::Size | Stage::SizeEnd, b'\n') if self.digits > 0 && tolerates(Leniency::BareLineFeed) => {
                self.framing(b'\r', limits, sink)?;
                return self.bare_line_feed(limits, sink);
            }
            (Stage::DataEnd, b'\n') if tolerates(Leniency::BareLineFeed) => {
                self.stage = Stage::DataLineEnd;
                return self.bare_line_feed(limits, sink);
            }
            (Stage::Size | Stage::SizeEnd, b'\r' | b';') if self.digits > 0 => {
                if self.size > limits.body_bytes.saturating_sub(self.content) {
                    return Err(Violation::token(Rule::BodyTooLarge, self.token..self.reached));
                }
                self.content += self.size;
                self.complete(SpanKind::ChunkSize, self.reached, sink);
                self.stage = if byte == b';' { Stage::ExtensionStart } else { Stage::LineEnd };
            }
            // RFC 9112 §7.1: no white space follows the size, though old servers fill it up with spaces.
            (Stage::Size, b' ' | b'\t') if self.digits > 0 && tolerates(Leniency::ChunkSizeSpace) => {
                sink.note(Note::Tolerated(Leniency::ChunkSizeSpace), self.reached..self.reached + 1);
                self.stage = Stage::SizeEnd;
            }
            (Stage::SizeEnd, b' ' | b'\t') => {}
            (Stage::SizeEnd, _) => return Err(self.fault(Rule::ChunkSizeMalformed, byte)),
            (Stage::Size, _) => self.digit(byte)?,
            (Stage::DataEnd, b'\r') => self.stage = Stage::DataLineEnd,
            (Stage::DataEnd, _) => return Err(self.fault(Rule::ChunkEndMissing, byte)),
            // RFC 9112 §2.2: "A recipient of such a bare CR MUST consider that element to be
            // invalid". In chunked framing an LF alone is never taken for a line's end.
            (Stage::LineEnd | Stage::DataLineEnd, b'\n') => {
                self.complete(SpanKind::LineEnd, self.reached + 1, sink);
                self.stage = match (self.stage, self.size) {
                    (Stage::DataLineEnd, _) => Stage::Size,
                    // RFC 9112 §7.1: `last-chunk = 1*("0") [ chunk-ext ] CRLF`.
                    (_, 0) => Stage::Trailers,
                    _ => Stage::Data,
                };
                self.digits = 0;
            }
            (Stage::LineEnd | Stage::DataLineEnd, _) => {
                return Err(Violation::byte(Rule::BareCarriageReturn, self.reached - 1, b'\r'));
            }
            _ => self.extension(byte, sink)?,
        }
        Ok(())
    }

    /// Reads an LF alone as the end of the line.
    #[cold]
    fn bare_line_feed<S: Sink<SpanKind>>(&mut self, limits: &Limits, sink: &mut S) -> Result<(), Violation> {
        sink.note(Note::Tolerated(Leniency::BareLineFeed), self.reached..self.reached + 1);
        self.framing(b'\n', limits, sink)
    }

    /// RFC 9112 §7.1: `chunk-size = 1*HEXDIG`, and "recipients MUST anticipate potentially large
    /// hexadecimal numerals and prevent parsing errors due to integer conversion overflows".
    fn digit(&mut self, byte: u8) -> Result<(), Violation> {
        let Some(digit) = char::from(byte).to_digit(16) else {
            return Err(self.fault(Rule::ChunkSizeMalformed, byte));
        };
        let size = self.size << 4 | u64::from(digit);
        // One bit is left over, so that offsets in the stream cannot overflow either.
        if self.digits == DIGITS_MAX || size > u64::MAX >> 1 {
            return Err(Violation::token(Rule::ChunkSizeOverflow, self.token..self.reached + 1));
        }
        self.size = size;
        self.digits += 1;
        Ok(())
    }

    /// RFC 9112 §7.1.1: `chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )`,
    /// without the "bad" white space: no sender has a use for it, and it has been used to smuggle
    /// requests.
    fn extension<S: Sink<SpanKind>>(&mut self, byte: u8, sink: &mut S) -> Result<(), Violation> {
        self.extensions += 1;
        if self.extensions > EXTENSION_BYTES_MAX {
            return Err(Violation::byte(Rule::ChunkExtensionTooLong, self.reached, byte));
        }
        self.stage = match (self.stage, byte) {
            (Stage::ExtensionName | Stage::ExtensionToken | Stage::ExtensionEnd, b'\r') => {
                sink.note(Note::ChunkExtensionIgnored, self.token..self.reached);
                self.complete(SpanKind::ChunkExtension, self.reached, sink);
                Stage::LineEnd
            }
            (Stage::ExtensionName | Stage::ExtensionToken | Stage::ExtensionEnd, b';') => {
                Stage::ExtensionStart
            }
            (Stage::ExtensionName, b'=') => Stage::ExtensionValue,
            (Stage::ExtensionStart | Stage::ExtensionName, _) if is_token(byte) => Stage::ExtensionName,
            (Stage::ExtensionValue | Stage::ExtensionToken, _) if is_token(byte) => Stage::ExtensionToken,
            (Stage::ExtensionValue, b'"') => Stage::ExtensionQuoted,
            (Stage::ExtensionQuoted, b'"') => Stage::ExtensionEnd,
            // RFC 9110 §5.6.4: `quoted-pair = "\" ( HTAB / SP / VCHAR / obs-text )`.
            (Stage::ExtensionQuoted, b'\\') => Stage::ExtensionEscape,
            (Stage::ExtensionQuoted, _) if is_quoted(byte) => Stage::ExtensionQuoted,
            (Stage::ExtensionEscape, _) if is_value(byte) => Stage::ExtensionQuoted,
            _ => return Err(self.fault(Rule::ChunkExtensionMalformed, byte)),
        };
        Ok(())
    }

    /// RFC 9112 §7.1.2: `trailer-section = *( field-line CRLF )`, then the empty line.
    fn trailers<S: Sink<SpanKind>>(
        &mut self,
        data: &[u8],
        at: &mut usize,
        limits: &Limits,
        sink: &mut S,
    ) -> Result<Event, Violation> {
        let section = data.get(*at..).unwrap_or_default();
        let limit = limits.head_bytes.min(HEAD_BYTES_MAX);
        let window = &section[..section.len().min(limit)];
        let any = &mut self.any_trailer;
        let base = self.token;
        let outcome =
            self.trailers
                .read(window, base, (&fields::TRAILERS, limits.leniencies), sink, |_, _, _| *any = true);
        self.reached = base + self.trailers.at() as u64;
        if outcome.map_err(|fault| fault.into_violation(base))? {
            // RFC 9112 §7.1.2: "A recipient that retains a received trailer field MUST either
            // store/forward the trailer field separately from the received header fields or merge".
            if self.any_trailer {
                sink.note(Note::TrailersKeptApart, base..self.reached - 2);
            }
            *at += self.trailers.at();
            self.stage = Stage::End;
            return Ok(Event::End);
        }
        match section.get(limit) {
            Some(&byte) => Err(Violation::byte(Rule::TrailersTooLarge, self.reached, byte)),
            None => Ok(Event::NeedData),
        }
    }

    /// Reports the token that began at [`Self::token`] and ends before stream offset `end`.
    fn complete<S: Sink<SpanKind>>(&mut self, kind: SpanKind, end: u64, sink: &mut S) {
        sink.span(kind, self.token..end);
        self.token = end;
    }

    /// A violation of `rule` by the byte at [`Self::reached`]; a bare LF breaks its own rule instead.
    fn fault(&self, rule: Rule, byte: u8) -> Violation {
        let rule = if byte == b'\n' { Rule::BareLineFeed } else { rule };
        Violation::byte(rule, self.reached, byte)
    }
}

#[cfg(test)]
mod tests;
