//! What the server says of itself, such as a folder that is gone. Each message is shown, also while an
//! opened file is, until the notice is dismissed.

use crate::{
    capture::Capture,
    trace::{Nanos, Severity},
    words::text,
};

/// Messages that a notice shows at most; of earlier ones it says how many there are.
const SHOWN_MAX: usize = 5;

/// Messages that have not been dismissed.
#[derive(Debug, Default)]
pub(super) struct Messages {
    shown: Vec<(Severity, String)>,
    /// How many messages came before those in `shown`.
    earlier: u64,
    /// The time of the newest message that was heard, and how many of that time were.
    heard: (Nanos, usize),
}

impl Messages {
    /// Takes in what the live capture has that is new. Returns whether there was something.
    pub(super) fn hear(&mut self, live: &Capture) -> bool {
        let messages = live.read(crate::store::Store::announcements);
        let mut of_time = 0;
        let mut new = false;
        for (at, severity, words) in messages {
            if at == self.heard.0 {
                of_time += 1;
            }
            if at < self.heard.0 || (at == self.heard.0 && of_time <= self.heard.1) {
                continue;
            }
            if at > self.heard.0 {
                self.heard = (at, 0);
                of_time = 1;
            }
            self.heard.1 += 1;
            self.add(severity, words.to_string());
            new = true;
        }
        new
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
            (self.earlier > 0).then(|| format!("{} before:", text::plural(self.earlier, "message")));
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
