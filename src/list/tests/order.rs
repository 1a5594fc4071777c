//! The order of the rows.

use super::*;

const COLUMNS: [Column; 6] =
    [Column::Number, Column::Target, Column::Duration, Column::Status, Column::Out, Column::Conn];

/// Exchanges on a few connections, of different times, targets and sizes.
fn more(script: &mut Script, dice: &mut Lcg, count: u64) {
    for _ in 0..count {
        let conn = 1 + dice.roll(3);
        let request = format!("GET /item/{} HTTP/1.1\r\nHost: a\r\n\r\n", dice.roll(40));
        script.wait(dice.roll(5) * MS);
        script.exchange(conn, request.as_bytes(), &response(&vec![b'x'; dice.index(60)]));
    }
}

fn ids(list: &List, store: &Store) -> Vec<ExchangeId> {
    let rows = list.rows(store, 0..list.len());
    rows.iter()
        .map(|row| match row {
            Row::Exchange { id, .. } | Row::Unavailable { exchange: Some(id) } => *id,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn rows_are_sorted_and_stay_so_while_more_come_and_the_oldest_leave() {
    let (mut script, mut dice) = (Script::default(), Lcg(11));
    script.open(1).open(2).open(3);
    let mut store = Store::new(200_000);
    let filter = Filter::parse("path~1 or path~2").unwrap();
    let orders = COLUMNS
        .into_iter()
        .flat_map(|column| [false, true].map(|descending| Order::Sorted { column, descending }));
    let mut lists: Vec<(Order, List)> =
        orders.map(|order| (order, List::default().in_order(order))).collect();
    for round in 0..12 {
        more(&mut script, &mut dice, 60);
        store.apply(script.batch());
        for (order, list) in &mut lists {
            list.update(&store, &filter);
            let mut anew = List::default();
            anew.update(&store, &filter);
            anew.set_order(&store, *order);
            let rows = ids(list, &store);
            assert_eq!(rows, ids(&anew, &store), "{order:?} in round {round}");
            assert_eq!((rows.len(), list.order()), (list.matching(), *order));
            for (index, id) in rows.iter().enumerate() {
                assert_eq!(list.index_of(*id), Some(index));
            }
            let Order::Sorted { column, descending } = *order else { continue };
            let key = |id: &ExchangeId| {
                let row = store.summary(*id).unwrap();
                match column {
                    Column::Target => (row.target.to_owned(), 0),
                    Column::Duration => (String::new(), row.took()),
                    Column::Status => (String::new(), row.status.unwrap().0.into()),
                    Column::Out => (String::new(), row.response_bytes),
                    Column::Conn => (String::new(), row.conn.get()),
                    _ => (String::new(), row.id.get()),
                }
            };
            let sorted = rows.windows(2).all(|pair| {
                let (one, other) = ((key(&pair[0]), pair[0]), (key(&pair[1]), pair[1]));
                if descending { one > other } else { one < other }
            });
            assert!(sorted, "{order:?}");
            let last = rows.last().copied();
            assert_eq!((list.first(), list.neighbour(None, 0)), (rows.first().copied(), last));
            assert_eq!(list.neighbour(rows.first().copied(), 3), rows.get(3).copied());
            assert_eq!(list.neighbour(last, -1), rows.get(rows.len() - 2).copied());
            assert_eq!(list.neighbour(last, 1), last);
        }
    }
    assert!(store.counts().evicted > 0, "the oldest left");
}

#[test]
fn a_long_list_is_sorted_on_a_thread_and_what_comes_meanwhile_is_in_place() {
    let (mut script, mut dice) = (Script::default(), Lcg(12));
    script.open(1).open(2).open(3);
    more(&mut script, &mut dice, 12_000);
    let mut store = Store::new(1 << 30);
    store.apply(script.batch());
    let shared = SharedStore::new(store);
    let mut listing = Listing::default();
    let filter = Filter::default();
    let settle = |listing: &mut Listing| loop {
        listing.update(&shared.lock(), &filter);
        if !listing.working() {
            return;
        }
        std::thread::yield_now();
    };
    settle(&mut listing);
    let order = Order::Sorted { column: Column::Duration, descending: true };
    listing.set_order(order);
    for _ in 0..20 {
        more(&mut script, &mut dice, 50);
        shared.lock().apply(script.batch());
        listing.update(&shared.lock(), &filter);
    }
    settle(&mut listing);
    let store = shared.lock();
    let took: Vec<u64> = listing
        .rows(&store, 0..listing.len())
        .iter()
        .map(|row| match row {
            Row::Exchange { took, .. } => *took,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(took.len(), 13_000);
    assert!(took.windows(2).all(|pair| pair[0] >= pair[1]));
    let newest = listing.newest().unwrap();
    assert_eq!(newest.get(), 13_000);
    assert_eq!(listing.newer_than(ExchangeId::nth(12_990), 1_000), 10);
    assert_eq!(listing.newer_than(ExchangeId::nth(1), 1_000), 1_000);
    assert_eq!(listing.newer_than(newest, 1_000), 0);
}

#[test]
fn texts_that_arrive_in_ascending_order_between_two_others_are_in_place() {
    let mut script = Script::default();
    script.open(1);
    let mut store = Store::new(1 << 30);
    let mut lists = [false, true]
        .map(|descending| List::default().in_order(Order::Sorted { column: Column::Target, descending }));
    let targets = ["/a".to_owned(), "/z".to_owned()].into_iter();
    let targets = targets.chain((0..1_500).map(|index| format!("/item/{index:05}")));
    for target in targets {
        script.exchange(1, format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes(), &response(b""));
        store.apply(script.batch());
        for list in &mut lists {
            list.update(&store, &Filter::default());
        }
    }
    let [mut up, down] = lists.map(|list| {
        let ids = ids(&list, &store);
        ids.iter().map(|id| store.summary(*id).unwrap().target.to_owned()).collect::<Vec<_>>()
    });
    assert_eq!(up.len(), 1_502);
    assert!(up.is_sorted());
    up.reverse();
    assert_eq!(up, down);
}
