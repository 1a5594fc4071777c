//! Active checks: what they ask, what they tell about a backend, and that they are nobody's exchanges.

use std::{net::SocketAddr, time::Duration};

use byteglass::{
    gateway::{CheckSettings, Failure, GatewaySettings, GroupSettings, Standing},
    server::{BackendInfo, Handle, Setting, Settings},
    trace::{self, EventKind},
};

use super::{
    backend::{Backend, Do},
    client,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const DOWN: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

fn settings(backend: SocketAddr, interval_ms: u64) -> GatewaySettings {
    let mut group = GroupSettings::new("app", "/", [format!("http://{backend}").parse().unwrap()]);
    group.check = Some(CheckSettings {
        path: "/health?x".to_owned(),
        interval_ms,
        timeout_ms: 60,
        ..CheckSettings::default()
    });
    GatewaySettings { groups: vec![group], ..GatewaySettings::default() }
}

fn start(gateway: GatewaySettings) -> Handle {
    Handle::start(Settings { port: 0, gateway, ..Settings::default() }, None).unwrap()
}

/// Waits until the backend is so.
fn until(server: &Handle, is: impl Fn(&BackendInfo) -> bool) {
    let began = std::time::Instant::now();
    loop {
        let live = server.live();
        let info = live.groups.first().and_then(|group| group.backends.first());
        if info.is_some_and(&is) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{info:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn last(info: &BackendInfo) -> Option<Result<u16, Failure>> {
    info.check?.last.map(|last| last.outcome)
}

/// What a backend does that answers a check in this way.
fn answers(response: &str) -> [Do; 4] {
    [Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(response.into()), Do::ExpectEnd]
}

#[test]
fn a_check_is_a_get_on_a_connection_of_its_own() {
    let backend = Backend::new([answers(OK), answers("HTTP/1.0 204 Fine\r\n\r\n")].concat());
    let server = start(settings(backend.address, 500));
    until(&server, |info| last(info) == Some(Ok(200)));
    until(&server, |info| last(info) == Some(Ok(204)) && info.standing == Standing::Healthy);
    for _ in 0..2 {
        let request = backend.received();
        let head = format!("GET /health?x HTTP/1.1\r\nHost: {}\r\nUser-Agent: byteglass/", backend.address);
        assert!(
            request.starts_with(&head) && request.ends_with("\r\nConnection: close\r\n\r\n"),
            "{request}"
        );
    }
    let live = server.live();
    assert_eq!((live.groups[0].backends[0].requests, live.groups[0].backends[0].open), (0, 0));
    backend.done();
}

#[test]
fn checks_take_a_backend_out_and_bring_it_back() {
    let down = std::iter::repeat_n(answers(DOWN), 12).flatten();
    let backend = Backend::new(down.chain(std::iter::repeat_n(answers(OK), 100).flatten()).collect());
    let server = start(settings(backend.address, 100));
    until(&server, |info| last(info) == Some(Ok(503)));
    until(&server, |info| matches!(info.standing, Standing::Out { failure: Failure::Check, .. }));
    // No request is sent to see whether it is back.
    let refused = client(&server).get("/a");
    assert_eq!((refused.status, refused.field("Retry-After")), (503, Some("1")));
    until(&server, |info| matches!(info.standing, Standing::Starting { .. }));
    let mut gateway = settings(backend.address, 100);
    gateway.groups[0].check = None;
    assert!(server.wait_for(server.set(Setting::Gateway(gateway))));
    until(&server, |info| info.check.is_none());
    for _ in 0..13 {
        assert!(backend.received().starts_with("GET /health"));
    }
}

#[test]
fn a_check_fails_for_each_reason_that_a_request_does() {
    let silent = [Do::Accept, Do::Expect("\r\n\r\n"), Do::ExpectEnd];
    let closes = [Do::Accept, Do::Expect("\r\n\r\n"), Do::Reset];
    let interim = "HTTP/1.1 103 Early Hints\r\n\r\n";
    for (script, outcome) in [
        (silent.to_vec(), Err(Failure::FirstByteTimeout)),
        (closes.to_vec(), Err(Failure::Reset)),
        (answers("hello\r\n\r\n").to_vec(), Err(Failure::Malformed)),
        (answers("HTTP/1.1 200 O").to_vec(), Err(Failure::FirstByteTimeout)),
        (answers(&(interim.to_owned() + OK)).to_vec(), Ok(200)),
    ] {
        let backend = Backend::new(script);
        let server = start(settings(backend.address, 600_000));
        until(&server, |info| last(info) == Some(outcome));
        drop(server);
        backend.done();
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = start(settings(nobody, 100));
    until(&server, |info| matches!(info.standing, Standing::Out { failure: Failure::Refused, .. }));
}

#[test]
fn a_backend_that_checks_bring_back_serves_what_waits_no_more_than_others() {
    // The check does not use up the one request that the backend may have.
    let mut script = answers(OK).to_vec();
    script.extend([Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(OK.into()), Do::ExpectEnd]);
    let backend = Backend::new(script);
    let mut gateway = settings(backend.address, 600_000);
    gateway.groups[0].load.open_max = 1;
    let server = start(gateway);
    until(&server, |info| last(info) == Some(Ok(200)));
    assert_eq!(client(&server).get("/a").text(), "ok");
    drop(server);
    backend.done();
}

#[test]
fn checks_are_not_in_the_trace() {
    let backend = Backend::new([answers(OK), answers(DOWN)].concat());
    let (sender, events) = trace::channel(1 << 20);
    let gateway = settings(backend.address, 400);
    let server = Handle::start(Settings { port: 0, gateway, ..Settings::default() }, Some(sender)).unwrap();
    until(&server, |info| last(info) == Some(Ok(503)));
    backend.done();
    drop(server);
    let all: Vec<_> = std::iter::from_fn(|| events.recv()).flat_map(|batch| batch.events).collect();
    assert!(all.iter().any(|event| matches!(event.kind, EventKind::Listening(..))));
    assert!(all.iter().all(|event| event.conn.is_none() && event.exchange.is_none()), "{all:?}");
}
