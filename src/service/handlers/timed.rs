//! `/delay`, `/stream`, `/drip` and `/events`: responses that take their time.

use std::{ops::RangeInclusive, time::Duration};

use serde_json::json;

use crate::{http::Status, trace::Refusal};

use super::{
    super::{
        Body, TimedBody,
        body::{DIGITS_MAX, TimedText},
    },
    Call, Reply, number,
};

/// Upper bound on the delay before a response or between two pieces, in milliseconds.
const DELAY_MS_MAX: u64 = 60_000;
/// Upper bound on the pieces of a response.
const CHUNKS_MAX: u64 = 1000;
/// Upper bound on the time that all pauses of a response take together, in milliseconds.
const TOTAL_MS_MAX: u64 = 600_000;
/// Time between the chunks of `/stream`: short, but long enough for each to be a write of its own.
const STREAM_EVERY: Duration = Duration::from_millis(10);

/// Answers after `:ms` milliseconds.
pub(super) fn delay(call: &Call<'_>) -> Reply {
    match call.number("ms", 0..=DELAY_MS_MAX) {
        Ok(ms) => {
            let mut reply = Reply::json(Status(200), json!({ "delayed_ms": ms }).to_string());
            reply.delay = Duration::from_millis(ms);
            reply
        }
        Err(refusal) => *refusal,
    }
}

/// Answers with `:chunks` lines, each in a chunk of its own.
pub(super) fn stream(call: &Call<'_>) -> Reply {
    match call.number("chunks", 1..=CHUNKS_MAX) {
        Ok(count) => timed(TimedBody { text: TimedText::Lines, next: 0, count, every: STREAM_EVERY }),
        Err(refusal) => *refusal,
    }
}

/// Answers with `bytes` bytes in `chunks` chunks, one every `ms` milliseconds.
pub(super) fn drip(call: &Call<'_>) -> Reply {
    let (bytes, chunks, ms) = match drip_numbers(call.request.query().unwrap_or_default()) {
        Ok(numbers) => numbers,
        Err(refusal) => return *refusal,
    };
    // RFC 9112 §7.1: a chunk of size 0 ends the body, so there cannot be more chunks than bytes.
    let count = chunks.min(bytes);
    if let Some(refusal) = too_long(count, ms) {
        return refusal;
    }
    timed(TimedBody { text: TimedText::Digits(bytes), next: 0, count, every: Duration::from_millis(ms) })
}

/// Parses `bytes`, `chunks` and `ms` of a query.
fn drip_numbers(query: &str) -> Result<(u64, u64, u64), Box<Reply>> {
    Ok((
        asked(query, "bytes", 0..=DIGITS_MAX, 200)?,
        asked(query, "chunks", 1..=CHUNKS_MAX, 10)?,
        asked(query, "ms", 0..=DELAY_MS_MAX, 250)?,
    ))
}

/// Answers with an event stream of `count` events, one every `ms` milliseconds. A client that has had some of them goes
/// on after the last one.
pub(super) fn events(call: &Call<'_>) -> Reply {
    let query = call.request.query().unwrap_or_default();
    let numbers = asked(query, "count", 1..=CHUNKS_MAX, 10)
        .and_then(|count| Ok((count, asked(query, "ms", 0..=DELAY_MS_MAX, 500)?)));
    let (count, ms) = match numbers {
        Ok(numbers) => numbers,
        Err(refusal) => return *refusal,
    };
    let before = last_event(call);
    if before >= count {
        // HTML §9.2.3: "Clients will reconnect if the connection is closed; a client can be told to stop reconnecting
        // using the HTTP 204 No Content response code."
        return Reply::new(Status(204), Body::None);
    }
    let count = count - before;
    if let Some(refusal) = too_long(count, ms) {
        return refusal;
    }
    let every = Duration::from_millis(ms);
    let body = TimedBody { text: TimedText::Events(before), next: 0, count, every };
    let mut reply = Reply::new(Status(200), Body::Timed(body));
    // HTML §9.2.5: "Event streams in this format must always be encoded as UTF-8."
    reply.fields.append("Content-Type", "text/event-stream");
    reply
}

/// The number of the last event that the client has had. 0: it has had none, or the last one was not from here.
fn last_event(call: &Call<'_>) -> u64 {
    let mut values = call.request.head.values(call.request.bytes, "Last-Event-ID");
    let digits = |value: &&[u8]| !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let last = values.next().filter(digits).and_then(|value| str::from_utf8(value).ok()?.parse().ok());
    last.filter(|_| values.next().is_none()).unwrap_or(0)
}

/// A number of a query, or its default.
fn asked(query: &str, name: &str, bounds: RangeInclusive<u64>, default: u64) -> Result<u64, Box<Reply>> {
    match form_urlencoded::parse(query.as_bytes()).find(|pair| pair.0 == name) {
        Some((_, value)) => number(name, &value, bounds),
        None => Ok(default),
    }
}

/// The refusal of a response that would take too long. `None`: it would not.
fn too_long(count: u64, ms: u64) -> Option<Reply> {
    (count.saturating_mul(ms) > TOTAL_MS_MAX).then(|| {
        let detail = format!("All pauses together may take {} s.", TOTAL_MS_MAX / 1000);
        Reply::refusal_with(Refusal::ParameterInvalid, Some(&detail))
    })
}

