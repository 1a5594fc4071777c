//! HAR files, opened again by another reader of HAR.

use std::{io::Write, path::Path};

use byteglass::{
    explain::Facts,
    export::{self, Export},
    pcap::Import,
    server::Settings,
    service::MiddlewareKind,
    store::Store,
    testing::{
        Site,
        packets::{Ip, Order, conversation, pcap},
    },
};
use har::v1_2::{Entries, Log};

/// The store's exchanges as HAR, and what the other reader makes of that.
pub(super) fn opened(store: &Store) -> Log {
    let mut file = Vec::new();
    let mut export = Export::begin(export::format("har-with-secrets").unwrap(), &mut file).unwrap();
    for exchange in store.exchanges() {
        let detail = store.detail(exchange.id).unwrap();
        export.add(&Facts::new(detail), store.wall_clock(exchange.began)).unwrap();
    }
    export.end("").unwrap();
    let read = har::from_slice(&file).unwrap();
    // What it understands is all there is, but for the one field that is our own.
    let mut ours: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let mut theirs = serde_json::to_value(&read).unwrap();
    strip(&mut ours);
    strip(&mut theirs);
    assert_eq!(ours, theirs);
    match read.log {
        har::Spec::V1_2(log) => log,
        har::Spec::V1_3(_) => panic!("it says that it is HAR 1.3"),
    }
}

/// Takes away what either side need not have: our own fields, and optional timings that are not known; and
/// makes all numbers equal that mean the same.
fn strip(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.retain(|name, value| !name.starts_with('_') && value.as_f64() != Some(-1.0));
            fields.values_mut().for_each(strip);
        }
        serde_json::Value::Array(all) => all.iter_mut().for_each(strip),
        serde_json::Value::Number(number) => *value = number.as_f64().into(),
        _ => {}
    }
}

/// The entries of these exchanges on one connection, as another program captured them.
pub(super) fn entries(exchanges: &[(&[u8], &[u8])]) -> Vec<Entries> {
    let file = pcap(Order::Little, false, 101, &conversation(Ip::V4, 50_000, exchanges));
    let mut import = Import::new(&file[..]);
    let mut store = Store::new(64 << 20);
    while let Some(batch) = import.step() {
        store.apply(batch);
    }
    let log = opened(&store);
    assert_eq!(log.entries.len(), exchanges.len());
    log.entries
}

/// The entry of this one.
pub(super) fn entry(request: &[u8], response: &[u8]) -> Entries {
    entries(&[(request, response)]).remove(0)
}

pub(super) const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
pub(super) const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";

