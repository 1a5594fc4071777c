#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::{
    base::stream::ExchangeId,
    gateway::{Failure, Reason, Verdict},
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
    let cases: [(&str, &[u64]); 53] = [
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
        ("status >=200", &[1, 2, 3]),
        ("status >= 200 get", &[1]),
        ("status>= 400", &[3]),
        ("status>=200 path~api", &[2]),
        ("status<400", &[1, 2]),
        ("status<=400", &[1, 2, 3]),
        ("status=4xx", &[3]),
        ("status!=2xx", &[3, 4]),
        ("!status=2xx", &[3, 4]),
        ("method=get", &[1]),
        ("method!=GET", &[2, 3, 4]),
        ("path=/style.css", &[1]),
        ("path=/API/*", &[2]),
        ("path=*.css", &[1]),
        ("path=/*e*o?a*", &[2]),
        ("path=/api/echo*b*b", &[]),
        ("path!=/st*", &[2, 3, 4]),
        ("path~\"/api/\"", &[2]),
        ("path!~api", &[1, 3, 4]),
        ("method:POST", &[2]),
        ("-Method:POST", &[1, 3, 4]),
        ("path:api/echo?a=b", &[2]),
        ("path:\"/api/\" status:2xx", &[2]),
        ("host:a", &[]),
        ("\"path:api\"", &[]),
        ("protocol=http", &[1, 2, 3, 4]),
        ("protocol!=HTTP", &[]),
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
    choose(&store, &cases);
}

#[test]
fn parts_are_joined_and_ask_each_side() {
    let cases: [(&str, &[u64]); 28] = [
        ("status=200 or is:malformed", &[1, 2, 3]),
        ("get or post and 200", &[1, 2]),
        ("(get or post) and path~api", &[2]),
        ("get || post && path~api", &[1, 2]),
        ("not get", &[2, 3, 4]),
        ("NOT (get OR post)", &[3, 4]),
        ("-(get or post) !head", &[3, 4]),
        ("not not get", &[1]),
        ("((get))", &[1]),
        ("not get post", &[2]),
        ("\"or\"", &[]),
        ("\"and\" or get", &[1]),
        ("/api/(x)", &[]),
        ("path=/api/(x) or (path=*)", &[1, 2, 3, 4]),
        ("req.size>=40", &[2]),
        ("resp.size>1k", &[2]),
        ("req.method=get", &[1]),
        ("resp.status=200 request.path~style", &[1]),
        ("type~html", &[]),
        ("type=\"\"", &[]),
        ("waited<=1 200", &[1]),
        ("notes>0", &[3]),
        ("header.host=*", &[]),
        ("header.host!=*", &[1, 2, 3, 4]),
        ("-header.host=*", &[1, 2, 3, 4]),
        ("body~x or style", &[1]),
        ("note:error", &[]),
        ("note!~error 200", &[1, 2]),
    ];
    choose(&store(), &cases);
}

/// Asserts which exchanges each filter chooses. A mistake chooses none.
fn choose(store: &Store, cases: &[(&str, &[u64])]) {
    for (line, expected) in cases {
        match Filter::parse(line) {
            Ok(filter) => {
                let found: Vec<u64> = store
                    .summaries()
                    .filter(|exchange| filter.matches(exchange))
                    .map(|exchange| exchange.id.get())
                    .collect();
                assert_eq!(found, *expected, "{line}");
                assert_eq!(filter.is_empty(), line.trim().is_empty());
            }
            Err(error) => assert_eq!(*expected, &[] as &[u64], "{line}: {error}"),
        }
    }
}

