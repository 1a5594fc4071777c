//! Feeds a machine as a connection would, in pieces, and keeps what it says.

use std::{fmt::Debug, ops::Range};

use byteglass::http::{
    Event, Head, Leaf, Method, Remark, RequestMachine, ResponseHead, ResponseMachine, Silent, Sink, SpanKind,
    State, Step, Violation, replay, span::Recorded,
};

use crate::input::{Input, Kind};

/// Either machine; for responses with the methods that are still to be answered.
pub enum Machine {
    Request(RequestMachine),
    Response(ResponseMachine, Vec<Method>),
}

/// Everything that a machine said about a stream.
#[derive(Default)]
pub struct Outcome {
    /// Events with the stream offset after them. Pieces of one stretch of content are one event,
    /// whose range is one of the stream.
    pub events: Vec<(u64, Event)>,
    pub heads: Vec<Head>,
    pub response_heads: Vec<ResponseHead>,
    pub spans: Vec<(SpanKind, Range<u64>)>,
    pub remarks: Vec<(Remark, Range<u64>)>,
    pub violation: Option<Violation>,
    /// How many bytes had been fed when the violation came.
    pub refused_after: Option<usize>,
    pub pending: Option<(SpanKind, Range<u64>)>,
    pub state: State,
    /// What the machine says to the end of the stream. `None`: it is in order.
    pub ended: Option<Violation>,
    /// Whether the last request ends the connection.
    pub closes: bool,
}

/// Feeds `pieces` one after the other.
pub fn drive<'a>(machine: &mut Machine, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut sink = Recorded::default();
    let mut outcome = drive_into(machine, pieces, &mut sink, false);
    outcome.spans = sink.spans;
    outcome.remarks = sink.remarks;
    outcome
}

/// The live sink, and a server that takes each head away and gives it back, see the same events.
pub fn assert_live_is_same(input: &Input, outcome: &Outcome, name: &str) {
    let live = drive_into(&mut input.machine(), input.bytes.chunks(3), &mut Silent, true);
    assert_eq!(live.events, outcome.events, "{name}, live");
    assert_eq!(live.heads, outcome.heads, "{name}, live");
    assert_eq!(live.violation, outcome.violation, "{name}, live");
    assert_eq!(live.state, outcome.state, "{name}, live");
}

fn drive_into<'a, S: Sink>(
    machine: &mut Machine,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    sink: &mut S,
    take: bool,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut buffer = Vec::new();
    let (mut fed, mut offset) = (0, 0_u64);
    machine.answers();
    'pieces: for piece in pieces {
        buffer.extend_from_slice(piece);
        fed += piece.len();
        loop {
            let step = match machine.advance(&buffer, sink) {
                Ok(step) => step,
                Err(violation) => {
                    outcome.violation = Some(violation);
                    outcome.refused_after = Some(fed);
                    break 'pieces;
                }
            };
            assert!(step.consumed <= buffer.len());
            let (consumed, event) = (step.consumed, step.event.clone());
            outcome.event(machine, step, offset, take);
            buffer.drain(..consumed);
            offset += consumed as u64;
            assert_eq!(machine.offset(), offset);
            match event {
                Event::NeedData => break,
                Event::End if outcome.closes => break 'pieces,
                Event::End => machine.answers(),
                _ => {}
            }
        }
    }
    outcome.pending = machine.pending();
    outcome.state = machine.state();
    if outcome.violation.is_none() {
        outcome.ended = machine.end_of_input();
    } else {
        // It stays failed, and says so again.
        assert_eq!(machine.advance(b"GET", sink).err(), outcome.violation);
    }
    outcome
}