#[test]
fn what_the_server_said_is_there_again() {
    let site = Site::start_as(|settings: &mut Settings| {
        settings.middleware.set_enabled(MiddlewareKind::Compression, true);
    });
    std::fs::write(Path::new(site.folder.path()).join("long.txt"), "a line\n".repeat(1000)).unwrap();
    let mut client = site.client();
    client.get("/a.txt?x=1%202&y");
    client.get_with("/long.txt", &["Accept-Encoding: gzip"]);
    client.get_with("/long.txt", &["Accept-Encoding: br"]);
    client
        .send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.response("POST").status, 100);
    client.send(b"\x00\xff\x01");
    client.response("POST");
    client.get("/stream/3");
    client.send("HEAD /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client.response("HEAD");
    drop(client);
    let mut store = Store::new(64 << 20);
    while store.exchanges().filter(|one| one.outcome.ended()).count() < 6 {
        store.apply(site.events.recv().unwrap());
    }
    let log = opened(&store);
    assert_eq!(log.creator.name, "byteglass");
    let [plain, gzip, brotli, echo, stream, head] = &log.entries[..] else { panic!("{}", log.entries.len()) };

    assert_eq!(plain.request.url, "http://localhost/a.txt?x=1%202&y");
    let query: Vec<_> = plain.request.query_string.iter().map(|pair| (&*pair.name, &*pair.value)).collect();
    assert_eq!(query, [("x", "1 2"), ("y", "")]);
    assert_eq!(plain.response.content.text.as_deref(), Some("abcdefghijklmnopqrstuvwxyz"));
    assert_eq!((plain.response.content.size, plain.response.body_size), (26, 26));
    assert_eq!((plain.request.headers_size, plain.request.body_size), (50, 0));
    assert_eq!(plain.comment, None);

    for (entry, coding) in [(gzip, "gzip"), (brotli, "br")] {
        let content = &entry.response.content;
        let coded = entry
            .response
            .headers
            .iter()
            .any(|field| field.name == "Content-Encoding" && field.value == coding);
        assert!(coded, "{coding}");
        assert_eq!(content.text.as_deref(), Some(&*"a line\n".repeat(1000)), "{coding}");
        assert_eq!((content.size, content.encoding.as_deref()), (7000, None));
        // Bytes saved: what the body has on the wire, but for chunk framing.
        let saved = content.compression.unwrap();
        assert!(saved > 6000 && 7000 - saved < entry.response.body_size, "{saved}");
    }

    let sent = echo.request.post_data.as_ref().unwrap();
    assert_eq!((sent.text.as_deref(), sent.params.as_ref()), (Some(""), None));
    assert!(sent.comment.as_ref().is_some_and(|said| said.contains("_base64")), "{sent:?}");
    assert_eq!(echo.response.content.text.as_deref(), Some("AP8B"));
    assert_eq!(echo.response.content.encoding.as_deref(), Some("base64"));
    // The interim response counts to neither head nor body.
    assert_eq!((echo.response.status, echo.response.body_size), (200, 3));
    assert_eq!(echo.response.comment.as_deref(), Some("interim responses before it: 100."));

    assert_eq!(stream.response.content.text.as_deref(), Some("chunk 1 of 3\nchunk 2 of 3\nchunk 3 of 3\n"));
    assert_eq!((stream.response.content.size, stream.response.body_size), (39, 39 + 3 * 5 + 5));

    assert_eq!((head.response.content.size, head.response.body_size), (0, 0));
    for entry in &log.entries {
        let timings = &entry.timings;
        assert!((timings.send + timings.wait + timings.receive - entry.time).abs() < 1e-9);
        assert!(timings.send >= 0.0 && timings.wait >= 0.0 && timings.receive >= 0.0);
        assert_eq!(entry.server_ip_address.as_deref(), Some("127.0.0.1"));
        assert!(entry.started_date_time.ends_with('Z') && entry.started_date_time.len() == 27);
    }
}

#[test]
fn cookies_redirects_and_urls() {
    let asked = b"GET http://b.example/p?q=r HTTP/1.1\r\nHost: a\r\nCookie: k=v; l=w=x\r\nCookie: m\r\n\r\n";
    let answer = b"HTTP/1.1 302 Moved Over\r\nLocation: /z\r\n\
        Set-Cookie: s=1; Path=/p; Domain=b.example; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Secure; HttpOnly\r\n\
        Set-Cookie: t=2; Max-Age=5; Expires=never\r\nContent-Length: 0\r\n\r\n";
    let entry = entry(asked, answer);
    assert_eq!(entry.request.url, "http://b.example/p?q=r");
    let sent: Vec<_> = entry.request.cookies.iter().map(|one| (&*one.name, &*one.value)).collect();
    assert_eq!(sent, [("k", "v"), ("l", "w=x"), ("m", "")]);
    let [first, second] = &entry.response.cookies[..] else { panic!("{:?}", entry.response.cookies) };
    assert_eq!(first.expires.as_deref(), Some("2015-10-21T07:28:00.000000Z"));
    assert_eq!((first.path.as_deref(), first.domain.as_deref()), (Some("/p"), Some("b.example")));
    assert_eq!((first.secure, first.http_only), (Some(true), Some(true)));
    // Five seconds after the response, which is the sixth packet, one a millisecond.
    let expires = Some("2023-11-14T22:13:25.004000Z");
    assert_eq!((&*second.name, second.expires.as_deref(), second.secure), ("t", expires, None));
    assert_eq!(entry.response.redirect_url.as_deref(), Some("/z"));
    assert_eq!(entry.response.status_text, "Moved Over");

    let options = b"OPTIONS * HTTP/1.1\r\nHost: a:8080\r\n\r\n";
    assert_eq!(self::entry(options, OK).request.url, "http://a:8080");
    let no_host = b"GET /x HTTP/1.0\r\n\r\n";
    let entry = self::entry(no_host, OK);
    assert_eq!((&*entry.request.url, &*entry.request.http_version), ("http://10.0.0.1:80/x", "HTTP/1.0"));
}

