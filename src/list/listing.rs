//! A list that a window can show while it is still being built.

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
    stats::Sheet,
    store::{LockedStore, Store, StoreIdentity},
};

use super::{
    Contents, List, Order, Row,
    contents::{Progress, ask},
    order::sort,
};

/// Connections and exchanges that are examined at once, which takes about a millisecond. So the list of an ordinary
/// capture is built within one frame and does not flicker.
const AT_ONCE: usize = 8_192;
/// Connections and exchanges that the thread examines before it releases store and list.
const SLICE: usize = 512;

/// The exchange list of a window. What takes long is done on a thread of its own, a slice at a time: matches show as
/// they are found, and the window waits for one slice at most. A new filter replaces one that is still being applied.
#[derive(Debug, Default)]
pub struct Listing {
    list: Arc<FairMutex<List>>,
    work: Option<Work>,
    /// Reads the bytes of exchanges for filters that ask for them. `None`: they are taken to be empty.
    contents: Option<Arc<dyn Contents>>,
    /// The thread that does so. `None`: nothing has to be read.
    asking: Option<Asking>,
    /// The order that is wanted.
    order: Order,
    /// The thread that prepares it. `None`: the list is in that order.
    sorting: Option<Work>,
    /// Whether the matching exchanges are counted.
    is_counting: bool,
    /// The store whose exchanges are listed.
    source: StoreIdentity,
}

/// The state of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// Every exchange was examined.
    Done,
    /// The search goes on, with this many exchanges examined so far.
    Running(u64),
    /// Every row was examined. The bytes of this many exchanges have yet to tell; so many percent of the disk were read.
    /// `None`: nothing is read from there.
    Reading(u64, Option<u64>),
    /// The search was stopped after this many exchanges. Later arrivals are still examined.
    Stopped(u64),
}

/// A thread that builds a list.
#[derive(Debug)]
struct Work {
    list: Arc<FairMutex<List>>,
    cancelled: Arc<AtomicBool>,
    thread: JoinHandle<()>,
    /// The order for which it works.
    order: Order,
}

/// A thread that asks the bytes of exchanges.
#[derive(Debug)]
struct Asking {
    /// The list for which it asks.
    list: Arc<FairMutex<List>>,
    /// Number of exchanges that it began with.
    wanted: u64,
    progress: Arc<Progress>,
    thread: JoinHandle<()>,
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.progress.cancelled.store(true, Ordering::Relaxed);
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // The thread ends after its slice; nobody waits for it.
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

impl Listing {
    /// A list that also counts the matching exchanges that have ended.
    #[must_use]
    pub fn counting() -> Self {
        Self { is_counting: true, ..Self::default() }
    }

    /// What the matching exchanges that have ended add up to: see [`Sheet`].
    #[must_use]
    pub fn counted<R>(&self, look: impl FnOnce(&Sheet) -> R) -> Option<R> {
        self.list.lock().sheet().map(look)
    }

    /// Brings the list up to date. Call it again while [`Self::working`] holds. For another store the list is built
    /// anew.
    pub fn update(&mut self, store: &LockedStore<'_>, filter: &Filter) {
        let source = store.shared().identity();
        if self.source != source {
            let (contents, order, is_counting) = (self.contents.take(), self.order, self.is_counting);
            *self = Self { contents, order, is_counting, source, ..Self::default() };
        }
        self.bring_up(store, filter);
        self.sort(store);
        self.ask(store);
    }

    /// Takes the reader of bytes, if there is none yet.
    pub fn read_with(&mut self, contents: impl FnOnce() -> Arc<dyn Contents>) {
        self.contents.get_or_insert_with(contents);
    }

    /// Puts the rows in the order that is wanted; many of them on a thread.
    fn sort(&mut self, store: &LockedStore<'_>) {
        let same = |work: &Work| Arc::ptr_eq(&work.list, &self.list) && !work.thread.is_finished();
        if self.sorting.as_ref().is_some_and(|work| !same(work) || work.order != self.order) {
            self.sorting = None;
            // A cancelled thread does not ask for it any more.
            self.list.lock().touched = None;
        }
        let mut list = self.list.lock();
        if list.order() == self.order || self.sorting.is_some() {
            return;
        }
        if self.order == Order::ByConnection || list.matching() <= AT_ONCE || !list.complete() {
            list.set_order(store, self.order);
            return;
        }
        drop(list);
        let cancelled = Arc::new(AtomicBool::new(false));
        let (list, shared, order) = (Arc::clone(&self.list), store.shared().clone(), self.order);
        let (sorted, stop) = (Arc::clone(&list), Arc::clone(&cancelled));
        let spawned = thread::Builder::new().name("sort".to_owned()).spawn(move || {
            sort(&sorted, &shared, order, &|| stop.load(Ordering::Relaxed));
        });
        match spawned {
            Ok(thread) => self.sorting = Some(Work { list, cancelled, thread, order }),
            // Without a thread the window waits.
            Err(_) => self.list.lock().set_order(store, self.order),
        }
    }

