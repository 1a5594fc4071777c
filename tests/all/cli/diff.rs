//! `byteglass diff`.

use std::path::{Path, PathBuf};

use byteglass::testing::packets::{Ip, Link, Order, conversation, pcap};

use super::program::{byteglass, run};

/// A capture of another program with these targets, statuses and bodies, one exchange each.
fn capture(home: &Path, name: &str, exchanges: &[(&str, &str)]) -> PathBuf {
    let messages: Vec<(String, String)> = exchanges
        .iter()
        .map(|(target, body)| {
            let response = format!(
                "HTTP/1.1 200 OK\r\nDate: {name}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            (format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"), response)
        })
        .collect();
    let messages: Vec<(&[u8], &[u8])> =
        messages.iter().map(|(request, response)| (request.as_bytes(), response.as_bytes())).collect();
    let path = home.join(name);
    let packets = conversation(Ip::V4, 5000, &messages);
    std::fs::write(&path, pcap(Order::Little, false, Link::Raw.number(Ip::V4), &packets)).unwrap();
    path
}

/// What is printed, and the exit code.
fn diff(home: &Path, arguments: &[&str], files: [&Path; 2]) -> (String, Option<i32>) {
    let output = run(byteglass(home).arg("diff").args(arguments).args(files));
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

#[test]
fn the_exit_code_says_whether_two_captures_are_the_same() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let one = capture(home, "one", &[("/a", r#"{"n":1}"#), ("/b", "{}")]);
    let two = capture(home, "two", &[("/a", r#"{"n":1}"#), ("/b", "{}")]);
    let (said, code) = diff(home, &[], [&one, &two]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(
        said,
        "2 same, 0 changed, 0 moved, 0 missing, 0 more\nnot counted: 2 × Date; --all counts them\n"
    );
    let (said, code) = diff(home, &["--all"], [&one, &two]);
    assert!(
        code == Some(1) && said.contains("resp.header.date: one → two (each response has its own)"),
        "{said}"
    );

    let other = capture(home, "other", &[("/a", r#"{"n":2}"#), ("/new", "{}")]);
    let (said, code) = diff(home, &[], [&one, &other]);
    assert_eq!(code, Some(1));
    for line in [
        "~ GET /a (#1 and #1)",
        "    resp.body $.n: 1 → 2",
        "- GET /b (#2 of the first)",
        "+ GET /new (#2 of the second)",
        "0 same, 1 changed, 0 moved, 1 missing, 1 more",
    ] {
        assert!(said.lines().any(|said| said == line), "{line} in {said}");
    }
    let (said, code) = diff(home, &["--filter", "path=/none"], [&one, &other]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn json_has_the_same_and_what_cannot_be_read_is_an_error() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let one = capture(home, "one", &[("/a", r#"{"n":1}"#), ("/b", "{}")]);
    let two = capture(home, "two", &[("/b", "{}"), ("/a", r#"{"n":2}"#)]);
    let (said, code) = diff(home, &["--format", "json"], [&one, &two]);
    let found: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &found["same"], said.lines().count()), (Some(1), &false.into(), 1));
    let pairs = found["pairs"].as_array().unwrap();
    assert_eq!(pairs.iter().filter(|pair| pair["moved"] == true).count(), 1);
    let pair = pairs.iter().find(|pair| pair["target"] == "/a").unwrap();
    let changes = pair["changes"].as_array().unwrap();
    let body = changes.iter().find(|change| change["part"] == "resp.body $.n").unwrap();
    assert_eq!((&body["before"], &body["after"], &body["counts"]), (&"1".into(), &"2".into(), &true.into()));
    let date = changes.iter().find(|change| change["part"] == "resp.header.date").unwrap();
    assert_eq!((&date["counts"], &date["kind"]), (&false.into(), &"date".into()));

    std::fs::write(home.join("none"), "no capture").unwrap();
    let (_, code) = diff(home, &[], [&one, &home.join("none")]);
    assert_eq!(code, Some(2));
    let (_, code) = diff(home, &[], [&one, &home.join("absent")]);
    assert_eq!(code, Some(2));
}
