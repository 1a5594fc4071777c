//! `byteglass read`.

use std::{io::Write, process::Stdio};

use byteglass::testing::packets::{Interface, Ip, Link, Order, conversation, pcap, pcapng};

use super::program::{Running, byteglass, run};

/// What another program recorded: one exchange in classic pcap, raw IP, cut in the last packet.
fn foreign_capture() -> Vec<u8> {
    let request = b"GET /from-a-file HTTP/1.1\r\nHost: a\r\n\r\n";
    let response = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
    let packets = conversation(Ip::V4, 5000, &[(request, response)]);
    let mut file = pcap(Order::Little, false, Link::Raw.number(Ip::V4), &packets);
    file.truncate(file.len() - 5);
    file
}

#[test]
fn read_prints_what_another_program_captured_and_says_where_it_breaks_off() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("other.pcap");
    std::fs::write(&path, foreign_capture()).unwrap();
    for (format, wanted) in [("text", "request line: GET /from-a-file"), ("json", "\"response_head\"")] {
        let output = run(byteglass(home.path()).args(["read", "--format", format]).arg(&path));
        let (said, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(said.contains(wanted), "{said}");
        assert_eq!(output.status.code(), Some(1));
        assert!(
            errors.contains("the file can be read up to byte ") && errors.lines().count() == 1,
            "{errors}"
        );
    }
    let output = run(byteglass(home.path()).args(["read", "--format", "har"]).arg(&path));
    let log: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(log["log"]["entries"][0]["response"]["content"]["text"], "body");
    assert!(log["log"]["comment"].as_str().unwrap().contains("can be read up to byte"));

    std::fs::write(&path, "no capture").unwrap();
    let output = run(byteglass(home.path()).arg("read").arg(&path));
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not a capture file"));
}

/// What comes through a pipe can be read once only.
#[test]
fn a_capture_is_read_from_a_pipe() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("ten.pcap");
    std::fs::write(&path, exchanges()).unwrap();
    let direct = run(byteglass(home.path()).arg("read").arg(&path));
    let mut cat = std::process::Command::new("cat");
    let mut cat = cat.arg(&path).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let piped = run(byteglass(home.path()).args(["read", "/dev/stdin"]).stdin(cat.stdout.take().unwrap()));
    assert!(cat.wait().unwrap().success());
    assert_eq!((piped.status.code(), piped.stdout.len()), (Some(0), direct.stdout.len()));
    assert!(!piped.stdout.is_empty());
}

/// Ten exchanges of a connection each, in the packets of other programs.
fn exchanges() -> Vec<u8> {
    let packets = (0..10_u16).flat_map(|number| {
        let request = format!("GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n");
        let response = format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}");
        conversation(Ip::V4, 5000 + number, &[(request.as_bytes(), response.as_bytes())])
    });
    pcap(Order::Little, false, Link::Raw.number(Ip::V4), &packets.collect::<Vec<_>>())
}

/// Reads these exchanges with more arguments: the status, and what is said on both outputs.
fn reader() -> impl Fn(&[&str]) -> (Option<i32>, String, String) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("ten.pcap");
    std::fs::write(&path, exchanges()).unwrap();
    move |arguments| {
        let output = run(byteglass(home.path()).arg("read").args(arguments).arg(&path));
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }
}

