//! What is known of an exchange, structured and without words. Sentences are made of it last, by whoever shows
//! them: [`tree`](super::tree), [`timeline`](super::timeline), [`notes`] and
//! [`viewers`](super::viewers) have one function for each kind of fact.

pub(super) mod content;
pub(super) mod fault;
pub(super) mod parts;
pub(super) mod places;
pub(super) mod reading;
pub(super) mod stream;
pub(super) mod timeline;

use crate::{
    base::stream::{Direction, Nanos},
    http::{Head, ResponseHead},
    store::model::Detail,
};

use super::notes::Note;
pub use content::{Coding, ContentType, MediaType, Placed};
pub use fault::{Fault, locate_fault};
pub use parts::{ChunkParts, FieldParts, HeadParts, Parts};
pub use places::{Boundary, Marker, Place};
pub use reading::{Leaf, MessageRange};
pub use stream::{Decider, Decision, StreamFacts};
pub use timeline::{Band, Happening, TimelineEntry};

/// Everything that is known of one exchange: a pure function of its [`Detail`], made once for each version of it
/// and shared by all who show or export it.
#[derive(Debug)]
pub struct Facts {
    /// What the capture has of the exchange.
    pub detail: Detail,
    /// The request, and the bytes around it.
    pub request: StreamFacts,
    /// The response, and the bytes around it.
    pub response: StreamFacts,
    /// The head of the request, as far as it can be read; it is complete if `request.head` is there. `None`: not
    /// even its first token is known.
    pub request_head: Option<Head>,
    /// The final head of the response, as far as it can be read; it is complete if `response.head` is there.
    /// `None`: not even its first token is known.
    pub response_head: Option<ResponseHead>,
    /// What happened, in order.
    pub timeline: Vec<TimelineEntry>,
    /// What [`TimelineEntry::since`] counts from: when the connection was accepted or, for later requests, when
    /// the first byte arrived.
    pub origin: Nanos,
    /// What there is to note: by the server first, then what shows now.
    pub notes: Vec<Note>,
}

impl Facts {
    /// The facts of one direction.
    #[must_use]
    pub const fn stream(&self, direction: Direction) -> &StreamFacts {
        match direction {
            Direction::Received => &self.request,
            Direction::Sent => &self.response,
        }
    }

    /// The rule that the request breaks, with the bytes at fault if any of its faults has some. `None`: it was
    /// not refused, and breaks none.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        let faults = || self.notes.iter().filter_map(Note::fault);
        let placed = |fault: &Fault| fault.span.as_ref().is_some_and(|span| !span.is_empty());
        faults().find(placed).or_else(|| faults().next())
    }
}
