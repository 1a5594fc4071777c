//! What keeps a message of lines from its reply, as one table.

use crate::wire::{self, Class};

/// A message that breaks a rule of the protocol of lines.
pub type Violation = wire::Violation<Rule>;

/// What keeps a message of lines from its reply: a rule that its bytes break, or a limit of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A message is longer than the limit.
    LineTooLong,
    /// The stream ends in the middle of a message.
    LineUnfinished,
    /// The rest of a message does not come in time.
    LineLate,
    /// No room for another connection.
    LinesCrowded,
}

/// What is known of a rule.
struct Facts {
    key: &'static str,
    class: Option<Class>,
    sentence: &'static str,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 4] = [Self::LineTooLong, Self::LineUnfinished, Self::LineLate, Self::LinesCrowded];

    const fn facts(self) -> Facts {
        match self {
            Self::LineTooLong => Facts {
                key: "line_too_long",
                class: Some(Class::OverLimit),
                sentence: "The message is longer than this server allows.",
            },
            Self::LineUnfinished => Facts {
                key: "line_unfinished",
                class: Some(Class::Incomplete),
                sentence: "The connection ended in the middle of a message.",
            },
            Self::LineLate => Facts {
                key: "line_late",
                class: Some(Class::Incomplete),
                sentence: "The rest of the message did not come in time.",
            },
            Self::LinesCrowded => {
                Facts { key: "lines_crowded", class: None, sentence: "There are too many connections." }
            }
        }
    }

    /// The name by which files and programs know the rule. It never changes.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.facts().key
    }

    /// In what way the message is at fault. `None`: in none.
    #[must_use]
    pub const fn class(self) -> Option<Class> {
        self.facts().class
    }

    /// One sentence that says what is wrong.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        self.facts().sentence
    }
}
