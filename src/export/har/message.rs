//! One message of an exchange, prepared for HAR.

use std::{borrow::Cow, ops::Range};

use crate::{
    base::stream::Direction,
    explain::{
        Facts,
        facts::{Coding, Leaf, StreamFacts},
    },
    export::{message, secrets::Secrets},
    http::{Field, Framing, Head, ResponseHead, SpanKind},
    words::{escaped, plural},
};

use super::{fields::Fields, timings::is_tunnel};

/// A message up to the first byte that was not captured.
#[derive(Debug)]
pub(super) struct Message<'a, H> {
    /// The head, complete or not. `None`: not even its first token is known.
    pub head: Option<&'a H>,
    /// The bytes of the head, as far as they are there, without the secrets that are replaced.
    pub head_text: Cow<'a, [u8]>,
    /// The places of the fields in them.
    places: &'a [Field],
    /// The version in the head as it stands: `HTTP/1.1`. Empty: none was read.
    pub version: String,
    /// Number of bytes of the head with its empty line. `None`: the head is not complete.
    pub head_bytes: Option<u64>,
    /// Number of bytes after the head on the wire, with chunk framing. `None`: the head is not complete.
    pub body_bytes: Option<u64>,
    /// The content without chunk framing, as far as it can be read.
    pub content: Cow<'a, [u8]>,
    /// Number of bytes of content, captured or not. `None`: not known.
    pub content_bytes: Option<u64>,
    /// Whether all content is in `content`.
    pub whole: bool,
    /// The content codings, in the order in which they were applied.
    pub codings: Vec<Coding>,
    /// Facts that HAR has no field for, in words.
    pub comments: Vec<String>,
}

/// The request.
pub(super) fn request(facts: &Facts, secrets: Secrets) -> Message<'_, Head> {
    let head = facts.request_head.as_ref();
    let top = head.map(|head| Top {
        start: head.start,
        fields: &head.fields,
        framing: head.framing,
        target: Some(&head.target),
    });
    Message::new(facts, &facts.request, head, top, secrets)
}

/// The response.
pub(super) fn response(facts: &Facts, secrets: Secrets) -> Message<'_, ResponseHead> {
    let head = facts.response_head.as_ref();
    let top =
        head.map(|head| Top { start: head.start, fields: &head.fields, framing: head.framing, target: None });
    Message::new(facts, &facts.response, head, top, secrets)
}

/// What the heads of requests and responses have in common.
#[derive(Clone, Copy, Debug)]
struct Top<'a> {
    /// The stream offset of the first byte.
    start: u64,
    fields: &'a [Field],
    /// How the body ends.
    framing: Framing,
    /// Where the target is. `None`: a response has none.
    target: Option<&'a Range<u32>>,
}

impl<'a, H> Message<'a, H> {
    fn new(
        facts: &'a Facts,
        stream: &'a StreamFacts,
        head: Option<&'a H>,
        top: Option<Top<'a>>,
        secrets: Secrets,
    ) -> Self {
        let readable = stream.beginning();
        let start = top.map_or(stream.own.start, |top| top.start);
        let skip = usize::try_from(start - stream.own.start).unwrap_or(usize::MAX);
        let head_text = readable.get(skip..).unwrap_or_default();
        let len = stream.head.as_ref().and_then(|head| usize::try_from(head.end - start).ok());
        let head_text = &head_text[..len.unwrap_or(usize::MAX).min(head_text.len())];
        let places = top.map(|top| top.fields).unwrap_or_default();
        let head_text = secrets.head(head_text, places, top.and_then(|top| top.target));
        let content = stream.content_beginning();
        // What follows a head that opens a tunnel is no body.
        let tunnel = is_tunnel(&facts.detail.exchange);
        let body_bytes =
            stream.head.as_ref().map(|head| if tunnel { 0 } else { stream.own.end.saturating_sub(head.end) });
        let content = if tunnel { Cow::Borrowed(&[][..]) } else { content };
        let content_bytes = match (top, &stream.head) {
            (_, Some(_)) if tunnel => Some(0),
            _ if stream.complete => Some(content.len() as u64),
            // The content as far as it was sent.
            (Some(Top { framing: Framing::Length(_) | Framing::UntilClose, .. }), Some(_)) => body_bytes,
            (Some(Top { framing: Framing::None, .. }), Some(_)) => Some(0),
            _ => None,
        };
        Self {
            head,
            head_text,
            places,
            version: version(stream),
            head_bytes: stream.head.as_ref().map(|head| head.end - head.start),
            body_bytes,
            whole: content_bytes == Some(content.len() as u64),
            content,
            content_bytes,
            codings: stream.codings.iter().map(|placed| placed.value.clone()).collect(),
            comments: comments(facts, stream, secrets),
        }
    }

