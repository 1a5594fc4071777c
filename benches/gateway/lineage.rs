//! What it costs to record the origins of the bytes of one forwarded exchange: each part of the work is done with and
//! without them by turns, and the quickest turn of each counts.

use std::{hint::black_box, net::SocketAddr, time::Duration};

use byteglass::{
    base::stream::{ConnId, Direction, ExchangeId},
    gateway::GroupSettings,
    http::{
        Limits, RequestMachine, ResponseMachine,
        encode::{Fields, Persistence},
        forward::{ForwardedFields, ForwardedHost, Framer, Origins, RequestForward, ResponseForward, Target},
    },
    server::{Handle, Settings},
    store::Store,
    testing::Client,
    trace::{self, BLOCK_BYTES, Batch, Event, EventKind, Lineage, Payload},
    wire::{Event as Step, Machine, Silent},
};
use bytes::{Bytes, BytesMut};

use super::cpu_time::cpu_time;

/// Requests of the recorded connection.
const REQUESTS: u64 = 1000;
/// Turns of each way.
const TURNS: usize = 200;
/// Exchanges of a turn.
const WRITTEN: u32 = 2000;
/// The window's budget, or less: the oldest exchanges leave in most turns.
const BUDGET: u64 = 16_000_000;

/// CPU time of an exchange's lineage.
pub(super) struct Cost {
    /// In the server: the origins while both messages are written, and their records for the trace.
    pub(super) server: Duration,
    /// In the recorder: two events more.
    pub(super) recorder: Duration,
    /// Pieces of both lineages of an exchange.
    pub(super) pieces: usize,
}

/// Measures with the messages of a real exchange with the backend.
pub(super) fn measure(backend: SocketAddr) -> Cost {
    let events = recorded(backend);
    let [request, response] = ["GET ", "HTTP/1.1 "].map(|start| received(&events, start));
    let lineages = || events.iter().filter(|event| matches!(event.kind, EventKind::Lineage(_)));
    let pieces = lineages().take(2).map(|event| match &event.kind {
        EventKind::Lineage(lineage) => lineage.count(),
        _ => 0,
    });
    let plain: Vec<Event> =
        events.iter().filter(|event| !matches!(event.kind, EventKind::Lineage(_))).cloned().collect();
    assert_eq!(events.len() - plain.len(), 2 * usize::try_from(REQUESTS).unwrap());
    let server = by_turns([&mut || write(&request, &response, false), &mut || {
        write(&request, &response, true);
    }]);
    let mut stores = [Store::new(BUDGET), Store::new(BUDGET)];
    let mut rounds = [0, 0];
    let [first, second] = &mut stores;
    let [plain_round, round] = &mut rounds;
    let recorder = by_turns([&mut || take_in(first, &plain, plain_round), &mut || {
        take_in(second, &events, round);
    }]);
    Cost {
        server: server / WRITTEN,
        recorder: recorder / u32::try_from(REQUESTS).unwrap(),
        pieces: pieces.sum(),
    }
}

/// By how much more CPU time the second way takes than the first one.
fn by_turns(mut ways: [&mut dyn FnMut(); 2]) -> Duration {
    let mut quickest = [Duration::MAX; 2];
    for _ in 0..TURNS {
        for (way, quickest) in ways.iter_mut().zip(&mut quickest) {
            let begun = cpu_time();
            way();
            *quickest = (*quickest).min(cpu_time().saturating_sub(begun));
        }
    }
    quickest[1].saturating_sub(quickest[0])
}

/// The events of one client's requests, in the order in which they happened.
fn recorded(backend: SocketAddr) -> Vec<Event> {
    let (sender, receiver) = trace::channel(1 << 30);
    let mut settings = Settings { port: 0, ..Settings::default() };
    let address = format!("http://{backend}").parse().unwrap();
    settings.gateway.groups.push(GroupSettings::new("backend", "/", [address]));
    let server = Handle::start(settings, Some(sender)).unwrap();
    let mut client = Client::connect(server.address().unwrap());
    for _ in 0..REQUESTS {
        assert_eq!(client.get("/page").status, 200);
    }
    drop((client, server));
    let batches = std::iter::from_fn(|| receiver.recv());
    batches.flat_map(|batch| batch.events).filter(|event| event.conn.is_some()).collect()
}

