//! Requests and a clock for the tests of the service.

use std::{
    cell::Cell,
    net::{IpAddr, Ipv4Addr},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::base::stream::ExchangeId;
use crate::http::{Field, Framing, Head, Method, Version};

use super::{Body, Clock, FileBody, Piece, Progress, Reach, Reply, Request};

/// A clock that moves only when told to.
pub(super) struct TestClock {
    /// Nanoseconds since 2026-11-21 00:00:00 UTC.
    pub nanos: Cell<u64>,
}

impl TestClock {
    /// The wall-clock time at 0, in seconds since 1970.
    pub(super) const EPOCH_SECS: u64 = 1_795_219_200;

    /// A clock at 0.
    pub(super) fn new() -> Self {
        Self { nanos: Cell::new(0) }
    }

    /// Advances the clock.
    pub(super) fn advance(&self, by: Duration) {
        let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.set(self.nanos.get() + nanos);
    }
}

impl Clock for TestClock {
    fn nanos(&self) -> u64 {
        self.nanos.get()
    }
    fn wall(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(Self::EPOCH_SECS) + Duration::from_nanos(self.nanos.get())
    }
}

/// The bytes of a head, and the parsed head.
pub(super) struct Sent {
    bytes: Vec<u8>,
    head: Head,
    /// The client's address.
    pub peer: IpAddr,
}

impl Sent {
    /// A request. `line`: `GET /path`; `fields`: each `Name: value`.
    pub(super) fn new(line: &str, fields: &[&str]) -> Self {
        let mut bytes = Vec::new();
        let mut push = |text: &[u8]| {
            let start = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            bytes.extend_from_slice(text);
            start..u32::try_from(bytes.len()).unwrap_or(u32::MAX)
        };
        let (token, target) = line.split_once(' ').unwrap_or((line, "/"));
        let method_range = push(token.as_bytes());
        push(b" ");
        let target_range = push(target.as_bytes());
        push(b" HTTP/1.1\r\n");
        let query = target.find('?').map(|at| at + 1);
        let path_len = if target.starts_with('/') { query.map_or(target.len(), |at| at - 1) } else { 0 };
        let within = |from: usize, to: usize| {
            let at = |offset: usize| target_range.start + u32::try_from(offset).unwrap_or(u32::MAX);
            at(from)..at(to)
        };
        let (path, query) = (within(0, path_len), query.map(|at| within(at, target.len())));
        let mut lines = Vec::new();
        for field in fields {
            let (name, value) = field.split_once(':').unwrap_or((field, ""));
            let name = push(name.as_bytes());
            push(b": ");
            // Latin-1, so that a test can send any byte.
            let value: Vec<u8> =
                value.trim().chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
            lines.push(Field { name, value: push(&value) });
            push(b"\r\n");
        }
        push(b"\r\n");
        let head = Head {
            start: 0,
            end: bytes.len() as u64,
            method: Method::from_token(token.as_bytes()),
            method_range,
            target: target_range,
            path,
            query,
            authority: None,
            version: Version { minor: 1 },
            fields: lines,
            framing: Framing::None,
            keep_alive: true,
            expects_continue: false,
        };
        Self { bytes, head, peer: IpAddr::V4(Ipv4Addr::LOCALHOST) }
    }

    /// The request.
    pub(super) fn request(&self) -> Request<'_> {
        Request::new(ExchangeId::FIRST, &self.head, &self.bytes, self.peer)
    }
}

/// All bytes of a body, of any kind.
pub(super) fn content(reply: &Reply) -> Vec<u8> {
    match &reply.body {
        Body::None => Vec::new(),
        Body::Bytes(bytes) => bytes.to_vec(),
        Body::Timed(timed) => {
            let mut timed = timed.clone();
            std::iter::from_fn(|| timed.take_piece()).flatten().flatten().collect()
        }
        Body::File(body) => file_content(body),
        Body::Pieces(pieces) => {
            let content = |piece: &Piece| match piece {
                Piece::Bytes(bytes) => bytes.to_vec(),
                Piece::File(body) => file_content(body),
            };
            pieces.queue.iter().flat_map(content).collect()
        }
        Body::Stream(_) => panic!("a stream is taken with `streamed`"),
    }
}

fn file_content(body: &FileBody) -> Vec<u8> {
    let mut body = FileBody { file: body.file.clone(), ..*body };
    let mut content = vec![0; usize::try_from(body.len).unwrap_or(usize::MAX)];
    let mut filled = 0;
    while body.len > 0 {
        match body.read(&mut content[filled..], Reach::Disk) {
            Ok(got) if got > 0 => filled += got,
            other => panic!("{other:?}"),
        }
    }
    content
}

/// The body as text.
pub(super) fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(&content(reply)).into_owned()
}

/// All bytes of a body that is produced while it is sent.
pub(super) fn streamed(reply: &mut Reply) -> std::io::Result<Vec<u8>> {
    let Body::Stream(source) = &mut reply.body else { panic!("{:?}", reply.body) };
    let mut content = Vec::new();
    while source.make(&mut content, Reach::Disk)? == Progress::More {}
    Ok(content)
}
