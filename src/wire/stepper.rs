//! Goes through the stored bytes of one message, forwards and backwards: the state after any byte is that of the
//! machine itself, which has read all bytes before it and none after.

use std::ops::Range;

use bytes::Bytes;

use super::{
    machine::{Event, Machine, State, Violation},
    replay::Replayable,
    span::{Recorded, Silent, Sink},
    stand::Standing,
};

/// Bytes between two checkpoints, unless a clone of the machine takes more memory than that.
const STEP_BYTES: u64 = 64 * 1024;

/// A machine that has read the bytes up to a place, and what came of it.
#[derive(Clone, Debug)]
pub struct Stepped<M: Standing> {
    /// The machine.
    pub machine: M,
    /// Stream offset after the last byte that it was given.
    pub at: u64,
    /// Bytes of content so far, without framing.
    pub content: u64,
    /// Stream offset after the message. `None`: it is not over.
    pub over: Option<u64>,
    /// The rule that the message breaks. `None`: none so far.
    pub violation: Option<Violation<M::Rule>>,
}

/// Something that the machine did at a byte.
#[derive(Clone, Debug, PartialEq)]
pub enum What<K, R, H> {
    /// A token of a head or of a trailer section is complete.
    Token(K, Range<u64>),
    /// A head is complete: what is kept of it. `None`: the machine gives none out, as of an interim response.
    Head(Option<H>),
    /// The machine entered another part of the message.
    Entered(State),
    /// The message is complete.
    End,
    /// The message breaks a rule.
    Broken(Violation<R>),
}

/// A place at which the machine did something.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark<K, R, H> {
    /// Stream offset after the byte at which it did so.
    pub at: u64,
    /// Bytes of content up to there, without framing.
    pub content: u64,
    /// What it did.
    pub what: What<K, R, H>,
}

/// What a byte would do, if it came next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict<K, R> {
    /// The token goes on. `None`: no token has begun.
    GoesOn(Option<K>),
    /// A token begins.
    Begins(K),
    /// The token is complete, and another one begins. `None`: none does.
    Ends(K, Option<K>),
    /// The head is complete.
    EndsHead,
    /// The message is complete.
    EndsMessage,
    /// The byte breaks a rule, or shows that one is broken.
    Breaks(R),
    /// The machine reads nothing more.
    Unread,
}

/// The marks of a machine.
pub type Marks<M> = Vec<Mark<<M as Machine>::Kind, <M as Machine>::Rule, <M as Replayable>::Head>>;

/// The bytes of one message, and checkpoints of the machine that reads them.
#[derive(Clone, Debug)]
pub struct Stepper<M: Replayable + Standing> {
    bytes: Bytes,
    start: u64,
    /// Whether the stream ends after the bytes.
    is_closed: bool,
    /// Whether messages are read up to the last one, and not only the first.
    reads_many: bool,
    checkpoints: Vec<Stepped<M>>,
    /// What the machine did, in order.
    marks: Marks<M>,
}

impl<M: Replayable + Standing> Stepper<M> {
    /// Has `machine`, which stands between two messages, read `bytes`, which begin at its offset. `is_closed` says
    /// that the stream ends after them, which may complete the message.
    #[must_use]
    pub fn new(machine: M, bytes: Bytes, is_closed: bool) -> Self {
        Self::read(machine, bytes, is_closed, false)
    }

    /// As [`Self::new`], for messages one after the other, such as frames.
    #[must_use]
    pub fn many(machine: M, bytes: Bytes) -> Self {
        Self::read(machine, bytes, false, true)
    }

    fn read(machine: M, bytes: Bytes, is_closed: bool, reads_many: bool) -> Self {
        let start = machine.offset();
        let first = Stepped { machine, at: start, content: 0, over: None, violation: None };
        let checkpoints = vec![first.clone()];
        let mut stepper = Self { bytes, start, is_closed, reads_many, checkpoints, marks: Vec::new() };
        stepper.read_all(first);
        stepper
    }

