//! The rows of what the RFCs ask of a server, in front of a backend that another parser reads for: what is refused
//! never gets there, and of what is forwarded there is exactly one request each, with the same content.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use byteglass::{http::replay, server::Guards, testing::LIMITS, trace::Guard};

use super::{client, gateway_with, lineage::Sums};

/// A request as the backend read it: its method and the length of its content. `Err`: no strict reader would take it.
type Got = Result<(String, u64), String>;

/// A backend that answers each request that it can read.
fn recorder(log: &Arc<Mutex<Vec<Got>>>) -> SocketAddr {
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

fn record(mut socket: TcpStream, log: &Mutex<Vec<Got>>) -> Option<()> {
    let (mut bytes, mut block) = (Vec::new(), [0; 8192]);
    loop {
        match first(&bytes) {
            Ok(None) => match socket.read(&mut block).ok()? {
                0 => return None,
                len => bytes.extend_from_slice(&block[..len]),
            },
            Ok(Some((method, content, len))) => {
                let body = if method == "HEAD" { "" } else { "ok" };
                bytes.drain(..len);
                log.lock().unwrap().push(Ok((method, content)));
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

/// The first request: its method, and the lengths of its content and of all of it. `None`: it is not complete.
fn first(bytes: &[u8]) -> Result<Option<(String, u64, usize)>, String> {
    let mut fields = vec![httparse::EMPTY_HEADER; 2000];
    let mut request = httparse::Request::new(&mut fields);
    let head = match request.parse(bytes).map_err(|error| error.to_string())? {
        httparse::Status::Partial => return Ok(None),
        httparse::Status::Complete(len) => len,
    };
    let values = |name: &str| -> Vec<_> {
        let named = request.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
        named.map(|field| String::from_utf8_lossy(field.value).into_owned()).collect()
    };
    let method = request.method.unwrap().to_owned();
    let (lengths, codings) = (values("content-length"), values("transfer-encoding"));
    if values("host").len() != 1 || lengths.len() + codings.len() > 1 {
        return Err("fields are there more than once".to_owned());
    }
    if let Some(length) = lengths.first() {
        let length: usize = length.parse().map_err(|_| "a length is no number".to_owned())?;
        let is_whole = bytes.len() - head >= length;
        return Ok(is_whole.then_some((method, length as u64, head + length)));
    }
    if codings.is_empty() {
        return Ok(Some((method, 0, head)));
    }
    let (mut at, mut content) = (head, 0);
    loop {
        let parsed =
            httparse::parse_chunk_size(&bytes[at..]).map_err(|_| "a chunk is malformed".to_owned())?;
        let httparse::Status::Complete((line, size)) = parsed else { return Ok(None) };
        at += line + usize::try_from(size).unwrap() + 2;
        if at > bytes.len() {
            return Ok(None);
        }
        if !bytes[..at].ends_with(b"\r\n") {
            return Err("a chunk has another size".to_owned());
        }
        if size == 0 {
            return Ok(Some((method, content, at)));
        }
        content += size;
    }
}

#[test]
fn what_reaches_the_backend_is_what_was_accepted() {
    let log = Arc::default();
    let guards = Guards::default().with(Guard::IdleTimeout, 200).with(Guard::BodyTimeout, 200);
    let server = gateway_with("/", &[recorder(&log)], "", guards.with(Guard::HeadTimeout, 200));
    let (mut failures, mut forwarded) = (Vec::new(), 0);
    for (id, bytes, is_refused) in crate::behaviours::sent() {
        let mut client = client(&server);
        client.try_send(&bytes);
        client.end();
        let answer = client.rest().unwrap_or_default();
        std::thread::sleep(Duration::from_millis(2));
        let got: Vec<Got> = std::mem::take(&mut *log.lock().unwrap());
        let read = replay::requests(&bytes, 0, LIMITS);
        let accepted = read.messages.iter().filter(|message| message.complete);
        let accepted: Vec<Got> = accepted
            .filter_map(|message| {
                let head = message.head.as_ref()?;
                let method = head.placed(&head.method_range);
                let at = |offset: u64| usize::try_from(offset).unwrap();
                let method = &bytes[at(method.start)..at(method.end)];
                Some(Ok((String::from_utf8_lossy(method).into_owned(), message.content)))
            })
            .collect();
        forwarded += got.len();
        // A target that names another path than it seems to is refused by a gateway alone.
        let has_dots =
            ["/.", "/%2e"].iter().any(|dots| bytes.windows(dots.len()).any(|part| part == dots.as_bytes()));
        let is_refused = is_refused || (has_dots && answer.starts_with(b"HTTP/1.1 400 "));
        if !accepted.starts_with(&got) || (!is_refused && got.is_empty() && !accepted.is_empty()) {
            let answer = String::from_utf8_lossy(&answer);
            failures.push(format!("{id}: {got:?} of {accepted:?}, {answer}"));
        }
    }
    assert!(failures.is_empty() && forwarded > 150, "{forwarded}\n{}", failures.join("\n"));
    let Sums { requests: [sent, copied], responses: [answered, _] } = server.sums();
    assert!(copied > 5_000 && sent > copied && answered > 5_000, "{copied} of {sent}, {answered}");
}
