//! Requests that were sent again.

use super::*;
use crate::{filter::Filter, trace::Again};

/// An exchange, another one, and two copies of the first; then one of an exchange of an opened file.
fn copied() -> (Vec<ExchangeId>, Script) {
    let mut script = Script::default();
    script.open(1);
    let mut ids = vec![script.exchange(1, GET, &response(b"a")), script.exchange(1, GET, &response(b"b"))];
    let [again, _, of_file, _] = Again::samples();
    for (conn, again) in [(2, again), (3, again), (4, of_file)] {
        script.again = Some(Again { of: ids[0], ..again });
        script.open(conn);
        ids.push(script.exchange(conn, GET, &response(b"c")));
        script.close(conn, CloseReason::Client);
    }
    script.again = None;
    (ids, script)
}

fn found(store: &Store, filter: &str) -> Vec<u64> {
    let filter = Filter::parse(filter).unwrap();
    store.summaries().filter(|row| filter.matches(row)).map(|row| row.id.get()).collect()
}

#[test]
fn copies_are_marked_in_memory_and_on_disk_and_the_original_knows_the_latest() {
    let (ids, mut script) = copied();
    let mut store = Store::new(BIG);
    store.apply_at(script.batch(), Position::new(1, 1));
    for _ in 0..2 {
        let marks: Vec<_> =
            ids.iter().map(|id| store.summary(*id).unwrap().again.map(Again::words)).collect();
        let (again, of_file) =
            (Some("again of #1".to_owned()), Some("again of #1 of an opened file".to_owned()));
        assert_eq!(marks, [None, None, again.clone(), again, of_file]);
        assert_eq!(store.copies(ids[0]), Some(Copies { latest: ids[3], count: 2 }));
        assert_eq!(store.copies(ids[1]), None);
        assert_eq!(found(&store, "from:again"), [3, 4, 5]);
        assert_eq!(found(&store, "from:client"), [1, 2]);
        assert_eq!(found(&store, "again=1"), [3, 4]);
        // The second time all of them are on disk only.
        store.set_budget(0);
    }
    let before = store.counts().index_bytes;
    store.forget_segments(1);
    assert!(store.counts().index_bytes < before && store.summary(ids[2]).is_none());
    store.clear();
    assert_eq!(store.copies(ids[0]), None);
}
