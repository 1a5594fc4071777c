//! The machine that reads responses, to explain the bytes that were sent back.

mod framing;
mod line;
mod stand;

use std::{mem, ops::Range};

use super::{
    chunked::Chunks,
    fields::{self, Section},
    framing::Framing,
    grammar::elements,
    head::{Field, Version, slice},
    leniency::Leniencies,
    limits::Limits,
    method::Method,
    rule::{Rule, Violation},
    span::SpanKind,
    status::Status,
};
use crate::wire::{Event, Machine, Replayable, Sink, Span, State, Step};
use framing::{Follows, check, follows};
use line::StatusLine;

/// The head of a response. All ranges count from the first byte of the status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    /// Stream offset of the status line's first byte.
    pub start: u64,
    /// Stream offset just after the empty line that ends the head. `end > start` once it is known.
    pub end: u64,
    /// The version of the status line.
    pub version: Version,
    /// The status code. 0: unknown so far.
    pub status: Status,
    /// The reason phrase; may be empty.
    pub reason: Range<u32>,
    /// Field lines in order of arrival.
    pub fields: Vec<Field>,
    /// The framing of the body. [`Framing::None`] for an interim response, for the response to HEAD, and if
    /// another protocol follows.
    pub framing: Framing,
}

impl ResponseHead {
    fn blank(start: u64, mut fields: Vec<Field>) -> Self {
        fields.clear();
        let (version, status) = (Version::default(), Status(0));
        Self { start, end: start, version, status, reason: 0..0, fields, framing: Framing::None }
    }

    /// Whether the server allows another request on the connection (RFC 9112 §9.3). `bytes` are the head's bytes.
    #[must_use]
    pub fn allows_another(&self, bytes: &[u8]) -> bool {
        let has = |option: &[u8]| {
            let mut options = self.values(bytes, "connection").flat_map(elements);
            options.any(|listed| listed.eq_ignore_ascii_case(option))
        };
        !has(b"close")
            && (self.version.minor > 0 || has(b"keep-alive"))
            && self.framing != Framing::UntilClose
    }

    /// The values of all field lines called `name`, in order. ASCII case is ignored. `bytes` are the head's bytes.
    pub fn values<'a>(&'a self, bytes: &'a [u8], name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        let is_named = move |field: &&Field| slice(bytes, &field.name).eq_ignore_ascii_case(name.as_bytes());
        self.fields.iter().filter(is_named).map(move |field| slice(bytes, &field.value))
    }

    /// The first value of the field `name`. `None`: no such field.
    #[must_use]
    pub fn value<'a>(&'a self, bytes: &'a [u8], name: &'a str) -> Option<&'a [u8]> {
        self.values(bytes, name).next()
    }
}

/// Reads the responses of one connection. A 1xx head is an [`Event::Head`] of its own, followed by the head
/// of the final response, without an [`Event::End`] in between. The bytes after a 101, or after the 2xx that
/// opens a tunnel, are one [`SpanKind::Unparsed`] that lasts until close, and give no events.
///
/// Inputs: [`answers`](Self::answers) before each response, [`advance`](Machine::advance) with the bytes,
/// [`end_of_input`](Machine::end_of_input) when the server finishes sending. Polls: [`state`](Machine::state),
/// [`offset`](Machine::offset), [`pending`](Machine::pending), [`head`](Self::head) and
/// [`partial_head`](Self::partial_head). See [`Machine`] for the order of calls. The end of the input may
/// complete a body that lasts until close: call `advance` once more for its [`Event::End`].
#[derive(Clone, Debug)]
pub struct ResponseMachine {
    /// Stream offset of the first byte that was not consumed.
    offset: u64,
    phase: Phase,
    /// Length of the trailer section of the message that has ended last.
    trailer_len: usize,
    /// The method of the request that the current or next response answers.
    method: Method,
    head: ResponseHead,
    /// The rule that the message breaks. `phase` stays where the fault was found. `None`: no rule is broken.
    failed: Option<Violation>,
    limits: Limits,
    /// Whether framing that two readers could read differently is refused.
    is_strict: bool,
}

/// The part of a message that is being read.
#[derive(Clone, Debug)]
enum Phase {
    /// Between messages. `interim`: a 1xx response was received, so the final one must follow.
    Idle { interim: bool },
    /// The status line, from [`ResponseMachine::offset`].
    Line(StatusLine),
    /// The field lines; the head begins at [`ResponseMachine::offset`].
    Fields(Section),
    /// A body that began at stream offset `start`, with `left` bytes missing; 0 if there is no body.
    Length { start: u64, left: u64 },
    /// A chunked body.
    Chunks(Chunks),
    /// A body that began at stream offset `start` and lasts until close.
    UntilClose { start: u64 },
    /// Another protocol, from stream offset `start` on.
    Tunnel { start: u64 },
}

