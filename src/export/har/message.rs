//! One message of an exchange, read for HAR.

use crate::{
    export::message,
    http::{
        Framing, Head, Leaf, Limits, Method, ResponseHead, SpanKind,
        replay::{self, Replay},
    },
    store::model::Detail,
    words::text::{escaped, plural},
};

use super::fields::Fields;

/// A message as far as it can be read: up to the first byte that is not in the capture.
#[derive(Debug)]
pub struct Message<H> {
    /// The head, complete or not. `None`: not even its first token is known.
    pub head: Option<H>,
    /// Bytes of the head, the empty line included. `None`: it is not complete.
    pub head_bytes: Option<u64>,
    /// Bytes after the head as they were on the wire, chunk framing included. `None`: as above.
    pub body_bytes: Option<u64>,
    /// The content without chunk framing, as far as it can be read.
    pub content: Vec<u8>,
    /// Bytes of content that there were, captured or not. `None`: not known.
    pub content_bytes: Option<u64>,
    /// Whether all content is in `content`.
    pub whole: bool,
    /// What there is of the message that HAR has no place for.
    pub remarks: Vec<String>,
    bytes: Vec<u8>,
}

/// What a request's head and a response's have in common.
pub trait Top: Clone {
    /// Its place in the stream, and how the body ends.
    fn place(&self) -> (u64, u64, Framing);
    /// Its fields.
    fn fields(&self) -> &[crate::http::Field];
}

impl Top for Head {
    fn place(&self) -> (u64, u64, Framing) {
        (self.start, self.end, self.framing)
    }
    fn fields(&self) -> &[crate::http::Field] {
        &self.fields
    }
}

impl Top for ResponseHead {
    fn place(&self) -> (u64, u64, Framing) {
        (self.start, self.end, self.framing)
    }
    fn fields(&self) -> &[crate::http::Field] {
        &self.fields
    }
}

/// The request.
pub fn request(detail: &Detail) -> Message<Head> {
    let bytes = message::beginning(detail, false);
    let read = replay::requests(&bytes, 0, Limits::UNLIMITED);
    Message::of(detail, false, bytes, &read)
}

/// The response.
pub fn response(detail: &Detail) -> Message<ResponseHead> {
    let bytes = message::beginning(detail, true);
    let method = Method::of(detail.exchange.method.as_bytes());
    // Where bytes are missing, the end of the connection says nothing of where these end.
    let closed = detail.closed.is_some() && message::missing(detail, true) == 0;
    let read = replay::responses(&bytes, 0, &[method], closed);
    Message::of(detail, true, bytes, &read)
}

impl<H: Top> Message<H> {
    fn of(detail: &Detail, outgoing: bool, bytes: Vec<u8>, read: &Replay<H>) -> Self {
        let range = message::range(detail, outgoing);
        let len = range.end - range.start;
        let first = read.messages.first();
        let end = first.map_or(0, |message| message.range.end);
        let head = first.and_then(|message| message.head.as_ref());
        let place = head.map(H::place);
        let leaves =
            |kind| read.leaves.iter().filter(move |leaf: &&Leaf| leaf.kind == kind && leaf.range.end <= end);
        let part =
            |leaf: &Leaf| bytes.get(index(leaf.range.start)..index(leaf.range.end)).unwrap_or_default();
        let content: Vec<u8> = leaves(SpanKind::Body).flat_map(part).copied().collect();
        let body_bytes = place.and_then(|(_, end, _)| len.checked_sub(end));
        let complete = first.is_some_and(|message| message.complete);
        let content_bytes = match place {
            _ if complete => Some(content.len() as u64),
            // As far as it was sent.
            Some((_, _, Framing::Length(_) | Framing::UntilClose)) => body_bytes,
            Some((_, _, Framing::None)) => Some(0),
            _ => None,
        };
        let mut remarks = Vec::new();
        let name = if outgoing { "response" } else { "request" };
        let missing = message::missing(detail, outgoing);
        if missing > 0 {
            remarks.push(format!("{} not in the capture", of(missing, name)));
            let after = len - missing - bytes.len() as u64;
            if after > 0 {
                let are = if after == 1 { "is" } else { "are" };
                remarks.push(format!("{} after them {are} left out", plural(after, "byte")));
            }
        }
        if let Some(violation) = &read.violation {
            remarks.push(violation.rule.sentence().trim_end_matches('.').to_owned());
        }
        let unread: u64 = leaves_after(read, end).map(|leaf| leaf.range.end - leaf.range.start).sum();
        if unread > 0 {
            remarks.push(format!("{} not readable as HTTP and not here", of(unread, name)));
        }
        let interim: Vec<String> = leaves(SpanKind::Status).map(|leaf| escaped(part(leaf))).collect();
        if let Some((_, before)) = interim.split_last().filter(|(_, before)| !before.is_empty()) {
            remarks.push(format!("interim responses before it: {}", before.join(", ")));
        }
        let mut trailers: Vec<String> = Vec::new();
        for leaf in read.leaves.iter().filter(|leaf| leaf.range.end <= end) {
            match (leaf.kind, trailers.last_mut()) {
                (SpanKind::TrailerName, _) => trailers.push(format!("{}: ", escaped(part(leaf)))),
                (SpanKind::TrailerValue, Some(field)) => field.push_str(&escaped(part(leaf))),
                _ => {}
            }
        }
        if !trailers.is_empty() {
            remarks.push(format!("trailer fields: {}", trailers.join(", ")));
        }
        let known = first.and_then(|message| message.head.as_ref().or(message.partial.as_ref()));
        Self {
            head: known.cloned(),
            head_bytes: place.map(|(start, end, _)| end - start),
            body_bytes,
            whole: content_bytes == Some(content.len() as u64),
            content,
            content_bytes,
            remarks,
            bytes,
        }
    }

    /// The bytes of the head and what follows.
    pub fn head_text(&self) -> &[u8] {
        let start = self.head.as_ref().map_or(0, |head| index(head.place().0));
        self.bytes.get(start..).unwrap_or_default()
    }

    /// Its fields.
    pub fn fields(&self) -> Fields<'_> {
        Fields { fields: self.head.as_ref().map(H::fields).unwrap_or_default(), bytes: self.head_text() }
    }

    /// Whether there is content, captured or not.
    pub fn has_content(&self) -> bool {
        !self.content.is_empty() || self.content_bytes.is_some_and(|bytes| bytes > 0)
    }

    /// The remarks as one comment. `None`: there are none.
    pub fn comment(&self) -> Option<String> {
        (!self.remarks.is_empty()).then(|| format!("{}.", self.remarks.join("; ")))
    }
}

/// `3 bytes of the request are`.
fn of(bytes: u64, name: &str) -> String {
    let are = if bytes == 1 { "is" } else { "are" };
    format!("{} of the {name} {are}", plural(bytes, "byte"))
}

/// What was not parsed after the message.
fn leaves_after<H>(read: &Replay<H>, end: u64) -> impl Iterator<Item = &Leaf> {
    read.leaves.iter().filter(move |leaf| leaf.range.start >= end && leaf.kind == SpanKind::Unparsed)
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
