#![allow(clippy::unwrap_used, reason = "tests")]
use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use super::*;
use crate::{
    base::stream::{Direction, ExchangeId, StreamId},
    http::Framing,
    store::Store,
    testing::script::Script,
    trace::{EventKind, Payload},
};

/// Whether the exchange of `request` and `response` passes a filter.
fn passes(request: &[u8], response: &[u8], line: &str) -> bool {
    let mut script = Script::default();
    script.open(1);
    let id = script.exchange(1, request, response);
    let mut store = Store::new(1 << 24);
    store.apply(script.batch());
    let detail = store.detail(id).unwrap();
    let filter = Filter::parse(line).unwrap();
    let verdict = Examined::new(&detail).judge(&filter).verdict;
    assert_ne!(verdict, Verdict::Unknown, "{line}");
    let row = filter.judge(&store.summary(id).unwrap());
    assert!(row == Verdict::Unknown || row == verdict || filter.asks_for_content(), "{line}");
    verdict == Verdict::Passes
}

#[test]
fn fields_and_content_are_found_on_either_side() {
    let request = b"POST /a HTTP/1.1\r\nHost: a\r\nX-Count: 120\r\nContent-Type: Application/JSON; a=b\r\n\
        Content-Length: 13\r\n\r\n{\"name\":\"Eve\"}"
        .strip_suffix(b"}")
        .unwrap();
    let response = b"HTTP/1.1 500 Internal Server Error\r\nServer: Byteglass\r\nContent-Type: text/plain\r\n\
        Content-Length: 11\r\n\r\nNo such row";
    let cases = [
        ("header.server=byteglass", true),
        ("header.SERVER~glass", true),
        ("req.header.server=*", false),
        ("resp.header.server=*", true),
        ("header.x-count>100", true),
        ("header.x-count>120", false),
        ("header.x-count>=0.12k", true),
        ("header.x-nothing=*", false),
        ("header.x-nothing!=a", true),
        ("-header.x-nothing=*", true),
        ("header.host:a status=500", true),
        ("body~\"such row\"", true),
        ("req.body~eve", true),
        ("resp.body~eve", false),
        ("resp.body=\"no*row\"", true),
        ("body!~zebra", true),
        ("body~host", false),
        ("req.type=application/json", true),
        ("type=text/plain", true),
        ("resp.type:plain", true),
        ("req.type:plain", false),
        ("(body~zebra or body~row) and not header.server=nginx", true),
        ("req.size>100 req.size<200", true),
        ("waited>=0", true),
    ];
    for (line, expected) in cases {
        assert_eq!(passes(request, response, line), expected, "{line}");
    }
}

#[test]
fn content_is_searched_without_chunks_and_decompressed() {
    let get = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnee\r\n3\r\ndle\r\n0\r\n\r\n";
    assert!(passes(get, chunked, "body~needle"));
    assert!(!passes(get, chunked, "body~\"3\""));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(b"a needle in a stack of hay, a stack of hay, a stack of hay").unwrap();
    let coded = gzip.finish().unwrap();
    let mut response =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", coded.len())
            .into_bytes();
    response.extend(coded);
    assert!(passes(get, &response, "resp.body~NEEDLE"));
    assert!(!passes(get, &response, "req.body~needle"));
}

#[test]
fn what_was_captured_is_counted() {
    let mut script = Script::default();
    script.open(1);
    for target in ["/a", "/b", "/a"] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\nX-One: 1\r\n\r\n");
        script.exchange(
            1,
            request.as_bytes(),
            b"HTTP/1.1 404 Not Found\r\nServer: s\r\nContent-Type: text/css\r\n\r\n",
        );
    }
    script.exchange(1, b"POST /c HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 OK\r\nServer: s\r\n\r\n");
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    let known = Known::count(&crate::store::SharedStore::new(store));
    let texts = |counts: &[(Box<str>, u64)]| -> Vec<(String, u64)> {
        counts.iter().map(|(text, count)| (text.to_string(), *count)).collect()
    };
    assert_eq!(texts(known.values("method")), [("GET".to_owned(), 3), ("POST".to_owned(), 1)]);
    assert_eq!(texts(known.values("status")), [("404".to_owned(), 3), ("200".to_owned(), 1)]);
    assert_eq!(texts(known.values("type")), [("text/css".to_owned(), 3)]);
    let fields = texts(known.fields());
    assert_eq!(fields[..2], [("host".to_owned(), 4), ("server".to_owned(), 4)]);
    assert!(fields.contains(&("x-one".to_owned(), 3)) && known.values("nothing").is_empty());
}

