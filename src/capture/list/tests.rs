#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    capture::fixture::{Dice, MS, Script, response},
    trace::Batch,
};

const GET: &[u8] = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

/// The rows as text: `conn 3` and `exchange 12 GET /a`.
fn lines(list: &List, store: &Store, range: Range<usize>) -> Vec<String> {
    let line = |row: Row| match row {
        Row::Connection { id, folded, .. } => format!("conn {id}{}", if folded { " folded" } else { "" }),
        Row::Exchange { id, method, target, opening, .. } => format!("{id} {method} {target}{opening}"),
    };
    list.rows(store, range).into_iter().map(line).collect()
}

fn all(list: &List, store: &Store) -> Vec<String> {
    lines(list, store, 0..list.len())
}

/// Three connections: two exchanges, none, one that is malformed.
fn scene() -> (Script, Store, List) {
    let mut script = Script::default();
    script.open(1).open(2).open(3);
    script.exchange(1, GET, &response(b"a"));
    script.refused(3, b"\r\n\x01BAD\r\nrest", Rule::MethodNotToken, 2..3);
    script.exchange(1, b"POST /b HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"b"));
    let mut store = Store::new(1 << 20);
    store.apply(script.batch());
    let mut list = List::default();
    list.update(&store, &Filter::default());
    (script, store, list)
}

#[test]
fn exchanges_stand_under_their_connection() {
    let (_, store, list) = scene();
    assert_eq!(all(&list, &store), ["conn 1", "1 GET /a", "3 POST /b", "conn 2", "conn 3", "2  ␁BAD"]);
    assert_eq!(lines(&list, &store, 2..4), ["3 POST /b", "conn 2"]);
    assert_eq!(lines(&list, &store, 5..99), ["2  ␁BAD"]);
    assert_eq!(lines(&list, &store, 6..99), [""; 0]);
    assert_eq!(list.matching(), 3);
    assert_eq!((list.index_of(3), list.index_of(2), list.index_of(9)), (Some(2), Some(5), None));
    let Row::Connection { exchanges, closed, last, peer, .. } = list.rows(&store, 3..4).remove(0) else {
        panic!("a heading")
    };
    assert_eq!((exchanges, closed, last), (0, None, None));
    assert!(peer.is_some());
}

#[test]
fn folding_hides_the_rows_below() {
    let (mut script, mut store, mut list) = scene();
    list.set_folded(1, true);
    assert_eq!(all(&list, &store), ["conn 1 folded", "conn 2", "conn 3", "2  ␁BAD"]);
    assert_eq!((list.index_of(3), list.matching()), (None, 3));
    script.exchange(1, GET, &response(b"c"));
    store.apply(script.batch());
    list.update(&store, &Filter::default());
    assert_eq!(list.len(), 4);
    list.set_folded(1, false);
    assert_eq!(list.len(), 7);
}

#[test]
fn arrow_keys_pass_headings_and_folded_connections() {
    let (_, _, mut list) = scene();
    assert_eq!(list.neighbour(None, 1), Some(2));
    assert_eq!(list.neighbour(Some(1), 1), Some(3));
    assert_eq!(list.neighbour(Some(3), 1), Some(2));
    assert_eq!(list.neighbour(Some(2), 1), Some(2), "the last one");
    assert_eq!(list.neighbour(Some(2), -1), Some(3));
    assert_eq!(list.neighbour(Some(2), -9), Some(1));
    assert_eq!(list.neighbour(Some(1), 9), Some(2));
    list.set_folded(1, true);
    assert_eq!(list.neighbour(Some(2), -1), Some(2));
    assert_eq!(list.neighbour(Some(3), 1), Some(2), "out of the folded connection");
    assert_eq!(list.neighbour(Some(1), -1), Some(2));
    list.set_folded(3, true);
    assert_eq!(list.neighbour(Some(3), 1), None);
    assert_eq!(List::default().neighbour(None, 1), None);
}

#[test]
fn a_filter_hides_connections_without_a_match() {
    let (mut script, mut store, mut list) = scene();
    let filter = Filter::parse("method=POST").unwrap();
    list.update(&store, &filter);
    assert_eq!(all(&list, &store), ["conn 1", "3 POST /b"]);
    script.exchange(2, b"POST /c HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"c"));
    script.exchange(2, GET, &response(b"c"));
    store.apply(script.batch());
    list.update(&store, &filter);
    assert_eq!(all(&list, &store), ["conn 1", "3 POST /b", "conn 2", "4 POST /c"]);
    list.update(&store, &Filter::default());
    assert_eq!(list.len(), 8);
}

#[test]
fn kept_up_to_date_it_is_the_same_as_arranged_anew() {
    let filters = ["", "status=200", "time>1", "path~b is:open"].map(|line| Filter::parse(line).unwrap());
    let mut lists = [(); 4].map(|()| List::default());
    let (mut script, mut dice) = (Script::default(), Dice(99));
    let mut store = Store::new(60_000);
    let mut open = Vec::new();
    for round in 0..600 {
        let conn = 1 + round / 20 + dice.roll(3);
        match dice.roll(6) {
            0 => {
                script.open(conn);
            }
            1 => {
                script.close(conn, CloseReason::Client);
            }
            2 => {
                let offset = script.read(conn, b"GET /b HTTP/1.1\r\n");
                let id = script.begin(conn, offset);
                open.push((conn, id));
                script.line(conn, id, offset, b"GET /b HTTP/1.1\r\n");
            }
            3 if !open.is_empty() => {
                let (conn, id) = open.remove(0);
                script.respond(conn, id, &response(b"late"), None);
            }
            _ => {
                script.exchange(conn, GET, &response(b"a"));
            }
        }
        script.wait(MS);
        store.apply(script.batch());
        if round == 400 {
            store.clear();
        }
        if dice.roll(3) == 0 {
            continue;
        }
        for (list, filter) in lists.iter_mut().zip(&filters) {
            list.update(&store, filter);
            let mut anew = List::default();
            anew.update(&store, filter);
            assert_eq!(all(list, &store), all(&anew, &store), "round {round}");
            assert_eq!((list.len(), list.matching()), (anew.len(), anew.matching()));
            for (index, row) in list.rows(&store, 0..list.len()).iter().enumerate() {
                if let Row::Exchange { id, .. } = row {
                    assert_eq!(list.index_of(*id), Some(index));
                }
            }
        }
    }
    assert!(store.counts().evicted > 50);
}

#[test]
fn a_list_that_fell_far_behind_catches_up() {
    let mut script = Script::default();
    script.open(1);
    let mut store = Store::new(100_000);
    let mut list = List::default();
    list.update(&store, &Filter::default());
    for _ in 0..70_000 {
        script.exchange(1, GET, &response(b"a"));
        store.apply(script.batch());
    }
    list.update(&store, &Filter::default());
    assert_eq!(list.matching() as u64, store.counts().kept);
    store.apply(Batch::default());
    list.update(&store, &Filter::default());
    assert_eq!(list.neighbour(None, 1), Some(70_000));
}
