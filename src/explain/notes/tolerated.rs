//! What the machine tolerated in the request.

use std::sync::Arc;

use crate::{http, trace::Severity};

use super::{Context, Family, Finding, Note};

/// What is unusual in the bytes of the request, and allowed.
pub(super) const FAMILY: Family = Family { name: "tolerated", find };

#[derive(Debug)]
struct Tolerated(http::Note);

impl Finding for Tolerated {
    fn sentence(&self) -> String {
        facts(self.0).1.to_owned()
    }

    fn section(&self) -> &'static str {
        facts(self.0).2
    }
}

fn find(context: &Context<'_>, notes: &mut Vec<Note>) {
    let tolerated = context.request.tolerated.iter();
    notes.extend(tolerated.map(|(note, range)| Note {
        severity: facts(*note).0,
        range: Some(range.clone()),
        finding: Arc::new(Tolerated(*note)),
    }));
}

/// Severity, sentence and clause.
const fn facts(note: http::Note) -> (Severity, &'static str, &'static str) {
    match note {
        http::Note::EmptyLinesSkipped => {
            (Severity::Info, "Empty lines before the request line were skipped.", "RFC 9112 §2.2")
        }
        http::Note::OpaqueFieldValue => (
            Severity::Warning,
            "A field value contains bytes above 0x7F. HTTP does not define which characters they stand for.",
            "RFC 9110 §5.5",
        ),
        http::Note::ChunkExtensionIgnored => {
            (Severity::Info, "A chunk extension was read and ignored.", "RFC 9112 §7.1.1")
        }
        http::Note::TrailersKeptApart => (
            Severity::Info,
            "Trailer fields came after the body. They are kept apart from the header fields, so that a trailer cannot change what was decided by them.",
            "RFC 9110 §6.5.1",
        ),
        http::Note::LaterMinorVersion => (
            Severity::Info,
            "The client uses a later minor version than HTTP/1.1; the response is HTTP/1.1, which it understands.",
            "RFC 9110 §6.2",
        ),
        http::Note::TargetOverridesHost => (
            Severity::Info,
            "The target is a complete URI, whose host overrides the Host field.",
            "RFC 9112 §3.2.2",
        ),
    }
}
