#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::words::count;
use crate::{
    base::stream::{Direction, ExchangeId},
    http::Framing,
    store::{Detail, Store},
    testing::script::{Script, response},
    trace::{EventKind, Payload},
};

fn made(script: &mut Script, id: ExchangeId) -> (Detail, String) {
    let mut store = Store::new(16 << 20);
    store.apply(script.batch());
    let detail = store.detail(id).unwrap();
    let mut out = Vec::new();
    dump(&mut out, &Facts::new(detail.clone()), Some(SystemTime::UNIX_EPOCH)).unwrap();
    (detail, String::from_utf8(out).unwrap())
}

fn exchanged(request: &[u8], answer: &[u8], framing: Framing) -> (Detail, String) {
    let mut script = Script::default();
    script.open(1);
    let offset = script.read(1, request);
    let id = script.request(1, offset, request, framing);
    script.respond(1, id, answer, None);
    made(&mut script, id)
}

/// The bytes in the hexadecimal columns.
fn shown(dump: &str) -> Vec<u8> {
    let is_offset = |text: &str| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lines = dump.lines().filter(|line| line.split_once("  ").is_some_and(|(at, _)| is_offset(at)));
    let columns = lines.filter_map(|line| line[8..].split_once('│'));
    let bytes = columns.flat_map(|(hex, _)| hex.split_whitespace());
    bytes.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

const CHUNKED: &[u8] =
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding:\tchunked \r\n\r\n3;a=b\r\nabc\r\n0\r\nT: v\r\n\r\n";

#[test]
fn every_byte_is_there_once_and_in_order() {
    let requests: [(&[u8], Framing); 4] = [
        (b"GET /a?b=c&d=e HTTP/1.1\r\nHost: a\r\n\r\n", Framing::None),
        (b"\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n\x00\xff:", Framing::Length(3)),
        (b"GET / HTTP/1.1\r\nHost : a\r\nX: y\r\n\r\n", Framing::None),
        (b"GET  two HTTP/1.1\r\nHost: a\r\n\r\n", Framing::None),
    ];
    for (request, framing) in requests {
        for answer in [CHUNKED, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"] {
            let (_, dump) = exchanged(request, answer, framing);
            assert_eq!(shown(&dump), [request, answer].concat(), "{dump}");
        }
    }
}

#[test]
fn each_part_is_named_with_its_clause() {
    let (_, dump) = exchanged(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", CHUNKED, Framing::None);
    for line in [
        "Exchange 1: GET /, answered 200 (connection 1, message 1).",
        "Began at 1970-01-01T00:00:00.000000Z.",
        "REQUEST: 27 bytes; the first one is at offset 0 (0x0) of what the client sent on this connection",
        "; Method: GET",
        ";   Asks for the resource. GET changes nothing and may be repeated. [RFC 9110 §9.3.1]",
        "000000  47 45 54                                         │GET             │ method, RFC 9112 §3.1",
        "000003  20                                               │                │ space, RFC 9112 §3",
        "000023  09                                               │␉               │ optional white space, RFC 9110 §5.6.3",
        "000031  3b 61 3d 62                                      │;a=b            │ chunk extension, RFC 9112 §7.1.1",
        "00003f  54                                               │T               │ trailer name, RFC 9112 §7.1.2",
    ] {
        assert!(dump.lines().any(|found| found == line), "{line}\n{dump}");
    }
    assert!(dump.lines().filter(|line| line.starts_with(';')).all(|line| line.chars().count() <= WIDTH));
}

#[test]
fn places_are_counted_from_the_first_byte_of_the_message() {
    let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut script = Script::default();
    script.open(1);
    script.exchange(1, get, &response(b"one"));
    let second = script.exchange(1, get, &response(b"two"));
    let (_, dump) = made(&mut script, second);
    let heading =
        "REQUEST: 27 bytes; the first one is at offset 27 (0x1b) of what the client sent on this connection";
    assert!(dump.contains(heading), "{dump}");
    let line =
        "000000  47 45 54                                         │GET             │ method, RFC 9112 §3.1";
    assert!(dump.contains(line), "{dump}");
}

#[test]
fn of_a_long_body_the_beginning_is_shown_and_the_rest_is_counted() {
    let (detail, dump) =
        exchanged(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(&b"x".repeat(100_000)), Framing::None);
    assert!(
        dump.contains("        95,904 more bytes of the body are not shown here\n"),
        "{}",
        &dump[dump.len() - 300..]
    );
    let all = [message::raw(&detail, Direction::Received), message::raw(&detail, Direction::Sent)].concat();
    assert_eq!(shown(&dump), all[..all.len() - 95_904]);

    // Ten thousand chunks of a byte.
    let mut chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    let head = chunked.len();
    chunked.extend(b"1\r\nx\r\n".repeat(10_000));
    chunked.extend(b"0\r\n\r\n");
    let (_, dump) = exchanged(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &chunked, Framing::None);
    assert!(dump.lines().count() < 800, "{}", dump.lines().count());
    let body = shown(&dump).len() - 27 - head;
    let rest = count((chunked.len() - head - body) as u64);
    assert!(dump.contains(&format!("        {rest} more bytes of the body")), "{rest}");
}

#[test]
fn what_is_not_in_the_capture_is_said_where_it_was() {
    let mut script = Script::default();
    script.open(1);
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1003\r\n\r\n";
    let request = [&head[..], &[b'x'; 1003]].concat();
    let offset = script.read(1, head);
    script.push(1, None, EventKind::bytes(Direction::Received, head.len() as u64, Payload::Dropped(1000)));
    script.push(
        1,
        None,
        EventKind::bytes(Direction::Received, head.len() as u64 + 1000, bytes::Bytes::from_static(b"end")),
    );
    let id = script.request(1, offset, &request, Framing::Length(1003));
    let (_, dump) = made(&mut script, id);
    assert!(dump.contains("000032  1,000 bytes are not in the capture (body)\n"), "{dump}");
    assert_eq!(shown(&dump), [&head[..], b"end"].concat());
    assert!(dump.contains("RESPONSE: nothing of it was captured\n"));
}
