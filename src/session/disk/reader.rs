//! Reads exchanges back from disk, on a thread of its own, and keeps the latest ones.

use std::{
    collections::VecDeque,
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crossbeam_channel::Sender;
use parking_lot::Mutex;

use crate::{
    base::stream::{ConnId, ExchangeId},
    store::model::{Detail, Look},
};

use super::archive::{Archive, Reading};
use crate::store::position::Position;

/// What was read is kept up to so many bytes; the latest one always is.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;
/// And so many failures.
const FAILURES: usize = 64;

/// What may be asked for. Asking never waits.
pub struct Reader {
    shared: Arc<Shared>,
    /// Says that something is wanted. One is enough.
    ask: Sender<()>,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Shared {
    /// Held for moments only.
    state: Mutex<State>,
    arrived: AtomicU64,
}

#[derive(Default)]
struct State {
    /// What is wanted. What was wanted before it, and is not being read yet, is not wanted any more.
    wanted: Option<(ExchangeId, ConnId, Position)>,
    /// The latest first.
    cache: VecDeque<(ExchangeId, Position, Read)>,
}

/// What was read; else why it could not be, in plain words.
type Read = Result<Arc<Detail>, Arc<str>>;

impl Reader {
    /// Starts the thread, which ends when the reader is dropped. `prepare` is called before each reading:
    /// what is not written yet must be. `wake` is called when something was read.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn start(
        archive: Arc<Archive>,
        prepare: Box<dyn Fn() + Send>,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> io::Result<Arc<Self>> {
        let shared = Arc::new(Shared::default());
        let (ask, asked) = crossbeam_channel::bounded(1);
        let filled = Arc::clone(&shared);
        thread::Builder::new().name("reader".to_owned()).spawn(move || {
            let mut reading = Reading::new(archive);
            while asked.recv().is_ok() {
                let wanted = filled.state.lock().wanted;
                let Some((id, conn, place)) = wanted else { continue };
                prepare();
                let read = reading.detail(id, conn, place).map(Arc::new).map_err(Arc::from);
                filled.state.lock().keep(id, place, read);
                filled.arrived.fetch_add(1, Ordering::Release);
                wake();
            }
        })?;
        Ok(Arc::new(Self { shared, ask }))
    }

    /// How often something was read.
    #[must_use]
    pub fn arrived(&self) -> u64 {
        self.shared.arrived.load(Ordering::Acquire)
    }

    /// What is there of an exchange whose latest event stands at `place`.
    #[must_use]
    pub fn look(&self, id: ExchangeId, conn: ConnId, place: Position) -> Look {
        let mut state = self.shared.state.lock();
        if let Some((_, _, read)) = state.cache.iter().find(|(known, at, _)| (*known, *at) == (id, place)) {
            return match read {
                Ok(detail) => Look::Here(Box::new((**detail).clone())),
                Err(reason) => Look::Failed(Arc::clone(reason)),
            };
        }
        state.wanted = Some((id, conn, place));
        drop(state);
        // It is asked already, or the thread is gone with the program.
        let _ = self.ask.try_send(());
        Look::BeingRead
    }
}

impl State {
    fn keep(&mut self, id: ExchangeId, place: Position, read: Read) {
        self.wanted = self.wanted.filter(|wanted| wanted.0 != id);
        self.cache.retain(|(known, ..)| *known != id);
        self.cache.push_front((id, place, read));
        let cost = |read: &Read| {
            let Ok(detail) = read else { return CACHE_BYTES / FAILURES as u64 };
            let chunks = [&detail.reads, &detail.writes, &detail.lead_reads, &detail.lead_writes];
            4096 + chunks.into_iter().flatten().map(|chunk| chunk.bytes.len() as u64 + 128).sum::<u64>()
        };
        let mut sum = 0;
        let keep = self.cache.iter().take_while(|(.., read)| {
            sum += cost(read);
            sum <= CACHE_BYTES
        });
        let keep = keep.count().max(1);
        self.cache.truncate(keep);
    }
}
