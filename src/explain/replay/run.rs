//! The machines of all protocols, gone through in one form.

use std::{fmt::Debug, ops::Range};

use crate::{
    explain::kinds::Kind,
    http::{Head, ResponseHead},
    trace::Cause,
    websocket::{self, Frame},
    wire::{Mark, Replayable, Span, StandFacts, Standing, State, Stepped, Stepper, Verdict, Violation, What},
};

/// What a machine has given out of a head.
#[derive(Clone, Debug)]
pub(super) enum HeadAt {
    /// The head of a request.
    Request(Head),
    /// The head of a response.
    Response(ResponseHead),
    /// The head of a frame.
    Frame(Frame),
    /// The protocol has none.
    None,
}

impl From<Head> for HeadAt {
    fn from(head: Head) -> Self {
        Self::Request(head)
    }
}

impl From<ResponseHead> for HeadAt {
    fn from(head: ResponseHead) -> Self {
        Self::Response(head)
    }
}

impl From<Frame> for HeadAt {
    fn from(frame: Frame) -> Self {
        Self::Frame(frame)
    }
}

impl From<()> for HeadAt {
    fn from((): ()) -> Self {
        Self::None
    }
}

impl From<websocket::SpanKind> for Kind {
    fn from(kind: websocket::SpanKind) -> Self {
        Self::WebSocket(kind)
    }
}

/// A machine after a byte.
#[derive(Clone, Debug)]
pub(super) struct Instant {
    pub stand: &'static StandFacts,
    pub state: State,
    /// Stream offset of the first byte that is not consumed.
    pub offset: u64,
    pub pending: Option<Span<Kind>>,
    pub content: u64,
    pub over: Option<u64>,
    pub broken: Option<Violation<Cause>>,
    /// The head as far as the machine knows it. `None`: it knows nothing of one.
    pub head: Option<HeadAt>,
}

/// A machine that can be looked at after each byte of a message.
pub(super) trait Run: Debug + Send + Sync {
    /// The stream range of the bytes.
    fn range(&self) -> Range<u64>;
    /// The machine after the bytes up to stream offset `at`.
    fn at(&self, at: u64) -> Instant;
    /// What each byte would do after those up to stream offset `at`.
    fn verdicts(&self, at: u64) -> Vec<Verdict<Kind, Cause>>;
    /// What the machine did, in order.
    fn marks(&self) -> Vec<Mark<Kind, Cause, HeadAt>>;
    /// The bytes of a stream range.
    fn slice(&self, range: Range<u64>) -> &[u8];
}

impl<M> Run for Stepper<M>
where
    M: Replayable<Kind: Into<Kind> + Send + Sync, Rule: Into<Cause> + Send + Sync, Head: Into<HeadAt>>
        + Standing
        + Debug
        + Send
        + Sync,
    M::Head: Debug + Send + Sync,
{
    fn range(&self) -> Range<u64> {
        self.range()
    }

    fn at(&self, at: u64) -> Instant {
        let Stepped { machine, content, over, violation, .. } = self.at(at);
        // How much of a message was consumed when it failed depends on the reads; nothing is kept of it.
        let failed = violation.as_ref().map(|violation| violation.span.start);
        Instant {
            stand: machine.stand(),
            state: machine.state(),
            offset: failed.unwrap_or_else(|| machine.offset()),
            pending: machine.pending().map(|(kind, range)| (kind.into(), range)),
            content,
            over,
            broken: violation.map(cause),
            head: machine.partial_message_head().map(Into::into),
        }
    }

    fn verdicts(&self, at: u64) -> Vec<Verdict<Kind, Cause>> {
        let stepped = self.at(at);
        self.verdicts(&stepped).into_iter().map(verdict).collect()
    }

    fn marks(&self) -> Vec<Mark<Kind, Cause, HeadAt>> {
        let mark = |mark: &Mark<M::Kind, M::Rule, M::Head>| Mark {
            at: mark.at,
            content: mark.content,
            what: what(&mark.what),
        };
        self.marks().iter().map(mark).collect()
    }

    fn slice(&self, range: Range<u64>) -> &[u8] {
        self.slice(range)
    }
}

fn cause<R: Into<Cause>>(violation: Violation<R>) -> Violation<Cause> {
    Violation { rule: violation.rule.into(), span: violation.span, found: violation.found }
}

fn what<K, R, H>(what: &What<K, R, H>) -> What<Kind, Cause, HeadAt>
where
    K: Into<Kind> + Copy,
    R: Into<Cause> + Clone,
    H: Into<HeadAt> + Clone,
{
    match what {
        What::Token(kind, range) => What::Token((*kind).into(), range.clone()),
        What::Head(head) => What::Head(head.clone().map(Into::into)),
        What::Entered(state) => What::Entered(*state),
        What::End => What::End,
        What::Broken(violation) => What::Broken(cause(violation.clone())),
    }
}

fn verdict<K: Into<Kind>, R: Into<Cause>>(verdict: Verdict<K, R>) -> Verdict<Kind, Cause> {
    match verdict {
        Verdict::GoesOn(kind) => Verdict::GoesOn(kind.map(Into::into)),
        Verdict::Begins(kind) => Verdict::Begins(kind.into()),
        Verdict::Ends(kind, next) => Verdict::Ends(kind.into(), next.map(Into::into)),
        Verdict::EndsHead => Verdict::EndsHead,
        Verdict::EndsMessage => Verdict::EndsMessage,
        Verdict::Breaks(rule) => Verdict::Breaks(rule.into()),
        Verdict::Unread => Verdict::Unread,
    }
}
