//! What the middleware Trouble does on both legs.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use byteglass::{
    gateway::{GatewaySettings, GroupSettings},
    server::{GroupInfo, Settings},
    service::{MiddlewareKind, MiddlewareSettings, TroubleRule},
    testing::{Client, PATIENCE},
    trace::{CloseReason, Event, EventKind, NoteKind, Stage},
};

use super::{
    Watched,
    backend::{Backend, Do},
    client, recorders,
};

const ANSWER: &str = "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 10\r\n\r\n0123456789";

fn gateway(backend: &Backend, rules: &[&str]) -> Watched {
    gateway_to(backend.address, rules)
}

fn gateway_to(backend: SocketAddr, rules: &[&str]) -> Watched {
    let mut middleware = MiddlewareSettings::default();
    middleware.set_enabled(MiddlewareKind::Trouble, true);
    middleware.trouble.rules = rules.iter().map(|rule| rule.parse::<TroubleRule>().unwrap().into()).collect();
    let group = GroupSettings::new("app", "/", [format!("http://{backend}").parse().unwrap()]);
    let gateway = GatewaySettings { groups: vec![group], ..GatewaySettings::default() };
    Watched::start(Settings { port: 0, gateway, middleware, ..Settings::default() })
}

fn notes(events: &[Event]) -> Vec<String> {
    let note = |event: &Event| match &event.kind {
        EventKind::NoteAdded(note) => match &note.kind {
            NoteKind::Trouble(text) => Some(text.to_string()),
            _ => None,
        },
        _ => None,
    };
    events.iter().filter_map(note).collect()
}

fn post(client: &mut Client) {
    client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
}

#[test]
fn a_response_is_cut_reset_and_measured_wrongly() {
    for (rule, length) in [("cut 60", 60), ("length +3", 0), ("reset 60", 0)] {
        let backend = Backend::answering(&[ANSWER]);
        let server = gateway(&backend, &[&format!("response {rule} where status=200")]);
        let mut client = client(&server);
        post(&mut client);
        let got = client.rest();
        match rule {
            "cut 60" => assert_eq!(got.map(|got| got.len()), Ok(length)),
            "reset 60" => assert!(got.is_err()),
            _ => {
                let got = String::from_utf8(got.unwrap()).unwrap();
                assert!(
                    got.contains("\r\nContent-Length: 13\r\n") && got.ends_with("\r\n\r\n0123456789"),
                    "{got}"
                );
            }
        }
        assert_eq!(notes(&server.events()).len(), 1, "{rule}");
    }
}

#[test]
fn a_response_is_replaced_and_the_connection_goes_on() {
    let backend = Backend::new(vec![
        Do::Accept,
        Do::Expect("hello"),
        Do::Send(ANSWER.into()),
        Do::Expect("\r\n\r\n"),
        Do::Send(ANSWER.replace("200", "404").into()),
    ]);
    let server = gateway(&backend, &["response 502 where status=200", "request 502 where path=/never"]);
    let mut client = client(&server);
    post(&mut client);
    let refused = client.response("POST");
    assert_eq!(refused.status, 502);
    assert!(refused.text().contains("on purpose"), "{}", refused.text());
    assert_eq!(client.get("/b").status, 404);
    assert_eq!(client.get("/never").status, 502, "the backend is not asked");
    let events = server.events();
    assert_eq!(
        notes(&events),
        ["Trouble: answered with 502, by rule 1.", "Trouble on the request: answered with 502, by rule 2."]
    );
    backend.done();
}

