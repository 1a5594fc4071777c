//! What the trace says is what happened: over real sockets, event by event.

use byteglass::{
    base::stream::Direction,
    http::Framing,
    testing::Site,
    trace::{CloseReason, Event, EventKind, NoteKind, Stage},
};

use super::{ALPHABET, GET};

/// Everything until so many connections are gone.
fn told(site: &Site, mut open: usize) -> Vec<Event> {
    let mut events = Vec::new();
    while open > 0 {
        let batch = site.events.recv().unwrap().events;
        open -= batch.iter().filter(|event| matches!(event.kind, EventKind::Closed(_))).count();
        events.extend(batch);
    }
    events
}

/// The targets of the request lines that the trace has, as ranges of the stream.
fn targets(events: &[Event]) -> Vec<std::ops::Range<u64>> {
    let target = |event: &Event| match &event.kind {
        EventKind::Stage(Stage::RequestLine { target, .. }) => Some(target.clone()),
        _ => None,
    };
    events.iter().filter_map(target).collect()
}

#[test]
fn time_never_goes_back() {
    let site = Site::start();
    // Requests that wait for the one before them.
    let mut client = site.client();
    client.send(GET.repeat(20)).end();
    client.rest().unwrap();
    // Bytes that are read after the answer is written.
    let mut client = site.client();
    let upload = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n";
    client.send([upload.as_bytes(), &vec![b'x'; 200_000]].concat()).end();
    client.rest().unwrap();
    // An end that is read after the answer is written.
    let mut client = site.client();
    client.send("GET /drip?bytes=3&chunks=3&ms=1 HTTP/1.1\r\nHost: localhost\r\n\r\n").end();
    client.rest().unwrap();
    let events = told(&site, 3);
    assert!(events.len() > 200);
    for pair in events.windows(2) {
        assert!(pair[0].at <= pair[1].at, "{:?} and then {:?}", pair[0], pair[1]);
    }
}

#[test]
fn a_request_line_is_told_when_it_is_complete() {
    let site = Site::start();
    let mut client = site.client();
    let mut events: Vec<Event> = Vec::new();
    for (sent, piece) in
        ["GE", "T /a", ".t", "xt HTTP/1.", "1\r", "\nHost: localhost\r\n\r\n"].into_iter().enumerate()
    {
        client.send(piece);
        while events.iter().filter(|event| event.kind.direction() == Some(Direction::Received)).count()
            <= sent
        {
            events.extend(site.events.recv().unwrap().events);
        }
    }
    client.end().rest().unwrap();
    events.extend(told(&site, 1));
    assert_eq!(targets(&events), vec![4..10]);
    let site = Site::start();
    let lines = |piece: &str| {
        let mut client = site.client();
        client.send(piece).end();
        client.rest().unwrap();
        targets(&told(&site, 1))
    };
    assert_eq!(lines("GET /a.t"), [], "it may go on");
    assert_eq!(lines("\x16\x03\x01\x02"), [], "there is none");
    assert_eq!(lines("GET /a\0b HTTP/1.1\r\n\r\n"), vec![4..6], "what can be read of it");
    assert_eq!(lines("GET /a.txt HTTP/3.0\r\n\r\n"), vec![4..10], "what can be read of it");
}

#[test]
fn what_comes_after_the_last_message_is_noted() {
    let unread = |bytes: &str| {
        let site = Site::start();
        let mut client = site.client();
        client.send(bytes).end();
        client.rest().unwrap();
        let events = told(&site, 1);
        let count = |event: &Event| match &event.kind {
            EventKind::NoteAdded(note) => match note.kind {
                NoteKind::BytesAfterLast(bytes) => Some(bytes),
                _ => None,
            },
            _ => None,
        };
        events.iter().filter_map(count).collect::<Vec<_>>()
    };
    let last = "GET /a.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert_eq!(unread(&format!("{GET}{last}{GET}")), [GET.len() as u64]);
    assert_eq!(unread(&format!("{GET}{last}")), [0_u64; 0]);
    assert_eq!(unread(&format!("{GET}GET /a.txt HTTP/1.1\r\n\r\n{GET}")), [0_u64; 0], "the fault says more");
}

