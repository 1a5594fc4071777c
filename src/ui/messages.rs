//! Messages of the server about itself, such as that the folder is gone. Each is shown until the notice is
//! dismissed, even while an opened file is shown. Mere information, such as the health of backends, is shown where it
//! belongs and needs no notice.

use crate::{capture::Capture, trace::Severity, words};

/// Maximum number of messages in a notice; earlier ones are only counted.
const SHOWN_MAX: usize = 5;

/// Messages that have not been dismissed.
#[derive(Debug, Default)]
pub(super) struct Messages {
    shown: Vec<(Severity, String)>,
    /// Number of messages before those in `shown`.
    earlier: u64,
    /// Number of the last message that was received.
    heard: u64,
}

impl Messages {
    /// Adds the new messages of the live capture. Returns whether there are any.
    pub(super) fn hear(&mut self, live: &Capture) -> bool {
        let mut has_new = false;
        for message in live.messages_since(self.heard) {
            self.heard = message.number;
            if message.severity > Severity::Info {
                self.add(message.severity, message.text.to_string());
                has_new = true;
            }
        }
        has_new
    }

    fn add(&mut self, severity: Severity, words: String) {
        if self.shown.last().is_some_and(|(_, last)| *last == words) {
            return;
        }
        self.shown.push((severity, words));
        if self.shown.len() > SHOWN_MAX {
            self.shown.remove(0);
            self.earlier += 1;
        }
    }

    /// Severity and text of a notice with all messages. `None`: no messages.
    pub(super) fn notice(&self) -> Option<(Severity, String)> {
        let severity = self.shown.iter().map(|(severity, _)| *severity).max()?;
        let earlier =
            (self.earlier > 0).then(|| format!("{} before:", words::plural(self.earlier, "message")));
        let lines: Vec<String> =
            earlier.into_iter().chain(self.shown.iter().map(|(_, words)| words.clone())).collect();
        Some((severity, lines.join("\n")))
    }

    /// Forgets the messages, as the notice was dismissed.
    pub(super) fn dismiss(&mut self) {
        self.shown.clear();
        self.earlier = 0;
    }
}
