//! Files that change, vanish or shrink while they are sent.

use std::{fs, io::Write};

use byteglass::{
    base::stream::Direction,
    service::MiddlewareKind,
    testing::{Arrival, Client, PATIENCE, Site, noise},
    trace::{EventKind, NoteKind},
};

use super::{ALPHABET, pattern, with};

/// Reads the head of a response to a GET for a large file and keeps the rest for later.
fn begin(site: &Site, path: &str, fields: &str) -> Client {
    let mut client = site.client();
    client.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n"));
    // One byte is enough to know that the file is open.
    assert_eq!(client.receive(PATIENCE), Arrival::Bytes);
    client
}

const LARGE: u32 = 20_000_000;

fn large(site: &Site, name: &str) -> std::path::PathBuf {
    let path = site.folder.path().join(name);
    fs::write(&path, pattern(LARGE)).unwrap();
    path
}

/// Reproducible builds give all files one time, and two of them may have one size.
#[test]
fn another_build_with_one_size_and_one_time_has_another_tag() {
    let site = Site::start();
    let put = |content: &str| {
        let (new, path) = (site.folder.path().join("new"), site.folder.path().join("app.js"));
        fs::write(&new, content).unwrap();
        let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1);
        fs::File::options().write(true).open(&new).unwrap().set_modified(time).unwrap();
        fs::rename(new, path).unwrap();
    };
    put("let a = 1;");
    let mut client = site.client();
    let first = client.get("/app.js");
    put("let a = 2;");
    let tag = first.field("ETag").unwrap();
    let second = client.get_with("/app.js", &[&format!("If-None-Match: {tag}")]);
    assert_eq!((second.status, second.text()), (200, "let a = 2;"));
    let part = client.get_with("/app.js", &[&format!("If-Range: {tag}"), "Range: bytes=8-8"]);
    assert_eq!((part.status, part.text()), (200, "let a = 2;"), "no part of two builds");
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
        fs::write(&path, noise(LARGE as usize)).unwrap();
        let mut client = begin(&site, &format!("/{name}"), fields);
        fs::File::options().write(true).open(&path).unwrap().set_len(1000).unwrap();
        site.wait_for(|event| {
            let note = matches!(&event.kind, EventKind::NoteAdded(note)
                if matches!(note.kind, NoteKind::FileShrank(_) | NoteKind::FileFailed(_)));
            if !note && event.kind.direction() == Some(Direction::Sent) {
                // The server waits for the client to take what there is.
                client.receive(PATIENCE);
            }
            note
        });
        let rest = client.rest().unwrap();
        assert!(!rest.ends_with(b"\r\n0\r\n\r\n") && !rest.ends_with(b"--\r\n"), "{name} has no end");
    }
    assert_eq!(site.client().get("/a.txt").body, ALPHABET);
}
