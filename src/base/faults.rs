//! Gates before calls to the operating system, so that the torture run can make each of them fail.
//!
//! Every fallible call of the event loop and of the folder passes here first. In what people use
//! each gate is a constant that the compiler removes; in the unit tests a plan of the thread at hand
//! decides (`plan`), so that `server::torture` can let one call after another fail.

#[cfg(not(test))]
use std::{fs::File, io, path::Path};

/// A fallible call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// Waiting for sockets and timers.
    Poll,
    /// Accepting a connection.
    Accept,
    /// Setting up an accepted socket, or asking for its address.
    Prepare,
    /// Making a connection.
    Connect,
    /// Watching a socket.
    Register,
    /// Ending the watch on a socket.
    Deregister,
    /// Receiving from a socket.
    Read,
    /// Sending to a socket.
    Write,
    /// Ending one side of a connection, or both.
    Shutdown,
    /// Opening a file or a folder.
    Open,
    /// Asking for the metadata of a file or a folder.
    Stat,
    /// Reading the entries of a folder.
    List,
    /// Reading a file.
    FileRead,
    /// Looking for something in the system's cache.
    Cache,
    /// Starting a thread that waits for disks.
    Thread,
    /// Watching a file or a folder.
    Watch,
    /// Handing a batch of events to the recorder.
    Send,
    /// Making the file of a session's segment.
    MakeSegment,
    /// Writing to the file of a session's segment.
    WriteSegment,
}

/// Passes, unless the call is to fail.
#[cfg(not(test))]
#[inline(always)]
#[allow(clippy::unnecessary_wraps, clippy::inline_always, reason = "a gate without a guard")]
pub(crate) const fn pass(_: Call) -> io::Result<()> {
    Ok(())
}

/// The number of bytes that the call may move: `len`, unless a fault is injected.
#[cfg(not(test))]
#[inline(always)]
#[allow(clippy::unnecessary_wraps, clippy::inline_always, reason = "a gate without a guard")]
pub(crate) const fn allow(_: Call, len: usize) -> io::Result<usize> {
    Ok(len)
}

/// The plan of a thread, for one that it starts.
#[cfg(not(test))]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inherited;

#[cfg(not(test))]
impl Inherited {
    /// The plan of this thread.
    pub(crate) const fn here() -> Self {
        Self
    }

    /// Follows the plan on this thread, too.
    #[allow(clippy::unused_self, reason = "a gate without a guard")]
    pub(crate) const fn follow(self) {}
}

/// Passes at once, unless the file is on a slow disk. `may_wait`: whether the caller waits for it; otherwise it is
/// told that it would have to.
#[cfg(not(test))]
#[inline(always)]
#[allow(clippy::unnecessary_wraps, clippy::inline_always, reason = "a gate without a guard")]
pub(crate) const fn reach_file(_: &File, _may_wait: bool) -> io::Result<()> {
    Ok(())
}

/// As [`reach_file`], for the file or the folder at `relative` in `folder`.
#[cfg(not(test))]
#[inline(always)]
#[allow(clippy::unnecessary_wraps, clippy::inline_always, reason = "a gate without a guard")]
pub(crate) const fn reach_path(_: &Path, _: &Path, _may_wait: bool) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(crate) use delay::{reach_file, reach_path};
#[cfg(test)]
pub(crate) use plan::{Inherited, allow, pass};

#[cfg(test)]
pub(crate) mod delay;

#[cfg(test)]
pub(crate) mod plan {
    //! The plan of this thread: which calls fail, and how.

    use std::{
        cell::{Cell, RefCell},
        io,
        sync::{Arc, Mutex, PoisonError},
    };

    use super::Call;

    /// Which calls fail, and how.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Plan {
        /// Calls of this kind.
        pub(crate) call: Call,
        /// The first that is hit, from 0.
        pub(crate) at: usize,
        /// Number of consecutive calls that fail.
        pub(crate) times: usize,
        /// The fault of these calls.
        pub(crate) fault: Fault,
    }

    /// The way in which a call fails.
    #[derive(Clone, Copy, Debug)]
    pub(crate) enum Fault {
        /// The call fails with this error code of the operating system.
        Code(i32),
        /// The call moves at most this many bytes.
        Short(usize),
    }

    #[derive(Debug, Default)]
    pub(crate) struct State {
        plan: Option<Plan>,
        seen: usize,
        hit: usize,
    }

    thread_local! {
        static STATE: RefCell<Arc<Mutex<State>>> = RefCell::default();
        static COLD: Cell<bool> = const { Cell::new(false) };
    }

    /// Sets whether nothing is in the system's cache, as far as this thread can tell.
    pub(crate) fn set_cold(is_cold: bool) {
        COLD.set(is_cold);
    }

    /// The plan of a thread, for one that it starts.
    #[derive(Clone, Debug)]
    pub(crate) struct Inherited(Arc<Mutex<State>>);

    impl Inherited {
        /// The plan of this thread, and those that it follows later.
        pub(crate) fn here() -> Self {
            STATE.with_borrow(|state| Self(Arc::clone(state)))
        }

        /// Follows the plan on this thread, too.
        pub(crate) fn follow(self) {
            STATE.set(self.0);
        }
    }

    fn with_state<R>(look: impl FnOnce(&mut State) -> R) -> R {
        STATE.with_borrow(|state| look(&mut state.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Sets the plan of this thread, and of those that inherited it. `None`: nothing fails.
    pub(crate) fn follow(plan: Option<Plan>) {
        with_state(|state| *state = State { plan, ..State::default() });
    }

    /// Number of calls that the current plan has hit.
    pub(crate) fn hits() -> usize {
        with_state(|state| state.hit)
    }

    pub(crate) fn pass(call: Call) -> io::Result<()> {
        if call == Call::Cache && COLD.get() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        allow(call, 0).map(drop)
    }

    pub(crate) fn allow(call: Call, len: usize) -> io::Result<usize> {
        with_state(|state| {
            let Some(plan) = state.plan.filter(|plan| plan.call == call) else { return Ok(len) };
            let number = state.seen;
            state.seen += 1;
            if number < plan.at || number - plan.at >= plan.times {
                return Ok(len);
            }
            state.hit += 1;
            match plan.fault {
                Fault::Code(code) => Err(io::Error::from_raw_os_error(code)),
                Fault::Short(most) => Ok(len.min(most)),
            }
        })
    }
}
