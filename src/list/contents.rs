//! Asks the bytes of exchanges where their rows do not tell whether they match, on a thread of its own.

use std::{
    collections::BTreeMap,
    fmt,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use crate::{
    base::{
        fair_mutex::FairMutex,
        stream::{ConnId, ExchangeId},
    },
    filter::{Filter, Verdict},
    store::{Detail, SharedStore, Summary},
};

use super::List;

/// Exchanges that are asked at once.
const AT_ONCE: usize = 256;
/// Bytes of their messages, above which no further exchange is taken.
const BYTES_AT_ONCE: u64 = 16 * 1024 * 1024;

/// Reads the bytes of exchanges.
pub trait Contents: fmt::Debug + Send + Sync {
    /// What a filter makes of an exchange with its bytes.
    fn judge(&self, filter: &Filter, detail: &Detail) -> Verdict;

    /// Reads what is on disk from its beginning, and hands out the exchanges that are `wanted`. `progress` takes the
    /// bytes that were read and all that there are.
    fn read_disk(
        &self,
        wanted: &dyn Fn(ExchangeId) -> bool,
        progress: &dyn Fn(u64, u64),
        take: &mut dyn FnMut(&Detail) -> ControlFlow<()>,
    );
}

/// How far reading is, shared with the window.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub(super) cancelled: AtomicBool,
    /// Bytes of the disk that were read, and all.
    read: AtomicU64,
    all: AtomicU64,
}

impl Progress {
    /// Percent of the disk that were read. `None`: nothing is read from there.
    pub(super) fn percent(&self) -> Option<u64> {
        let all = self.all.load(Ordering::Relaxed);
        (all > 0).then(|| self.read.load(Ordering::Relaxed).min(all) * 100 / all)
    }

    fn stopped(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// Asks the bytes of all exchanges of `list` that need it, first those in memory.
pub(super) fn ask(
    list: &FairMutex<List>,
    store: &SharedStore,
    contents: &Arc<dyn Contents>,
    progress: &Progress,
) {
    let filter = list.lock().filter().clone();
    let mut distant: BTreeMap<ExchangeId, ConnId> = BTreeMap::new();
    while !progress.stopped() {
        let here = take_some(list, store, &mut distant);
        if here.is_empty() {
            break;
        }
        let verdicts = here.iter().map(|detail| contents.judge(&filter, detail)).collect::<Vec<_>>();
        let mut list = list.lock();
        for (detail, verdict) in here.iter().zip(verdicts) {
            settle(&mut list, detail, verdict);
        }
    }
    if distant.is_empty() || progress.stopped() {
        return put_back(list, &distant);
    }
    let wanted = |id: ExchangeId| distant.contains_key(&id);
    let told = |read, all| {
        progress.read.store(read, Ordering::Relaxed);
        progress.all.store(all, Ordering::Relaxed);
    };
    let mut left = distant.clone();
    contents.read_disk(&wanted, &told, &mut |detail| {
        let verdict = contents.judge(&filter, detail);
        left.remove(&detail.exchange.id);
        settle(&mut list.lock(), detail, verdict);
        if progress.stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if progress.stopped() {
        return put_back(list, &left);
    }
    // What was not found has left the disk, or cannot be read.
    let mut list = list.lock();
    for (id, conn) in left {
        list.settle((conn, id), Verdict::Fails, None);
    }
}

fn settle(list: &mut List, detail: &Detail, verdict: Verdict) {
    let row = Summary::from(&detail.exchange);
    list.settle((row.conn, row.id), verdict, Some(&row));
}

/// The stopped search can go on with these.
fn put_back(list: &FairMutex<List>, left: &BTreeMap<ExchangeId, ConnId>) {
    let mut list = list.lock();
    for (id, conn) in left {
        list.settle((*conn, *id), Verdict::Unknown, None);
    }
}

/// Takes the newest exchanges that are in memory; those that are only on disk go to `distant`.
fn take_some(
    list: &FairMutex<List>,
    store: &SharedStore,
    distant: &mut BTreeMap<ExchangeId, ConnId>,
) -> Vec<Detail> {
    let (mut taken, mut bytes) = (Vec::new(), 0);
    // What changes from here on is asked again.
    let store = store.lock();
    let mut list = list.lock();
    for _ in 0..AT_ONCE * 4 {
        let Some(id) = list.take_unknown() else { break };
        if let Some(detail) = store.detail(id) {
            let exchange = &detail.exchange;
            bytes += exchange.request.end - exchange.request.start + exchange.response_bytes();
            taken.push(detail);
        } else if let Some(summary) = store.summary(id) {
            distant.insert(id, summary.conn);
        }
        if taken.len() >= AT_ONCE || bytes >= BYTES_AT_ONCE {
            return taken;
        }
    }
    // With nothing in memory among so many, the others are on disk as well.
    if taken.is_empty() {
        while let Some(id) = list.take_unknown() {
            if let Some(summary) = store.summary(id) {
                distant.insert(id, summary.conn);
            }
        }
    }
    taken
}
