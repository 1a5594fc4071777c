//! Tests of bodies: their framing, and their previews.

use super::*;
use crate::trace::Payload;

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
    script.push(1, None, EventKind::bytes(Received, end, Payload::Dropped(900)));
    script.push(1, None, EventKind::bytes(Received, end + 900, bytes::Bytes::from(vec![b'x'; 50])));
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    let (_, explanation) = &explained(&store)[0];
    let leaves = explanation.request.leaves.iter();
    let body: Vec<&Leaf> = leaves.filter(|leaf| leaf.span.kind == SpanKind::Body).collect();
    let span = crate::wire::Leaf { kind: SpanKind::Body.into(), range: end..end + 950, partial: true };
    assert_eq!(body, [&Leaf { span, own: true }]);
    assert!(outline(explanation, Received).contains(&"Body: no Content-Type, 950 of 1,000 bytes".to_owned()));
    assert!(
        sentences_of(explanation)
            .iter()
            .any(|note| note.starts_with("Of this exchange, 900 bytes are lost: they"))
    );
}

#[test]
fn the_answer_to_head_has_no_body() {
    let head = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut server = Server::new();
    server.receive(head, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    server.receive(GET, &response(b"hello"));
    let store = server.store();
    let all = explained(&store);
    let last = outline(&all[0].1, Sent).pop().unwrap();
    assert_eq!(last, "Framing: no body");
    assert_eq!(outline(&all[1].1, Sent)[0], "Status line: ");
}

/// The preview of a response with this head, before `Content-Length`, and body.
fn previewed(head: &str, body: &[u8]) -> viewers::Preview {
    let head = format!("{head}Content-Length: {}\r\n\r\n", body.len());
    let mut server = Server::new();
    server.receive(GET, &[head.as_bytes(), body].concat());
    let (_, facts) = explained(&server.store()).remove(0);
    viewers::preview(&facts, Sent)
}

#[test]
fn a_preview_is_chosen_by_what_the_bytes_say_and_not_by_how_they_are_shown() {
    let indented = viewers::Preview::Text {
        text: "{\n  \"a\": 1\n}".to_owned(),
        change: Some("indented; numbers, strings and order as they came".to_owned()),
        cut: false,
    };
    for content_type in [
        "application/json".to_owned(),
        "Application/JSON; charset=utf-8".to_owned(),
        // A tab is displayed as a control picture.
        "application/json\t; charset=utf-8".to_owned(),
        // Long values are shortened.
        format!("application/{}+json", "a".repeat(300)),
        format!("application/{}+json", "a".repeat(3_000)),
    ] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n");
        assert_eq!(previewed(&head, b"{\"a\":1}"), indented, "{content_type}");
        // The fields of an interim response do not apply to the final one.
        for early in ["Content-Type: image/png", "Content-Encoding: br"] {
            let head = format!("HTTP/1.1 103 Early Hints\r\n{early}\r\n\r\n{head}");
            assert_eq!(previewed(&head, b"{\"a\":1}"), indented, "{content_type}");
        }
    }
    let opaque = previewed("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n", b"\x89PNG\0");
    let viewers::Preview::Opaque(why) = opaque else { panic!("{opaque:?}") };
    assert_eq!(why.to_string(), "image/png, 5 B: not text. The byte view has its bytes.");
}

/// Content as a server sends it compressed with gzip.
fn gzip(content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    coder.write_all(content).unwrap();
    coder.finish().unwrap()
}

