//! Every byte that is forwarded has one origin, and what was copied is what arrived.
#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]
use bytes::{Bytes, BytesMut};
use proptest::prelude::*;

use super::{
    Author, FieldAction, FieldEdit, FieldEdits, ForwardedFields, ForwardedHost, Framer, Origin, Origins,
    RequestForward, ResponseForward, Target, Trailers,
};
use crate::{
    http::{
        Framing, Limits, Method, RequestMachine, ResponseMachine,
        encode::{Fields, Persistence},
    },
    wire::{Event, Machine, Silent},
};

/// The bytes of each piece, after its origin was checked.
fn pieces<'a>(out: &'a [u8], origins: &Origins, source: &[u8]) -> Vec<(Origin, &'a [u8])> {
    let mut rest = out;
    let pieces: Vec<_> = origins
        .pieces()
        .iter()
        .map(|piece| {
            let (part, after) = rest.split_at(usize::try_from(piece.len).unwrap());
            rest = after;
            if let Origin::Copied(start) = piece.origin {
                let start = usize::try_from(start).unwrap();
                assert_eq!(part, &source[start..start + part.len()], "copied as it arrived");
            }
            (piece.origin, part)
        })
        .collect();
    assert!(rest.is_empty(), "every byte has an origin");
    assert_eq!(origins.total(), out.len() as u64);
    pieces
}

fn request(source: &[u8]) -> (Vec<u8>, Origins) {
    edited_request(source, None)
}

fn edited_request(source: &[u8], edits: Option<&FieldEdits>) -> (Vec<u8>, Origins) {
    let mut machine = RequestMachine::new(Limits::UNLIMITED);
    let step = machine.advance(source, &mut Silent).unwrap();
    assert_eq!(step.event, Event::Head);
    let head = machine.take_head();
    let bytes = &source[usize::try_from(head.start).unwrap()..];
    let target = Target { written: "/v2".into(), copied: head.path.clone() };
    let message = RequestForward {
        head: &head,
        bytes,
        target: &target,
        host: ForwardedHost::Kept,
        pseudonym: "glass",
        forwarded: ForwardedFields::Forwarded,
        client: [10, 0, 0, 1].into(),
        takes_authorization: true,
        edits,
        framing: head.framing,
    };
    let (mut out, mut origins) = (BytesMut::new(), Origins::default());
    message.write(&mut out, Some(&mut origins));
    let mut silent = BytesMut::new();
    message.write(&mut silent, None);
    assert_eq!(out, silent, "the record changes nothing");
    (out.to_vec(), origins)
}

fn response(source: &[u8], method: Method) -> (Vec<u8>, Origins) {
    edited_response(source, method, None)
}

fn edited_response(source: &[u8], method: Method, edits: Option<&FieldEdits>) -> (Vec<u8>, Origins) {
    let mut machine = ResponseMachine::starting_at(0);
    machine.answers(method);
    assert_eq!(machine.advance(source, &mut Silent).unwrap().event, Event::Head);
    let head = machine.head().clone();
    let mut set = Fields::new();
    set.append("Server", "glass");
    let message = ResponseForward {
        head: &head,
        bytes: source,
        pseudonym: "glass",
        date: "now",
        framing: Some(head.framing),
        persistence: Persistence::Close,
        set: &set,
        edits,
    };
    let (mut out, mut origins) = (BytesMut::new(), Origins::default());
    message.write(&mut out, Some(&mut origins));
    (out.to_vec(), origins)
}

#[test]
fn a_request_that_arrived_in_the_usual_form_is_copied_line_by_line() {
    let source = b"\r\nGET /a HTTP/1.1\r\nHost: a\r\nAccept: b\r\nX-C: d\r\nAuthorization: Basic x\r\n\r\n";
    let (out, origins) = request(source);
    let text = str::from_utf8(&out).unwrap();
    assert_eq!(
        text,
        "GET /v2/a HTTP/1.1\r\nHost: a\r\nAccept: b\r\nX-C: d\r\nVia: 1.1 glass\r\n\
         Forwarded: for=10.0.0.1;host=\"a\";proto=http\r\n\r\n"
    );
    let found: Vec<_> = pieces(&out, &origins, source)
        .iter()
        .map(|(origin, part)| (*origin, str::from_utf8(part).unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            (Origin::Copied(2), "GET"),
            (Origin::Written(Author::StartLine), " "),
            (Origin::Written(Author::Target), "/v2"),
            (Origin::Copied(6), "/a"),
            (Origin::Written(Author::StartLine), " HTTP/1.1\r\n"),
            (Origin::Copied(19), "Host: a\r\nAccept: b\r\nX-C: d\r\n"),
            (Origin::Written(Author::Via), "Via: 1.1 glass\r\n"),
            (Origin::Written(Author::Forwarded), "Forwarded: for=10.0.0.1;host=\"a\";proto=http\r\n"),
            (Origin::Written(Author::Syntax), "\r\n"),
        ]
    );
}

