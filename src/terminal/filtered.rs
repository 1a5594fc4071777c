//! The events of the exchanges that pass a filter.

use std::collections::HashSet;

use crate::{
    base::stream::{ConnId, ExchangeId, Leg},
    capture::selection,
    filter::{Filter, Verdict},
    search::Examined,
    store::Store,
    trace::{Batch, Event, EventKind},
};

/// Memory for exchanges that have not ended.
const STORE_BYTES: u64 = 256 * 1024 * 1024;

/// Holds exchanges back until they have ended, and lets those through that pass.
#[derive(Debug)]
pub(super) struct Filtered {
    filter: Filter,
    store: Store,
    going_on: Vec<ExchangeId>,
    /// The connections whose beginning was let through and whose end was not.
    told: HashSet<ConnId>,
}

impl Filtered {
    pub(super) fn new(filter: Filter) -> Self {
        Self { filter, store: Store::new(STORE_BYTES), going_on: Vec::new(), told: HashSet::new() }
    }

    /// The events to print after this batch: those of the server itself, and those of the exchanges that ended and pass.
    pub(super) fn passing(&mut self, batch: Batch) -> Batch {
        let begun = batch.events.iter().filter_map(|event| match event.kind {
            EventKind::MessageStarted { leg: Leg::Client, .. } => event.exchange,
            _ => None,
        });
        self.going_on.extend(begun);
        let mut events: Vec<Event> =
            batch.events.iter().filter(|event| event.conn.is_none()).cloned().collect();
        let mut ends: Vec<Event> = Vec::new();
        for event in &batch.events {
            if let (EventKind::Closed(_), Some(conn)) = (&event.kind, event.conn)
                && self.told.contains(&conn)
            {
                ends.push(event.clone());
            }
        }
        self.store.apply(batch);
        let ended = |id: &ExchangeId| self.store.exchange(*id).is_none_or(|it| it.outcome.ended());
        let (over, going_on) = std::mem::take(&mut self.going_on).into_iter().partition(ended);
        self.going_on = going_on;
        for id in over {
            events.extend(self.exchange(id));
        }
        for end in ends {
            if end.conn.is_some_and(|conn| self.told.remove(&conn)) {
                events.push(end);
            }
        }
        Batch { events }
    }

    /// The events of an exchange, if it passes. A connection begins once.
    fn exchange(&mut self, id: ExchangeId) -> Vec<Event> {
        let Some(detail) = self.store.detail(id) else { return Vec::new() };
        if Examined::new(&detail).judge(&self.filter).verdict != Verdict::Passes {
            return Vec::new();
        }
        let mut events = selection::events(std::slice::from_ref(&detail));
        events.retain(|event| match (&event.kind, event.conn) {
            (EventKind::Opened(_), Some(conn)) => self.told.insert(conn),
            (EventKind::Closed(_), Some(conn)) => self.told.remove(&conn),
            _ => true,
        });
        events
    }
}
