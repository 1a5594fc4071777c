//! Threads that wait for disks, so that the event loop does not.
//!
//! What the event loop cannot find in the system's cache it gives to a thread as a task, and goes on. When the task is
//! done, the connection that asked is served again and takes the [`Answer`]. Nobody waits for a task that its connection
//! has dropped: one that was not begun is never begun.
//!
//! A disk that hangs holds its threads for as long as it likes, since no call to the system can be taken back. So there
//! are more threads than are needed to keep disks busy, started as they are needed; and at most [`SAME_MAX`] of them
//! work on the same file, so that many requests for one that hangs leave the others alone.

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crossbeam_channel::{Receiver, TryRecvError};
use mio::Waker;
use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::base::faults::{self, Call};

use super::upstream::Place;

/// At most so many threads wait for disks.
const THREADS_MAX: usize = 64;
/// At most so many threads work on the same file at a time.
const SAME_MAX: usize = 2;
/// A thread without a task ends after this time.
const IDLE: Duration = Duration::from_secs(10);
/// The stack of a thread, in bytes. No task needs much.
const STACK_BYTES: usize = 512 * 1024;

/// The threads, and the tasks that wait for one.
#[derive(Debug, Default)]
pub(super) struct Disk {
    shared: Arc<Shared>,
}

/// What a task will return.
#[derive(Debug)]
pub(super) struct Answer<T> {
    result: Receiver<T>,
    /// As long as it is held, somebody wants the result.
    _wanted: Arc<()>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Signals a task to threads that have none.
    ready: Condvar,
    /// Wakes the event loop. `None`: there are no threads; [`Disk::work_off`] does the tasks.
    waker: Option<Arc<Waker>>,
    /// Whether tasks are done that the event loop has not been told of.
    has_done: AtomicBool,
}

#[derive(Default)]
struct State {
    tasks: VecDeque<Task>,
    /// How many threads work on each file.
    working: HashMap<u64, usize>,
    threads: usize,
    idle: usize,
    done: Vec<Place>,
    is_closed: bool,
}

struct Task {
    file: u64,
    work: Box<dyn FnOnce() -> Option<Place> + Send>,
    /// Gone if nobody wants the result any more. `None`: the work is done in any case.
    wanted: Option<Weak<()>>,
}

impl<T> Answer<T> {
    /// The result, once. `None`: the task is not done.
    ///
    /// # Errors
    /// The thread has ended without a result.
    pub(super) fn poll(&self) -> Option<io::Result<T>> {
        match self.result.try_recv() {
            Ok(result) => Some(Ok(result)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                Some(Err(io::Error::other("the thread that worked on it has ended")))
            }
        }
    }
}

impl Disk {
    /// Tasks are done by threads, which wake the event loop.
    pub(super) fn with_threads(waker: Arc<Waker>) -> Self {
        Self { shared: Arc::new(Shared { waker: Some(waker), ..Shared::default() }) }
    }

    /// Has a thread do `work`, which may wait for a disk. `place`: the connection that is then served. `file`: the same
    /// number for work on the same file; 0 if that is not known.
    ///
    /// # Errors
    /// No thread could be started, and there is none.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        place: Place,
        file: u64,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<Answer<T>> {
        let (sender, result) = crossbeam_channel::bounded(1);
        // The result is dropped here if nobody wants it any more: closing its files may wait, too.
        let work = move || sender.send(work()).is_ok().then_some(place);
        let wanted = Arc::new(());
        self.put(Task { file, work: Box::new(work), wanted: Some(Arc::downgrade(&wanted)) })?;
        Ok(Answer { result, _wanted: wanted })
    }

    /// Has a thread do `work`, which tells its result itself. If no thread can be started, it is dropped.
    pub(super) fn tell(&self, file: u64, work: impl FnOnce() + Send + 'static) {
        let work = move || {
            work();
            None
        };
        let _ = self.put(Task { file, work: Box::new(work), wanted: None });
    }

    fn put(&self, task: Task) -> io::Result<()> {
        let mut state = self.shared.state.lock();
        state.tasks.push_back(task);
        if self.shared.waker.is_some() && state.idle < state.tasks.len() && state.threads < THREADS_MAX {
            match self.shared.start() {
                Ok(()) => state.threads += 1,
                Err(error) if state.threads == 0 => {
                    state.tasks.pop_back();
                    return Err(error);
                }
                // The others will do it.
                Err(_) => {}
            }
        }
        drop(state);
        self.shared.ready.notify_one();
        Ok(())
    }

    /// The connections whose tasks are done.
    pub(super) fn take_done(&self) -> Vec<Place> {
        if self.shared.has_done.swap(false, Ordering::AcqRel) {
            std::mem::take(&mut self.shared.state.lock().done)
        } else {
            Vec::new()
        }
    }

    /// Does the tasks on this thread, for a server that runs on one.
    #[cfg(test)]
    pub(super) fn work_off(&self) {
        let mut state = self.shared.state.lock();
        while let Some(task) = state.next() {
            state = self.shared.work(state, task);
        }
    }
}

impl Drop for Disk {
    /// Ends the threads that have no task. Nobody waits for the others: a disk may hang for ever.
    fn drop(&mut self) {
        self.shared.state.lock().is_closed = true;
        self.shared.ready.notify_all();
    }
}

impl Shared {
    fn start(self: &Arc<Self>) -> io::Result<()> {
        faults::pass(Call::Thread)?;
        let shared = Arc::clone(self);
        let builder = thread::Builder::new().name("disk".to_owned()).stack_size(STACK_BYTES);
        builder.spawn(move || shared.run()).map(drop)
    }

    /// What a thread does.
    fn run(&self) {
        let mut state = self.state.lock();
        while !state.is_closed {
            if let Some(task) = state.next() {
                state = self.work(state, task);
                continue;
            }
            state.idle += 1;
            let is_over = self.ready.wait_for(&mut state, IDLE).timed_out();
            state.idle -= 1;
            if is_over && !state.has_next() {
                break;
            }
        }
        state.threads -= 1;
    }

    /// Does a task, during which the state is free.
    fn work<'a>(&'a self, mut state: MutexGuard<'a, State>, task: Task) -> MutexGuard<'a, State> {
        *state.working.entry(task.file).or_insert(0) += 1;
        drop(state);
        let work = std::panic::AssertUnwindSafe(task.work);
        // The panic hook has reported it; the one that asked finds that there is no result.
        let place = std::panic::catch_unwind(|| { work }.0()).unwrap_or(None);
        let mut state = self.state.lock();
        let is_last = state.working.get_mut(&task.file).is_none_or(|count| {
            *count -= 1;
            *count == 0
        });
        if is_last {
            state.working.remove(&task.file);
        }
        if let Some(place) = place {
            state.done.push(place);
            if !self.has_done.swap(true, Ordering::AcqRel)
                && let Some(waker) = &self.waker
            {
                let _ = waker.wake();
            }
        }
        state
    }
}

impl State {
    /// Takes the next task that is still wanted, and whose file is not worked on by too many.
    fn next(&mut self) -> Option<Task> {
        self.tasks.retain(|task| task.wanted.as_ref().is_none_or(|wanted| wanted.strong_count() > 0));
        let place = self.place()?;
        self.tasks.remove(place)
    }

    fn has_next(&self) -> bool {
        self.place().is_some()
    }

    fn place(&self) -> Option<usize> {
        // 0: it is not known which file it is.
        let is_free = |file: &u64| *file == 0 || self.working.get(file).is_none_or(|count| *count < SAME_MAX);
        self.tasks.iter().position(|task| is_free(&task.file))
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
