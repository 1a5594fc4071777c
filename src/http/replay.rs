//! Runs a machine over bytes that are there already, several messages long, and accounts for every
//! byte: for the capture, the explainer and the tests.

use std::{mem, ops::Range};

use super::{
    head::Head,
    method::Method,
    request::{Event, Limits, RequestMachine, State, Step},
    response::{ResponseHead, ResponseMachine},
    rule::Violation,
    span::{Leaf, Recorded, Remark, SpanKind},
};

/// What a machine made of a stretch of a stream. `H` is [`Head`] or [`ResponseHead`].
#[derive(Clone, Debug)]
pub struct Replay<H> {
    /// Leaf spans in order, without gaps, from the first byte to the last. Where a rule is broken,
    /// the bytes at fault are [`super::SpanKind::Malformed`] and what was not parsed after them is
    /// [`super::SpanKind::Unparsed`].
    pub leaves: Vec<Leaf>,
    /// Remarks in the order in which they were made, with their stream ranges.
    pub remarks: Vec<(Remark, Range<u64>)>,
    /// The messages in order. The last one may be incomplete.
    pub messages: Vec<Message<H>>,
    /// The rule that the last message breaks. `None`: none does.
    pub violation: Option<Violation>,
    /// Where the machine stands after the last byte.
    pub state: State,
}

/// One message of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<H> {
    /// Its stream range as far as it arrived. Empty lines before a request are part of it. Bytes
    /// that were not parsed after a malformed part are not.
    pub range: Range<u64>,
    /// Its head. `None`: the head is incomplete or malformed; see [`Self::partial`].
    pub head: Option<H>,
    /// What is known of a head that is incomplete or malformed: ranges not reached are empty.
    /// `None`: the head is complete, or not even its first token is known.
    pub partial: Option<H>,
    /// Bytes of content that arrived, without chunk framing.
    pub content: u64,
    /// Whether it is complete: the next message may begin at `range.end`.
    pub complete: bool,
}

impl<H> Replay<H> {
    /// Stream offsets at which a message ends and the next may begin, ascending.
    pub fn boundaries(&self) -> impl Iterator<Item = u64> {
        self.messages.iter().filter(|message| message.complete).map(|message| message.range.end)
    }
}

/// Reads requests from `bytes`, which begin at stream offset `start`, between two messages. As a
/// server does, it reads nothing after a request that ends the connection.
#[must_use]
pub fn requests(bytes: &[u8], start: u64, limits: Limits) -> Replay<Head> {
    let mut machine = RequestMachine::at(limits, start);
    run(&mut machine, bytes, start, |_, _| {})
}

/// Reads responses from `bytes`, which begin at stream offset `start`, between two messages.
/// `methods` are those of the requests that they answer, in order; past its end GET is assumed.
/// `closed` says that the stream ends here, which completes a body that lasts until close.
#[must_use]
pub fn responses(bytes: &[u8], start: u64, methods: &[Method], closed: bool) -> Replay<ResponseHead> {
    let mut machine = Responses { machine: ResponseMachine::at(start), closed };
    run(&mut machine, bytes, start, |responses, done| {
        if let Some(&method) = methods.get(done) {
            responses.machine.answers(method);
        }
    })
}

/// What a replay asks of a machine.
trait Machine {
    type Head: Clone;
    fn advance(&mut self, data: &[u8], sink: &mut Recorded) -> Result<Step, Violation>;
    fn pending(&self) -> Option<(SpanKind, Range<u64>)>;
    fn state(&self) -> State;
    fn head(&self) -> &Self::Head;
    fn partial_head(&self) -> Option<&Self::Head>;
    /// Whether a complete head is that of the message itself, not of an interim response.
    fn is_final(&self) -> bool;
    /// Whether nothing is read after the message whose head was read last.
    fn is_last(&self) -> bool;
    /// All bytes were given. Whether that completes the message at hand, so that one more step is
    /// due.
    fn ended(&mut self, sink: &mut Recorded) -> bool;
}