#[test]
fn a_request_is_cut_at_the_byte_and_the_backend_is_not_blamed() {
    // More than the failures in a row that take a backend out of rotation.
    const CUTS: usize = 8;
    for rule in ["request cut 40", "request half-close 40", "request reset 40"] {
        let mut script: Vec<Do> = (0..CUTS).flat_map(|_| [Do::Accept, Do::ExpectRest]).collect();
        script.extend([Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(ANSWER.into())]);
        let backend = Backend::new(script);
        let server = gateway(&backend, &[&format!("{rule} where method=POST")]);
        let mut client = client(&server);
        for _ in 0..CUTS {
            post(&mut client);
            let refused = client.response("POST");
            assert_eq!(refused.status, 502, "{rule}");
            assert!(refused.text().contains("on purpose"), "{}", refused.text());
            let got = backend.received();
            // A reset may destroy what came before it.
            assert!(got.len() == 40 || rule.contains("reset"), "{rule}: {got:?}");
            assert!("POST /a HTTP/1.1\r\n".starts_with(&got[..got.len().min(18)]), "{got:?}");
        }
        assert_eq!(client.get("/b").text(), "0123456789");
        assert_eq!(notes(&server.events()).len(), CUTS, "{rule}");
        backend.done();
    }
}

#[test]
fn a_request_waits_dawdles_and_is_measured_wrongly() {
    let backend = Backend::new(vec![Do::Accept, Do::Expect("hello"), Do::Send(ANSWER.into()), Do::ExpectEnd]);
    let rules = [
        "request latency 60ms",
        "request rate 4k",
        "request length +7 where path=/a",
        "response latency 20ms",
    ];
    let server = gateway(&backend, &rules);
    let mut client = client(&server);
    post(&mut client);
    assert_eq!(client.response("POST").text(), "0123456789");
    assert!(backend.received().contains("\r\nContent-Length: 12\r\n"));
    drop(client);
    let events = server.events();
    assert_eq!(
        notes(&events),
        [
            "Trouble on the request: a wait of 60 ms, by rule 1.",
            "Trouble on the request: 4,000 bytes a second, by rule 2.",
            "Trouble on the request: Content-Length is 7 more than the content, by rule 3.",
            "Trouble: a wait of 20 ms, by rule 4.",
        ]
    );
    let ended = events.iter().find_map(|event| match &event.kind {
        EventKind::AttemptEnded(record) => Some(record.clone()),
        _ => None,
    });
    let record = ended.unwrap();
    let took = record.first_byte.unwrap().saturating_sub(record.head_sent.unwrap());
    // The request has some 200 bytes, which take 50 ms and more at this rate.
    assert!(took > 90_000_000, "{took}");
    backend.done();
}

/// Whatever is done on purpose, no connection, no place at the backend and no exchange is left behind.
#[test]
fn nothing_is_left_behind() {
    let rules = [
        "request latency 2ms jitter 2ms share 30%",
        "request cut 40 share 8%",
        "request reset 50 share 8%",
        "request half-close 30 share 8%",
        "request 502 share 8%",
        "response latency 2ms jitter 2ms share 30%",
        "response cut 60 share 8%",
        "response reset 70 share 8%",
        "response half-close 50 share 8%",
        "response length +3 share 8%",
        "response 502 share 8%",
    ];
    let server = gateway_to(recorders::httparse(&Arc::default()), &rules);
    for asked in 0..300 {
        let mut client = client(&server);
        client.try_send("GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        // Some leave before they have their answer.
        if asked % 7 > 0 {
            _ = client.rest();
        }
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let live = server.live();
        // The first readings come when they have been asked for.
        let is_idle =
            |group: &GroupInfo| group.waiting == 0 && group.backends.iter().all(|backend| backend.open == 0);
        if live.connections == 0 && live.groups.first().is_some_and(is_idle) {
            break;
        }
        assert!(Instant::now() < deadline, "{live:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
    let events = server.events();
    assert!(notes(&events).len() > 200, "{}", notes(&events).len());
    let count =
        |is_meant: &dyn Fn(&EventKind) -> bool| events.iter().filter(|event| is_meant(&event.kind)).count();
    let ended =
        |kind: &EventKind| matches!(kind, EventKind::Stage(Stage::ResponseSent { .. } | Stage::Aborted));
    assert_eq!(count(&ended), 300, "every exchange is over");
    let opened = count(&|kind| matches!(kind, EventKind::Opened(_)));
    assert_eq!(opened, count(&|kind| matches!(kind, EventKind::Closed(_))));
    // Kept connections to the backend, and nothing else, were there until the end.
    assert!(count(&|kind| matches!(kind, EventKind::Closed(CloseReason::Shutdown))) <= 64);
}
