//! The machine that reads responses, for looking at the bytes that went back.

use std::ops::Range;

use super::{
    Status,
    framing::Framing,
    head::{Field, Version},
    method::Method,
    request::{State, Step},
    rule::Violation,
    span::{Sink, SpanKind},
};

/// The head of one response. All ranges count from the first byte of the status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    /// Stream offset of the status line's first byte.
    pub start: u64,
    /// Stream offset just after the empty line that ends the head. `end > start` once it is known.
    pub end: u64,
    /// The version of the status line.
    pub version: Version,
    /// The status code. 0 while it is not known.
    pub status: Status,
    /// The reason phrase; may be empty.
    pub reason: Range<u32>,
    /// Field lines in order of arrival.
    pub fields: Vec<Field>,
    /// How the body ends.
    pub framing: Framing,
}

/// Reads responses off one connection. The same contract as [`super::RequestMachine`]. A 1xx head
/// is an [`super::Event::Head`] of its own, followed by that of the final response, without an
/// [`super::Event::End`] in between.
pub struct ResponseMachine {}

impl ResponseMachine {
    /// A machine that starts at stream offset `offset`, between two messages.
    #[must_use]
    pub fn at(_offset: u64) -> Self {
        unimplemented!()
    }
    /// The method of the request that the next response answers: it decides whether there is a body
    /// (RFC 9112 §6.3). To be said between messages; without it GET is assumed.
    pub fn answers(&mut self, _method: Method) {
        unimplemented!()
    }
    /// Stream offset of the first byte that is not consumed yet.
    #[must_use]
    pub fn offset(&self) -> u64 {
        unimplemented!()
    }
    /// Where in a message the machine stands. [`State::RequestLine`] stands for the status line.
    #[must_use]
    pub fn state(&self) -> State {
        unimplemented!()
    }
    /// The head of the current message. Meaningful from [`super::Event::Head`] to
    /// [`super::Event::End`].
    #[must_use]
    pub fn head(&self) -> &ResponseHead {
        unimplemented!()
    }
    /// The kind and the stream range, as far as it arrived, of the token that is not complete.
    /// `None`: the bytes so far end with a complete token.
    #[must_use]
    pub fn pending(&self) -> Option<(SpanKind, Range<u64>)> {
        unimplemented!()
    }
    /// Takes one step: see [`super::RequestMachine::advance`].
    ///
    /// # Errors
    /// The rule that the bytes break. After an error the machine stays failed.
    pub fn advance<S: Sink>(&mut self, _data: &[u8], _sink: &mut S) -> Result<Step, Violation> {
        unimplemented!()
    }
    /// The stream ended. A body that lasts until close is complete by that: its span is given, and
    /// the next [`Self::advance`] gives [`super::Event::End`].
    ///
    /// # Errors
    /// [`super::Rule::EndedEarly`] in mid-message.
    pub fn end_of_input<S: Sink>(&mut self, _sink: &mut S) -> Result<(), Violation> {
        unimplemented!()
    }
}
