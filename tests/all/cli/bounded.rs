//! A thousand clients that do their worst, and the memory of a server that is a process of its own.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use byteglass::testing::deadline::let_pass;

use super::program::{Running, byteglass};

/// Clients of each kind.
const EACH: usize = 250;
/// The stated sum: what request bodies and the answers made from them hold together (32 MiB), what waits to be written
/// on each of the connections (128 KiB), what is read and not parsed yet (a head of 64 KiB), and what traces hold on
/// their way to the terminal (32 MiB).
const HELD: u64 = (32 << 20) + 4 * EACH as u64 * (128 + 64) * 1024 + (32 << 20);
/// With as much again for what the allocator has in pieces of other sizes, before it gives them back.
const SUM: u64 = 2 * HELD;

/// Sends as much as the server takes now.
fn push(socket: &mut TcpStream, bytes: &[u8], sent: &mut usize) {
    while *sent < bytes.len() {
        match socket.write(&bytes[*sent..]) {
            Ok(0) | Err(_) => return,
            Ok(count) => *sent += count,
        }
    }
}

#[test]
fn a_thousand_bad_clients_are_bounded_together() {
    byteglass::server::raise_limit();
    let home = tempfile::tempdir().unwrap();
    let large = std::fs::File::create(home.path().join("large.bin")).unwrap();
    large.set_len(1 << 30).unwrap();
    let options = ["--headless", "--quiet", "--port", "0", "--guard", "connections=2000"];
    let program = Running::start(byteglass(home.path()).args(options).arg(home.path()));
    let calm = program.resident_bytes();

    let head = |line: &str, rest: &str| format!("{line} HTTP/1.1\r\nHost: localhost\r\n{rest}\r\n");
    // A body that never ends.
    let mut sending = head("POST /echo", "Content-Length: 9000000\r\n").into_bytes();
    sending.resize(400_000, b'x');
    // Files that nobody takes.
    let unread = head("GET /large.bin", "").repeat(20).into_bytes();
    // Drops, for hours.
    let dripping = head("GET /drip?bytes=1000000&chunks=1000&ms=600", "").into_bytes();
    // Answers that are six times as long as what they answer, one behind the other.
    let mut piled =
        head("POST /api/echo", "Content-Type: text/plain\r\nContent-Length: 90000\r\n").into_bytes();
    piled.resize(piled.len() + 90_000, 1);
    let piled = piled.repeat(8);
    let kinds = [&sending, &unread, &dripping, &piled];

    let address: std::net::SocketAddr = program.address.parse().unwrap();
    let mut clients: Vec<(TcpStream, usize, usize)> = (0..EACH * kinds.len())
        .map(|number| {
            let socket = TcpStream::connect(address).unwrap();
            socket.set_nonblocking(true).unwrap();
            (socket, number % kinds.len(), 0)
        })
        .collect();
    let mut most = 0;
    for _ in 0..40 {
        for (socket, kind, sent) in &mut clients {
            push(socket, kinds[*kind], sent);
        }
        most = most.max(program.resident_bytes());
        let_pass(Duration::from_millis(50));
    }
    assert!(most - calm.min(most) <= SUM, "{most} bytes instead of {calm} and at most {SUM} more");

    // They are all still there or were told why not, and another client is served.
    let mut probe = [0; 1];
    let alive = clients.iter_mut().filter_map(|(socket, ..)| match socket.read(&mut probe) {
        Ok(0) => None,
        Ok(_) => Some(()),
        Err(error) => (error.kind() == std::io::ErrorKind::WouldBlock).then_some(()),
    });
    assert!(alive.count() > EACH, "the server threw them out");
    assert_eq!(program.client().get("/health").status, 200);
    drop(clients);
    assert_eq!(program.interrupt().0, Some(0));
}
