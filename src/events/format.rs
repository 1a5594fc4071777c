//! The formats of streams whose content is a list of items.

use crate::base::closed_list::{closed_list, keyed};

/// A row of the table of formats.
#[derive(Clone, Copy, Debug)]
pub struct FormatFacts {
    /// The stable name in JSON.
    pub key: &'static str,
    /// The name of the format: `event stream`.
    pub name: &'static str,
    /// What a list of items is called: `Events`.
    pub title: &'static str,
    /// The name of one item: `event`.
    pub item: &'static str,
    /// The media types that stand for the format, in lower case.
    pub media_types: &'static [&'static str],
    /// The standard behind the format.
    pub section: &'static str,
}

closed_list! {
    /// A format.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Format: pub FormatFacts {
        /// Events with fields, each ended by an empty line.
        EventStream {
            key: "event-stream", name: "event stream", title: "Events", item: "event", media_types: &["text/event-stream"],
            section: "HTML §9.2.5",
        },
        /// One JSON text a line.
        Lines {
            key: "ndjson", name: "lines of JSON", title: "Lines", item: "line",
            media_types: &[
                "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonl",
                "application/jsonlines", "application/x-jsonlines", "application/json-lines",
            ],
            section: "NDJSON §3.1",
        },
        /// JSON texts, each after a record separator.
        Sequence {
            key: "json-seq", name: "JSON text sequence", title: "Texts", item: "text", media_types: &["application/json-seq"],
            section: "RFC 7464 §2.2",
        },
    }
}

keyed!(Format);

impl Format {
    /// The format for which a media type stands. `essence`: the type without parameters, in lower case. `None`: it is
    /// none of these.
    #[must_use]
    pub fn of_media_type(essence: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.facts().media_types.contains(&essence))
    }
}
