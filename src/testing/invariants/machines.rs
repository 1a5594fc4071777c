//! The machines that read messages.

use std::ops::{ControlFlow, Range};

use crate::{
    http::{Leniencies, Limits, Method, RequestMachine, ResponseMachine, Rule, SpanKind, replay},
    testing::{
        LIMITS, Lcg,
        drive::{self, Listener},
    },
    wire::{self, Event, Machine, Silent},
};

use super::choices;

/// A stream of requests is read the same whole, in any pieces and by the silent sink; every byte of it
/// lies in exactly one span, and a violation lies within the stream.
pub fn request(data: &[u8]) {
    let Some(([limits, seed], bytes)) = choices(data) else { return };
    let limits = limits_of(limits).with(leniencies_of(limits));
    let whole = read(RequestMachine::new(limits), &mut Recorded::default(), [bytes]);
    same(&whole, &read(RequestMachine::new(limits), &mut Recorded::default(), pieces(bytes, seed)));
    same(&whole, &read(RequestMachine::new(limits), &mut Recorded::default(), bytes.chunks(1)));
    let silent = read(RequestMachine::new(limits), &mut Silent, pieces(bytes, seed));
    silent.assert_same_events(&whole, "silent");
    covers(replay::requests(bytes, 7, limits).leaves.into_iter().map(|leaf| leaf.range), 7, bytes.len());
}

/// A stream of responses is read the same whole and in any pieces; every byte of it lies in exactly
/// one span.
pub fn response(data: &[u8]) {
    let Some(([method, seed], bytes)) = choices(data) else { return };
    let leniencies = leniencies_of(method);
    let method = [Method::Get, Method::Head, Method::Connect, Method::Post][usize::from(method % 4)];
    let machine = || {
        let mut machine = ResponseMachine::starting_at(0).tolerating(leniencies);
        machine.answers(method);
        machine
    };
    let whole = read(machine(), &mut Recorded::default(), [bytes]);
    same(&whole, &read(machine(), &mut Recorded::default(), pieces(bytes, seed)));
    same(&whole, &read(machine(), &mut Recorded::default(), bytes.chunks(1)));
    for closed in [false, true] {
        let leaves = replay::responses(bytes, 7, &[method], closed, leniencies).leaves;
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
        0 => LIMITS,
        1 => Limits { target_bytes: 40, head_bytes: 160, body_bytes: 20, ..Limits::UNLIMITED },
        _ => Limits { target_bytes: 1, head_bytes: 1, body_bytes: 0, ..Limits::UNLIMITED },
    }
}

/// The upper half of `choice` decides what is read over.
const fn leniencies_of(choice: u8) -> Leniencies {
    match choice >> 6 {
        0 | 1 => Leniencies::NONE,
        2 => Leniencies::BROWSERS,
        _ => Leniencies::ALL,
    }
}

/// The bytes cut anywhere, as `seed` has it.
pub(super) fn pieces(bytes: &[u8], seed: u8) -> Vec<&[u8]> {
    Lcg(seed.into()).pieces(bytes, 32)
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

type Recorded = wire::Recorded<SpanKind>;
type Outcome = drive::Outcome<SpanKind, Rule>;

/// Feeds `pieces` to `machine`.
fn read<'a, M: Machine>(
    mut machine: M,
    sink: &mut impl Listener<M::Kind>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> drive::Outcome<M::Kind, M::Rule> {
    drive::drive(&mut machine, sink, pieces, |_, _| ControlFlow::Continue(()))
}

fn same(one: &Outcome, other: &Outcome) {
    one.assert_same(other, "in pieces");
}