impl Machine for RequestMachine {
    type Head = Head;
    fn advance(&mut self, data: &[u8], sink: &mut Recorded) -> Result<Step, Violation> {
        self.advance(data, sink)
    }
    fn pending(&self) -> Option<(SpanKind, Range<u64>)> {
        self.pending()
    }
    fn state(&self) -> State {
        self.state()
    }
    fn head(&self) -> &Head {
        self.head()
    }
    fn partial_head(&self) -> Option<&Head> {
        self.partial_head()
    }
    fn is_final(&self) -> bool {
        true
    }
    // RFC 9112 §9.6: after a close option "The server MUST NOT process any further requests
    // received on that connection."
    fn is_last(&self) -> bool {
        !self.head().keep_alive
    }
    fn ended(&mut self, _: &mut Recorded) -> bool {
        false
    }
}

struct Responses {
    machine: ResponseMachine,
    closed: bool,
}

impl Machine for Responses {
    type Head = ResponseHead;
    fn advance(&mut self, data: &[u8], sink: &mut Recorded) -> Result<Step, Violation> {
        self.machine.advance(data, sink)
    }
    fn pending(&self) -> Option<(SpanKind, Range<u64>)> {
        self.machine.pending()
    }
    fn state(&self) -> State {
        self.machine.state()
    }
    fn head(&self) -> &ResponseHead {
        self.machine.head()
    }
    fn partial_head(&self) -> Option<&ResponseHead> {
        self.machine.partial_head()
    }
    fn is_final(&self) -> bool {
        self.machine.state() != State::RequestLine
    }
    fn is_last(&self) -> bool {
        false
    }
    fn ended(&mut self, sink: &mut Recorded) -> bool {
        // A message that is cut off stays incomplete; that is said by `complete`, not here.
        mem::take(&mut self.closed) && self.machine.end_of_input(sink).is_ok()
    }
}

fn run<M: Machine>(
    machine: &mut M,
    bytes: &[u8],
    start: u64,
    mut before: impl FnMut(&mut M, usize),
) -> Replay<M::Head> {
    let stream = start..start + bytes.len() as u64;
    let mut sink = Recorded::default();
    let mut messages = Vec::new();
    let mut at = 0;
    let mut message = Message { range: start..start, head: None, partial: None, content: 0, complete: false };
    before(machine, 0);
    let violation = loop {
        let step = match machine.advance(&bytes[at..], &mut sink) {
            Ok(step) => step,
            Err(violation) => break Some(violation),
        };
        at += step.consumed;
        match step.event {
            Event::NeedData if machine.ended(&mut sink) => {}
            Event::NeedData => break None,
            Event::Head if machine.is_final() => message.head = Some(machine.head().clone()),
            Event::Head => {}
            Event::Body(content) => message.content += content.len() as u64,
            Event::End => {
                let end = start + at as u64;
                let next =
                    Message { range: end..end, head: None, partial: None, content: 0, complete: false };
                let done = mem::replace(&mut message, next);
                messages.push(Message { range: done.range.start..end, complete: true, ..done });
                if at == bytes.len() || machine.is_last() {
                    break None;
                }
                before(machine, messages.len());
            }
        }
    };
    let leaves = cover(sink.spans, machine.pending(), violation.as_ref(), &stream);
    // The last message reaches as far as anything in it was read.
    let reached = leaves.iter().rev().find(|leaf| leaf.kind != SpanKind::Unparsed);
    message.range.end = reached.map_or(start, |leaf| leaf.range.end).max(message.range.start);
    if message.head.is_none() {
        message.partial = machine.partial_head().cloned();
    }
    if !message.range.is_empty() {
        messages.push(message);
    }
    Replay { leaves, remarks: sink.remarks, messages, violation, state: machine.state() }
}

