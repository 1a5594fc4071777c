//! Reads one direction of a detail: every shown byte becomes part of a leaf span, whoever's message it
//! belongs to.

use std::ops::Range;

use crate::{
    http::{
        Framing, Head, Limits, Method, Note, ResponseHead, SpanKind, Violation,
        replay::{self, Replay},
    },
    store::model::{Chunk, Detail, Message},
};

use super::Leaf;

/// What was made of one direction.
#[derive(Debug)]
pub struct Reading<H> {
    /// Leaf spans of everything that is shown, in order, without gaps. Left out bytes are covered too.
    pub leaves: Vec<Leaf>,
    /// Notes on the own message.
    pub notes: Vec<(Note, Range<u64>)>,
    /// The own message. `None`: its first bytes are not kept.
    pub own: Option<replay::Message<H>>,
    /// The rule that the own message breaks.
    pub violation: Option<Violation>,
    /// Stream offsets where messages end and others may begin, found in the bytes.
    pub ends: Vec<u64>,
    segments: Vec<(u64, Vec<u8>)>,
}

impl<H> Reading<H> {
    /// The bytes of a stream range. Empty: they are not all kept.
    pub fn bytes(&self, range: &Range<u64>) -> &[u8] {
        let holds = |(start, bytes): &&(u64, Vec<u8>)| {
            *start <= range.start && range.end <= *start + bytes.len() as u64
        };
        let Some((start, bytes)) = self.segments.iter().find(holds) else { return &[] };
        let index = |offset: u64| usize::try_from(offset - start).unwrap_or(usize::MAX);
        bytes.get(index(range.start)..index(range.end)).unwrap_or_default()
    }

    /// The leaves of the own message.
    pub fn own_leaves(&self) -> impl Iterator<Item = &Leaf> {
        self.leaves.iter().filter(|leaf| leaf.own)
    }
}

/// Reads the requests.
pub fn requests(detail: &Detail) -> Reading<Head> {
    let places: Vec<Place> = detail.messages.iter().map(Place::request).collect();
    let own = detail.exchange.request.clone();
    read(&detail.lead_reads, &detail.reads, &places, own, |bytes, start, _| {
        // Which limits were in force is in the notes of the server.
        replay::requests(bytes, start, Limits::UNLIMITED)
    })
}

/// Reads the responses.
pub fn responses(detail: &Detail) -> Reading<ResponseHead> {
    let places: Vec<Place> = detail.messages.iter().filter_map(Place::response).collect();
    let own = detail.exchange.response.clone().unwrap_or(0..0);
    read(&detail.lead_writes, &detail.writes, &places, own, |bytes, start, index| {
        let method = |place: &Place| if place.to_head { Method::Head } else { Method::Get };
        let methods: Vec<Method> = places[index..].iter().map(method).collect();
        replay::responses(bytes, start, &methods, detail.closed.is_some())
    })
}

/// Where a message lies in this direction.
#[derive(Clone, Debug)]
struct Place {
    range: Range<u64>,
    /// Offset after the head, and how the body ends.
    body: Option<(u64, Framing)>,
    to_head: bool,
}

impl Place {
    fn request(message: &Message) -> Self {
        Self { range: message.request.clone(), body: message.body, to_head: false }
    }

    fn response(message: &Message) -> Option<Self> {
        Some(Self { range: message.response.clone()?, body: message.response_body, to_head: message.to_head })
    }

    /// What the bytes from `offset` on are, where nobody can read them one by one.
    fn kind_at(&self, offset: u64) -> SpanKind {
        match self.body {
            Some((start, Framing::Length(_) | Framing::UntilClose)) if offset >= start => SpanKind::Body,
            _ => SpanKind::Unparsed,
        }
    }

    /// Whether more of the body is to come at `offset`.
    fn goes_on_at(&self, offset: u64) -> bool {
        match self.body {
            Some((start, Framing::Length(length))) => offset < start + length,
            Some((_, Framing::UntilClose)) => offset < self.range.end,
            _ => false,
        }
    }
}

