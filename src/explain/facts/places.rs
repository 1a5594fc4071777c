//! Places in a stream that get a line of their own: ends and beginnings of messages, ends of heads, and reads
//! that begin in the middle of a part.

use std::collections::BTreeMap;

use crate::{
    explain::kinds::Kind,
    http::Framing,
    store::model::{Chunk, Detail, Outcome},
    wire::SpanRole,
};

use super::reading::Leaf;

/// A place at which one message ends and another may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    /// Stream offset.
    pub offset: u64,
    /// Number, on the connection, of the exchange whose message ends here. `None`: no message ends here.
    pub ends: Option<u64>,
    /// Number, on the connection, of the exchange whose message begins here. `None`: no message begins here,
    /// or not yet.
    pub begins: Option<u64>,
}

/// A place inside a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Stream offset of the byte after the line.
    pub offset: u64,
    /// The kind of place.
    pub place: Place,
}

/// The kind of place of a [`Marker`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A head ends, and a body with this framing begins.
    BodyBegins(Framing),
    /// A read (or write) begins in the middle of a part of this kind.
    Split(Kind),
}

/// The markers of a stream, in ascending order. `head`: the offset after the head of the message, and the
/// framing of its body. `None`: the head is incomplete.
pub(crate) fn markers(head: Option<(u64, Framing)>, leaves: &[Leaf], chunks: &[Chunk]) -> Vec<Marker> {
    let body = head.and_then(|(offset, framing)| {
        let there = !matches!(framing, Framing::None | Framing::Length(0));
        there.then_some(Marker { offset, place: Place::BodyBegins(framing) })
    });
    let mut markers: Vec<Marker> = body.into_iter().collect();
    markers.extend(splits(chunks, leaves));
    markers.sort_by_key(|marker| (marker.offset, matches!(marker.place, Place::BodyBegins(_))));
    markers
}

/// The markers of chunks that begin in the middle of a part other than a body, since a body may arrive in any
/// number of chunks.
fn splits<'a>(chunks: &'a [Chunk], leaves: &'a [Leaf]) -> impl Iterator<Item = Marker> + 'a {
    chunks.iter().skip(1).filter(|chunk| chunk.count > 0).filter_map(move |chunk| {
        let index = leaves.partition_point(|leaf| leaf.span.range.end <= chunk.offset);
        let leaf = leaves.get(index).filter(|leaf| leaf.span.range.start < chunk.offset)?;
        let worth = !matches!(leaf.span.kind.role(), SpanRole::Content | SpanRole::Unparsed);
        worth.then_some(Marker { offset: chunk.offset, place: Place::Split(leaf.span.kind) })
    })
}

/// The boundaries between requests.
pub(crate) fn request_boundaries(detail: &Detail) -> Vec<Boundary> {
    let mut places = BTreeMap::new();
    for message in &detail.messages {
        // Messages follow each other without a gap, whether or not the neighbours are still kept.
        let before = (message.number > 1).then(|| message.number - 1);
        let after = (message.id != detail.exchange.id || detail.neighbours.1).then_some(message.number + 1);
        let begins = places.entry(message.request.start).or_insert((before, None));
        begins.1 = Some(message.number);
        if message.complete {
            places.entry(message.request.end).or_insert((None, after)).0 = Some(message.number);
        }
    }
    if let Some(last) = detail.messages.last().filter(|last| last.id != detail.exchange.id && last.complete) {
        // Whether a message follows the last neighbour is unknown.
        places.insert(last.request.end, (Some(last.number), None));
    }
    inside_capture(places, &detail.reads)
}

/// The boundaries between responses. `ends`: the offsets at which the machine found the end of a response.
pub(crate) fn response_boundaries(detail: &Detail, ends: &[u64]) -> Vec<Boundary> {
    let mut places = BTreeMap::new();
    for message in &detail.messages {
        let Some(response) = &message.response else { continue };
        let before = (message.number > 1).then(|| message.number - 1);
        places.entry(response.start).or_insert((before, None)).1 = Some(message.number);
        let done = message.id == detail.exchange.id && detail.exchange.outcome == Outcome::Done;
        if done || ends.contains(&response.end) {
            places.entry(response.end).or_insert((None, None)).0 = Some(message.number);
        }
    }
    inside_capture(places, &detail.writes)
}

/// The boundaries that lie inside the range that `chunks` cover.
fn inside_capture(places: BTreeMap<u64, (Option<u64>, Option<u64>)>, chunks: &[Chunk]) -> Vec<Boundary> {
    let (Some(first), Some(last)) = (chunks.first(), chunks.last()) else { return Vec::new() };
    let visible = first.offset..=last.range().end;
    let boundary = |(offset, (ends, begins))| Boundary { offset, ends, begins };
    places.into_iter().filter(|(offset, _)| visible.contains(offset)).map(boundary).collect()
}
