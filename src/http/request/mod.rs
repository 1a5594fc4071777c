//! The machine that reads requests: from a stream in pieces to heads, bodies and ends.

use std::ops::Range;

use super::{
    head::Head,
    rule::Violation,
    span::{Sink, SpanKind},
};

/// What the machine refuses to read past. They hold for the next message after they are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest request target, in bytes (414).
    pub target_bytes: usize,
    /// Longest head from the method to the empty line, in bytes (431). Also the limit of a trailer
    /// section.
    pub head_bytes: usize,
    /// Longest body, in bytes of content (413).
    pub body_bytes: u64,
}

/// What [`RequestMachine::advance`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// All that is there has been looked at; more is needed. Not an error.
    NeedData,
    /// A head is complete: see [`RequestMachine::head`]. Its bytes are the last `head.len()` of
    /// `data[..consumed]`; empty lines may stand before them.
    Head,
    /// Content: a range of the `data` that was passed in.
    Body(Range<usize>),
    /// The message is complete. The next byte, if any, begins the next one.
    End,
}

/// One step of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How many bytes of `data` are done with. The caller passes the rest again, with what came
    /// after it.
    pub consumed: usize,
    /// What they were.
    pub event: Event,
}

/// Where in a message the machine stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Between messages: nothing but empty lines has been seen of the next one.
    Idle,
    /// In the request line.
    RequestLine,
    /// In the field lines.
    Fields,
    /// In the body. `Some(n)`: n more bytes of content are known to come (of this chunk, if
    /// chunked). `None`: in the lines between chunks.
    Body(Option<u64>),
    /// In the trailer section.
    Trailers,
    /// The message broke a rule; nothing after it can be read.
    Failed,
}

/// Reads requests off one connection. A pure function of the bytes: the same events for a message
/// fed whole, split at any byte, or followed by others.
pub struct RequestMachine {}

impl RequestMachine {
    /// A machine at stream offset 0.
    #[must_use]
    pub fn new(_limits: Limits) -> Self {
        unimplemented!()
    }
    /// A machine that starts at stream offset `offset`, between two messages. For replay.
    #[must_use]
    pub fn at(_limits: Limits, _offset: u64) -> Self {
        unimplemented!()
    }
    /// The limits for the messages that begin from now on.
    pub fn set_limits(&mut self, _limits: Limits) {
        unimplemented!()
    }
    /// Stream offset of the first byte that is not consumed yet.
    #[must_use]
    pub fn offset(&self) -> u64 {
        unimplemented!()
    }
    /// Stream offset at which the current message begins, empty lines before it included: where the
    /// message before it ended. Between messages: where the next one will begin.
    #[must_use]
    pub fn began(&self) -> u64 {
        unimplemented!()
    }
    /// Where in a message the machine stands.
    #[must_use]
    pub fn state(&self) -> State {
        unimplemented!()
    }
    /// The head of the current message. Meaningful from [`Event::Head`] to [`Event::End`].
    #[must_use]
    pub fn head(&self) -> &Head {
        unimplemented!()
    }
    /// What is known of the head of the current message, complete, incomplete or malformed: ranges
    /// that are not reached are empty. `None`: not even its first byte was seen.
    #[must_use]
    pub fn partial_head(&self) -> Option<&Head> {
        unimplemented!()
    }
    /// Hands the current head over, for the one who answers it. Afterwards [`Self::head`] is blank
    /// until the next message; reading on is not disturbed.
    #[must_use]
    pub fn take_head(&mut self) -> Head {
        unimplemented!()
    }
    /// Gives a head back whose memory the next one may use.
    pub fn recycle(&mut self, _head: Head) {
        unimplemented!()
    }
    /// The kind and the stream range, as far as it arrived, of the token that is not complete.
    /// `None`: the bytes so far end with a complete token.
    #[must_use]
    pub fn pending(&self) -> Option<(SpanKind, Range<u64>)> {
        unimplemented!()
    }
    /// Takes one step. `data` is everything that arrived and is not consumed, starting at
    /// [`Self::offset`].
    ///
    /// # Errors
    /// The rule that the bytes break. After an error the machine stays failed.
    pub fn advance<S: Sink>(&mut self, _data: &[u8], _sink: &mut S) -> Result<Step, Violation> {
        unimplemented!()
    }
    /// The client ended its side: is that in order here?
    ///
    /// # Errors
    /// [`super::Rule::EndedEarly`] in mid-message.
    pub fn end_of_input(&mut self) -> Result<(), Violation> {
        unimplemented!()
    }
}
