//! Session files.

use crate::{
    base::stream::Nanos,
    explain::Facts,
    session::{Item, Scan, Writer, enclosed},
    store::Store,
    trace::Event,
};

use super::choices;

/// A session file is read as far as it goes, whatever is in it: where that stops lies in the file; what was
/// read can be looked at; written again and read again, it is the same.
pub fn session(data: &[u8]) {
    let Some(([choice], rest)) = choices(data) else { return };
    // Most files would not get past their first block: two of three get a good one.
    let file = match choice % 3 {
        0 => rest.to_vec(),
        1 => enclosed(true, rest),
        _ => enclosed(false, rest),
    };
    let mut store = Store::new(1 << 20);
    let mut scan = Scan::new(&file[..]);
    let mut events: Vec<Event> = Vec::new();
    loop {
        match scan.step() {
            Ok(Some(Item::Batch(stored))) => {
                for (conn, counters) in &stored.counters {
                    store.insert_known_connection(*conn, Nanos::ZERO, counters);
                }
                store.apply_at(stored.batch.clone(), Some(stored.place));
                events.extend(stored.batch.events);
            }
            Ok(Some(Item::Segment { .. })) => {}
            Ok(None) => break,
            Err(stop) => {
                assert!(stop.offset <= file.len() as u64, "{stop}");
                break;
            }
        }
    }
    assert!(store.counts().captured_bytes <= 1 << 20);
    for id in store.summaries().map(|summary| summary.id).take(8) {
        if let Some(detail) = store.detail(id) {
            let _ = Facts::new(detail);
        }
    }
    let mut writer = Writer::new(1);
    let mut done = 0;
    while done < events.len() {
        done += writer.append(&events[done..]).events;
    }
    let file = writer.pending().to_vec();
    let mut scan = Scan::new(&file[..]);
    let mut again: Vec<Event> = Vec::new();
    while let Some(item) = scan.step().expect("what is written can be read") {
        if let Item::Batch(stored) = item {
            again.extend(stored.batch.events);
        }
    }
    assert_eq!(format!("{again:?}"), format!("{events:?}"));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::testing::Lcg;

    #[test]
    fn holds_of_what_is_near_the_corpus() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/session");
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let mut dice = Lcg(11);
        let rounds =
            std::env::var("BYTEGLASS_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20);
        for path in files {
            let good = std::fs::read(&path).unwrap();
            for _ in 0..rounds {
                let mut data = good.clone();
                dice.damage(&mut data, 4);
                session(&data);
            }
        }
    }
}
