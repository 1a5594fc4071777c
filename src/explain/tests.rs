#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    base::stream::ExchangeId,
    http::{Limits, RequestMachine},
    store::Store,
    testing::script::{Dice, MS, Script, response, step},
    trace::{CloseReason, EventKind, Note, NoteKind, Phase, Stage, StepSummary},
    wire::{Event, Machine, Silent},
};

const LIMITS: Limits = Limits { target_bytes: 8_000, head_bytes: 65_536, body_bytes: 10_000_000 };

/// A server of a few lines: reads with the real machine and says in the trace what the real one says.
struct Server {
    script: Script,
    machine: RequestMachine,
    unread: Vec<u8>,
    active: Option<ExchangeId>,
    content: u64,
}

impl Server {
    fn new() -> Self {
        let mut script = Script::default();
        script.open(1);
        Self { script, machine: RequestMachine::at(LIMITS, 0), unread: Vec::new(), active: None, content: 0 }
    }

    /// Bytes arrive; complete requests are answered with `answer`.
    fn receive(&mut self, bytes: &[u8], answer: &[u8]) {
        self.script.wait(MS).read(1, bytes);
        self.unread.extend_from_slice(bytes);
        loop {
            let offset = self.machine.offset();
            let step = match self.machine.advance(&self.unread, &mut Silent) {
                Ok(step) => step,
                Err(violation) => {
                    let id = self.begin();
                    let kind = NoteKind::Violation(violation.rule, violation.found);
                    let note = Note { severity: Severity::Error, span: Some(violation.span), kind };
                    self.script.push(1, Some(id), EventKind::NoteAdded(note));
                    let body = format!("HTTP/1.1 {} X\r\n\r\n", violation.rule.status().0);
                    self.script.respond(1, id, body.as_bytes(), Some(violation.rule));
                    self.script.close(1, CloseReason::ServerRefused);
                    return;
                }
            };
            self.unread.drain(..step.consumed);
            if step.event != Event::NeedData || !self.unread.is_empty() {
                self.begin();
            }
            match step.event {
                Event::NeedData => return,
                Event::Head => {
                    let id = self.begin();
                    let head = self.machine.head().clone();
                    let at = |range: &Range<u32>| {
                        head.start + u64::from(range.start)..head.start + u64::from(range.end)
                    };
                    let (method, target) = (at(&head.method_range), at(&head.target));
                    self.script.stage(1, id, Stage::RequestLine { method, target });
                    let fields = u32::try_from(head.fields.len()).unwrap();
                    let (start, end, framing) = (head.start, head.end, head.framing);
                    self.script.stage(1, id, Stage::Head { start, end, fields, framing });
                    self.script.stage(1, id, Stage::GuardsPassed);
                }
                Event::Body(range) => self.content += range.len() as u64,
                Event::End => {
                    let id = self.begin();
                    let (end, content) = (self.machine.offset(), std::mem::take(&mut self.content));
                    assert!(end >= offset);
                    self.script.stage(1, id, Stage::RequestEnd { end, content });
                    self.script.respond(1, id, answer, None);
                    self.active = None;
                }
            }
        }
    }

    fn begin(&mut self) -> ExchangeId {
        let began = self.machine.began();
        *self.active.get_or_insert_with(|| self.script.begin(1, began))
    }

    fn store(&mut self) -> Store {
        let mut store = Store::new(64 << 20);
        store.apply(self.script.batch());
        store
    }
}

/// Bytes received in these pieces, each complete request answered with `hello`.
fn store_of(pieces: &[&[u8]]) -> Store {
    let mut server = Server::new();
    for piece in pieces {
        server.receive(piece, &response(b"hello"));
    }
    server.store()
}

/// Checks that the leaves cover every shown byte, and nothing else.
fn assert_covered(leaves: &[Leaf], chunks: &[Chunk]) {
    let mut at = chunks.first().map_or(0, |chunk| chunk.offset);
    for leaf in leaves {
        assert_eq!(leaf.range.start, at, "{leaves:?}");
        assert!(!leaf.range.is_empty());
        at = leaf.range.end;
    }
    assert_eq!(at, chunks.last().map_or(0, |chunk| chunk.range().end), "{leaves:?}");
}

