//! HAR 1.2 (<http://www.softwareishard.com/blog/har-12-spec/>), written exchange by exchange.
//!
//! Nothing is left out silently: comments say what was not captured, and what HAR has no place for. Chunk framing is
//! removed, and content codings of responses are decoded if possible, as the specification asks.

mod cookie_date;
mod fields;
mod message;
mod timings;
mod url;
mod websocket;

use std::{
    io::{self, Write},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{
    base::{calendar::timestamp_micros, stream::Direction},
    explain::{Facts, facts::Coding, viewers::coding::decoded},
    http::{ResponseHead, Rule},
    store::model::{Detail, Outcome},
    trace::{Cause, NoteKind},
    words::{sentence, write_json},
};

use super::{
    format::{Entry, ExportError, Format, NotExpressible},
    secrets::Secrets,
};
use fields::{query, text};
use message::Message;
use timings::Timings;
use url::url;

/// HAR 1.2, which browsers and other tools open.
pub(super) struct Har(pub Secrets);

impl Format for Har {
    fn key(&self) -> &'static str {
        match self.0 {
            Secrets::Replaced => "har",
            Secrets::Kept => "har-with-secrets",
        }
    }
    fn title(&self) -> &'static str {
        match self.0 {
            Secrets::Replaced => "HAR 1.2",
            Secrets::Kept => "HAR 1.2 with secrets",
        }
    }
    fn about(&self) -> &'static str {
        match self.0 {
            Secrets::Replaced => {
                "HAR 1.2, which browsers and other tools open, without passwords, cookies and tokens"
            }
            Secrets::Kept => "The same with them",
        }
    }
    fn suffix(&self) -> &'static str {
        self.0.suffix()
    }
    fn replaces_secrets(&self) -> bool {
        self.0 == Secrets::Replaced
    }
    fn extension(&self) -> &'static str {
        "har"
    }
    fn messages(&self) -> &'static [Direction] {
        &Direction::ALL
    }
    fn begin(&self, out: &mut dyn Write) -> io::Result<()> {
        let creator = json!({ "name": "byteglass", "version": env!("CARGO_PKG_VERSION") });
        write!(out, "{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},\"pages\":[],\"entries\":[")
    }
    /// Writes an entry. Without a wall-clock time it begins in 1970, and a comment says why.
    fn add(&self, out: &mut dyn Write, added: &Entry<'_>) -> Result<(), ExportError> {
        let entry = entry(added.facts, added.started, self.0);
        // An entry has a method and a URL.
        if entry["request"]["method"] == "" {
            return Err(NotExpressible::NoRequest.into());
        }
        let comma = if added.index == 0 { "" } else { "," };
        writeln!(out, "{comma}")?;
        Ok(write_json(&entry, out)?)
    }
    fn end(&self, out: &mut dyn Write, comment: &str) -> io::Result<()> {
        write!(out, "\n],\"comment\":")?;
        let secrets = self.0.words();
        let comment = if comment.is_empty() {
            secrets.to_owned()
        } else {
            format!("{}; {secrets}", comment.trim_end_matches('.'))
        };
        write_json(&sentence(&comment), out)?;
        writeln!(out, "}}}}")
    }
}

/// The entry of an exchange.
fn entry(facts: &Facts, started: Option<SystemTime>, secrets: Secrets) -> Value {
    let detail = &facts.detail;
    let exchange = &detail.exchange;
    let mut comments = Vec::new();
    if let Some(mark) = exchange.mark.as_ref().filter(|mark| !mark.comment.is_empty()) {
        comments.push(mark.comment.trim_end_matches('.').to_owned());
    }
    if started.is_none() {
        comments.push("when it began is not known".to_owned());
    }
    if exchange.outcome != Outcome::Done {
        comments.push("the exchange is not complete".to_owned());
    }
    if let Some(again) = exchange.again {
        comments.push(again.sentence());
    }
    for (_, note) in &exchange.notes {
        if let NoteKind::Trouble(text) | NoteKind::Text(text) = &note.kind {
            comments.push(text.trim_end_matches('.').to_owned());
        }
    }
    let timings = Timings::of(detail);
    let mut entry = json!({
        "startedDateTime": timestamp_micros(started.unwrap_or(UNIX_EPOCH)),
        // "Total elapsed time of the request in milliseconds. This is the sum of all timings available in
        // the timings object (i.e. not including -1 values)."
        "time": timings.sum(),
        "request": request(facts, secrets),
        "response": response(detail, &message::response(facts, secrets), started),
        "cache": {},
        "timings": timings.json(),
        "connection": exchange.conn.to_string(),
    });
    if let Some(local) = detail.local {
        entry["serverIPAddress"] = local.ip().to_string().into();
    }
    // "Custom fields [...] names must start with an underscore".
    if let Some(upstream) = timings::upstream(detail) {
        entry["_upstream"] = upstream;
    }
    if let Some(colour) = exchange.mark.as_ref().and_then(|mark| mark.colour) {
        entry["_mark"] = colour.key().into();
    }
    if let Some(messages) = websocket::messages(facts, started) {
        entry["_resourceType"] = "websocket".into();
        entry["_webSocketMessages"] = messages;
    }
    if !comments.is_empty() {
        entry["comment"] = format!("{}.", comments.join("; ")).into();
    }
    entry
}

