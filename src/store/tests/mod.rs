#![allow(clippy::unwrap_used, reason = "tests")]

mod budget;
mod copies;
mod counting;
mod legs;

use std::collections::HashMap;

use bytes::Bytes;

use super::*;
use crate::{
    base::stream::{ConnId, Direction, Nanos, Role},
    http::{Framing, Rule, Status},
    store::model::{Chunk, Outcome},
    testing::{
        Lcg,
        script::{MS, Script, response},
    },
    trace::{CloseReason, Event, EventKind, Guard, Payload, Severity, Stage},
};

const GET: &[u8] = b"GET /style.css HTTP/1.1\r\nHost: localhost\r\n\r\n";
const BIG: u64 = 64 << 20;

fn stored(script: &mut Script) -> Store {
    let mut store = Store::new(BIG);
    store.apply(script.batch());
    store
}

/// The bytes of `range`, from chunks without a gap.
fn bytes_of(chunks: &[Chunk], range: &std::ops::Range<u64>) -> Vec<u8> {
    stream::gather(&chunks.iter().cloned().collect(), range, usize::MAX)
}

/// The cost of every record and chunk, counted afresh, which the account has to agree with.
fn recount(store: &Store) -> u64 {
    let mut sum = 0;
    for (_, conn_entry) in store.connections.iter() {
        sum += CONNECTION_COST;
        sum += conn_entry
            .connection
            .reads
            .iter()
            .chain(&conn_entry.connection.writes)
            .map(stream::cost)
            .sum::<u64>();
    }
    for (_, entry) in store.exchanges.iter() {
        assert_eq!(entry.cost, cost::ENTRY_COST + heap(&entry.exchange));
        sum += entry.cost;
    }
    sum + store.routes.cost() + store.steps.cost() + store.groups.cost()
}

/// Heap bytes of an exchange, counted afresh.
fn heap(exchange: &Exchange) -> u64 {
    let steps = exchange.middleware.iter().map(|(_, steps)| steps.took.heap_bytes() as u64);
    let notes = exchange.notes.iter().map(|(_, note)| cost::note_heap(note));
    let attempts = exchange.attempts.iter().map(|attempt| {
        let ended = attempt.ended.as_ref().map_or(0, |(_, record)| cost::attempt_heap(record));
        cost::choosing_heap(&attempt.choosing) + ended
    });
    let legs =
        exchange.upstream.iter().map(|leg| cost::leg_heap(leg) + cost::lineage_heap(leg.lineage.as_ref()));
    let texts = (exchange.method.heap_bytes() + exchange.target.len()) as u64;
    let elements = steps.chain(notes).chain(attempts).chain(legs).sum::<u64>();
    let frames = cost::frames_heap(exchange.websocket.as_deref());
    cost::lists_bytes(exchange) + texts + elements + frames + cost::lineage_heap(exchange.lineage.as_ref())
}

#[test]
fn an_exchange_is_a_row_with_everything_in_it() {
    let mut script = Script::default();
    script.open(3).wait(MS);
    let id = script.exchange(3, GET, &response(b"body {}"));
    let store = stored(&mut script);
    let exchange = store.exchange(id).unwrap();
    assert_eq!((&*exchange.method, &*exchange.target), ("GET", "/style.css"));
    assert_eq!(exchange.status, Some(Status(200)));
    assert_eq!((exchange.number, exchange.outcome), (1, Outcome::Done));
    assert_eq!(exchange.request, 0..GET.len() as u64);
    assert_eq!(exchange.response_bytes(), response(b"body {}").len() as u64);
    assert_eq!((exchange.began, exchange.took()), (Nanos::new(MS), MS / 2));
    assert_eq!(exchange.stages.len(), 6);
    assert_eq!(exchange.middleware.len(), 2);
    assert_eq!(exchange.routed.as_ref().unwrap().1.len(), 2);
    let detail = store.detail(id).unwrap();
    assert_eq!(bytes_of(&detail.reads, &exchange.request), GET);
    assert_eq!(bytes_of(&detail.writes, exchange.response.as_ref().unwrap()), response(b"body {}"));
    assert_eq!(detail.neighbours, (false, false));
    assert_eq!(store.counts().captured_bytes, recount(&store));
    assert_eq!((store.counts().connections, store.counts().open), (1, 1));
}