/// Explains every exchange of the store and checks what holds of any explanation.
fn explained(store: &Store) -> Vec<(Detail, Explanation)> {
    let explain = |id| {
        let detail = store.detail(id).unwrap();
        let explanation = Explanation::of(&detail);
        assert_covered(&explanation.request, &detail.reads);
        assert_covered(&explanation.response, &detail.writes);
        for leaf in &explanation.request {
            assert_eq!(leaf.own, detail.exchange.request.contains(&leaf.range.start), "{leaf:?}");
        }
        let (own, response) = (detail.exchange.request.clone(), detail.exchange.response.clone());
        let mut nodes: Vec<(&Anatomy, Range<u64>)> =
            explanation.anatomy.iter().map(|node| (node, own.clone())).collect();
        nodes.extend(explanation.response_anatomy.iter().map(|node| (node, response.clone().unwrap())));
        while let Some((node, outer)) = nodes.pop() {
            if let Some(range) = &node.range {
                assert!(outer.start <= range.start && range.end <= outer.end, "{node:?} in {outer:?}");
            }
            assert!(node.sentence.as_ref().is_none_or(|sentence| sentence.ends_with(['.', ')'])), "{node:?}");
            let outer = node.range.clone().unwrap_or(outer);
            nodes.extend(node.children.iter().map(|child| (child, outer.clone())));
        }
        assert!(explanation.moments.is_sorted_by_key(|moment| moment.since));
        (detail, explanation)
    };
    store.exchanges().map(|exchange| exchange.id).map(explain).collect()
}

/// A tree as lines: two spaces a level, label and value.
fn outline(nodes: &[Anatomy]) -> Vec<String> {
    fn add(nodes: &[Anatomy], indent: usize, lines: &mut Vec<String>) {
        for node in nodes {
            lines.push(format!("{:indent$}{}: {}", "", node.label, node.value));
            add(&node.children, indent + 2, lines);
        }
    }
    let mut lines = Vec::new();
    add(nodes, 0, &mut lines);
    lines
}

const POST: &[u8] = b"POST /api/echo?a=b%20c&d HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: application/json\r\nContent-Length: 31\r\nX-Trace: a1b2c3\r\n\r\n{\"title\":\"my beautiful article\"";
const GET: &[u8] = b"GET /style.css HTTP/1.1\r\nHost: localhost\r\n\r\n";
const CHUNKED: &[u8] = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n";

