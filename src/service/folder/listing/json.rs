//! Folder listings as JSON, for programs.

use serde::Serialize;

use crate::base::calendar::timestamp;

use super::{Entry, Renderer};

/// The value for Content-Type.
pub(super) const MEDIA_TYPE: &str = "application/json";

/// Writes one object, with each entry on a line of its own.
pub(super) struct Json;

/// An entry as JSON. Missing values are left out.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    href: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
}

impl Renderer for Json {
    fn begin(&self, into: &mut Vec<u8>, shown: &str, search: &str) {
        into.extend_from_slice(b"{\"path\":");
        write(into, &shown);
        if !search.is_empty() {
            into.extend_from_slice(b",\"search\":");
            write(into, &search);
        }
        into.extend_from_slice(b",\"entries\":[");
    }

    fn entry(&self, into: &mut Vec<u8>, entry: &Entry, first: bool) {
        let row = Row {
            name: &entry.text(),
            kind: if entry.is_dir { "folder" } else { "file" },
            href: entry.href(),
            size: (!entry.is_dir).then_some(entry.len),
            modified: entry.modified.map(|secs| timestamp(secs, 'T') + "Z"),
        };
        into.extend_from_slice(if first { b"\n" } else { b",\n" });
        write(into, &row);
    }

    fn end(&self, into: &mut Vec<u8>, _counted: (usize, usize), missing: Option<&str>) {
        into.extend_from_slice(b"\n],\"complete\":");
        write(into, &missing.is_none());
        into.extend_from_slice(b"}\n");
    }
}

fn write(into: &mut Vec<u8>, value: &impl Serialize) {
    // Writing to memory cannot fail, and neither can serializing these types.
    let _ = serde_json::to_writer(into, value);
}
