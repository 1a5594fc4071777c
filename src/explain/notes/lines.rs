//! Notes on messages of lines.

use std::sync::Arc;

use crate::{
    lines,
    trace::{ProtocolKind, Severity},
};

use super::{Context, Family, Finding, Note};

/// Something about a message of lines that is no error.
pub(super) const FAMILY: Family = Family { name: "lines", find };

#[derive(Debug)]
struct Noted(lines::Note);

impl Finding for Noted {
    fn sentence(&self) -> String {
        self.0.sentence().to_owned()
    }

    fn section(&self) -> &'static str {
        ""
    }
}

fn find(context: &Context<'_>, notes: &mut Vec<Note>) {
    let own = &context.request.own;
    if context.detail.protocol != ProtocolKind::Lines || own.end < own.start + 2 {
        return;
    }
    let end = own.end - 2..own.end;
    if context.request.bytes(&end) == b"\r\n" {
        let range = Some(end.start..end.start + 1);
        let finding = Arc::new(Noted(lines::Note::ReturnBeforeEnd));
        notes.push(Note { severity: Severity::Info, range, finding });
    }
}
