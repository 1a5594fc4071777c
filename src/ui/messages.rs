//! What the server says of itself, such as a folder that is gone. Each message is shown, also while an
//! opened file is, until the notice is dismissed.

use crate::{capture::Capture, trace::Severity, words};

/// Messages that a notice shows at most; of earlier ones it says how many there are.
const SHOWN_MAX: usize = 5;

/// Messages that have not been dismissed.
#[derive(Debug, Default)]
pub(super) struct Messages {
    shown: Vec<(Severity, String)>,
    /// How many messages came before those in `shown`.
    earlier: u64,
    /// The number of the last message that was heard.
    heard: u64,
}

impl Messages {
    /// Takes in the new messages of the live capture. Returns whether there are any.
    pub(super) fn hear(&mut self, live: &Capture) -> bool {
        let messages = live.messages_since(self.heard);
        for message in &messages {
            self.heard = message.number;
            self.add(message.severity, message.text.to_string());
        }
        !messages.is_empty()
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

    /// Severity and text of a notice with all messages. `None`: there are none.
    pub(super) fn notice(&self) -> Option<(Severity, String)> {
        let severity = self.shown.iter().map(|(severity, _)| *severity).max()?;
        let earlier =
            (self.earlier > 0).then(|| format!("{} before:", words::plural(self.earlier, "message")));
        let lines: Vec<String> =
            earlier.into_iter().chain(self.shown.iter().map(|(_, words)| words.clone())).collect();
        Some((severity, lines.join("\n")))
    }

    /// The notice was dismissed.
    pub(super) fn dismiss(&mut self) {
        self.shown.clear();
        self.earlier = 0;
    }
}
