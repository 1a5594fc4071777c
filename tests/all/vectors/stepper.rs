//! Going through a message byte by byte: at each place the state is that of a machine that was fed up to there, and
//! what it does at a byte is found at that byte.

use byteglass::{
    http::{Limits, Method, RequestMachine, ResponseMachine, Rule, SpanKind},
    testing::Lcg,
    wire::{Event, Mark, Recorded, Replayable, Span, Standing, State, Stepped, Stepper, Verdict, What},
};

use super::{
    input::{Input, Kind},
    random::{STREAMS, damage},
    vectors,
};

/// A machine that is fed byte by byte.
struct Fed<M> {
    machine: M,
    /// Bytes that were fed and not consumed.
    rest: Vec<u8>,
    content: u64,
    over: bool,
    violation: Option<Rule>,
    /// For each byte what the machine did at it.
    did: Vec<Did>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Did {
    spans: Vec<Span<SpanKind>>,
    heads: usize,
    ended: bool,
    broken: Option<Rule>,
}

impl<M: Replayable<Kind = SpanKind, Rule = Rule> + Standing> Fed<M> {
    fn new(machine: M) -> Self {
        Self { machine, rest: Vec::new(), content: 0, over: false, violation: None, did: Vec::new() }
    }

    fn feed(&mut self, bytes: &[u8]) {
        let mut did = Did::default();
        let mut sink = Recorded::default();
        self.rest.extend_from_slice(bytes);
        while !self.over && self.violation.is_none() {
            match self.machine.advance(&self.rest, &mut sink) {
                Err(violation) => {
                    self.violation = Some(violation.rule);
                    did.broken = Some(violation.rule);
                }
                Ok(step) => {
                    self.rest.drain(..step.consumed);
                    match step.event {
                        Event::NeedData => break,
                        Event::Head => did.heads += 1,
                        Event::Body(content) => self.content += content.len() as u64,
                        Event::End => (self.over, did.ended) = (true, true),
                    }
                }
            }
        }
        did.spans = sink.spans;
        self.did.push(did);
    }

