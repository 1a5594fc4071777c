//! What well-formed requests are answered with, and what becomes of the connection.

use byteglass::testing::{Client, Site};

use super::{ALPHABET, GET};

#[test]
fn a_connection_is_kept_and_pipelined_requests_are_answered_in_order() {
    let site = Site::start();
    let mut client = site.client();
    assert_eq!(client.get("/a.txt").body, ALPHABET);
    client.send(format!("{GET}GET /dir/ HTTP/1.1\r\nHost: localhost\r\n\r\n{GET}"));
    assert_eq!(client.response("GET").body, ALPHABET);
    assert!(client.response("GET").text().contains("dir"));
    assert_eq!(client.response("GET").body, ALPHABET);
    let many = 500;
    client.send(GET.repeat(many));
    for _ in 0..many {
        assert_eq!(client.response("GET").body, ALPHABET);
    }
}

#[test]
fn a_request_may_arrive_in_any_number_of_pieces() {
    let site = Site::start();
    let mut client = site.client();
    let request = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\
                   5;note=\"a b\"\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n";
    for byte in request.as_bytes() {
        client.send([*byte]);
    }
    assert_eq!(client.response("POST").body, b"hello world");
    assert_eq!(client.get("/a.txt").status, 200);
}

#[test]
fn every_built_in_route_answers() {
    let site = Site::start();
    let mut client = site.client();
    assert_eq!(client.get("/health").status, 200);
    assert_eq!(client.get("/api/health").status, 200);
    let user: serde_json::Value = serde_json::from_slice(&client.get("/api/users/42").body).unwrap();
    assert_eq!(user["id"], "42");
    client.send(
        "POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: 21\r\n\r\n{\"message\": \"hello\"} ",
    );
    let echo: serde_json::Value = serde_json::from_slice(&client.response("POST").body).unwrap();
    assert_eq!(echo["received"]["message"], "hello");
    assert_eq!(echo["you sent"], "hello");
    client.send(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n\0\r\n\xff");
    let echo = client.response("POST");
    assert_eq!(echo.body, b"\0\r\n\xff");
    client.send("GET /headers HTTP/1.1\r\nHost: localhost\r\nX-Seen: yes\r\n\r\n");
    assert!(client.response("GET").text().contains("X-Seen"));
    assert_eq!(client.get("/status/418").status, 418);
    assert_eq!(client.get("/delay/30").status, 200);
    let stream = client.get("/stream/2");
    assert_eq!(stream.field("Transfer-Encoding"), Some("chunked"));
    assert!(!stream.body.is_empty());
    assert_eq!(client.get("/drip?bytes=21&chunks=4&ms=1").body.len(), 21);
    client.send("DELETE /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let refused = client.response("DELETE");
    assert_eq!(refused.status, 405);
    assert!(refused.field("Allow").unwrap().contains("GET"));
    assert!(refused.text().contains("RFC 9110 §15.5.6"));
}

#[test]
fn head_has_the_fields_of_get_and_no_content() {
    let site = Site::start();
    let mut client = site.client();
    client.send(format!("HEAD /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n{GET}"));
    let head = client.response("HEAD");
    let get = client.response("GET");
    assert_eq!(head.field("Content-Length"), Some("26"));
    assert_eq!(head.field("ETag"), get.field("ETag"));
    assert!(head.field("Date").unwrap().ends_with("GMT"));
    assert_eq!(get.body, ALPHABET);
    client.send("HEAD /stream/3 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(client.response("HEAD").status, 200);
    assert_eq!(client.get("/a.txt").body, ALPHABET);
}

#[test]
fn a_large_file_arrives_whole_and_is_never_held_whole() {
    let site = Site::start();
    let content: Vec<u8> = (0..5_000_000_u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(site.folder.path().join("large.bin"), &content).unwrap();
    let mut client = site.client();
    let response = client.get("/large.bin");
    assert_eq!(response.field("Content-Length"), Some("5000000"));
    assert!(response.body == content);
    assert_eq!(client.get("/a.txt").body, ALPHABET);
}

#[test]
fn connection_close_and_http_1_0_end_the_connection_after_the_answer() {
    let site = Site::start();
    let mut client = site.client();
    client.send(format!("GET /a.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n{GET}"));
    let response = client.response("GET");
    assert_eq!(response.field("Connection"), Some("close"));
    assert!(client.is_closed(), "the second request is not answered");

    let mut client = site.client();
    client.send("GET /stream/1 HTTP/1.0\r\n\r\n");
    let response = client.response("GET");
    assert_eq!(response.field("Transfer-Encoding"), None, "HTTP/1.0 knows no chunks");
    assert!(!response.body.is_empty());

    let mut client = site.client();
    client.send("GET /a.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    assert_eq!(client.response("GET").field("Connection"), Some("keep-alive"));
    assert_eq!(client.get("/a.txt").status, 200);
}

#[test]
fn a_client_that_ends_its_side_gets_its_answer() {
    let site = Site::start();
    let mut client = site.client();
    client.send(GET).end();
    assert_eq!(client.response("GET").body, ALPHABET);
    assert_eq!(client.rest(), Ok(Vec::new()));
    let mut client = site.client();
    client.send("GET /a.txt HTTP/1.1\r\nHo").end();
    let response = client.response("GET");
    assert_eq!(response.status, 400);
    assert!(response.text().contains("RFC 9112 §8"));
}

/// While the loop is busy with one client, the bytes of another and the end of its side become one
/// event: there is no second one for the end.
#[test]
fn an_end_that_comes_with_the_last_bytes_is_seen() {
    let site = Site::start();
    let mut clients: Vec<Client> = (0..100).map(|_| site.client()).collect();
    for client in &mut clients {
        assert_eq!(client.get("/a.txt").status, 200);
    }
    for client in &mut clients {
        client.send("GET /a.txt HTTP/1.1\r\nHo").end();
    }
    for client in &mut clients {
        assert_eq!(client.response("GET").status, 400, "not a timeout");
    }
}

#[test]
fn the_interim_response_is_sent_only_when_the_body_is_wanted() {
    let site = Site::start();
    let mut client = site.client();
    let expect = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
        )
    };
    client.send(expect("/echo"));
    assert_eq!(client.response("POST").status, 100);
    client.send("hello");
    assert_eq!(client.response("POST").body, b"hello");
    // The body is there already: no interim response.
    client.send(expect("/echo") + "hello");
    assert_eq!(client.response("POST").body, b"hello");
    client.send(expect("/nowhere"));
    let response = client.response("POST");
    assert!(response.status >= 400, "the final status at once");
    assert_eq!(response.field("Connection"), Some("close"));
}

#[test]
fn bytes_that_are_not_text_are_no_problem() {
    let site = Site::start();
    let mut client = site.client();
    assert_eq!(client.get("/%ff%fe").status, 404);
    client.send(b"GET /headers HTTP/1.1\r\nHost: localhost\r\nX-Odd: \xff\xfe\r\n\r\n");
    let headers = client.response("GET");
    assert!(headers.status == 200 && headers.text().contains("\\\\xff\\\\xfe"), "{}", headers.text());
    assert!(client.get("/api/users/a%ffb").text().contains("\\\\xff"), "the byte is shown");
    client.send(b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(client.response("GET").status, 400);
    let mut client = site.client();
    client.send(b"\xff\xd8\xff\xe0 not http at all");
    assert_eq!(client.response("GET").status, 400);
}
