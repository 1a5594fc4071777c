//! Takes the events of all connections of a file.

use crate::{
    base::stream::{ConnId, ExchangeId, Nanos},
    trace::{Event, EventKind, Note, NoteKind, Severity},
};

use super::spoken::Spoken;

/// Upper bound on connections of other protocols that are named one by one.
const LEFT_OUT_TOLD: u64 = 50;

/// Takes events, and numbers connections and exchanges.
#[derive(Debug, Default)]
pub(super) struct EventSink {
    pub events: Vec<Event>,
    /// Number of connections with HTTP/1 so far.
    pub connections: u64,
    /// Number of exchanges so far.
    pub exchanges: u64,
    /// Number of connections of each other protocol, in the order of [`Spoken::ALL`].
    pub spoken: [u64; Spoken::ALL.len()],
}

impl EventSink {
    pub(super) fn emit(
        &mut self,
        at: Nanos,
        conn: impl Into<Option<ConnId>>,
        exchange: Option<ExchangeId>,
        kind: EventKind,
    ) {
        self.events.push(Event { at, conn: conn.into(), exchange, kind });
    }

    pub(super) fn note(&mut self, at: Nanos, conn: ConnId, exchange: Option<ExchangeId>, text: &str) {
        let kind = NoteKind::Text(text.into());
        let note = Note { severity: Severity::Warning, span: None, kind };
        self.emit(at, conn, exchange, EventKind::NoteAdded(note));
    }

    /// Counts a connection of another protocol and says so, unless that was said of many already.
    pub(super) fn left_out(&mut self, at: Nanos, spoken: Spoken, text: String) {
        let told: u64 = self.spoken.iter().sum();
        self.spoken[spoken as usize] += 1;
        if told < LEFT_OUT_TOLD {
            self.emit(at, None, None, EventKind::ServerMessage(Severity::Info, text.into()));
        }
    }
}