#[test]
fn a_response_keeps_its_reason_and_gets_a_date() {
    let source = b"HTTP/1.0 299 So so\r\nServer: x\r\nConnection: X-A\r\nX-A: 1\r\nContent-Length: 3\r\n\r\n";
    let (out, origins) = response(source, Method::Get);
    assert_eq!(
        str::from_utf8(&out).unwrap(),
        "HTTP/1.1 299 So so\r\nDate: now\r\nServer: glass\r\nVia: 1.0 glass\r\nContent-Length: 3\r\n\
         Connection: close\r\n\r\n"
    );
    pieces(&out, &origins, source);
    // In an answer to HEAD the length frames nothing.
    let (out, _) = response(source, Method::Head);
    assert!(str::from_utf8(&out).unwrap().contains("\r\nContent-Length: 3\r\n"));
}

#[test]
fn content_is_framed_anew() {
    let mut origins = Origins::default();
    let mut out = BytesMut::new();
    let framer = Framer::new(Framing::Chunked);
    framer.frame(&b"hello".to_vec().into(), 7, |bytes| out.extend_from_slice(&bytes), Some(&mut origins));
    framer.end(&Trailers::default(), &mut out, Some(&mut origins));
    assert_eq!(&*out, b"5\r\nhello\r\n0\r\n\r\n");
    let source = b"1234567hello";
    assert_eq!(pieces(&out, &origins, source).len(), 3);
}

#[test]
fn trailers_go_on_without_those_that_would_change_the_message() {
    let source = b"0\r\nX-Sum:  abc \r\nETag: \"1\"\r\ncontent_length: 9\r\nHost: evil\r\nProxy-Authorization: x\r\n\
        Set-Cookie: a=b\r\nTransfer-Encoding: chunked\r\nIf-Match: *\r\nX-Forwarded-For: 6.6.6.6\r\nX-B: c\r\n\r\n";
    let whole = Bytes::from_static(source);
    let trailers = Trailers::ending(&whole, whole.len() - 3, whole.len() as u64);
    let (mut out, mut origins) = (BytesMut::new(), Origins::default());
    Framer::new(Framing::Chunked).end(&trailers, &mut out, Some(&mut origins));
    assert_eq!(str::from_utf8(&out).unwrap(), "0\r\nX-Sum: abc\r\nETag: \"1\"\r\nX-B: c\r\n\r\n");
    pieces(&out, &origins, source);
    // A message with a length, or one that ends with its connection, has no place for them.
    for framing in [Framing::Length(3), Framing::UntilClose, Framing::None] {
        let mut out = BytesMut::new();
        Framer::new(framing).end(&trailers, &mut out, None);
        assert!(out.is_empty());
    }
}

#[test]
fn a_client_that_takes_trailers_is_not_alone() {
    let takes = |fields: &str| {
        let source = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let (out, origins) = request(source.as_bytes());
        pieces(&out, &origins, source.as_bytes());
        String::from_utf8(out).unwrap().contains("\r\nTE: trailers\r\nConnection: TE\r\n")
    };
    assert!(takes("TE: trailers\r\nConnection: TE\r\n"));
    assert!(takes("TE: gzip;q=0.5, Trailers\r\nConnection: close, te\r\n"));
    // RFC 9110 §10.1.4: it has to be named in Connection.
    assert!(!takes("TE: trailers\r\n") && !takes("TE: gzip\r\nConnection: TE\r\n"));
}

/// A field line as clients may write it.
fn field() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "X-A",
        "x-b",
        "Accept",
        "Connection",
        "Keep-Alive",
        "TE",
        "Via",
        "Cookie",
        "Proxy-Connection",
        "Forwarded",
        "X-Forwarded-For",
        "Upgrade",
        "Max-Forwards",
        "Authorization",
    ]);
    let value = prop::sample::select(vec![
        "",
        "a",
        "close",
        "x-b, X-A",
        "Cookie",
        "a  b",
        "\u{e9}",
        "3",
        "1.1 glass",
    ]);
    let space = prop::sample::select(vec!["", " ", "  ", "\t"]);
    (name, space.clone(), value, space)
        .prop_map(|(name, before, value, after)| format!("{name}:{before}{value}{after}\r\n"))
}

