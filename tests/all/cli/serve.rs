//! The program as a user starts it: its first line, its exit codes, and the view in the terminal.

use super::program::{Running, byteglass, run};

#[test]
fn quiet_prints_the_address_and_nothing_else_and_ctrl_c_ends_it_cleanly() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("a.txt"), "mine").unwrap();
    let program = Running::start(
        byteglass(home.path()).args(["--headless", "--quiet", "--port", "0"]).arg(home.path()),
    );
    assert_eq!(program.client().get("/a.txt").text(), "mine");
    assert_eq!(program.interrupt(), (Some(0), String::new(), String::new()));
}

#[test]
fn without_a_window_a_filter_chooses_the_exchanges_that_are_printed() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("a.txt"), "mine").unwrap();
    let options =
        ["--headless", "--port", "0", "--filter", "status=404 and resp.body~found", "--format", "json"];
    let program = Running::start(byteglass(home.path()).args(options).arg(home.path()));
    let mut client = program.client();
    assert_eq!(client.get("/a.txt").status, 200);
    assert_eq!(client.get("/missing").status, 404);
    drop(client);
    let (code, said, errors) = program.interrupt();
    assert_eq!((code, &*errors), (Some(0), ""));
    assert!(said.contains("/missing") && !said.contains("a.txt"), "{said}");
    assert_eq!(said.matches("\"opened\"").count(), 1, "{said}");
}

#[test]
fn the_capture_goes_to_a_file_without_a_window_too() {
    use byteglass::session::{Item, Scan};
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("a.txt"), "mine").unwrap();
    let file = home.path().join("all.pcapng");
    let options = ["--headless", "--quiet", "--port", "0", "--capture"];
    let program = Running::start(byteglass(home.path()).args(options).arg(&file).arg(home.path()));
    assert_eq!(program.client().get("/a.txt").text(), "mine");
    assert_eq!(program.interrupt(), (Some(0), String::new(), String::new()));
    let mut scan = Scan::new(std::fs::File::open(&file).unwrap());
    let mut said = String::new();
    while let Some(item) = scan.step().unwrap() {
        if let Item::Batch(stored) = item {
            said.extend(stored.batch.events.iter().map(|event| format!("{:?}\n", event.kind)));
        }
    }
    let order = [
        "Epoch",
        "Listening",
        "Opened",
        "GET /a.txt HTTP/1.1",
        "RequestLine",
        "mine",
        "ResponseSent",
        "Closed",
    ];
    let mut rest = &*said;
    for word in order {
        let at = rest.find(word).unwrap_or_else(|| panic!("no {word} in {said}"));
        rest = &rest[at..];
    }

    let nowhere = home.path().join("no folder/all.pcapng");
    let output = run(byteglass(home.path()).args(options).arg(&nowhere).arg(home.path()));
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.contains("cannot write") && errors.contains("no folder/all.pcapng"), "{errors}");
}

#[test]
fn a_file_of_certificates_is_read_at_the_start_and_a_missing_check_is_said() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("empty.pem"), "").unwrap();
    let start = ["--headless", "--quiet", "--port", "0", "--proxy", "https://localhost:1"];
    for (file, words) in
        [("gone.pem", "cannot read the certificates in "), ("empty.pem", "has no certificate in PEM")]
    {
        let output = run(byteglass(home.path()).args(start).arg("--proxy-ca").arg(home.path().join(file)));
        assert_eq!(output.status.code(), Some(1), "{file}");
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(errors.lines().count() == 1 && errors.contains(words) && errors.contains(file), "{errors}");
    }
    let program = Running::start(byteglass(home.path()).args(start).arg("--proxy-insecure"));
    assert_eq!(program.client().get("/").status, 502);
    let (code, _, errors) = program.interrupt();
    assert_eq!(code, Some(0));
    assert!(errors.contains("the certificates of https backends are not checked"), "{errors}");
}

#[test]
fn without_a_folder_the_welcome_site_is_served() {
    let home = tempfile::tempdir().unwrap();
    let program = Running::start(byteglass(home.path()).args(["--headless", "--quiet", "--port", "0"]));
    let page = program.client().get("/");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("byteglass"));
    assert_eq!(program.client().get("/style.css").field("Content-Type"), Some("text/css; charset=utf-8"));
}

