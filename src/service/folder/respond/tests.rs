//! Tests of responses to requests for files.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
use std::{fs, path::Path};

use super::{
    super::{Folder, LookupOptions, Site},
    *,
};
use crate::service::{
    Clock,
    testing::{Sent, TestClock, content},
};
use crate::trace::Refusal;

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

fn folder() -> (tempfile::TempDir, Site) {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("a.txt"), ALPHABET).unwrap();
    fs::write(temp.path().join("empty.txt"), "").unwrap();
    fs::create_dir(temp.path().join("dir")).unwrap();
    let site = Site::Folder(Folder::open(temp.path()).unwrap());
    (temp, site)
}

fn answer(site: &Site, line: &str, fields: &[&str]) -> Reply {
    let sent = Sent::new(line, fields);
    respond(
        site.find(sent.request().path(), LookupOptions::default()),
        &sent.request(),
        TestClock::new().wall(),
    )
}

#[test]
fn a_file_is_served_with_its_type() {
    let (_temp, site) = folder();
    let reply = answer(&site, "GET /a.txt?../../etc/passwd", &[]);
    assert_eq!(reply.status, Status(200));
    let fields: Vec<_> = reply.fields.iter().collect();
    assert_eq!(fields, [("Content-Type", "text/plain; charset=utf-8"), ("Accept-Ranges", "bytes")]);
    assert!(reply.validators.as_ref().is_some_and(|found| found.tag.is_some() && found.modified.is_some()));
    assert_eq!(content(&reply), ALPHABET);
    assert_eq!(answer(&site, "GET /empty.txt", &[]).body.len(), Some(0));
    assert_eq!(answer(&site, "HEAD /a.txt", &[]).body.len(), Some(26));
}

#[test]
fn a_part_is_cut_out_of_any_content() {
    let (_temp, site) = folder();
    let reply = answer(&site, "GET /a.txt", &["Range: bytes=20-"]);
    assert_eq!((reply.status, reply.fields.value("Content-Range")), (Status(206), Some("bytes 20-25/26")));
    assert_eq!(content(&reply), b"uvwxyz");
    let whole = content(&answer(&Site::Welcome, "GET /glass.png", &[]));
    let reply = answer(&Site::Welcome, "GET /glass.png", &["Range: bytes=-5"]);
    assert_eq!(content(&reply), whole[whole.len() - 5..]);
    let reply = answer(&site, "GET /a.txt", &["Range: bytes=26-"]);
    assert_eq!((reply.status, reply.fields.value("Content-Range")), (Status(416), Some("bytes */26")));
    assert_eq!(reply.fields.value("Accept-Ranges"), None);
}

#[test]
fn several_parts_are_cut_out_of_any_content() {
    let (_temp, site) = folder();
    for (site, target, len) in [(&site, "/a.txt", 26), (&Site::Welcome, "/app.js", 0)] {
        let whole = content(&answer(site, &format!("GET {target}"), &[]));
        let len = if len == 0 { whole.len() } else { len };
        let reply = answer(site, &format!("GET {target}"), &["Range: bytes=4-5,0-1,999999-"]);
        assert_eq!((reply.status, reply.fields.value("Content-Range")), (Status(206), None));
        let media_type = reply.fields.value("Content-Type").unwrap();
        let boundary = media_type.strip_prefix("multipart/byteranges; boundary=").unwrap();
        let own = answer(site, &format!("GET {target}"), &[]);
        let own = own.fields.value("Content-Type").unwrap();
        let part = |first: usize, last: usize| {
            let data = String::from_utf8_lossy(&whole[first..=last]).into_owned();
            format!(
                "--{boundary}\r\nContent-Type: {own}\r\nContent-Range: bytes {first}-{last}/{len}\r\n\r\n{data}\r\n"
            )
        };
        let expected = format!("{}{}--{boundary}--\r\n", part(4, 5), part(0, 1));
        assert_eq!(String::from_utf8_lossy(&content(&reply)), expected);
        assert_eq!(reply.body.len(), Some(expected.len() as u64));
        assert!(reply.validators.is_some());
    }
}

