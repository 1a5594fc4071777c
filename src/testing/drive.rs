//! Feeds a machine as a connection would, in pieces, and keeps what it says.

use std::{fmt::Debug, mem, ops::ControlFlow, ops::Range};

use crate::wire::{Event, Machine, Recorded, Silent, Sink, Span, State, Violation, Vocabulary};

/// The reports of a machine about a stream, in span kinds `K` and rules `R`.
#[derive(Debug)]
pub struct Outcome<K: Vocabulary, R> {
    /// Events with the stream offset after each. Pieces of one stretch of content are one event, whose
    /// range counts from the first byte that was fed.
    pub events: Vec<(u64, Event)>,
    /// Spans and notes; empty where nobody listened.
    pub reported: Recorded<K>,
    /// The rule that was broken. `None`: none was.
    pub violation: Option<Violation<R>>,
    /// Number of bytes that had been fed when the violation was reported.
    pub refused_after: Option<usize>,
    /// The token that is not complete after the last piece.
    pub pending: Option<Span<K>>,
    /// Where the machine stands after the last piece.
    pub state: State,
    /// The rule that the end of the stream breaks after the last piece. `None`: the end is in order.
    pub ended: Option<Violation<R>>,
}

impl<K: Vocabulary, R: Copy + Debug + PartialEq> Outcome<K, R> {
    /// Checks that everything but how much had been fed is the same.
    pub fn assert_same(&self, other: &Self, name: &str) {
        self.assert_same_events(other, name);
        assert_eq!(self.reported, other.reported, "{name}");
        assert_eq!(self.pending, other.pending, "{name}");
        assert_eq!(self.ended, other.ended, "{name}");
    }

    /// Checks what can be known without listening.
    pub fn assert_same_events(&self, other: &Self, name: &str) {
        assert_eq!(self.events, other.events, "{name}");
        assert_eq!(self.violation, other.violation, "{name}");
        assert_eq!(self.state, other.state, "{name}");
    }
}

/// A sink that keeps reports while a machine is driven.
pub trait Listener<K: Vocabulary>: Sink<K> {
    /// Takes the reports so far.
    fn reported(&mut self) -> Recorded<K>;
}

impl<K: Vocabulary> Listener<K> for Recorded<K> {
    fn reported(&mut self) -> Recorded<K> {
        mem::take(self)
    }
}

impl<K: Vocabulary> Listener<K> for Silent {
    fn reported(&mut self) -> Recorded<K> {
        Recorded::default()
    }
}

/// Feeds `pieces` one after the other to `machine`, which starts at stream offset 0. `after` is called
/// with each [`Event::Head`] and [`Event::End`]; where it breaks, the connection is over.
pub fn drive<'a, M: Machine, E: Listener<M::Kind>>(
    machine: &mut M,
    sink: &mut E,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    mut after: impl FnMut(&mut M, &Event) -> ControlFlow<()>,
) -> Outcome<M::Kind, M::Rule> {
    let mut events = Vec::new();
    let (mut violation, mut refused_after) = (None, None);
    let (mut buffer, mut fed) = (Vec::new(), 0);
    let mut offset = 0;
    'pieces: for piece in pieces {
        buffer.extend_from_slice(piece);
        fed += piece.len();
        loop {
            let step = match machine.advance(&buffer, sink) {
                Ok(step) => step,
                Err(found) => {
                    assert!(found.span.start <= found.span.end && found.span.end <= fed as u64, "{found:?}");
                    (violation, refused_after) = (Some(found), Some(fed));
                    break 'pieces;
                }
            };
            assert!(step.consumed <= buffer.len());
            let start = offset;
            offset += step.consumed;
            assert_eq!(machine.offset(), offset as u64);
            buffer.drain(..step.consumed);
            let is_over = match &step.event {
                Event::Head | Event::End => after(machine, &step.event).is_break(),
                Event::NeedData | Event::Body(_) => false,
            };
            match step.event {
                Event::NeedData => break,
                Event::Body(range) => {
                    assert!(!range.is_empty() && range.end <= step.consumed, "content that was not consumed");
                    push_body(&mut events, start + range.start..start + range.end, offset as u64);
                }
                event => events.push((offset as u64, event)),
            }
            if is_over {
                break 'pieces;
            }
        }
    }
    let (pending, state) = (machine.pending(), machine.state());
    let reported = sink.reported();
    let ended = if violation.is_none() {
        machine.end_of_input(sink).err()
    } else {
        // It stays failed, and says so again.
        assert_eq!(machine.advance(b"GET", sink).err(), violation);
        assert_eq!(machine.end_of_input(sink), Ok(()));
        None
    };
    Outcome { events, reported, violation, refused_after, pending, state, ended }
}

/// Adds content, joined to the content right before it.
fn push_body(events: &mut Vec<(u64, Event)>, range: Range<usize>, after: u64) {
    match events.last_mut() {
        Some((offset, Event::Body(before))) if before.end == range.start => {
            (*offset, before.end) = (after, range.end);
        }
        _ => events.push((after, Event::Body(range))),
    }
}
