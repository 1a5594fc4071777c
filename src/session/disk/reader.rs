//! Reads exchanges back from disk on a thread of its own, and caches them.

use std::{collections::VecDeque, fmt, io, sync::Arc, thread};

use crossbeam_channel::Sender;
use parking_lot::Mutex;

use crate::{
    base::stream::ExchangeId,
    session::SessionError,
    store::{Detail, Places},
};

use super::archive::{Archive, ArchiveReader};

/// Upper bound on the bytes of cached exchanges. The exchange read last is kept however large it is.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;
/// Upper bound on the failures that the cache keeps.
const FAILURES: usize = 64;

/// Reads exchanges back on request. A request never waits.
pub struct BackgroundReader {
    state: Arc<Mutex<State>>,
    /// Wakes the thread. It holds one message, which is enough.
    ask: Sender<()>,
}

impl fmt::Debug for BackgroundReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackgroundReader").finish_non_exhaustive()
    }
}

/// State that the thread shares with its callers. The lock is never held while a file is read.
#[derive(Default)]
struct State {
    /// The exchange to be read next. A later request replaces one that the thread has not taken up.
    wanted: Option<(ExchangeId, Places)>,
    /// The exchanges that were read, the latest first.
    cache: VecDeque<(ExchangeId, Places, Answer)>,
}

/// An exchange that was read from disk, or why it could not be read.
pub(crate) type Answer = Result<Arc<Detail>, Arc<SessionError>>;

impl BackgroundReader {
    /// Starts the thread, which ends when the reader is dropped. It calls `prepare` before it reads an exchange, to
    /// have everything written to disk, and `wake` afterwards.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn start(
        archive: Arc<Archive>,
        prepare: Box<dyn Fn() + Send>,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> io::Result<Self> {
        let state = Arc::new(Mutex::new(State::default()));
        let (ask, asked) = crossbeam_channel::bounded(1);
        let filled = Arc::clone(&state);
        thread::Builder::new().name("reader".to_owned()).spawn(move || {
            let mut reading = ArchiveReader::new(archive);
            let mut arrivals = 0;
            while asked.recv().is_ok() {
                let wanted = filled.lock().wanted.clone();
                let Some((id, places)) = wanted else { continue };
                prepare();
                arrivals += 1;
                let answer = reading.detail(id, &places).map(|mut detail| {
                    detail.version.arrival = arrivals;
                    Arc::new(detail)
                });
                filled.lock().keep(id, places, answer.map_err(Arc::new));
                wake();
            }
        })?;
        Ok(Self { state, ask })
    }

    /// The exchange whose latest events stand at `places`. `None`: it is being read, and `wake` is called when that is
    /// done.
    #[must_use]
    pub fn exchange(&self, id: ExchangeId, places: Places) -> Option<Answer> {
        let mut state = self.state.lock();
        if let Some((_, _, read)) = state.cache.iter().find(|(known, at, _)| *known == id && *at == places) {
            return Some(read.clone());
        }
        state.wanted = Some((id, places));
        drop(state);
        // Full: the thread is awake already. Disconnected: the program is ending.
        let _ = self.ask.try_send(());
        None
    }
}

impl State {
    fn keep(&mut self, id: ExchangeId, places: Places, answer: Answer) {
        self.wanted = self.wanted.take().filter(|wanted| wanted.0 != id);
        self.cache.retain(|(known, ..)| *known != id);
        self.cache.push_front((id, places, answer));
        let cost = |answer: &Answer| {
            let Ok(detail) = answer else { return CACHE_BYTES / FAILURES as u64 };
            let chunks = [&detail.reads, &detail.writes, &detail.lead_reads, &detail.lead_writes];
            let legs = detail.upstream.iter().flat_map(|leg| leg.reads.iter().chain(&leg.writes));
            4096 + chunks
                .into_iter()
                .flatten()
                .chain(legs)
                .map(|chunk| chunk.bytes.len() as u64 + 128)
                .sum::<u64>()
        };
        let mut sum = 0;
        let keep = self.cache.iter().take_while(|(.., answer)| {
            sum += cost(answer);
            sum <= CACHE_BYTES
        });
        let keep = keep.count().max(1);
        self.cache.truncate(keep);
    }
}
