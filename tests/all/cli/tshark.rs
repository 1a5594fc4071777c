//! What byteglass saves, read by the real tshark, where there is one: `.ci/run` installs it.

use std::{
    io::{Read, Write},
    path::Path,
    process::Command,
};

use super::program::{Running, byteglass};

/// What tshark says, or `None` where there is none.
fn tshark(file: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("tshark").arg("-r").arg(file).args(arguments).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
        .collect()
}

#[test]
fn tshark_sees_the_same_requests_responses_and_bodies() {
    if Command::new("tshark").arg("--version").output().is_err() {
        eprintln!("there is no tshark: nothing was tested");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let large: Vec<u8> =
        (0..300_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    std::fs::write(home.path().join("large.bin"), &large).unwrap();
    std::fs::write(home.path().join("a.txt"), "mine").unwrap();
    let file = home.path().join("all.pcapng");
    let options = ["--headless", "--quiet", "--port", "0", "--capture"];
    let server = Running::start(byteglass(home.path()).args(options).arg(&file).arg(home.path()));
    let mut client = server.client();
    assert_eq!(client.get("/large.bin").body, large);
    assert_eq!(client.get("/a.txt").text(), "mine");
    let mut client = server.client();
    client.send(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nsaid");
    assert_eq!(client.response("POST").text(), "said");
    // Two in one write.
    let mut client = server.client();
    let two = "GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    client.send(two.as_bytes());
    assert_eq!(client.response("GET").text(), "mine");
    let health = client.response("GET").text().to_owned();
    assert_eq!(server.interrupt().0, Some(0));

    let fields = ["-T", "fields", "-e", "tcp.stream", "-e", "http.request.method", "-e", "http.request.uri"];
    let requests = tshark(&file, &[&["-Y", "http.request"], &fields[..]].concat()).unwrap();
    let requests: Vec<&str> = requests.lines().collect();
    let expected = ["0\tGET\t/large.bin", "0\tGET\t/a.txt", "1\tPOST\t/echo", "2\tGET,GET\t/a.txt,/health"];
    assert_eq!(requests, expected);

    // The bytes of each stream, in hexadecimal; those of the server are indented.
    let streams = [
        vec![large.clone(), b"mine".to_vec()],
        vec![b"said".to_vec()],
        vec![b"mine".to_vec(), health.into_bytes()],
    ];
    for (number, bodies) in streams.iter().enumerate() {
        let followed = tshark(&file, &["-q", "-z", &format!("follow,tcp,raw,{number}")]).unwrap();
        let from_server: String = followed.lines().filter_map(|line| line.strip_prefix('\t')).collect();
        let mut rest = &*from_server;
        for body in bodies {
            let at = rest.find(&format!("0d0a0d0a{}", hex(body))).expect("the body follows a head");
            rest = &rest[at + 8 + 2 * body.len()..];
        }
        assert!(rest.is_empty(), "nothing comes after the last body: {rest}");
    }

    let warnings = tshark(&file, &["-q", "-z", "expert,warn"]).unwrap();
    assert!(!warnings.contains("Frequency"), "tshark finds nothing odd: {warnings}");
    let comments = tshark(&file, &["-Y", "frame.comment", "-T", "fields", "-e", "frame.comment"]).unwrap();
    assert_eq!(comments.lines().count(), 3, "each connection ends with a reason: {comments}");
    assert!(comments.contains(r#""connection":2"#), "{comments}");
}

#[test]
fn tshark_reads_the_frames_of_a_websocket() {
    if Command::new("tshark").arg("--version").output().is_err() {
        eprintln!("there is no tshark: nothing was tested");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("all.pcapng");
    let options = ["--headless", "--quiet", "--port", "0", "--capture"];
    let server = Running::start(byteglass(home.path()).args(options).arg(&file).arg(home.path()));
    let mut client = server.client();
    client.send(
        "GET /ws/echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    assert!(client.until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
    client.send(b"\x89\x80\x01\x02\x03\x04\x88\x80\x01\x02\x03\x04");
    assert_eq!(client.rest().unwrap(), b"\x8A\x00\x88\x00");
    assert_eq!(server.interrupt().0, Some(0));
    let fields = ["-Y", "websocket", "-T", "fields", "-e", "websocket.mask", "-e", "websocket.opcode"];
    let frames = tshark(&file, &fields).unwrap();
    let frames: Vec<String> =
        frames.lines().map(|line| line.replace("True", "1").replace("False", "0")).collect();
    assert_eq!(frames, ["1,1\t9,8", "0,0\t10,8"]);
}

/// A backend that answers one request with `ok`, at a port of its own.
fn backend() -> (std::net::SocketAddr, std::thread::JoinHandle<()>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let (mut got, mut byte) = (Vec::new(), [0]);
        while !got.ends_with(b"\r\n\r\n") {
            socket.read_exact(&mut byte).unwrap();
            got.extend(byte);
        }
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
    });
    (address, thread)
}

#[test]
fn tshark_follows_both_legs_of_an_exchange_that_is_passed_on() {
    if Command::new("tshark").arg("--version").output().is_err() {
        eprintln!("there is no tshark: nothing was tested");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let (address, thread) = backend();
    let file = home.path().join("both.pcapng");
    let options =
        ["--headless", "--quiet", "--port", "0", "--proxy", &format!("http://{address}"), "--capture"];
    let server = Running::start(byteglass(home.path()).args(options).arg(&file));
    assert_eq!(server.client().get("/a?b").text(), "ok");
    assert_eq!(server.interrupt().0, Some(0));
    thread.join().unwrap();

    let fields = ["-T", "fields", "-e", "tcp.stream", "-e", "http.request.uri", "-e", "http.request.line"];
    let requests = tshark(&file, &[&["-Y", "http.request"], &fields[..]].concat()).unwrap();
    let lines: Vec<Vec<&str>> = requests.lines().map(|line| line.split('\t').collect()).collect();
    let [client, upstream] = &lines[..] else { panic!("two requests: {requests}") };
    assert_eq!([client[1], upstream[1]], ["/a?b"; 2]);
    assert_eq!([client, upstream].map(|line| line[2].contains("Via: 1.1 ")), [false, true], "{requests}");
    assert_ne!(client[0], upstream[0], "each leg is a stream of its own");
    for stream in [client[0], upstream[0]] {
        let followed = tshark(&file, &["-q", "-z", &format!("follow,tcp,raw,{stream}")]).unwrap();
        assert!(followed.contains(&hex(b"\r\n\r\nok")), "{followed}");
    }
    let port = address.port().to_string();
    let to_backend = tshark(&file, &["-Y", &format!("tcp.port=={port}"), "-T", "fields", "-e", "tcp.stream"]);
    assert!(to_backend.unwrap().lines().all(|stream| stream == upstream[0]));
    assert_eq!(tshark(&file, &["-Y", "_ws.malformed"]).unwrap(), "");
    let warnings = tshark(&file, &["-q", "-z", "expert,warn"]).unwrap();
    assert!(!warnings.contains("Frequency"), "tshark finds nothing odd: {warnings}");
}