#[test]
fn a_request_with_a_body() {
    let store = store_of(&[GET, POST, GET]);
    let all = explained(&store);
    let (detail, explanation) = &all[1];
    assert_eq!(
        outline(&explanation.anatomy),
        [
            "Request line: ",
            "  Method: POST",
            "  Target: /api/echo?a=b%20c&d",
            "    Path: /api/echo",
            "    Query: a=b%20c&d",
            "      a: b c",
            "      d: ",
            "  Version: HTTP/1.1",
            "Header fields: 4",
            "  Host: 127.0.0.1:8080",
            "  Content-Type: application/json",
            "  Content-Length: 31",
            "  X-Trace: a1b2c3",
            "Framing: Content-Length → 31 bytes",
            "Body: JSON, 31 bytes",
        ]
    );
    assert_eq!(
        outline(&explanation.response_anatomy),
        [
            "Status line: ",
            "  Version: HTTP/1.1",
            "  Status: 200",
            "  Reason: OK",
            "Header fields: 1",
            "  Content-Length: 5",
            "Framing: Content-Length → 5 bytes",
            "Body: bytes of no stated type, 5 bytes",
        ]
    );
    let start = detail.exchange.request.start;
    let length = explanation.node_at(false, start + 105).unwrap();
    assert_eq!(length.label, "Content-Length");
    assert_eq!(
        length.sentence.as_deref(),
        Some(
            "The body is exactly 31 bytes. This message ends 31 bytes after the empty line, and the next byte starts request 3."
        )
    );
    assert_eq!(length.section, "RFC 9112 §6.2");
    assert_eq!(explanation.node_at(false, start).unwrap().label, "Method");
    assert_eq!(explanation.node_at(false, start + POST.len() as u64 - 1).unwrap().label, "Body");
    assert_eq!(
        explanation.node_at(true, detail.exchange.response.clone().unwrap().start + 9).unwrap().label,
        "Status"
    );
    assert_eq!(explanation.leaf_at(false, start + 5).unwrap().kind, SpanKind::Target);
    let end = start + POST.len() as u64;
    assert_eq!(
        explanation.boundaries,
        [
            Boundary { offset: start, ends: Some(1), begins: Some(2) },
            Boundary { offset: end, ends: Some(2), begins: Some(3) },
        ]
    );
    let last = &all[2].1;
    assert_eq!(last.boundaries[1].begins, None, "nothing has come after the last request");
    assert_eq!(last.response_boundaries.len(), 2);
    assert_eq!(explanation.marks[0].text, "empty line: the head ends, a body of 31 bytes begins");
    assert!(explanation.remarks.is_empty(), "{:?}", explanation.remarks);
}

#[test]
fn every_split_of_good_and_bad_input_is_covered() {
    let cases: [&[u8]; 9] = [
        GET,
        POST,
        CHUNKED,
        b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabcdef",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabcdef",
    ];
    for case in cases {
        for cut in 1..case.len() {
            let (first, second) = case.split_at(cut);
            for store in [
                store_of(&[first]),
                store_of(&[first, second]),
                store_of(&[&[GET, first].concat(), second, GET]),
            ] {
                assert!(!explained(&store).is_empty() || first.iter().all(|byte| b"\r\n".contains(byte)));
            }
        }
        let all = store_of(&[&case.repeat(3)]);
        explained(&all);
    }
}

#[test]
fn pipelined_messages_know_their_neighbours() {
    let all = [GET, POST, CHUNKED, GET].concat();
    for size in [all.len(), 7, 64, 150] {
        let store = store_of(&all.chunks(size).collect::<Vec<_>>());
        let explained = explained(&store);
        assert_eq!(explained.len(), 4);
        for (detail, explanation) in &explained {
            // Nobody's bytes are left unread: what is not the message's own is a neighbour's.
            assert!(!explanation.request.iter().any(|leaf| leaf.kind == SpanKind::Unparsed));
            assert!(!explanation.response.iter().any(|leaf| leaf.kind == SpanKind::Unparsed));
            let own: Vec<SpanKind> =
                explanation.request.iter().filter(|leaf| leaf.own).map(|leaf| leaf.kind).collect();
            assert_eq!(own.first(), Some(&SpanKind::Method));
            assert!(
                detail.exchange.number < 3 || size < 300 || explanation.request[0].kind == SpanKind::Method
            );
        }
        if size == all.len() {
            let remarks = &explained[1].1.remarks;
            assert!(
                remarks[0].text.starts_with("The request came in the same read as request 1"),
                "{remarks:?}"
            );
        }
    }
}

#[test]
fn chunks_and_trailers() {
    let store = store_of(&[CHUNKED]);
    let (_, explanation) = &explained(&store)[0];
    assert_eq!(
        outline(&explanation.anatomy)[6..],
        [
            "  Transfer-Encoding: chunked",
            "Framing: Transfer-Encoding → chunked",
            "Body: bytes of no stated type, 15 bytes",
            "  Chunk 1: 5 bytes",
            "    Extension: ;x=y",
            "  Chunk 2: 10 bytes",
            "  Last chunk: 0",
            "Trailer fields: 1",
            "  X-Sum: 1",
        ]
    );
    let remarks: Vec<&str> = explanation.remarks.iter().map(|remark| remark.section).collect();
    assert_eq!(remarks, ["RFC 9112 §7.1.1", "RFC 9110 §6.5.1"]);
}

