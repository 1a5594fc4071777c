//! The facts about an upstream leg: what the backend was sent, and what it answered.

use crate::{
    base::shared_text::SharedText,
    http::{Head, ResponseHead, SpanKind},
    store::model::LegDetail,
    trace::FieldChange,
};

use super::{passage::LineageFacts, stream::StreamFacts};

/// The facts about an upstream leg, which has the same place in the list of legs of the exchange's detail.
#[derive(Debug)]
pub struct LegFacts {
    /// The request as it was sent on.
    pub request: StreamFacts,
    /// The head of that request, as far as it can be read. `None`: not even the first token is known.
    pub request_head: Option<Head>,
    /// The response as it came from the backend.
    pub response: StreamFacts,
    /// The final head of that response, as far as it can be read. `None`: not even the first token is known.
    pub response_head: Option<ResponseHead>,
    /// The target as it arrived, and as it was sent on. `None`: it is the same, or one of them is not known.
    pub target: Option<[SharedText; 2]>,
    /// How the fields of the request that was sent on differ from those that arrived: first what was put in, then
    /// what was changed, then what was taken out. Empty as well if one of the heads is not known.
    pub changes: Vec<FieldChange>,
    /// Nanoseconds from the beginning of the leg to the first byte of the response. `None`: none came.
    pub first_byte: Option<u64>,
    /// Whether the connection had carried another request before.
    pub used_again: bool,
    /// The origins of the bytes of the request that was sent on. `None`: nothing is known of them.
    pub lineage: Option<LineageFacts>,
}

impl LegFacts {
    /// Combines both directions of `leg`. `arrived`: the request of the client.
    pub(in crate::explain) fn new(
        leg: &LegDetail,
        arrived: &StreamFacts,
        (request, request_head): (StreamFacts, Option<Head>),
        (response, response_head): (StreamFacts, Option<ResponseHead>),
    ) -> Self {
        let known = arrived.head.is_some() && request.head.is_some();
        let target = |stream: &StreamFacts| Some(text(stream, stream.head_parts()?.part(SpanKind::Target)?));
        let targets = target(arrived).zip(target(&request)).map(|(before, after)| [before, after]);
        let first = leg.reads.iter().find(|read| read.range().end > leg.leg.received.start);
        Self {
            target: targets.filter(|[before, after]| known && before != after),
            changes: if known { changes(arrived, &request) } else { Vec::new() },
            first_byte: first.map(|read| read.at.saturating_sub(leg.leg.began)),
            used_again: leg.leg.sent.start > 0,
            lineage: leg.leg.lineage.as_ref().map(LineageFacts::new),
            request,
            request_head,
            response,
            response_head,
        }
    }
}

/// What was put in, changed and taken out between `arrived` and `sent`. Lines of one name are one value.
fn changes(arrived: &StreamFacts, sent: &StreamFacts) -> Vec<FieldChange> {
    let (before, after) = (values(arrived), values(sent));
    let value_in = |values: &[(SharedText, String)], name: &SharedText| {
        let value = values.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        value.map(|(_, value)| SharedText::from(value.clone()))
    };
    let names = after.iter().chain(&before).map(|(name, _)| name);
    let mut changes: Vec<FieldChange> = Vec::new();
    for name in names {
        let (before, after) = (value_in(&before, name), value_in(&after, name));
        if before != after && !changes.iter().any(|change| change.name.eq_ignore_ascii_case(name)) {
            changes.push(FieldChange { name: name.clone(), before, after });
        }
    }
    changes.sort_by_key(|change| (change.before.is_some(), change.after.is_none()));
    changes
}

/// The fields of a head by name, in order of appearance; the values of lines of the same name are joined.
fn values(stream: &StreamFacts) -> Vec<(SharedText, String)> {
    let mut values: Vec<(SharedText, String)> = Vec::new();
    for field in stream.head_parts().map_or(&[][..], |head| &head.fields) {
        let (name, value) = (text(stream, &field.name), text(stream, &field.value));
        match values.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(&name)) {
            Some((_, values)) => *values = format!("{values}, {value}"),
            None => values.push((name, value.to_string())),
        }
    }
    values
}

fn text(stream: &StreamFacts, range: &std::ops::Range<u64>) -> SharedText {
    String::from_utf8_lossy(stream.bytes(range)).into_owned().into()
}
