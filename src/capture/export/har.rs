//! HAR 1.2 (<http://www.softwareishard.com/blog/har-12-spec/>), written exchange by exchange.
//!
//! Nothing is left out silently: what the capture does not hold is said in the entry's comment. Bodies are
//! as they were on the wire but for chunk framing: content codings are not undone.

use std::{
    io::{self, Write},
    ops::Range,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Map, Value, json};

use crate::{
    capture::model::{Detail, Outcome},
    http::{
        Field, Leaf, Method, SpanKind, Version,
        head::slice,
        replay::{self, Replay},
    },
    trace::{Nanos, Stage},
};

use super::{LIMITS, base64::base64, date, message};

/// Begins the file.
pub fn begin(out: &mut impl Write) -> io::Result<()> {
    let creator = json!({ "name": "byteglass", "version": env!("CARGO_PKG_VERSION") });
    write!(out, "{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},\"entries\":[")
}

/// Adds an exchange, which began at `started`. `None`: the wall-clock time is not known; then it is said to be
/// 1970, and the comment says why. `first`: it is the first one.
pub fn add(
    out: &mut impl Write,
    detail: &Detail,
    started: Option<SystemTime>,
    first: bool,
) -> io::Result<()> {
    let comma = if first { "" } else { "," };
    write!(out, "{comma}\n{}", entry(detail, started))
}

/// Ends the file. `comment` says what is not in it as a whole; empty where all is.
pub fn end(out: &mut impl Write, comment: &str) -> io::Result<()> {
    writeln!(out, "\n],\"comment\":{}}}}}", Value::from(comment))
}

/// One entry.
fn entry(detail: &Detail, started: Option<SystemTime>) -> Value {
    let exchange = &detail.exchange;
    let mut missing = Vec::new();
    if started.is_none() {
        missing.push("when it began is not known".to_owned());
    }
    if exchange.outcome != Outcome::Done {
        missing.push("the exchange is not complete".to_owned());
    }
    let request = request(detail, &mut missing);
    let response = response(detail, &mut missing);
    let [send, wait, receive] = timings(detail);
    let mut entry = json!({
        "startedDateTime": date(started.unwrap_or(UNIX_EPOCH)),
        "time": send + wait + receive,
        "request": request,
        "response": response,
        "cache": {},
        "timings": { "send": send, "wait": wait, "receive": receive },
        "connection": detail.exchange.conn.to_string(),
    });
    if let Some(local) = detail.local {
        entry["serverIPAddress"] = local.ip().to_string().into();
    }
    for (_, note) in &exchange.notes {
        if let crate::trace::NoteKind::Text(text) = &note.kind {
            missing.push(text.trim_end_matches('.').to_owned());
        }
    }
    if !missing.is_empty() {
        entry["comment"] = format!("{}.", missing.join("; ")).into();
    }
    entry
}

fn request(detail: &Detail, missing: &mut Vec<String>) -> Value {
    let exchange = &detail.exchange;
    let bytes = message::beginning(detail, false);
    note_missing("request", exchange.request.end - exchange.request.start, bytes.len(), missing);
    let read = replay::requests(&bytes, 0, LIMITS);
    let message = read.messages.first();
    let head = message.and_then(|message| message.head.as_ref().or(message.partial.as_ref()));
    let start = head.map_or(0, |head| index(head.start));
    let head_bytes = bytes.get(start..).unwrap_or_default();
    let fields = head.map(|head| head.fields.as_slice()).unwrap_or_default();
    let host = value(fields, head_bytes, "host").or_else(|| detail.local.map(|local| local.to_string()));
    let target = head.map_or_else(|| exchange.target.to_string(), |head| text(head_bytes, &head.target));
    let url = if target.starts_with('/') || target.is_empty() || target == "*" {
        format!("http://{}{target}", host.as_deref().unwrap_or("localhost"))
    } else {
        target.clone()
    };
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let query: Vec<Value> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            json!({ "name": decoded(name), "value": decoded(value) })
        })
        .collect();
    let head_end = message.and_then(|message| message.head.as_ref()).map(|head| head.end - head.start);
    let mut made = json!({
        "method": head.map_or_else(|| exchange.method.to_string(), |head| text(head_bytes, &head.method_range)),
        "url": url,
        "httpVersion": version(head.map(|head| head.version)),
        "cookies": cookies(fields, head_bytes, "cookie"),
        "headers": headers(fields, head_bytes),
        "queryString": query,
        "headersSize": size(head_end),
        "bodySize": size(body_size(&exchange.request, message, head_end)),
    });
    let content = content(&bytes, &read);
    if !content.is_empty() {
        let mime = value(fields, head_bytes, "content-type").unwrap_or_default();
        let mut data = json!({ "mimeType": mime, "params": [] });
        if let Some(text) = readable(&content) {
            data["text"] = text.into();
        } else {
            data["text"] = base64(&content).into();
            // HAR 1.2 has no encoding here; browsers write this field, too.
            data["encoding"] = "base64".into();
            data["comment"] = "The text is Base64 of the bytes.".into();
        }
        made["postData"] = data;
    }
    made
}

