//! Backends in trouble, and clients that leave.

use std::net::TcpListener;

use byteglass::{
    gateway::{Duty, GatewaySettings, GroupSettings},
    server::{Guards, Setting},
    trace::Guard,
};

use super::{
    backend::{Backend, Do},
    client, gateway, gateway_with,
};

pub(super) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A port at which nothing listens.
pub(super) fn nobody() -> std::net::SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn a_backend_that_is_down_is_a_502_and_the_connection_stays() {
    let server = gateway("/", &[nobody()], "");
    let mut client = client(&server);
    for _ in 0..3 {
        let response = client.get("/a");
        assert_eq!(response.status, 502);
        assert!(response.text().contains("refused the connection"), "{}", response.text());
    }
    // Three failures in a row take it out of rotation.
    let response = client.get("/a");
    assert_eq!((response.status, response.field("Retry-After")), (503, Some("1")));
}

#[test]
fn another_backend_takes_over() {
    let backend = Backend::answering(&[OK, OK]);
    let server = gateway("/", &[nobody(), backend.address], "");
    let mut client = client(&server);
    assert_eq!(client.get("/a").text(), "ok");
    assert_eq!(client.get("/a").text(), "ok");
    backend.done();
}

#[test]
fn what_is_no_response_is_a_502_that_names_the_byte() {
    for bytes in
        ["HTTP/1.1 abc\r\n\r\n", "hello\r\n\r\n", "\x16\x03\x01\x02\x00", "HTTP/1.1 200 OK\r\nA B: c\r\n\r\n"]
    {
        let backend =
            Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(bytes.into()), Do::ExpectEnd]);
        let server = gateway("/", &[backend.address], "");
        let response = client(&server).get("/a");
        assert_eq!(response.status, 502, "{bytes}");
        assert!(response.text().contains("at byte "), "{}", response.text());
        backend.done();
    }
}

#[test]
fn a_backend_that_says_nothing_is_a_504() {
    let backend = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::ExpectEnd]);
    let guards = Guards::default().with(Guard::FirstByteTimeout, 50);
    let server = gateway_with("/", &[backend.address], "", guards);
    let response = client(&server).get("/a");
    assert_eq!(response.status, 504);
    assert!(response.text().contains("did not answer within 50 ms"), "{}", response.text());
    backend.done();
}

#[test]
fn half_a_head_and_half_a_body_are_no_responses() {
    let backend = Backend::new(vec![
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Send(b"HTTP/1.1 200 O".to_vec()),
        Do::Finish,
    ]);
    let server = gateway("/", &[backend.address], "");
    let response = client(&server).get("/a");
    assert_eq!(response.status, 502);
    backend.done();

    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec();
    let backend = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(half), Do::Finish]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let text = client.rest().unwrap_or_default();
    assert!(text.ends_with(b"half"), "cut off, and not filled up");
    backend.done();
}

#[test]
fn a_stale_connection_is_replaced_without_a_word() {
    let backend = Backend::new(vec![
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Send(OK.into()),
        Do::Expect("\r\n\r\n"),
        Do::Reset,
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Send(OK.into()),
    ]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    assert_eq!(client.get("/a").text(), "ok");
    assert_eq!(client.get("/b").text(), "ok");
    backend.done();
}

#[test]
fn a_request_that_may_have_had_its_effect_is_not_repeated() {
    let first = Backend::new(vec![Do::Accept, Do::Expect("hi"), Do::Reset]);
    let second = Backend::answering(&[OK]);
    let server = gateway("/", &[first.address, second.address], "");
    let mut client = client(&server);
    client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi");
    assert_eq!(client.response("POST").status, 502);
    // A GET would have gone to the other one, as this does.
    assert_eq!(client.get("/a").text(), "ok");
    first.done();
    second.done();
}

#[test]
fn a_client_that_leaves_takes_its_request_along() {
    let backend = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::ExpectEnd]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf");
    backend.received();
    drop(client);
    backend.done();
}

#[test]
fn an_early_answer_ends_the_upload() {
    let refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n";
    let backend =
        Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(refusal.into()), Do::ExpectEnd]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nbegin");
    let response = client.response("POST");
    assert_eq!((response.status, response.field("Connection")), (413, Some("close")));
    drop(client);
    backend.done();
}

