//! The machines that read messages.

use std::ops::Range;

use crate::http::{
    Event, Limits, Method, Remark, RequestMachine, ResponseMachine, Rule, Silent, Sink, SpanKind, State,
    Step, Violation, replay, span::Recorded,
};

use super::choices;

/// A stream of requests is read the same whole, in any pieces and by the silent sink; every byte of it
/// lies in exactly one span, and a violation lies within the stream.
pub fn request(data: &[u8]) {
    let Some(([limits, seed], bytes)) = choices(data) else { return };
    let limits = limits_of(limits);
    let whole = read(RequestMachine::new(limits), &mut Recorded::default(), [bytes]);
    same(&whole, &read(RequestMachine::new(limits), &mut Recorded::default(), pieces(bytes, seed)));
    same(&whole, &read(RequestMachine::new(limits), &mut Recorded::default(), bytes.chunks(1)));
    let silent = read(RequestMachine::new(limits), &mut Quiet, pieces(bytes, seed));
    assert_eq!((&silent.events, &silent.violation), (&whole.events, &whole.violation));
    covers(replay::requests(bytes, 7, limits).leaves.into_iter().map(|leaf| leaf.range), 7, bytes.len());
}

/// A stream of responses is read the same whole and in any pieces; every byte of it lies in exactly
/// one span.
pub fn response(data: &[u8]) {
    let Some(([method, seed], bytes)) = choices(data) else { return };
    let method = [Method::Get, Method::Head, Method::Connect, Method::Post][usize::from(method % 4)];
    let machine = || {
        let mut machine = ResponseMachine::at(0);
        machine.answers(method);
        machine
    };
    let whole = read(machine(), &mut Recorded::default(), [bytes]);
    same(&whole, &read(machine(), &mut Recorded::default(), pieces(bytes, seed)));
    same(&whole, &read(machine(), &mut Recorded::default(), bytes.chunks(1)));
    for closed in [false, true] {
        let leaves = replay::responses(bytes, 7, &[method], closed).leaves;
        covers(leaves.into_iter().map(|leaf| leaf.range), 7, bytes.len());
    }
}

/// A chunked body that is read to its end has the content that a plain decoder finds in it; one that
/// is refused is refused at the same byte in any pieces.
pub fn chunked(data: &[u8]) {
    let Some(([limits, seed], bytes)) = choices(data) else { return };
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let stream = [head, bytes].concat();
    let machine = || RequestMachine::new(Limits { head_bytes: 4096, target_bytes: 64, ..limits_of(limits) });
    let whole = read(machine(), &mut Recorded::default(), [&stream[..]]);
    same(&whole, &read(machine(), &mut Recorded::default(), pieces(&stream, seed)));
    // The first event is the head; what follows up to the first end is the body.
    let Some(end) = whole.events.iter().position(|(_, event)| *event == Event::End) else { return };
    let mut content = Vec::new();
    for (_, event) in &whole.events[..end] {
        if let Event::Body(range) = event {
            content.extend_from_slice(&stream[range.clone()]);
        }
    }
    assert_eq!(decode(bytes), Some(content));
}

/// Chunks as RFC 9112 §7.1.3 decodes them, trusting that they are well formed. `None`: they are not.
fn decode(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    loop {
        let digits = bytes.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let size = u64::from_str_radix(str::from_utf8(&bytes[..digits]).ok()?, 16).ok()?;
        let line = bytes.windows(2).position(|pair| pair == b"\r\n")?;
        bytes = &bytes[line + 2..];
        if size == 0 {
            return Some(content);
        }
        let (data, rest) = bytes.split_at_checked(usize::try_from(size).ok()?)?;
        content.extend_from_slice(data);
        bytes = rest.strip_prefix(b"\r\n")?;
    }
}

fn limits_of(choice: u8) -> Limits {
    match choice % 3 {
        0 => Limits { target_bytes: 8192, head_bytes: 65536, body_bytes: 1 << 20 },
        1 => Limits { target_bytes: 40, head_bytes: 160, body_bytes: 20 },
        _ => Limits { target_bytes: 1, head_bytes: 1, body_bytes: 0 },
    }
}

/// The bytes cut anywhere, as `seed` has it.
fn pieces(mut bytes: &[u8], seed: u8) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut state = u32::from(seed) * 2 + 1;
    while !bytes.is_empty() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (piece, rest) = bytes.split_at(bytes.len().min(1 + (state >> 27) as usize));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

