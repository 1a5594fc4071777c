//! Notes made by the server while it served the exchange.

use std::sync::Arc;

use crate::{
    trace::NoteKind,
    words::{self, escaped, plural},
};

use super::{Context, Family, Finding, Note, rule};

/// The notes of the server, in the order in which it made them.
pub(super) const FAMILY: Family = Family { name: "server", find };

#[derive(Debug)]
struct ServerNote(NoteKind);

impl Finding for ServerNote {
    fn sentence(&self) -> String {
        in_words(&self.0)
    }

    fn section(&self) -> &'static str {
        self.0.section()
    }
}

fn find(context: &Context<'_>, notes: &mut Vec<Note>) {
    for (_, note) in &context.detail.exchange.notes {
        notes.push(match note.kind {
            NoteKind::Violation(broken, found) => {
                rule::note(note.severity, broken, found, note.span.as_deref().cloned(), context)
            }
            _ => Note {
                severity: note.severity,
                range: note.span.as_deref().cloned(),
                finding: Arc::new(ServerNote(note.kind.clone())),
            },
        });
    }
}

/// A note of the server in one line.
#[must_use]
pub fn in_words(kind: &NoteKind) -> String {
    match kind {
        NoteKind::Violation(broken, found) => {
            let found = found.map(|byte| format!(" Found {}.", rule::byte_name(byte))).unwrap_or_default();
            format!("{}{found}", broken.sentence())
        }
        NoteKind::FileShrank(missing) => {
            format!("The file shrank while it was sent: {} are missing.", plural(*missing, "byte"))
        }
        NoteKind::FileFailed(error) => {
            format!("Reading the file failed while it was sent: {}.", escaped(error.as_bytes()))
        }
        NoteKind::BytesAfterLast(bytes) => format!(
            "{} arrived after the last message of the connection and were not read.",
            plural(*bytes, "byte")
        ),
        NoteKind::UrgentByte { byte, offset } => format!(
            "An urgent byte, {}, arrived at {} of the connection. TCP hands it over apart from the \
             stream, of which it is no part.",
            rule::byte_name(*byte),
            words::offset(*offset)
        ),
        NoteKind::Trouble(text) | NoteKind::Text(text) => escaped(text.as_bytes()),
    }
}
