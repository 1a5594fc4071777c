//! Notes of the server on messages.

use std::{fmt, ops::Range, sync::Arc};

use super::Cause;

/// The severity of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Information; nothing is wrong.
    Info,
    /// Unusual, but tolerated.
    Warning,
    /// A broken rule, or a failure.
    Error,
}

impl Severity {
    /// All severities, in ascending order.
    pub const ALL: &[Self] = &[Self::Info, Self::Warning, Self::Error];

    /// The stable name in files and in JSON, which is also the word shown to people.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The severity with this key. `None`: unknown key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|severity| severity.key() == key)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

/// A note on a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Severity of the note.
    pub severity: Severity,
    /// The request bytes that the note refers to, as stream offsets. `None`: it refers to no bytes. Boxed, because few
    /// notes have any, and all events are as large as the largest.
    pub span: Option<Box<Range<u64>>>,
    /// The contents of the note.
    pub kind: NoteKind,
}

/// The contents of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// The request breaks a rule. With the byte at fault, if it is a single one.
    Violation(Cause, Option<u8>),
    /// The file shrank while it was sent: this many bytes of the announced length are missing.
    FileShrank(u64),
    /// Reading the file failed while it was sent.
    FileFailed(Arc<str>),
    /// Bytes arrived after the last message of this connection and were not read.
    BytesAfterLast(u64),
    /// TCP handed over an urgent byte (RFC 9293 §3.8.5), which is no part of the stream.
    UrgentByte {
        /// The byte.
        byte: u8,
        /// The stream offset at which it stood.
        offset: u64,
    },
    /// What was done to the exchange on purpose, in a sentence.
    Trouble(Arc<str>),
    /// Any other note, in plain words.
    Text(Arc<str>),
}

impl Note {
    /// Whether the note says that a frame of a WebSocket breaks a rule.
    #[must_use]
    pub const fn is_of_frame(&self) -> bool {
        matches!(self.kind, NoteKind::Violation(Cause::WebSocket(_), _))
    }
}

impl NoteKind {
    /// The stable names of all kinds.
    pub const KEYS: &[&str] =
        &["violation", "file_shrank", "file_failed", "bytes_after_last", "urgent_byte", "trouble", "text"];

    /// The stable name of the kind, in files and in JSON: `file_shrank`.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.facts().0
    }

    /// The clause behind the note: `RFC 9112 §9.6`. Empty: no clause.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        self.facts().1
    }

    /// Key and clause.
    const fn facts(&self) -> (&'static str, &'static str) {
        match self {
            Self::Violation(cause, _) => ("violation", cause.section()),
            Self::FileShrank(_) => ("file_shrank", "RFC 9112 §8"),
            Self::FileFailed(_) => ("file_failed", "RFC 9112 §8"),
            Self::BytesAfterLast(_) => ("bytes_after_last", "RFC 9112 §9.6"),
            Self::UrgentByte { .. } => ("urgent_byte", "RFC 9293 §3.8.5"),
            Self::Trouble(_) => ("trouble", ""),
            Self::Text(_) => ("text", ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_ordered_and_known_by_their_keys() {
        assert!(Severity::ALL.is_sorted());
        for severity in Severity::ALL {
            assert_eq!(Severity::from_key(severity.key()), Some(*severity));
        }
    }

    #[test]
    fn each_kind_of_note_has_a_key_of_its_own() {
        let kinds = NoteKind::samples();
        assert!(kinds.iter().map(NoteKind::key).eq(NoteKind::KEYS.iter().copied()));
    }
}
