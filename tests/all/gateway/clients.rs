//! Clients in trouble, and clients that make it.

use std::{
    io::Write,
    net::TcpStream,
    time::{Duration, Instant},
};

use byteglass::{
    server::{Guards, Handle, Live},
    trace::Guard,
};

use super::{
    backend::{Backend, Do},
    client, gateway, gateway_with,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn answers_come_in_the_order_of_the_requests() {
    const COUNT: usize = 50;
    let mut script = vec![Do::Accept];
    for number in 0..COUNT {
        script.push(Do::Expect("\r\n\r\n"));
        script.push(Do::Wait(u64::from(number % 7 == 0) * 20));
        script.push(Do::Send(format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{number:02}").into()));
    }
    let backend = Backend::new(script);
    let server = gateway("/api", &[backend.address], "");
    let mut client = client(&server);
    // Every fifth one is the folder's own.
    let path = |number: usize| if number % 6 == 5 { "/" } else { "/api" };
    let total = COUNT * 6 / 5;
    let requests: Vec<_> = (0..total)
        .map(|number| format!("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path(number)))
        .collect();
    client.send(requests.concat());
    let mut next = 0;
    for number in 0..total {
        let response = client.response("GET");
        if path(number) == "/api" {
            assert_eq!(response.text(), format!("{next:02}"));
            next += 1;
        }
    }
    backend.done();
}

#[test]
fn a_client_that_has_ended_gets_all_answers_and_then_the_end() {
    let backend = Backend::new(vec![
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Wait(50),
        Do::Send(OK.into()),
        Do::Expect("\r\n\r\n"),
        Do::Send(OK.into()),
    ]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2)).end();
    assert_eq!(client.response("GET").text(), "ok");
    assert_eq!(client.response("GET").text(), "ok");
    assert!(client.is_closed());
    backend.done();
}

/// A client that has closed, and one that has ended its side alone, look the same until they are sent something: a reset
/// comes back from the one that has closed.
#[test]
fn a_client_that_has_closed_is_found_out_by_what_it_is_sent() {
    let guards = || Guards::default().with(Guard::FirstByteTimeout, 3_600_000);
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
    for upload in ["", "hi"] {
        let mut script = vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Wait(100), Do::Send(head.into())];
        script.extend((0..20).flat_map(|_| [Do::Wait(20), Do::Send(b"x".to_vec())]));
        script.push(Do::ExpectEnd);
        let backend = Backend::new(script);
        let server = gateway_with("/", &[backend.address], "", guards());
        let mut closes = client(&server);
        let len = upload.len();
        closes.send(format!("PUT /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len}\r\n\r\n{upload}"));
        backend.received();
        drop(closes);
        backend.done();
        until_none_open(&server);
    }
}

#[test]
fn a_backend_that_never_answers_is_given_up_for_a_client_that_has_ended() {
    for is_closed in [false, true] {
        let backend = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::ExpectEnd]);
        let guards = Guards::default().with(Guard::FirstByteTimeout, 200);
        let server = gateway_with("/", &[backend.address], "", guards);
        let mut client = client(&server);
        client.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
        backend.received();
        if is_closed {
            drop(client);
        } else {
            client.end();
            assert_eq!(client.response("GET").status, 504);
            assert!(client.is_closed());
        }
        backend.done();
        until_none_open(&server);
    }
}

/// Waits until no connection is open, and the backends have no open request.
fn until_none_open(server: &Handle) {
    let began = Instant::now();
    let is_over = |live: &Live| {
        let backends = live.groups.iter().flat_map(|group| &group.backends);
        live.connections == 0 && backends.map(|backend| backend.open).sum::<u32>() == 0
    };
    while !is_over(&server.live()) {
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", server.live().groups);
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_client_far_ahead_of_a_slow_backend_is_not_read_on() {
    let backend = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Wait(300), Do::Send(OK.into())]);
    let server = gateway("/api", &[backend.address], "");
    let mut client = client(&server);
    client.send("GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n");
    backend.received();
    let request =
        format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(8000)).into_bytes();
    let (mut sent, mut last) = (0, std::time::Instant::now());
    // More than the system's buffers take, unless somebody reads.
    while last.elapsed() < Duration::from_millis(100) && sent < 64 << 20 {
        let took = client.send_some(&request[sent % request.len()..]);
        if took > 0 {
            (sent, last) = (sent + took, std::time::Instant::now());
        }
    }
    assert!(sent < 32 << 20, "{sent} bytes were taken");
    assert_eq!(client.response("GET").text(), "ok");
    backend.done();
}

#[test]
fn a_reset_in_mid_upload_takes_the_request_along() {
    let backend = Backend::new(vec![Do::Accept, Do::Expect("half"), Do::ExpectEnd]);
    let server = gateway("/", &[backend.address], "");
    let mut client = TcpStream::connect(server.address().unwrap()).unwrap();
    client.write_all(b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf").unwrap();
    backend.received();
    rustix::net::sockopt::set_socket_linger(&client, Some(Duration::ZERO)).unwrap();
    drop(client);
    backend.done();
}

#[test]
fn an_upload_that_stalls_is_the_clients_fault() {
    let guards = Guards::default().with(Guard::BodyTimeout, 100).with(Guard::FirstByteTimeout, 20);
    let backend = Backend::new(vec![
        Do::Accept,
        Do::Expect("half"),
        Do::ExpectEnd,
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Send(OK.into()),
    ]);
    let server = gateway_with("/", &[backend.address], "", guards);
    let mut stalls = client(&server);
    stalls.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf");
    assert_eq!(stalls.response("POST").status, 408);
    assert_eq!(client(&server).get("/a").text(), "ok");
    backend.done();
}

#[test]
fn a_body_that_breaks_the_rules_reaches_the_backend_as_no_whole_request() {
    for (body, status) in [("g\r\n", 400), ("3\r\nabcd\r\n", 400), ("ffffffffffffffffffff\r\n", 413)] {
        let backend = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::ExpectRest]);
        let server = gateway("/", &[backend.address], "");
        let mut client = client(&server);
        client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
        backend.received();
        client.send(body);
        assert_eq!(client.response("POST").status, status, "{body}");
        assert!(!backend.received().contains("0\r\n\r\n"), "{body}");
        backend.done();
    }
}

#[test]
fn a_fault_in_mid_response_puts_no_second_head_into_the_body() {
    let half = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    for end in [Some("g\r\n"), None] {
        let backend =
            Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(half.into()), Do::ExpectEnd]);
        let server = gateway("/", &[backend.address], "");
        let mut client = client(&server);
        client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
        client.until("3\r\nabc\r\n");
        match end {
            Some(bytes) => drop(client.send(bytes)),
            None => drop(client.end()),
        }
        assert_eq!(client.rest().unwrap_or_default(), b"", "{end:?}");
        backend.done();
    }
}

#[test]
fn a_client_that_takes_nothing_holds_little() {
    let body = vec![b'x'; 64 << 20];
    let mut response = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    response.extend_from_slice(&body);
    let guards = Guards::default().with(Guard::WriteTimeout, 300);
    let backend = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(response), Do::ExpectEnd]);
    let server = gateway_with("/", &[backend.address], "", guards);
    let mut client = client(&server);
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    backend.received();
    // It is given up, and the backend's connection with it.
    backend.done();
}