/// Ranges in order without gaps, from `start`, `len` bytes long.
pub(crate) fn covers(ranges: impl IntoIterator<Item = Range<u64>>, start: u64, len: usize) {
    let mut end = start;
    for range in ranges {
        assert_eq!(range.start, end);
        assert!(range.end > end, "an empty span");
        end = range.end;
    }
    assert_eq!(end, start + len as u64, "bytes without a span");
}

/// What both machines do.
trait Machine {
    fn advance<S: Sink>(&mut self, data: &[u8], sink: &mut S) -> Result<Step, Violation>;
    fn state(&self) -> State;
    fn pending(&self) -> Option<(SpanKind, Range<u64>)>;
}

impl Machine for RequestMachine {
    fn advance<S: Sink>(&mut self, data: &[u8], sink: &mut S) -> Result<Step, Violation> {
        self.advance(data, sink)
    }
    fn state(&self) -> State {
        self.state()
    }
    fn pending(&self) -> Option<(SpanKind, Range<u64>)> {
        self.pending()
    }
}

impl Machine for ResponseMachine {
    fn advance<S: Sink>(&mut self, data: &[u8], sink: &mut S) -> Result<Step, Violation> {
        self.advance(data, sink)
    }
    fn state(&self) -> State {
        self.state()
    }
    fn pending(&self) -> Option<(SpanKind, Range<u64>)> {
        self.pending()
    }
}

/// A sink that can be asked what it heard.
trait Ear: Sink {
    fn heard(&mut self) -> Recorded;
}

impl Ear for Recorded {
    fn heard(&mut self) -> Recorded {
        std::mem::take(self)
    }
}

/// The sink of live traffic, which hears nothing.
struct Quiet;

impl Sink for Quiet {
    const LISTENS: bool = Silent::LISTENS;
    fn span(&mut self, _: SpanKind, _: Range<u64>) {}
    fn remark(&mut self, _: Remark, _: Range<u64>) {}
}

impl Ear for Quiet {
    fn heard(&mut self) -> Recorded {
        Recorded::default()
    }
}

/// What a machine said about a stream.
struct Outcome {
    /// Events and the stream offsets after them; one for each stretch of content, as a range of the
    /// stream.
    events: Vec<(usize, Event)>,
    violation: Option<Violation>,
    heard: Recorded,
    state: State,
    pending: Option<(SpanKind, Range<u64>)>,
}

fn read<'a, E: Ear>(
    mut machine: impl Machine,
    sink: &mut E,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Outcome {
    let mut events: Vec<(usize, Event)> = Vec::new();
    let mut violation = None;
    let (mut buffer, mut offset, mut fed) = (Vec::new(), 0, 0);
    'pieces: for piece in pieces {
        buffer.extend_from_slice(piece);
        fed += piece.len();
        loop {
            let step = match machine.advance(&buffer, sink) {
                Ok(step) => step,
                Err(found) => {
                    assert!(found.span.start <= found.span.end && found.span.end <= fed as u64, "{found:?}");
                    assert_ne!(found.rule, Rule::NotFound, "no rule of a message");
                    violation = Some(found);
                    break 'pieces;
                }
            };
            assert!(step.consumed <= buffer.len());
            let after = offset + step.consumed;
            match (step.event, events.last_mut()) {
                (Event::NeedData, _) => {
                    buffer.drain(..step.consumed);
                    offset = after;
                    break;
                }
                (Event::Body(range), last) => {
                    assert!(!range.is_empty() && range.end <= step.consumed, "content that was not consumed");
                    let range = offset + range.start..offset + range.end;
                    match last {
                        Some((at, Event::Body(before))) if before.end == range.start => {
                            (*at, before.end) = (after, range.end);
                        }
                        _ => events.push((after, Event::Body(range))),
                    }
                }
                (event, _) => events.push((after, event)),
            }
            buffer.drain(..step.consumed);
            offset = after;
        }
    }
    Outcome { events, violation, heard: sink.heard(), state: machine.state(), pending: machine.pending() }
}

fn same(one: &Outcome, other: &Outcome) {
    assert_eq!(one.events, other.events);
    assert_eq!(one.violation, other.violation);
    assert_eq!(one.heard.spans, other.heard.spans);
    assert_eq!(one.heard.remarks, other.heard.remarks);
    assert_eq!(one.state, other.state);
    assert_eq!(one.pending, other.pending);
}
