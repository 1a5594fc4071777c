//! Runs a machine over bytes that are there already, several messages long, and accounts for every
//! byte: for the capture, the explainer and the tests.

use std::ops::Range;

use super::{
    head::Head,
    method::Method,
    request::{Limits, State},
    response::ResponseHead,
    rule::Violation,
    span::{Leaf, Remark},
};

/// What a machine made of a stretch of a stream. `H` is [`Head`] or [`ResponseHead`].
#[derive(Clone, Debug)]
pub struct Replay<H> {
    /// Leaf spans in order, without gaps, from the first byte to the last. Where a rule is broken,
    /// the bytes at fault are [`super::SpanKind::Malformed`] and what was not parsed after them is
    /// [`super::SpanKind::Unparsed`].
    pub leaves: Vec<Leaf>,
    /// Remarks in the order in which they were made, with their stream ranges.
    pub remarks: Vec<(Remark, Range<u64>)>,
    /// The messages in order. The last one may be incomplete.
    pub messages: Vec<Message<H>>,
    /// The rule that the last message breaks. `None`: none does.
    pub violation: Option<Violation>,
    /// Where the machine stands after the last byte.
    pub state: State,
}

/// One message of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<H> {
    /// Its stream range as far as it arrived. Empty lines before a request are part of it. Bytes
    /// that were not parsed after a malformed part are not.
    pub range: Range<u64>,
    /// Its head. `None`: the head is incomplete or malformed; see [`Self::partial`].
    pub head: Option<H>,
    /// What is known of a head that is incomplete or malformed: ranges not reached are empty.
    /// `None`: the head is complete, or not even its first token is known.
    pub partial: Option<H>,
    /// Bytes of content that arrived, without chunk framing.
    pub content: u64,
    /// Whether it is complete: the next message may begin at `range.end`.
    pub complete: bool,
}

impl<H> Replay<H> {
    /// Stream offsets at which a message ends and the next may begin, ascending.
    pub fn boundaries(&self) -> impl Iterator<Item = u64> {
        self.messages.iter().filter(|message| message.complete).map(|message| message.range.end)
    }
}

/// Reads requests from `bytes`, which begin at stream offset `start`, between two messages.
#[must_use]
pub fn requests(_bytes: &[u8], _start: u64, _limits: Limits) -> Replay<Head> {
    unimplemented!()
}

/// Reads responses from `bytes`, which begin at stream offset `start`, between two messages.
/// `methods` are those of the requests that they answer, in order; past its end GET is assumed.
/// `closed` says that the stream ends here, which completes a body that lasts until close.
#[must_use]
pub fn responses(_bytes: &[u8], _start: u64, _methods: &[Method], _closed: bool) -> Replay<ResponseHead> {
    unimplemented!()
}
