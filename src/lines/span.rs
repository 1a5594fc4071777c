//! The parts of a message of lines.

use crate::wire::{SpanFacts, SpanRole, Vocabulary};

/// What part of a message a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpanKind {
    /// The message itself, without its end.
    Text,
    /// The line feed that ends a message.
    LineEnd,
    /// `Echo: `, before the message that a reply repeats.
    Prefix,
    /// The byte that makes a message too long.
    Malformed,
    /// Bytes that nobody parsed: those after a message that is too long, or after `quit`.
    Unparsed,
}

impl SpanKind {
    /// All kinds, in the order of the legend.
    pub const ALL: [Self; 5] = [Self::Text, Self::LineEnd, Self::Prefix, Self::Malformed, Self::Unparsed];

    /// The kind's row of the table.
    #[must_use]
    pub const fn facts(self) -> SpanFacts {
        let (name, role, sample, about) = match self {
            Self::Text => {
                ("message", SpanRole::Message, "text", "The message. It may hold any byte but a line feed.")
            }
            Self::LineEnd => {
                ("line feed", SpanRole::Separator, "␊   ", "The line feed: the message ends here.")
            }
            Self::Prefix => {
                ("prefix", SpanRole::Name, "Echo", "What the server puts before the message it repeats.")
            }
            Self::Malformed => {
                ("malformed", SpanRole::Fault, "!   ", "With this byte the message is longer than the limit.")
            }
            Self::Unparsed => (
                "not parsed",
                SpanRole::Unparsed,
                "?   ",
                "These bytes were not read: the message before them ended the conversation.",
            ),
        };
        SpanFacts { name, role, sample, section: "", about }
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
