//! A lock for something that a busy thread and a window share.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A mutex where whoever waits goes first, and waits asleep.
///
/// A thread that takes in batch after batch takes a usual lock again before the one that waits is awake.
/// `parking_lot` can hand it over, but whoever waits there calls `sched_yield` first, which on a busy machine
/// gives away whole time slices: frames were seen to wait ten milliseconds for a lock that was held for
/// thirty microseconds. `std`'s mutex sleeps, but hands nothing over. So: two of `std`'s. Whoever is next
/// holds `next` while it waits for `value`, and those who come after wait behind it.
#[derive(Debug, Default)]
pub struct FairMutex<T> {
    next: Mutex<()>,
    value: Mutex<T>,
}

impl<T> FairMutex<T> {
    /// Around `value`.
    pub const fn new(value: T) -> Self {
        Self { next: Mutex::new(()), value: Mutex::new(value) }
    }

    /// Waits for its turn. A thread that panicked in its turn does not keep the others out.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let _next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, AtomicU64, Ordering},
        thread,
    };

    use super::*;

    #[test]
    fn whoever_waits_gets_its_turn_while_another_never_rests() {
        let (shared, over, turns) = (FairMutex::new(0_u64), AtomicBool::new(false), AtomicU64::new(0));
        thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let mut value = shared.lock();
                    for _ in 0..1_000 {
                        *value = std::hint::black_box(*value + 1);
                    }
                    turns.fetch_add(1, Ordering::Relaxed);
                }
            });
            while turns.load(Ordering::Relaxed) == 0 {
                thread::yield_now();
            }
            let mut waited = 0;
            for _ in 0..100 {
                let before = turns.load(Ordering::Relaxed);
                let value = shared.lock();
                // The turn that was on, and one that was next already.
                waited += turns.load(Ordering::Relaxed) - before;
                assert!(value.is_multiple_of(1_000));
            }
            over.store(true, Ordering::Relaxed);
            // Between reading the count and asking for its turn this thread may be put to sleep.
            assert!(waited < 10_000, "{waited} turns of the other one in 100 of this one");
        });
    }

    #[test]
    fn a_panic_in_a_turn_is_not_passed_on() {
        let shared = FairMutex::new(1);
        let held = thread::scope(|scope| {
            scope
                .spawn(|| {
                    let _value = shared.lock();
                    std::panic::resume_unwind(Box::new("in its turn"));
                })
                .join()
        });
        assert!(held.is_err());
        assert_eq!(*shared.lock(), 1);
    }
}
