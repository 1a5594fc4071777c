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

use super::{List, read::Tunnel};

/// Exchanges that are asked at once.
const AT_ONCE: usize = 256;
/// Bytes of their messages, above which no further exchange is taken.
const BYTES_AT_ONCE: u64 = 16 * 1024 * 1024;

/// Reads the bytes of exchanges.
pub trait Contents: fmt::Debug + Send + Sync {
    /// What a filter makes of an exchange with its bytes, and whether some that it asks for are not in `detail`.
    fn judge(&self, filter: &Filter, detail: &Detail) -> (Verdict, bool);

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

/// An exchange whose bytes are asked.
#[derive(Clone, Copy, Debug)]
struct Asked {
    conn: ConnId,
    /// `None`: it is no WebSocket that goes on.
    tunnel: Option<Tunnel>,
}

/// Asks the bytes of all exchanges of `list` that need it, first those in memory. Those that memory has in part, or not
/// at all, are read from disk.
pub(super) fn ask(
    list: &FairMutex<List>,
    store: &SharedStore,
    contents: &Arc<dyn Contents>,
    progress: &Progress,
) {
    let filter = list.lock().filter().clone();
    let mut distant: BTreeMap<ExchangeId, Asked> = BTreeMap::new();
    while !progress.stopped() {
        let here = take_some(list, store, &filter, &mut distant);
        if here.is_empty() {
            break;
        }
        let judged = here.iter().map(|(detail, _)| contents.judge(&filter, detail)).collect::<Vec<_>>();
        for ((detail, asked), judged) in here.iter().zip(judged) {
            let id = detail.exchange.id;
            // What goes on is read from disk once it has ended, but for WebSockets: these may never do.
            let is_read = detail.exchange.outcome.ended() || asked.tunnel.is_some();
            if judged.1 && is_read && store.lock().place(id).is_some() {
                distant.insert(id, *asked);
            } else {
                settle(&mut list.lock(), detail, *asked, judged);
            }
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
        let judged = contents.judge(&filter, detail);
        if let Some(asked) = left.remove(&detail.exchange.id) {
            settle(&mut list.lock(), detail, asked, judged);
        }
        if progress.stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if progress.stopped() {
        return put_back(list, &left);
    }
    // What was not found has left the disk, or cannot be read: there is what memory has.
    for (id, asked) in left {
        let detail = store.lock().detail(id);
        match detail {
            Some(detail) => settle(&mut list.lock(), &detail, asked, contents.judge(&filter, &detail)),
            None => list.lock().settle((asked.conn, id), Verdict::Fails, None),
        }
    }
}

fn settle(list: &mut List, detail: &Detail, asked: Asked, judged: (Verdict, bool)) {
    let row = Summary::from(&detail.exchange);
    list.settle((asked.conn, row.id), judged.0, Some(&row));
    list.read.note(row.id, asked.tunnel, judged);
}

/// The stopped search can go on with these.
fn put_back(list: &FairMutex<List>, left: &BTreeMap<ExchangeId, Asked>) {
    let mut list = list.lock();
    for (id, asked) in left {
        list.settle((asked.conn, *id), Verdict::Unknown, None);
    }
}

/// Takes the newest exchanges that are in memory; those that are only on disk go to `distant`.
fn take_some(
    list: &FairMutex<List>,
    store: &SharedStore,
    filter: &Filter,
    distant: &mut BTreeMap<ExchangeId, Asked>,
) -> Vec<(Detail, Asked)> {
    let (mut taken, mut bytes) = (Vec::new(), 0);
    // What changes from here on is asked again.
    let store = store.lock();
    let mut list = list.lock();
    for _ in 0..AT_ONCE * 4 {
        let Some(id) = list.take_unknown() else { break };
        let Some(row) = store.summary(id) else { continue };
        let asked = Asked { conn: row.conn, tunnel: Tunnel::of(&row, filter) };
        if let Some(verdict) = list.verdict_before(&row) {
            list.settle((row.conn, id), verdict, Some(&row));
        } else if let Some(detail) = store.detail(id) {
            let exchange = &detail.exchange;
            bytes += exchange.request.end - exchange.request.start + exchange.response_bytes();
            taken.push((detail, asked));
        } else {
            distant.insert(id, asked);
        }
        if taken.len() >= AT_ONCE || bytes >= BYTES_AT_ONCE {
            return taken;
        }
    }
    // With nothing in memory among so many, the others are on disk as well.
    if taken.is_empty() {
        while let Some(id) = list.take_unknown() {
            if let Some(row) = store.summary(id) {
                distant.insert(id, Asked { conn: row.conn, tunnel: None });
            }
        }
    }
    taken
}
