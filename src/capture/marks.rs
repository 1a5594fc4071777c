//! Marks of a capture: kept in memory, in the session on disk, and in files that are saved.

use std::{fs::File, io, sync::Arc};

use crate::{
    base::stream::ExchangeId,
    session::Writer,
    store::Store,
    trace::{Batch, Mark, MarkColour},
};

use super::{Capture, save::put};

/// Exchanges that are marked before the store is released.
const SLICE: usize = 4_096;

/// A change of marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkChange {
    /// This colour in place of the one before; the comment stays. `None`: no colour.
    Colour(Option<MarkColour>),
    /// This comment in place of the one before; the colour stays. Empty: no comment.
    Comment(Box<str>),
}

impl MarkChange {
    /// The mark after the change. `None`: nothing is left of it.
    fn of(&self, before: Option<&Mark>) -> Option<Mark> {
        let (colour, comment) = before.map_or((None, ""), |mark| (mark.colour, &mark.comment));
        match self {
            Self::Colour(colour) => Mark::new(*colour, comment),
            Self::Comment(comment) => Mark::new(colour, comment),
        }
    }
}

impl Capture {
    /// Changes the marks of exchanges; those that have left are passed over. What is recorded has the marks, too.
    pub fn mark(&self, ids: &[ExchangeId], change: &MarkChange) {
        // Exchanges that get the same mark share it.
        let mut made: Option<Arc<Mark>> = None;
        for ids in ids.chunks(SLICE) {
            let changed = self.read(|store| {
                let marked = |id: &ExchangeId| {
                    store.summary(*id)?;
                    let before = store.mark(*id);
                    let after = change.of(before.map(|mark| &**mark));
                    let after = after.map(|mark| match &made {
                        Some(known) if **known == mark => Arc::clone(known),
                        _ => Arc::clone(made.insert(Arc::new(mark))),
                    });
                    (before != after.as_ref()).then_some((*id, after))
                };
                ids.iter().filter_map(marked).collect::<Vec<_>>()
            });
            self.set_marks(&changed);
        }
    }

    /// Gives exchanges these marks in place of those that they have. `None`: an exchange loses its mark.
    pub fn set_marks(&self, marks: &[(ExchangeId, Option<Arc<Mark>>)]) {
        if marks.is_empty() {
            return;
        }
        if self.recording.is_none() {
            self.marked.lock().extend(marks.iter().map(|(id, _)| *id));
        }
        self.write_down(|store| store.mark_events(marks));
    }

    /// Takes exchanges out of sight. What was deleted before is forgotten. Returns their number.
    #[must_use]
    pub fn delete(&self, ids: &[ExchangeId]) -> usize {
        self.forget_deleted();
        self.store.lock().hide(ids)
    }

    /// Brings back what was deleted last.
    pub fn restore_deleted(&self) {
        self.store.lock().unhide();
    }

    /// Removes what was deleted last.
    pub fn forget_deleted(&self) {
        self.write_down(Store::removal_events);
    }

    /// Has the store take in events of the user's, and the recording, too.
    pub(super) fn write_down(&self, events: impl FnOnce(&Store) -> Batch) {
        // As in the recorder, the recording is locked before the store.
        let mut recording = self.recording.as_ref().map(|recording| recording.lock());
        let mut store = self.store.lock();
        let batch = events(&store);
        if batch.events.is_empty() {
            return;
        }
        if let Some(recording) = recording.as_mut() {
            recording.take(&batch.events);
            recording.hand_over();
        }
        store.apply(batch);
    }

    /// Writes the marks that were made since the capture was opened, behind a copy of its files.
    pub(super) fn append_marks(&self, out: &mut File) -> io::Result<()> {
        let marked = self.marked.lock();
        if marked.is_empty() {
            return Ok(());
        }
        let store = self.store.lock();
        let marks: Vec<_> = marked.iter().map(|id| (*id, store.mark(*id).cloned())).collect();
        let batch = store.mark_events(&marks);
        drop(store);
        let segment = self.archive.as_ref().map_or(0, |archive| archive.last()) + 1;
        put(&mut Writer::new(segment), out, &batch.events)
    }
}
