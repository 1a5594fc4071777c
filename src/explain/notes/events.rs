//! Notes on the events of a stream, or on its lines of JSON.

use std::sync::Arc;

use super::{Context, Family, Finding, Note};
use crate::{
    events::{self, Format},
    explain::{events::EventStream, facts::content::Coding},
    trace::Severity,
    words,
};

/// Notes on streams of events.
pub(super) const FAMILY: Family = Family { name: "events", find };

/// Something about a stream.
#[derive(Debug)]
enum Found {
    /// A note of the machine, and how often it was made.
    Noted(events::Note, u64),
    /// The stream ended within an item.
    Discarded,
    /// The number of bytes that were not read, since bytes before them were not kept or are damaged.
    Unread(u64),
    /// The stream has codings that cannot be undone.
    Coded(Vec<Coding>),
    /// The number of items that are not listed.
    NotListed(u64),
}

#[derive(Debug)]
struct EventFinding {
    format: Format,
    found: Found,
}

impl Finding for EventFinding {
    fn sentence(&self) -> String {
        let facts = self.format.facts();
        match &self.found {
            Found::Noted(note, count) => {
                let times = match count {
                    1 => "Once".to_owned(),
                    2 => "Twice".to_owned(),
                    count => format!("{} times", words::count(*count)),
                };
                format!("{} {times} in the {}.", note.facts().sentence, facts.name)
            }
            Found::Discarded if self.format == Format::EventStream => {
                "The stream ended before the empty line, so a client discards the last event.".to_owned()
            }
            Found::Discarded => format!("The stream ended within a {}.", facts.item),
            Found::Unread(bytes) => format!(
                "{} of the {} were not read: bytes before them are not in the capture, or cannot be decoded.",
                words::plural(*bytes, "byte"),
                facts.name
            ),
            Found::Coded(codings) => {
                let names: Vec<String> =
                    codings.iter().map(|coding| words::escaped(coding.name().as_bytes())).collect();
                format!("The {} is encoded ({}), so its parts cannot be shown.", facts.name, names.join(", "))
            }
            Found::NotListed(count) => {
                format!("{} more are counted, but not listed.", words::plural(*count, facts.item))
            }
        }
    }

    fn section(&self) -> &'static str {
        match &self.found {
            Found::Noted(note, _) => note.facts().section,
            Found::Discarded => "HTML §9.2.6",
            Found::Unread(_) | Found::Coded(_) | Found::NotListed(_) => "",
        }
    }
}

fn find(context: &Context<'_>, notes: &mut Vec<Note>) {
    // What came from a backend is sent on as it is, so it is said once.
    for stream in context.events.iter().filter(|stream| stream.leg.is_none()) {
        for (severity, found) in of_stream(stream) {
            let finding = Arc::new(EventFinding { format: stream.format, found });
            notes.push(Note { severity, range: None, finding });
        }
    }
}

fn of_stream(stream: &EventStream) -> Vec<(Severity, Found)> {
    let noted = stream.notes.iter().map(|(note, count)| (Severity::Warning, Found::Noted(*note, *count)));
    let mut found: Vec<_> = noted.collect();
    if !stream.undecoded.is_empty() {
        found.push((Severity::Info, Found::Coded(stream.undecoded.clone())));
    } else if stream.unread > 0 {
        found.push((Severity::Info, Found::Unread(stream.unread)));
    } else if stream.is_over && stream.open.is_some() {
        found.push((Severity::Warning, Found::Discarded));
    }
    if stream.not_listed > 0 {
        found.push((Severity::Info, Found::NotListed(stream.not_listed)));
    }
    found
}
