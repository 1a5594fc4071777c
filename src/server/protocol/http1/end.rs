//! Responses that cannot be completed: their end, and the notes on it.

use crate::{
    server::protocol::{Context, Protocol},
    trace::{CloseReason, EventKind, Note, NoteKind, Severity, Stage},
    wire::{Machine, State},
};

use super::{Http1, Phase};

impl Http1 {
    /// Ends the current exchange as aborted.
    pub(super) fn abandon(&mut self, cx: &mut Context<'_>) {
        self.cancel(cx);
        if let Some(active) = self.active.take() {
            cx.turn.body_pool -= active.pooled;
            cx.event_now(active.exchange, EventKind::Stage(Stage::Aborted));
        }
    }

    /// Aborts a response whose body cannot be completed. Closing now makes the client treat the response as
    /// incomplete (RFC 9112 §8): the announced length is not reached, the last chunk is missing, or the
    /// connection is reset.
    pub(super) fn break_off(&mut self, cx: &mut Context<'_>, kind: NoteKind) {
        self.break_off_for(cx, kind, CloseReason::FileBroke);
    }

    /// As [`Self::break_off`], with the reason for the end of the connection.
    pub(super) fn break_off_for(&mut self, cx: &mut Context<'_>, kind: NoteKind, reason: CloseReason) {
        self.note(cx, Severity::Error, kind);
        if cx.output.ends_with_stream() {
            self.phase = Phase::Aborting(reason);
            return;
        }
        self.abandon(cx);
        self.phase = Phase::Closing(reason);
    }

    /// One leg of a forwarded exchange cannot be completed, so neither can the response to the client.
    pub(super) fn cut_off(&mut self, cx: &mut Context<'_>, reason: CloseReason) {
        if cx.output.ends_with_stream() {
            self.cancel(cx);
            self.phase = Phase::Aborting(reason);
            return;
        }
        self.abandon(cx);
        self.phase = Phase::Closing(reason);
    }

    /// Adds a note on a problem that did not affect the completeness of the answer.
    pub(super) fn note_problem(&self, cx: &mut Context<'_>, problem: String) {
        self.note(cx, Severity::Warning, NoteKind::Text(problem.into()));
    }

    /// Adds a note on bytes that arrived after the last request of the connection. RFC 9112 §9.6: a server
    /// that sends or receives close "MUST NOT process any further requests received on that connection".
    pub(super) fn note_unread(&self, cx: &mut Context<'_>) {
        let is_last = self.active.as_ref().is_some_and(|active| !active.keep_alive) && self.refused.is_none();
        let unread = cx.input.bytes().len() as u64;
        if is_last && unread > 0 && self.machine.state() == State::Idle {
            self.note(cx, Severity::Warning, NoteKind::BytesAfterLast(unread));
        }
    }

    fn note(&self, cx: &mut Context<'_>, severity: Severity, kind: NoteKind) {
        cx.event_now(self.exchange(), EventKind::NoteAdded(Note { severity, span: None, kind }));
    }
}