/// Changes by rules as people may write them.
fn edits() -> impl Strategy<Value = FieldEdits> {
    let names = ["X-A", "x-B", "Accept", "Cookie", "Forwarded", "X-Forwarded-For", "Authorization", "Link"];
    let edit =
        (0..3_usize, prop::sample::select(names.to_vec()), prop::sample::select(vec!["", "a", "b, c"]));
    prop::collection::vec(edit, 0..5).prop_map(|all| {
        let mut edits = FieldEdits::default();
        for ((action, name, value), number) in all.into_iter().zip(0..) {
            edits.apply(number, &FieldEdit::new(FieldAction::ALL[action], name, value).unwrap());
        }
        edits
    })
}

/// Asserts that what rules dropped is gone, and that what they wrote is there and named as theirs.
fn assert_edited(sent: &[(Origin, &[u8])], values: impl Fn(&str) -> Vec<Vec<u8>>, edits: &FieldEdits) {
    for name in edits.names() {
        let written: Vec<_> =
            edits.lines(name.as_bytes()).iter().map(|line| line.value.as_bytes().to_vec()).collect();
        let found = values(name);
        assert!(found.ends_with(&written), "{}: {found:?}", &**name);
        assert!(!edits.drops(name.as_bytes()) || found == written, "{}: {found:?}", &**name);
    }
    for (name, line) in edits.written() {
        let whole = format!("{}: {}\r\n", &**name, &*line.value);
        let is_own = |origin| match line.rule {
            0 => origin == Origin::Written(Author::Isolation),
            rule => origin == Origin::Rule(rule),
        };
        let holds = |part: &[u8]| part.windows(whole.len()).any(|window| window == whole.as_bytes());
        assert!(sent.iter().any(|(origin, part)| is_own(*origin) && holds(part)), "{whole}");
    }
}

proptest! {
    #[test]
    fn all_bytes_have_one_origin(
        fields in prop::collection::vec(field(), 0..8),
        method in prop::sample::select(vec!["GET", "POST", "OPTIONS", "BREW"]),
        framing in prop::sample::select(vec!["", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n"]),
        minor in 0..2_u8,
        edits in edits(),
    ) {
        prop_assume!(minor == 1 || !framing.starts_with('T'));
        let source = format!("{method} /a?b HTTP/1.{minor}\r\nHost:a\r\n{}{framing}\r\n", fields.concat());
        let (out, origins) = edited_request(source.as_bytes(), Some(&edits));
        let sent = pieces(&out, &origins, source.as_bytes());
        // What leaves is read by the same machine, and says the same.
        let mut machine = RequestMachine::new(Limits::UNLIMITED);
        let step = machine.advance(&out, &mut Silent).unwrap();
        prop_assert_eq!((step.event, step.consumed), (Event::Head, out.len()));
        let head = machine.take_head();
        assert_edited(&sent, |name| head.values(&out, name).map(<[u8]>::to_vec).collect(), &edits);
        for not_passed_on in ["authorization", "x-forwarded-for"] {
            let by_rules = edits.lines(not_passed_on.as_bytes()).len();
            prop_assert_eq!(head.values(&out, not_passed_on).count(), by_rules);
        }
        prop_assert_eq!(head.values(&out, "host").count(), 1);
        for ends_here in ["keep-alive", "te", "proxy-connection"] {
            prop_assert_eq!(head.value(&out, ends_here), None);
        }
        let source = format!("HTTP/1.{minor} 200 OK\r\n{}{framing}\r\n", fields.concat());
        let (out, origins) = edited_response(source.as_bytes(), Method::Get, Some(&edits));
        let sent = pieces(&out, &origins, source.as_bytes());
        let mut machine = ResponseMachine::starting_at(0);
        prop_assert_eq!(machine.advance(&out, &mut Silent).unwrap().consumed, out.len());
        let head = machine.head();
        assert_edited(&sent, |name| head.fields.iter().filter(|field| {
            crate::http::head::slice(&out, &field.name).eq_ignore_ascii_case(name.as_bytes())
        }).map(|field| crate::http::head::slice(&out, &field.value).to_vec()).collect(), &edits);
    }
}