fn request(facts: &Facts, secrets: Secrets) -> Value {
    let (detail, message) = (&facts.detail, &message::request(facts, secrets));
    let exchange = &detail.exchange;
    let (head, bytes, fields) = (message.head, &*message.head_text, message.fields());
    let target = head.map_or_else(|| secrets.target(&exchange.target), |head| text(bytes, &head.target));
    let mut made = json!({
        "method": head.map_or_else(|| exchange.method.to_string(), |head| text(bytes, &head.method_range)),
        "url": url(detail, &target, fields.value("host")),
        "httpVersion": match &facts.request.violation {
            Some(violation) if violation.rule == Cause::Rule(Rule::VersionMissing) => "HTTP/0.9".to_owned(),
            _ => message.version.clone(),
        },
        "cookies": fields.cookies(),
        "headers": fields.headers(),
        "queryString": query(target.split_once('?').map_or("", |(_, query)| query)),
        "headersSize": size(message.head_bytes),
        "bodySize": size(message.body_bytes),
    });
    if message.has_content() {
        let media_type = fields.value("content-type").unwrap_or_default();
        let content = secrets.content(Some(media_type.as_bytes()), &message.content);
        let mut data = json!({ "mimeType": media_type });
        // "Note that text and params fields are mutually exclusive."
        if let Some(text) = readable(&content) {
            data["text"] = text.into();
        } else {
            // HAR 1.2 has no encoding here, and every reader takes the text for what was sent. "Custom fields [...] names
            // must start with an underscore".
            data["text"] = "".into();
            data["_base64"] = BASE64_STANDARD.encode(&content).into();
            data["comment"] =
                "The body is not text, which is all that has a place here; _base64 has its bytes.".into();
        }
        made["postData"] = data;
    }
    commented(made, message.comment())
}

fn response(detail: &Detail, message: &Message<'_, ResponseHead>, started: Option<SystemTime>) -> Value {
    let (head, bytes, fields) = (message.head, &*message.head_text, message.fields());
    let made = json!({
        "status": detail.exchange.status.map_or(0, |status| status.0),
        "statusText": head.map_or_else(String::new, |head| text(bytes, &head.reason)),
        "httpVersion": message.version,
        "cookies": fields.set_cookies(received(detail, started)),
        "headers": fields.headers(),
        "content": content(message),
        "redirectURL": fields.value("location").unwrap_or_default(),
        "headersSize": size(message.head_bytes),
        "bodySize": size(message.body_bytes),
    });
    commented(made, message.comment())
}

/// "Before setting the text field, the HTTP response is decoded (decompressed & unchunked), than trans-coded
/// from its original charset into UTF-8." Content that is not UTF-8 is not converted and is written as Base64.
fn content(message: &Message<'_, ResponseHead>) -> Value {
    let fields = message.fields();
    let coded = !message.codings.is_empty() && message.has_content();
    let plain = if coded && message.whole { decoded(&message.codings, &message.content) } else { None };
    let content = plain.as_deref().unwrap_or(&message.content);
    // "Length of the returned content in bytes."
    let len = if plain.is_some() { Some(content.len() as u64) } else { message.content_bytes };
    let mime = fields.value("content-type").unwrap_or_else(|| "x-unknown".to_owned());
    let mut data = json!({ "size": size(len), "mimeType": mime });
    match &plain {
        // "Number of bytes saved."
        Some(plain) => {
            data["compression"] = (size(Some(plain.len() as u64)) - size(message.content_bytes)).into();
        }
        None if coded => data["comment"] = as_it_was_sent(&message.codings).into(),
        None => {}
    }
    if let Some(text) = readable(content).filter(|_| plain.is_some() || !coded) {
        data["text"] = text.into();
    } else {
        data["text"] = BASE64_STANDARD.encode(content).into();
        data["encoding"] = "base64".into();
    }
    data
}

