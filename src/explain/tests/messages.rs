//! Tests with complete, split and malformed messages.

use super::*;
use crate::http::Rule;

#[test]
fn a_request_with_a_body() {
    let store = store_of(&[GET, POST, GET]);
    let all = explained(&store);
    let (detail, explanation) = &all[1];
    assert_eq!(
        outline(explanation, Received),
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
        outline(explanation, Sent),
        [
            "Status line: ",
            "  Version: HTTP/1.1",
            "  Status: 200",
            "  Reason: OK",
            "Header fields: 1",
            "  Content-Length: 5",
            "Framing: Content-Length → 5 bytes",
            "Body: no Content-Type, 5 bytes",
        ]
    );
    let start = detail.exchange.request.start;
    let nodes = explanation.tree(Received);
    let length = node_at(&nodes, start + 105).unwrap();
    assert_eq!(length.label, "Content-Length");
    assert_eq!(
        length.sentence.as_deref(),
        Some(
            "The body is exactly 31 bytes. This message ends 31 bytes after the empty line, and the next byte starts request 3."
        )
    );
    assert_eq!(length.section, "RFC 9112 §6.2");
    assert_eq!(label_at(explanation, Received, start), "Method");
    assert_eq!(label_at(explanation, Received, start + POST.len() as u64 - 1), "Body");
    let response = detail.exchange.response.clone().unwrap();
    assert_eq!(label_at(explanation, Sent, response.start + 9), "Status");
    assert_eq!(explanation.request.leaf_at(start + 5).unwrap().span.kind, SpanKind::Target);
    let end = start + POST.len() as u64;
    assert_eq!(
        explanation.request.boundaries,
        [
            Boundary { offset: start, ends: Some(1), begins: Some(2) },
            Boundary { offset: end, ends: Some(2), begins: Some(3) },
        ]
    );
    let last = &all[2].1;
    assert_eq!(last.request.boundaries[1].begins, None, "nothing has come after the last request");
    assert_eq!(last.response.boundaries.len(), 2);
    let marker = markers::words(&explanation.request.markers[0], Received);
    assert_eq!(marker, "empty line: the head ends, a body of 31 bytes begins");
    assert!(explanation.notes.is_empty(), "{:?}", explanation.notes);
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
            // All bytes are read: those that do not belong to this message belong to a neighbour.
            for direction in Direction::ALL {
                let leaves = &explanation.stream(direction).leaves;
                assert!(!leaves.iter().any(|leaf| leaf.span.kind == SpanKind::Unparsed));
            }
            let own: Vec<Kind> = explanation.request.own_leaves().map(|leaf| leaf.span.kind).collect();
            assert_eq!(own.first(), Some(&SpanKind::Method.into()));
            assert!(
                detail.exchange.number < 3
                    || size < 300
                    || explanation.request.leaves[0].span.kind == SpanKind::Method
            );
        }
        if size == all.len() {
            let notes = sentences_of(&explained[1].1);
            assert!(notes[0].starts_with("The request came in the same read as request 1"), "{notes:?}");
        }
    }
}

#[test]
fn chunks_and_trailers() {
    let store = store_of(&[CHUNKED]);
    let (_, explanation) = &explained(&store)[0];
    assert_eq!(
        outline(explanation, Received)[6..],
        [
            "  Transfer-Encoding: chunked",
            "Framing: Transfer-Encoding → chunked",
            "Body: no Content-Type, 15 bytes",
            "  Chunk 1: 5 bytes",
            "    Extension: ;x=y",
            "  Chunk 2: 10 bytes",
            "  Last chunk: 0",
            "Trailer fields: 1",
            "  X-Sum: 1",
        ]
    );
    let notes: Vec<&str> = explanation.notes.iter().map(notes::Note::section).collect();
    assert_eq!(notes, ["RFC 9112 §7.1.1", "RFC 9110 §6.5.1"]);
}

#[test]
fn a_malformed_request_says_what_and_where() {
    let bytes = b"GET / HTTP/1.1\r\nHost : a\r\nAccept: */*\r\n\r\n";
    let store = store_of(&[bytes]);
    let (detail, explanation) = &explained(&store)[0];
    let note = &explanation.notes[0];
    assert_eq!((note.severity, note.cause()), (Severity::Error, Some(Rule::SpaceBeforeColon.into())));
    assert!(note.sentence().contains("0x20 (space), at offset 20 (0x14)"), "{note:?}");
    assert_eq!(explanation.fault().and_then(|fault| fault.span), note.range);
    let outline = outline(explanation, Received);
    assert!(outline.iter().any(|line| line.starts_with("Malformed")), "{outline:?}");
    assert!(outline.iter().any(|line| line.starts_with("Not parsed")), "{outline:?}");
    assert!(outline.contains(&"Framing: not decided".to_owned()));
    let errors: Vec<String> = explanation
        .timeline
        .iter()
        .filter(|entry| entry.severity == Severity::Error)
        .map(|entry| timeline::words(entry, &detail.exchange))
        .collect();
    assert!(errors[0].contains("white space"), "{errors:?}");
    assert!(errors[1].contains("refused"), "{errors:?}");
    assert_eq!(detail.closed.unwrap().1, CloseReason::ServerRefused);
}

#[test]
fn a_half_arrived_request_says_what_is_missing() {
    let store = store_of(&[b"GET /slow HTTP/1.1\r\nHo", b"st: a\r\nAcc"]);
    let (_, explanation) = &explained(&store)[0];
    assert_eq!(
        outline(explanation, Received),
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
    assert!(explanation.request.leaves.last().unwrap().span.partial);
    assert!(explanation.notes[0].sentence().contains("waits for the empty line"));
    let marker = &explanation.request.markers[0];
    assert_eq!((marker.offset, marker.place), (22, facts::Place::Split(SpanKind::FieldName.into())));
    assert_eq!(markers::words(marker, Received), "the field name was split across two reads");
}

#[test]
fn whatever_arrives_is_explained() {
    let mut dice = Lcg(3);
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
                bytes.extend_from_slice(words[dice.index(words.len())]);
            }
            server.receive(&bytes, &response(b"x"));
            if !server.unread.is_empty() && dice.roll(3) == 0 {
                server.script.close(1, CloseReason::ClientEarly);
                break;
            }
        }
        // Some of the events are missing.
        let mut batch = server.script.batch();
        if dice.roll(2) == 0 {
            batch.events.retain(|_| dice.roll(6) > 0);
        }
        let mut store = Store::new(64 << 20);
        store.apply(batch);
        for exchange in store.exchanges() {
            let detail = store.detail(exchange.id).unwrap();
            let facts = Facts::new(detail);
            assert_covered(&facts.request.leaves, &facts.detail.reads);
            assert_covered(&facts.response.leaves, &facts.detail.writes);
        }
    }
}
