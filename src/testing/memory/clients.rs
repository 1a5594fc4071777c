//! Clients in a process of their own: they ask as fast as they get answers, until their standard input ends.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use crate::server::raise_limit;

/// Requests that are sent at once.
const PIPELINED: usize = 8;
/// Bytes of an upload.
const UPLOAD_BYTES: usize = 5_000_000;

/// What the clients ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mix {
    /// A file of 1 KiB.
    Small,
    /// Files of 10 MB and of 1 KiB.
    Mixed,
    /// Bodies of 5 MB, sent and received again.
    Uploads,
    /// This many connections, each with a request now and then.
    Connections(usize),
}

impl Mix {
    /// As arguments of the process.
    pub(super) fn arguments(self) -> [String; 2] {
        let (name, count) = match self {
            Self::Small => ("small", 0),
            Self::Mixed => ("mixed", 0),
            Self::Uploads => ("uploads", 0),
            Self::Connections(count) => ("connections", count),
        };
        [name.to_owned(), count.to_string()]
    }

    fn of([name, count]: &[String; 2]) -> Self {
        match name.as_str() {
            "small" => Self::Small,
            "mixed" => Self::Mixed,
            "uploads" => Self::Uploads,
            _ => Self::Connections(count.parse().unwrap()),
        }
    }
}

/// Is the process of the clients: asks at `address` until standard input ends.
pub(super) fn run(address: SocketAddr, arguments: &[String; 2]) {
    let over = Arc::new(AtomicBool::new(false));
    let small = "GET /1kb.bin HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(PIPELINED).into_bytes();
    let large = b"GET /10mb.bin HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec();
    let clients: Vec<(usize, Vec<u8>, usize)> = match Mix::of(arguments) {
        Mix::Small => vec![(8, small, PIPELINED)],
        Mix::Mixed => vec![(4, small, PIPELINED), (4, large, 1)],
        Mix::Uploads => {
            let mut upload =
                format!("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {UPLOAD_BYTES}\r\n\r\n")
                    .into_bytes();
            upload.resize(upload.len() + UPLOAD_BYTES, b'x');
            vec![(4, upload, 1)]
        }
        Mix::Connections(count) => {
            let over = Arc::clone(&over);
            thread::spawn(move || many(address, count, &over));
            Vec::new()
        }
    };
    for (count, requests, responses) in clients {
        for _ in 0..count {
            let (requests, over) = (requests.clone(), Arc::clone(&over));
            thread::spawn(move || {
                let mut socket = TcpStream::connect(address).unwrap();
                let mut block = vec![0; 64 * 1024];
                while !over.load(Ordering::Relaxed) {
                    if exchange(&mut socket, &requests, responses, &mut block).is_err() {
                        // The server closes a connection after some number of requests, or as it ends.
                        let Ok(next) = TcpStream::connect(address) else { return };
                        socket = next;
                    }
                }
            });
        }
    }
    let _ = io::stdin().read_to_end(&mut Vec::new());
    over.store(true, Ordering::Relaxed);
}

/// Sends requests and reads the responses.
fn exchange(socket: &mut TcpStream, requests: &[u8], responses: usize, block: &mut [u8]) -> io::Result<()> {
    let mut writing = socket.try_clone()?;
    thread::scope(|scope| {
        // An upload comes back while it is sent.
        let sending = (requests.len() > 64 * 1024).then(|| scope.spawn(move || writing.write_all(requests)));
        if sending.is_none() {
            socket.write_all(requests)?;
        }
        let mut filled = 0;
        for _ in 0..responses {
            filled = response(socket, block, filled)?;
        }
        sending.map_or(Ok(()), |sending| sending.join().unwrap())
    })
}

/// Reads a response, of which the first `filled` bytes are in `block` already; returns how many bytes of what
/// follows are in it then.
fn response(socket: &mut TcpStream, block: &mut [u8], mut filled: usize) -> io::Result<usize> {
    let head = loop {
        if let Some(end) = block[..filled].windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        filled += some(socket, &mut block[filled..])?;
    };
    let text = String::from_utf8_lossy(&block[..head]).to_ascii_lowercase();
    let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next());
    let mut left: usize = length.and_then(|length| length.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    let here = left.min(filled - head);
    block.copy_within(head + here..filled, 0);
    filled -= head + here;
    left -= here;
    while left > 0 {
        let most = left.min(block.len());
        left -= some(socket, &mut block[..most])?;
    }
    Ok(filled)
}

fn some(socket: &mut TcpStream, into: &mut [u8]) -> io::Result<usize> {
    match socket.read(into)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        read => Ok(read),
    }
}

/// Opens connections, each with a request, and sends one on each again and again.
fn many(address: SocketAddr, count: usize, over: &AtomicBool) {
    raise_limit();
    let mut sockets = Vec::new();
    let mut block = vec![0; 64 * 1024];
    let request = b"GET /1kb.bin HTTP/1.1\r\nHost: localhost\r\n\r\n";
    while !over.load(Ordering::Relaxed) {
        if sockets.len() < count {
            sockets.extend(TcpStream::connect(address));
        } else {
            thread::sleep(Duration::from_millis(100));
        }
        let from = if sockets.len() < count { sockets.len().saturating_sub(1) } else { 0 };
        for socket in &mut sockets[from..] {
            let _ = exchange(socket, request, 1, &mut block);
        }
    }
}
