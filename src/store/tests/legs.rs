//! Exchanges that are passed on over a dialed connection.

use super::*;
use crate::{
    gateway::{Reason, Verdict},
    http::forward::{Author, Origin, Piece},
    trace::Lineage,
};

/// An exchange on `conn` that is passed on over `upstream`; both answers have this body.
fn forwarded(script: &mut Script, conn: u64, upstream: u64, body: &[u8]) -> ExchangeId {
    let offset = script.read(conn, GET);
    let id = script.request(conn, offset, GET, Framing::None);
    let chosen = [Verdict::NotChosen { open: 1 }, Verdict::Chosen(Reason::FewestOpen { open: 0 })];
    script.chosen(conn, id, (1, None), &chosen);
    script.wait(MS).forward(id, upstream, b"GET /up HTTP/1.1\r\nHost: up\r\n\r\n");
    script.wait(MS).read(upstream, &response(body));
    script.attempted(conn, id, 1, upstream, Ok(()));
    script.respond(conn, id, &response(body), None);
    id
}

#[test]
fn legs_on_one_connection_have_their_own_ranges() {
    let mut script = Script::default();
    script.open(1).open(2).dial(3);
    let first = forwarded(&mut script, 1, 3, b"one");
    let second = forwarded(&mut script, 2, 3, b"second");
    script.close(3, CloseReason::Client);
    let store = stored(&mut script);
    for (id, body) in [(first, b"one".as_slice()), (second, b"second")] {
        let detail = store.detail(id).unwrap();
        assert_eq!(detail.exchange.stages.len(), 6);
        assert_eq!(bytes_of(&detail.reads, &detail.exchange.request), GET);
        let [leg] = &detail.upstream[..] else { panic!("one leg") };
        assert_eq!(bytes_of(&leg.writes, &leg.leg.sent), b"GET /up HTTP/1.1\r\nHost: up\r\n\r\n");
        assert_eq!(bytes_of(&leg.reads, &leg.leg.received), response(body));
        assert_eq!((leg.role, leg.leg.conn), (Role::Dialed, ConnId::nth(3)));
        assert_eq!(leg.peer, "127.0.0.1:9000".parse().ok());
        assert!(leg.closed.is_some() && detail.closed.is_none());
        assert_eq!((leg.reads.len(), leg.writes.len()), (1, 1));
    }
    assert_eq!(store.exchange(second).unwrap().upstream[0].began, Nanos::new(3 * MS));
    assert_eq!(store.counts().captured_bytes, recount(&store));
    assert!(store.connection(ConnId::nth(3)).unwrap().exchanges.is_empty());
}

#[test]
fn a_dialed_connection_leaves_with_its_last_leg() {
    let mut script = Script::default();
    script.open(1).dial(2);
    let first = forwarded(&mut script, 1, 2, b"one");
    let second = forwarded(&mut script, 1, 2, b"two");
    script.close(2, CloseReason::Client);
    let mut store = stored(&mut script);
    store.set_budget(store.account.held() - 1);
    assert!(store.exchange(first).is_none());
    let upstream = |store: &Store| store.connection(ConnId::nth(2)).map(|connection| connection.reads.len());
    assert_eq!(upstream(&store), Some(1), "what only the first one needed is freed");
    let leg = &store.detail(second).unwrap().upstream[0];
    assert_eq!(bytes_of(&leg.reads, &leg.leg.received), response(b"two"));
    store.set_budget(store.account.held() - 1);
    assert_eq!(upstream(&store), None);
    assert_eq!(store.counts().captured_bytes, recount(&store));
}

#[test]
fn an_exchange_has_its_attempts_and_its_row_keeps_the_backend() {
    let mut script = Script::default();
    script.open(1).dial(2);
    let id = forwarded(&mut script, 1, 2, b"one");
    let place = Position::new(1, 1000);
    let mut store = Store::new(1 << 20);
    store.apply_at(script.batch(), place);
    let exchange = store.exchange(id).unwrap();
    let [attempt] = &exchange.attempts[..] else { panic!("one attempt") };
    assert_eq!(attempt.backend().map(|backend| &*backend.name), Some("app-2"));
    assert_eq!(attempt.ended.as_ref().map(|(at, _)| *at), Some(Nanos::new(2 * MS)));
    let here = store.summary(id).unwrap();
    let backend = (here.backend.group.to_owned(), here.backend.name.to_owned(), here.attempts);
    assert_eq!(backend, ("app".into(), "app-2".into(), 1));
    let address = here.backend.address.to_owned();
    store.set_budget(0);
    let there = store.summary(id).unwrap();
    assert!(there.on_disk);
    assert_eq!((there.backend.group, there.backend.name, there.attempts), ("app", "app-2", 1));
    assert_eq!(there.backend.address, address);
}