#[test]
fn a_backend_is_found_by_name_and_address() {
    let mut script = Script::default();
    script.open(1).dial(2);
    let get = b"GET /api HTTP/1.1\r\nHost: a\r\n\r\n";
    let request = |script: &mut Script| {
        let offset = script.read(1, get);
        script.request(1, offset, get, crate::http::Framing::None)
    };
    let (chosen, other) = (Verdict::Chosen(Reason::InTurn), Verdict::NotChosen { open: 0 });
    let refused = Failure::Refused;
    // 1: app-2, after app-1 refused. 2: none, since app-1 refused. 3: none was left. 4: no backend is asked.
    let id = request(&mut script);
    script.chosen(1, id, (1, None), &[chosen, other]);
    script.attempted(1, id, 1, 0, Err(refused));
    script.chosen(1, id, (2, Some(refused)), &[Verdict::Tried, chosen]);
    script.forward(id, 2, get);
    script.attempted(1, id, 2, 2, Ok(()));
    let id = request(&mut script);
    script.chosen(1, id, (1, None), &[chosen]);
    script.attempted(1, id, 1, 0, Err(refused));
    let id = request(&mut script);
    script.chosen(1, id, (1, None), &[Verdict::Off]);
    request(&mut script);
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    let cases: [(&str, &[u64]); 12] = [
        ("upstream=app-2", &[1]),
        ("upstream=APP-2", &[1]),
        ("upstream=127.0.0.1:3001", &[1]),
        ("upstream:3001", &[1]),
        ("upstream=app-1", &[]),
        ("upstream=none", &[2, 3]),
        ("upstream!=app-2", &[2, 3, 4]),
        ("group=app", &[1, 2, 3]),
        ("attempts>1", &[1]),
        ("attempts=1", &[2]),
        ("attempts<1", &[3, 4]),
        ("-attempts>=1", &[3, 4]),
    ];
    for (line, expected) in cases {
        let filter = Filter::parse(line).unwrap();
        let found = store.summaries().filter(|exchange| filter.matches(exchange));
        assert_eq!(found.map(|exchange| exchange.id.get()).collect::<Vec<_>>(), expected, "{line}");
    }
}

#[test]
fn a_stream_is_found_and_its_events_are_counted() {
    let mut script = Script::default();
    script.open(1).open(2).open(3);
    script.event_stream(1);
    script.exchange(2, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"data: a\n\n"));
    let chunked =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    script.exchange(3, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", chunked);
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    let cases: [(&str, &[u64]); 6] = [
        ("is:stream", &[1]),
        ("-is:stream", &[2, 3]),
        ("events=2", &[1]),
        ("events>2", &[]),
        ("events>=0", &[1]),
        ("is:stream status=200", &[1]),
    ];
    for (line, expected) in cases {
        let filter = Filter::parse(line).unwrap();
        let found = store.summaries().filter(|exchange| filter.matches(exchange));
        assert_eq!(found.map(|exchange| exchange.id.get()).collect::<Vec<_>>(), expected, "{line}");
    }
}

#[test]
fn a_websocket_is_found_by_what_its_frames_are_and_say() {
    let mut script = Script::default();
    script.open(1).open(2);
    script.websocket(1);
    // Another protocol that begins with a 101, and no frames.
    let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let offset = script.read(2, request);
    let id = script.request(2, offset, request, crate::http::Framing::None);
    let response = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: upgrade\r\n\r\n";
    script.respond_head(2, id, response, None);
    script.write(2, response);
    script.write(2, b"\x81\x02hi");
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    let cases: [(&str, &[u64]); 14] = [
        ("status=101", &[1, 2]),
        ("is:websocket", &[1]),
        ("-is:websocket", &[2]),
        ("ws.opcode=text", &[1]),
        ("ws.opcode=PING", &[1]),
        ("ws.opcode=8", &[1]),
        ("ws.opcode=pong", &[]),
        ("ws.opcode!=pong", &[1, 2]),
        ("-ws.opcode=close", &[2]),
        ("ws.text~hi", &[1]),
        ("ws.text=HI", &[1]),
        ("ws.text=h", &[]),
        ("ws.text~ab", &[]),
        ("ws.text!~hi", &[2]),
    ];
    for (line, expected) in cases {
        let filter = Filter::parse(line).unwrap();
        let found = store.summaries().filter(|exchange| filter.matches(exchange));
        assert_eq!(found.map(|exchange| exchange.id.get()).collect::<Vec<_>>(), expected, "{line}");
    }
    let counts = store.summary(ExchangeId::FIRST).and_then(|summary| summary.frames).unwrap();
    assert_eq!((counts.frames, counts.has_gap), (7, false));
}

const PART_MISSING: &str = "a part is missing here; and, or and not join parts: status>=400 and not path~api; quote a word to look for it: \"and\"";

