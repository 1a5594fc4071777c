//! Backends that record what they read, with readers of other makes.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

/// A complete request, as a backend read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) content: Vec<u8>,
}

/// The requests that a backend read. `Err`: bytes that its reader does not take.
pub(super) type Log = Mutex<Vec<Result<Request, String>>>;

/// A backend that reads with httparse and answers each request.
pub(super) fn httparse(log: &Arc<Log>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, log) = (listener.local_addr().unwrap(), Arc::clone(log));
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let log = Arc::clone(&log);
            std::thread::spawn(move || record(socket, &log));
        }
    });
    address
}

/// A backend that reads with `tiny_http` and answers each request.
pub(super) fn tiny_http(log: &Arc<Log>) -> SocketAddr {
    let server = tiny_http::Server::http("127.0.0.1:0").unwrap();
    let (address, log) = (server.server_addr().to_ip().unwrap(), Arc::clone(log));
    std::thread::spawn(move || {
        for mut request in server.incoming_requests() {
            let mut content = Vec::new();
            let declared = request.body_length();
            let read = request.as_reader().read_to_end(&mut content);
            // What is cut off is no request.
            if read.is_ok() && declared.is_none_or(|declared| declared == content.len()) {
                let (method, target) = (request.method().to_string(), request.url().to_owned());
                log.lock().unwrap().push(Ok(Request { method, target, content }));
            }
            // The gateway may have gone.
            let _ = request.respond(tiny_http::Response::from_string("ok"));
        }
    });
    address
}

fn record(mut socket: TcpStream, log: &Log) -> Option<()> {
    let (mut bytes, mut block) = (Vec::new(), [0; 8192]);
    loop {
        match first(&bytes) {
            Ok(None) => match socket.read(&mut block).ok()? {
                0 => return None,
                len => bytes.extend_from_slice(&block[..len]),
            },
            Ok(Some((request, len))) => {
                let body = if request.method == "HEAD" { "" } else { "ok" };
                bytes.drain(..len);
                log.lock().unwrap().push(Ok(request));
                let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{body}");
                socket.write_all(answer.as_bytes()).ok()?;
            }
            Err(error) => {
                log.lock().unwrap().push(Err(format!("{error}: {}", bytes.escape_ascii())));
                return None;
            }
        }
    }
}

/// The first request, and the length of all of it. `None`: it is not complete.
fn first(bytes: &[u8]) -> Result<Option<(Request, usize)>, String> {
    let mut fields = vec![httparse::EMPTY_HEADER; 2000];
    let mut parsed = httparse::Request::new(&mut fields);
    let head = match parsed.parse(bytes).map_err(|error| error.to_string())? {
        httparse::Status::Partial => return Ok(None),
        httparse::Status::Complete(len) => len,
    };
    let values = |name: &str| -> Vec<_> {
        let named = parsed.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
        named.map(|field| String::from_utf8_lossy(field.value).into_owned()).collect()
    };
    let (method, target) = (parsed.method.unwrap().to_owned(), parsed.path.unwrap().to_owned());
    let request = |content: Vec<u8>| Request { method, target, content };
    let (lengths, codings) = (values("content-length"), values("transfer-encoding"));
    if values("host").len() != 1 || lengths.len() + codings.len() > 1 {
        return Err("fields are there more than once".to_owned());
    }
    if let Some(length) = lengths.first() {
        let length: usize = length.parse().map_err(|_| "a length is no number".to_owned())?;
        let content = bytes.get(head..head + length);
        return Ok(content.map(|content| (request(content.to_vec()), head + length)));
    }
    if codings.is_empty() {
        return Ok(Some((request(Vec::new()), head)));
    }
    let (mut at, mut content) = (head, Vec::new());
    loop {
        let parsed =
            httparse::parse_chunk_size(&bytes[at..]).map_err(|_| "a chunk is malformed".to_owned())?;
        let httparse::Status::Complete((line, size)) = parsed else { return Ok(None) };
        let data = at + line;
        if size == 0 {
            let mut trailers = vec![httparse::EMPTY_HEADER; 2000];
            let read = httparse::parse_headers(&bytes[data..], &mut trailers);
            return Ok(match read.map_err(|error| error.to_string())? {
                httparse::Status::Partial => None,
                httparse::Status::Complete((len, _)) => Some((request(content), data + len)),
            });
        }
        at = data + usize::try_from(size).unwrap() + 2;
        if at > bytes.len() {
            return Ok(None);
        }
        if !bytes[..at].ends_with(b"\r\n") {
            return Err("a chunk has another size".to_owned());
        }
        content.extend_from_slice(&bytes[data..at - 2]);
    }
}