#[test]
fn an_open_dialed_connection_keeps_nothing_of_legs_that_left() {
    let mut script = Script::default();
    script.open(1).dial(2);
    let first = forwarded(&mut script, 1, 2, b"one");
    let mut store = stored(&mut script);
    store.set_budget(store.account.held() - 1);
    script.read(2, b"late");
    store.apply(script.batch());
    assert!(store.connection(ConnId::nth(2)).unwrap().reads.is_empty());
    script.push(2, Some(first), EventKind::Guard { kind: Guard::MessageBytes, limit: 5 });
    store.apply(script.batch());
    assert!(store.exchange(first).is_none(), "a guard of the leg does not bring the exchange back");
    store.set_budget(BIG);
    let second = forwarded(&mut script, 1, 2, b"two");
    store.apply(script.batch());
    let leg = &store.detail(second).unwrap().upstream[0];
    assert_eq!(bytes_of(&leg.reads, &leg.leg.received), response(b"two"));
    assert_eq!(store.counts().captured_bytes, recount(&store));
}

#[test]
fn a_guard_of_the_leg_stays_with_the_exchange_and_touches_no_stream() {
    let mut script = Script::default();
    script.open(1).dial(2);
    let id = forwarded(&mut script, 1, 2, b"one");
    let mut store = stored(&mut script);
    let before = store.detail(id).unwrap();
    script.push(2, Some(id), EventKind::Guard { kind: Guard::MessageBytes, limit: 5 });
    store.apply_at(script.batch(), Position::new(1, 7));
    let after = store.detail(id).unwrap();
    assert_eq!(after.exchange.guards, [(script.at, Guard::MessageBytes, 5)]);
    assert_eq!(
        (&after.exchange.request, &after.exchange.response),
        (&before.exchange.request, &before.exchange.response)
    );
    assert_eq!(after.exchange.upstream, before.exchange.upstream);
    assert!(store.connections().all(|connection| connection.guard.is_none()));
    assert_eq!(store.connection(ConnId::nth(2)).unwrap().exchange_count, 0);
    assert_eq!(store.place(id), None, "it is found from its own connection");
    assert!(after.version > before.version);
}

#[test]
fn a_retry_is_a_second_leg() {
    let mut script = Script::default();
    script.open(1).dial(2);
    let offset = script.read(1, GET);
    let id = script.request(1, offset, GET, Framing::None);
    script.forward(id, 2, GET);
    script.close(2, CloseReason::Reset).dial(3);
    script.forward(id, 3, GET);
    script.read(3, &response(b"yes"));
    let mut store = stored(&mut script);
    let detail = store.detail(id).unwrap();
    let conns: Vec<u64> = detail.upstream.iter().map(|leg| leg.leg.conn.get()).collect();
    assert_eq!(conns, [2, 3]);
    assert_eq!(store.summary(id).unwrap().backend.shown(), "127.0.0.1:9000");
    assert!(detail.upstream[0].leg.received.is_empty() && detail.upstream[0].reads.is_empty());
    assert_eq!(bytes_of(&detail.upstream[1].reads, &detail.upstream[1].leg.received), response(b"yes"));
    assert_eq!(detail.exchange.outcome, Outcome::Answering, "the end of a leg's connection ends no exchange");
    assert_eq!(store.counts().captured_bytes, recount(&store));
    store.clear();
    assert_eq!(store.counts().captured_bytes, recount(&store));
    assert_eq!(store.connections().count(), 2);
}

#[test]
fn both_legs_keep_where_their_bytes_come_from() {
    let mut script = Script::default();
    script.open(1).dial(2);
    let offset = script.read(1, GET);
    let id = script.request(1, offset, GET, Framing::None);
    script.forward(id, 2, GET);
    let before = stored(&mut script);
    let held = before.account.held();
    let mut store = before;
    script.lineage(id, 2, 0, &[(3, Origin::Copied(offset)), (40, Origin::Written(Author::Via))]);
    let answer = response(b"yes");
    script.read(2, &answer);
    script.lineage(id, 1, 0, &[(10, Origin::Copied(0))]);
    script.lineage(id, 1, 10, &[(answer.len() as u64 - 10, Origin::Copied(10))]);
    script.respond(1, id, &answer, None);
    store.apply(script.batch());
    let detail = store.detail(id).unwrap();
    let pieces = |lineage: &Option<Lineage>| lineage.as_ref().unwrap().pieces().collect::<Vec<_>>();
    let sent = pieces(&detail.upstream[0].leg.lineage);
    assert_eq!(sent.iter().map(|piece| piece.len).collect::<Vec<_>>(), [3, 40]);
    let whole = Piece { len: answer.len() as u64, origin: Origin::Copied(0) };
    assert_eq!(pieces(&detail.exchange.lineage), [whole]);
    assert!(store.account.held() > held + 2 * size_of::<Lineage>() as u64, "it counts");
    assert_eq!(store.counts().captured_bytes, recount(&store));
    // A detail that somebody holds does not change.
    script.lineage(id, 1, answer.len() as u64, &[(1, Origin::Written(Author::Chunk))]);
    store.apply(script.batch());
    assert_eq!(pieces(&detail.exchange.lineage).len(), 1);
    assert_eq!(pieces(&store.detail(id).unwrap().exchange.lineage).len(), 2);
    store.set_budget(store.account.held() - 1);
    assert!(store.exchange(id).is_none());
    assert_eq!(store.counts().captured_bytes, recount(&store));
}
