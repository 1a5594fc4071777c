//! The faults of a message of lines, as one table.

use crate::{
    base::closed_list::{closed_list, keyed},
    wire::{self, Class},
};

/// A message that breaks a rule of the protocol of lines.
pub type Violation = wire::Violation<Rule>;

/// A row of the table of rules.
#[derive(Clone, Copy, Debug)]
pub struct RuleFacts {
    /// The stable name in files and in JSON.
    pub key: &'static str,
    /// In what way the message is at fault. `None`: in none.
    pub class: Option<Class>,
    /// One sentence that says what is wrong.
    pub sentence: &'static str,
}

closed_list! {
    /// Why a message of lines gets no ordinary reply: its bytes break a rule, or exceed a limit of the
    /// server.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Rule: pub RuleFacts {
        /// A message is longer than the limit.
        LineTooLong {
            key: "line_too_long", class: Some(Class::OverLimit),
            sentence: "The message is longer than this server allows.",
        },
        /// The stream ends in the middle of a message.
        LineUnfinished {
            key: "line_unfinished", class: Some(Class::Incomplete),
            sentence: "The connection ended in the middle of a message.",
        },
        /// The rest of a message does not come in time.
        LineLate {
            key: "line_late", class: Some(Class::Incomplete),
            sentence: "The rest of the message did not come in time.",
        },
        /// No room for another connection.
        LinesCrowded { key: "lines_crowded", class: None, sentence: "There are too many connections." },
    }
}

keyed!(Rule);
