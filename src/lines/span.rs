//! The parts of a message of lines.

use crate::{
    base::closed_list::closed_list,
    wire::{SpanFacts, SpanRole, Vocabulary},
};

closed_list! {
    /// The part of a message that a span is, in the order of the legend.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum SpanKind: pub SpanFacts {
        /// The message itself, without its end.
        Text {
            name: "message", role: SpanRole::Message, sample: "text", section: "",
            about: "The message. It may hold any byte but a line feed.",
        },
        /// The line feed that ends a message.
        LineEnd {
            name: "line feed", role: SpanRole::Separator, sample: "␊   ", section: "",
            about: "The line feed: the message ends here.",
        },
        /// `Echo: `, before the message that a reply repeats.
        Prefix {
            name: "prefix", role: SpanRole::Name, sample: "Echo", section: "",
            about: "What the server puts before the message it repeats.",
        },
        /// The byte that makes a message too long.
        Malformed {
            name: "malformed", role: SpanRole::Fault, sample: "!   ", section: "",
            about: "With this byte the message is longer than the limit.",
        },
        /// Bytes that nobody parsed: those after a message that is too long, or after `quit`.
        Unparsed {
            name: "not parsed", role: SpanRole::Unparsed, sample: "?   ", section: "",
            about: "These bytes were not read: the message before them ended the conversation.",
        },
    }
}

/// Something worth saying about a message that is no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Note {
    /// A carriage return stands before the line feed and is part of the message.
    ReturnBeforeEnd,
}

impl Note {
    /// One sentence that says it.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::ReturnBeforeEnd => {
                "The message ends with a carriage return (CR). Only the line feed ends a message here, so the CR is part of it."
            }
        }
    }
}

impl Vocabulary for SpanKind {
    type Note = Note;
    const CONTENT: Self = Self::Text;
    const MALFORMED: Self = Self::Malformed;
    const UNPARSED: Self = Self::Unparsed;
}
