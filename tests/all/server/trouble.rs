//! What the middleware Trouble does to responses, as a client sees it and as the trace tells it.

use std::time::Duration;

use byteglass::{
    base::stream::{Direction, StreamId},
    server::Setting,
    service::{MiddlewareKind, MiddlewareSettings, TroubleRule},
    testing::{Arrival, Client, PATIENCE, Site},
    trace::{CloseReason, Event, EventKind, NoteKind, Payload, Severity, Stage},
};

use super::{ALPHABET, GET};

fn trouble(seed: u32, rules: &[&str]) -> MiddlewareSettings {
    let mut middleware = MiddlewareSettings::default();
    middleware.set_enabled(MiddlewareKind::Trouble, true);
    middleware.trouble.rules = rules.iter().map(|rule| rule.parse::<TroubleRule>().unwrap().into()).collect();
    middleware.trouble.seed = seed;
    middleware
}

fn site(rules: &[&str]) -> Site {
    Site::start_as(|settings| settings.middleware = trouble(1, rules))
}

/// What happens until the server is gone.
fn events(site: Site) -> Vec<Event> {
    let Site { server, events, .. } = site;
    drop(server);
    std::iter::from_fn(|| events.recv()).flat_map(|batch| batch.events).collect()
}

fn notes(events: &[Event]) -> Vec<String> {
    let note = |event: &Event| match &event.kind {
        EventKind::NoteAdded(note) => match &note.kind {
            NoteKind::Trouble(text) => {
                assert!(event.exchange.is_some() && note.severity == Severity::Warning);
                Some(text.to_string())
            }
            _ => None,
        },
        _ => None,
    };
    events.iter().filter_map(note).collect()
}

/// Times and lengths of the writes after the first response head, counted from it in milliseconds.
fn writes(events: &[Event]) -> Vec<(u64, u64)> {
    let head = events.iter().find_map(|event| match &event.kind {
        EventKind::Stage(Stage::ResponseHead { .. }) => Some(event.at),
        _ => None,
    });
    let head = head.expect("a response");
    let write = |event: &Event| match &event.kind {
        EventKind::Bytes { stream: StreamId { direction: Direction::Sent, .. }, payload, .. } => {
            let Payload::Kept(bytes) = payload else { panic!("bytes were left out") };
            Some((event.at.saturating_sub(head) / 1_000_000, bytes.len() as u64))
        }
        _ => None,
    };
    events.iter().filter_map(write).collect()
}

/// What a client gets until the server ends its side, which it does with a reset or not.
fn until_end(client: &mut Client) -> (Vec<u8>, Arrival) {
    loop {
        match client.receive(PATIENCE) {
            Arrival::Bytes => {}
            end => return (std::mem::take(&mut client.received), end),
        }
    }
}

#[test]
fn the_first_byte_waits_within_the_jitter() {
    let site = site(&["response latency 120ms jitter 40ms where path=/a.txt"]);
    let mut client = site.client();
    for _ in 0..2 {
        assert_eq!(client.get("/a.txt").body, ALPHABET, "the connection goes on");
    }
    client.get("/index.html");
    let events = events(site);
    let notes = notes(&events);
    assert_eq!(notes.len(), 2);
    let waits: Vec<u64> = notes
        .iter()
        .map(|note| {
            note.strip_prefix("Trouble: a wait of ").unwrap().split(' ').next().unwrap().parse().unwrap()
        })
        .collect();
    assert!(waits.iter().all(|wait| (80..=160).contains(wait)), "{waits:?}");
    let first = writes(&events)[0].0;
    assert!(first >= waits[0] && first < waits[0] + 1_000, "{first} ms, not {} ms", waits[0]);
}

/// A reset is noticed at once. An end of the client's side alone may be a half-close, so its answer still comes.
#[test]
fn a_client_that_resets_while_its_answer_waits_is_let_go_at_once() {
    let site = site(&["response latency 60s where path=/a.txt"]);
    let mut client = site.client();
    client.send(GET);
    site.wait_for(|event| matches!(event.kind, EventKind::Stage(Stage::ResponseHead { .. })));
    client.reset();
    // Less than the wait.
    let closed = site.wait_for(|event| matches!(event.kind, EventKind::Closed(_)));
    assert!(matches!(closed.kind, EventKind::Closed(CloseReason::Reset)), "{closed:?}");
}

#[test]
fn a_client_that_has_ended_its_side_gets_the_answer_that_waits() {
    let site = site(&["response latency 150ms"]);
    let mut client = site.client();
    client.send(GET).end();
    assert_eq!(client.response("GET").body, ALPHABET);
}

#[test]
fn pipelined_responses_wait_one_after_the_other() {
    let site = site(&["response latency 30ms"]);
    let mut client = site.client();
    client.send([GET, GET, GET].concat());
    for _ in 0..3 {
        assert_eq!(client.response("GET").body, ALPHABET);
    }
    let events = events(site);
    let writes = writes(&events);
    assert!(
        writes.len() >= 3 && writes.iter().zip([30, 60, 90]).all(|(write, least)| write.0 >= least),
        "{writes:?}"
    );
}

#[test]
fn bytes_leave_at_the_rate() {
    let site = site(&["response rate 2k where type~text status=200"]);
    let response = site.client().get("/drip?bytes=900&chunks=1&ms=0");
    assert_eq!(response.body.len(), 900);
    let events = events(site);
    let (writes, notes) = (writes(&events), notes(&events));
    assert_eq!(notes, ["Trouble: 2,000 bytes a second, by rule 1."]);
    let mut before = 0;
    for (ms, len) in writes {
        // One write is ahead of the rate.
        assert!(before <= ms * 2 + 40, "{before} bytes before {ms} ms");
        before += len;
    }
    assert!(before > 900);
}

