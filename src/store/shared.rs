//! A store that several threads share.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, MutexGuard, Weak},
};

use crate::base::fair_mutex::FairMutex;

use super::Store;

/// A store behind a lock. Clones share it.
#[derive(Clone, Debug)]
pub struct SharedStore {
    inner: Arc<FairMutex<Store>>,
}

impl SharedStore {
    /// Puts `store` behind a lock.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { inner: Arc::new(FairMutex::new(store)) }
    }

    /// Waits for the lock, and holds it as long as the result lives. Keep that short: the recorder waits meanwhile.
    #[must_use]
    pub fn lock(&self) -> LockedStore<'_> {
        LockedStore { guard: self.inner.lock(), shared: self }
    }

    /// Identity of the store, to recognize it later. Does not keep the store alive.
    #[must_use]
    pub fn identity(&self) -> StoreIdentity {
        StoreIdentity { inner: Arc::downgrade(&self.inner) }
    }
}

/// Identity of the store that something was derived from. The default is the identity of no store.
#[derive(Clone, Debug, Default)]
pub struct StoreIdentity {
    inner: Weak<FairMutex<Store>>,
}

impl PartialEq for StoreIdentity {
    fn eq(&self, other: &Self) -> bool {
        self.inner.ptr_eq(&other.inner)
    }
}

/// A store whose lock is held. Also gives access to the [`SharedStore`], so that a function with a locked store
/// can pass the store on to a thread without taking the lock again.
#[derive(Debug)]
pub struct LockedStore<'a> {
    guard: MutexGuard<'a, Store>,
    shared: &'a SharedStore,
}

impl LockedStore<'_> {
    /// The shared store behind the lock, for another thread.
    #[must_use]
    pub const fn shared(&self) -> &SharedStore {
        self.shared
    }
}

impl Deref for LockedStore<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.guard
    }
}

impl DerefMut for LockedStore<'_> {
    fn deref_mut(&mut self) -> &mut Store {
        &mut self.guard
    }
}
