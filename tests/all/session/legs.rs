//! Exchanges that are passed on over a dialed connection, on disk.

use byteglass::{
    base::{
        stream::{ExchangeId, Layer, Role},
        task::TaskState,
    },
    capture::{open::Source, save::Selection},
    gateway::{Reason, Verdict},
    http::{
        Framing,
        forward::{Author, Origin},
    },
    session::Recording,
    store::Detail,
    testing::script::{MS, Script, response},
    trace::{Batch, CloseReason, Guard},
};

use super::{Recorded, finished, told};

/// Connections 1 and 2 take turns with exchanges that are passed on over connection 3; the last one is tried on
/// connection 4 first, which does not answer.
fn batches(count: u64) -> Vec<Batch> {
    let get = b"GET /up HTTP/1.1\r\nHost: up\r\n\r\n";
    let mut script = Script::default();
    script.open(1).open(2).dial(3).dial(4);
    let mut batches = vec![script.batch()];
    for number in 1..=count {
        let conn = 1 + number % 2;
        let offset = script.wait(MS).read(conn, get);
        let id = script.request(conn, offset, get, Framing::None);
        batches.push(script.batch());
        if number == count {
            script.wait(MS).forward(id, 4, get);
            let guard = byteglass::trace::EventKind::Guard { kind: Guard::MessageBytes, limit: 9 };
            script.push(4, Some(id), guard);
            script.close(4, CloseReason::Reset);
            batches.push(script.batch());
        }
        let verdicts = [Verdict::Off, Verdict::Chosen(Reason::InTurn)];
        script.chosen(conn, id, (1 + u32::from(number == count), None), &verdicts);
        batches.push(script.batch());
        // In turns of their own, in which nothing happens on the client's connection.
        let sent = (number - 1) * get.len() as u64;
        let pieces = [(5, Origin::Copied(offset)), (get.len() as u64 - 5, Origin::Written(Author::Via))];
        script.wait(MS).forward(id, 3, get);
        script.lineage(id, 3, sent, &pieces);
        batches.push(script.batch());
        let answer = response(format!("{number} {}", "body ".repeat(200)).as_bytes());
        script.wait(MS).read(3, &answer);
        batches.push(script.batch());
        script.attempted(conn, id, 1 + u32::from(number == count), 3, Ok(()));
        script.wait(MS).respond(conn, id, &answer, None);
        batches.push(script.batch());
    }
    script.wait(MS).close(3, CloseReason::Client);
    batches.push(script.batch());
    batches
}

fn recorded(count: u64, budget: u64, root: &std::path::Path) -> Recorded {
    let recording = Recording::begin(Some(root), 1 << 30, None).unwrap();
    let (mut sender, recorded) = Recorded::start(recording, budget);
    for batch in batches(count) {
        sender.send(batch);
    }
    recorded.wait(|store| store.heading("3".parse().unwrap())?.closed);
    recorded
}

#[test]
fn both_connections_of_an_exchange_are_saved_and_read_back() {
    let root = tempfile::tempdir().unwrap();
    let recorded = recorded(5, 1 << 30, &root.path().join("s"));
    let details: Vec<Detail> = (1..=5).map(|id| recorded.detail(ExchangeId::nth(id))).collect();
    let retried: Vec<u64> = details[4].upstream.iter().map(|leg| leg.leg.conn.get()).collect();
    assert_eq!(retried, [4, 3]);
    let save = |ids: &[u64], name: &str| {
        let file = root.path().join(name);
        let ids = ids.iter().map(|id| ExchangeId::nth(*id)).collect();
        assert_eq!(recorded.save(Selection::Exchanges(ids), &file), TaskState::Done(None));
        let (opened, task) = Recorded::open(Source::File(file), 1 << 30);
        assert_eq!(finished(&opened, &task), TaskState::Done(None));
        opened
    };
    let all = save(&[1, 2, 3, 4, 5], "all.pcapng");
    for detail in &details {
        let id = detail.exchange.id;
        assert_eq!(told(&all.detail(id)), told(detail), "exchange {id}");
    }
    let roles: Vec<Role> = all.capture.read(|store| store.headings().map(|heading| heading.role).collect());
    assert_eq!(roles, [Role::Accepted, Role::Accepted, Role::Dialed, Role::Dialed]);
    // What lies between two legs on their connection need not be in the file.
    let some = save(&[1, 4], "some.pcapng");
    for index in [0, 3] {
        let found = some.detail(details[index].exchange.id);
        let mut legs = details[index].exchange.upstream.clone();
        legs[0].number = found.exchange.upstream[0].number;
        assert_eq!(found.exchange.upstream, legs);
        assert_eq!(found.upstream[0].reads[0].bytes, details[index].upstream[0].reads[0].bytes);
    }
}