impl Outcome {
    fn event(&mut self, machine: &mut Machine, step: Step, offset: u64, take: bool) {
        let after = offset + step.consumed as u64;
        match step.event {
            Event::NeedData => {}
            Event::Head => {
                match machine {
                    Machine::Request(machine) if take => {
                        let head = machine.take_head();
                        self.closes = !head.keep_alive;
                        self.heads.push(head.clone());
                        machine.recycle(head);
                    }
                    Machine::Request(machine) => {
                        self.closes = !machine.head().keep_alive;
                        self.heads.push(machine.head().clone());
                    }
                    Machine::Response(machine, _) => self.response_heads.push(machine.head().clone()),
                }
                self.events.push((after, Event::Head));
            }
            Event::Body(range) => {
                assert!(!range.is_empty() && range.end <= step.consumed);
                let offset = usize::try_from(offset).unwrap();
                let range = offset + range.start..offset + range.end;
                match self.events.last_mut() {
                    Some((at, Event::Body(before))) if before.end == range.start => {
                        before.end = range.end;
                        *at = after;
                    }
                    _ => self.events.push((after, Event::Body(range))),
                }
            }
            Event::End => self.events.push((after, Event::End)),
        }
    }

    /// Everything but how much had been fed is the same.
    pub fn assert_same(&self, other: &Self, name: &str) {
        fn same<T: PartialEq + Debug>(one: &T, other: &T, name: &str) {
            assert_eq!(one, other, "{name}");
        }
        same(&self.events, &other.events, name);
        same(&self.heads, &other.heads, name);
        same(&self.response_heads, &other.response_heads, name);
        same(&self.spans, &other.spans, name);
        same(&self.remarks, &other.remarks, name);
        same(&self.violation, &other.violation, name);
        same(&self.pending, &other.pending, name);
        same(&self.state, &other.state, name);
        same(&self.ended, &other.ended, name);
    }
}

impl Machine {
    fn advance<S: Sink>(&mut self, data: &[u8], sink: &mut S) -> Result<Step, Violation> {
        match self {
            Self::Request(machine) => machine.advance(data, sink),
            Self::Response(machine, _) => machine.advance(data, sink),
        }
    }

    fn answers(&mut self) {
        if let Self::Response(machine, methods) = self
            && !methods.is_empty()
        {
            machine.answers(methods.remove(0));
        }
    }

    fn offset(&self) -> u64 {
        match self {
            Self::Request(machine) => machine.offset(),
            Self::Response(machine, _) => machine.offset(),
        }
    }

    fn pending(&self) -> Option<(SpanKind, Range<u64>)> {
        match self {
            Self::Request(machine) => machine.pending(),
            Self::Response(machine, _) => machine.pending(),
        }
    }

    fn state(&self) -> State {
        match self {
            Self::Request(machine) => machine.state(),
            Self::Response(machine, _) => machine.state(),
        }
    }

    fn end_of_input(&mut self) -> Option<Violation> {
        match self {
            Self::Request(machine) => machine.end_of_input().err(),
            Self::Response(machine, _) => machine.end_of_input(&mut Silent).err(),
        }
    }
}

/// The leaves of a replay.
pub fn leaves(input: &Input, bytes: &[u8]) -> Vec<Leaf> {
    match input.kind {
        Kind::Request => replay::requests(bytes, 0, input.limits).leaves,
        Kind::Response => replay::responses(bytes, 0, &input.methods, input.closed).leaves,
    }
}

/// Every byte of `bytes`, a prefix of the input, lies in exactly one leaf, and complete leaves are
/// those of the whole input, as far as the prefix holds them.
pub fn assert_covered(input: &Input, bytes: &[u8], whole: &Outcome, name: &str) {
    let leaves = leaves(input, bytes);
    let mut end = 0;
    for leaf in &leaves {
        assert_eq!(leaf.range.start, end, "{name}: {leaves:?}");
        assert!(leaf.range.end > end, "{name}: {leaves:?}");
        end = leaf.range.end;
        let artificial = matches!(leaf.kind, SpanKind::Malformed | SpanKind::Unparsed);
        let cut_short = leaf.partial || input.closed || whole.violation.is_some();
        assert!(artificial || cut_short || whole.spans.contains(&(leaf.kind, leaf.range.clone())), "{name}");
    }
    assert_eq!(end, bytes.len() as u64, "{name}: {leaves:?}");
}
