//! What is remembered of an exchange so that it can be compared later. Small, however long the messages are.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    ops::Range,
};

use serde_json::Value;

use crate::{
    base::stream::ExchangeId,
    explain::{
        Facts,
        facts::{Coding, FieldParts, StreamFacts},
        viewers::coding::decoded,
    },
    http::SpanKind,
    store::Chunk,
};

/// Bytes of a JSON text that is remembered at most; a longer one is compared as bytes.
const JSON_BYTES: usize = 256 * 1024;

/// An exchange, as far as it is compared.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its number in its capture.
    pub id: ExchangeId,
    /// The method token; empty while unknown.
    pub method: String,
    /// The target; empty while unknown.
    pub target: String,
    /// The status. `None`: there was no response.
    pub status: Option<u16>,
    /// Nanoseconds from the first byte of the request to the latest event.
    pub took: u64,
    /// The request and the response.
    pub sides: [Side; 2],
}

/// A message.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// The version of HTTP; empty while unknown.
    pub version: String,
    /// The reason phrase. Empty: there is none.
    pub reason: String,
    /// The names and values of its fields, in order.
    pub fields: Vec<(String, String)>,
    /// The names and values of its trailer fields, in order.
    pub trailers: Vec<(String, String)>,
    /// Its content, without the framing of chunks.
    pub body: Body,
    /// The bytes of it in each read or write, as far as they were captured.
    pub pieces: Vec<u64>,
    /// The bytes of data in each chunk of a chunked body.
    pub chunks: Vec<u64>,
    /// A hash of all its bytes.
    bytes: u64,
    /// Whether all of them were captured.
    pub(super) is_whole: bool,
}

/// The content of a message.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Number of bytes.
    pub len: u64,
    /// A hash of the bytes that were captured.
    hash: u64,
    /// Whether all bytes were captured.
    pub is_whole: bool,
    /// The content, decompressed, if it is JSON of a moderate length. `None`: it is not.
    pub json: Option<Value>,
}

impl Recorded {
    /// Remembers an exchange.
    #[must_use]
    pub fn new(facts: &Facts) -> Self {
        let exchange = &facts.detail.exchange;
        let response = exchange.response.clone().unwrap_or_default();
        Self {
            id: exchange.id,
            method: exchange.method.to_string(),
            target: exchange.target.to_string(),
            status: exchange.status.map(|status| status.0),
            took: exchange.took(),
            sides: [
                Side::new(&facts.request, &facts.detail.reads, &exchange.request),
                Side::new(&facts.response, &facts.detail.writes, &response),
            ],
        }
    }

    /// The target without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split(['?', '#']).next().unwrap_or_default()
    }
}

impl Side {
    fn new(stream: &StreamFacts, chunks: &[Chunk], range: &Range<u64>) -> Self {
        let text = |range: &Range<u64>| String::from_utf8_lossy(stream.bytes(range)).into_owned();
        let named = |lines: &[FieldParts]| -> Vec<(String, String)> {
            lines.iter().map(|line| (text(&line.name), text(&line.value))).collect()
        };
        let head = stream.head_parts();
        let part = |kind| head.and_then(|head| head.part(kind)).map(text).unwrap_or_default();
        let data = stream.parts.chunks.iter().filter_map(|chunk| chunk.data.as_ref());
        let mut hasher = DefaultHasher::new();
        let (mut pieces, mut is_whole) = (Vec::<u64>::new(), true);
        for chunk in chunks {
            let (start, end) = (chunk.range().start.max(range.start), chunk.range().end.min(range.end));
            let Some(len) = end.checked_sub(start).filter(|len| *len > 0) else { continue };
            is_whole &= chunk.bytes.len() as u64 == chunk.len;
            // A read that was kept in part is two chunks, the second of which begins no read.
            match pieces.last_mut().filter(|_| chunk.count == 0) {
                Some(piece) => *piece += len,
                None => pieces.push(len),
            }
            let from = usize::try_from(start - chunk.offset).unwrap_or(usize::MAX);
            let to = usize::try_from(end - chunk.offset).unwrap_or(usize::MAX);
            hasher.write(chunk.bytes.get(from..to.min(chunk.bytes.len())).unwrap_or_default());
        }
        Self {
            version: part(SpanKind::Version),
            reason: part(SpanKind::Reason),
            fields: head.map(|head| named(&head.fields)).unwrap_or_default(),
            trailers: named(&stream.parts.trailers),
            body: Body::new(stream),
            pieces,
            chunks: data.map(|range| range.end - range.start).collect(),
            bytes: hasher.finish(),
            is_whole,
        }
    }

    /// Whether both have the same bytes. `false` if that cannot be told.
    #[must_use]
    pub fn has_bytes_of(&self, other: &Self) -> bool {
        self.is_whole
            && other.is_whole
            && self.bytes == other.bytes
            && self.byte_count() == other.byte_count()
    }

    /// Number of bytes, captured or not.
    pub(super) fn byte_count(&self) -> u64 {
        self.pieces.iter().sum()
    }
}

impl Body {
    fn new(stream: &StreamFacts) -> Self {
        let content = stream.content_bytes(usize::MAX);
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        let len = stream.content_len();
        let is_whole = content.len() as u64 == len;
        let json = (is_whole && content.len() <= JSON_BYTES).then(|| json_of(stream, &content)).flatten();
        Self { len, hash: hasher.finish(), is_whole, json }
    }

    /// Whether both are the same. `None`: that cannot be told, since not all bytes were captured.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> Option<bool> {
        let is_whole = self.is_whole && other.is_whole;
        if self.len != other.len || (is_whole && self.hash != other.hash) {
            return Some(false);
        }
        is_whole.then_some(true)
    }
}

/// The content as JSON, decompressed. `None`: it is not JSON.
fn json_of(stream: &StreamFacts, content: &[u8]) -> Option<Value> {
    let codings: Vec<Coding> = stream.codings.iter().map(|coding| coding.value.clone()).collect();
    let plain = if codings.is_empty() { None } else { decoded(&codings, content) };
    let text = plain.as_deref().unwrap_or(content).trim_ascii();
    let is_likely = text.len() <= JSON_BYTES && matches!(text.first(), Some(b'{' | b'['));
    is_likely.then(|| serde_json::from_slice(text).ok()).flatten()
}