#[test]
fn a_response_is_cut_at_the_byte() {
    for (rule, after) in [("cut 100", 100), ("half-close 100", 100), ("cut", 0), ("cut 1", 1)] {
        let site = site(&[&format!("response {rule} where path=/a.txt")]);
        let mut client = site.client();
        client.send(GET);
        let (got, end) = until_end(&mut client);
        assert_eq!((got.len(), end), (after, Arrival::End), "{rule}");
        assert!(b"HTTP/1.1 200 OK\r\n".iter().zip(&got).all(|(one, other)| one == other));
        assert!(client.try_send("more"), "this side is still open");
        // Others are served meanwhile.
        assert_eq!(site.client().get("/").status, 200);
        drop(client);
        let events = events(site);
        assert_eq!(notes(&events).len(), 1, "{rule}");
        let sent: u64 = writes(&events).iter().map(|(_, len)| len).sum();
        assert!(sent >= after as u64);
        let is_aborted = |event: &Event| matches!(event.kind, EventKind::Stage(Stage::Aborted));
        assert_eq!(events.iter().filter(|event| is_aborted(event)).count(), 1);
    }
}

#[test]
fn a_response_that_is_shorter_is_left_alone() {
    let site = site(&["response cut 100000", "response reset 100000"]);
    let mut client = site.client();
    for _ in 0..3 {
        assert_eq!(client.get("/a.txt").body, ALPHABET);
    }
    assert_eq!(notes(&events(site)), [""; 0]);
}

#[test]
fn a_response_is_cut_while_it_is_produced() {
    let site = site(&["response cut 400 where path~drip"]);
    let mut client = site.client();
    client.send("GET /drip?bytes=1000&chunks=10&ms=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(client.rest().map(|got| got.len()), Ok(400));
    assert_eq!(notes(&events(site)), ["Trouble: cut after byte 400, by rule 1."]);
}

#[test]
fn a_connection_is_reset() {
    for rule in ["response reset", "response reset 50", "request reset", "request cut 10"] {
        let site = site(&[rule]);
        let mut client = site.client();
        client.send(GET);
        let (got, end) = until_end(&mut client);
        if rule.contains("reset") {
            assert!(matches!(end, Arrival::Broken(_)), "{rule}: {end:?}");
        } else {
            // There is no way to a backend, so the answer does not even begin.
            assert_eq!((got.len(), end), (0, Arrival::End));
        }
        let closed = site.wait_for(|event| matches!(event.kind, EventKind::Closed(_)));
        assert!(matches!(closed.kind, EventKind::Closed(CloseReason::OnPurpose)), "{rule}: {closed:?}");
    }
}

#[test]
fn a_length_is_wrong() {
    for (by, announced) in [("+10", "36"), ("-5", "21")] {
        let site = site(&[&format!("response length {by}")]);
        let mut client = site.client();
        client.send(GET);
        let got = String::from_utf8(client.rest().unwrap()).unwrap();
        let (head, body) = got.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("\r\nContent-Length: {announced}\r\n")), "{head}");
        assert_eq!(body.as_bytes(), ALPHABET);
        // What has no length is left alone.
        let chunked = site.client().get("/stream/2");
        assert_eq!(chunked.field("Transfer-Encoding"), Some("chunked"));
        assert_eq!(notes(&events(site)).len(), 1);
    }
}

#[test]
fn a_share_is_answered_with_502_and_the_seed_repeats_it() {
    let run = |seed, phase: &str| {
        let rules = trouble(seed, &[&format!("{phase} 502 share 40% where path=/a.txt")]);
        let site = Site::start_as(|settings| settings.middleware = rules);
        let mut client = site.client();
        let statuses: Vec<u16> = (0..60).map(|_| client.get("/a.txt").status).collect();
        let refused = statuses.iter().filter(|status| **status == 502).count();
        let events = events(site);
        assert_eq!(
            notes(&events),
            vec!["Trouble: answered with 502, by rule 1."; refused][..]
                .iter()
                .map(|note| {
                    if phase == "request" {
                        note.replace("Trouble", "Trouble on the request")
                    } else {
                        (*note).to_owned()
                    }
                })
                .collect::<Vec<_>>()
        );
        statuses
    };
    let first = run(7, "response");
    assert!((10..40).contains(&first.iter().filter(|status| **status == 502).count()), "{first:?}");
    assert_eq!(first, run(7, "response"));
    assert_eq!(first, run(7, "request"));
    assert_ne!(first, run(8, "response"));
}

#[test]
fn it_is_off_by_default_and_ends_with_its_switch() {
    let site = Site::start();
    assert_eq!(site.client().get("/a.txt").status, 200);
    site.set(Setting::Middleware(trouble(1, &["response 502"])));
    assert_eq!(site.client().get("/a.txt").status, 502);
    let mut off = trouble(1, &["response 502", "response latency 60s"]);
    off.set_enabled(MiddlewareKind::Trouble, false);
    site.set(Setting::Middleware(off));
    assert_eq!(site.client().get("/a.txt").status, 200);
    // A client that leaves while it is kept waiting is forgotten.
    site.set(Setting::Middleware(trouble(1, &["response latency 300ms"])));
    let mut client = site.client();
    client.send(GET);
    assert_eq!(client.receive(Duration::from_millis(50)), Arrival::Nothing);
    drop(client);
    site.wait_for(|event| {
        matches!(event.kind, EventKind::Closed(_)) && event.conn.is_some_and(|conn| conn.get() == 4)
    });
}
