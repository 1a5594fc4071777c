//! A client on a socket that sends what it is told, byte for byte, and reads responses.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
};

use super::PATIENCE;

/// A raw TCP client.
pub struct Client {
    pub socket: TcpStream,
    buffer: Vec<u8>,
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
        let socket = TcpStream::connect(address).unwrap();
        socket.set_nodelay(true).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { socket, buffer: Vec::new() }
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.socket.write_all(bytes.as_ref()).unwrap();
        self
    }

    /// Sends, whether or not the server still takes it.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.socket.write_all(bytes.as_ref()).is_ok()
    }

    pub fn end(&mut self) -> &mut Self {
        self.socket.shutdown(Shutdown::Write).unwrap();
        self
    }

    pub fn get(&mut self, path: &str) -> Response {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        self.response("GET")
    }

    /// Sends a GET with these field lines, each `Name: value`.
    pub fn get_with(&mut self, path: &str, fields: &[&str]) -> Response {
        let mut lines = vec![format!("GET {path} HTTP/1.1"), "Host: localhost".to_owned()];
        lines.extend(fields.iter().map(|&line| line.to_owned()));
        self.send(lines.join("\r\n") + "\r\n\r\n");
        self.response("GET")
    }

    /// Reads one response to `method`.
    pub fn response(&mut self, method: &str) -> Response {
        let head_end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            assert!(
                self.more(),
                "closed before a response, after {:?}",
                String::from_utf8_lossy(&self.buffer)
            );
        };
        let head = String::from_utf8(self.buffer.drain(..head_end).collect()).unwrap();
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
            while self.more() {}
            response.body = std::mem::take(&mut self.buffer);
        }
        response
    }

    fn chunked(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let line = self.line();
            let size = usize::from_str_radix(&line, 16).unwrap();
            body.extend(self.take(size));
            assert_eq!(self.line(), "");
            if size == 0 {
                return body;
            }
        }
    }

    fn line(&mut self) -> String {
        loop {
            if let Some(at) = find(&self.buffer, b"\r\n") {
                let line: Vec<u8> = self.buffer.drain(..at + 2).collect();
                return String::from_utf8(line[..at].to_vec()).unwrap();
            }
            assert!(self.more(), "closed in mid-line");
        }
    }

    fn take(&mut self, len: usize) -> Vec<u8> {
        while self.buffer.len() < len {
            assert!(self.more(), "closed in mid-body, {} of {len} bytes", self.buffer.len());
        }
        self.buffer.drain(..len).collect()
    }

    fn more(&mut self) -> bool {
        let mut block = [0; 16 * 1024];
        let got = self.socket.read(&mut block).unwrap();
        self.buffer.extend_from_slice(&block[..got]);
        got > 0
    }

    /// Everything until the server ends its side. `Err`: it reset the connection.
    pub fn rest(&mut self) -> Result<Vec<u8>, ErrorKind> {
        let mut rest = std::mem::take(&mut self.buffer);
        match self.socket.read_to_end(&mut rest) {
            Ok(_) => Ok(rest),
            Err(error) => Err(error.kind()),
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
