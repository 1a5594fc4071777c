//! What leaves memory for the disk, and what leaves the disk.

use std::{fs, path::Path, time::Duration};

use byteglass::{
    base::stream::ExchangeId,
    capture::{Capture, Disk, Look},
    session::Recording,
    store::Store,
    testing::{Bell, deadline::let_pass, traffic::Traffic},
    trace::{self, Batch},
};

use super::{Recorded, files, told};

#[test]
fn what_leaves_memory_is_read_back_as_it_was() {
    let root = tempfile::tempdir().unwrap();
    let recording = Recording::begin(Some(root.path()), 1 << 30, None).unwrap();
    let (mut sender, small) = Recorded::start(recording, 200_000);
    let (mut other, receiver) = trace::channel(1 << 30);
    let bell = Bell::default();
    let large = Recorded { capture: Capture::record(receiver, 1 << 30, bell.waker()).unwrap(), bell };
    let mut traffic = Traffic::new(4, 1000);
    let batches: Vec<Batch> =
        std::iter::once(traffic.open()).chain((0..500).map(|_| traffic.turn())).collect();
    for batch in batches {
        other.send(batch.clone());
        sender.send(batch);
    }
    let all = traffic.newest();
    for recorded in [&small, &large] {
        recorded.wait(|store| store.summary(all).filter(|last| last.outcome.ended()).map(drop));
    }
    let counts = small.capture.read(Store::counts);
    assert_eq!((counts.kept, counts.evicted), (all.get(), 0));
    assert!(counts.on_disk > all.get() / 2 && counts.captured_bytes <= 200_000, "{counts:?}");
    let each = counts.index_bytes / counts.on_disk;
    assert!(each <= 130, "{each} bytes of index an exchange");
    // Rows are the same, wherever they come from.
    let rows = |recorded: &Recorded| {
        recorded.capture.read(|store| {
            let rows = store
                .summaries()
                .map(|row| format!("{:?}", byteglass::store::Summary { on_disk: false, ..row }));
            (rows.collect::<Vec<_>>(), store.headings().collect::<Vec<_>>())
        })
    };
    assert_eq!(rows(&small), rows(&large));
    for id in [1, 2, 77, 500, all.get() / 2, all.get()].map(ExchangeId::nth) {
        let expected = large.capture.read(|store| store.detail(id)).unwrap();
        assert_eq!(told(&small.detail(id)), told(&expected), "exchange {id}");
    }
    assert!(matches!(small.look(all.next()), Look::Gone));
}

#[test]
fn the_budget_of_the_disk_holds_and_the_oldest_leave() {
    let root = tempfile::tempdir().unwrap();
    let budget = 4_000_000;
    let recording = Recording::begin(Some(root.path()), budget, None).unwrap();
    let (mut sender, recorded) = Recorded::start(recording, 100_000);
    let mut traffic = Traffic::new(2, 4000);
    sender.send(traffic.open());
    for _ in 0..2000 {
        sender.send(traffic.turn());
    }
    let all = traffic.newest();
    recorded.wait(|store| store.summary(all).filter(|last| last.outcome.ended()).map(drop));
    // The disk is behind, and the oldest leave until it has caught up.
    let oldest = || recorded.capture.read(|store| store.summaries().next().map(|row| row.id));
    for _ in 0..100 {
        let before = oldest();
        let_pass(Duration::from_millis(100));
        if oldest() == before {
            break;
        }
    }
    let counts = recorded.capture.read(Store::counts);
    assert!(counts.evicted > 1000 && counts.kept + counts.evicted == all.get(), "{counts:?}");
    let Disk::Recording { bytes, budget_bytes } = recorded.capture.disk() else { panic!("it goes to disk") };
    assert_eq!(budget_bytes, budget);
    let on_disk: u64 = files(root.path()).iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    assert!(on_disk <= budget + 1_200_000 && bytes <= budget + 1_200_000, "{on_disk} {counts:?}");
    let first = recorded.capture.read(|store| store.summaries().next().map(|row| row.id)).unwrap();
    assert!(matches!(recorded.look(ExchangeId::nth(first.get() - 1)), Look::Gone));
    assert_eq!(recorded.detail(first).exchange.id, first);
    let later = ExchangeId::nth(first.get() + 50);
    assert_eq!(recorded.detail(later).exchange.number, later.get().div_ceil(2));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_stops_the_recording_to_disk_and_nothing_else() {
    // Writing to it says that no space is left on the device.
    let full = Path::new("/dev/full");
    let root = tempfile::tempdir().unwrap();
    let recording = Recording::begin(Some(root.path()), 1 << 30, Some(full)).unwrap();
    let (mut sender, recorded) = Recorded::start(recording, 1 << 30);
    let mut traffic = Traffic::new(1, 100);
    sender.send(traffic.open());
    sender.send(traffic.turn());
    let said = recorded.wait(|store| store.messages_since(0).next().cloned());
    assert!(said.text.contains("cannot write /dev/full any more: No space left"), "{}", said.text);
    sender.send(traffic.turn());
    recorded.wait(|store| store.summary(ExchangeId::nth(2)).map(drop));
    assert!(matches!(recorded.capture.disk(), Disk::Recording { .. }));
}