impl ResponseMachine {
    /// A machine that starts at stream offset `offset`, between two messages.
    #[must_use]
    pub fn starting_at(offset: u64) -> Self {
        Self {
            offset,
            phase: Phase::Idle { interim: false },
            method: Method::Get,
            head: ResponseHead::blank(offset, Vec::new()),
            failed: None,
            trailer_len: 0,
            limits: Limits::UNLIMITED,
            is_strict: false,
        }
    }

    /// A machine for a client that acts on what it reads: contradictory framing and heads over the limit are
    /// refused, where a capture shows them.
    #[must_use]
    pub fn strict(limits: Limits) -> Self {
        Self { limits, is_strict: true, ..Self::starting_at(0) }
    }

    /// This machine, with the breaches after which it reads on.
    #[must_use]
    pub fn tolerating(mut self, leniencies: Leniencies) -> Self {
        self.limits = self.limits.with(leniencies);
        self
    }

    /// Sets the method of the request that the next response answers, which decides whether the response has
    /// a body (RFC 9112 §6.3). Call it between messages; the default is GET.
    pub fn answers(&mut self, method: Method) {
        self.method = method;
    }

    /// Length in bytes of the trailer section of the message that has ended last, its empty line included: so many
    /// bytes at the end of what its last step consumed. 0: it was not chunked.
    #[must_use]
    pub const fn trailer_len(&self) -> usize {
        self.trailer_len
    }

    /// The head of the current message. Meaningful from [`Event::Head`] to [`Event::End`].
    #[must_use]
    pub fn head(&self) -> &ResponseHead {
        &self.head
    }

    /// Takes the current head out of the machine. [`Self::head`] and [`Self::partial_head`] mean nothing until the next
    /// head begins, which uses the memory of `spare`; reading on is not disturbed.
    #[must_use]
    pub fn take_head(&mut self, spare: Option<Box<ResponseHead>>) -> Box<ResponseHead> {
        let mut head = spare.unwrap_or_else(|| Box::new(ResponseHead::blank(self.head.start, Vec::new())));
        mem::swap(&mut self.head, &mut head);
        head
    }

    /// The head of the current message, complete, incomplete or malformed; parts that were not reached have
    /// empty ranges. `None`: the head has not begun.
    #[must_use]
    pub fn partial_head(&self) -> Option<&ResponseHead> {
        (!matches!(self.phase, Phase::Idle { .. })).then_some(&self.head)
    }
}

impl Machine for ResponseMachine {
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

    /// The end of the stream completes a body that lasts until close.
    ///
    /// # Errors
    /// [`Rule::EndedEarly`] in mid-message.
    fn end_of_input<S: Sink<SpanKind>>(&mut self, sink: &mut S) -> Result<(), Violation> {
        if self.failed.is_some() {
            return Ok(());
        }
        let reached = match &self.phase {
            Phase::Idle { interim: false } | Phase::Length { left: 0, .. } => return Ok(()),
            Phase::UntilClose { .. } | Phase::Tunnel { .. } => {
                if let Some((kind, range)) = self.pending() {
                    sink.span(kind, range);
                }
                self.phase = Phase::Length { start: self.offset, left: 0 };
                return Ok(());
            }
            Phase::Line(line) => self.offset + line.at() as u64,
            Phase::Fields(section) => self.offset + section.at() as u64,
            Phase::Idle { .. } | Phase::Length { .. } => self.offset,
            Phase::Chunks(chunks) => chunks.reached(),
        };
        // RFC 9112 §8: "A client that receives an incomplete response message [...] MUST record the
        // message as incomplete."
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
            Phase::Idle { interim: false } => State::Idle,
            Phase::Idle { interim: true } | Phase::Line(_) => State::StartLine,
            Phase::Fields(_) => State::Fields,
            Phase::Length { left, .. } => State::Body(Some(*left)),
            Phase::Chunks(chunks) => chunks.state(),
            Phase::UntilClose { .. } | Phase::Tunnel { .. } => State::Body(None),
        }
    }

    fn pending(&self) -> Option<Span<SpanKind>> {
        let of_head = |pending: Option<(SpanKind, Range<usize>)>| {
            let (kind, range) = pending?;
            Some((kind, self.offset + range.start as u64..self.offset + range.end as u64))
        };
        let of_body = |kind, start| (start < self.offset).then_some((kind, start..self.offset));
        match &self.phase {
            Phase::Idle { .. } | Phase::Length { left: 0, .. } => None,
            Phase::Line(line) => of_head(line.pending()),
            Phase::Fields(section) => of_head(section.pending(&fields::HEAD)),
            Phase::Length { start, .. } | Phase::UntilClose { start } => of_body(SpanKind::Body, *start),
            Phase::Chunks(chunks) => chunks.pending(),
            Phase::Tunnel { start } => of_body(SpanKind::Unparsed, *start),
        }
    }
}

