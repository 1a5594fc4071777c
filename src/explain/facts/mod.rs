//! Structured facts about an exchange, without words. Sentences are made from them last, by
//! [`tree`](super::tree), [`timeline`](super::timeline), [`notes`](super::notes) and
//! [`viewers`](super::viewers), which have one function for each kind of fact.

pub(super) mod content;
pub(super) mod fault;
pub(super) mod leg;
pub(super) mod measured;
pub(super) mod parts;
pub(super) mod passage;
pub(super) mod places;
pub(super) mod reading;
pub(super) mod stream;
pub(super) mod timeline;

use crate::{
    base::stream::{Direction, Nanos},
    http::{Head, ResponseHead},
    store::model::Detail,
};

use super::{events::EventStream, notes::Note, websocket::WebSocketFacts};
pub use content::{Coding, ContentType, MediaType, Placed};
pub use fault::{Fault, locate_fault};
pub use leg::LegFacts;
pub use measured::{Band, Measured};
pub use parts::{ChunkParts, FieldParts, HeadParts, Parts};
pub use passage::{Fate, LineageFacts, Passage, Source};
pub use places::{Boundary, Marker, Place};
pub use reading::{Leaf, MessageRange};
pub use stream::{Decider, Decision, StreamFacts};
pub use timeline::{Happening, TimelineEntry};

/// All facts about one exchange: a pure function of its [`Detail`], computed once for each version and shared
/// by all views and exports.
#[derive(Debug)]
pub struct Facts {
    /// The exchange as the capture has it.
    pub detail: Detail,
    /// The request, and the bytes around it.
    pub request: StreamFacts,
    /// The response, and the bytes around it.
    pub response: StreamFacts,
    /// The head of the request, as far as it can be read; complete if `request.head` is `Some`. `None`: not
    /// even the first token is known.
    pub request_head: Option<Head>,
    /// The final head of the response, as far as it can be read; complete if `response.head` is `Some`.
    /// `None`: not even the first token is known.
    pub response_head: Option<ResponseHead>,
    /// The upstream legs, in the order of [`Detail::upstream`]. Empty if the protocol is not passed on.
    pub upstream: Vec<LegFacts>,
    /// The origins of the bytes of the response. `None`: it comes from no backend.
    pub lineage: Option<LineageFacts>,
    /// The events, in order.
    pub timeline: Vec<TimelineEntry>,
    /// The steps whose time was measured, by their beginning.
    pub measured: Vec<Measured>,
    /// The frames, if the exchange has become a WebSocket. `None`: it has not.
    pub websocket: Option<WebSocketFacts>,
    /// The streams of events and of JSON texts: the response, the request, and what came from backends. Empty: the
    /// content of no message is one.
    pub events: Vec<EventStream>,
    /// The time from which [`TimelineEntry::since`] counts: the acceptance of the connection or, for later
    /// requests, the arrival of the first byte.
    pub origin: Nanos,
    /// The notes: first those of the server, then those found in the bytes.
    pub notes: Vec<Note>,
}

impl Facts {
    /// The facts about one direction.
    #[must_use]
    pub const fn stream(&self, direction: Direction) -> &StreamFacts {
        match direction {
            Direction::Received => &self.request,
            Direction::Sent => &self.response,
        }
    }

    /// The rule that the request breaks, with the bytes at fault if they are known. `None`: the request was
    /// not refused and breaks no rule.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        let faults = || self.notes.iter().filter_map(Note::fault);
        let placed = |fault: &Fault| fault.span.as_ref().is_some_and(|span| !span.is_empty());
        faults().find(placed).or_else(|| faults().next())
    }
}
