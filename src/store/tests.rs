#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;

use bytes::Bytes;

use super::*;
use crate::{
    base::stream::{ConnId, Direction},
    http::{Framing, Rule, Status},
    store::model::{Chunk, Outcome},
    testing::script::{Dice, MS, Script, response},
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

/// What `held` must be: the cost of every record, counted afresh.
fn recount(store: &Store) -> u64 {
    let mut sum = 0;
    for (_, track) in store.connections.iter() {
        sum += TRACK_COST;
        sum += track.connection.reads.iter().chain(&track.connection.writes).map(stream::cost).sum::<u64>();
    }
    sum += store.exchanges.iter().map(|(_, entry)| entry.cost).sum::<u64>();
    sum + store.routes.cost()
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
    assert_eq!((exchange.began, exchange.took()), (MS, MS / 2));
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
    assert_eq!((exchange.began, exchange.took()), (0, 29 * MS));
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
    store.set_budget(TRACK_COST);
    assert_eq!(store.connections().map(|connection| connection.id).collect::<Vec<_>>(), [2]);
}

/// Some of everything: keep-alive, pipelining, bodies, refusals, connections that say nothing.
fn traffic(script: &mut Script, dice: &mut Dice, sent: &mut HashMap<ExchangeId, (Vec<u8>, Vec<u8>)>) {
    let conn = dice.roll(12) + 1 + 12 * (script.exchanges / 300);
    if script.exchanges.is_multiple_of(300) || dice.roll(20) == 0 {
        script.open(conn);
    }
    let body = vec![b'b'; usize::try_from(dice.roll(3000)).unwrap()];
    let post = [b"POST /echo HTTP/1.1\r\nHost: a\r\n\r\n".as_slice(), &body].concat();
    match dice.roll(8) {
        0 => {
            let both = [GET, GET].concat();
            let offset = script.read(conn, &both);
            let first = script.request(conn, offset, GET, Framing::None);
            let second = script.request(conn, offset + GET.len() as u64, GET, Framing::None);
            for id in [first, second] {
                script.respond(conn, id, &response(&body), None);
                sent.insert(id, (GET.to_vec(), response(&body)));
            }
        }
        1 => {
            let id = script.refused(conn + 100_000 + script.exchanges, b"BAD\n", Rule::BareLineFeed, 3..4);
            sent.insert(id, (b"BAD\n".to_vec(), Vec::new()));
        }
        2 => {
            script.close(conn, CloseReason::Client);
        }
        _ => {
            let id = script.exchange(conn, &post, &response(&body));
            sent.insert(id, (post, response(&body)));
        }
    }
    script.wait(MS);
}

#[test]
fn the_budget_holds_and_what_is_kept_is_whole() {
    for budget in [3_000, 20_000, 200_000, 2_000_000] {
        let (mut script, mut dice, mut sent) = (Script::default(), Dice(42), HashMap::new());
        let mut store = Store::new(budget);
        for _ in 0..400 {
            for _ in 0..=dice.roll(6) {
                traffic(&mut script, &mut dice, &mut sent);
            }
            store.apply(script.batch());
            let counts = store.counts();
            // A connection that is open cannot leave; everything else can.
            let floor = counts.open * (TRACK_COST + 2 * stream::CHUNK_COST);
            assert!(counts.captured_bytes <= budget.max(floor), "{counts:?} floor {floor}");
            assert_eq!(counts.captured_bytes, recount(&store));
            assert_eq!(counts.kept + counts.evicted, counts.exchanges);
        }
        let kept: Vec<ExchangeId> = store.exchanges().map(|exchange| exchange.id).collect();
        assert!(budget < 100_000 || kept.len() > 10, "{budget}: {}", kept.len());
        for id in kept {
            let detail = store.detail(id).unwrap();
            let (request, answer) = &sent[&id];
            let intact = !detail.reads.iter().chain(&detail.writes).any(Chunk::omitted);
            assert!(intact || budget < 100_000);
            if intact && !answer.is_empty() {
                assert_eq!(&bytes_of(&detail.reads, &detail.exchange.request), request);
                assert_eq!(&bytes_of(&detail.writes, detail.exchange.response.as_ref().unwrap()), answer);
            }
        }
        store.set_budget(0);
        assert_eq!(store.counts().kept, 0);
        assert_eq!(store.counts().captured_bytes, recount(&store));
    }
}

#[test]
fn a_chunk_that_two_exchanges_share_stays_until_both_are_gone() {
    let mut script = Script::default();
    script.open(1);
    script.read(1, &[GET, GET].concat());
    let first = script.request(1, 0, GET, Framing::None);
    let second = script.request(1, GET.len() as u64, GET, Framing::None);
    script.respond(1, first, &response(b"1"), None);
    script.respond(1, second, &response(b"2"), None);
    let mut store = stored(&mut script);
    store.set_budget(store.account.held() - 1);
    assert!(store.exchange(first).is_none());
    let detail = store.detail(second).unwrap();
    assert_eq!(bytes_of(&detail.reads, &detail.exchange.request), GET);
    store.set_budget(store.account.held() - 1);
    assert!(store.connection(ConnId::nth(1)).unwrap().reads.is_empty());
}

#[test]
fn a_slow_exchange_stays_while_quick_ones_pass() {
    let mut script = Script::default();
    script.open(1).open(2);
    script.read(1, b"GET /slow");
    let slow = script.begin(1, 0);
    let mut store = Store::new(40_000);
    for _ in 0..200 {
        script.exchange(2, GET, &response(b"quick"));
        store.apply(script.batch());
    }
    assert!(store.counts().evicted > 100);
    assert!(store.exchange(slow).is_some());
    script.read(1, b" HTTP/1.1\r\n");
    store.apply(script.batch());
    assert_eq!(store.exchange(slow).unwrap().request, 0..20);
}

#[test]
fn a_download_of_any_size_keeps_its_head_and_its_beginning() {
    let mut script = Script::default();
    script.open(1);
    script.read(1, GET);
    let id = script.request(1, 0, GET, Framing::None);
    let head = response(b"");
    script.respond_head(1, id, &head, None);
    script.write(1, &head);
    let mut store = Store::new(8 << 20);
    let block = Bytes::from(vec![b'z'; 65_536]);
    let mut offset = head.len() as u64;
    for _ in 0..2_000 {
        script.push(1, None, EventKind::bytes(Direction::Sent, offset, block.clone()));
        offset += block.len() as u64;
        store.apply(script.batch());
    }
    script.stage(1, id, Stage::ResponseSent { end: offset, keep_alive: true });
    store.apply(script.batch());
    let counts = store.counts();
    assert_eq!(counts.evicted, 0);
    assert!(counts.captured_bytes < 2 << 20);
    assert_eq!(counts.captured_bytes, recount(&store));
    let detail = store.detail(id).unwrap();
    assert_eq!(detail.exchange.response, Some(0..offset));
    assert_eq!(&*detail.writes[0].bytes, &*head);
    let omitted: u64 = detail.writes.iter().filter(|chunk| chunk.omitted()).map(|chunk| chunk.len).sum();
    assert_eq!(counts.omitted_bytes, omitted);
    assert!(omitted > 2_000 * 65_536 * 9 / 10);
    assert!(detail.writes.len() < 30);
    assert_eq!(detail.writes.last().unwrap().range().end, offset);
}

#[test]
fn missing_events_leave_placeholders_and_never_panic() {
    let (mut script, mut dice, mut sent) = (Script::default(), Dice(7), HashMap::new());
    let mut stores = [Store::new(30_000), Store::new(BIG)];
    for _ in 0..3_000 {
        traffic(&mut script, &mut dice, &mut sent);
        let mut batch = script.batch();
        batch.events.retain(|_| dice.roll(4) > 0);
        for store in &mut stores {
            store.apply(Batch { events: batch.events.clone() });
            assert_eq!(store.counts().captured_bytes, recount(store));
            assert!(
                store.account.held()
                    <= store
                        .account
                        .budget()
                        .max(store.counts().open * (TRACK_COST + 2 * stream::CHUNK_COST))
            );
        }
        if let Some((newest, _)) = stores[1].exchanges.last() {
            assert!(stores[1].detail(newest).is_some());
        }
    }
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
    assert_eq!(store.connection(ConnId::nth(8)).unwrap().guard, Some((0, Guard::IdleTimeout, 1_000)));
    assert_eq!((store.counts().omitted_bytes, store.counts().omitted_events), (10, 2));
    assert!(store.detail(ExchangeId::nth(4)).unwrap().reads[0].omitted());
    store.apply(Batch {
        events: vec![Event {
            at: u64::MAX,
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
