//! Kinds of spans, and notes of the machines of all protocols, in one form.

use crate::{
    events, http, lines,
    trace::Severity,
    websocket,
    wire::{SpanFacts, SpanRole},
};

/// The kind of a span, in the words of its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A part of an HTTP message.
    Http(http::SpanKind),
    /// A part of a message of lines.
    Lines(lines::SpanKind),
    /// A part of a WebSocket frame.
    WebSocket(websocket::SpanKind),
    /// A part of an event, or of a JSON text in a stream.
    Events(events::SpanKind),
}

impl Kind {
    /// The kind's row of the table that its protocol has.
    #[must_use]
    pub const fn facts(self) -> &'static SpanFacts {
        match self {
            Self::Http(kind) => kind.facts(),
            Self::Lines(kind) => kind.facts(),
            Self::WebSocket(kind) => kind.facts(),
            Self::Events(kind) => kind.facts(),
        }
    }

    /// The name shown in the legend and on hover.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// The part that a span of the kind plays in a message.
    #[must_use]
    pub const fn role(self) -> SpanRole {
        self.facts().role
    }
}

impl From<http::SpanKind> for Kind {
    fn from(kind: http::SpanKind) -> Self {
        Self::Http(kind)
    }
}

impl From<lines::SpanKind> for Kind {
    fn from(kind: lines::SpanKind) -> Self {
        Self::Lines(kind)
    }
}

impl PartialEq<http::SpanKind> for Kind {
    fn eq(&self, other: &http::SpanKind) -> bool {
        *self == Self::Http(*other)
    }
}

/// A note of a machine on a message, which is not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MachineNote {
    /// Severity of the note.
    pub severity: Severity,
    /// The note as one sentence.
    pub sentence: &'static str,
    /// The clause behind the note: `RFC 9112 §2.2`. Empty: no clause.
    pub section: &'static str,
}