/// Leaf spans for every byte of `stream`: the complete spans, then the one that is `pending`, then
/// what was not parsed; the bytes at fault in place of what they were taken for.
fn cover(
    spans: Vec<(SpanKind, Range<u64>)>,
    pending: Option<(SpanKind, Range<u64>)>,
    violation: Option<&Violation>,
    stream: &Range<u64>,
) -> Vec<Leaf> {
    let mut leaves: Vec<Leaf> =
        spans.into_iter().map(|(kind, range)| Leaf { kind, range, partial: false }).collect();
    let mut end = leaves.last().map_or(stream.start, |leaf| leaf.range.end);
    let fault = violation.map(|violation| violation.span.clone());
    if let Some((kind, range)) = pending {
        let until = fault.as_ref().map_or(range.end, |fault| fault.start.min(range.end));
        if end < until {
            leaves.push(Leaf { kind, range: end..until, partial: true });
            end = until;
        }
    }
    if let Some(fault) = fault.filter(|fault| !fault.is_empty()) {
        // Where only the whole head shows the fault, spans of it were complete before.
        let mut cut = Vec::with_capacity(leaves.len() + 2);
        for leaf in leaves {
            let before = leaf.range.start..leaf.range.end.min(fault.start);
            let after = leaf.range.start.max(fault.end)..leaf.range.end;
            cut.extend(
                [before, after]
                    .into_iter()
                    .filter(|range| range.start < range.end)
                    .map(|range| Leaf { range, ..leaf.clone() }),
            );
        }
        let place = cut.partition_point(|leaf| leaf.range.start < fault.start);
        end = end.max(fault.end);
        cut.insert(place, Leaf { kind: SpanKind::Malformed, range: fault, partial: false });
        leaves = cut;
    }
    if end < stream.end {
        leaves.push(Leaf { kind: SpanKind::Unparsed, range: end..stream.end, partial: false });
    }
    leaves
}

#[cfg(test)]
mod tests {
    use super::{SpanKind::*, *};
    use crate::http::{framing::Framing, rule::Rule};

    const LIMITS: Limits = Limits { target_bytes: 100, head_bytes: 1000, body_bytes: 1000 };

    /// Kinds with their text, where a `~` marks what is partial, after a check that every byte is
    /// covered.
    fn covered<H>(replay: &Replay<H>, bytes: &[u8], start: u64) -> Vec<(SpanKind, String)> {
        let mut end = start;
        let mut all = Vec::new();
        for leaf in &replay.leaves {
            assert_eq!(leaf.range.start, end);
            assert!(leaf.range.end > end);
            let place = |offset: u64| usize::try_from(offset - start).unwrap_or(usize::MAX);
            let text = &bytes[place(end)..place(leaf.range.end)];
            let mark = if leaf.partial { "~" } else { "" };
            all.push((leaf.kind, format!("{}{mark}", text.escape_ascii())));
            end = leaf.range.end;
        }
        assert_eq!(end, start + bytes.len() as u64);
        all
    }

    fn pairs(all: &[(SpanKind, String)]) -> Vec<(SpanKind, &str)> {
        all.iter().map(|(kind, text)| (*kind, text.as_str())).collect()
    }

    #[test]
    fn messages_end_where_the_next_begin() {
        let bytes = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET /ba";
        let replay = requests(bytes, 1000, LIMITS);
        covered(&replay, bytes, 1000);
        assert_eq!(replay.boundaries().collect::<Vec<_>>(), [1050, 1079]);
        let starts: Vec<_> = replay.messages.iter().map(|message| message.range.start).collect();
        assert_eq!(starts, [1000, 1050, 1079]);
        assert_eq!(replay.messages[0].content, 2);
        assert!(replay.messages[1].complete && !replay.messages[2].complete);
        assert_eq!(replay.messages[2].range.end, 1000 + bytes.len() as u64);
        assert_eq!(replay.messages[2].partial.as_ref().map(|head| head.target.clone()), Some(4..7));
        assert_eq!(replay.state, State::RequestLine);
        assert_eq!(replay.leaves.last(), Some(&Leaf { kind: Target, range: 1083..1086, partial: true }));
    }

