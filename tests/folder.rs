//! What the folder answers, over real sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod support;

use std::{
    fs,
    io::Read,
    time::{Duration, Instant, SystemTime},
};

use byteglass::server::{BasicAuthSettings, MiddlewareKind};
use support::Site;

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

/// Bytes that differ from place to place.
fn pattern(len: u32) -> Vec<u8> {
    (0..len).map(|at| (at % 251) as u8).collect()
}

#[test]
fn several_ranges_come_as_parts_and_the_connection_goes_on() {
    let site = Site::start();
    let mut client = site.client();
    let response = client.get_with("/a.txt", &["Range: bytes=20-, 0-1,1-2 ,99-"]);
    assert_eq!((response.status, response.field("Content-Range")), (206, None));
    let boundary =
        response.field("Content-Type").unwrap().strip_prefix("multipart/byteranges; boundary=").unwrap();
    let part = |range: &str, data: &str| {
        format!(
            "--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes {range}/26\r\n\r\n{data}\r\n"
        )
    };
    let expected = format!("{}{}--{boundary}--\r\n", part("20-25", "uvwxyz"), part("0-2", "abc"));
    assert_eq!(response.text(), expected);
    assert_eq!(client.get("/a.txt").body, ALPHABET);
}

#[test]
fn parts_of_a_large_file_are_streamed() {
    let site = Site::start();
    let content = pattern(5_000_000);
    fs::write(site.folder.path().join("large.bin"), &content).unwrap();
    let mut client = site.client();
    let response = client.get_with("/large.bin", &["Range: bytes=3000000-4999999,0-1999999"]);
    assert_eq!(response.status, 206);
    let find = |needle: &[u8]| response.body.windows(64).position(|at| at.starts_with(needle)).is_some();
    assert!(find(&content[3_000_000..3_000_064]) && find(&content[..64]));
    let data = 4_000_000;
    assert!((data..data + 1000).contains(&response.body.len()), "{}", response.body.len());
    let first = response.body.windows(4).position(|at| at == b"\r\n\r\n").unwrap() + 4;
    assert!(response.body[first..first + 2_000_000] == content[3_000_000..]);
    // Many small ranges are an attempt to make the server work for nothing.
    let many: Vec<_> = (0..500).map(|at| format!("{}-{}", at * 3, at * 3)).collect();
    let response = client.get_with("/large.bin", &[&format!("Range: bytes={}", many.join(","))]);
    assert_eq!((response.status, response.body.len()), (200, content.len()));
}

/// Turns these layers on besides the usual ones.
fn with(kinds: &[MiddlewareKind]) -> Site {
    Site::start_as(|settings| {
        for kind in kinds {
            settings.middleware.set_enabled(*kind, true);
        }
    })
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut content).unwrap();
    content
}

fn unbrotli(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    brotli::Decompressor::new(bytes, 4096).read_to_end(&mut content).unwrap();
    content
}

#[test]
fn text_is_compressed_on_the_way_and_each_form_is_validated_by_itself() {
    let site = with(&[MiddlewareKind::Compression]);
    let content: Vec<u8> = (0..400_000).flat_map(|n: u32| format!("line {n}\n").into_bytes()).collect();
    fs::write(site.folder.path().join("big.txt"), &content).unwrap();
    let mut client = site.client();
    let mut tags = Vec::new();
    for (accepted, coding) in [("gzip", Some("gzip")), ("gzip, br", Some("br")), ("deflate", None)] {
        let accepted = format!("Accept-Encoding: {accepted}");
        let response = client.get_with("/big.txt", &[&accepted]);
        assert_eq!(response.field("Content-Encoding"), coding);
        assert_eq!(response.field("Vary"), Some("Accept-Encoding"));
        assert_eq!(response.field("Transfer-Encoding").is_some(), coding.is_some());
        let body = match coding {
            Some("gzip") => gunzip(&response.body),
            Some(_) => unbrotli(&response.body),
            None => response.body.clone(),
        };
        assert!(body == content);
        let tag = response.field("ETag").unwrap().to_owned();
        assert!(!tags.contains(&tag));
        let again = client.get_with("/big.txt", &[&accepted, &format!("If-None-Match: {tag}")]);
        assert_eq!((again.status, again.field("ETag")), (304, Some(&*tag)));
        assert_eq!(again.field("Vary"), Some("Accept-Encoding"));
        client.send(format!("HEAD /big.txt HTTP/1.1\r\nHost: localhost\r\n{accepted}\r\n\r\n"));
        let head = client.response("HEAD");
        assert_eq!(
            (head.status, head.field("Content-Encoding"), head.field("ETag")),
            (200, coding, Some(&*tag))
        );
        tags.push(tag);
    }
    let gzip = "Accept-Encoding: gzip";
    let stale = client.get_with("/big.txt", &[gzip, &format!("If-None-Match: {}", tags[1])]);
    assert_eq!(stale.status, 200, "the tag of another form");
    let part = client.get_with("/big.txt", &[gzip, "Range: bytes=0-3"]);
    assert_eq!((part.status, part.field("Content-Encoding"), part.text()), (206, None, "line"));
    assert_eq!((part.field("Vary"), part.field("ETag")), (Some("Accept-Encoding"), Some(&*tags[2])));
    let refused = client.get_with("/big.txt", &["Accept-Encoding: identity;q=0"]);
    assert_eq!(refused.status, 406);
    assert!(refused.text().contains("RFC 9110 §15.5.7"));
    assert_eq!(client.get_with("/a.txt", &[gzip]).body, ALPHABET);
    // HTTP/1.0 has no chunks: the end of the connection ends the content.
    let mut client = site.client();
    client.send(format!("GET /big.txt HTTP/1.0\r\n{gzip}\r\n\r\n"));
    let response = client.response("GET");
    assert_eq!(response.field("Transfer-Encoding"), None);
    assert!(gunzip(&response.body) == content);
}

