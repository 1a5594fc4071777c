//! The program where the system, the terminal or the one who started it gets in its way.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::Stdio,
    time::Duration,
};

use byteglass::{
    session::{Item, Scan},
    testing::{
        Client, PATIENCE,
        deadline::{let_pass, wait_until},
    },
    trace::{EventKind, Stage},
};

use super::program::{Running, byteglass, byteglass_after};

const GET: &str = "GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n";
const START: [&str; 3] = ["--headless", "--port", "0"];

/// A home whose folder has a file `a.txt`.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("a.txt"), "mine").unwrap();
    home
}

/// RFC 9293 §3.8.5: the urgent byte stands apart from the stream, and a read ends early at its place.
#[test]
fn urgent_data_keeps_nobody_waiting_and_is_noted() {
    let home = home();
    let program = Running::start(byteglass(home.path()).args(START).arg(home.path()));
    let mut client = program.client();
    assert_eq!(client.get("/a.txt").status, 200);
    let post = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n01234";
    for (before, after, method) in [("G", &GET[1..], "GET"), ("", GET, "GET"), (post, "56789", "POST")] {
        program.signal("STOP");
        client.send(before).send_urgent(b'!').send(after);
        program.signal("CONT");
        assert_eq!(client.response(method).status, 200, "{before}");
    }
    let (_, output, _) = program.interrupt();
    assert_eq!(output.matches("urgent byte").count(), 3, "{output}");
    assert!(output.contains("0x21"), "{output}");
}

#[test]
fn a_process_that_was_stopped_looks_at_its_sockets_before_its_timers() {
    let home = home();
    let timers = ["--guard", "idle-timeout=400", "--guard", "head-timeout=400"];
    let program = Running::start(byteglass(home.path()).args(START).args(timers).arg(home.path()));
    let (mut idle, mut begun) = (program.client(), program.client());
    for client in [&mut idle, &mut begun] {
        assert_eq!(client.get("/a.txt").status, 200);
    }
    begun.send(&GET[..10]);
    while !program.line().contains("read") {}
    program.signal("STOP");
    idle.send(GET);
    begun.send(&GET[10..]);
    let_pass(Duration::from_millis(800));
    program.signal("CONT");
    assert_eq!(idle.response("GET").status, 200);
    assert_eq!(begun.response("GET").status, 200);
}

/// The numbers of complete responses in a capture, and of bytes left out.
fn captured(file: &Path) -> (usize, u64) {
    let mut scan = Scan::new(fs::File::open(file).unwrap());
    let (mut complete, mut missing) = (0, 0);
    while let Some(item) = scan.step().unwrap() {
        let Item::Batch(stored) = item else { continue };
        for event in &stored.batch.events {
            match event.kind {
                EventKind::Stage(Stage::ResponseSent { .. }) => complete += 1,
                EventKind::Omitted { bytes, events } => missing += bytes + events,
                _ => {}
            }
        }
    }
    (complete, missing)
}

#[test]
fn output_that_nobody_reads_keeps_neither_the_capture_nor_the_end_waiting() {
    let home = home();
    let big = home.path().join("big.bin");
    fs::write(&big, vec![b'x'; 200_000]).unwrap();
    let file = home.path().join("all.pcapng");
    let mut child = byteglass(home.path())
        .args(START)
        .arg("--capture")
        .arg(&file)
        .arg(home.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::with_capacity(64, child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("listening on http://").unwrap().parse().unwrap();
    // Each exchange prints a few hundred bytes; a pipe holds 64 KiB.
    let mut client = Client::connect(address);
    for _ in 0..400 {
        assert_eq!(client.get("/a.txt").status, 200);
    }
    assert_eq!(client.get("/big.bin").body.len(), 200_000);
    let asked = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(asked.unwrap().success());
    let ended = wait_until(PATIENCE, || child.try_wait().unwrap());
    if ended.is_none() {
        child.kill().unwrap();
    }
    assert_eq!(ended.and_then(|status| status.code()), Some(0));
    assert_eq!(captured(&file), (401, 0));
}

/// A file that may not grow further is like a full disk: SIGXFSZ does not end the program.
#[test]
fn a_limit_of_file_sizes_ends_the_capture_and_not_the_program() {
    let home = home();
    fs::write(home.path().join("big.bin"), vec![b'x'; 400_000]).unwrap();
    let file = home.path().join("all.pcapng");
    let limited = &mut byteglass_after("ulimit -f 200", home.path());
    let program = Running::start(limited.args(START).arg("--capture").arg(&file).arg(home.path()));
    for _ in 0..3 {
        assert_eq!(program.client().get("/big.bin").status, 200);
    }
    let (code, output, errors) = program.interrupt();
    assert_eq!(code, Some(0), "{errors}");
    assert!(output.contains("File too large"), "{output}{errors}");
}

#[test]
fn a_signal_that_was_ignored_at_the_start_stays_ignored() {
    let home = home();
    let started = &mut byteglass_after("trap '' HUP", home.path());
    let program = Running::start(started.args(START).arg(home.path()));
    program.signal("HUP");
    assert_eq!(program.client().get("/a.txt").status, 200);
    let (code, output, _) = program.interrupt();
    assert_eq!(code, Some(0));
    assert!(output.contains("/a.txt"), "it went on: {output}");
}
