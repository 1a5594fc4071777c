//! Where requests begin, so that a place in one can be counted from its first byte.

use std::collections::HashMap;

use crate::{
    base::stream::{ConnId, ExchangeId, Leg},
    trace::{Event, EventKind, Stage},
};

/// The stream offsets of the first bytes of the requests whose exchanges go on.
#[derive(Debug, Default)]
pub(super) struct Starts(HashMap<ExchangeId, (ConnId, u64)>);

impl Starts {
    /// Takes an event in. Returns where the request of its exchange begins. `None`: the event is about none, or its
    /// beginning was not seen.
    pub(super) fn take(&mut self, event: &Event) -> Option<u64> {
        match (&event.kind, event.conn, event.exchange) {
            (EventKind::MessageStarted { leg: Leg::Client, offset, .. }, Some(conn), Some(id)) => {
                self.0.insert(id, (conn, *offset));
            }
            (EventKind::Closed(_), Some(conn), _) => self.0.retain(|_, (other, _)| *other != conn),
            (EventKind::Stage(Stage::ResponseSent { .. } | Stage::Aborted), _, Some(id)) => {
                return self.0.remove(&id).map(|(_, start)| start);
            }
            _ => {}
        }
        self.0.get(&event.exchange?).map(|(_, start)| *start)
    }
}
