//! Reads what is on disk from its beginning, once, for searches that need the bytes of many exchanges.

use std::{fs::File, ops::ControlFlow};

use crate::{
    base::stream::{Direction, ExchangeId, Leg, Nanos},
    export::missing,
    session::{Item, Scan, StoredBatch},
    store::{Detail, Store},
    trace::EventKind,
};

use super::{Capture, details::DetailSource, whole::WHOLE_BYTES};

/// Memory for the exchanges that are being put together.
const STORE_BYTES: u64 = 64 * 1024 * 1024;

impl Capture {
    /// Reads the session on disk, and hands out the exchanges that are `wanted`, in the order in which they ended, until
    /// `take` says that it is enough. `progress` takes the bytes that were read, and all that there are. Slow: for threads
    /// of their own.
    pub fn read_disk(
        &self,
        wanted: &dyn Fn(ExchangeId) -> bool,
        progress: &dyn Fn(u64, u64),
        take: &mut dyn FnMut(&Detail) -> ControlFlow<()>,
    ) {
        let mut source = DetailSource::new(self);
        let Some(archive) = &self.archive else { return };
        let files: Vec<File> = archive.files().iter().filter_map(|path| File::open(path).ok()).collect();
        let sizes: Vec<u64> =
            files.iter().map(|file| file.metadata().map_or(0, |metadata| metadata.len())).collect();
        let (all, mut before) = (sizes.iter().sum(), 0);
        let mut walk = Walk { store: Store::new(STORE_BYTES), going_on: Vec::new(), wanted };
        let mut hand_out = |mut detail: Detail| {
            detail.exchange.mark = self.read(|store| store.mark(detail.exchange.id).cloned());
            // A long message has more room in a store of its own.
            let lacks = missing(&detail, Direction::Received) + missing(&detail, Direction::Sent) > 0;
            match lacks.then(|| source.detail(detail.exchange.id, WHOLE_BYTES)) {
                Some(Ok(whole)) => take(&whole),
                _ => take(&detail),
            }
        };
        for (file, size) in files.into_iter().zip(sizes) {
            let mut scan = Scan::new(file);
            // A file that is being written ends in the middle of a block; a damaged one is read as far as it goes.
            while let Ok(Some(item)) = scan.step() {
                let Item::Batch(stored) = item else { continue };
                for detail in walk.batch(stored) {
                    if hand_out(detail).is_break() {
                        return;
                    }
                }
                progress(before + scan.offset().min(size), all);
            }
            before += size;
            progress(before, all);
        }
        for detail in walk.rest() {
            if hand_out(detail).is_break() {
                return;
            }
        }
    }
}

/// Puts exchanges together.
struct Walk<'a> {
    store: Store,
    /// The wanted exchanges that have not ended.
    going_on: Vec<ExchangeId>,
    wanted: &'a dyn Fn(ExchangeId) -> bool,
}

impl Walk<'_> {
    /// Takes in a batch. Returns the wanted exchanges that ended in it.
    fn batch(&mut self, stored: StoredBatch) -> Vec<Detail> {
        let at = stored.batch.events.first().map_or(Nanos::ZERO, |event| event.at);
        for (conn, counters) in &stored.counters {
            self.store.insert_known_connection(*conn, at, counters);
        }
        let begun = stored.batch.events.iter().filter_map(|event| match event.kind {
            EventKind::MessageStarted { leg: Leg::Client, .. } => event.exchange,
            _ => None,
        });
        self.going_on.extend(begun.filter(|id| (self.wanted)(*id)));
        self.store.apply(stored.batch);
        let store = &self.store;
        let mut ended = Vec::new();
        self.going_on.retain(|id| match store.exchange(*id) {
            Some(exchange) if !exchange.outcome.ended() => true,
            Some(_) => {
                ended.extend(store.detail(*id));
                false
            }
            None => false,
        });
        ended
    }

    /// The wanted exchanges that did not end.
    fn rest(&mut self) -> Vec<Detail> {
        std::mem::take(&mut self.going_on).into_iter().filter_map(|id| self.store.detail(id)).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::cell::Cell;

    use super::*;
    use crate::testing::full_store::Recorded;

    #[test]
    fn each_exchange_is_handed_out_once_with_its_bytes_and_reading_can_be_ended() {
        let recorded = Recorded::new(3_000);
        let newest = recorded.traffic.newest();
        let (mut found, read) = (Vec::new(), Cell::new((0, 0)));
        recorded.capture.read_disk(&|_| true, &|done, all| read.set((done, all)), &mut |detail| {
            assert!(!detail.reads.is_empty() && !detail.writes.is_empty());
            found.push(detail.exchange.id);
            ControlFlow::Continue(())
        });
        found.sort_unstable();
        assert_eq!((found.len() as u64, found.last()), (newest.get(), Some(&newest)));
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(read.get().0 > 0 && read.get().0 == read.get().1, "{read:?}");
        let mut taken = 0;
        recorded.capture.read_disk(&|id| id.get() % 2 == 0, &|_, _| {}, &mut |detail| {
            assert_eq!(detail.exchange.id.get() % 2, 0);
            taken += 1;
            if taken == 10 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(taken, 10);
    }
}
