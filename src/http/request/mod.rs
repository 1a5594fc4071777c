//! The machine that reads requests: from a stream in pieces to heads, bodies and ends.

mod field_index;
mod line;
mod stand;
mod target;
#[cfg(test)]
mod tests;
mod usual;

use std::mem;

use super::{
    chunked::Chunks,
    fault::HEAD_BYTES_MAX,
    fields::{self, Section},
    framing::Framing,
    head::{Field, Head},
    limits::Limits,
    rule::{Rule, Violation},
    span::{Note, SpanKind},
};
use crate::wire::{Event, Machine, Replayable, Sink, Span, State, Step};
use field_index::FieldIndex;
use line::RequestLine;

/// Upper bound on the empty lines that are skipped before a request line. RFC 9112 §2.2 asks for "at least
/// one", for old clients that send one too many after a body.
const EMPTY_LINES_MAX: u8 = 8;

/// Reads requests off one connection. A pure function of the bytes: the same events for a message
/// fed whole, split at any byte, or followed by others.
///
/// Inputs: [`set_limits`](Self::set_limits) at any time, [`advance`](Machine::advance) with the bytes,
/// [`end_of_input`](Machine::end_of_input) when the client finishes sending. Polls:
/// [`state`](Machine::state), [`offset`](Machine::offset), [`pending`](Machine::pending),
/// [`message_start`](Self::message_start), [`has_line`](Self::has_line), [`head`](Self::head) and
/// [`partial_head`](Self::partial_head). The order of calls is that of [`Machine`]. Between
/// [`Event::Head`] and [`Event::End`], whoever answers may call [`take_head`](Self::take_head), and give
/// the memory back by [`recycle`](Self::recycle) when the answer is complete.
///
/// ```text
/// Idle ── Line ── Fields ─┬─ Length ─┬─ Idle
///                         └─ Chunks ─┘
/// ```
#[derive(Clone, Debug)]
pub struct RequestMachine {
    /// Limits that apply to the message being parsed. [`Self::set_limits`] changes only the next one.
    limits: Limits,
    /// Limits that will apply to the next message.
    next_limits: Limits,
    /// Stream offset of the first byte that is not consumed.
    offset: u64,
    /// Stream offset at which the current message begins.
    message_start: u64,
    phase: Phase,
    /// Length of the trailer section of the message that has ended last.
    trailer_len: usize,
    head: Head,
    index: FieldIndex,
    /// The rule that the message breaks. `phase` stays where the fault was found. `None`: no rule is
    /// broken so far.
    failed: Option<Violation>,
}

/// The part of a message that is being read.
#[derive(Clone, Debug)]
enum Phase {
    /// Between messages, after `lines` empty lines. `return_seen`: the CR of another empty line has been
    /// looked at.
    Idle { lines: u8, return_seen: bool },
    /// The request line, from [`RequestMachine::offset`].
    Line(RequestLine),
    /// The field lines; the head begins at [`RequestMachine::offset`].
    Fields(Section),
    /// A body that began at stream offset `start`, with `left` bytes still to come. Without a body: 0.
    Length { start: u64, left: u64 },
    /// A chunked body.
    Chunks(Chunks),
}

impl Phase {
    const IDLE: Self = Self::Idle { lines: 0, return_seen: false };
}

impl RequestMachine {
    /// A machine at stream offset 0.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::starting_at(limits, 0)
    }

    /// A machine that starts at stream offset `offset`, between two messages.
    #[must_use]
    pub fn starting_at(limits: Limits, offset: u64) -> Self {
        Self {
            limits,
            next_limits: limits,
            offset,
            message_start: offset,
            phase: Phase::IDLE,
            head: Head::blank(offset, Vec::new()),
            index: FieldIndex::default(),
            trailer_len: 0,
            failed: None,
        }
    }

    /// Sets the limits for the messages that begin from now on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.next_limits = limits;
    }

    /// Stream offset at which the current message begins, empty lines before it included: where the
    /// message before it ended. Between messages: where the next one will begin.
    #[must_use]
    pub fn message_start(&self) -> u64 {
        self.message_start
    }

    /// Whether the request line of the current message was read to its end.
    #[must_use]
    pub fn has_line(&self) -> bool {
        !matches!(self.phase, Phase::Idle { .. } | Phase::Line(_))
    }

    /// Length in bytes of the trailer section of the message that has ended last, its empty line included: so many
    /// bytes at the end of what its last step consumed. 0: it was not chunked.
    #[must_use]
    pub const fn trailer_len(&self) -> usize {
        self.trailer_len
    }

    /// The head of the current message. Meaningful from [`Event::Head`] to [`Event::End`].
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The head of the current message as far as it is known, complete, incomplete or malformed: ranges
    /// that are not reached are empty. `None`: not even the head's first byte was seen.
    #[must_use]
    pub fn partial_head(&self) -> Option<&Head> {
        (!matches!(self.phase, Phase::Idle { .. })).then_some(&self.head)
    }

    /// Takes the current head out of the machine. [`Self::head`] is blank until the next message; reading
    /// on is not disturbed.
    #[must_use]
    pub fn take_head(&mut self) -> Head {
        let blank = Head::blank(self.head.start, Vec::new());
        mem::replace(&mut self.head, blank)
    }

    /// Gives back a head that was taken, so that the next head can use its memory.
    pub fn recycle(&mut self, head: Head) {
        if self.head.fields.capacity() == 0 {
            self.head.fields = reusable(head.fields);
        }
    }
}

