//! The rows of what the RFCs ask of a server, in front of backends that other parsers read for: what is refused
//! never gets there, and of what is forwarded there is exactly one request each, with the same target and content.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use byteglass::{
    http::{Head, SpanKind, replay},
    server::Guards,
    testing::LIMITS,
    trace::Guard,
};

use super::{
    client, gateway_with,
    lineage::Sums,
    recorders::{self, Log, Request},
};

/// The complete requests in the bytes that a client sends, as the backend should read them.
fn accepted(bytes: &[u8]) -> Vec<Request> {
    let read = replay::requests(bytes, 0, LIMITS);
    let at = |offset: u64| usize::try_from(offset).unwrap();
    let text = |start: u64, end: u64| String::from_utf8_lossy(&bytes[at(start)..at(end)]).into_owned();
    let target = |head: &Head| {
        let end = head.query.as_ref().map_or(head.path.end, |query| query.end);
        let path = head.placed(&(head.path.start..end));
        match text(path.start, path.end) {
            path if path.starts_with('/') => path,
            // RFC 9112 §3.2.1, §3.2.4: a target without a path.
            path if head.target.len() == 1 => format!("*{path}"),
            path => format!("/{path}"),
        }
    };
    let complete = read.messages.iter().filter(|message| message.complete);
    complete
        .filter_map(|message| {
            let head = message.head.as_ref()?;
            let method = head.placed(&head.method_range);
            let content = read.leaves.iter().filter(|leaf| {
                leaf.kind == SpanKind::Body
                    && (message.range.start..message.range.end).contains(&leaf.range.start)
            });
            let content: Vec<_> =
                content.map(|leaf| &bytes[at(leaf.range.start)..at(leaf.range.end)]).collect();
            let method = text(method.start, method.end);
            Some(Request { method, target: target(head), content: content.concat() })
        })
        .collect()
}

/// The number of final responses that came from the backend.
fn passed_back(answer: &[u8]) -> usize {
    let text = String::from_utf8_lossy(answer);
    text.split("HTTP/1.1 ").filter(|part| part.starts_with("200 ") && part.contains("\r\nVia: ")).count()
}

/// Plays all rows. Returns how many requests were forwarded.
fn assert_forwarded_once(backend: fn(&Arc<Log>) -> SocketAddr, takes: impl Fn(&[u8]) -> bool) -> usize {
    let log = Arc::default();
    let guards = Guards::default().with(Guard::IdleTimeout, 200).with(Guard::BodyTimeout, 200);
    let server = gateway_with("/", &[backend(&log)], "", guards.with(Guard::HeadTimeout, 200));
    let (mut failures, mut forwarded) = (Vec::new(), 0);
    for (id, bytes, is_refused) in crate::behaviours::sent() {
        if !takes(&bytes) {
            continue;
        }
        let mut client = client(&server);
        client.try_send(&bytes);
        client.end();
        let answer = client.rest().unwrap_or_default();
        std::thread::sleep(Duration::from_millis(2));
        let got = std::mem::take(&mut *log.lock().unwrap());
        let accepted: Vec<_> = accepted(&bytes).into_iter().map(Ok).collect();
        forwarded += got.len();
        // A target that names another path than it seems to is refused by a gateway alone.
        let has_dots =
            ["/.", "/%2e"].iter().any(|dots| bytes.windows(dots.len()).any(|part| part == dots.as_bytes()));
        let is_refused = is_refused || (has_dots && answer.starts_with(b"HTTP/1.1 400 "));
        let is_lost = !is_refused && got.is_empty() && !accepted.is_empty();
        if !accepted.starts_with(&got) || is_lost || passed_back(&answer) > got.len() {
            let answer = String::from_utf8_lossy(&answer);
            failures.push(format!("{id}: {got:?} of {accepted:?}, {answer}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let Sums { requests: [sent, copied], responses: [answered, _] } = server.sums();
    assert!(copied > 5_000 && sent > copied && answered > 5_000, "{copied} of {sent}, {answered}");
    forwarded
}

#[test]
fn what_reaches_the_backend_is_what_was_accepted() {
    assert!(assert_forwarded_once(recorders::httparse, |_| true) > 150);
}

#[test]
fn a_backend_of_another_make_reads_the_same() {
    // tiny_http takes nothing but ASCII in a head, reads on for ever after a request with Upgrade, and reads no
    // trailers.
    let has_trailers = |bytes: &[u8]| {
        let leaves = replay::requests(bytes, 0, LIMITS).leaves;
        leaves.iter().any(|leaf| leaf.kind == SpanKind::TrailerName)
    };
    let takes = |bytes: &[u8]| {
        bytes.is_ascii() && !bytes.windows(8).any(|part| part == b"Upgrade:") && !has_trailers(bytes)
    };
    assert!(assert_forwarded_once(recorders::tiny_http, takes) > 150);
}
