#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    http::Rule,
    store::SharedStore,
    testing::{
        Lcg,
        script::{MS, Script, response},
    },
    trace::{Batch, CloseReason},
};

mod order;

const GET: &[u8] = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

/// The rows as text: `conn 3` and `exchange 12 GET /a`.
fn lines(list: &List, store: &Store, range: Range<usize>) -> Vec<String> {
    let line = |row: Row| match row {
        Row::Connection { id, folded, .. } => format!("conn {id}{}", if folded { " folded" } else { "" }),
        Row::Exchange { id, method, target, opening, .. } => format!("{id} {method} {target}{opening}"),
        Row::Unavailable { exchange } => format!("{} left", exchange.unwrap()),
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
    let indices = [3, 2, 9].map(|id| list.index_of(ExchangeId::nth(id)));
    assert_eq!(indices, [Some(2), Some(5), None]);
    let Row::Connection { exchanges, closed, last, peer, .. } = list.rows(&store, 3..4).remove(0) else {
        panic!("a heading")
    };
    assert_eq!((exchanges, closed, last), (0, None, None));
    assert!(peer.is_some());
}

#[test]
fn folding_hides_the_rows_below() {
    let (mut script, mut store, mut list) = scene();
    list.set_folded(ConnId::nth(1), true);
    assert_eq!(all(&list, &store), ["conn 1 folded", "conn 2", "conn 3", "2  ␁BAD"]);
    assert_eq!((list.index_of(ExchangeId::nth(3)), list.matching()), (None, 3));
    script.exchange(1, GET, &response(b"c"));
    store.apply(script.batch());
    list.update(&store, &Filter::default());
    assert_eq!(list.len(), 4);
    list.set_folded(ConnId::nth(1), false);
    assert_eq!(list.len(), 7);
}

#[test]
fn arrow_keys_pass_headings_and_folded_connections() {
    let (_, _, mut list) = scene();
    assert_eq!(list.neighbour(None, 1), Some(ExchangeId::nth(2)));
    assert_eq!(list.neighbour(Some(ExchangeId::nth(1)), 1), Some(ExchangeId::nth(3)));
    assert_eq!(list.neighbour(Some(ExchangeId::nth(3)), 1), Some(ExchangeId::nth(2)));
    assert_eq!(list.neighbour(Some(ExchangeId::nth(2)), 1), Some(ExchangeId::nth(2)), "the last one");
    assert_eq!(list.neighbour(Some(ExchangeId::nth(2)), -1), Some(ExchangeId::nth(3)));
    assert_eq!(list.neighbour(Some(ExchangeId::nth(2)), -9), Some(ExchangeId::nth(1)));
    assert_eq!(list.neighbour(Some(ExchangeId::nth(1)), 9), Some(ExchangeId::nth(2)));
    list.set_folded(ConnId::nth(1), true);
    assert_eq!(list.neighbour(Some(ExchangeId::nth(2)), -1), Some(ExchangeId::nth(2)));
    assert_eq!(
        list.neighbour(Some(ExchangeId::nth(3)), 1),
        Some(ExchangeId::nth(2)),
        "out of the folded connection"
    );
    assert_eq!(list.neighbour(Some(ExchangeId::nth(1)), -1), Some(ExchangeId::nth(2)));
    list.set_folded(ConnId::nth(3), true);
    assert_eq!(list.neighbour(Some(ExchangeId::nth(3)), 1), None);
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
    // A few at a time, while the store goes on.
    let mut slow = filters.clone().map(|filter| (List::anew(&filter, HashSet::new()), 0));
    let (mut script, mut dice) = (Script::default(), Lcg(99));
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
        for (list, completed) in &mut slow {
            if !list.advance(&store, 5) {
                continue;
            }
            let mut anew = List::default();
            anew.update(&store, list.filter());
            assert_eq!(all(list, &store), all(&anew, &store), "slowly, round {round}");
            assert_eq!(list.matching(), anew.matching());
            if dice.roll(4) == 0 {
                *completed += 1;
                *list = List::anew(list.filter(), HashSet::new());
            }
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
    assert!(slow.iter().all(|(_, completed)| *completed > 10), "{:?}", slow.map(|(_, completed)| completed));
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
    assert_eq!(list.neighbour(None, 1), Some(ExchangeId::nth(70_000)));
}

#[test]
fn what_left_since_is_still_a_row_in_its_place() {
    let (_, mut store, list) = scene();
    store.set_budget(0);
    assert_eq!(lines(&list, &store, 0..3), ["conn 1", "1 left", "3 left"]);
}

/// More than is looked at on the spot, every tenth of them a POST.
const MANY: u64 = 30_000;

fn many() -> (Script, SharedStore) {
    let mut script = Script::default();
    script.open(1).open(2);
    let mut store = Store::new(1 << 30);
    for _ in 0..MANY / 10 {
        script.exchange(2, b"POST /b HTTP/1.1\r\nHost: a\r\n\r\n", b"");
        for _ in 0..9 {
            script.exchange(1, GET, b"");
        }
        store.apply(script.batch());
    }
    (script, SharedStore::new(store))
}

/// As a window does it, frame after frame. How far it was after the first one.
fn settle(listing: &mut Listing, shared: &SharedStore, filter: &Filter) -> Search {
    let store = shared.lock();
    listing.update(&store, filter);
    // The thread has to wait for the store until this look is over.
    let first = listing.search();
    drop(store);
    while listing.working() {
        std::thread::yield_now();
        listing.update(&shared.lock(), filter);
    }
    first
}

fn same(listing: &Listing, shared: &SharedStore, filter: &Filter) {
    let mut list = List::default();
    let store = shared.lock();
    list.update(&store, filter);
    assert_eq!((listing.len(), listing.matching()), (list.len(), list.matching()));
    let range = list.len().saturating_sub(20)..list.len();
    assert_eq!(
        format!("{:?}", listing.rows(&store, range.clone())),
        format!("{:?}", list.rows(&store, range))
    );
}

#[test]
fn a_long_search_goes_on_in_the_background_and_new_exchanges_join_in() {
    let (mut script, shared) = many();
    let mut listing = Listing::default();
    let everything = Filter::default();
    assert!(matches!(settle(&mut listing, &shared, &everything), Search::Running(1..)));
    assert_eq!((listing.search(), listing.matching() as u64), (Search::Done, MANY));

    let posts = Filter::parse("method=POST").unwrap();
    let store = shared.lock();
    listing.update(&store, &posts);
    let found = listing.matching();
    drop(store);
    assert!(found > 0 && found < 3_000 && listing.working(), "{found}");
    // While it goes on.
    script.exchange(1, b"POST /late HTTP/1.1\r\nHost: a\r\n\r\n", b"");
    shared.lock().apply(script.batch());
    settle(&mut listing, &shared, &posts);
    same(&listing, &shared, &posts);
    assert_eq!((listing.search(), listing.matching()), (Search::Done, 3_001));
    // And after.
    script.exchange(2, b"POST /later HTTP/1.1\r\nHost: a\r\n\r\n", b"");
    shared.lock().apply(script.batch());
    assert_eq!(settle(&mut listing, &shared, &posts), Search::Done);
    same(&listing, &shared, &posts);
}

#[test]
fn another_filter_takes_the_place_of_the_one_that_is_looked_for() {
    let (_, shared) = many();
    let mut listing = Listing::default();
    for line in ["p", "po", "pos", "post", "post /", "get"] {
        let filter = Filter::parse(line).unwrap();
        listing.update(&shared.lock(), &filter);
        assert!(listing.working());
    }
    let last = Filter::parse("post !/a").unwrap();
    settle(&mut listing, &shared, &last);
    same(&listing, &shared, &last);
    assert_eq!(listing.matching(), 3_000);
}

#[test]
fn a_search_is_stopped_and_goes_on_where_it_was() {
    let (mut script, shared) = many();
    let mut listing = Listing::default();
    let posts = Filter::parse("method=POST").unwrap();
    let store = shared.lock();
    listing.update(&store, &posts);
    listing.stop();
    drop(store);
    let Search::Stopped(looked @ 1..MANY) = listing.search() else { panic!("{:?}", listing.search()) };
    let found = listing.matching();
    assert!(!listing.working() && found < 3_000, "{found} in {looked}");
    script.exchange(1, b"POST /late HTTP/1.1\r\nHost: a\r\n\r\n", b"");
    script.open(3);
    script.exchange(3, b"POST /late HTTP/1.1\r\nHost: a\r\n\r\n", b"");
    shared.lock().apply(script.batch());
    assert_eq!(settle(&mut listing, &shared, &posts), Search::Stopped(looked));
    assert_eq!(listing.matching(), found + 2);
    listing.resume(&shared.lock());
    settle(&mut listing, &shared, &posts);
    assert_eq!((listing.search(), listing.matching()), (Search::Done, 3_002));
    same(&listing, &shared, &posts);
}

#[test]
fn folds_hold_while_it_is_arranged() {
    let (_, shared) = many();
    let mut listing = Listing::default();
    let everything = Filter::default();
    listing.update(&shared.lock(), &everything);
    listing.set_folded(ConnId::nth(1), true);
    settle(&mut listing, &shared, &everything);
    assert_eq!(listing.len(), 2 + 3_000);
    let all = Filter::parse("/").unwrap();
    settle(&mut listing, &shared, &all);
    assert_eq!(listing.len(), 2 + 3_000);
}

#[test]
fn the_list_of_another_capture_is_made_anew_even_while_it_is_looked_for() {
    let (_, shared) = many();
    let mut listing = Listing::default();
    let everything = Filter::default();
    listing.update(&shared.lock(), &everything);
    assert!(listing.working());
    let (_, other, _) = scene();
    let other = SharedStore::new(other);
    listing.set_folded(ConnId::nth(1), true);
    settle(&mut listing, &other, &everything);
    same(&listing, &other, &everything);
    assert_eq!(listing.matching(), 3);
    settle(&mut listing, &shared, &everything);
    same(&listing, &shared, &everything);
}

#[test]
fn a_store_with_the_same_history_is_another_store_all_the_same() {
    let (_, one, _) = scene();
    let mut script = Script::default();
    script.open(1).open(2).open(3);
    for _ in 0..3 {
        script.exchange(2, b"PUT /c HTTP/1.1\r\nHost: a\r\n\r\n", &response(b"c"));
    }
    let mut other = Store::new(1 << 20);
    other.apply(script.batch());
    let (one, other) = (SharedStore::new(one), SharedStore::new(other));
    let mut listing = Listing::default();
    for shared in [&one, &other, &one] {
        settle(&mut listing, shared, &Filter::default());
        same(&listing, shared, &Filter::default());
    }
}