    /// Has the bytes of exchanges asked, if that is needed.
    fn ask(&mut self, store: &LockedStore<'_>) {
        let same = self.asking.as_ref().is_some_and(|asking| Arc::ptr_eq(&asking.list, &self.list));
        if self.asking.as_ref().is_some_and(|asking| !same || asking.thread.is_finished()) {
            self.asking = None;
        }
        let Some(contents) = self.contents.clone().filter(|_| self.asking.is_none()) else { return };
        let list = self.list.lock();
        let wanted = list.unknown().len() as u64;
        if wanted == 0 || !list.complete() || list.stopped() || list.reading_stopped {
            return;
        }
        drop(list);
        let progress = Arc::<Progress>::default();
        let (list, shared) = (Arc::clone(&self.list), store.shared().clone());
        let (asked, told) = (Arc::clone(&list), Arc::clone(&progress));
        let spawned = thread::Builder::new()
            .name("contents".to_owned())
            .spawn(move || ask(&asked, &shared, &contents, &told));
        self.asking = spawned.ok().map(|thread| Asking { list, wanted, progress, thread });
    }

    /// Sets the order of the rows, which they have after an update or, if there are many, a little later.
    pub const fn set_order(&mut self, order: Order) {
        self.order = order;
    }

    fn bring_up(&mut self, store: &LockedStore<'_>, filter: &Filter) {
        if let Some(work) = &self.work {
            let list = work.list.lock();
            let wanted = list.filter() == filter;
            if wanted && !list.complete() && !work.thread.is_finished() {
                return;
            }
            drop(list);
            if let Some(work) = self.work.take().filter(|_| wanted) {
                // The list that was shown meanwhile is out of date.
                self.list = Arc::clone(&work.list);
            }
        }
        let mut list = self.list.lock();
        let same = list.filter() == filter;
        if same && list.catch_up(store) && list.complete() {
            return;
        }
        let mut anew =
            List::anew(filter, list.folded().clone()).in_order(self.order).counting(self.is_counting);
        let done = anew.advance(store, AT_ONCE);
        // Rows of the same filter stay until the new list is complete; those of another filter go at once.
        let aside = same && !list.is_empty();
        drop(list);
        let anew = Arc::new(FairMutex::new(anew));
        let old = (done || !aside).then(|| std::mem::replace(&mut self.list, Arc::clone(&anew)));
        if !done {
            self.start(anew, store, old);
        }
    }

    /// The state of the list that is shown.
    #[must_use]
    pub fn search(&self) -> Search {
        let list = self.list.lock();
        if list.stopped() || list.reading_stopped && !list.unknown().is_empty() {
            Search::Stopped(list.looked().saturating_sub(list.unknown().len() as u64))
        } else if let Some(asking) = self.asking.as_ref().filter(|asking| !asking.thread.is_finished()) {
            Search::Reading(asking.wanted.max(list.unknown().len() as u64), asking.progress.percent())
        } else if list.complete() {
            Search::Done
        } else {
            Search::Running(list.looked())
        }
    }

    /// Whether [`Self::update`] should be called again even if the store did not change.
    #[must_use]
    pub fn working(&self) -> bool {
        self.work.is_some() || self.asking.is_some() || self.sorting.is_some()
    }

    /// Stops the search; what was found stays.
    pub fn stop(&mut self) {
        self.work = None;
        let mut list = self.list.lock();
        list.reading_stopped |= self.asking.take().is_some();
        list.stop();
    }

    /// Resumes a stopped search, unless the list is of another store.
    pub fn resume(&mut self, store: &LockedStore<'_>) {
        if self.source != store.shared().identity() {
            return;
        }
        let mut list = self.list.lock();
        list.reading_stopped = false;
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
            // Freeing a list of a million exchanges takes long, too.
            drop(old);
            while !stop.load(Ordering::Relaxed) {
                let store = shared.lock();
                if filled.lock().advance(&store, SLICE) {
                    break;
                }
            }
        });
        if let Ok(thread) = thread {
            self.work = Some(Work { list, cancelled, thread, order: self.order });
        } else {
            // Without a thread the window waits.
            list.lock().advance(store, usize::MAX);
            self.list = list;
        }
    }

    /// Folds or unfolds a connection.
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

    /// The row that heads a connection.
    #[must_use]
    pub fn heading(&self, store: &Store, conn: ConnId) -> Row {
        let folded = self.list.lock().folded().contains(&conn);
        Row::heading(store, conn, folded)
    }

    /// See [`List::newest`].
    #[must_use]
    pub fn newest(&self) -> Option<ExchangeId> {
        self.list.lock().newest()
    }

    /// See [`List::newer_than`].
    #[must_use]
    pub fn newer_than(&self, id: ExchangeId, most: usize) -> usize {
        self.list.lock().newer_than(id, most)
    }

    /// See [`List::partial`].
    #[must_use]
    pub fn partial(&self) -> usize {
        self.list.lock().partial()
    }

    /// See [`List::without_part`].
    #[must_use]
    pub fn without_part(&self) -> Vec<Option<u64>> {
        self.list.lock().without_part()
    }

    /// Whether an exchange matches.
    #[must_use]
    pub fn has(&self, id: ExchangeId) -> bool {
        self.list.lock().has(id)
    }

    /// See [`List::rows`].
    #[must_use]
    pub fn rows(&self, store: &Store, range: Range<usize>) -> Vec<Row> {
        self.list.lock().rows(store, range)
    }

    /// See [`List::ids`].
    #[must_use]
    pub fn ids(&self, rows: Range<usize>) -> Vec<ExchangeId> {
        self.list.lock().ids(rows)
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
