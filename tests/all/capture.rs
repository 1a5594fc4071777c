//! What the real server says in its trace, recorded and explained: rows, details, spans.

use byteglass::{
    base::stream::{ConnId, Direction, ExchangeId},
    capture::Capture,
    explain::{Facts, facts::Leaf, timeline, tree::TreeNode},
    filter::Filter,
    http::{Rule, SpanKind},
    list::{List, Row},
    server::{Guards, Handle},
    store::{Chunk, Detail, Outcome, Store},
    testing::{Bell, Client, ScratchFolder, Site},
    trace::CloseReason,
};

const GET: &str = "GET /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A server whose trace is recorded.
struct Recorded {
    server: Handle,
    capture: Capture,
    bell: Bell,
    folder: ScratchFolder,
}

impl Recorded {
    fn start(guards: Guards, budget: u64) -> Self {
        let Site { server, events, folder } = Site::start_with(guards);
        let bell = Bell::default();
        let capture = Capture::record(events, budget, bell.waker()).unwrap();
        Self { server, capture, bell, folder }
    }

    fn client(&self) -> Client {
        Client::connect(self.server.address().unwrap())
    }

    /// Waits until the store holds what is wanted.
    fn wait<T>(&self, wanted: impl Fn(&Store) -> Option<T>) -> T {
        self.bell.wait_until(|| self.capture.read(&wanted))
    }

    /// Waits until exchange `id` stands as told, and explains it.
    fn explained(&self, id: u64, outcome: Outcome) -> (Detail, Facts) {
        let id = ExchangeId::nth(id);
        let detail = self.wait(|store| store.detail(id).filter(|detail| detail.exchange.outcome == outcome));
        let facts = Facts::new(detail.clone());
        assert_covered(&facts.request.leaves, &detail.reads);
        assert_covered(&facts.response.leaves, &detail.writes);
        (detail, facts)
    }
}

fn assert_covered(leaves: &[Leaf], chunks: &[Chunk]) {
    let mut at = chunks.first().map_or(0, |chunk| chunk.offset);
    for leaf in leaves {
        assert_eq!(leaf.span.range.start, at);
        at = leaf.span.range.end;
    }
    assert_eq!(at, chunks.last().map_or(0, |chunk| chunk.range().end));
}

/// The value of the node with this label in the tree of one message.
fn value(facts: &Facts, direction: Direction, label: &str) -> Option<String> {
    value_in(&facts.tree(direction), label).map(str::to_owned)
}

/// The value of the node with this label, wherever it stands.
fn value_in<'a>(nodes: &'a [TreeNode], label: &str) -> Option<&'a str> {
    nodes.iter().find_map(|node| {
        if node.label == label { Some(node.value.as_str()) } else { value_in(&node.children, label) }
    })
}

#[test]
fn pipelined_requests_become_rows_with_all_their_bytes() {
    let recorded = Recorded::start(Guards::default(), 64 << 20);
    let mut client = recorded.client();
    let post = "POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"message\":\"hi\"}";
    client.send(format!("{GET}{post}{GET}"));
    for _ in 0..3 {
        assert_eq!(client.response("GET").status, 200);
    }
    for id in 1..=3 {
        let (detail, explanation) = recorded.explained(id, Outcome::Done);
        let own = |leaves: &[Leaf]| {
            leaves
                .iter()
                .filter(|leaf| leaf.own)
                .map(|leaf| leaf.span.range.end - leaf.span.range.start)
                .sum::<u64>()
        };
        assert_eq!(
            own(&explanation.request.leaves),
            detail.exchange.request.end - detail.exchange.request.start
        );
        assert_eq!(own(&explanation.response.leaves), detail.exchange.response_bytes());
        let unread = |leaf: &Leaf| {
            [SpanKind::Unparsed, SpanKind::Malformed].iter().any(|kind| leaf.span.kind == *kind)
        };
        assert!(!explanation.request.leaves.iter().chain(&explanation.response.leaves).any(unread));
        assert_eq!(value(&explanation, Direction::Sent, "Status").as_deref(), Some("200"));
        let words = explanation.timeline.iter().map(|entry| timeline::words(entry, &detail.exchange));
        let moments: Vec<String> = words.collect();
        assert!(moments.contains(&"Guards passed".to_owned()), "{moments:?}");
        assert!(moments.iter().any(|what| what.starts_with("Response written")), "{moments:?}");
    }
    let (detail, explanation) = recorded.explained(2, Outcome::Done);
    assert_eq!(value(&explanation, Direction::Received, "Body").as_deref(), Some("JSON, 16 bytes"));
    assert_eq!(
        value(&explanation, Direction::Sent, "Body").map(|body| body[..4].to_owned()).as_deref(),
        Some("JSON")
    );
    assert_eq!(detail.neighbours, (true, true));

    let mut list = List::default();
    let rows = recorded.capture.read(|store| {
        list.update(store, &Filter::parse("method=POST status>=200").unwrap());
        list.rows(store, 0..list.len())
    });
    assert!(matches!(rows[0], Row::Connection { id, exchanges: 3, .. } if id == 1), "{:?}", rows[0]);
    assert!(matches!(&rows[1], Row::Exchange { id, target, .. } if *id == 2 && &**target == "/api/echo"));
    assert_eq!(rows.len(), 2);
}