#[test]
fn content_is_text_where_it_can_be() {
    let answer = |fields: &str, content: &[u8]| {
        let head = format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {}\r\n\r\n", content.len());
        let content = entry(GET, &[head.as_bytes(), content].concat()).response.content;
        (content.text.unwrap(), content.encoding, content.comment)
    };
    let base64 = Some("base64".to_owned());
    assert_eq!(answer("", "caf\u{e9}\t\r\n".as_bytes()).0, "caf\u{e9}\t\r\n");
    // Not UTF-8; a control character.
    assert_eq!(answer("Content-Type: text/plain; charset=latin1\r\n", b"caf\xe9").0, "Y2Fm6Q==");
    assert_eq!(answer("", b"a\0"), ("YQA=".to_owned(), base64.clone(), None));
    // Not known, or not what it says: it stays as it was sent, and that is said.
    let said = |coding: &str| Some(format!("The content is as it was sent: {coding}."));
    assert_eq!(
        answer("Content-Encoding: zstd\r\n", b"abc"),
        ("YWJj".to_owned(), base64.clone(), said("zstd"))
    );
    assert_eq!(answer("Content-Encoding: gzip\r\n", b"abc"), ("YWJj".to_owned(), base64, said("gzip")));
    // Two codings, in two fields.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"twice").unwrap();
    let mut twice = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    twice.write_all(&gzip.finish().unwrap()).unwrap();
    let twice = twice.finish().unwrap();
    assert_eq!(answer("Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n", &twice).0, "twice");
}

#[test]
fn what_has_no_place_or_is_not_there_is_said() {
    let trailers =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\nX-Empty:\r\n\r\n";
    let entry = entry(GET, trailers);
    assert_eq!(entry.response.comment.as_deref(), Some("trailer fields: X-Sum: 7, X-Empty: ."));
    assert_eq!(entry.response.content.text.as_deref(), Some("hi"));

    // Bytes in the middle of the response are not in the capture: what is before them is there.
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 2500\r\n\r\n";
    let response = [&head[..], &b"x".repeat(2500)].concat();
    let mut packets = conversation(Ip::V4, 50_000, &[(GET, &response)]);
    packets.remove(5);
    let mut store = Store::new(64 << 20);
    let file = pcap(Order::Little, false, 101, &packets);
    let mut import = Import::new(&file[..]);
    while let Some(batch) = import.step() {
        store.apply(batch);
    }
    let entry = opened(&store).entries.remove(0);
    let after = response.len() - 2000;
    assert_eq!(
        entry.response.comment,
        Some(format!(
            "1,000 bytes of the response are not in the capture; {after} bytes after them are left out."
        ))
    );
    assert_eq!(entry.response.content.text.unwrap(), "x".repeat(1000 - head.len()));
    assert_eq!((entry.response.content.size, entry.response.body_size), (2500, 2500));

    // A request alone.
    let packets = &conversation(Ip::V4, 50_000, &[(GET, OK)])[..4];
    let file = pcap(Order::Little, false, 101, packets);
    let mut import = Import::new(&file[..]);
    let mut store = Store::new(64 << 20);
    while let Some(batch) = import.step() {
        store.apply(batch);
    }
    let entry = opened(&store).entries.remove(0);
    assert!(entry.comment.unwrap().starts_with("the exchange is not complete"));
    assert_eq!((entry.response.status, entry.response.headers_size, entry.response.body_size), (0, -1, -1));
}

#[test]
fn an_event_stream_is_its_text_as_it_is() {
    let stream = "retry: 9\ndata: caf\u{e9}\n\n: c\n\n";
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {}\r\n\r\n",
        stream.len()
    );
    let found = entries(&[(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", (head + stream).as_bytes())]);
    assert_eq!(found[0].response.content.text.as_deref(), Some(stream));
    assert_eq!(found[0].response.content.mime_type.as_deref(), Some("text/event-stream"));
}