#[test]
fn the_plaintext_and_the_handshake_of_an_encrypted_leg_are_saved_and_read_back() {
    let root = tempfile::tempdir().unwrap();
    let recording = Recording::begin(Some(&root.path().join("s")), 1 << 30, None).unwrap();
    let (mut sender, recorded) = Recorded::start(recording, 1 << 30);
    let get = b"GET /up HTTP/1.1\r\nHost: up\r\n\r\n";
    let handshakes = byteglass::trace::Handshake::samples();
    let mut script = Script::default();
    script.open(1).dial(2).dial(3);
    for number in 1..=3 {
        let offset = script.wait(MS).read(1, get);
        let id = script.request(1, offset, get, Framing::None);
        if number == 1 {
            // A handshake that failed comes first.
            script.wait(MS).encrypt(id, 3, &handshakes[1]);
            script.close(3, CloseReason::Failed);
        }
        script.wait(MS).encrypt(id, 2, &handshakes[0]);
        script.wait(MS).forward(id, 2, get);
        let answer = response(format!("{number} {}", "body ".repeat(200)).as_bytes());
        script.wait(MS).read(2, &answer);
        script.wait(MS).respond(1, id, &answer, None);
        sender.send(script.batch());
    }
    script.wait(MS).push(2, None, byteglass::trace::EventKind::EncryptedBytes([7, 8]));
    script.close(2, CloseReason::Client);
    sender.send(script.batch());
    recorded.wait(|store| store.heading("2".parse().unwrap())?.closed);
    let file = root.path().join("some.pcapng");
    let all = [1, 2, 3].map(ExchangeId::nth);
    assert_eq!(recorded.save(Selection::Exchanges(all.into_iter().collect()), &file), TaskState::Done(None));
    let (opened, task) = Recorded::open(Source::File(file), 1 << 30);
    assert_eq!(finished(&opened, &task), TaskState::Done(None));
    for id in all {
        let (before, after) = (recorded.detail(id), opened.detail(id));
        assert_eq!(told(&after), told(&before), "exchange {id}");
        let leg = after.upstream.last().unwrap();
        assert_eq!(leg.leg.tls.as_deref(), Some(&*handshakes[0]));
        assert_eq!((leg.layer, leg.encrypted_bytes), (Layer::Plaintext, Some([7, 8])));
        assert_eq!(leg.writes[0].bytes, get.as_slice());
    }
    let failed = &opened.detail(all[0]).upstream[0];
    assert_eq!((&failed.leg.sent, failed.leg.tls.as_deref()), (&(0..0), Some(&*handshakes[1])));
}

