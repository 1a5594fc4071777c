//! Something long that goes on in the background: how far it is, and how to end it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use parking_lot::Mutex;

/// How a task stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// It goes on.
    Running,
    /// It is done. With a sentence where the result is less than was asked for: "the file breaks off
    /// after 12,345 bytes: …".
    Done(Option<Arc<str>>),
    /// It was cancelled. What was read so far stays; a file that was being written is gone.
    Cancelled,
    /// It failed: why, in plain words.
    Failed(Arc<str>),
}

/// A task and its progress. Clones share it; looking at it never waits for the task.
#[derive(Clone, Debug)]
pub struct Task {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    done_bytes: AtomicU64,
    total_bytes: AtomicU64,
    cancelled: AtomicBool,
    /// Held for the time of a clone at most.
    state: Mutex<TaskState>,
}

impl Default for Task {
    fn default() -> Self {
        Self {
            inner: Arc::new(Inner {
                done_bytes: AtomicU64::new(0),
                total_bytes: AtomicU64::new(0),
                cancelled: AtomicBool::new(false),
                state: Mutex::new(TaskState::Running),
            }),
        }
    }
}

impl Task {
    /// Bytes done so far, and in all. 0 in all: not known yet.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        (self.inner.done_bytes.load(Ordering::Relaxed), self.inner.total_bytes.load(Ordering::Relaxed))
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> TaskState {
        self.inner.state.lock().clone()
    }

    /// Asks it to end soon. It then says [`TaskState::Cancelled`], unless it was done before.
    pub fn cancel(&self) {
        self.inner.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to end.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.inner.cancelled.load(Ordering::Relaxed)
    }

    /// For the one that does the work: so many bytes in all.
    pub fn set_total(&self, bytes: u64) {
        self.inner.total_bytes.store(bytes, Ordering::Relaxed);
    }

    /// For the one that does the work: so many bytes are done in all.
    pub fn set_done(&self, bytes: u64) {
        self.inner.done_bytes.store(bytes, Ordering::Relaxed);
    }

    /// For the one that does the work: this is how it ended.
    pub fn finish(&self, state: TaskState) {
        *self.inner.state.lock() = state;
    }
}