fn timed(body: TimedBody) -> Reply {
    let mut reply = Reply::new(Status(200), Body::Timed(body));
    reply.fields.append("Content-Type", "text/plain; charset=utf-8");
    // Some browsers hold back the first kilobyte of plain text while they guess its type.
    reply.fields.append("X-Content-Type-Options", "nosniff");
    reply
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{super::testing::call, *};
    use crate::service::testing::{content, text};

    fn pieces(line: &str) -> (Vec<usize>, Duration) {
        match call(line, &[], b"").body {
            Body::Timed(mut timed) => {
                let every = timed.every;
                let len = |parts: [Bytes; 2]| parts.iter().map(Bytes::len).sum();
                (std::iter::from_fn(|| timed.take_piece()).map(len).collect(), every)
            }
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn delay_waits() {
        let reply = call("GET /delay/500", &[], b"");
        assert_eq!(reply.delay, Duration::from_millis(500));
        assert_eq!(text(&reply), "{\"delayed_ms\":500}\n");
        assert_eq!(call("GET /delay/60000", &[], b"").delay, Duration::from_mins(1));
        assert_eq!(call("GET /delay/60001", &[], b"").refusal, Some(Refusal::ParameterInvalid.into()));
    }

    #[test]
    fn stream_sends_its_lines_in_order() {
        let reply = call("GET /stream/3", &[], b"");
        assert_eq!(text(&reply), "chunk 1 of 3\nchunk 2 of 3\nchunk 3 of 3\n");
        assert_eq!(pieces("GET /stream/1000").0.len(), 1000);
        for chunks in ["0", "1001", "x"] {
            let rule = call(&format!("GET /stream/{chunks}"), &[], b"").refusal;
            assert_eq!(rule, Some(Refusal::ParameterInvalid.into()), "{chunks}");
        }
    }

    #[test]
    fn drip_has_defaults() {
        assert_eq!(pieces("GET /drip"), (vec![20; 10], Duration::from_millis(250)));
        assert_eq!(pieces("GET /drip?ms=7&other=x").1, Duration::from_millis(7));
    }

    #[test]
    fn drip_adds_up_and_no_piece_is_empty() {
        for (bytes, chunks) in [(200, 10), (7, 3), (3, 7), (1, 1), (1, 1000), (1_000_000, 1000), (999_999, 7)]
        {
            let (sizes, _) = pieces(&format!("GET /drip?bytes={bytes}&chunks={chunks}"));
            assert_eq!(sizes.iter().sum::<usize>(), bytes, "{bytes} in {chunks}");
            assert_eq!(sizes.len(), chunks.min(bytes), "{bytes} in {chunks}");
            assert!(!sizes.contains(&0), "{bytes} in {chunks}");
        }
        assert_eq!(pieces("GET /drip?bytes=0").0, Vec::<usize>::new());
        assert_eq!(content(&call("GET /drip?bytes=4", &[], b"")), b"012\n");
    }

    #[test]
    fn drip_is_the_same_text_in_any_pieces() {
        let text = |chunks| content(&call(&format!("GET /drip?bytes=5000&chunks={chunks}"), &[], b""));
        assert_eq!(text(7), text(1));
        assert!(text(3).starts_with(b"01234567890") && text(3).ends_with(b"78\n"));
    }

    #[test]
    fn events_are_numbered_and_carry_a_text() {
        let reply = call("GET /events?count=3&ms=7", &[], b"");
        assert_eq!(reply.fields.value("Content-Type"), Some("text/event-stream"));
        assert_eq!(
            text(&reply),
            "retry: 1000\nid: 1\ndata: {\"number\":1,\"of\":3,\"text\":\"An\"}\n\n\
             id: 2\ndata: {\"number\":2,\"of\":3,\"text\":\" event\"}\n\n\
             id: 3\nevent: last\ndata: {\"number\":3,\"of\":3,\"text\":\" stream\"}\n\n"
        );
        let (sizes, every) = pieces("GET /events");
        assert_eq!((sizes.len(), every), (10, Duration::from_millis(500)));
        assert_eq!(pieces("GET /events?count=1000&ms=0").0.len(), 1000);
    }

    #[test]
    fn a_client_that_has_had_some_goes_on_after_the_last_one() {
        let from = |id: &str| call("GET /events?count=3", &[&format!("Last-Event-ID: {id}")], b"");
        assert!(text(&from("2")).starts_with("retry: 1000\nid: 3\nevent: last\n"));
        for id in ["3", "4", "99999999999"] {
            assert_eq!(from(id).status, Status(204), "{id}");
        }
        for id in ["", "x", "-1", "+1", "1.5", "99999999999999999999999", "\u{661}"] {
            assert!(text(&from(id)).contains("id: 1\n"), "{id}");
        }
        let twice = call("GET /events?count=3", &["Last-Event-ID: 1", "Last-Event-ID: 2"], b"");
        assert!(text(&twice).contains("id: 1\n"));
    }

    #[test]
    fn events_out_of_bounds_are_refused() {
        for query in ["count=0", "count=1001", "count=x", "ms=60001", "ms=-1", "count=11&ms=60000"] {
            let reply = call(&format!("GET /events?{query}"), &[], b"");
            assert_eq!(reply.refusal, Some(Refusal::ParameterInvalid.into()), "{query}");
        }
    }

    #[test]
    fn drip_refuses_what_is_out_of_bounds() {
        for query in [
            "bytes=1000001",
            "chunks=0",
            "chunks=1001",
            "ms=60001",
            "bytes=-1",
            "ms=",
            "bytes=1e3",
            "chunks=11&ms=60000",
        ] {
            let reply = call(&format!("GET /drip?{query}"), &[], b"");
            assert_eq!(reply.refusal, Some(Refusal::ParameterInvalid.into()), "{query}");
        }
    }
}
