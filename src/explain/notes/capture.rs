//! Notes on bytes that are missing from what is shown.

use std::{collections::BTreeMap, sync::Arc};

use crate::{explain::absence, store::Absence, trace::Severity};

use super::{Context, Family, Finding, Note};

/// Notes on gaps in the capture.
pub(super) const FAMILY: Family = Family { name: "capture", find };

#[derive(Debug)]
struct Missing {
    bytes: u64,
    absence: Absence,
}

impl Finding for Missing {
    fn sentence(&self) -> String {
        format!("Of this exchange, {}", absence::words(self.bytes, self.absence))
    }

    fn section(&self) -> &'static str {
        ""
    }
}

fn find(context: &Context<'_>, notes: &mut Vec<Note>) {
    let detail = context.detail;
    let exchange = &detail.exchange;
    let messages = [(&detail.reads, Some(&exchange.request)), (&detail.writes, exchange.response.as_ref())];
    let mut sums: BTreeMap<Absence, u64> = BTreeMap::new();
    for (chunks, range) in messages.into_iter().filter_map(|(chunks, range)| Some((chunks, range?))) {
        for (part, absence) in Absence::all(chunks, range, detail.backing) {
            *sums.entry(absence).or_default() += part.end - part.start;
        }
    }
    for (absence, bytes) in sums {
        let severity = if absence == Absence::OnDisk { Severity::Info } else { Severity::Warning };
        notes.push(Note { severity, range: None, finding: Arc::new(Missing { bytes, absence }) });
    }
}