fn response(detail: &Detail, missing: &mut Vec<String>) -> Value {
    let exchange = &detail.exchange;
    let range = exchange.response.clone().unwrap_or(0..0);
    let bytes = message::beginning(detail, true);
    note_missing("response", range.end - range.start, bytes.len(), missing);
    let method = Method::of(exchange.method.as_bytes());
    let read = replay::responses(&bytes, 0, &[method], detail.closed.is_some());
    let message = read.messages.first();
    let head = message.and_then(|message| message.head.as_ref().or(message.partial.as_ref()));
    let start = head.map_or(0, |head| index(head.start));
    let head_bytes = bytes.get(start..).unwrap_or_default();
    let fields = head.map(|head| head.fields.as_slice()).unwrap_or_default();
    let content = content(&bytes, &read);
    let mime = value(fields, head_bytes, "content-type");
    // The specification: "size [number] - Length of the returned content in bytes."
    let known = message.map_or(0, |message| message.content);
    let mut data = json!({ "size": known, "mimeType": mime.unwrap_or_else(|| "x-unknown".to_owned()) });
    if let Some(text) = readable(&content) {
        data["text"] = text.into();
    } else {
        data["text"] = base64(&content).into();
        data["encoding"] = "base64".into();
    }
    let head_end = message.and_then(|message| message.head.as_ref()).map(|head| head.end - head.start);
    json!({
        "status": exchange.status.map_or(0, |status| status.0),
        "statusText": head.map_or_else(String::new, |head| text(head_bytes, &head.reason)),
        "httpVersion": version(head.map(|head| head.version)),
        "cookies": cookies(fields, head_bytes, "set-cookie"),
        "headers": headers(fields, head_bytes),
        "content": data,
        "redirectURL": value(fields, head_bytes, "location").unwrap_or_default(),
        "headersSize": size(head_end),
        "bodySize": size(body_size(&range, message, head_end)),
    })
}

/// Milliseconds: the request arriving, the wait for the response, the response leaving.
fn timings(detail: &Detail) -> [f64; 3] {
    let exchange = &detail.exchange;
    let find = |wanted: fn(&Stage) -> bool| {
        exchange.stages.iter().find(|(_, stage)| wanted(stage)).map(|(at, _)| *at)
    };
    let sent = find(|stage| matches!(stage, Stage::RequestEnd { .. })).unwrap_or(exchange.began);
    let answered = find(|stage| matches!(stage, Stage::ResponseHead { .. })).unwrap_or(exchange.latest);
    // A response may begin before the request is complete.
    let answered = answered.max(sent);
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of an exchange, to the microsecond")]
    let ms = |from: Nanos, to: Nanos| (to.saturating_sub(from) / 1_000) as f64 / 1_000.0;
    [ms(exchange.began, sent), ms(sent, answered), ms(answered, exchange.latest)]
}

fn note_missing(what: &str, len: u64, kept: usize, missing: &mut Vec<String>) {
    let gone = len.saturating_sub(kept as u64);
    if gone > 0 {
        missing.push(format!("{gone} bytes of the {what} are not in the capture"));
    }
}

/// Bytes of the message after its head, chunk framing included. `None`: not known.
fn body_size<H>(range: &Range<u64>, message: Option<&replay::Message<H>>, head: Option<u64>) -> Option<u64> {
    let before = message.map_or(0, |message| message.range.start);
    (range.end - range.start).checked_sub(before + head?)
}

/// The content of the first message, as far as it was captured, without chunk framing.
fn content<H>(bytes: &[u8], read: &Replay<H>) -> Vec<u8> {
    let end = read.messages.first().map_or(0, |message| message.range.end);
    let is_body = |leaf: &&Leaf| leaf.kind == SpanKind::Body && leaf.range.end <= end;
    let leaves = read.leaves.iter().filter(is_body);
    leaves
        .filter_map(|leaf| bytes.get(index(leaf.range.start)..index(leaf.range.end)))
        .flatten()
        .copied()
        .collect()
}

fn headers(fields: &[Field], bytes: &[u8]) -> Vec<Value> {
    let header =
        |field: &Field| json!({ "name": text(bytes, &field.name), "value": text(bytes, &field.value) });
    fields.iter().map(header).collect()
}

