//! The program as a user starts it: its first line, its exit codes, and the view in the terminal.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]
#![cfg(unix)]

mod packets;
mod support;

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use packets::{Ip, Link, Order, conversation, pcap};
use support::Client;

/// byteglass with settings of its own and no display.
fn byteglass(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_byteglass"));
    command
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .stdin(Stdio::null());
    command
}

/// A running program that is ended when the test is over.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    address: String,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening on http://").expect(&line).trim().to_owned();
        Self { child, stdout, address }
    }

    fn client(&self) -> Client {
        Client::connect(self.address.parse().unwrap())
    }

    /// Ctrl-C, and what the program leaves: its exit code, the rest of its output, its errors.
    fn interrupt(mut self) -> (Option<i32>, String, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let mut output = String::new();
        self.stdout.read_to_string(&mut output).unwrap();
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (self.child.wait().unwrap().code(), output, errors)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already in most tests.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

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
        if let Item::Turn(turn) = item {
            said.extend(turn.events.iter().map(|event| format!("{:?}\n", event.what)));
        }
    }
    let order =
        ["Epoch", "Listening", "Opened", "GET /a.txt HTTP/1.1", "RequestLine", "mine", "Done", "Closed"];
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
    let missing = home.path().join("missing");
    let cases: [(Vec<&str>, &str); 3] = [
        (vec!["--port", &port], "in use"),
        (vec!["--port", "0", missing.to_str().unwrap()], "there is no folder"),
        (vec!["--port", "0", file.to_str().unwrap()], "is a file, not a folder"),
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

/// What another program recorded: one exchange in classic pcap, raw IP, cut in the last packet.
fn foreign_capture() -> Vec<u8> {
    let mut file =
        vec![0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 101, 0, 0, 0];
    let request = b"GET /from-a-file HTTP/1.1\r\nHost: a\r\n\r\n";
    let response = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
    let packets: [(u16, u16, &[u8]); 3] = [(5000, 80, request), (80, 5000, response), (5000, 80, request)];
    for (from, to, payload) in packets {
        let len = u32::try_from(40 + payload.len()).unwrap();
        for word in [1_700_000_000, 0, len, len] {
            file.extend(word.to_le_bytes());
        }
        file.extend([0x45, 0]);
        file.extend(u16::try_from(len).unwrap().to_be_bytes());
        file.extend([0, 0, 0, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
        file.extend([from.to_be_bytes(), to.to_be_bytes()].concat());
        file.extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, 16, 1, 0, 0, 0, 0, 0]);
        file.extend(payload);
    }
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
    assert!(String::from_utf8_lossy(&output.stderr).contains("this is no capture"));
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

#[test]
fn read_writes_each_format_of_the_exchanges_that_are_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("ten.pcap");
    std::fs::write(&path, exchanges()).unwrap();
    let read = |arguments: &[&str]| {
        let output = run(byteglass(home.path()).arg("read").args(arguments).arg(&path));
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    for (format, wanted, other) in [
        ("text", "request line: GET /7", "GET /6"),
        ("json", "\"exchange\":8", "\"exchange\":7"),
        ("har", "\"url\":\"http://a/7\"", "\"url\":\"http://a/6\""),
        ("curl", "http://a/7", "http://a/6"),
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
        assert!(errors.contains("there is no exchange 11 in ") && errors.contains("up to 10"), "{errors}");
    }
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