/// RFC 9112 §9.6: after `close` the client "MUST NOT send further requests", so there is nothing to linger for. Where
/// more came along all the same, it would be reset by a close at once.
#[test]
fn the_connection_of_a_client_that_said_close_ends_without_waiting_for_its_end() {
    let last = "GET /a.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let older = "GET /a.txt HTTP/1.0\r\n\r\n";
    let is_read = |event: &&Event| event.kind.direction() == Some(Direction::Received);
    for (sent, waits) in [(last.to_owned(), false), (older.to_owned(), false), (format!("{last}{GET}"), true)]
    {
        let site = Site::start();
        let mut client = site.client();
        client.send(sent);
        assert_eq!(client.response("GET").body, ALPHABET);
        assert!(client.is_closed());
        let mut events = Vec::new();
        if waits {
            client.send(GET);
            while events.iter().filter(|event| is_read(event)).count() < 2 {
                events.extend(site.events.recv().unwrap().events);
            }
            assert!(!events.iter().any(|event| matches!(event.kind, EventKind::Closed(_))));
            client.end();
        }
        events.extend(told(&site, 1));
        let closed = events.last().map(|event| &event.kind);
        assert!(matches!(closed, Some(EventKind::Closed(CloseReason::ServerDone))), "{closed:?}");
    }
}

#[test]
fn the_trace_tells_the_whole_life_of_an_exchange() {
    let site = Site::start();
    let mut client = site.client();
    client.send("POST /api/echo HTTP/1.1\r\nHost: localhost\r\n");
    client.send("Content-Length: 2\r\n\r\n{}");
    assert_eq!(client.response("POST").status, 200);
    drop(client);
    let mut events = Vec::new();
    while !events.iter().any(|event: &byteglass::trace::Event| matches!(event.kind, EventKind::Closed(_))) {
        events.extend(site.events.recv().unwrap().events);
    }
    assert!(events.windows(2).all(|pair| pair[0].at <= pair[1].at), "time does not go backwards");
    let position = |what: &str, found: &dyn Fn(&EventKind) -> bool| {
        events.iter().position(|event| found(&event.kind)).unwrap_or_else(|| panic!("no {what}"))
    };
    let order = [
        position("epoch", &|kind| matches!(kind, EventKind::Epoch(_))),
        position("listening", &|kind| matches!(kind, EventKind::Listening(..))),
        position("opened", &|kind| matches!(kind, EventKind::Opened(_))),
        position("read", &|kind| {
            matches!(kind, EventKind::Bytes { offset: 0, .. })
                && kind.direction() == Some(Direction::Received)
        }),
        position("began", &|kind| matches!(kind, EventKind::MessageStarted { offset: 0, .. })),
        position("line", &|kind| matches!(kind, EventKind::Stage(Stage::RequestLine { .. }))),
        position("head", &|kind| {
            matches!(kind, EventKind::Stage(Stage::Head { framing: Framing::Length(2), fields: 2, .. }))
        }),
        position("guards", &|kind| matches!(kind, EventKind::Stage(Stage::GuardsPassed))),
        position(
            "routes",
            &|kind| matches!(kind, EventKind::RoutesTried(attempts) if attempts.last().is_some_and(|last| last.mismatch.is_none())),
        ),
        position("end", &|kind| matches!(kind, EventKind::Stage(Stage::RequestEnd { content: 2, .. }))),
        position("response", &|kind| matches!(kind, EventKind::Stage(Stage::ResponseHead { start: 0, .. }))),
        position("wrote", &|kind| {
            matches!(kind, EventKind::Bytes { offset: 0, .. }) && kind.direction() == Some(Direction::Sent)
        }),
        position("done", &|kind| {
            matches!(kind, EventKind::Stage(Stage::ResponseSent { keep_alive: true, .. }))
        }),
        position("half closed", &|kind| matches!(kind, EventKind::HalfClosed)),
        position("closed", &|kind| matches!(kind, EventKind::Closed(CloseReason::Client))),
    ];
    assert!(order.is_sorted(), "{order:?}");
    let middleware = events.iter().filter(|event| matches!(event.kind, EventKind::Middleware(_))).count();
    assert_eq!(middleware, 2, "once down, once up");
}