#[test]
fn a_request_line_in_many_reads_is_put_together() {
    let mut script = Script::default();
    script.open(1);
    let id = {
        script.read(1, &GET[..1]);
        let id = script.begin(1, 0);
        for byte in &GET[1..30] {
            script.wait(MS).read(1, &[*byte]);
        }
        script.line(1, id, 0, GET);
        id
    };
    let store = stored(&mut script);
    let exchange = store.exchange(id).unwrap();
    assert_eq!((&*exchange.method, &*exchange.target), ("GET", "/style.css"));
    assert_eq!((exchange.outcome, exchange.request.clone()), (Outcome::HeadIncomplete, 0..30));
    assert_eq!((exchange.began, exchange.took()), (Nanos::ZERO, 29 * MS));
    assert_eq!(store.detail(id).unwrap().reads.len(), 30);
    assert_eq!(store.request_bytes(id, 5), b"GET /");
}

#[test]
fn pipelined_requests_share_their_read() {
    let mut script = Script::default();
    script.open(1);
    let all = [GET, GET, GET].concat();
    script.read(1, &all);
    let len = GET.len() as u64;
    let ids: Vec<_> = (0..3).map(|index| script.request(1, index * len, GET, Framing::None)).collect();
    let body = response(b"x");
    for id in &ids {
        script.respond_head(1, *id, &body, None);
    }
    let store = stored(&mut script);
    assert_eq!(store.connection(ConnId::nth(1)).unwrap().pipelined, 3);
    let detail = store.detail(ids[1]).unwrap();
    assert_eq!(detail.reads.len(), 1);
    assert_eq!(detail.messages.iter().map(|message| message.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(detail.neighbours, (true, true));
    assert!(detail.lead_reads.is_empty(), "the first message begins in the shown read");
}

#[test]
fn a_write_that_spans_responses_is_divided() {
    let mut script = Script::default();
    script.open(1);
    script.read(1, &[GET, GET].concat());
    let first = script.request(1, 0, GET, Framing::None);
    let second = script.request(1, GET.len() as u64, GET, Framing::None);
    let (one, two) = (response(b"one"), response(b"second"));
    let (len, all) = (one.len() as u64, one.len() as u64 + two.len() as u64);
    let head = |start, end| Stage::ResponseHead {
        status: Status(200),
        refusal: None,
        start,
        end,
        framing: Framing::Length(3),
    };
    script.stage(1, first, head(0, len - 3));
    script.stage(1, second, head(len, all - 6));
    script.write(1, &one[..4]);
    script.write(1, &[&one[4..], &two[..9]].concat());
    let mut store = stored(&mut script);
    assert_eq!(store.exchange(first).unwrap().response, Some(0..len));
    assert_eq!(store.exchange(second).unwrap().response, Some(len..len + 9));
    script.stage(1, first, Stage::ResponseSent { end: len, keep_alive: true });
    script.write(1, &two[9..]);
    script.stage(1, second, Stage::ResponseSent { end: all, keep_alive: true });
    store.apply(script.batch());
    assert_eq!(store.exchange(second).unwrap().response, Some(len..all));
    let detail = store.detail(second).unwrap();
    assert_eq!(bytes_of(&detail.writes, &(len..all)), two);
    assert_eq!(bytes_of(&detail.lead_writes, &(0..4)), &one[..4], "the first response began earlier");
}

#[test]
fn an_interim_response_belongs_to_the_response() {
    let mut script = Script::default();
    script.open(1);
    let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    script.read(1, head);
    let id = script.begin(1, 0);
    let end = head.len() as u64;
    script.stage(1, id, Stage::Head { start: 0, end, fields: 3, framing: Framing::Length(2) });
    script.stage(1, id, Stage::Continue);
    script.write(1, b"HTTP/1.1 100 Continue\r\n\r\n");
    let mut store = stored(&mut script);
    assert_eq!(store.exchange(id).unwrap().response, Some(0..25));
    assert_eq!(store.exchange(id).unwrap().outcome, Outcome::BodyIncomplete);
    script.read(1, b"ok");
    script.stage(1, id, Stage::RequestEnd { end: end + 2, content: 2 });
    script.respond(1, id, &response(b"ok"), None);
    store.apply(script.batch());
    assert_eq!(store.exchange(id).unwrap().response, Some(0..25 + response(b"ok").len() as u64));
}

#[test]
fn a_refused_request_keeps_its_bytes_and_its_rule() {
    let mut script = Script::default();
    script.open(1);
    let id = script.refused(1, b"\x16\x03\x01 hello", Rule::LooksLikeTls, 0..3);
    let store = stored(&mut script);
    let exchange = store.exchange(id).unwrap();
    assert_eq!((&*exchange.method, exchange.refusal), ("", Some(Rule::LooksLikeTls.into())));
    assert_eq!(exchange.request, 0..9);
    assert_eq!(store.detail(id).unwrap().closed.unwrap().1, CloseReason::ServerRefused);
}

#[test]
fn the_connection_ends_what_was_still_going_on() {
    let mut script = Script::default();
    script.open(1);
    script.read(1, b"GET / HT");
    let id = script.begin(1, 0);
    script.wait(MS).close(1, CloseReason::ClientEarly);
    let store = stored(&mut script);
    assert_eq!(store.exchange(id).unwrap().outcome, Outcome::Aborted);
    assert_eq!(store.exchange(id).unwrap().took(), MS);
    assert_eq!(store.counts().open, 0);
}

#[test]
fn connections_without_a_byte_stay_while_there_is_room() {
    let mut script = Script::default();
    script.open(1).close(1, CloseReason::Client);
    script.open(2);
    let mut store = stored(&mut script);
    assert_eq!(store.connections().count(), 2);
    store.set_budget(CONNECTION_COST);
    assert_eq!(store.connections().map(|connection| connection.id).collect::<Vec<_>>(), [2]);
}

#[test]
fn what_is_said_about_the_unknown_is_taken_in() {
    let mut script = Script::default();
    script.push(9, Some(ExchangeId::nth(4)), EventKind::Stage(Stage::GuardsPassed));
    script.push(9, Some(ExchangeId::nth(3)), EventKind::Stage(Stage::GuardsPassed));
    script.push(8, None, EventKind::Guard { kind: Guard::IdleTimeout, limit: 1_000 });
    script.push(0, Some(ExchangeId::nth(7)), EventKind::HalfClosed);
    script.push(9, None, EventKind::bytes(Direction::Received, 0, Payload::Dropped(10)));
    script.push(0, None, EventKind::Omitted { bytes: 10, events: 2 });
    let mut store = stored(&mut script);
    assert_eq!(store.exchanges().map(|exchange| exchange.id).collect::<Vec<_>>(), [4], "3 is older than 4");
    assert_eq!(
        store.connection(ConnId::nth(8)).unwrap().guard,
        Some((Nanos::ZERO, Guard::IdleTimeout, 1_000))
    );
    assert_eq!((store.counts().omitted_bytes, store.counts().omitted_events), (10, 2));
    assert!(store.detail(ExchangeId::nth(4)).unwrap().reads[0].omitted());
    store.apply(Batch {
        events: vec![Event {
            at: Nanos::MAX,
            conn: Some(ConnId::MAX),
            exchange: Some(ExchangeId::MAX),
            kind: EventKind::request_started(u64::MAX),
        }],
    });
    assert!(store.detail(ExchangeId::MAX).is_some());
}

#[test]
fn clearing_forgets_exchanges_and_keeps_connections_going() {
    let mut script = Script::default();
    script.open(1).open(2);
    script.exchange(1, GET, &response(b"1"));
    script.close(2, CloseReason::Client);
    let mut store = stored(&mut script);
    let generation = store.generation();
    store.clear();
    assert!(store.generation() > generation);
    let counts = store.counts();
    assert_eq!((counts.exchanges, counts.kept, counts.connections, counts.open), (0, 0, 1, 1));
    assert_eq!(counts.captured_bytes, recount(&store));
    let id = script.exchange(1, GET, &response(b"2"));
    store.apply(script.batch());
    let detail = store.detail(id).unwrap();
    assert_eq!(bytes_of(&detail.reads, &detail.exchange.request), GET);
    assert_eq!(detail.exchange.number, 2, "clearing the capture does not change what the connection did");
    assert_eq!(store.heading(ConnId::nth(1)).unwrap().exchange_count, 2);
}

#[test]
fn versions_grow_with_what_they_tell() {
    let mut script = Script::default();
    script.open(1);
    let first = script.exchange(1, GET, &response(b"1"));
    let mut store = stored(&mut script);
    let mut version = store.detail(first).unwrap().version;
    script.exchange(1, GET, &response(b"2"));
    for kind in [EventKind::HalfClosed, EventKind::Closed(CloseReason::Client)] {
        store.apply(script.batch());
        let now = store.detail(first).unwrap().version;
        assert!(now > version);
        version = now;
        script.push(1, None, kind);
    }
    let before = store.version();
    store.apply(Batch::default());
    assert!(store.version() > before);
    assert_eq!(store.detail(first).unwrap().version, version);
}

#[test]
fn messages_are_the_last_fifty_and_read_by_number() {
    let mut store = Store::new(BIG);
    let mut script = Script::default();
    for index in 0..60 {
        script.push(0, None, EventKind::ServerMessage(Severity::Info, index.to_string().into()));
    }
    store.apply(script.batch());
    let messages: Vec<_> = store.messages_since(0).collect();
    assert_eq!((messages.len(), &*messages[49].text), (50, "59"));
    assert_eq!(store.messages_since(58).map(|message| &*message.text).collect::<Vec<_>>(), ["58", "59"]);
    assert_eq!(store.messages_since(60).count(), 0);
    store.clear();
    assert_eq!(store.messages_since(59).count(), 1, "one that was not shown yet outlives a clear");
}

#[test]
fn a_connection_has_its_role_in_memory_and_on_disk() {
    let mut script = Script::default();
    script.open(1).dial(2).close(2, CloseReason::Client);
    let place = Position::new(1, 100);
    let mut store = Store::new(BIG);
    store.apply_at(script.batch(), place);
    let roles = |store: &Store| store.headings().map(|heading| heading.role).collect::<Vec<_>>();
    assert_eq!(roles(&store), [Role::Accepted, Role::Dialed]);
    store.set_budget(1);
    assert!(store.connection(ConnId::nth(2)).is_none());
    assert_eq!(roles(&store), [Role::Accepted, Role::Dialed]);
    assert_eq!(store.heading(ConnId::nth(2)).and_then(|heading| heading.peer), "127.0.0.1:9000".parse().ok());
}

#[test]
fn the_events_of_a_stream_are_counted_however_many_writes_they_come_in() {
    let mut script = Script::default();
    script.open(1);
    let id = script.event_stream(1);
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    let count = |store: &Store| store.summary(id).unwrap().items.unwrap().count;
    let before = count(&store);
    for chunk in [&b"2\r\n\n\n\r\n"[..], b"9\r\ndata: y\n\n\r\n", b"9\r\ndata: z\n\n\r\n"] {
        script.write(1, chunk);
        store.apply(script.batch());
    }
    assert_eq!(count(&store), before + 3);
}