    #[test]
    fn a_fault_found_late_takes_the_place_of_what_stood_there() {
        let bytes = b"GET / HTTP/1.1\r\nHost: a/b\r\nA: b\r\n\r\nGET";
        let replay = requests(bytes, 7, LIMITS);
        let all = covered(&replay, bytes, 7);
        assert_eq!(
            pairs(&all)[6..],
            [
                (FieldName, "Host"),
                (Delimiter, ": "),
                (Malformed, "a/b"),
                (LineEnd, "\\r\\n"),
                (FieldName, "A"),
                (Delimiter, ": "),
                (FieldValue, "b"),
                (LineEnd, "\\r\\n"),
                (HeadEnd, "\\r\\n"),
                (Unparsed, "GET"),
            ]
        );
        assert_eq!(replay.violation.map(|violation| violation.rule), Some(Rule::HostMalformed));
        assert_eq!(replay.messages.len(), 1);
        assert_eq!(replay.messages[0].range, 7..7 + bytes.len() as u64 - 3);
        assert!(replay.messages[0].head.is_none() && replay.messages[0].partial.is_some());
    }

    #[test]
    fn a_fault_in_mid_token_leaves_what_stood_before_it() {
        let bytes = b"GET /a\x00b HTTP/1.1\r\n\r\n";
        let all = covered(&requests(bytes, 0, LIMITS), bytes, 0);
        let tail = " HTTP/1.1\\r\\n\\r\\n";
        assert_eq!(
            pairs(&all),
            [
                (Method, "GET"),
                (Delimiter, " "),
                (Target, "/a~"),
                (Malformed, "\\x00"),
                (Unparsed, &format!("b{tail}")),
            ]
        );
    }

    #[test]
    fn nothing_is_read_after_the_last_request() {
        let bytes = b"GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n";
        let replay = requests(bytes, 0, LIMITS);
        assert_eq!(replay.messages.len(), 1);
        let all = covered(&replay, bytes, 0);
        assert_eq!(all.last().map(|leaf| leaf.0), Some(Unparsed));
    }

    #[test]
    fn responses_end_as_their_requests_say() {
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nHTTP/1.1 404\r\n\r\nabc";
        let methods = [super::Method::Head, super::Method::Post, super::Method::Get];
        for closed in [false, true] {
            let replay = responses(bytes, 5, &methods, closed);
            let all = covered(&replay, bytes, 5);
            let framings: Vec<_> =
                replay.messages.iter().flat_map(|m| &m.head).map(|head| head.framing).collect();
            assert_eq!(framings, [Framing::None, Framing::Chunked, Framing::UntilClose]);
            assert_eq!(replay.messages[1].content, 2);
            assert_eq!(replay.messages[2].complete, closed);
            assert_eq!(all.last().map(|leaf| &*leaf.1), Some(if closed { "abc" } else { "abc~" }));
            assert_eq!(replay.violation, None);
        }
    }

    #[test]
    fn what_follows_a_change_of_protocol_is_not_parsed() {
        let bytes = b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05hello";
        let all = covered(&responses(bytes, 0, &[], false), bytes, 0);
        assert_eq!(all.last().map(|leaf| leaf.0), Some(Unparsed));
        let bytes = b"HTTP/1.1 200 OK\r\n\r\nhello";
        let all = covered(&responses(bytes, 0, &[super::Method::Connect], true), bytes, 0);
        assert_eq!(all.last().map(|leaf| leaf.0), Some(Unparsed));
    }

    #[test]
    fn what_is_no_response_is_covered_too() {
        for bytes in [
            &b"HTTP/1.1 2x0 OK\r\n"[..],
            b"garbage",
            b"HTTP/1.1 200 OK\r\nA b\r\n\r\n",
            b"HTTP/1.1 200 O\x00K",
        ] {
            let replay = responses(bytes, 3, &[], true);
            covered(&replay, bytes, 3);
            assert!(replay.violation.is_some(), "{}", bytes.escape_ascii());
            assert_eq!(replay.state, State::Failed);
        }
    }
}
