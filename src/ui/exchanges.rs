//! Carries out commands about exchanges of the capture that is shown: marks and deletion.

use std::thread;

use crate::{base::stream::ExchangeId, capture::marks::MarkChange, trace::Severity, words};

use super::{
    captures::model::shown,
    command::{Command, ExchangesCommand, Topic},
    rules::apply_all,
    window::Window,
};

/// More exchanges than this are marked on a thread.
const AT_ONCE: usize = 10_000;

impl Window {
    pub(super) fn carry_out_exchanges(&mut self, ids: Vec<ExchangeId>, command: ExchangesCommand) {
        match command {
            ExchangesCommand::Mark(change) => self.mark(ids, change),
            ExchangesCommand::Delete => self.delete(&ids),
            ExchangesCommand::Restore => {
                shown(&self.captures, &self.capture).restore_deleted();
                self.view.notices.remove(Topic::Deleted);
            }
        }
    }

    /// Marks by the rules what is captured already.
    pub(super) fn apply_rules(&mut self) {
        let capture = shown(&self.captures, &self.capture).clone();
        let settings = &self.settings.settings().list.rules;
        if let Err(error) = apply_all(capture, settings, self.waker.clone()) {
            self.note(Topic::Capture, Severity::Error, format!("The rules cannot be applied: {error}."));
        }
    }

    fn mark(&mut self, ids: Vec<ExchangeId>, change: MarkChange) {
        let capture = shown(&self.captures, &self.capture).clone();
        if ids.len() <= AT_ONCE {
            capture.mark(&ids, &change);
            return;
        }
        let waker = self.waker.clone();
        let marked = thread::Builder::new().name("marks".to_owned()).spawn(move || {
            capture.mark(&ids, &change);
            waker.wake();
        });
        if let Err(error) = marked {
            self.note(Topic::Capture, Severity::Error, format!("The exchanges cannot be marked: {error}."));
        }
    }

    /// Deletes exchanges, and offers to take that back.
    fn delete(&mut self, ids: &[ExchangeId]) {
        let count = shown(&self.captures, &self.capture).delete(ids);
        if count > 0 {
            let words = format!("Deleted {}.", words::plural(count as u64, "exchange"));
            let undo = Command::Exchanges(Vec::new(), ExchangesCommand::Restore);
            self.view.notices.offer(Topic::Deleted, words, ("Undo", undo));
        }
    }
}
