//! The memory that an exchange takes while it streams.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

use byteglass::{
    gateway::{GatewaySettings, GroupSettings},
    server::Settings,
    testing::Site,
    trace::{AttemptOutcome, EventKind, Guard},
};

/// Bytes of each body.
const BODY: usize = 4_000_000;
/// More than the system's buffers take.
const FAR: usize = 256 << 20;
/// The most that may be held of an exchange.
const HELD_MAX: u64 = 128 * 1024;

/// Lets no call take for ever.
fn bound(socket: &TcpStream) {
    let most = Some(Duration::from_secs(5));
    socket.set_read_timeout(most).unwrap();
    socket.set_write_timeout(most).unwrap();
}

/// Reads the head of a message.
fn head(socket: &mut TcpStream) {
    let (mut end, mut byte) = (Vec::new(), [0]);
    while !end.ends_with(b"\r\n\r\n") {
        socket.read_exact(&mut byte).unwrap();
        end.push(byte[0]);
    }
}

/// Reads `count` bytes, and lets others run after each small part: the sender is always ahead.
fn read_slowly(socket: &mut TcpStream, mut count: usize) {
    let mut part = vec![0; 8 * 1024];
    while count > 0 {
        let most = part.len().min(count);
        let len = socket.read(&mut part[..most]).unwrap();
        assert!(len > 0, "{count} bytes are missing");
        count -= len;
        thread::yield_now();
    }
}

fn write_body(socket: &mut TcpStream, count: usize) {
    let part = vec![b'x'; 256 * 1024];
    let mut left = count;
    while left > 0 {
        let len = part.len().min(left);
        socket.write_all(&part[..len]).unwrap();
        left -= len;
    }
}

/// Both sides send for as long as anything is taken, and read nothing before.
#[test]
fn where_neither_side_reads_no_more_is_held_than_may_be() {
    let stalls = Duration::from_millis(300);
    let fill = move |socket: &TcpStream, head: String| {
        socket.set_nonblocking(true).unwrap();
        let mut writing = socket;
        writing.write_all(head.as_bytes()).unwrap();
        let (part, mut sent, mut last) = (vec![b'x'; 64 * 1024], 0, std::time::Instant::now());
        while last.elapsed() < stalls && sent < FAR {
            match writing.write(&part) {
                Ok(len) => (sent, last) = (sent + len, std::time::Instant::now()),
                Err(_) => thread::sleep(Duration::from_millis(2)),
            }
        }
        assert!(sent < FAR, "somebody took all of it");
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let backend = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        bound(&socket);
        head(&mut socket);
        fill(&socket, format!("HTTP/1.1 200 OK\r\nContent-Length: {FAR}\r\n\r\n"));
    });
    let site = Site::start_as(|settings: &mut Settings| {
        let group = GroupSettings::new("app", "/", [format!("http://{address}").parse().unwrap()]);
        settings.gateway = GatewaySettings { groups: vec![group], ..GatewaySettings::default() };
        settings.guards = settings.guards.with(Guard::BodyBytes, 2 * FAR as u64);
    });
    let client = TcpStream::connect(site.server.address().unwrap()).unwrap();
    fill(&client, format!("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {FAR}\r\n\r\n"));
    backend.join().unwrap();
    drop(client);
    let ended = site.wait_for(|event| matches!(event.kind, EventKind::AttemptEnded(_)));
    let EventKind::AttemptEnded(record) = ended.kind else { unreachable!() };
    assert!(record.most_held > 64 * 1024 && record.most_held <= HELD_MAX, "{record:?}");
    assert!(record.client_pauses > 0 && record.backend_pauses > 0, "{record:?}");
}

#[test]
fn the_most_that_was_held_of_a_long_exchange_is_told_and_bounded() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Answers with a body of its own while it takes in the request's.
    let backend = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        bound(&socket);
        head(&mut socket);
        let mut writing = socket.try_clone().unwrap();
        let answer = thread::spawn(move || {
            write!(writing, "HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n").unwrap();
            write_body(&mut writing, BODY - 1);
        });
        read_slowly(&mut socket, BODY);
        answer.join().unwrap();
        // An answer that is complete would end the upload.
        write_body(&mut socket, 1);
    });
    let site = Site::start_as(|settings: &mut Settings| {
        let group = GroupSettings::new("app", "/", [format!("http://{address}").parse().unwrap()]);
        settings.gateway = GatewaySettings { groups: vec![group], ..GatewaySettings::default() };
        settings.guards = settings.guards.with(Guard::BodyBytes, 2 * BODY as u64);
    });
    let mut socket = TcpStream::connect(site.server.address().unwrap()).unwrap();
    bound(&socket);
    let mut writing = socket.try_clone().unwrap();
    let request = thread::spawn(move || {
        write!(writing, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {BODY}\r\n\r\n").unwrap();
        write_body(&mut writing, BODY);
    });
    head(&mut socket);
    read_slowly(&mut socket, BODY);
    request.join().unwrap();
    backend.join().unwrap();
    let ended = site.wait_for(|event| matches!(event.kind, EventKind::AttemptEnded(_)));
    let EventKind::AttemptEnded(record) = ended.kind else { unreachable!() };
    assert_eq!(record.outcome, AttemptOutcome::Answered, "{record:?}");
    assert!(record.most_held > 16 * 1024 && record.most_held <= HELD_MAX, "{record:?}");
    assert!(record.client_pauses > 0 && record.backend_pauses > 0, "{record:?}");
}