/// When the head of the response came: the wall-clock time at which the request began is `started`.
fn received(detail: &Detail, started: Option<SystemTime>) -> Option<SystemTime> {
    started?.checked_add(Duration::from_nanos(detail.exchange.waited()?))
}

/// The comment on content that is not decoded.
fn as_it_was_sent(codings: &[Coding]) -> String {
    let names: Vec<&str> = codings.iter().map(Coding::name).collect();
    format!("The content is as it was sent: {}.", names.join(","))
}

fn commented(mut made: Value, comment: Option<String>) -> Value {
    if let Some(comment) = comment {
        made["comment"] = comment.into();
    }
    made
}

/// Content as text. `None`: it is not UTF-8, or has control characters that JSON readers may not handle.
fn readable(content: &[u8]) -> Option<&str> {
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    str::from_utf8(content).ok().filter(|text| !text.contains(control))
}

/// "Set to -1 if the info is not available."
fn size(bytes: Option<u64>) -> i64 {
    bytes.and_then(|bytes| i64::try_from(bytes).ok()).unwrap_or(-1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::{
        gateway::{Reason, Verdict},
        store::Store,
        testing::script::{MS, Script, response as response_of},
        trace::{EventKind, Stage},
    };

    const HAR: Har = Har(Secrets::Kept);

    fn log(request: &[u8], response: &[u8]) -> Value {
        let mut script = Script::default();
        script.open(1);
        let id = script.exchange(1, request, response);
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let mut out = Vec::new();
        let started = UNIX_EPOCH + Duration::new(1_709_210_096, 789_000_000);
        let facts = Facts::new(store.detail(id).unwrap());
        HAR.begin(&mut out).unwrap();
        for (started, index) in [(Some(started), 0), (None, 1)] {
            HAR.add(&mut out, &Entry { facts: &facts, started, index, alone: false }).unwrap();
        }
        HAR.end(&mut out, "").unwrap();
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
    fn sending_ends_with_the_last_byte_and_waiting_with_the_answer() {
        let (first, last) = (b"GET / HTTP/1.1\r\nHost", b": a\r\n\r\n");
        let mut script = Script::default();
        script.open(1);
        let offset = script.read(1, first);
        let id = script.begin(1, offset);
        script.wait(2 * MS).read(1, last);
        let end = (first.len() + last.len()) as u64;
        script.wait(3 * MS).stage(1, id, Stage::RequestEnd { end, content: 0 });
        script.wait(4 * MS).respond(1, id, &response_of(b"hi"), None);
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let made = entry(&Facts::new(store.detail(id).unwrap()), Some(UNIX_EPOCH), Secrets::Kept);
        assert_eq!(made["timings"], json!({ "send": 2.0, "wait": 7.0, "receive": 0.0 }));
        assert_eq!(made["time"], 9.0);
    }

    #[test]
    fn of_a_forwarded_exchange_the_times_are_those_of_the_upstream_leg() {
        let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let mut script = Script::default();
        script.open(1).dial(2);
        let offset = script.read(1, get);
        let id = script.request(1, offset, get, crate::http::Framing::None);
        script.wait(MS).chosen(1, id, (1, None), &[Verdict::Chosen(Reason::InTurn)]);
        script.wait(2 * MS).forward(id, 2, get);
        script.attempted(1, id, 1, 2, Ok(()));
        // As the server measures it: the last of the request is out 3 ms later, the first byte comes back after 4.
        let now = script.at;
        if let Some(EventKind::AttemptEnded(record)) = script.events.last_mut().map(|event| &mut event.kind) {
            (record.body_sent, record.first_byte) = (Some(now + 3 * MS), Some(now + 7 * MS));
        }
        script.wait(12 * MS).respond(1, id, &response_of(b"hi"), None);
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        let made = entry(&Facts::new(store.detail(id).unwrap()), Some(UNIX_EPOCH), Secrets::Kept);
        let times = json!({
            "blocked": 1.0, "dns": -1, "connect": 2.0, "ssl": -1, "send": 3.0, "wait": 4.0, "receive": 5.0
        });
        assert_eq!(made["timings"], times);
        assert_eq!(made["time"], 15.0);
        let upstream = json!({
            "group": "app", "backend": "app-1", "address": "127.0.0.1:3000", "connection": "2", "attempts": 1
        });
        assert_eq!(made["_upstream"], upstream);
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
        let made = entry(&Facts::new(store.detail(id).unwrap()), Some(UNIX_EPOCH), Secrets::Kept);
        assert_eq!(made["comment"], "the exchange is not complete.");
        assert_eq!(made["response"]["status"], 0);
        assert_eq!(made["response"]["headersSize"], -1);
    }
}
