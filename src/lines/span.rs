//! The parts of a message of lines.

use crate::wire::Vocabulary;

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

/// What is known of a kind.
struct Facts {
    name: &'static str,
    about: &'static str,
}

impl SpanKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Text, Self::LineEnd, Self::Prefix, Self::Malformed, Self::Unparsed];

    const fn facts(self) -> Facts {
        match self {
            Self::Text => {
                Facts { name: "message", about: "The message. It may hold any byte but a line feed." }
            }
            Self::LineEnd => Facts { name: "line feed", about: "The line feed: the message ends here." },
            Self::Prefix => {
                Facts { name: "prefix", about: "What the server puts before the message it repeats." }
            }
            Self::Malformed => {
                Facts { name: "malformed", about: "With this byte the message is longer than the limit." }
            }
            Self::Unparsed => Facts {
                name: "not parsed",
                about: "These bytes were not read: the message before them ended the conversation.",
            },
        }
    }

    /// The name shown in the legend and on hover.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// One sentence on what a part of this kind is.
    #[must_use]
    pub const fn about(self) -> &'static str {
        self.facts().about
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
    const MALFORMED: Self = Self::Malformed;
    const UNPARSED: Self = Self::Unparsed;
}
