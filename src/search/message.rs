//! The fields and the content of a message, found without a machine where the trace says where they are.

use std::{borrow::Cow, ops::Range};

use crate::{
    explain::facts::{Coding, StreamFacts},
    explain::viewers::coding::decoded,
    http::Framing,
    store::{Chunk, Detail},
    trace::{ProtocolKind, Stage},
};

/// The places of a message's parts in its stream, and its bytes.
#[derive(Debug)]
pub(super) struct Message<'a> {
    chunks: &'a [Chunk],
    /// The head, final line ending included. `None`: there is no complete head.
    head: Option<Range<u64>>,
    /// Where the message ends, as far as it came.
    end: u64,
    /// Whether what follows the head is the content and nothing else.
    plain: bool,
}

/// What is known of a message when its bytes have been read by a machine.
type Read<'f> = &'f dyn Fn() -> &'f StreamFacts;

impl<'a> Message<'a> {
    /// The request of an exchange.
    pub(super) fn request(detail: &'a Detail) -> Self {
        let exchange = &detail.exchange;
        let head = exchange.stages.iter().find_map(|(_, stage)| match stage {
            Stage::Head { start, end, framing, .. } => Some((*start..*end, *framing)),
            _ => None,
        });
        Self::new(&detail.reads, head, exchange.request.end, exchange.protocol)
    }

    /// The response of an exchange.
    pub(super) fn response(detail: &'a Detail) -> Self {
        let exchange = &detail.exchange;
        let head = exchange.stages.iter().find_map(|(_, stage)| match stage {
            Stage::ResponseHead { start, end, framing, .. } => Some((*start..*end, *framing)),
            _ => None,
        });
        let end = exchange.response.as_ref().map_or(0, |range| range.end);
        Self::new(&detail.writes, head, end, exchange.protocol)
    }

    fn new(
        chunks: &'a [Chunk],
        head: Option<(Range<u64>, Framing)>,
        end: u64,
        protocol: ProtocolKind,
    ) -> Self {
        let plain = protocol == ProtocolKind::Http
            && head.as_ref().is_some_and(|(_, framing)| *framing != Framing::Chunked);
        Self { chunks, head: head.map(|(head, _)| head), end, plain }
    }

    /// Whether a value of the field `name`, in lower case, passes `holds`.
    pub(super) fn has_field(&self, name: &str, holds: &dyn Fn(&[u8]) -> bool, read: Read<'_>) -> bool {
        let head = self.head.as_ref().map(|range| self.bytes(range));
        match head {
            // A line that begins with white space continues the one before.
            Some(head) if !head.is_empty() && !is_folded(&head) => values(&head, name).any(holds),
            _ => {
                let facts = read();
                facts.fields(name).any(|field| holds(facts.bytes(&field.value)))
            }
        }
    }

    /// The names of the fields, in lower case.
    pub(super) fn field_names(&self) -> Vec<String> {
        let Some(head) = self.head.as_ref().map(|range| self.bytes(range)) else { return Vec::new() };
        let lines = head.split(|byte| *byte == b'\n').skip(1);
        let names = lines.filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            str::from_utf8(line[..colon].trim_ascii()).ok().filter(|name| !name.is_empty())
        });
        names.map(str::to_ascii_lowercase).collect()
    }

    /// Whether the content passes `holds`, as it came without chunks, or decompressed.
    pub(super) fn has_content(&self, holds: &dyn Fn(&[u8]) -> bool, read: Read<'_>) -> bool {
        let coded = self.has_field("content-encoding", &|_| true, read);
        let plain = self.plain && !self.has_field("transfer-encoding", &|_| true, read);
        let content = match &self.head {
            Some(head) if plain => self.bytes(&(head.end..self.end.max(head.end))),
            // Before the head is complete there is no content.
            None if self.chunks.is_empty() => return false,
            _ => read().content_bytes(usize::MAX),
        };
        if content.is_empty() {
            return false;
        }
        let holds_decoded = || {
            let codings: Vec<Coding> = read().codings.iter().map(|coding| coding.value.clone()).collect();
            decoded(&codings, &content).is_some_and(|decoded| holds(&decoded))
        };
        holds(&content) || coded && holds_decoded()
    }

    /// Whether bytes of the content were not kept.
    pub(super) fn lacks_content(&self) -> bool {
        let Some(head) = &self.head else { return false };
        let mut reached = head.end;
        for chunk in self.chunks.iter().filter(|chunk| !chunk.omitted()) {
            if chunk.offset > reached {
                return true;
            }
            reached = reached.max(chunk.range().end);
        }
        reached < self.end
    }

    /// The bytes of a stream range that are kept, without a copy where they are in one chunk.
    fn bytes(&self, range: &Range<u64>) -> Cow<'a, [u8]> {
        let mut pieces = self.chunks.iter().filter(|chunk| !chunk.omitted()).filter_map(|chunk| {
            let (start, end) = (chunk.offset.max(range.start), chunk.range().end.min(range.end));
            let index = |offset: u64| usize::try_from(offset.checked_sub(chunk.offset)?).ok();
            chunk.bytes.get(index(start)?..index(end.max(start))?).filter(|piece| !piece.is_empty())
        });
        let Some(first) = pieces.next() else { return Cow::Borrowed(&[]) };
        let Some(second) = pieces.next() else { return Cow::Borrowed(first) };
        let len = usize::try_from(range.end - range.start).unwrap_or(0);
        let mut all = Vec::with_capacity(len.min(self.chunks.iter().map(|chunk| chunk.bytes.len()).sum()));
        [first, second].into_iter().chain(pieces).for_each(|piece| all.extend_from_slice(piece));
        Cow::Owned(all)
    }
}

/// Whether a line of the head continues the one before it.
fn is_folded(head: &[u8]) -> bool {
    head.windows(2).any(|pair| pair[0] == b'\n' && matches!(pair[1], b' ' | b'\t'))
}

/// The values of the fields of this name, in lower case.
fn values<'h>(head: &'h [u8], name: &str) -> impl Iterator<Item = &'h [u8]> {
    let lines = head.split(|byte| *byte == b'\n').skip(1);
    lines.filter_map(move |line| {
        let colon = line.get(name.len()..)?.iter().position(|byte| *byte == b':')? + name.len();
        let named = line[..colon].trim_ascii().eq_ignore_ascii_case(name.as_bytes());
        named.then(|| line[colon + 1..].trim_ascii())
    })
}