#[test]
fn notes_are_found_by_severity_words_and_clause() {
    let bad = b"GET /a HTTP/1.1\r\nHost : a\r\n\r\n";
    let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let good = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    assert!(passes(bad, answer, "note:\"9112\""));
    assert!(passes(bad, answer, "note:error or note:warning"));
    assert!(!passes(good, answer, "note:error"));
}

/// The exchange of connection 1, which becomes a WebSocket with these fields in the response.
fn upgrade(script: &mut Script, fields: &str) -> ExchangeId {
    let request = b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
    script.open(1);
    let offset = script.read(1, request);
    let id = script.request(1, offset, request, Framing::None);
    let response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n{fields}Connection: upgrade\r\n\r\n"
    );
    script.respond_head(1, id, response.as_bytes(), None);
    script.write(1, response.as_bytes());
    id
}

/// A frame of a server.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u16::try_from(payload.len()) {
        Ok(len @ ..126) => frame.push(len.to_be_bytes()[1]),
        Ok(len) => {
            frame.push(126);
            frame.extend(len.to_be_bytes());
        }
        Err(_) => {
            frame.push(127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}

fn judged(script: &mut Script, id: ExchangeId, line: &str) -> Judged {
    let mut store = Store::new(1 << 28);
    let batch = script.batch();
    store.apply(batch.clone());
    script.events.extend(batch.events);
    Examined::new(&store.detail(id).unwrap()).judge(&Filter::parse(line).unwrap())
}

/// Whether the messages of the script pass; nothing is left out.
fn has(script: &mut Script, id: ExchangeId, line: &str) -> bool {
    let judged = judged(script, id, line);
    assert!(!judged.is_partial, "{line}");
    judged.verdict == Verdict::Passes
}

#[test]
fn every_message_of_a_websocket_is_searched_and_not_only_the_latest() {
    let mut script = Script::default();
    let id = upgrade(&mut script, "");
    // Masked with zeros, in two fragments, and between them one of the server.
    script.read(1, b"\x01\x83\0\0\0\0nee");
    script.write(1, &frame(0x81, b"first"));
    script.read(1, b"\x80\x83\0\0\0\0dle");
    for _ in 0..4 {
        script.write(1, &frame(0x81, &vec![b'x'; 100_000]));
    }
    script.write(1, &frame(0x82, b"bytes"));
    script.write(1, &frame(0x81, b"last"));
    script.write(1, &frame(0x81, b"unended")[..6]);
    for (line, expected) in [
        ("ws.text~needle", true),
        ("ws.text=NEEDLE", true),
        ("ws.text=first", true),
        ("ws.text=last", true),
        ("ws.text~xxxx", true),
        ("ws.text~firstdle", false),
        ("ws.text~bytes", false),
        ("ws.text~unen", true),
        ("ws.text!~needle", false),
        ("ws.text!~zebra", true),
        ("-ws.text~zebra ws.opcode=text", true),
    ] {
        assert_eq!(has(&mut script, id, line), expected, "{line}");
    }
}

#[test]
fn compressed_messages_are_searched_inflated() {
    let mut script = Script::default();
    let id = upgrade(&mut script, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    // RFC 7692 §7.2.3.2: the second message refers to the first.
    script.write(1, &frame(0xC1, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]));
    script.write(1, &frame(0xC1, &[0xf2, 0x00, 0x11, 0x00, 0x00]));
    assert!(has(&mut script, id, "ws.text=Hello"));
    assert!(!has(&mut script, id, "ws.text~zebra"));
    script.write(1, &frame(0xC1, &[0xFF; 20]));
    assert!(judged(&mut script, id, "ws.text~zebra").is_partial, "what is damaged was not searched");
}

#[test]
fn what_was_not_kept_is_told() {
    let mut script = Script::default();
    let id = upgrade(&mut script, "");
    let before = frame(0x81, b"before");
    let offset = script.write(1, &before) + before.len() as u64;
    let stream = StreamId::wire(Direction::Sent);
    script.skip_sent(1, 50);
    script.push(1, None, EventKind::Bytes { stream, offset, payload: Payload::Dropped(50) });
    script.write(1, &frame(0x81, b"after"));
    let passes = Judged { verdict: Verdict::Passes, is_partial: false };
    assert_eq!(judged(&mut script, id, "ws.text=before"), passes);
    assert!(judged(&mut script, id, "ws.text=after").is_partial);
}
