//! Notes on bytes and events that are missing from the capture.

use std::sync::Arc;

use crate::{store::model::Chunk, trace::Severity, words::size};

use super::{Context, Family, Finding, Note};

/// Notes on gaps in the capture.
pub(super) const FAMILY: Family = Family { name: "capture", find };

#[derive(Debug)]
struct NotKept {
    bytes: u64,
}

impl Finding for NotKept {
    fn sentence(&self) -> String {
        format!(
            "{} of this exchange were sent or received and are not shown: of a message at most 8 MiB stay in memory. What is on disk is read from there to be saved and exported.",
            size(self.bytes)
        )
    }

    fn section(&self) -> &'static str {
        ""
    }
}

fn find(context: &Context<'_>, notes: &mut Vec<Note>) {
    let chunks = context.detail.reads.iter().chain(&context.detail.writes);
    let bytes: u64 = chunks.filter(|chunk| chunk.omitted()).map(|chunk: &Chunk| chunk.len).sum();
    if bytes > 0 {
        notes.push(Note { severity: Severity::Info, range: None, finding: Arc::new(NotKept { bytes }) });
    }
}
