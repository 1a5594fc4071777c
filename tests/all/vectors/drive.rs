//! Feeds the machines as a connection would, in pieces, and keeps what they say.

use std::ops::ControlFlow;

use byteglass::{
    http::{
        Head, Leaf, Leniencies, Method, RequestMachine, ResponseHead, ResponseMachine, Rule, SpanKind, replay,
    },
    testing::drive::{self, Listener},
    wire::{Event, Recorded, Silent},
};

use super::input::{Input, Kind};

/// Everything that a machine said about a stream.
pub(crate) struct Outcome {
    /// Events, spans, notes, and the rule that was broken.
    pub driven: drive::Outcome<SpanKind, Rule>,
    /// The head of each request.
    pub heads: Vec<Head>,
    /// The head of each response, interim ones included.
    pub response_heads: Vec<ResponseHead>,
    /// Whether the last request ends the connection.
    pub closes: bool,
}

/// Feeds `pieces` one after the other.
pub(crate) fn drive<'a>(input: &Input, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    drive_into(input, pieces, &mut Recorded::default(), false)
}

/// The live sink, and a server that takes each head away and gives it back, see the same events.
pub(crate) fn assert_live_is_same(input: &Input, outcome: &Outcome, name: &str) {
    let live = drive_into(input, input.bytes.chunks(3), &mut Silent, true);
    live.driven.assert_same_events(&outcome.driven, &format!("{name}, live"));
    assert_eq!(live.heads, outcome.heads, "{name}, live");
}

/// `takes`: each request head is taken away and given back.
fn drive_into<'a>(
    input: &Input,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    sink: &mut impl Listener<SpanKind>,
    takes: bool,
) -> Outcome {
    let (mut heads, mut response_heads, mut closes) = (Vec::new(), Vec::new(), false);
    let driven = match input.kind {
        Kind::Request => {
            let mut machine = RequestMachine::new(input.limits);
            drive::drive(&mut machine, sink, pieces, |machine, event| {
                if *event == Event::End && closes {
                    return ControlFlow::Break(());
                }
                if *event == Event::Head {
                    closes = !machine.head().keep_alive;
                    heads.push(machine.head().clone());
                    if takes {
                        let head = machine.take_head();
                        machine.recycle(head);
                    }
                }
                ControlFlow::Continue(())
            })
        }
        Kind::Response => {
            let mut machine = ResponseMachine::starting_at(0);
            let mut methods = input.methods.iter();
            answer(&mut machine, &mut methods);
            drive::drive(&mut machine, sink, pieces, |machine, event| {
                match event {
                    Event::Head => response_heads.push(machine.head().clone()),
                    _ => answer(machine, &mut methods),
                }
                ControlFlow::Continue(())
            })
        }
    };
    Outcome { driven, heads, response_heads, closes }
}

/// Tells `machine` which method its next response answers.
fn answer<'a>(machine: &mut ResponseMachine, methods: &mut impl Iterator<Item = &'a Method>) {
    if let Some(&method) = methods.next() {
        machine.answers(method);
    }
}

impl Outcome {
    /// Checks that everything but how much had been fed is the same.
    pub(crate) fn assert_same(&self, other: &Self, name: &str) {
        self.driven.assert_same(&other.driven, name);
        assert_eq!(self.heads, other.heads, "{name}");
        assert_eq!(self.response_heads, other.response_heads, "{name}");
    }
}

/// The leaves of a replay.
pub(crate) fn leaves(input: &Input, bytes: &[u8]) -> Vec<Leaf> {
    match input.kind {
        Kind::Request => replay::requests(bytes, 0, input.limits).leaves,
        Kind::Response => replay::responses(bytes, 0, &input.methods, input.closed, Leniencies::NONE).leaves,
    }
}

/// Every byte of `bytes`, a prefix of the input, lies in exactly one leaf, and complete leaves are
/// those of the whole input, as far as the prefix holds them.
pub(crate) fn assert_covered(input: &Input, bytes: &[u8], whole: &Outcome, name: &str) {
    let leaves = leaves(input, bytes);
    let mut end = 0;
    for leaf in &leaves {
        assert_eq!(leaf.range.start, end, "{name}: {leaves:?}");
        assert!(leaf.range.end > end, "{name}: {leaves:?}");
        end = leaf.range.end;
        let artificial = matches!(leaf.kind, SpanKind::Malformed | SpanKind::Unparsed);
        let cut_short = leaf.partial || input.closed || whole.driven.violation.is_some();
        assert!(
            artificial || cut_short || whole.driven.reported.spans.contains(&(leaf.kind, leaf.range.clone())),
            "{name}"
        );
    }
    assert_eq!(end, bytes.len() as u64, "{name}: {leaves:?}");
}