    /// The stream range of the bytes.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.start..self.start + self.bytes.len() as u64
    }

    /// What the machine did, in order.
    #[must_use]
    pub const fn marks(&self) -> &Marks<M> {
        &self.marks
    }

    /// The rule that the message breaks. `None`: it breaks none.
    #[must_use]
    pub fn violation(&self) -> Option<&Violation<M::Rule>> {
        self.marks.iter().rev().find_map(|mark| match &mark.what {
            What::Broken(violation) => Some(violation),
            _ => None,
        })
    }

    /// The machine after it has read the bytes up to stream offset `at`, which is brought into [`Self::range`].
    #[must_use]
    pub fn at(&self, at: u64) -> Stepped<M> {
        let range = self.range();
        let at = at.clamp(range.start, range.end);
        let after = self.checkpoints.partition_point(|checkpoint| checkpoint.at <= at);
        let mut stepped = self.checkpoints[after.saturating_sub(1)].clone();
        stepped.read(self, at, &mut Silent, |_| {});
        if self.is_closed && at == range.end {
            stepped.end(self);
        }
        stepped
    }

    /// What each byte would do if it came next, after the bytes up to `stepped`.
    #[must_use]
    pub fn verdicts(&self, stepped: &Stepped<M>) -> Vec<Verdict<M::Kind, M::Rule>> {
        let is_last = stepped.over.is_some() && stepped.machine.is_last();
        if stepped.violation.is_some() || is_last {
            return vec![Verdict::Unread; 256];
        }
        let kept = self.slice(stepped.machine.offset().min(stepped.at)..stepped.at);
        let mut bytes = Vec::with_capacity(kept.len() + 1);
        bytes.extend_from_slice(kept);
        bytes.push(0);
        let last = bytes.len() - 1;
        let pending = stepped.machine.pending().map(|(kind, _)| kind);
        let mut sink = Recorded::default();
        (0..=u8::MAX)
            .map(|byte| {
                bytes[last] = byte;
                sink.spans.clear();
                verdict(stepped.machine.clone(), &bytes, pending, &mut sink)
            })
            .collect()
    }

    /// The bytes of a stream range.
    #[must_use]
    pub fn slice(&self, range: Range<u64>) -> &[u8] {
        let index = |offset: u64| usize::try_from(offset - self.start).unwrap_or(usize::MAX);
        self.bytes.get(index(range.start)..index(range.end)).unwrap_or_default()
    }

    /// Reads all bytes: sets the checkpoints and the marks.
    fn read_all(&mut self, mut now: Stepped<M>) {
        let end = self.range().end;
        while now.at < end && now.goes_on() {
            let to = end.min(now.at + STEP_BYTES);
            // Nothing is to be marked where a step begins and ends in content.
            let is_content = !self.reads_many && matches!(now.machine.state(), State::Body(_));
            let ahead = is_content.then(|| {
                let mut ahead = now.clone();
                ahead.read(self, to, &mut Silent, |_| {});
                ahead
            });
            match ahead {
                Some(ahead) if ahead.goes_on() && matches!(ahead.machine.state(), State::Body(_)) => {
                    now = ahead;
                }
                _ => self.read_marking(&mut now, to),
            }
            let since = self.checkpoints.last().map_or(0, |last| now.at - last.at);
            if since >= STEP_BYTES.max(now.machine.clone_bytes() as u64) {
                self.checkpoints.push(now.clone());
            }
        }
        if self.is_closed && now.goes_on() {
            now.end(self);
            let Stepped { at, content, over, violation, .. } = now;
            self.marks.extend(over.map(|_| Mark { at, content, what: What::End }));
            self.marks.extend(violation.map(|broken| Mark { at, content, what: What::Broken(broken) }));
        }
    }

    /// Reads up to stream offset `to` byte by byte, except for content, and marks what the machine does.
    fn read_marking(&mut self, now: &mut Stepped<M>, to: u64) {
        let mut sink = Recorded::default();
        while now.at < to && now.goes_on() {
            let before = now.machine.state();
            let mut events = Vec::new();
            let plain = now.machine.plain().min(to - now.at);
            let mut has_read = false;
            if plain > 1 {
                // A rule that is broken inside is looked for byte by byte.
                let mut ahead = now.clone();
                ahead.read(self, now.at + plain, &mut Silent, |event| events.push(event));
                has_read = ahead.violation.is_none();
                if has_read {
                    *now = ahead;
                } else {
                    events.clear();
                }
            }
            if !has_read {
                sink.spans.clear();
                now.read(self, now.at + 1, &mut sink, |event| events.push(event));
            }
            let mut mark = |what| self.marks.push(Mark { at: now.at, content: now.content, what });
            if !matches!(before, State::Body(_)) {
                let tokens = sink.spans.drain(..);
                tokens.for_each(|(kind, range)| mark(What::Token(kind, range)));
            }
            if events.contains(&Event::Head) {
                mark(What::Head(now.machine.partial_message_head().or_else(|| now.machine.message_head())));
            }
            if let Some(broken) = &now.violation {
                mark(What::Broken(broken.clone()));
            } else if events.contains(&Event::End) {
                mark(What::End);
            } else {
                let state = now.machine.state();
                if std::mem::discriminant(&state) != std::mem::discriminant(&before) {
                    mark(What::Entered(state));
                }
            }
        }
    }
}