/// RFC 6265 §4: pairs in a Cookie field, one pair and its attributes in a Set-Cookie field.
fn cookies(fields: &[Field], bytes: &[u8], name: &str) -> Vec<Value> {
    let mut made = Vec::new();
    let named = |field: &&Field| slice(bytes, &field.name).eq_ignore_ascii_case(name.as_bytes());
    for field in fields.iter().filter(named) {
        let line = text(bytes, &field.value);
        let mut parts = line.split(';').map(str::trim).filter(|part| !part.is_empty());
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Map::from_iter([("name".to_owned(), Value::from(name)), ("value".to_owned(), Value::from(value))])
        };
        if name == "cookie" {
            made.extend(parts.map(|part| Value::Object(pair(part))));
            continue;
        }
        let Some(mut cookie) = parts.next().map(pair) else { continue };
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            match key.to_ascii_lowercase().as_str() {
                "path" => _ = cookie.insert("path".to_owned(), value.into()),
                "domain" => _ = cookie.insert("domain".to_owned(), value.into()),
                "httponly" => _ = cookie.insert("httpOnly".to_owned(), true.into()),
                "secure" => _ = cookie.insert("secure".to_owned(), true.into()),
                _ => {}
            }
        }
        made.push(Value::Object(cookie));
    }
    made
}

fn value(fields: &[Field], bytes: &[u8], name: &str) -> Option<String> {
    let named = |field: &&Field| slice(bytes, &field.name).eq_ignore_ascii_case(name.as_bytes());
    fields.iter().find(named).map(|field| text(bytes, &field.value))
}

/// Bytes of a head as text. Where they are not UTF-8, each is one character (ISO 8859-1), so that none is
/// lost.
fn text(bytes: &[u8], range: &Range<u32>) -> String {
    let bytes = slice(bytes, range);
    str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
}

/// Text without control characters that JSON readers and eyes cannot be trusted with.
fn readable(content: &[u8]) -> Option<&str> {
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    str::from_utf8(content).ok().filter(|text| !text.contains(control))
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn version(version: Option<Version>) -> String {
    version.map_or_else(String::new, |version| format!("HTTP/1.{}", version.minor))
}

/// "Set to -1 if the info is not available."
fn size(bytes: Option<u64>) -> i64 {
    bytes.and_then(|bytes| i64::try_from(bytes).ok()).unwrap_or(-1)
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::time::Duration;

    use super::*;
    use crate::capture::{fixture::Script, store::Store};

    fn log(request: &[u8], response: &[u8]) -> Value {
        let mut script = Script::default();
        script.open(1);
        let id = script.exchange(1, request, response);
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let mut out = Vec::new();
        begin(&mut out).unwrap();
        let started = UNIX_EPOCH + Duration::new(1_709_210_096, 789_000_000);
        add(&mut out, &store.detail(id).unwrap(), Some(started), true).unwrap();
        add(&mut out, &store.detail(id).unwrap(), None, false).unwrap();
        end(&mut out, "").unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn an_exchange_has_all_that_har_asks_for() {
        let log = log(
            b"POST /a?b=c%20d&e HTTP/1.1\r\nHost: x:1\r\nCookie: k=v; l=w\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi",
            b"HTTP/1.1 302 Found\r\nLocation: /z\r\nSet-Cookie: s=1; Path=/; HttpOnly\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\n\xff\x00",
        );
        let entry = &log["log"]["entries"][0];
        assert_eq!(log["log"]["version"], "1.2");
        assert_eq!(entry["startedDateTime"], "2024-02-29T12:34:56.789000Z");
        assert_eq!(entry["request"]["url"], "http://x:1/a?b=c%20d&e");
        assert_eq!(entry["request"]["httpVersion"], "HTTP/1.1");
        let query = json!([{ "name": "b", "value": "c d" }, { "name": "e", "value": "" }]);
        assert_eq!(entry["request"]["queryString"], query);
        assert_eq!(entry["request"]["postData"]["text"], "hi");
        assert_eq!(entry["request"]["bodySize"], 2);
        assert_eq!(entry["request"]["cookies"][1], json!({ "name": "l", "value": "w" }));
        let cookie = json!({ "name": "s", "value": "1", "path": "/", "httpOnly": true });
        assert_eq!(entry["response"]["cookies"], json!([cookie]));
        assert_eq!(entry["response"]["redirectURL"], "/z");
        assert_eq!(entry["response"]["statusText"], "Found");
        let content = json!({ "size": 2, "mimeType": "a/b", "text": "/wA=", "encoding": "base64" });
        assert_eq!(entry["response"]["content"], content);
        assert_eq!(entry["time"], 0.5);
        assert_eq!(entry["comment"], Value::Null);
        assert_eq!(log["log"]["entries"][1]["comment"], "when it began is not known.");
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        for required in ["startedDateTime", "time", "request", "response", "cache", "timings"] {
            assert!(names(entry).iter().any(|name| name == required), "{required}");
        }
    }

    #[test]
    fn what_is_not_there_is_said() {
        let mut script = Script::default();
        script.open(1);
        let offset = script.read(1, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
        let id = script.begin(1, offset);
        script.stage(1, id, Stage::Aborted);
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let made = entry(&store.detail(id).unwrap(), Some(UNIX_EPOCH));
        assert_eq!(made["comment"], "the exchange is not complete.");
        assert_eq!(made["response"]["status"], 0);
        assert_eq!(made["response"]["headersSize"], -1);
    }
}
