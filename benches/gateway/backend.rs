//! A backend that is quick and has what it sends in memory.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

/// Bytes of `/page`.
pub(super) const PAGE_BYTES: usize = 1024;
/// Bytes of `/medium`: as much as a gateway holds for a slow client.
pub(super) const MEDIUM_BYTES: usize = 48 * 1024;
/// Bytes of `/large`, in both directions.
pub(super) const LARGE_BYTES: u64 = 10_000_000_000;

/// Starts one, with a thread for each connection.
pub(super) fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            socket.set_nodelay(true).unwrap();
            thread::Builder::new().stack_size(512 * 1024).spawn(move || answer(socket)).unwrap();
        }
    });
    address
}

/// Answers until the connection ends.
fn answer(mut socket: TcpStream) -> Option<()> {
    let (mut head, mut block) = (Vec::new(), vec![0; 256 * 1024]);
    loop {
        let end = loop {
            if let Some(at) = head.windows(4).position(|part| part == b"\r\n\r\n") {
                break at + 4;
            }
            match socket.read(&mut block).ok()? {
                0 => return None,
                len => head.extend_from_slice(&block[..len]),
            }
        };
        let target = head[..end].split(|byte| *byte == b' ').nth(1).unwrap_or_default();
        let len = match target {
            b"/medium" => MEDIUM_BYTES as u64,
            b"/large" if head.starts_with(b"GET ") => LARGE_BYTES,
            _ => PAGE_BYTES as u64,
        };
        if head.starts_with(b"POST ") {
            let mut left = LARGE_BYTES - (head.len() - end) as u64;
            while left > 0 {
                left -= socket.read(&mut block).ok().filter(|len| *len > 0)? as u64;
            }
        }
        head.drain(..end);
        let mut out = format!("HTTP/1.1 200 OK\r\nContent-Length: {len}\r\n\r\n").into_bytes();
        if len < 1 << 20 {
            out.resize(out.len() + usize::try_from(len).unwrap(), b'x');
            socket.write_all(&out).ok()?;
            continue;
        }
        socket.write_all(&out).ok()?;
        let mut left = len;
        while left > 0 {
            let part = usize::try_from(left).unwrap().min(block.len());
            socket.write_all(&block[..part]).ok()?;
            left -= part as u64;
        }
    }
}
