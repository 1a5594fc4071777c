//! What has ended is counted once, whatever becomes of it.

use super::*;
use crate::{
    filter::{Filter, Verdict},
    stats::Window,
    trace::{Lookup, RouteAttempt, RouteSummary},
};

fn counted(store: &Store) -> Vec<(String, u64, u64)> {
    let table = store.sheet().table(Window::All, Nanos::MAX);
    table.rows.iter().map(|row| (row.route.to_string(), row.count, row.errors)).collect()
}

/// A script with a connection, whose requests get to the folder.
fn script() -> Script {
    let mut script = Script::default();
    script.open(1);
    let summary = RouteSummary::Folder { name: "a".into(), found: Lookup::File(1) };
    script.attempts =
        [RouteAttempt { method: None, pattern: "/site".into(), mismatch: None, summary }].into();
    script
}

#[test]
fn what_has_left_stays_counted() {
    let mut script = script();
    let mut store = Store::new(20_000);
    for _ in 0..300 {
        script.exchange(1, GET, &response(b"quick"));
        store.apply(script.batch());
    }
    script.open(2).refused(2, b"BAD\n", Rule::BareLineFeed, 3..4);
    store.apply(script.batch());
    assert!(store.counts().evicted > 200);
    let all = [("folder".to_owned(), 300, 0), ("refused before a route".to_owned(), 1, 1)];
    assert_eq!(counted(&store), all);
    store.set_budget(0);
    assert_eq!((counted(&store), store.sheet().count()), (all.to_vec(), 301));
    store.set_aside();
    assert_eq!(store.sheet().count(), 0);
    assert!(store.put_back());
    assert_eq!(store.sheet().count(), 301);
    store.clear();
    assert_eq!((store.sheet().count(), store.bursts().len()), (0, 0));
}

#[test]
fn an_exchange_counts_when_it_ends_and_not_before() {
    let mut script = Script::default();
    script.open(1);
    let offset = script.read(1, GET);
    let id = script.request(1, offset, GET, Framing::None);
    let mut store = stored(&mut script);
    assert_eq!((store.sheet().count(), store.bursts().last().map(|burst| burst.count)), (0, Some(1)));
    script.wait(5 * MS);
    script.respond(1, id, &response(b"1"), None);
    script.close(1, CloseReason::Client);
    store.apply(script.batch());
    assert_eq!(store.sheet().count(), 1);
    let took = store.sheet().table(Window::All, Nanos::MAX).rows[0].percentiles[0];
    assert!(took.abs_diff(store.exchange(id).unwrap().took()) * 100 <= took);
}

#[test]
fn what_ends_after_it_has_left_without_a_trace_is_said() {
    let mut script = Script::default();
    script.open(1);
    let offset = script.read(1, GET);
    let id = script.request(1, offset, GET, Framing::None);
    let mut store = stored(&mut script);
    store.set_budget(0);
    assert!(store.exchange(id).is_none());
    script.respond(1, id, &response(b"1"), None);
    store.apply(script.batch());
    assert_eq!((store.sheet().count(), store.sheet().lost()), (0, 1));
}

#[test]
fn routes_and_times_are_filtered_for() {
    let mut script = script();
    script.wait(2_000 * MS);
    let id = script.exchange(1, GET, &response(b"1"));
    let store = stored(&mut script);
    let row = store.summary(id).unwrap();
    let judge = |text: &str| Filter::parse(text).unwrap().judge(&row);
    for text in ["route=folder", "route~old", "began>=2s began<3s", "not route=other"] {
        assert_eq!(judge(text), Verdict::Passes, "{text}");
    }
    assert_ne!(judge("began<2s"), Verdict::Passes);
}
