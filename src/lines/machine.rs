//! Reads messages off one connection: a scanner, and a buffer for what is not complete.

use std::ops::Range;

use crate::wire::{Machine, Silent, State};

use super::{
    buffer::{Buffer, BufferKind},
    rule::Violation,
    scanner::Scanner,
};

/// At most this many bytes are taken at once. What lies behind a message in the buffer, and so what a buffer can
/// have to move for one message, is never more, however much arrives together.
pub const PORTION_BYTES: usize = 1024;

/// The machine of live traffic. The same messages come out whatever the buffer, and however the bytes are split.
///
/// Inputs: [`Self::feed`] takes bytes, [`Self::end_of_input`] says that no more will come. Output:
/// [`Self::next_message`]. The order of calls: ask for messages until there is none, feed, ask again. After an
/// error nothing more can be read.
#[derive(Debug)]
pub struct LineMachine {
    scanner: Scanner,
    buffer: Box<dyn Buffer>,
    /// Length of the message that was given out last, its line feed included, while it is in the buffer.
    given: usize,
}

/// A complete message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The message without its line feed. It may be empty.
    pub text: &'a [u8],
    /// Stream range of the message, including the line feed.
    pub range: Range<u64>,
}

impl LineMachine {
    /// A machine at stream offset 0, for messages of at most `limit` bytes without their line feeds.
    #[must_use]
    pub fn new(kind: BufferKind, limit: usize) -> Self {
        let buffer = kind.make(limit.saturating_add(1));
        Self { scanner: Scanner::messages(limit, 0), buffer, given: 0 }
    }

    /// Takes the first bytes of `bytes`, which follow what was taken before, and returns how many. 0: `bytes` is
    /// empty, or a message is complete and has not been asked for.
    pub fn feed(&mut self, bytes: &[u8]) -> usize {
        self.forget_given();
        self.buffer.push(&bytes[..bytes.len().min(PORTION_BYTES)])
    }

    /// The next message. `None`: its end has not arrived.
    ///
    /// # Errors
    /// The message is longer than the limit.
    pub fn next_message(&mut self) -> Result<Option<Message<'_>>, Violation> {
        self.forget_given();
        let start = self.scanner.offset();
        let Some(len) = self.scanner.find(self.buffer.bytes())? else { return Ok(None) };
        self.given = len + 1;
        self.scanner.consume(self.given);
        Ok(Some(Message { text: &self.buffer.bytes()[..len], range: start..start + self.given as u64 }))
    }

    /// Says that no more bytes will come.
    ///
    /// # Errors
    /// A message has begun and not ended.
    pub fn end_of_input(&mut self) -> Result<(), Violation> {
        self.scanner.end_of_input(&mut Silent)
    }

    /// Stream offset at which the current message begins. Between messages: where the next one will begin.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.scanner.offset()
    }

    /// Whether a message has begun and not ended.
    #[must_use]
    pub fn is_in_message(&self) -> bool {
        self.scanner.state() != State::Idle
    }

    /// Number of bytes of messages that wait in the buffer.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.buffer.bytes().len() - self.given
    }

    /// Total number of bytes that the buffer has moved.
    #[must_use]
    pub fn moved(&self) -> u64 {
        self.buffer.moved()
    }

    /// Total number of bytes examined.
    #[must_use]
    pub fn looked(&self) -> u64 {
        self.scanner.looked()
    }

    fn forget_given(&mut self) {
        if self.given > 0 {
            self.buffer.consume(self.given);
            self.given = 0;
        }
    }
}
