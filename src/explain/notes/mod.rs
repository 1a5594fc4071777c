//! Notes on an exchange: those of the server, those of the machine that reads the bytes, and those that
//! follow from the exchange as a whole. Each family has a file here and a line in [`FAMILIES`].

mod arrival;
mod capture;
mod connection;
mod events;
mod ignored;
mod rule;
mod server;
#[cfg(test)]
mod tests;
mod tolerated;

use std::{fmt, ops::Range, sync::Arc};

use crate::{
    http::Head,
    store::model::Detail,
    trace::{Cause, Severity},
};

use super::{
    events::EventStream,
    facts::{fault::Fault, stream::StreamFacts},
};
pub use rule::byte_name;
pub use server::in_words;

/// A note on an exchange.
#[derive(Clone, Debug)]
pub struct Note {
    /// Severity of the note.
    pub severity: Severity,
    /// The request bytes that the note refers to. `None`: it refers to no bytes, or they were not kept.
    pub range: Option<Range<u64>>,
    finding: Arc<dyn Finding>,
}

/// The subject of a note. Made by one family, which also provides the words.
trait Finding: fmt::Debug + Send + Sync {
    /// The note in plain words.
    fn sentence(&self) -> String;
    /// The clause behind the note: `RFC 9112 §6.2`. Empty: no clause.
    fn section(&self) -> &'static str;
    /// Why the request is refused, and the byte at fault if it is a single one. `None`: the note is not about
    /// a refusal.
    fn cause(&self) -> Option<(Cause, Option<u8>)> {
        None
    }
}

impl Note {
    /// The note in plain words.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.finding.sentence()
    }

    /// The clause behind the note: `RFC 9112 §6.2`. Empty: no clause.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.finding.section()
    }

    /// Why the request is refused. `None`: the note is not about a refusal.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        self.finding.cause().map(|(cause, _)| cause)
    }

    /// The fault that the note is about. `None`: the note is not about a refusal.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.finding.cause().map(|(cause, found)| Fault { cause, span: self.range.clone(), found })
    }
}

/// The input of a family.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The exchange as the capture has it.
    pub detail: &'a Detail,
    /// The facts of the request.
    pub request: &'a StreamFacts,
    /// The head of the request, as far as it can be read. `None`: not even the first token is known.
    pub head: Option<&'a Head>,
    /// The streams of events.
    pub events: &'a [EventStream],
    /// A sentence on what the server waits for while the first part of the message arrives, and its clause.
    pub waiting: (&'static str, &'static str),
}

/// A group of notes that are found in the same way.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Name of the family in tests.
    pub name: &'static str,
    /// Adds the notes that it finds.
    find: fn(&Context<'_>, &mut Vec<Note>),
}

/// All families, in the order in which their notes are shown.
pub const FAMILIES: &[Family] = &[
    server::FAMILY,
    rule::FAMILY,
    tolerated::FAMILY,
    ignored::FAMILY,
    arrival::FAMILY,
    connection::FAMILY,
    events::FAMILY,
    capture::FAMILY,
];

/// All notes on an exchange.
pub(super) fn find(context: &Context<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    for family in FAMILIES {
        (family.find)(context, &mut notes);
    }
    notes
}
