//! Invariants of serving: targets and paths, ranges, conditionals and the other fields of a request.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::{Duration, SystemTime},
};

use bytes::Bytes;

use crate::{
    base::stream::ExchangeId,
    http::{Head, Method, RequestMachine, encode},
    service::{Body, Clock, MiddlewareSettings, Reply, Request, Service, Site},
    testing::LIMITS,
    wire::{Event, Machine, Silent},
};

use super::{
    choices,
    requests::{check_coding, check_conditions, check_path, check_range, verdict},
};

/// No target leads out of the folder, and what is shown of it has no control character.
pub fn target(data: &[u8]) {
    let bytes = [b"GET ", data, b" HTTP/1.1\r\nHost: localhost\r\n\r\n"].concat();
    let Some(head) = head(&bytes) else { return };
    let request = request(&head, &bytes);
    let path = request.path();
    assert!(path == "*" || path.starts_with('/'), "{path:?}");
    assert!(path.is_ascii() && !path.contains(['?', '#', ' ']), "{path:?}");
    check_path(path);
    check(&answer(&request), request.method());
}

/// Whatever its fields say, a request gets an answer that agrees with itself: a 206 has a part within
/// the file, a 304 and a HEAD no content, no field a line end.
pub fn service(data: &[u8]) {
    let Some(([line], fields)) = choices(data) else { return };
    let line = [
        "GET /style.css",
        "HEAD /style.css",
        "GET /glass.png",
        "OPTIONS /app.js",
        "POST /echo",
        "POST /api/echo",
        "GET /headers",
        "GET /api/users/7",
    ][usize::from(line % 8)];
    let bytes = [line.as_bytes(), b" HTTP/1.1\r\nHost: localhost\r\n", fields, b"\r\n\r\n"].concat();
    let Some(head) = head(&bytes) else { return };
    let request = request(&head, &bytes);
    check(&answer(&request), request.method());
}

/// Whatever Range and If-Range say, what is sent lies within the file, no byte of it twice.
pub fn range(data: &[u8]) {
    let Some(([method, len], value)) = choices(data) else { return };
    let method = if method % 8 == 0 { "HEAD" } else { "GET" };
    // Of every size: none, one that a Range can name by hand, and the largest.
    let len = if len == u8::MAX { u64::MAX } else { u64::from(len) };
    with_fields(method, &[b"Range: ", value].concat(), |request| check_range(request, len));
    // The value may go on with fields of its own.
    with_fields(method, value, |request| check_range(request, len));
}

/// Preconditions are weighed in their order, and one that is passed over makes no difference.
pub fn conditional(data: &[u8]) {
    let Some(([method], fields)) = choices(data) else { return };
    let method = ["GET", "HEAD", "PUT", "OPTIONS"][usize::from(method % 4)];
    with_fields(method, fields, |request| {
        check_conditions(request, |name| {
            let kept = fields.split(|byte| *byte == b'\n').filter(|line| {
                let field = line.split(|byte| *byte == b':').next().unwrap_or_default();
                !field.eq_ignore_ascii_case(name.as_bytes())
            });
            let mut other = None;
            // Without its last line end, which comes after the fields.
            let kept = kept.collect::<Vec<_>>().join(&b'\n');
            let kept = kept.strip_suffix(b"\r").unwrap_or(&kept);
            with_fields(method, kept, |request| other = Some(verdict(request)));
            other
        });
    });
}

/// Whatever Accept-Encoding says, the form that is sent is one that the client takes, and the one it
/// wants most.
pub fn encoding(data: &[u8]) {
    with_fields("GET", &[b"Accept-Encoding: ", data].concat(), check_coding);
    with_fields("GET", data, check_coding);
}

/// A request with these field lines, without the last line end, if it is one.
fn with_fields(method: &str, fields: &[u8], check: impl FnOnce(&Request<'_>)) {
    let bytes = [method.as_bytes(), b" /a HTTP/1.1\r\nHost: localhost\r\n", fields, b"\r\n\r\n"].concat();
    let Some(head) = head(&bytes) else { return };
    check(&request(&head, &bytes));
}

/// The first head in `bytes`. `None`: it is refused or incomplete.
fn head(bytes: &[u8]) -> Option<Head> {
    let mut machine = RequestMachine::new(LIMITS);
    let step = machine.advance(bytes, &mut Silent).ok()?;
    (step.event == Event::Head).then(|| machine.take_head())
}

fn request<'a>(head: &'a Head, bytes: &'a [u8]) -> Request<'a> {
    // The ranges of a head count from its own first byte: empty lines may stand before it.
    let start = usize::try_from(head.start).unwrap_or(usize::MAX);
    let end = usize::try_from(head.end).unwrap_or(usize::MAX);
    Request::new(ExchangeId::FIRST, head, &bytes[start..end], IpAddr::V4(Ipv4Addr::LOCALHOST))
}

fn answer(request: &Request<'_>) -> Reply {
    let mut middleware = MiddlewareSettings::default();
    for layer in &mut middleware.layers {
        layer.enabled = true;
    }
    let mut service = Service::new(Site::Welcome, &middleware);
    let opened = service.open(request, &Noon);
    service.answer(opened, request, &Bytes::from_static(b"{\"message\": \"hi\"}"), &Noon).reply
}

/// The invariants of every answer.
fn check(reply: &Reply, method: Method) {
    assert!((200..=599).contains(&reply.status.0), "{:?}", reply.status);
    for (name, value) in reply.fields.iter() {
        assert!(
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':'),
            "{name:?}"
        );
        assert!(!value.bytes().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "{name}: {value:?}");
    }
    if matches!(reply.status.0, 204 | 304) {
        assert!(matches!(reply.body, Body::None), "{:?}", reply.status);
    }
    if let (206, Some(range)) = (reply.status.0, reply.fields.value("Content-Range")) {
        let (part, whole) =
            range.strip_prefix("bytes ").and_then(|rest| rest.split_once('/')).expect("a range");
        let (first, last) = part.split_once('-').expect("two ends");
        let [first, last, whole] = [first, last, whole].map(|text| text.parse::<u64>().expect("a number"));
        assert!(first <= last && last < whole, "{range}");
        assert!(method == Method::Get && reply.body.len() == Some(last - first + 1), "{range}");
    }
    let mut out = bytes::BytesMut::new();
    let framing = crate::http::Framing::Length(reply.body.len().unwrap_or(0));
    encode::head(&mut out, reply.status, &reply.fields, framing, encode::Persistence::Keep, "x");
    let ends = out.windows(4).filter(|bytes| bytes == b"\r\n\r\n").count();
    assert!(ends == 1 && out.ends_with(b"\r\n\r\n"), "one head and nothing after it");
}

/// A clock that stands still.
struct Noon;

impl Clock for Noon {
    fn nanos(&self) -> u64 {
        0
    }
    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 20_778)
    }
}
