//! Runs the machines of HTTP/1.1 over stored bytes: for the explainer, the exports and the tests.

use super::{
    head::Head,
    leniency::Leniencies,
    limits::Limits,
    method::Method,
    request::RequestMachine,
    response::{ResponseHead, ResponseMachine},
    rule::Rule,
    span::SpanKind,
};
use crate::wire::{self, replay::run};

/// The messages and leaf spans of a stretch of a stream. `H` is [`Head`] or [`ResponseHead`].
pub type Replay<H> = wire::Replay<SpanKind, Rule, H>;

/// One message of a replay.
pub type Message<H> = wire::Message<H>;

/// Reads requests from `bytes`, which begin at stream offset `start`, between two messages. As a
/// server does, it reads nothing after a request that ends the connection.
#[must_use]
pub fn requests(bytes: &[u8], start: u64, limits: Limits) -> Replay<Head> {
    run(&mut RequestMachine::starting_at(limits, start), bytes, false, |_, _| {})
}

/// Reads responses from `bytes`, which begin at stream offset `start`, between two messages.
/// `methods` are those of the requests that they answer, in order; past its end GET is assumed.
/// `closed` says that the stream ends here, which completes a body that lasts until close.
#[must_use]
pub fn responses(
    bytes: &[u8],
    start: u64,
    methods: &[Method],
    closed: bool,
    leniencies: Leniencies,
) -> Replay<ResponseHead> {
    let mut machine = ResponseMachine::starting_at(start).tolerating(leniencies);
    run(&mut machine, bytes, closed, |machine, done| {
        if let Some(&method) = methods.get(done) {
            machine.answers(method);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{SpanKind::*, *};
    use crate::{
        http::{framing::Framing, rule::Rule},
        wire::{Leaf, State},
    };

    const LIMITS: Limits =
        Limits { target_bytes: 100, head_bytes: 1000, body_bytes: 1000, ..Limits::UNLIMITED };

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
        assert_eq!(replay.state, State::StartLine);
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
            let replay = responses(bytes, 5, &methods, closed, Leniencies::NONE);
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
        let all = covered(&responses(bytes, 0, &[], false, Leniencies::NONE), bytes, 0);
        assert_eq!(all.last().map(|leaf| leaf.0), Some(Unparsed));
        let bytes = b"HTTP/1.1 200 OK\r\n\r\nhello";
        let all = covered(&responses(bytes, 0, &[super::Method::Connect], true, Leniencies::NONE), bytes, 0);
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
            let replay = responses(bytes, 3, &[], true, Leniencies::NONE);
            covered(&replay, bytes, 3);
            assert!(replay.violation.is_some(), "{}", bytes.escape_ascii());
            assert_eq!(replay.state, State::Failed);
        }
    }
}