#[cfg(feature = "window")]
#[test]
fn without_a_display_it_says_so_in_one_line_and_goes_on_in_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    let program = Running::start(byteglass(home.path()).args(["--port", "0"]));
    assert_eq!(program.client().get("/health").status, 200);
    let (code, output, errors) = program.interrupt();
    assert_eq!(code, Some(0));
    assert!(output.contains("/health"), "the trace is in the terminal: {output}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.contains("display"), "{errors}");
}

#[test]
fn the_terminal_view_shows_reads_stages_routes_and_the_response() {
    let home = tempfile::tempdir().unwrap();
    let program = Running::start(byteglass(home.path()).args(["--headless", "--port", "0"]));
    let mut client = program.client();
    assert_eq!(client.get("/api/users/7").status, 200);
    client.send("GET /\x1b[2J HTTP/1.1\r\n\r\n");
    assert_eq!(client.response("GET").status, 400);
    let (_, output, _) = program.interrupt();
    for part in ["GET", "/api/users/:id", "read", "200", "400", "RFC 9112"] {
        assert!(output.contains(part), "no {part} in {output}");
    }
    assert!(!output.contains('\x1b'), "control bytes are escaped, and a pipe gets no colours");
}

#[test]
fn json_is_one_event_a_line() {
    let home = tempfile::tempdir().unwrap();
    let program =
        Running::start(byteglass(home.path()).args(["--headless", "--format", "json", "--port", "0"]));
    assert_eq!(program.client().get("/health").status, 200);
    let (_, output, _) = program.interrupt();
    let events: Vec<serde_json::Value> =
        output.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(events.len() > 8, "{output}");
    assert!(events.iter().all(serde_json::Value::is_object));
}

#[test]
fn a_start_that_fails_says_why_in_one_line_and_exits_with_1() {
    let home = tempfile::tempdir().unwrap();
    let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = busy.local_addr().unwrap().port().to_string();
    let file = home.path().join("file");
    std::fs::write(&file, "").unwrap();
    let (missing, inside) = (home.path().join("missing"), file.join("inside"));
    let cases: [(Vec<&str>, &str); 3] = [
        (vec!["--port", &port], "in use"),
        (vec!["--port", "0", missing.to_str().unwrap()], "there is no folder"),
        (vec!["--port", "0", "--index", "a", inside.to_str().unwrap()], "cannot open the folder"),
    ];
    for (arguments, reason) in cases {
        let output = run(byteglass(home.path()).arg("--headless").args(arguments));
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.contains(reason), "{errors}");
        assert_eq!(errors.lines().count(), 1, "{errors}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn who_may_come_in_and_what_the_folder_does_go_by_options() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("folder");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.txt"), "a").unwrap();
    let secret = home.path().join("secret");
    std::fs::write(&secret, "Aladdin:open sesame\n").unwrap();
    let program = Running::start(
        byteglass(home.path())
            .args([
                "--headless",
                "--quiet",
                "--port",
                "0",
                "--listing",
                "--host",
                "dev.example",
                "--auth-file",
            ])
            .args([&secret, &folder]),
    );
    let mut client = program.client();
    assert_eq!(client.get("/").status, 401);
    let right = "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    assert!(client.get_with("/", &[right]).text().contains("a.txt"));
    client.send(format!("GET / HTTP/1.1\r\nHost: dev.example\r\n{right}\r\n\r\n"));
    assert_eq!(client.response("GET").status, 200);
    assert!(program.address.starts_with("127.0.0.1:"), "loopback, unless it is told otherwise");
    let (_, output, errors) = program.interrupt();
    assert!(!output.contains("sesame") && !errors.contains("sesame"), "{output}{errors}");

    std::fs::write(&secret, "no colon here").unwrap();
    let output = run(byteglass(home.path()).args(["--headless", "--port", "0", "--auth-file"]).arg(&secret));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("is not user:password") && !errors.contains("no colon"), "{errors}");
}

