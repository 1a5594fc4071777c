//! Notes on parts of the request that the machine tolerated.

use std::sync::Arc;

use super::{Context, Family, Finding, Note};
use crate::explain::kinds::Remark;

/// Notes on bytes of the request that are unusual but allowed.
pub(super) const FAMILY: Family = Family { name: "tolerated", find };

impl Finding for Remark {
    fn sentence(&self) -> String {
        self.sentence.to_owned()
    }

    fn section(&self) -> &'static str {
        self.section
    }
}

fn find(context: &Context<'_>, notes: &mut Vec<Note>) {
    let remarks = context.request.tolerated.iter();
    notes.extend(remarks.map(|(remark, range)| Note {
        severity: remark.severity,
        range: Some(range.clone()),
        finding: Arc::new(*remark),
    }));
}
