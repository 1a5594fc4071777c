//! A client on a socket that sends what it is told, byte for byte, and reads responses.

use std::{
    io::{ErrorKind, Read, Write},
    mem,
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

use super::PATIENCE;

/// A raw TCP client.
pub struct Client {
    socket: TcpStream,
    /// Received bytes that were not taken.
    pub received: Vec<u8>,
}

/// The result of waiting for the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// At least one byte.
    Bytes,
    /// Nothing within the time.
    Nothing,
    /// The server finished sending.
    End,
    /// The connection was reset, or broke otherwise.
    Broken(ErrorKind),
}

/// A response as the client got it.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Response {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).unwrap())
    }

    /// A client that uses this connection.
    pub fn over(socket: TcpStream) -> Self {
        socket.set_nodelay(true).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { socket, received: Vec::new() }
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.socket.write_all(bytes.as_ref()).unwrap();
        self
    }

    /// Sends, whether or not the server still takes it.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.socket.write_all(bytes.as_ref()).is_ok()
    }

    /// Sends what the system takes at once, and returns how many bytes that were: all of them where the server
    /// has hung up, since what it said before is still there to read.
    pub fn send_some(&mut self, bytes: &[u8]) -> usize {
        self.socket.set_nonblocking(true).unwrap();
        let sent = self.socket.write(bytes);
        self.socket.set_nonblocking(false).unwrap();
        match sent {
            Ok(sent) => sent,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(_) => bytes.len(),
        }
    }

    /// Sends an urgent byte (RFC 9293 §3.8.5), which is no part of the stream.
    #[cfg(unix)]
    pub fn send_urgent(&mut self, byte: u8) -> &mut Self {
        let sent = rustix::net::send(&self.socket, &[byte], rustix::net::SendFlags::OOB);
        assert_eq!(sent, Ok(1));
        self
    }

    /// Ends this side, if the connection is still there.
    pub fn end(&mut self) -> &mut Self {
        let _ = self.socket.shutdown(Shutdown::Write);
        self
    }

    /// Closes the connection with a reset.
    #[cfg(unix)]
    pub fn reset(self) {
        rustix::net::sockopt::set_socket_linger(&self.socket, Some(Duration::ZERO)).unwrap();
    }

    /// The port of this side.
    pub fn port(&self) -> u16 {
        self.socket.local_addr().unwrap().port()
    }

    /// Waits for at most `time` until something arrives.
    pub fn receive(&mut self, time: Duration) -> Arrival {
        let mut block = [0; 16 * 1024];
        self.socket.set_nonblocking(time.is_zero()).unwrap();
        if !time.is_zero() {
            self.socket.set_read_timeout(Some(time)).unwrap();
        }
        let arrival = match self.socket.read(&mut block) {
            Ok(0) => Arrival::End,
            Ok(len) => {
                self.received.extend_from_slice(&block[..len]);
                Arrival::Bytes
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Arrival::Nothing
            }
            Err(error) => Arrival::Broken(error.kind()),
        };
        self.socket.set_nonblocking(false).unwrap();
        arrival
    }

    pub fn get(&mut self, path: &str) -> Response {
        self.get_with(path, &[])
    }

    /// Sends a GET with these field lines, each `Name: value`.
    pub fn get_with(&mut self, path: &str, fields: &[&str]) -> Response {
        let lines = fields.iter().flat_map(|line| [*line, "\r\n"]).collect::<String>();
        self.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n"));
        self.response("GET")
    }

    /// Reads one response to `method`.
    pub fn response(&mut self, method: &str) -> Response {
        let head = self.until("\r\n\r\n");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut response = Response { status, head, body: Vec::new() };
        if method == "HEAD" || status < 200 || status == 204 || status == 304 {
            return response;
        }
        if response.field("Transfer-Encoding") == Some("chunked") {
            response.body = self.chunked();
        } else if let Some(length) = response.field("Content-Length") {
            response.body = self.take(length.parse().unwrap());
        } else {
            response.body = self.rest().unwrap();
        }
        response
    }

    fn chunked(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let size = usize::from_str_radix(self.until("\r\n").trim_end(), 16).unwrap();
            body.extend(self.take(size));
            assert_eq!(self.until("\r\n"), "\r\n");
            if size == 0 {
                return body;
            }
        }
    }

    /// Everything up to the first `end`, and `end`.
    pub fn until(&mut self, end: &str) -> String {
        let mut looked = 0;
        loop {
            if let Some(at) = find(&self.received[looked..], end.as_bytes()) {
                let taken = self.take(looked + at + end.len());
                return String::from_utf8(taken).unwrap();
            }
            looked = self.received.len().saturating_sub(end.len());
            self.more(end);
        }
    }

    fn take(&mut self, len: usize) -> Vec<u8> {
        while self.received.len() < len {
            self.more(len);
        }
        let rest = self.received.split_off(len);
        mem::replace(&mut self.received, rest)
    }

    fn more(&mut self, wanted: impl std::fmt::Debug) {
        let arrival = self.receive(PATIENCE);
        let start = String::from_utf8_lossy(&self.received[..self.received.len().min(200)]);
        assert_eq!(arrival, Arrival::Bytes, "waiting for {wanted:?} after {start:?}");
    }

    /// Everything until the server ends its side. `Err`: it reset the connection.
    pub fn rest(&mut self) -> Result<Vec<u8>, ErrorKind> {
        loop {
            match self.receive(PATIENCE) {
                Arrival::Bytes => {}
                Arrival::Nothing => return Err(ErrorKind::TimedOut),
                Arrival::End => return Ok(mem::take(&mut self.received)),
                Arrival::Broken(kind) => return Err(kind),
            }
        }
    }

    /// Whether the server ends its side with nothing more to say.
    pub fn is_closed(&mut self) -> bool {
        self.rest() == Ok(Vec::new())
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
