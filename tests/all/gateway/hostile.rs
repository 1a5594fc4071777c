//! Backends that break the rules of the protocol: the client gets a whole answer or an open cut-off, and what follows
//! on the same connection is never taken for the answer to the next request.

use std::time::{Duration, Instant};

use byteglass::{server::Guards, testing::Client, trace::Guard};

use super::{
    backend::{Backend, Do},
    client, gateway, gateway_with,
};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// What a client gets for a GET when the backend answers with `bytes` and then waits.
fn answer_to(bytes: impl Into<Vec<u8>>) -> (u16, String) {
    let backend =
        Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(bytes.into()), Do::ExpectEnd]);
    let server = gateway("/", &[backend.address], "");
    let response = client(&server).get("/a");
    backend.done();
    (response.status, response.text().to_owned())
}

/// Asserts that a response whose body is `chunks` does not end for the client as a whole one does.
fn assert_cut_off(chunks: &str) {
    let bytes = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
    let backend =
        Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(bytes.into()), Do::ExpectEnd]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    get(&mut client);
    let text = client.rest().unwrap_or_default();
    assert!(!text.ends_with(b"0\r\n\r\n"), "{chunks:.40}: {}", String::from_utf8_lossy(&text));
    backend.done();
}

fn get(client: &mut Client) {
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

#[test]
fn framing_that_can_be_read_in_two_ways_is_a_502_that_names_the_rule() {
    for (fields, rule) in [
        ("Transfer-Encoding: chunked\r\nContent-Length: 5", "both Content-Length and Transfer-Encoding"),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", "both Content-Length and Transfer-Encoding"),
        ("Transfer-Encoding: gzip", "chunked must be the last transfer coding"),
        ("Transfer-Encoding: chunked, identity", "chunked must be the last transfer coding"),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "may appear only once"),
        ("Transfer-Encoding: gzip, chunked", "no transfer coding but chunked"),
        ("Content-Length: 5\r\nContent-Length: 6", "given more than once"),
        ("Content-Length: 5, 6", "given more than once"),
        ("Content-Length: +5", "not a decimal number"),
        ("Content-Length: -1", "not a decimal number"),
        ("Content-Length: 99999999999999999999", "does not fit into 64 bits"),
    ] {
        let (status, text) = answer_to(format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n0\r\n\r\n"));
        assert_eq!(status, 502, "{fields}");
        assert!(text.contains(rule) && text.contains("at byte "), "{fields}: {text}");
    }
    let (status, text) = answer_to("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    assert!(status == 502 && text.contains("Transfer-Encoding needs HTTP/1.1"), "{text}");
}

#[test]
fn lengths_of_other_responses_are_checked_as_well() {
    for (method, head) in [
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n"),
        ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5, 6\r\n\r\n"),
    ] {
        let backend = Backend::answering(&[head]);
        let server = gateway("/", &[backend.address], "");
        let mut client = client(&server);
        client.send(format!("{method} /a HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        assert_eq!(client.response(method).status, 502, "{head}");
    }
}

#[test]
fn fields_that_two_readers_could_read_differently_are_a_502() {
    for head in [
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 200 OK\r\nA: b\rSet-Cookie: c=d\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\0\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: b\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        "http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ] {
        assert_eq!(answer_to(head).0, 502, "{head:?}");
    }
}

#[test]
fn what_is_no_http_1_1_is_a_502() {
    // HTTP/0.9, TLS, HTTP/2, SSH.
    for bytes in [
        &b"<html>hello</html>"[..],
        b"\x16\x03\x03\x00\x7a\x02\x00\x00",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
        b"SSH-2.0-OpenSSH_9.6\r\n",
    ] {
        assert_eq!(answer_to(bytes).0, 502, "{bytes:?}");
    }
}

#[test]
fn http_1_0_ends_with_its_connection() {
    let backend = Backend::new(vec![
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Send(b"HTTP/1.0 200 OK\r\n\r\nold".to_vec()),
        Do::Finish,
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Send(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nnew".to_vec()),
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Send(OK.into()),
    ]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    for text in ["old", "new", "ok"] {
        assert_eq!(client.get("/a").text(), text);
    }
    backend.done();
}

#[test]
fn half_a_head_and_silence_is_a_504() {
    for half in ["HTTP/1.1 200 O", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 103 Early Hints\r\n\r\n"] {
        let backend =
            Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(half.into()), Do::ExpectEnd]);
        let guards = Guards::default().with(Guard::SilenceTimeout, 50);
        let server = gateway_with("/", &[backend.address], "", guards);
        let mut client = client(&server);
        get(&mut client);
        if half.ends_with("\r\n\r\n") {
            client.until("\r\n\r\n");
        }
        assert_eq!(client.response("GET").status, 504, "{half}");
        backend.done();
    }
}

#[test]
fn silence_in_mid_body_cuts_the_response_off() {
    for fields in ["Content-Length: 100\r\n", "Transfer-Encoding: chunked\r\n", ""] {
        let half = format!("HTTP/1.1 200 OK\r\n{fields}\r\n3\r\nabc\r\n");
        let backend =
            Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::Send(half.into()), Do::ExpectEnd]);
        let guards = Guards::default().with(Guard::SilenceTimeout, 50);
        let server = gateway_with("/", &[backend.address], "", guards);
        let mut client = client(&server);
        get(&mut client);
        let text = client.rest().unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        assert!(text.contains("abc") && !text.ends_with("0\r\n\r\n"), "{text}");
        backend.done();
    }
}

#[test]
fn a_reset_in_mid_body_cuts_the_response_off() {
    for (fields, minor) in
        [("Content-Length: 100\r\n", 1), ("Transfer-Encoding: chunked\r\n", 1), ("", 1), ("", 0)]
    {
        let half = format!("HTTP/1.1 200 OK\r\n{fields}\r\n3\r\nabc\r\n");
        let backend = Backend::new(vec![
            Do::Accept,
            Do::Expect("\r\n\r\n"),
            Do::Send(half.into()),
            Do::Wait(100),
            Do::Reset,
        ]);
        let server = gateway("/", &[backend.address], "");
        let mut client = client(&server);
        client.send(format!("GET /a HTTP/1.{minor}\r\nHost: localhost\r\n\r\n"));
        let rest = client.rest();
        // Where only the end of the connection ends the response, a reset has to say that it is cut off.
        assert_eq!(rest.is_err(), minor == 0, "{rest:?}");
        let text = rest.unwrap_or_default();
        assert!(!text.ends_with(b"0\r\n\r\n"), "{}", String::from_utf8_lossy(&text));
        backend.done();
    }
}

#[test]
fn a_length_that_is_too_small_never_gives_an_answer_to_the_next_request() {
    let forged = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged";
    for (first, rest) in [
        // In the same write, and later, when the connection is kept already.
        (format!("{OK}{forged}"), String::new()),
        (OK.to_owned(), forged.to_owned()),
        (OK.to_owned(), "\r\n".to_owned()),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n".to_owned(), forged.to_owned()),
    ] {
        let backend = Backend::new(vec![
            Do::Accept,
            Do::Expect("\r\n\r\n"),
            Do::Send(first.clone().into()),
            Do::Wait(50),
            Do::Send(rest.clone().into()),
            Do::ExpectEnd,
            Do::Accept,
            Do::Expect("\r\n\r\n"),
            Do::Send(OK.into()),
        ]);
        let server = gateway("/", &[backend.address], "");
        let mut client = client(&server);
        assert!(client.get("/a").status < 300);
        std::thread::sleep(Duration::from_millis(150));
        assert_eq!(client.get("/b").text(), "ok", "{first:?} {rest:?}");
        backend.received();
        assert!(backend.received().starts_with("GET /b "));
        backend.done();
    }
}

#[test]
fn a_head_without_an_end_is_a_502() {
    let endless = "HTTP/1.1 200 OK\r\nA: ".to_owned() + &"a".repeat(80_000);
    let (status, text) = answer_to(endless);
    assert!(status == 502 && text.contains("header block"), "{text}");
    let many = format!("HTTP/1.1 200 OK\r\n{}", "A: b\r\n".repeat(20_000));
    assert_eq!(answer_to(many).0, 502);
    let reason = "HTTP/1.1 200 ".to_owned() + &"a".repeat(80_000);
    assert_eq!(answer_to(reason).0, 502);
}

#[test]
fn trailers_and_extensions_without_an_end_cut_the_response_off() {
    for endless in ["0\r\n".to_owned() + &"A: b\r\n".repeat(20_000), "5;".to_owned() + &"a".repeat(80_000)] {
        assert_cut_off(&endless);
    }
}

#[test]
fn chunks_that_break_the_grammar_cut_the_response_off() {
    for chunks in
        ["g\r\n", "-1\r\n", "3\r\nabcd\r\n", "3 \r\nabc\r\n0\r\n\r\n", "ffffffffffffffffff\r\n", "3\nabc\n"]
    {
        assert_cut_off(chunks);
    }
}

#[test]
fn a_flood_of_interim_responses_is_a_502() {
    let interim = "HTTP/1.1 103 Early Hints\r\n\r\n";
    for (count, status) in [(100, 200), (101, 502), (50_000, 502)] {
        let backend = Backend::new(vec![
            Do::Accept,
            Do::Expect("\r\n\r\n"),
            Do::Send((interim.repeat(count) + OK).into()),
        ]);
        let server = gateway("/", &[backend.address], "");
        let mut client = client(&server);
        get(&mut client);
        let mut seen = 0;
        let last = loop {
            let head = client.until("\r\n\r\n");
            if !head.starts_with("HTTP/1.1 103 ") {
                break head;
            }
            seen += 1;
        };
        assert!(last.starts_with(&format!("HTTP/1.1 {status} ")) && seen <= 100, "{count}: {seen}, {last}");
        backend.done();
    }
}

#[test]
fn a_switch_of_protocols_that_nobody_asked_for_is_a_502() {
    let switch = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: upgrade\r\n\r\n";
    let (status, text) = answer_to(switch);
    assert!(status == 502 && text.contains("switched protocols unasked"), "{text}");
}

#[test]
fn a_response_that_is_there_before_its_request_is_not_mixed_up() {
    // The second response leaves together with the first: it is nobody's.
    let backend = Backend::new(vec![
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Send([OK, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly"].concat().into()),
        Do::Accept,
        Do::Expect("\r\n\r\n"),
        Do::Send(OK.into()),
    ]);
    let server = gateway("/", &[backend.address], "");
    let mut client = client(&server);
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\nGET /b HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(client.response("GET").text(), "ok");
    assert_eq!(client.response("GET").text(), "ok");
    backend.done();
}

#[test]
fn a_backend_in_trouble_slows_nobody_else() {
    let stuck = Backend::new(vec![Do::Accept, Do::Expect("\r\n\r\n"), Do::ExpectEnd]);
    let server = gateway("/api", &[stuck.address], "");
    let mut waiting = client(&server);
    waiting.send("GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stuck.received();
    let began = Instant::now();
    let mut other = client(&server);
    for _ in 0..20 {
        assert_eq!(other.get("/").status, 200);
    }
    assert!(began.elapsed() < Duration::from_secs(5));
    drop((waiting, server));
    stuck.done();
}
