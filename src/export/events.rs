//! Writes for each exchange a line, and one for each event of its event streams and each text of its NDJSON. `docs/json-events.md` lists the fields.

use std::io::Write;

use serde::Serialize;

use crate::{
    base::stream::{Direction, Nanos},
    explain::events::{EventStream, ItemFacts},
    words::write_json,
};

use super::format::{Clipboard, Entry, ExportError, Format};

/// Bytes of the data of one event that are written.
const DATA_BYTES: usize = 1024 * 1024;
/// Bytes of a type, an id or a comment that are written.
const FIELD_BYTES: usize = 4096;

/// One JSON object a line for each event.
pub(super) struct Events;

/// The line before those of an exchange's events.
#[derive(Serialize)]
struct About<'a> {
    exchange: u64,
    method: &'a str,
    target: &'a str,
    status: Option<u16>,
    items: u64,
}

#[derive(Serialize)]
struct Line {
    exchange: u64,
    direction: Direction,
    /// The attempt, from 1, whose leg it is. `None`: the client's leg.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<usize>,
    format: &'static str,
    number: usize,
    at_ns: Nanos,
    range: [u64; 2],
    complete: bool,
    dispatched: bool,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    data_len: u64,
    data: String,
}

impl Format for Events {
    fn key(&self) -> &'static str {
        "events"
    }
    fn title(&self) -> &'static str {
        "events of streams"
    }
    fn about(&self) -> &'static str {
        "Each event of an event stream, and each line of NDJSON, as JSON on a line"
    }
    fn extension(&self) -> &'static str {
        "ndjson"
    }
    fn messages(&self) -> &'static [Direction] {
        &Direction::ALL
    }
    fn clipboard(&self) -> Option<Clipboard> {
        Some(Clipboard { name: "As JSON events", bytes_max: 1024 * 1024 })
    }
    fn add(&self, out: &mut dyn Write, entry: &Entry<'_>) -> Result<(), ExportError> {
        let facts = entry.facts;
        let exchange = &facts.detail.exchange;
        let items = facts.events.iter().map(|stream| stream.rows() as u64 + stream.not_listed).sum();
        let about = About {
            exchange: exchange.id.get(),
            method: &exchange.method,
            target: &exchange.target,
            status: exchange.status.map(|status| status.0),
            items,
        };
        write_json(&about, &mut *out)?;
        out.write_all(b"\n")?;
        for stream in &facts.events {
            for index in 0..stream.rows() {
                let Some(row) = stream.row(index) else { continue };
                line(out, exchange.id.get(), stream, (index, row))?;
            }
        }
        Ok(())
    }
}

fn line(
    out: &mut dyn Write,
    exchange: u64,
    stream: &EventStream,
    (index, row): (usize, &ItemFacts),
) -> Result<(), ExportError> {
    let item = &row.item;
    // What is not UTF-8 becomes U+FFFD, as it does for a client.
    let text = |range: &std::ops::Range<u64>| {
        String::from_utf8_lossy(&stream.content(range, FIELD_BYTES)).into_owned()
    };
    let kind = item.kind.as_ref().filter(|kind| !kind.is_empty());
    let line = Line {
        exchange,
        direction: stream.direction,
        attempt: stream.leg.map(|leg| leg + 1),
        format: stream.format.key(),
        number: index + 1,
        at_ns: row.at,
        range: [row.range.start, row.range.end],
        complete: !stream.is_open(index),
        dispatched: item.is_dispatched() && !stream.is_open(index),
        kind: kind.map_or_else(|| item.usual_type(stream.format).to_owned(), text),
        id: item.id.as_ref().map(text),
        retry_ms: item.retry,
        comment: (item.comments > 0).then(|| text(&item.comment)),
        data_len: item.data_bytes,
        data: String::from_utf8_lossy(&stream.data(item, DATA_BYTES)).into_owned(),
    };
    write_json(&line, out)?;
    Ok(out.write_all(b"\n")?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::{Value, json};

    use super::*;
    use crate::{explain::Facts, store::Store, testing::script::Script};

    fn facts(content_type: &str, body: &str) -> Facts {
        let mut script = Script::default();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let request = b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n";
        let id = script.open(1).exchange(1, request, (head + body).as_bytes());
        let mut store = Store::new(1 << 20);
        store.apply(script.batch());
        Facts::new(store.detail(id).unwrap())
    }

    #[test]
    fn each_event_is_a_line() {
        let body = "id: 7\nevent: tick\nretry: 9\ndata: a\ndata: b\n\n: c\n\ndata: cut off";
        let text = super::super::text(&Events, &facts("text/event-stream", body)).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let [about, first, second, third] = &lines[..] else { panic!("{lines:?}") };
        for (name, value) in [
            ("exchange", json!(1)),
            ("direction", json!("sent")),
            ("format", json!("event-stream")),
            ("number", json!(1)),
            ("complete", json!(true)),
            ("dispatched", json!(true)),
            ("type", json!("tick")),
            ("id", json!("7")),
            ("retry_ms", json!(9)),
            ("data_len", json!(3)),
            ("data", json!("a\nb")),
        ] {
            assert_eq!(first[name], value, "{name}");
        }
        assert_eq!((&about["target"], &about["items"]), (&json!("/events"), &json!(3)));
        assert_eq!((&second["type"], &second["comment"]), (&json!("comment"), &json!(" c")));
        assert_eq!((&third["complete"], &third["dispatched"]), (&json!(false), &json!(false)));
    }
}