#[test]
fn read_writes_each_format_of_the_exchanges_that_are_asked_for() {
    let read = reader();
    for (format, wanted, other) in [
        ("text", "request line: GET /7", "GET /6"),
        ("json", "\"exchange\":8", "\"exchange\":7"),
        ("har", "\"url\":\"http://a/7\"", "\"url\":\"http://a/6\""),
        ("curl", "http://a/7", "http://a/6"),
        ("har-with-secrets", "\"url\":\"http://a/7\"", "\"url\":\"http://a/6\""),
        ("curl-with-secrets", "http://a/7", "http://a/6"),
        ("c", "exchange_8_request[28]", "exchange_7_"),
        ("rust", "EXCHANGE_8_RESPONSE: [u8; 39]", "EXCHANGE_7_"),
        ("dump", "; Target: /7\n", "; Target: /6\n"),
    ] {
        let (code, said, errors) = read(&["--format", format, "--exchange", "8"]);
        assert_eq!((code, &*errors), (Some(0), ""), "{format}");
        assert!(said.contains(wanted) && !said.contains(other), "{format}: {said}");
        let all = read(&["--format", format]).1;
        assert!(all.contains(wanted) && all.contains(other), "{format}: {all}");
    }
    let request = "GET /7 HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(read(&["--format", "request", "--exchange", "8"]).1, request);
    let both = read(&["--format", "response", "--exchange", "3", "--exchange", "8"]).1;
    assert_eq!(both, [2, 7].map(|n| format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{n}")).concat());
    for format in ["text", "dump"] {
        let (code, _, errors) = read(&["--format", format, "--exchange", "11"]);
        assert_eq!(code, Some(1));
        assert!(
            errors.contains("there is no exchange 11 in ") && errors.contains("the last one is 10"),
            "{errors}"
        );
    }
}

#[test]
fn read_prints_what_passes_a_filter_and_points_at_a_mistake_in_one() {
    let read = reader();
    for (filter, expected) in [
        ("path=/3 or path=/7", "/3 /7"),
        ("resp.body~5", "/5"),
        ("not id<9 and header.host=a", "/8 /9"),
        ("-path~1 id<4", "/0 /2"),
        ("status=404", ""),
    ] {
        let (code, said, errors) = read(&["--format", "request", "--filter", filter]);
        let targets: Vec<&str> =
            said.lines().filter_map(|line| line.strip_prefix("GET ")?.strip_suffix(" HTTP/1.1")).collect();
        assert_eq!((code, targets.join(" "), &*errors), (Some(0), expected.to_owned(), ""), "{filter}");
    }
    let said = read(&["--filter", "path=/3"]).1;
    assert!(said.contains("request line: GET /3") && !said.contains("GET /4"), "{said}");
    let (code, _, errors) = read(&["--filter", "status=200 and statsu=5"]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("did you mean status?"), "{errors}");
    assert!(errors.contains("  status=200 and statsu=5\n                 ^^^^^^\n"), "{errors}");
}

#[test]
fn exchanges_are_written_in_the_order_in_which_they_began() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("order.pcap");
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    let ok: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let slow = conversation(Ip::V4, 4000, &[(get("/slow").as_bytes(), ok)]);
    let written = |quick: u16| {
        let others = (0..quick).flat_map(|number| {
            conversation(Ip::V4, 5000 + number, &[(get(&format!("/{number}")).as_bytes(), ok)])
        });
        // The request, everything else, and then the response.
        let packets: Vec<_> =
            slow[..4].iter().cloned().chain(others).chain(slow[4..].iter().cloned()).collect();
        std::fs::write(&path, pcap(Order::Little, false, Link::Raw.number(Ip::V4), &packets)).unwrap();
        let output = run(byteglass(home.path()).args(["read", "--format", "request"]).arg(&path));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines()
            .filter_map(|line| Some(line.strip_prefix("GET /")?.split_once(' ')?.0.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(written(3), ["slow", "0", "1", "2"]);
    // So many do not wait; but none is lost.
    let many = written(3000);
    assert_eq!(many.len(), 3001);
    let place = many.iter().position(|target| target == "slow").unwrap();
    assert!(place > 1000, "{place}");
    let quick: Vec<_> = many.iter().filter(|target| *target != "slow").cloned().collect();
    assert_eq!(quick, (0..3000).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[test]
fn read_takes_a_capture_from_standard_input() {
    let home = tempfile::tempdir().unwrap();
    for path in ["-", "/dev/stdin"] {
        let mut child = byteglass(home.path())
            .args(["read", path])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&exchanges()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("request line: GET /9"), "{path}: {said}");
    }
}

#[test]
fn read_says_what_is_in_a_capture_without_http() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("other.pcap");
    let tls = conversation(Ip::V4, 5000, &[(b"\x16\x03\x01\0\x05hello", b"\x16\x03\x03\0\x05hello")]);
    let cases = [
        (
            pcap(Order::Little, false, 101, &tls),
            "there is no HTTP/1 in this capture: its connections speak TLS",
        ),
        (
            pcap(Order::Little, false, 105, &tls),
            "its packets are of link type 105 (IEEE 802.11), which is not read",
        ),
        (pcap(Order::Little, false, 101, &[]), "there is no HTTP/1 in this capture"),
    ];
    for (file, wanted) in cases {
        std::fs::write(&path, file).unwrap();
        let output = run(byteglass(home.path()).arg("read").arg(&path));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.contains(wanted), "{errors}");
    }
}

#[test]
fn read_names_the_link_types_that_it_does_not_read_beside_what_it_reads() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("links.pcapng");
    let get = |number: usize| format!("GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes();
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let links = [1, 101, 113, 105, 65_000];
    let interfaces = links.map(|link| Interface { link, resolution: None, offset_secs: 0 });
    let mut frames = Vec::new();
    for (number, link) in links.iter().enumerate() {
        let port = 5000 + u16::try_from(number).unwrap();
        let wrap = match link {
            1 => Link::Ethernet,
            113 => Link::LinuxSll,
            _ => Link::Raw,
        };
        let packets = conversation(Ip::V4, port, &[(&get(number), answer)]);
        frames.extend(packets.iter().map(|packet| (number, wrap.wrap(Ip::V4, packet))));
    }
    let unknown = frames.iter().filter(|(number, _)| *number > 2).count();
    std::fs::write(&path, pcapng(Order::Little, &interfaces, &frames)).unwrap();
    let wanted = format!(
        "byteglass: {unknown} packets are of the link types 105 (IEEE 802.11), 65000, which are not read\n"
    );
    for format in ["text", "json", "har", "curl"] {
        let output = run(byteglass(home.path()).args(["read", "--format", format]).arg(&path));
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), wanted, "{format}");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!((0..3).all(|number| said.contains(&format!("/{number}"))), "{format}: {said}");
        assert!(format != "har" || said.contains("which are not read"), "{said}");
    }
}

/// Files that were put together: `cat own own`, `cat own other` and `cat other own`.
#[test]
fn read_says_where_another_capture_begins() {
    let home = tempfile::tempdir().unwrap();
    let own = {
        let path = home.path().join("own.pcapng");
        let options = ["--headless", "--quiet", "--port", "0", "--capture"];
        let program = Running::start(byteglass(home.path()).args(options).arg(&path));
        assert_eq!(program.client().get("/status/209").status, 209);
        assert_eq!(program.interrupt().0, Some(0));
        std::fs::read(path).unwrap()
    };
    let other = {
        let packets = conversation(
            Ip::V4,
            5000,
            &[(b"GET /other HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 204 OK\r\n\r\n")],
        );
        let frames: Vec<_> = packets.into_iter().map(|packet| (0, packet)).collect();
        pcapng(Order::Little, &[Interface { link: 101, resolution: None, offset_secs: 0 }], &frames)
    };
    let begins = own.len();
    let cases = [
        (
            [&own[..], &own].concat(),
            Some("another session begins there, whose exchanges have the same numbers"),
            false,
        ),
        ([&own[..], &other].concat(), Some("what another program captured begins there"), false),
        // Read as packets, of which both consist.
        ([&other[..], &own].concat(), None, true),
    ];
    for (file, wanted, has_other) in cases {
        let path = home.path().join("both.pcapng");
        std::fs::write(&path, file).unwrap();
        let output = run(byteglass(home.path()).arg("read").arg(&path));
        let (said, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(i32::from(wanted.is_some())), "{errors}");
        assert_eq!(said.matches("request line: GET /status/209").count(), 1, "{said}");
        assert_eq!(said.contains("/other"), has_other);
        match wanted {
            Some(wanted) => {
                assert!(errors.contains(&format!("up to byte {begins}: {wanted}")), "{errors}");
            }
            None => assert_eq!(errors, ""),
        }
    }
}

#[test]
fn read_shows_the_parser_after_any_byte() {
    let read = reader();
    let (status, said, errors) = read(&["--exchange", "3", "--at", "20"]);
    assert_eq!((status, &*errors), (Some(0), ""));
    for wanted in [
        "after byte 20 of 28",
        "in a field name, since byte 17",
        "waits for          more of the name, or a colon",
        "target             /2",
        "byte 4             method known: GET",
        "framing: no body (not yet)",
        "ends the field name: :",
    ] {
        assert!(said.contains(wanted), "{wanted:?} is not in {said}");
    }
    let (status, said, _) =
        read(&["--exchange", "3", "--at", "39", "--side", "response", "--format", "json"]);
    assert_eq!(status, Some(0));
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((json["at"].as_u64(), json["of"].as_u64()), (Some(39), Some(39)), "{said}");
    assert_eq!(json["stand"]["key"], "between_responses");
    let bytes: usize =
        json["next"].as_array().unwrap().iter().map(|one| one["bytes"].as_array().unwrap().len()).sum();
    assert_eq!(bytes, 256);

    for (arguments, wanted) in [
        (
            &["--exchange", "3", "--at", "29"][..],
            "there is no byte 29 in the request, of which there are 28 bytes",
        ),
        (&["--exchange", "30", "--at", "1"], "there is no exchange 30"),
        (
            &["--exchange", "3", "--at", "1", "--side", "client_frames"],
            "the exchange has no frames of the client",
        ),
        (&["--exchange", "3", "--exchange", "4", "--at", "1"], "--at is about one exchange"),
        (&["--exchange", "3", "--at", "1", "--format", "har"], "--at is about one exchange"),
    ] {
        let (status, said, errors) = read(arguments);
        assert_eq!((status, &*said), (Some(1), ""), "{arguments:?}");
        assert!(errors.contains(wanted) && errors.lines().count() == 1, "{errors}");
    }
    assert_eq!(read(&["--at", "1"]).0, Some(2));
    assert_eq!(read(&["--side", "response"]).0, Some(2));
}
