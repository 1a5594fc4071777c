//! Notes on an exchange: what the server noted, what the machine that reads the bytes finds, and what shows only
//! when the exchange is seen as a whole. Each family stands in a file of its own; a new one is its file and a
//! line in [`FAMILIES`].

mod arrival;
mod capture;
mod connection;
mod rule;
mod server;
mod tolerated;

use std::{fmt, ops::Range, sync::Arc};

use crate::{
    http::Head,
    store::model::Detail,
    trace::{Cause, Severity},
};

use super::facts::{fault::Fault, stream::StreamFacts};
pub use rule::byte_name;
pub use server::headline;

/// A note on an exchange.
#[derive(Clone, Debug)]
pub struct Note {
    /// How much it matters.
    pub severity: Severity,
    /// The request bytes that it is about. `None`: it is about no bytes, or they are not kept.
    pub range: Option<Range<u64>>,
    finding: Arc<dyn Finding>,
}

/// What a note is about. Made by one family, which also has its words.
trait Finding: fmt::Debug + Send + Sync {
    /// The note in plain words.
    fn sentence(&self) -> String;
    /// The clause behind it: `RFC 9112 §6.2`. Empty: there is none.
    fn section(&self) -> &'static str;
    /// Why the request is refused, and the byte at fault where it is one. `None`: the note is about something
    /// else.
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

    /// The clause behind the note: `RFC 9112 §6.2`. Empty: there is none.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.finding.section()
    }

    /// Why the request is refused. `None`: the note is about something else.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        self.finding.cause().map(|(cause, _)| cause)
    }

    /// The fault that the note is about. `None`: the note is about something else.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.finding.cause().map(|(cause, found)| Fault { cause, span: self.range.clone(), found })
    }
}

/// What a family looks at.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What the capture has of the exchange.
    pub detail: &'a Detail,
    /// The facts of the request.
    pub request: &'a StreamFacts,
    /// The head of the request, as far as it can be read.
    pub head: Option<&'a Head>,
    /// A sentence on what the server waits for while the first part of the message arrives, and its clause.
    pub waiting: (&'static str, &'static str),
}

/// Notes that are found in the same way.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// What the family is called in tests.
    pub name: &'static str,
    /// Adds what is found.
    find: fn(&Context<'_>, &mut Vec<Note>),
}

/// All families, in the order in which their notes are shown.
pub const FAMILIES: &[Family] =
    &[server::FAMILY, rule::FAMILY, tolerated::FAMILY, arrival::FAMILY, connection::FAMILY, capture::FAMILY];

/// All notes on an exchange.
pub(super) fn find(context: &Context<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    for family in FAMILIES {
        (family.find)(context, &mut notes);
    }
    notes
}