#[test]
fn wrong_usage_exits_with_2() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        &["--port", "x"][..],
        &["--enable", "nonsense"],
        &["--format", "xml"],
        &["a", "b"],
        &["--guard", "x=1"],
    ] {
        assert_eq!(run(byteglass(home.path()).args(arguments)).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn middleware_is_chosen_on_the_command_line() {
    let home = tempfile::tempdir().unwrap();
    let program = Running::start(byteglass(home.path()).args([
        "--headless",
        "--quiet",
        "--port",
        "0",
        "--enable",
        "security",
        "--disable",
        "server-header",
        "--disable",
        "etag",
    ]));
    let response = program.client().get("/");
    assert_eq!(response.field("X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(response.field("Server"), None);
    assert_eq!(response.field("ETag"), None);
}

#[test]
fn guards_are_set_on_the_command_line() {
    let home = tempfile::tempdir().unwrap();
    let program = Running::start(byteglass(home.path()).args([
        "--headless",
        "--quiet",
        "--port",
        "0",
        "--guard",
        "idle-timeout=50",
        "--guard",
        "target-bytes=10",
    ]));
    let mut client = program.client();
    client.send("GET /0123456789 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(client.response("GET").status, 414);
    assert!(program.client().is_closed(), "a client that sends nothing");
}

#[test]
fn a_broken_settings_file_is_kept_beside_new_settings() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("config").join("byteglass");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("settings.json"), "{ not json").unwrap();
    let program = Running::start(byteglass(home.path()).args(["--headless", "--quiet", "--port", "0"]));
    assert_eq!(program.client().get("/health").status, 200);
    let (code, _, errors) = program.interrupt();
    assert_eq!(code, Some(0));
    assert!(errors.contains("settings"), "{errors}");
    assert_eq!(std::fs::read_to_string(folder.join("settings.broken.json")).unwrap(), "{ not json");
}

#[test]
fn lines_are_announced_spoken_and_shown() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("lines.pcapng");
    let options = ["--headless", "--port", "0", "--lines", "0", "--lines-buffer", "fixed", "--capture"];
    let program = Running::start(byteglass(home.path()).args(options).arg(&file));
    let line = program.line();
    let address = line.strip_prefix("listening for lines on ").expect(&line);
    let mut client = byteglass::testing::Client::connect(address.parse().unwrap());
    assert_eq!(client.send("hello\nquit\n").rest().unwrap(), b"Echo: hello\nBye.\n");
    let (code, output, errors) = program.interrupt();
    assert_eq!((code, &*errors), (Some(0), ""));
    let read = |format: &str| {
        let output = run(byteglass(home.path()).args(["read", "--format", format]).arg(&file));
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    for said in [output, read("text")] {
        for words in [
            "protocol: lines",
            "message: hello",
            "reply begins at offset 12 (0xc) of the connection",
            "closed",
        ] {
            assert!(said.contains(words), "no {words:?} in {said}");
        }
    }
    assert!(read("json").contains(r#""protocol":"lines""#));
    assert!(read("dump").contains("hello"));
    let wrong = run(byteglass(home.path()).args(["--lines-buffer", "ring"]));
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn groups_are_said_at_the_start_and_backends_when_they_leave_the_rotation() {
    let home = tempfile::tempdir().unwrap();
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let url = format!("http://{closed}/v2");
    let proxy = format!("/api={url}");
    let program =
        Running::start(byteglass(home.path()).args(["--headless", "--port", "0", "--proxy", &proxy]));
    let mut client = program.client();
    for status in [502, 502, 502, 503] {
        assert_eq!(client.get("/api/users").status, status);
    }
    let (_, output, errors) = program.interrupt();
    assert!(
        output.contains(&format!("group api below /api, round robin: api-1 at {url}")),
        "{output}{errors}"
    );
    let out = "api-1 is out of rotation: it refused the connection";
    assert_eq!(output.matches(out).count(), 1, "{output}");
}

#[test]
fn a_start_beyond_loopback_says_who_can_come_in_and_what_is_open() {
    let home = tempfile::tempdir().unwrap();
    let start = ["--headless", "--quiet", "--port", "0", "--disable", "cross-site", "--enable", "cors"];
    let capture = home.path().join("all.pcapng");
    let with = |bind: &str| {
        let mut command = byteglass(home.path());
        command.args(start).args(["--bind", bind, "--capture"]).arg(&capture).arg(home.path());
        Running::start(&mut command).interrupt().2
    };
    let errors = with("0.0.0.0");
    for words in [
        "who can reach it: Anyone ",
        "needs no password. Turn on Basic auth",
        "CORS allows *",
        "Turn on the cross-site guard.",
        "The capture is written into the served folder.",
    ] {
        assert!(errors.contains(words), "no {words:?} in {errors}");
    }
    assert_eq!(with("127.0.0.1"), "");
}