#[test]
fn a_malformed_request_says_what_and_where() {
    let bytes = b"GET / HTTP/1.1\r\nHost : a\r\nAccept: */*\r\n\r\n";
    let store = store_of(&[bytes]);
    let (detail, explanation) = &explained(&store)[0];
    let remark = &explanation.remarks[0];
    assert_eq!((remark.severity, remark.rule), (Severity::Error, Some(Rule::SpaceBeforeColon)));
    assert!(remark.text.contains("0x20 (space), byte 21 of the message"), "{}", remark.text);
    let outline = outline(&explanation.anatomy);
    assert!(outline.iter().any(|line| line.starts_with("Malformed")), "{outline:?}");
    assert!(outline.iter().any(|line| line.starts_with("Not parsed")), "{outline:?}");
    assert!(outline.contains(&"Framing: not decided".to_owned()));
    let errors: Vec<&str> = explanation
        .moments
        .iter()
        .filter(|moment| moment.severity == Severity::Error)
        .map(|moment| moment.what.as_str())
        .collect();
    assert!(errors[0].contains("White space"), "{errors:?}");
    assert!(errors[1].contains("refused"), "{errors:?}");
    assert_eq!(detail.closed.unwrap().1, CloseReason::ServerRefused);
}

#[test]
fn a_half_arrived_request_says_what_is_missing() {
    let store = store_of(&[b"GET /slow HTTP/1.1\r\nHo", b"st: a\r\nAcc"]);
    let (_, explanation) = &explained(&store)[0];
    assert_eq!(
        outline(&explanation.anatomy),
        [
            "Request line: ",
            "  Method: GET",
            "  Target: /slow",
            "  Version: HTTP/1.1",
            "Header fields: 2",
            "  Host: a",
            "  Acc: ",
            "Framing: not decided",
        ]
    );
    assert!(explanation.request.last().unwrap().partial);
    assert!(explanation.remarks[0].text.contains("waits for the empty line"));
    let mark = &explanation.marks[0];
    assert_eq!(
        (mark.offset, mark.split, &*mark.text),
        (22, true, "the field name was split across two reads")
    );
}

#[test]
fn a_client_that_ends_its_side_is_worth_a_note_while_it_waits() {
    const REQUEST: &[u8] = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    for early in [false, true] {
        let mut script = Script::default();
        script.open(1).read(1, REQUEST);
        let id = script.request(1, 0, REQUEST, Framing::None);
        let end: fn(&mut Script, ExchangeId) = |script, _| script.push(1, None, EventKind::HalfClosed);
        let answer: fn(&mut Script, ExchangeId) = |script, id| script.respond(1, id, &response(b"hi"), None);
        for step in if early { [end, answer] } else { [answer, end] } {
            step(script.wait(MS), id);
        }
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let explanation = &explained(&store)[0].1;
        let ended = |remark: &Remarked| remark.text.contains("ended its side");
        assert_eq!(explanation.remarks.iter().any(ended), early);
    }
}