impl Machine for RequestMachine {
    type Kind = SpanKind;
    type Rule = Rule;

    fn advance<S: Sink<SpanKind>>(&mut self, data: &[u8], sink: &mut S) -> Result<Step, Violation> {
        if let Some(violation) = &self.failed {
            return Err(violation.clone());
        }
        let step = self.step(data, sink);
        if let Err(violation) = &step {
            self.failed = Some(violation.clone());
        }
        step
    }

    /// # Errors
    /// [`Rule::EndedEarly`] in mid-message.
    fn end_of_input<S: Sink<SpanKind>>(&mut self, _: &mut S) -> Result<(), Violation> {
        if self.failed.is_some() {
            return Ok(());
        }
        let reached = match &self.phase {
            Phase::Idle { .. } | Phase::Length { left: 0, .. } => return Ok(()),
            Phase::Line(line) => self.offset + line.at() as u64,
            Phase::Fields(section) => self.offset + section.at() as u64,
            Phase::Length { .. } => self.offset,
            Phase::Chunks(chunks) => chunks.reached(),
        };
        // RFC 9112 §8: "A server that receives an incomplete request message, usually due to a
        // canceled request or a triggered timeout exception, MAY send an error response prior to
        // closing the connection."
        let violation = Violation::token(Rule::EndedEarly, reached..reached);
        self.failed = Some(violation.clone());
        Err(violation)
    }

    fn offset(&self) -> u64 {
        self.offset
    }

    fn state(&self) -> State {
        match &self.phase {
            _ if self.failed.is_some() => State::Failed,
            Phase::Idle { .. } => State::Idle,
            Phase::Line(_) => State::StartLine,
            Phase::Fields(_) => State::Fields,
            Phase::Length { left, .. } => State::Body(Some(*left)),
            Phase::Chunks(chunks) => chunks.state(),
        }
    }

    fn pending(&self) -> Option<Span<SpanKind>> {
        let (kind, range) = match &self.phase {
            Phase::Idle { return_seen, .. } => (SpanKind::EmptyLine, 0..usize::from(*return_seen)),
            Phase::Line(line) => line.pending()?,
            Phase::Fields(section) => section.pending(&fields::HEAD)?,
            Phase::Length { start, left } => {
                let begun = *start < self.offset && *left > 0;
                return begun.then_some((SpanKind::Body, *start..self.offset));
            }
            Phase::Chunks(chunks) => return chunks.pending(),
        };
        let range = self.offset + range.start as u64..self.offset + range.end as u64;
        (!range.is_empty()).then_some((kind, range))
    }
}

impl Replayable for RequestMachine {
    type Head = Head;

    fn message_head(&self) -> Option<Head> {
        Some(self.head.clone())
    }

    fn partial_message_head(&self) -> Option<Head> {
        self.partial_head().cloned()
    }

    // RFC 9112 §9.6: after a close option "The server MUST NOT process any further requests
    // received on that connection."
    fn is_last(&self) -> bool {
        !self.head.keep_alive
    }
}

impl RequestMachine {
    #[inline]
    fn step<S: Sink<SpanKind>>(&mut self, data: &[u8], sink: &mut S) -> Result<Step, Violation> {
        let mut consumed = 0;
        if let Phase::Idle { lines, .. } = self.phase {
            consumed = self.skip_empty_lines(lines, data, sink)?;
        }
        let step = match &mut self.phase {
            Phase::Idle { .. } => Step { consumed, event: Event::NeedData },
            Phase::Line(_) | Phase::Fields(_) => {
                let len = self.read_head(&data[consumed..], sink)?;
                self.offset += len as u64;
                let event = if len > 0 { Event::Head } else { Event::NeedData };
                Step { consumed: consumed + len, event }
            }
            Phase::Length { left: 0, .. } => Step { consumed: 0, event: Event::End },
            Phase::Length { .. } if data.is_empty() => Step { consumed: 0, event: Event::NeedData },
            Phase::Length { start, left } => {
                let len = usize::try_from(*left).map_or(data.len(), |left| left.min(data.len()));
                *left -= len as u64;
                self.offset += len as u64;
                if *left == 0 {
                    sink.span(SpanKind::Body, *start..self.offset);
                }
                Step { consumed: len, event: Event::Body(0..len) }
            }
            Phase::Chunks(chunks) => {
                let step = chunks.read(data, self.offset, &self.limits, sink)?;
                self.offset += step.consumed as u64;
                step
            }
        };
        if step.event == Event::End {
            self.trailer_len = if let Phase::Chunks(chunks) = &self.phase { chunks.trailer_len() } else { 0 };
            self.phase = Phase::IDLE;
            self.message_start = self.offset;
        }
        Ok(step)
    }

