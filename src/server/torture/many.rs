//! Many clients of a gateway that take nothing, or whose backend takes nothing: what is held for them stays within
//! bounds, however much is on its way, and goes with them.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::LazyLock,
    time::{Duration, Instant},
};

use rustix::net::sockopt::{set_socket_linger, set_socket_recv_buffer_size};

use super::{
    bench::Bench,
    scenario::{Scenario, folder},
};
use crate::gateway::{GatewaySettings, GroupSettings};

const CLIENTS: usize = 200;
/// Bytes of each body: more than the system's buffers take.
const BODY_BYTES: usize = 4 << 20;
/// Bytes that may be held for an exchange.
const HELD_BYTES: usize = 128 * 1024;
const PATIENCE: Duration = Duration::from_mins(1);

static BODY: LazyLock<Vec<u8>> = LazyLock::new(|| vec![b'x'; BODY_BYTES]);

/// A backend that sends a body to a GET, and takes none of that of a POST.
fn backend() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    set_socket_recv_buffer_size(&listener, 4096).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            std::thread::spawn(move || answer(&mut socket));
        }
    });
    address
}

fn answer(socket: &mut TcpStream) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    if head.starts_with(b"GET ") {
        socket
            .write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {BODY_BYTES}\r\n\r\n").as_bytes())
            .ok()?;
        return socket.write_all(&BODY).ok();
    }
    // The gateway ends the connection when the client has left.
    std::thread::park_timeout(PATIENCE);
    Some(())
}

/// A client that sends all it can, and takes nothing.
struct Client {
    socket: TcpStream,
    head: Vec<u8>,
    /// Bytes of the body that are not sent yet.
    unsent: usize,
}

impl Client {
    fn new(address: SocketAddr, number: usize) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        set_socket_recv_buffer_size(&socket, 4096).unwrap();
        socket.set_nonblocking(true).unwrap();
        let head = |method, len| {
            format!(
                "{method} /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {len}\r\n\r\n"
            )
        };
        let (method, unsent) = if number.is_multiple_of(2) { ("GET", 0) } else { ("POST", BODY_BYTES) };
        Self { socket, head: head(method, unsent).into_bytes(), unsent }
    }

    fn send(&mut self) {
        if !self.head.is_empty() {
            // It is small, and nothing was sent before it.
            self.socket.write_all(&std::mem::take(&mut self.head)).unwrap();
        }
        if self.unsent > 0
            && let Ok(sent) = self.socket.write(&BODY[BODY_BYTES - self.unsent..])
        {
            self.unsent -= sent;
        }
    }
}

#[test]
fn what_is_held_for_those_who_take_nothing_is_bounded() {
    let folder = folder();
    let mut bench = Bench::new(folder.path(), &Scenario::protocol());
    assert!(bench.listen());
    let group = GroupSettings::new("app", "/", [format!("http://{}", backend()).parse().unwrap()]);
    bench.event_loop.set_gateway(GatewaySettings { groups: vec![group], ..GatewaySettings::default() });
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        // The server is on this thread, and the system queues some connections only.
        bench.turn();
        clients.push(Client::new(bench.address, number));
    }
    let deadline = Instant::now() + PATIENCE;
    let (mut last, mut still, mut most, mut most_in_all) = (Vec::new(), 0, 0, 0);
    // Until nothing has moved for a while.
    while still < 100 {
        bench.turn();
        let held = bench.event_loop.held_bytes();
        most = held.values().copied().fold(most, usize::max);
        most_in_all = most_in_all.max(held.values().sum());
        clients.iter_mut().for_each(Client::send);
        let now: Vec<_> = clients.iter().map(|client| client.unsent).chain(held.into_values()).collect();
        still = if now == last { still + 1 } else { 0 };
        last = now;
        assert!(Instant::now() < deadline, "stuck");
    }
    println!("held: {most} bytes for one exchange at most, {most_in_all} for {CLIENTS} clients");
    assert!(most <= HELD_BYTES && most_in_all <= CLIENTS * HELD_BYTES, "{most}, {most_in_all}");
    // They were held up: what is held is that of full buffers.
    assert!(most_in_all > CLIENTS * 32 * 1024, "{most_in_all}");
    // They leave. Of an end in mid-upload the gateway would not learn while it reads nothing; a reset reaches it.
    for client in clients {
        set_socket_linger(&client.socket, Some(Duration::ZERO)).unwrap();
    }
    bench.settle();
}
