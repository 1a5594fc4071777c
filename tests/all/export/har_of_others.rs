//! HAR of what other programs said to each other: tunnels, heads that are cut, requests of HTTP/0.9, and responses
//! without a request.

use byteglass::{
    base::stream::ExchangeId,
    explain::Facts,
    export::{self, Ended, Export},
    pcap::Import,
    store::Store,
    testing::packets::{Ip, Order, conversation, pcap, pcap_cut, segment},
};
use serde_json::Value;

use super::har::{GET, OK, entries, entry, opened};

fn store(file: &[u8]) -> Store {
    let mut import = Import::new(file);
    let mut store = Store::new(64 << 20);
    while let Some(batch) = import.step() {
        store.apply(batch);
    }
    store
}

/// All exchanges of the store as HAR, and what was left out.
fn har(store: &Store) -> (Value, Ended) {
    let mut file = Vec::new();
    let mut export = Export::begin(export::format("har").unwrap(), &mut file).unwrap();
    for exchange in store.exchanges() {
        let detail = store.detail(exchange.id).unwrap();
        export.add(&Facts::new(detail), store.wall_clock(exchange.began)).unwrap();
    }
    let ended = export.end("").unwrap();
    (serde_json::from_slice(&file).unwrap(), ended)
}

#[test]
fn a_tunnel_is_no_body_and_its_time_is_not_that_of_the_request() {
    let connect = b"CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n";
    let upgrade = b"GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n";
    let cases: [(&[u8], &[u8], u16); 2] = [
        (connect, b"HTTP/1.1 200 Connection established\r\n\r\n", 200),
        (upgrade, b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n", 101),
    ];
    for (request, response, status) in cases {
        // What follows goes on for as long as there are packets, one a millisecond.
        let spoken: Vec<(&[u8], &[u8])> = [(request, response)]
            .into_iter()
            .chain([(&b"\x16\x03\x01ask"[..], &b"answer"[..]); 20])
            .collect();
        let frames = conversation(Ip::V4, 50_000, &spoken);
        let log = opened(&store(&pcap(Order::Little, false, 101, &frames)));
        let [entry] = &log.entries[..] else { panic!("{}", log.entries.len()) };
        assert_eq!(entry.response.status, i64::from(status));
        assert_eq!((entry.request.body_size, entry.response.body_size), (0, 0));
        assert_eq!((entry.response.content.size, entry.response.content.text.as_deref()), (0, Some("")));
        assert!(entry.request.post_data.is_none());
        let timings = &entry.timings;
        assert_eq!((timings.send, timings.wait, timings.receive), (0.0, 1.0, 0.0));
        // What the client says after a 101 is part of the exchange.
        let said = Some("120 bytes of another protocol after it, which are not here.");
        assert_eq!(entry.request.comment.as_deref(), said.filter(|_| status == 101));
        assert_eq!(entry.response.comment.as_deref(), said);
    }
}

#[test]
fn only_a_version_that_was_read_is_there() {
    // The snapshot length cuts the request in its version, and the response in its reason.
    let frames = conversation(Ip::V4, 50_000, &[(b"GET /cut HTTP/1.1\r\nHost: a\r\n\r\n", OK)]);
    let headers = frames[0].len();
    let log = opened(&store(&pcap_cut(Order::Little, false, 101, &frames, headers + 13)));
    let cut = &log.entries[0];
    assert_eq!((&*cut.request.method, &*cut.request.url), ("GET", "http://10.0.0.1:80/cut"));
    assert_eq!((&*cut.request.http_version, cut.response.status), ("", 200));
    assert_eq!(&*cut.response.http_version, "HTTP/1.1");

    let simple = entry(b"GET /old\r\n", b"<p>Not found</p>\n");
    assert_eq!((&*simple.request.method, &*simple.request.url), ("GET", "http://10.0.0.1:80/old"));
    assert_eq!((&*simple.request.http_version, simple.response.status), ("HTTP/0.9", 0));
    let said = simple.comment.unwrap();
    assert!(said.contains("17 bytes came that begin no response of HTTP/1"), "{said}");
}

#[test]
fn a_response_without_a_request_is_left_out_and_that_is_said() {
    let two = OK.repeat(2);
    let frames = conversation(Ip::V4, 50_000, &[(GET, &two), (GET, OK)]);
    let store = store(&pcap(Order::Little, false, 101, &frames));
    assert_eq!(store.exchanges().count(), 3);
    let (log, ended) = har(&store);
    assert_eq!((ended.written, log["log"]["entries"].as_array().map(Vec::len)), (2, Some(2)));
    let why = "exchange 2 cannot be written as HAR 1.2: neither a method nor a URL is known of its request";
    assert_eq!(ended.omitted.words().as_deref(), Some(why));
    assert!(log["log"]["comment"].as_str().unwrap().to_lowercase().starts_with(why.to_lowercase().as_str()));
    for entry in log["log"]["entries"].as_array().unwrap() {
        assert_eq!(entry["request"]["method"], "GET");
        assert_eq!(entry["request"]["url"], "http://a/");
    }
    // Other formats have it.
    let detail = store.detail(ExchangeId::nth(2)).unwrap();
    assert_eq!(export::raw(&detail, byteglass::base::stream::Direction::Sent), OK);
}

#[test]
fn a_url_is_absolute_whatever_target_and_host_are() {
    let request = |target: &str, host: &str| format!("GET {target} HTTP/1.1\r\n{host}\r\n").into_bytes();
    let cases = [
        ("/a|b", "Host: x\r\n", "http://x/a|b"),
        ("/a", "", "http://10.0.0.1:80/a"),
        ("/a", "Host:\r\n", "http://10.0.0.1:80/a"),
        ("/a", "Host: a b\r\n", "http://10.0.0.1:80/a"),
        ("/a", "Host: a:99999\r\n", "http://10.0.0.1:80/a"),
        ("a.html", "Host: x:81\r\n", "http://x:81/a.html"),
        ("http://y/z", "Host: x\r\n", "http://y/z"),
        ("ftp://y/z", "Host: x\r\n", "ftp://y/z"),
        ("*", "Host: [::1]:81\r\n", "http://[::1]:81"),
    ];
    let requests: Vec<_> = cases.iter().map(|(target, host, _)| request(target, host)).collect();
    let exchanges: Vec<(&[u8], &[u8])> = requests.iter().map(|request| (&request[..], OK)).collect();
    for (entry, (target, host, url)) in entries(&exchanges).iter().zip(cases) {
        assert_eq!(entry.request.url, url, "{target} {host}");
    }
}

#[test]
fn times_are_those_of_the_first_byte_and_of_the_last() {
    // The head of the response comes in three segments, and another request meanwhile.
    let [syn, ack] = [2, 16];
    let second = b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
    let asked = u32::try_from(GET.len()).unwrap();
    let later = asked + u32::try_from(second.len()).unwrap();
    let frames = [
        segment(Ip::V4, true, 50_000, [0, 0], syn, b""),
        segment(Ip::V4, false, 50_000, [0, 1], syn | ack, b""),
        segment(Ip::V4, true, 50_000, [1, 1], ack, GET),
        segment(Ip::V4, false, 50_000, [1, 1 + asked], ack, &OK[..4]),
        segment(Ip::V4, true, 50_000, [1 + asked, 5], ack, second),
        segment(Ip::V4, false, 50_000, [5, 1 + later], ack, &OK[4..20]),
        segment(Ip::V4, false, 50_000, [21, 1 + later], ack, &OK[20..]),
        segment(Ip::V4, false, 50_000, [1 + u32::try_from(OK.len()).unwrap(), 1 + later], ack, OK),
    ];
    let log = opened(&store(&pcap(Order::Little, false, 101, &frames)));
    let times: Vec<_> = log
        .entries
        .iter()
        .map(|entry| {
            (&entry.started_date_time[17..], entry.timings.send, entry.timings.wait, entry.timings.receive)
        })
        .collect();
    // The bytes of the first head are told once it is whole; the request that came meanwhile was told before.
    assert_eq!(times[1], ("20.004000Z", 0.0, 3.0, 0.0));
    let (began, send, wait, receive) = times[0];
    assert_eq!((began, send), ("20.002000Z", 0.0));
    assert!((1.0..=2.0).contains(&wait), "{wait}");
    assert!((wait + receive - 4.0).abs() < 1e-9, "{wait} {receive}");
}