fn read<H: Clone>(
    lead: &[Chunk],
    shown: &[Chunk],
    places: &[Place],
    own: Range<u64>,
    replay: impl Fn(&[u8], u64, usize) -> Replay<H>,
) -> Reading<H> {
    let mut reading = Reading {
        leaves: Vec::new(),
        notes: Vec::new(),
        own: None,
        violation: None,
        ends: Vec::new(),
        segments: Vec::new(),
    };
    let (Some(first), Some(last)) = (shown.first(), shown.last()) else { return reading };
    let visible = first.offset..last.range().end;
    let mut cover = Cover { leaves: &mut reading.leaves, visible, own: own.clone() };

    for stretch in stretches(lead.iter().chain(shown)) {
        let Stretch { range, bytes } = stretch;
        // The first message that begins in this stretch; what comes before it is the rest of another.
        let anchor = places.iter().position(|place| range.contains(&place.range.start));
        let known = match anchor {
            Some(index) if bytes.is_some() => places[index].range.start,
            _ => range.end,
        };
        cover.blind(range.start..known, places);
        let (Some(bytes), Some(index)) = (bytes, anchor) else { continue };
        if known < range.end {
            let skip = usize::try_from(known - range.start).unwrap_or(bytes.len());
            let found = replay(&bytes[skip..], known, index);
            for leaf in &found.leaves {
                cover.push(leaf.kind, leaf.range.clone(), leaf.partial);
            }
            let inside = |range: &Range<u64>| own.start <= range.start && range.start < own.end;
            reading.ends.extend(found.boundaries());
            reading.notes.extend(found.notes.into_iter().filter(|(_, range)| inside(range)));
            if let Some(index) = found.messages.iter().position(|message| message.range.start == own.start) {
                let last = index + 1 == found.messages.len();
                reading.own = Some(found.messages[index].clone());
                reading.violation = found.violation.filter(|_| last);
            }
        }
        reading.segments.push((range.start, bytes));
    }
    reading
}

/// Bytes that follow one another: all kept, or all left out.
struct Stretch {
    range: Range<u64>,
    /// `None`: they were left out.
    bytes: Option<Vec<u8>>,
}

fn stretches<'a>(chunks: impl Iterator<Item = &'a Chunk>) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for chunk in chunks {
        let range = chunk.range();
        match stretches.last_mut() {
            Some(Stretch { range: before, bytes: Some(bytes) })
                if before.end == range.start && !chunk.omitted() =>
            {
                before.end = range.end;
                bytes.extend_from_slice(&chunk.bytes);
            }
            before => {
                // Events can be missing: then there is a hole between two chunks.
                let end = before.map_or(range.start, |before| before.range.end);
                if end < range.start {
                    stretches.push(Stretch { range: end..range.start, bytes: None });
                }
                let bytes = (!chunk.omitted()).then(|| chunk.bytes.to_vec());
                stretches.push(Stretch { range, bytes });
            }
        }
    }
    stretches
}

/// Takes leaves in, in order.
struct Cover<'a> {
    leaves: &'a mut Vec<Leaf>,
    visible: Range<u64>,
    own: Range<u64>,
}

impl Cover<'_> {
    /// Covers what nobody can read: divided where the messages are known to be.
    fn blind(&mut self, range: Range<u64>, places: &[Place]) {
        let mut at = range.start;
        while at < range.end {
            let place = places.iter().find(|place| place.range.contains(&at));
            let next = places.iter().map(|place| place.range.start).find(|start| *start > at);
            let head_end = place.and_then(|place| place.body).map(|(start, _)| start);
            let ends = [Some(range.end), next, place.map(|place| place.range.end), head_end];
            let end = ends.into_iter().flatten().filter(|end| *end > at).min().unwrap_or(range.end);
            let kind = place.map_or(SpanKind::Unparsed, |place| place.kind_at(at));
            self.push(kind, at..end, place.is_some_and(|place| place.goes_on_at(end)));
            at = end;
        }
    }

    fn push(&mut self, kind: SpanKind, range: Range<u64>, partial: bool) {
        let range = range.start.max(self.visible.start)..range.end.min(self.visible.end);
        if range.is_empty() {
            return;
        }
        let own = self.own.contains(&range.start);
        match self.leaves.last_mut() {
            // The body goes on where bytes of it were left out.
            Some(before)
                if kind == SpanKind::Body
                    && before.kind == kind
                    && before.own == own
                    && before.partial
                    && before.range.end == range.start =>
            {
                (before.range.end, before.partial) = (range.end, partial);
            }
            _ => self.leaves.push(Leaf { kind, range, own, partial }),
        }
    }
}
