//! Finds the exchanges that go into a file, in memory or on disk, and counts the missing ones.

use std::{collections::BTreeMap, ops::ControlFlow};

use crate::{
    base::stream::{ConnId, Direction, ExchangeId},
    export::{Omitted, Unreadable, missing},
    session::{ArchiveReader, SessionError},
    store::{Backing, Detail, Places, Store},
    trace::Event,
};

use super::Capture;

/// Finds details in memory or on disk.
pub(super) struct DetailSource<'a> {
    capture: &'a Capture,
    /// `None`: nothing can be read from disk.
    reading: Option<ArchiveReader>,
}

impl<'a> DetailSource<'a> {
    pub(super) fn new(capture: &'a Capture) -> Self {
        if let Some(recording) = &capture.recording {
            let written = recording.lock().written();
            written.wait();
        }
        Self { capture, reading: capture.archive.clone().map(ArchiveReader::new) }
    }

    /// Everything about an exchange. What was dropped from memory is read from disk, if it is there, up to `most_bytes`
    /// of each message.
    ///
    /// # Errors
    /// The exchange is not in memory, and has left the disk or cannot be read from there.
    pub(super) fn detail(&mut self, id: ExchangeId, most_bytes: u64) -> Result<Detail, SessionError> {
        let (here, there) = {
            let store = self.capture.store.lock();
            store.summary(id).ok_or(SessionError::Gone)?;
            (store.detail(id), store.places(id))
        };
        let on_disk = self.reading.is_some() && there.is_some();
        let backing = Backing { on_disk, of_file: self.capture.is_of_file() };
        self.found(id, (here, there), most_bytes).map(|mut detail| {
            detail.set_backing(backing);
            detail
        })
    }

    /// What memory (`here`) or disk (`there`) has of an exchange, whichever has more.
    fn found(
        &mut self,
        id: ExchangeId,
        (here, there): (Option<Detail>, Option<Places>),
        most_bytes: u64,
    ) -> Result<Detail, SessionError> {
        if here.as_ref().is_some_and(|detail| lacks(detail) == 0) {
            return here.ok_or(SessionError::Gone);
        }
        let read = match (there, self.reading.as_mut()) {
            (Some(places), Some(reading)) => reading.detail_within(id, &places, most_bytes),
            _ => Err(SessionError::Gone),
        };
        let read = read.map(|mut detail| {
            self.capture.store.lock().update_connection(&mut detail);
            detail
        });
        match (here, read) {
            (Some(here), Ok(read)) if lacks(&read) < lacks(&here) => Ok(read),
            (Some(here), _) => Ok(here),
            (None, read) => read,
        }
    }

    /// Whether disk may have bytes of these messages that the detail lacks.
    pub(super) fn may_have_more(&self, detail: &Detail) -> bool {
        let is_on_disk = || self.capture.store.lock().place(detail.exchange.id).is_some();
        self.reading.is_some() && lacks(detail) > 0 && is_on_disk()
    }

    /// Passes what disk has of the connections of exchanges to `see`, oldest first, until it breaks.
    ///
    /// # Errors
    /// One of the exchanges has left the disk, or cannot be read from there.
    pub(super) fn play(
        &mut self,
        ids: &[ExchangeId],
        see: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<(), SessionError> {
        let places = {
            let store = self.capture.store.lock();
            let placed = |id: &ExchangeId| Some((*id, store.places(*id)?));
            ids.iter().map(placed).collect::<Option<Vec<_>>>().ok_or(SessionError::Gone)?
        };
        self.reading.as_mut().ok_or(SessionError::Gone)?.play(&places, see)
    }
}

/// Number of bytes of an exchange, on all its legs, that a detail does not have.
pub(super) fn lacks(detail: &Detail) -> u64 {
    let legs = detail.upstream.iter().flat_map(|leg| leg.reads.iter().chain(&leg.writes));
    let legs: u64 = legs.filter(|chunk| chunk.omitted()).map(|chunk| chunk.len).sum();
    legs + missing(detail, Direction::Received) + missing(detail, Direction::Sent)
}

/// The exchanges by their connections, both in order. Connections that an exchange is passed on from and to are one
/// group.
pub(super) fn by_connection(
    store: &Store,
    ids: Vec<ExchangeId>,
) -> BTreeMap<Option<ConnId>, Vec<ExchangeId>> {
    // For each connection a lower one of its group; the lowest has none.
    let mut lower: BTreeMap<ConnId, ConnId> = BTreeMap::new();
    let lowest = |lower: &BTreeMap<ConnId, ConnId>, mut conn: ConnId| {
        while let Some(next) = lower.get(&conn) {
            conn = *next;
        }
        conn
    };
    for id in &ids {
        let Some(client) = store.summary(*id).map(|summary| summary.conn) else { continue };
        for conn in store.upstream_connections(*id) {
            let (one, other) = (lowest(&lower, client), lowest(&lower, conn));
            if one != other {
                lower.insert(one.max(other), one.min(other));
            }
        }
    }
    let mut groups: BTreeMap<Option<ConnId>, Vec<ExchangeId>> = BTreeMap::new();
    for id in ids {
        // An exchange that has left the capture is counted as missing later.
        let conn = store.summary(id).map(|summary| lowest(&lower, summary.conn));
        groups.entry(conn).or_default().push(id);
    }
    for ids in groups.values_mut() {
        ids.sort_unstable();
        ids.dedup();
    }
    groups
}

/// The detail that was found; else the exchange counts as omitted.
pub(super) fn found_or_omitted(
    detail: Result<Detail, SessionError>,
    omitted: &mut Omitted,
) -> Option<Detail> {
    match detail {
        Ok(detail) => return Some(detail),
        Err(SessionError::Gone) => omitted.gone += 1,
        Err(error) => {
            let unreadable = omitted
                .unreadable
                .get_or_insert_with(|| Unreadable { exchanges: 0, error: error.to_string() });
            unreadable.exchanges += 1;
        }
    }
    None
}
