//! A list that a window can show while it is still being arranged.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use crate::{
    base::{
        fair_mutex::FairMutex,
        stream::{ConnId, ExchangeId},
    },
    filter::Filter,
    store::{LockedStore, Store, StoreIdentity},
};

use super::{List, Row};

/// Connections and exchanges that are looked at on the spot: a millisecond or so. A capture of the usual
/// size is arranged at once, and nothing flickers.
const AT_ONCE: usize = 8_192;
/// Connections and exchanges that the thread looks at before it lets others have store and list.
const SLICE: usize = 512;

/// The exchange list of a window. What takes long is done on a thread of its own, a slice at a time: what is
/// found shows at once, and whoever looks waits for a slice at most. Another filter takes the place of the
/// one that is being looked for.
#[derive(Debug, Default)]
pub struct Listing {
    list: Arc<FairMutex<List>>,
    work: Option<Work>,
    /// The store that the list is of.
    source: StoreIdentity,
}

/// How far the list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// Every exchange was looked at.
    Done,
    /// The search goes on; the number of exchanges that were looked at so far.
    Running(u64),
    /// It was stopped after so many exchanges. What arrives from then on is looked at.
    Stopped(u64),
}

/// A thread that arranges a list.
#[derive(Debug)]
struct Work {
    list: Arc<FairMutex<List>>,
    cancelled: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Drop for Work {
    fn drop(&mut self) {
        // It ends after its slice; nobody waits for it.
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

impl Listing {
    /// Brings the list up to date, or goes on doing so: to be called for as long as [`Self::working`] says so. The
    /// list of another store is made anew.
    pub fn update(&mut self, store: &LockedStore<'_>, filter: &Filter) {
        let source = store.shared().identity();
        if self.source != source {
            *self = Self { source, ..Self::default() };
        }
        if let Some(work) = &self.work {
            let list = work.list.lock();
            let wanted = list.filter() == filter;
            if wanted && !list.complete() && !work.thread.is_finished() {
                return;
            }
            drop(list);
            if let Some(work) = self.work.take().filter(|_| wanted) {
                // Arranged aside: the list that was shown meanwhile is out of date.
                self.list = Arc::clone(&work.list);
            }
        }
        let mut list = self.list.lock();
        let same = list.filter() == filter;
        if same && list.catch_up(store) && list.complete() {
            return;
        }
        let mut anew = List::anew(filter, list.folded().clone());
        let done = anew.advance(store, AT_ONCE);
        // Rows of the same filter stay until all are there again; those of another one go at once.
        let aside = same && !list.is_empty();
        drop(list);
        let anew = Arc::new(FairMutex::new(anew));
        let old = (done || !aside).then(|| std::mem::replace(&mut self.list, Arc::clone(&anew)));
        if !done {
            self.start(anew, store, old);
        }
    }

    /// How far the list is that is shown.
    #[must_use]
    pub fn search(&self) -> Search {
        let list = self.list.lock();
        if list.stopped() {
            Search::Stopped(list.looked())
        } else if list.complete() {
            Search::Done
        } else {
            Search::Running(list.looked())
        }
    }

    /// Whether [`Self::update`] is to be called again although nothing is new.
    #[must_use]
    pub fn working(&self) -> bool {
        self.work.is_some()
    }

    /// Looks no further than it did.
    pub fn stop(&mut self) {
        self.work = None;
        self.list.lock().stop();
    }

    /// Goes on after a stop. A list of another store has nothing to go on with.
    pub fn resume(&mut self, store: &LockedStore<'_>) {
        if self.source != store.shared().identity() {
            return;
        }
        let mut list = self.list.lock();
        if list.resume() && !list.advance(store, AT_ONCE) {
            drop(list);
            self.start(Arc::clone(&self.list), store, None);
        }
    }

    fn start(
        &mut self,
        list: Arc<FairMutex<List>>,
        store: &LockedStore<'_>,
        old: Option<Arc<FairMutex<List>>>,
    ) {
        let cancelled = Arc::new(AtomicBool::new(false));
        let (filled, stop, shared) = (Arc::clone(&list), Arc::clone(&cancelled), store.shared().clone());
        let thread = thread::Builder::new().name("list".to_owned()).spawn(move || {
            // A list of a million exchanges takes its time to go, too.
            drop(old);
            while !stop.load(Ordering::Relaxed) {
                let store = shared.lock();
                if filled.lock().advance(&store, SLICE) {
                    break;
                }
            }
        });
        if let Ok(thread) = thread {
            self.work = Some(Work { list, cancelled, thread });
        } else {
            // Without a thread it takes as long as it takes.
            list.lock().advance(store, usize::MAX);
            self.list = list;
        }
    }

    /// Folds a connection away, or shows it again.
    pub fn set_folded(&mut self, conn: ConnId, folded: bool) {
        self.list.lock().set_folded(conn, folded);
        if let Some(work) = self.work.as_ref().filter(|work| !Arc::ptr_eq(&work.list, &self.list)) {
            work.list.lock().set_folded(conn, folded);
        }
    }

    /// See [`List::len`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.lock().len()
    }

    /// See [`List::is_empty`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.lock().is_empty()
    }

    /// See [`List::matching`].
    #[must_use]
    pub fn matching(&self) -> usize {
        self.list.lock().matching()
    }

    /// See [`List::passing`].
    #[must_use]
    pub fn passing(&self) -> Vec<ExchangeId> {
        self.list.lock().passing().collect()
    }

    /// See [`List::rows`].
    #[must_use]
    pub fn rows(&self, store: &Store, range: Range<usize>) -> Vec<Row> {
        self.list.lock().rows(store, range)
    }

    /// See [`List::index_of`].
    #[must_use]
    pub fn index_of(&self, id: ExchangeId) -> Option<usize> {
        self.list.lock().index_of(id)
    }

    /// See [`List::neighbour`].
    #[must_use]
    pub fn neighbour(&self, from: Option<ExchangeId>, step: i64) -> Option<ExchangeId> {
        self.list.lock().neighbour(from, step)
    }

    /// See [`List::first`].
    #[must_use]
    pub fn first(&self) -> Option<ExchangeId> {
        self.list.lock().first()
    }
}
