//! `/delay`, `/stream` and `/drip`: responses that take their time.

use std::time::Duration;

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
    if count.saturating_mul(ms) > TOTAL_MS_MAX {
        let detail = format!("All pauses together may take {} s.", TOTAL_MS_MAX / 1000);
        return Reply::refusal_with(Refusal::ParameterInvalid, Some(&detail));
    }
    timed(TimedBody { text: TimedText::Digits(bytes), next: 0, count, every: Duration::from_millis(ms) })
}

/// Parses `bytes`, `chunks` and `ms` of a query.
fn drip_numbers(query: &str) -> Result<(u64, u64, u64), Box<Reply>> {
    let asked = |name: &str, bounds, default| match form_urlencoded::parse(query.as_bytes())
        .find(|pair| pair.0 == name)
    {
        Some((_, value)) => number(name, &value, bounds),
        None => Ok(default),
    };
    Ok((
        asked("bytes", 0..=DIGITS_MAX, 200)?,
        asked("chunks", 1..=CHUNKS_MAX, 10)?,
        asked("ms", 0..=DELAY_MS_MAX, 250)?,
    ))
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