    fn assert_is(&self, stepped: &Stepped<M>, name: &str) {
        let (mine, other) = (&self.machine, &stepped.machine);
        assert_eq!(mine.stand().key, other.stand().key, "{name}");
        assert_eq!(mine.state(), other.state(), "{name}");
        if mine.state() != State::Failed {
            // How much was consumed of what failed depends on the pieces.
            assert_eq!(mine.offset(), other.offset(), "{name}");
        }
        assert_eq!(mine.pending(), other.pending(), "{name}");
        assert_eq!(mine.plain(), other.plain(), "{name}");
        assert_eq!(self.content, stepped.content, "{name}");
        assert_eq!(self.over, stepped.over.is_some(), "{name}");
        assert_eq!(self.violation, stepped.violation.as_ref().map(|violation| violation.rule), "{name}");
        let (mine, other) = (mine.partial_message_head(), other.partial_message_head());
        assert_eq!(format!("{mine:?}"), format!("{other:?}"), "{name}");
    }
}

/// Goes through the first message of `bytes` in every way.
fn check<M>(machine: &M, bytes: &[u8], name: &str)
where
    M: Replayable<Kind = SpanKind, Rule = Rule> + Standing,
{
    let stepper = Stepper::new(machine.clone(), bytes.to_vec().into(), false);
    let mut fed = Fed::new(machine.clone());
    for at in 0..=bytes.len() {
        let place = format!("{name}, after {at}");
        let there = stepper.at(at as u64);
        fed.assert_is(&there, &place);
        // Two pieces, the first of which ends here.
        let mut split = Fed::new(machine.clone());
        split.feed(&bytes[..at]);
        split.assert_is(&there, &place);
        if let Some(byte) = bytes.get(at) {
            fed.feed(&[*byte]);
            if there.over.is_none() && there.violation.is_none() {
                let verdict = stepper.verdicts(&there)[usize::from(*byte)];
                assert_verdict(verdict, fed.did.last().unwrap(), &place);
            }
        }
    }
    assert_marks(stepper.marks(), &fed.did, name);
}

/// The verdict on a byte is what the byte does.
fn assert_verdict(verdict: Verdict<SpanKind, Rule>, did: &Did, place: &str) {
    match verdict {
        Verdict::Breaks(rule) => assert_eq!(did.broken, Some(rule), "{place}"),
        Verdict::EndsMessage => assert!(did.ended, "{place}"),
        Verdict::EndsHead => assert!(did.heads > 0 && !did.ended, "{place}"),
        Verdict::Ends(kind, _) => assert_eq!(did.spans.first().map(|(kind, _)| *kind), Some(kind), "{place}"),
        Verdict::GoesOn(_) | Verdict::Begins(_) => {
            assert!(did.spans.is_empty() && did.heads == 0 && !did.ended && did.broken.is_none(), "{place}");
        }
        Verdict::Unread => panic!("{place}: the machine reads on"),
    }
}

/// What the machine does is marked at the byte at which it does it.
fn assert_marks<H>(marks: &[Mark<SpanKind, Rule, H>], did: &[Did], name: &str) {
    let at = |nth: usize| marks.iter().filter(move |mark| mark.at == nth as u64 + 1).map(|mark| &mark.what);
    for (nth, did) in did.iter().enumerate() {
        let place = format!("{name}, at byte {nth}");
        let tokens: Vec<_> = at(nth)
            .filter_map(|what| match what {
                What::Token(kind, range) => Some((*kind, range.clone())),
                _ => None,
            })
            .collect();
        // In a body, spans are content and its framing, which are not marked.
        assert!(tokens.is_empty() || tokens == did.spans, "{place}");
        let is_of_body = |(kind, _): &Span<SpanKind>| {
            use SpanKind::{Body, ChunkExtension, ChunkSize, LineEnd};
            matches!(kind, Body | ChunkExtension | ChunkSize | LineEnd)
        };
        assert!(!tokens.is_empty() || did.spans.iter().all(is_of_body), "{place}: {:?}", did.spans);
        assert_eq!(at(nth).filter(|what| matches!(what, What::Head(_))).count(), did.heads, "{place}");
        assert_eq!(at(nth).any(|what| matches!(what, What::End)), did.ended, "{place}");
        let broken = at(nth).find_map(|what| match what {
            What::Broken(violation) => Some(violation.rule),
            _ => None,
        });
        assert_eq!(broken, did.broken, "{place}");
    }
    assert!(marks.is_sorted_by_key(|mark| mark.at), "{name}");
}

#[test]
fn every_vector_can_be_gone_through_byte_by_byte() {
    for (folder, kind) in [("ok", Kind::Request), ("err", Kind::Request), ("response", Kind::Response)] {
        for (path, input) in vectors(folder, kind) {
            let Input { bytes, limits, methods, .. } = &input;
            let bytes = &bytes[..bytes.len().min(600)];
            let name = path.display().to_string();
            if kind == Kind::Request {
                check(&RequestMachine::new(*limits), bytes, &name);
            } else {
                let mut machine = ResponseMachine::starting_at(0);
                machine.answers(methods.first().copied().unwrap_or(Method::Get));
                check(&machine, bytes, &name);
            }
        }
    }
}

#[test]
fn damaged_requests_can_be_gone_through_byte_by_byte() {
    let limits = Limits { target_bytes: 40, head_bytes: 160, body_bytes: 20, ..Limits::UNLIMITED };
    let mut dice = Lcg(0x2545_f491_4f6c_dd1d);
    for round in 0..400 {
        let mut bytes = STREAMS[dice.index(STREAMS.len())].to_vec();
        for _ in 0..dice.index(4) {
            damage(&mut bytes, &mut dice);
        }
        check(&RequestMachine::new(limits), &bytes, &format!("round {round}: {}", bytes.escape_ascii()));
    }
}

#[test]
fn a_long_message_is_the_same_at_every_checkpoint() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("1f40\r\n{}\r\n", "x".repeat(8000));
    let small = "3\r\nabc\r\n".repeat(9_000);
    let bytes = format!("{head}{}{small}0\r\nT: v\r\n\r\n", chunk.repeat(40)).into_bytes();
    let machine = RequestMachine::new(Limits::UNLIMITED);
    let stepper = Stepper::new(machine.clone(), bytes.clone().into(), false);
    let mut dice = Lcg(7);
    for _ in 0..60 {
        let at = dice.index(bytes.len() + 1);
        let mut fed = Fed::new(machine.clone());
        fed.feed(&bytes[..at]);
        fed.assert_is(&stepper.at(at as u64), &format!("after {at}"));
    }
    let entered: Vec<u64> = stepper
        .marks()
        .iter()
        .filter(|mark| mark.what == What::Entered(State::Trailers))
        .map(|mark| mark.at)
        .collect();
    assert_eq!(entered, [bytes.len() as u64 - 8]);
    let last = stepper.marks().last().unwrap();
    assert_eq!((last.at, &last.what), (bytes.len() as u64, &What::End));
}

#[test]
fn the_end_of_the_stream_ends_a_body_that_lasts_until_close() {
    let bytes = b"HTTP/1.1 200 OK\r\n\r\nhello";
    let ends = |closed| {
        let stepper = Stepper::new(ResponseMachine::starting_at(0), bytes.to_vec().into(), closed);
        assert!(stepper.at(bytes.len() as u64 - 1).over.is_none());
        let marked = stepper.marks().iter().any(|mark| mark.what == What::End);
        (stepper.at(bytes.len() as u64).over, marked)
    };
    assert_eq!(ends(false), (None, false));
    assert_eq!(ends(true), (Some(bytes.len() as u64), true));
}
