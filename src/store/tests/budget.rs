//! The budget holds, whatever arrives, and what is kept is whole.

use super::*;

/// Some of everything: keep-alive, pipelining, bodies, refusals, connections that say nothing.
fn traffic(script: &mut Script, dice: &mut Lcg, sent: &mut HashMap<ExchangeId, (Vec<u8>, Vec<u8>)>) {
    let conn = dice.roll(12) + 1 + 12 * (script.exchanges / 300);
    if script.exchanges.is_multiple_of(300) || dice.roll(20) == 0 {
        script.open(conn);
    }
    let body = vec![b'b'; dice.index(3000)];
    let post = [b"POST /echo HTTP/1.1\r\nHost: a\r\n\r\n".as_slice(), &body].concat();
    match dice.roll(10) {
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
        3 => {
            // A few dialed connections, one of which ends now and then.
            let upstream = 900_000 + dice.roll(3) + 3 * (script.exchanges / 200);
            let offset = script.read(conn, GET);
            let id = script.request(conn, offset, GET, Framing::None);
            script.forward(id, upstream, &post);
            script.read(upstream, &response(&body));
            script.respond(conn, id, &response(&body), None);
            sent.insert(id, (GET.to_vec(), response(&body)));
        }
        4 => {
            script.close(900_000 + dice.roll(3) + 3 * (script.exchanges / 200), CloseReason::Client);
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
        let (mut script, mut dice, mut sent) = (Script::default(), Lcg(42), HashMap::new());
        let mut store = Store::new(budget);
        for _ in 0..400 {
            for _ in 0..=dice.roll(6) {
                traffic(&mut script, &mut dice, &mut sent);
            }
            store.apply(script.batch());
            let counts = store.counts();
            // A connection that is open cannot leave; everything else can.
            let floor = counts.open * (CONNECTION_COST + 2 * stream::CHUNK_COST);
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
                for leg in &detail.upstream {
                    let left_out = leg.reads.iter().any(Chunk::omitted);
                    assert!(left_out || &bytes_of(&leg.reads, &leg.leg.received) == answer);
                }
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
    assert_eq!((counts.not_in_memory_bytes, counts.omitted_bytes), (omitted, 0));
    assert!(omitted > 2_000 * 65_536 * 9 / 10);
    assert!(detail.writes.len() < 30);
    assert_eq!(detail.writes.last().unwrap().range().end, offset);
}

#[test]
fn missing_events_leave_placeholders_and_never_panic() {
    let (mut script, mut dice, mut sent) = (Script::default(), Lcg(7), HashMap::new());
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
                        .max(store.counts().open * (CONNECTION_COST + 2 * stream::CHUNK_COST))
            );
        }
        if let Some((newest, _)) = stores[1].exchanges.last() {
            assert!(stores[1].detail(newest).is_some());
        }
    }
}