#[test]
fn the_handshake_of_a_leg_whose_connection_left_memory_is_read_from_disk() {
    let root = tempfile::tempdir().unwrap();
    let record = |budget: u64, name: &str| {
        let recording = Recording::begin(Some(&root.path().join(name)), 1 << 30, None).unwrap();
        let (mut sender, recorded) = Recorded::start(recording, budget);
        for batch in encrypted_batches() {
            sender.send(batch);
        }
        recorded.wait(|store| store.heading("60".parse().unwrap())?.closed);
        recorded
    };
    let (whole, evicting) = (record(1 << 30, "whole"), record(20_000, "evicting"));
    let gone = evicting.capture.read(|store| store.connection("2".parse().unwrap()).is_none());
    assert!(gone, "the connection is still in memory");
    for number in 1..=3 {
        let id = ExchangeId::nth(number);
        let (before, after) = (whole.detail(id), evicting.detail(id));
        assert_eq!(told(&after), told(&before), "exchange {number}");
        let leg = &after.upstream[0];
        assert_eq!(leg.leg.tls.as_deref(), Some(&*byteglass::trace::Handshake::samples()[0]));
        assert_eq!((leg.layer, leg.encrypted_bytes), (Layer::Plaintext, Some([7, 8])), "exchange {number}");
        assert_eq!((leg.leg.number, leg.closed.is_some()), (number, true));
    }
}

/// Three exchanges over one encrypted connection, and then many others on connections of their own.
fn encrypted_batches() -> Vec<Batch> {
    let get = b"GET /up HTTP/1.1\r\nHost: up\r\n\r\n";
    let answer = response("body ".repeat(200).as_bytes());
    let handshake = &byteglass::trace::Handshake::samples()[0];
    let mut script = Script::default();
    script.open(1).dial(2);
    let mut batches = Vec::new();
    for _ in 0..3 {
        let offset = script.wait(MS).read(1, get);
        let id = script.request(1, offset, get, Framing::None);
        script.wait(MS).encrypt(id, 2, handshake);
        script.wait(MS).forward(id, 2, get);
        script.wait(MS).read(2, &answer);
        script.wait(MS).respond(1, id, &answer, None);
        batches.push(script.batch());
    }
    script.wait(MS).push(2, None, byteglass::trace::EventKind::EncryptedBytes([7, 8]));
    script.close(2, CloseReason::Client).close(1, CloseReason::Client);
    batches.push(script.batch());
    for conn in 3..=60 {
        script.wait(MS).open(conn);
        let offset = script.read(conn, get);
        let id = script.request(conn, offset, get, Framing::None);
        script.wait(MS).respond(conn, id, &answer, None);
        script.close(conn, CloseReason::Client);
        batches.push(script.batch());
    }
    batches
}

#[test]
fn an_exchange_that_left_memory_has_its_legs_as_before() {
    let root = tempfile::tempdir().unwrap();
    let whole = recorded(40, 1 << 30, &root.path().join("whole"));
    let evicting = recorded(40, 20_000, &root.path().join("evicting"));
    let on_disk = evicting.capture.read(|store| store.counts().on_disk);
    assert!(on_disk > 30, "{on_disk} left memory");
    for number in 1..=40 {
        let id = ExchangeId::nth(number);
        let (before, after) = (whole.detail(id), evicting.detail(id));
        assert!(!before.upstream.is_empty() && before.exchange.attempts[0].ended.is_some());
        assert_eq!(told(&after), told(&before), "exchange {number}");
        let legs = |detail: &Detail| {
            let bytes = |chunks: &[byteglass::store::Chunk]| -> Vec<u8> {
                chunks.iter().flat_map(|chunk| chunk.bytes.to_vec()).collect()
            };
            let both = detail.upstream.iter().map(|leg| [bytes(&leg.writes), bytes(&leg.reads)]);
            both.collect::<Vec<_>>()
        };
        assert_eq!(legs(&after), legs(&before));
    }
    // What is saved from disk has both legs too.
    let file = root.path().join("two.pcapng");
    let ids = [3, 5].map(ExchangeId::nth).to_vec();
    assert_eq!(evicting.save(Selection::Exchanges(ids), &file), TaskState::Done(None));
    let (opened, task) = Recorded::open(Source::File(file), 1 << 30);
    assert_eq!(finished(&opened, &task), TaskState::Done(None));
    let found = opened.detail(ExchangeId::nth(5));
    let mut legs = whole.detail(ExchangeId::nth(5)).exchange.upstream;
    // Messages are counted anew in a file that has some of them.
    legs[0].number = 2;
    assert_eq!(found.exchange.upstream, legs);
}
