//! Invariants of a gateway: what leaves is one message that says what arrived, for any reader.

use std::{iter, ops::ControlFlow};

use bytes::{Bytes, BytesMut};

use crate::{
    base::stream::ExchangeId,
    http::{
        Framing, Head, Limits, Method, RequestMachine, ResponseHead, ResponseMachine, Rule, SpanKind,
        encode::{Fields, Persistence},
        forward::{
            ForwardedFields, ForwardedHost, Framer, RequestForward, ResponseForward, Target, Trailers,
        },
        head::{Field, slice},
    },
    service::Request,
    testing::{LIMITS, drive},
    wire::{Event, Silent},
};

use super::{choices, machines::pieces};

type Outcome = drive::Outcome<SpanKind, Rule>;
type Line<'a> = (&'a [u8], &'a [u8]);

/// As for the backends of the server.
const BACKEND_LIMITS: Limits = Limits { head_bytes: 4096, ..Limits::UNLIMITED };
const GLASS: &str = "glass";
/// Fields that are about one connection, so none of them passes.
const HOP: [&str; 7] =
    ["connection", "keep-alive", "te", "transfer-encoding", "upgrade", "proxy-connection", "content-length"];
/// Fields that stay whatever Connection says.
const STAYS: [&str; 9] = [
    "host",
    "forwarded",
    "authorization",
    "cookie",
    "set-cookie",
    "via",
    "date",
    "content-type",
    "content-encoding",
];

/// What a backend answers is read the same in any pieces, and what the client gets of it is one response that says
/// the same; if the backend's is not complete, the client's is not.
pub fn backend(data: &[u8]) {
    let Some(([kind, seed], bytes)) = choices(data) else { return };
    let asked = [Method::Get, Method::Head, Method::Post, Method::Connect][usize::from(kind % 4)];
    let (upgrades, minor) = (kind & 4 > 0, kind >> 3 & 1);
    let (whole, heads, len) = answer(asked, [bytes]);
    for parts in [pieces(bytes, seed), bytes.chunks(1).collect()] {
        let (outcome, same, _) = answer(asked, parts);
        whole.assert_same_events(&outcome, "in pieces");
        assert_eq!((&whole.ended, &heads), (&outcome.ended, &same), "in pieces");
    }
    if heads.iter().any(|head| head.status.0 == 101) && (!upgrades || minor == 0) {
        return;
    }
    let (sent, expected) = to_client(&whole, (&heads, section(&whole, bytes, len)), bytes, minor);
    let (read, got, got_len) = answer(asked, [&sent[..]]);
    assert_eq!(read.violation, None, "{}", sent.escape_ascii());
    assert_eq!(got.len(), expected.len(), "{}", sent.escape_ascii());
    let mut rest = &sent[..];
    for (head, (from, framing)) in got.iter().zip(&expected) {
        assert_eq!((head.status, head.framing), (from.status, *framing));
        let source = head_bytes(bytes, from.start, from.end);
        let (line, fields, after) = plain(rest);
        let reason = slice(source, &from.reason);
        assert_eq!(line, [format!("HTTP/1.1 {:03} ", from.status.0).as_bytes(), reason].concat());
        let keeps_length = *framing == Framing::None && from.status.0 != 204 && from.status.class() != 1;
        assert_onward(&fields, &from.fields, source, |name, _| {
            (keeps_length && name.eq_ignore_ascii_case(b"content-length"))
                || passes(name, &from.fields, source)
        });
        rest = after;
    }
    let is_tunnel = heads.last().is_some_and(|head| head.status.0 == 101);
    if !is_tunnel {
        assert_eq!(content(&read, &sent), content(&whole, bytes), "the content");
        if expected.last().is_some_and(|(_, framing)| *framing == Framing::Chunked) {
            assert_trailers(section(&read, &sent, got_len), section(&whole, bytes, len));
        }
    }
    let lasts = expected.last().is_some_and(|(_, framing)| *framing == Framing::UntilClose);
    assert!(
        lasts || is_whole(&read) == (is_whole(&whole) && !expected.is_empty()),
        "{}",
        sent.escape_ascii()
    );
}

