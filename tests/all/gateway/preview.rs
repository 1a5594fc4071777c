//! What is said of a request before it is sent is what comes of it.

use std::net::TcpListener;

use byteglass::{
    gateway::Verdict,
    http::Status,
    server::{ForwardPreview, Preview, Setting, Trial},
    service::MiddlewareKind,
    trace::Refusal,
};

use super::{
    Watched,
    backend::{Backend, Do},
    client, gateway,
};

fn preview(server: &Watched, method: &str, target: &str) -> Preview {
    let (method, target) = (method.to_owned(), target.to_owned());
    server.preview(Trial { method, target, host: "localhost:80".to_owned() }).wait().unwrap()
}

fn forward(server: &Watched, method: &str, target: &str) -> ForwardPreview {
    preview(server, method, target).forward.unwrap()
}

#[test]
fn the_head_is_the_one_that_the_backend_gets() {
    let targets = ["/api", "/api/a%2Fb?q=1", "http://localhost:80/api/", "/%61pi//x", "/api?"];
    let answer = "HTTP/1.1 204 No Content\r\n\r\n";
    let backend = Backend::answering(&[answer; 5]);
    let server = gateway("/api", &[backend.address], "/v2");
    let mut client = client(&server);
    for target in targets {
        let said = forward(&server, "DELETE", target);
        client.send(format!("DELETE {target} HTTP/1.1\r\nHost: localhost:80\r\n\r\n"));
        assert_eq!(client.response("DELETE").status, 204);
        assert_eq!(said.head.unwrap(), backend.received(), "{target}");
    }
    backend.done();
}

#[test]
fn the_middleware_is_asked_and_remembers_nothing() {
    let server = gateway("/api", &["127.0.0.1:9".parse().unwrap()], "");
    let mut middleware = server.settings().middleware.clone();
    middleware.set_enabled(MiddlewareKind::RateLimit, true);
    middleware.rate_limit.capacity = 1;
    middleware.rate_limit.per_second = 1;
    assert!(server.wait_for(server.set(Setting::Middleware(middleware.clone()))));
    for _ in 0..3 {
        let found = preview(&server, "GET", "/api");
        let limit = found.steps.list.iter().find(|step| &*step.name == "rate-limit").unwrap();
        assert_eq!(limit.answered, None, "{limit:?}");
    }
    assert_eq!(client(&server).get("/api").status, 502);
    let found = preview(&server, "GET", "/api");
    assert_eq!(found.steps.list.last().unwrap().answered, Some(Status(429)));
    assert!(found.forward.unwrap().head.is_ok(), "what a request that passes would become");
}

#[test]
fn where_all_backends_are_full_the_head_is_shown_all_the_same() {
    let busy = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::ExpectEnd]);
    let server = gateway("/", &[busy.address], "");
    let mut settings = server.settings().gateway.clone();
    settings.groups[0].load.open_max = 1;
    assert!(server.wait_for(server.set(Setting::Gateway(settings))));
    let mut waits = client(&server);
    waits.send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
    busy.received();
    let said = forward(&server, "GET", "/a");
    assert!(said.waits && said.backends[0].verdict == Verdict::Full { open: 1 });
    let head = said.head.unwrap();
    let expected = format!("GET /a HTTP/1.1\r\nHost: {}\r\n", busy.address);
    assert!(head.starts_with(expected.as_bytes()), "{head:?}");
    waits.reset();
    busy.done();
}

#[test]
fn what_is_not_passed_on_has_its_refusal_and_no_head() {
    let server = gateway("/api", &["127.0.0.1:9".parse().unwrap()], "");
    let dots = forward(&server, "GET", "/api/%2e%2e/secret");
    assert_eq!(dots.head, Err(Refusal::PathMalformed));
    let other = preview(&server, "GET", "/apis");
    assert_eq!((other.forward, other.refusal), (None, None));
    assert!(other.attempts[0].mismatch.is_some() && other.attempts.len() > 2);
    let malformed = preview(&server, "GET", "/a b");
    assert!(malformed.refusal.is_some() && malformed.attempts.is_empty());
}

#[test]
fn a_preview_changes_nothing_and_tells_of_backends_that_are_out() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let ok = || {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec();
        Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(answer)])
    };
    let (first, second) = (ok(), ok());
    let server = gateway("/", &[first.address, second.address], "");
    for _ in 0..5 {
        assert!(matches!(forward(&server, "GET", "/").backends[0].verdict, Verdict::Chosen(_)));
    }
    assert_eq!(client(&server).get("/").status, 200);
    assert!(matches!(forward(&server, "GET", "/").backends[1].verdict, Verdict::Chosen(_)));
    assert_eq!(client(&server).get("/").status, 200);
    first.done();
    second.done();

    let server = gateway("/", &[closed], "");
    for _ in 0..3 {
        assert_eq!(client(&server).get("/").status, 502);
    }
    let none = forward(&server, "GET", "/");
    assert!(matches!(none.backends[0].verdict, Verdict::Out { .. }));
    assert_eq!(none.head, Err(Refusal::NoBackend));
}