impl Replayable for ResponseMachine {
    type Head = ResponseHead;

    /// `None` after the head of an interim response, because the final head must follow.
    fn message_head(&self) -> Option<ResponseHead> {
        (!matches!(self.phase, Phase::Idle { .. })).then(|| self.head.clone())
    }

    fn partial_message_head(&self) -> Option<ResponseHead> {
        self.partial_head().cloned()
    }
}

impl ResponseMachine {
    fn step<S: Sink<SpanKind>>(&mut self, data: &[u8], sink: &mut S) -> Result<Step, Violation> {
        if let (Phase::Idle { .. }, false) = (&self.phase, data.is_empty()) {
            self.head = ResponseHead::blank(self.offset, mem::take(&mut self.head.fields));
            self.phase = Phase::Line(StatusLine::default());
        }
        let step = match &mut self.phase {
            Phase::Line(_) | Phase::Fields(_) => {
                let len = self.read_head(data, sink)?;
                Step { consumed: len, event: if len > 0 { Event::Head } else { Event::NeedData } }
            }
            Phase::Length { left: 0, .. } => Step { consumed: 0, event: Event::End },
            Phase::Chunks(chunks) => chunks.read(data, self.offset, &self.limits, sink)?,
            _ if data.is_empty() => Step { consumed: 0, event: Event::NeedData },
            Phase::Tunnel { .. } => Step { consumed: data.len(), event: Event::NeedData },
            Phase::Length { start, left } => {
                let len = usize::try_from(*left).map_or(data.len(), |left| left.min(data.len()));
                *left -= len as u64;
                if *left == 0 {
                    sink.span(SpanKind::Body, *start..self.offset + len as u64);
                }
                Step { consumed: len, event: Event::Body(0..len) }
            }
            Phase::Idle { .. } | Phase::UntilClose { .. } => {
                Step { consumed: data.len(), event: Event::Body(0..data.len()) }
            }
        };
        self.offset += step.consumed as u64;
        if step.event == Event::End {
            self.trailer_len = if let Phase::Chunks(chunks) = &self.phase { chunks.trailer_len() } else { 0 };
            self.phase = Phase::Idle { interim: false };
            self.method = Method::Get;
        }
        Ok(step)
    }

    /// Continues to read a head, which begins with `data`. Returns the head's length in bytes, or 0 if it is
    /// incomplete.
    fn read_head<S: Sink<SpanKind>>(&mut self, data: &[u8], sink: &mut S) -> Result<usize, Violation> {
        let base = self.offset;
        let most = self.limits.head_bytes;
        let window = &data[..data.len().min(most)];
        if let Phase::Line(line) = &mut self.phase
            && line
                .read(window, base, self.limits.leniencies, &mut self.head, sink)
                .map_err(|fault| fault.into_violation(base))?
        {
            self.phase = Phase::Fields(Section::starting(line.at()));
        }
        if let Phase::Fields(section) = &mut self.phase {
            let lines = &mut self.head.fields;
            let read = section.read(
                window,
                base,
                (&fields::HEAD, self.limits.leniencies),
                sink,
                |_, name, value| {
                    lines.push(Field { name, value });
                },
            );
            if read.map_err(|fault| fault.into_violation(base))? {
                let len = section.at();
                let start = base + len as u64;
                self.head.end = start;
                if self.is_strict {
                    check(&self.head, &window[..len]).map_err(|fault| fault.into_violation(base))?;
                }
                let follows = follows(&self.head, &window[..len], self.method)
                    .map_err(|fault| fault.into_violation(base))?;
                self.phase = match follows {
                    Follows::Head => Phase::Idle { interim: true },
                    Follows::Tunnel => Phase::Tunnel { start },
                    Follows::Body(Framing::None) => Phase::Length { start, left: 0 },
                    Follows::Body(Framing::Length(left)) => Phase::Length { start, left },
                    Follows::Body(Framing::Chunked) => Phase::Chunks(Chunks::starting(start)),
                    Follows::Body(Framing::UntilClose) => Phase::UntilClose { start },
                };
                if let Follows::Body(framing) = follows {
                    self.head.framing = framing;
                }
                return Ok(len);
            }
        }
        match data.get(most) {
            Some(&byte) => Err(Violation::byte(Rule::HeadTooLarge, base + most as u64, byte)),
            None => Ok(0),
        }
    }
}
