//! Exchanges that are passed on over a dialed connection, on disk.

use byteglass::{
    base::{
        stream::{ExchangeId, Role},
        task::TaskState,
    },
    capture::{open::Source, save::Selection},
    http::Framing,
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
        // In turns of their own, in which nothing happens on the client's connection.
        script.wait(MS).forward(id, 3, get);
        batches.push(script.batch());
        let answer = response(format!("{number} {}", "body ".repeat(200)).as_bytes());
        script.wait(MS).read(3, &answer);
        batches.push(script.batch());
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
        assert_eq!(found.exchange.upstream, details[index].exchange.upstream);
        assert_eq!(found.upstream[0].reads[0].bytes, details[index].upstream[0].reads[0].bytes);
    }
}