#[test]
fn a_mistake_is_named_and_has_its_place() {
    let cases = [
        ("status>", "status> needs a value; for example status>=400", "status>"),
        ("get status:", "status: needs a value; for example status>=400", "status:"),
        ("status=ok", "\"ok\" is not a whole number", "ok"),
        ("/a -status=ok b", "\"ok\" is not a whole number", "ok"),
        ("status~2", "~ searches text, and status is a number; use status=, status> or status<", "~"),
        ("!method≥GET", "≥ compares numbers, and method is text; use method= or method~", "≥"),
        (
            "é colour=red",
            "\"colour\" is no key; the keys are status, method, path, type, header., body, note, notes, size, time, waited, began, conn, id, from, again, mark, comment, protocol, route, upstream, group, attempts, ws.opcode, ws.text and events",
            "colour",
        ),
        (
            "is:fine",
            "is:fine is unknown; there are is:open, is:error, is:malformed, is:aborted, is:websocket and is:stream",
            "is:fine",
        ),
        ("path~\"a b\" \"open", "this quote is not closed", "\"open"),
        ("get (a or b", "this parenthesis is not closed", "("),
        ("get (", "this parenthesis is not closed", "("),
        ("a) b", "this parenthesis closes none; quote it to look for it: \")\"", ")"),
        ("a and", PART_MISSING, "and"),
        ("or b", PART_MISSING, "or"),
        ("a or and b", PART_MISSING, "or"),
        ("a (not) b", PART_MISSING, "not"),
        ("a () b", PART_MISSING, "()"),
        ("(a or) b", PART_MISSING, "or"),
        ("statsu=200", "\"statsu\" is no key; did you mean status?", "statsu"),
        ("conn=1 heder.host=a", "\"heder.host\" is no key; did you mean header.?", "heder.host"),
        ("header=a", "header needs the name of a field; for example header.accept~json", "header"),
        ("resp.method=GET", "method belongs to the request", "resp.method"),
        ("req.conn=1", "conn belongs to neither message", "req.conn"),
        ("body>5", "> compares numbers, and body is text; use body= or body~", ">"),
        ("time>soon", "\"soon\" is not a number; for example 250, 1.5s or 20k", "soon"),
        ("size>\"1 x\"", "\"1 x\" is not a number; for example 250, 1.5s or 20k", "1 x"),
    ];
    for (line, sentence, wrong) in cases {
        let error = Filter::parse(line).unwrap_err();
        assert_eq!(error.explained(), sentence, "{line}");
        assert_eq!(&line[error.span.clone()], wrong, "{line}");
    }
}

#[test]
fn parentheses_and_negations_are_bounded() {
    for line in ["(".repeat(5_000), "not ".repeat(5_000) + "a", "-".to_owned() + &"(".repeat(5_000)] {
        assert!(Filter::parse(&line).is_err());
    }
    let deep = format!("{}a{}", "(".repeat(90), ")".repeat(90));
    assert!(!Filter::parse(&deep).unwrap().is_empty());
}

#[test]
fn a_verdict_names_the_only_part_that_fails() {
    use super::Verdict::{Fails, FailsOnly, Passes, Unknown};
    let store = store();
    let verdicts = |line: &str| -> Vec<super::Verdict> {
        let filter = Filter::parse(line).unwrap();
        store.summaries().map(|summary| filter.judge(&summary)).collect()
    };
    assert_eq!(verdicts("get and 200"), [Passes, FailsOnly(0), Fails, Fails]);
    assert_eq!(verdicts("get body~x"), [Unknown, FailsOnly(0), FailsOnly(0), FailsOnly(0)]);
    assert_eq!(verdicts("get or body~x"), [Passes, Unknown, Unknown, Unknown]);
    assert_eq!(verdicts("(get and body~x) or id=9"), [Unknown, FailsOnly(0), FailsOnly(0), FailsOnly(0)]);
    let filter = Filter::parse("status>=400 and not (a or b) \"x y\"").unwrap();
    assert_eq!(filter.parts().collect::<Vec<_>>(), ["status>=400", "not (a or b)", "\"x y\""]);
}

#[test]
fn every_key_has_a_name_of_its_own_and_an_example_that_uses_it() {
    let names = |key: &Key| [&[key.name], key.aliases].concat();
    for (index, key) in KEYS.iter().enumerate() {
        assert!(!key.help.is_empty() && !key.help.ends_with('.'), "{key:?}");
        assert!(key.example.contains(key.name), "{key:?}");
        assert!(!Filter::parse(key.example).unwrap().is_empty(), "{key:?}");
        for name in names(key) {
            assert!(!KEYS[..index].iter().flat_map(names).any(|other| other == name), "{name}");
        }
        let (store, opposite) = (store(), format!("-{}", key.example));
        let both = [key.example, &*opposite].map(|line| Filter::parse(line).unwrap());
        assert!(store.summaries().all(|summary| both[0].matches(&summary) != both[1].matches(&summary)));
    }
}
