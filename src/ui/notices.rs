//! Notices: what went wrong, and what was done. One for each topic; what was merely done goes by itself.

use std::{collections::BTreeMap, time::Duration};

use crate::trace::Severity;

use super::command::{Command, Topic};

/// Seconds for which a notice is shown that something was done.
const DONE_SECS: f64 = 6.0;
/// Seconds for which a notice is shown that can be acted on, such as by taking back what was done.
const ACTION_SECS: f64 = 30.0;

/// A notice.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// How much it matters. A notice of [`Severity::Info`] goes by itself.
    pub severity: Severity,
    /// The sentence.
    pub words: String,
    /// The name of a button, and its command. `None`: there is none.
    pub action: Option<(&'static str, Box<Command>)>,
    /// When it goes, in seconds on the clock of the frames. `None`: it stays, or was not shown yet.
    until: Option<f64>,
}

/// The notices, one for each topic.
#[derive(Clone, Debug, Default)]
pub struct Notices(BTreeMap<Topic, Notice>);

impl Notices {
    /// Shows a notice in place of the one on the same topic.
    pub fn show(&mut self, topic: Topic, severity: Severity, words: String) {
        self.0.insert(topic, Notice { severity, words, action: None, until: None });
    }

    /// Shows that something was done, and a button.
    pub fn offer(&mut self, topic: Topic, words: String, action: (&'static str, Command)) {
        let action = Some((action.0, Box::new(action.1)));
        self.0.insert(topic, Notice { severity: Severity::Info, words, action, until: None });
    }

    /// The notice on a topic. `None`: there is none.
    #[must_use]
    pub fn get(&self, topic: Topic) -> Option<&Notice> {
        self.0.get(&topic)
    }

    /// Removes the notice on a topic.
    pub fn remove(&mut self, topic: Topic) {
        self.0.remove(&topic);
    }

    /// All of them, in the order of their topics.
    pub fn iter(&self) -> impl Iterator<Item = (Topic, &Notice)> {
        self.0.iter().map(|(topic, notice)| (*topic, notice))
    }

    /// Removes the notices whose time is over at `now_secs`. Returns the topics of those, and the time until the next
    /// one goes; `None`: the rest stays.
    pub fn expire(&mut self, now_secs: f64) -> (Vec<Topic>, Option<Duration>) {
        let mut next: Option<f64> = None;
        let mut gone = Vec::new();
        self.0.retain(|topic, notice| {
            if notice.severity > Severity::Info {
                return true;
            }
            let shown_secs = if notice.action.is_some() { ACTION_SECS } else { DONE_SECS };
            let until = *notice.until.get_or_insert(now_secs + shown_secs);
            if until <= now_secs {
                gone.push(*topic);
                return false;
            }
            next = Some(next.map_or(until, |next| next.min(until)));
            true
        });
        (gone, next.map(|until| Duration::from_secs_f64(until - now_secs)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_goes_and_what_went_wrong_stays() {
        let mut notices = Notices::default();
        notices.show(Topic::Capture, Severity::Info, "Saved.".to_owned());
        notices.show(Topic::Folder, Severity::Error, "It is gone.".to_owned());
        notices.offer(Topic::Cleared, "Cleared.".to_owned(), ("Undo", Command::StopServer));
        let (gone, next) = notices.expire(100.0);
        assert_eq!((gone, next), (Vec::new(), Some(Duration::from_secs(6))));
        assert_eq!(notices.expire(106.0).0, [Topic::Capture]);
        let (gone, next) = notices.expire(130.0);
        assert_eq!((gone, next), (vec![Topic::Cleared], None));
        assert_eq!(notices.iter().map(|(topic, _)| topic).collect::<Vec<_>>(), [Topic::Folder]);
        // A newer one has its own time.
        notices.show(Topic::Capture, Severity::Info, "Saved again.".to_owned());
        assert_eq!(notices.expire(200.0), (Vec::new(), Some(Duration::from_secs(6))));
    }
}
