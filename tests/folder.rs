//! What the folder answers, over real sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod support;

use std::{
    fs,
    io::{Read, Write},
    time::{Duration, Instant, SystemTime},
};

use byteglass::{
    server::{BasicAuthSettings, FolderSettings, MiddlewareKind},
    trace::{EventKind, NoteKind},
};
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
    let mut told = vec![log];
    while let Some(batch) = site.events.recv() {
        told.push(format!("{batch:?}"));
    }
    let told = told.join("\n");
    assert!(told.contains("BasicAuth") && !told.contains("sesame"), "{told}");
}

fn with_folder(folder: FolderSettings) -> Site {
    Site::start_as(|settings| settings.folder = folder)
}

const LISTING: FolderSettings = FolderSettings { listing: true, not_found_page: false, single_page: false };

#[test]
fn a_folder_is_listed_where_that_is_on() {
    let site = with_folder(LISTING);
    let root = site.folder.path();
    fs::create_dir_all(root.join("bare/sub")).unwrap();
    fs::write(root.join("bare/b & c.txt"), "12345").unwrap();
    fs::write(root.join("bare/.hidden"), "x").unwrap();
    let mut client = site.client();
    let page = client.get("/bare/");
    assert_eq!((page.status, page.field("Content-Type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(page.field("Vary"), Some("Accept"));
    assert!(page.text().contains("<a href=\"./b%20&amp;%20c.txt\">b &amp; c.txt</a>"), "{}", page.text());
    assert!(page.text().contains("name=\"viewport\"") && !page.text().contains(".hidden"));
    assert_eq!(client.get("/bare/b%20&%20c.txt").text(), "12345");
    let json = client.get_with("/bare/", &["Accept: application/json"]);
    let value: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!(json.field("Content-Type"), Some("application/json"));
    assert_eq!(value["path"], "/bare/");
    assert_eq!(value["entries"][0]["name"], "sub");
    assert_eq!(value["entries"][1]["size"], 5);
    assert_eq!(value["complete"], true);
    let browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    assert!(client.get_with("/bare/", &[browser]).text().starts_with("<!doctype html>"));
    client.send("HEAD /bare/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let head = client.response("HEAD");
    assert_eq!((head.status, head.field("Transfer-Encoding")), (200, Some("chunked")));
    assert_eq!(client.get("/dir/").text(), "<!doctype html><title>dir</title>dir", "an index goes first");
    assert_eq!(client.get("/bare").field("Location"), Some("/bare/"));
    fs::remove_file(root.join("index.html")).unwrap();
    let text = client.get("/").text().to_owned();
    assert!(
        text.contains("<h1>/</h1>") && text.contains("href=\"./a.txt\"") && !text.contains("href=\"../\"")
    );
    // Off again, without a restart.
    site.server.set_folder(FolderSettings::default());
    assert_eq!(client.get("/bare/").status, 404);
}

#[test]
fn a_hundred_thousand_entries_hold_nobody_up() {
    let site = with_folder(LISTING);
    let big = site.folder.path().join("big");
    fs::create_dir(&big).unwrap();
    let first = big.join("0");
    fs::write(&first, "").unwrap();
    for number in 1..100_000 {
        // A link costs less than a file, and is listed like one. A file system may limit their number.
        let path = big.join(format!("{number}"));
        if fs::hard_link(&first, &path).is_err() {
            fs::write(&path, "").unwrap();
        }
    }
    let mut waiting = site.client();
    waiting.send("GET /big/ HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n");
    let mut other = site.client();
    let mut slowest = Duration::ZERO;
    for _ in 0..200 {
        let began = Instant::now();
        assert_eq!(other.get("/a.txt").body, ALPHABET);
        slowest = slowest.max(began.elapsed());
    }
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
    let value: serde_json::Value = serde_json::from_slice(&waiting.response("GET").body).unwrap();
    assert_eq!(value["entries"].as_array().unwrap().len(), 100_000);
    assert_eq!(value["complete"], true);
}

#[test]
fn the_folders_own_page_says_what_is_not_there() {
    let site = with_folder(FolderSettings { not_found_page: true, ..FolderSettings::default() });
    let mut client = site.client();
    assert!(client.get("/nope").text().contains("RFC 9110 §15.5.5"), "there is no such page yet");
    fs::write(site.folder.path().join("404.html"), "<p>ours").unwrap();
    let response = client.get_with("/nope", &["Range: bytes=0-1", "If-None-Match: *"]);
    assert_eq!((response.status, response.text()), (404, "<p>ours"));
    assert_eq!(response.field("Content-Type"), Some("text/html; charset=utf-8"));
    assert_eq!(response.field("ETag"), None);
    client.send("HEAD /nope HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let head = client.response("HEAD");
    assert_eq!((head.status, head.field("Content-Length")), (404, Some("7")));
    assert_eq!(client.get("/../x").status, 403, "only what is not there");
}

#[test]
fn a_single_page_application_gets_its_page() {
    let site = with_folder(FolderSettings { single_page: true, not_found_page: true, listing: false });
    fs::write(site.folder.path().join("404.html"), "<p>ours").unwrap();
    let mut client = site.client();
    for path in ["/users/42", "/deep/er/", "/x?y=1.2"] {
        let response = client.get_with(path, &["Accept: text/html,*/*;q=0.8"]);
        assert_eq!((response.status, response.field("Vary")), (200, Some("Accept")), "{path}");
        assert!(response.text().contains("<title>ok"), "{path}");
        let tag = format!("If-None-Match: {}", response.field("ETag").unwrap());
        assert_eq!(client.get_with(path, &[&tag]).status, 304);
    }
    for (path, accept) in [("/nope.js", "*/*"), ("/users/42", "application/json"), ("/a.b/c.d", "text/html")]
    {
        let response = client.get_with(path, &[&format!("Accept: {accept}")]);
        assert_eq!((response.status, response.text()), (404, "<p>ours"), "{path}");
    }
    client.send("POST /users/42 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(client.response("POST").status, 404);
}

#[test]
fn a_download_has_the_name_of_the_file_and_no_more() {
    let site = Site::start();
    fs::write(site.folder.path().join("a\"b\r\nX-In: 1;€.txt"), "x").unwrap();
    let mut client = site.client();
    let response = client.get("/a%22b%0d%0aX-In:%201;%E2%82%AC.txt?download");
    let expected = "attachment; filename=\"a_b__X-In: 1;_.txt\"; \
                    filename*=UTF-8''a%22b%0D%0AX-In%3A%201%3B%E2%82%AC.txt";
    assert_eq!((response.status, response.field("Content-Disposition")), (200, Some(expected)));
    assert_eq!(response.field("X-In"), None);
    let response = client.get("/?download");
    assert_eq!(response.field("Content-Disposition"), Some("attachment; filename=\"index.html\""));
    assert_eq!(client.get("/a.txt?download=1").field("Content-Disposition"), None);
}

/// Reads the head of a response to a GET for a large file and keeps the rest for later.
fn begin(site: &Site, path: &str, fields: &str) -> support::Client {
    let mut client = site.client();
    client.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n"));
    // One byte is enough to know that the file is open.
    let mut first = [0];
    assert_eq!(client.socket.peek(&mut first).unwrap(), 1);
    client
}

const LARGE: u32 = 20_000_000;

fn large(site: &Site, name: &str) -> std::path::PathBuf {
    let path = site.folder.path().join(name);
    fs::write(&path, pattern(LARGE)).unwrap();
    path
}

#[test]
fn a_file_that_vanishes_or_is_replaced_while_it_is_sent_arrives_as_it_was() {
    let site = Site::start();
    let content = pattern(LARGE);
    let path = large(&site, "large.bin");
    let mut client = begin(&site, "/large.bin", "");
    fs::remove_file(&path).unwrap();
    assert!(client.response("GET").body == content);
    assert_eq!(client.get("/large.bin").status, 404);
    let path = large(&site, "large.bin");
    let mut client = begin(&site, "/large.bin", "");
    fs::write(site.folder.path().join("new"), "new").unwrap();
    fs::rename(site.folder.path().join("new"), &path).unwrap();
    assert!(client.response("GET").body == content);
    assert_eq!(client.get("/large.bin").text(), "new");
}

#[test]
fn a_file_that_changes_or_grows_while_it_is_sent_keeps_its_announced_length() {
    let site = Site::start();
    let path = large(&site, "large.bin");
    let mut client = begin(&site, "/large.bin", "");
    let mut file = fs::File::options().append(true).open(&path).unwrap();
    file.write_all(b"more").unwrap();
    let response = client.response("GET");
    assert_eq!(response.field("Content-Length"), Some("20000000"));
    assert!(response.body == pattern(LARGE));
    assert_eq!(client.get_with("/large.bin", &["Range: bytes=-4"]).text(), "more");
}

#[test]
fn a_file_that_shrinks_breaks_off_every_form_of_it() {
    let site = with(&[MiddlewareKind::Compression]);
    for (name, fields) in [
        ("a.bin", "Range: bytes=0-1,10-19999999\r\n"),
        ("b.txt", "Accept-Encoding: gzip\r\n"),
        ("c.txt", "Accept-Encoding: br\r\n"),
    ] {
        let path = site.folder.path().join(name);
        // What does not compress, so that the client has to read before the server can go on.
        let mut state = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[1]
        })
        .take(LARGE as usize)
        .collect();
        fs::write(&path, noise).unwrap();
        let mut client = begin(&site, &format!("/{name}"), fields);
        fs::File::options().write(true).open(&path).unwrap().set_len(1000).unwrap();
        site.wait_for(|event| {
            let note = matches!(&event.what, EventKind::NoteAdded(note)
                if matches!(note.kind, NoteKind::FileShrank(_) | NoteKind::FileFailed(_)));
            if !note && matches!(event.what, EventKind::Wrote { .. }) {
                // The server waits for the client to take what there is.
                let mut block = [0; 16 * 1024];
                let _ = (&client.socket).read(&mut block);
            }
            note
        });
        let rest = client.rest().unwrap();
        assert!(!rest.ends_with(b"\r\n0\r\n\r\n") && !rest.ends_with(b"--\r\n"), "{name} has no end");
    }
    assert_eq!(site.client().get("/a.txt").body, ALPHABET);
}

#[test]
fn nothing_in_a_target_ends_a_line_of_a_head_a_log_or_a_page() {
    let site = with_folder(LISTING);
    let evil = "/%0d%0aSet-Cookie:%20x=1%1b%5b31m%3Cscript%3E";
    let mut client = site.client();
    for target in [evil.to_owned(), format!("{evil}/"), format!("/bare?{evil}"), format!("{evil}?download")] {
        let response = client.get(&target);
        assert_eq!(response.status, 404);
        assert_eq!(response.field("Set-Cookie"), None);
        assert!(!response.text().contains('\u{1b}') && !response.text().contains("\nSet-Cookie"));
        assert_eq!(response.field("Content-Type"), Some("text/plain; charset=utf-8"));
        assert_eq!(response.field("X-Content-Type-Options"), Some("nosniff"));
    }
    // And if it is there.
    let name = "\r\nSet-Cookie: x=1\u{1b}[31m<script>";
    fs::create_dir_all(site.folder.path().join(name)).unwrap();
    let moved = client.get(evil);
    assert_eq!((moved.status, moved.field("Set-Cookie")), (301, None));
    let page = client.get(&format!("{evil}/"));
    assert_eq!((page.status, page.field("Set-Cookie")), (200, None));
    assert!(!page.text().contains('\u{1b}') && !page.text().contains("<script"), "{}", page.text());
    let log = loop {
        let live = site.server.live();
        if live.log.len() >= 6 {
            break live;
        }
        std::thread::yield_now();
    };
    assert!(log.log.iter().all(|line| !line.chars().any(char::is_control)), "{:?}", log.log);
    assert!(log.routes.iter().all(|route| !route.pattern.chars().any(char::is_control)));
}