#[test]
fn a_compressed_body_is_shown_decompressed_and_says_so() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n";
    let body = gzip(b"{\"a\":1}");
    let viewers::Preview::Text { text, change, cut } = previewed(head, &body) else { panic!() };
    let said = format!(
        "gzip undone: 7 bytes from {} bytes; indented; numbers, strings and order as they came",
        body.len()
    );
    assert_eq!((&*text, change, cut), ("{\n  \"a\": 1\n}", Some(said), false));
    // More than is decoded for a preview, and a body whose end has not come.
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n";
    let long = gzip(&b"abcdefgh".repeat(100_000));
    let viewers::Preview::Text { text, change, cut } = previewed(head, &long) else { panic!() };
    assert_eq!((text.len(), cut), (32 * 1024, true));
    let change = change.unwrap();
    assert!(change.starts_with("gzip undone: the first 262,144 bytes from "), "{change}");
    let viewers::Preview::Text { change, cut: true, .. } = previewed(head, &long[..long.len() / 2]) else {
        panic!("what has come of it is decoded")
    };
    assert!(change.is_some_and(|change| change.contains("undone: the first ")));
    // No coding that is known here, and bytes that do not have the one that is named.
    for (coding, body) in [("zstd", &b"text"[..]), ("gzip", b"text"), ("br, x\u{1b}y", b"text")] {
        let coded = previewed(&format!("HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\n"), body);
        let viewers::Preview::Opaque(why) = coded else { panic!("{coded:?}") };
        let why = why.to_string();
        assert!(why.starts_with("4 bytes are encoded (") && !why.contains('\u{1b}'), "{why}");
    }
    // Decompressed it is no text either.
    let head = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Encoding: gzip\r\n";
    let png = gzip(b"\x89PNG\0");
    let viewers::Preview::Opaque(why) = previewed(head, &png) else { panic!() };
    let len = png.len();
    let said = format!(
        "image/png, {len} B: not text (gzip undone: 5 bytes from {len} bytes). The byte view has its bytes."
    );
    assert_eq!(why.to_string(), said);
}

#[test]
fn a_preview_stops_before_the_first_gap_and_says_why_where_nothing_is_before_it() {
    let shown = |kept: &'static [u8], payload: Payload| {
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 20\r\n\r\n";
        let mut script = Script::default();
        script.open(1);
        let offset = script.read(1, GET);
        let id = script.request(1, offset, GET, Framing::None);
        script.respond_head(1, id, &[&head[..], &[b'x'; 20]].concat(), None);
        script.write(1, &[&head[..], kept].concat());
        let at = (head.len() + kept.len()) as u64;
        let len = payload.count();
        script.push(1, None, EventKind::bytes(Sent, at, payload));
        script.push(1, None, EventKind::bytes(Sent, at + len, bytes::Bytes::from_static(b"end")));
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let (_, facts) = explained(&store).remove(0);
        viewers::preview(&facts, Sent)
    };
    let viewers::Preview::Text { text, cut, .. } = shown(b"begin", Payload::Dropped(12)) else { panic!() };
    assert_eq!((&*text, cut), ("begin", true), "what follows a gap does not follow what is before it");
    let viewers::Preview::Opaque(why) = shown(b"", Payload::Dropped(17)) else { panic!() };
    assert_eq!(
        why.to_string(),
        "Of the body, 20 bytes are lost: they came faster than they could be recorded."
    );
}

#[test]
fn what_decides_the_length_is_found_in_the_bytes() {
    use facts::Decider::{ContentLength, HeadEnd, TransferEncoding};
    let cases: [(&[u8], Option<facts::Decider>, &[u8]); 4] = [
        (POST, Some(ContentLength), b"Content-Length: 31"),
        (CHUNKED, Some(TransferEncoding), b"Transfer-Encoding: chunked"),
        (GET, Some(HeadEnd), b"\r\n"),
        (b"GET / HTTP/1.1\r\nHo", None, b""),
    ];
    for (request, by, bytes) in cases {
        let (_, facts) = explained(&store_of(&[request])).remove(0);
        let decision = facts.request.decided_by.as_ref();
        assert_eq!(decision.map(|decision| decision.by), by);
        assert_eq!(decision.map_or(&b""[..], |decision| facts.request.bytes(&decision.range)), bytes);
    }
}
