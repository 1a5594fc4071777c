//! What a request cannot do, whatever it says.

use std::net::TcpListener;

use byteglass::{
    gateway::{GatewaySettings, GroupSettings},
    server::{Handle, Setting, Settings},
    service::{MiddlewareKind, MiddlewareSettings},
};

use super::{
    backend::{Backend, Do},
    client, gateway,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// The head that reaches a backend for a GET with these fields.
fn head_for(fields: &str) -> String {
    let backend = Backend::answering(&[OK]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send(format!("GET /a HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n"));
    assert_eq!(client.response("GET").status, 200, "{fields}");
    let head = backend.received();
    backend.done();
    head
}

#[test]
fn a_client_does_not_say_who_it_is() {
    let head = head_for(
        "X-Forwarded-For: 6.6.6.6\r\nx-forwarded-host: evil\r\nX-FORWARDED-PROTO: https\r\nForwarded: for=6.6.6.6\r\n\
         X-Forwarded-Prefix: /evil\r\nX_Forwarded_For: 6.6.6.6\r\nX-Forwarded_Proto: https\r\n\
         Content_Length: 6\r\nTransfer_Encoding: chunked\r\n",
    );
    for evil in ["6.6.6.6", "evil", "https", "Content", "Transfer"] {
        assert!(!head.contains(evil), "{evil}: {head}");
    }
    assert!(head.contains("\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: localhost\r\n"), "{head}");
}

#[test]
fn connection_takes_out_no_field_that_others_rely_on() {
    let head = head_for(
        "Connection: Host, Authorization, Cookie, X-Forwarded-For, X-Forwarded-Proto, Via, close, X-Own\r\n\
         Authorization: Bearer t\r\nCookie: a=b\r\nX-Own: 1\r\n",
    );
    for kept in [
        "\r\nHost: ",
        "\r\nAuthorization: Bearer t\r\n",
        "\r\nCookie: a=b\r\n",
        "\r\nX-Forwarded-For: ",
        "\r\nVia: ",
    ] {
        assert!(head.contains(kept), "{kept}: {head}");
    }
    assert!(!head.contains("X-Own") && !head.contains("\r\nConnection:"), "{head}");
    let backend = Backend::new(vec![Do::Accept, Do::Expect("hi"), Do::Send(OK.into())]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send(
        "POST /a HTTP/1.1\r\nHost: localhost\r\nConnection: Content-Length\r\nContent-Length: 2\r\n\r\nhi",
    );
    assert_eq!(client.response("POST").status, 200);
    assert!(backend.received().contains("\r\nContent-Length: 2\r\n"));
}

#[test]
fn the_credentials_of_this_server_stay_here() {
    let backend = Backend::answering(&[OK]);
    let address = format!("http://{}", backend.address).parse().unwrap();
    let gateway = GatewaySettings {
        groups: vec![GroupSettings::new("app", "/", [address])],
        ..GatewaySettings::default()
    };
    let mut middleware = MiddlewareSettings::default();
    middleware.set_enabled(MiddlewareKind::BasicAuth, true);
    (middleware.basic_auth.user, middleware.basic_auth.password) = ("user".to_owned(), "secret".to_owned());
    let server =
        Handle::start(Settings { port: 0, gateway, middleware, ..Settings::default() }, None).unwrap();
    let mut client = client(&server);
    assert_eq!(client.get("/a").status, 401);
    let response = client.get_with("/a", &["Authorization: Basic dXNlcjpzZWNyZXQ=", "Cookie: a=b"]);
    assert_eq!(response.status, 200);
    let head = backend.received();
    assert!(!head.to_lowercase().contains("authorization") && head.contains("Cookie: a=b"), "{head}");
    backend.done();
}

#[test]
fn http_2_is_not_switched_to() {
    for protocol in ["h2c", "H2C, websocket", "HTTP/2.0", "websocket, h2c"] {
        let head = head_for(&format!(
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: {protocol}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
        ));
        assert!(!head.contains("Upgrade") && !head.contains("HTTP2"), "{head}");
    }
}

#[test]
fn nothing_is_kept_and_no_redirect_is_followed() {
    let cached = "HTTP/1.1 200 OK\r\nCache-Control: max-age=1000\r\nETag: \"a\"\r\nContent-Length: 3\r\n\r\n";
    let moved = "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n";
    let backend = Backend::answering(&[&format!("{cached}one"), &format!("{cached}two"), moved]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    assert_eq!(client.get("/a").text(), "one");
    assert_eq!(client.get("/a").text(), "two");
    let response = client.get("/a");
    assert_eq!((response.status, response.field("Location")), (302, Some("http://169.254.169.254/latest")));
    backend.done();
}

#[test]
fn line_ends_in_a_target_stay_encoded() {
    let backend = Backend::answering(&[OK, OK, OK]);
    let server = gateway("/api", &[backend.address], "/v2");
    let mut client = client(&server);
    for (target, sent) in [
        ("/api/a%0d%0aX-Evil:%201", "GET /v2/a%0d%0aX-Evil:%201 HTTP/1.1\r\n"),
        ("/api/a?b=%0D%0A%0D%0AGET%20/", "GET /v2/a?b=%0D%0A%0D%0AGET%20/ HTTP/1.1\r\n"),
        ("/api/%00%0a", "GET /v2/%00%0a HTTP/1.1\r\n"),
    ] {
        assert_eq!(client.get(target).status, 200);
        let head = backend.received();
        assert!(head.starts_with(sent) && !head.to_lowercase().contains("\r\nx-evil"), "{head}");
    }
    backend.done();
}

#[test]
fn the_target_and_the_host_choose_no_backend() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let other = elsewhere.local_addr().unwrap();
    let backend = Backend::answering(&[OK, OK]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send(format!("GET http://{other}/a HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    assert_eq!(client.response("GET").status, 200);
    client.send(format!("GET /a HTTP/1.1\r\nHost: {other}\r\n\r\n"));
    assert_eq!(client.response("GET").status, 200);
    assert!(elsewhere.accept().is_err());
    backend.done();
}

#[test]
fn what_is_refused_here_reaches_no_backend() {
    let backend = TcpListener::bind("127.0.0.1:0").unwrap();
    backend.set_nonblocking(true).unwrap();
    let server = gateway("/", &[backend.local_addr().unwrap()], "");
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://evil.example\r\n";
    for (host, fields, status) in [
        ("evil.example", "", 421),
        ("evil.example", upgrade, 421),
        ("localhost", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n", 403),
        (
            "localhost",
            "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n",
            403,
        ),
        ("localhost", &format!("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: websocket\r\n{upgrade}"), 403),
    ] {
        let mut client = client(&server);
        client.send(format!("GET /a HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n"));
        assert_eq!(client.response("GET").status, status, "{host}: {fields}");
    }
    assert!(backend.accept().is_err(), "the backend was asked");
}

#[test]
fn a_backend_can_be_removed_while_it_is_in_use() {
    let address = |backend: &Backend| format!("http://{}", backend.address).parse().unwrap();
    let group =
        |name: &str, prefix: &str, backend: &Backend| GroupSettings::new(name, prefix, [address(backend)]);
    let slow = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Wait(300), Do::Send(OK.into())]);
    let other = Backend::answering(&[OK]);
    let server = gateway("/api", &[slow.address], "");
    let set = |groups| {
        let gateway = GatewaySettings { groups, ..GatewaySettings::default() };
        assert!(server.wait_for(server.set(Setting::Gateway(gateway))));
    };
    let mut waiting = client(&server);
    waiting.send("GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n");
    slow.received();
    // In another place, then under another prefix, then gone.
    set(vec![group("new", "/new", &other), group("app", "/api", &slow)]);
    set(vec![group("app", "/moved", &slow), group("new", "/new", &other)]);
    set(vec![group("new", "/new", &other)]);
    assert_eq!(client(&server).get("/new").text(), "ok");
    assert_eq!(waiting.response("GET").text(), "ok");
    assert_eq!(waiting.get("/api").status, 404);
    slow.done();
    other.done();
}

#[test]
fn a_request_whose_backend_was_removed_does_not_go_to_another_group() {
    let slow = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Wait(200), Do::Reset]);
    let other = Backend::answering(&[OK]);
    let server = gateway("/", &[slow.address], "");
    let mut waiting = client(&server);
    waiting.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    slow.received();
    let groups =
        vec![GroupSettings::new("other", "/", [format!("http://{}", other.address).parse().unwrap()])];
    assert!(
        server
            .wait_for(server.set(Setting::Gateway(GatewaySettings { groups, ..GatewaySettings::default() })))
    );
    assert_eq!(waiting.response("GET").status, 502);
    assert_eq!(waiting.get("/b").text(), "ok");
    assert!(other.received().starts_with("GET /b "));
    slow.done();
    other.done();
}

#[test]
fn names_are_looked_up_and_every_address_is_tried() {
    let gateway_to = |address: String| {
        let groups = vec![GroupSettings::new("app", "/", [address.parse().unwrap()])];
        let gateway = GatewaySettings { groups, ..GatewaySettings::default() };
        Handle::start(Settings { port: 0, gateway, ..Settings::default() }, None).unwrap()
    };
    let server = gateway_to("http://no-such-name.invalid:80".to_owned());
    let response = client(&server).get("/a");
    assert!(response.status == 502 && response.text().contains("has no address"), "{}", response.text());
    // Where localhost is ::1 and 127.0.0.1, one of the two is refused for each.
    for ip in ["127.0.0.1", "[::1]"] {
        let Ok(listener) = TcpListener::bind(format!("{ip}:0")) else { continue };
        let port = listener.local_addr().unwrap().port();
        let found: Vec<_> = std::net::ToSocketAddrs::to_socket_addrs(&("localhost", port)).unwrap().collect();
        if !found.contains(&listener.local_addr().unwrap()) {
            continue;
        }
        let backend = Backend::on(listener, vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(OK.into())]);
        let server = gateway_to(format!("http://localhost:{port}"));
        assert_eq!(client(&server).get("/a").text(), "ok", "{ip} of {found:?}");
        backend.done();
    }
}
