//! Reads exchanges back from disk, on a thread of its own, and keeps the latest ones.

use std::{collections::VecDeque, fmt, io, sync::Arc, thread};

use crossbeam_channel::Sender;
use parking_lot::Mutex;

use crate::{
    base::stream::{ConnId, ExchangeId},
    session::SessionError,
    store::{Detail, Position},
};

use super::archive::{Archive, ArchiveReader};

/// What was read is kept up to so many bytes; the latest one always is.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;
/// And so many failures.
const FAILURES: usize = 64;

/// Reads exchanges back on request. Asking never waits.
pub struct BackgroundReader {
    state: Arc<Mutex<State>>,
    /// Says that something is wanted. One message is enough.
    ask: Sender<()>,
}

impl fmt::Debug for BackgroundReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackgroundReader").finish_non_exhaustive()
    }
}

/// What the thread and those who ask share. The lock is held for moments only.
#[derive(Default)]
struct State {
    /// The exchange that is wanted. A later wish takes the place of one that is not being read yet.
    wanted: Option<(ExchangeId, ConnId, Position)>,
    /// What was read, the latest first.
    cache: VecDeque<(ExchangeId, Position, Answer)>,
}

/// An exchange as it was read from disk; else why it could not be read.
pub(crate) type Answer = Result<Arc<Detail>, Arc<SessionError>>;

impl BackgroundReader {
    /// Starts the thread, which ends when the reader is dropped. `prepare` is called before each reading and
    /// writes what is not on disk yet. `wake` is called after each reading.
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
                let wanted = filled.lock().wanted;
                let Some((id, conn, place)) = wanted else { continue };
                prepare();
                arrivals += 1;
                let answer = reading.detail(id, conn, place).map(|mut detail| {
                    detail.version.arrival = arrivals;
                    Arc::new(detail)
                });
                filled.lock().keep(id, place, answer.map_err(Arc::new));
                wake();
            }
        })?;
        Ok(Self { state, ask })
    }

    /// The exchange whose latest event stands at `place`. `None`: it is being read, and `wake` is called when it is
    /// here.
    #[must_use]
    pub fn exchange(&self, id: ExchangeId, conn: ConnId, place: Position) -> Option<Answer> {
        let mut state = self.state.lock();
        if let Some((_, _, read)) = state.cache.iter().find(|(known, at, _)| (*known, *at) == (id, place)) {
            return Some(read.clone());
        }
        state.wanted = Some((id, conn, place));
        drop(state);
        // It is asked already, or the thread is gone with the program.
        let _ = self.ask.try_send(());
        None
    }
}

impl State {
    fn keep(&mut self, id: ExchangeId, place: Position, answer: Answer) {
        self.wanted = self.wanted.filter(|wanted| wanted.0 != id);
        self.cache.retain(|(known, ..)| *known != id);
        self.cache.push_front((id, place, answer));
        let cost = |answer: &Answer| {
            let Ok(detail) = answer else { return CACHE_BYTES / FAILURES as u64 };
            let chunks = [&detail.reads, &detail.writes, &detail.lead_reads, &detail.lead_writes];
            4096 + chunks.into_iter().flatten().map(|chunk| chunk.bytes.len() as u64 + 128).sum::<u64>()
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