#[test]
fn a_loop_is_found() {
    let first = gateway("/", &[nobody()], "");
    let second = gateway("/", &[first.address().unwrap()], "");
    let address = format!("http://{}", second.address().unwrap()).parse().unwrap();
    let groups = vec![GroupSettings::new("app", "/", [address])];
    let revision = first.set(Setting::Gateway(GatewaySettings { groups, ..GatewaySettings::default() }));
    assert!(first.wait_for(revision));
    let response = client(&first).get("/a");
    assert_eq!(response.status, 508);
    assert!(response.text().contains("passed through this gateway before"), "{}", response.text());
}

#[test]
fn an_address_that_is_its_own_is_not_asked() {
    let server = gateway("/", &[nobody()], "");
    let address = format!("http://{}", server.address().unwrap()).parse().unwrap();
    let groups = vec![GroupSettings::new("app", "/", [address])];
    assert!(
        server
            .wait_for(server.set(Setting::Gateway(GatewaySettings { groups, ..GatewaySettings::default() })))
    );
    let response = client(&server).get("/a");
    assert_eq!(response.status, 502);
    assert!(response.text().contains("is this server itself"), "{}", response.text());
}

#[test]
fn idle_connections_end_when_no_more_requests_go_to_their_backend() {
    for is_switched_off in [false, true] {
        let backend =
            Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(OK.into()), Do::ExpectEnd]);
        let server = gateway("/", &[backend.address], "");
        assert_eq!(client(&server).get("/a").text(), "ok");
        let mut gateway = server.settings().gateway.clone();
        if is_switched_off {
            gateway.groups[0].backends[0].duty = Duty::Off;
        } else {
            gateway.groups.clear();
        }
        assert!(server.wait_for(server.set(Setting::Gateway(gateway))));
        backend.done();
    }
}

#[test]
fn a_kept_connection_ends_after_the_idle_timeout() {
    let backend = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(OK.into()), Do::ExpectEnd]);
    let server = gateway_with("/", &[backend.address], "", Guards::default().with(Guard::IdleTimeout, 100));
    let mut client = client(&server);
    let began = std::time::Instant::now();
    assert_eq!(client.get("/a").text(), "ok");
    backend.done();
    assert!(began.elapsed() >= std::time::Duration::from_millis(100), "{:?}", began.elapsed());
}

#[test]
fn a_connection_in_use_ends_with_its_request_when_its_backend_is_removed() {
    let backend = Backend::new(vec![
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Wait(200),
        Do::Send(OK.into()),
        Do::ExpectEnd,
    ]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    backend.received();
    assert!(server.wait_for(server.set(Setting::Gateway(GatewaySettings::default()))));
    assert_eq!(client.response("GET").text(), "ok");
    backend.done();
}

/// An address at which connections are never accepted: as many wait as may wait.
#[cfg(target_os = "linux")]
fn never_accepting() -> (TcpListener, Vec<std::net::TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let address = listener.local_addr().unwrap();
    let limit = std::time::Duration::from_millis(100);
    let waiting = std::iter::from_fn(|| std::net::TcpStream::connect_timeout(&address, limit).ok());
    let waiting = waiting.take(10).collect();
    (listener, waiting)
}

#[test]
#[cfg(target_os = "linux")]
fn a_connection_that_is_not_accepted_in_time_is_a_504() {
    let (listener, _waiting) = never_accepting();
    let guards = Guards::default().with(Guard::ConnectTimeout, 50);
    let server = gateway_with("/", &[listener.local_addr().unwrap()], "", guards);
    let response = client(&server).get("/a");
    assert_eq!(response.status, 504);
    assert!(response.text().contains("did not accept the connection within 50 ms"), "{}", response.text());
}

#[test]
#[cfg(target_os = "linux")]
fn a_connection_that_is_being_made_is_given_up_with_its_client() {
    let (listener, _waiting) = never_accepting();
    let guards = Guards::default().with(Guard::ConnectTimeout, 600_000);
    let server = gateway_with("/", &[listener.local_addr().unwrap()], "", guards);
    let until = |is_connecting: bool| {
        let is = |live: &byteglass::server::Live| {
            live.timers.iter().any(|timer| timer.kind == Guard::ConnectTimeout) == is_connecting
        };
        while !is(&server.live()) {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    };
    let mut client = client(&server);
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    until(true);
    client.reset();
    until(false);
}
