//! Access to a capture without waiting: memory first, then the session on disk.

use std::{io, ops::Deref, sync::Arc};

use crate::{
    base::stream::ExchangeId,
    session::{BackgroundReader, SessionError},
    store::{Backing, Detail, Kept, LockedStore},
};

/// The state of the recording to disk.
#[derive(Clone, Debug, Default)]
pub enum Disk {
    /// Nothing goes to disk: there is no folder for it, or it is not wanted.
    #[default]
    Off,
    /// Everything that is recorded goes to disk.
    Recording {
        /// Bytes of the session, written or waiting to be.
        bytes: u64,
        /// Upper bound on the bytes of the session.
        budget_bytes: u64,
    },
    /// Writing failed with this error, so nothing goes to disk any more; recording in memory goes on.
    Stopped(Arc<io::Error>),
    /// The capture was opened from a file; nothing is added to it.
    File,
}

/// An exchange as far as it can be shown without waiting.
#[derive(Clone, Debug)]
pub enum Look {
    /// The exchange, with everything that was captured of it.
    Here(Box<Detail>),
    /// The exchange is being read from disk; the view is woken when that is done.
    BeingRead,
    /// The exchange could not be read from disk.
    Failed(Arc<SessionError>),
    /// The exchange has left the capture.
    Gone,
}

/// A capture whose store is locked. Dereferences to the locked store.
#[derive(Debug)]
pub struct LockedCapture<'a> {
    store: LockedStore<'a>,
    /// Reads exchanges that are only on disk. `None`: there are none.
    reader: Option<&'a BackgroundReader>,
    /// Whether the capture was opened from a file.
    of_file: bool,
}

impl<'a> LockedCapture<'a> {
    pub(super) const fn new(
        store: LockedStore<'a>,
        reader: Option<&'a BackgroundReader>,
        of_file: bool,
    ) -> Self {
        Self { store, reader, of_file }
    }

    /// The exchange as it can be shown now. Never waits: an exchange that is only on disk is requested.
    #[must_use]
    pub fn look(&self, id: ExchangeId) -> Look {
        let places = match self.store.kept(id) {
            Kept::InMemory(mut detail) => {
                let on_disk = self.reader.is_some() && self.store.place(id).is_some();
                detail.set_backing(Backing { on_disk, of_file: self.of_file });
                return Look::Here(detail);
            }
            Kept::OnDisk(places) => places,
            Kept::Gone => return Look::Gone,
        };
        let Some(reader) = self.reader else { return Look::Gone };
        match reader.exchange(id, places) {
            None => Look::BeingRead,
            Some(Err(error)) => Look::Failed(error),
            Some(Ok(detail)) => {
                let mut detail = Box::new((*detail).clone());
                self.store.update_connection(&mut detail);
                detail.set_backing(Backing { on_disk: true, of_file: self.of_file });
                Look::Here(detail)
            }
        }
    }
}

impl<'a> Deref for LockedCapture<'a> {
    type Target = LockedStore<'a>;

    fn deref(&self) -> &LockedStore<'a> {
        &self.store
    }
}
