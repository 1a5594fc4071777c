//! How long a request can keep the event loop busy, whatever it holds. Counted in the work of the processor for this
//! thread, as a multiple of a piece of work that is known: so neither a slow machine nor a busy one changes it.

use std::{fmt::Write as _, hint::black_box};

use rustix::time::{ClockId, clock_gettime};

use super::*;

/// The longest turn, as a multiple of [`known_work`], which an optimized build does in some 5 ms:
/// the loop stands still for 20 ms at the most.
const WORK_MAX: f64 = 4.0;
/// The work is done so often, and the least of it counts: what disturbs a thread only adds.
const ROUNDS: usize = 3;

/// Processor time of this thread, in seconds.
fn used() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    #[allow(clippy::cast_precision_loss, reason = "a few seconds")]
    let (secs, nanos) = (time.tv_sec as f64, time.tv_nsec as f64);
    secs + nanos / 1e9
}

fn least(mut work: impl FnMut()) -> f64 {
    let one = |()| {
        let before = used();
        work();
        used() - before
    };
    std::iter::repeat_n((), ROUNDS).map(one).fold(f64::INFINITY, f64::min)
}

/// Reading over two megabytes of JSON.
fn known_work() {
    let text = format!("[{}0]", "{\"a\":0},".repeat(250_000));
    let _ = black_box(serde_json::from_str::<serde::de::IgnoredAny>(black_box(&text)));
}

/// Bodies of the largest length that is taken, of the forms that fuzzing found to take long.
fn bodies() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    const MAX: usize = 10_000_000;
    let mut bodies = Vec::new();
    // Those that are explained, and those that are too long for it.
    for len in [1_000_000, MAX] {
        let filled = |unit: &[u8]| unit.iter().copied().cycle().take(len).collect::<Vec<u8>>();
        let json = |unit: &str, end: &str| {
            let mut text = b"[".to_vec();
            text.extend(unit.as_bytes().iter().copied().cycle().take((len - 8) / unit.len() * unit.len()));
            text.extend(end.as_bytes());
            text
        };
        let numbered = |unit: &dyn Fn(usize) -> String| {
            let mut text = String::new();
            for number in 0.. {
                let next = unit(number);
                if text.len() + next.len() > len {
                    break;
                }
                text.push_str(&next);
            }
            text.into_bytes()
        };
        let form = "application/x-www-form-urlencoded";
        bodies.extend([
            ("names of a form", form, filled(b"a&")),
            ("other names of a form", form, numbered(&|number| format!("{number:x}&"))),
            ("escapes of a form", form, filled(b"%00")),
            ("objects", "application/json", json("{\"\":0},", "0]")),
            ("nested lists", "application/json", filled(b"[")),
            ("numbers", "application/json", json("1e308,", "0]")),
            ("escapes of a string", "text/plain", filled(&[1])),
            ("no UTF-8", "text/plain", filled(&[0xff])),
            ("one member after the other", "application/json", {
                let mut text = b"{".to_vec();
                text.extend(numbered(&|number| format!("\"{number}\":0,")));
                text.truncate(len - 20);
                text.extend(b"\":0,\"message\":1}");
                text
            }),
            ("parts", "multipart/form-data; boundary=a", filled(b"--a\r\n\r\n\r\n")),
        ]);
    }
    bodies
}

#[test]
fn no_body_keeps_a_handler_busy_for_longer_than_a_turn() {
    let unit = least(known_work);
    let mut service = service_with(Site::Welcome, &open_layers());
    let clock = TestClock::new();
    for (what, kind, body) in bodies() {
        let body = Bytes::from(body);
        for target in ["/api/echo", "/echo"] {
            let content_type = format!("Content-Type: {kind}");
            let sent = Sent::new(&format!("POST {target}"), &[&content_type, "Accept-Encoding: gzip"]);
            let work = least(|| {
                // No bucket is empty for the next round.
                clock.advance(Duration::from_mins(1));
                let opened = service.open(&sent.request(), &clock);
                let _ = black_box(service.answer(opened, &sent.request(), &body, &clock));
            }) / unit;
            assert!(work <= WORK_MAX, "{what}, {} bytes, to {target}: {work:.1} units", body.len());
        }
    }
}

#[test]
fn no_head_keeps_a_handler_busy_for_longer_than_a_turn() {
    let unit = least(known_work);
    let (_temp, site) = folder();
    let mut service = service_with(site, &open_layers());
    let clock = TestClock::new();
    let mut ranges = "bytes=0-0".to_owned();
    for at in 0..10_000 {
        let _ = write!(ranges, ",{}-{}", at % 26, at % 26);
    }
    let accepted = vec!["a;q=0.1"; 8_000].join(",");
    let fields: Vec<String> = (0..6_000).map(|number| format!("X-{number}: 1")).collect();
    let same: Vec<String> = vec!["Cookie: a=b".to_owned(); 5_000];
    let long = |unit: &str| unit.repeat(64_000 / unit.len());
    let heads: Vec<(&str, String, Vec<String>)> = vec![
        ("ranges", "GET /a.txt".into(), vec![format!("Range: {ranges}")]),
        ("codings", "GET /a.txt".into(), vec![format!("Accept-Encoding: {accepted}")]),
        ("media types", "GET /a.txt".into(), vec![format!("Accept: {accepted}")]),
        (
            "entity tags",
            "GET /a.txt".into(),
            vec![format!("If-None-Match: {}", vec!["\"a\""; 16_000].join(","))],
        ),
        ("fields", "GET /headers".into(), fields.clone()),
        ("fields that are the same", "GET /headers".into(), same),
        ("fields to a file", "GET /a.txt".into(), fields),
        ("a long query", format!("GET /drip?{}", long("a&")), vec![]),
        ("an escaped query", format!("GET /drip?{}", long("%00=&")), vec![]),
        ("a long path", format!("GET /{}", long("a/")), vec![]),
        ("dot segments", format!("GET /{}", long("../")), vec![]),
        ("an escaped path", format!("GET /{}", long("%41")), vec![]),
        ("a large drip", "GET /drip?bytes=1000000&chunks=1&ms=0".into(), vec![]),
        ("HEAD of a large drip", "HEAD /drip?bytes=1000000&chunks=1&ms=0".into(), vec![]),
    ];
    for (what, line, fields) in heads {
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let sent = Sent::new(&line, &fields);
        let work = least(|| {
            clock.advance(Duration::from_mins(1));
            let opened = service.open(&sent.request(), &clock);
            let _ = black_box(service.answer(opened, &sent.request(), &Bytes::new(), &clock));
        }) / unit;
        assert!(work <= WORK_MAX, "{what}: {work:.1} units");
    }
}
