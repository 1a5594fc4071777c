//! Exchanges and runs that differ in one thing each.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    explain::Facts,
    http::Framing,
    store::Store,
    testing::script::{MS, Script, response},
};

const HEAD: &str = "HTTP/1.1 200 OK\r\n";

/// A run of these exchanges.
fn run(exchanges: &[(&str, &str)]) -> Vec<Recorded> {
    let mut script = Script::default();
    script.open(1);
    let ids: Vec<_> = exchanges
        .iter()
        .map(|(request, response)| script.exchange(1, request.as_bytes(), response.as_bytes()))
        .collect();
    recorded(&mut script, &ids)
}

fn recorded(script: &mut Script, ids: &[crate::base::stream::ExchangeId]) -> Vec<Recorded> {
    let mut store = Store::new(1 << 24);
    store.apply(script.batch());
    ids.iter().map(|id| Recorded::new(&Facts::new(store.detail(*id).unwrap()))).collect()
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost:8080\r\n\r\n")
}

fn answer(fields: &str, body: &str) -> String {
    format!("{HEAD}{fields}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// The changes between two exchanges: the part, both values, and whether they count.
fn told(one: (&str, &str), other: (&str, &str)) -> Vec<(String, String, String, Weight)> {
    let [one, other] = [one, other].map(|it| run(&[it]).remove(0));
    let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let flat = |Change { part, values: [one, other], weight }| (part, text(one), text(other), weight);
    changes(&one, &other).into_iter().map(flat).collect()
}

#[test]
fn json_differs_by_path() {
    let one =
        answer("Content-Type: application/json\r\n", r#"{"a":1,"b":[1,{"c":"x"}],"gone":null,"e f":1}"#);
    let other =
        answer("Content-Type: application/json\r\n", r#"{"a":1,"b":[1,{"c":"y"},3],"e f":2,"new":4}"#);
    let found = told((&get("/"), &one), (&get("/"), &other));
    let found: Vec<_> =
        found.iter().map(|(part, one, other, _)| format!("{part}: {one} > {other}")).collect();
    let wanted = [
        r#"resp.body $.b[1].c: "x" > "y""#,
        "resp.body $.b[2]: - > 3",
        r#"resp.body $["e f"]: 1 > 2"#,
        "resp.body $.gone: null > -",
        "resp.body $.new: - > 4",
    ];
    for line in wanted {
        assert!(found.iter().any(|it| it == line), "{line} in {found:?}");
    }
    assert!(found.iter().all(|it| !it.contains("$.a:")));
}

#[test]
fn of_many_differences_in_json_the_rest_is_counted() {
    let body =
        |from: u32| answer("", &serde_json::to_string(&(from..from + 203).collect::<Vec<_>>()).unwrap());
    let found = told((&get("/"), &body(100)), (&get("/"), &body(500)));
    assert_eq!((found.len(), &*found[200].0), (201, "resp.body and 3 more places"));
}

#[test]
fn other_bodies_differ_as_bytes_and_fields_by_name() {
    let found =
        told((&get("/"), &answer("X: 1\r\nA: 2\r\n", "hello")), (&get("/"), &answer("x: 3\r\n", "help!!")));
    let parts: Vec<&str> = found.iter().map(|(part, ..)| &**part).collect();
    assert_eq!(parts, ["resp.header.x", "resp.header.a", "resp.header.content-length", "resp.body"]);
    assert_eq!((&*found[0].1, &*found[0].2, &*found[1].2), ("1", "3", "-"));
    assert_eq!((&*found[3].1, &*found[3].2), ("5 bytes", "6 bytes"));
    assert_eq!(told((&get("/"), &answer("", "a")), (&get("/"), &answer("", "a"))), []);
}

#[test]
fn what_always_differs_is_named_and_does_not_count() {
    let one = answer("Date: Mon, 02 Jan 2006 15:04:05 GMT\r\nLocation: http://localhost:8080/a\r\n", "");
    let other = answer("Date: Mon, 02 Jan 2006 15:04:06 GMT\r\nLocation: http://localhost:9/a\r\n", "");
    let found = told((&get("/"), &one), (&get("/").replace("8080", "41234"), &other));
    let weights: Vec<_> = found.iter().map(|(part, .., weight)| (&**part, *weight)).collect();
    let wanted = [
        ("req.header.host", Weight::Port),
        ("resp.header.date", Weight::Date),
        ("resp.header.location", Weight::Port),
    ];
    assert_eq!(weights, wanted);
    // Another host or path is more than another port.
    let moved = other.replace(":9/a", ":9/b");
    assert!(told((&get("/"), &one), (&get("/"), &moved)).iter().any(|it| it.3 == Weight::Counts));
}

#[test]
fn the_same_bytes_in_other_pieces_are_told_as_such() {
    let request = get("/a");
    let mut script = Script::default();
    script.open(1);
    let (start, rest) = request.as_bytes().split_at(10);
    let offset = script.read(1, start);
    script.wait(MS).read(1, rest);
    let split = script.request(1, offset, request.as_bytes(), Framing::None);
    script.respond(1, split, &response(b"1"), None);
    let whole = script.exchange(1, request.as_bytes(), &response(b"1"));
    let runs = recorded(&mut script, &[split, whole]);
    assert_eq!(runs[0].sides[0].pieces, [10, request.len() as u64 - 10]);
    let found = changes(&runs[0], &runs[1]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&*found[0].part, found[0].weight), ("req.pieces", Weight::Pieces));
    let found = Runs::new(&runs[..1], &runs[1..]);
    assert_eq!([false, true].map(|all| found.is_same(all)), [Some(true), Some(false)]);
}

#[test]
fn runs_are_matched_by_method_and_path() {
    let ok = answer("", "1");
    let targets = |targets: &[&str]| {
        let requests: Vec<String> = targets.iter().map(|target| get(target)).collect();
        run(&requests.iter().map(|request| (&**request, &*ok)).collect::<Vec<_>>())
    };
    let one = targets(&["/a", "/b", "/c?x=1", "/gone", "/a"]);
    let other = targets(&["/b", "/a", "/c?x=2", "/new", "/a", "/a"]);
    let runs = Runs::new(&one, &other);
    let pairs: Vec<_> = runs.pairs.iter().map(|pair| (pair.at, pair.is_moved)).collect();
    assert_eq!(pairs.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [[0, 1], [1, 0], [2, 2], [4, 4]]);
    assert_eq!(pairs.iter().filter(|(_, is_moved)| *is_moved).count(), 1);
    assert_eq!((&*runs.missing, &*runs.more), (&[3][..], &[3, 5][..]));
    assert_eq!(runs.pairs[2].changes[0].part, "target");
    assert_eq!((runs.is_same(false), Runs::new(&one, &one).is_same(true)), (Some(false), Some(true)));
}

#[test]
fn whatever_bytes_differ_is_told() {
    let parts = |one: &str, other: &str| -> Vec<(String, Weight)> {
        told((&get("/"), one), (&get("/"), other)).into_iter().map(|it| (it.0, it.3)).collect()
    };
    let ok = answer("A: 1\r\n", "x");
    let counts = |part: &str| vec![(part.to_owned(), Weight::Counts)];
    assert_eq!(parts(&ok, &ok.replace("OK", "Fine")), counts("resp.reason"));
    assert_eq!(parts(&ok, &ok.replace("HTTP/1.1", "HTTP/1.0")), counts("resp.version"));
    assert_eq!(parts(&ok, &ok.replace("A: 1", "a:  1")), counts("resp.bytes"));
    let chunked = |body: &str| format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n{body}\r\n");
    let one = chunked("2\r\nab\r\n0\r\n");
    assert_eq!(parts(&one, &chunked("2\r\nab\r\n0\r\nT: 1\r\n")), counts("resp.trailer.t"));
    let other = chunked("1\r\na\r\n1\r\nb\r\n0\r\n");
    assert_eq!(parts(&one, &other), [("resp.chunks".to_owned(), Weight::Pieces)]);
}

#[test]
fn bytes_that_were_not_captured_are_not_taken_for_the_same() {
    let whole = run(&[(&get("/"), &answer("", "abc"))]);
    let mut cut = whole.clone();
    cut[0].sides[1].body.is_whole = false;
    let runs = Runs::new(&cut, &cut);
    assert_eq!((runs.is_same(false), runs.pairs[0].changes[0].weight), (None, Weight::Unknown));
    cut[0].sides[1].body.len = 4;
    assert_eq!(Runs::new(&whole, &cut).is_same(false), Some(false));
}