#[test]
fn the_answer_to_head_and_the_interim_response_are_told_apart() {
    let recorded = Recorded::start(Guards::default(), 64 << 20);
    let mut client = recorded.client();
    client.send("HEAD /a.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client.response("HEAD");
    client
        .send("POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assert_eq!(client.response("POST").status, 100);
    let (_, waiting) = recorded.explained(2, Outcome::BodyIncomplete);
    assert!(waiting.notes.iter().any(|note| note.sentence().contains("body is not complete")));
    client.send("ok");
    assert_eq!(client.response("POST").body, b"ok");
    let (_, head) = recorded.explained(1, Outcome::Done);
    assert_eq!(value(&head, Direction::Sent, "Framing").as_deref(), Some("no body"));
    assert_eq!(value(&head, Direction::Sent, "Content-Length").as_deref(), Some("26"));
    let (detail, post) = recorded.explained(2, Outcome::Done);
    assert_eq!(value(&post, Direction::Sent, "Interim response").as_deref(), Some("100"));
    assert_eq!(post.tree(Direction::Sent)[1].label, "Status line");
    assert_eq!(detail.reads.len(), 2);
}

#[test]
fn chunks_of_a_streamed_response_are_nodes() {
    let recorded = Recorded::start(Guards::default(), 64 << 20);
    recorded.client().get("/stream/3");
    let (_, explanation) = recorded.explained(1, Outcome::Done);
    assert_eq!(
        value(&explanation, Direction::Sent, "Framing").as_deref(),
        Some("Transfer-Encoding → chunked")
    );
    assert_eq!(value(&explanation, Direction::Sent, "Last chunk").as_deref(), Some("0"));
    assert!(value(&explanation, Direction::Sent, "Chunk 3").is_some());
}

#[test]
fn a_malformed_request_is_a_row_with_its_fault() {
    let recorded = Recorded::start(Guards::default(), 64 << 20);
    let mut client = recorded.client();
    client.send("GET / HTTP/1.1\r\nHost: localhost\r\nA: b\nC: d\r\n\r\n");
    assert_eq!(client.response("GET").status, 400);
    let (detail, explanation) = recorded.explained(1, Outcome::Done);
    assert_eq!(detail.exchange.refusal, Some(Rule::BareLineFeed.into()));
    let fault = explanation.request.leaves.iter().find(|leaf| leaf.span.kind == SpanKind::Malformed).unwrap();
    assert_eq!(fault.span.range, 37..38);
    assert_eq!(explanation.notes[0].range, Some(37..38));
    assert!(value(&explanation, Direction::Received, "Not parsed").is_some());

    let mut tls = recorded.client();
    tls.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03rest of the hello");
    assert_eq!(tls.response("GET").status, 400);
    let (detail, explanation) = recorded.explained(2, Outcome::Done);
    assert_eq!(detail.exchange.refusal, Some(Rule::LooksLikeTls.into()));
    assert!(explanation.notes[0].sentence().contains("looks like TLS"));
    let mut list = List::default();
    let rows = recorded.capture.read(|store| {
        list.update(store, &Filter::parse("is:malformed").unwrap());
        list.rows(store, 0..list.len())
    });
    assert!(rows.iter().any(
        |row| matches!(row, Row::Exchange { id, opening, .. } if id.get() == 2 && opening.starts_with('␖'))
    ));
}

#[test]
fn a_request_that_stops_half_way_says_so_while_it_waits_and_after() {
    let recorded = Recorded::start(Guards::default(), 64 << 20);
    let mut client = recorded.client();
    client.send("GET /slow HTTP/1.1\r\nHo");
    let (_, explanation) = recorded.explained(1, Outcome::HeadIncomplete);
    assert!(explanation.request.leaves.last().unwrap().span.partial);
    assert_eq!(value(&explanation, Direction::Received, "Target").as_deref(), Some("/slow"));
    drop(client);
    let (reason, detail) = recorded.wait(|store| {
        let detail = store.detail(ExchangeId::nth(1))?;
        Some((detail.closed?.1, detail))
    });
    assert!(
        matches!(reason, CloseReason::ClientEarly | CloseReason::Reset | CloseReason::ServerRefused),
        "{reason:?}"
    );
    assert!(detail.exchange.outcome.ended());
    let explanation = Facts::new(detail);
    assert!(
        explanation
            .notes
            .iter()
            .any(|note| note.cause() == Some(Rule::EndedEarly.into())
                || note.sentence().contains("mid-message")),
        "{:?}",
        explanation.notes
    );
}

#[test]
fn connections_without_a_byte_are_rows() {
    let recorded = Recorded::start(Guards::default(), 64 << 20);
    let client = recorded.client();
    recorded.wait(|store| store.connection(ConnId::nth(1)).map(|_| ()));
    let mut list = List::default();
    recorded.capture.read(|store| list.update(store, &Filter::default()));
    assert_eq!(list.len(), 1);
    drop(client);
    recorded.wait(|store| store.connection(ConnId::nth(1))?.closed);
}

/// Whatever the body is made from, its end is seen when its last byte is written, not only when the next
/// response or the end of the connection comes.
#[test]
fn a_response_is_done_when_its_last_byte_is_written() {
    let recorded = Recorded::start(Guards::default(), 64 << 20);
    let blocks = [1, 65_536, 65_537, 3_000_000];
    for length in blocks {
        let file = recorded.folder.path().join(format!("{length}.bin"));
        std::fs::write(file, vec![b'x'; length]).unwrap();
    }
    let targets = blocks.iter().map(|length| format!("/{length}.bin"));
    let made =
        ["/a.txt", "/empty.txt", "/health", "/stream/3", "/drip?bytes=30&chunks=3&ms=1", "/status/204"];
    for (id, target) in (1..).zip(targets.chain(made.map(str::to_owned))) {
        // Each on a connection that stays open, and asks for nothing more.
        let mut client = recorded.client();
        client.send(format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        client.response("GET");
        let (detail, _) = recorded.explained(id, Outcome::Done);
        let (done, _) = detail.exchange.stages.last().unwrap();
        let written = detail.writes.last().unwrap();
        assert!(*done >= written.at, "{target}");
    }
}

#[test]
fn a_large_body_stays_within_the_budget() {
    let budget = 2 << 20;
    let recorded = Recorded::start(Guards::default(), budget);
    let mut client = recorded.client();
    let length = 6 << 20;
    client.send(format!("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"));
    client.send(vec![b'x'; length]);
    assert_eq!(client.response("POST").body.len(), length);
    let (detail, explanation) = recorded.explained(1, Outcome::Done);
    let counts = recorded.capture.read(Store::counts);
    assert!(counts.captured_bytes <= budget && counts.not_in_memory_bytes > 0, "{counts:?}");
    assert_eq!(value(&explanation, Direction::Received, "Method").as_deref(), Some("POST"));
    let body: u64 = explanation
        .request
        .leaves
        .iter()
        .filter(|leaf| leaf.span.kind == SpanKind::Body)
        .map(|leaf| leaf.span.range.end - leaf.span.range.start)
        .sum();
    assert_eq!(body, length as u64);
    assert_eq!(detail.exchange.request_content, length as u64);
}
