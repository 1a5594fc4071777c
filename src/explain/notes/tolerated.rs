//! Notes on parts of the request that the machine tolerated.

use std::sync::Arc;

use super::{Context, Family, Finding, Note};
use crate::explain::kinds::MachineNote;

/// Notes on bytes of the request that are unusual but allowed.
pub(super) const FAMILY: Family = Family { name: "tolerated", find };

impl Finding for MachineNote {
    fn sentence(&self) -> String {
        self.sentence.to_owned()
    }

    fn section(&self) -> &'static str {
        self.section
    }
}

fn find(context: &Context<'_>, notes: &mut Vec<Note>) {
    let tolerated = context.request.tolerated.iter();
    notes.extend(tolerated.map(|(note, range)| Note {
        severity: note.severity,
        range: Some(range.clone()),
        finding: Arc::new(*note),
    }));
}