/// What a backend is sent for a request is one request that says the same, and no more than one.
pub fn forward(data: &[u8]) {
    let Some(([kind, seed], bytes)) = choices(data) else { return };
    let read = |parts: Vec<&[u8]>| {
        let (mut heads, mut len) = (Vec::new(), 0);
        let mut machine = RequestMachine::new(LIMITS);
        let outcome = drive::drive(&mut machine, &mut Silent, parts, |machine, event| {
            if *event == Event::Head {
                heads.push(machine.take_head());
            }
            if *event == Event::End {
                len = machine.trailer_len();
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        (outcome, heads.pop(), len)
    };
    let (whole, head, len) = read(vec![bytes]);
    let (in_pieces, same, _) = read(pieces(bytes, seed));
    whole.assert_same_events(&in_pieces, "in pieces");
    assert_eq!(head, same);
    let Some(head) = head.filter(|head| head.method != Method::Connect) else { return };
    let source = head_bytes(bytes, head.start, head.end);
    let trailers = section(&whole, bytes, len);
    let (sent, target) = to_backend(&whole, (&head, trailers), bytes, kind);
    let (read, onward, onward_len) = read(vec![&sent[..]]);
    assert_eq!(read.violation, None, "{}", sent.escape_ascii());
    let onward = onward.expect("a head");
    assert_eq!((onward.method, onward.framing), (head.method, head.framing));
    let (line, mut fields, _) = plain(&sent);
    let method = slice(source, &head.method_range);
    assert_eq!(line, [method, b" ", &target, b" HTTP/1.1"].concat());
    assert!(fields.remove(0).0 == b"Host", "{}", sent.escape_ascii());
    assert!(fields.iter().all(|(name, _)| !name.eq_ignore_ascii_case(b"host")));
    let counts = matches!(head.method, Method::Options | Method::Trace);
    fields.retain(|(name, _)| !counts || !name.eq_ignore_ascii_case(b"max-forwards"));
    let takes = kind & 2 > 0;
    assert_onward(&fields, &head.fields, source, |name, read_as| {
        let is_replaced = (takes && read_as == "authorization")
            || (counts && name.eq_ignore_ascii_case(b"max-forwards"))
            || (head.version.minor == 0 && name.eq_ignore_ascii_case(b"expect"))
            || matches!(read_as, "host" | "forwarded")
            || read_as.starts_with("x-forwarded-");
        !is_replaced && passes(name, &head.fields, source)
    });
    assert_eq!(content(&read, &sent), content(&whole, bytes), "the content");
    assert_eq!(is_whole(&read), is_whole(&whole), "{}", sent.escape_ascii());
    assert_trailers(section(&read, &sent, onward_len), trailers);
    let end = read.events.last().map_or(0, |(at, _)| *at);
    assert!(!is_whole(&read) || end == sent.len() as u64, "more than one: {}", sent.escape_ascii());
}

/// Reads the answer to one request. Returns the length of its trailer section as well.
fn answer<'a>(
    asked: Method,
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> (Outcome, Vec<ResponseHead>, usize) {
    let (mut heads, mut len) = (Vec::new(), 0);
    let mut machine = ResponseMachine::strict(BACKEND_LIMITS);
    machine.answers(asked);
    let outcome = drive::drive(&mut machine, &mut Silent, parts, |machine, event| {
        if *event == Event::Head {
            heads.push(machine.head().clone());
        }
        if *event == Event::End {
            len = machine.trailer_len();
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    (outcome, heads, len)
}

/// Writes what the client gets of an answer. Returns it, and each head that is part of it with its framing there.
fn to_client<'a>(
    answer: &Outcome,
    (heads, trailers): (&'a [ResponseHead], &[u8]),
    bytes: &[u8],
    minor: u8,
) -> (BytesMut, Vec<(&'a ResponseHead, Framing)>) {
    let (mut out, mut expected) = (BytesMut::new(), Vec::new());
    let (mut framer, mut heads) = (Framer::new(Framing::None), heads.iter());
    for (_, event) in &answer.events {
        match event {
            Event::Head => {
                let head = heads.next().expect("one for each event");
                let is_final = head.status.class() != 1;
                if !is_final && minor == 0 {
                    continue;
                }
                let framing = head.framing.forwarded(minor);
                let message = ResponseForward {
                    head,
                    bytes: head_bytes(bytes, head.start, head.end),
                    pseudonym: GLASS,
                    date: "now",
                    framing: is_final.then_some(framing),
                    persistence: Persistence::Keep,
                    set: &Fields::new(),
                    edits: None,
                };
                message.write(&mut out, None);
                framer = Framer::new(framing);
                expected.push((head, framing));
            }
            Event::Body(range) => frame(&mut out, framer, &bytes[range.clone()]),
            Event::End => framer.end(&ending(trailers), &mut out, None),
            Event::NeedData => {}
        }
    }
    // The end of the connection may be that of the message.
    if is_whole(answer) && answer.events.last().is_some_and(|(_, event)| *event != Event::End) {
        framer.end(&Trailers::default(), &mut out, None);
    }
    (out, expected)
}

/// Writes what the backend gets of a request. Returns it and its target.
fn to_backend(
    request: &Outcome,
    (head, trailers): (&Head, &[u8]),
    bytes: &[u8],
    kind: u8,
) -> (BytesMut, Vec<u8>) {
    let source = head_bytes(bytes, head.start, head.end);
    let end = head.query.as_ref().map_or(head.path.end, |query| query.end);
    let target = if head.path.is_empty() {
        let path = Request::new(ExchangeId::FIRST, head, source, [127, 0, 0, 1].into()).path();
        let copied = head.query.as_ref().map_or(end..end, |query| query.start - 1..query.end);
        Target { written: path.into(), copied }
    } else {
        Target { written: "/v2".into(), copied: head.path.start..end }
    };
    let forwarded = [ForwardedFields::None, ForwardedFields::XForwarded, ForwardedFields::Forwarded];
    let message = RequestForward {
        head,
        bytes: source,
        target: &target,
        host: if kind & 1 > 0 || head.authority.is_none() {
            ForwardedHost::Rewritten("backend:80")
        } else {
            ForwardedHost::Kept
        },
        pseudonym: GLASS,
        forwarded: forwarded[usize::from(kind >> 2) % 3],
        client: [127, 0, 0, 1].into(),
        takes_authorization: kind & 2 > 0,
        edits: None,
        framing: head.framing,
    };
    let mut out = BytesMut::new();
    message.write(&mut out, None);
    let framer = Framer::new(head.framing);
    for (_, event) in &request.events {
        match event {
            Event::Body(range) => frame(&mut out, framer, &bytes[range.clone()]),
            Event::End => framer.end(&ending(trailers), &mut out, None),
            Event::Head | Event::NeedData => {}
        }
    }
    (out, [target.written.as_bytes(), slice(source, &target.copied)].concat())
}

/// The last `len` bytes of a complete message. Empty: it is not complete.
fn section<'a>(read: &Outcome, bytes: &'a [u8], len: usize) -> &'a [u8] {
    let Some((end, Event::End)) = read.events.last() else { return b"" };
    let end = usize::try_from(*end).expect("an offset of the input");
    &bytes[end.saturating_sub(len)..end]
}

fn ending(section: &[u8]) -> Trailers {
    Trailers::ending(&Bytes::copy_from_slice(section), section.len(), section.len() as u64)
}

/// Panics unless the trailer fields that were sent are fields that arrived, in their order, and none of them decides what
/// the message is or where it goes.
fn assert_trailers(sent: &[u8], arrived: &[u8]) {
    let [onward, came] = [sent, arrived].map(|section| {
        let lines = section.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        let fields = lines.filter(|line| !line.is_empty()).filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((&line[..colon], line[colon + 1..].trim_ascii()))
        });
        fields.collect::<Vec<_>>()
    });
    let mut rest = came.iter();
    for field in &onward {
        assert!(rest.any(|one| one == field), "{}", sent.escape_ascii());
        let name = read_as(field.0);
        let decides = STAYS.contains(&&*name) || HOP.contains(&&*name) || name.starts_with("proxy-");
        assert!(!decides, "a trailer field {name}: {}", sent.escape_ascii());
    }
}

fn frame(out: &mut BytesMut, framer: Framer, content: &[u8]) {
    framer.frame(&Bytes::copy_from_slice(content), 0, |bytes| out.extend_from_slice(&bytes), None);
}

/// Whether the message is complete, by itself or by the end of the connection.
fn is_whole(read: &Outcome) -> bool {
    match read.events.last() {
        Some((_, Event::End)) => true,
        Some(_) => read.violation.is_none() && read.ended.is_none(),
        None => false,
    }
}

fn content(read: &Outcome, bytes: &[u8]) -> Vec<u8> {
    let bodies = read.events.iter().filter_map(|(_, event)| match event {
        Event::Body(range) => Some(&bytes[range.clone()]),
        _ => None,
    });
    bodies.collect::<Vec<_>>().concat()
}

fn head_bytes(bytes: &[u8], start: u64, end: u64) -> &[u8] {
    let at = |offset: u64| usize::try_from(offset).expect("an offset of the input");
    &bytes[at(start)..at(end)]
}

/// A head as a reader sees it that knows line ends and colons only: its first line, its fields, what follows.
fn plain<'a>(bytes: &'a [u8]) -> (&'a [u8], Vec<Line<'a>>, &'a [u8]) {
    let end = bytes.windows(4).position(|part| part == b"\r\n\r\n").expect("the end of a head");
    let (mut head, rest) = (&bytes[..end + 2], &bytes[end + 4..]);
    let mut lines = iter::from_fn(|| {
        let end = head.windows(2).position(|part| part == b"\r\n")?;
        let (line, after) = (&head[..end], &head[end + 2..]);
        head = after;
        assert!(!line.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "{}", line.escape_ascii());
        Some(line)
    });
    let first = lines.next().expect("a first line");
    let field = |line: &'a [u8]| {
        let colon = line.iter().position(|byte| *byte == b':').expect("a colon");
        let (name, value) = (&line[..colon], line[colon + 1..].strip_prefix(b" ").expect("a space"));
        assert!(!name.is_empty() && !name.iter().any(u8::is_ascii_whitespace), "{}", line.escape_ascii());
        assert_eq!(value.trim_ascii(), value, "{}", line.escape_ascii());
        (name, value)
    };
    (first, lines.map(field).collect(), rest)
}

/// Panics unless `sent` are the fields of `arrived` that pass, in their order, and then those of the gateway, each
/// once.
fn assert_onward(sent: &[Line<'_>], arrived: &[Field], source: &[u8], passes: impl Fn(&[u8], &str) -> bool) {
    let passing = arrived.iter().filter(|field| {
        let name = slice(source, &field.name);
        passes(name, &read_as(name))
    });
    let expected: Vec<Line<'_>> =
        passing.map(|field| (slice(source, &field.name), slice(source, &field.value))).collect();
    let (copied, own) = sent.split_at(expected.len().min(sent.len()));
    assert_eq!(copied, expected, "of {}", source.escape_ascii());
    let mut names: Vec<_> = own.iter().map(|(name, _)| read_as(name)).collect();
    names.retain(|name| name != "upgrade");
    names.sort_unstable();
    let is_framed = names.iter().filter(|name| matches!(&***name, "content-length" | "transfer-encoding"));
    assert!(is_framed.count() < 2 && names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    // A client that takes trailer fields is not alone: the gateway says so for itself (RFC 9110 §10.1.4).
    let of_gateway = ["connection", "content-length", "date", "forwarded", "te", "transfer-encoding", "via"];
    let is_own = |name: &String| of_gateway.contains(&&**name) || name.starts_with("x-forwarded-");
    assert!(names.iter().all(is_own) && names.iter().any(|name| name == "via"), "{names:?}");
}

/// Whether a field goes on: it is about more than one connection, and Connection does not name it.
fn passes(name: &[u8], fields: &[Field], source: &[u8]) -> bool {
    let plain = read_as(name);
    let is_named = fields
        .iter()
        .filter(|field| slice(source, &field.name).eq_ignore_ascii_case(b"connection"))
        .flat_map(|field| slice(source, &field.value).split(|byte| *byte == b','))
        .any(|option| option.trim_ascii().eq_ignore_ascii_case(name));
    let stays = STAYS.iter().any(|kept| name.eq_ignore_ascii_case(kept.as_bytes()));
    let is_hop = HOP.contains(&&*plain) || plain.starts_with("proxy-");
    !is_hop && (stays || plain.starts_with("x-forwarded-") || !is_named)
}

/// The name as programs read it that take `_` for `-`.
fn read_as(name: &[u8]) -> String {
    name.iter().map(|byte| char::from(if *byte == b'_' { b'-' } else { byte.to_ascii_lowercase() })).collect()
}