    /// RFC 9112 §2.2: "a server that is expecting to receive and parse a request-line SHOULD ignore
    /// at least one empty line (CRLF) received prior to the request-line." Returns the length of the
    /// skipped lines in bytes.
    fn skip_empty_lines<S: Sink<SpanKind>>(
        &mut self,
        mut lines: u8,
        data: &[u8],
        sink: &mut S,
    ) -> Result<usize, Violation> {
        let mut at = 0;
        let fault = loop {
            match data[at..] {
                [] => {
                    self.phase = Phase::Idle { lines, return_seen: false };
                    return Ok(at);
                }
                [b'\r', ..] if lines == EMPTY_LINES_MAX => break Rule::EmptyLinesEndless,
                [b'\r'] => {
                    self.phase = Phase::Idle { lines, return_seen: true };
                    return Ok(at);
                }
                [b'\r', b'\n', ..] => {
                    sink.span(SpanKind::EmptyLine, self.offset..self.offset + 2);
                    self.offset += 2;
                    lines += 1;
                    at += 2;
                }
                [b'\r', ..] => break Rule::BareCarriageReturn,
                _ => {
                    if lines > 0 {
                        sink.note(Note::EmptyLinesSkipped, self.message_start..self.offset);
                    }
                    self.begin();
                    return Ok(at);
                }
            }
        };
        self.phase = Phase::Idle { lines, return_seen: false };
        Err(Violation::byte(fault, self.offset, b'\r'))
    }

    /// Starts a message: the first byte of its request line has arrived.
    #[inline]
    fn begin(&mut self) {
        self.limits = self.next_limits;
        self.head = Head::blank(self.offset, reusable(mem::take(&mut self.head.fields)));
        self.index = FieldIndex::default();
        self.phase = Phase::Line(RequestLine::default());
    }

    /// Reads on in a head, which begins with `data`. Returns the head's length in bytes, or 0 while it is
    /// incomplete.
    #[inline]
    fn read_head<S: Sink<SpanKind>>(&mut self, data: &[u8], sink: &mut S) -> Result<usize, Violation> {
        let base = self.offset;
        let limit = self.limits.head_bytes.min(HEAD_BYTES_MAX);
        let window = &data[..data.len().min(limit)];
        if let Phase::Line(line) = &mut self.phase {
            let read = line.read(window, base, &self.limits, &mut self.head, sink);
            if read.map_err(|fault| fault.into_violation(base))? {
                self.phase = Phase::Fields(Section::starting(line.at()));
            }
        }
        if let Phase::Fields(section) = &mut self.phase {
            let (lines, index) = (&mut self.head.fields, &mut self.index);
            let read = section.read(
                window,
                base,
                (&fields::HEAD, self.limits.leniencies),
                sink,
                |name, name_range, value| {
                    index.add(name, lines.len());
                    lines.push(Field { name: name_range, value });
                },
            );
            if read.map_err(|fault| fault.into_violation(base))? {
                let len = section.at();
                let decided = self.index.decide(&mut self.head, &window[..len], &self.limits, sink);
                decided.map_err(|fault| fault.into_violation(base))?;
                self.head.end = base + len as u64;
                self.phase = match self.head.framing {
                    Framing::Chunked => Phase::Chunks(Chunks::starting(self.head.end)),
                    Framing::Length(left) => Phase::Length { start: self.head.end, left },
                    // A request has no body that lasts until close (RFC 9112 §6.3, rule 7).
                    Framing::None | Framing::UntilClose => Phase::Length { start: self.head.end, left: 0 },
                };
                return Ok(len);
            }
        }
        match data.get(limit) {
            Some(&byte) => Err(Violation::byte(Rule::HeadTooLarge, base + limit as u64, byte)),
            None => Ok(0),
        }
    }
}

/// Empties `fields` and keeps their memory, unless it is more than a usual head needs: one large head must
/// not cost a connection its size for ever.
#[inline]
fn reusable(mut fields: Vec<Field>) -> Vec<Field> {
    const USUAL: usize = 64;
    if fields.capacity() > USUAL {
        return Vec::new();
    }
    fields.clear();
    fields
}
