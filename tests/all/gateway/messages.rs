//! What reaches the backend, and what comes back.

use super::{
    backend::{Backend, Do},
    client, gateway,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: today\r\n\r\nok";

/// The lines of a head without those that differ from run to run.
fn lines(head: &str) -> Vec<&str> {
    head.lines().filter(|line| !line.starts_with("Via: ")).collect()
}

#[test]
fn a_request_is_written_anew() {
    let backend = Backend::answering(&[OK]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send(
        "GET http://example.com/a?b HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, X-Debug, Cookie\r\n\
         X-Debug: 1\r\nCookie:  a=b \r\nKeep-Alive: timeout=5\r\nTE: trailers\r\nProxy-Connection: x\r\n\
         X-Forwarded-For: 10.0.0.1\r\nForwarded: for=10.0.0.1\r\nX-Kept: \t yes\r\n\r\n"
            .replace("http://example.com", "http://localhost"),
    );
    assert_eq!(client.response("GET").text(), "ok");
    let head = backend.received();
    let host = format!("Host: {}", backend.address);
    assert_eq!(
        lines(&head),
        [
            "GET /a?b HTTP/1.1",
            &host,
            "Cookie: a=b",
            "X-Kept: yes",
            "X-Forwarded-For: 127.0.0.1",
            "X-Forwarded-Host: localhost",
            "X-Forwarded-Proto: http",
            "",
        ]
    );
    assert!(head.contains("\r\nVia: 1.1 byteglass-"), "{head}");
    backend.done();
}

#[test]
fn a_target_without_a_path_is_the_root_with_its_query() {
    for (base, expected) in [("", ["GET /?x=1 ", "GET / "]), ("/v2", ["GET /v2/?x=1 ", "GET /v2/ "])] {
        let backend = Backend::answering(&[OK, OK]);
        let server = gateway("/", &[backend.address], base);
        let mut client = client(&server);
        for (query, expected) in ["?x=1", ""].iter().zip(expected) {
            client.send(format!("GET http://localhost{query} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            assert_eq!(client.response("GET").text(), "ok");
            let head = backend.received();
            assert!(head.starts_with(expected), "{head}");
        }
        backend.done();
    }
}

#[test]
fn a_connection_is_used_again_and_the_prefix_is_replaced() {
    let backend = Backend::answering(&[OK, OK]);
    let server = gateway("/api", &[backend.address], "/v2");
    let mut client = client(&server);
    for (path, expected) in [("/api/users?q=1", "GET /v2/users?q=1 "), ("/api", "GET /v2 ")] {
        assert_eq!(client.get(path).status, 200);
        assert!(backend.received().starts_with(expected));
    }
    // What is not below the prefix is the folder's.
    assert_eq!(client.get("/").status, 200);
    assert_eq!(client.get("/apis").status, 404);
    assert_eq!(client.get("/api/../secret").status, 400);
    backend.done();
}

#[test]
fn bodies_pass_in_both_directions_however_they_are_framed() {
    let response =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
    let backend = Backend::new(vec![
        Do::Accept,
        Do::Expect("0\r\n\r\n"),
        Do::Send(response.into()),
        Do::Expect("hello"),
        Do::Send(b"HTTP/1.1 200 OK\r\n\r\nuntil the end".to_vec()),
        Do::Finish,
    ]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send(
        "POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    );
    assert_eq!(client.response("POST").text(), "abcde");
    let request = backend.received();
    assert!(request.ends_with("\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "{request}");
    client.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(client.response("POST").text(), "until the end");
    assert!(backend.received().contains("\r\nContent-Length: 5\r\n"));
    backend.done();
}

#[test]
fn a_client_of_http_1_0_gets_no_chunks() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let backend = Backend::answering(&[chunked]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send("GET /a HTTP/1.0\r\n\r\n");
    let text: String = client.rest().unwrap().into_iter().map(char::from).collect();
    assert!(text.ends_with("\r\n\r\nabc") && !text.contains("chunked"), "{text}");
}

#[test]
fn interim_responses_head_and_204_pass() {
    let backend = Backend::new(vec![
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Send(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
        Do::Expect("hi"),
        Do::Send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n".to_vec()),
        Do::Expect("\r\n\r\n"),
        Do::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n".to_vec()),
        Do::Expect("\r\n\r\n"),
        Do::Send(OK.into()),
    ]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send("PUT /a HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assert_eq!(client.until("\r\n\r\n").lines().next(), Some("HTTP/1.1 100 Continue"));
    client.send("hi");
    assert_eq!(client.until("\r\n\r\n").lines().next(), Some("HTTP/1.1 103 Early Hints"));
    let last = client.until("\r\n\r\n");
    assert!(last.starts_with("HTTP/1.1 204 No Content\r\n") && !last.contains("Content-Length"), "{last}");
    client.send("HEAD /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let response = client.response("HEAD");
    assert_eq!(response.field("Content-Length"), Some("999"));
    assert_eq!(client.get("/a").text(), "ok");
}

#[test]
fn an_upgrade_becomes_a_tunnel() {
    let backend = Backend::new(vec![
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Send(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\nwelcome"
                .to_vec(),
        ),
        Do::Expect("bye"),
        Do::Send(b"so long".to_vec()),
        Do::Finish,
    ]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\nUpgrade: chat\r\nConnection: upgrade\r\n\r\n");
    let head = client.until("\r\n\r\n");
    assert!(head.contains("\r\nUpgrade: chat\r\nConnection: upgrade\r\n"), "{head}");
    client.until("welcome");
    client.send("bye");
    client.until("so long");
    let request = backend.received();
    assert!(request.contains("\r\nUpgrade: chat\r\nConnection: upgrade\r\n"), "{request}");
    assert_eq!(client.rest().unwrap(), b"");
    backend.done();
}

#[test]
fn a_large_body_passes_both_ways_and_a_slow_reader_holds_it_up() {
    let body = vec![b'x'; 8 << 20];
    let mut response = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    response.extend_from_slice(&body);
    let backend = Backend::new(vec![Do::Accept, Do::Expect("end"), Do::Send(response)]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send(format!("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.len() + 3));
    client.send(&body);
    client.send("end");
    assert_eq!(client.response("POST").body.len(), body.len());
    assert!(backend.received().ends_with("xend"));
    backend.done();
}

#[test]
fn trailers_pass_both_ways_and_only_where_there_are_chunks() {
    let response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n\
                    3\r\nabc\r\n0\r\nX-Sum: 7\r\nContent-Length: 9\r\nSet-Cookie: a=b\r\n\r\n";
    let backend = Backend::new(vec![
        Do::Accept,
        Do::Expect("\r\nX-Own: 1\r\n\r\n"),
        Do::Send(response.into()),
        Do::Expect("\r\n\r\n"),
        Do::Send(response.into()),
        Do::Expect("\r\n\r\n"),
        Do::Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-S".to_vec()),
        Do::Wait(50),
        Do::Send(b"um: 7\r\n\r\n".to_vec()),
    ]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send(
        "POST /a HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\nConnection: TE\r\nTransfer-Encoding: chunked\r\n\r\n\
         2\r\nhi\r\n0\r\nHost: evil\r\nAuthorization: x\r\nTransfer-Encoding: chunked\r\nX-Own:1\r\n\r\n",
    );
    let text = client.until("\r\nX-Sum: 7\r\n\r\n");
    assert!(text.ends_with("\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n"), "{text}");
    assert!(text.contains("\r\nTrailer: X-Sum\r\n") && !text.contains("Set-Cookie"), "{text}");
    let request = backend.received();
    assert!(request.contains("\r\nTE: trailers\r\nConnection: TE\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n2\r\nhi\r\n0\r\nX-Own: 1\r\n\r\n"), "{request}");
    // In pieces.
    client.send("GET /b HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client.until("\r\nX-Sum: 7\r\n\r\n");
    client.send("GET /c HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(client.until("\r\nX-Sum: 7\r\n\r\n").ends_with("\r\n\r\n0\r\nX-Sum: 7\r\n\r\n"));
    backend.done();
    // HTTP/1.0 has no chunks, and so no trailers.
    let backend = Backend::answering(&[response]);
    let server = gateway("/", &[backend.address], "");
    let mut client = super::client(&server);
    client.send("GET /a HTTP/1.0\r\n\r\n");
    let text: String = client.rest().unwrap().into_iter().map(char::from).collect();
    assert!(text.ends_with("\r\n\r\nabc"), "{text}");
}

#[test]
fn a_final_status_in_place_of_100_ends_the_request() {
    for bytes in ["", "hi"] {
        let refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
        let backend =
            Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(refusal.into()), Do::ExpectEnd]);
        let server = gateway("/", &[backend.address], "");
        let mut client = client(&server);
        client.send(format!(
            "PUT /a HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 20\r\n\r\n{bytes}"
        ));
        let response = client.response("PUT");
        // Whether the client sends the rest is not known, so nothing can follow.
        assert_eq!((response.status, response.field("Connection")), (401, Some("close")));
        assert!(backend.received().contains("\r\nExpect: 100-continue\r\n"));
        backend.done();
    }
    // A client that does not wait, and a backend that never says 100.
    let backend = Backend::new(vec![Do::Accept, Do::Expect("hi"), Do::Send(OK.into())]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send("PUT /a HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");
    assert_eq!(client.response("PUT").text(), "ok");
    backend.done();
}

#[test]
fn max_forwards_ends_here_at_0_and_counts_down_above() {
    let backend = Backend::answering(&[OK, OK]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    for (method, status) in [("OPTIONS", 204), ("TRACE", 501)] {
        client.send(format!("{method} /a HTTP/1.1\r\nHost: localhost\r\nMax-Forwards: 0\r\n\r\n"));
        assert_eq!(client.response(method).status, status, "{method}");
    }
    for (method, there) in [("OPTIONS", 6), ("GET", 7)] {
        client.send(format!("{method} /a HTTP/1.1\r\nHost: localhost\r\nMax-Forwards: 7\r\n\r\n"));
        assert_eq!(client.response(method).status, 200);
        let head = backend.received();
        assert!(head.contains(&format!("\r\nMax-Forwards: {there}\r\n")), "{head}");
    }
    backend.done();
}

#[test]
fn responses_without_content_keep_what_they_say_of_it() {
    let backend = Backend::answering(&[
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 999\r\nETag: \"1\"\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        OK,
    ]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"1\"\r\n\r\n");
    let head = client.until("\r\n\r\n");
    assert!(
        head.starts_with("HTTP/1.1 304 Not Modified\r\nContent-Length: 999\r\nETag: \"1\"\r\n"),
        "{head}"
    );
    client.send("HEAD /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(client.until("\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(client.get("/a").text(), "ok");
    backend.done();
}
