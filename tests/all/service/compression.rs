//! Content codings: made while the file is sent, or lying beside it.

use std::{
    fs,
    io::Read,
    time::{Duration, Instant, SystemTime},
};

use byteglass::server::Setting;
use byteglass::service::MiddlewareKind;

use super::{ALPHABET, with};

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
    write("app.js.br", "stale br", 110);
    write("picture.png", "original", 100);
    write("picture.png.br", "ready br", 50);
    // Larger than what is compressed while it is sent: the ready one goes before.
    write("big.js", &"var a;\n".repeat(1000), 100);
    write("big.js.gz", "ready gz", 101);
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
        ("/big.js", Some("gzip"), "ready gz"),
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
    let mut middleware = site.server.settings().middleware.clone();
    middleware.set_enabled(MiddlewareKind::Compression, false);
    site.set(Setting::Middleware(middleware));
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