#[cfg(unix)]
#[test]
fn a_compressed_file_beside_the_original_is_sent_if_it_is_as_new() {
    let site = with(&[MiddlewareKind::Compression]);
    let folder = site.folder.path();
    let write = |name: &str, content: &str, age: u64| {
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        let when = SystemTime::now() - Duration::from_secs(age);
        fs::File::options().write(true).open(path).unwrap().set_modified(when).unwrap();
    };
    write("app.js", "original", 100);
    write("app.js.gz", "ready gz", 100);
    write("app.js.br", "stale br", 101);
    write("picture.png", "original", 100);
    write("picture.png.br", "ready br", 50);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    write("b.js", "original", 100);
    std::os::unix::fs::symlink(outside.path().join("secret"), folder.join("b.js.gz")).unwrap();
    fs::create_dir(folder.join("b.js.br")).unwrap();
    let mut client = site.client();
    let both = "Accept-Encoding: br, gzip";
    for (path, coding, body) in [
        ("/app.js", Some("gzip"), "ready gz"),
        ("/picture.png", Some("br"), "ready br"),
        ("/b.js", None, "original"),
        ("/app.js.gz", None, "ready gz"),
    ] {
        let response = client.get_with(path, &[both]);
        assert_eq!((response.field("Content-Encoding"), response.text()), (coding, body), "{path}");
        let length = response.body.len().to_string();
        assert_eq!(response.field("Content-Length"), Some(&*length), "{path}");
        let tag = format!("If-None-Match: {}", response.field("ETag").unwrap());
        assert_eq!(client.get_with(path, &[both, &tag]).status, 304, "{path}");
    }
    let response = client.get_with("/app.js", &[both]);
    assert_eq!(response.field("Content-Type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(client.get("/app.js").field("Vary"), Some("Accept-Encoding"));
    assert_eq!(client.get("/app.js").text(), "original");
    // Off: the folder is as if there was nothing beside the file.
    let mut middleware = site.server.settings().middleware;
    middleware.set_enabled(MiddlewareKind::Compression, false);
    site.server.set_middleware(middleware);
    let plain = client.get_with("/app.js", &[both]);
    assert_eq!((plain.field("Vary"), plain.text()), (None, "original"));
}

/// A client that waits for a large file to be compressed does not make others wait.
#[test]
fn nobody_waits_for_a_file_that_is_compressed() {
    let site = with(&[MiddlewareKind::Compression]);
    let file = fs::File::create(site.folder.path().join("zeros.txt")).unwrap();
    file.set_len(2 << 30).unwrap();
    let mut greedy = site.client();
    greedy.send("GET /zeros.txt HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n");
    let mut other = site.client();
    for _ in 0..50 {
        let began = Instant::now();
        assert_eq!(other.get("/a.txt").body, ALPHABET);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
}

#[test]
fn a_foreign_host_is_answered_to_once_it_is_allowed() {
    let site = Site::start_as(|settings| settings.hosts = vec!["dev.example".to_owned()]);
    let get = |host: &str| {
        let mut client = site.client();
        client.send(format!("GET /a.txt HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        client.response("GET")
    };
    assert_eq!(get("dev.example:8080").body, ALPHABET);
    assert_eq!(get("DEV.EXAMPLE.").body, ALPHABET);
    let refused = get("evil.example");
    assert_eq!(refused.status, 421);
    assert!(refused.text().contains("--host"), "{}", refused.text());
    // Once a connection that is already there is answered, the loop has taken the change in.
    let mut known = site.client();
    assert_eq!(known.get("/a.txt").status, 200);
    site.server.set_hosts(vec!["evil.example".to_owned()]);
    assert_eq!(known.get("/a.txt").status, 200);
    assert_eq!((get("evil.example").status, get("dev.example").status), (200, 421));
    assert_eq!(get("localhost").status, 200);
}

#[test]
fn without_the_password_there_is_nothing() {
    let site = Site::start_as(|settings| {
        settings.middleware.set_enabled(MiddlewareKind::BasicAuth, true);
        settings.middleware.basic_auth =
            BasicAuthSettings { user: "Aladdin".to_owned(), password: "open sesame".to_owned() };
    });
    let mut client = site.client();
    for path in ["/a.txt", "/nope", "/health", "/../x"] {
        let refused = client.get(path);
        assert_eq!(refused.status, 401, "{path}");
        let challenge = refused.field("WWW-Authenticate");
        assert_eq!(challenge, Some("Basic realm=\"byteglass\", charset=\"UTF-8\""));
        assert!(!refused.text().contains("sesame"));
    }
    assert_eq!(client.get_with("/a.txt", &["Authorization: Basic QWxhZGRpbjpvcGVu"]).status, 401);
    let right = "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    assert_eq!(client.get_with("/a.txt", &[right]).body, ALPHABET);
    assert_eq!(client.get("/a.txt").status, 401, "each request for itself");
    // What is told about it names no password; the bytes on the wire are Base64.
    drop(client);
    let log = loop {
        let live = site.server.live();
        if live.log.len() >= 7 {
            break format!("{:?}", live.log);
        }
        std::thread::yield_now();
    };
    drop(site.server);
    let mut told = log;
    while let Some(batch) = site.events.recv() {
        told = [told, format!("{batch:?}")].concat();
    }
    assert!(told.contains("BasicAuth") && !told.contains("sesame"), "{told}");
}
