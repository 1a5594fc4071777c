//! What there is to see of a capture at once: memory first, then the session on disk.

use std::{io, ops::Deref, sync::Arc};

use crate::{
    base::stream::ExchangeId,
    session::{BackgroundReader, SessionError},
    store::{Detail, Kept, LockedStore},
};

/// How the recording to disk stands.
#[derive(Clone, Debug, Default)]
pub enum Disk {
    /// Nothing goes to disk: there is no place for it, or it was not asked for.
    #[default]
    Off,
    /// Everything that is recorded goes to disk.
    Recording {
        /// Bytes of the session file, those included that wait to be written.
        bytes: u64,
        /// Bytes that the session file may have.
        budget_bytes: u64,
    },
    /// Writing failed with this error, so nothing goes to disk any more; recording in memory goes on.
    Stopped(Arc<io::Error>),
    /// The capture is a file that was opened; nothing is added to it.
    File,
}

/// What the capture can show of an exchange without waiting.
#[derive(Clone, Debug)]
pub enum Look {
    /// All that was captured of the exchange.
    Here(Box<Detail>),
    /// The exchange is being read from disk; whoever shows the capture is woken when it is here.
    BeingRead,
    /// The exchange could not be read from disk.
    Failed(Arc<SessionError>),
    /// The exchange has left.
    Gone,
}

/// A capture whose store is locked. It stands for the locked store wherever that is enough.
#[derive(Debug)]
pub struct LockedCapture<'a> {
    store: LockedStore<'a>,
    /// Reads what is only on disk. `None`: nothing is.
    reader: Option<&'a BackgroundReader>,
}

impl<'a> LockedCapture<'a> {
    pub(super) const fn new(store: LockedStore<'a>, reader: Option<&'a BackgroundReader>) -> Self {
        Self { store, reader }
    }

    /// What there is to see of an exchange. Never waits: what is only on disk is asked for.
    #[must_use]
    pub fn look(&self, id: ExchangeId) -> Look {
        let (conn, position) = match self.store.kept(id) {
            Kept::InMemory(detail) => return Look::Here(detail),
            Kept::OnDisk { conn, position } => (conn, position),
            Kept::Gone => return Look::Gone,
        };
        let Some(reader) = self.reader else { return Look::Gone };
        match reader.exchange(id, conn, position) {
            None => Look::BeingRead,
            Some(Err(error)) => Look::Failed(error),
            Some(Ok(detail)) => {
                let mut detail = Box::new((*detail).clone());
                self.store.update_connection(&mut detail);
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
