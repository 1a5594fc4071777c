//! Listings, pages for what is not there, and downloads.

use std::{
    fs,
    time::{Duration, Instant},
};

use byteglass::{server::Setting, service::FolderSettings, testing::Site};

use super::ALPHABET;

fn with_folder(folder: FolderSettings) -> Site {
    Site::start_as(|settings| settings.folder = folder)
}

fn listing() -> FolderSettings {
    FolderSettings { listing: true, ..FolderSettings::default() }
}

#[test]
fn a_folder_is_listed_where_that_is_on() {
    let site = with_folder(listing());
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
    assert_eq!(client.get("/bare").field("Location"), Some("bare/"));
    fs::remove_file(root.join("index.html")).unwrap();
    let text = client.get("/").text().to_owned();
    assert!(
        text.contains("<h1>/</h1>") && text.contains("href=\"./a.txt\"") && !text.contains("href=\"../\"")
    );
    // Off again, without a restart.
    site.set(Setting::Folder(FolderSettings::default()));
    assert_eq!(client.get("/bare/").status, 404);
}

#[test]
fn a_hundred_thousand_entries_hold_nobody_up() {
    let site = with_folder(listing());
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
    let site =
        with_folder(FolderSettings { single_page: true, not_found_page: true, ..FolderSettings::default() });
    fs::write(site.folder.path().join("404.html"), "<p>ours").unwrap();
    let mut client = site.client();
    for path in ["/users/42", "/deep/er/", "/x?y=1.2", "/users/jane.doe", "/v1.2", "/by/a%2Fb"] {
        let response = client.get_with(path, &["Accept: text/html,*/*;q=0.8"]);
        assert_eq!((response.status, response.field("Vary")), (200, Some("Accept")), "{path}");
        assert!(response.text().contains("<title>ok"), "{path}");
        let tag = format!("If-None-Match: {}", response.field("ETag").unwrap());
        assert_eq!(client.get_with(path, &["Accept: text/html", &tag]).status, 304);
    }
    for (path, accept) in [("/nope.js", "*/*"), ("/users/42", "application/json"), ("/a.b/c.d", "text/*")] {
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

#[test]
fn nothing_in_a_target_ends_a_line_of_a_head_a_log_or_a_page() {
    let site = with_folder(listing());
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
