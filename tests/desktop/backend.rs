//! A small HTTP server that stands behind the gateway. It can be slowed down and killed.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// Time that an upload takes.
const UPLOAD: Duration = Duration::from_millis(80);
const PAGE: &str = "<!doctype html><title>Shop</title><link rel=icon href=data:,><p id=orders>no orders</p><script>fetch('/api/orders').then(answer => answer.json()).then(orders => { document.getElementById('orders').textContent = orders.length + ' orders' })</script>";

/// A running backend.
pub(crate) struct Backend {
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    is_slow: AtomicBool,
    is_killed: AtomicBool,
    connections: Mutex<Vec<TcpStream>>,
}

impl Backend {
    /// Time that each answer of a slow backend takes.
    pub(crate) const SLOW: Duration = Duration::from_millis(600);

    /// Starts a backend that answers with its name.
    pub(crate) fn start(name: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let state = Arc::<State>::default();
        let shared = Arc::clone(&state);
        let thread = thread::spawn(move || accept(&listener, name, &shared));
        Self { address, state, thread: Some(thread) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Has each answer take [`Self::SLOW`] from now on.
    pub(crate) fn slow_down(&self) {
        self.state.is_slow.store(true, Ordering::Relaxed);
    }

    /// Ends the backend: its connections are closed, and its port refuses new ones.
    pub(crate) fn kill(&mut self) {
        self.state.is_killed.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the backend ends");
        }
        for connection in self.state.connections.lock().expect("no thread has panicked").drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.kill();
        }
    }
}

fn accept(listener: &TcpListener, name: &'static str, state: &Arc<State>) {
    for socket in listener.incoming().flatten() {
        if state.is_killed.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(other) = socket.try_clone() {
            state.connections.lock().expect("no thread has panicked").push(other);
        }
        let state = Arc::clone(state);
        thread::spawn(move || serve(socket, name, &state));
    }
}

/// Answers requests until the connection ends.
fn serve(mut socket: TcpStream, name: &str, state: &State) {
    while let Some(head) = read_until(&mut socket, b"\r\n\r\n") {
        if head.contains("chunked") && read_until(&mut socket, b"0\r\n\r\n").is_none() {
            return;
        }
        let mut words = head.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (status, kind, body) = match (method, target) {
            ("GET", "/shop") => ("200 OK", "text/html", PAGE.to_owned()),
            ("POST", _) => {
                thread::sleep(UPLOAD);
                ("201 Created", "application/json", format!("{{\"order\":78,\"by\":\"{name}\"}}"))
            }
            _ => ("200 OK", "application/json", format!("[\"{name}\",\"A-17\",\"B-4\"]")),
        };
        if state.is_slow.load(Ordering::Relaxed) {
            thread::sleep(Backend::SLOW);
        }
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nX-Served-By: {name}\r\n\r\n{body}"
        );
        if socket.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Reads up to `end`. `None`: the connection ends before.
fn read_until(socket: &mut TcpStream, end: &[u8]) -> Option<String> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(end) {
        socket.read_exact(&mut byte).ok()?;
        text.extend(byte);
    }
    String::from_utf8(text).ok()
}
