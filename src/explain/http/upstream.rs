//! Reads the upstream legs of an exchange.

use crate::{
    base::stream::Direction,
    explain::facts::{
        leg::LegFacts,
        reading::{Chunks, MessageRange, Reading, read},
        stream::StreamFacts,
    },
    http::{Head, Leniencies, Limits, Method, ResponseHead, replay},
    store::model::LegDetail,
};

use super::head;

/// The facts about `leg`. `arrived`: the request of the client.
pub(super) fn leg(leg: &LegDetail, arrived: &StreamFacts) -> LegFacts {
    let (request, request_head) = request(leg);
    let method = request_head.as_ref().map_or(Method::Get, |head| head.method);
    let response = response(leg, method);
    LegFacts::new(leg, arrived, (request, request_head), response)
}

fn request(leg: &LegDetail) -> (StreamFacts, Option<Head>) {
    let own = leg.leg.sent.clone();
    let messages = vec![message(own.clone(), Method::Get)];
    let mut reading: Reading<Head> =
        read(Chunks { lead: &[], shown: &leg.writes }, &messages, &own, |stretch| {
            replay::requests(stretch.bytes, stretch.start, Limits::UNLIMITED)
        });
    let head = head(&mut reading);
    let complete = head.as_ref().filter(|(_, complete)| *complete);
    let placed = complete.map(|(head, _)| (head.start..head.end, head.framing));
    let facts = StreamFacts::new(Direction::Sent, own, messages, reading, placed, None);
    (facts, head.map(|(head, _)| head))
}

fn response(leg: &LegDetail, method: Method) -> (StreamFacts, Option<ResponseHead>) {
    let own = leg.leg.received.clone();
    let messages = vec![message(own.clone(), method)];
    let mut reading: Reading<ResponseHead> =
        read(Chunks { lead: &[], shown: &leg.reads }, &messages, &own, |stretch| {
            let closed = stretch.last && leg.closed.is_some();
            replay::responses(stretch.bytes, stretch.start, &[method], closed, Leniencies::NONE)
        });
    let head = head(&mut reading);
    let complete = head.as_ref().filter(|(_, complete)| *complete);
    let placed = complete.map(|(head, _)| (head.start..head.end, head.framing));
    let facts = StreamFacts::new(Direction::Received, own, messages, reading, placed, None);
    (facts, head.map(|(head, _)| head))
}

/// The only message of a leg that is known. Its number on the connection is not.
const fn message(range: std::ops::Range<u64>, method: Method) -> MessageRange {
    MessageRange { number: 1, range, body: None, method }
}