#[test]
fn a_large_file_is_not_read_here() {
    let (temp, site) = folder();
    let file = fs::File::create(temp.path().join("large.bin")).unwrap();
    file.set_len(5 << 30).unwrap();
    let reply = answer(&site, "GET /large.bin", &[]);
    assert!(matches!(&reply.body, Body::File(FileBody { start: 0, len, .. }) if *len == 5 << 30));
    let reply = answer(&site, "GET /large.bin", &["Range: bytes=4294967296-4294999999"]);
    assert!(matches!(&reply.body, Body::File(FileBody { start: 4_294_967_296, len: 32_704, .. })));
    let reply = answer(&site, "GET /large.bin", &["Range: bytes=5368709119-"]);
    assert_eq!(content(&reply), b"\0");
}

#[test]
fn a_file_that_shrinks_before_it_is_read_is_an_error() {
    let (temp, site) = folder();
    let sent = Sent::new("GET /a.txt", &[]);
    let found = site.find("/a.txt", LookupOptions::default());
    fs::write(temp.path().join("a.txt"), "abc").unwrap();
    let reply = respond(found, &sent.request(), TestClock::new().wall());
    assert_eq!(reply.refusal, Some(Refusal::FileFailed.into()));
    assert!(String::from_utf8_lossy(&content(&reply)).contains("It became shorter while it was read."));
    assert!(reply.validators.is_none());
}

#[test]
fn a_folder_without_its_slash_redirects_and_keeps_the_query() {
    let (temp, site) = folder();
    for (target, location) in [("/dir", "dir/"), ("/dir?x=1", "dir/?x=1"), ("/./dir?", "dir/?")] {
        let reply = answer(&site, &format!("GET {target}"), &[]);
        assert_eq!((reply.status, reply.fields.value("Location")), (Status(301), Some(location)), "{target}");
    }
    fs::create_dir(temp.path().join("a\r\nb")).unwrap();
    let reply = answer(&site, "GET /a%0d%0ab", &[]);
    assert_eq!(reply.fields.value("Location"), Some("a%0D%0Ab/"));
    fs::create_dir(temp.path().join("evil.example")).unwrap();
    for (target, location) in [
        ("//evil.example", Some("../evil.example")),
        ("//evil.example/..", Some("../")),
        ("/%2fevil.example", None),
        ("/.//evil.example", Some("../evil.example")),
    ] {
        let reply = answer(&site, &format!("GET {target}"), &[]);
        assert_eq!(reply.fields.value("Location"), location, "{target}");
    }
}

#[test]
fn a_file_has_three_methods() {
    let (_temp, site) = folder();
    for target in ["/a.txt", "/dir"] {
        let reply = answer(&site, &format!("OPTIONS {target}"), &[]);
        assert_eq!((reply.status, reply.fields.value("Allow")), (Status(204), Some(ALLOW)), "{target}");
        for method in ["PUT", "POST", "DELETE", "PATCH"] {
            let reply = answer(&site, &format!("{method} {target}"), &[]);
            assert_eq!(reply.refusal, Some(Refusal::MethodNotAllowed.into()), "{method} {target}");
            assert_eq!(reply.fields.value("Allow"), Some(ALLOW));
        }
    }
    for method in ["PUT", "OPTIONS", "GET"] {
        let reply = answer(&site, &format!("{method} /nope"), &[]);
        assert_eq!(reply.refusal, Some(Refusal::NotFound.into()), "{method}");
    }
}

#[test]
fn the_welcome_site_answers_like_a_folder() {
    let folder = Folder::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("public")).unwrap();
    let folder = Site::Folder(folder);
    for (line, fields) in [
        ("GET /", &[][..]),
        ("HEAD /style.css", &[]),
        ("GET /app.js", &["Range: bytes=5-9"]),
        ("GET /app.js", &["Range: bytes=-0"]),
        ("GET /nope", &[]),
        ("GET /index.html/", &[]),
        ("GET /../x", &[]),
        ("OPTIONS /favicon.svg", &[]),
        ("PUT /glass.png", &[]),
    ] {
        let (ours, theirs) = (answer(&Site::Welcome, line, fields), answer(&folder, line, fields));
        assert_eq!(ours.status, theirs.status, "{line}");
        assert_eq!(ours.fields, theirs.fields, "{line}");
        assert_eq!(content(&ours), content(&theirs), "{line}");
    }
}
