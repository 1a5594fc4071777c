//! Finds where messages end, in bytes that someone else keeps.

use std::ops::Range;

use memchr::memchr;

use crate::wire::{Event, Machine, Replayable, Sink, Span, StandFacts, Standing, State, Step};

use super::{
    reply,
    rule::{Rule, Violation},
    span::{Note, SpanKind},
};

/// The longest message, without its line feed, that is allowed unless someone says otherwise.
pub const LIMIT_BYTES: usize = 8 * 1024;

/// The end of a message.
pub(super) const LINE_FEED: u8 = b'\n';

/// A machine that reads one direction of a conversation in lines. It looks at each byte once: it remembers how
/// far it has looked, and goes on from there.
#[derive(Clone, Debug)]
pub struct Scanner {
    /// The longest message, without its line feed.
    limit: usize,
    /// Stream offset of the first byte that is not consumed.
    offset: u64,
    /// Number of bytes from `offset` on that were examined and contain no line feed.
    scanned: usize,
    /// The message has been given out; the line feed at `offset` has not.
    text_given: bool,
    /// Total number of bytes examined.
    looked: u64,
    /// The prefix of a reply is a part of its own.
    reads_replies: bool,
    /// The message that was given out last ends the conversation.
    is_last: bool,
    failed: Option<Violation>,
}

impl Scanner {
    /// A scanner of the messages of a client, at stream offset `offset`, between two messages. A message that is
    /// longer than `limit` bytes, its line feed not counted, breaks a rule.
    #[must_use]
    pub const fn messages(limit: usize, offset: u64) -> Self {
        Self {
            limit,
            offset,
            scanned: 0,
            text_given: false,
            looked: 0,
            reads_replies: false,
            is_last: false,
            failed: None,
        }
    }

    /// A scanner of the replies of a server, at stream offset `offset`, between two replies.
    #[must_use]
    pub const fn replies(offset: u64) -> Self {
        Self { reads_replies: true, ..Self::messages(usize::MAX - 1, offset) }
    }

    /// Total number of bytes examined. Never more than were received.
    #[must_use]
    pub const fn looked(&self) -> u64 {
        self.looked
    }

    /// The length of the message at the front of `data`, whose first byte lies at [`Machine::offset`]. `None`:
    /// its end is not there yet.
    ///
    /// # Errors
    /// The message is longer than the limit.
    pub(super) fn find(&mut self, data: &[u8]) -> Result<Option<usize>, Violation> {
        if let Some(violation) = &self.failed {
            return Err(violation.clone());
        }
        let reach = data.len().min(self.limit + 1);
        if let Some(at) = memchr(LINE_FEED, &data[self.scanned..reach]) {
            self.looked += at as u64 + 1;
            self.scanned += at;
            return Ok(Some(self.scanned));
        }
        self.looked += (reach - self.scanned) as u64;
        self.scanned = reach;
        if reach <= self.limit {
            return Ok(None);
        }
        let violation = Violation::byte(Rule::LineTooLong, self.offset + self.limit as u64, data[self.limit]);
        self.failed = Some(violation.clone());
        Err(violation)
    }

    /// Goes on after `len` bytes.
    pub(super) const fn consume(&mut self, len: usize) {
        self.offset += len as u64;
        self.scanned = 0;
    }

    fn report<S: Sink<SpanKind>>(&self, text: &[u8], sink: &mut S) {
        let place = |range: Range<usize>| self.offset + range.start as u64..self.offset + range.end as u64;
        let prefix = if self.reads_replies && text.starts_with(reply::ECHO) { reply::ECHO.len() } else { 0 };
        for (kind, range) in [(SpanKind::Prefix, 0..prefix), (SpanKind::Text, prefix..text.len())] {
            if !range.is_empty() {
                sink.span(kind, place(range));
            }
        }
        if text.ends_with(b"\r") {
            sink.note(Note::ReturnBeforeEnd, place(text.len() - 1..text.len()));
        }
    }
}

impl Machine for Scanner {
    type Kind = SpanKind;
    type Rule = Rule;

    fn advance<S: Sink<SpanKind>>(&mut self, data: &[u8], sink: &mut S) -> Result<Step, Violation> {
        if !self.text_given {
            let Some(len) = self.find(data)? else {
                return Ok(Step { consumed: 0, event: Event::NeedData });
            };
            if S::LISTENS {
                self.report(&data[..len], sink);
            }
            self.is_last = &data[..len] == if self.reads_replies { reply::BYE } else { reply::QUIT };
            self.consume(len);
            self.text_given = true;
            if len > 0 {
                return Ok(Step { consumed: len, event: Event::Body(0..len) });
            }
        }
        sink.span(SpanKind::LineEnd, self.offset..self.offset + 1);
        self.consume(1);
        self.text_given = false;
        Ok(Step { consumed: 1, event: Event::End })
    }

    fn end_of_input<S: Sink<SpanKind>>(&mut self, _: &mut S) -> Result<(), Violation> {
        if self.scanned == 0 || self.failed.is_some() {
            return Ok(());
        }
        let end = self.offset + self.scanned as u64;
        let violation = Violation::token(Rule::LineUnfinished, end..end);
        self.failed = Some(violation.clone());
        Err(violation)
    }

    fn offset(&self) -> u64 {
        self.offset
    }

    fn state(&self) -> State {
        if self.failed.is_some() {
            State::Failed
        } else if self.scanned == 0 && !self.text_given {
            State::Idle
        } else {
            State::Body(None)
        }
    }

    fn pending(&self) -> Option<Span<SpanKind>> {
        (self.scanned > 0).then(|| (SpanKind::Text, self.offset..self.offset + self.scanned as u64))
    }
}

impl Replayable for Scanner {
    type Head = ();

    fn is_last(&self) -> bool {
        self.is_last
    }
}

/// Before a message.
const BETWEEN: StandFacts = StandFacts {
    key: "between_lines",
    title: "between messages",
    waits_for: "the first byte of a message, or a line feed",
    about: "Nothing of a message has arrived.",
    section: "",
};
/// In a message.
const WITHIN: StandFacts = StandFacts {
    key: "in_a_line",
    title: "in a message",
    waits_for: "more of the message, or a line feed",
    about: "The message ends with the next line feed, and has no other framing.",
    section: "",
};
/// After a message that is too long.
const STOPPED: StandFacts = StandFacts {
    key: "failed",
    title: "stopped",
    waits_for: "nothing: no later byte is read",
    about: "The message breaks a rule. Nothing more is read.",
    section: "",
};

impl Standing for Scanner {
    fn stand(&self) -> &'static StandFacts {
        match self.state() {
            State::Failed => &STOPPED,
            State::Idle => &BETWEEN,
            _ => &WITHIN,
        }
    }

    fn plain(&self) -> u64 {
        0
    }
}
