//! Notes on the cause of a refusal.

use std::sync::Arc;

use crate::{
    trace::{Cause, NoteKind, Severity},
    words::offset,
};

use super::{Context, Family, Finding, Note};
use crate::explain::facts::fault::locate_fault;

/// Notes on the fault of the request, if the server's notes do not report it.
pub(super) const FAMILY: Family = Family { name: "rule", find };

/// A refused request.
#[derive(Debug)]
pub(super) struct Broken {
    /// Why the request is refused.
    pub cause: Cause,
    /// The byte at fault. `None`: the fault is not a single byte.
    pub found: Option<u8>,
    /// Place of the byte at fault in its message, from 0. `None`: unknown.
    pub place: Option<u64>,
}

impl Finding for Broken {
    fn sentence(&self) -> String {
        let sentence = self.cause.sentence();
        match (self.found, self.place) {
            (None, _) => sentence.to_owned(),
            (Some(byte), None) => format!("{sentence} Found {}.", byte_name(byte)),
            (Some(byte), Some(place)) => {
                format!("{sentence} Found {}, at {}.", byte_name(byte), offset(place))
            }
        }
    }

    fn section(&self) -> &'static str {
        self.cause.section()
    }

    fn cause(&self) -> Option<(Cause, Option<u8>)> {
        Some((self.cause, self.found))
    }
}

/// A note on a refused request. If `span` is `None`, the bytes at fault are searched for.
pub(super) fn note(
    severity: Severity,
    cause: Cause,
    found: Option<u8>,
    span: Option<std::ops::Range<u64>>,
    context: &Context<'_>,
) -> Note {
    let start = context.request.own.start;
    let place = span.as_ref().map(|span| span.start.saturating_sub(start));
    let range = span.or_else(|| locate_fault(cause, context.head, context.request));
    Note { severity, range, finding: Arc::new(Broken { cause, found, place }) }
}

fn find(context: &Context<'_>, notes: &mut Vec<Note>) {
    let exchange = &context.detail.exchange;
    let told = |cause: Cause| {
        let is = |kind: &NoteKind| matches!(kind, NoteKind::Violation(broken, _) if *broken == cause);
        exchange.notes.iter().any(|(_, note)| is(&note.kind))
    };
    let machine = context.request.violation.as_ref().filter(|violation| !told(violation.rule));
    if let Some(violation) = machine {
        let span = Some(violation.span.clone());
        notes.push(note(Severity::Error, violation.rule, violation.found, span, context));
    }
    let also = |cause: &Cause| machine.is_some_and(|violation| violation.rule == *cause);
    if let Some(cause) = exchange.refusal.filter(|cause| !told(*cause) && !also(cause)) {
        notes.push(note(Severity::Warning, cause, None, None, context));
    }
}

/// A byte by value and name: `0x0A (LF)`, `0x41 ("A")`.
#[must_use]
pub fn byte_name(byte: u8) -> String {
    let name = match byte {
        b'\t' => "tab".to_owned(),
        b'\n' => "LF".to_owned(),
        b'\r' => "CR".to_owned(),
        b' ' => "space".to_owned(),
        0 => "NUL".to_owned(),
        0x7f | 0..=0x1f => "a control byte".to_owned(),
        0x80.. => "not ASCII".to_owned(),
        _ => format!("\"{}\"", char::from(byte)),
    };
    format!("0x{byte:02X} ({name})")
}
