//! The face of a protocol machine: a pure function of the bytes of one direction of a connection.

use std::{fmt::Debug, ops::Range};

use super::span::{Sink, Span, Vocabulary};

/// A machine that reads messages off one direction of a connection. It gives the same events for a
/// message fed whole, split at any byte, or followed by others, and knows no socket and no clock.
///
/// Inputs: [`advance`](Self::advance) takes the bytes, [`end_of_input`](Self::end_of_input) says that
/// no more will come. Polls, which change nothing: [`offset`](Self::offset), [`state`](Self::state),
/// [`pending`](Self::pending).
///
/// The order of calls: call `advance` with all bytes that have arrived and are not consumed, handle its
/// event, drop the consumed bytes, and call it again, until it says [`Event::NeedData`]; then wait for
/// more bytes. When the peer finishes sending, call `end_of_input` once, and after `Ok` call `advance`
/// once more: the end may have completed a message.
pub trait Machine {
    /// The kinds of spans that the machine reports.
    type Kind: Vocabulary;
    /// The rules that a message can break.
    type Rule: Copy + Debug + PartialEq;

    /// Takes one step. `data` is everything that arrived and is not consumed; its first byte lies at
    /// [`Self::offset`]. A machine may consume nothing until a part is complete: it remembers how far
    /// it has looked, so that work is linear in the bytes however they are split.
    ///
    /// # Errors
    /// The rule that the bytes break. The machine stays failed and gives the same error again.
    fn advance<S: Sink<Self::Kind>>(
        &mut self,
        data: &[u8],
        sink: &mut S,
    ) -> Result<Step, Violation<Self::Rule>>;

    /// Tells the machine that the peer finished sending. `Ok`: a message may end here, or the machine failed
    /// before and has already reported that. If the end completes a message, its span goes to `sink`, and the
    /// next [`Self::advance`] gives [`Event::End`].
    ///
    /// # Errors
    /// The stream ends in mid-message. The machine stays failed.
    fn end_of_input<S: Sink<Self::Kind>>(&mut self, sink: &mut S) -> Result<(), Violation<Self::Rule>>;

    /// Stream offset of the first byte that is not consumed.
    fn offset(&self) -> u64;

    /// The part of a message in which the machine stands.
    fn state(&self) -> State;

    /// The token that has begun and is not complete, as far as it arrived. `None`: the bytes so far end
    /// with a complete token.
    fn pending(&self) -> Option<Span<Self::Kind>>;
}

/// The result of [`Machine::advance`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// All bytes at hand have been looked at; more are needed. Not an error.
    NeedData,
    /// A head is complete. Only of protocols whose messages have one.
    Head,
    /// Content: a range of the `data` that was passed in, never empty.
    Body(Range<usize>),
    /// The message is complete. The next byte, if any, begins the next one.
    End,
}

/// One step of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Number of bytes of `data` that were consumed. The caller passes the rest again, with the bytes that
    /// arrive after it.
    pub consumed: usize,
    /// The meaning of the consumed bytes.
    pub event: Event,
}

/// The part of a message in which a machine stands. A protocol without heads knows `Idle`, `Body` and `Failed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Between messages: nothing of the next one has been seen but empty lines.
    #[default]
    Idle,
    /// In the first line of a head, which RFC 9112 §2.1 calls the start-line.
    StartLine,
    /// In the field lines.
    Fields,
    /// In the content. `Some(n)`: n more bytes are known to come (of this chunk, if chunked). `None`:
    /// how many come is not known here.
    Body(Option<u64>),
    /// In the trailer section.
    Trailers,
    /// The message broke a rule; nothing after it can be read.
    Failed,
}

/// In what way a message is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The message breaks the grammar or a requirement of its protocol.
    Malformed,
    /// The message is larger than this server reads.
    OverLimit,
    /// The message is valid and asks for what this server does not implement.
    Unsupported,
    /// The message ends, or stops arriving, before it is complete.
    Incomplete,
}

impl Class {
    /// The fault in a word or two: `over a limit`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::OverLimit => "over a limit",
            Self::Unsupported => "not supported",
            Self::Incomplete => "incomplete",
        }
    }
}

/// A message that breaks a rule: which, where, and the byte that stood there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation<R> {
    /// The rule.
    pub rule: R,
    /// The bytes at fault, as stream offsets. Empty where something is missing.
    pub span: Range<u64>,
    /// The byte that was found where another was expected. `None`: the fault is not one byte.
    pub found: Option<u8>,
}

impl<R> Violation<R> {
    /// The byte `found` at stream offset `offset` breaks `rule`.
    #[must_use]
    pub const fn byte(rule: R, offset: u64, found: u8) -> Self {
        Self { rule, span: offset..offset + 1, found: Some(found) }
    }

    /// The bytes of `span` together break `rule`; where `span` is empty, what is missing there does.
    #[must_use]
    pub const fn token(rule: R, span: Range<u64>) -> Self {
        Self { rule, span, found: None }
    }
}