    /// The fields of the head.
    pub(super) fn fields(&self) -> Fields<'_> {
        Fields { fields: self.places, bytes: &self.head_text }
    }

    /// Whether there is content, captured or not.
    pub(super) fn has_content(&self) -> bool {
        !self.content.is_empty() || self.content_bytes.is_some_and(|bytes| bytes > 0)
    }

    /// The comments joined into one. `None`: no comments.
    pub(super) fn comment(&self) -> Option<String> {
        (!self.comments.is_empty()).then(|| format!("{}.", self.comments.join("; ")))
    }
}

/// The version in the last head of a message, since interim responses come before. Empty: none was read.
fn version(stream: &StreamFacts) -> String {
    let whole = |leaf: &&Leaf| leaf.span.kind == SpanKind::Version && !leaf.span.partial;
    let last = stream.own_leaves().filter(whole).last();
    last.map_or_else(String::new, |leaf| escaped(stream.bytes(&leaf.span.range)))
}

/// Says in words what HAR has no place for in a message.
fn comments(facts: &Facts, stream: &StreamFacts, secrets: Secrets) -> Vec<String> {
    let name = if stream.direction == Direction::Received { "request" } else { "response" };
    let mut comments = Vec::new();
    let after = after_tunnel(facts, stream);
    if after > 0 {
        let are = if after == 1 { "is" } else { "are" };
        comments
            .push(format!("{} of another protocol after it, which {are} not here", plural(after, "byte")));
    }
    let readable = stream.beginning().len() as u64;
    let end = stream.own.start + readable;
    let missing = message::missing(&facts.detail, stream.direction);
    if missing > 0 {
        comments.push(format!("{} not in the capture", bytes_of(missing, name)));
        let after = stream.own.end - stream.own.start - missing - readable;
        if after > 0 {
            let are = if after == 1 { "is" } else { "are" };
            comments.push(format!("{} after them {are} left out", plural(after, "byte")));
        }
    }
    if let Some(violation) = &stream.violation {
        comments.push(violation.rule.sentence().trim_end_matches('.').to_owned());
    }
    let leaves = |kind| stream.own_leaves().filter(move |leaf| leaf.span.kind == kind);
    let within = |range: &Range<u64>| range.end.min(end).saturating_sub(range.start);
    let unread: u64 = leaves(SpanKind::Unparsed).map(|leaf| within(&leaf.span.range)).sum();
    if unread > 0 && !is_tunnel(&facts.detail.exchange) {
        comments.push(format!("{} not readable as HTTP and not here", bytes_of(unread, name)));
    }
    let statuses = leaves(SpanKind::Status).map(|leaf| escaped(stream.bytes(&leaf.span.range)));
    if let Some((_, interim)) = statuses.collect::<Vec<_>>().split_last().filter(|(_, all)| !all.is_empty()) {
        comments.push(format!("interim responses before it: {}", interim.join(", ")));
    }
    let trailer = |field: &crate::explain::facts::FieldParts| {
        let name = stream.bytes(&field.name);
        format!("{}: {}", escaped(name), escaped(&secrets.trailer(name, stream.bytes(&field.value))))
    };
    let trailers: Vec<String> = stream.parts.trailers.iter().map(trailer).collect();
    if !trailers.is_empty() {
        comments.push(format!("trailer fields: {}", trailers.join(", ")));
    }
    comments
}

/// Number of bytes after a head that opens a tunnel. Those of a WebSocket have a place of their own.
fn after_tunnel(facts: &Facts, stream: &StreamFacts) -> u64 {
    let exchange = &facts.detail.exchange;
    let whole = message::range(&facts.detail, stream.direction);
    match &stream.head {
        Some(head) if is_tunnel(exchange) && facts.websocket.is_none() => whole.end.saturating_sub(head.end),
        _ => 0,
    }
}

/// `3 bytes of the request are`.
fn bytes_of(bytes: u64, name: &str) -> String {
    let are = if bytes == 1 { "is" } else { "are" };
    format!("{} of the {name} {are}", plural(bytes, "byte"))
}