#[test]
fn the_stage_list_reads_like_a_story() {
    let mut script = Script::default();
    script.wait(5 * MS).open(1).wait(MS);
    let offset = script.read(1, POST);
    let id = script.request(1, offset, POST, Framing::Length(31));
    script.wait(MS);
    let mut limit = step("rate-limit", Phase::Request, StepSummary::TokenTaken { left: 7 });
    limit.took_nanos = 10;
    script.push(1, Some(id), EventKind::Middleware([limit].into()));
    script.respond(1, id, &response(b"ok"), None);
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    let (_, explanation) = &explained(&store)[0];
    let lines: Vec<String> =
        explanation.moments.iter().map(|moment| format!("{} {}", moment.since / MS, moment.what)).collect();
    assert_eq!(
        lines,
        [
            "0 Connection accepted",
            "1 First byte",
            "1 Request line complete",
            "1 Headers complete, 4 fields",
            "1 Framing decided: length 31",
            "1 Guards passed",
            "1 Route matched: POST /api/echo",
            "1 Body complete, 31 bytes",
            "2 Rate limit: 1 token taken, 7 left",
            "2 Middleware down: logger → rate-limit",
            "2 Middleware up: server-header, 1 field changed",
            "2 Response head ready: 200 OK",
            "2 Response written, 40 bytes",
        ]
    );
    assert_eq!(explanation.origin, 5 * MS);
    let bands: Vec<Band> = explanation.moments.iter().filter_map(|moment| moment.band).collect();
    assert_eq!(bands[..2], [Band::Line, Band::Fields]);
    assert_eq!(bands.last(), Some(&Band::Response));
}

#[test]
fn a_body_with_a_gap_is_one_body() {
    let mut script = Script::default();
    script.open(1);
    let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";
    script.read(1, head);
    let id = script.begin(1, 0);
    script.line(1, id, 0, head);
    let end = head.len() as u64;
    script.stage(1, id, Stage::Head { start: 0, end, fields: 2, framing: Framing::Length(1000) });
    script.push(1, None, EventKind::ReadOmitted { offset: end, len: 900 });
    script.push(1, None, EventKind::Read { offset: end + 900, bytes: vec![b'x'; 50].into() });
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    let (_, explanation) = &explained(&store)[0];
    let body: Vec<&Leaf> = explanation.request.iter().filter(|leaf| leaf.kind == SpanKind::Body).collect();
    assert_eq!(body, [&Leaf { kind: SpanKind::Body, range: end..end + 950, own: true, partial: true }]);
    assert!(
        outline(&explanation.anatomy)
            .contains(&"Body: bytes of no stated type, 950 of 1,000 bytes".to_owned())
    );
    assert!(explanation.remarks.iter().any(|remark| remark.text.starts_with("900 B of this exchange")));
}

#[test]
fn the_answer_to_head_has_no_body() {
    let head = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut server = Server::new();
    server.receive(head, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    server.receive(GET, &response(b"hello"));
    let store = server.store();
    let all = explained(&store);
    let last = outline(&all[0].1.response_anatomy).pop().unwrap();
    assert_eq!(last, "Framing: no body");
    assert_eq!(outline(&all[1].1.response_anatomy)[0], "Status line: ");
}

#[test]
fn whatever_arrives_is_explained() {
    let mut dice = Dice(3);
    let words: [&[u8]; 14] = [
        b"GET ",
        b"/a?b ",
        b"HTTP/1.1",
        b"\r\n",
        b"\n",
        b"Host: a",
        b": ",
        b"\r\n\r\n",
        b"Content-Length: 4\r\n",
        b"\x00\xff",
        b"Transfer-Encoding: chunked\r\n",
        b"4\r\nabcd\r\n",
        b"0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ];
    for _ in 0..2_000 {
        let mut server = Server::new();
        for _ in 0..=dice.roll(3) {
            let mut bytes = Vec::new();
            for _ in 0..=dice.roll(8) {
                bytes.extend_from_slice(words[usize::try_from(dice.roll(14)).unwrap()]);
            }
            server.receive(&bytes, &response(b"x"));
            if !server.unread.is_empty() && dice.roll(3) == 0 {
                server.script.close(1, CloseReason::ClientEarly);
                break;
            }
        }
        // Some of what happened is not told.
        let mut batch = server.script.batch();
        if dice.roll(2) == 0 {
            batch.events.retain(|_| dice.roll(6) > 0);
        }
        let mut store = Store::new(64 << 20);
        store.apply(batch);
        for exchange in store.exchanges() {
            let detail = store.detail(exchange.id).unwrap();
            let explanation = Explanation::of(&detail);
            assert_covered(&explanation.request, &detail.reads);
            assert_covered(&explanation.response, &detail.writes);
        }
    }
}
