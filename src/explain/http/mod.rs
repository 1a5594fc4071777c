//! Explains HTTP.

mod fields;
pub(super) mod leniency;
mod sentences;
mod tree;
mod upstream;

use std::ops::Range;

use crate::{
    base::stream::Direction,
    http::{Head, Limits, Method, Note, Replay, ResponseHead, Rule, SpanKind, replay},
    store::model::{Detail, Message},
    trace::Severity,
};

use super::{
    explainer::{Explainer, Readings},
    facts::{
        places,
        reading::{Chunks, MessageRange, Reading, Stretch, read},
        stream::StreamFacts,
    },
    kinds::{Kind, MachineNote},
    websocket::{Switch, before},
};
use leniency::{as_recorded, recorded};

/// The explainer of HTTP.
pub(super) const EXPLAINER: Explainer = Explainer {
    read: |detail| {
        let (request, request_head) = request(detail);
        let (response, response_head) = response(detail);
        let upstream = detail.upstream.iter().map(|leg| upstream::leg(leg, &request)).collect();
        Readings { request, request_head, response, response_head, upstream }
    },
    tree: tree::nodes,
    leg_tree: tree::leg_nodes,
    kinds: || SpanKind::ALL.map(Kind::Http).to_vec(),
    arriving: "headers incomplete",
    waiting: ("The head is not complete: the server waits for the empty line that ends it.", "RFC 9112 §2.1"),
};

fn request(detail: &Detail) -> (StreamFacts, Option<Head>) {
    let messages: Vec<MessageRange> = detail.messages.iter().map(MessageRange::request).collect();
    // What follows in another protocol is not read as HTTP.
    let end = Switch::of(&detail.exchange).map(|switch| switch.received);
    let own = up_to(detail.exchange.request.clone(), end);
    let shown = before(&detail.reads, end);
    let messages: Vec<MessageRange> =
        messages.into_iter().map(|one| MessageRange { range: up_to(one.range, end), ..one }).collect();
    let chunks = Chunks { lead: &detail.lead_reads, shown: &shown };
    let broken = recorded(&detail.exchange);
    let mut reading: Reading<Head> = read(chunks, &messages, &own, |stretch| {
        let limits = |leniencies| Limits::UNLIMITED.with(leniencies);
        as_recorded(broken, |set| replay::requests(stretch.bytes, stretch.start, limits(set)), broken_rule)
    });
    let head = head(&mut reading);
    let complete = head.as_ref().filter(|(_, complete)| *complete);
    let placed = complete.map(|(head, _)| (head.start..head.end, head.framing));
    let framing = detail.exchange.framing;
    let facts = StreamFacts::new(Direction::Received, own, messages, reading, placed, framing);
    (facts, head.map(|(head, _)| head))
}

fn response(detail: &Detail) -> (StreamFacts, Option<ResponseHead>) {
    let range = |message: &Message| {
        let range = MessageRange::response(message)?;
        let own = message.id == detail.exchange.id;
        let method = if own { Method::from_token(detail.exchange.method.as_bytes()) } else { range.method };
        Some(MessageRange { method, ..range })
    };
    let messages: Vec<MessageRange> = detail.messages.iter().filter_map(range).collect();
    let end = Switch::of(&detail.exchange).map(|switch| switch.sent);
    let own = up_to(detail.exchange.response.clone().unwrap_or(0..0), end);
    let shown = before(&detail.writes, end);
    let messages: Vec<MessageRange> =
        messages.into_iter().map(|one| MessageRange { range: up_to(one.range, end), ..one }).collect();
    let chunks = Chunks { lead: &detail.lead_writes, shown: &shown };
    let broken = recorded(&detail.exchange);
    let mut reading: Reading<ResponseHead> = read(chunks, &messages, &own, |stretch: Stretch<'_>| {
        let methods: Vec<Method> = stretch.messages.iter().map(|message| message.method).collect();
        let closed = stretch.last && detail.closed.is_some();
        let read = |leniencies| replay::responses(stretch.bytes, stretch.start, &methods, closed, leniencies);
        as_recorded(broken, read, broken_rule)
    });
    let head = head(&mut reading);
    let complete = head.as_ref().filter(|(_, complete)| *complete);
    let placed = complete.map(|(head, _)| (head.start..head.end, head.framing));
    let boundaries = places::response_boundaries(detail, &reading.ends);
    let mut facts = StreamFacts::new(Direction::Sent, own, messages, reading, placed, None);
    facts.boundaries = boundaries;
    (facts, head.map(|(head, _)| head))
}

/// The rule at which a reading breaks off. `None`: it does not.
fn broken_rule<H>(reading: &Replay<H>) -> Option<Rule> {
    reading.violation.as_ref().map(|violation| violation.rule)
}

/// The range, ended at `end` if there is one.
fn up_to(range: Range<u64>, end: Option<u64>) -> Range<u64> {
    let end = end.unwrap_or(range.end).min(range.end);
    range.start..end.max(range.start)
}

/// The head of the exchange's message, as far as it can be read, and whether it is complete.
fn head<H: Clone>(reading: &mut Reading<H>) -> Option<(H, bool)> {
    let own = reading.own.as_mut()?;
    let complete = own.head.take().map(|head| (head, true));
    complete.or_else(|| own.partial.take().map(|head| (head, false)))
}

impl From<Note> for MachineNote {
    fn from(note: Note) -> Self {
        let (severity, sentence, section) = match note {
            Note::Tolerated(leniency) => {
                let facts = leniency.facts();
                (Severity::Warning, facts.sentence, facts.rule.facts().section)
            }
            Note::EmptyLinesSkipped => {
                (Severity::Info, "Empty lines before the request line were skipped.", "RFC 9112 §2.2")
            }
            Note::OpaqueFieldValue => (
                Severity::Warning,
                "A field value contains bytes above 0x7F. HTTP does not define which characters they stand for.",
                "RFC 9110 §5.5",
            ),
            Note::ChunkExtensionIgnored => {
                (Severity::Info, "A chunk extension was read and ignored.", "RFC 9112 §7.1.1")
            }
            Note::TrailersKeptApart => (
                Severity::Info,
                "Trailer fields came after the body. They are kept apart from the header fields, so that a trailer cannot change what was decided by them.",
                "RFC 9110 §6.5.1",
            ),
            Note::LaterMinorVersion => (
                Severity::Info,
                "The client uses a later minor version than HTTP/1.1; the response is HTTP/1.1, which it understands.",
                "RFC 9110 §6.2",
            ),
            Note::TargetOverridesHost => (
                Severity::Info,
                "The target is a complete URI, whose host overrides the Host field.",
                "RFC 9112 §3.2.2",
            ),
        };
        Self { severity, sentence, section }
    }
}
