#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::{
    http::Rule,
    store::Store,
    testing::script::{MS, Script, response},
};

/// 1: GET /style.css, 200, 0.5 ms. 2: POST /api/echo?a=b, 200, 40 ms, 2 KB. 3: malformed.
/// 4: HEAD, incomplete.
fn store() -> Store {
    let mut script = Script::default();
    script.open(1).open(2).open(3);
    script.exchange(1, b"GET /style.css HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"a"));
    let echo = b"POST /api/echo?a=b HTTP/1.1\r\nHost: a\r\n\r\n";
    let offset = script.read(1, echo);
    let id = script.request(1, offset, echo, crate::http::Framing::None);
    script.wait(40 * MS).respond(1, id, &response(&[b'x'; 2000]), None);
    script.refused(2, b"BAD\n", Rule::BareLineFeed, 3..4);
    script.read(3, b"HEAD /slow");
    script.begin(3, 0);
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    store
}

#[test]
fn chooses() {
    let store = store();
    let cases: [(&str, &[u64]); 44] = [
        ("", &[1, 2, 3, 4]),
        ("  ", &[1, 2, 3, 4]),
        ("STYLE", &[1]),
        ("post", &[2]),
        ("200", &[1, 2]),
        ("!200", &[3, 4]),
        ("-style -echo", &[3, 4]),
        ("get style", &[1]),
        ("get echo", &[]),
        ("\"a=b\"", &[2]),
        ("\"-style\"", &[]),
        ("/api/echo?a=b", &[2]),
        ("status=200", &[1, 2]),
        ("status!=200", &[3, 4]),
        ("status≥200", &[1, 2, 3]),
        ("status >=200", &[]),
        ("status>=200 path~api", &[2]),
        ("status<400", &[1, 2]),
        ("status<=400", &[1, 2, 3]),
        ("status=4xx", &[3]),
        ("status!=2xx", &[3, 4]),
        ("!status=2xx", &[3, 4]),
        ("method=get", &[1]),
        ("method!=GET", &[2, 3, 4]),
        ("path=/style.css", &[1]),
        ("path~\"/api/\"", &[2]),
        ("path!~api", &[1, 3, 4]),
        ("method:POST", &[2]),
        ("-Method:POST", &[1, 3, 4]),
        ("path:api/echo?a=b", &[2]),
        ("path:\"/api/\" status:2xx", &[2]),
        ("host:a", &[]),
        ("\"path:api\"", &[]),
        ("conn=1", &[1, 2]),
        ("conn>1", &[3, 4]),
        ("id=3", &[3]),
        ("time>1", &[2]),
        ("time>0.01s", &[2]),
        ("time<=500us", &[1, 3, 4]),
        ("size>1k", &[2]),
        ("size>=1.5kb", &[2]),
        ("is:open", &[4]),
        ("is:error", &[3]),
        ("is:malformed", &[3]),
    ];
    for (line, expected) in cases {
        match Filter::parse(line) {
            Ok(filter) => {
                let found: Vec<u64> = store
                    .summaries()
                    .filter(|exchange| filter.matches(exchange))
                    .map(|exchange| exchange.id.get())
                    .collect();
                assert_eq!(found, expected, "{line}");
                assert_eq!(filter.is_empty(), line.trim().is_empty());
            }
            Err(error) => assert_eq!(expected, &[] as &[u64], "{line}: {error}"),
        }
    }
}

#[test]
fn says_what_it_cannot_read() {
    let cases = [
        ("status>", "status> needs a value"),
        ("status:", "status: needs a value"),
        ("status=ok", "\"ok\" is not a whole number"),
        ("status~2", "~ looks into text, and status is a number"),
        ("method>GET", "> compares numbers, and method is text"),
        ("colour=red", "\"colour\" cannot be compared; status, method, path, conn, id, time and size can"),
        ("is:fine", "is:fine is not known; is:open, is:error, is:malformed and is:aborted are"),
        ("\"open", "a quote is not closed"),
        ("time>soon", "\"soon\" is not a number"),
    ];
    for (line, error) in cases {
        assert_eq!(Filter::parse(line).unwrap_err(), error, "{line}");
    }
}
