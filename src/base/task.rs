//! A long task in the background: its progress, and the way to cancel it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use parking_lot::Mutex;

/// The state of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// The task goes on.
    Running,
    /// The task is done. With a sentence where the result is less than was asked for: "the file breaks off
    /// after 12,345 bytes: …".
    Done(Option<Arc<str>>),
    /// The task was cancelled. What was read so far stays; a file that was being written is gone.
    Cancelled,
    /// The task failed: why, in plain words.
    Failed(Arc<str>),
}

/// The unit of a task's progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of files that are read or copied.
    #[default]
    Bytes,
    /// Exchanges that are written one by one.
    Exchanges,
}

/// The progress of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The part that is done so far, in `unit`s.
    pub done: u64,
    /// The whole, in `unit`s. 0: not known yet.
    pub total: u64,
    /// The unit of `done` and `total`.
    pub unit: Unit,
}

impl Progress {
    /// The part that is done, from 0 to 1.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a part of a bar")]
    pub fn share(self) -> f32 {
        if self.total == 0 { 0.0 } else { self.done as f32 / self.total as f32 }
    }
}

/// A task and its progress. Clones share it; looking at it never waits for the task.
#[derive(Clone, Debug)]
pub struct Task {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    cancelled: AtomicBool,
    /// Both are held for the time of a copy at most.
    progress: Mutex<Progress>,
    state: Mutex<TaskState>,
}

impl Default for Task {
    fn default() -> Self {
        Self {
            inner: Arc::new(Inner {
                cancelled: AtomicBool::new(false),
                progress: Mutex::default(),
                state: Mutex::new(TaskState::Running),
            }),
        }
    }
}

impl Task {
    /// The progress so far.
    #[must_use]
    pub fn progress(&self) -> Progress {
        *self.inner.progress.lock()
    }

    /// The current state.
    #[must_use]
    pub fn state(&self) -> TaskState {
        self.inner.state.lock().clone()
    }

    /// Asks the task to end soon. It then says [`TaskState::Cancelled`], unless it was done before.
    pub fn cancel(&self) {
        self.inner.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the task was asked to end.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.inner.cancelled.load(Ordering::Relaxed)
    }

    /// Worker side: sets what there is to do in all. Nothing of it is done yet.
    pub fn set_total(&self, total: u64, unit: Unit) {
        *self.inner.progress.lock() = Progress { done: 0, total, unit };
    }

    /// Worker side: sets what is done so far, in the unit of the total.
    pub fn set_done(&self, done: u64) {
        self.inner.progress.lock().done = done;
    }

    /// Worker side: says how the task ended.
    pub fn finish(&self, state: TaskState) {
        *self.inner.state.lock() = state;
    }
}