/// The first bytes received that begin with `start`.
fn received(events: &[Event], start: &str) -> Bytes {
    let mut all = events.iter().filter_map(|event| match &event.kind {
        EventKind::Bytes { stream, payload: Payload::Kept(bytes), .. }
            if stream.direction == Direction::Received && bytes.starts_with(start.as_bytes()) =>
        {
            Some(bytes.clone())
        }
        _ => None,
    });
    all.next().unwrap()
}

/// Takes the exchanges in once more, on other connections, in batches as a turn of 64 connections has them.
fn take_in(store: &mut Store, events: &[Event], round: &mut u64) {
    *round += 1;
    let again = |event: &Event| Event {
        conn: event.conn.map(|conn| ConnId::nth(conn.get() + 2 * *round)),
        exchange: event.exchange.map(|exchange| ExchangeId::nth(exchange.get() + *round * REQUESTS)),
        ..event.clone()
    };
    for events in events.chunks(1024) {
        store.apply(Batch { events: events.iter().map(again).collect() });
    }
}

/// Writes both messages as a gateway does, and the records of their origins if they are wanted.
fn write(request: &Bytes, response: &Bytes, wants_origins: bool) {
    let mut asked = RequestMachine::new(Limits::UNLIMITED);
    let mut answered = ResponseMachine::strict(Limits::UNLIMITED);
    assert_eq!(asked.advance(request, &mut Silent).unwrap().event, Step::Head);
    let head_len = answered.advance(response, &mut Silent).unwrap().consumed;
    let (head, content) = (asked.take_head(), response.slice(head_len..));
    let target = Target { written: "".into(), copied: head.target.clone() };
    let sent_on = RequestForward {
        head: &head,
        bytes: request,
        target: &target,
        host: ForwardedHost::Rewritten("127.0.0.1:3000"),
        pseudonym: "byteglass-1234-8080",
        forwarded: ForwardedFields::XForwarded,
        client: [127, 0, 0, 1].into(),
        takes_authorization: false,
        edits: None,
        framing: head.framing,
    };
    let mut set = Fields::new();
    set.append("Server", "byteglass");
    set.append("Cross-Origin-Resource-Policy", "same-origin");
    let head = answered.head();
    let sent_back = ResponseForward {
        head,
        bytes: response,
        pseudonym: "byteglass-1234-8080",
        date: "Thu, 01 Jan 1970 00:00:00 GMT",
        framing: Some(head.framing),
        persistence: Persistence::Keep,
        set: &set,
        edits: None,
    };
    let mut out = BytesMut::with_capacity(BLOCK_BYTES);
    let mut block = BytesMut::with_capacity(BLOCK_BYTES);
    let mut origins = Origins::default();
    let report = |origins: &mut Origins, block: &mut BytesMut| {
        if wants_origins {
            Lineage::parts_in(0, origins, block).for_each(|part| drop(black_box(part)));
            origins.clear();
        }
    };
    for _ in 0..WRITTEN {
        out.clear();
        block.clear();
        sent_on.write(&mut out, wants_origins.then_some(&mut origins));
        report(&mut origins, &mut block);
        sent_back.write(&mut out, wants_origins.then_some(&mut origins));
        let framer = Framer::new(head.framing);
        let put = |bytes: Bytes| out.extend_from_slice(&bytes);
        framer.frame(&content, head_len as u64, put, wants_origins.then_some(&mut origins));
        report(&mut origins, &mut block);
        black_box(&out);
        block.reserve(BLOCK_BYTES / 2);
    }
}