impl<M: Replayable + Standing> Stepped<M> {
    /// Whether the machine may read on in the message.
    #[must_use]
    pub const fn goes_on(&self) -> bool {
        self.over.is_none() && self.violation.is_none()
    }

    /// Reads up to stream offset `to`. `each` is called for each event but [`Event::NeedData`].
    fn read<S: Sink<M::Kind>>(
        &mut self,
        stepper: &Stepper<M>,
        to: u64,
        sink: &mut S,
        mut each: impl FnMut(Event),
    ) {
        self.at = to;
        while self.goes_on() {
            let rest = stepper.slice(self.machine.offset().min(to)..to);
            let step = match self.machine.advance(rest, sink) {
                Ok(step) => step,
                Err(violation) => {
                    self.violation = Some(violation);
                    return;
                }
            };
            match &step.event {
                Event::NeedData => return,
                Event::Body(content) => self.content += content.len() as u64,
                Event::End if stepper.reads_many && !self.machine.is_last() => {}
                Event::End => self.over = Some(self.machine.offset()),
                Event::Head => {}
            }
            each(step.event);
        }
    }

    /// Tells the machine that the stream ends here.
    fn end(&mut self, stepper: &Stepper<M>) {
        if !self.goes_on() || self.machine.state() == State::Idle {
            return;
        }
        match self.machine.end_of_input(&mut Silent) {
            Ok(()) => self.read(stepper, self.at, &mut Silent, |_| {}),
            Err(violation) => self.violation = Some(violation),
        }
    }
}

/// What the last byte of `bytes` does to a machine that has read the others.
fn verdict<M: Standing>(
    mut machine: M,
    bytes: &[u8],
    pending: Option<M::Kind>,
    sink: &mut Recorded<M::Kind>,
) -> Verdict<M::Kind, M::Rule> {
    let (mut consumed, mut is_head) = (0, false);
    let ended = loop {
        match machine.advance(&bytes[consumed..], sink) {
            Err(violation) => return Verdict::Breaks(violation.rule),
            Ok(step) => {
                consumed += step.consumed;
                match step.event {
                    Event::NeedData => break false,
                    Event::End => break true,
                    Event::Head => is_head = true,
                    Event::Body(_) => {}
                }
            }
        }
    };
    let now = machine.pending().map(|(kind, _)| kind);
    match (sink.spans.first().map(|(kind, _)| *kind), pending) {
        _ if ended => Verdict::EndsMessage,
        _ if is_head => Verdict::EndsHead,
        (Some(kind), _) => Verdict::Ends(kind, now),
        (None, _) => match now {
            Some(kind) if now != pending => Verdict::Begins(kind),
            _ => Verdict::GoesOn(now),
        },
    }
}
