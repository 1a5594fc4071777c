//! The rules that a message of lines can break, as one table.

use crate::wire;

/// A message that breaks a rule of the protocol of lines.
pub type Violation = wire::Violation<Rule>;

/// A rule of the protocol of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A message is longer than the limit.
    LineTooLong,
    /// The stream ends in the middle of a message.
    LineUnfinished,
}

/// What is known of a rule.
struct Facts {
    key: &'static str,
    sentence: &'static str,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 2] = [Self::LineTooLong, Self::LineUnfinished];

    const fn facts(self) -> Facts {
        match self {
            Self::LineTooLong => {
                Facts { key: "line_too_long", sentence: "The message is longer than this server allows." }
            }
            Self::LineUnfinished => {
                Facts { key: "line_unfinished", sentence: "The connection ended in the middle of a message." }
            }
        }
    }

    /// The name by which files and programs know the rule. It never changes.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.facts().key
    }

    /// The rule with this key. `None`: there is none.
    #[must_use]
    pub fn by_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.key() == key)
    }

    /// One sentence that says what is wrong.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        self.facts().sentence
    }
}
