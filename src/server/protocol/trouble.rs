//! Carrying out what rules of Trouble say about a message.

use crate::{
    base::stream::ExchangeId,
    http::Framing,
    server::output::EndAt,
    service::Disturbance,
    trace::{EventKind, Note, NoteKind, Severity},
};

use super::Context;

impl Context<'_> {
    /// Plans what is done to the message that begins at offset `start` of the output, whose true framing is `framing`.
    /// The end of the connection is noted when it comes.
    pub(super) fn disturb(&mut self, exchange: ExchangeId, start: u64, framing: Framing, done: &Disturbance) {
        let wait = done.wait();
        if !wait.is_zero() {
            self.output.hold(start, self.turn.clock.now() + wait);
        }
        if let Some(end) = &done.end {
            let at = start.saturating_add(end.after);
            self.output.end_at(EndAt { at, ending: end.ending, exchange, note: end.note.clone() });
        }
        let waits = done.waits.iter().map(|(_, note)| note);
        let pace = done.pace.iter().map(|(_, note)| note);
        let length =
            done.length.iter().filter(|_| matches!(framing, Framing::Length(_))).map(|(_, note)| note);
        for note in done.refused.iter().chain(waits).chain(pace).chain(length) {
            let kind = NoteKind::Trouble(note.clone());
            let note = Note { severity: Severity::Warning, span: None, kind };
            self.event_now(exchange, EventKind::NoteAdded(note));
        }
    }
}
