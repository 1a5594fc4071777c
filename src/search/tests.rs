#![allow(clippy::unwrap_used, reason = "tests")]
use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use super::*;
use crate::{store::Store, testing::script::Script};

/// Whether the exchange of `request` and `response` passes a filter.
fn passes(request: &[u8], response: &[u8], line: &str) -> bool {
    let mut script = Script::default();
    script.open(1);
    let id = script.exchange(1, request, response);
    let mut store = Store::new(1 << 24);
    store.apply(script.batch());
    let detail = store.detail(id).unwrap();
    let filter = Filter::parse(line).unwrap();
    let verdict = Examined::new(&detail).judge(&filter);
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
