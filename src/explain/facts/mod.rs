//! What is known of an exchange, structured and without words. Sentences are made of it last, by whoever shows
//! them: [`tree`](super::tree), [`timeline`](super::timeline), [`notes`] and
//! [`viewers`](super::viewers) have one function for each kind of fact.

pub(super) mod content;
pub(super) mod fault;
mod lines;
pub(super) mod parts;
pub(super) mod places;
pub(super) mod reading;
pub(super) mod stream;
pub(super) mod timeline;

use crate::{
    base::stream::Direction,
    http::{Head, Limits, Method, ResponseHead, SpanKind, replay},
    store::model::{Detail, Message},
    trace::{Nanos, ProtocolKind},
};

use super::{
    kinds::Kind,
    notes::{self, Note},
};
pub use content::{Coding, ContentType, MediaType, Placed};
pub use fault::{Fault, locate_fault};
pub use parts::{ChunkParts, FieldParts, HeadParts, Parts};
pub use places::{Boundary, Marker, Place};
pub use reading::{Leaf, MessageRange};
pub use stream::{Decider, Decision, StreamFacts};
pub use timeline::{Band, Happening, TimelineEntry};

use reading::{Chunks, Reading, Stretch, read};

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
    /// Finds out what there is to know. Runs the machines of the protocol over the bytes.
    #[must_use]
    pub fn new(detail: Detail) -> Self {
        let (mut request, request_head, mut response, response_head) = match detail.protocol {
            ProtocolKind::Http => {
                let (request, request_head) = read_request(&detail);
                let (response, response_head) = read_response(&detail);
                (request, request_head, response, response_head)
            }
            ProtocolKind::Lines => (lines::read_request(&detail), None, lines::read_response(&detail), None),
        };
        for (stream, chunks) in [(&mut request, &detail.reads), (&mut response, &detail.writes)] {
            let head = stream.head.as_ref().map(|head| head.end).zip(stream.framing);
            stream.markers = places::markers(head, &stream.leaves, chunks);
        }
        request.boundaries = places::request_boundaries(&detail);
        let notes =
            notes::find(&notes::Context { detail: &detail, request: &request, head: request_head.as_ref() });
        Self {
            timeline: timeline::timeline(&detail),
            origin: timeline::origin(&detail),
            notes,
            request,
            response,
            request_head,
            response_head,
            detail,
        }
    }

    /// The facts of one direction.
    #[must_use]
    pub const fn stream(&self, direction: Direction) -> &StreamFacts {
        match direction {
            Direction::Received => &self.request,
            Direction::Sent => &self.response,
        }
    }

    /// The kinds of spans in the order of a legend.
    #[must_use]
    pub fn kinds(&self) -> Vec<Kind> {
        match self.detail.protocol {
            ProtocolKind::Http => SpanKind::ALL.map(Kind::Http).to_vec(),
            ProtocolKind::Lines => crate::lines::SpanKind::ALL.map(Kind::Lines).to_vec(),
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

fn read_request(detail: &Detail) -> (StreamFacts, Option<Head>) {
    let messages: Vec<MessageRange> = detail.messages.iter().map(MessageRange::request).collect();
    let own = detail.exchange.request.clone();
    let chunks = Chunks { lead: &detail.lead_reads, shown: &detail.reads };
    let mut reading: Reading<Head> = read(chunks, &messages, &own, |stretch| {
        replay::requests(stretch.bytes, stretch.start, Limits::UNLIMITED)
    });
    let head = head(&mut reading);
    let complete = head.as_ref().filter(|(_, complete)| *complete);
    let placed = complete.map(|(head, _)| (head.start..head.end, head.framing));
    let framing = detail.exchange.framing;
    let facts = StreamFacts::new(Direction::Received, own, messages, reading, placed, framing);
    (facts, head.map(|(head, _)| head))
}

fn read_response(detail: &Detail) -> (StreamFacts, Option<ResponseHead>) {
    let range = |message: &Message| {
        let range = MessageRange::response(message)?;
        let own = message.id == detail.exchange.id;
        let method = if own { Method::from_token(detail.exchange.method.as_bytes()) } else { range.method };
        Some(MessageRange { method, ..range })
    };
    let messages: Vec<MessageRange> = detail.messages.iter().filter_map(range).collect();
    let own = detail.exchange.response.clone().unwrap_or(0..0);
    let chunks = Chunks { lead: &detail.lead_writes, shown: &detail.writes };
    let mut reading: Reading<ResponseHead> = read(chunks, &messages, &own, |stretch: Stretch<'_>| {
        let methods: Vec<Method> = stretch.messages.iter().map(|message| message.method).collect();
        replay::responses(stretch.bytes, stretch.start, &methods, stretch.last && detail.closed.is_some())
    });
    let head = head(&mut reading);
    let complete = head.as_ref().filter(|(_, complete)| *complete);
    let placed = complete.map(|(head, _)| (head.start..head.end, head.framing));
    let boundaries = places::response_boundaries(detail, &reading.ends);
    let mut facts = StreamFacts::new(Direction::Sent, own, messages, reading, placed, None);
    facts.boundaries = boundaries;
    (facts, head.map(|(head, _)| head))
}

/// The head of the own message, as far as it can be read, and whether it is complete.
fn head<H: Clone>(reading: &mut Reading<H>) -> Option<(H, bool)> {
    let own = reading.own.as_mut()?;
    let complete = own.head.take().map(|head| (head, true));
    complete.or_else(|| own.partial.take().map(|head| (head, false)))
}
